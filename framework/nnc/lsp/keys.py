"""List the keys allowed at a path of a network file, with descriptions."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import NamedTuple

from nnc.diagnostics.diagnostic import KeyPath
from nnc.language.keys import KINDS, SPARSE, TENSORS
from nnc.language.network import MODELS, Convolution, Network, Sparse, TensorFile, Unknown
from nnc.language.network.model import Model


class Key(NamedTuple):
    """A key of a declaration."""

    name: str
    description: str
    is_required: bool


def model_at(path: KeyPath, siblings: Collection[str] = ()) -> type[Model] | None:
    """Return the model of the mapping at a path; `siblings` are its existing keys."""
    if not path:
        return Network
    if path == ("unknown",):
        return Unknown
    section = str(path[0])
    if len(path) == 2 and section in MODELS:
        is_convolution = section == "layers" and ("convolve" in siblings or "kernel" in siblings)
        return Convolution if is_convolution else MODELS[section]
    if section == "layers" and len(path) == 3 and path[2] in TENSORS:
        return TensorFile
    if section == "layers" and path[3:4] == ("sparse",):
        return Sparse if len(path) == 4 else TensorFile if path[4] in SPARSE else None
    return None


def keys_of(model: type[Model]) -> Iterator[Key]:
    """Yield the keys of a declaration, required ones first."""
    kind = next((name for name, known in MODELS.items() if known is model), "")
    needed = {key for keys in (KINDS[kind].needs if kind else {}).values() for key in keys}
    meanings = model.meanings()
    keys = [
        Key(key, meanings[name], key in {*needed, *model.required})
        for key, (name, _) in model.readers.items()
        if key not in model.only_in_python
    ]
    keys += [Key(key, "", is_required=False) for key in model.only_in_files]
    yield from sorted(keys, key=lambda key: not key.is_required)


def description_of(path: KeyPath, siblings: Collection[str] = ()) -> str | None:
    """Return the description of the key at a path, or None if it is not a known key."""
    model = model_at(path[:-1], siblings)
    if model is None:
        return None
    return next((key.description for key in keys_of(model) if key.name == path[-1]), None)
