"""A network that is to be written into another folder: the files it names, counted from there."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

from nnc.diagnostics.diagnostic import Diagnostic, FileError
from nnc.files.opening import project_root, resolved_inside
from nnc.language.keys import SPARSE, TENSORS
from nnc.language.library import Library
from nnc.language.network import Network, Part, Sparse, TensorFile
from nnc.numbers.exact import shorten

_MAX_PATH = 200  # characters of a path in a message


def moved(network: Network, folder: Path, target: Path, root: Path | None = None) -> Network:
    """Count the files that a network in `folder` names from that of `target`, to be written there.

    Raises FileError where a network in `target` could not name one of them: it is outside the
    project root of `target`, or outside `root`, where that is given.
    """
    there = target.parent
    inside = root or project_root(target)
    library = Library(inside)

    @cache
    def renamed(name: str) -> str:
        if there.resolve() == folder.resolve():
            return name
        counted = library.recount(name, folder, there)
        if resolved_inside(counted, there, inside) is None:
            raise FileError([_out_of_reach(name, target, inside)])
        return counted

    return network.model_copy(update=dict(_changes(network, renamed)))


def _out_of_reach(name: str, target: Path, root: Path) -> Diagnostic:
    message = (
        f"a network written there cannot name `{shorten(name, _MAX_PATH)}`: it is outside the "
        f"project root `{shorten(str(root), _MAX_PATH)}`"
    )
    advice = "write it into the project of the file, or name a --root that both lie in"
    return Diagnostic("outside-project", message, file=str(target), help=advice)


def _changes(network: Network, renamed: Callable[[str], str]) -> Iterator[tuple[str, object]]:
    """Give the sections of a network that name files, with other names."""

    def tensor(numbers: object) -> object:
        if isinstance(numbers, TensorFile):
            return numbers.model_copy(update={"file": renamed(numbers.file)})
        if isinstance(numbers, Sparse):
            return numbers.model_copy(update={key: tensor(getattr(numbers, key)) for key in SPARSE})
        return numbers

    def part(declared: Part) -> Part:
        if not isinstance(declared.use, str):
            return declared
        return declared.model_copy(update={"use": renamed(declared.use)})

    yield "parts", {name: part(declared) for name, declared in network.parts.items()}
    layers = {}
    for name, layer in network.layers.items():
        numbers = {key: tensor(getattr(layer, key)) for key in TENSORS}
        layers[name] = layer.model_copy(update=numbers)
    yield "layers", layers
    yield (
        "properties",
        tuple(
            claim.model_copy(update={"equal": renamed(claim.equal)})
            if isinstance(claim.equal, str)
            else claim
            for claim in network.properties
        ),
    )
    yield (
        "cases",
        tuple(
            case if case.file is None else case.model_copy(update={"file": renamed(case.file)})
            for case in network.cases
        ),
    )
