"""Streams of rows: in pipes, in temporary files, and how much of one has been read."""

from __future__ import annotations

import contextlib
import io
import os
import pickle
import select
import shutil
import stat
import tempfile
from collections.abc import Iterator
from types import TracebackType
from typing import Any, BinaryIO, cast


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
