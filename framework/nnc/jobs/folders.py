"""Read and write files in a folder, on disk or at an address that pyarrow can open.

Addresses are such as `s3://bucket/folder/`, with options of the file system after `?`, such as
`endpoint_override=localhost:9000&scheme=http`, or in the environment (`AWS_ENDPOINT_URL`). Names in
a folder are relative and use `/` on every system. Failures raise FileError.
"""

from __future__ import annotations

import ctypes
import io
import os
import re
import shutil
import stat
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, suppress
from functools import cache
from pathlib import Path
from typing import BinaryIO, NamedTuple, cast
from urllib.parse import unquote, urlsplit

from nnc.diagnostics.diagnostic import Diagnostic, FileError, InvalidRowsError
from nnc.extras import install_line
from nnc.files.opening import as_file_error, open_to_read, reason_of
from nnc.files.writing import open_atomically, sync_file

MAX_IN_MEMORY = 1 << 24  # bytes of a result in memory; larger ones are buffered on disk
_BLOCK_BYTES = 1 << 23  # bytes sent at a time
_SCHEME = re.compile(r"[a-z][a-z0-9+.-]+://", re.IGNORECASE)
_syncfs = getattr(ctypes.CDLL(None), "syncfs", None) if sys.platform == "linux" else None
_WILD = re.compile(r"[*?\[]")


class FileInfo(NamedTuple):
    """A file in a folder: its name, its size in bytes, and the time it was written, in ns."""

    name: str
    size: int
    modified: int


def _any_name(_: str) -> bool:
    return True


class LocalFolder:
    """A folder on disk."""

    def __init__(self, path: str) -> None:
        self._path = Path(path)

    def path(self, name: str) -> str:
        """Return the path of a file."""
        return str(self._path / name)

    def find(
        self, matches: Callable[[str], bool] = _any_name, depth: int | None = None
    ) -> list[FileInfo]:
        """Return the files below whose names match and have at most `depth` parts, sorted.

        Links are followed, into each folder once, after the other folders. Returns an empty list if
        the folder does not exist.
        """
        infos: list[FileInfo] = []
        mistakes: list[Diagnostic] = []
        seen = {str(parent) for parent in self._path.resolve().parents}
        for path, folders, names in os.walk(self._path, onerror=self._refuse, followlinks=True):
            real = os.path.realpath(path)
            if real in seen:
                folders.clear()
                continue
            seen.add(real)
            below = Path(path).relative_to(self._path)
            for name in filter(matches, ((below / name).as_posix() for name in names)):
                try:
                    info = self.look(name)
                except FileError as error:
                    mistakes += error.diagnostics
                else:
                    infos += [info] if info else []
            if depth is not None and len(below.parts) + 1 >= depth:
                folders.clear()
            links = {name for name in folders if (Path(path) / name).is_symlink()}
            folders[:] = sorted(set(folders) - links) + sorted(links)
        if mistakes:
            raise FileError(sorted(mistakes, key=lambda mistake: mistake.file or ""))
        return sorted(infos)

    def _refuse(self, error: OSError) -> None:
        is_missing = isinstance(error, FileNotFoundError | NotADirectoryError)
        if not (is_missing and Path(error.filename) == self._path):
            with as_file_error(error.filename):
                raise error

    def look(self, name: str) -> FileInfo | None:
        """Return information on one file, or None if it does not exist."""
        path = self._path / name
        with as_file_error(path):
            try:
                status = path.stat()
            except (FileNotFoundError, NotADirectoryError):
                if path.is_symlink():
                    raise
                return None
        if not stat.S_ISREG(status.st_mode):
            message = "it is not a file, but a pipe, a socket or a device"
            hint = "remove it, or name the files by a pattern that leaves it out"
            raise FileError([Diagnostic("cannot-open", message, help=hint, file=str(path))])
        return FileInfo(name, status.st_size, status.st_mtime_ns)

    def open(self, name: str) -> AbstractContextManager[BinaryIO]:
        """Open a file to read."""
        return open_to_read(self.path(name))

    def write(self, name: str, *, is_synced: bool = True) -> AbstractContextManager[BinaryIO]:
        """Open a file for writing atomically, and create its folder.

        Without `is_synced`, syncing to disk is left to `sync`.
        """
        self._refuse_links(name)
        path = self._path / name
        with as_file_error(self._path, _cannot_create):
            path.parent.mkdir(parents=True, exist_ok=True)
        return open_atomically(path, is_synced=is_synced)

    def sync(self, names: Sequence[str]) -> None:
        """Sync files that were written without `is_synced` to disk, together."""
        paths = [self._path / name for name in names]
        if len(paths) < 3 or _syncfs is None:
            for path in paths:
                sync_file(path)
            return
        with as_file_error(self._path), paths[0].open("rb") as file:
            if _syncfs(file.fileno()):
                raise OSError("its file system could not write all of it")

    def remove(self, names: Iterable[str]) -> None:
        """Remove files, if they exist."""
        for name in names:
            self._refuse_links(name)
            with as_file_error(self._path / name), suppress(FileNotFoundError):
                (self._path / name).unlink()

    def remove_folder(self, name: str) -> None:
        """Remove a folder and its contents, if it exists."""
        self._refuse_links(name)
        with as_file_error(self._path / name), suppress(FileNotFoundError):
            shutil.rmtree(self._path / name)

    def _refuse_links(self, name: str) -> None:
        """Raise FileError for links inside the folder on the path of a file to write or remove.

        The folder itself was named by the user, and may be a link.
        """
        path = self._path
        for step in name.split("/"):
            path /= step
            if path.is_symlink():
                message = "results are not written through links, and this is one"
                hint = "remove the link, or name another folder"
                raise FileError([Diagnostic("cannot-open", message, help=hint, file=str(path))])


