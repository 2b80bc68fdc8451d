"""The result of an import: a network, its exactness, notes, and files; and these written."""

from __future__ import annotations

import contextlib
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

from nnc.diagnostics.diagnostic import Diagnostic, FileError
from nnc.files.weights.safetensors import tensor_file
from nnc.files.writing import open_atomically
from nnc.interchange.importing.ties import Ties
from nnc.language.formatting.networks import MAX_INLINE, to_yaml
from nnc.language.network import AnyLayer, Network, Sparse, TensorFile, is_array
from nnc.printable import line
from nnc.version import VERSION

if TYPE_CHECKING:
    from numpy.typing import NDArray

TENSORS = "tensors.safetensors"
"""The placeholder for the file of tensors, before that has a name."""
_SUFFIXES = (".nn.yaml", ".nn.yml", ".yaml", ".yml")
EXACT = "exact on every row"
Wires = tuple[tuple[str, ...], tuple[str, ...]]
Tensors: TypeAlias = "Mapping[str, NDArray[Any]]"


@dataclass(frozen=True, slots=True, repr=False)
class Imported:
    """A network that was read from a file of another tool.

    `exactness` says for which rows it agrees with the other tool. `notes` tell what was left
    out or called otherwise. `tensors` are arrays by name, that layers name as
    `TensorFile(file=TENSORS, tensor=name)`. `files` are the texts of files that go beside the
    network, by what their names end in: `probabilities.csv`. `source` is the name of the file that
    was read, without its folder, `sha256` the digest of its bytes, `kind` its format in words.
    `ties` are where rounding in the other tool may decide, if it rounds. `wires` are the inputs and
    the outputs of a circuit as its file names and orders them.
    """

    network: Network
    exactness: str = EXACT
    notes: tuple[Diagnostic, ...] = ()
    tensors: Tensors = field(default_factory=dict)
    files: Mapping[str, str] = field(default_factory=dict)
    source: str = ""
    sha256: str = ""
    kind: str = ""
    ties: Ties | None = None
    wires: Wires = ((), ())

    def __repr__(self) -> str:
        return f"<Imported {self.network!r}: {self.exactness}>"

    def save(self, file: str) -> None:
        """Write the network, and the files that go beside it: all of them or none.

        Raises FileError where a file cannot be written.
        """
        write_all(self.texts(file))

    def texts(self, file: str) -> dict[str, bytes]:
        """Return the bytes of each file by its name, that of the network first."""
        head = f"Read from {self.source}, {self.kind}, by nnc {VERSION}: {self.exactness}."
        comments = [head, *([f"sha256 {self.sha256}"] if self.sha256 else [])]
        comment = "".join(f"# {line(each)}\n" for each in comments)
        return _texts_of(self.network, self.tensors, self.files, comment, file)


def _texts_of(
    network: Network,
    tensors: Tensors,
    texts: Mapping[str, str],
    head: str,
    file: str,
) -> dict[str, bytes]:
    """Return the bytes of each file by its name, that of the network first.

    `tensors` go into one file beside it; each of the `texts` is that of a file beside it, too, by
    what its name ends in; `head` comes before the network. Raises ValueError where no text can
    hold the network.
    """
    stem = _stem(file)
    network, tensors = _apart(network, tensors)
    beside = {f"{stem}.{end}": text.encode() for end, text in texts.items()}
    for name, data in beside.items():  # with its digest here, another import may replace it
        head += f"# {line(Path(name).name)}: sha256 {hashlib.sha256(data).hexdigest()}\n"
    if tensors:
        name, data = f"{stem}.safetensors", tensor_file(tensors)
        beside[name] = data
        network = _renamed(network, Path(name).name, hashlib.sha256(data).hexdigest())
    return {file: (head + to_yaml(network)).encode(), **beside}


def write_all(texts: Mapping[str, bytes]) -> None:
    """Write files, all of them or none; the first was named, the others go beside it.

    Raises FileError, also where one beside it would replace a file that does not belong to the
    network that was there.
    """
    first, *beside = texts
    for name in beside:
        _check_unused(first, name, texts[name])
    with contextlib.ExitStack() as stack:  # what is entered first gets its name last
        for name, data in texts.items():
            stack.enter_context(open_atomically(name)).write(data)


def _check_unused(network: str, name: str, data: bytes) -> None:
    """Refuse to replace a file that nobody named, unless the network there names its digest."""
    try:
        there = Path(name).read_bytes()
    except OSError:  # none is there; else writing tells why it cannot be
        return
    if there == data:
        return
    with contextlib.suppress(OSError):
        if hashlib.sha256(there).hexdigest().encode() in Path(network).read_bytes():
            return
    message = "the file already exists, and would go beside the network"
    hint = "it may have been edited: remove it, or choose another name for the network"
    raise FileError([Diagnostic("cannot-open", message, file=name, help=hint)])


def _stem(file: str) -> str:
    suffix = next((end for end in _SUFFIXES if file.endswith(end)), "")
    return file.removesuffix(suffix)


def _apart(network: Network, named: Tensors) -> tuple[Network, Tensors]:
    """Move arrays that are too long for a text out of the layers."""
    tensors = dict(named)
    layers: dict[str, AnyLayer] = {}
    for name, layer in network.layers.items():
        new = {}
        for key in ("weights", "thresholds"):
            value = getattr(layer, key)
            if is_array(value) and value.size > MAX_INLINE:
                tensors[f"{name}.{key}"] = value
                new[key] = TensorFile(file=TENSORS, tensor=f"{name}.{key}")
        layers[name] = layer.model_copy(update=new) if new else layer
    if len(tensors) == len(named):
        return network, tensors
    return network.model_copy(update={"layers": layers}), tensors


def _renamed(network: Network, file: str, digest: str) -> Network:
    """Return the network with the name of the file of tensors, and its digest."""

    def named(value: Any) -> Any:
        if isinstance(value, TensorFile) and value.file == TENSORS:
            return value.model_copy(update={"file": file, "sha256": digest})
        if isinstance(value, Sparse):
            keys = ("indptr", "indices", "values")
            return value.model_copy(update={key: named(getattr(value, key)) for key in keys})
        return value

    layers: Mapping[str, AnyLayer] = {
        name: layer.model_copy(
            update={"weights": named(layer.weights), "thresholds": named(layer.thresholds)}
        )
        for name, layer in network.layers.items()
    }
    return network.model_copy(update={"layers": layers})
