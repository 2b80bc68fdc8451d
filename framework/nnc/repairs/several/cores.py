"""Explain why some numbers are not enough: find inequalities that contradict each other.

Times factors of at least 0, they add up to an inequality without these numbers that is false. So
one of the other numbers in it must change, in the direction that increases its left side.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from math import lcm
from typing import NamedTuple

from nnc.numbers.linear import LinearProgram
from nnc.repairs.several.inequalities import Table
from nnc.repairs.several.least import Inequalities, solve

Direction = tuple[int, int]
"""A number by its place, and 1 where it rises, -1 where it falls."""
COST = 1 << 50
"""The name of the row that limits the cost."""
MAX_TRIES = 40


class Core(NamedTuple):
    """Rows with factors above 0 that contradict each other, unless one of `directions` is taken.

    `price` is the factor of the limit of the cost, 0 where it takes no part.
    """

    factors: dict[int, int]
    directions: frozenset[Direction]
    price: int = 0

    @staticmethod
    def of_row(table: Table) -> Core:
        """Return why the one inequality of a table, which fails, does not hold."""
        directions = {(k, 1 if total > 0 else -1) for k, total in table.totals({0: 1}).items()}
        return Core({0: 1}, frozenset(directions))


def core_of(
    table: Table,
    chosen: Sequence[int],
    limit: Fraction | None,
    weight: Callable[[Direction], int] | None,
) -> Core | None:
    """Return why some numbers are not enough, within a limit of the cost; None where they may be.

    Directions of great weight are removed from the core first, if weights are given. Raises
    UndecidedError.
    """
    search = _Search(table, chosen, limit)
    factors = search.solve()
    if factors is None:
        return None
    return search.core(factors) if weight is None else search.sharpened(factors, weight)


class _Search:
    """A linear program of the chosen numbers, and of further directions that are allowed."""

    def __init__(self, table: Table, chosen: Sequence[int], limit: Fraction | None) -> None:
        self._table, self._limit = table, limit
        self._chosen = set(chosen)
        self._directions = [(k, sign) for k in chosen for sign in (1, -1)]
        rows = table.inequalities(chosen)
        columns = [each for column in rows.columns for each in (column, -column)]
        self._rows = Inequalities(columns, rows.bounds, [], [])
        self._program = LinearProgram([1] * len(columns), [0] * len(columns))
        if limit is not None:
            prices = {i: -self._price(k) for i, (k, _) in enumerate(self._directions)}
            self._program.require(prices, -limit * table.grid.common, COST)

    def solve(self) -> dict[int, Fraction] | None:
        """Return rows that contradict each other with their factors; None where there are none."""
        while solve(self._program):
            row = self._rows.worst(self._program.values)
            if row is None:
                return None
            self._program.require(*self._rows.row(row), row)
        return self._program.multipliers

    def sharpened(self, factors: dict[int, Fraction], weight: Callable[[Direction], int]) -> Core:
        """Allow further directions as long as the inequalities still contradict each other."""
        core, rejected = self.core(factors), set[Direction]()
        for _ in range(MAX_TRIES):
            left = core.directions - rejected
            if not left:
                break
            direction = max(left, key=lambda each: (weight(each), each))
            before = self._program.copy()
            self._let_in(direction)
            other = self.solve()
            if other is None:
                rejected.add(direction)
                self._program = before
                self._rows.columns.pop()
                self._directions.pop()
            else:
                core = self.core(other)
        return core

    def _let_in(self, direction: Direction) -> None:
        k, sign = direction
        column = self._table.column(k) * sign
        price = self._price(k)
        self._program.add_number(lambda row: -price if row == COST else int(column[row]))
        self._rows.columns.append(column)
        self._directions.append(direction)

    def _price(self, k: int) -> int:
        """Return what a step of a number costs, in the smallest steps that there are."""
        return self._table.grid.common // self._table.grid.units[k]

    def core(self, factors: Mapping[int, Fraction]) -> Core:
        """Write factors as integers, and tell which directions would still help."""
        below = lcm(*(factor.denominator for factor in factors.values()))
        whole = {row: int(factor * below) for row, factor in factors.items()}
        price = whole.pop(COST, 0)
        directions = {
            (k, 1 if total > 0 else -1)
            for k, total in self._table.totals(whole).items()
            if abs(total) > price * self._price(k)
        }
        return Core(whole, frozenset(directions), price)
