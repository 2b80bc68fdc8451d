"""How much of a file of rows has been read."""

from __future__ import annotations

import io
import os
import stat
from typing import BinaryIO


class Share:
    """Tells which part of a file has been read: by rows where it says how many, else by bytes."""

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
        """Give the part, from 0 to 1, when so many rows have come; None where nobody knows."""
        if self._rows:
            return min(1.0, rows / self._rows)
        return min(1.0, self._stream.tell() / self._size) if self._size else None
