"""CSV in chunks of any size, from one byte on, is what Python's own `csv` reads of the whole text.

Cells hold quotes, delimiters and all line ends, which become LF. Where rows with mistakes are
skipped, no other row is lost with them, wherever a chunk ends.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from random import Random
from typing import Any, BinaryIO, NamedTuple, cast
from unittest.mock import patch

from nnc.language.network import Input
from nnc.rows.dialect import CsvDialect
from nnc.rows.formats import read_rows
from nnc.rows.session import Rejects, RowOptions, Session
from tests.support.reading import unexpected

INPUTS = {"a": Input(type="bit"), "n": Input(type="integer", default=7)}
CELLS = ("", "x", '"', '""', "two\nlines", "\n", "\r", "a\r\nb", ",", "é", "1", "\n\n", ';"\n"')
BROKEN = ('5" pipe', '"a"b', '"a\nb"x', 'b"c"', '"a" ')
"""Cells whose quotes are wrong, and that end where they seem to."""


class Drawn(NamedTuple):
    """A file of CSV, and the records of its rows that are wrong."""

    text: str
    delimiter: str
    wrong: list[str]


class Dripping:
    """A stream that gives few bytes at a time."""

    def __init__(self, data: bytes, size: int) -> None:
        self._stream, self._size = io.BytesIO(data), size
        self._first = 3  # a byte-order mark always comes whole

    def read(self, _: int) -> bytes:
        """Read the next bytes, few of them."""
        size, self._first = max(self._size, self._first), 0
        return self._stream.read(size)


def trial(rng: Random) -> None:
    drawn = _drawn(rng)
    size = rng.choice((1, 1, 2, 3, 5, 17, 1 << 20))
    try:
        _check(drawn, size)
        with patch("nnc.rows.csv.plain.PlainCsv.batch", lambda *_: None):
            _check(drawn, size)
    except BaseException as error:
        error.add_note(f"pieces of {size}: {drawn!r}")
        raise


def _check(drawn: Drawn, size: int) -> None:
    """Read a file in pieces; raises AssertionError where that gives other rows."""
    lines = io.StringIO(_without(drawn), newline="")
    expected = [
        [cell.replace("\r\n", "\n").replace("\r", "\n") for cell in row]
        for row in csv.reader(lines, delimiter=drawn.delimiter, strict=True)
        if row  # blank lines at the end
    ]
    out = io.BytesIO()
    rejects = Rejects(out) if drawn.wrong else None
    session = Session(
        INPUTS,
        file="r",
        report=unexpected,
        options=RowOptions("keep", csv=CsvDialect(drawn.delimiter)),
        rejects=rejects,
    )
    stream = cast("BinaryIO", Dripping(drawn.text.encode(), size))
    found = list(_read(read_rows(stream, "csv", session), expected[0]))
    assert found == expected[1:], (found, expected)
    if rejects is not None:
        assert rejects.count == len(drawn.wrong)
        for record in drawn.wrong:
            assert record.replace("\r\n", "\n").replace("\r", "\n").encode() in out.getvalue()


def _read(batches: Any, header: list[str]) -> Iterator[list[str]]:
    """Yield each row as its texts, in the order of the header."""
    for batch in batches:
        columns = {
            name: list(map(str, column.values()))
            for name, column in zip(INPUTS, batch.columns, strict=True)
        } | {name: list(texts) for name, texts in batch.extras.items()}
        yield from map(list, zip(*(columns[name] for name in header), strict=True))


# ------------------------------------------------------------------------------- writing


def _drawn(rng: Random) -> Drawn:
    """Draw a file: a header, sound rows, and sometimes rows that are refused."""
    delimiter, end = rng.choice(",;\t"), rng.choice(("\n", "\r\n", "\r"))
    extras = rng.sample(("x", "note\nof it", 'a "b"', "z;,"), rng.randint(0, 4))
    header = [*INPUTS, *extras]
    rng.shuffle(header)
    has_wrong, wrong = rng.random() < 0.3, []
    records = [_record(header, delimiter, rng)]
    for _ in range(rng.randint(0, 12)):
        cells = [
            rng.choice("01") if name == "a" else str(rng.randint(0, 99)) if name == "n"
            else "".join(rng.choices(CELLS, k=rng.choice((0, 1, 1, 2, 4))))
            for name in header
        ]  # fmt: skip
        record = _record(cells, delimiter, rng)
        if has_wrong and rng.random() < 0.4:
            record = _wrong(cells, header, delimiter, rng)
            wrong.append(record)
        records.append(record)
    text = end.join(records) + end * rng.choice((0, 1, 1, 3))
    return Drawn(rng.choice(("", "", "\ufeff")) + text, delimiter, wrong)


def _wrong(cells: list[str], header: list[str], delimiter: str, rng: Random) -> str:
    """Write a row that is refused, for a number, its width or its quotes; unlike any other."""
    mistake = rng.randrange(3)
    if mistake == 0:
        cells[header.index("n")] = f"x{rng.getrandbits(60)}"
        return _record(cells, delimiter, rng)
    unlike = _record([*cells, f"x{rng.getrandbits(60)}"], delimiter, rng)
    return unlike if mistake == 1 else unlike + delimiter + rng.choice(BROKEN)


def _record(cells: list[str], delimiter: str, rng: Random) -> str:
    return delimiter.join(
        '"' + cell.replace('"', '""') + '"'
        if any(mark in cell for mark in (delimiter, *'"\r\n')) or rng.random() < 0.2
        else cell
        for cell in cells
    )


def _without(drawn: Drawn) -> str:
    """Return the text without the rows that are wrong."""
    text = drawn.text.removeprefix("\ufeff")
    for record in drawn.wrong:
        before, _, after = text.partition(record)
        text = before + (after.removeprefix("\r").removeprefix("\n") if after else "")
    return text
