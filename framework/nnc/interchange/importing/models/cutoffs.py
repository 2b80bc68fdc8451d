"""A comparison of floats in a tree -> a cut-off, at which exactly the same rows go right.

A tree rounds a number x to its own type, and compares what it gets with a threshold of that tree.
Rounding never turns the order of two numbers around. So the rows that go right are those from a
cut-off on: the midpoint of the least float `high` that goes right and of the float before it. The
midpoint itself is rounded to the one of the two whose last bit is 0.
"""

from __future__ import annotations

import math
import struct
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

from nnc.interchange.importing.settings import CutOffs
from nnc.language.firing import Threshold
from nnc.numbers.exact import Number, simplest

FloatType = Literal["float32", "float64"]


MAX_PLACES = 380
"""The most decimals of an exact cut-off."""


@dataclass(frozen=True, slots=True)
class Split:
    """The comparison of a tree: its type of floats, and the side of the threshold itself."""

    type: FloatType = "float32"
    is_left: bool = True


@dataclass(frozen=True, slots=True)
class _Format:
    """The storage of a type of floats: as integers in the same order, but for the sign."""

    real: str
    integer: str
    limit: Fraction
    """The number that would follow the greatest one."""

    @property
    def sign(self) -> int:
        return int(1 << (8 * struct.calcsize(self.integer) - 1))

    def bits(self, value: float) -> int:
        """Return how a number is stored, rounded to the type."""
        try:
            (bits,) = struct.unpack(self.integer, struct.pack(self.real, value))
        except OverflowError:  # rounded to infinity
            return self.bits(math.copysign(math.inf, value))
        return int(bits)

    def number(self, bits: int) -> float:
        (number,) = struct.unpack(self.real, struct.pack(self.integer, bits))
        return float(number)

    def after(self, bits: int) -> int:
        """Return the next number that is stored; there is one 0."""
        if bits & self.sign:
            return {self.sign: 1, self.sign + 1: 0}.get(bits, bits - 1)
        return bits + 1

    def before(self, bits: int) -> int:
        if bits in (0, self.sign):
            return self.sign + 1
        return bits + 1 if bits & self.sign else bits - 1

    def exact(self, bits: int) -> Fraction:
        number = self.number(bits)
        if math.isinf(number):
            return self.limit if number > 0 else -self.limit
        return Fraction(number)


FORMATS: dict[FloatType, _Format] = {
    "float32": _Format("<f", "<I", Fraction(2**128)),
    "float64": _Format("<d", "<Q", Fraction(2**1024)),
}


def least_right(threshold: float, split: Split) -> float | None:
    """Return the least float of the type that goes right; None where nothing does."""
    layout = FORMATS[split.type]
    bits = layout.bits(threshold)
    rounded = layout.number(bits)
    if rounded < threshold or (rounded == threshold and split.is_left):
        if rounded == math.inf:
            return None
        bits = layout.after(bits)
    return layout.number(bits) + 0.0


def cut_off(high: float, kind: FloatType, cutoffs: CutOffs = "exact") -> Threshold:
    """Return the cut-off from which on a number is rounded to `high` or more.

    A `short` one is right for numbers of the type only; and so is one next to 0 in float64, whose
    midpoint has more digits than a number may have.
    """
    layout = FORMATS[kind]
    bits = layout.bits(high)
    low, least = layout.exact(layout.before(bits)), layout.exact(bits)
    middle = (low + least) / 2
    if cutoffs == "short" or middle.denominator.bit_length() > MAX_PLACES:
        return Threshold(shortest(low, least), "above")
    return Threshold(simplest(middle), "above" if bits & 1 else "at_least")


def shortest(low: Fraction, high: Fraction) -> Number:
    """Return the decimal of the fewest digits from `low` on and below `high`."""
    if low <= 0 < high:
        return 0
    if high <= 0:  # as of the numbers turned around; there the other end belongs to it
        return -_shortest(-high, -low, is_low_in=False)
    return _shortest(low, high, is_low_in=True)


def _shortest(low: Fraction, high: Fraction, *, is_low_in: bool) -> Number:
    """Return the decimal of the fewest digits between two numbers of which none is below 0."""
    unit = Fraction(10) ** len(str(math.floor(high)))
    while True:
        count = math.ceil(low / unit)
        if not is_low_in and count * unit == low:
            count += 1
        top = count * unit
        if top < high or (top == high and not is_low_in):
            return simplest(top)
        unit /= 10


def label(threshold: float) -> str:
    """Return a number as part of a name: `minus_1_5`, `0_8`."""
    return _as_name(f"{threshold:.6g}")


def full_label(threshold: float) -> str:
    """Return a number as part of a name, with all of its digits."""
    return _as_name(repr(float(threshold)))


def _as_name(text: str) -> str:
    text = text.removesuffix(".0").replace("e-", "e_minus_").replace("e+", "e")
    return text.replace("-", "minus_").replace(".", "_")
