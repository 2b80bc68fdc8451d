"""One number: every repair by it, with its whole interval, against brute force."""

import os
from fractions import Fraction
from random import Random

import pytest

import nnc
from nnc.repairs.problem.problem import Interval
from tests.support.drawn_repairs import Drawn, Rows, draw, grid, rows_of

EVERYDAY, ALL = 40, 400
SEED = int(os.environ.get("NNC_FUZZ_SEED", "0"))


def repair_of(drawn: Drawn, rows: Rows, **settings: object) -> nnc.Repair:
    """Repair a drawn network, in Python."""
    columns = {name: [row[name] for row, _ in rows] for name in drawn.inputs}
    names = dict.fromkeys(name for _, expected in rows for name in expected)
    labels = {name: [expected[name] for _, expected in rows] for name in names}
    return nnc.repair(nnc.loads(drawn.text()), columns, labels=labels, **settings)  # type: ignore[arg-type]


def values_of(repair: nnc.Repair) -> dict[str, tuple[Interval, ...]]:
    """Return the intervals of each number that is enough by itself."""
    assert repair.answer is not None
    return {fix.number.name: fix.intervals for fix in repair.answer.fixes}


def probes(intervals: tuple[Interval, ...]) -> set[Fraction]:
    """Return what to try beside a grid: every end, and a little to both sides of it."""
    ends = {end for each in intervals for end in (each.low, each.high) if end is not None}
    little = Fraction(1, 1000)
    return {end + side * little for end in ends for side in (-1, 0, 1)}


def check_trial(number: int) -> None:
    random = Random(f"{SEED} {number}")
    drawn = draw(random)
    rows = rows_of(random, drawn, random.randint(1, 2))
    repair = repair_of(drawn, rows)
    assert repair.holds == drawn.holds(rows, drawn.numbers)
    if repair.holds:
        return
    found = values_of(repair)
    for name, old in drawn.numbers.items():
        intervals = found.get(name, ())
        for value in {*grid(), *probes(intervals)}:
            does = drawn.holds(rows, drawn.numbers | {name: value})
            said = any(value in each for each in intervals)
            assert does == said, (number, name, old, value, intervals, drawn.text(), rows)
    if found and repair.changes:
        [change] = repair.changes
        least = min(
            (abs(value - old), name)
            for name, old in drawn.numbers.items()
            for value in grid(8, 2)
            if drawn.holds(rows, drawn.numbers | {name: value})
        )
        assert abs(change.new - change.old) <= least[0] or Fraction(change.new).denominator == 1


@pytest.mark.parametrize("part", range(4))
def test_every_repair_by_one_number(part: int, full: bool) -> None:
    for number in range(part, ALL if full else EVERYDAY, 4):
        check_trial(number)
