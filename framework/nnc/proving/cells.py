"""Numbers that are only compared with constants: one value for each cell between the cut-offs."""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction
from itertools import pairwise
from math import ceil, floor
from typing import NamedTuple

from nnc.exact import Number, simplest
from nnc.proving.domain import Interval


class Place(NamedTuple):
    """Where a range is cut: before a value or, if `after`, behind it."""

    value: Number
    after: bool


def cells(interval: Interval, places: Iterable[Place]) -> list[Number]:
    """Give one value for each cell of an interval, ascending; the places lie inside it.

    Of a cell that begins with a cut-off it is the cut-off itself, else the simplest decimal.
    """
    ordered = sorted(set(places))
    ends: list[Place | None] = [None, *ordered, None]
    return [_value(interval, low, high) for low, high in pairwise(ends)]


def _value(interval: Interval, low: Place | None, high: Place | None) -> Number:
    """Give a value behind `low` and before `high`."""
    if low is not None and not low.after:
        return low.value
    if low is not None:
        top = interval.greatest if high is None else high.value
        if top is None:
            return floor(low.value) + 1
        return simplest(between(Fraction(low.value), Fraction(top)))
    if interval.least is not None:
        return interval.least
    if high is None:
        return interval.nearest
    if high.value > 0 or (high.value == 0 and high.after):
        return 0
    return high.value if high.after else ceil(high.value) - 1


def between(low: Fraction, high: Fraction) -> Fraction:
    """Give a number between two others, with as few decimals as can be."""
    unit = Fraction(1)
    while True:
        found = (floor(low / unit) + 1) * unit
        if found < high:
            return found
        unit /= 10
