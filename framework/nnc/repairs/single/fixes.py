"""Every repair by one number, with the whole interval of its values: complete and exact.

A number that counts in one unit is judged by what that unit must do in each row: its flipped bits
are simulated, and each row says at once which changes of the number are allowed. One that counts
in several units is swept: between two values at which a bit flips nothing changes, so the network
is simulated once for each such stretch.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction

import numpy as np

from nnc.repairs.problem.circuit import Changes, State
from nnc.repairs.problem.numbers import WrittenNumber
from nnc.repairs.problem.problem import Problem, Remedy
from nnc.repairs.single.limits import Limits, Unclear, interval_of, limits_of
from nnc.repairs.single.sweeps import swept


def fixes(problem: Problem) -> Iterator[Remedy]:
    """Yield every number that repairs all rows by itself. Raises OutOfTimeError."""
    left = list(problem.shared)
    few = problem.state.taken(problem.failing)
    asked = problem.demands.taken(problem.failing)
    for place in sorted(problem.own.keys() & problem.cone):
        problem.check_time()
        numbers = problem.own[place]
        try:
            if limits_of(few, asked, place) is None:
                continue
            limits = limits_of(problem.state, problem.demands, place)
        except Unclear:
            left += numbers
            continue
        if limits is not None:
            yield from fixes_of_unit(problem, problem.state, limits, numbers)
    for number in left:
        if number.units & problem.cone:
            yield from swept(problem, number)


def fixes_of_unit(
    problem: Problem,
    state: State,
    limits: Limits,
    numbers: Sequence[WrittenNumber],
    changes: Changes | None = None,
) -> Iterator[Remedy]:
    """Yield the numbers of one unit of which each by itself is enough for its limits."""
    broken = limits.broken
    for number in numbers:
        gains = limits.influence(state, number, changes)
        if np.any(gains[broken] == 0):
            continue
        interval = interval_of(gains, limits.slack, limits.strict)
        interval = interval.moved(Fraction(number.value)).intersection(problem.range_of(number))
        if not interval.is_empty:
            yield Remedy(number, (interval,))
