"""CSV, strictly after RFC 4180, with a header of names.

Plain text is read as columns from its bytes; any other is split into rows of texts, and so is what
is wrong, to tell every mistake at its place. Line ends may be LF, CRLF or CR; inside quotes they
become LF.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import chain
from typing import BinaryIO

from nnc.diagnostics.diagnostic import InvalidRowsError
from nnc.language.network import Input
from nnc.numbers.exact import Refused
from nnc.rows.columns import Batch, Column, Labels
from nnc.rows.csv.header import CsvHeader, delimiter_of, names_to_write, read_header
from nnc.rows.csv.plain import PlainCsv
from nnc.rows.csv.text import (
    NOT_CLOSED,
    SMALL_CHUNK,
    Chunk,
    CsvText,
    Record,
    Rows,
    chunks,
    first_line_of,
    line_ends,
    records,
    rows_of,
    stretches,
    without_blank_end,
)
from nnc.rows.dialect import CsvDialect
from nnc.rows.inputs.cells import default_column, elements_of_texts, input_of_texts, no_rows
from nnc.rows.inputs.value import read_cell, read_element
from nnc.rows.session import (
    CHUNK,
    ERROR,
    LINE,
    MAX_CELLS,
    FindingsByRow,
    RowFindings,
    Session,
    error_text,
    not_allowed,
)
from nnc.rows.texts import LineFeeds, decoded, loosely_decoded, not_utf8

# ------------------------------------------------------------------------------- reading


def read(stream: BinaryIO, session: Session) -> Iterator[Batch]:
    """Read CSV; see `nnc.rows.formats.read_rows`, also for what it raises."""
    findings = RowFindings(session.file)
    size = SMALL_CHUNK if session.rejects else CHUNK
    lines_read = LineFeeds(stream)
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
        lines = _Lines(header, session, findings, text[: end - 1])
        if end <= len(text):
            below = text[end:].encode("utf-8", "surrogateescape")
            parts = chain([Chunk(below, first.first_line + text.count("\n", 0, end))], parts)
        count = 0
        for part in without_blank_end(parts, lines.blank_mark):
            for batch in lines.batches(part.data, part.first_line):
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
        return decoded(first.data, first.first_line, findings)
    head = decoded(first.data.partition(b"\n")[0], first.first_line, findings)
    return None if head is None else loosely_decoded(first.data)


class _Lines:
    """Reads the lines below a header."""

    def __init__(
        self, header: CsvHeader, session: Session, findings: RowFindings, header_text: str
    ) -> None:
        self._header, self._session, self._findings = header, session, findings
        self._plain = PlainCsv(header, session)
        # Beside an input without a default, a row of empty cells is no row, as in spreadsheets.
        self.blank_mark = "" if _may_be_empty(header, session) else header.delimiter
        self._rejected = None
        if session.rejects is not None:
            findings.stop()
            self._rejected = _CsvRejects(session, findings, header, header_text)

    def batches(self, data: bytes, first_line: int) -> Iterator[Batch]:
        """Read some lines: none once there are mistakes, several where they hold wide buses."""
        batch = None if self._findings else self._fast(data, first_line)
        if batch and not self._session.refused(batch):
            if self._rejected is not None:
                self._rejected.done += batch.count
            yield batch
            return
        if self._rejected is not None:
            yield from self._skipping(data, first_line, self._rejected)
            return
        text = decoded(data, first_line, self._findings)
        if text is None:
            self._findings.stop()
            return
        yield from self._batches(self._text(text, first_line), self._findings)

    def _text(self, text: str, first_line: int) -> CsvText:
        return CsvText(text, first_line, self._header.delimiter, self.blank_mark)

    def _skipping(self, data: bytes, first_line: int, rejected: _CsvRejects) -> Iterator[Batch]:
        """Read the lines that are sound; the others are written to the rejects."""
        text = self._text(loosely_decoded(data), first_line)
        for _ in self._batches(text, rejected.findings):
            pass
        sound = rejected.without(text, self._refused)
        if sound.text:
            yield from self._sound(sound)

    def _sound(self, text: CsvText) -> Iterator[Batch]:
        """Read lines without mistakes."""
        batch = self._fast(text.text.encode(), text.first_line)
        yield from [batch] if batch else self._batches(text, self._findings)

    def _refused(self, sound: CsvText) -> dict[int, str]:
        """Say of each row that is not allowed, though all of its cells are, what is wrong."""
        wrong: dict[int, str] = {}
        start = 0
        if self._session.refuse is not None and sound.text:
            for batch in self._sound(sound):
                refused = self._session.refused(batch)
                wrong |= {start + row: message for row, message in refused.items()}
                start += batch.count
        return wrong

    def _fast(self, data: bytes, first_line: int) -> Batch | None:
        """Read plain lines; None for others, and for more than is to be held at a time."""
        if _is_too_much(line_ends(data) + 1, self._session):
            return None
        return self._plain.batch(data + b"\n", first_line)

    def _batches(self, text: CsvText, findings: RowFindings) -> Iterator[Batch]:
        """Read any lines, and note the mistakes in them."""
        rows = rows_of(text, self._header.width, findings)
        count = step = len(rows)
        if _is_too_much(count, self._session):
            step = self._session.rows_within(MAX_CELLS)
        for begin in range(0, count, step or 1):
            part = rows if step >= count else rows.part(begin, begin + step)
            batch = _batch(part, self._header, self._session, findings)
            if batch is not None:
                yield batch


def _may_be_empty(header: CsvHeader, session: Session) -> bool:
    """Return whether a row of empty cells is a row: there are inputs, and each has a default."""
    columns = (*header.columns, *header.elements)
    return bool(session.inputs) and all(
        session.inputs[name].default is not None for name in columns
    )


def _is_too_much(rows: int, session: Session) -> bool:
    """Return whether a number of rows has too many values to be read at a time."""
    return rows * session.width > MAX_CELLS


def _batch(rows: Rows, header: CsvHeader, session: Session, findings: RowFindings) -> Batch | None:
    """Read some rows; None where there are mistakes."""
    columns = [
        _column(name, input_, rows, header, session, findings)
        for name, input_ in session.inputs.items()
    ]
    extras = {name: rows.column(at) for name, at in header.kept.items()}
    if findings:
        for name, texts in extras.items():
            if name in session.also:
                _check(name, texts, rows, header.kept[name], session, findings)
        return None
    read = tuple(column for column in columns if column is not None)
    assert len(read) == len(columns)
    return Batch(read, len(rows), extras, lambda row, name: rows.place(row, header.kept[name]))


def _check(
    name: str,
    texts: list[str],
    rows: Rows,
    at: int,
    session: Session,
    findings: RowFindings,
) -> None:
    """Note every cell of a column that is not an input and that `session.check` refuses."""
    check = session.check
    if check is not None:
        for row, error in _refused(texts, lambda text: check(name, text)):
            findings.refuse(name, error, rows.place(row, at), noun="output")


def _column(
    name: str,
    input_: Input,
    rows: Rows,
    header: CsvHeader,
    session: Session,
    findings: RowFindings,
) -> Column | Labels | None:
    """Read one input of some rows; None, and every cell that is refused noted, where one is."""
    if name in header.elements:
        return _bus(name, input_, rows, header, session, findings)
    at = header.columns.get(name)
    if at is None:
        return default_column(input_, len(rows))
    texts, dialect = rows.column(at), header.dialect
    column = input_of_texts(dialect.texts(texts, input_), input_)
    if column is None:
        for row, error in _refused(texts, _in_dialect(read_cell, input_, dialect, session)):
            findings.refuse(name, error, rows.place(row, at))
    return column


def _bus(
    name: str,
    input_: Input,
    rows: Rows,
    header: CsvHeader,
    session: Session,
    findings: RowFindings,
) -> Column | None:
    """Read a bus of some rows from the columns of its elements, as `_column` does."""

    def read(text: str, input_: Input) -> None:
        if text or input_.default is None:
            read_element(text, input_)

    at, dialect = header.elements[name], header.dialect
    texts = rows.elements(at)
    column = elements_of_texts(dialect.texts(texts, input_), input_)
    if column is None:
        places = range(at.start, at.stop) if isinstance(at, slice) else at
        for cell, error in _refused(texts, _in_dialect(read, input_, dialect, session)):
            row, element = divmod(cell, input_.width)
            findings.refuse(f"{name}({element})", error, rows.place(row, places[element]))
    return column


def _in_dialect(
    read: Callable[[str, Input], object], input_: Input, dialect: CsvDialect, session: Session
) -> Callable[[str], None]:
    """Return what reads a cell as the dialect means it, and says in its words what is wrong."""

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
    """Takes the rows with mistakes out of the lines below one header."""

    def __init__(
        self, session: Session, findings: RowFindings, header: CsvHeader, header_text: str
    ) -> None:
        assert session.rejects is not None
        self._rejects, self.findings = session.rejects, FindingsByRow(session.file)
        self._file = session.file
        self.done = 0  # rows read so far
        names = list(header.names)
        self._delimiter = header.delimiter
        self._again = names[:2] == [LINE, ERROR]  # these rows were rejected before
        for name in names[2 * self._again :]:
            if name in (LINE, ERROR) and self._rejects.stream is not None:
                message = f"the column `{name}` has a name that --rejects gives"
                findings.add("duplicate-column", message, help="rename the column")
        findings.stop()
        self._write(LINE, ERROR, header_text)

    def _write(self, line: str, error: str, row: str) -> None:
        if self._again:
            text = CsvText(row, 1, self._delimiter)
            cells = stretches(text, next(records(text, None)))
            row = row[cells[2][0] :] if len(cells) > 2 else ""
        text_of_row = self._delimiter.join((line, error, row)) + "\n"
        self._rejects.write(text_of_row.encode("utf-8", "surrogateescape"))

    def without(self, text: CsvText, refused: Callable[[CsvText], Mapping[int, str]]) -> CsvText:
        """Return the text without the rows that have mistakes, which are rejected.

        `refused` says which rows of those without mistakes are rejected, too, and why.
        Raises InvalidRowsError where a quote is not closed: nobody knows where that row ends.
        """
        rows = list(records(text, None))
        for row in rows:
            if bad := not_utf8(text, row.start, row.end):
                self.findings.add("bad-encoding", *bad, help="save the file as UTF-8")
        lines = [text.place(row.start, row.start).span.line for row in rows]
        wrong = self.findings.pop_by(lines)
        for mistake in chain.from_iterable(wrong.values()):
            if mistake.message == NOT_CLOSED:
                raise InvalidRowsError([mistake])
        sound = [at for at in range(len(rows)) if at not in wrong]
        for place_in_sound, message in refused(self._part(text, rows, sound)).items():
            at = sound[place_in_sound]
            place = text.place(rows[at].start, rows[at].end)
            wrong[at] = [not_allowed(message, self._file, place)]
        for at, mistakes in sorted(wrong.items()):
            own = text.text[rows[at].start : rows[at].end]
            self._rejects.add(mistakes, self.done + at)
            error = error_text(mistakes).replace('"', '""')
            self._write(str(lines[at]), f'"{error}"', own)
        self.done += len(rows)
        return self._part(text, rows, [at for at in sound if at not in wrong])

    def _part(self, text: CsvText, rows: Sequence[Record], kept: Iterable[int]) -> CsvText:
        """Return some rows of a text."""
        lines = (text.text[rows[at].start : rows[at].end] for at in kept)
        return CsvText("\n".join(lines), text.first_line, text.delimiter, text.blank_mark)
