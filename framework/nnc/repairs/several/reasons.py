"""Why a choice is not enough, in a form that others can check."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import NamedTuple

from nnc.repairs.several.cores import Direction
from nnc.repairs.several.inequalities import Table
from nnc.repairs.several.pattern import Bit


class Asked(NamedTuple):
    """One inequality that a reason adds up, `factor` times.

    The sum of a unit is beyond its threshold of a place in a row, on the side that `sign` says; or,
    where the place is below 0, it is what is asked for, or beyond the sum of an `other` unit. With
    `names` it is that the first of two thresholds stays below the second.
    """

    unit: int
    threshold: int
    sign: int
    is_strict: bool
    other: int
    row: int
    factor: int
    names: tuple[str, ...] = ()


@dataclass(frozen=True, eq=False)
class Reason:
    """One of some directions is taken, or one of some bits is another one.

    `bits` say whether each fires; the inequalities in `asked` contradict each other while all of
    them do so, and no direction is taken. It holds within a `limit` of the change, if there is one.
    `by_branching` says that only whole steps make the contradiction, which `asked` are about.
    """

    bits: Mapping[Bit, bool]
    directions: frozenset[Direction]
    limit: Fraction | None
    asked: tuple[Asked, ...]
    by_branching: bool = False


def asked_of(table: Table, factors: Mapping[int, int]) -> Iterable[Asked]:
    """Yield the inequalities that rows of a table are, with factors for sums as they are written.

    Those of the table are for its integers, which are over the scale of each unit, in steps.
    """
    for block, rows, places in table.parts(factors):
        unit = block.unit
        scale = table.state.table[unit].scale * table.grid.factor(unit)
        for row, place in zip(rows, places, strict=True):
            yield Asked(unit, block.threshold, block.sign, block.strict, block.other,
                        int(block.rows[place]), factors[row] * scale, block.names)  # fmt: skip
