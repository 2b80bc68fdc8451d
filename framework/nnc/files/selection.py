"""Select the network files that paths name, by one rule for all commands.

A file is selected by name. A folder selects the network files in it that git tracks, and those
below it that git does not ignore and that are not in a folder skipped by `_is_left_out`; without a
repository, only the latter. Nested repositories are each asked for their own files. Links to
folders are not followed.
"""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Iterable, Iterator, Sequence
from fnmatch import fnmatch, fnmatchcase
from pathlib import Path, PurePath
from typing import NamedTuple

from nnc.diagnostics.diagnostic import Diagnostic, FileError
from nnc.files.git import is_ignored, list_files, words_of
from nnc.files.opening import (
    MAX_SHOWN,
    STDIN,
    NotRegularError,
    is_folder,
    project_root,
    reason_of,
)
from nnc.numbers.exact import shorten

SUFFIXES = (".nn.yaml", ".nn.yml")
_NEVER_NETWORKS = ("node_modules", "__pycache__")
_ENVIRONMENT = "pyvenv.cfg"  # marks the folder of a virtual environment
_UNREADABLE = re.compile(rb"warning: could not open directory '(.*)': .*")  # by git


class Selection(NamedTuple):
    """The files that paths select, the problems with the paths, and notes for the user."""

    files: list[str]
    problems: list[Diagnostic]
    notes: list[str]


def find_networks(paths: Iterable[str]) -> Selection:
    """Return the network files that paths select, without duplicates, and unreadable paths.

    A folder selects files named `*.nn.yaml` and `*.nn.yml`, ordered by name; a pattern selects the
    files that it matches, as in a shell; a file selects itself, whatever its name.
    """
    networks: dict[str, str] = {}
    problems: list[Diagnostic] = []
    notes: list[str] = []
    for path in paths:
        search = _Search()
        if path == STDIN:
            search.files.append(path)
        elif is_folder(path):
            search.walk(path)
        elif any(character in path for character in "*?[") and not os.path.exists(path):
            search.match(PurePath(path).parts)
        elif path:
            search.files.append(path)
        if not search.files and not search.problems:
            search.problems.append(no_networks(path))
        for file in sorted(search.files, key=lambda file: PurePath(file).parts):
            networks.setdefault(os.path.normpath(file), file)
        problems += search.problems
        notes += search.notes
    return Selection(list(networks.values()), problems, notes)


def is_network_name(path: str) -> bool:
    """Return True if a path has the suffix of a network file."""
    return path.endswith(SUFFIXES)


def no_networks(path: str) -> Diagnostic:
    """Return the error that a folder or pattern selects no network file."""
    if is_folder(path):
        message = f"no network files (*.nn.yaml, *.nn.yml) below `{shorten(path, MAX_SHOWN)}`"
    else:
        message = f"no file matches `{shorten(path, MAX_SHOWN)}`"
    return Diagnostic(
        "no-network-files",
        message,
        file=path,
        help="name a file: a named file may have any name, and git may ignore it",
    )


