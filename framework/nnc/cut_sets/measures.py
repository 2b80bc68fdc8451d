"""Functions and their sets -> probabilities, and the importance of each input."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from math import prod

from nnc.cut_sets.chances import Chances, Unions
from nnc.cut_sets.diagrams import FALSE, TRUE, Diagrams
from nnc.cut_sets.families import Families, Literals
from nnc.numbers.exact import Number, simplest


class Measures:
    """Probabilities of a function, where `allowed` is 1; `on` has that of each level's bit.

    With F the function and A the rows that are allowed, all are of F A given A.
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
        """Return the probability of all literals of a set. Raises TooLargeError."""
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
        """Return Birnbaum's importance of each level; None where it is never, or always, on."""
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
        self, levels: Sequence[int], families: Families, family: int
    ) -> dict[int, Number | None]:
        """Return the importance of Fussell and Vesely of each level, from all cut sets.

        It is the probability that all of a cut set with the bit are on, given the function: that of
        the union of these sets, not the sum of theirs. None where the function is never 1. Raises
        TooLargeError.
        """
        if not self._of_inside:
            return dict.fromkeys(levels)
        unions = Unions(self._diagrams, families)
        shares: dict[int, Number | None] = {}
        for level in levels:
            union = unions.function(families.containing(family, 2 * level))
            chance = self._chances.chance(self._diagrams.both(union, self._allowed))
            shares[level] = simplest(chance / self._of_inside)
        return shares