def _cannot_create(path: str, error: OSError | ValueError) -> Diagnostic:
    message = f"cannot create the folder: {reason_of(error)}"
    return Diagnostic("cannot-open", message, help="name another folder", file=path)


class RemoteFolder:
    """A folder of a pyarrow file system.

    A result is completed locally and then uploaded, so an interrupted upload leaves nothing
    visible.
    """

    def __init__(self, address: str) -> None:
        """Open the file system. Raises FileError, or InvalidRowsError if pyarrow is missing."""
        self._address = readable(address).rstrip("/")
        try:
            from pyarrow import fs
        except ModuleNotFoundError:
            message = f"`{self._address}` needs pyarrow, which is not installed"
            hint = install_line("data")
            raise InvalidRowsError([Diagnostic("missing-library", message, help=hint)]) from None
        self._fs = fs
        with as_file_error(self._address, _cannot_reach):
            self._system, path = fs.FileSystem.from_uri(address)
        self._home = path.rstrip("/")

    def path(self, name: str) -> str:
        """Return the address of a file, without keys and options."""
        return f"{self._address}/{name}" if name else self._address

    def find(
        self,
        matches: Callable[[str], bool] = _any_name,
        depth: int | None = None,  # noqa: ARG002 - one request finds all
    ) -> list[FileInfo]:
        """Return the files below whose names match, sorted."""
        selector = self._fs.FileSelector(self._home, recursive=True, allow_not_found=True)
        with as_file_error(self._address, _cannot_reach):
            infos = self._system.get_file_info(selector)
        return sorted(
            FileInfo(name, info.size, info.mtime_ns or 0)
            for info in infos
            if info.type == self._fs.FileType.File
            and matches(name := info.path[len(self._home) + 1 :])
        )

    def look(self, name: str) -> FileInfo | None:
        """Return information on one file, or None if it does not exist."""
        with as_file_error(self.path(name), _cannot_reach):
            info = self._system.get_file_info(f"{self._home}/{name}")
        is_file = info.type == self._fs.FileType.File
        return FileInfo(name, info.size, info.mtime_ns or 0) if is_file else None

    @contextmanager
    def open(self, name: str) -> Iterator[BinaryIO]:
        """Open a file to read."""
        with as_file_error(self.path(name), _cannot_reach):
            file = self._system.open_input_file(f"{self._home}/{name}")
            with file:
                yield cast("BinaryIO", io.BufferedReader(file))

    @contextmanager
    def write(self, name: str, *, is_synced: bool = True) -> Iterator[BinaryIO]:  # noqa: ARG002
        """Open a file for writing; it is uploaded when the block ends."""
        with tempfile.SpooledTemporaryFile(MAX_IN_MEMORY) as file:
            yield cast("BinaryIO", file)
            file.seek(0)
            path = f"{self._home}/{name}"
            with as_file_error(self.path(name), _cannot_reach):
                if self._system.type_name not in ("s3", "gcs"):  # these have no folders
                    self._system.create_dir(path.rpartition("/")[0], recursive=True)
                with self._system.open_output_stream(path) as stream:
                    shutil.copyfileobj(file, stream, _BLOCK_BYTES)

    def sync(self, names: Sequence[str]) -> None:
        """Do nothing, because uploaded files are already durable."""

    def remove(self, names: Iterable[str]) -> None:
        """Remove files, if they exist."""
        for name in names:
            if self.look(name) is not None:
                with as_file_error(self.path(name), _cannot_reach):
                    self._system.delete_file(f"{self._home}/{name}")

    def remove_folder(self, name: str) -> None:
        """Remove a folder and its contents, if it exists."""
        with as_file_error(self.path(name), _cannot_reach):
            self._system.delete_dir_contents(f"{self._home}/{name}", missing_dir_ok=True)
            if self._system.type_name not in ("s3", "gcs"):
                self._system.delete_dir(f"{self._home}/{name}")


