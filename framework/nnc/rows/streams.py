"""Streams of rows: in gzip, in pipes, in temporary files, and how much of one has been read.

Gzip is recognised by the suffix; it is unpacked and packed as it comes.
"""

from __future__ import annotations

import contextlib
import gzip
import io
import os
import pickle
import select
import shutil
import stat
import tempfile
import zlib
from collections.abc import Iterator
from types import TracebackType
from typing import Any, BinaryIO, NamedTuple, cast

from nnc.diagnostics.diagnostic import Diagnostic, InvalidRowsError

SUFFIX = ".gz"
_LEVEL = 6
_MAGIC = b"\x1f\x8b"


class Packer(NamedTuple):
    """A program that packs files, other than gzip: the names and the starts of its files."""

    name: str
    suffix: str
    starts: tuple[bytes, ...]
    unpack: str


PACKERS = (
    Packer("bzip2", ".bz2", tuple(b"BZh%d1AY&SY" % level for level in range(1, 10)), "bzip2 -d"),
    Packer("xz", ".xz", (b"\xfd7zXZ\0",), "xz -d"),
    Packer("zstd", ".zst", (b"\x28\xb5\x2f\xfd",), "zstd -d"),
    Packer("ZIP", ".zip", (b"PK\3\4",), "unzip"),
)


def packed_otherwise(packer: Packer, file: str) -> Diagnostic:
    """Return the error that a file is packed, and not in gzip."""
    message = f"the file is packed by {packer.name}; rows may be packed by gzip only"
    hint = f"unpack it first, with `{packer.unpack}`"
    return Diagnostic("unknown-format", message, help=hint, file=file or None)


def is_packed(path: str) -> bool:
    """Return whether a file is in gzip, by its name."""
    return path.lower().endswith(SUFFIX)


def unpacked(stream: BinaryIO, file: str) -> BinaryIO:
    """Return what is in the file `file`, unpacked if its name says so; a stream has no name.

    Raises InvalidRowsError, bad-gzip, also while it is read, and unknown-format where another
    program packed it.
    """
    if is_packed(file):
        return cast("BinaryIO", _Unpacked(stream, file))
    peek = getattr(stream, "peek", None)
    start = b"" if peek is None else peek(10)
    if packer := next((each for each in PACKERS if start.startswith(each.starts)), None):
        raise InvalidRowsError([packed_otherwise(packer, file)])
    if start.startswith(_MAGIC):
        if file in ("", "<stdin>"):
            return cast("BinaryIO", _Unpacked(stream, file))
        message = f"the file is gzip, and its name does not end in {SUFFIX}"
        hint = f"rename it to {file}{SUFFIX}"
        raise InvalidRowsError([Diagnostic("bad-gzip", message, help=hint, file=file)])
    return stream


class _Unpacked:
    """A gzip stream, read decompressed."""

    def __init__(self, stream: BinaryIO, file: str) -> None:
        self._stream, self._file = gzip.GzipFile(fileobj=stream, mode="rb"), file

    def read(self, size: int = -1) -> bytes:
        """Read `size` bytes; fewer only at the end."""
        try:
            return self._stream.read(size)
        except EOFError:
            message, hint = "the gzip file ends early", "copy or write it again"
        except (gzip.BadGzipFile, zlib.error) as error:
            message, hint = "the gzip file is damaged", "copy or write it again"
            if "Not a gzipped file" in str(error) and self._stream.tell() == 0:
                message, hint = "the file is not gzip", f"rename it to end without {SUFFIX}"
        diagnostic = Diagnostic("bad-gzip", message, help=hint, file=self._file)
        raise InvalidRowsError([diagnostic]) from None


@contextlib.contextmanager
def packing(stream: BinaryIO, path: str) -> Iterator[BinaryIO]:
    """Yield a stream to write the file `path` to, packed if its name says so; always the same."""
    if not is_packed(path):
        yield stream
        return
    with gzip.GzipFile("", "wb", _LEVEL, stream, mtime=0) as packed:
        yield cast("BinaryIO", packed)


class Stretch:
    """The next `size` bytes of a stream."""

    def __init__(self, stream: BinaryIO, size: int) -> None:
        self._stream, self._left = stream, size

    def read(self, size: int) -> bytes:
        """Read at most `size` bytes; nothing only at the end."""
        data = self._stream.read(min(size, self._left))
        self._left -= len(data)
        return data


# ----------------------------------------------------------------------------------- pipes


class Arriving:
    """A stream read as it arrives: whole lines as soon as there are any, never more than asked."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = cast("io.BufferedReader", stream)
        self.peek, self.tell, self.fileno = self._stream.peek, self._stream.tell, stream.fileno

    def read(self, size: int) -> bytes:
        """Read at most `size` bytes, and at least a line; nothing at the end."""
        pieces, is_line = [], False
        while size > 0 and not (is_line and self._must_wait()):
            piece = self._stream.read1(size)
            if not piece:
                break
            pieces.append(piece)
            size -= len(piece)
            is_line = is_line or b"\n" in piece
        return b"".join(pieces)

    def _must_wait(self) -> bool:
        """Return whether nothing more has arrived; also where the system cannot tell."""
        try:
            return not select.select([self._stream], [], [], 0)[0]
        except (OSError, ValueError):
            return True


class Flushing:
    """A stream that passes on each write at once."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream

    def write(self, data: bytes) -> int:
        """Write, and send it on."""
        count = self._stream.write(data)
        self._stream.flush()
        return count


# -------------------------------------------------------------------------- temporary files


class SpooledValues:
    """Values written to a temporary file, to be read again in order any number of times.

    No more than one is held in memory.
    """

    def __init__(self) -> None:
        self._file = tempfile.TemporaryFile()  # noqa: SIM115
        self._count = 0

    def __enter__(self) -> SpooledValues:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._file.close()

    def add(self, value: Any) -> None:
        """Append a value."""
        pickle.dump(value, self._file, pickle.HIGHEST_PROTOCOL)
        self._count += 1

    def __iter__(self) -> Iterator[Any]:
        self._file.seek(0)
        for _ in range(self._count):
            yield pickle.load(self._file)


@contextlib.contextmanager
def seekable(stream: BinaryIO) -> Iterator[BinaryIO]:
    """Yield a stream to seek in: itself, or of a pipe, and of what is unpacked, the rest as a copy.

    A copy starts at its own 0.
    """
    can_seek = getattr(stream, "seekable", None)
    if can_seek is not None and can_seek():
        yield stream
        return
    with tempfile.TemporaryFile() as copy:
        shutil.copyfileobj(stream, copy)
        copy.seek(0)
        yield copy


# --------------------------------------------------------------------------------- progress


class FractionRead:
    """The part of a file that has been read: by rows where their number is known, else by bytes."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream, self._rows, self._size = stream, 0, 0
        try:
            about = os.fstat(stream.fileno())
        except (OSError, io.UnsupportedOperation):
            return
        if stat.S_ISREG(about.st_mode):
            self._size = about.st_size

    def expect(self, rows: int) -> None:
        """Take note of how many rows there are."""
        self._rows = rows

    def __call__(self, rows: int) -> float | None:
        """Return the part, from 0 to 1, after a number of rows; None where it is not known."""
        if self._rows:
            return min(1.0, rows / self._rows)
        return min(1.0, self._stream.tell() / self._size) if self._size else None
