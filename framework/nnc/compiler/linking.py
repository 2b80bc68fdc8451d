"""Link a network: read every network that it uses once, and open every weight file.

A mistake in a used file is reported in that file; a mistake in its use, at the use.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple

from nnc.diagnostics.diagnostic import Diagnostic, KeyPath, Label
from nnc.files.weights import open_tensor, wrong_array
from nnc.language.document.reader import wrong_version
from nnc.language.document.text import Document
from nnc.language.keys import SPARSE, TENSORS
from nnc.language.library import Library, LibraryFile
from nnc.language.network import (
    AnyLayer,
    Blank,
    Network,
    Open,
    Sparse,
    TensorFile,
    is_array,
    with_numbers,
)
from nnc.language.overlays import Extended, extend
from nnc.language.validation import Validated, validate
from nnc.numbers.exact import shorten

MAX_DEPTH = 64
"""The deepest nesting of networks that use each other."""


@dataclass(frozen=True, eq=False)
class Linked:
    """A network with everything it uses.

    `parts` has the network of each part; parts of one file share it. `arrays` has the numbers of
    each weight file, by the path of its reference. `valid` is the valid remainder of a network with
    mistakes. Names in `broken` are declared, but otherwise unknown. `faulty` has the networks of
    parts with mistakes, which are only searched for further mistakes.
    """

    network: Network
    file: str | None = None
    document: Document | Extended | None = None
    valid: Validated | None = None
    parts: Mapping[str, Linked] = field(default_factory=dict)
    arrays: Mapping[KeyPath, Any] = field(default_factory=dict)
    broken: frozenset[str] = frozenset()
    faulty: tuple[Linked, ...] = ()
    filled: tuple[Blank, ...] = ()
    """The blanks that have been replaced by numbers."""

    @cached_property
    def blanks(self) -> tuple[Blank, ...]:
        """The blanks of the network, including those that have been replaced."""
        return self.filled or self.network.open

    @property
    def closed(self) -> Linked:
        """A copy with 0 for every open number, and the maximum size of every layer.

        Anything built from it has the wiring of the network, but meaningless numbers.
        """
        return self._filled if self.blanks else self

    @cached_property
    def _filled(self) -> Linked:  # not `closed` itself, to avoid a reference cycle
        def number(path: KeyPath, open_: Open) -> Any:
            return open_.high if path[2] == "size" else 0

        numbers = with_numbers(self.network.neurons, self.network.layers, number)
        network = self.network.model_copy(update=numbers)
        return replace(self, network=network, filled=self.blanks)

    def all(self) -> Iterator[Linked]:
        """Yield every network once, used networks before those that use them."""
        seen: set[int] = set()
        work = [(self, self._uses())]
        while work:
            linked, rest = work[-1]
            used = next((other for other in rest if id(other) not in seen), None)
            if used is not None:
                work.append((used, used._uses()))
                continue
            work.pop()
            if id(linked) not in seen:
                seen.add(id(linked))
                yield linked

    def _uses(self) -> Iterator[Linked]:
        return iter((*self.parts.values(), *self.faulty))


class NetworkFile(NamedTuple):
    """The file of a network; all fields are None if it was built in Python.

    `name` is used in messages, and `valid` is the valid remainder of a network with mistakes.
    """

    name: str | None = None
    path: Path | None = None
    document: Document | Extended | None = None
    valid: Validated | None = None


IN_NO_FILE = NetworkFile()


class _Hop(NamedTuple):
    """A network that is being linked, and the path of its current part."""

    key: Path | int
    file: str | None
    document: Document | Extended | None
    path: KeyPath = ()

    def label(self, message: str) -> Label:
        """Return a label where the next network is used."""
        label = Label(message, self.path, file=self.file)
        if self.document is None:
            return label
        return self.document.located_labels([label])[0]


class Linker:
    """Link one network, reading each file that it uses once."""

    def __init__(self, library: Library) -> None:
        self.library = library
        self.diagnostics: list[Diagnostic] = []
        self._linked: dict[Path | int, Linked | None] = {}
        self._faulty: set[int] = set()
        self._chain: list[_Hop] = []

    def link(self, network: Network, folder: Path, file: NetworkFile = IN_NO_FILE) -> Linked:
        """Return a network with everything it uses; mistakes are added to `diagnostics`.

        The files it names are searched for in `folder`.
        """
        name, path, document, valid = file
        before = len(self.diagnostics)
        broken = set(valid.broken if valid else ())
        self._chain.append(_Hop(path or id(network), name, document))
        parts: dict[str, Linked] = {}
        faulty = []
        for part_name, part in network.parts.items():
            use: KeyPath = ("parts", part_name, "use")
            self._chain[-1] = self._chain[-1]._replace(path=use)
            if isinstance(part.use, Network):
                used = self._used_network(part.use, folder, use, f"<part {part_name}>")
            else:
                used = self._used_file(part.use, folder, use)
            if used is not None and id(used) not in self._faulty:
                parts[part_name] = used
                continue
            broken.add(part_name)
            if used is not None:
                faulty.append(used)
        self._chain.pop()
        arrays: dict[KeyPath, object] = {}
        for layer_name, layer in network.layers.items():
            is_mended = valid is not None and layer_name in valid.fixed
            if is_mended or not self._open(layer_name, layer, folder, arrays):
                broken.add(layer_name)
        if document is not None:
            self.diagnostics[before:] = document.located(self.diagnostics[before:])
        return Linked(
            network, name, document, valid, parts, arrays, frozenset(broken), tuple(faulty)
        )

    # -------------------------------------------------------------------------- networks

    def _used_network(
        self, network: Network, folder: Path, path: KeyPath, name: str
    ) -> Linked | None:
        """Link a used network built in Python, whose files must be inside its own root."""
        if id(network) not in self._linked:
            if self._closes_a_circle(id(network), path) or self._is_too_deep(path):
                return None
            outer = self.library
            if network.root is not None and network.root.resolve() != outer.root:
                self.library = Library(network.root)
            own_folder = network.folder or folder
            self._linked[id(network)] = used = self.link(network, own_folder, NetworkFile(name))
            self.library = outer
            self._check_blanks(used, path)
        return self._linked[id(network)]

    def _used_file(self, name: str, folder: Path, path: KeyPath) -> Linked | None:
        """Read, check and link the file of a used network; return None if that fails."""
        used = self.library.find(name, folder, path, "part")
        if isinstance(used, Diagnostic):
            self.diagnostics.append(used)
            return None
        if self._closes_a_circle(used.path, path) or self._is_too_deep(path):
            return None
        if used.path not in self._linked:
            linked = self._linked[used.path] = self._read(used)
            if linked is not None:
                self._check_blanks(linked, path)
        return self._linked[used.path]

    def _read(self, used: LibraryFile) -> Linked | None:
        """Read and link a used file; its mistakes are reported in that file."""
        path, folder, name, document = used
        extended = extend(document, folder, self.library, path)
        wrong = wrong_version(document)
        if wrong or not extended.complete or extended.value is None:
            self.diagnostics += wrong or extended.diagnostics
            return None
        valid = validate(extended)
        self.diagnostics += valid.diagnostics
        if valid.network is None:
            return None
        before = len(self.diagnostics)
        linked = self.link(valid.network, folder, NetworkFile(name, path, extended, valid))
        if any(finding.is_error for finding in (*valid.diagnostics, *self.diagnostics[before:])):
            self._faulty.add(id(linked))
        return linked

    def _check_blanks(self, used: Linked, path: KeyPath) -> None:
        """Report a used network that has open numbers, where it is used."""
        if not used.blanks:
            return
        self._faulty.add(id(used))
        name = shorten(used.file or "the network", 200)
        message = f"{name} leaves numbers open; a network that a part uses may not"
        first = Label("the first", used.blanks[0].path, file=used.file)
        labels = used.document.located_labels([first]) if used.document is not None else [first]
        hint = f"find them first: nnc solve {name}" if used.document is not None else "fill them"
        self.diagnostics.append(
            Diagnostic("misplaced-blank", message, path, labels=tuple(labels), help=hint)
        )

    def _is_too_deep(self, path: KeyPath) -> bool:
        if len(self._chain) <= MAX_DEPTH:
            return False
        message = f"networks use each other more than {MAX_DEPTH} deep"
        self.diagnostics.append(
            Diagnostic("network-too-large", message, path, help="use fewer levels of parts")
        )
        return True

    def _closes_a_circle(self, key: Path | int, path: KeyPath) -> bool:
        """Return True, and report the cycle, if a network uses itself indirectly."""
        keys = [hop.key for hop in self._chain]
        if key not in keys:
            return False
        hops = self._chain[keys.index(key) :]
        names = [shorten(hop.file or "the network") for hop in hops]
        walk = " -> ".join([*names, names[0]])
        labels = tuple(
            hop.label(f"here it uses {used}")
            for hop, used in zip(hops[:-1], names[1:], strict=True)
        )
        message = (
            f"the file uses itself: {walk}" if len(hops) == 1 else f"files use each other: {walk}"
        )
        hint = "a network cannot hold itself: use another file"
        self.diagnostics.append(Diagnostic("use-cycle", message, path, labels=labels, help=hint))
        return True

    # --------------------------------------------------------------------- weight files

    def _open(self, name: str, layer: AnyLayer, folder: Path, arrays: dict[KeyPath, Any]) -> bool:
        """Open the weight files of a layer; return True if they have no mistakes."""
        references: dict[KeyPath, Any] = {}
        fine = True
        for key in TENSORS:
            value = getattr(layer, key)
            if is_array(value):
                wrong = wrong_array(value, ("layers", name, key))
                self.diagnostics += [wrong] if wrong is not None else []
                fine &= wrong is None
            if isinstance(value, TensorFile):
                references["layers", name, key] = value
            elif isinstance(value, Sparse):
                for array in SPARSE:
                    references["layers", name, key, "sparse", array] = getattr(value, array)
        for path, reference in references.items():
            opened = open_tensor(reference, path, folder, self.library.root, self.library.files)
            if isinstance(opened, Diagnostic):
                fine = False
                self.diagnostics.append(opened)
            else:
                arrays[path] = opened
                self.library.add_weights(reference.file, folder)
        return fine
