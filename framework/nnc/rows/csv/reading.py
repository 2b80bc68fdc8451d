"""CSV, strictly after RFC 4180, with a header of names.

Plain text is read as columns from its bytes; any other is split into rows of texts, and so is what
is wrong, to tell every mistake at its place. Line ends may be LF, CRLF or CR; inside quotes they
become LF.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from functools import cached_property, partial
from itertools import chain
from typing import BinaryIO

import numpy as np

from nnc.diagnostics.diagnostic import Diagnostic
from nnc.language.network import Input
from nnc.numbers.exact import Refused
from nnc.numbers.integers import Array
from nnc.rows.columns import Batch, Column, Labels
from nnc.rows.csv.header import CsvHeader, delimiter_of, names_to_write, read_header
from nnc.rows.csv.plain import PlainCsv
from nnc.rows.csv.text import (
    AS_UTF8,
    SMALL_CHUNK,
    Chunk,
    CsvText,
    Rows,
    chunks,
    first_line_of,
    line_ends,
    records,
    stretches,
    without_blank_end,
)
from nnc.rows.dialect import CsvDialect
from nnc.rows.inputs.cells import default_column, elements_of_texts, input_of_texts, no_rows
from nnc.rows.inputs.value import read_cell, read_element
from nnc.rows.parts import Lines
from nnc.rows.session import (
    CHUNK,
    ERROR,
    LINE,
    MAX_CELLS,
    CellRef,
    RowFindings,
    Session,
    batches_of_tables,
    error_text,
)
from nnc.rows.streams import Stretch
from nnc.rows.texts import LineFeeds, decoded, loosely_decoded

# ------------------------------------------------------------------------------- reading


def read(stream: BinaryIO, session: Session) -> Iterator[Batch]:
    """Read CSV; see `nnc.rows.formats.read_rows`, also for what it raises."""
    findings = RowFindings(session.file)
    size = SMALL_CHUNK if session.rejects else CHUNK
    below = session.part if isinstance(session.part, Lines) else None
    lines_read = LineFeeds(stream if below is None else Stretch(stream, below.header))
    start = lines_read.read(size)
    delimiter = delimiter_of(first_line_of(start), session)
    parts = chunks(start, lines_read, findings, delimiter, size)
    first = next((part for part in parts if part.data.strip(b"\n")), None)
    if first is None:
        names = names_to_write(session)
        findings.add(
            "no-header",
            "the file is empty; expected a header with the names of the inputs",
            help=f"write {names}" if names else "write the names of the columns, then the rows",
        )
    elif (text := _decoded(first, session, findings)) is not None:
        head = text if '"' in text else text.partition("\n")[0]
        header_text = CsvText(head, first.first_line, delimiter)
        header, end = read_header(header_text, session, findings)
        lines = _Lines(header, session, delimiter)
        rejected = _CsvRejects(session, findings, header, text[: end - 1])
        if below is not None:
            stream.seek(below.start)
            lines_read = LineFeeds(Stretch(stream, below.end - below.start))
            parts = chunks(b"", lines_read, findings, delimiter, size, below.line)
        elif end <= len(text):
            rest = text[end:].encode("utf-8", "surrogateescape")
            parts = chain([Chunk(rest, first.first_line + text.count("\n", 0, end))], parts)
        count = 0
        tables = lines.tables(without_blank_end(parts, lines.blank_mark))
        for batch in batches_of_tables(tables, lines.batch, session, findings, rejected):
            count += batch.count
            for begin in range(0, batch.count, session.batch_size):
                yield batch.cut(begin, begin + session.batch_size)
        if not count and not findings and header.kept:  # whose names are in the results, too
            columns = tuple(map(no_rows, session.inputs.values()))
            yield Batch(columns, 0, {name: [] for name in header.kept})
    findings.stop()


def _decoded(first: Chunk, session: Session, findings: RowFindings) -> str | None:
    """Decode the first lines; where rows are skipped, the header at least has to be UTF-8."""
    if session.rejects is None:
        return decoded(first.data, first.first_line, findings, AS_UTF8)
    head = decoded(first.data.partition(b"\n")[0], first.first_line, findings, AS_UTF8)
    return None if head is None else loosely_decoded(first.data)


class _Table:
    """Some lines below a header, taken apart only where they are not plain.

    `data` has the bytes of all lines, each with its line end; None for a part of them.
    """

    def __init__(self, made: Callable[[], Rows], data: bytes | None = None) -> None:
        self._made, self.data, self.count = made, data, -1

    @cached_property
    def rows(self) -> Rows:
        """The rows with all cells."""
        return self._made()

    def __len__(self) -> int:
        return self.count if self.count >= 0 else len(self.rows)

    def chosen(self, which: Sequence[int]) -> _Table:
        """Return some of the rows."""
        return _Table(lambda: self.rows.chosen(which))


class _Lines:
    """Reads the lines below a header."""

    def __init__(self, header: CsvHeader, session: Session, delimiter: str) -> None:
        self._header, self._session, self._delimiter = header, session, delimiter
        self._plain, self._first_line = PlainCsv(header, session), 0
        # Beside an input without a default, a row of empty cells is no row, as in spreadsheets.
        self.blank_mark = "" if _may_be_empty(header, session) else header.delimiter
        mark = re.escape(self.blank_mark.encode()) if session.required else b""
        self._empty_row = re.compile(rb"(?:\A|\n)%b++\n" % mark) if mark else None

    def tables(self, chunks: Iterable[Chunk]) -> Iterator[_Table]:
        """Yield the lines of each chunk, in several parts where they hold wide buses."""
        for data, first_line in chunks:
            table = _Table(partial(self._rows, data, first_line), data + b"\n")
            self._first_line = first_line
            if (line_ends(data) + 1) * self._session.width <= MAX_CELLS:
                yield table
                continue
            count, step = len(table), self._session.rows_within(MAX_CELLS)
            for begin in range(0, count, step):
                yield table.chosen(range(begin, min(begin + step, count)))

    def _rows(self, data: bytes, first_line: int) -> Rows:
        text = loosely_decoded(data)
        return Rows(CsvText(text, first_line, self._delimiter, self.blank_mark))

    def batch(self, table: _Table, start: int, findings: RowFindings) -> Batch | None:
        """Read some lines; None where there are mistakes, each of which is noted."""
        session = self._session
        if table.data is not None and not findings and not self._has_empty_row(table.data):
            batch = self._plain.batch(table.data, self._first_line)
            if batch is not None:
                table.count = batch.count
                return batch
        text = table.rows.text
        if session.rejects is None:
            data = text.text.encode("utf-8", "surrogateescape")
            if decoded(data, text.first_line, findings, AS_UTF8) is None:
                findings.stop()
        sound = table.rows.sound(self._header.width, start, findings)
        return (
            _Reader(sound, self._header, session, findings, start).batch() if len(sound) else None
        )

    def _has_empty_row(self, data: bytes) -> bool:
        """Return whether a row is empty that options, and not the network, give values."""
        return self._empty_row is not None and self._empty_row.search(data) is not None


def _may_be_empty(header: CsvHeader, session: Session) -> bool:
    """Return whether a row of empty cells is a row: there are inputs, and each has a default."""
    columns = (*header.columns, *header.elements)
    return bool(session.inputs) and all(
        session.inputs[name].default is not None and name not in session.required
        for name in columns
    )


class _Reader:
    """Reads sound rows, the first of which has the number `start`, and notes refused cells."""

    def __init__(
        self, rows: Rows, header: CsvHeader, session: Session, findings: RowFindings, start: int
    ) -> None:
        self._rows, self._header, self._session = rows, header, session
        self._findings, self._start = findings, start

    def batch(self) -> Batch | None:
        """Return the rows; None where there are mistakes."""
        rows, kept = self._rows, self._header.kept
        columns = [self._column(name, input_) for name, input_ in self._session.inputs.items()]
        extras = {name: rows.column(at) for name, at in kept.items()}
        if self._findings:
            for name, texts in extras.items():
                self._check(name, texts)
            return None
        read = tuple(column for column in columns if column is not None)
        assert len(read) == len(columns)
        return Batch(read, len(rows), extras, lambda row, name: rows.place(row, kept[name]))

    def _check(self, name: str, texts: list[str]) -> None:
        """Note every cell of a column that is not an input and that `Session.check` refuses."""
        check = self._session.check
        if check is not None and name in self._session.also:
            for row, error in _refused(texts, partial(check, name)):
                self._note(name, error, row, self._header.kept[name], noun="output")

    def _note(self, name: str, error: Refused, row: int, at: int, noun: str = "input") -> None:
        number = self._start + self._rows.number(row)
        self._findings.refuse(name, error, self._rows.place(row, at), noun=noun, row=number)

    def _column(self, name: str, input_: Input) -> Column | Labels | None:
        """Read one input; None, and every cell that is refused noted, where one is."""
        if name in self._header.elements:
            return self._bus(name, input_)
        at, dialect = self._header.columns.get(name), self._header.dialect
        if at is None:
            return default_column(input_, len(self._rows))
        texts = self._rows.column(at)
        column = input_of_texts(dialect.texts(texts, input_), input_)
        if column is None:
            for row, error in _refused(
                texts, _in_dialect(read_cell, input_, dialect, self._session)
            ):
                self._note(name, error, row, at)
        return column

    def _bus(self, name: str, input_: Input) -> Column | None:
        """Read a bus from the columns of its elements, as `_column` does."""

        def read(text: str, input_: Input) -> None:
            if text or input_.default is None:
                read_element(text, input_)

        at, dialect = self._header.elements[name], self._header.dialect
        texts = self._rows.elements(at)
        column = elements_of_texts(dialect.texts(texts, input_), input_)
        if column is None:
            places = range(at.start, at.stop) if isinstance(at, slice) else at
            for cell, error in _refused(texts, _in_dialect(read, input_, dialect, self._session)):
                row, element = divmod(cell, input_.width)
                self._note(f"{name}({element})", error, row, places[element])
        return column


def _in_dialect(
    read: Callable[[str, Input], object], input_: Input, dialect: CsvDialect, session: Session
) -> Callable[[str], None]:
    """Return the reader of a cell in a dialect, whose messages use that dialect."""

    def read_in_dialect(text: str) -> None:
        try:
            read(dialect.text(text, input_), input_)
        except Refused as error:
            has_options = session.options.has_options
            raise dialect.explained(error, text, input_, has_options=has_options) from None

    return read_in_dialect


def _refused(texts: Sequence[str], read: Callable[[str], object]) -> Iterator[tuple[int, Refused]]:
    """Yield the place of each text that is refused, and why; each is read but once."""
    refused: dict[str, Refused] = {}
    for text in set(texts):
        try:
            read(text)
        except Refused as error:
            refused[text] = error
    for place, text in enumerate(texts):
        if text in refused:
            yield place, refused[text]


# ------------------------------------------------------------------------------------ rejects


class _CsvRejects:
    """Writes rejected rows below the header, with their line number and mistake."""

    def __init__(
        self, session: Session, findings: RowFindings, header: CsvHeader, header_text: str
    ) -> None:
        findings.stop()
        self._rejects, self._delimiter = session.rejects, header.delimiter
        if self._rejects is None:
            return
        names = list(header.names)
        self._again = names[:2] == [LINE, ERROR]  # these rows were rejected before
        for name in names[2 * self._again :]:
            if name in (LINE, ERROR) and self._rejects.stream is not None:
                message = f"the column `{name}` has a name that --rejects gives"
                findings.add("duplicate-column", message, help="rename the column")
        findings.stop()
        self._write(LINE, ERROR, header_text)

    def _write(self, line: str, error: str, row: str) -> None:
        assert self._rejects is not None
        if self._again:
            text = CsvText(row, 1, self._delimiter)
            cells = stretches(text, next(records(text)))
            row = row[cells[2][0] :] if len(cells) > 2 else ""
        text_of_row = self._delimiter.join((line, error, row)) + "\n"
        self._rejects.write(text_of_row.encode("utf-8", "surrogateescape"))

    def part(self, table: _Table, is_kept: Array) -> _Table:
        """Return some rows of a table."""
        return table.chosen(np.flatnonzero(is_kept).tolist())

    def place(self, table: _Table, row: int) -> CellRef:
        """Return the place of a row of a table."""
        return table.rows.place(row)

    def write(self, table: _Table, _: Array, wrong: Collection[list[Diagnostic]]) -> None:
        """Write rows as they were."""
        text = table.rows.text
        for record, mistakes in zip(table.rows.records, wrong, strict=True):
            line = text.place(record.start, record.start).span.line
            error = error_text(mistakes).replace('"', '""')
            self._write(str(line), f'"{error}"', text.text[record.start : record.end])
