"""The rows of CSV text: split, with the texts of columns and the places of cells."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from functools import cached_property
from itertools import chain, repeat
from operator import itemgetter

from nnc.diagnostics.diagnostic import Span
from nnc.rows.csv.text import Record, records
from nnc.rows.session import CellRef, RowFindings, Text, place_in


class Rows:
    """The sound rows of a chunk without quotes."""

    def __init__(self, lines: list[str], numbers: Sequence[int], width: int) -> None:
        self._lines, self._numbers, self._width = lines, numbers, width

    def __len__(self) -> int:
        return len(self._lines)

    @cached_property
    def _cells(self) -> list[str]:
        return ",".join(self._lines).split(",")

    def part(self, begin: int, end: int) -> Rows:
        """Give some of the rows."""
        return Rows(self._lines[begin:end], self._numbers[begin:end], self._width)

    def column(self, at: int) -> list[str]:
        """Give the texts of one column."""
        return self._cells[at :: self._width]

    def elements(self, at: slice | list[int]) -> list[str]:
        """Give the texts of several columns, row by row."""
        if at == slice(0, self._width):
            return self._cells
        starts = range(0, len(self._cells), self._width)
        return _elements((self._cells[one : one + self._width] for one in starts), at)

    def place(self, row: int, at: int) -> CellRef:
        """Give the place of one cell."""
        return cell_place(self._lines[row], self._numbers[row], at)


def cell_place(line: str, number: int, at: int) -> CellRef:
    """Give the place of a cell of a line without quotes."""
    cells = line.split(",")
    start = sum(map(len, cells[:at])) + at + 1
    return place_in(line, Span(number, start, number, start + len(cells[at])))


class QuotedRows:
    """The sound rows of a chunk with quotes."""

    def __init__(self, rows: list[list[str]], text: Text, width: int, first: int = 0) -> None:
        self._rows, self._text, self._width, self._first = rows, text, width, first

    def __len__(self) -> int:
        return len(self._rows)

    @cached_property
    def _records(self) -> list[Record]:
        return [one for one in records(self._text, None) if _fits(one, self._width)]

    def part(self, begin: int, end: int) -> QuotedRows:
        """Give some of the rows."""
        return QuotedRows(self._rows[begin:end], self._text, self._width, self._first + begin)

    def column(self, at: int) -> list[str]:
        """Give the texts of one column."""
        return [row[at] for row in self._rows]

    def elements(self, at: slice | list[int]) -> list[str]:
        """Give the texts of several columns, row by row."""
        return _elements(self._rows, at)

    def place(self, row: int, at: int) -> CellRef:
        """Give the place of one cell."""
        return self._text.place(*self._records[self._first + row].stretches[at])


def _elements(rows: Iterable[list[str]], at: slice | list[int]) -> list[str]:
    pick = itemgetter(at) if isinstance(at, slice) else itemgetter(*at)
    return list(chain.from_iterable(map(pick, rows)))


def _fits(record: Record, width: int) -> bool:
    return record.is_sound and len(record.cells) == width and record.end > record.start


def plain_rows(text: Text, width: int, findings: RowFindings) -> Rows:
    """Split a text without quotes into rows; notes those that are no row."""
    lines = text.text.split("\n")
    numbers: Sequence[int] = range(text.first_line, text.first_line + len(lines))
    commas = list(map(str.count, lines, repeat(",")))
    if commas.count(width - 1) != len(lines) or (width == 1 and "" in lines):
        sound = []
        for i, line in enumerate(lines):
            if line and commas[i] == width - 1:
                sound.append(i)
            elif line:
                _row_length(
                    place_in(line, Span(numbers[i], 1, numbers[i], len(line) + 1)),
                    commas[i] + 1,
                    width,
                    findings,
                )
            else:
                blank_line(numbers[i], findings)
        lines, numbers = [lines[i] for i in sound], [numbers[i] for i in sound]
    return Rows(lines, numbers, width)


def quoted_rows(text: Text, width: int, findings: RowFindings) -> QuotedRows:
    """Split a text with quotes into rows; notes those that are no row."""
    rows = _read_fast(text.text, width)
    if rows is None:
        rows = []
        for record in records(text, findings):
            if _fits(record, width):
                rows.append(record.cells)
            elif record.end == record.start:
                blank_line(text.place(record.start, record.start).span.line, findings)
            elif record.is_sound:
                place = text.place(record.start, record.end)
                _row_length(place, len(record.cells), width, findings)
    return QuotedRows(rows, text, width)


def _read_fast(text: str, width: int) -> list[list[str]] | None:
    """Let Python's own reader split the rows; None where it may have been too kind."""
    try:
        rows = list(csv.reader(io.StringIO(text, newline=""), strict=True))
    except csv.Error:
        return None
    if any(len(row) != width or '"' in "".join(row) for row in rows):
        return None
    return rows


def _row_length(place: CellRef, count: int, width: int, findings: RowFindings) -> None:
    cells = "1 cell" if count == 1 else f"{count} cells"
    fix = (
        "add the cells that are missing"
        if count < width
        else "remove the cells that have no column; put a cell with commas in quotes"
    )
    findings.add("row-length", f"the row has {cells}, the header {width}", place, help=fix)


def blank_line(line: int, findings: RowFindings) -> None:
    """Note a blank line between rows."""
    findings.add(
        "blank-line",
        "a blank line stands between rows",
        CellRef(Span(line, 1, line, 1), ""),
        help="remove it",
    )
