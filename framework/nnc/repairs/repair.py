"""Search for the fewest numbers to change, then the least change, so that all rows hold.

Every repair by one number is found first. If there is none, sets of two numbers are tried, then of
three, and so on. The search ends with a proof that the answer is the least, or with the budget.
Where no repair exists, rows contradict each other, or numbers may not change that would have to.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Literal

from nnc.compiler.graph import NeuronNode
from nnc.compiler.plan import Plan
from nnc.numbers.exact import Number, show_number
from nnc.repairs.problem.demands import Example
from nnc.repairs.problem.examples import contradiction
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


MAX_NAMES = 6  # contradicting rows that a message names


@dataclass(frozen=True, slots=True)
class Impossible:
    """The reason why no change of the allowed numbers satisfies all rows, as one sentence.

    What affects the rows and may not change lies `is_in_files`, or was excluded, `is_kept`;
    `is_decimals` says that more decimals might be enough.
    """

    why: str
    is_decimals: bool = False
    is_in_files: bool = False
    is_kept: bool = False


def before_search(plan: Plan, example: Example, problem: Problem) -> Impossible | None:
    """Return why no repair exists, as far as the rows tell without a search."""
    if not len(problem.failing):
        return None
    clash = contradiction(plan, example)
    if clash is not None:
        first, other, alias = clash
        names = [_name_of(example, row) for row in (first, other)]
        values = [_value_text(example.wanted[alias][row]) for row in (first, other)]
        return Impossible(
            f"{names[0]} and {names[1]} have the same inputs, but expect {values[0]} and "
            f"{values[1]} of `{alias}`"
        )
    if problem.demands.fixed.any():
        row = int(problem.demands.fixed.argmax())
        return Impossible(f"{_name_of(example, row)} cannot be satisfied: no number affects it")
    if problem.numbers:
        return None
    return _explained(problem, [int(problem.failing[0])], _wrong_units(problem))


def after_search(problem: Problem, answer: Answer) -> Impossible:
    """Return why a search has proved that no repair exists."""
    if answer.refutation is not None:
        units, rows, is_decimals = answer.refutation
        return _explained(problem, sorted(rows), units, is_decimals=is_decimals)
    demands, circuit = problem.demands, problem.circuit
    units = {circuit.makers[signal] for signal in demands.bits} | demands.summed
    return _explained(problem, [], units, is_decimals=answer.needs_decimals)


def _wrong_units(problem: Problem) -> set[int]:
    """Return the units from which the first row that fails expects something else."""
    row, state, demands = problem.failing[0], problem.state, problem.demands
    units = {
        problem.circuit.makers[signal]
        for signal, bit in demands.bits.items()
        if bit.asked[row] and state.bits[signal][row] != bit.wanted[row]
    }
    units |= {
        unit
        for unit, total in demands.sums.items()
        if total.asked[row] and state.sums[unit][row] != total.wanted[row]
    }
    if not units:
        units.update(unit for group in demands.largest if group.asked[row] for unit in group.units)
    return units


def _explained(
    problem: Problem, rows: list[int], units: Iterable[int], *, is_decimals: bool = False
) -> Impossible:
    """Explain which numbers that affect some units may not change."""
    circuit = problem.circuit
    cone = circuit.cone(circuit.units[unit].first for unit in units)
    allowed = {id(number) for number in problem.numbers}
    affecting = [number for number in problem.everything if number.units & cone]
    is_free = any(id(number) in allowed for number in affecting)
    is_kept = any(id(number) not in allowed for number in affecting)
    is_in_files = not cone.isdisjoint(problem.elsewhere.units)
    names = list(dict.fromkeys(_name_of(problem.example, row) for row in rows))
    subject, affected = "not all rows can be satisfied", "them"
    if len(names) == 1:
        subject, affected = f"{names[0]} cannot be satisfied", "it"
    elif names:
        more = len(names) - MAX_NAMES + 1
        last = names[-1] if more < 2 else f"{more:,} more"
        listed = f"{', '.join(names[: min(len(names), MAX_NAMES) - 1])} and {last}"
        subject = f"{listed} cannot be satisfied together"
    with_decimals = " with so few decimals" if is_decimals else ""
    fixed = "are excluded" if is_kept else ""
    if is_in_files:
        fixed = f"are in {problem.elsewhere.what}, which repair does not change"
        fixed += ", or are excluded" if is_kept else ""
    if not fixed:
        end = f", whatever the numbers are{with_decimals}"
        if _has_steps(problem, cone):
            end += "; repair does not change cut-offs"
        if not is_free:
            end = f": no number affects {affected}"
    elif is_free:
        end = f" by the numbers that may change{with_decimals}"
        end += f": others that affect {affected} {fixed}"
    else:
        end = f": the only numbers that affect {affected} {fixed}"
    return Impossible(subject + end, is_decimals, is_in_files, is_kept)


def _has_steps(problem: Problem, units: Iterable[int]) -> bool:
    """Return whether some of the units compare an input with a cut-off."""
    circuit = problem.circuit
    firsts = {circuit.units[unit].first for unit in units}
    nodes = (node for node in circuit.graph.nodes if isinstance(node, NeuronNode))
    return any(node.is_step and node.first in firsts for node in nodes)


def _name_of(example: Example, row: int) -> str:
    name = example.names[row] if row < len(example.names) else ""
    return f"`{name}`" if name else "a guarded row"


def _value_text(value: Number | str) -> str:
    return value if isinstance(value, str) else show_number(value)
