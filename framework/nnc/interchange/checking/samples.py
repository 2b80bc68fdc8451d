"""Generated rows: numbers on and next to cut-offs, and sums moved to their thresholds."""

from __future__ import annotations

import math
from fractions import Fraction
from random import Random

from nnc.compiler.netlist import Cell, Net, Netlist
from nnc.compiler.plan import Plan
from nnc.interchange.checking.rows import Row, meaning, row_of_signals
from nnc.language.network import Input
from nnc.numbers.exact import Number, simplest
from nnc.rows.options import Floats

ROWS = 1000  # that are generated if the truth table is too large
_WIDE = 1 << 20  # the range of a number without a bound
_TRIES = 8


def made_rows(
    plan: Plan, *, has_doubles: bool, floats: Floats = "binary", count: int = ROWS
) -> list[Row]:
    """Generate rows, always the same ones. Real numbers are doubles if the language has them."""
    return _Samples(Netlist(plan), floats, has_doubles=has_doubles).rows(count)


class _Samples:
    """Draws rows as the signals of the inputs, bits as 0 or 1."""

    def __init__(self, netlist: Netlist, floats: Floats, *, has_doubles: bool) -> None:
        self._plan, self._floats, self._has_doubles = netlist.plan, floats, has_doubles
        self._random = Random("rows of nnc")
        self._inputs: dict[Net, Input] = {}
        for name, input_ in self._plan.inputs.items():
            first = self._plan.first_of[name]
            self._inputs.update(dict.fromkeys(range(first, first + input_.width), input_))
        self._cuts: dict[Net, list[Number]] = {}
        self._sums: list[Cell] = []
        roots = [net for tap in self._plan.outputs for net in tap.signals]
        for cell in netlist.cells([*roots, *(violation.net for violation in netlist.violated)]):
            if cell.operand is not None:
                limits = [test.limit for test in cell.tests]
                self._cuts.setdefault(cell.operand, []).extend(limits)
            elif cell.terms and all(net in self._inputs for net, _ in cell.terms):
                self._sums.append(cell)

    def rows(self, count: int) -> list[Row]:
        if not self._inputs:
            return [{}]
        rows = []
        for number in range(count):
            signals: list[Number] = [0, 1]
            for input_ in self._plan.inputs.values():
                signals += self._values(input_, len(signals))
            if self._sums and number % 2:
                self._to_threshold(signals, self._sums[number // 2 % len(self._sums)])
            rows.append(row_of_signals(self._plan, signals))
        return rows

    def _values(self, input_: Input, first: Net) -> list[Number]:
        if input_.of is not None:
            chosen = self._random.randrange(len(input_.of))
            return [int(place == chosen) for place in range(len(input_.of))]
        if input_.type == "bit":
            return [self._random.randrange(2) for _ in range(input_.width)]
        return [self._number(input_, first + place) for place in range(input_.width)]

    def _number(self, input_: Input, net: Net) -> Number:
        cuts = self._cuts.get(net, ())
        for _ in range(_TRIES):
            near = cuts and self._random.random() < 0.5
            value = self._near(input_, self._random.choice(cuts)) if near else self._any(input_)
            if input_.refuses(value) is None:
                return value
        low, high = _range(input_)
        if input_.type == "integer":
            return math.ceil(low)
        middle = (Fraction(low) + Fraction(high)) / 2
        value = self._real(middle)
        return simplest(middle) if input_.refuses(value) is not None else value

    def _near(self, input_: Input, cut: Number) -> Number:
        """Draw the number at a cut-off, a neighbour on either side, or one further away."""
        if input_.type == "integer":
            return math.floor(cut) + self._random.choice((-1, 0, 0, 1, 1, 2))
        step = self._random.choice((-1, 0, 0, 1))
        if self._random.random() < 0.25:
            return self._real(Fraction(cut) + Fraction(step or 1, 10))
        try:
            near = float(cut)
        except OverflowError:
            return self._any(input_)
        beside = math.nextafter(near, step * math.inf) if step else near
        if self._has_doubles or self._random.random() < 0.5:
            return meaning(beside, self._floats)
        # exactly the cut-off, or halfway to the next double
        return simplest((Fraction(near) + Fraction(beside)) / 2 if step else Fraction(cut))

    def _any(self, input_: Input) -> Number:
        low, high = _range(input_)
        if input_.type == "integer":
            return self._random.randint(math.ceil(low), math.floor(high))
        first, last = math.ceil(low * 1000), math.floor(high * 1000)
        return self._real(Fraction(self._random.randint(first, max(first, last)), 1000))

    def _real(self, value: Fraction) -> Number:
        return meaning(float(value), self._floats) if self._has_doubles else simplest(value)

    def _to_threshold(self, signals: list[Number], cell: Cell) -> None:
        """Move inputs until their sum is at a limit, or next to it, as far as possible."""
        test = self._random.choice(cell.tests)
        if cell.is_real:  # doubles differ within rounding: most rows lie a little further away
            size = sum(abs(factor) for _, factor in cell.terms) * self._random.choice((0, -1, 1))
            beside = Fraction(size, 1 << self._random.randint(16, 44))
        else:
            beside = Fraction(self._random.choice((0, 0, -1 if test.is_rising else 1)))
        left = test.limit + beside - sum(signals[net] * factor for net, factor in cell.terms)
        for _ in range(_TRIES):
            terms = self._random.sample(cell.terms, len(cell.terms))
            for net, factor in terms:
                left -= factor * self._move(signals, net, Fraction(left) / factor) if left else 0
            if not left:
                return
            net, factor = terms[-1]  # from another number the rest may be one that can be divided
            left -= factor * self._move(signals, net, Fraction(self._random.randint(-9, 9)))

    def _move(self, signals: list[Number], net: Net, wanted: Fraction) -> Fraction:
        """Move an input by an amount, as far as its bounds allow, and return the change."""
        input_, before = self._inputs[net], Fraction(signals[net])
        if input_.of is not None:
            return Fraction(0)
        if input_.type == "bit":
            step = 1 - 2 * before
            if abs(wanted - step) >= abs(wanted):
                return Fraction(0)
            signals[net] = int(before + step)
            return step
        goal = before + wanted
        goal = max(goal, Fraction(goal if input_.min is None else input_.min))
        goal = min(goal, Fraction(goal if input_.max is None else input_.max))
        value = self._real(goal) if input_.type == "real" else math.floor(goal)
        if input_.refuses(value) is not None:
            return Fraction(0)
        signals[net] = value
        return Fraction(value) - before


def _range(input_: Input) -> tuple[Number, Number]:
    low, high = input_.min, input_.max
    if low is None:
        return (-_WIDE, _WIDE) if high is None else (high - 2 * _WIDE, high)
    return low, low + 2 * _WIDE if high is None else high
