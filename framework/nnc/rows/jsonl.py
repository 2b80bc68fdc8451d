"""JSON Lines: one object a line."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import BinaryIO

from nnc.columns import Batch
from nnc.diagnostics import Span
from nnc.rows.distinct import text_of
from nnc.rows.json_text import BadJsonError, Item, decode, skip_blanks
from nnc.rows.objects import Objects, lines_of
from nnc.rows.reading import CHUNK, Findings, Place, Reading, Text, decoded, without_mark
from nnc.rows.shown import Table


def read(stream: BinaryIO, reading: Reading) -> Iterator[Batch]:
    """Read JSON Lines; see `nnc.rows.read_rows`."""
    findings = Findings(reading.file)
    objects = Objects(reading, findings)
    blank: list[int] = []
    most = reading.most_rows
    for text in _texts(stream, findings):
        items: list[Item] = []
        at, number = 0, text.first_line
        for line in text.text.split("\n"):
            if not line:
                blank.append(number)
            else:
                for one in blank:
                    findings.add(
                        "blank-line",
                        "a blank line stands between rows",
                        Place(Span(one, 1, one, 1), ""),
                        help="remove it",
                    )
                blank.clear()
                if item := _item(text, at, at + len(line), objects):
                    items.append(item)
            at += len(line) + 1
            number += 1
        for start in range(0, len(items), most):
            if batch := objects.batch(items[start : start + most], text):
                yield batch
    findings.stop()


def _texts(stream: BinaryIO, findings: Findings) -> Iterator[Text]:
    """Cut a file after line ends."""
    pieces, line = [without_mark(stream.read(CHUNK))], 1
    while pieces:
        more = stream.read(CHUNK)
        cut = more.rfind(b"\n") + 1
        if more and not cut:
            pieces.append(more)
            continue
        data = b"".join((*pieces, more[:cut]))
        pieces = [more[cut:]] if more else []
        text = decoded(data.removesuffix(b"\n"), line, findings)
        if text is None:
            return
        yield Text(text, line)
        line += text.count("\n") + 1


def _item(text: Text, start: int, end: int, objects: Objects) -> Item | None:
    """Parse one line."""
    line = text.text[start:end]
    try:
        at = skip_blanks(line, 0)
        value, after = decode(line, at)
        after = skip_blanks(line, after)
        if after < len(line):
            raise BadJsonError("text after the object", after, after + 1, "write one object a line")
    except BadJsonError as error:
        moved = BadJsonError(error.message, start + error.start, start + error.end, error.help)
        objects.add(moved, text)
        return None
    return objects.row_of(value, start + at, start + after, text)


def write(results: Iterable[Table], stream: BinaryIO, names: Sequence[str]) -> None:
    """Write one object a line."""
    for result in results:
        if rows := text_of(result, names, lines_of, "\n"):
            stream.write(rows + b"\n")
