"""Good numbers to begin with: one number after the other is changed, as long as that helps.

All values of a number are looked at together, as lines of an array whose columns are the rows of
the skeleton. What is found has no bound: an exact search begins there, and where that does not end
it is the answer. The same skeleton has the same answer, as work is counted and not time.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction
from math import lcm
from random import Random
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from nnc.filling.search.skeleton import Bit, Cell, Place, Skeleton
from nnc.language.firing import FIRING
from nnc.numbers.exact import Number
from nnc.solvers.bounded import LARGEST

Array = NDArray[Any]
WORK = 60_000_000  # sums of neurons in rows that are evaluated
_CALL = 10_000  # sums that take as long as looking at a number at all
_SHIFTS = np.arange(-3, 4)
_IDLE = 4  # rounds without a better answer, after which another start is tried
_MOST_VALUES = 64  # of a number that are looked at together


class Wanted(NamedTuple):
    """The cost in each row of a signal that is silent, and of one that fires."""

    signal: int
    silent: Array
    fires: Array


class Descent:
    """A search for numbers of a skeleton, each a count of units within its `limits`.

    `cells` are the places of those that count, `terms` how many weights of one may be other than 0.
    `best` has the numbers with the least `cost` so far, None as long as none meet what rows expect.
    """

    def __init__(
        self,
        skeleton: Skeleton,
        cells: Sequence[int],
        wanted: Sequence[Wanted],
        limits: Sequence[tuple[int, int]],
        unit: Fraction,
        terms: int | None,
    ) -> None:
        self._skeleton, self._limits, self._terms = skeleton, limits, terms
        self._cells = [skeleton.cells[c] for c in cells]
        self._rows = len(skeleton.rows)
        self._hard = 1 + sum(int(np.maximum(w.silent, w.fires).sum()) for w in wanted)
        self._wanted = [*wanted, *self._demanded()]
        self._scale(unit)
        self._blanks = sorted({b for cell in self._cells for b in cell.blanks})
        self._partner = {
            w.blank: t.blank
            for cell in self._cells
            for t in cell.thresholds[:1]
            for w in cell.weights
            if isinstance(t, Place) and isinstance(w, Place)
        }
        self.best: list[int] | None = None
        self.cost = self._hard

    @staticmethod
    def takes(skeleton: Skeleton) -> bool:
        """Return whether rows expect only single bits, and no thresholds have to ascend."""
        demands = (demand for row in skeleton.rows for demand in row.demands)
        return not skeleton.ordered and all(isinstance(demand, Bit) for demand in demands)

    def _demanded(self) -> list[Wanted]:
        """Return what rows expect, at a price above all that labels cost."""
        expected: dict[int, Wanted] = {}
        for r, row in enumerate(self._skeleton.rows):
            for demand in row.demands:
                if isinstance(demand, Bit) and demand.signal in self._skeleton.maker:
                    zeros = [np.zeros(self._rows, np.int64) for _ in range(2)]
                    of = expected.setdefault(demand.signal, Wanted(demand.signal, *zeros))
                    (of.silent if demand.fires else of.fires)[r] = self._hard
        return list(expected.values())

    # ------------------------------------------------------------------ integers

    def _scale(self, unit: Fraction) -> None:
        """Make all that is known whole: values of signals, and numbers that are written."""
        rows, cells = self._skeleton.rows, self._cells
        entries = [entry for cell in cells for entry in (*cell.weights, *cell.thresholds)]
        fixed = [Fraction(each) / unit for each in entries if not isinstance(each, Place)]
        self._factor = lcm(*(each.denominator for each in fixed))
        own = {signal for cell in cells for signal in cell.signals}
        read = {source for cell in cells for source in cell.sources} - own
        states = {s: [self._skeleton.worth(s, fires=f) for f in (False, True)] for s in own}
        known = {s: [row.known[s] for row in rows] for s in sorted(read)}
        everything = [each for some in (*states.values(), *known.values()) for each in some]
        scale = lcm(*(Fraction(each).denominator for each in everything))
        self._states = {s: [int(each * scale) for each in some] for s, some in states.items()}
        whole = {s: [int(each * scale) for each in some] for s, some in known.items()}
        self.is_small = self._is_small(unit, scale, whole)
        if self.is_small:
            self._known = {s: np.array(some, np.int64) for s, some in whole.items()}
            self._unit, self._times = unit, scale

    def _is_small(self, unit: Fraction, scale: int, whole: dict[int, list[int]]) -> bool:
        """Return whether 64 bits hold every sum."""
        sizes = {
            s: max(map(abs, some), default=0) for s, some in (*whole.items(), *self._states.items())
        }
        for cell in self._cells:
            reach = 0
            for source, entry in zip(cell.sources, cell.weights, strict=True):
                reach += self._size(entry, unit) * sizes[source]
            for entry in cell.thresholds:
                reach += self._size(entry, unit) * scale
            if reach > LARGEST:
                return False
        return True

    def _size(self, entry: Number | Place, unit: Fraction) -> int:
        if isinstance(entry, Place):
            return max(map(abs, self._limits[entry.blank])) * self._factor
        return abs(self._whole(entry, unit))

    def _whole(self, number: Number, unit: Fraction) -> int:
        return int(Fraction(number) / unit * self._factor)

    def _number(self, entry: Number | Place, lines: Array) -> Array | int:
        """Return a number of a cell in each line, as a column."""
        if isinstance(entry, Place):
            column: Array = lines[:, entry.blank, None] * self._factor
            return column
        return self._whole(entry, self._unit)

    # ------------------------------------------------------------------ costs

    def _sums(self, cell: Cell, lines: Array, worth: dict[int, Array]) -> Array:
        total: Array = np.zeros((len(lines), self._rows), np.int64)
        for source, entry in zip(cell.sources, cell.weights, strict=True):
            value = worth[source] if source in worth else self._known[source]
            total += self._number(entry, lines) * value
        return total

    def costs(self, lines: Array) -> Array:
        """Return the cost of each line of numbers; lines x blanks."""
        worth: dict[int, Array] = {}
        fired: dict[int, Array] = {}
        for cell in self._cells:
            total = self._sums(cell, lines, worth)
            for signal, entry, rule in zip(cell.signals, cell.thresholds, cell.rules, strict=True):
                limit = self._number(entry, lines) * self._times
                fires = np.asarray(FIRING[rule].compare(total, limit))
                silent, on = self._states[signal]
                worth[signal] = np.where(fires, on, silent)
                fired[signal] = fires
        cost: Array = np.zeros(len(lines), np.int64)
        for wanted in self._wanted:
            cost += np.where(fired[wanted.signal], wanted.fires, wanted.silent).sum(1)
        cost += self._hard * self._excess(lines)
        return cost

    def _excess(self, lines: Array) -> Array:
        """Count the weights of cells that are too many."""
        excess: Array = np.zeros(len(lines), np.int64)
        if self._terms is not None:
            for cell in self._cells:
                places = [w.blank for w in cell.weights if isinstance(w, Place)]
                excess += np.maximum((lines[:, places] != 0).sum(1) - self._terms, 0)
        return excess

    # ------------------------------------------------------------------ search

    def run(self, is_over: Callable[[], bool]) -> None:
        """Search from many starts; `best` and `cost` are there also where Ctrl-C ends it."""
        random = Random("descent")
        work, each = 0, self._rows * len(self._cells)
        start = 0
        while work < WORK:
            line = (
                self._shaken(random)
                if start % 8 and self.best
                else self._start(random, is_first=not start)
            )
            start += 1
            cost, idle = int(self.costs(line[None])[0]), 0
            self._take(line, cost)
            while idle < _IDLE and work < WORK:
                before = cost
                order = list(self._blanks)
                random.shuffle(order)
                for blank in order:
                    line, cost, lines = self._changed(line, cost, blank, random)
                    work += lines * each + _CALL
                    if self.cost == 0 or is_over():
                        return
                idle = 0 if cost < before else idle + 1

    def _shaken(self, random: Random) -> Array:
        """Return the best line with some of its numbers drawn anew."""
        line = np.array(self.best, np.int64)
        other = self._start(random, is_first=False)
        for blank in random.sample(self._blanks, min(len(self._blanks), random.randint(2, 5))):
            line[blank] = other[blank]
        return line

    def _start(self, random: Random, *, is_first: bool) -> Array:
        line = np.zeros(len(self._limits), np.int64)
        for blank, (low, high) in enumerate(self._limits):
            least, most = max(low, -_MOST_VALUES), min(high, _MOST_VALUES)
            number = 0 if is_first or least > most else random.randint(least, most)
            line[blank] = min(max(number, low), high)
        return line

    def _changed(
        self, line: Array, cost: int, blank: int, random: Random
    ) -> tuple[Array, int, int]:
        """Return the line with the best value of a number; of equal ones any, so that it moves."""
        low, high = self._limits[blank]
        values = np.arange(low, high + 1) if high - low < _MOST_VALUES else self._near(line, blank)
        other = self._partner.get(blank)
        shifts = np.zeros(1, np.int64) if other is None else _SHIFTS
        lines = np.repeat(line[None], len(values) * len(shifts), axis=0)
        lines[:, blank] = np.repeat(values, len(shifts))
        if other is not None:
            lines[:, other] += np.tile(shifts, len(values))
            np.clip(lines[:, other], *self._limits[other], out=lines[:, other])
        costs = self.costs(lines)
        least = int(costs.min())
        if least > cost:
            return line, cost, len(lines)
        place = random.choice(np.flatnonzero(costs == least).tolist())
        self._take(lines[place], least)
        return lines[place], least, len(lines)

    def _near(self, line: Array, blank: int) -> Array:
        """Return some values of a number that has many: near to it, and further away."""
        low, high = self._limits[blank]
        steps = np.array([0, *(1 << k for k in range(62) if 1 << k <= high - low)], np.int64)
        steps = np.concatenate([np.arange(16), steps])
        values = np.unique(np.concatenate([line[blank] - steps, line[blank] + steps, [0]]))
        kept: Array = values[(values >= low) & (values <= high)]
        return kept

    def _take(self, line: Array, cost: int) -> None:
        if cost < self.cost:
            self.best, self.cost = line.tolist(), cost
