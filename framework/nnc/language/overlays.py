"""Document -> Extended: an overlay with the file that it extends.

The values of the files are merged as they are written. What they mean is judged later, and
reported at its place in the file that wrote it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from copy import copy
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from nnc.diagnostics.diagnostic import Diagnostic, KeyPath, Label, closest
from nnc.language.document.reader import wrong_version
from nnc.language.document.text import Document, Located, Location, Unreadable, Value
from nnc.language.inheritance import FileValue, Inheritance, Origin
from nnc.language.library import Library, LibraryFile, named_files
from nnc.numbers.exact import kind_of, shorten


class Extended(Located):
    """The values of an overlay and of all that it extends, merged; stands for a Document.

    `value` is None where a file cannot be read, or is not a network; `diagnostics` has what is
    wrong with the files as YAML, and with extending. `documents` are the files, the overlay first.
    """

    def __init__(
        self,
        documents: Sequence[Document],
        diagnostics: list[Diagnostic],
        value: dict[str, object] | None = None,
        origin: Origin | None = None,
    ) -> None:
        self.documents = tuple(documents)
        self.file = documents[0].file
        self.value: Value | None = value
        self.complete = all(document.complete for document in documents)
        self.diagnostics = diagnostics
        self._origin = origin

    def _find(self, path: KeyPath) -> tuple[int, KeyPath]:
        return (0, path) if self._origin is None else self._origin.find(path, self.value)

    def origin(self, path: KeyPath) -> Document:
        """Return the file that wrote the part at `path`; of what several wrote, the topmost."""
        return self.documents[self._find(path)[0]]

    def writes(self, path: KeyPath) -> bool:
        """Return whether what is at a path is written there, and not at the top of its file."""
        return self._find(path)[1] == path

    def locate(self, parts: Iterable[tuple[KeyPath, bool]]) -> list[Location]:
        """Find where parts stand, each in the file that wrote it."""
        wanted: dict[int, dict[int, tuple[KeyPath, bool]]] = {}
        for i, (path, key) in enumerate(parts):
            file, own_path = self._find(path)
            wanted.setdefault(file, {})[i] = own_path, key
        locations: dict[int, Location] = {}
        for file, there in wanted.items():
            locations |= zip(there, self.documents[file].locate(there.values()), strict=True)
        return [locations[i] for i in range(len(locations))]


class _File(NamedTuple):
    document: Document
    folder: Path
    path: Path | None


def extend(
    document: Document, folder: Path, library: Library, found_at: Path | None = None
) -> Document | Extended:
    """Merge a file with what it extends; without `extends` it is given back as it is.

    Names in the file count from `folder`; `found_at` is the file itself, None for a text that
    lies nowhere. Names of files that a base writes are counted from `folder` too in what is merged.
    """
    if not document.complete or wrong_version(document) or not _is_overlay(document):
        return document
    resolve = library.files.resolve
    files = [_File(document, folder, resolve(found_at) if found_at is not None else None)]
    diagnostics = list(document.diagnostics)
    while _is_overlay(files[-1].document):
        base = _base_of(files, library)
        if base is None or isinstance(base, Diagnostic):
            diagnostics += files[-1].document.located([base]) if base is not None else []
            break
        files.append(base)
        wrong = wrong_version(base.document)
        if wrong:  # then nothing else in it is judged
            diagnostics += wrong
            break
        diagnostics += base.document.diagnostics
        if not base.document.complete or base.document.value is None:
            break
        diagnostics += base.document.located(_wrong_base(base.document.value))
        if not isinstance(base.document.value, dict):
            break
    else:
        return _merged(files, diagnostics, library)
    # one of the files is not there, or no network: then there is nothing to merge
    return Extended([file.document for file in files], diagnostics)


def _merged(files: Sequence[_File], diagnostics: list[Diagnostic], library: Library) -> Extended:
    chain: list[FileValue] = []
    is_clean = True
    for file in reversed(files):
        value = file.document.value
        assert isinstance(value, dict)
        is_clean = is_clean and not file.document.diagnostics
        if library.files.resolve(file.folder) != library.files.resolve(files[0].folder):
            value = _recounted(value, file.folder, files[0].folder, library)
        chain.insert(0, FileValue(value, file.document.file, is_clean))
    merged = Inheritance(chain)
    for i, file in enumerate(files):
        mistakes = [mistake for index, mistake in merged.mistakes if index == i]
        diagnostics += file.document.located(mistakes)
    documents = [file.document for file in files]
    return Extended(documents, diagnostics, merged.value, merged.origin)


def _is_overlay(document: Document) -> bool:
    return isinstance(document.value, dict) and "extends" in document.value


def _base_of(files: Sequence[_File], library: Library) -> _File | Diagnostic | None:
    """Find the file that the last one extends; None where what is wrong is reported already."""
    value = files[-1].document.value
    name = value["extends"] if isinstance(value, dict) else None
    if isinstance(name, Unreadable):
        return None
    if not isinstance(name, str):
        message = f"`extends`: expected the name of a file, found {kind_of(name)}"
        return Diagnostic("wrong-type", message, ("extends",), help="write extends: base.nn.yaml")
    base = library.find(str(name), files[-1].folder, ("extends",), "base")
    if isinstance(base, LibraryFile):
        paths = [file.path for file in files]
        if base.path in paths:
            return _circle(files[paths.index(base.path) :])
        return _File(base.document, base.folder, base.path)
    return base


def _circle(files: Sequence[_File]) -> Diagnostic:
    """Return the finding of files that extend each other, at the hop that closes the circle."""
    names = [shorten(file.document.file, 200) for file in files]
    labels: list[Label] = []
    for file, base in zip(files, names[1:], strict=False):
        hop = Label(f"here it extends {base}", ("extends",))
        labels += file.document.located_labels([hop])
    walk = " -> ".join([*names, names[0]])
    does = "files extend each other" if len(files) > 1 else "the file extends itself"
    return Diagnostic(
        "use-cycle",
        f"{does}: {walk}",
        ("extends",),
        labels=tuple(labels),
        help="a network cannot start from itself: extend another file",
    )


def _wrong_base(value: Value) -> list[Diagnostic]:
    """Report a base that is not a network, or has no version: no later stage does."""
    if not isinstance(value, dict):
        message = f"a network is a mapping, not {kind_of(value)}"
        return [Diagnostic("wrong-type", message, help="start with `nnc: 1`")]
    if "nnc" in value or closest("nnc", value) is not None:  # a misspelt key is reported as such
        return []
    hint = "add `nnc: 1`, the version of the format"
    return [Diagnostic("missing-key", "the file has no `nnc`", key=True, help=hint)]


# ------------------------------------------------------------------------- names of files


def _recounted(
    value: dict[str, object], home: Path, folder: Path, library: Library
) -> dict[str, object]:
    """Count the names of files, of parts and of weights, from another folder."""
    copies: dict[KeyPath, Any] = {(): dict(value)}

    def copy_of(path: KeyPath) -> Any:
        if path not in copies:
            parent = copy_of(path[:-1])
            parent[path[-1]] = copies[path] = copy(parent[path[-1]])
        return copies[path]

    recounted = cache(lambda name: library.recount(name, home, folder))
    for file in named_files(value):
        if file.kind != "base":
            copy_of(file.path)[file.key] = recounted(file.name)
    merged: dict[str, Any] = copies[()]
    return merged
