"""Write files completely or not at all."""

from __future__ import annotations

import contextlib
import errno
import functools
import io
import os
import re
import stat
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO, cast

from nnc.diagnostics.diagnostic import Diagnostic, FileError
from nnc.files.opening import as_file_error, reason_of

if sys.platform != "win32":
    import fcntl

_DESCRIPTOR = re.compile(r"-|/dev/(?:std(?P<name>out|err)|fd/(?P<a>\d+))|/proc/self/fd/(?P<b>\d+)")
_DRAFT = re.compile(r"\.nnc-[0-9a-f]{16}\.tmp")
_BINARY = getattr(os, "O_BINARY", 0)
_UNSUPPORTED = (errno.EINVAL, errno.ENOSYS, errno.ENOTSUP)

_unfinished: set[str] = set()


@contextlib.contextmanager
def open_atomically(
    path: str | Path, *, before: bytes | None = None, is_synced: bool = True
) -> Iterator[BinaryIO]:
    """Open a file for writing; it appears under its name only if the block succeeds.

    Its bytes and name are then on disk, unless `is_synced` is False, which leaves that to
    `sync_file` or a sync of all files. The mode of an existing file and links to it are kept.
    Anything but a regular file (a pipe, a device, or `-` for standard output) is written directly.
    `before` is the content that the file had when it was read, empty if it did not exist; if the
    content has changed since, the file is not replaced. Raises FileError; exceptions of the block
    are passed on.
    """
    with as_file_error(path, _cannot_write):
        direct = _open_directly(str(path))
        draft = _Draft(path) if direct is None else None
    stream = direct or cast("_Draft", draft).stream
    try:
        yield stream
        with as_file_error(path, _cannot_write):
            if draft is not None:
                draft.put_in_place(before, is_synced=is_synced)
            stream.close()
    except BaseException:
        with contextlib.suppress(OSError, FileError):
            stream.close()
        raise
    finally:
        if draft is not None:
            draft.drop()


@contextlib.contextmanager
def temporary_copy(data: bytes) -> Iterator[str]:
    """Write bytes to a temporary file and yield its path; remove the file after the block.

    If the process is killed before that, the next one that writes such a file removes it.
    """
    draft = _Draft(os.path.join(tempfile.gettempdir(), f"nnc-{os.urandom(8).hex()}"), 0o600)
    try:
        with draft.stream as stream:
            stream.write(data)
            stream.flush()
            yield draft.name
    finally:
        draft.drop()


def write_whole(path: str | Path, text: str, errors: str = "strict") -> None:
    """Write a text to a file atomically; see `open_atomically`. Raises FileError."""
    with open_atomically(path) as stream:
        stream.write(text.encode("utf-8", errors))


@contextlib.contextmanager
def open_at_once(path: str | Path) -> Iterator[BinaryIO]:
    """Open a file for writing directly under its name, not atomically. Raises FileError."""
    with as_file_error(path, _cannot_write):
        stream = _open_directly(str(path)) or _buffered(path, str(path))
    with stream:
        yield stream


def remove_file(path: Path, *, before: bytes) -> None:
    """Remove a file if its content is still `before`. Raises FileError."""
    with as_file_error(path, _cannot_write), _synced(str(path.parent)):
        _check_unchanged(path, before)
        path.unlink()


def drop_unfinished() -> None:
    """Remove unfinished files when a signal ends the process."""
    for name in list(_unfinished):
        with contextlib.suppress(OSError):
            os.unlink(name)


class _Draft:
    """A temporary file next to the one it will replace, with the same mode.

    It is locked until it is renamed. An unlocked file with such a name was left by a killed
    process, and the next process that writes to the folder removes it.
    """

    def __init__(self, path: str | Path, new_mode: int = 0o666) -> None:
        self._target = os.path.realpath(path)
        self._folder = os.path.dirname(self._target)
        mode = None
        with contextlib.suppress(FileNotFoundError):
            mode = stat.S_IMODE(os.stat(self._target).st_mode)
            if not os.access(self._target, os.W_OK):
                raise PermissionError(13, "Permission denied", self._target)
        _remove_stale_once(self._folder)
        try:
            self.stream = _buffered(path, self._create(new_mode))
            if mode is not None:
                os.chmod(self.name, mode)
        except BaseException:
            self.drop()
            raise

    def _create(self, mode: int) -> int:
        while True:
            self.name = os.path.join(self._folder, f".nnc-{os.urandom(8).hex()}.tmp")
            _unfinished.add(self.name)  # before it exists: a signal may come at any time
            descriptor = os.open(self.name, os.O_CREAT | os.O_EXCL | os.O_WRONLY | _BINARY, mode)
            if _lock(descriptor) is not False:
                with contextlib.suppress(FileNotFoundError):
                    os.stat(self.name)
                    return descriptor
            os.close(descriptor)  # another process removed it as stale before it was locked
            self.drop()

    def put_in_place(self, before: bytes | None, *, is_synced: bool) -> None:
        """Sync the file and rename it to its final name. Raises OSError."""
        self.stream.flush()
        if is_synced:
            _sync(self.stream.fileno())
        if sys.platform == "win32":
            self.stream.close()  # an open file cannot be renamed there
        with _synced(self._folder) if is_synced else contextlib.nullcontext():
            if before is not None:
                _check_unchanged(self._target, before)
            os.replace(self.name, self._target)
        _unfinished.discard(self.name)

    def drop(self) -> None:
        """Remove the file, unless it has been renamed."""
        if self.name in _unfinished:
            with contextlib.suppress(OSError):
                os.unlink(self.name)
            _unfinished.discard(self.name)


