"""JSON Lines: one object per line."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import BinaryIO

from nnc.diagnostics.diagnostic import Span
from nnc.rows.columns import Batch
from nnc.rows.json.objects import JSON_LINES, Objects, lines_of
from nnc.rows.json.text import BadJsonError, Item, decode, skip_blanks
from nnc.rows.output import Heading, Table, text_of
from nnc.rows.session import CHUNK, MAX_CELLS, CellRef, RowFindings, Session
from nnc.rows.texts import Text, decoded, loosely_decoded, with_line_feeds, without_mark


def read(stream: BinaryIO, session: Session) -> Iterator[Batch]:
    """Read JSON Lines; see `nnc.rows.formats.read_rows`, also for what it raises."""
    findings = RowFindings(session.file)
    objects = Objects(session, findings, JSON_LINES)
    blank: list[int] = []
    most = session.rows_within(MAX_CELLS)
    for text in _texts(stream, findings, is_skipping=session.rejects is not None):
        items: list[Item] = []
        at, number = 0, text.first_line
        for line in text.text.split("\n"):
            if not line:
                blank.append(number)
            else:
                for line_number in blank:
                    place = CellRef(Span(line_number, 1, line_number, 1), "")
                    objects.blank(place)
                blank.clear()
                if item := _item(text, at, at + len(line), objects):
                    items.append(item)
            at += len(line) + 1
            number += 1
        for start in range(0, len(items), most):
            if batch := objects.batch(items[start : start + most], text):
                yield batch
        objects.flush(text)
    objects.end()
    findings.stop()


def _texts(stream: BinaryIO, findings: RowFindings, *, is_skipping: bool) -> Iterator[Text]:
    """Cut a file after line ends."""
    size = CHUNK // 8 if is_skipping else CHUNK
    pieces: list[bytes] = []
    line, is_last = 1, False
    more = without_mark(stream.read(size))
    while not is_last:
        is_last = not more
        cut = more.rfind(b"\n") + 1
        if cut or (is_last and (any(pieces) or line == 1)):
            data = with_line_feeds(b"".join((*pieces, more[:cut]))).removesuffix(b"\n")
            pieces = []
            text = loosely_decoded(data) if is_skipping else decoded(data, line, findings)
            if text is None:
                return
            yield Text(text, line)
            line += text.count("\n") + 1
        pieces.append(more[cut:])
        more = stream.read(size) if not is_last else b""


def _item(text: Text, start: int, end: int, objects: Objects) -> Item | None:
    """Parse one line."""
    line = text.text[start:end]
    if not objects.is_utf8(start, end, text):
        return None
    try:
        at = skip_blanks(line, 0)
        value, after = decode(line, at)
        after = skip_blanks(line, after)
        if after < len(line):
            raise BadJsonError(
                "text after the object", after, after + 1, "write one object per line"
            )
    except BadJsonError as error:
        moved = BadJsonError(error.message, start + error.start, start + error.end, error.help)
        objects.add(moved, text, start, end)
        return None
    return objects.row_of(value, start + at, start + after, text)


def write(results: Iterable[Table], stream: BinaryIO, heading: Heading) -> None:
    """Write one object per line."""
    names = list(heading)
    for result in results:
        if rows := text_of(result, names, lines_of, "\n"):
            stream.write(rows + b"\n")
