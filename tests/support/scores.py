"""An oracle for scorecards: every card of a small set of rows, its loss by slow, plain means."""

from collections.abc import Iterator, Sequence
from itertools import combinations, product
from random import Random
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
STEEPEST = 60.0  # logarithmic odds a point, as far as a card goes


class Rows(NamedTuple):
    """A small set of rows: bits, rows x columns, and whether each row is 1."""

    bits: NDArray[np.int64]
    ones: NDArray[np.int64]


def drawn(random: Random, columns: int) -> Rows:
    """Draw rows: noisy, separable, or with a column that says it all."""
    while True:
        count = random.randint(6, 30)
        share = random.choice([0.2, 0.5, 0.8])
        bits = np.array([[random.random() < share for _ in range(columns)] for _ in range(count)])
        weights = np.array([random.randint(-2, 2) for _ in range(columns)])
        sums = bits @ weights + random.choice([0, 0, 0.7]) * np.array(
            [random.gauss(0, 1) for _ in range(count)]
        )
        ones = (sums > random.choice([0, 0.5, 1, -0.5])).astype(np.int64)
        if random.random() < 0.3:  # some labels turned
            ones ^= np.array([random.random() < 0.15 for _ in range(count)])
        if 0 < ones.sum() < count:
            return Rows(bits.astype(np.int64), ones)


def cards(columns: int, terms: int, allowed: Sequence[int]) -> Iterator[tuple[int, ...]]:
    """Yield the points of every card, a number for each column, that has points at all."""
    for size in range(1, terms + 1):
        for support in combinations(range(columns), size):
            for points in product([p for p in allowed if p], repeat=size):
                whole = [0] * columns
                for column, point in zip(support, points, strict=True):
                    whole[column] = point
                yield tuple(whole)


def losses(totals: Array, ones: NDArray[np.int64]) -> Array:
    """Return the least loss of each line of totals, cards x rows, by halving intervals."""
    count = len(totals)
    low, high = np.zeros(count), np.full(count, STEEPEST)
    for _ in range(50):
        slope = (low + high) / 2
        constant = _constants(totals, ones, slope)
        risk = _risk(constant[:, None] + slope[:, None] * totals)
        rises = ((risk - ones) * totals).sum(1) < 0
        low, high = np.where(rises, slope, low), np.where(rises, high, slope)
    slope = np.where(high > STEEPEST * (1 - 1e-9), STEEPEST, low)
    z = _constants(totals, ones, slope)[:, None] + slope[:, None] * totals
    return np.asarray((np.logaddexp(0, z) - ones * z).mean(1))


def _constants(totals: Array, ones: NDArray[np.int64], slope: Array) -> Array:
    low, high = np.full(len(totals), -2000.0), np.full(len(totals), 2000.0)
    for _ in range(50):
        middle = (low + high) / 2
        over = (_risk(middle[:, None] + slope[:, None] * totals) - ones).sum(1) > 0
        low, high = np.where(over, low, middle), np.where(over, middle, high)
    return low


def _risk(odds: Array) -> Array:
    small = np.exp(-np.abs(odds))
    return np.asarray(np.where(odds >= 0, 1, small) / (1 + small))


def order(card: Sequence[int]) -> tuple[object, ...]:
    """Return what comes first among cards of the same loss."""
    columns = tuple(place for place, point in enumerate(card) if point)
    points = tuple(point for point in card if point)
    sizes = [abs(point) for point in points]
    return len(points), sum(sizes), max(sizes), columns, points
