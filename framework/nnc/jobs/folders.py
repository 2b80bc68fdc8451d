"""What a job needs of a place where files lie; and a folder on the disk, which is one.

Names in a place are relative, with `/` between their parts, on every system.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterable
from contextlib import AbstractContextManager, suppress
from pathlib import Path
from typing import BinaryIO, NamedTuple, Protocol

from nnc.files.opening import as_file_error, open_to_read
from nnc.files.writing import open_atomically, remove_stale


class FileInfo(NamedTuple):
    """A file in a place: its name, its size in bytes, and when it was written, in ns."""

    name: str
    size: int
    modified: int


class Place(Protocol):
    """A folder, wherever it is; what fails raises FileError."""

    def path(self, name: str) -> str:
        """Return what messages call a file."""

    def find(self) -> list[FileInfo]:
        """Find every file, in folders below too, in order of name; none where there is no place."""

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

    def find(self) -> list[FileInfo]:
        """Find every file below."""
        infos = []
        for folder, _, names in os.walk(self._path):
            below = Path(folder).relative_to(self._path)
            for name in names:
                info = self.look((below / name).as_posix())
                infos += [] if info is None else [info]
        return sorted(infos)

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
        path = self._path / name
        with suppress(OSError):  # opening says what is wrong
            path.parent.mkdir(parents=True, exist_ok=True)
        return open_atomically(path)

    def remove(self, names: Iterable[str]) -> None:
        """Remove files that may be there."""
        for name in names:
            with as_file_error(self._path / name), suppress(FileNotFoundError):
                (self._path / name).unlink()

    def remove_folder(self, name: str) -> None:
        """Remove a folder, and the drafts of killed processes."""
        with as_file_error(self._path / name), suppress(FileNotFoundError):
            shutil.rmtree(self._path / name)
        for folder, _, _ in os.walk(self._path):
            remove_stale(folder)
