"""Explain why some numbers are not enough: find inequalities that contradict each other.

Times factors of at least 0, they add up to an inequality without these numbers that is false. So
one of the other numbers in it must change, in the direction that increases its left side.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
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


def core_of(table: Table, chosen: Sequence[int], limit: Fraction | None) -> Core | None:
    """Return why some numbers are not enough, within a limit of the cost; None where they may be.

    Raises UndecidedError.
    """
    rows = table.inequalities(chosen)
    columns = [signed for column in rows.columns for signed in (column, -column)]
    signed_rows = Inequalities(columns, rows.bounds, [], [])
    program = LinearProgram([1] * len(columns), [0] * len(columns))
    if limit is not None:
        steps = [_price(table, k) for k in chosen for _ in (1, -1)]
        prices = {i: -step for i, step in enumerate(steps)}
        program.require(prices, -limit * table.grid.common, COST)
    while solve(program):
        row = signed_rows.worst(program.values)
        if row is None:
            return None
        program.require(*signed_rows.row(row), row)
    return _core(table, program.multipliers)


def _price(table: Table, k: int) -> int:
    """Return what a step of a number costs, in the smallest steps that there are."""
    return table.grid.common // table.grid.units[k]


def _core(table: Table, factors: Mapping[int, Fraction]) -> Core:
    """Write factors as integers, with the directions that would still help."""
    below = lcm(*(factor.denominator for factor in factors.values()))
    whole = {row: int(factor * below) for row, factor in factors.items()}
    price = whole.pop(COST, 0)
    directions = {
        (k, 1 if total > 0 else -1)
        for k, total in table.totals(whole).items()
        if abs(total) > price * _price(table, k)
    }
    return Core(whole, frozenset(directions), price)
