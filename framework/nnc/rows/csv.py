"""CSV, strictly after RFC 4180, with a header of names.

Clean text is split and read a column at a time; places are worked out only for mistakes. Line
ends may be LF, CRLF or CR; inside quotes they become LF.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property
from itertools import repeat
from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray

from nnc.columns import Batch, Column, Labels
from nnc.diagnostics import Span
from nnc.exact import Refused
from nnc.network import Input
from nnc.rows.cells import checked, column_of_texts, constant, read_cell
from nnc.rows.csv_header import Header, read_header
from nnc.rows.csv_text import Record, chunks, records
from nnc.rows.reading import Findings, Place, Reading, Text, decoded, place_in
from nnc.rows.shown import Table, texts_of

# ---------------------------------------------------------------------------------- rows


class Rows:
    """The sound rows of a chunk without quotes."""

    def __init__(self, lines: list[str], numbers: Sequence[int], width: int) -> None:
        self._lines, self._numbers, self._width = lines, numbers, width

    def __len__(self) -> int:
        return len(self._lines)

    @cached_property
    def _cells(self) -> list[str]:
        return ",".join(self._lines).split(",")

    def column(self, at: int) -> list[str]:
        """Give the texts of one column."""
        return self._cells[at :: self._width]

    def place(self, row: int, at: int) -> Place:
        """Give the place of one cell."""
        line, number = self._lines[row], self._numbers[row]
        cells = line.split(",")
        start = sum(map(len, cells[:at])) + at + 1
        return place_in(line, Span(number, start, number, start + len(cells[at])))


class QuotedRows:
    """The sound rows of a chunk with quotes."""

    def __init__(self, rows: list[list[str]], text: Text, width: int) -> None:
        self._rows, self._text, self._width = rows, text, width

    def __len__(self) -> int:
        return len(self._rows)

    @cached_property
    def _records(self) -> list[Record]:
        return [one for one in records(self._text, None) if _fits(one, self._width)]

    def column(self, at: int) -> list[str]:
        """Give the texts of one column."""
        return [row[at] for row in self._rows]

    def place(self, row: int, at: int) -> Place:
        """Give the place of one cell."""
        return self._text.place(*self._records[row].stretches[at])


def _fits(record: Record, width: int) -> bool:
    return record.is_sound and len(record.cells) == width and record.end > record.start


def _plain_rows(text: Text, width: int, findings: Findings) -> Rows:
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
                _blank_line(numbers[i], findings)
        lines, numbers = [lines[i] for i in sound], [numbers[i] for i in sound]
    return Rows(lines, numbers, width)


def _quoted_rows(text: Text, width: int, findings: Findings) -> QuotedRows:
    rows = _read_fast(text.text, width)
    if rows is None:
        rows = []
        for record in records(text, findings):
            if _fits(record, width):
                rows.append(record.cells)
            elif record.end == record.start:
                _blank_line(text.place(record.start, record.start).span.line, findings)
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


def _row_length(place: Place, count: int, width: int, findings: Findings) -> None:
    cells = "1 cell" if count == 1 else f"{count} cells"
    fix = (
        "add the cells that are missing"
        if count < width
        else "remove the cells that have no column; put a cell with commas in quotes"
    )
    findings.add("row-length", f"the row has {cells}, the header {width}", place, help=fix)


def _blank_line(line: int, findings: Findings) -> None:
    findings.add(
        "blank-line",
        "a blank line stands between rows",
        Place(Span(line, 1, line, 1), ""),
        help="remove it",
    )


# ------------------------------------------------------------------------------- reading


def read(stream: BinaryIO, reading: Reading) -> Iterator[Batch]:
    """Read CSV; see `nnc.rows.read_rows`."""
    findings = Findings(reading.file)
    header: Header | None = None
    blank: list[int] = []
    for data, first_line in chunks(stream, findings):
        bare = data.rstrip(b"\n")
        if header is None and not bare:
            if data:
                continue
            findings.add(
                "no-header",
                "the file is empty; expected a header with the names of the inputs",
                help=f"write {','.join(list(reading.inputs)[:8])}",
            )
            break
        if header is None:
            text = decoded(bare, first_line, findings)
            if text is None:
                break
            header, start = read_header(Text(text, first_line), reading, findings)
            first_line += text.count("\n", 0, start)
            bare = text[start:].encode()
            if start > len(text):
                blank = list(range(first_line + 1, first_line + 1 + len(data) - len(text.encode())))
                continue
        elif not bare:
            blank += range(first_line, first_line + data.count(b"\n") + 1)
            continue
        for line in blank:
            _blank_line(line, findings)
        after = first_line + bare.count(b"\n") + 1
        blank = list(range(after, after + len(data) - len(data.rstrip(b"\n"))))
        batch = _batch(bare, first_line, header, reading, findings)
        if findings or batch is None:
            continue
        for begin in range(0, batch.count, reading.batch_size):
            yield _cut(batch, begin, begin + reading.batch_size)
    findings.stop()


def _cut(batch: Batch, begin: int, end: int) -> Batch:
    if begin == 0 and end >= batch.count:
        return batch
    columns = tuple(Column(one.numerators[begin:end], one.denominator) for one in batch.columns)
    extras = {name: texts[begin:end] for name, texts in batch.extras.items()}
    places = batch.places
    if places is None:
        return Batch(columns, min(end, batch.count) - begin, extras)
    return Batch(
        columns, min(end, batch.count) - begin, extras, lambda row, name: places(begin + row, name)
    )


def _batch(
    data: bytes, first_line: int, header: Header, reading: Reading, findings: Findings
) -> Batch | None:
    """Read some lines; None where they hold mistakes or no rows."""
    if not header.kept and (batch := _digits(data, header, reading)):
        return batch
    decoded_text = decoded(data, first_line, findings)
    if decoded_text is None:
        findings.stop()
        return None
    text = Text(decoded_text, first_line)
    rows: Rows | QuotedRows
    if '"' in decoded_text:
        rows = _quoted_rows(text, header.width, findings)
    else:
        rows = _plain_rows(text, header.width, findings)
    if not rows:
        return None
    columns = [
        _column(name, one, rows, header.columns.get(name), findings)
        for name, one in reading.inputs.items()
    ]
    extras = {name: rows.column(at) for name, at in header.kept.items()}
    if findings:
        for name in filter(reading.also.__contains__, extras):
            _check(name, extras[name], rows, header.kept[name], reading, findings)
        return None
    return Batch(
        tuple(columns), len(rows), extras, lambda row, name: rows.place(row, header.kept[name])
    )


def _check(
    name: str, texts: list[str], rows: Rows | QuotedRows, at: int, reading: Reading,
    findings: Findings,
) -> None:  # fmt: skip
    """Note every cell of a column that is no input and that `reading.check` refuses."""
    if reading.check is None:
        return
    for row, text in enumerate(texts):
        try:
            reading.check(name, text)
        except Refused as error:
            message = f"output `{name}`: {error.message}"
            findings.add(error.rule, message, rows.place(row, at), help=error.help)


def _column(
    name: str, one: Input, rows: Rows | QuotedRows, at: int | None, findings: Findings
) -> Column:
    """Read one input of some rows; notes every cell that is refused."""
    default = constant(one.default or 0, one, len(rows))
    if at is None:
        return default
    texts = rows.column(at)
    column = column_of_texts(texts, one)
    if column is not None:
        return column
    refused = {text: error for text in set(texts) if (error := _refused(text, one))}
    for row, text in enumerate(texts):
        if error := refused.get(text):
            message = f"input `{name}`: {error.message}"
            findings.add(error.rule, message, rows.place(row, at), help=error.help)
    return default


def _refused(text: str, one: Input) -> Refused | None:
    try:
        read_cell(text, one)
    except Refused as error:
        return error
    return None


def _digits(data: bytes, header: Header, reading: Reading) -> Batch | None:
    """Read rows whose every cell is one digit, without taking them apart; None for others."""
    width = 2 * header.width
    if (len(data) + 1) % width or not header.width:
        return None
    table: NDArray[np.uint8] = np.frombuffer(data + b"\n", np.uint8).reshape(-1, width)
    ends = np.frombuffer(b"," * (header.width - 1) + b"\n", np.uint8)
    digits = table[:, ::2] - np.uint8(ord("0"))
    if (table[:, 1::2] != ends).any() or digits.max() > 9:
        return None
    columns: list[Column] = []
    for name, one in reading.inputs.items():
        if name not in header.columns:
            columns.append(constant(one.default or 0, one, len(table)))
            continue
        kind = np.uint8 if one.type == "bit" else np.int64
        values = digits[:, header.columns[name]].astype(kind)
        column = checked(Column(values), one)
        if column is None:
            return None
        columns.append(column)
    return Batch(tuple(columns), len(table))


# ------------------------------------------------------------------------------- writing


def write(results: Iterable[Table], stream: BinaryIO, names: Sequence[str]) -> None:
    """Write CSV with a header, LF line ends, and quotes only where they are needed."""
    stream.write((",".join(_safe(names, alone=len(names) == 1)) + "\n").encode())
    for result in results:
        columns = [result[name] for name in names]
        texts = [
            texts_of(one) if isinstance(one, Column) else _safe_texts(one, alone=len(names) == 1)
            for one in columns
        ]
        lines = "\n".join(map(",".join, zip(*texts, strict=True)))
        if texts and texts[0]:
            stream.write((lines + "\n").encode("utf-8", "backslashreplace"))


def _safe_texts(column: Labels | list[str], *, alone: bool) -> list[str]:
    if isinstance(column, Labels):
        labels = _safe(column.labels, alone=alone)
        return [labels[code] for code in column.codes.tolist()]
    return _safe(column, alone=alone)


def _safe(texts: Sequence[str], *, alone: bool) -> list[str]:
    """Quote what would not be read back as it is."""
    return [
        '"' + text.replace('"', '""') + '"'
        if any(mark in text for mark in ',"\n\r') or (alone and not text)
        else text
        for text in texts
    ]
