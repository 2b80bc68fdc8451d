"""Library: the files that networks use or extend, each found inside the root and read once.

`named_files` lists which files the values of a network name, and where.
"""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path, PurePath, PurePosixPath
from typing import Any, Literal, NamedTuple

from nnc.diagnostics.diagnostic import Diagnostic, KeyPath
from nnc.files.opening import (
    DISK,
    MAX_BYTES,
    Files,
    NotRegularError,
    begins_compiled,
    reason_of,
    resolved_inside,
    similar_file,
)
from nnc.language.document.reader import read_document
from nnc.language.document.text import Document
from nnc.language.keys import SPARSE, TENSORS
from nnc.numbers.exact import shorten

_MAX_SEARCHES = 50  # for a name that was meant; each lists a folder
_LONGEST = 200  # characters of a path in a message
_DRIVE = re.compile(r"[A-Za-z]:[\\/]")


class LibraryFile(NamedTuple):
    """A file that was found and read.

    `path` is the very file, links followed. `file` is what it is called in messages: the path that
    a user would type, from where the first file was named. Names in it count from `folder`.
    """

    path: Path
    folder: Path
    file: str
    document: Document


class Library:
    """Network files that others use or extend: each read once, inside the project root.

    `digests` has the SHA-256, in hex, of every file that was read, by its resolved path; other
    stages add those of the files that they read. `weight_files` are the resolved paths of files
    that are mapped, and not read whole.
    """

    def __init__(self, root: Path, max_bytes: int = MAX_BYTES, files: Files = DISK) -> None:
        self.files = files
        self.root = files.resolve(root)
        self.digests: dict[Path, str] = {}
        self.weight_files: dict[Path, None] = {}
        self._max_bytes = max_bytes
        self._documents: dict[Path, Document] = {}
        self._known: dict[tuple[str, Path, str], LibraryFile | Diagnostic] = {}
        self._originals: dict[tuple[str, Path], tuple[str, Path]] = {}
        self._searches_left = _MAX_SEARCHES

    def add_digest(self, file: Path, digest: str) -> None:
        """Record the SHA-256, in hex, of a file that another stage has read."""
        self.digests[self.files.resolve(file)] = digest

    def add_weights(self, name: str, folder: Path) -> None:
        """Record a weight file that was opened; `name` counts from `folder`."""
        target = resolved_inside(name, folder, self.root, self.files)
        if target is not None:
            self.weight_files[target] = None

    def find(self, name: str, folder: Path, path: KeyPath, reader: str) -> LibraryFile | Diagnostic:
        """Find and read the file `name`, which counts from `folder`; or say why not, at `path`.

        `folder` is that of the file that writes the name, as it was given, links not followed.
        `reader` says what the file is for, in one word: messages speak of "the base file `a`".
        """
        original, home = self._originals.get((name, folder), (name, folder))
        key = original, home, reader
        if key not in self._known:
            self._known[key] = self._look(*key)
        known = self._known[key]
        return known if isinstance(known, LibraryFile) else replace(known, path=path)

    def recount(self, name: str, home: Path, folder: Path) -> str:
        """Return the name, counted from `folder`, of the file that is called `name` in `home`.

        Messages keep the name as it was written. A name that is not a relative path stays.
        """
        if _is_absolute(name) or "\\" in name:
            return name
        resolve = self.files.resolve
        try:
            there = resolve(folder)
            target = resolve(home / name)
            counted = os.path.relpath(resolve(home) / name, there)
            if resolve(there / counted) != target:  # `..` after a link
                counted = os.path.relpath(target, there)
        except (OSError, ValueError, RuntimeError):  # too long, a NUL, links in a circle
            return name
        counted = PurePath(counted).as_posix()
        self._originals[counted, folder] = name, home
        return counted

    # ---------------------------------------------------------------------- finding, reading

    def _look(self, name: str, folder: Path, reader: str) -> LibraryFile | Diagnostic:
        what = f"{reader} file `{shorten(name, _LONGEST)}`"
        if _is_absolute(name):
            return Diagnostic(
                "outside-project",
                f"the {what} has an absolute path",
                help=self._relative(name, folder) or "write a path relative to this file, with `/`",
            )
        if "\\" in name:
            plain = shorten(name.replace("\\", "/"), _LONGEST)
            message = f"the {what} is written with `\\`"
            return Diagnostic("cannot-open", message, help=f"write `{plain}`")
        target = resolved_inside(name, folder, self.root, self.files)
        if target is None:
            return self._unreachable(name, folder, what)
        named = self._named(name, folder, target)
        called = self.files.called(named)
        if target not in self._documents:
            data = self._read(target, name, folder, what)
            if isinstance(data, Diagnostic):
                return data
            if begins_compiled(data):
                message = f"the {what} is a compiled network, which no other can use"
                hint = "name the file that it was compiled from"
                return Diagnostic("bad-compiled", message, help=hint)
            self.digests[target] = hashlib.sha256(data).hexdigest()
            self._documents[target] = read_document(data, called)
        return LibraryFile(target, named.parent, called, self._documents[target])

    def _read(self, target: Path, name: str, folder: Path, what: str) -> bytes | Diagnostic:
        """Read a regular file up to a size limit; refuse pipes and devices, which might block."""
        try:
            data = self.files.read(target, self.root, self._max_bytes + 1)
        except NotRegularError:
            return Diagnostic(
                "cannot-open",
                f"the {what} is not a regular file",
                help="name a file that holds a network",
            )
        except (FileNotFoundError, NotADirectoryError):
            hint = self._what_was_meant(target, name, folder)
            return Diagnostic("cannot-open", f"there is no {what}", help=hint)
        except IsADirectoryError:
            return Diagnostic("cannot-open", f"the {what} is a directory", help="name a file in it")
        except OSError as error:
            return _cannot_open(what, error)
        if len(data) > self._max_bytes:
            return Diagnostic(
                "file-too-large",
                f"the {what} has more than {self._max_bytes:,} bytes",
                help="to read it anyway, raise --max-bytes",
            )
        return data

    # ------------------------------------------------------------------------------ advice

    def _what_was_meant(self, target: Path, name: str, folder: Path) -> str:
        """Return the help line for a file that is not there."""
        otherwise = "paths are relative to the file that they are written in"
        if self._searches_left <= 0:
            return otherwise
        self._searches_left -= 1
        from_root = resolved_inside(name, self.root, self.root, self.files)
        if from_root is not None and self.files.kind_of(from_root) == "file":
            there = self.files.resolve(folder)
            counted = PurePath(os.path.relpath(self.root / name, there)).as_posix()
            return f"{otherwise}: write `{shorten(counted, _LONGEST)}`"
        near = similar_file(target, self.files)
        if near is None:
            return otherwise
        meant = PurePosixPath(name).parent / near
        return f"did you mean `{shorten(str(meant), _LONGEST)}`?"

    def _relative(self, name: str, folder: Path) -> str | None:
        """Say how to write an absolute path that leads into the root."""
        if not Path(name).is_absolute():  # it is so on another system
            return None
        try:
            target = self.files.resolve(Path(name))
            if not target.is_relative_to(self.root):
                return None
            there = self.files.resolve(folder)
            counted = PurePath(os.path.relpath(target, there)).as_posix()
        except (OSError, ValueError, RuntimeError):
            return None
        return f"write `{shorten(counted, _LONGEST)}`"

    def _named(self, name: str, folder: Path, target: Path) -> Path:
        """Return the path that a user would type for a file; `..` is taken out where it may be."""
        joined = folder / name
        plain = Path(os.path.normpath(joined))
        with suppress(OSError, RuntimeError):  # a link that is not a link any more when it is read
            if self.files.resolve(plain) == target:
                return plain
        return joined  # where `..` follows a link

    def _unreachable(self, name: str, folder: Path, what: str) -> Diagnostic:
        """Return the diagnostic of a path that leads nowhere, or out of the project root."""
        try:
            self.files.look(folder / name)
        except FileNotFoundError:
            pass
        except (OSError, ValueError) as error:  # links in a circle, too long, a NUL
            return _cannot_open(what, error)
        return Diagnostic(
            "outside-project",
            f"the {what} is outside the project root",
            help="write a path to a file inside it, or give --root a folder with both",
        )


def _is_absolute(name: str) -> bool:
    return name.startswith(("/", "\\\\")) or _DRIVE.match(name) is not None


def _cannot_open(what: str, error: OSError | ValueError) -> Diagnostic:
    return Diagnostic("cannot-open", f"the {what} cannot be opened: {reason_of(error)}")


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
