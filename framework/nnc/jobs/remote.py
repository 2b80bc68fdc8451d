"""Read and write files at an address that pyarrow opens: S3, Google Cloud Storage, HDFS, Azure.

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
from typing import BinaryIO, cast

from nnc.diagnostics.diagnostic import Diagnostic, FileError, InvalidRowsError
from nnc.extras import install_line
from nnc.files.opening import as_file_error
from nnc.jobs.folders import FileInfo, refuse_links

MAX_IN_MEMORY = 1 << 24  # bytes of a result; a larger one is made on the disk before it is sent
_BLOCK_BYTES = 1 << 23  # that are sent together


class Remote:
    """A folder of a file system of pyarrow.

    A result is completed on this machine and then sent, so an upload that breaks off leaves nothing
    that can be seen.
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
        self._fs = fs
        with as_file_error(self._address, _cannot):
            self._system, self._home = fs.FileSystem.from_uri(address)
        self._home = self._home.rstrip("/")

    def path(self, name: str) -> str:
        """Return the address of a file, without keys and options."""
        return f"{self._address}/{name}" if name else self._address

    @property
    def on_disk(self) -> str | None:
        """The path of the folder where `file://` leads to the disk of this machine, else None."""
        return self._home if self._system.type_name == "local" else None

    def find(self, depth: int | None = None) -> list[FileInfo]:  # noqa: ARG002 - one request
        """Find all files below."""
        selector = self._fs.FileSelector(self._home, recursive=True, allow_not_found=True)
        with as_file_error(self._address, _cannot):
            infos = self._system.get_file_info(selector)
        return sorted(
            FileInfo(info.path[len(self._home) + 1 :], info.size, info.mtime_ns or 0)
            for info in infos
            if info.type == self._fs.FileType.File
        )

    def look(self, name: str) -> FileInfo | None:
        """Look at one file."""
        with as_file_error(self.path(name), _cannot):
            info = self._system.get_file_info(f"{self._home}/{name}")
        is_file = info.type == self._fs.FileType.File
        return FileInfo(name, info.size, info.mtime_ns or 0) if is_file else None

    @contextmanager
    def open(self, name: str) -> Iterator[BinaryIO]:
        """Open a file to read."""
        with as_file_error(self.path(name), _cannot):
            file = self._system.open_input_file(f"{self._home}/{name}")
        try:
            with file:
                yield cast("BinaryIO", io.BufferedReader(file))
        except BrokenPipeError:  # of standard output
            raise
        except OSError as error:  # nothing else that happens meanwhile raises a bare one
            raise FileError([_cannot(self.path(name), error)]) from None

    @contextmanager
    def write(self, name: str) -> Iterator[BinaryIO]:
        """Open a file to write, which is sent when the block ends."""
        self._refuse_links(name)
        with tempfile.SpooledTemporaryFile(MAX_IN_MEMORY) as whole:
            yield cast("BinaryIO", whole)
            whole.seek(0)
            path = f"{self._home}/{name}"
            with as_file_error(self.path(name), _cannot):
                if self._system.type_name not in ("s3", "gcs"):  # which have no folders
                    self._system.create_dir(path.rpartition("/")[0], recursive=True)
                with self._system.open_output_stream(path) as stream:
                    shutil.copyfileobj(whole, stream, _BLOCK_BYTES)

    def remove(self, names: Iterable[str]) -> None:
        """Remove files that may exist."""
        for name in names:
            self._refuse_links(name)
            if self.look(name) is not None:
                with as_file_error(self.path(name), _cannot):
                    self._system.delete_file(f"{self._home}/{name}")

    def remove_folder(self, name: str) -> None:
        """Remove a folder; nothing else is ever left beside it."""
        self._refuse_links(name)
        folder = f"{self._home}/{name}"
        with as_file_error(self.path(name), _cannot):
            if self._system.get_file_info(folder).type == self._fs.FileType.Directory:
                self._system.delete_dir(folder)

    def _refuse_links(self, name: str) -> None:
        if self.on_disk is not None:
            refuse_links(Path(self.on_disk), name)


def _cannot(path: str, error: OSError | ValueError) -> Diagnostic:
    """Report what the place refuses, only the first line, as the rest may contain keys."""
    reason = str(error).strip().partition("\n")[0]
    return Diagnostic("cannot-open", f"cannot reach the file: {reason}", file=path)
