"""Made rows: numbers on cut-offs and beside them, and sums brought to their thresholds."""

from __future__ import annotations

import math
from fractions import Fraction
from random import Random
from typing import Any

from nnc.interchange.checking.rows import Row, meaning
from nnc.interchange.exporting.gates import Gate, Gates
from nnc.language.network import Input
from nnc.numbers.exact import Number, simplest

MADE = 1000
"""How many rows are made where the truth table is too large."""
_WIDE = 1 << 20  # how far an integer without a bound goes
_TRIES = 8


def made_rows(gates: Gates, *, has_doubles: bool, count: int = MADE) -> list[Row]:
    """Make rows, the same ones every time. Real numbers are doubles where the language has them."""
    return _Samples(gates, has_doubles).rows(count)


class _Samples:
    def __init__(self, gates: Gates, has_doubles: bool) -> None:
        self._gates, self._has_doubles = gates, has_doubles
        self._random = Random("rows of nnc")
        self._cuts: dict[int, list[Number]] = {}
        self._summed: list[Gate] = []
        for gate in gates.gates:
            if gate.is_cutoff:
                limits = [test.limit for test in gate.tests]
                self._cuts.setdefault(gate.sources[0], []).extend(limits)
            elif gate.sources and all(source in gates.elements for source in gate.sources):
                self._summed.append(gate)

    def rows(self, count: int) -> list[Row]:
        plan = self._gates.plan
        if not plan.inputs:
            return [{}]
        rows = []
        for k in range(count):
            row = {name: self._value(name, input_) for name, input_ in plan.inputs.items()}
            if self._summed and k % 2:
                self._to_threshold(row, self._summed[k // 2 % len(self._summed)])
            rows.append(row)
        return rows

    def _value(self, name: str, input_: Input) -> Any:
        if input_.of is not None:
            return self._random.choice(input_.of)
        first = self._gates.plan.first_of[name]
        values = [self._element(input_, first + place) for place in range(input_.width)]
        return values if input_.size is not None else values[0]

    def _element(self, input_: Input, signal: int) -> Number | float:
        if input_.type == "bit":
            return self._random.choice(input_.state_values)
        cuts = self._cuts.get(signal, ())
        for _ in range(_TRIES):
            near = cuts and self._random.random() < 0.5
            value = self._near(input_, self._random.choice(cuts)) if near else self._any(input_)
            if input_.refuses(meaning(value, self._gates.floats)) is None:
                return value
        return self._bound(input_)

    def _near(self, input_: Input, cut: Number) -> Number | float:
        """Draw the number at a cut-off, the next one on either side, or one a little further."""
        if input_.type == "integer":
            return math.floor(cut) + self._random.choice((-1, 0, 0, 1, 1, 2))
        step = self._random.choice((-1, 0, 0, 1))
        if self._random.random() < 0.25:
            return self._typed(Fraction(cut) + Fraction(step or 1, 10))
        try:
            near = float(cut)
        except OverflowError:
            return self._any(input_)
        beside = math.nextafter(near, step * math.inf) if step else near
        if self._has_doubles or self._random.random() < 0.5:
            return beside
        # exactly the cut-off, or half way to the next double
        return simplest((Fraction(near) + Fraction(beside)) / 2 if step else Fraction(cut))

    def _typed(self, value: Fraction) -> Number | float:
        return float(value) if self._has_doubles else simplest(value)

    def _any(self, input_: Input) -> Number | float:
        low, high = self._range(input_)
        if input_.type == "integer":
            return self._random.randint(math.ceil(low), math.floor(high))
        first, last = math.ceil(low * 1000), math.floor(high * 1000)
        return self._typed(Fraction(self._random.randint(first, max(first, last)), 1000))

    def _range(self, input_: Input) -> tuple[Number, Number]:
        low, high = input_.min, input_.max
        if low is None and high is None:
            return -_WIDE, _WIDE
        if low is None:
            assert high is not None
            return high - 2 * _WIDE, high
        return low, low + 2 * _WIDE if high is None else high

    def _bound(self, input_: Input) -> Number | float:
        """Return a number that the input takes, whatever its bounds."""
        low, high = self._range(input_)
        if input_.type == "integer":
            return math.ceil(low)
        middle = (Fraction(low) + Fraction(high)) / 2
        value = self._typed(middle)
        return value if input_.refuses(meaning(value, self._gates.floats)) is None else middle

    def _to_threshold(self, row: Row, gate: Gate) -> None:
        """Bring the sum of inputs to a threshold, or to one beside it, as far as they can."""
        test = self._random.choice(gate.tests)
        target = Fraction(test.limit)
        if not gate.is_real:
            target += self._random.choice((0, 0, -1 if test.op == ">=" else 1))
        else:  # doubles differ within rounding: most rows lie a little further
            size = sum(map(abs, gate.weights)) * self._random.choice((0, -1, 1))
            target += Fraction(size, 1 << self._random.randint(16, 44))
        places = list(zip(gate.sources, gate.weights, strict=True))
        left = target - sum(
            weight * Fraction(self._worth(row, source)) for source, weight in places
        )
        for _ in range(_TRIES):
            self._random.shuffle(places)
            for source, weight in places:
                if left:
                    left -= weight * self._moved(row, source, left / weight)
            if not left:
                return
            # from elsewhere the rest may be one that can be divided
            source, weight = places[-1]
            left -= weight * self._moved(row, source, Fraction(self._random.randint(-9, 9)))

    def _worth(self, row: Row, source: int) -> Number:
        name, input_, place = self._gates.elements[source]
        value = row[name]
        if input_.of is not None:
            return int(value == input_.of[place])
        value = value[place] if isinstance(value, list) else value
        if input_.type == "bit":
            return input_.state_values.index(value)
        return meaning(value, self._gates.floats)

    def _moved(self, row: Row, source: int, wanted: Fraction) -> Fraction:
        """Move an element by as much as is wanted, as far as it can, and return by how much."""
        name, input_, place = self._gates.elements[source]
        if input_.of is not None:
            return Fraction(0)
        before = Fraction(self._worth(row, source))
        value: Number | float
        if input_.type == "bit":
            now = 1 - before
            if abs(wanted - (now - before)) >= abs(wanted):
                return Fraction(0)
            value = input_.state_values[int(now)]
        else:
            goal = before + wanted
            if input_.min is not None:
                goal = max(goal, Fraction(input_.min))
            if input_.max is not None:
                goal = min(goal, Fraction(input_.max))
            value = self._typed(goal) if input_.type == "real" else math.floor(goal)
            number = meaning(value, self._gates.floats)
            if input_.refuses(number) is not None:
                return Fraction(0)
            now = Fraction(number)
        if input_.size is not None:
            row[name] = [*row[name]]
            row[name][place] = value
        else:
            row[name] = value
        return now - before
