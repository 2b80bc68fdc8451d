"""Conditions that hold whatever the rows are: cases, bounds of the threshold, and limits.

A case is a condition that is linear in the weights and the threshold. An open threshold lies
between what must fire and what must not; any two of these give a condition on the weights.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

from nnc.lazy import np
from nnc.numbers.integers import Array

_MOST_PAIRS = 4000


class Linear(NamedTuple):
    """A condition: factors times weights + threshold * `turn` + constant is at least 0.

    All are integers; `turn` is 1, 0 or -1.
    """

    factors: tuple[int, ...]
    turn: int
    constant: int


class Span(NamedTuple):
    """The multiples of `step` from `low` to `high`, None for no limit."""

    low: int | None
    high: int | None
    step: int = 1

    def within(self, low: int | None, high: int | None) -> tuple[int | None, int | None] | None:
        """Return the smallest and largest multiple within two further limits, or None."""
        lows = [each for each in (low, self.low) if each is not None]
        highs = [each for each in (high, self.high) if each is not None]
        least = -(-max(lows) // self.step) * self.step if lows else None
        most = min(highs) // self.step * self.step if highs else None
        if least is not None and most is not None and least > most:
            return None
        return least, most


class Cut(NamedTuple):
    """A threshold, and the cost of its mistakes."""

    cost: int
    threshold: int


class Demands:
    """Conditions, thresholds and limits; the neuron fires above its threshold, or `on` it as well.

    `hits` and `all_` are the ones and the rows of each cell. `keeps` tells whether limits hold if
    given cells fire.
    """

    def __init__(
        self,
        conditions: Sequence[Linear],
        span: Span,
        hits: Array,
        all_: Array,
        *,
        on: bool,
        keeps: Callable[[Array], bool] | None = None,
    ) -> None:
        self._span, self._on, self._keeps = span, on, keeps
        self._hits, self._all = hits, all_
        self._below = [
            condition for condition in conditions if condition.turn < 0
        ]  # the threshold is at most
        self._above = [condition for condition in conditions if condition.turn > 0]
        free = {
            (condition.factors, condition.constant)
            for condition in conditions
            if not condition.turn
        }
        for high in self._below:
            if span.low is not None:
                free.add((high.factors, high.constant - span.low))
            for low in self._above[: max(1, _MOST_PAIRS // len(self._below))]:
                factors = tuple(map(sum, zip(high.factors, low.factors, strict=True)))
                free.add((factors, high.constant + low.constant))
        if span.high is not None:
            free |= {(low.factors, low.constant + span.high) for low in self._above}
        listed = sorted(free)
        width = len(conditions[0].factors) if conditions else 0
        self._factors = np.array([f for f, _ in listed], np.int64).reshape(len(listed), width)
        self._constants = np.array([c for _, c in listed], np.int64)
        self._lines = {
            sign: (
                np.array([each.factors for each in some], np.int64).reshape(len(some), width),
                np.array([each.constant for each in some], np.int64),
            )
            for sign, some in ((-1, self._below), (1, self._above))
        }

    def possible(
        self, lines: Array, done: list[int], rest: list[int], ranges: Sequence[tuple[int, int]]
    ) -> Array:
        """Return the branches (values of the weights `done`) that no condition excludes."""
        if not len(self._constants):
            return np.ones(len(lines), bool)
        ends = self._factors[:, rest]
        most = np.maximum(
            ends * np.array([ranges[place][0] for place in rest], np.int64),
            ends * np.array([ranges[place][1] for place in rest], np.int64),
        ).sum(1)
        sums = lines @ self._factors[:, done].T + (most + self._constants)
        result: Array = (sums >= 0).all(1)
        return result

    def thresholds(self, line: Array) -> tuple[int | None, int | None] | None:
        """Return the smallest and largest threshold that the conditions allow for these weights."""
        if len(self._constants) and int((self._factors @ line + self._constants).min()) < 0:
            return None
        factors, constants = self._lines[-1]
        high = int((factors @ line + constants).min()) if len(constants) else None
        factors, constants = self._lines[1]
        low = int(-(factors @ line + constants).min()) if len(constants) else None
        return self._span.within(low, high)

    def cut(self, line: Array, totals: Array, costs: tuple[int, int]) -> Cut | None:
        """Return the cheapest threshold for some weights, and the sums of cells with them.

        Ties go to the highest one that separates some cells. None if there is none.
        """
        ends = self.thresholds(line)
        if ends is None:
            return None
        points, places = np.unique(totals, return_inverse=True)
        count = len(points)
        hits, all_ = np.zeros(count, np.int64), np.zeros(count, np.int64)
        np.add.at(hits, places, self._hits)
        np.add.at(all_, places, self._all)
        silent = np.concatenate([[0], np.cumsum(hits)])
        others = np.concatenate([[0], np.cumsum(all_ - hits)])
        cost = silent * costs[0] + (others[-1] - others) * costs[1]
        order = sorted(range(count + 1), key=lambda i: (int(cost[i]), i in (0, count), -i))
        span = Span(*ends, self._span.step)
        for i in order:
            threshold = self._between(
                int(points[i - 1]) if i else None, int(points[i]) if i < count else None, span
            )
            if threshold is None:
                continue
            if self._keeps is None or self._keeps(places >= i):
                return Cut(int(cost[i]), threshold)
        return None

    def _between(self, low: int | None, high: int | None, span: Span) -> int | None:
        """Return a threshold that the lower of two sums does not pass and the higher one does."""
        if self._on:  # a sum on the threshold fires
            ends = span.within(None if low is None else low + 1, high)
            first = high is None
        else:
            ends = span.within(low, None if high is None else high - 1)
            first = low is not None
        if ends is None:
            return None
        least, most = ends
        return least if most is None or (first and least is not None) else most

    def decided(self, lows: Array, highs: Array) -> Array:
        """Return the decisions of cells with sums in a range: 1 fires, 0 does not, -1 is open."""
        low, high = self._span.low, self._span.high
        result = np.full(lows.shape, -1, np.int64)
        if high is not None:
            result[lows >= high if self._on else lows > high] = 1
        if low is not None:
            result[highs < low if self._on else highs <= low] = 0
        return result
