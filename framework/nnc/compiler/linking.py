"""Network + the files it uses -> Linked: every used network read once, every weight file opened.

What is wrong in a used file is told at its place there; what is wrong with using it, where it is
used.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

from nnc.diagnostics.diagnostic import Diagnostic, KeyPath, Label
from nnc.exact import shorten
from nnc.language.document import Document, wrong_version
from nnc.language.library import Found, Library
from nnc.language.named_files import SPARSE, TENSORS
from nnc.language.network import Layer, Network, Sparse, TensorFile, is_array
from nnc.language.overlays import Extended, extend
from nnc.language.validation import Validated, validate

MOST_DEEP = 64
"""How deep networks may use each other."""


@dataclass(frozen=True, eq=False)
class Linked:
    """A network with all it uses.

    `parts` has the network behind each part; parts of one file share it. `arrays` has the numbers
    of each weight file, by the path of its reference. `valid` tells what is left of a network with
    mistakes; names in `broken` are declared, but nothing is known of them: the networks behind
    parts that have mistakes are in `faulty`, to be looked at for more, and not to be used.
    """

    network: Network
    file: str | None = None
    document: Document | Extended | None = None
    valid: Validated | None = None
    parts: Mapping[str, Linked] = field(default_factory=dict)
    arrays: Mapping[KeyPath, Any] = field(default_factory=dict)
    broken: frozenset[str] = frozenset()
    faulty: tuple[Linked, ...] = ()

    def all(self) -> Iterator[Linked]:
        """Give every network that is used, each once, what is used before what uses it."""
        seen: set[int] = set()
        work = [(self, self._uses())]
        while work:
            linked, rest = work[-1]
            used = next((one for one in rest if id(one) not in seen), None)
            if used is not None:
                work.append((used, used._uses()))
                continue
            work.pop()
            if id(linked) not in seen:
                seen.add(id(linked))
                yield linked

    def _uses(self) -> Iterator[Linked]:
        return iter((*self.parts.values(), *self.faulty))


class _Hop(NamedTuple):
    """A network that is being linked, and the path of the part that is looked at."""

    key: Path | int
    file: str | None
    document: Document | Extended | None
    path: KeyPath = ()

    def label(self, message: str) -> Label:
        """Point to the place where the next network is used."""
        label = Label(message, self.path, file=self.file)
        if self.document is None:
            return label
        return self.document.located_labels([label])[0]


class Linker:
    """Links one network: reads what it uses, each file once."""

    def __init__(self, library: Library) -> None:
        self.library = library
        self.found: list[Diagnostic] = []
        self._linked: dict[Path | int, Linked | None] = {}
        self._faulty: set[int] = set()
        self._chain: list[_Hop] = []

    def link(
        self,
        network: Network,
        folder: Path,
        *,
        file: str | None = None,
        at: Path | None = None,
        document: Document | Extended | None = None,
        valid: Validated | None = None,
    ) -> Linked:
        """Give a network with all it uses; `found` gets what is wrong with that.

        `folder` is where the files it names are looked for, `at` the file that it stands in.
        """
        before = len(self.found)
        broken = set(valid.broken if valid else ())
        self._chain.append(_Hop(at or id(network), file, document))
        parts: dict[str, Linked] = {}
        faulty = []
        for name, part in network.parts.items():
            path: KeyPath = ("parts", name, "use")
            self._chain[-1] = self._chain[-1]._replace(path=path)
            if isinstance(part.use, Network):
                used = self._used_network(part.use, folder, path, f"<part {name}>")
            else:
                used = self._used_file(part.use, folder, path)
            if used is not None and id(used) not in self._faulty:
                parts[name] = used
                continue
            broken.add(name)
            if used is not None:
                faulty.append(used)
        self._chain.pop()
        arrays: dict[KeyPath, Any] = {}
        for name, layer in network.layers.items():
            is_mended = valid is not None and name in valid.mended
            if is_mended or not self._open(name, layer, folder, arrays):
                broken.add(name)
        if document is not None:
            self.found[before:] = document.located(self.found[before:])
        return Linked(
            network, file, document, valid, parts, arrays, frozenset(broken), tuple(faulty)
        )

    # -------------------------------------------------------------------------- networks

    def _used_network(
        self, network: Network, folder: Path, path: KeyPath, name: str
    ) -> Linked | None:
        """Link a network that was given as such, in Python; its files lie within its own root."""
        if id(network) not in self._linked:
            if self._closes_a_circle(id(network), path) or self._is_too_deep(path):
                return None
            outer = self.library
            if network.root is not None and network.root.resolve() != outer.root:
                self.library = Library(network.root)
            self._linked[id(network)] = self.link(network, network.folder or folder, file=name)
            self.library = outer
        return self._linked[id(network)]

    def _used_file(self, name: str, folder: Path, path: KeyPath) -> Linked | None:
        """Read, check and link the file of a used network; None where nothing is known of it."""
        found = self.library.find(name, folder, path, "part")
        if isinstance(found, Diagnostic):
            self.found.append(found)
            return None
        if self._closes_a_circle(found.path, path) or self._is_too_deep(path):
            return None
        if found.path not in self._linked:
            self._linked[found.path] = self._read(found)
        return self._linked[found.path]

    def _read(self, found: Found) -> Linked | None:
        """Read and link a used file; notes its mistakes, already placed."""
        at, folder, file, document = found
        whole = extend(document, folder, self.library, at)
        version = wrong_version(document)
        if version is not None or not whole.complete or whole.value is None:
            self.found += (document.located([version]) if version else []) or whole.diagnostics
            return None
        valid = validate(whole)
        self.found += valid.diagnostics
        if valid.network is None:
            return None
        before = len(self.found)
        linked = self.link(valid.network, folder, file=file, at=at, document=whole, valid=valid)
        if any(one.is_error for one in (*valid.diagnostics, *self.found[before:])):
            self._faulty.add(id(linked))
        return linked

    def _is_too_deep(self, path: KeyPath) -> bool:
        if len(self._chain) <= MOST_DEEP:
            return False
        message = f"networks use each other more than {MOST_DEEP} deep"
        self.found.append(
            Diagnostic("network-too-large", message, path, help="use fewer levels of parts")
        )
        return True

    def _closes_a_circle(self, key: Path | int, path: KeyPath) -> bool:
        """Tell whether a network that is being linked is used again; notes the circle."""
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
        fix = "a network cannot hold itself: use another file"
        self.found.append(Diagnostic("use-cycle", message, path, labels=labels, help=fix))
        return True

    # --------------------------------------------------------------------- weight files

    def _open(self, name: str, layer: Layer, folder: Path, arrays: dict[KeyPath, Any]) -> bool:
        """Open the weight files of a layer; notes what is wrong with them."""
        references: dict[KeyPath, Any] = {}
        fine = True
        for key in TENSORS:
            value = getattr(layer, key)
            if is_array(value):
                from nnc.files.weights import wrong_array

                wrong = wrong_array(value, ("layers", name, key))
                self.found += [wrong] if wrong is not None else []
                fine &= wrong is None
            if isinstance(value, TensorFile):
                references["layers", name, key] = value
            elif isinstance(value, Sparse):
                for one in SPARSE:
                    references["layers", name, key, "sparse", one] = getattr(value, one)
        for path, reference in references.items():
            from nnc.files.weights import open_tensor

            opened = open_tensor(reference, path, folder, self.library.root, self.library.files)
            if isinstance(opened, Diagnostic):
                fine = False
                self.found.append(opened)
            else:
                arrays[path] = opened
                self.library.add_weights(reference.file, folder)
        return fine
