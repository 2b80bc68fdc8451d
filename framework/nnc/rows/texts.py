"""The bytes of a file of rows -> text, and the places in it.

A mistake in a text has a place, which is worked out only once there is a mistake.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from typing import Protocol

from nnc.diagnostics.diagnostic import Span
from nnc.files.opening import other_encoding
from nnc.rows.session import MAX_EXCERPT, CellRef, RowFindings


class Text:
    """Some whole lines of a file, and the places in them.

    Line ends are LF only; `first_line` is the number of the first line.
    """

    def __init__(self, text: str, first_line: int = 1) -> None:
        self.text, self.first_line = text, first_line
        self._starts, self._ends = [0], re.finditer("\n", text)  # as far as they were requested

    def place(self, start: int, end: int) -> CellRef:
        """Return the lines and columns of the characters from `start` to `end`."""
        while self._starts[-1] <= end and (line_end := next(self._ends, None)):
            self._starts.append(line_end.end())
        first = bisect_right(self._starts, start) - 1
        last = bisect_right(self._starts, end) - 1
        begin, stop = self._starts[first], len(self.text)
        if first + 1 < len(self._starts):
            stop = self._starts[first + 1] - 1
        # A line may be the whole file, and each of its cells wrong: no more is copied than shows.
        line = self.text[begin : min(stop, begin + MAX_EXCERPT + 1)]
        span = Span(
            self.first_line + first,
            start - self._starts[first] + 1,
            self.first_line + last,
            end - self._starts[last] + 1,
        )
        return place_in(line, span)


def place_in(line: str, span: Span) -> CellRef:
    """Pair a span with its line, cut short at the right; far to the right there is no excerpt."""
    right = max(span.end_column if span.end_line == span.line else 0, span.column) + 40
    if len(line) > max(right, 200):
        line = line[: max(right, 200) - 1] + "…"
    return CellRef(span, line if len(line) <= MAX_EXCERPT else None)


def with_line_feeds(data: bytes) -> bytes:
    """Replace CRLF and CR, each a line end, by LF."""
    return data.replace(b"\r\n", b"\n").replace(b"\r", b"\n") if b"\r" in data else data


class Readable(Protocol):
    """A stream of bytes; `read` returns at most that many, and nothing only at the end."""

    def read(self, size: int, /) -> bytes:
        """Read at most `size` bytes."""


class LineFeeds:
    """A stream whose line ends are read as LF, in pieces of any size."""

    def __init__(self, stream: Readable) -> None:
        self._stream, self._after_cr = stream, False

    def read(self, size: int) -> bytes:
        """Read at most `size` bytes; nothing only at the end."""
        data = self._stream.read(size)
        if self._after_cr and data.startswith(b"\n"):  # the rest of a CRLF
            data = data[1:] or self._stream.read(size)
        self._after_cr = data.endswith(b"\r")
        return with_line_feeds(data)


def without_mark(data: bytes) -> bytes:
    """Leave out the byte-order mark at the start of a file."""
    return data.removeprefix(b"\xef\xbb\xbf")


_KOREAN = re.compile(rb"(?:[\xb0-\xc8][\xa1-\xfe]){2}")  # two syllables, as Excel saves them


def decoded(
    data: bytes, first_line: int, findings: RowFindings, hint: str = "save the file as UTF-8"
) -> str | None:
    """Decode whole lines, which end with LF, as UTF-8; None, and a finding, where they are not."""
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        before = data[: error.start].decode("utf-8", "replace")
        rest = data[error.start :].split(b"\n", 1)[0].decode("utf-8", "replace")
        place = Text(before + rest, first_line).place(len(before), len(before) + 1)
        message = f"the byte 0x{data[error.start]:02X} is not UTF-8"
        korean = _KOREAN.search(data, data.rfind(b"\n", 0, error.start) + 1)
        encoding = "CP949" if korean else None
        if first_line == 1 and (marked := other_encoding(data)):
            message, place = f"the text is {marked}, not UTF-8", CellRef(place.span, None)
            encoding = marked
        if encoding is not None:
            is_sure = "" if encoding != "CP949" else "if it is Korean, "
            hint = f"{hint}, or {is_sure}convert it: iconv -f {encoding} -t UTF-8 FILE > NEW"
        findings.add("bad-encoding", message, place, help=hint)
        return None


def loosely_decoded(data: bytes) -> str:
    """Decode lines of which some may not be UTF-8; `not_utf8` finds those."""
    return data.decode("utf-8", "surrogateescape")


_NOT_UTF8 = re.compile(r"[\udc80-\udcff]")


def not_utf8(text: Text, start: int, end: int) -> tuple[str, CellRef] | None:
    """Return the message about the first byte that is not UTF-8, and its position."""
    bad = _NOT_UTF8.search(text.text, start, end)
    if bad is None:
        return None
    byte = ord(bad[0]) - 0xDC00
    return f"the byte 0x{byte:02X} is not UTF-8", text.place(bad.start(), bad.start() + 1)
