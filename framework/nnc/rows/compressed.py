"""Rows in gzip: told by the suffix, unpacked and packed as they come."""

from __future__ import annotations

import contextlib
import gzip
import zlib
from collections.abc import Iterator
from typing import BinaryIO, cast

from nnc.diagnostics.diagnostic import Diagnostic, InvalidRowsError

SUFFIX = ".gz"
_LEVEL = 6
_MAGIC = b"\x1f\x8b"


def is_packed(path: str) -> bool:
    """Tell whether the name says that a file is in gzip."""
    return path.lower().endswith(SUFFIX)


def unpacked(stream: BinaryIO, file: str) -> BinaryIO:
    """Give what is in the file `file`, unpacked if its name says so.

    Raises InvalidRowsError, bad-gzip, also while it is read.
    """
    if is_packed(file):
        return cast("BinaryIO", _Unpacked(stream, file))
    peek = getattr(stream, "peek", None)
    if peek is not None and peek(2)[:2] == _MAGIC:
        message, fix = "the bytes are gzip", "unpack them first, with gunzip -c"
        if file not in ("", "<stdin>"):
            message = f"the file is gzip, and its name does not end in {SUFFIX}"
            fix = f"rename it to {file}{SUFFIX}"
        raise InvalidRowsError([Diagnostic("bad-gzip", message, help=fix, file=file or None)])
    return stream


class _Unpacked:
    """A stream in gzip, read as what is in it."""

    def __init__(self, stream: BinaryIO, file: str) -> None:
        self._stream, self._file = gzip.GzipFile(fileobj=stream, mode="rb"), file

    def read(self, size: int = -1) -> bytes:
        """Read so many bytes; fewer only at the end."""
        try:
            return self._stream.read(size)
        except EOFError:
            message, fix = "the gzip file ends early", "copy or write it again"
        except (gzip.BadGzipFile, zlib.error) as error:
            message, fix = "the gzip file is damaged", "copy or write it again"
            if "Not a gzipped file" in str(error) and self._stream.tell() == 0:
                message, fix = "the file is not gzip", f"rename it to end without {SUFFIX}"
        found = Diagnostic("bad-gzip", message, help=fix, file=self._file)
        raise InvalidRowsError([found]) from None


@contextlib.contextmanager
def packing(stream: BinaryIO, path: str) -> Iterator[BinaryIO]:
    """Give a stream to write the file `path` to, packed if its name says so; always the same."""
    if not is_packed(path):
        yield stream
        return
    with gzip.GzipFile("", "wb", _LEVEL, stream, mtime=0) as packed:
        yield cast("BinaryIO", packed)