@functools.cache
def _remove_stale_once(folder: str) -> None:
    """Remove the temporary files of killed processes from a folder, once per process."""
    remove_stale(folder)


def remove_stale(folder: str) -> None:
    """Remove the temporary files of killed processes from a folder."""
    with contextlib.suppress(OSError), os.scandir(folder) as entries:
        for name in [entry.path for entry in entries if _DRAFT.fullmatch(entry.name)]:
            flags = os.O_WRONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
            with contextlib.suppress(OSError):
                descriptor = os.open(name, flags)
                try:
                    if _lock(descriptor):
                        os.unlink(name)
                finally:
                    os.close(descriptor)


def _lock(descriptor: int) -> bool | None:
    """Lock an open file until it is closed; False if another process has, None if unsupported."""
    if sys.platform == "win32":
        return None
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:  # some network file systems
        return None
    return True


@contextlib.contextmanager
def _synced(folder: str) -> Iterator[None]:
    """Sync the names in a folder to disk after the block, if possible."""
    descriptor = None
    with contextlib.suppress(PermissionError):  # the folder is not readable, or this is Windows
        descriptor = os.open(folder, os.O_RDONLY)
    try:
        yield
        if descriptor is not None:
            _sync(descriptor)
    finally:
        if descriptor is not None:
            os.close(descriptor)


def _sync(descriptor: int) -> None:
    try:
        os.fsync(descriptor)
    except OSError as error:
        if error.errno not in _UNSUPPORTED:
            raise


def sync_file(path: Path) -> None:
    """Sync a file and its name to disk. Raises FileError."""
    with as_file_error(path, _cannot_write), _synced(str(path.parent)), path.open("rb") as file:
        _sync(file.fileno())


class _ChangedError(OSError):
    """The content of a file has changed since it was read."""


def _check_unchanged(path: str | Path, before: bytes) -> None:
    held = b""
    with contextlib.suppress(FileNotFoundError), Path(path).open("rb") as stream:
        held = stream.read(len(before) + 1)
    if held != before:
        raise _ChangedError("another program changed it, so it was not overwritten")


class _Writer(io.FileIO):
    """An open file that raises FileError if writing fails, as on a full disk."""

    def __init__(self, path: str | Path, file: str | int) -> None:
        super().__init__(file, "wb")
        self._path = path

    def write(self, data: Any, /) -> int:
        with as_file_error(self._path, _cannot_write):
            return super().write(data)


def _buffered(path: str | Path, file: str | int) -> BinaryIO:
    return cast("BinaryIO", io.BufferedWriter(_Writer(path, file)))


def _cannot_write(path: str, error: OSError | ValueError) -> Diagnostic:
    folder = Path(path).parent
    hint = None
    if isinstance(error, FileNotFoundError) and not folder.exists():
        hint = f"create the folder `{folder}` first"
    elif isinstance(error, PermissionError):
        hint = "choose another folder, or change its permissions"
    elif isinstance(error, _ChangedError):
        hint = "run it again"
    message = f"cannot write the file: {reason_of(error)}"
    return Diagnostic("cannot-open", message, file=path, help=hint)


def _open_directly(path: str) -> BinaryIO | None:
    """Open anything but a regular file; return None for files that are written atomically."""
    if match := _DESCRIPTOR.fullmatch(path):
        number = {"out": 1, "err": 2}.get(match["name"]) or int(match["a"] or match["b"] or 1)
        return _buffered(path, os.dup(number))
    try:
        is_regular = stat.S_ISREG(os.stat(path).st_mode)
    except FileNotFoundError:
        return None
    return None if is_regular else _buffered(path, path)
