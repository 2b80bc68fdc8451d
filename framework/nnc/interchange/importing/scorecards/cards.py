"""Points for bins of variables -> the inputs and weights of one neuron, as steps and choices."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction
from itertools import pairwise
from typing import Any, Literal, NamedTuple

from nnc.diagnostics.diagnostic import Diagnostic
from nnc.interchange.importing.buses import Change, renamed
from nnc.interchange.importing.naming import Names
from nnc.language.network import Input, Network, Neuron, Output, Threshold
from nnc.numbers.exact import Number, Refused, first_names, shorten, show_number, simplest

Steps = dict[Number | Threshold, Number]

_ROOM = 10**9
"""The number that stands for a missing one is below every cut-off by at least this."""


class Interval(NamedTuple):
    """Numbers from `low` to `high`, None for no end."""

    low: Number | None = None
    has_low: bool = False
    high: Number | None = None
    has_high: bool = False

    def has(self, number: Number) -> bool:
        """Check if a number lies in the interval."""
        after = self.low is None or number > self.low or (self.has_low and number == self.low)
        before = self.high is None or number < self.high or (self.has_high and number == self.high)
        return after and before

    def __str__(self) -> str:
        low = "-inf" if self.low is None else show_number(self.low)
        high = "inf" if self.high is None else show_number(self.high)
        return f"{'[' if self.has_low else '('}{low},{high}{']' if self.has_high else ')'}"


class Bin(NamedTuple):
    """The points of the numbers in an interval."""

    interval: Interval
    points: Number


class Card:
    """A score that is built from variables, and notes on names that had to change."""

    def __init__(self) -> None:
        self._names = Names(["score", "points"])
        self._inputs: dict[str, Input] = {}
        self._weights: dict[str, Number | Steps] = {}
        self._constant = Fraction(0)
        self._most = Fraction(0)
        self._renamed: list[Change] = []
        self._idle: list[str] = []

    def add_constant(self, points: Number) -> None:
        """Add points that every row gets."""
        self._constant += points

    def add_numbers(
        self,
        variable: str,
        bins: Sequence[Bin],
        missing: Number | None,
        *,
        is_whole: bool = False,
        default: Number | None = None,
    ) -> None:
        """Add a variable of numbers. Raises Refused where bins overlap, or leave numbers out.

        A number that is `missing` has points of its own, or counts as the `default`.
        """
        bins = sorted(bins, key=_start)
        for before, after in pairwise(bins):
            _check_next(variable, before.interval, after.interval)
        level = bins[0].points
        first, last = bins[0].interval, bins[-1].interval
        least = first.low
        if least is not None:
            _check_end(variable, first, least, has_end=first.has_low)
        if last.high is not None:
            _check_end(variable, last, last.high, has_end=last.has_high)
        steps: Steps = {}
        if missing is not None:
            if first.low is not None:
                message = f"`{shorten(variable)}` has points for a missing value and no bin below "
                hint = "begin its first bin at -inf"
                raise Refused("not-importable", message + show_number(first.low), hint)
            ends = [interval.low for interval, _ in bins if interval.low is not None]
            lowest = min(ends, default=0)
            least = default = absent = _far_below(lowest)
            level = missing
            if bins[0].points != level:
                steps[Threshold(absent, "above")] = simplest(Fraction(bins[0].points) - missing)
        for interval, number in bins[1:]:
            assert interval.low is not None
            points = simplest(Fraction(number) - level)
            if points != next(reversed(steps.values()), 0):
                limit = interval.low if interval.has_low else Threshold(interval.low, "above")
                steps[limit] = points
        self._constant += level
        kind: Literal["integer", "real"] = "integer" if is_whole else "real"
        self._add(variable, Input(type=kind, min=least, max=last.high, default=default), steps)

    def add_bit(
        self,
        variable: str,
        points: Mapping[Number, Number],
        default: Number | None = None,
    ) -> None:
        """Add a variable of two numbers, such as 0 and 1, with their points."""
        (off, least), (on, most) = points.items()
        weight = simplest(Fraction(most - least) / (on - off))  # of a bit that counts its states
        self._constant += least - weight * off
        states = None if (off, on) == (0, 1) else (off, on)
        self._add(variable, Input(type="bit", default=default, states=states), weight)

    def add_choice(
        self,
        variable: str,
        values: Mapping[str, Number],
        missing: Number | None,
        default: str | None = None,
    ) -> None:
        """Add a variable of texts; a missing one is a value of its own, or counts as `default`."""
        names = Names()
        called = {value: self._called(names, value, "value") for value in values}
        points = {called[value]: number for value, number in values.items()}
        standing = None if default is None else called[default]
        if missing is not None:
            standing = names.new("missing")
            points[standing] = missing
        name = self._called(self._names, variable, "variable")
        if not any(points.values()):
            self._idle.append(name)
            return
        self._inputs[name] = Input(type="choice", of=tuple(points), default=standing)
        self._weights |= {f"{name}.{value}": number for value, number in points.items() if number}
        self._most += max(points.values())

    def _add(self, variable: str, input_: Input, weight: Number | Steps) -> None:
        name = self._called(self._names, variable, "variable")
        if not weight:
            self._idle.append(name)
            return
        self._inputs[name], self._weights[name] = input_, weight
        self._most += max(0, *weight.values()) if isinstance(weight, dict) else max(0, weight)

    def _called(self, names: Names, text: str, otherwise: str) -> str:
        name = names.new(text, otherwise)
        self._renamed.append(("", text, name))
        return name

    def network(self, output: str = "points") -> Network:
        """Return the network, whose sum is the points.

        The threshold is the most points there are: the card has none.
        """
        constant = {"1": simplest(self._constant)} if self._constant else {}
        weights: dict[str, Any] = {**constant, **self._weights}
        alias = output if output == "points" else self._names.new(output, "output")
        score = Neuron(
            weights=weights,
            threshold=simplest(self._constant + self._most),
            description="Its sum is what counts; the threshold is the most points there are.",
        )
        return Network(
            inputs=self._inputs,
            fires="at_least",
            neurons={"score": score},
            outputs={alias: Output(sum="score")},
        )

    def notes(self) -> Iterable[Diagnostic]:
        """Yield notes on variables that were renamed, and on those without points."""
        yield from renamed(self._renamed)
        if self._idle:
            message = f"left out, as they change no points: {first_names(self._idle)}"
            yield Diagnostic("left-out", message)

    @property
    def is_empty(self) -> bool:
        """True if no variable changes the points."""
        return not self._inputs


def _start(bin_: Bin) -> tuple[bool, Number, bool]:
    low, has_low = bin_.interval[:2]
    return (low is not None, low or 0, not has_low)


def _check_next(variable: str, before: Interval, after: Interval) -> None:
    """Check that a bin begins where the one before it ends."""
    name = shorten(variable)
    if before.high is None or after.low is None or before.high > after.low:
        raise Refused("bad-import-file", f"two bins of `{name}` overlap: {before} and {after}")
    if before.high < after.low or before.has_high == after.has_low:
        what = "overlap" if before.high == after.low and after.has_low else "leave numbers between"
        raise Refused("bad-import-file", f"two bins of `{name}` {what}: {before} and {after}")


def _check_end(variable: str, bin_: Interval, end: Number, *, has_end: bool) -> None:
    if not has_end:
        message = f"the bins of `{shorten(variable)}` end at {show_number(end)}, without it: {bin_}"
        raise Refused("not-importable", message, "let the outer bins end at -inf and inf")


def _far_below(number: Number) -> Number:
    """Return minus a power of ten that lies far below a number."""
    absent = _ROOM
    while -absent * 10 > number * 100 or absent < -number * 10:
        absent *= 10
    return -absent
