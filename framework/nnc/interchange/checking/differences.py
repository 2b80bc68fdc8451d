"""Two answers for one row: whether they agree, and the neuron that explains where they do not."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any, NamedTuple

from nnc.compiler.graph import Tap
from nnc.interchange.checking.rows import Answer, Row, signals_of
from nnc.interchange.exporting.gates import Gate, Gates
from nnc.numbers.exact import Number, shorten, show_number, simplest
from nnc.run.trace import FollowedRow

_MOST_WORK = 200_000  # synapses that are added up to find the neuron of one row
_NEAREST = 40  # thresholds of a row that are looked at
_MOST_ELEMENTS, _MOST_DIGITS = 32, 24  # in a message
_COMPARES = {
    ">=": lambda a, b: a >= b,
    "<=": lambda a, b: a <= b,
    ">": lambda a, b: a > b,
    "<": lambda a, b: a < b,
}


class Margin(NamedTuple):
    """How far the sum of a neuron is from a threshold: `neuron` is it, or `neuron.threshold`."""

    neuron: str
    sum: Number
    threshold: Number
    margin: Number


@dataclass(frozen=True)
class Difference:
    """A row for which a file gives something else than its network.

    `row` has a value for each input, as `nnc.evaluate` takes it. `expected` is what the network
    gives for the `output`, and `actual` what the file does, None where it refuses the row.
    `nearest` is the neuron that would explain it, were its decision the other one, or else the one
    whose sum is given, or that is nearest to a threshold; None where no neuron is on the way.
    """

    row: Row = field(repr=False)
    output: str
    expected: Any
    actual: Any
    nearest: Margin | None

    def about(self, tool: str) -> str:
        """Say it in one line."""
        values = " ".join(f"{name}={_text(value)}" for name, value in self.row.items())
        actual = "refuses the row" if self.actual is None else f"gives {_text(self.actual)}"
        text = (
            f"`{self.output}` is {_text(self.expected)}, and {tool} {actual}, where "
            f"{shorten(values, 300) or 'there is no input'}"
        )
        if self.nearest is None:
            return text
        neuron, _, threshold, margin = self.nearest
        near = f"{_number(margin)} from" if margin else "on"
        return f"{text}: neuron `{neuron}` is {near} its threshold {_number(threshold)}"


def _text(value: Any) -> str:
    """Write a value as the command line takes it; a double as its shortest decimal."""
    if isinstance(value, list):
        elements = ",".join(map(_text, value[:_MOST_ELEMENTS]))
        return f"[{elements}{',…' if value[_MOST_ELEMENTS:] else ''}]"
    if isinstance(value, Fraction):
        text = show_number(value)
        is_long = len(text) > _MOST_DIGITS and value == Fraction(float(value))
        return repr(float(value)) if is_long else text
    return str(value)


def _number(value: Number) -> str:
    """Write a number, a long one by its first digits."""
    text = show_number(value)
    return text if len(text) <= _MOST_DIGITS else f"{float(value):.3g}"


class Differing(NamedTuple):
    """A row for which an output is `expected` to be something else than what is `actual`."""

    row: Row
    tap: Tap
    expected: Any
    actual: Any


class Judge:
    """Compares the answers of a tool with those of a network.

    Where the language `has_doubles`, a sum that is no integer is the nearest double. Sums of real
    numbers are added up with the unit roundoff `unit`; None where nothing is rounded.
    """

    def __init__(self, gates: Gates, *, has_doubles: bool, unit: Fraction | None) -> None:
        self._gates, self._has_doubles, self._unit = gates, has_doubles, unit

    def wrong(self, expected: Answer, actual: Answer) -> list[Tap]:
        """Return the outputs that are not the same, but for the rounding of a quotient."""
        return [
            tap
            for tap in self._gates.plan.outputs
            if not self.agree(expected[tap.alias], actual[tap.alias])
        ]

    def agree(self, expected: Any, actual: Any) -> bool:
        """Return whether two values of an output are the same, but for rounding of a quotient."""
        if isinstance(expected, list):
            return (
                isinstance(actual, list)
                and len(expected) == len(actual)
                and all(map(self.agree, expected, actual))
            )
        if expected == actual:
            return True
        if not self._has_doubles or actual is None or isinstance(actual, str):
            return False
        if isinstance(expected, str):
            return False
        try:
            return Fraction(actual) == Fraction(float(expected))
        except OverflowError:
            return False

    def is_near_tie(self, differing: Differing) -> bool:
        """Return whether rounding may have led to another answer: |margin| <= B on the way.

        B = (2n + 16) u sum |w x|, for a sum of n products in numbers of the unit roundoff u.
        """
        row, tap, expected, actual = differing
        if self._unit is None or actual is None:
            return False
        run = self.run(row)
        for gate in run.on_the_way(tap):
            if not gate.is_real or gate.is_cutoff:
                continue
            bound = self._bound(run, gate)
            total = Fraction(run.totals[gate.first])
            if any(abs(total - test.limit) <= bound for test in gate.tests):
                return True
        if tap.kind == "largest":
            return self._is_tie(run, tap)
        return tap.kind == "sum" and self._is_rounded(run, tap, expected, actual)

    def _bound(self, run: _Run, gate: Gate) -> Fraction:
        assert self._unit is not None
        products = zip(gate.sources, gate.weights, strict=True)
        size = sum(abs(Fraction(run.values[s]) * weight) for s, weight in products)
        size += abs(gate.offset / gate.factor)
        return (2 * len(gate.sources) + 16) * self._unit * size

    def _is_tie(self, run: _Run, tap: Tap) -> bool:
        """Return whether two sums, of which one is the largest, are within rounding."""
        made = [self._gates.maker[signal] for signal in tap.signals]
        sums = [Fraction(run.sum(gate)) for gate in made]
        bounds = [self._bound(run, gate) * abs(gate.factor) for gate in made]
        best = max(range(len(sums)), key=sums.__getitem__)
        return any(
            sums[best] - total <= bound + bounds[best]
            for place, (total, bound) in enumerate(zip(sums, bounds, strict=True))
            if place != best and made[place].is_real
        )

    def _is_rounded(self, run: _Run, tap: Tap, expected: Any, actual: Any) -> bool:
        """Return whether the sums that an output gives are as near as their rounding allows."""
        made = [self._gates.maker[signal] for signal in tap.signals]
        wanted, given = (each if tap.is_bus else [each] for each in (expected, actual))
        for gate, own, other in zip(made, wanted, given, strict=True):
            bound = self._bound(run, gate) * abs(gate.factor)
            if other is None or abs(Fraction(own) - other) > bound:
                return False
        return True

    def explain(self, differing: Sequence[Differing]) -> Difference:
        """Return one of some differences: with the neuron that explains as many as can be.

        That is a neuron whose other decision would give what the tool gives. Where there is none,
        it is the neuron whose sum is given, or else the one nearest to a threshold.
        """
        tries = [_Explaining(self, each) for each in differing]
        votes = Counter(signal for each in tries for signal in each.turned())
        chosen, first = None, tries[0]
        if votes:
            most = max(votes.values())
            chosen = next(s for each in tries for s in each.nearest if votes[s] == most)
            first = next(each for each in tries if chosen in each.turned())
        elif first.tap.kind == "sum" and not first.tap.is_bus:
            chosen = first.tap.signals[0]
        elif first.nearest:
            chosen = first.nearest[0]
        row, tap, expected, actual = first.differing
        nearest = None if chosen is None else first.margin(chosen)
        return Difference(row, tap.alias, expected, actual, nearest)

    def run(self, row: Row) -> _Run:
        """Return the gates for a row."""
        return _Run(self._gates, signals_of(row, self._gates))


class _Explaining:
    """The neurons that may explain one difference, the nearest to a threshold first."""

    def __init__(self, judge: Judge, differing: Differing) -> None:
        self._judge, self.differing = judge, differing
        self.tap = differing.tap
        self._run = judge.run(differing.row)
        candidates = sorted(
            (self._run.distance(gate, place), -gate.level, gate.first + place)
            for gate in self._run.on_the_way(self.tap)
            for place in range(len(gate.tests))
        )
        self.nearest = [signal for _, _, signal in candidates[:_NEAREST]]
        self._turned: list[int] | None = None

    def turned(self) -> list[int]:
        """Return the signals that give what the tool gives, where only they are turned around."""
        if self._turned is None:
            most = max(1, _MOST_WORK // self._run.work)
            self._turned = [
                signal
                for signal in self.nearest[:most]
                if self._judge.agree(
                    self._run.turned(signal).value(self.tap), self.differing.actual
                )
            ]
        return self._turned

    def margin(self, signal: int) -> Margin:
        """Return how far the neuron of a signal is from its threshold."""
        return self._run.margin(signal)


class _Run:
    """The gates for one row, in fractions; one signal may be turned around."""

    def __init__(self, gates: Gates, signals: list[Number], turned: int | None = None) -> None:
        self._gates, self._signals = gates, signals
        self.values: dict[int, Number] = dict(enumerate(signals))
        self.totals: dict[int, Number] = {}
        self.work = 1
        for gate in gates.gates:
            products = zip(gate.sources, gate.weights, strict=True)
            total = sum(self.values[source] * weight for source, weight in products)
            self.totals[gate.first] = total
            self.work += len(gate.sources)
            compared = self.values[gate.sources[0]] if gate.is_cutoff else total
            for signal, (op, limit) in zip(gate.signals, gate.tests, strict=True):
                self.values[signal] = int(_COMPARES[op](compared, limit) != (signal == turned))

    def turned(self, signal: int) -> _Run:
        """Return the same row, where one signal is turned around."""
        return _Run(self._gates, self._signals, signal)

    def margin(self, signal: int) -> Margin:
        """Return how far the neuron of a signal is from its threshold."""
        followed = FollowedRow(self._gates.plan, self._signals)
        limit = followed.limit(signal)
        return Margin(limit.name, followed.sum(signal), limit.threshold, limit.margin)

    def on_the_way(self, tap: Tap) -> Iterator[Gate]:
        """Yield the gates that an output may depend on."""
        wanted = set(tap.signals)
        for gate in reversed(self._gates.gates):
            if not wanted.isdisjoint(gate.signals):
                wanted.update(gate.sources)
                yield gate

    def distance(self, gate: Gate, place: int) -> Fraction:
        """Return how near a gate is to a threshold, relative to the size of its sum."""
        limit = Fraction(gate.tests[place].limit)
        if gate.is_cutoff:
            return abs(self.values[gate.sources[0]] - limit) / max(abs(limit), Fraction(1))
        return abs(self.totals[gate.first] - limit) / (sum(map(abs, gate.weights)) or 1)

    def sum(self, gate: Gate) -> Number:
        """Return the exact sum of a neuron."""
        return simplest(self.totals[gate.first] * gate.factor + gate.offset)

    def value(self, tap: Tap) -> Any:
        """Return what an output gives, as an `Answer` has it."""
        if tap.kind in ("sum", "largest"):
            sums = [self.sum(self._gates.maker[signal]) for signal in tap.signals]
            if tap.kind == "sum":
                return sums if tap.is_bus else sums[0]
            place = sums.index(max(sums))
            return tap.labels[place] if tap.labels else place
        values = [self.values[signal] for signal in tap.signals]
        if tap.kind == "level":
            level = int(sum(values))
            return tap.labels[level] if tap.labels else level
        elements = []
        for place, value in enumerate(values):
            states = tap.states_of(place)
            elements.append(value if states is None else states[int(value)])
        return elements if tap.is_bus else elements[0]
