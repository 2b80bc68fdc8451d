"""Why a choice of numbers is not enough."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from typing import NamedTuple

from nnc.repairs.several.cores import Direction
from nnc.repairs.several.inequalities import Table
from nnc.repairs.several.pattern import Bit


class Asked(NamedTuple):
    """An inequality about the sum of a unit in a row, or about the sums of two units."""

    unit: int
    other: int
    row: int


@dataclass(frozen=True, eq=False)
class Reason:
    """One of some directions is taken, or one of some bits has another value.

    The inequalities in `asked` contradict each other as long as all of `bits` stay and no direction
    is taken, within a `limit` of the change if there is one. `by_branching` marks contradictions
    that only whole steps cause.
    """

    bits: frozenset[Bit]
    directions: frozenset[Direction]
    limit: Fraction | None
    asked: tuple[Asked, ...]
    by_branching: bool = False


def asked_of(table: Table, rows: Iterable[int]) -> tuple[Asked, ...]:
    """Return the inequalities of some rows of a table."""
    return tuple(
        Asked(block.unit, block.other, int(block.rows[place]))
        for block, _, places in table.parts(rows)
        for place in places
    )
