"""The files that a network names, known from its text alone: what it extends, uses and reads."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Literal, NamedTuple

from nnc.diagnostics.diagnostic import KeyPath
from nnc.language.document import Document
from nnc.language.keys import SPARSE, TENSORS


class NamedFile(NamedTuple):
    """The name of a file, where a text writes it: at `key` of the mapping at `path`."""

    kind: Literal["base", "part", "weights", "cases", "equal"]
    path: KeyPath
    mapping: dict[str, Any]
    key: str

    @property
    def name(self) -> str:
        """The name as it is written, relative to the folder of the network."""
        return str(self.mapping[self.key])


class Uses(NamedTuple):
    """The names of files that one network file writes, relative to its folder.

    `networks` are files that it uses or extends, which may name others; `data` are weight files,
    `cases` are files of cases. `equals` are networks that a property compares it with: these are
    no part of what it means.
    """

    networks: tuple[str, ...] = ()
    data: tuple[str, ...] = ()
    cases: tuple[str, ...] = ()
    equals: tuple[str, ...] = ()


def uses_of(document: Document) -> Uses:
    """Return the files that a network names, each once; it need not be valid."""
    networks, data = dict[str, None](), dict[str, None]()
    cases, equals = dict[str, None](), dict[str, None]()
    homes = {"base": networks, "part": networks, "weights": data, "cases": cases, "equal": equals}
    for file in named_files(document.value):
        homes[file.kind][file.name] = None
    return Uses(tuple(networks), tuple(data), tuple(cases), tuple(equals))


def named_files(value: object) -> Iterator[NamedFile]:
    """Find every name of a file in the value of a network; it need not be valid."""
    network = _mapping(value)
    places: list[NamedFile] = [NamedFile("base", (), network, "extends")]
    for name, part in _mapping(network.get("parts")).items():
        places.append(NamedFile("part", ("parts", name), _mapping(part), "use"))
    for name, layer in _mapping(network.get("layers")).items():
        for key in TENSORS:
            path: KeyPath = ("layers", name, key)
            numbers = _mapping(_mapping(layer).get(key))
            places.append(NamedFile("weights", path, numbers, "file"))
            sparse = _mapping(numbers.get("sparse"))
            for part in SPARSE:
                tensor_path = (*path, "sparse", part)
                places.append(NamedFile("weights", tensor_path, _mapping(sparse.get(part)), "file"))
    cases = network.get("cases")
    for i, case in enumerate(cases if isinstance(cases, list) else ()):
        places.append(NamedFile("cases", ("cases", i), _mapping(case), "file"))
    properties = network.get("properties")
    for i, claim in enumerate(properties if isinstance(properties, list) else ()):
        places.append(NamedFile("equal", ("properties", i), _mapping(claim), "equal"))
    return (file for file in places if isinstance(file.mapping.get(file.key), str))


def _mapping(value: object) -> dict[str, object]:
    """Return a mapping as it is, and an empty one for all else."""
    return value if isinstance(value, dict) else {}
