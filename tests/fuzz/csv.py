"""Texts of CSV: every value is the fraction that its cell says, every mistake stands at its cell.

The fast readers and the one that tells mistakes give the same, in batches and pieces of any size.
Whatever bytes stand in a file, there is no other exception than the one that tells of mistakes.
"""

from random import Random
from typing import Any
from unittest.mock import patch

from nnc.language.network import Input
from nnc.rows.dialect import COMMAS, CsvDialect
from tests.fuzz.cells import Place, Rows, Told, drawn_rows, read
from tests.fuzz.mutants import mutated
from tests.support.reading import INPUTS

COUNTS = (0, 1, 2, 5, 30, 70, 260)


def trial(rng: Random) -> None:
    rows = drawn_rows(rng, COUNTS, broken=rng.random() < 0.3)
    dialect = _dialect(rows, rng)
    text, places = _written(rows, dialect, rng)
    try:
        found = _agreed(text, rows.inputs, rng, dialect)
        if places:
            assert found[2] == places, (found[1:], places)
        else:
            wanted = [rows.row(place) for place in range(len(rows.cells))]
            assert found[:2] == (wanted, []), (found, wanted)
        for _ in range(2):
            text = mutated(text, rng)
            _agreed(text, rows.inputs, rng, dialect)
    except BaseException as error:
        error.add_note(f"the inputs: {rows.inputs!r}\n{dialect}\nthe file: {text!r}")
        raise


def replay(data: bytes) -> None:
    _agreed(data, INPUTS, Random(0))


def _agreed(data: bytes, inputs: dict[str, Any], rng: Random, dialect: CsvDialect = COMMAS) -> Told:
    """Read a file in every way; all have to be the same."""
    found = read(data, "csv", inputs, csv=dialect, batch_size=rng.choice((1, 7, 65536)))
    with _slow():
        size = rng.choice((1, 7, 65536))
        assert read(data, "csv", inputs, csv=dialect, batch_size=size) == found
    return found


def _slow() -> Any:
    """Read with none of the fast readers."""
    return patch("nnc.rows.csv.plain.PlainCsv.batch", lambda *_: None)


# ------------------------------------------------------------------------------- writing


def _dialect(rows: Rows, rng: Random) -> CsvDialect:
    """Draw commas mostly, else other marks; no cell that has a value is a word for none."""
    if rng.random() < 0.5:
        return COMMAS
    cells = {text for row in rows.cells for text in row}
    words = [word for word in ("NA", "n/a", "-9", "999", "é?") if word not in cells]
    decimal = rng.choice((".", ","))
    return CsvDialect(
        rng.choice(";\t|:^ " if decimal == "," else ",;\t|:^ "),
        decimal,
        tuple(rng.sample(words, rng.randint(0, min(2, len(words))))),
    )


def _cell(text: str, one: Input, dialect: CsvDialect, rng: Random) -> str:
    """Write a cell in a dialect: with its decimal point, and a word for no value."""
    if not text and one.default is not None and dialect.na and rng.random() < 0.7:
        return rng.choice(dialect.na)
    return text if one.of is not None else text.replace(".", dialect.decimal)


def _written(rows: Rows, dialect: CsvDialect, rng: Random) -> tuple[bytes, set[Place]]:
    """Write rows in one of the many ways of CSV; tell where the cells stand that are refused."""
    mark = dialect.delimiter or ","
    quoting, end = rng.choice((0, 0, 0, 0.2, 1)), rng.choice(("\n", "\n", "\r\n", "\r"))
    header = [name for name, _ in rows.columns]
    lines = [mark.join(_quoted(name, mark, quoting, rng) for name in header)]
    alone = len(header) == 1
    places: set[Place] = set()
    for number, (cells, meant) in enumerate(zip(rows.cells, rows.meant, strict=True), start=2):
        line = ""
        own = quoting if any(cells) else 1  # without quotes, it may be a blank line
        for at, (text, value) in enumerate(zip(cells, meant, strict=True)):
            if value is None:
                places.add((number, len(line) + 1))
            text = _cell(text, rows.columns[at][1], dialect, rng)
            written = _quoted(text, mark, 1 if alone and not text else own, rng)
            line += written + mark * (at < len(cells) - 1)
        lines.append(line)
    text = end.join(lines) + end * rng.choice((0, 1, 1, 1, 3))
    return rng.choice(("", "", "", "\ufeff")).encode() + text.encode(), places


def _quoted(text: str, mark: str, share: float, rng: Random) -> str:
    needs = any(one in text for one in mark + '"\r\n')
    return '"' + text.replace('"', '""') + '"' if needs or rng.random() < share else text
