"""CSV text: cut into chunks of whole records, and split exactly into rows with the places of cells.

The reader of Python's `csv` is not used: it accepts more than RFC 4180, and knows no places.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache
from itertools import chain
from operator import itemgetter
from typing import NamedTuple

import numpy as np

from nnc.diagnostics.diagnostic import Span
from nnc.rows.dialect import COMMA, delimiter_name
from nnc.rows.session import MAX_LINE, CellRef, RowFindings
from nnc.rows.texts import LineFeeds, Text, without_mark

# -------------------------------------------------------------------------------- chunks

SMALL_CHUNK = 1 << 19  # bytes read at a time where all mistakes in them may be kept


class CsvText(Text):
    """Some whole lines of a file of CSV, with a `delimiter` between their cells.

    A line of nothing but `blank_mark`s is blank: where inputs have no default, that is the
    delimiter.
    """

    def __init__(self, text: str, first_line: int, delimiter: str, blank_mark: str = "") -> None:
        super().__init__(text, first_line)
        self.delimiter, self.blank_mark = delimiter, blank_mark

    def is_blank(self, record: Record) -> bool:
        """Return whether a record is a blank line."""
        return not self.text[record.start : record.end].strip(self.blank_mark)


class _Patterns(NamedTuple):
    """The regular expressions for a delimiter."""

    sound_cell: re.Pattern[str]
    unquoted: re.Pattern[str]
    to_cell_end: re.Pattern[str]
    whole_records: re.Pattern[bytes]


_QUOTES = r'"[^"]*+(?:""[^"]*+)*+"'


@lru_cache
def _patterns(delimiter: str) -> _Patterns:
    mark = re.escape(delimiter)
    cell = rf'(?:{_QUOTES}|(?!"))[^{mark}\n]*+'
    without_quotes = r'[^"]*\n'  # many lines at once, which is much faster than cell by cell
    whole_records = rf"(?:{without_quotes}|(?:{cell}{mark})*+{cell}\n)*+".encode()
    return _Patterns(
        re.compile(rf'(?:"([^"]*+(?:""[^"]*+)*+)"|([^"{mark}\n]*+))(?=[{mark}\n]|\Z)'),
        re.compile(rf'[^"{mark}\n]*'),
        re.compile(rf"[^{mark}\n]*"),
        re.compile(whole_records),
    )


class Chunk(NamedTuple):
    """Some whole records, without the line end of the last one."""

    data: bytes
    first_line: int


def first_line_of(data: bytes) -> str:
    """Return the first line that is not blank of the start of a file."""
    return without_mark(data).lstrip(b"\n").partition(b"\n")[0].decode("utf-8", "replace")


def chunks(
    start: bytes, stream: LineFeeds, findings: RowFindings, delimiter: str, size: int
) -> Iterator[Chunk]:
    """Cut a file after line ends that stand outside quotes, about every `size` bytes.

    `start` was read from it before. Raises InvalidRowsError where a line or a quote does not end.
    """
    rest, line, last = without_mark(start), 1, False
    while not last:
        cut = _whole_records(rest, delimiter)
        while cut == 0 and not last:
            more = stream.read(max(size, len(rest)))  # a long record is not looked at too often
            last = not more
            rest += more
            cut = len(rest) if last or len(rest) > MAX_LINE else _whole_records(rest, delimiter)
        data, rest = rest[:cut], rest[cut:]
        endless = cut > MAX_LINE and not last
        if endless and b'"' not in data:
            findings.add(
                "row-length",
                "the line does not end within 64 MiB",
                CellRef(Span(line, 1, line, 1), None),
                help="end each row with a line end",
            )
            findings.stop()
        yield Chunk(data[:-1] if data.endswith(b"\n") else data, line)
        if endless:
            findings.stop()
            findings.add(
                "bad-quoting",
                "a quote is not closed within 64 MiB",
                CellRef(Span(line, 1, line, 1), None),
                help='close it with `"`',
            )
            findings.stop()
        line += line_ends(data)


def line_ends(data: bytes) -> int:
    """Count line ends, of which there are many: faster than `bytes.count`."""
    return int(np.count_nonzero(np.frombuffer(data, np.uint8) == ord("\n")))


def _whole_records(data: bytes, delimiter: str) -> int:
    """Return the length of the part that ends with the last line end outside quotes."""
    if b'"' not in data:
        return data.rfind(b"\n") + 1
    match = _patterns(delimiter).whole_records.match(data)
    return match.end() if match else 0


def without_blank_end(chunks: Iterable[Chunk], blank_mark: str) -> Iterator[Chunk]:
    """Hold back blank lines at the ends of chunks until other lines come, if any do.

    A line of nothing but `blank_mark`s is blank.
    """
    blank: list[Chunk] = []
    for data, first_line in chunks:
        last = len(data.rstrip(b"\n" + blank_mark.encode()))
        if not last:
            blank.append(Chunk(data, first_line))
            continue
        end = data.find(b"\n", last)
        lines = data if end < 0 else data[:end]
        yield from (*blank, Chunk(lines, first_line))
        blank = [] if end < 0 else [Chunk(data[end + 1 :], first_line + line_ends(lines) + 1)]


# ---------------------------------------------------------------------------------- records

NOT_CLOSED = "the quote is not closed"
_QUOTED = re.compile(_QUOTES)


class Record(NamedTuple):
    """The cells of one row, and where it stands."""

    cells: list[str]
    start: int
    end: int
    is_sound: bool


def records(text: CsvText, findings: RowFindings | None) -> Iterator[Record]:
    """Take a text apart, and note bad quoting."""
    whole, at, size = text.text, 0, len(text.text)
    sound_cell = _patterns(text.delimiter).sound_cell.match
    while at <= size:
        start, cells, is_sound = at, list[str](), True
        while True:
            line_end = whole.find("\n", at)
            line_end = size if line_end < 0 else line_end
            if whole.find('"', at, line_end) < 0:
                cells += whole[at:line_end].split(text.delimiter)
                end = line_end
                break
            if match := sound_cell(whole, at):
                quoted, plain = match.groups()
                cells.append(plain if quoted is None else quoted.replace('""', '"'))
                end = match.end()
            else:
                is_sound = False
                end = _bad_cell(text, at, findings)
                cells.append(_plain(whole[at:end]))
            if end >= size or whole[end] == "\n":
                break
            at = end + 1
        yield Record(cells, start, end, is_sound)
        at = end + 1


def _bad_cell(text: CsvText, at: int, findings: RowFindings | None) -> int:
    """Note what is wrong with the quotes of the cell at `at`, and return where it ends."""
    end, problem = _cell_end(text, at)
    if findings is not None:
        message, hint = _QUOTING[problem]
        hint = hint.format("a comma" if text.delimiter == COMMA else delimiter_name(text.delimiter))
        place = text.place(*_wrong_part(text.text, at, end, problem))
        findings.add("bad-quoting", message, place, help=hint)
    return end


def stretches(text: CsvText, record: Record) -> list[tuple[int, int]]:
    """Return where each cell of a record starts and ends, quotes included."""
    cells, at = [], record.start
    while at <= record.end:
        end, _ = _cell_end(text, at)
        cells.append((at, end))
        at = end + 1
    return cells


_QUOTING = {
    "open": (NOT_CLOSED, 'close it with `"`; write a quote inside quotes twice'),
    "after": (
        "text after the closing quote",
        "put {} before it; write a quote inside quotes twice",
    ),
    "inside": (
        "there is a quote inside a cell that does not start with one",
        "put the whole cell in quotes, and write the quote inside twice",
    ),
}


def _cell_end(csv_text: CsvText, at: int) -> tuple[int, str]:
    """Return where the cell that starts at `at` ends, and what is wrong with its quotes."""
    text, delimiter = csv_text.text, csv_text.delimiter
    patterns = _patterns(delimiter)
    if text.startswith('"', at):
        match = _QUOTED.match(text, at)
        if match is None:
            return len(text), "open"
        if text[match.end() : match.end() + 1] in ("", delimiter, "\n"):
            return match.end(), ""
        return _ending(patterns.to_cell_end, text, match.end()), "after"
    end = _ending(patterns.unquoted, text, at)
    if text.startswith('"', end):
        return _ending(patterns.to_cell_end, text, end), "inside"
    return end, ""


def _ending(pattern: re.Pattern[str], text: str, at: int) -> int:
    match = pattern.match(text, at)
    return match.end() if match else at


def _wrong_part(text: str, at: int, end: int, problem: str) -> tuple[int, int]:
    """Return the part of a cell at which its bad quoting is reported."""
    if problem == "open":
        return at, at + 1
    if problem == "inside":
        return text.index('"', at), end
    match = _QUOTED.match(text, at)
    return (match.end() if match else at), end


def _plain(cell: str) -> str:
    return cell[1:-1].replace('""', '"') if cell.startswith('"') else cell


# ------------------------------------------------------------------------------------- rows


class Rows:
    """The sound rows of a text, with the places of their cells."""

    def __init__(self, text: CsvText, records: list[Record]) -> None:
        self._text, self._records = text, records
        self._stretches: dict[int, list[tuple[int, int]]] = {}

    def __len__(self) -> int:
        return len(self._records)

    def part(self, begin: int, end: int) -> Rows:
        """Return some of the rows."""
        return Rows(self._text, self._records[begin:end])

    def column(self, at: int) -> list[str]:
        """Return the texts of one column."""
        return [record.cells[at] for record in self._records]

    def elements(self, at: slice | list[int]) -> list[str]:
        """Return the texts of several columns, row by row."""
        pick = itemgetter(at) if isinstance(at, slice) else itemgetter(*at)
        return list(chain.from_iterable(pick(record.cells) for record in self._records))

    def place(self, row: int, at: int) -> CellRef:
        """Return the place of a cell."""
        if row not in self._stretches:
            self._stretches[row] = stretches(self._text, self._records[row])
        return self._text.place(*self._stretches[row][at])


def rows_of(text: CsvText, width: int, findings: RowFindings) -> Rows:
    """Split a text into rows, and note those that are not rows."""
    rows: list[Record] = []
    for record in records(text, findings):
        if text.is_blank(record):
            _blank_line(text.place(record.start, record.end), findings)
        elif record.is_sound and len(record.cells) == width:
            rows.append(record)
        elif record.is_sound:
            place = text.place(record.start, record.end)
            _row_length(place, len(record.cells), width, text.delimiter, findings)
    return Rows(text, rows)


def _row_length(
    place: CellRef, count: int, width: int, delimiter: str, findings: RowFindings
) -> None:
    mark = "commas" if delimiter == COMMA else delimiter_name(delimiter)
    cells = "1 cell" if count == 1 else f"{count} cells"
    hint = (
        "add the cells that are missing"
        if count < width
        else f"remove the cells that have no column; put a cell with {mark} in quotes"
    )
    findings.add("row-length", f"the row has {cells}, the header {width}", place, help=hint)


def _blank_line(place: CellRef, findings: RowFindings) -> None:
    """Note a blank line, or a row of empty cells, between rows."""
    what = "row of empty cells" if place.excerpt else "blank line"
    findings.add("blank-line", f"there is a {what} between rows", place, help="remove it")
