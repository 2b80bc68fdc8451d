"""The answers of PMML models: numbers, or votes and probabilities of classes; and sums of these."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from fractions import Fraction

from nnc.interchange.importing.models.votes import MAX_TOTAL
from nnc.interchange.importing.pmml.conditions import Sum


@dataclass(slots=True)
class Result:
    """The answer of a model: a number, or for each class its votes, and its probability.

    The class is the first with the most votes; `is_single` says that one class has one vote.
    """

    number: Sum | None = None
    votes: dict[str, Sum] = field(default_factory=dict)
    shares: dict[str, Sum] | None = None
    is_single: bool = False

    def add(self, other: Result, factor: Fraction = Fraction(1)) -> None:
        """Add a multiple of another answer."""
        if other.number is not None:
            self.number = (self.number or Sum()).plus(other.number, factor)
        for sums, more in ((self.votes, other.votes), (self.shares, other.shares)):
            if sums is not None and more is not None:
                for label, total in more.items():
                    sums[label] = sums.get(label, Sum()).plus(total, factor)
        if other.shares is None:
            self.shares = None


def with_precedence(factors: Sequence[Fraction]) -> list[Fraction]:
    """Return weights of votes so that of equal classes the one that was voted for first wins.

    Many segments keep their weights, as their numbers would have too many digits.
    """
    count = len(factors)
    unit = math.lcm(*(factor.denominator for factor in factors))
    if unit * sum(map(abs, factors)) * 2**count > MAX_TOTAL:
        return list(factors)
    return [
        factor * unit * 2**count + 2 ** (count - 1 - place) for place, factor in enumerate(factors)
    ]


def total_of(results: Iterable[tuple[Result, Fraction]], *, is_class: bool) -> Result:
    """Return the sum of answers, each times its factor."""
    total = Result(shares={}) if is_class else Result(Sum())
    singles = []
    for result, factor in results:
        total.add(result, factor)
        singles.append(result.is_single)
    total.is_single = all(singles)
    return total
