"""Describe the problem of a repair: the circuit, its rows, and the numbers that may change."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cached_property
from typing import NamedTuple

from nnc.language.network import ruled
from nnc.lazy import np
from nnc.numbers.integers import Array
from nnc.repairs.problem.circuit import Circuit, State
from nnc.repairs.problem.demands import Demands, Example
from nnc.repairs.problem.intervals import EVERYTHING, Interval, chosen, decimals_of
from nnc.repairs.problem.numbers import Elsewhere, WrittenNumber


class OutOfTimeError(Exception):
    """The budget is spent."""


class Remedy(NamedTuple):
    """A number that repairs everything by itself, and the intervals of its new values."""

    number: WrittenNumber
    intervals: tuple[Interval, ...]


class Change(NamedTuple):
    """A number, and its new value."""

    number: WrittenNumber
    value: Fraction

    @property
    def size(self) -> Fraction:
        """By how much it changes."""
        return abs(self.value - self.number.value)


Changed = tuple[Change, ...]
"""Numbers that are changed together, in the order of the file."""


@dataclass(eq=False)
class Best:
    """The fewest numbers so far, of these the least change, then the last ones of the file."""

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
    """Return places so that the list is least which leaves the first numbers as they are."""
    return [-place for place in sorted(places)]


@dataclass(eq=False)
class Problem:
    """A network with rows of which some fail, and the numbers that may change.

    `decimals` is how many decimals new values have; None for as many as their neuron has now.
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
        """Return how many decimals a new value of a number has."""
        return self._places[_neuron_of(number)] if self.decimals is None else self.decimals

    def value_in(self, number: WrittenNumber, intervals: Sequence[Interval]) -> Fraction | None:
        """Return the new value of a number that changes least; None if there is none."""
        old = Fraction(number.value)
        is_fixed = self.decimals is not None
        return chosen(intervals, old, self.decimals_for(number), is_fixed=is_fixed)

    def range_of(self, number: WrittenNumber) -> Interval:
        """Return which values a number may have: a level needs thresholds that ascend."""
        if not number.is_of_level:
            return EVERYTHING
        limits = number.linked.network.neurons[str(number.path[1])].thresholds or {}
        values = [Fraction(ruled(limit, "above").number) for limit in limits.values()]
        own = Fraction(number.value)
        below = max((value for value in values if value < own), default=None)
        above = min((value for value in values if value > own), default=None)
        return Interval(below, above)

    def check_time(self) -> None:
        """Raise OutOfTimeError where the budget is spent."""
        if time.monotonic() > self.deadline:
            raise OutOfTimeError


def _neuron_of(number: WrittenNumber) -> tuple[int, str, str]:
    return id(number.linked), str(number.path[0]), str(number.path[1])
