"""An oracle for scorecards: every card of a small set of rows, its loss by slow, plain means."""

from collections.abc import Callable, Iterator, Sequence
from fractions import Fraction
from itertools import combinations, product
from random import Random
from typing import Any, NamedTuple

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


def real_loss(columns: NDArray[Any], ones: NDArray[np.int64]) -> float:
    """Return the least loss of real weights, by Newton's method; nothing separates the rows."""
    x = np.column_stack([np.ones(len(ones)), columns]).astype(float)
    weights = np.zeros(x.shape[1])
    for _ in range(30):
        risk = _risk(x @ weights)
        curve = (x.T * (risk * (1 - risk))) @ x
        weights -= np.linalg.solve(curve, x.T @ (risk - ones))
    z = x @ weights
    assert np.abs(x.T @ (_risk(z) - ones)).max() < 1e-9  # where the slope is 0 it is the least
    return float((np.logaddexp(0, z) - ones * z).sum())


def order(card: Sequence[int]) -> tuple[object, ...]:
    """Return what comes first among cards of the same loss."""
    columns = tuple(place for place, point in enumerate(card) if point)
    points = tuple(point for point in card if point)
    sizes = [abs(point) for point in points]
    return len(points), sum(sizes), max(sizes, default=0), columns, points


def splits(totals: Sequence[int]) -> Iterator[list[bool]]:
    """Yield which rows fire, for every threshold that some reach and some do not."""
    for threshold in sorted(set(totals))[1:]:
        yield [total >= threshold for total in totals]


def least_cost(
    totals: Sequence[int], ones: Sequence[int], costs: tuple[int, int],
    keeps: Callable[[list[bool]], bool],
) -> int | None:  # fmt: skip
    """Return the least cost of a threshold that keeps the limits, counted row by row."""
    each = [
        sum(
            costs[0] if one and not fire else costs[1] if fire and not one else 0
            for fire, one in zip(fires, ones, strict=True)
        )
        for fires in splits(totals)
        if keeps(fires)
    ]
    return min(each, default=None)


def wrong_pairs(totals: Sequence[int], ones: Sequence[int]) -> int:
    """Return twice the pairs of a 1 and a 0 in the wrong order, a tie being half of one."""
    return sum(
        2 if zero > one else int(zero == one)
        for one, is_one in zip(totals, ones, strict=True)
        if is_one
        for zero, is_zero in zip(totals, ones, strict=True)
        if not is_zero
    )


def rate(measure: str, fires: Sequence[bool], ones: Sequence[int]) -> Fraction | None:
    """Return a rate, counted row by row; None of no rows."""
    pairs = list(zip(fires, ones, strict=True))
    counted = {
        "false_alarms": [fire for fire, one in pairs if not one],
        "misses": [not fire for fire, one in pairs if one],
        "alarms": [fire for fire, _ in pairs],
        "errors": [fire != bool(one) for fire, one in pairs],
    }[measure]
    return Fraction(sum(counted), len(counted)) if counted else None
