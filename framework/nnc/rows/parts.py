"""Cut a large file of text into parts that are read alone, each of whole rows.

One pass counts quotes: a line end after an even number of them ends a row, as long as each quote
opens or closes a cell, or is doubled inside one. Nothing is cut behind a quote that does not, nor
behind a line that ends with CR alone.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import BinaryIO, NamedTuple

import numpy as np

from nnc.numbers.integers import Array
from nnc.rows.dialect import COMMON

PART_BYTES = 1 << 26  # the least rows of a part, except the last
_BLOCK_BYTES = 1 << 18  # which stay in the cache
_MAX_ROW_BYTES = 1 << 24
_BOM = b"\xef\xbb\xbf"
_LF, _CR, _QUOTE = b'\n\r"'


class RowGroups(NamedTuple):
    """Row groups of a Parquet file, by number, behind `before` rows."""

    before: int
    numbers: tuple[int, ...]


class Lines(NamedTuple):
    """The bytes from `start` to `end` of a text, which begin with line `line`, from 1.

    `before` rows lie before them. The header is the first `header` bytes of the file.
    """

    before: int
    start: int
    end: int
    line: int
    header: int = 0


Part = RowGroups | Lines


def csv_lines(stream: BinaryIO, size: int, delimiter: str | None) -> list[Lines]:
    """Cut CSV of `size` bytes; without a known delimiter any common one stands beside quotes."""
    marks = ("".join(COMMON) if delimiter is None else delimiter).encode()
    return list(_Cutter(stream, size, marks, has_header=True))


def json_lines(stream: BinaryIO, size: int) -> list[Lines]:
    """Cut JSON Lines of `size` bytes, in which each line is a row."""
    return list(_Cutter(stream, size, b"", has_header=False))


class _Cutter:
    """Reads a text block by block, and yields its parts."""

    def __init__(self, stream: BinaryIO, size: int, marks: bytes, *, has_header: bool) -> None:
        self._stream, self._size, self._blanks = stream, size, b"\r\n" + marks
        self._has_header, self._is_open = has_header, 0  # 1 inside of quotes
        self._is_beside = np.zeros(256, bool)  # which bytes may stand beside a quote
        self._is_beside[list(self._blanks + b'"')] = True

    def __iter__(self) -> Iterator[Lines]:
        at, header, rows, line = 0, 0, 0, 1
        part = Lines(0, 0, self._size, 1)
        for block in self._blocks():
            counts = self._count(block[len(_BOM) :] if not at and block.startswith(_BOM) else block)
            if counts is None:
                break
            if not at and self._has_header:
                header = _header_bytes(block)
                if not header:
                    break
                part = Lines(0, header, self._size, 1 + block.count(b"\n", 0, header), header)
                rows = -1
            at += len(block)
            rows, line = rows + counts[0], line + counts[1]
            is_cut = at - part.start >= PART_BYTES and not self._is_open
            if is_cut and at < self._size and not self._ends_blank(block):
                yield part._replace(end=at)
                part = Lines(rows, at, self._size, line, header)
        yield part

    def _blocks(self) -> Iterator[bytes]:
        """Yield blocks of whole lines, as long as lines end."""
        rest = b""
        while len(rest) < _MAX_ROW_BYTES and (more := self._stream.read(_BLOCK_BYTES)):
            cut = more.rfind(b"\n") + 1
            if cut:
                yield rest + more[:cut]
                rest = b""
            rest += more[cut:]

    def _count(self, block: bytes) -> tuple[int, int] | None:
        """Count the rows and the lines that end in a block; None where they are not plain."""
        octets = np.frombuffer(block, np.uint8)
        is_end = octets == _LF
        lines = int(np.count_nonzero(is_end))
        if b"\r" in block and block.count(b"\r") != block.count(b"\r\n"):
            return None
        if not self._has_header:
            return lines, lines
        if b'"' not in block:
            return (0 if self._is_open else lines), lines
        is_quote = octets == _QUOTE
        if not self._are_sound(octets, np.flatnonzero(is_quote)):
            return None
        is_inside = np.cumsum(is_quote, dtype=np.uint8) + np.uint8(self._is_open) & 1
        self._is_open = int(is_inside[-1])
        return lines - int(np.count_nonzero(is_inside[is_end])), lines

    def _are_sound(self, octets: Array, quotes: Array) -> bool:
        """Return whether each quote stands at an edge of a cell, or beside another one."""
        before = np.concatenate((octets[-1:], octets[:-1]))  # a line end is before a block, too
        opening = before[quotes[self._is_open :: 2]]
        closing = octets[1:][quotes[1 - self._is_open :: 2]]
        return bool(self._is_beside[opening].all() and self._is_beside[closing].all())

    def _ends_blank(self, block: bytes) -> bool:
        """Return whether the last line is blank: what that means, the lines behind it decide."""
        last = block[block.rfind(b"\n", 0, len(block) - 1) + 1 :]
        return not last.strip(self._blanks)


def _header_bytes(block: bytes) -> int:
    """Return where the first row that is not blank ends; 0 where that is in another block."""
    text = block.removeprefix(_BOM)
    start = len(text) - len(text.lstrip(b"\r\n"))
    end = text.find(b"\n", start)
    while text.count(b'"', start, end) % 2 and end >= 0:
        end = text.find(b"\n", end + 1)
    return len(block) - len(text) + end + 1 if end >= 0 else 0
