"""Calculate with intervals of exact numbers, and choose the number in them that changes least."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from fractions import Fraction
from math import ceil, floor
from typing import NamedTuple

from nnc.numbers.exact import Number, decimal_places, show_number, simplest

MAX_DECIMALS = 40


class Interval(NamedTuple):
    """All numbers between two ends, None where there is none; an end may belong to it or not."""

    low: Fraction | None = None
    high: Fraction | None = None
    has_low: bool = False
    has_high: bool = False

    @property
    def is_empty(self) -> bool:
        """Return whether no number is in it."""
        if self.low is None or self.high is None:
            return False
        return self.low > self.high or (
            self.low == self.high and not (self.has_low and self.has_high)
        )

    def __contains__(self, value: object) -> bool:
        assert isinstance(value, (int, Fraction))
        over = self.low is None or value > self.low or (self.has_low and value == self.low)
        under = self.high is None or value < self.high or (self.has_high and value == self.high)
        return over and under

    def moved(self, by: Fraction) -> Interval:
        """Return the interval with a number added to all of it."""
        return self._replace(
            low=None if self.low is None else self.low + by,
            high=None if self.high is None else self.high + by,
        )

    def intersection(self, other: Interval) -> Interval:
        """Return what is in both."""
        low, has_low = self.low, self.has_low
        if other.low is not None and (low is None or other.low >= low):
            has_low = other.has_low and (low != other.low or has_low)
            low = other.low
        high, has_high = self.high, self.has_high
        if other.high is not None and (high is None or other.high <= high):
            has_high = other.has_high and (high != other.high or has_high)
            high = other.high
        return Interval(low, high, has_low, has_high)

    def __str__(self) -> str:
        """Return it in words: `at least 3`, `above 1 and at most 2`."""
        if self.low is not None and self.low == self.high:
            return f"exactly {show_number(simplest(self.low))}"
        ends = []
        if self.low is not None:
            ends.append(
                f"{'at least' if self.has_low else 'above'} {show_number(simplest(self.low))}"
            )
        if self.high is not None:
            ends.append(
                f"{'at most' if self.has_high else 'below'} {show_number(simplest(self.high))}"
            )
        return " and ".join(ends) or "any number"


EVERYTHING = Interval()


def merged(intervals: Iterable[Interval]) -> list[Interval]:
    """Join intervals that overlap or touch, in ascending order."""
    done: list[Interval] = []
    for interval in sorted(intervals, key=_start):
        last = done[-1] if done else None
        is_apart = last is None or (
            last.high is not None
            and interval.low is not None
            and (last.high, last.has_high or interval.has_low) < (interval.low, True)
        )
        if last is None or is_apart:
            done.append(interval)
        elif last.high is not None and (
            interval.high is None or (interval.high, interval.has_high) > (last.high, last.has_high)
        ):
            done[-1] = last._replace(high=interval.high, has_high=interval.has_high)
    return done


def _start(interval: Interval) -> tuple[bool, Fraction, bool]:
    return interval.low is not None, interval.low or Fraction(), not interval.has_low


def decimals_of(numbers: Iterable[Number]) -> int:
    """Return the most decimal places that some numbers are written with; fractions do not count."""
    places = (decimal_places(Fraction(number).denominator) for number in numbers)
    return max((count for count in places if count is not None), default=0)


def nearest(interval: Interval, old: Fraction, decimals: int) -> Fraction | None:
    """Return the number in an interval, rounded to `decimals`, that is nearest to another."""
    unit = 10**decimals
    low = high = None
    if interval.low is not None:
        low = ceil(interval.low * unit)
        low += not interval.has_low and Fraction(low, unit) == interval.low
    if interval.high is not None:
        high = floor(interval.high * unit)
        high -= not interval.has_high and Fraction(high, unit) == interval.high
    if low is not None and high is not None and low > high:
        return None
    below, above = floor(old * unit), ceil(old * unit)
    candidates = {
        max(low, below) if low is not None else below,
        max(low, above) if low is not None else above,
    }
    if high is not None:
        candidates = {min(high, candidate) for candidate in candidates}
    values = (Fraction(candidate, unit) for candidate in candidates)
    return min(values, key=lambda value: (abs(value - old), value))


def chosen(
    intervals: Sequence[Interval], old: Fraction, decimals: int, *, is_fixed: bool
) -> Fraction | None:
    """Return the number in some intervals that changes least, with as few decimals as will do.

    It has at most `decimals` where they are fixed, else more if no shorter one lies in an interval.
    """
    for places in range(decimals, decimals + 1 if is_fixed else MAX_DECIMALS):
        results = [nearest(interval, old, places) for interval in intervals]
        values = [value for value in results if value is not None]
        if values:
            return min(values, key=lambda value: (abs(value - old), value))
    if is_fixed:
        return None
    points = [interval.low for interval in intervals if interval.low is not None]
    return min(points, key=lambda value: abs(value - old), default=None)
