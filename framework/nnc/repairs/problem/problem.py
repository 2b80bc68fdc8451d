"""Describe the problem of a repair: the circuit, its rows, and the numbers that may change."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cached_property
from math import ceil, floor
from typing import NamedTuple

from nnc.language.network import ruled
from nnc.lazy import np
from nnc.numbers.exact import Number, decimal_places, show_number, simplest
from nnc.numbers.integers import Array
from nnc.repairs.problem.circuit import Circuit, State
from nnc.repairs.problem.demands import Demands, Example
from nnc.repairs.problem.numbers import Elsewhere, WrittenNumber

MAX_DECIMALS = 40


class Interval(NamedTuple):
    """All numbers between two ends, each None, inclusive or exclusive."""

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
        """Return the interval shifted by a number."""
        return self._replace(
            low=None if self.low is None else self.low + by,
            high=None if self.high is None else self.high + by,
        )

    def intersection(self, other: Interval) -> Interval:
        """Return the intersection of both."""
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
    """Return the maximum number of decimal places of some numbers; fractions do not count."""
    places = (decimal_places(Fraction(number).denominator) for number in numbers)
    return max((count for count in places if count is not None), default=0)


def nearest(interval: Interval, old: Fraction, decimals: int) -> Fraction | None:
    """Return the number with `decimals` places in an interval that is closest to another."""
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
    """Return the number in some intervals with the least change, with as few decimals as possible.

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


class OutOfTimeError(Exception):
    """The budget is exhausted."""


class Remedy(NamedTuple):
    """A number that repairs all rows alone, and the intervals of its new values."""

    number: WrittenNumber
    intervals: tuple[Interval, ...]


class Change(NamedTuple):
    """A number, and its new value."""

    number: WrittenNumber
    value: Fraction

    @property
    def size(self) -> Fraction:
        """The absolute value of the change."""
        return abs(self.value - self.number.value)


Changed = tuple[Change, ...]
"""Numbers that are changed together, in the order of the file."""


@dataclass(eq=False)
class Best:
    """The best answer: fewest numbers, then least change, then the last ones of the file."""

    changed: Changed | None = None

    @property
    def count(self) -> int:
        """The number of changes; 0 where no repair is known."""
        return len(self.changed or ())

    def offer(self, changed: Changed) -> None:
        """Take a repair if it is better."""
        if self.changed is None or _key(changed) < _key(self.changed):
            self.changed = changed


def _key(changed: Changed) -> tuple[int, Fraction, list[int], list[Fraction]]:
    ordered = sorted(changed, key=lambda change: change.number.place)
    total = sum((change.size for change in changed), Fraction())
    places = _order([change.number.place for change in ordered])
    return len(changed), total, places, [change.value for change in ordered]


def _order(places: Sequence[int]) -> list[int]:
    """Return a sort key by which answers that keep the first numbers come first."""
    return [-place for place in sorted(places)]


@dataclass(eq=False)
class Problem:
    """A network with failing rows, and the numbers that may change.

    `decimals` is the number of decimals of new values; None for that of their neuron.
    `deadline` is a fuse, in seconds of `time.monotonic`.
    """

    circuit: Circuit
    state: State
    demands: Demands
    numbers: Sequence[WrittenNumber]
    everything: Sequence[WrittenNumber]
    elsewhere: Elsewhere
    example: Example
    decimals: int | None = None
    deadline: float = float("inf")
    looked_at: int = field(default=0)

    @cached_property
    def failing(self) -> Array:
        """The numbers of the rows that fail."""
        return np.flatnonzero(self.demands.failing(self.state))

    @cached_property
    def cone(self) -> set[int]:
        """The units that some demand depends on."""
        sums = (self.circuit.units[unit].first for unit in self.demands.summed)
        return self.circuit.cone([*self.demands.bits, *sums])

    @cached_property
    def _places(self) -> dict[tuple[int, str, str], int]:
        """The number of decimals of the numbers of each neuron."""
        values: dict[tuple[int, str, str], list[int | Fraction]] = defaultdict(list)
        for number in self.everything:
            values[_neuron_of(number)].append(number.value)
        return {neuron: decimals_of(each) for neuron, each in values.items()}

    def decimals_for(self, number: WrittenNumber) -> int:
        """Return the number of decimals for a new value of a number."""
        return self._places[_neuron_of(number)] if self.decimals is None else self.decimals

    def value_in(self, number: WrittenNumber, intervals: Sequence[Interval]) -> Fraction | None:
        """Return the new value of a number with the least change, or None."""
        old = Fraction(number.value)
        is_fixed = self.decimals is not None
        return chosen(intervals, old, self.decimals_for(number), is_fixed=is_fixed)

    def range_of(self, number: WrittenNumber) -> Interval:
        """Return the allowed values of a number: thresholds of a level must ascend."""
        if not number.is_of_level:
            return EVERYTHING
        limits = number.linked.network.neurons[str(number.path[1])].thresholds or {}
        values = [Fraction(ruled(limit, "above").number) for limit in limits.values()]
        own = Fraction(number.value)
        below = max((value for value in values if value < own), default=None)
        above = min((value for value in values if value > own), default=None)
        return Interval(below, above)

    def check_time(self) -> None:
        """Raise OutOfTimeError if the budget is exhausted."""
        if time.monotonic() > self.deadline:
            raise OutOfTimeError


def _neuron_of(number: WrittenNumber) -> tuple[int, str, str]:
    return id(number.linked), str(number.path[0]), str(number.path[1])
