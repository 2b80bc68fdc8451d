"""Sums of leaves or columns -> neurons and outputs: a class, or a number."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

from nnc.interchange.importing.models.cutoffs import shortest
from nnc.interchange.importing.naming import Names
from nnc.interchange.importing.ties import Ties
from nnc.language.network import Fires, Neuron, Output
from nnc.numbers.exact import Number, magnitude, simplest

Outcome = Literal["largest", "above", "at_least", "sum"]
"""The outcome of sums."""
MAX_TOTAL = 1 << 62
"""The bound of a sum of votes, in its unit, within which machine integers hold it."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """The outcome of the sums, and the rounding of the library that adds them.

    `outcome` is the `largest` sum, whether the only sum is `above` 0 or `at_least` 0, or the `sum`
    itself. `labels` are the classes. The library makes errors of `unit` in each step, relative to
    what it has, and of `slack` in what follows.
    """

    outcome: Outcome
    labels: tuple[str, ...] = ()
    unit: Fraction = Fraction(1, 2**53)
    slack: Fraction = Fraction(0)

    def sum_names(self) -> list[str]:
        """Return the names that its sums should have."""
        if self.outcome == "largest":
            return [f"votes_{label}" for label in self.labels]
        return ["total"]


@dataclass(frozen=True, slots=True)
class Sums:
    """Sums: their weights by source, their constants, and their largest absolute values.

    At most `count` sources of a sum are not 0 at once.
    """

    weights: Sequence[Mapping[str, Number]]
    base: Sequence[Number]
    spread: Sequence[Number]
    count: int


@dataclass(frozen=True, slots=True)
class Parts:
    """The neurons and outputs of a verdict."""

    neurons: Mapping[str, Neuron]
    outputs: Mapping[str, Output]
    ties: Ties


def verdict_parts(verdict: Verdict, sums: Sums, names: Names) -> Parts:
    """Return the neurons of the sums, and the output."""
    is_exact = _is_exact(verdict, sums)
    weights, base, error = _representable(sums, None if is_exact else verdict.unit)
    neurons: dict[str, Neuron] = {}
    for text, row, first in zip(verdict.sum_names(), weights, base, strict=True):
        name = names.new(text, "votes")
        constant = {"1": first} if first else {}
        rule: Fires | None = "above" if verdict.outcome == "above" else None
        limit = 0 if rule is not None or verdict.outcome == "at_least" else idle_limit(first, row)
        neurons[name] = Neuron(weights={**constant, **row}, threshold=limit, fires=rule)
    chosen = tuple(neurons)
    bound = Fraction(0) if is_exact else _bound(verdict, sums, error)
    return Parts(
        neurons,
        outputs_of(verdict, chosen),
        Ties(chosen, bound, is_number=verdict.outcome == "sum"),
    )


def idle_limit(first: Number, weights: Mapping[str, Number]) -> Number:
    """Return a threshold for a neuron of which only the sum is read: some sums are on each side."""
    least = Fraction(first) + sum(min(weight, 0) for weight in weights.values())
    greatest = Fraction(first) + sum(max(weight, 0) for weight in weights.values())
    if least < 0 <= greatest or least == greatest:
        return 0
    third = (greatest - least) / 3
    return shortest(least + third, greatest - third)


def outputs_of(verdict: Verdict, neurons: tuple[str, ...]) -> dict[str, Output]:
    """Return the output for the sums of some neurons."""
    if verdict.outcome == "sum":
        return {"value": Output(sum=neurons[0])}
    if verdict.outcome == "largest":
        return {"class": Output(largest=neurons, labels=verdict.labels)}
    return {"class": Output(level=neurons[0], labels=verdict.labels)}


def _representable(
    sums: Sums, rounding: Fraction | None
) -> tuple[list[dict[str, Number]], list[Number], Fraction]:
    """Return weights that add up in machine integers, and the most that one of them is off.

    They are the numbers themselves; or decimals near them, also where the library has floats that
    it adds with `rounding`, which are longer than what they are good for.
    """
    totals = [
        abs(Fraction(first)) + sum(abs(Fraction(w)) for w in row.values())
        for row, first in zip(sums.weights, sums.base, strict=True)
    ]
    largest = max(*totals, Fraction(1, 10**300))
    numbers = {w for row in sums.weights for w in row.values()} | set(sums.base)
    unit = _common(numbers, math.floor(MAX_TOTAL / largest))
    is_binary = unit is not None and unit & (unit - 1) == 0
    if unit is not None and (rounding is None or not is_binary):
        return [dict(row) for row in sums.weights], list(sums.base), Fraction(0)
    places = len(str(math.floor(MAX_TOTAL / largest))) - 1
    if rounding is not None:
        greatest = max(map(magnitude, numbers), default=0) or 1
        digits = 16 if rounding <= Fraction(1, 2**53) else 9
        places = max(min(places, digits - 1 - math.floor(math.log10(greatest))), 0)
    rounded = {
        number: simplest(Fraction(round(Fraction(number) * 10**places), 10**places))
        for number in numbers
    }
    rows = [{source: rounded[w] for source, w in row.items()} for row in sums.weights]
    return rows, [rounded[first] for first in sums.base], Fraction(1, 2 * 10**places)


def _common(numbers: set[Number], most: int) -> int | None:
    """Return the least common denominator; None where it is above `most`."""
    unit = 1
    for number in numbers:
        unit = math.lcm(unit, number.denominator)
        if unit > most:
            return None
    return unit


def _is_exact(verdict: Verdict, sums: Sums) -> bool:
    """Check if the library rounds nothing, because every partial sum is one of its numbers."""
    numbers = {w for row in sums.weights for w in row.values()} | set(sums.base)
    unit = _common(numbers, 1 << 80)
    if unit is None or unit & (unit - 1) or verdict.slack:
        return False
    return max(sums.spread) * unit * 4 * verdict.unit <= 1


def _bound(verdict: Verdict, sums: Sums, error: Fraction) -> Fraction:
    """Return how far the difference of two sums, or one sum, may be from that of the library."""
    steps = sums.count + 3
    each = steps * verdict.unit * max(sums.spread) * Fraction(101, 100) + steps * error
    return (2 if verdict.outcome == "largest" else 1) * (each + verdict.slack)
