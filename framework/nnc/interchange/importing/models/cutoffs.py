"""A comparison of floats in a tree -> a cut-off, at which exactly the same rows go right.

A tree rounds a number x to its own type, and compares what it gets with a threshold of that tree.
Rounding never turns the order of two numbers around. So the rows that go right are those from a
cut-off on: the midpoint of the least float `high` that goes right and of the float before it. The
midpoint itself is rounded to the one of the two whose last bit is 0.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

from nnc.interchange.importing.settings import CutOffs
from nnc.language.firing import Threshold
from nnc.lazy import np
from nnc.numbers.exact import Number, simplest

FloatType = Literal["float32", "float64"]


MAX_PLACES = 380  # decimals of an exact cut-off


@dataclass(frozen=True, slots=True)
class Split:
    """The comparison of a tree: its type of floats, and the side of the threshold itself."""

    type: FloatType = "float32"
    is_left: bool = True


_LIMITS: dict[FloatType, int] = {"float32": 2**128, "float64": 2**1024}
"""The number that would follow the greatest one of each type."""


def rounded(value: float, kind: FloatType) -> float:
    """Return the nearest number of a type, which may be infinite."""
    with np.errstate(over="ignore"):
        return float(np.dtype(kind).type(value))


def _next(value: float, kind: FloatType, toward: float) -> float:
    """Return the next number of a type; 0 has no sign."""
    type_ = np.dtype(kind).type
    with np.errstate(over="ignore", under="ignore"):
        return float(np.nextafter(type_(value), type_(toward))) + 0.0


def _exact(value: float, kind: FloatType) -> Fraction:
    limit = _LIMITS[kind]
    return Fraction(value) if math.isfinite(value) else Fraction(limit if value > 0 else -limit)


def least_right(threshold: float, split: Split) -> float | None:
    """Return the lowest number of the type that goes right; None if none does."""
    number = rounded(threshold, split.type)
    if number < threshold or (number == threshold and split.is_left):
        return None if number == math.inf else _next(number, split.type, math.inf)
    return number + 0.0


def cut_off(high: float, kind: FloatType, cutoffs: CutOffs = "exact") -> Threshold:
    """Return the cut-off from which on a number is rounded to `high` or more.

    A `short` one is right for numbers of the type only; and so is one next to 0 in float64, whose
    midpoint has more digits than a number may have.
    """
    low, least = _exact(_next(high, kind, -math.inf), kind), _exact(high, kind)
    middle = (low + least) / 2
    if cutoffs == "short" or middle.denominator.bit_length() > MAX_PLACES:
        return Threshold(shortest(low, least), "above")
    bits = np.array(high, kind).view(kind.replace("float", "uint"))
    is_odd = int(bits) & 1  # the midpoint is rounded to an even number
    return Threshold(simplest(middle), "above" if is_odd else "at_least")


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
    return as_name(f"{threshold:.6g}")


def full_label(threshold: float) -> str:
    """Return a number as part of a name, with all of its digits."""
    return as_name(repr(float(threshold)))


def as_name(text: str) -> str:
    """Return the text of a number as part of a name."""
    text = text.removesuffix(".0").replace("e-", "e_minus_").replace("e+", "e")
    return text.replace("-", "minus_").replace(".", "_")
