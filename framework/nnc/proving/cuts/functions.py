"""Signals of a plan -> decision diagrams over the inputs, neuron by neuron.

A neuron is decided source by source. Two thresholds between which no sum of the sources left lies
ask the same, and share a result (Abío and others, A new look at BDDs for pseudo-Boolean
constraints, 2012). The inputs stand in the order in which a walk from the output meets them: at a
neuron its own inputs first, and large weights before others.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Iterable, Sequence
from fractions import Fraction
from math import ceil, floor, lcm
from typing import NamedTuple

from nnc.compiler.plan import Plan
from nnc.exact import Number, stored_number
from nnc.language.network import FIRING
from nnc.language.references import CONSTANTS
from nnc.proving.cuts.diagrams import FALSE, TRUE, Diagrams

_Stretch = tuple[int, int, int]
"""Thresholds above the second number, up to the first: the function that all of them give."""


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


class Cone:
    """What some signals of a plan depend on, and the order of their inputs."""

    def __init__(self, plan: Plan, roots: Iterable[int]) -> None:
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
        """Return the function of every signal. Raises TooLargeError."""
        functions = {0: FALSE, 1: TRUE}
        for level, signal in enumerate(self.inputs):
            functions[signal] = diagrams.variable(level)
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
    return _Sum(diagrams, list(merged.items())).function(threshold)


class _Sum:
    """Functions with weights above 0, decided from the one on that is highest in the order."""

    def __init__(self, diagrams: Diagrams, terms: Sequence[tuple[int, int]]) -> None:
        self._diagrams = diagrams
        self._terms = sorted(terms, key=lambda term: (diagrams.levels[term[0]], -term[1], term[0]))
        self._known: list[list[_Stretch]] = [[] for _ in range(len(terms) + 1)]
        self._left = [0] * (len(terms) + 1)  # what the weights not yet decided add up to
        for place in range(len(terms) - 1, -1, -1):
            self._left[place] = self._left[place + 1] + self._terms[place][1]
        self._far = 0

    def function(self, threshold: int) -> int:
        """Return where the sum reaches a threshold. Raises TooLargeError."""
        self._far = 2 * (self._left[0] + abs(threshold)) + 1  # beyond all thresholds
        todo = [(0, threshold)]
        while todo:
            place, limit = todo[-1]
            if self._find(place, limit) is not None:
                todo.pop()
                continue
            weight = self._terms[place][1]
            off, on = self._find(place + 1, limit), self._find(place + 1, limit - weight)
            if off is None:
                todo.append((place + 1, limit))
            elif on is None:
                todo.append((place + 1, limit - weight))
            else:
                self._add(place, off, on)
                todo.pop()
        root = self._find(0, threshold)
        assert root is not None
        return root[2]

    def _find(self, place: int, limit: int) -> _Stretch | None:
        """Return the stretch that a threshold lies in, if it is known."""
        if limit <= 0:
            return 0, -self._far, TRUE
        if limit > self._left[place]:
            return self._far, self._left[place], FALSE
        known = self._known[place]
        index = bisect_left(known, (limit,))
        if index < len(known) and known[index][1] < limit:
            return known[index]
        return None

    def _add(self, place: int, off: _Stretch, on: _Stretch) -> None:
        """Add the stretch of thresholds for which both ways are the same."""
        function, weight = self._terms[place]
        top, bottom = min(off[0], on[0] + weight), max(off[1], on[1] + weight)
        self._diagrams.room.take()
        insort(self._known[place], (top, bottom, self._diagrams.choose(function, on[2], off[2])))
