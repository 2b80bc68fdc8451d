"""A repair: the fewest numbers to change, then the least change, so that all rows hold.

First every repair by one number; then, count by count, the own searches: several numbers of one
neuron, and of several neurons. Where these leave something out, or take too long, CP-SAT looks at
the whole network, if it is installed.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from importlib.util import find_spec
from typing import Literal

from nnc.solving.repairs.problem.problem import (
    Best,
    Change,
    Changed,
    OutOfTimeError,
    Problem,
    Remedy,
)
from nnc.solving.repairs.several.relaxation import Relaxation
from nnc.solving.repairs.several.sets import search_units
from nnc.solving.repairs.several.shared import search_shared
from nnc.solving.repairs.several.support import Support
from nnc.solving.repairs.single.fixes import fixes
from nnc.solving.repairs.single.limits import Unclear, limits_of

Proof = Literal["proved", "proved by CP-SAT", "searched", "not decided"]
MOST_OF_OUR_OWN = 3
"""Beyond so many numbers CP-SAT is asked, where it is installed."""
_OWN_SHARE = 0.6


@dataclass(eq=False)
class Answer:
    """What was found: the numbers to change, and what is proved of their count and change.

    `fewest` is how many numbers are needed at least; `needs_solver` says that CP-SAT, which is not
    installed, may tell more. `fixes` are all repairs by one number, if `singles`.
    """

    changed: Changed | None = None
    fewest: int = 1
    proof: Proof = "not decided"
    fixes: list[Remedy] = field(default_factory=list)
    singles: bool = False
    needs_solver: bool = False


def search(problem: Problem) -> Answer:
    """Search a repair until the budget is spent."""
    answer, best = Answer(), Best()
    has_solver = find_spec("ortools") is not None
    end, begin = problem.deadline, time.monotonic()
    try:
        _by_one(problem, answer, best)
        if best.changed is None:
            if has_solver:
                problem.deadline = begin + (end - begin) * _OWN_SHARE
            _by_several(problem, answer, best, is_last=not has_solver)
    except OutOfTimeError:
        pass
    problem.deadline = end
    if answer.proof != "proved" and answer.singles:
        if has_solver:
            _by_solver(problem, answer, best)
        else:
            answer.needs_solver = True
    answer.changed = best.changed
    if answer.proof == "not decided" and best.changed is not None:
        answer.proof = "searched"
    return answer


def _by_one(problem: Problem, answer: Answer, best: Best) -> None:
    answer.fixes = list(fixes(problem))
    answer.singles = True
    for remedy in answer.fixes:
        value = problem.value_in(remedy.number, remedy.intervals)
        if value is not None:
            best.offer((Change(remedy.number, value),))
    if best.changed is not None:
        answer.proof = "proved"
    else:
        answer.fewest = 2


def _by_several(problem: Problem, answer: Answer, best: Best, *, is_last: bool) -> None:
    """Look for two numbers, three, ….; raise OutOfTimeError where the budget is spent."""
    is_complete = True
    for count in range(2, len(problem.numbers) + 1):
        if count > MOST_OF_OUR_OWN and not (is_last or is_complete):
            return
        is_complete &= _in_one_unit(problem, count, best)
        for size in range(2, count + 1):
            is_complete &= search_units(problem, size, count, best)
        if count == 2:
            is_complete &= search_shared(problem, best)
        if best.changed is not None:
            answer.proof = "proved" if is_complete else "not decided"
            return
        if is_complete:
            answer.fewest = count + 1
    if is_complete:
        answer.proof = "proved"  # that there is none


def _in_one_unit(problem: Problem, count: int, best: Best) -> bool:
    """Offer the least changes of so many numbers of one unit; return whether none is left out."""
    is_complete = True
    few = problem.state.taken(problem.failing)
    asked = problem.demands.taken(problem.failing)
    for place, numbers in sorted(problem.own.items()):
        problem.check_time()
        if len(numbers) < count:
            continue
        try:
            if limits_of(few, asked, place) is None:
                continue
            limits = limits_of(problem.state, problem.demands, place)
        except Unclear:
            is_complete = False
            continue
        if limits is not None:
            support = Support(problem, problem.state, limits, numbers)
            support.search(count, best)
            is_complete &= support.is_complete
    return is_complete


def _by_solver(problem: Problem, answer: Answer, best: Best) -> None:
    """Let CP-SAT look at the whole network, from what is known on."""
    relaxation = Relaxation(problem, answer.fewest)
    outcome = relaxation.search(best)
    answer.fewest = max(answer.fewest, outcome.fewest)
    if outcome.is_proved:
        answer.proof = "proved by CP-SAT"
