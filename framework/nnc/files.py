"""Files written whole or not at all."""

from __future__ import annotations

import contextlib
import io
import os
import re
import secrets
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO, cast

from nnc.diagnostics import Diagnostic, FileError

_DESCRIPTOR = re.compile(r"/dev/(?:std(?P<name>out|err)|fd/(?P<a>\d+))|/proc/self/fd/(?P<b>\d+)")


@contextlib.contextmanager
def open_atomically(path: str | Path) -> Iterator[BinaryIO]:
    """Open a file to write; it gets its name only when the block ends without an exception.

    The mode of an existing file, and the link that leads to it, stay. What is no regular file (a
    pipe, a device) is written directly. Raises FileError; what the block raises passes through.
    """
    with _told(path):
        direct = _open_directly(str(path))
        target = os.path.realpath(path)
        handle, temporary = (direct, "") if direct else _open_beside(path, target)
    try:
        yield handle
        with _told(path):
            handle.close()
            if temporary:
                os.replace(temporary, target)  # noqa: PTH105
    except BaseException:
        with contextlib.suppress(OSError, FileError):
            handle.close()
        if temporary:
            with contextlib.suppress(OSError):
                os.unlink(temporary)  # noqa: PTH108
        raise


@contextlib.contextmanager
def _told(path: str | Path) -> Iterator[None]:
    """Tell an OSError as a FileError."""
    try:
        yield
    except BrokenPipeError:
        raise
    except (OSError, ValueError) as error:
        raise FileError([_cannot_write(path, error)]) from error


class _Writer(io.FileIO):
    """An open file; that a disk is full is told as a FileError, at the write that finds it so."""

    def __init__(self, path: str | Path, file: str | int) -> None:
        super().__init__(file, "wb")
        self._path = path

    def write(self, data: Any, /) -> int:
        with _told(self._path):
            return super().write(data)


def _buffered(path: str | Path, file: str | int) -> BinaryIO:
    return cast("BinaryIO", io.BufferedWriter(_Writer(path, file)))


def _cannot_write(path: str | Path, error: OSError | ValueError) -> Diagnostic:
    why = (error.strerror if isinstance(error, OSError) else None) or str(error)
    folder = Path(path).parent
    fix = None
    if isinstance(error, FileNotFoundError) and not folder.exists():
        fix = f"make the folder `{folder}` first"
    elif isinstance(error, PermissionError):
        fix = "choose another place, or change who may write there"
    return Diagnostic("cannot-open", f"cannot write the file: {why}", file=str(path), help=fix)


def _open_directly(path: str) -> BinaryIO | None:
    """Open what is no regular file; None for what is written beside and then renamed."""
    if match := _DESCRIPTOR.fullmatch(path):
        number = {"out": 1, "err": 2}.get(match["name"]) or int(match["a"] or match["b"] or 0)
        return _buffered(path, os.dup(number))
    try:
        is_regular = stat.S_ISREG(os.stat(path).st_mode)  # noqa: PTH116
    except FileNotFoundError:
        return None
    return None if is_regular else _buffered(path, path)


def _open_beside(path: str | Path, target: str) -> tuple[BinaryIO, str]:
    """Open a new file in the folder of `target`, with the mode that it has or would get."""
    mode = None
    with contextlib.suppress(FileNotFoundError):
        mode = stat.S_IMODE(os.stat(target).st_mode)  # noqa: PTH116
        if not os.access(target, os.W_OK):
            raise PermissionError(13, "Permission denied", target)
    temporary = os.path.join(os.path.dirname(target), f".nnc-{secrets.token_hex(8)}.tmp")  # noqa: PTH118, PTH120
    flags = os.O_CREAT | os.O_EXCL | os.O_WRONLY | getattr(os, "O_BINARY", 0)
    descriptor = os.open(temporary, flags, 0o666)
    try:
        if mode is not None:
            os.chmod(temporary, mode)  # noqa: PTH101
        return _buffered(path, descriptor), temporary
    except BaseException:
        os.close(descriptor)
        os.unlink(temporary)  # noqa: PTH108
        raise