def _cannot_reach(path: str, error: OSError | ValueError) -> Diagnostic:
    """Report the first line of an error, as the rest may contain keys."""
    reason = str(error).strip().partition("\n")[0]
    return Diagnostic("cannot-open", f"cannot reach the file: {reason}", file=path)


Folder = LocalFolder | RemoteFolder


@cache
def folder_of(path: str) -> Folder:
    """Return the folder at a path or address. Raises the errors of `RemoteFolder`."""
    path = local_path(path)
    return RemoteFolder(path) if is_remote(path) else LocalFolder(path)


def local_path(path: str) -> str:
    """Return the path of an address `file:///…`, and other paths unchanged. Raises FileError."""
    if not path.lower().startswith("file://"):
        return path
    parts = urlsplit(path)
    if parts.netloc not in ("", "localhost"):
        message = f"`{parts.netloc}` is another machine, or a part of the path"
        hint = "write file:///folder/, with three slashes, or the path alone"
        raise FileError([Diagnostic("cannot-open", message, help=hint, file=path)])
    return unquote(parts.path)


def is_remote(path: str) -> bool:
    """Return True if a path is an address such as `s3://…`."""
    return _SCHEME.match(path) is not None


def readable(path: str) -> str:
    """Return a path for messages: addresses without keys and options."""
    return re.sub(r"://[^/@]*@", "://", path.partition("?")[0]) if is_remote(path) else path


def is_pattern(path: str) -> bool:
    """Return True if a path is a pattern for names of files.

    A path that exists on disk is taken literally, whatever characters it contains.
    """
    if is_remote(path):
        return _WILD.search(path.partition("?")[0]) is not None
    return _WILD.search(path) is not None and not Path(path).exists()


def split_pattern(path: str) -> tuple[str, str]:
    """Split a pattern into the folder to search and the pattern of names in it."""
    begin = match.end() if (match := _SCHEME.match(path)) else 0
    address, mark, query = path.partition("?") if begin else (path, "", "")
    parts = address[begin:].replace(os.sep, "/").split("/")
    wild = [n for n, part in enumerate(parts) if _WILD.search(part)]
    if not begin:  # a folder that exists means itself
        wild = [n for n in wild if not Path("/".join(parts[: n + 1])).exists()]
    first = wild[0] if wild else len(parts) - 1
    home = "/".join(parts[:first]) or ("/" if address[begin:].startswith("/") else "")
    return f"{address[:begin]}{home}{mark}{query}" or ".", "/".join(parts[first:])
