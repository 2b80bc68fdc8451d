"""Where numbers are cut: between neighbours, at decimals that every reading of them agrees with.

A decimal of a text and the binary float that stands for it differ by a hair. A cut-off lies
strictly between two neighbours in both readings, so that no row changes sides with the reading.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from fractions import Fraction
from itertools import count

import numpy as np
from numpy.typing import NDArray

from nnc.numbers.exact import Number, simplest

MAX_CUTS = 1000


def cut_points(
    values: Sequence[Number], rows: NDArray[np.int64], wanted: int, *, is_integer: bool
) -> list[Number]:
    """Cut ascending values at up to `wanted` places, where their quantiles are.

    `rows` has how many rows have each value.
    """
    if len(values) <= wanted + 1:
        places = list(range(1, len(values)))
    else:
        below = np.cumsum(rows)[:-1]
        total = int(rows.sum())
        places = sorted(
            {_nearest(below, Fraction(total * part, wanted + 1)) for part in range(1, wanted + 1)}
        )
    return [between(values[place - 1], values[place], is_integer=is_integer) for place in places]


def _nearest(below: NDArray[np.int64], target: Fraction) -> int:
    """Return at which place the number of rows below comes closest to a number."""
    numbers = below.tolist()
    place = bisect_left(numbers, target)
    if place == len(numbers):
        return place
    if place and target - numbers[place - 1] <= numbers[place] - target:
        return place
    return place + 1


def between(low: Number, high: Number, *, is_integer: bool) -> Number:
    """Return the shortest decimal above `low` and at most `high`, the nearest to the middle.

    Where they are not integers it is strictly between, for the binary floats next to them too.
    """
    bottom, top = Fraction(low), Fraction(high)
    if not is_integer:
        bottom, top = max(bottom, _stored(low)), min(top, _stored(high))
        if bottom >= top:  # decimals that are one and the same float
            bottom, top = Fraction(low), Fraction(high)
    middle = (bottom + top) / 2
    width = top - bottom
    digits = len(str(int(width))) if width >= 1 else 0
    for places in count(-digits):
        step = Fraction(10) ** -places
        nearest = round(middle / step) * step
        for decimal in (nearest, nearest - step, nearest + step):
            if bottom < decimal < top or (is_integer and decimal == top):
                return simplest(decimal)
    raise AssertionError  # between two numbers there is a decimal


def _stored(value: Number) -> Fraction:
    """Return the binary float that stands for a number; beyond floats the number itself."""
    try:
        return Fraction(float(value))
    except OverflowError:
        return Fraction(value)
