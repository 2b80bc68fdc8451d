"""Limits on the sums of one unit: the thresholds that must fire, and those that must not.

Each *limit* is one inequality in the changes d of numbers of the unit:
slack + sum of influence * d >= 0, or > 0 where it is strict.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import product

import numpy as np

from nnc.numbers.integers import SAFE_SIZE, largest_of, scaled
from nnc.repairs.problem.circuit import Array, Bits, Changes, State
from nnc.repairs.problem.demands import Demands
from nnc.repairs.problem.intervals import EVERYTHING, Interval
from nnc.repairs.problem.numbers import WrittenNumber

MAX_PATTERNS = 4  # thresholds that matter, of which every pattern is tried


class Unclear(Exception):
    """The demands on a unit do not split into demands on each of its thresholds."""


@dataclass(eq=False)
class Limits:
    """Inequalities of a unit: the row of each, its slack and sign, and which threshold it is about.

    `signs` say whether larger sums are better; `thresholds` are -1 where it is a sum itself.
    """

    unit: int
    rows: Array
    slack: Array
    signs: Array
    strict: Array
    thresholds: Array

    @property
    def broken(self) -> Array:
        """Return which of them the present numbers violate."""
        return np.asarray((self.slack < 0) | (self.strict & (self.slack == 0))).astype(bool)

    def influence(self, state: State, number: WrittenNumber, changes: Changes | None) -> Array:
        """Return what each slack gains where a number is 1 greater."""
        effects = [effect for effect in number.effects if effect.unit == self.unit]
        scale = state.table[self.unit].scale
        total: Array = np.zeros(len(self.rows), np.int64)
        synapses = [effect for effect in effects if effect.synapses]
        if synapses:
            column = state.influence(synapses, self.unit, changes)[self.rows]
            total = scaled(column, 1) * self.signs
        for effect in effects:
            if effect.threshold >= 0:
                own = self.signs * (self.thresholds == effect.threshold)
                total = total - (scaled(own, scale))
        return total


def interval_of(gains: Array, slack: Array, strict: Array) -> Interval:
    """Return the changes of one number for which all inequalities hold; an empty one for none."""
    still = gains == 0
    if np.any(still & ((slack < 0) | (strict & (slack == 0)))):
        return Interval(Fraction(1), Fraction(0))
    result = EVERYTHING
    moving = ~still
    gains, slack, strict = gains[moving], slack[moving], strict[moving]
    for gain in sorted(set(gains.tolist())):
        rows = gains == gain
        own = slack[rows]
        least = own.min()
        is_strict = bool(np.any(strict[rows] & (own == least)))
        end = Fraction(-int(least), int(gain))
        if gain > 0:
            result = result.intersection(Interval(low=end, has_low=not is_strict))
        else:
            result = result.intersection(Interval(high=end, has_high=not is_strict))
    return result


def limits_of(state: State, demands: Demands, place: int) -> Limits | None:
    """Return what has to hold of a unit, all others as they are; None where nothing helps.

    Raises Unclear.
    """
    unit = state.circuit.units[place]
    live = [
        i
        for i, signal in enumerate(unit.signals)
        if signal in demands.bits or state.circuit.readers.get(signal)
    ]
    collected = _Collected(state, place)
    if len(live) > MAX_PATTERNS:
        raise Unclear
    patterns = list(product((0, 1), repeat=len(live)))
    allowed = np.array(
        [_is_met(state, demands, place, live, pattern) for pattern in patterns], bool
    )
    if not allowed.any(axis=0).all():
        return None
    size = np.ones(state.count, np.int64)
    for position, i in enumerate(live):
        can: list[Array] = []
        for bit in (0, 1):
            with_bit = [k for k, each in enumerate(patterns) if each[position] == bit]
            can.append(np.asarray(allowed[with_bit].any(axis=0)))
        size *= can[0].astype(np.int64) + can[1]
        collected.fire(i, ~can[0])
        collected.stay_silent(i, ~can[1])
    if np.any(size != allowed.sum(axis=0)):
        raise Unclear
    if not _own_sums(state, demands, place, collected):
        return None
    return collected.limits()


def _is_met(
    state: State, demands: Demands, place: int, live: Sequence[int], pattern: Sequence[int]
) -> Array:
    """Return which rows are right where the thresholds that matter fire by a pattern."""
    signals = state.circuit.units[place].signals
    forced: dict[int, Bits] = {
        signals[i]: np.full(state.count, bit, np.uint8)
        for i, bit in zip(live, pattern, strict=True)
    }
    return ~demands.failing(state, state.propagate(forced), but=(place,))


def _own_sums(state: State, demands: Demands, place: int, collected: _Collected) -> bool:
    """Add what is asked of the sum itself; return whether it can be met. Raises Unclear."""
    own = demands.sums.get(place)
    if own is not None:
        collected.equal(own.asked, state.sums[place] - own.wanted)
    for group in demands.largest:
        if place not in group.units:
            continue
        makers = state.circuit.units[place].signals
        if any(state.circuit.readers.get(signal) for signal in makers):
            raise Unclear
        scale = state.table[place].scale
        for wanted, winner in enumerate(group.units):
            rows = group.asked & (group.wanted == wanted)
            if not rows.any():
                continue
            for i, other in enumerate(group.units):
                if other == winner:
                    continue
                factors = [Fraction(scale, state.table[each].scale) for each in (winner, other)]
                if any(factor.denominator > 1 for factor in factors):
                    raise Unclear
                ahead = scaled(state.sums[winner], int(factors[0])) - scaled(
                    state.sums[other], int(factors[1])
                )
                strict = i < wanted
                if place in (winner, other):
                    collected.add(rows, ahead, 1 if place == winner else -1, is_strict=strict)
                elif np.any(rows & ((ahead < 0) | (ahead == 0) & strict)):
                    return False
    return True


class _Collected:
    """The inequalities of a unit so far."""

    def __init__(self, state: State, place: int) -> None:
        self._state, self._place = state, place
        self._parts: list[tuple[Array, Array, int, bool, int]] = []

    def fire(self, i: int, asked: Array) -> None:
        """Let a threshold fire in some rows."""
        rule = self._state.circuit.units[self._place].rules[i]
        slack = self._state.slack(self._place, i)
        sign = 1 if rule.up else -1
        self.add(asked, slack, sign, is_strict=rule.strict, threshold=i)

    def stay_silent(self, i: int, asked: Array) -> None:
        """Keep a threshold silent in some rows."""
        rule = self._state.circuit.units[self._place].rules[i]
        slack = scaled(self._state.slack(self._place, i), -1)
        sign = -1 if rule.up else 1
        self.add(asked, slack, sign, is_strict=not rule.strict, threshold=i)

    def equal(self, asked: Array, over: Array) -> None:
        """Let the sum be what is asked for; it is `over` that by so much."""
        self.add(asked, over, 1, is_strict=False)
        self.add(asked, scaled(over, -1), -1, is_strict=False)

    def add(
        self, asked: Array, slack: Array, sign: int, *, is_strict: bool, threshold: int = -1
    ) -> None:
        """Add an inequality for each row that asks for it."""
        rows = np.flatnonzero(asked)
        if len(rows):
            self._parts.append((rows, slack[rows], sign, is_strict, threshold))

    def limits(self) -> Limits:
        """Return all of them."""
        counts = [len(rows) for rows, *_ in self._parts]

        def spread(values: list[int], kind: str) -> Array:
            return np.repeat(np.array(values, kind), counts)

        slacks = [slack for _, slack, *_ in self._parts]
        is_narrow = all(s.dtype.kind in "iu" and largest_of(s) < SAFE_SIZE for s in slacks)
        slack = np.concatenate(
            [each if is_narrow else each.astype(object) for each in slacks]
            or [np.zeros(0, np.int64)]
        )
        return Limits(
            self._place,
            np.concatenate([rows for rows, *_ in self._parts] or [np.zeros(0, np.int64)]),
            slack,
            spread([sign for _, _, sign, _, _ in self._parts], "int64"),
            spread([strict for *_, strict, _ in self._parts], "bool"),
            spread([threshold for *_, threshold in self._parts], "int64"),
        )
