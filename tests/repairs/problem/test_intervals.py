"""Intervals, and the number in them that changes least, against a grid of candidates."""

from fractions import Fraction
from itertools import product

import pytest

from nnc.repairs.problem.problem import Interval, chosen, nearest

ENDS = [None, Fraction(-1), Fraction(1, 3), Fraction(1, 2), Fraction(2)]
INTERVALS = [
    Interval(low, high, has_low, has_high)
    for low, high, has_low, has_high in product(ENDS, ENDS, (False, True), (False, True))
]
GRID = [Fraction(step, 60) for step in range(-150, 201)]


@pytest.mark.parametrize("first", INTERVALS[::7])
def test_an_intersection_holds_what_is_in_both(first: Interval) -> None:
    for second in INTERVALS:
        both = first.intersection(second)
        for value in GRID[::5]:
            assert (value in both) == (value in first and value in second)


@pytest.mark.parametrize("decimals", [0, 1])
def test_the_nearest_is_that_of_a_grid(decimals: int) -> None:
    unit = 10**decimals
    steps = [Fraction(step, unit) for step in range(-9 * unit, 9 * unit + 1)]
    for interval, old in product(INTERVALS, [Fraction(-3), Fraction(1, 4), Fraction(1)]):
        inside = [step for step in steps if step in interval]
        best = min(inside, key=lambda step: (abs(step - old), step), default=None)
        assert nearest(interval, old, decimals) == best, (interval, old)


def test_more_decimals_only_where_they_are_needed() -> None:
    narrow = Interval(Fraction(1, 3), Fraction(2, 5))
    assert chosen([narrow], Fraction(), 0, is_fixed=False) == Fraction(34, 100)
    assert chosen([narrow], Fraction(), 1, is_fixed=True) is None
    wide = narrow._replace(high=Fraction(7, 2))
    assert chosen([wide], Fraction(), 0, is_fixed=False) == 1


def test_an_interval_in_words() -> None:
    assert str(Interval(Fraction(1), Fraction(2), has_high=True)) == "above 1 and at most 2"
    assert str(Interval(Fraction(1), Fraction(1), has_low=True, has_high=True)) == "exactly 1"
    assert str(Interval()) == "any number"
