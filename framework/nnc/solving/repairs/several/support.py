"""The fewest numbers of one unit that meet its limits: a whole search, without a solver.

A row that breaks has to be touched by one of the numbers; so do rows that contradict each other
for the numbers that are chosen so far. Each such set of rows is branched on.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from math import ceil, floor, lcm

import numpy as np

from nnc.integers import scaled
from nnc.solving.repairs.problem.circuit import Array, Changes, State
from nnc.solving.repairs.problem.numbers import WrittenNumber
from nnc.solving.repairs.problem.problem import Best, Change, Problem
from nnc.solving.repairs.several.least import (
    Inequalities,
    Infeasible,
    UndecidedError,
    relaxed,
    whole,
)
from nnc.solving.repairs.single.limits import Limits


class Support:
    """Searches the numbers of a unit that together meet its limits; `best` is the least so far."""

    def __init__(
        self,
        problem: Problem,
        state: State,
        limits: Limits,
        numbers: Sequence[WrittenNumber],
        changes: Changes | None = None,
    ) -> None:
        self._problem, self._limits, self._numbers = problem, limits, list(numbers)
        self._best = Best()
        self._gains = [limits.influence(state, number, changes) for number in numbers]
        broken = np.flatnonzero(limits.broken)
        self._broken = broken.tolist()
        self._touched = [_bits(gains[broken] != 0) for gains in self._gains]
        self._all = (1 << len(broken)) - 1
        self.is_complete = True
        """Whether nothing was left out."""

    def search(self, count: int, best: Best) -> None:
        """Offer the least changes of so many numbers to the best.

        Raises OutOfTimeError.
        """
        self._best = best
        if self._broken:
            self._extend((), frozenset(), count)

    def _extend(self, chosen: tuple[int, ...], excluded: frozenset[int], count: int) -> None:
        self._problem.check_time()
        uncovered = self._all
        for k in chosen:
            uncovered &= ~self._touched[k]
        if len(chosen) == count:
            if not uncovered:
                self._close(chosen)
            return
        candidates = self._candidates(chosen, uncovered)
        tried = set(excluded)
        for k in candidates:
            if k in tried or k in chosen:
                continue
            if len(chosen) + 1 < count or not uncovered & ~self._touched[k]:
                self._extend((*chosen, k), frozenset(tried), count)
            tried.add(k)

    def _candidates(self, chosen: tuple[int, ...], uncovered: int) -> list[int]:
        """Return numbers of which every solution with those that are chosen has one more."""
        if uncovered:
            rows = [i for i in range(len(self._broken)) if uncovered >> i & 1]
            touching = [[k for k, bits in enumerate(self._touched) if bits >> i & 1] for i in rows]
            return min(touching, key=len)
        try:
            optimum = relaxed(self._inequalities(chosen))
        except UndecidedError:
            optimum = None
        if not isinstance(optimum, Infeasible):
            return list(range(len(self._numbers)))
        own = [row for row in optimum.rows if row < len(self._limits.rows)]
        if len(own) < len(
            optimum.rows
        ):  # a bound of a number takes part, which others may not move
            return list(range(len(self._numbers)))
        return [k for k, gains in enumerate(self._gains) if any(gains[row] for row in own)]

    def _close(self, chosen: tuple[int, ...]) -> None:
        """Find the least change of just these numbers."""
        self._problem.looked_at += 1
        numbers = [self._numbers[k] for k in chosen]
        limit = self._best.limit([number.place for number in numbers])
        try:
            optimum = whole(self._inequalities(chosen), limit)
        except UndecidedError:
            self.is_complete = False
            return
        if optimum is None:
            return
        changed = []
        for number, change in zip(numbers, optimum.changes, strict=True):
            unit = 10 ** self._problem.decimals_for(number)
            changed.append(Change(number, Fraction(number.value) + change / unit))
        self._best.offer(tuple(sorted(changed, key=lambda each: each.number.place)))

    def _inequalities(self, chosen: tuple[int, ...]) -> Inequalities:
        """Write the limits in steps of the last decimal of each number."""
        numbers = [self._numbers[k] for k in chosen]
        units = [10 ** self._problem.decimals_for(number) for number in numbers]
        starts = [Fraction(n.value) * unit for n, unit in zip(numbers, units, strict=True)]
        common = lcm(*units)
        finer = lcm(*(start.denominator for start in starts))
        columns = [
            scaled(self._gains[k], common // unit * finer)
            for k, unit in zip(chosen, units, strict=True)
        ]
        # slack * common + columns @ z > 0 is of multiples of 1, once it is taken `finer` times
        bounds = scaled(self._limits.slack, -common * finer)
        bounds = bounds + self._limits.strict.astype(np.int64)
        columns, bounds = self._with_ranges(columns, bounds, numbers, units, starts, finer)
        costs = [Fraction(1, unit) for unit in units]
        return Inequalities(columns, bounds, starts, costs)

    def _with_ranges(
        self,
        columns: list[Array],
        bounds: Array,
        numbers: Sequence[WrittenNumber],
        units: Sequence[int],
        starts: Sequence[Fraction],
        finer: int,
    ) -> tuple[list[Array], Array]:
        """Add the range of each number, as rows behind those of the limits."""
        rows: list[tuple[int, int, int]] = []
        for k, (number, unit, start) in enumerate(zip(numbers, units, starts, strict=True)):
            allowed = self._problem.range_of(number)
            if allowed.low is not None:
                rows.append((k, 1, ceil((floor(allowed.low * unit) + 1 - start) * finer)))
            if allowed.high is not None:
                rows.append((k, -1, ceil((start - ceil(allowed.high * unit) + 1) * finer)))
        if not rows:
            return columns, bounds
        more = [
            np.array([sign * finer if k == place else 0 for k, sign, _ in rows], object)
            for place in range(len(columns))
        ]
        ends = np.array([end for *_, end in rows], object)
        wide = [np.concatenate([c.astype(object), m]) for c, m in zip(columns, more, strict=True)]
        return wide, np.concatenate([bounds.astype(object), ends])


def _bits(flags: Array) -> int:
    """Return flags as the bits of an integer, the first the lowest."""
    packed = np.packbits(np.asarray(flags).astype(bool), bitorder="little")
    return int.from_bytes(packed.tobytes(), "little")
