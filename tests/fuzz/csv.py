"""Texts of CSV: every value is the fraction that its cell says, every mistake stands at its cell.

The fast readers and the one that tells mistakes give the same, in batches and pieces of any size.
Whatever bytes stand in a file, there is no other exception than the one that tells of mistakes.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from random import Random
from typing import Any
from unittest.mock import patch

from nnc.rows.csv import plain
from tests.fuzz.cells import Place, Rows, Told, drawn_rows, read
from tests.fuzz.mutants import mutated
from tests.support.reading import INPUTS

COUNTS = (0, 1, 2, 5, 30, 70, 260)


def trial(rng: Random) -> None:
    rows = drawn_rows(rng, COUNTS, broken=rng.random() < 0.3)
    text, places = _written(rows, rng)
    try:
        found = _agreed(text, rows.inputs, rng)
        if places:
            assert found[2] == places, (found[1:], places)
        else:
            wanted = [rows.row(place) for place in range(len(rows.cells))]
            assert found[:2] == (wanted, []), (found, wanted)
        for _ in range(2):
            text = mutated(text, rng)
            _agreed(text, rows.inputs, rng)
    except BaseException as error:
        error.add_note(f"the inputs: {rows.inputs!r}\nthe file: {text!r}")
        raise


def replay(data: bytes) -> None:
    _agreed(data, INPUTS, Random(0))


def _agreed(data: bytes, inputs: dict[str, Any], rng: Random) -> Told:
    """Read a file in every way; all have to be the same."""
    found = read(data, "csv", inputs, batch_size=rng.choice((1, 7, 65536)))
    with _slow():
        assert read(data, "csv", inputs, batch_size=rng.choice((1, 7, 65536))) == found
    with _in_pieces(rng.choice((1, 100, 1000))):
        assert read(data, "csv", inputs) == found
    return found


def _slow() -> Any:
    """Read with none of the fast readers."""
    return patch("nnc.rows.csv.plain.PlainCsv.batch", lambda *_: None)


@contextmanager
def _in_pieces(size: int) -> Iterator[None]:
    with patch.object(plain, "PIECE", size), patch.object(plain, "_MIN_ROWS", 0):
        yield


# ------------------------------------------------------------------------------- writing


def _written(rows: Rows, rng: Random) -> tuple[bytes, set[Place]]:
    """Write rows in one of the many ways of CSV; tell where the cells stand that are refused."""
    quoting, end = rng.choice((0, 0, 0, 0.2, 1)), rng.choice(("\n", "\n", "\r\n", "\r"))
    header = [name for name, _ in rows.columns]
    lines = [",".join(_quoted(name, quoting, rng) for name in header)]
    alone = len(header) == 1
    places: set[Place] = set()
    for number, (cells, meant) in enumerate(zip(rows.cells, rows.meant, strict=True), start=2):
        line = ""
        for at, (text, value) in enumerate(zip(cells, meant, strict=True)):
            if value is None:
                places.add((number, len(line) + 1))
            written = _quoted(text, 1 if alone and not text else quoting, rng)
            line += written + "," * (at < len(cells) - 1)
        lines.append(line)
    text = end.join(lines) + end * rng.choice((0, 1, 1, 1, 3))
    return rng.choice(("", "", "", "\ufeff")).encode() + text.encode(), places


def _quoted(text: str, share: float, rng: Random) -> str:
    needs = any(one in text for one in ',"\r\n')
    return '"' + text.replace('"', '""') + '"' if needs or rng.random() < share else text
