"""Read and write the files of a folder on the disk; `Place` is what every place offers.

Names in a place are relative, with `/` between their parts, on every system.
"""

from __future__ import annotations

import os
import shutil
import stat
from collections.abc import Iterable
from contextlib import AbstractContextManager, suppress
from pathlib import Path
from typing import BinaryIO, NamedTuple, Protocol

from nnc.diagnostics.diagnostic import Diagnostic, FileError
from nnc.files.opening import as_file_error, open_to_read, reason_of
from nnc.files.writing import open_atomically, remove_stale

NO_FILE = -1  # the size of a broken link, a pipe, or a folder that cannot be listed


class FileInfo(NamedTuple):
    """A file in a place: its name, its size in bytes (or NO_FILE), and its time in ns."""

    name: str
    size: int
    modified: int


class Place(Protocol):
    """A folder, wherever it is; failures raise FileError."""

    def path(self, name: str) -> str:
        """Return the path or address of a file for messages."""

    def find(self, depth: int | None = None) -> list[FileInfo]:
        """Find all files below, sorted by name; none where the place does not exist.

        With a `depth`, names of more parts may be left out.
        """

    def look(self, name: str) -> FileInfo | None:
        """Look at one file; return None where there is none."""

    def open(self, name: str) -> AbstractContextManager[BinaryIO]:
        """Open a file to read."""

    def write(self, name: str) -> AbstractContextManager[BinaryIO]:
        """Open a file to write, which exists when the block ends without an exception."""

    def remove(self, names: Iterable[str]) -> None:
        """Remove files that may exist."""

    def remove_folder(self, name: str) -> None:
        """Remove a folder, and what killed processes left beside it."""


class Folder:
    """A folder on the disk."""

    def __init__(self, path: str) -> None:
        self._path = Path(path)

    def path(self, name: str) -> str:
        """Return the path of a file."""
        return str(self._path / name)

    def find(self, depth: int | None = None) -> list[FileInfo]:
        """Find all files below; links are followed, into each folder once.

        Links come after the other folders, so that those are found under their own names.
        """
        infos: list[FileInfo] = []
        seen = {str(parent) for parent in self._path.resolve().parents}

        def refuse(error: OSError) -> None:
            path = Path(error.filename)
            if path != self._path or not isinstance(error, FileNotFoundError | NotADirectoryError):
                infos.append(FileInfo(path.relative_to(self._path).as_posix(), NO_FILE, 0))

        for at, folders, names in os.walk(self._path, onerror=refuse, followlinks=True):
            real = os.path.realpath(at)
            if real in seen:
                folders.clear()
                continue
            seen.add(real)
            below = Path(at).relative_to(self._path)
            infos += filter(None, [self._found((below / name).as_posix()) for name in names])
            if depth is not None and len(below.parts) + 1 >= depth:
                folders.clear()
            links = [folder for folder in folders if (Path(at) / folder).is_symlink()]
            folders[:] = sorted(set(folders).difference(links)) + sorted(links)
        return sorted(infos)

    def _found(self, name: str) -> FileInfo | None:
        """Look at a listed file; return None where it has been removed since."""
        path = self._path / name
        try:
            status = path.stat()
        except OSError:
            return FileInfo(name, NO_FILE, 0) if os.path.lexists(path) else None
        size = status.st_size if stat.S_ISREG(status.st_mode) else NO_FILE
        return FileInfo(name, size, status.st_mtime_ns)

    def look(self, name: str) -> FileInfo | None:
        """Look at one file."""
        with as_file_error(self._path / name):
            try:
                status = (self._path / name).stat()
            except (FileNotFoundError, NotADirectoryError):
                return None
        return FileInfo(name, status.st_size, status.st_mtime_ns)

    def open(self, name: str) -> AbstractContextManager[BinaryIO]:
        """Open a file to read."""
        return open_to_read(self.path(name))

    def write(self, name: str) -> AbstractContextManager[BinaryIO]:
        """Open a file that gets its name when it is complete, and create its folder."""
        refuse_links(self._path, name)
        path = self._path / name
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            if not path.parent.is_dir():  # otherwise opening says what is wrong
                at = path.parent if self._path.is_dir() else self._path
                message = f"cannot create the folder: {reason_of(error)}"
                hint = "name another folder"
                raise FileError(
                    [Diagnostic("cannot-open", message, help=hint, file=str(at))]
                ) from None
        return open_atomically(path)

    def remove(self, names: Iterable[str]) -> None:
        """Remove files that may exist."""
        for name in names:
            refuse_links(self._path, name)
            with as_file_error(self._path / name), suppress(FileNotFoundError):
                (self._path / name).unlink()

    def remove_folder(self, name: str) -> None:
        """Remove a folder, and the drafts of killed processes."""
        refuse_links(self._path, name)
        with as_file_error(self._path / name), suppress(FileNotFoundError):
            shutil.rmtree(self._path / name)
        for folder, _, _ in os.walk(self._path):
            remove_stale(folder)


def refuse_links(folder: Path, name: str) -> None:
    """Raise FileError where a link inside a folder leads to what would be written or removed.

    The folder itself was named by the user, and may be a link.
    """
    path = folder
    for step in name.split("/"):
        path /= step
        if path.is_symlink():
            message = "results are not written through links, and this is one"
            hint = "remove the link, or name another folder"
            raise FileError([Diagnostic("cannot-open", message, help=hint, file=str(path))])


def check_files(place: Place, infos: Iterable[FileInfo]) -> None:
    """Raise FileError, cannot-open, that lists everything that is not a regular file."""
    wrong = [_not_a_file(place.path(info.name)) for info in infos if info.size == NO_FILE]
    if wrong:
        raise FileError(wrong)


def _not_a_file(path: str) -> Diagnostic:
    try:
        with as_file_error(path):
            if stat.S_ISDIR(os.stat(path).st_mode):  # noqa: PTH116
                os.listdir(path)  # noqa: PTH208
    except FileError as error:
        return error.diagnostics[0]
    message = "it is not a file, but a pipe, a socket or a device"
    hint = "remove it, or name the files by a pattern that leaves it out"
    return Diagnostic("cannot-open", message, help=hint, file=path)
