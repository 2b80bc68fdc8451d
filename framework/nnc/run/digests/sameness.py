"""Compare two networks by their digests of structure.

Most of what changes can be seen without them. Neurons whose numbers are the same in both plans
cannot make the digests differ in numbers, whatever they read; where what is left has other
numbers, the networks are not the same. Only else the digests are taken.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Sequence
from fractions import Fraction

from nnc.compiler.plan import Plan, PlanNeuron
from nnc.numbers.exact import Number, simplest
from nnc.run.digests.digests import structure_digest


def is_same_structure(before: Plan, after: Plan) -> bool:
    """Return True if two plans have one digest of structure."""
    return not has_other_numbers(before, after) and (
        structure_digest(before) == structure_digest(after)
    )


def has_other_numbers(before: Plan, after: Plan) -> bool:
    """Return True if neurons have rules, thresholds and weights that no neuron of the other has.

    False says nothing: so it is where there are layers, states, or other steps, too.
    """
    plans = before, after
    if any(plan.states for plan in plans):
        return False
    if not all(isinstance(stretch, range) for plan in plans for stretch in plan.schedule):
        return False
    old = {step.first: step for step in before.steps}
    removed, added = [], []
    for step in after.steps:
        other = old.pop(step.first, None)
        if other is None or (step is not other and step != other):
            added.append(step)
            if other is not None:
                removed.append(other)
    removed += old.values()
    if not all(map(_is_plain, (*removed, *added))):
        return False
    if _joins_sources(before, removed) or _joins_sources(after, added):
        return False
    return Counter(map(_numbers, removed)) != Counter(map(_numbers, added))


def _is_plain(step: PlanNeuron) -> bool:
    """Return True if a step is a neuron by itself, with one threshold."""
    return not (step.ports or step.is_cutoff or step.is_default or step.is_value)


def _joins_sources(plan: Plan, steps: Sequence[PlanNeuron]) -> bool:
    """Return True if weights of one source may be added up, so that they are not those written."""
    joined = {step.first for step in plan.steps if step.is_cutoff or step.is_default}
    return any(
        len(set(step.sources)) < len(step.sources) or not joined.isdisjoint(step.sources)
        for step in steps
    )


def _numbers(step: PlanNeuron) -> Hashable:
    """Return the rule and the numbers of a neuron, as they are written."""
    weights: Sequence[Number] = step.weights
    if step.scale != 1:
        weights = [simplest(Fraction(weight, step.scale)) for weight in weights]
    return step.fires, step.threshold(0), tuple(sorted(weights))
