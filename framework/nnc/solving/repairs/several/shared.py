"""Two numbers, one of which counts in several units: searched, not proved.

The first is moved stretch by stretch; for each the network is evaluated anew, and every other
number is judged as if it was the only one.
"""

from __future__ import annotations

from fractions import Fraction

from nnc.solving.repairs.problem.demands import state_and_demands
from nnc.solving.repairs.problem.intervals import nearest
from nnc.solving.repairs.problem.problem import Best, Change, Problem
from nnc.solving.repairs.single.fixes import fixes
from nnc.solving.repairs.single.sweeps import stretches


def search_shared(problem: Problem, best: Best) -> bool:
    """Offer repairs by two numbers, one of them shared; return whether there are none to try.

    Raises OutOfTimeError.
    """
    for number in problem.shared:
        old, seen = Fraction(number.value), set[Fraction]()
        bounds, decimals = problem.range_of(number), problem.decimals_for(number)
        for stretch in stretches(problem, problem.state, problem.demands, number):
            inside = stretch.cell.moved(old).intersection(bounds)
            value = None if inside.is_empty else nearest(inside, old, decimals)
            if value is None or value == old or value in seen:
                continue
            seen.add(value)
            change = Change(number, value)
            circuit = problem.circuit.with_changes([(number, value)])
            state, demands = state_and_demands(circuit, problem.example)
            rest = [each for each in problem.numbers if each is not number]
            after = Problem(
                circuit, state, demands, rest, problem.everything, problem.example,
                problem.decimals, problem.deadline,
            )  # fmt: skip
            for remedy in fixes(after):
                other = after.value_in(remedy.number, remedy.intervals)
                if other is not None:
                    pair = (change, Change(remedy.number, other))
                    best.offer(tuple(sorted(pair, key=lambda each: each.number.place)))
    return not problem.shared