class _Search:
    """The files found for one path, and the problems."""

    def __init__(self) -> None:
        self.files: list[str] = []
        self.problems: list[Diagnostic] = []
        self.notes: list[str] = []

    def walk(self, top: str) -> None:
        """Find the network files in and below a folder."""
        waiting = [top]
        while waiting:
            folder = waiting.pop()
            nested = self._ask_git(folder, is_named=folder == top)
            if nested is not None:
                waiting += nested
                continue
            entries = self._entries(folder)
            if folder != top and any(entry.name == _ENVIRONMENT for entry in entries):
                continue
            for entry in entries:
                path = _joined(folder, entry.name)
                if self._is_real_folder(entry):
                    if not _is_never_entered(entry.name):
                        waiting.append(path)
                elif is_network_name(entry.name):
                    self._take(path)

    def _ask_git(self, folder: str, *, is_named: bool) -> list[str] | None:
        """Take the files of a folder that git lists, and return the nested repositories.

        Return None if the folder is in no repository, if git ignores it although it was named, or
        if git fails.
        """
        if not (_has_repository(folder) if is_named else os.path.lexists(_joined(folder, ".git"))):
            return None
        try:
            answer = list_files(folder)
            if answer.returncode:
                words = words_of(answer.stderr)
                if "not a git repository" not in words and "in a work tree" not in words:
                    self._note_all_taken(folder, words)
                return None
            if is_named and not answer.stdout and is_ignored(folder):
                return None
        except FileError as error:
            self._note_all_taken(folder, error.diagnostics[0].message)
            return None
        nested = []
        environments: dict[str, bool] = {}
        for record in answer.stdout.split(b"\0")[:-1]:
            tag, name = record[:1], os.fsdecode(record[2:])
            if tag == b"?" and _is_left_out(folder, name, environments):
                continue
            path = _joined(folder, name)
            if name.endswith("/"):  # a nested repository that is not a submodule
                nested.append(path)
            elif is_network_name(name):
                self._take(path, may_be_gone=True)
            elif tag != b"?" and is_folder(path) and not os.path.islink(path):  # a submodule
                nested.append(path)
        for name in _unreadable(answer.stderr, folder):
            if not _is_left_out(folder, name, environments):
                self._entries(_joined(folder, name))
        return nested

    def _note_all_taken(self, folder: str, why: str) -> None:
        self.notes.append(
            f"git cannot say which files it ignores in `{shorten(folder, MAX_SHOWN)}`, so they are "
            f"taken too: {why}"
        )

    def match(self, steps: tuple[str, ...]) -> None:
        """Find the files that a pattern matches; names that begin with `.` need an explicit `.`.

        `**` matches any number of folders, and does not follow links.
        """
        waiting, seen = [("", 0)], set[tuple[str, int]]()
        while waiting:
            folder, index = state = waiting.pop()
            if state in seen:
                continue
            seen.add(state)
            step, is_last = steps[index], index == len(steps) - 1
            if step != "**" and not any(character in step for character in "*?["):
                waiting += self._matched(os.path.join(folder, step), index, is_last=is_last)
                continue
            if step == "**" and not is_last:
                waiting.append((folder, index + 1))
            for entry in self._entries(folder or "."):
                if entry.name.startswith(".") and not step.startswith("."):
                    continue
                path = os.path.join(folder, entry.name)
                if step == "**":
                    if self._is_real_folder(entry):
                        waiting.append((path, index))
                    elif is_last:
                        waiting += self._matched(path, index, is_last=True)
                elif fnmatch(entry.name, step):
                    waiting += self._matched(path, index, is_last=is_last)

    def _matched(self, path: str, index: int, *, is_last: bool) -> list[tuple[str, int]]:
        """Take a path that matches the last step of a pattern, or return where to go on."""
        if not is_last:
            return [(path, index + 1)] if is_folder(path) else []
        if os.path.lexists(path) and not is_folder(path):
            self._take(path)
        return []

    def _take(self, path: str, *, may_be_gone: bool = False) -> None:
        """Take a file, or report a pipe, which could block; opening reports other problems."""
        try:
            mode = os.stat(path).st_mode
        except (FileNotFoundError, NotADirectoryError):
            if may_be_gone and not os.path.lexists(path):  # git still tracks it
                return
            mode = stat.S_IFREG
        except OSError:
            mode = stat.S_IFREG
        if stat.S_ISREG(mode):
            self.files.append(path)
        elif not stat.S_ISDIR(mode):
            why = f"cannot open the file: {reason_of(NotRegularError())}"
            self.problems.append(Diagnostic("cannot-open", why, file=path))

    def _entries(self, folder: str) -> list[os.DirEntry[str]]:
        """Return the entries of a folder; report it and return none if it cannot be read."""
        try:
            with os.scandir(folder) as entries:
                return list(entries)
        except OSError as error:
            self._cannot_read(folder, error)
            return []

    def _is_real_folder(self, entry: os.DirEntry[str]) -> bool:
        try:
            return entry.is_dir(follow_symlinks=False)
        except OSError as error:
            self._cannot_read(entry.path, error)
            return False

    def _cannot_read(self, folder: str, error: OSError) -> None:
        message = f"cannot read the folder: {reason_of(error)}"
        self.problems.append(Diagnostic("cannot-open", message, file=folder))


def _joined(folder: str, name: str) -> str:
    """Join two paths without a leading `./`."""
    return str(Path(folder, name))


def _has_repository(folder: str) -> bool:
    """Return True if a folder or one of its parents has `.git`."""
    return (project_root(Path(folder, "_")) / ".git").exists()


def _unreadable(warnings: bytes, folder: str) -> Iterator[str]:
    """Yield the folders that git could not read, relative to `folder`."""
    top = project_root(Path(folder, "_"))
    for line in warnings.splitlines():
        if match := _UNREADABLE.fullmatch(line):
            name = os.path.relpath(top / os.fsdecode(match[1]), os.path.realpath(folder))
            yield f"{name}/"


def _is_never_entered(name: str) -> bool:
    return name.startswith(".") or name in _NEVER_NETWORKS


def _is_left_out(folder: str, name: str, environments: dict[str, bool]) -> bool:
    """Return True if an untracked file is in a folder that cannot contain the user's networks.

    These are hidden folders, those of `_NEVER_NETWORKS`, and virtual environments.
    """
    *above, last = name.removesuffix("/").split("/")
    folders = [*above, last] if name.endswith("/") else above
    at = folder
    for step in folders:
        at = os.path.join(at, step)
        if at not in environments:
            environments[at] = _is_never_entered(step) or os.path.lexists(
                os.path.join(at, _ENVIRONMENT)
            )
        if environments[at]:
            return True
    return False


def path_matches(path: Sequence[str], pattern: Sequence[str]) -> bool:
    """Return True if the parts of a path match a pattern; `**` matches any number of parts."""
    if not pattern:
        return not path
    if pattern[0] == "**":
        return any(path_matches(path[n:], pattern[1:]) for n in range(len(path) + 1))
    return bool(path) and fnmatchcase(path[0], pattern[0]) and path_matches(path[1:], pattern[1:])
