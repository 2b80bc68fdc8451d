"""Ties: rows on which rounding in a library may lead to another decision."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction


@dataclass(frozen=True, slots=True)
class Ties:
    """The distance within which rounding may decide: two sums that are this near to each other.

    Of one neuron it is the distance of its sum from 0. The bound of a row is `bound` and, for each
    input, its size times its number in `slopes`. Where `is_number`, the sum itself is the output,
    and may be off by that much.
    """

    neurons: tuple[str, ...]
    bound: Fraction = Fraction(0)
    slopes: Mapping[str, Fraction] = field(default_factory=dict)
    is_number: bool = False

    @property
    def is_exact(self) -> bool:
        """True if the network and the library agree on every row."""
        return not self.bound and not any(self.slopes.values())

    def words(self, library: str) -> str:
        """Describe the rows on which the network and the library agree."""
        if self.is_exact:
            return "exact on every row"
        if self.is_number:
            return f"the exact sum, of which {library} may be off by {self._size()}"
        what = "two sums" if len(self.neurons) > 1 else "the sum and 0"
        return f"exact but for rows where {what} are within {self._size()}, which {library} rounds"

    def _size(self) -> str:
        if not self.slopes:
            return show_bound(self.bound)
        return "the rounding of their terms"


def show_bound(bound: Fraction) -> str:
    """Write a positive bound with one digit, rounded up."""
    power = math.floor(math.log10(bound))
    digit = math.ceil(bound / Fraction(10) ** power)
    return f"{digit}e{power}" if digit < 10 else f"1e{power + 1}"
