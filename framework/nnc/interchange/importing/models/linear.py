"""Linear models of any library -> neurons that read numbers, steps of numbers, and choices.

A reader describes what its model adds up as a `Linear`: each sum is made of terms of columns.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from nnc.interchange.importing.models.trees import Feature, Planted, input_names, input_of
from nnc.interchange.importing.models.votes import Verdict, outputs_of
from nnc.interchange.importing.naming import Names
from nnc.interchange.importing.places import refused
from nnc.interchange.importing.ties import Ties
from nnc.language.firing import Threshold
from nnc.language.network import Fires, Network, Neuron
from nnc.numbers.exact import Number, simplest


@dataclass(frozen=True, slots=True)
class Line:
    """A column that is `scale` times a feature, plus `offset`.

    A library that makes it in several roundings does not add exact products.
    """

    feature: int
    scale: Fraction = Fraction(1)
    offset: Fraction = Fraction(0)


@dataclass(frozen=True, slots=True)
class Stairs:
    """A column that is `first` below all cut-offs of a feature, and then the value of each."""

    feature: int
    first: Number
    values: tuple[tuple[Threshold, Number], ...]


Column = Line | Stairs


@dataclass(frozen=True, slots=True)
class Linear:
    """Sums of columns: for each a row of weights, and an intercept."""

    features: Sequence[Feature]
    columns: Sequence[Column]
    weights: Sequence[Sequence[Fraction]]
    intercepts: Sequence[Fraction]
    verdict: Verdict


class _Sum:
    """One sum as it grows: weights of numbers, points of steps and values, and a constant."""

    def __init__(self, constant: Fraction) -> None:
        self.constant = constant
        self.size = abs(constant)
        self.lines: dict[int, Fraction] = {}
        self.stairs: dict[int, dict[tuple[Number, bool], tuple[Threshold, Fraction]]] = {}

    def add(self, weight: Fraction, column: Column) -> None:
        """Add a weighted column."""
        if isinstance(column, Line):
            before = self.lines.get(column.feature, Fraction(0))
            self.lines[column.feature] = before + weight * column.scale
            self._constant(weight * column.offset)
        else:
            self._constant(weight * column.first)
            rises = self.stairs.setdefault(column.feature, {})
            last = column.first
            for limit, value in column.values:
                known = rises.get(limit.position, (limit, Fraction(0)))[1]
                rises[limit.position] = limit, known + weight * (value - last)
                self.size += abs(weight * value)
                last = value

    def _constant(self, number: Fraction) -> None:
        self.constant += number
        self.size += abs(number)

    def neuron(self, verdict: Verdict, names: Sequence[str], features: Sequence[Feature]) -> Neuron:
        """Return the neuron of the sum."""
        weights: dict[str, Any] = {}
        if self.constant:
            weights["1"] = rounded(self.constant)
        for feature, weight in self.lines.items():
            if feature in self.stairs:
                name = features[feature].name
                raise refused(
                    f"the model reads `{name}` as a number and in bins", "use one of them"
                )
            weights[names[feature]] = rounded(weight)
        for feature, rises in self.stairs.items():
            steps: dict[Number | Threshold, Number] = {}
            points = Fraction(0)
            for _, (limit, rise) in sorted(rises.items()):
                points += rise
                steps[limit if limit.rule == "above" else limit.number] = rounded(points)
            if steps:
                weights[names[feature]] = steps
        rule: Fires | None = "above" if verdict.outcome == "above" else None
        return Neuron(weights=weights, threshold=0, fires=rule)


def rounded(number: Fraction) -> Number:
    """Return the shortest decimal that reads back as the nearest float64."""
    return simplest(Fraction(repr(float(number))))


def draw_line(linear: Linear, *, description: str | None = None) -> Planted:
    """Return the network of a linear model.

    Raises InvalidNetworkError where a column is read in two ways.
    """
    names = Names()
    inputs = input_names(linear.features, names)
    sums = []
    for row, intercept in zip(linear.weights, linear.intercepts, strict=True):
        total = _Sum(intercept)
        for weight, column in zip(row, linear.columns, strict=True):
            total.add(weight, column)
        sums.append(total)
    verdict = linear.verdict
    neurons: dict[str, Neuron] = {}
    for text, total in zip(verdict.sum_names(), sums, strict=True):
        neurons[names.new(text, "votes")] = total.neuron(verdict, inputs, linear.features)
    network = Network(
        description=description,
        inputs={
            name: input_of(feature, name)
            for name, feature in zip(inputs, linear.features, strict=True)
        },
        fires="at_least",
        neurons=neurons,
        outputs=outputs_of(verdict, tuple(neurons)),
    )
    return Planted(network, _ties(linear, sums, inputs, tuple(neurons)))


def _ties(
    linear: Linear, sums: Sequence[_Sum], inputs: Sequence[str], neurons: tuple[str, ...]
) -> Ties:
    """Bound the distance of a tie: (2n + 16) roundings of the terms of a sum."""
    verdict = linear.verdict
    count = 2 * len(linear.columns) + 16
    factor = count * verdict.unit * (2 if verdict.outcome == "largest" else 1)
    slopes: dict[str, Fraction] = {}
    for total in sums:
        for feature, weight in total.lines.items():
            name = inputs[feature]
            slopes[name] = max(slopes.get(name, Fraction(0)), factor * abs(weight))
    bound = factor * max(total.size for total in sums) + verdict.slack
    return Ties(neurons, bound, slopes, is_number=verdict.outcome == "sum")
