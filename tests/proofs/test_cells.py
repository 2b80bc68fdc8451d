"""One value for each cell between cut-offs."""

from fractions import Fraction
from random import Random

import pytest

from nnc.numbers.exact import Number
from nnc.proofs.plans.domain import CutOff, Interval, between, cells
from tests.support.comparing import integers, reals

HALF = Fraction(1, 2)


@pytest.mark.parametrize(
    ("interval", "places", "expected"),
    [
        (integers(0, 99), [(18, False), (65, False)], [17, 18, 65]),
        (integers(), [(18, False)], [0, 18]),
        (integers(), [(-3, False), (0, False)], [-4, -3, 0]),
        (integers(None, 9), [(9, False)], [0, 9]),
        (reals(0, 1), [(HALF, False)], [0, HALF]),
        (reals(0, 1), [(HALF, True)], [HALF, Fraction(3, 5)]),
        (reals(0, 1), [(HALF, True), (HALF, False)], [0, HALF, Fraction(3, 5)]),
        (reals(), [(HALF, True)], [0, 1]),
        (reals(), [(0, True)], [0, 1]),
        (reals(), [(0, False)], [-1, 0]),
        (reals(), [(-HALF, True)], [-HALF, 0]),
        (reals(), [(-HALF, False)], [-1, -HALF]),
        (reals(0, 1), [(0, True)], [0, Fraction(1, 10)]),
        (reals(), [], [0]),
        (reals(3, 9), [], [6]),
        (reals(None, -2), [], [-2]),
    ],
)
def test_values(interval: Interval, places: list[tuple[Number, bool]], expected: object) -> None:
    assert cells(interval, [CutOff(*place) for place in places]) == expected


def test_every_cell_has_one_value_in_it(chunk: int) -> None:
    rng = Random(f"cells {chunk}")
    for _ in range(50):
        ends = sorted(Fraction(rng.randint(-40, 40), rng.choice([1, 2, 3, 10])) for _ in range(2))
        if ends[0] == ends[1]:
            continue
        interval = reals(*(end if rng.random() < 0.5 else None for end in ends))
        low, high = ends
        cuts = {
            CutOff(low + (high - low) * rng.randint(1, 9) / 10, rng.random() < 0.5)
            for _ in range(rng.randint(0, 5))
        }
        found = cells(interval, cuts)
        assert len(found) == len(cuts) + 1
        assert all(value in interval for value in found)
        # each value is behind one cut more than the one before
        behind = [sum(v > cut if after else v >= cut for cut, after in cuts) for v in found]
        assert behind == list(range(len(cuts) + 1))


@pytest.mark.parametrize(
    ("low", "high", "expected"),
    [("0", "2", "1"), ("0", "1", "0.1"), ("0.15", "0.95", "0.2"), ("-1", "0", "-0.9"),
     ("1/3", "0.334", "0.3334"), ("6.9", "7.1", "7")],
)  # fmt: skip
def test_the_number_between_has_few_decimals(low: str, high: str, expected: str) -> None:
    assert between(Fraction(low), Fraction(high)) == Fraction(expected)
