"""Files in a place that pyarrow reaches by its address: S3, Google Cloud Storage, HDFS, Azure.

`s3://bucket/folder/`, with what the place needs behind a `?`, such as
`endpoint_override=localhost:9000&scheme=http`, or in the environment (`AWS_ENDPOINT_URL`).
"""

from __future__ import annotations

import io
import re
import shutil
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO, cast

from nnc.diagnostics.diagnostic import Diagnostic, InvalidRowsError
from nnc.extras import install_line
from nnc.files.opening import as_file_error
from nnc.jobs.folders import FileInfo, refuse_links

_HELD = 1 << 24  # bytes of a result that are held in memory; more are on the disk until it is whole
_PIECE = 1 << 23


class Remote:
    """A folder of a file system that pyarrow opens.

    A result is made whole on this machine first, and is then sent: an upload that ends early leaves
    nothing that can be seen.
    """

    def __init__(self, address: str) -> None:
        """Open the file system. Raises FileError, and InvalidRowsError where pyarrow is missing."""
        plain = address.partition("?")[0].rstrip("/")
        self._address = re.sub(r"://[^/@]*@", "://", plain)
        try:
            from pyarrow import fs
        except ModuleNotFoundError:
            message = f"`{self._address}` needs pyarrow, which is not installed"
            hint = install_line("data")
            raise InvalidRowsError([Diagnostic("missing-library", message, help=hint)]) from None
        with self._failing(""):
            self._system, self._home = fs.FileSystem.from_uri(address)
        self._home = self._home.rstrip("/")
        self._file, self._folder = fs.FileType.File, fs.FileType.Directory
        self._selector = fs.FileSelector

    @contextmanager
    def _failing(self, name: str) -> Iterator[None]:
        with as_file_error(self.path(name), _cannot):
            yield

    def path(self, name: str) -> str:
        """Return the address of a file, without what it needs to be opened."""
        return f"{self._address}/{name}" if name else self._address

    @property
    def on_disk(self) -> str | None:
        """The path of the folder, where `file://` leads to the disk of this machine."""
        return self._home if self._system.type_name == "local" else None

    def find(self, depth: int | None = None) -> list[FileInfo]:  # noqa: ARG002 - one request
        """Find every file below."""
        selector = self._selector(self._home, recursive=True, allow_not_found=True)
        with self._failing(""):
            about = self._system.get_file_info(selector)
        return sorted(
            FileInfo(each.path[len(self._home) + 1 :], each.size, each.mtime_ns or 0)
            for each in about
            if each.type == self._file
        )

    def look(self, name: str) -> FileInfo | None:
        """Look at one file."""
        with self._failing(name):
            about = self._system.get_file_info(self._in(name))
        return FileInfo(name, about.size, about.mtime_ns or 0) if about.type == self._file else None

    @contextmanager
    def open(self, name: str) -> Iterator[BinaryIO]:
        """Open a file to read."""
        with self._failing(name):
            file = self._system.open_input_file(self._in(name))
        with file:
            yield cast("BinaryIO", io.BufferedReader(_Reader(self.path(name), file)))

    @contextmanager
    def write(self, name: str) -> Iterator[BinaryIO]:
        """Open a file to write, which is sent when the block ends."""
        self._refuse_links(name)
        with tempfile.SpooledTemporaryFile(_HELD) as whole:
            yield cast("BinaryIO", whole)
            whole.seek(0)
            with self._failing(name):
                if (folder := self._in(name).rpartition("/")[0]) and self._has_folders:
                    self._system.create_dir(folder, recursive=True)
                with self._system.open_output_stream(self._in(name)) as stream:
                    shutil.copyfileobj(whole, stream, _PIECE)

    @property
    def _has_folders(self) -> bool:
        """Whether a file needs a folder to lie in; objects of a store do not."""
        return self._system.type_name not in ("s3", "gcs")

    def remove(self, names: Iterable[str]) -> None:
        """Remove files that may be there."""
        for name in names:
            self._refuse_links(name)
            if self.look(name) is not None:
                with self._failing(name):
                    self._system.delete_file(self._in(name))

    def remove_folder(self, name: str) -> None:
        """Remove a folder; nothing else is ever left beside it."""
        self._refuse_links(name)
        with self._failing(name):
            if self._system.get_file_info(self._in(name)).type == self._folder:
                self._system.delete_dir(self._in(name))

    def _refuse_links(self, name: str) -> None:
        if self.on_disk is not None:
            refuse_links(Path(self.on_disk), name)

    def _in(self, name: str) -> str:
        return f"{self._home}/{name}"


class _Reader(io.RawIOBase):
    """An open file of pyarrow, of which a failing read raises FileError."""

    def __init__(self, path: str, file: Any) -> None:
        self._path, self._file = path, file

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = 0, /) -> int:
        with as_file_error(self._path, _cannot):
            return int(self._file.seek(offset, whence))

    def tell(self) -> int:
        return int(self._file.tell())

    def readinto(self, buffer: Any, /) -> int:
        with as_file_error(self._path, _cannot):
            return int(self._file.readinto(buffer))


def _cannot(path: str, error: OSError | ValueError) -> Diagnostic:
    """Say what the place refuses, without what it may say of keys."""
    why = str(error).strip().partition("\n")[0]
    return Diagnostic("cannot-open", f"cannot reach the file: {why}", file=path)
