"""What every reader of rows shares: what is asked for, the text with its places, the mistakes."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Callable, Container, Mapping, Sequence
from dataclasses import dataclass
from typing import BinaryIO, Literal, NamedTuple

from nnc.diagnostics.diagnostic import Diagnostic, InvalidRowsError, Label, Span
from nnc.diagnostics.rules import RuleName
from nnc.language.network import Input
from nnc.rows.rejects import Rejects

MOST_FINDINGS = 1000
_MOST_OF_ROW = 3
CHUNK = 1 << 22
LONGEST_LINE = 1 << 26
LONGEST_EXCERPT = 1000
MOST_CELLS = 1 << 26  # values held at a time, where a short text stands for a wide bus
MOST_OBJECTS = 1 << 18  # values held at a time as objects of Python


@dataclass(frozen=True, slots=True)
class Reading:
    """What is asked of a reader; see `nnc.rows.formats.read_rows`.

    `check` takes the name of a column in `also` and the text of a cell, and raises Refused. CSV
    calls it where rows are refused anyway, so that all mistakes are told; sound ones it leaves be.
    `hint` says what to write for a column that is neither an input nor in `also`. With `rejects`,
    rows with mistakes go there, and are skipped. `expect` is told how many rows there are, by
    formats that say so.
    """

    inputs: Mapping[str, Input]
    file: str
    extra: Literal["drop", "keep", "error"]
    batch_size: int
    report: Callable[[Diagnostic], None]
    also: Container[str] = frozenset()
    check: Callable[[str, str], None] | None = None
    hint: Callable[[str], str] | None = None
    rejects: Rejects | None = None
    expect: Callable[[int], None] | None = None

    @property
    def width(self) -> int:
        """How many values a row has: one for each scalar and each element of a bus."""
        return sum(one.width for one in self.inputs.values())

    @property
    def most_rows(self) -> int:
        """How many rows are read at a time: a batch at most, and fewer where they are wide."""
        return max(1, min(self.batch_size, MOST_CELLS // max(self.width, 1)))


class Place(NamedTuple):
    """A stretch of text, and the line that it starts on."""

    span: Span
    excerpt: str | None


Labels = tuple[Label, ...]


class Findings:
    """The mistakes in one file of rows, raised together."""

    def __init__(self, file: str) -> None:
        self._file = file
        self._found: list[Diagnostic] = []

    def __bool__(self) -> bool:
        return bool(self._found)

    def add(
        self,
        rule: RuleName,
        message: str,
        place: Place | None = None,
        *,
        help: str | None = None,  # noqa: A002
        labels: Labels = (),
        row: int | None = None,  # noqa: ARG002 - of which only `RowFindings` takes note
    ) -> None:
        """Note one; the thousandth raises them all."""
        self._found.append(self.made(rule, message, place, help, labels))
        if len(self._found) >= MOST_FINDINGS:
            self.stop()

    def made(
        self, rule: RuleName, message: str, place: Place | None, fix: str | None, labels: Labels
    ) -> Diagnostic:
        """Make a diagnostic of this file."""
        span, excerpt = place or (None, None)
        return Diagnostic(
            rule,
            message,
            help=fix or None,
            file=self._file,
            span=span,
            excerpt=excerpt,
            labels=labels,
        )

    def stop(self) -> None:
        """Raise what was found, in the order of the places, if anything was."""
        if self._found:
            nowhere = Span(0, 0, 0, 0)
            raise InvalidRowsError(sorted(self._found, key=lambda one: one.span or nowhere))


class RowFindings(Findings):
    """The mistakes in rows that are skipped, told row by row: a few of each, never raised."""

    def __init__(self, file: str) -> None:
        super().__init__(file)
        self._by_row: dict[int, list[Diagnostic]] = {}

    def __bool__(self) -> bool:
        return bool(self._by_row)

    def add(
        self,
        rule: RuleName,
        message: str,
        place: Place | None = None,
        *,
        help: str | None = None,  # noqa: A002
        labels: Labels = (),
        row: int | None = None,
    ) -> None:
        """Note one: of the row given, else of the line that it stands in."""
        if row is None:
            assert place is not None
            row = place.span.line
        found = self._by_row.setdefault(row, [])
        if len(found) < _MOST_OF_ROW:
            found.append(self.made(rule, message, place, help, labels))

    def stop(self) -> None:
        """Raise nothing."""

    def by_row(self, starts: Sequence[int]) -> dict[int, list[Diagnostic]]:
        """Give what is wrong, by the place of the row in `starts`, where rows start, and forget it.

        Both are lines, or what else was given as `row`.
        """
        by_row: dict[int, list[Diagnostic]] = {}
        for key, found in self.taken().items():
            by_row.setdefault(bisect_right(starts, key) - 1, []).extend(found)
        return by_row

    def taken(self) -> dict[int, list[Diagnostic]]:
        """Give what is wrong, by the number of the row, and forget it."""
        found = dict(sorted(self._by_row.items()))
        self._by_row.clear()
        return found


class Text:
    """Some whole lines of a file, and the places in them.

    Line ends are LF only; `first_line` is the number of the first line.
    """

    def __init__(self, text: str, first_line: int = 1) -> None:
        self.text, self.first_line = text, first_line
        self._starts: list[int] = []

    def place(self, start: int, end: int) -> Place:
        """Give the lines and columns of the characters from `start` to `end`."""
        if not self._starts:
            self._starts = [0, *(end.end() for end in re.finditer("\n", self.text))]
        first = bisect_right(self._starts, start) - 1
        last = bisect_right(self._starts, end) - 1
        begin, stop = self._starts[first], len(self.text)
        if first + 1 < len(self._starts):
            stop = self._starts[first + 1] - 1
        # A line may be the whole file, and each of its cells wrong: no more is copied than shows.
        line = self.text[begin : min(stop, begin + LONGEST_EXCERPT + 1)]
        span = Span(
            self.first_line + first,
            start - self._starts[first] + 1,
            self.first_line + last,
            end - self._starts[last] + 1,
        )
        return place_in(line, span)


def place_in(line: str, span: Span) -> Place:
    """Pair a span with its line, cut short at the right; far to the right there is no excerpt."""
    shown_to = max(span.end_column if span.end_line == span.line else 0, span.column) + 40
    if len(line) > max(shown_to, 200):
        line = line[: max(shown_to, 200) - 1] + "…"
    return Place(span, line if len(line) <= LONGEST_EXCERPT else None)


def decoded(data: bytes, first_line: int, findings: Findings) -> str | None:
    """Decode whole lines as UTF-8 with LF as the line end; None, and a finding, where not."""
    if b"\r" in data:
        data = data.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        before = data[: error.start].decode("utf-8", "replace")
        rest = data[error.start :].split(b"\n", 1)[0].decode("utf-8", "replace")
        place = Text(before + rest, first_line).place(len(before), len(before) + 1)
        message = f"the byte 0x{data[error.start]:02X} is not UTF-8"
        if first_line == 1 and data.startswith((b"\xff\xfe", b"\xfe\xff")):
            message = "the text is UTF-16, not UTF-8"
        findings.add("bad-encoding", message, place, help="save the file as UTF-8")
        return None


def loosely_decoded(data: bytes) -> str:
    """Decode lines whose bytes may be no UTF-8; `not_utf8` finds those."""
    if b"\r" in data:
        data = data.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    return data.decode("utf-8", "surrogateescape")


_NOT_UTF8 = re.compile(r"[\udc80-\udcff]")


def not_utf8(text: Text, start: int, end: int) -> tuple[str, Place] | None:
    """Tell of the first byte in a stretch that is not UTF-8; None where there is none."""
    bad = _NOT_UTF8.search(text.text, start, end)
    if bad is None:
        return None
    byte = ord(bad[0]) - 0xDC00
    return f"the byte 0x{byte:02X} is not UTF-8", text.place(bad.start(), bad.start() + 1)


def without_mark(data: bytes) -> bytes:
    """Leave out the byte-order mark at the start of a file."""
    return data.removeprefix(b"\xef\xbb\xbf")


def read_all(stream: BinaryIO, findings: Findings) -> Text | None:
    """Read a whole text; None, and a finding, where it is not UTF-8."""
    text = decoded(without_mark(stream.read()), 1, findings)
    return None if text is None else Text(text)
