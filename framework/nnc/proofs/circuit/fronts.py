"""Find bits for which one weighted sum is at least a number and another is at most a number.

What counts for either sum only goes one way is set at once; every other bit then has a profit and a
cost, both above 0: this is the knapsack problem. The bits are parted into two halves. Of the sums
of each only those are kept that no other beats, with more profit and less cost (Nemhauser and
Ullmann, Discrete dynamic programming and capital allocation, 1969), and both halves meet in the
middle (Horowitz and Sahni, Computing partitions with applications to the knapsack problem, 1974).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import accumulate
from math import gcd
from typing import NamedTuple

from nnc.lazy import np
from nnc.numbers.integers import SAFE_SIZE, Array, scaled, weighted_sum

_MAX_DENSE = 1 << 24  # sums of a half, with an element of an array each
_MAX_SPARSE = 1 << 22  # sums of a half that are kept one by one
_BLOCK = 1 << 15  # sums that are updated at once, which fits the cache
# units of work for a sum
_DENSE = 1_000  # in an array
_SPARSE = 40_000  # that is kept by itself
_MEETING = 40_000  # that is combined with the other half
_NEVER = SAFE_SIZE


class Item(NamedTuple):
    """A bit that may be 1, with its profit and its cost, both above 0."""

    key: int
    profit: int
    cost: int


class Meeting(NamedTuple):
    """The result of a search: `is_possible` is None where it is not known.

    `states` are such bits, where there are some.
    """

    is_possible: bool | None
    states: Mapping[int, bool] | None = None


Takes = Callable[[int], bool]
"""A function that takes units of work off a budget, if there are as many."""


def meet(
    high: Mapping[int, int], least: int, low: Mapping[int, int], most: int, takes: Takes
) -> Meeting:
    """Find bits for which weights `high` add up to `least` or more, and `low` to `most` or less.

    Both have the weights of the same bits; one that a sum does not read has none there.
    """
    states: dict[int, bool] = {}
    turned: set[int] = set()
    items: list[Item] = []
    for key in [*high, *(key for key in low if key not in high)]:
        profit, cost = high.get(key, 0), low.get(key, 0)
        if profit >= 0 >= cost or profit <= 0 <= cost:
            states[key] = profit >= 0 >= cost
            least -= profit * states[key]
            most -= cost * states[key]
            continue
        if profit < 0:  # what it takes to leave it out
            turned.add(key)
            least, most, profit, cost = least - profit, most - cost, -profit, -cost
        items.append(Item(key, profit, cost))
    is_possible, chosen = _Knapsack(items, takes).solve(least, most)
    if chosen is None:
        return Meeting(is_possible)
    states |= {item.key: (item.key in chosen) != (item.key in turned) for item in items}
    return Meeting(is_possible=True, states=states)


_Solved = tuple[bool | None, frozenset[int] | None]


@dataclass(frozen=True)
class _Knapsack:
    """A knapsack problem; `takes` pays for the work."""

    items: Sequence[Item]
    takes: Takes

    def solve(self, least: int, most: int) -> _Solved:
        """Take items of at least a profit and at most a cost, if there are such."""
        quick = self._quickly(least, most)
        if quick is not None:
            return quick
        unit = gcd(*(item.profit for item in self.items))
        coin = gcd(*(item.cost for item in self.items))
        items = [Item(key, profit // unit, cost // coin) for key, profit, cost in self.items]
        least, most = -(-least // unit), most // coin
        if sum(item.profit + item.cost for item in items) >= _NEVER // 2:
            return None, None
        order = sorted(items, key=lambda item: -item.profit)
        index = _parting(order)
        if index is not None:
            return self._parted(order[:index], order[index:], least, most)
        return None, None

    def _quickly(self, least: int, most: int) -> _Solved | None:
        """Decide by the best items, where that does: the last one is taken in parts."""
        if most < 0:
            return False, None
        if least <= 0:
            return True, frozenset()
        order = sorted(self.items, key=lambda item: Fraction(item.cost, item.profit))
        chosen, profit, cost = [], 0, 0
        bound: Fraction | None = None
        for item in order:
            if cost + item.cost > most:
                if bound is None:
                    bound = profit + Fraction((most - cost) * item.profit, item.cost)
                    if bound < least:
                        return False, None
                continue
            chosen.append(item.key)
            profit += item.profit
            cost += item.cost
            if profit >= least:
                return True, frozenset(chosen)
        return (False, None) if bound is None or len(self.items) == 1 else None

    def _parted(
        self, first: Sequence[Item], second: Sequence[Item], least: int, most: int
    ) -> _Solved:
        """Combine the sums of two halves."""
        fronts = []
        for half in (first, second):
            if not self.takes(_work(len(half), _span(half))):
                return None, None
            fronts.append(_front(half, min(most, sum(item.cost for item in half))))
        (profits, costs), (others, prices) = fronts
        # the profit that lacks, and what it costs at least among the others
        places = np.searchsorted(others, scaled(profits, -1, least))
        inside = places < len(others)
        both = [costs[inside], prices[places[inside]]]
        sums = weighted_sum(both, [1, 1], len(both[0]), 0)
        assert sums is not None
        meeting = np.flatnonzero(sums <= most)
        if not len(meeting):
            return False, None
        index = int(np.flatnonzero(inside)[meeting[0]])
        other = int(places[index])
        taken: frozenset[int] = frozenset()
        for half, profit, cost in (
            (first, profits[index], costs[index]),
            (second, others[other], prices[other]),
        ):
            _, chosen = _Knapsack(half, self.takes).solve(int(profit), int(cost))
            if chosen is None:
                return None, None  # there is one, and no work left to say which
            taken |= chosen
        return True, taken


_Front = tuple[Array, Array]
"""Profits and costs, both ascending: whatever has more profit costs more."""


def _parting(items: Sequence[Item]) -> int | None:
    """Return where to split items into halves of few sums; None where there is no such place."""
    profits = list(accumulate((item.profit for item in items), initial=0))
    costs = list(accumulate((item.cost for item in items), initial=0))
    best = None
    for index in range(1, len(items)):
        halves = (
            (index, min(profits[index], costs[index])),
            (len(items) - index, min(profits[-1] - profits[index], costs[-1] - costs[index])),
        )
        if all(1 << count <= _MAX_SPARSE or span < _MAX_DENSE for count, span in halves):
            work = sum(_work(*half) for half in halves)
            if best is None or work < best[0]:
                best = work, index
    return None if best is None else best[1]


def _span(items: Sequence[Item]) -> int:
    """Return the smaller of what all items profit, and what they cost."""
    return min(sum(item.profit for item in items), sum(item.cost for item in items))


def _is_dense(count: int, span: int) -> bool:
    """Return whether each sum of items gets a place in an array."""
    return span < _MAX_DENSE and span * count * _DENSE < _SPARSE << count


def _work(count: int, span: int) -> int:
    """Return the units of work to find the front of items, and to let it meet another."""
    if _is_dense(count, span):
        return span * (count * _DENSE + _MEETING)
    return (_SPARSE + _MEETING) << count


def _front(items: Sequence[Item], most: int) -> _Front:
    """Return the sums of items that no other beats, up to a cost."""
    profits, costs = [item.profit for item in items], [item.cost for item in items]
    if not _is_dense(len(items), _span(items)):
        return _sparse(profits, costs, most)
    if sum(costs) <= sum(profits):
        gains = _dense(costs, [-profit for profit in profits])
        return _unbeaten(scaled(gains, -1, largest=_NEVER), np.arange(len(gains)), most)
    least = _dense(profits, costs)[::-1]  # from the most profit down: what costs less than before
    is_least = least <= most
    is_least[1:] &= least[1:] < np.minimum.accumulate(least)[:-1]
    places = np.flatnonzero(is_least)[::-1]
    return scaled(places, -1, len(least) - 1), least[places]


def _dense(places: Sequence[int], values: Sequence[int]) -> Array:
    """Return the least sum of values for each sum of places.

    Where there is none it is above any sum of values.
    """
    sums = np.full(sum(places) + 1, _NEVER, np.int64)
    sums[0] = 0
    reached = 0
    for index, value in zip(places, values, strict=True):
        reached += index
        for stop in range(reached + 1, index, -_BLOCK):  # downward: below nothing is changed yet
            start = max(stop - _BLOCK, index)
            plus = scaled(sums[start - index : stop - index], 1, value, largest=_NEVER)
            np.minimum(sums[start:stop], plus, out=sums[start:stop])
    return sums


def _sparse(profits: Sequence[int], costs: Sequence[int], most: int) -> _Front:
    gained, spent = np.zeros(1, np.int64), np.zeros(1, np.int64)
    for profit, cost in sorted(zip(profits, costs, strict=True)):
        more = np.concatenate([gained, scaled(gained, 1, profit)])
        dear = np.concatenate([spent, scaled(spent, 1, cost)])
        order = np.argsort(dear, kind="stable")
        gained, spent = _unbeaten(more[order], dear[order], most)
    return gained, spent


def _unbeaten(profits: Array, costs: Array, most: int) -> _Front:
    """Return sums with more profit than all that cost less; they ascend by their costs.

    What is below 0 is none, and beats nothing.
    """
    stop = int(np.searchsorted(costs, most, side="right"))
    profits, costs = profits[:stop], costs[:stop]
    best = np.maximum.accumulate(profits)
    is_best = profits > np.concatenate([[-1], best[:-1]])
    return profits[is_best], costs[is_best]
