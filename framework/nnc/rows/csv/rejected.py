"""Rows of CSV text that are refused: taken out of it, and written as they were."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from nnc.diagnostics.diagnostic import Diagnostic, InvalidRowsError
from nnc.rows.csv.header import Header
from nnc.rows.csv.rows import blank_line
from nnc.rows.csv.text import NOT_CLOSED, Record, records
from nnc.rows.session import (
    ERROR,
    LINE,
    FindingsByRow,
    RowFindings,
    Session,
    Text,
    error_text,
    not_utf8,
)


class Rejected:
    """Takes the rows with mistakes out of the lines below one header."""

    def __init__(
        self, session: Session, findings: RowFindings, header: Header, written: str
    ) -> None:
        assert session.rejects is not None
        self._rejects, self.findings = session.rejects, FindingsByRow(session.file)
        names = list(header.names)
        self._again = names[:2] == [LINE, ERROR]  # these rows were rejected before
        for name in names[2 * self._again :]:
            if name in (LINE, ERROR) and self._rejects.stream is not None:
                message = f"the column `{name}` has a name that --rejects gives"
                findings.add("duplicate-column", message, help="rename the column")
        findings.stop()
        self._write(LINE, ERROR, written)

    def _write(self, line: str, error: str, written: str) -> None:
        if self._again:
            record = next(records(Text(written), None))
            places = [*(start for start, _ in record.stretches), len(written)]
            written = written[places[min(2, len(places) - 1)] :]
        text = f"{line},{error},{written}\n"
        self._rejects.write(text.encode("utf-8", "surrogateescape"))

    def blank(self, lines: Sequence[int]) -> None:
        """Reject blank lines, after which other lines come."""
        for line in lines:
            blank_line(line, self.findings)
        for line, mistakes in self.findings.pop().items():
            self._reject(line, mistakes, "")

    def without(self, text: Text) -> Text:
        """Give the text without the rows that have mistakes, which are rejected.

        Raises InvalidRowsError where a quote is not closed: nobody knows where that row ends.
        """
        rows = list(_rows(text))
        for row in rows:
            if bad := not_utf8(text, row.start, row.end):
                self.findings.add("bad-encoding", *bad, help="save the file as UTF-8")
        lines = [text.place(row.start, row.start).span.line for row in rows]
        wrong = self.findings.pop_by(lines)
        for one in (one for mistakes in wrong.values() for one in mistakes):
            if one.message == NOT_CLOSED:
                raise InvalidRowsError([one])
        for at, mistakes in wrong.items():
            self._reject(lines[at], mistakes, text.text[rows[at].start : rows[at].end])
        sound = [text.text[row.start : row.end] for at, row in enumerate(rows) if at not in wrong]
        return Text("\n".join(sound), text.first_line)

    def _reject(self, line: int, mistakes: list[Diagnostic], written: str) -> None:
        self._rejects.add(mistakes)
        error = error_text(mistakes).replace('"', '""')
        self._write(str(line), f'"{error}"', written)


def _rows(text: Text) -> Iterator[Record]:
    """Give where every row starts and ends."""
    if '"' in text.text:
        yield from records(text, None)
        return
    start = 0
    for line in text.text.split("\n"):
        yield Record([], [], start, start + len(line), is_sound=True)
        start += len(line) + 1
