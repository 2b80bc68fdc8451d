"""Two numbers and three: the fewest, and the least change, against a whole search."""

import os
from collections.abc import Iterator
from fractions import Fraction
from itertools import combinations, product
from random import Random

import pytest

from tests.solving.repairs.single.test_fixes import repair_of
from tests.support.drawn_repairs import Drawn, Numbers, Rows, draw, rows_of

EVERYDAY, ALL = 60, 600
SPAN = 3
SEED = int(os.environ.get("NNC_FUZZ_SEED", "0"))


def changes(drawn: Drawn, count: int) -> Iterator[tuple[int, Numbers]]:
    """Yield every change of so many numbers by whole steps, and how much it is in sum."""
    steps = [step for step in range(-SPAN, SPAN + 1) if step]
    for names in combinations(drawn.numbers, count):
        for moves in product(steps, repeat=count):
            changed = {
                name: drawn.numbers[name] + move for name, move in zip(names, moves, strict=True)
            }
            yield sum(map(abs, moves)), drawn.numbers | changed


def least(drawn: Drawn, rows: Rows, count: int) -> int | None:
    """Return the least change of so many numbers that makes all rows hold; None for none."""
    sizes = (size for size, numbers in changes(drawn, count) if drawn.holds(rows, numbers))
    return min(sizes, default=None)


def check_trial(number: int) -> bool:
    random = Random(f"{SEED} several {number}")
    drawn = draw(random, neurons=3, inputs=2, sums=False)
    drawn.numbers = {name: Fraction(int(value)) for name, value in drawn.numbers.items()}
    rows = rows_of(random, drawn, random.randint(2, 3))
    repair = repair_of(drawn, rows, decimals=0)
    if repair.holds:
        return False
    about = (number, drawn.text(), rows, [str(change) for change in repair.changes])
    for count in (1, 2):
        expected = least(drawn, rows, count)
        if repair.changes and len(repair.changes) < count:
            return count == 2
        if repair.changes and len(repair.changes) == count:
            size = sum(abs(change.new - change.old) for change in repair.changes)
            assert expected is None or size <= expected, about
            moved = {change.name: Fraction(change.new) for change in repair.changes}
            assert drawn.holds(rows, drawn.numbers | moved), about
            assert repair.proof == "proved", about
            if all(abs(change.new - change.old) <= SPAN for change in repair.changes):
                assert size == expected, about
        else:
            assert expected is None, about
    return True


@pytest.mark.parametrize("part", range(4))
def test_the_least_change_of_two_numbers(part: int, full: bool) -> None:
    done = sum(check_trial(number) for number in range(part, ALL if full else EVERYDAY, 4))
    assert done
