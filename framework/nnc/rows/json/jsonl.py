"""JSON Lines: one object per line."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import BinaryIO, cast

from nnc.diagnostics.diagnostic import Span
from nnc.rows.columns import Batch
from nnc.rows.json.objects import JSON_LINES, Item, JsonRejects, Objects, Wrong, item_of, lines_of
from nnc.rows.json.text import BadJsonError, decode, skip_blanks
from nnc.rows.output import Heading, Table, text_of
from nnc.rows.parts import Lines
from nnc.rows.session import (
    CHUNK,
    MAX_CELLS,
    CellRef,
    RowFindings,
    Session,
    batches_of_tables,
)
from nnc.rows.streams import Stretch
from nnc.rows.texts import (
    Readable,
    Text,
    decoded,
    loosely_decoded,
    not_utf8,
    with_line_feeds,
    without_mark,
)


def read(stream: BinaryIO, session: Session) -> Iterator[Batch]:
    """Read JSON Lines; see `nnc.rows.formats.read_rows`, also for what it raises."""
    findings = RowFindings(session.file)
    objects, rejected = Objects(session), JsonRejects(session, JSON_LINES)
    lines, line, count = cast("Readable", stream), 1, session.rows_within(MAX_CELLS)
    if isinstance(session.part, Lines):
        if session.options.extra == "keep":
            apart = RowFindings(session.file)
            first = _texts(lines, line, apart, is_skipping=session.rejects is not None)
            objects.keep_as(next(_parts(first, count), []))
        stream.seek(session.part.start)
        lines = Stretch(stream, session.part.end - session.part.start)
        line = session.part.line
    texts = _texts(lines, line, findings, is_skipping=session.rejects is not None)
    items = _parts(texts, count)
    yield from batches_of_tables(items, objects.batch, session, findings, rejected)
    rejected.end()
    if session.part is None:  # a file is cut only where its first row has the keys to rename
        objects.note_unused(findings)
    findings.stop()


def _parts(texts: Iterable[Text], count: int) -> Iterator[list[Item]]:
    """Yield some rows at a time, of one text and the blank lines before them."""
    blank: list[Item] = []  # until another line comes
    for text in texts:
        items: list[Item] = []
        at, is_damaged = 0, not_utf8(text, 0, len(text.text)) is not None
        for number, line in enumerate(text.text.split("\n"), text.first_line):
            if line:
                items += blank
                items.append(_item(text, line, at, is_damaged=is_damaged))
                blank.clear()
            else:
                place = CellRef(Span(number, 1, number, 1), "")
                wrong = Wrong(
                    "blank-line", "there is a blank line between rows", place, "remove it"
                )
                blank.append(Item({}, 0, 0, text, wrong))
            at += len(line) + 1
        for start in range(0, len(items), count):
            yield items[start : start + count]


def _texts(
    stream: Readable, line: int, findings: RowFindings, *, is_skipping: bool
) -> Iterator[Text]:
    """Cut a file, or a part that begins with line `line`, after line ends."""
    size = CHUNK // 8 if is_skipping else CHUNK
    pieces: list[bytes] = []
    is_last = False
    more = stream.read(size)
    more = without_mark(more) if line == 1 else more
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


def _item(text: Text, line: str, start: int, *, is_damaged: bool) -> Item:
    """Parse one line; where some bytes of the text are not UTF-8 they may be its own."""
    end = start + len(line)
    if is_damaged and (bad := not_utf8(text, start, end)):
        return Item({}, start, end, text, Wrong("bad-encoding", *bad, "save the file as UTF-8"))
    try:
        at = skip_blanks(line, 0)
        value, after = decode(line, at)
        after = skip_blanks(line, after)
        if after < len(line):
            message, hint = "text after the object", "write one object per line"
            raise BadJsonError(message, after, after + 1, hint)
    except BadJsonError as error:
        place = text.place(start + error.start, start + error.end)
        return Item({}, start, end, text, Wrong("bad-json", error.message, place, error.help))
    return item_of(value, start + at, start + after, text)


def write(results: Iterable[Table], stream: BinaryIO, heading: Heading) -> None:
    """Write one object per line."""
    names = list(heading)
    for result in results:
        if rows := text_of(result, names, lines_of, "\n"):
            stream.write(rows + b"\n")
