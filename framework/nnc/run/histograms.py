"""Plan + rows -> the distribution of the sums of neurons, batch by batch, in bounded memory.

Bins are half-open intervals [k * width, (k + 1) * width) with rational edges. Their width follows
from the least and the greatest sum alone, so it depends neither on the order of rows nor on
batches: widths are 1 or 5 times a power of ten, each a multiple of those below it, and bins that
have become too narrow are joined exactly.
"""

from __future__ import annotations

import math
import sys
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import pairwise
from math import gcd, lcm
from typing import Any, Literal, NamedTuple

import numpy as np

from nnc.compiler.graph import Tap
from nnc.compiler.plan import Plan, whole_neurons
from nnc.language.network import FIRING, Fires
from nnc.numbers.exact import Number, simplest
from nnc.numbers.integers import objects
from nnc.rows.columns import Batch, Column
from nnc.run.engines import How
from nnc.run.evaluation import AUTO, calculate

MAX_BINS = 80  # of a histogram
_MAX_GRID = 10**6


class Boundary(NamedTuple):
    """A threshold of a neuron: the sums from `number` on, or those above it, are on one side."""

    name: str
    number: Number
    fires: Fires

    @property
    def edge(self) -> Edge:
        """The edge at which the sums of the upper side begin."""
        firing = FIRING[self.fires]
        return Edge(Fraction(self.number), is_open=firing.up == firing.strict)

    @property
    def up(self) -> bool:
        """True if the large sums fire."""
        return FIRING[self.fires].up


class Edge(NamedTuple):
    """A border between sums: those from `number` on are above it, with `is_open` not itself."""

    number: Fraction
    is_open: bool = False

    def first_in(self, column: Column, values: Any) -> int:
        """Return the place of the first of some sorted numerators that is above it."""
        number = self.number * column.denominator
        if values.dtype.kind in "ui":
            least = math.floor(number) + 1 if self.is_open else math.ceil(number)
            bounds = np.iinfo(values.dtype)
            if not bounds.min <= least <= bounds.max:
                return len(values) if least > bounds.max else 0
            return int(np.searchsorted(values, values.dtype.type(least)))
        side: Literal["left", "right"] = "right" if self.is_open else "left"
        if values.dtype.kind == "f":
            bound = Fraction(sys.float_info.max)
            nearest = float(max(-bound, min(bound, number)))
            if number != nearest:
                side = "right" if nearest < number else "left"
            return int(np.searchsorted(values, nearest, side=side))
        return int(np.searchsorted(values, objects([number]), side=side)[0])


