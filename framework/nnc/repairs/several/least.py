"""Find the least change of a few numbers under many inequalities, in steps of the last decimal.

Inequalities are added to an exact linear program as they are violated; then it is branched on
values that are not a whole number of steps.

Of many numbers a few that are enough are a good choice, not the best. The least change leaves most
as they are. Numbers that change little become more expensive, and the program is solved again; in
the end every number that is not needed is left out. The inequalities are tightened so far that
rounding cannot violate them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from math import ceil, floor, lcm
from typing import NamedTuple

from nnc.lazy import np
from nnc.numbers.integers import SAFE_SIZE, Array, largest_of
from nnc.numbers.linear import LinearProgram, TooManyStepsError

MAX_BRANCHES = 400  # nodes of one search for whole values
MAX_STEPS = 2_000  # simplex steps of one program


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

    def row(self, i: int) -> tuple[dict[int, int], int]:
        """Return the factors of a row, by the places of numbers, and its bound."""
        return {k: int(column[i]) for k, column in enumerate(self.columns)}, int(self.bounds[i])

    def restrict(self, program: LinearProgram, most: Fraction | None = None) -> bool:
        """Add the rows that break, one by one, until none does, or the cost reaches `most`.

        Returns False where they leave no solution. Raises UndecidedError.
        """
        try:
            while program.solve(MAX_STEPS):
                is_enough = most is not None and program.cost >= most
                row = None if is_enough else self.worst(program.values)
                if row is None:
                    return True
                program.require(*self.row(row), row)
        except TooManyStepsError:
            raise UndecidedError from None
        return False


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


class Optimum(NamedTuple):
    """The least cost, and the change of each number, in steps."""

    cost: Fraction
    changes: tuple[Fraction, ...]


BOUNDS = 1 << 62  # bounds of values are inequalities with names from here on


def relaxed(
    inequalities: Inequalities,
    bounds: Sequence[tuple[int, int, int]] = (),
    most: Fraction | None = None,
) -> tuple[Optimum | None, Iterable[int]]:
    """Return the least cost over all changes, whole or not, and the rows that leave no less.

    `bounds` are (number, sign, end). Beyond a cost of `most` any lower bound will do. Where there
    is none, the rows contradict each other, whatever the numbers are. Raises UndecidedError.
    """
    costs = inequalities.costs
    program = LinearProgram([0] * len(costs), costs)
    for i, (k, sign, end) in enumerate(bounds):
        program.require({k: sign}, sign * (end - inequalities.starts[k]), BOUNDS + i)
    if inequalities.restrict(program, most):
        return Optimum(program.cost, tuple(program.values)), program.binding
    return None, program.multipliers


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
        optimum, rows = relaxed(inequalities, bounds, limit)
        if used is not None:
            used.update(row for row in rows if row < BOUNDS)
        if optimum is None or (limit is not None and optimum.cost >= limit):
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


ROUNDS = 4
_DEAR = 1 << 20


def few_of(
    inequalities: Inequalities, check_time: Callable[[], None]
) -> tuple[list[int], Optimum] | None:
    """Return the places of a few numbers, and whole changes of them that meet all inequalities.

    None where none were found. Raises UndecidedError, and what `check_time` raises.
    """
    chosen: list[int] = list(range(len(inequalities.columns)))
    costs = list(inequalities.costs)
    answer = None
    for _ in range(ROUNDS):
        check_time()
        optimum, _ = relaxed(replace(_narrow(inequalities, chosen), costs=costs))
        if optimum is None:
            break
        answer = chosen, _rounded(inequalities, chosen, optimum)
        sizes = {k: abs(z) for k, z in zip(chosen, optimum.changes, strict=True) if z}
        chosen = [k for k in chosen if k in sizes]
        costs = [Fraction(1 + _DEAR // (1 + int(sizes[k]))) for k in chosen]
    if answer is None:
        return None
    for k in [k for _, k in sorted(zip(costs, chosen, strict=True), reverse=True)]:
        check_time()
        rest = [each for each in answer[0] if each != k]
        if rest:
            optimum, _ = relaxed(_narrow(inequalities, rest))
            if optimum is not None:
                answer = rest, _rounded(inequalities, rest, optimum)
    return answer


def _narrow(inequalities: Inequalities, places: Sequence[int]) -> Inequalities:
    """Leave the other numbers as they are, and room for rounding these by half a step each."""
    columns = [inequalities.columns[k] for k in places]
    room: Array = np.zeros(len(inequalities.bounds), object)
    for column in columns:
        room = room + abs(column.astype(object))
    bounds = inequalities.bounds.astype(object) + (room + 1) // 2
    return Inequalities(
        columns,
        bounds,
        [inequalities.starts[k] for k in places],
        [inequalities.costs[k] for k in places],
    )


def _rounded(inequalities: Inequalities, places: Sequence[int], optimum: Optimum) -> Optimum:
    """Bring values to whole steps."""
    starts = [inequalities.starts[k] for k in places]
    changes = tuple(
        round(start + change) - start if change else change
        for start, change in zip(starts, optimum.changes, strict=True)
    )
    return Optimum(optimum.cost, changes)
