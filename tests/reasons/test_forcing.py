"""Hitting sets against all subsets, and a bound that is never above them."""

from itertools import combinations
from random import Random

from nnc.reasons.forcing import Hitting, least_size


def fewest(sets: list[frozenset[int]], size: int) -> int:
    for count in range(size + 1):
        for chosen in combinations(range(size), count):
            if all(each.intersection(chosen) for each in sets):
                return count
    raise AssertionError


def test_drawn_sets() -> None:
    random = Random(5)
    reached = 0
    for _ in range(60):
        size = random.randint(1, 8)
        sets = [
            frozenset(random.sample(range(size), random.randint(1, min(3, size))))
            for _ in range(random.randint(0, 12))
        ]
        least = fewest(sets, size)
        found = Hitting(10_000).least(sets)
        assert found is not None
        assert len(found) == least
        assert all(each & found for each in sets)
        assert least_size(sets) <= least
        reached += least_size(sets) == least
    assert reached > 40


def test_a_bound_beyond_sets_apart() -> None:
    """All pairs of nine elements: only four are apart, and eight elements are needed."""
    pairs = [frozenset(pair) for pair in combinations(range(9), 2)]
    assert least_size(pairs) >= 5


def test_too_little_work() -> None:
    pairs = [frozenset(pair) for pair in combinations(range(9), 2)]
    assert Hitting(2).least(pairs) is None
