"""Values of inputs and outputs: exact functions of nets.

A *net* is a bit, a number of an input, or the sum of a cell. Nets 0 and 1 are the constants. Inputs
and bits have the numbers of the plan's signals, and the sum of the cell whose first bit is `b` is
the net `-b`.
"""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction
from math import lcm
from typing import Literal, NamedTuple, TypeAlias

from nnc.language.network import States
from nnc.numbers.exact import Number, simplest

Net = int
Shape = Literal["scalar", "vector", "word"]


class Affine(NamedTuple):
    """A number: (the sum of factor * net over `terms`, plus `constant`) / unit.

    The nets are distinct and no constants, the factors are not 0, and the unit is the least one.
    """

    terms: tuple[tuple[Net, int], ...]
    constant: int = 0
    unit: int = 1

    def at(self, bit: int) -> Number:
        """Return the number when every net is 0, or every net is 1."""
        factors = sum(factor for _, factor in self.terms)
        return simplest(Fraction(factors * bit + self.constant, self.unit))

    @property
    def states(self) -> States:
        """The numbers when its net is 0 and when it is 1."""
        return self.at(0), self.at(1)

    @property
    def is_sum(self) -> bool:
        """True if it is a multiple of the sum of a cell, and more."""
        return self.net is not None and self.net < 0

    @property
    def net(self) -> Net | None:
        """The only net that it depends on; None where there are several, or none."""
        return self.terms[0][0] if len(self.terms) == 1 else None


class Argmax(NamedTuple):
    """The place of the greatest of some numbers, the first of them where several are equal."""

    of: tuple[Affine, ...]


class OneHot(NamedTuple):
    """The place of the bit that is 1; exactly one of them is."""

    of: tuple[Net, ...]


Value: TypeAlias = Affine | Argmax | OneHot


class Port(NamedTuple):
    """An input or an output: a scalar, a vector of values, or a word.

    The values of a word are its bits, the least first, and it is given as one unsigned integer.
    With `labels` its value is the label at that place.
    """

    name: str
    shape: Shape
    values: tuple[Value, ...]
    labels: tuple[str, ...] = ()

    @property
    def names(self) -> list[str]:
        """The name of each value: `alias(3)` in a vector or word."""
        if self.shape == "scalar":
            return [self.name]
        return [f"{self.name}({place})" for place in range(len(self.values))]

    @property
    def number(self) -> Affine:
        """The integer that a word is; of a scalar its number."""
        numbers = self.numbers
        if self.shape != "word":
            (number,) = numbers
            return number
        return combined((number, 1 << place) for place, number in enumerate(numbers))

    @property
    def numbers(self) -> tuple[Affine, ...]:
        """The values that are numbers: all of them, but for places of the greatest and choices."""
        return tuple(value for value in self.values if isinstance(value, Affine))


def affine(terms: Iterable[tuple[Net, Number]], constant: Number = 0) -> Affine:
    """Return a number with the constants and equal nets folded, over the least unit."""
    factors: dict[Net, Number] = {}
    for net, factor in terms:
        if net > 1 or net < 0:
            factors[net] = factors.get(net, 0) + factor
        else:
            constant += net * factor
    kept = {net: factor for net, factor in factors.items() if factor}
    unit = lcm(constant.denominator, *(factor.denominator for factor in kept.values()))
    scaled = tuple((net, int(factor * unit)) for net, factor in kept.items())
    return Affine(scaled, int(constant * unit), unit)


def combined(numbers: Iterable[tuple[Affine, Number]]) -> Affine:
    """Return the sum of some numbers, each times a factor."""
    terms: list[tuple[Net, Number]] = []
    constant: Number = 0
    for (inner, inner_constant, unit), factor in numbers:
        scale = Fraction(factor, unit)
        terms += [(net, weight * scale) for net, weight in inner]
        constant += inner_constant * scale
    return affine(terms, constant)
