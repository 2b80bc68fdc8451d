"""Signals of a plan -> decision diagrams over the inputs, neuron by neuron.

A neuron is decided source by source, from the one on that is highest in the order. The inputs stand
in the order in which a walk from the output meets them: at a neuron its own inputs first, and large
weights before others.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from fractions import Fraction
from math import ceil, floor, lcm
from typing import NamedTuple

from nnc.compiler.plan import Plan
from nnc.cut_sets.diagrams import FALSE, TRUE, Diagrams
from nnc.language.network import FIRING
from nnc.language.references import CONSTANTS
from nnc.numbers.exact import Number, stored_number
from nnc.proofs.weighted import WeightedSum


class Neuron(NamedTuple):
    """One threshold of a neuron: 1 where the sum reaches it, or, if turned, where it does not."""

    sources: tuple[int, ...]
    weights: tuple[int, ...]
    threshold: int
    is_turned: bool


def neuron_of(plan: Plan, signal: int) -> Neuron:
    """Return what makes a signal, in integers and without weights of 0."""
    layer = plan.layer_of(signal)
    sources: Sequence[int]
    weights: Sequence[Number]
    if layer is None:
        step = plan.maker[signal]
        sources, weights, fires = step.sources, step.weights, step.fires
        limit: Number = step.thresholds[signal - step.first]
    else:
        place = signal - layer.first
        sources, weights = layer.row(place)
        fires, limit = layer.fires, stored_number(layer.limits[place])
    rule = FIRING[fires]
    scale = lcm(*(weight.denominator for weight in weights))
    scaled = Fraction(limit) * scale
    threshold = floor(scaled) + 1 if rule.is_past else ceil(scaled)
    wires = [(s, int(w * scale)) for s, w in zip(sources, weights, strict=True) if w]
    return Neuron(
        tuple(source for source, _ in wires),
        tuple(weight for _, weight in wires),
        threshold,
        not rule.up,
    )


def is_inverted(plan: Plan, signal: int) -> bool:
    """Return whether a bit has the value 1 where it does not fire."""
    return plan.states_of(signal)[0] == 1


class Cone:
    """What some signals of a plan depend on, and the order of their inputs."""

    def __init__(self, plan: Plan, roots: Iterable[int]) -> None:
        self._plan = plan
        self.neurons: dict[int, Neuron] = {}
        """By signal, in no order: a neuron reads signals of smaller numbers only."""
        self.inputs: list[int] = []
        """The signals of inputs, by level."""
        seen = set(range(len(CONSTANTS)))
        for root in roots:
            todo = [root]
            while todo:
                signal = todo.pop()
                if signal in seen:
                    continue
                seen.add(signal)
                if signal < plan.first_made:
                    self.inputs.append(signal)
                    continue
                neuron = self.neurons[signal] = neuron_of(plan, signal)
                wires = [*zip(neuron.sources, neuron.weights, strict=True)]
                wires.sort(key=lambda wire: (wire[0] >= plan.first_made, -abs(wire[1])))
                todo += [source for source, _ in reversed(wires)]

    def functions(self, diagrams: Diagrams) -> dict[int, int]:
        """Return where each signal fires, of variables that are 1 where an input has the value 1.

        Raises TooLargeError.
        """
        functions = {0: FALSE, 1: TRUE}
        for level, signal in enumerate(self.inputs):
            is_one = diagrams.variable(level)
            functions[signal] = (
                diagrams.opposite(is_one) if is_inverted(self._plan, signal) else is_one
            )
        for signal in sorted(self.neurons):
            neuron = self.neurons[signal]
            terms = [
                (functions[source], weight)
                for source, weight in zip(neuron.sources, neuron.weights, strict=True)
            ]
            function = at_least(diagrams, terms, neuron.threshold)
            functions[signal] = diagrams.opposite(function) if neuron.is_turned else function
        return functions


def at_least(diagrams: Diagrams, terms: Iterable[tuple[int, int]], threshold: int) -> int:
    """Return where the weights of the functions that are 1 add up to a threshold."""
    merged: dict[int, int] = {}
    for function, weight in terms:
        if weight < 0:  # -w * x is w * (1 - x) - w
            function, weight = diagrams.opposite(function), -weight
            threshold += weight
        if function == TRUE:
            threshold -= weight
        elif function != FALSE:
            merged[function] = merged.get(function, 0) + weight
    levels = diagrams.levels
    ordered = sorted(merged.items(), key=lambda term: (levels[term[0]], -term[1], term[0]))

    def choose(function: int, on: int, off: int) -> int:
        diagrams.room.take()
        return diagrams.choose(function, on, off)

    return WeightedSum(ordered, choose, FALSE, TRUE).reaches(threshold)