@dataclass
class Histogram:
    """The distribution of the sums of a neuron: `counts` of rows by bin, and by zone in it.

    A zone is the number of `boundaries` whose edge the sum has passed, in ascending order. `below`
    and `above` have the nearest sums on both sides of each.
    """

    name: str
    boundaries: tuple[Boundary, ...] = ()
    rows: int = 0
    least: Number | None = None
    greatest: Number | None = None
    below: list[Number | None] = field(default_factory=list)
    above: list[Number | None] = field(default_factory=list)
    counts: Counter[tuple[int, int]] = field(default_factory=Counter)
    place: int | None = None  # of the width of the bins; None while all sums are equal
    grid: int = 1  # a common denominator of all sums; 0 where there is no small one

    def __post_init__(self) -> None:
        self.boundaries = tuple(sorted(self.boundaries, key=lambda each: each.edge))
        self.below = [None] * len(self.boundaries)
        self.above = [None] * len(self.boundaries)

    def add(self, column: Column) -> None:
        """Count the sums of some rows."""
        if not len(column):
            return
        values = np.sort(column.numerators)
        ordered = Column(values, column.denominator)
        least, greatest = ordered.value(0), ordered.value(len(values) - 1)
        was_one = self.least is not None and self.least == self.greatest
        first = self.least
        self.least = least if self.least is None else min(self.least, least)
        self.greatest = greatest if self.greatest is None else max(self.greatest, greatest)
        self._refine(ordered)
        if self.least == self.greatest:
            self.rows += len(values)
            self._see(ordered)
            return
        self._widen()
        if was_one and first is not None:
            self.counts[self._bin(first), self._zone(first)] += self.rows
        self.rows += len(values)
        self._count(ordered)
        self._see(ordered)

    def _refine(self, column: Column) -> None:
        """Find a common denominator of all sums so far."""
        values = column.numerators
        if values.dtype.kind in "ui":
            self._divide(column.denominator // gcd(column.denominator, int(np.gcd.reduce(values))))
        elif values.dtype.kind == "f":
            self.grid = 1 if self.grid == 1 and (values == np.rint(values)).all() else 0
        else:
            for value in set(column.values()):
                self._divide(Fraction(value).denominator)

    def _divide(self, denominator: int) -> None:
        self.grid = lcm(self.grid, denominator)
        if self.grid > _MAX_GRID:
            self.grid = 0

    def _widen(self) -> None:
        """Make the bins as wide as the sums ask for, and join those that there are."""
        assert self.least is not None
        assert self.greatest is not None
        place = width_place(self.least, self.greatest)
        if self.place is not None and place > self.place:
            self.counts = self._joined(place)
        self.place = place

    def _joined(self, place: int) -> Counter[tuple[int, int]]:
        """Return the counts of wider bins."""
        assert self.place is not None
        factor = int(width(place) / width(self.place))
        counts: Counter[tuple[int, int]] = Counter()
        for (bin_, zone), count in self.counts.items():
            counts[bin_ // factor, zone] += count
        return counts

    def _bin(self, value: Number) -> int:
        assert self.place is not None
        return math.floor(value / width(self.place))

    def _zone(self, value: Number) -> int:
        return sum(
            value > boundary.edge.number
            or (value == boundary.edge.number and not boundary.edge.is_open)
            for boundary in self.boundaries
        )

    def _count(self, column: Column) -> None:
        """Count sorted sums by the edges of bins and zones, which are compared exactly."""
        assert self.place is not None
        values, step = column.numerators, width(self.place)
        first, last = self._bin(column.value(0)), self._bin(column.value(len(values) - 1))
        edges = [Edge(bin_ * step) for bin_ in range(first, last + 1)]
        own = [boundary.edge for boundary in self.boundaries]
        cuts = sorted({*edges, *own})
        places = [0, *(edge.first_in(column, values) for edge in cuts), len(values)]
        for i, (start, stop) in enumerate(pairwise(places)):
            if stop > start:
                passed = cuts[:i]
                zone = sum(edge in passed for edge in own)
                self.counts[self._bin(column.value(start)), zone] += stop - start

    def _see(self, column: Column) -> None:
        """Remember the sums that are nearest to each boundary."""
        for i, each in enumerate(self.boundaries):
            place = each.edge.first_in(column, column.numerators)
            if place:
                value = column.value(place - 1)
                self.below[i] = value if (known := self.below[i]) is None else max(known, value)
            if place < len(column):
                value = column.value(place)
                self.above[i] = value if (known := self.above[i]) is None else min(known, value)

    def fired(self, boundary: int) -> int:
        """Return in how many rows a threshold fired."""
        passed = sum(count for (_, zone), count in self._all() if zone > boundary)
        return passed if self.boundaries[boundary].up else self.rows - passed

    def nearest(self, boundary: int) -> Number | None:
        """Return the sum that was nearest to a threshold, the smaller of two."""
        number = self.boundaries[boundary].number
        sums = [each for each in (self.below[boundary], self.above[boundary]) if each is not None]
        return min(sums, key=lambda each: abs(Fraction(each) - number), default=None)

    def margin(self, boundary: int) -> Number | None:
        """Return how far the sum was that was nearest to a threshold."""
        nearest = self.nearest(boundary)
        if nearest is None:
            return None
        return simplest(abs(Fraction(nearest) - self.boundaries[boundary].number))

    def firing(self, zone: int) -> int:
        """Return how many of the thresholds fire in a zone."""
        return sum((zone > i) == each.up for i, each in enumerate(self.boundaries))

    def _all(self) -> Iterable[tuple[tuple[int, int], int]]:
        if self.place is None and self.least is not None:
            return [((0, self._zone(self.least)), self.rows)]
        return self.counts.items()

    def bins(self) -> tuple[Fraction, dict[tuple[int, int], int]]:
        """Return the width of the bins, and the counts by bin and zone.

        Bins are at least as wide as the distance that any two sums have.
        """
        if self.least is None:
            return Fraction(1), {}
        grid = Fraction(1, self.grid) if self.grid else Fraction(0)
        if self.place is None:
            step = grid or Fraction(1)
            return step, {(math.floor(self.least / step), self._zone(self.least)): self.rows}
        place = self.place
        while width(place) < grid:
            place += 1
        return width(place), dict(self._joined(place))


def width(place: int) -> Fraction:
    """Return one of the widths of bins, which are …, 0.1, 0.5, 1, 5, 10, 50 and so on."""
    power, is_five = divmod(place, 2)
    return Fraction(10) ** power * (5 if is_five else 1)


def width_place(least: Number, greatest: Number) -> int:
    """Return the narrowest width with at most 80 bins between two different sums."""
    share = Fraction(greatest - least) / MAX_BINS
    digits = len(str(share.numerator)) - len(str(share.denominator))
    place = 2 * digits - 4
    while math.floor(greatest / width(place)) - math.floor(least / width(place)) >= MAX_BINS:
        place += 1
    return place


# ------------------------------------------------------------------------ which neurons


def margins_of(plan: Plan) -> dict[int, Histogram]:
    """Return an empty histogram for each neuron that an output reads, by its first signal.

    It has the thresholds of the neuron that outputs read, or all where an output is its sum.
    """
    wholes = _wholes(plan)
    read: dict[int, set[int]] = {}
    for tap in plan.outputs:
        for signal in tap.signals:
            if tap.kind == "number" or signal < plan.first_made:
                continue
            first = wholes.get(signal, (signal,))[0]
            is_sum = tap.kind in ("sum", "largest")
            read.setdefault(first, set()).update(wholes.get(first, (first,)) if is_sum else ())
            if not is_sum:
                read[first].add(signal)
    return {
        first: Histogram(
            plan.neuron_of(first),
            tuple(_boundary(plan, signal) for signal in sorted(signals)),
        )
        for first, signals in read.items()
    }


def sums_of(plan: Plan) -> dict[int, Histogram]:
    """Return an empty histogram for each sum that an output gives, or is the largest of."""
    histograms: dict[int, Histogram] = {}
    for tap in plan.outputs:
        if tap.kind in ("sum", "largest"):
            for i, signal in enumerate(tap.signals):
                histograms.setdefault(signal, Histogram(_sum_name(plan, tap, i)))
    return histograms


def _sum_name(plan: Plan, tap: Tap, place: int) -> str:
    if tap.kind == "largest":
        name = plan.neuron_of(tap.signals[place])
        return f"{tap.labels[place]}: {name}" if tap.labels else name
    return f"{tap.alias}({place})" if tap.is_bus else tap.alias


def _wholes(plan: Plan) -> dict[int, Sequence[int]]:
    """Return for each signal of a neuron with several thresholds all of its signals."""
    wholes: dict[int, Sequence[int]] = {}
    for steps in whole_neurons(plan.steps):
        signals = range(steps[0].first, steps[-1].first + len(steps[-1].thresholds))
        wholes |= dict.fromkeys(signals, signals)
    for layer in plan.layers:
        for first in layer.firsts if layer.width > 1 else ():
            signals = range(first, first + layer.width)
            wholes |= dict.fromkeys(signals, signals)
    return wholes


def _boundary(plan: Plan, signal: int) -> Boundary:
    """Return the threshold that decides a signal, with its own name if it has one."""
    layer = plan.layer_of(signal)
    if layer is not None:
        return Boundary("", layer.threshold(signal - layer.first), layer.written_fires)
    step = plan.maker[signal]
    place = signal - step.first
    name = step.ports[place] if step.ports else ""
    return Boundary(name, step.threshold(place), step.fires)


def collect(
    plan: Plan, batches: Iterable[Batch], histograms: dict[int, Histogram], how: How = AUTO
) -> int:
    """Evaluate rows, and count the sums of neurons, by their first signals; return the rows."""
    wanted = frozenset(histograms)
    rows = 0
    for batch in batches:
        rows += batch.count
        signals = calculate(plan, batch, frozenset(), wanted, how)
        for signal, histogram in histograms.items():
            histogram.add(signals.sums[signal])
    return rows
