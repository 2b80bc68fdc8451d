"""CSV, strictly after RFC 4180, with a header of names.

Clean text is split and read a column at a time; places are worked out only for mistakes. Line
ends may be LF, CRLF or CR; inside quotes they become LF.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray

from nnc.exact import Refused
from nnc.language.network import Input
from nnc.rows.columns import Batch, Column, Labels
from nnc.rows.csv.clean import Clean
from nnc.rows.csv.header import Header, names_to_write, read_header
from nnc.rows.csv.rejected import Rejected
from nnc.rows.csv.rows import QuotedRows, Rows, blank_line, plain_rows, quoted_rows
from nnc.rows.csv.text import SMALL_CHUNK, chunks, line_ends
from nnc.rows.inputs.cells import (
    checked,
    column_of_integers,
    default_column,
    elements_of_texts,
    input_of_texts,
)
from nnc.rows.inputs.value import read_cell, read_element
from nnc.rows.output import Heading, Table, text_of, texts_of
from nnc.rows.session import MAX_CELLS, RowFindings, Session, Text, decoded

# ------------------------------------------------------------------------------- reading


def read(stream: BinaryIO, session: Session) -> Iterator[Batch]:
    """Read CSV; see `nnc.rows.formats.read_rows`."""
    findings = RowFindings(session.file)
    lines: _Lines | None = None
    blank: list[int] = []
    for data, first_line in chunks(stream, findings, SMALL_CHUNK if session.rejects else None):
        bare, end = data.rstrip(b"\n"), first_line + line_ends(data) + 1
        blank_here = range(end - len(data) + len(bare) if bare else first_line, end)
        if lines is None and not bare:
            if data:
                continue
            findings.add(
                "no-header",
                "the file is empty; expected a header with the names of the inputs",
                help=f"write {names_to_write(session)}",
            )
            break
        if lines is None:
            text = _decoded(bare, first_line, session, findings)
            if text is None:
                break
            head = text if '"' in text else text.partition("\n")[0]
            header, start = read_header(Text(head, first_line), session, findings)
            lines = _Lines(header, session, findings, text[: start - 1])
            first_line += text.count("\n", 0, start)
            bare = text[start:].encode("utf-8", "surrogateescape")
        if bare:
            lines.tell_blank(blank)
            blank.clear()
            for batch in lines.batches(bare, first_line):
                for begin in range(0, batch.count, session.batch_size):
                    yield batch.cut(begin, begin + session.batch_size)
        blank += blank_here
    findings.stop()


def _decoded(data: bytes, first_line: int, session: Session, findings: RowFindings) -> str | None:
    """Decode the first lines; where rows are skipped, the header at least has to be UTF-8."""
    if session.rejects is None:
        return decoded(data, first_line, findings)
    head = decoded(data.partition(b"\n")[0], first_line, findings)
    return None if head is None else data.decode("utf-8", "surrogateescape")


class _Lines:
    """Reads the lines below a header."""

    def __init__(
        self, header: Header, session: Session, findings: RowFindings, written: str
    ) -> None:
        self._header, self._session, self._findings = header, session, findings
        self._clean = Clean(header, session)
        self._rejected = None
        if session.rejects is not None:
            findings.stop()
            self._rejected = Rejected(session, findings, header, written)

    def tell_blank(self, lines: Sequence[int]) -> None:
        """Note blank lines, after which other lines come."""
        if self._rejected is not None:
            self._rejected.blank(lines)
            return
        for line in lines:
            blank_line(line, self._findings)

    def batches(self, data: bytes, first_line: int) -> Iterator[Batch]:
        """Read some lines: none once there are mistakes, several where they hold wide buses."""
        if not self._findings and (batch := self._fast(data, first_line)):
            yield batch
            return
        if self._rejected is not None:
            yield from self._skipping(data, first_line, self._rejected)
            return
        text = decoded(data, first_line, self._findings)
        if text is None:
            self._findings.stop()
            return
        yield from self._batches(Text(text, first_line), self._findings)

    def _skipping(self, data: bytes, first_line: int, rejected: Rejected) -> Iterator[Batch]:
        """Read the lines that are sound; the others are written to the rejects."""
        text = Text(data.decode("utf-8", "surrogateescape"), first_line)
        for _ in self._batches(text, rejected.findings):
            pass
        sound = rejected.without(text)
        if not sound.text:
            return
        batch = self._fast(sound.text.encode(), first_line)
        yield from [batch] if batch else self._batches(sound, self._findings)

    def _fast(self, data: bytes, first_line: int) -> Batch | None:
        """Read clean lines; None for others, and for more than is to be held at a time."""
        if _is_too_much(line_ends(data) + 1, self._session):
            return None
        batch = None if self._header.kept else _digits(data, self._header, self._session)
        return batch or self._clean.batch(data + b"\n", first_line)

    def _batches(self, text: Text, findings: RowFindings) -> Iterator[Batch]:
        """Read any lines, and note the mistakes in them."""
        rows: Rows | QuotedRows
        width = self._header.width
        if '"' in text.text:
            rows = quoted_rows(text, width, findings)
        else:
            rows = plain_rows(text, width, findings)
        step = len(rows)
        if _is_too_much(len(rows), self._session):
            step = self._session.rows_within(MAX_CELLS)
        for begin in range(0, len(rows), step or 1):
            part = rows if step >= len(rows) else rows.part(begin, begin + step)
            batch = _batch(part, self._header, self._session, findings)
            if batch is not None:
                yield batch


def _is_too_much(rows: int, session: Session) -> bool:
    """Tell whether so many rows have too many values to be held at a time."""
    return rows * session.width > MAX_CELLS


def _batch(
    rows: Rows | QuotedRows, header: Header, session: Session, findings: RowFindings
) -> Batch | None:
    """Read some rows; None where there are mistakes."""
    columns = [_column(name, one, rows, header, findings) for name, one in session.inputs.items()]
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
    name: str, texts: list[str], rows: Rows | QuotedRows, at: int, session: Session,
    findings: RowFindings,
) -> None:  # fmt: skip
    """Note every cell of a column that is no input and that `session.check` refuses."""
    check = session.check
    if check is not None:
        for row, error in _refused(texts, lambda text: check(name, text)):
            message = f"output `{name}`: {error.message}"
            findings.add(error.rule, message, rows.place(row, at), help=error.help)


def _column(
    name: str, one: Input, rows: Rows | QuotedRows, header: Header, findings: RowFindings
) -> Column | Labels | None:
    """Read one input of some rows; None, and every cell that is refused noted, where one is."""
    if name in header.elements:
        return _bus(name, one, rows, header.elements[name], findings)
    at = header.columns.get(name)
    if at is None:
        return default_column(one, len(rows))
    texts = rows.column(at)
    column = input_of_texts(texts, one)
    if column is None:
        for row, error in _refused(texts, lambda text: read_cell(text, one)):
            message = f"input `{name}`: {error.message}"
            findings.add(error.rule, message, rows.place(row, at), help=error.help)
    return column


def _bus(
    name: str, one: Input, rows: Rows | QuotedRows, at: slice | list[int], findings: RowFindings
) -> Column | None:
    """Read a bus of some rows from the columns of its elements, as `_column` does."""

    def read(text: str) -> None:
        if text or one.default is None:
            read_element(text, one)

    texts = rows.elements(at)
    column = elements_of_texts(texts, one)
    if column is None:
        places = range(at.start, at.stop) if isinstance(at, slice) else at
        for cell, error in _refused(texts, read):
            row, element = divmod(cell, one.width)
            message = f"input `{name}({element})`: {error.message}"
            findings.add(error.rule, message, rows.place(row, places[element]), help=error.help)
    return column


def _refused(texts: Sequence[str], read: Callable[[str], object]) -> Iterator[tuple[int, Refused]]:
    """Give the place of each text that is refused, and why; each is read but once."""
    refused: dict[str, Refused] = {}
    for text in set(texts):
        try:
            read(text)
        except Refused as error:
            refused[text] = error
    for place, text in enumerate(texts):
        if text in refused:
            yield place, refused[text]


def _digits(data: bytes, header: Header, session: Session) -> Batch | None:
    """Read rows whose every cell is one digit, without taking them apart; None for others."""
    width = 2 * header.width
    if (len(data) + 1) % width or not header.width:
        return None
    table: NDArray[np.uint8] = np.frombuffer(data + b"\n", np.uint8).reshape(-1, width)
    ends = np.frombuffer(b"," * (header.width - 1) + b"\n", np.uint8)
    digits = table[:, ::2] - np.uint8(ord("0"))
    if (table[:, 1::2] != ends).any() or digits.max() > 9:
        return None
    columns: list[Column | Labels] = []
    for name, one in session.inputs.items():
        column = _column_of_digits(name, one, digits, header)
        if column is None:
            return None
        columns.append(column)
    return Batch(tuple(columns), len(table))


def _column_of_digits(
    name: str, one: Input, digits: NDArray[np.uint8], header: Header
) -> Column | Labels | None:
    at = header.elements.get(name, header.columns.get(name))
    if at is None:
        return default_column(one, len(digits))
    if one.of is not None:
        return None
    kind = np.uint8 if one.type == "bit" else np.int64
    column = Column(digits[:, at].astype(kind))
    is_integer = one.is_bus and name in header.columns
    return column_of_integers(column, one) if is_integer else checked(column, one)


# ------------------------------------------------------------------------------- writing


def write(results: Iterable[Table], stream: BinaryIO, heading: Heading) -> None:
    """Write CSV with a header, LF line ends, and quotes only where they are needed."""
    names = list(heading)
    stream.write((",".join(_safe(names, alone=len(names) == 1)) + "\n").encode())
    stream.writelines(text_of(result, names, _lines) for result in results)


def _lines(table: Table, names: Sequence[str]) -> list[str]:
    """Give each row as a line."""
    alone = len(names) == 1
    texts = [_safe_texts(table[name], alone=alone) for name in names]
    return [",".join(row) + "\n" for row in zip(*texts, strict=True)]


def _safe_texts(column: Column | Labels | Sequence[str], *, alone: bool) -> Sequence[str]:
    if isinstance(column, Column):
        return texts_of(column)
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
