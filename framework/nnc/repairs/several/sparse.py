"""Choose a few of many numbers that are enough: a good choice, not the best.

The least change leaves most numbers as they are. Numbers that change little become more expensive,
and the program is solved again; in the end every number that is not needed is left out. The
inequalities are tightened so far that rounding cannot violate them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from fractions import Fraction

from nnc.lazy import np
from nnc.numbers.integers import Array
from nnc.repairs.several.least import Inequalities, Optimum, relaxed

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
        optimum = relaxed(replace(_narrow(inequalities, chosen), costs=costs))
        if not isinstance(optimum, Optimum):
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
            optimum = relaxed(_narrow(inequalities, rest))
            if isinstance(optimum, Optimum):
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
