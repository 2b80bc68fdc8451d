"""A repair: the fewest numbers to change, then the least change, so that all rows hold."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from nnc.solving.repairs.limits import Unclear, limits_of
from nnc.solving.repairs.problem import Best, Change, Changed, OutOfTimeError, Problem, Remedy
from nnc.solving.repairs.single import fixes
from nnc.solving.repairs.support import Support

Proof = Literal["proved", "proved by CP-SAT", "searched", "not decided"]
MAX_NUMBERS = 64


@dataclass(eq=False)
class Answer:
    """What was found: the numbers to change, and what is proved of their count and change.

    `fewest` is how many numbers are needed at least. `fixes` are all repairs by one number; where
    there are any, and `singles` whether the search for them was whole.
    """

    changed: Changed | None = None
    fewest: int = 1
    proof: Proof = "not decided"
    fixes: list[Remedy] = field(default_factory=list)
    singles: bool = False


def search(problem: Problem) -> Answer:
    """Search a repair until the budget is spent."""
    answer = Answer()
    try:
        _search(problem, answer)
    except OutOfTimeError:
        if answer.changed is not None:
            answer.proof = "searched"
    return answer


def _search(problem: Problem, answer: Answer) -> None:
    answer.fixes = list(fixes(problem))
    answer.singles = True
    best = Best()
    for single in answer.fixes:
        value = problem.value_in(single.number, single.intervals)
        if value is not None:
            best.offer((Change(single.number, value),))
    if best.changed is not None:
        answer.changed, answer.proof = best.changed, "proved"
        return
    answer.fewest = 2
    for count in range(2, MAX_NUMBERS):
        _in_one_unit(problem, count, best)
        if best.changed is not None:
            answer.changed, answer.proof = best.changed, "proved"
            return


def _in_one_unit(problem: Problem, count: int, best: Best) -> None:
    for place, numbers in sorted(problem.own.items()):
        problem.check_time()
        few = problem.state.taken(problem.failing)
        asked = problem.demands.taken(problem.failing)
        try:
            if limits_of(few, asked, place) is None:
                continue
            limits = limits_of(problem.state, problem.demands, place)
        except Unclear:
            continue
        if limits is None or len(numbers) < count:
            continue
        Support(problem, problem.state, limits, numbers).search(count, best)
