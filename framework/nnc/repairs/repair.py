"""Search for the fewest numbers to change, then the least change, so that all rows hold.

Every repair by one number is found first. If there is none, sets of two numbers are tried, then of
three, and so on. The search ends with a proof that the answer is the least, or with the budget.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from nnc.repairs.problem.problem import (
    Best,
    Change,
    Changed,
    OutOfTimeError,
    Problem,
    Remedy,
)
from nnc.repairs.several.hitting import HittingSets, Refutation
from nnc.repairs.single import fixes

Proof = Literal["proved", "searched", "not decided"]


@dataclass(eq=False)
class Answer:
    """The numbers to change, and what is proved of their count and change.

    At least `fewest` numbers are needed. `fixes` are all repairs by one number. `is_interrupted`
    says that Ctrl-C has ended the search. Where no repair exists, `refutation` may tell which rows
    contradict each other, and `needs_decimals` that more decimals might be enough.
    """

    changed: Changed | None = None
    fewest: int = 1
    proof: Proof = "not decided"
    fixes: list[Remedy] = field(default_factory=list)
    is_interrupted: bool = False
    refutation: Refutation | None = None
    needs_decimals: bool = False


def search(problem: Problem) -> Answer:
    """Search a repair until the budget is spent, or Ctrl-C ends it once there is an answer."""
    answer, best = Answer(), Best()
    try:
        _by_one(problem, answer, best)
        if best.changed is None:
            _by_several(problem, answer, best)
    except OutOfTimeError:
        pass
    except KeyboardInterrupt:
        if best.changed is None:
            raise
        answer.is_interrupted = True
    answer.changed = best.changed
    if answer.proof == "not decided" and best.changed is not None:
        answer.proof = "searched"
    return answer


def _by_one(problem: Problem, answer: Answer, best: Best) -> None:
    answer.fixes = list(fixes(problem))
    for remedy in answer.fixes:
        value = problem.value_in(remedy.number, remedy.intervals)
        if value is not None:
            best.offer((Change(remedy.number, value),))
    if best.changed is not None:
        answer.proof = "proved"
    else:
        answer.fewest = 2


def _by_several(problem: Problem, answer: Answer, best: Best) -> None:
    """Look for two numbers, three, ….; raise OutOfTimeError where the budget is spent."""
    search = HittingSets(problem, answer.fewest, best)
    try:
        search.search()
    finally:
        outcome = search.outcome
        answer.refutation = search.refutation
        answer.needs_decimals = search.needs_decimals
        answer.fewest = outcome.fewest
        if outcome.is_proved or outcome.is_impossible:
            answer.proof = "proved"
