"""Results in every format that is written are the exact numbers, or refused where it cannot be.

Sums of very large and very small reals, bits of states, labels and levels, in few rows and in more,
are read back by the format's own library and compared with sums of fractions.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from random import Random
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
from pyarrow import parquet

import nnc
from nnc.diagnostics.diagnostic import InvalidRowsError
from nnc.rows.formats import WRITABLE, read_rows
from nnc.rows.session import Session
from nnc.run.engines import How
from nnc.run.streaming import Style, write_results
from tests.support.reading import unexpected

COUNTS = (0, 1, 24, 25, 26, 300)
WEIGHTS = ("1", "-1", "3", "0.001", "1e30", "-1e30", "1e-20", "1/3", "1000", "0.1234567890123456")
VALUES = ("0", "1", "-1", "0.5", "1e30", "1e-30", "0.1", "12345678901234567890", "0.25", "3")
DIGITS = 38
"""Digits of the decimals of Arrow."""


class Drawn(NamedTuple):
    """A network, its rows as CSV, and its exact results by name."""

    network: str
    rows: str
    results: dict[str, list[Fraction | str]]


def trial(rng: Random) -> None:
    drawn = _drawn(rng)
    form = rng.choice(WRITABLE)
    size = rng.choice((7, 25, 65536))
    try:
        _check(drawn, form, size)
    except BaseException as error:
        error.add_note(f"as {form}, batches of {size}: {drawn!r}")
        raise


def _check(drawn: Drawn, form: str, size: int) -> None:
    plan = nnc.compile(nnc.loads(drawn.network))
    session = Session(plan.inputs, file="r", report=unexpected, batch_size=size)
    out = io.BytesIO()
    try:
        batches = read_rows(io.BytesIO(drawn.rows.encode()), "csv", session)
        write_results(plan, batches, out, Style(form), How())
    except InvalidRowsError as error:
        rules = [each.rule for each in error.diagnostics]
        if rules != ["not-representable"] or all(map(_fits(form), drawn.results.values())):
            raise
        return
    if form == "table" and len(next(iter(drawn.results.values()))) < 2:
        return  # no rows, or one, which stands upright
    found = READERS[form](out.getvalue())
    if form == "npy":
        found = dict(zip(drawn.results, found[""], strict=True))
    expected = {name: list(map(_exact, values)) for name, values in drawn.results.items()}
    if form in ("json", "jsonl") and not found:
        found = {name: [] for name in expected}
    assert found == expected, (found, expected)


# ------------------------------------------------------------------------------- reading


def _exact(value: Any) -> Fraction | str:
    """Return a number that was read back, exactly; what is none is a label."""
    try:
        return Fraction(value)
    except ValueError:
        return str(value)


def _columns(rows: Sequence[Mapping[str, Any]]) -> dict[str, list[Fraction | str]]:
    return {name: [_exact(row[name]) for row in rows] for name in (rows[0] if rows else ())}


def _csv(data: bytes, delimiter: str = ",") -> dict[str, list[Fraction | str]]:
    header, *rows = csv.reader(io.StringIO(data.decode()), delimiter=delimiter)
    return {name: [_exact(row[at]) for row in rows] for at, name in enumerate(header)}


def _table(data: bytes) -> dict[str, list[Fraction | str]]:
    header, _, *rows = (line.split() for line in data.decode().splitlines())
    return {name: [_exact(row[at]) for row in rows] for at, name in enumerate(header)}


def _arrow(table: Any) -> dict[str, list[Fraction | str]]:
    table.validate(full=True)
    return {name: list(map(_exact, table[name].to_pylist())) for name in table.column_names}


READERS: dict[str, Callable[[bytes], dict[str, Any]]] = {
    "csv": _csv,
    "tsv": lambda data: _csv(data, "\t"),
    "json": lambda data: _columns(json.loads(data)),
    "jsonl": lambda data: _columns(list(map(json.loads, data.splitlines()))),
    "npy": lambda data: {
        "": [list(map(Fraction, line)) for line in np.load(io.BytesIO(data)).T.tolist()]
    },
    "parquet": lambda data: _arrow(parquet.read_table(io.BytesIO(data))),
    "arrow": lambda data: _arrow(pa.ipc.open_file(data).read_all()),
    "table": _table,
}
"""What reads a format back, without nnc."""


def _is_float(value: Fraction | str) -> bool:
    try:
        return Fraction(float(value)) == value
    except (OverflowError, ValueError):
        return False


def _fits_arrow(values: Sequence[Fraction | str]) -> bool:
    """Return whether floats hold all values, or decimals of one number of places."""
    numbers = [value for value in values if isinstance(value, Fraction)]
    scales = [scale for scale in range(DIGITS + 1) if all(
        (number * 10**scale).denominator == 1 for number in numbers)]  # fmt: skip
    is_decimal = bool(scales) and all(abs(n) * 10 ** scales[0] < 10**DIGITS for n in numbers)
    return is_decimal or all(map(_is_float, numbers))


def _fits(form: str) -> Callable[[Sequence[Fraction | str]], bool]:
    """Return what tells whether a format can hold a column."""
    if form == "npy":
        return lambda values: all(map(_is_float, values))
    return _fits_arrow if form in ("parquet", "arrow") else lambda _: True


# --------------------------------------------------------------------------------- drawing


def _drawn(rng: Random) -> Drawn:
    weights, second = ([rng.choice(WEIGHTS) for _ in range(3)] for _ in range(2))
    threshold, states = rng.choice(VALUES), rng.choice(((0, 1), (1, 0), (-1, 1), (2, 5)))
    network = f"""nnc: 1
