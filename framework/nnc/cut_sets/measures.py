"""Compute exact probabilities of functions, and the importance of each input.

Inputs are independent, so probabilities follow Shannon's decomposition of a diagram:

    P(f) = (1 - p) P(f with x off) + p P(f with x on)

Numerators are integers over the product of the denominators at and below a node's level, so no
fraction is ever reduced. Birnbaum's importance of x is P(f with x
on) - P(f with x off); that of all inputs comes from one walk down (Rauzy, New algorithms for fault
trees analysis, 1993).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from math import prod

from nnc.cut_sets.families import EMPTY, NONE, Families, Literals
from nnc.numbers.exact import Number, simplest
from nnc.solvers.diagrams import FALSE, TRUE, Diagrams


class Chances:
    """Probabilities of functions; `on` is the probability that the bit of each level is 1."""

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
        """Return Birnbaum's importance of each level that a function depends on."""
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
        """Return the value of a node over the denominators from a higher level on."""
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


class Measures:
    """Probabilities of a function, given that `allowed` is 1; `on` is that of each level's bit.

    With F the function and A the allowed rows, all are probabilities of F and A, given A.
    """

    def __init__(
        self, diagrams: Diagrams, function: int, allowed: int, on: Sequence[Fraction]
    ) -> None:
        self._diagrams, self._on = diagrams, on
        self._chances = Chances(diagrams, on)
        self._allowed = allowed
        self._inside = diagrams.both(function, allowed)
        self._of_allowed = self._chances.chance(allowed)
        self._of_inside = self._chances.chance(self._inside)

    @property
    def is_possible(self) -> bool:
        """True if some allowed row has a probability above 0."""
        return self._of_allowed > 0

    def probability(self) -> Number:
        """Return the probability that the function is 1."""
        return simplest(self._of_inside / self._of_allowed)

    def of_set(self, literals: Literals) -> Number:
        """Return the probability that all literals of a set hold. Raises TooLargeError."""
        if self._allowed == TRUE:
            return simplest(prod(map(self._of_literal, literals), start=Fraction(1)))
        cube = self._allowed
        for literal in sorted(literals, reverse=True):
            variable = self._diagrams.variable(literal // 2)
            cube = self._diagrams.choose(
                variable, *((FALSE, cube) if literal % 2 else (cube, FALSE))
            )
        return simplest(self._chances.chance(cube) / self._of_allowed)

    def _of_literal(self, literal: int) -> Fraction:
        on = self._on[literal // 2]
        return 1 - on if literal % 2 else on

    def gains(self, levels: Sequence[int]) -> Mapping[int, Number | None]:
        """Return Birnbaum's importance of each level; None for a bit that is constant."""
        inside, allowed = (
            self._chances.gains(function) for function in (self._inside, self._allowed)
        )
        gains: dict[int, Number | None] = {}
        for level in levels:
            gain, more = inside.get(level, Fraction()), allowed.get(level, Fraction())
            on = self._on[level]
            rows_on, rows_off = self._of_allowed + (1 - on) * more, self._of_allowed - on * more
            if not rows_on or not rows_off:
                gains[level] = None
                continue
            with_on = (self._of_inside + (1 - on) * gain) / rows_on
            with_off = (self._of_inside - on * gain) / rows_off
            gains[level] = simplest(with_on - with_off)
        return gains

    def shares(
        self, levels: Sequence[int], families: Families, family: int, *, decides: bool
    ) -> dict[int, Number | None]:
        """Return the Fussell-Vesely importance of each level, from all cut sets.

        It is the probability, given the function, that some cut set with the bit occurs: of the
        union of these sets, not the sum over them. None if the function is never 1. `decides` is
        true if a set makes the function 1 for any value of the other bits. Bits with the same
        partners, as the parts of one train, share one union. Raises TooLargeError.
        """
        if not self._of_inside:
            return dict.fromkeys(levels)
        diagrams, chance = self._diagrams, self._chances.chance
        functions = {NONE: FALSE, EMPTY: TRUE}  # by family
        rows = self._allowed if decides else self._inside
        shares: dict[int, Number | None] = {}
        partners = families.partners(family, (2 * level for level in levels))
        for level, rests in zip(levels, partners, strict=True):
            union = self._union(families, rests, functions)
            if rows == TRUE:
                both = self._on[level] * chance(union)
            else:
                both = chance(diagrams.both(diagrams.both(diagrams.variable(level), union), rows))
            shares[level] = simplest(both / self._of_inside)
        return shares

    def _union(self, families: Families, family: int, functions: dict[int, int]) -> int:
        """Return the function that is 1 if all bits of some set are on. Raises TooLargeError."""
        diagrams = self._diagrams
        for node in families.reached(family):
            if node not in functions:
                low = functions[families.without[node]]
                high = diagrams.either(low, functions[families.within[node]])
                functions[node] = diagrams.node(families.literals[node] // 2, low, high)
        return functions[family]
