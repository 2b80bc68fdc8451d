"""Linear models of any library -> neurons that read numbers.

A reader describes what its model adds up as a `Linear`: each sum is made of terms of columns.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from nnc.interchange.importing.models.trees import Feature, Planted, input_names, input_of
from nnc.interchange.importing.models.votes import Verdict, outputs_of
from nnc.interchange.importing.naming import Names
from nnc.interchange.importing.ties import Ties
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
class Linear:
    """Sums of columns: for each a row of weights, and an intercept."""

    features: Sequence[Feature]
    columns: Sequence[Line]
    weights: Sequence[Sequence[Fraction]]
    intercepts: Sequence[Fraction]
    verdict: Verdict


class _Sum:
    """One sum as it grows: weights of numbers, and a constant."""

    def __init__(self, constant: Fraction) -> None:
        self.constant = constant
        self.size = abs(constant)
        self.lines: dict[int, Fraction] = {}

    def add(self, weight: Fraction, column: Line) -> None:
        """Add a weighted column."""
        before = self.lines.get(column.feature, Fraction(0))
        self.lines[column.feature] = before + weight * column.scale
        self.constant += weight * column.offset
        self.size += abs(weight * column.offset)

    def neuron(self, verdict: Verdict, names: Sequence[str]) -> Neuron:
        """Return the neuron of the sum."""
        weights = {"1": rounded(self.constant)} if self.constant else {}
        weights |= {names[feature]: rounded(weight) for feature, weight in self.lines.items()}
        rule: Fires | None = "above" if verdict.outcome == "above" else None
        return Neuron(weights=weights, threshold=0, fires=rule)


def rounded(number: Fraction) -> Number:
    """Return the shortest decimal that reads back as the nearest float64."""
    return simplest(Fraction(repr(float(number))))


def draw_line(linear: Linear) -> Planted:
    """Return the network of a linear model."""
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
        neurons[names.new(text, "votes")] = total.neuron(verdict, inputs)
    network = Network(
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
