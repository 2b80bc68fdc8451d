"""JSON: an array of objects, or one object for one row; numbers are read from their text."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import BinaryIO

from nnc.rows.columns import Batch
from nnc.rows.json.objects import JSON, Objects, lines_of
from nnc.rows.json.text import BadJsonError, Item, bad_json, decode, kind, skip_blanks
from nnc.rows.output import Heading, Table, text_of
from nnc.rows.session import MAX_OBJECTS, RowFindings, Session
from nnc.rows.texts import Text, decoded, with_line_feeds, without_mark


def read(stream: BinaryIO, session: Session) -> Iterator[Batch]:
    """Read JSON; see `nnc.rows.formats.read_rows`, also for what it raises.

    The whole text is held, the rows are not.
    """
    findings = RowFindings(session.file)
    text = decoded(with_line_feeds(without_mark(stream.read())), 1, findings)
    if text is not None:
        objects = Objects(session, findings, JSON)
        yield from _batches(Text(text), objects, session)
        objects.end()
    findings.stop()


def _batches(text: Text, objects: Objects, session: Session) -> Iterator[Batch]:
    rows = _rows(text, objects)
    most = session.rows_within(MAX_OBJECTS)
    is_more = True
    while is_more:
        items: list[Item] = []
        try:
            while len(items) < most:
                item = next(rows, None)
                if item is None:
                    is_more = False
                    break
                items.append(item)
        except BadJsonError as error:
            objects.stop_at(error, text)
            is_more = False
        if batch := objects.batch(items, text):
            yield batch
        objects.flush(text)


def _rows(text: Text, objects: Objects) -> Iterator[Item]:
    """Parse the objects of an array one by one. Raises BadJsonError where JSON ends."""
    whole = text.text
    at = skip_blanks(whole, 0)
    if at == len(whole):
        raise BadJsonError(
            "the file is empty; expected an array of objects", at, at, "write [] for no rows"
        )
    if whole[at] == "[":
        at = skip_blanks(whole, at + 1)
        while not whole.startswith("]", at):
            value, end = decode(whole, at)
            if item := objects.row_of(value, at, end, text):
                yield item
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
            raise BadJsonError(
                f"expected an array of objects, found {kind(value)}", at, end, 'write [{"a": 1}, …]'
            )
        yield Item(value, at, end)
        at = end
    at = skip_blanks(whole, at)
    if at < len(whole):
        raise BadJsonError(
            "text after the end of the JSON value",
            at,
            at + 1,
            "one object per line is --from jsonl",
        )


def write(results: Iterable[Table], stream: BinaryIO, heading: Heading) -> None:
    """Write an array of objects, one a line."""
    names, before = list(heading), JSON.begin
    for result in results:
        rows = text_of(result, names, lines_of, JSON.between)
        if rows:
            stream.write(before.encode() + rows)
            before = JSON.between
    stream.write((JSON.nothing if before == JSON.begin else JSON.end).encode())
