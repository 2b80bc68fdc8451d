"""What a job needs of a place where files lie; and a folder on the disk, which is one.

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

NO_FILE = -1
"""The size of what is there, and is no file."""


class FileInfo(NamedTuple):
    """A file in a place: its name, its size in bytes, and when it was written, in ns.

    The size is `NO_FILE` of what cannot be read like a file: a link to nothing, a pipe, or a folder
    that cannot be looked into.
    """

    name: str
    size: int
    modified: int


class Place(Protocol):
    """A folder, wherever it is; what fails raises FileError."""

    def path(self, name: str) -> str:
        """Return what messages call a file."""

    def find(self, depth: int | None = None) -> list[FileInfo]:
        """Find every file, in folders below too, in order of name; none where there is no place.

        With a `depth`, files whose names have more parts need not be found.
        """

    def look(self, name: str) -> FileInfo | None:
        """Look at one file; None where there is none."""

    def open(self, name: str) -> AbstractContextManager[BinaryIO]:
        """Open a file to read."""

    def write(self, name: str) -> AbstractContextManager[BinaryIO]:
        """Open a file to write: it is there when the block ends without an exception."""

    def remove(self, names: Iterable[str]) -> None:
        """Remove files that may be there."""

    def remove_folder(self, name: str) -> None:
        """Remove a folder with all in it, and what killed processes left beside it."""


class Folder:
    """A folder on the disk."""

    def __init__(self, path: str) -> None:
        self._path = Path(path)

    def path(self, name: str) -> str:
        """Return the path of a file."""
        return str(self._path / name)

    def find(self, depth: int | None = None) -> list[FileInfo]:
        """Find every file below, and in linked folders: in each folder once, so that circles end.

        A folder that holds this one is never looked into.
        """
        infos: list[FileInfo] = []
        waiting, seen = [self._path], {*map(str, self._path.resolve().parents)}

        def refuse(error: OSError) -> None:
            path = Path(error.filename)
            if path != self._path or not isinstance(error, FileNotFoundError | NotADirectoryError):
                infos.append(FileInfo(path.relative_to(self._path).as_posix(), NO_FILE, 0))

        for start in waiting:  # which grows: links come last, so that folders keep their own names
            for at, folders, names in os.walk(start, onerror=refuse):
                below = Path(at).relative_to(self._path)
                real = os.path.realpath(at)
                if real in seen:
                    folders.clear()
                    continue
                seen.add(real)
                infos += filter(None, [self._found((below / name).as_posix()) for name in names])
                if depth is not None and len(below.parts) + 1 >= depth:
                    folders.clear()
                folders.sort()
                links = [self._path / below / each for each in folders]
                waiting += [each for each in links if each.is_symlink()]
        return sorted(infos)

    def _found(self, name: str) -> FileInfo | None:
        """Look at what a folder lists; None where it has been removed since."""
        path = self._path / name
        try:
            status = path.stat()
        except OSError:
            return FileInfo(name, NO_FILE, 0) if os.path.lexists(path) else None
        size = status.st_size if stat.S_ISREG(status.st_mode) else NO_FILE
        return FileInfo(name, size, status.st_mtime_ns)

    def look(self, name: str) -> FileInfo | None:
        """Look at one file."""
        path = self._path / name
        try:
            status = path.stat()
        except (FileNotFoundError, NotADirectoryError):
            return None
        except (OSError, ValueError) as error:
            with as_file_error(path):
                raise error from None
        return FileInfo(name, status.st_size, status.st_mtime_ns)

    def open(self, name: str) -> AbstractContextManager[BinaryIO]:
        """Open a file to read."""
        return open_to_read(self.path(name))

    def write(self, name: str) -> AbstractContextManager[BinaryIO]:
        """Open a file that gets its name when it is whole, and the folder that it lies in."""
        refuse_links(self._path, name)
        path = self._path / name
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            if not path.parent.is_dir():  # else opening says what is wrong
                at = path.parent if self._path.is_dir() else self._path
                message = f"cannot create the folder: {reason_of(error)}"
                hint = "name another folder"
                raise FileError(
                    [Diagnostic("cannot-open", message, help=hint, file=str(at))]
                ) from None
        return open_atomically(path)

    def remove(self, names: Iterable[str]) -> None:
        """Remove files that may be there."""
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
    """Raise FileError where a link in a folder leads to what would be written or removed.

    The folder itself was named, and may be a link.
    """
    path = folder
    for step in name.split("/"):
        path /= step
        if path.is_symlink():
            message = "results are not written through links, and this is one"
            hint = "remove the link, or name another folder"
            raise FileError([Diagnostic("cannot-open", message, help=hint, file=str(path))])


def check_files(place: Place, infos: Iterable[FileInfo]) -> None:
    """Refuse what is no file. Raises FileError, cannot-open, with each of them."""
    wrong = [_why(place.path(each.name)) for each in infos if each.size == NO_FILE]
    if wrong:
        raise FileError(wrong)


def _why(path: str) -> Diagnostic:
    """Say why a path is no file."""
    try:
        with as_file_error(path):
            if stat.S_ISDIR(os.stat(path).st_mode):  # noqa: PTH116
                os.listdir(path)  # noqa: PTH208
    except FileError as error:
        return error.diagnostics[0]
    message = "it is not a file, but a pipe, a socket or a device"
    hint = "remove it, or name the files by a pattern that leaves it out"
    return Diagnostic("cannot-open", message, help=hint, file=path)
