"""Networks and rows at random: both engines give what the oracle gives, in every form of rows."""

import math
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import nnc
import oracle
from nnc.engines import ENGINES
from strategies import Example, Kind, example, examples

CONFIGS = sorted(Path(__file__).parents[1].glob("configs/**/*.nn.yaml"))
IN_A_CHUNK = 400  # networks, of five rows each: 40,000 in all
ROWS = 5


@contextmanager
def only(engine: str) -> Iterator[None]:
    """Let one engine calculate, whatever the number of rows."""
    saved = dict(ENGINES)
    ENGINES.update(dict.fromkeys(ENGINES, saved[engine]))
    try:
        yield
    finally:
        ENGINES.update(saved)


def expected(network: dict[str, Any], rows: list[dict[str, Any]]) -> dict[str, list[Any]]:
    found = [oracle.evaluate(network, row) for row in rows]
    return {alias: [row[alias] for row in found] for alias in found[0]}


def given_by(plan: nnc.Plan, rows: dict[str, Any]) -> dict[str, list[Any]]:
    """Give what nnc gives, in the oracle's terms: a bus as its integer."""
    results = nnc.evaluate(plan, rows)
    told = {}
    for alias, values in results.items():
        listed = values.tolist() if isinstance(values, np.ndarray) else values
        if not rows:
            listed = [listed] * ROWS
        told[alias] = [_one(value) for value in listed]
    return told


def _one(value: Any) -> Any:
    if isinstance(value, list):
        return Fraction(sum(bit << place for place, bit in enumerate(value)))
    return value if isinstance(value, str) else Fraction(value)


def columns(rows: list[dict[str, Any]]) -> dict[str, list[Any]]:
    return {name: [row[name] for row in rows] for name in rows[0]}


def array(values: list[Fraction], kind: Kind, rng: Random) -> np.ndarray[Any, Any]:
    """Give an array of a type that can hold the values, or, of reals, floats close to them."""
    if kind.type == "bit":
        return np.array(list(map(int, values)), rng.choice((bool, np.uint8, np.int64, np.float16)))
    if kind.type == "integer" and all(abs(value) < 2**63 for value in values):
        small = all(abs(value) <= 2**53 for value in values)
        return np.array(
            list(map(int, values)), rng.choice((np.int64, float)) if small else np.int64
        )
    dtype = rng.choice((np.float64, np.float64, np.float32))
    rounded = []
    for value in values:
        number = dtype(float(value))
        for bound, towards in ((kind.least, math.inf), (kind.greatest, -math.inf)):
            outside = bound is not None and (
                Fraction(float(number)) < bound if towards > 0 else Fraction(float(number)) > bound
            )
            if outside:
                number = np.nextafter(number, dtype(towards))
        rounded.append(number if kind.type == "real" else dtype(round(float(number))))
    return np.array(rounded, dtype)


def inexact(kind: Kind) -> bool:
    """Whether the bounds of a real may have no float between them."""
    return kind.least is not None and kind.greatest is not None


def check(one: Example, rng: Random) -> None:
    network = oracle.loads(one.text)
    plan = nnc.compile(nnc.loads(one.text))
    written = expected(network, one.rows)
    forms: list[tuple[dict[str, Any], dict[str, list[Any]]]] = [(columns(one.rows), written)]
    read: Callable[[str], Any] = rng.choice((Fraction, decimal))
    forms.append((columns([{n: read(v) for n, v in row.items()} for row in one.rows]), written))
    kinds = {name: one.kinds[name] for name in one.rows[0]}
    if not any(inexact(kind) or (kind.type == "integer" and is_wide(one, name))
               for name, kind in kinds.items()):  # fmt: skip
        arrays = {name: array([Fraction(row[name]) for row in one.rows], kind, rng)
                  for name, kind in kinds.items()}  # fmt: skip
        stored = [{name: Fraction(values[i].item()) for name, values in arrays.items()}
                  for i in range(len(one.rows))]  # fmt: skip
        forms.append((arrays, expected(network, stored)))
    for engine in ENGINES:
        with only(engine):
            for rows, wanted in forms:
                assert given_by(plan, rows) == wanted, (engine, one.text, rows)


def is_wide(one: Example, name: str) -> bool:
    return any(abs(Fraction(row[name])) >= 2**63 for row in one.rows)


def decimal(text: str) -> Any:
    value = Fraction(text)
    below = value.denominator
    for factor in (2, 5):
        while below % factor == 0:
            below //= factor
    if value.denominator == 1:
        return int(value)
    return value if below > 1 or "/" in text else Decimal(text)


def test_seeded_networks(chunk: int) -> None:
    rng = Random(f"networks {chunk}")
    for _ in range(IN_A_CHUNK):
        check(example(rng, ROWS), rng)


@settings(max_examples=150)
@given(examples(), st.integers(0, 99))
def test_networks_that_shrink(one: Example, seed: int) -> None:
    check(one, Random(seed))


@pytest.mark.parametrize("path", CONFIGS, ids=lambda path: path.name.removesuffix(".nn.yaml"))
def test_the_networks_people_use(path: Path) -> None:
    network, rng = oracle.load(path), Random(path.name)
    plan = nnc.compile(nnc.load(path))
    rows = [{name: _drawn(one, rng) for name, one in plan.inputs.items()} for _ in range(10)]
    wanted = expected(network, rows)
    for engine in ENGINES:
        with only(engine):
            assert given_by(plan, columns(rows)) == wanted


def _drawn(one: nnc.Input, rng: Random) -> str:
    if one.type == "bit":
        return str(rng.randint(0, 1))
    least = int(one.min or 0)
    value = rng.randint(least, int(one.max) if one.max is not None else least + 300)
    return f"{value}.{rng.randint(0, 9)}" if one.type == "real" and value != one.max else str(value)
