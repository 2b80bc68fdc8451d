"""The values nearest to a cut-off or threshold that an input, or a sum, can have on each side.

A sum is looked at where all that it adds up comes from bits, choices and integers in bounds, and
from steps: then all its values are known, if they are few.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from fractions import Fraction
from itertools import pairwise
from math import ceil, floor
from typing import NamedTuple

from nnc.compiler.plan import Plan, PlanNeuron
from nnc.language.network import FIRING, Input
from nnc.numbers.exact import Number, decimal_places, simplest

_MAX_SUMS = 4096
_MAX_VALUES = 1024  # of an integer that is weighed
_Values = set[Number]


class Edge(NamedTuple):
    """A cut-off or threshold at a signal, with the nearest values on its two sides.

    They are of the input at `source`, or else of the sum of the neuron whose first signal it is.
    Each side is a stretch from its first value to its last; None where there is none.
    """

    signal: int
    source: int
    step: PlanNeuron
    threshold: Number
    silent: tuple[Number, Number] | None
    firing: tuple[Number, Number] | None


def edges_of(plan: Plan) -> Iterator[Edge]:
    """Yield the edges whose nearest values are known."""
    inputs = _inputs_by_signal(plan)
    for step in plan.steps:
        if step.is_cutoff:
            if step.sources[0] in inputs:
                yield _of_cutoff(step, inputs[step.sources[0]][0])
        elif (
            not (step.is_default or step.is_value)
            and (sums := _sums(plan, step, inputs)) is not None
        ):
            yield from _of_thresholds(step, sums)


def _inputs_by_signal(plan: Plan) -> dict[int, tuple[Input, str]]:
    return {
        plan.first_of[name] + i: (input_, name)
        for name, input_ in plan.inputs.items()
        for i in range(input_.width)
    }


def _of_cutoff(step: PlanNeuron, input_: Input) -> Edge:
    """Return the edge of a step: next to it the next integers, or reals within its last place."""
    cutoff = step.threshold(0)
    is_strict = FIRING[step.fires].strict
    firing: tuple[Number, Number] | None
    silent: tuple[Number, Number] | None
    if input_.type == "integer":
        first = floor(cutoff) + 1 if is_strict else ceil(cutoff)
        firing, silent = (first, first), (first - 1, first - 1)
    else:
        unit = _unit(cutoff)
        at, below, above = (cutoff, cutoff), (cutoff - unit, cutoff), (cutoff, cutoff + unit)
        firing, silent = (above, at) if is_strict else (at, below)
    if input_.max is not None and firing[0] > input_.max:
        firing = None
    if input_.min is not None and silent[1] < input_.min:
        silent = None
    return Edge(step.first, step.sources[0], step, cutoff, silent, firing)


def _unit(cutoff: Number) -> Number:
    """Return the value of the last digit of a number as written."""
    places = decimal_places(cutoff.denominator)
    return Fraction(1, cutoff.denominator if places is None else 10**places)


def _of_thresholds(step: PlanNeuron, sums: Sequence[Number]) -> Iterator[Edge]:
    rule = FIRING[step.fires]
    for i in range(len(step.thresholds)):
        threshold = step.threshold(i)
        firing = [total for total in sums if rule.compare(total, threshold)]
        silent = [total for total in sums if not rule.compare(total, threshold)]
        if firing and silent:
            ends = (max(silent), min(firing)) if rule.up else (min(silent), max(firing))
            (off, on) = ends
            yield Edge(step.first + i, step.first, step, threshold, (off, off), (on, on))


# ------------------------------------------------------------------------- sums that can be


def _sums(
    plan: Plan, step: PlanNeuron, inputs: dict[int, tuple[Input, str]]
) -> Sequence[Number] | None:
    """Return all sums that a neuron can have; None where they are many, or not known."""
    by_input: dict[str, dict[int, int]] = {}  # the weights of what each input gives
    steps: dict[str, list[tuple[PlanNeuron, int]]] = {}
    total = 0
    for source, weight in zip(step.sources, step.weights, strict=True):
        maker = plan.maker.get(source)
        if source in inputs:
            by_input.setdefault(inputs[source][1], {})[source] = weight
        elif maker is not None and maker.is_cutoff and maker.sources[0] in inputs:
            name = f"{inputs[maker.sources[0]][1]}({maker.sources[0]})"
            steps.setdefault(name, []).append((maker, weight))
        elif source <= 1:
            total += source * weight
        else:
            return None
    choices = [
        _of_input(inputs[next(iter(weights))][0], weights, plan.first_of[name])
        for name, weights in by_input.items()
    ]
    weighed = {source for weights in by_input.values() for source in weights}
    for several in steps.values():
        source = several[0][0].sources[0]
        if source in weighed:  # the steps and the value itself depend on each other
            return None
        choices.append([_of_steps(inputs[source][0], several)])
    sums: _Values = {total}
    for group in choices:
        if group is None:
            return None
        for values in group:
            sums = {total + value for total in sums for value in values}
            if len(sums) > _MAX_SUMS:
                return None
    return [simplest(Fraction(total + step.offset) / step.scale) for total in sorted(sums)]


def _of_input(input_: Input, weights: dict[int, int], first: int) -> list[_Values] | None:
    """Return the values that an input can add: a choice as one, other inputs by element."""
    if input_.of is not None:
        return [{weights.get(first + i, 0) for i in range(input_.width)}]
    if input_.type == "bit":
        return [{0, weight} for weight in weights.values()]
    if input_.type != "integer" or input_.min is None or input_.max is None:
        return None
    values = range(ceil(input_.min), floor(input_.max) + 1)
    if values.stop - values.start > _MAX_VALUES:  # `len` of a longer range may overflow
        return None
    return [{weight * value for value in values} for weight in weights.values()]


def _of_steps(input_: Input, steps: Iterable[tuple[PlanNeuron, int]]) -> _Values:
    """Return the points that the steps of a number can give, within its bounds."""
    steps = list(steps)
    cutoffs = sorted({step.threshold(0) for step, _ in steps})
    candidates: list[Number] = [cutoffs[0] - 1, *cutoffs, cutoffs[-1] + 1]
    candidates += [Fraction(a + b) / 2 for a, b in pairwise(cutoffs)]
    if input_.type == "integer":
        candidates = [ceil(cut) + shift for cut in cutoffs for shift in (-1, 0, 1)]
    ends = [end for end in (input_.min, input_.max) if end is not None]
    least, greatest = input_.min, input_.max
    return {
        sum(
            weight for step, weight in steps if FIRING[step.fires].compare(value, step.threshold(0))
        )
        for value in (*candidates, *ends)
        if (least is None or value >= least) and (greatest is None or value <= greatest)
    }