fires: above
inputs: {{x: real, y: real, b: bit}}
neurons:
  n: {{weights: {{x: {weights[0]}, y: {weights[1]}, b: {weights[2]}}}, threshold: {threshold},
    states: [{states[0]}, {states[1]}]}}
  m: {{weights: {{x: {second[0]}, y: {second[1]}, b: {second[2]}}}, threshold: {threshold}}}
outputs:
"""
    count = rng.choice(COUNTS)
    pools = [rng.choices(VALUES, k=rng.choice((1, 3, 10))) for _ in range(2)]
    rows = [(rng.choice(pools[0]), rng.choice(pools[1]), rng.choice("01")) for _ in range(count)]
    sums = [_sums(weights, rows), _sums(second, rows)]
    fires = [[total > Fraction(threshold) for total in line] for line in sums]
    largest = [int(second > first) for first, second in zip(*sums, strict=True)]
    outputs: dict[str, tuple[str, list[Fraction | str]]] = {
        "s": ("{sum: n}", [*sums[0]]),
        "t": ("{sum: m}", [*sums[1]]),
        "state": ("n", [Fraction(states[fired]) for fired in fires[0]]),
        "bit": ("m", [Fraction(fired) for fired in fires[1]]),
        "label": ("{largest: [n, m], labels: [low, high]}", [("low", "high")[k] for k in largest]),
        "number": ("{largest: [n, m]}", [Fraction(k) for k in largest]),
    }
    names = rng.sample(list(outputs), rng.randint(1, 4))
    network += "".join(f"  {name}: {outputs[name][0]}\n" for name in names)
    text = "x,y,b\n" + "".join(",".join(row) + "\n" for row in rows)
    return Drawn(network, text, {name: outputs[name][1] for name in names})


def _sums(weights: Sequence[str], rows: Sequence[Sequence[str]]) -> list[Fraction]:
    """Return the exact sum of each row."""
    factors = list(map(Fraction, weights))
    return [
        sum(
            (factor * Fraction(cell) for factor, cell in zip(factors, row, strict=True)), Fraction()
        )
        for row in rows
    ]
