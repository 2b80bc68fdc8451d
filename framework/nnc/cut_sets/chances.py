"""Exact probability and importance, by Shannon's decomposition of a diagram.

    P(f) = (1 - p) P(f with x off) + p P(f with x on)

All inputs are independent. Numerators are integers over the product of the denominators of the
levels at and below a node, so that nothing is ever brought to lowest terms on the way. Birnbaum's
importance of x is P(f with x on) - P(f with x off); that of all inputs comes from one walk down
(Rauzy, New algorithms for fault trees analysis, 1993).
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from nnc.cut_sets.diagrams import FALSE, TRUE, Diagrams
from nnc.cut_sets.families import EMPTY, NONE, Families


class Chances:
    """Probabilities of functions; `on` has that of each level's bit."""

    def __init__(self, diagrams: Diagrams, on: Sequence[Fraction]) -> None:
        self._diagrams, self._on = diagrams, on
        self._end = len(on)
        below = [1] * (len(on) + 1)
        above = [1] * (len(on) + 1)
        for level in range(len(on) - 1, -1, -1):
            below[level] = below[level + 1] * on[level].denominator
        for level, chance in enumerate(on):
            above[level + 1] = above[level] * chance.denominator
        self._below, self._above = below, above
        self._values = {FALSE: 0, TRUE: 1}
        """The numerator of each node, over the denominators from its level on."""

    def chance(self, function: int) -> Fraction:
        """Return the probability that a function is 1."""
        self._evaluate(function)
        return Fraction(self._values[function], self._below[self._level(function)])

    def gains(self, function: int) -> dict[int, Fraction]:
        """Return Birnbaum's importance of every level that a function depends on."""
        self._evaluate(function)
        diagrams, above = self._diagrams, self._above
        reach = {function: above[self._level(function)]}
        gains: dict[int, int] = {}
        for node in reversed(diagrams.reached(function)):
            level = diagrams.levels[node]
            low, high = diagrams.lows[node], diagrams.highs[node]
            gain = self._from(high, level + 1) - self._from(low, level + 1)
            gains[level] = gains.get(level, 0) + reach[node] * gain
            on = self._on[level]
            for after, share in ((low, on.denominator - on.numerator), (high, on.numerator)):
                more = reach[node] * share * (above[self._level(after)] // above[level + 1])
                reach[after] = reach.get(after, 0) + more
        return {
            level: Fraction(gain, above[level] * self._below[level + 1])
            for level, gain in gains.items()
        }

    def _level(self, node: int) -> int:
        return min(self._diagrams.levels[node], self._end)

    def _from(self, node: int, level: int) -> int:
        """Return the value of a node over the denominators from a level above it on."""
        return self._values[node] * (self._below[level] // self._below[self._level(node)])

    def _evaluate(self, function: int) -> None:
        diagrams, values = self._diagrams, self._values
        for node in diagrams.reached(function):
            if node not in values:
                level = diagrams.levels[node]
                on = self._on[level]
                low = self._from(diagrams.lows[node], level + 1)
                high = self._from(diagrams.highs[node], level + 1)
                values[node] = (on.denominator - on.numerator) * low + on.numerator * high


class Unions:
    """Families of sets of bits that are on -> where all bits of one of the sets are on."""

    def __init__(self, diagrams: Diagrams, families: Families) -> None:
        self._diagrams, self._families = diagrams, families
        self._functions = {NONE: FALSE, EMPTY: TRUE}

    def function(self, family: int) -> int:
        """Return the function of a family. Raises TooLargeError."""
        diagrams, families, functions = self._diagrams, self._families, self._functions
        for node in families.reached(family):
            if node not in functions:
                low = functions[families.without[node]]
                high = diagrams.either(low, functions[families.within[node]])
                functions[node] = diagrams.node(families.literals[node] // 2, low, high)
        return functions[family]
