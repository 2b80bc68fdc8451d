"""The least change of a few numbers under many inequalities: exact, in steps of the last decimal.

A linear program in the dual simplex method, on fractions, with rows added as they break; then
branches on what is no whole number of steps. What it says is proved by its own arithmetic.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import ceil, floor, gcd, lcm
from typing import NamedTuple

import numpy as np

from nnc.numbers.integers import SAFE_SIZE, largest_of
from nnc.repairs.problem.circuit import Array

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
        below = lcm(*(change.denominator for change in changes))
        factors = [int(change * below) for change in changes]
        total = _product(self.columns, factors) - _times(self.bounds, below)
        if not len(total):
            return None
        row = int(np.argmin(total))
        return row if total[row] < 0 else None

    def row(self, i: int) -> tuple[list[int], int]:
        """Return the factors of a row, and its bound."""
        return [int(column[i]) for column in self.columns], int(self.bounds[i])


def _product(columns: Sequence[Array], factors: Sequence[int]) -> Array:
    size = sum(
        largest_of(column) * abs(factor) for column, factor in zip(columns, factors, strict=True)
    )
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
    """Rows that contradict each other, whatever the numbers are, with a factor above 0 for each.

    Added up with their factors, no number is left in them, and nothing is at least their bound.
    """

    factors: dict[int, Fraction]

    @property
    def rows(self) -> tuple[int, ...]:
        """The rows."""
        return tuple(self.factors)


class Optimum(NamedTuple):
    """The least cost, the change of each number, in steps, and the rows that leave no less."""

    cost: Fraction
    changes: tuple[Fraction, ...]
    rows: tuple[int, ...] = ()


class _Row(NamedTuple):
    """What a variable is: integers over one denominator above 0, the constant and the factors."""

    below: int
    integers: list[int]

    @staticmethod
    def of(numbers: Sequence[Fraction | int]) -> _Row:
        below = lcm(*(number.denominator for number in numbers))
        return _Row(below, [int(number * below) for number in numbers])

    def plus(self, times: int, under: int, other: _Row) -> _Row:
        """Add times/under of another row."""
        mine, theirs = under * other.below, times * self.below
        integers = [
            x * mine + y * theirs for x, y in zip(self.integers, other.integers, strict=True)
        ]
        return _Row(self.below * mine, integers).reduced()

    def reduced(self) -> _Row:
        common = gcd(self.below, *self.integers)
        if common == 1:
            return self
        return _Row(self.below // common, [each // common for each in self.integers])


class Program:
    """A linear program: variables of at least 0 under rows that are added, in the dual simplex.

    Each row says what a variable is: its constant, then a factor for each column. Variables have
    their place as name; a slack has `FIRST` plus the name of its row.
    """

    FIRST = 1 << 40

    def __init__(self, costs: Sequence[Fraction | int]) -> None:
        self._count = len(costs)
        self._columns = list(range(self._count))
        self._rows: dict[int, _Row] = {}
        self._objective = _Row.of([0, *costs])
        self._pivots = 0

    @property
    def cost(self) -> Fraction:
        """The cost of the present solution, a lower bound."""
        return Fraction(self._objective.integers[0], self._objective.below)

    def values(self) -> list[Fraction]:
        """Return the present solution."""
        nothing = _Row(1, [0])
        rows = [self._rows.get(name, nothing) for name in range(self._count)]
        return [Fraction(row.integers[0], row.below) for row in rows]

    def binding(self) -> list[int]:
        """Return the rows that leave no cost less than that of the present solution."""
        return [
            column - self.FIRST
            for factor, column in zip(self._objective.integers[1:], self._columns, strict=True)
            if factor and column >= self.FIRST
        ]

    def add(self, name: int, factors: Sequence[Fraction | int], bound: Fraction | int) -> None:
        """Add a row, factors @ variables >= bound."""
        given = _Row.of([-bound, *factors])
        integers = [given.integers[0]] + [0] * len(self._columns)
        place = {column: i for i, column in enumerate(self._columns, 1)}
        basic = []
        for variable, factor in enumerate(given.integers[1:]):
            if variable in place:
                integers[place[variable]] += factor
            elif factor:
                basic.append((factor, self._rows[variable]))
        row = _Row(given.below, integers)
        for factor, other in basic:
            row = row.plus(factor, given.below, other)
        self._rows[self.FIRST + name] = row

    def add_variable(self, factor_of: Callable[[int], int]) -> None:
        """Add a variable without cost, with its factor in each row.

        In what is there a slack is the old part of its row: the row, less what the new one adds.
        """
        slacks = [
            (i, factor_of(column - self.FIRST))
            for i, column in enumerate(self._columns, 1)
            if column >= self.FIRST
        ]
        for name, row in self._rows.items():
            own = factor_of(name - self.FIRST) if name >= self.FIRST else 0
            self._rows[name] = _widened(row, own, slacks)
        self._objective = _widened(self._objective, 0, slacks)
        self._columns.append(self._count)
        self._count += 1

    def copy(self) -> Program:
        """Return a program that goes its own way."""
        other = Program(())
        other._count, other._columns = self._count, list(self._columns)
        other._rows, other._objective = dict(self._rows), self._objective
        return other

    def solve(self) -> dict[int, Fraction] | None:
        """Make all variables at least 0; return rows that contradict each other, else None.

        Each has its factor. Raises UndecidedError.
        """
        while True:
            broken = [
                (Fraction(row.integers[0], row.below), name)
                for name, row in self._rows.items()
                if row.integers[0] < 0
            ]
            if not broken:
                return None
            self._pivots += 1
            if self._pivots > MAX_PIVOTS:
                raise UndecidedError
            # the least name, so that no pivot comes again
            name = min(broken)[1] if self._pivots < MAX_PIVOTS // 2 else min(n for _, n in broken)
            row = self._rows[name]
            ratios = [
                (Fraction(price, factor), column, i)
                for i, (price, factor, column) in enumerate(
                    zip(self._objective.integers[1:], row.integers[1:], self._columns, strict=True),
                    1,
                )
                if factor > 0
            ]
            if not ratios:
                return self._factors(name, row)
            self._pivot(name, min(ratios)[2])

    def _factors(self, name: int, row: _Row) -> dict[int, Fraction]:
        """Return the factors of rows that say of a variable that it is below 0."""
        factors = {name - self.FIRST: Fraction(1)} if name >= self.FIRST else {}
        for factor, column in zip(row.integers[1:], self._columns, strict=True):
            if factor and column >= self.FIRST:
                factors[column - self.FIRST] = Fraction(-factor, row.below)
        return factors

    def _pivot(self, name: int, at: int) -> None:
        """Exchange a variable for that of a column, whose factor is above 0."""
        below, integers = self._rows.pop(name)
        factor = integers[at]
        solved = [-each for each in integers]
        solved[at] = below
        turned = _Row(factor, solved).reduced()
        entering = self._columns[at - 1]
        self._columns[at - 1] = name
        for other, row in self._rows.items():
            self._rows[other] = _exchanged(row, at, turned)
        self._objective = _exchanged(self._objective, at, turned)
        self._rows[entering] = turned


def _exchanged(row: _Row, at: int, turned: _Row) -> _Row:
    """Put what a column is in its place."""
    times = row.integers[at]
    if not times:
        return row
    rest = list(row.integers)
    rest[at] = 0
    return _Row(row.below, rest).plus(times, row.below, turned)


def _widened(row: _Row, own: int, slacks: Sequence[tuple[int, int]]) -> _Row:
    total = own * row.below - sum(row.integers[i] * factor for i, factor in slacks)
    return _Row(row.below, [*row.integers, total])


_BOUNDS = 1 << 62


def relaxed(
    inequalities: Inequalities,
    bounds: Sequence[tuple[int, int, int]] = (),
    most: Fraction | None = None,
) -> Optimum | Infeasible:
    """Return the least cost over all changes, whole or not; `bounds` are (number, sign, end).

    A number is two variables, how much it rises and how much it falls. Rows of `bounds` have names
    from 2**62 on. Beyond a cost of `most` any lower bound does.
    """
    count = len(inequalities.costs)
    program = Program([cost for cost in inequalities.costs for _ in range(2)])

    def changes() -> tuple[Fraction, ...]:
        value = program.values()
        return tuple(up - down for up, down in zip(value[::2], value[1::2], strict=True))

    def add(name: int, factors: Sequence[int], bound: Fraction | int) -> None:
        program.add(name, [signed for each in factors for signed in (each, -each)], bound)

    for i, (k, sign, end) in enumerate(bounds):
        factors = [sign if j == k else 0 for j in range(count)]
        add(_BOUNDS + i, factors, sign * (end - inequalities.starts[k]))
    while True:
        core = program.solve()
        if core is not None:
            return Infeasible(core)
        row = None
        if most is None or program.cost < most:
            row = inequalities.worst(changes())
        if row is None:
            return Optimum(program.cost, changes(), tuple(program.binding()))
        add(row, *inequalities.row(row))


def whole(
    inequalities: Inequalities,
    most: Fraction | None = None,
    used: set[int] | None = None,
) -> Optimum | None:
    """Return the least cost of whole values below `most`; None where there are none.

    The rows that were needed to tell are added to `used`. Raises UndecidedError.
    """
    best: Optimum | None = None
    work: list[tuple[tuple[int, int, int], ...]] = [()]
    for _ in range(MAX_BRANCHES):
        if not work:
            return best
        bounds = work.pop()
        limit = most if best is None else best.cost
        optimum = relaxed(inequalities, bounds, limit)
        if used is not None:
            used.update(row for row in optimum.rows if row < _BOUNDS)
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
