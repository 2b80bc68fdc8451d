"""CSV text cut into chunks of whole records, and taken apart cell by cell where places matter."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import BinaryIO, NamedTuple

import numpy as np

from nnc.diagnostics.diagnostic import Span
from nnc.rows.session import (
    CHUNK,
    MAX_LINE,
    CellRef,
    RowFindings,
    Text,
    with_line_feeds,
    without_mark,
)

# -------------------------------------------------------------------------------- chunks

SMALL_CHUNK = 1 << 19
"""Bytes that are read at a time where every mistake in them may be held."""


class Chunk(NamedTuple):
    """Some whole records, without the line end of the last one."""

    data: bytes
    first_line: int


def chunks(stream: BinaryIO, findings: RowFindings, size: int | None = None) -> Iterator[Chunk]:
    """Cut a file after line ends that stand outside quotes, about every `size` bytes."""
    size = size or CHUNK
    rest, line, last = without_mark(stream.read(size)), 1, False
    while not last:
        cut = _last_line_end(rest)
        while cut == 0 and not last:
            more = stream.read(size)
            last = not more
            rest += more
            cut = len(rest) if last or len(rest) > MAX_LINE else _last_line_end(rest)
        data, rest = rest[:cut], rest[cut:]
        data = with_line_feeds(data)
        endless = cut > MAX_LINE and not last
        if endless and b'"' not in data:
            findings.add(
                "row-length",
                "the line does not end within 64 MiB",
                CellRef(Span(line, 1, line, 1), None),
                help="end each row with a line end",
            )
            findings.stop()
        yield Chunk(data[:-1] if data.endswith(b"\n") else data, line)
        if endless:
            findings.stop()
            findings.add(
                "bad-quoting",
                "a quote is not closed within 64 MiB",
                CellRef(Span(line, 1, line, 1), None),
                help='close it with `"`',
            )
            findings.stop()
        line += line_ends(data)


def line_ends(data: bytes) -> int:
    """Count line ends, of which there are many: faster than `bytes.count`."""
    return int(np.count_nonzero(np.frombuffer(data, np.uint8) == ord("\n")))


_CELL_QUOTE = re.compile(rb'(?:\A|(?<=[,\r\n]))"')
_QUOTED_BYTES = re.compile(rb'"[^"]*(?:""[^"]*)*"')


def _last_line_end(data: bytes) -> int:
    """Give the length of the part that ends with the last line end outside quotes."""
    cut = data.rfind(b"\n") + 1
    if b'"' not in data or data.count(b'"', 0, cut) % 2 == 0:
        return cut
    at = 0
    while quote := _CELL_QUOTE.search(data, at, cut):
        cell = _QUOTED_BYTES.match(data, quote.start(), cut)
        if cell is None:
            return data.rfind(b"\n", 0, quote.start()) + 1
        at = cell.end()
    return cut  # a quote stands where none may


# ------------------------------------------------------------------------ records, slowly

NOT_CLOSED = "the quote is not closed"
_UNQUOTED = re.compile(r'[^",\n]*')
_QUOTED = re.compile(r'"[^"]*(?:""[^"]*)*"')
_TO_CELL_END = re.compile(r"[^,\n]*")


class Record(NamedTuple):
    """One row as written: its cells, and where each stands, quotes included."""

    cells: list[str]
    stretches: list[tuple[int, int]]
    start: int
    end: int
    is_sound: bool


def records(text: Text, findings: RowFindings | None) -> Iterator[Record]:
    """Take a text apart, cell by cell, with the place of each; notes bad quoting."""
    at, size = 0, len(text.text)
    while at <= size:
        start, cells, stretches, sound = at, [], [], True
        while True:
            end, problem = _cell_end(text.text, at)
            if problem:
                sound = False
                if findings is not None:
                    rule_help = _QUOTING[problem]
                    place = text.place(*_blamed(text.text, at, end, problem))
                    findings.add("bad-quoting", rule_help[0], place, help=rule_help[1])
            cells.append(_plain(text.text[at:end]))
            stretches.append((at, end))
            at = end + 1
            if end >= size or text.text[end] == "\n":
                break
        yield Record(cells, stretches, start, end, sound)


_QUOTING = {
    "open": (NOT_CLOSED, 'close it with `"`; write a quote inside quotes twice'),
    "after": (
        "text after the closing quote",
        "put a comma before it; write a quote inside quotes twice",
    ),
    "inside": (
        "a quote stands inside a cell that does not start with one",
        "put the whole cell in quotes, and write the quote inside twice",
    ),
}


def _cell_end(text: str, at: int) -> tuple[int, str]:
    """Give where the cell that starts at `at` ends, and what is wrong with its quotes."""
    if text.startswith('"', at):
        match = _QUOTED.match(text, at)
        if match is None:
            return len(text), "open"
        if text[match.end() : match.end() + 1] in ("", ",", "\n"):
            return match.end(), ""
        return _ending(_TO_CELL_END, text, match.end()), "after"
    end = _ending(_UNQUOTED, text, at)
    if text.startswith('"', end):
        return _ending(_TO_CELL_END, text, end), "inside"
    return end, ""


def _ending(pattern: re.Pattern[str], text: str, at: int) -> int:
    match = pattern.match(text, at)
    return match.end() if match else at


def _blamed(text: str, at: int, end: int, problem: str) -> tuple[int, int]:
    if problem == "open":
        return at, at + 1
    if problem == "inside":
        return text.index('"', at), end
    match = _QUOTED.match(text, at)
    return (match.end() if match else at), end


def _plain(cell: str) -> str:
    return cell[1:-1].replace('""', '"') if cell.startswith('"') else cell
