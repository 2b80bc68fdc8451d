"""JSON: an array of objects, or one object for one row; numbers are read from their text."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import BinaryIO

from nnc.rows.columns import Batch
from nnc.rows.json.objects import JSON, Item, JsonRejects, Objects, item_of, lines_of
from nnc.rows.json.text import BadJsonError, bad_json, decode, kind, skip_blanks
from nnc.rows.output import Heading, Table, text_of
from nnc.rows.session import MAX_OBJECTS, RowFindings, Session, batches_of_tables
from nnc.rows.texts import Text, decoded, with_line_feeds, without_mark


def read(stream: BinaryIO, session: Session) -> Iterator[Batch]:
    """Read JSON; see `nnc.rows.formats.read_rows`, also for what it raises.

    The whole text is held, the rows are not.
    """
    findings = RowFindings(session.file)
    text = decoded(with_line_feeds(without_mark(stream.read())), 1, findings)
    if text is not None:
        objects, rejected = Objects(session), JsonRejects(session, JSON)
        items = _parts(Text(text), session.rows_within(MAX_OBJECTS), findings)
        yield from batches_of_tables(items, objects.batch, session, findings, rejected)
        rejected.end()
        objects.note_unused(findings)
    findings.stop()


def _parts(text: Text, count: int, findings: RowFindings) -> Iterator[list[Item]]:
    """Yield some rows at a time; where JSON ends that is noted, and no more come."""
    rows, is_more = _rows(text), True
    while is_more:
        items: list[Item] = []
        try:
            items.extend(islice(rows, count))
            is_more = len(items) == count
        except BadJsonError as error:
            place = text.place(error.start, error.end)
            findings.add("bad-json", error.message, place, help=error.help)
            is_more = False
        if items:
            yield items


def _rows(text: Text) -> Iterator[Item]:
    """Parse the objects of an array one by one. Raises BadJsonError where JSON ends."""
    whole = text.text
    at = skip_blanks(whole, 0)
    if at == len(whole):
        message = "the file is empty; expected an array of objects"
        raise BadJsonError(message, at, at, "write [] for no rows")
    if whole[at] == "[":
        at = skip_blanks(whole, at + 1)
        while not whole.startswith("]", at):
            value, end = decode(whole, at)
            yield item_of(value, at, end, text)
            at = skip_blanks(whole, end)
            if whole.startswith(",", at):
                at = skip_blanks(whole, at + 1)
                if whole.startswith("]", at):
                    raise bad_json(whole, at, "expected an object")
            elif not whole.startswith("]", at):
                raise bad_json(whole, at, "expected `,` or `]`")
        at += 1
    else:
        value, end = decode(whole, at)
        if not isinstance(value, dict):
            message = f"expected an array of objects, found {kind(value)}"
            raise BadJsonError(message, at, end, 'write [{"a": 1}, …]')
        yield Item(value, at, end, text)
        at = end
    at = skip_blanks(whole, at)
    if at < len(whole):
        message, hint = (
            "text after the end of the JSON value",
            "one object per line is --from jsonl",
        )
        raise BadJsonError(message, at, at + 1, hint)


def write(results: Iterable[Table], stream: BinaryIO, heading: Heading) -> None:
    """Write an array of objects, one a line."""
    names, before = list(heading), JSON.begin
    for result in results:
        rows = text_of(result, names, lines_of, JSON.between)
        if rows:
            stream.write(before.encode() + rows)
            before = JSON.between
    stream.write((JSON.nothing if before == JSON.begin else JSON.end).encode())
