"""The numbers with the fewest wrong labels: rows that want outputs to fire, beside those that must.

What cases expect holds; what labels want counts. Rows between which no neuron with blanks, or after
one, can tell are one row, so that data of many rows are as large as what the network sees of them.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import NamedTuple

import numpy as np

from nnc.filling.search.conduct import contradicts, nearest, pinned
from nnc.filling.search.descent import Descent, Wanted
from nnc.filling.search.outcomes import Fixed, Request
from nnc.filling.search.separable import Wish
from nnc.filling.search.skeleton import Bit, Place, Row, Skeleton, Sum, distinguishing
from nnc.filling.search.whole import Model, centred
from nnc.numbers.exact import Number
from nnc.solvers.bounded import require_library


class Label(NamedTuple):
    """The cost in a row of a signal that does not fire, and of one that does."""

    row: int
    signal: int
    missed: int
    alarmed: int


@dataclass(frozen=True, slots=True)
class Fewest:
    """Numbers for all blanks that get the fewest labels wrong; None where none were found.

    `cost` is that of what is wrong, `bound` what it is at least with any numbers, and `floor` what
    it is at least with any neurons, as rows that look the same have different labels.
    `is_impossible` says that no numbers give what cases expect.
    """

    values: Mapping[int, Number] | None = None
    cost: int = 0
    bound: int = 0
    floor: int = 0
    is_impossible: bool = False
    is_interrupted: bool = False

    @property
    def is_proved(self) -> bool:
        """Return whether no numbers are proved to cost less."""
        return self.values is not None and self.cost == self.bound


@dataclass(frozen=True)
class Labelled:
    """A skeleton, and what labels want of it; `numbers` are its blanks that rows can decide.

    `is_contradictory` where rows expect two things at once, or what neurons without blanks are not.
    """

    skeleton: Skeleton
    labels: tuple[Label, ...]
    needed: Collection[int]
    numbers: Collection[int]
    is_contradictory: bool = False
    _floor: int = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_floor", sum(min(x.missed, x.alarmed) for x in self.labels))

    @property
    def floor(self) -> int:
        """The least cost, as rows that look the same have different labels."""
        return self._floor

    def cost(self, worth: Sequence[Mapping[int, Number]]) -> int:
        """Return what labels cost where signals are worth this in each row."""
        total = 0
        for label in self.labels:
            fires = self.skeleton.worth(label.signal, fires=True)
            is_fired = worth[label.row][label.signal] == fires
            total += label.alarmed if is_fired else label.missed
        return total


def labelled(skeleton: Skeleton, labels: Sequence[Label]) -> Labelled:
    """Join rows that look the same to all that is open, and say which blanks they can decide."""
    needed = _needed(skeleton, labels)
    read = distinguishing(skeleton, (c for c in needed if not _is_known(skeleton, c)))
    places: dict[tuple[Number | None, ...], int] = {}
    rows: list[Row] = []
    at: list[int] = []
    clashes = False
    for row in skeleton.rows:
        key = tuple(row.known.get(signal) for signal in read)
        place = places.setdefault(key, len(rows))
        if place == len(rows):
            rows.append(row)
        elif row.demands:
            both = dict.fromkeys((*rows[place].demands, *row.demands))
            clashes |= contradicts(both)
            rows[place] = rows[place]._replace(demands=tuple(both))
        at.append(place)
    order = sorted(range(len(rows)), key=list(places).__getitem__)  # not that of the file
    rows = [rows[place] for place in order]
    rank = {place: i for i, place in enumerate(order)}
    at = [rank[place] for place in at]
    costs: dict[tuple[int, int], list[int]] = {}
    for label in labels:
        cost = costs.setdefault((at[label.row], label.signal), [0, 0])
        cost[0] += label.missed
        cost[1] += label.alarmed
    joined = tuple(Label(row, signal, *cost) for (row, signal), cost in costs.items())
    smaller = replace(skeleton, rows=tuple(rows))
    clashes = clashes or isinstance(pinned(smaller), Fixed)
    return Labelled(smaller, joined, needed, _decided(smaller, needed), clashes)


def _is_known(skeleton: Skeleton, c: int) -> bool:
    return all(s in row.known for row in skeleton.rows for s in skeleton.cells[c].signals)


def _needed(skeleton: Skeleton, labels: Sequence[Label]) -> set[int]:
    """Return the cells of which something is wanted or expected, and those that they read."""
    needed = {skeleton.maker.get(label.signal, -1) for label in labels}
    for row in skeleton.rows:
        for demand in row.demands:
            if isinstance(demand, Bit):
                needed.add(skeleton.maker.get(demand.signal, -1))
            elif isinstance(demand, Sum):
                needed.add(demand.cell)
            else:
                needed.update(demand.cells)
    for c in range(len(skeleton.cells) - 1, -1, -1):
        if c in needed:
            needed.update(skeleton.maker.get(s, -1) for s in skeleton.cells[c].sources)
    return needed - {-1}


def _decided(skeleton: Skeleton, needed: Collection[int]) -> set[int]:
    """Return the blanks that count in some row: a weight of what is always 0 does not."""
    thresholds = [each for c in skeleton.ordered for each in skeleton.cells[c].thresholds]
    decided = {each.blank for each in thresholds if isinstance(each, Place)}  # they ascend
    for c in needed:
        cell = skeleton.cells[c]
        decided.update(each.blank for each in cell.thresholds if isinstance(each, Place))
        for source, weight in zip(cell.sources, cell.weights, strict=True):
            if isinstance(weight, Place) and any(row.known.get(source, 1) for row in skeleton.rows):
                decided.add(weight.blank)
    return decided


class _Model(Model):
    """The program that asks for what cases expect, and counts what labels do not get."""

    def __init__(self, asked: Labelled, request: Request) -> None:
        super().__init__(asked.skeleton, request, None, asked.needed)
        self._costs: dict[int, int] = {}
        self.constant = 0
        for label in asked.labels:
            self._count(label)

    def _count(self, label: Label) -> None:
        literal = self.literal(label.signal, label.row)
        self.constant += label.missed if literal is False else label.alarmed
        if not isinstance(literal, bool):
            self._costs[literal] = label.alarmed - label.missed
            self.constant += label.missed - label.alarmed

    def fewest(self, asked: Labelled, is_over: Callable[[], bool]) -> Fewest:
        """Search for the least cost, and then for the least sum of weights."""
        start, is_interrupted = self._begun(asked, is_over)
        if is_interrupted or is_over():
            return self._answered(asked, start, asked.floor, is_interrupted=is_interrupted)
        costs = {bit: cost for bit, cost in self._costs.items() if cost}
        if start is not None:
            self._hint(asked, start)
        result = self.search([costs, *self._goals()], is_over)
        if result.verdict == "infeasible":
            return Fewest(is_impossible=True, floor=asked.floor)
        bound = asked.floor
        if costs and result.bound is not None:
            bound = max(bound, self.constant + result.bound)
        numbers = self.numbers(result.values) if result.values else None
        claimed = self.constant + sum(f * result.values[bit] for bit, f in costs.items() if numbers)
        if numbers is not None and asked.cost(asked.skeleton.evaluated(numbers)) != claimed:
            raise AssertionError("the numbers cost other than the solver says")
        both = [each for each in (numbers, start) if each is not None]
        best = min(both, key=lambda n: asked.cost(asked.skeleton.evaluated(n)), default=None)
        return self._answered(asked, best, bound, is_interrupted=result.is_interrupted)

    def _answered(
        self, asked: Labelled, numbers: Mapping[int, Number] | None, bound: int, *,
        is_interrupted: bool,
    ) -> Fewest:  # fmt: skip
        """Return the answer, evaluated again; that it costs less than its bound is a bug."""
        if numbers is None:
            return Fewest(None, 0, bound, asked.floor, is_interrupted=is_interrupted)
        values = self._tidy(asked, numbers)
        cost = asked.cost(asked.skeleton.evaluated(values))
        if cost < bound:
            raise AssertionError(f"the numbers cost {cost}, and the solver says {bound} at least")
        return Fewest(values, cost, bound, asked.floor, is_interrupted=is_interrupted)

    # ------------------------------------------------------------------ where it begins

    def _begun(
        self, asked: Labelled, is_over: Callable[[], bool]
    ) -> tuple[dict[int, Number] | None, bool]:
        """Return good numbers to begin with, if there are any, and whether Ctrl-C came."""
        skeleton = asked.skeleton
        if not Descent.takes(skeleton):
            return None, False
        count = len(skeleton.rows)
        wanted: dict[int, Wanted] = {}
        for label in asked.labels:
            zeros = [np.zeros(count, np.int64) for _ in range(2)]
            of = wanted.setdefault(label.signal, Wanted(label.signal, *zeros))
            of.silent[label.row] += label.missed
            of.fires[label.row] += label.alarmed
        descent = Descent(
            skeleton, sorted(asked.needed), list(wanted.values()),
            [self._program.bounds(number) for number in self._numbers],
            self._request.unit, self._request.terms,
        )  # fmt: skip
        if not descent.is_small:
            return None, False
        is_interrupted = False
        try:
            descent.run(lambda: descent.cost == asked.floor or is_over())
        except KeyboardInterrupt:
            is_interrupted = True
        if descent.best is None:
            return None, is_interrupted
        numbers = {b: self.plain(units) for b, units in enumerate(descent.best)}
        return numbers, is_interrupted

    def _hint(self, asked: Labelled, numbers: Mapping[int, Number]) -> None:
        """Let the solver begin with some numbers, and what signals are with them."""
        worth = asked.skeleton.evaluated(numbers)
        values = {
            place: int(Fraction(numbers[b]) / self._request.unit)
            for b, place in enumerate(self._numbers)
        }
        for (signal, row), bit in self._bits.items():
            values[bit] = int(worth[row][signal] == asked.skeleton.worth(signal, fires=True))
        self._program.hint(values)

    def _tidy(self, asked: Labelled, numbers: Mapping[int, Number]) -> dict[int, Number]:
        """Put thresholds into the middle, and blanks that nothing decides near to 0."""
        skeleton, unit = asked.skeleton, self._request.unit
        values = dict(numbers)
        for b, blank in enumerate(skeleton.blanks):
            if b not in asked.numbers:
                values[b] = nearest(blank.low, blank.high, unit)
        before = skeleton.evaluated(values)
        middle = centred(skeleton, values, Wish(unit))
        return middle if skeleton.evaluated(middle) == before else values


def fewest_wrong(
    asked: Labelled, request: Request, is_over: Callable[[], bool] = lambda: False
) -> Fewest:
    """Fill a skeleton so that it gives what cases expect, and what labels want as far as can be.

    Every weight has bounds. Raises InvalidNetworkError, missing-library, where ortools is not
    installed, and TooLarge where its sums are.
    """
    if asked.is_contradictory:
        return Fewest(is_impossible=True, floor=asked.floor)
    require_library("to fit the numbers of several neurons that depend on each other")
    return _Model(asked, request).fewest(asked, is_over)
