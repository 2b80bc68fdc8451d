"""The least change of a few numbers under many inequalities: exact, in steps of the last decimal.

A linear program in the dual simplex method, on fractions, with rows added as they break; then
branches on what is no whole number of steps. What it says is proved by its own arithmetic.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import ceil, floor
from typing import NamedTuple

import numpy as np

from nnc.integers import SAFE_SIZE, largest_of
from nnc.solving.repairs.problem.circuit import Array

MAX_BRANCHES = 400
MAX_PIVOTS = 2_000


class UndecidedError(Exception):
    """Too many branches or pivots: nothing is known."""


@dataclass(eq=False)
class Inequalities:
    """columns @ z >= bounds for the changes z of numbers, in steps; all integers, rows many.

    A value is `starts` + z, and whole in the end. each step of a number costs its `costs`.
    """

    columns: list[Array]
    bounds: Array
    starts: list[Fraction]
    costs: list[Fraction]

    def worst(self, changes: Sequence[Fraction]) -> int | None:
        """Return the row that breaks most; None where none does."""
        below = 1
        for change in changes:
            below = below * change.denominator // _gcd(below, change.denominator)
        factors = [int(change * below) for change in changes]
        total = _product(self.columns, factors) - _times(self.bounds, below)
        if not len(total):
            return None
        row = int(np.argmin(total))
        return row if total[row] < 0 else None

    def row(self, i: int) -> tuple[list[Fraction], Fraction]:
        """Return the factors of a row, and its bound."""
        return [Fraction(int(column[i])) for column in self.columns], Fraction(int(self.bounds[i]))


def _gcd(first: int, second: int) -> int:
    while second:
        first, second = second, first % second
    return first


def _product(columns: Sequence[Array], factors: Sequence[int]) -> Array:
    size = sum(largest_of(column) * abs(factor)
               for column, factor in zip(columns, factors, strict=True))  # fmt: skip
    narrow = size < SAFE_SIZE and all(abs(factor) < SAFE_SIZE for factor in factors)
    total: Array = np.zeros(len(columns[0]), np.int64 if narrow else object)
    for column, factor in zip(columns, factors, strict=True):
        total = total + (column if narrow else column.astype(object)) * factor
    return total


def _times(array: Array, factor: int) -> Array:
    if array.dtype != object and largest_of(array) * factor < SAFE_SIZE:
        return array * factor
    wide: Array = array.astype(object) * factor
    return wide


class Infeasible(NamedTuple):
    """Rows that contradict each other, whatever the numbers are."""

    rows: tuple[int, ...]


class Optimum(NamedTuple):
    """The least cost, and the change of each number, in steps."""

    cost: Fraction
    changes: tuple[Fraction, ...]


class _Program:
    """A linear program; column 2k is how much number k rises, column 2k + 1 how much it falls.

    Each row says what a variable is: its constant, then a factor for each column. The names of
    variables that are slacks are the rows they are of, from 2n on.
    """

    def __init__(self, costs: Sequence[Fraction]) -> None:
        self._count = 2 * len(costs)
        self._columns = list(range(self._count))
        self._rows: dict[int, list[Fraction]] = {}
        self._objective = [Fraction(), *(cost for cost in costs for _ in range(2))]
        self._pivots = 0

    @property
    def cost(self) -> Fraction:
        """The cost of the present solution, a lower bound."""
        return self._objective[0]

    def changes(self) -> tuple[Fraction, ...]:
        """Return the present solution."""
        zero = [Fraction()]
        value = [self._rows.get(name, zero)[0] for name in range(self._count)]
        return tuple(up - down for up, down in zip(value[::2], value[1::2], strict=True))

    def add(self, name: int, factors: Sequence[Fraction], bound: Fraction) -> None:
        """Add factors @ z >= bound, under a name from 2n on."""
        row = [-bound] + [Fraction()] * self._count
        place = {column: i for i, column in enumerate(self._columns, 1)}
        for k, factor in enumerate(factors):
            for variable, signed in ((2 * k, factor), (2 * k + 1, -factor)):
                if not signed:
                    continue
                if variable in place:
                    row[place[variable]] += signed
                else:
                    basic = self._rows[variable]
                    row = [x + signed * y for x, y in zip(row, basic, strict=True)]
        self._rows[name] = row

    def solve(self) -> tuple[int, ...] | None:
        """Make all variables at least 0; return the rows that contradict each other, else None."""
        while True:
            broken = [(row[0], name) for name, row in self._rows.items() if row[0] < 0]
            if not broken:
                return None
            self._pivots += 1
            if self._pivots > MAX_PIVOTS:
                raise UndecidedError
            # the least name, so that no pivot comes again
            name = min(broken)[1] if self._pivots < MAX_PIVOTS // 2 else min(n for _, n in broken)
            row = self._rows[name]
            ratios = [
                (self._objective[i] / row[i], self._columns[i - 1], i)
                for i in range(1, len(row)) if row[i] > 0
            ]  # fmt: skip
            if not ratios:
                used = [self._columns[i - 1] for i in range(1, len(row)) if row[i]]
                return tuple(each for each in (name, *used) if each >= self._count)
            self._pivot(name, min(ratios)[2])

    def _pivot(self, name: int, at: int) -> None:
        row = self._rows.pop(name)
        factor = row[at]
        turned = [-x / factor for x in row]
        turned[at] = 1 / factor
        entering = self._columns[at - 1]
        self._columns[at - 1] = name
        for other in [*self._rows, None]:
            old = self._objective if other is None else self._rows[other]
            times = old[at]
            if times:
                new = [x + times * y for x, y in zip(old, turned, strict=True)]
                new[at] = times * turned[at]
                if other is None:
                    self._objective = new
                else:
                    self._rows[other] = new
        self._rows[entering] = turned


def relaxed(
    inequalities: Inequalities,
    bounds: Sequence[tuple[int, int, int]] = (),
    most: Fraction | None = None,
) -> Optimum | Infeasible:
    """Return the least cost over all changes, whole or not; `bounds` are (number, sign, end).

    Beyond a cost of `most` any lower bound does.
    """
    count = len(inequalities.costs)
    program = _Program(inequalities.costs)
    base = 2 * count
    for i, (k, sign, end) in enumerate(bounds):
        factors = [Fraction(sign if j == k else 0) for j in range(count)]
        program.add(-1 - i + (1 << 62), factors, sign * (end - inequalities.starts[k]))
    while True:
        core = program.solve()
        if core is not None:
            return Infeasible(tuple(name - base for name in core if name < 1 << 61))
        if most is not None and program.cost >= most:
            return Optimum(program.cost, program.changes())
        row = inequalities.worst(program.changes())
        if row is None:
            return Optimum(program.cost, program.changes())
        program.add(base + row, *inequalities.row(row))


def whole(inequalities: Inequalities, most: Fraction | None = None) -> Optimum | None:
    """Return the least cost of whole values below `most`; None where there are none.

    Raises UndecidedError.
    """
    best: Optimum | None = None
    work: list[tuple[tuple[int, int, int], ...]] = [()]
    for _ in range(MAX_BRANCHES):
        if not work:
            return best
        bounds = work.pop()
        limit = most if best is None else best.cost
        optimum = relaxed(inequalities, bounds, limit)
        if isinstance(optimum, Infeasible) or (limit is not None and optimum.cost >= limit):
            continue
        values = [
            start + change
            for start, change in zip(inequalities.starts, optimum.changes, strict=True)
        ]
        broken = next((k for k, value in enumerate(values) if value.denominator > 1), None)
        if broken is None:
            best = optimum
            continue
        value = values[broken]
        halves = ((broken, -1, floor(value)), (broken, 1, ceil(value)))
        # first the half that is nearer to what the number is now
        is_up = inequalities.starts[broken] > value
        work += [(*bounds, half) for half in (halves if is_up else reversed(halves))]
    raise UndecidedError
