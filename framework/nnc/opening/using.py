"""Select network files by arguments, including the networks that use or extend each other."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Collection, Iterable
from pathlib import Path

from nnc.diagnostics.diagnostic import Diagnostic, FileError
from nnc.files.opening import STDIN, project_root
from nnc.files.selection import Selection, find_networks
from nnc.language.document.reader import read_document
from nnc.language.library import uses_of
from nnc.selecting import Reach

_MAX_FILES = 5000  # network files of a project that are searched
_CHANGED = "changed-since:"
_NAMED: dict[Path, tuple[int, tuple[str, ...]]] = {}
"""Cache: the modification time of each file, and the networks it names."""


def select_networks(words: Iterable[str], changed: str | None = None) -> Selection:
    """Return the network files that arguments select.

    An argument selects the files of `find_networks`. `+` before it adds the files that they use or
    extend, and `+` after it those that use or extend them. `changed-since:REV` selects the files
    below the current folder that have changed since a revision or use a file that has. `changed`
    limits the whole selection to files that have changed since that revision.
    """
    files: dict[str, str] = {}
    problems: list[Diagnostic] = []
    notes: list[str] = []
    for text in words:
        word, sources, readers = Reach.of(text, lambda name: name == STDIN or _is_there(name))
        since = None
        if word.startswith(_CHANGED) and not _is_there(word):
            word, since = ".", word.removeprefix(_CHANGED)
        matched = find_networks([word])
        names = matched.files
        problems += matched.problems
        notes += matched.notes
        try:
            names = names if since is None else _changed_among(names, since)
            paths = {Path(name).resolve() for name in names if sources or readers}
            related = used_by(paths) if sources else set()
            related |= users_of(paths) if readers else set()
            names = [*names, *sorted(map(os.path.relpath, related))]
            names = names if changed is None else _changed_among(names, changed)
        except FileError as error:
            return Selection([], [*problems, *error.diagnostics], notes)
        revisions = " and ".join(dict.fromkeys(filter(None, (since, changed))))
        if revisions and not names and not matched.problems:
            notes.append(f"no network file has changed since {revisions}")
        for name in names:
            files.setdefault(os.path.normpath(name), name)
    return Selection(list(files.values()), problems, notes)


def _is_there(name: str) -> bool:
    return os.path.lexists(name)


def _changed_among(files: Iterable[str], revision: str) -> list[str]:
    """Return the files that have changed since a revision or do not exist. Raises FileError."""
    from nnc.opening.revisions import changed_since  # few commands need it

    present = list(filter(_is_there, files))
    changed = {*changed_since(revision, present)}
    return [file for file in files if file in changed or not _is_there(file)]


def used_by(paths: Collection[Path]) -> set[Path]:
    """Return the network files that some files use or extend, directly or indirectly."""
    used, left = set[Path](), list(paths)
    while left:
        more = _networks_in(left.pop()) - used
        used |= more
        left += more
    return used - set(paths)


def users_of(paths: Collection[Path]) -> set[Path]:
    """Return the network files in the same projects that use or extend one of some files."""
    roots = {project_root(path) for path in paths}
    names = [name for root in roots for name in find_networks([str(root)]).files[:_MAX_FILES]]
    uses = {path: _networks_in(path) for path in (Path(name).resolve() for name in names)}
    users: set[Path] = set()
    while more := {
        path for path, used in uses.items() if used & (users | set(paths)) and path not in users
    }:
        users |= more
    return users - set(paths)


def _networks_in(path: Path) -> set[Path]:
    """Return the network files that a file uses or extends; none if it cannot be read."""
    with contextlib.suppress(OSError, ValueError, RuntimeError):
        stamp = path.stat().st_mtime_ns
        if _NAMED.get(path, (0, ()))[0] != stamp:
            document = read_document(path.read_bytes(), str(path))
            _NAMED[path] = stamp, uses_of(document).networks
        return {(path.parent / used).resolve() for used in _NAMED[path][1]}
    return set()
