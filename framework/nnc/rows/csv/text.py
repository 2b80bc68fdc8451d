"""CSV text: cut into chunks of whole records, and split into rows with the places of their cells.

What is not read as columns from its bytes is scanned here, with the places of all cells.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property, lru_cache
from itertools import chain
from operator import itemgetter
from typing import NamedTuple

from nnc.diagnostics.diagnostic import InvalidRowsError, Span
from nnc.lazy import np
from nnc.rows.dialect import COMMA, delimiter_name
from nnc.rows.session import MAX_LINE, CellRef, FindingsByRow, RowFindings
from nnc.rows.texts import LineFeeds, Text, not_utf8, without_mark

# -------------------------------------------------------------------------------- chunks

AS_UTF8 = "save the file as UTF-8, in Excel as `CSV UTF-8`"
SMALL_CHUNK = 1 << 19  # bytes read at a time where all mistakes in them may be kept


class CsvText(Text):
    """Some whole lines of a file of CSV, with a `delimiter` between their cells.

    A line of nothing but `blank_mark`s is blank: where inputs have no default, that is the
    delimiter.
    """

    def __init__(self, text: str, first_line: int, delimiter: str, blank_mark: str = "") -> None:
        super().__init__(text, first_line)
        self.delimiter, self.blank_mark = delimiter, blank_mark


class _Patterns(NamedTuple):
    """The regular expressions for a delimiter."""

    sound_cell: re.Pattern[str]
    unquoted: re.Pattern[str]
    to_cell_end: re.Pattern[str]
    whole_records: re.Pattern[bytes]


_QUOTES = r'"[^"]*+(?:""[^"]*+)*+"'
_QUOTED = re.compile(_QUOTES)


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
    start: bytes, stream: LineFeeds, findings: RowFindings, delimiter: str, size: int, line: int = 1
) -> Iterator[Chunk]:
    """Cut a file after line ends that stand outside quotes, about every `size` bytes.

    `start` was read from it before, and begins with line `line`. Raises InvalidRowsError where a
    line or a quote does not end.
    """
    rest, last = without_mark(start), False
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


class Record(NamedTuple):
    """The cells of one row, where it stands, and its cells with bad quotes: start, end and why."""

    cells: list[str]
    start: int
    end: int
    bad_cells: tuple[tuple[int, int, str], ...] = ()


def records(text: CsvText) -> Iterator[Record]:
    """Take a text apart exactly, whatever its quotes are."""
    whole, at, size = text.text, 0, len(text.text)
    sound_cell = _patterns(text.delimiter).sound_cell.match
    while at <= size:
        start, cells, bad_cells = at, list[str](), list[tuple[int, int, str]]()
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
                end, problem = _cell_end(text, at)
                bad_cells.append((at, end, problem))
                cells.append(_plain(whole[at:end]))
            if end >= size or whole[end] == "\n":
                break
            at = end + 1
        yield Record(cells, start, end, tuple(bad_cells))
        at = end + 1


def note_bad_quotes(text: CsvText, record: Record, findings: RowFindings, row: int = 0) -> None:
    """Note the mistakes in the quotes of a record.

    Raises InvalidRowsError for an open quote where rows are skipped: that row has no known end.
    """
    for start, end, problem in record.bad_cells:
        message, hint = _QUOTING[problem]
        hint = hint.format("a comma" if text.delimiter == COMMA else delimiter_name(text.delimiter))
        place = text.place(*_wrong_part(text.text, start, end, problem))
        if problem == "open" and isinstance(findings, FindingsByRow):
            raise InvalidRowsError([findings.diagnostic("bad-quoting", message, place, hint)])
        findings.add("bad-quoting", message, place, help=hint, row=row)


def stretches(text: CsvText, record: Record) -> list[tuple[int, int]]:
    """Return where each cell of a record starts and ends, quotes included."""
    cells, at = [], record.start
    while at <= record.end:
        end, _ = _cell_end(text, at)
        cells.append((at, end))
        at = end + 1
    return cells


_QUOTING = {
    "open": ("the quote is not closed", 'close it with `"`; write a quote inside quotes twice'),
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
    """Return where the cell that starts at `at` ends, and the mistake in its quotes."""
    text, patterns = csv_text.text, _patterns(csv_text.delimiter)
    if text.startswith('"', at):
        match = _QUOTED.match(text, at)
        if match is None:
            return len(text), "open"
        if text[match.end() : match.end() + 1] in ("", csv_text.delimiter, "\n"):
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
    return _ending(_QUOTED, text, at), end


def _plain(cell: str) -> str:
    return cell[1:-1].replace('""', '"') if cell.startswith('"') else cell


# ------------------------------------------------------------------------------------- rows


class Rows:
    """Some rows of CSV, which are taken apart when their cells are asked for.

    `numbers` are their places among the rows that were read together.
    """

    def __init__(
        self, text: CsvText, chosen: list[Record] | None = None, numbers: Sequence[int] = ()
    ) -> None:
        self.text, self._chosen, self._numbers = text, chosen, numbers
        self._stretches: dict[int, list[tuple[int, int]]] = {}

    @cached_property
    def records(self) -> list[Record]:
        """The records with their places."""
        return list(records(self.text)) if self._chosen is None else self._chosen

    @cached_property
    def cells(self) -> list[list[str]]:
        """The texts of all cells, row by row."""
        return [record.cells for record in self.records]

    def __len__(self) -> int:
        return len(self.cells)

    def number(self, row: int) -> int:
        """Return the place of a row among those that were read together."""
        return self._numbers[row] if self._numbers else row

    def chosen(self, rows: Sequence[int]) -> Rows:
        """Return some of the rows, by their places in these."""
        return Rows(self.text, [self.records[row] for row in rows], list(map(self.number, rows)))

    def column(self, at: int) -> list[str]:
        """Return the texts of one column."""
        return [cells[at] for cells in self.cells]

    def elements(self, at: slice | list[int]) -> list[str]:
        """Return the texts of several columns, row by row."""
        pick = itemgetter(at) if isinstance(at, slice) else itemgetter(*at)
        return list(chain.from_iterable(map(pick, self.cells)))

    def place(self, row: int, at: int | None = None) -> CellRef:
        """Return the place of a cell, or of a whole row."""
        record = self.records[row]
        if at is None:
            return self.text.place(record.start, record.end)
        if row not in self._stretches:
            self._stretches[row] = stretches(self.text, record)
        return self.text.place(*self._stretches[row][at])

    def sound(self, width: int, start: int, findings: RowFindings) -> Rows:
        """Return the rows of `width` cells, and note the mistakes in the others."""
        is_utf8 = not_utf8(self.text, 0, len(self.text.text)) is None
        is_sound = not any(record.bad_cells for record in self.records)
        if is_utf8 and is_sound and set(map(len, self.cells)) <= {width}:
            has_blank = self.text.blank_mark or width == 1
            if not has_blank or all(map(any, self.cells)):
                return self
        chosen = []
        for row, record in enumerate(self.records):
            number = start + self.number(row)
            line = self.text.text[record.start : record.end]
            note_bad_quotes(self.text, record, findings, number)
            if bad := not_utf8(self.text, record.start, record.end):
                findings.add("bad-encoding", *bad, help=AS_UTF8, row=number)
            elif not line.strip(self.text.blank_mark):
                what = "row of empty cells" if line else "blank line"
                message = f"there is a {what} between rows"
                findings.add("blank-line", message, self.place(row), help="remove it", row=number)
            elif len(record.cells) != width and not record.bad_cells:
                message, hint = _wrong_length(len(record.cells), width, self.text.delimiter)
                findings.add("row-length", message, self.place(row), help=hint, row=number)
            elif not record.bad_cells:
                chosen.append(row)
        return self.chosen(chosen)


def _wrong_length(count: int, width: int, delimiter: str) -> tuple[str, str]:
    """Return the message and the help for a row with the wrong number of cells."""
    mark = "commas" if delimiter == COMMA else delimiter_name(delimiter)
    cells = "1 cell" if count == 1 else f"{count} cells"
    hint = (
        "add the cells that are missing"
        if count < width
        else f"remove the cells that have no column; put a cell with {mark} in quotes"
    )
    return f"the row has {cells}, the header {width}", hint
