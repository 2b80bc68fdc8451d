"""A number that counts in several units, swept: every change of it, stretch by stretch.

Between two values at which a bit flips nothing changes, so the network is simulated once for each
such stretch.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from nnc.numbers.integers import scaled
from nnc.repairs.problem.circuit import Array, Bits, Changes, State
from nnc.repairs.problem.demands import Demands
from nnc.repairs.problem.intervals import EVERYTHING, Interval
from nnc.repairs.problem.numbers import WrittenNumber
from nnc.repairs.problem.problem import Problem, Remedy
from nnc.repairs.single.limits import interval_of

MAX_STRETCHES = 20_000  # of one number that are simulated, each way


def swept(problem: Problem, number: WrittenNumber) -> Iterator[Remedy]:
    """Yield a number of several units with its values, if it is enough by itself."""
    old = Fraction(number.value)
    bounds = problem.range_of(number)
    parts = []
    for stretch in stretches(problem, problem.state, problem.demands, number):
        good = stretch.good
        if good is not None:
            part = good.moved(old).intersection(bounds)
            parts += [] if part.is_empty else [part]
    if parts:
        yield Remedy(number, tuple(_merged(parts)))


def _merged(intervals: list[Interval]) -> list[Interval]:
    """Join intervals that touch each other, in ascending order."""
    done: list[Interval] = []
    for each in sorted(intervals, key=_start):
        last = done[-1] if done else None
        if last is not None and (
            last.high is None
            or each.low is None
            or each.low < last.high
            or (each.low == last.high and (each.has_low or last.has_high))
        ):
            ends = [last, each]
            top = (
                last
                if last.high is None
                else each
                if each.high is None
                else max(ends, key=lambda x: (x.high, x.has_high))
            )
            done[-1] = last._replace(high=top.high, has_high=top.has_high)
        else:
            done.append(each)
    return done


def _start(interval: Interval) -> tuple[bool, Fraction, bool]:
    return interval.low is not None, interval.low or Fraction(), not interval.has_low


@dataclass(eq=False)
class Stretch:
    """Changes of a number for which all bits are the same: `cell`, and of it what is `good`."""

    cell: Interval
    good: Interval | None
    changes: Changes
    at: tuple[Fraction, int]


def stretches(
    problem: Problem, state: State, demands: Demands, number: WrittenNumber
) -> Iterator[Stretch]:
    """Yield every stretch of changes of a number, from 0 upward and then downward.

    Raises OutOfTimeError.
    """
    sweep = _Sweep(state, demands, number)
    middle = sweep.look(Fraction(), 0)
    yield middle
    for side in (1, -1):
        cell = middle.cell
        for _ in range(MAX_STRETCHES):
            problem.check_time()
            end, has_end = (cell.high, cell.has_high) if side > 0 else (cell.low, cell.has_low)
            if end is None:
                break
            stretch = sweep.look(end, side if has_end else 0)
            yield stretch
            cell = stretch.cell


class _Sweep:
    """A network with one number moved; a change may be `side` of a value, just above or below."""

    def __init__(self, state: State, demands: Demands, number: WrittenNumber) -> None:
        self._state, self._demands, self._number = state, demands, number
        self._gains: dict[int, Array] = {}
        self._parts: list[tuple[Array, Array, Array]] = []
        self._change, self._side = Fraction(), 0

    def look(self, change: Fraction, side: int) -> Stretch:
        """Simulate the network with a change, and find how far nothing else flips."""
        self._change, self._side, self._gains, self._parts = change, side, {}, []
        special = {
            place: lambda total, changes, place=place: self._fire(place, total, changes)
            for place in self._number.units
        }
        changes = self._state.propagate({}, special)
        cell = self._interval(self._parts)
        failing = self._demands.failing(self._state, changes, but=self._number.units)
        good = None
        if not failing.any():
            good = cell.intersection(self._interval(list(self._sums(changes))))
            good = None if good.is_empty else good
        return Stretch(cell, good, changes, (change, side))

    def _interval(self, parts: Sequence[tuple[Array, Array, Array]]) -> Interval:
        result = EVERYTHING
        for gains, slack, strict in parts:
            result = result.intersection(interval_of(gains, slack, strict))
        return result

    def _fire(self, place: int, total: Array, changes: Changes) -> list[Bits]:
        unit, table = self._state.circuit.units[place], self._state.table[place]
        effects = [effect for effect in self._number.effects if effect.unit == place]
        own = self._state.influence([e for e in effects if e.synapses], place, changes)
        self._gains[place] = own
        own, total = own.astype(object), total.astype(object)
        bits = []
        for i, rule in enumerate(unit.rules):
            sign = 1 if rule.up else -1
            moved = sum(table.scale for effect in effects if effect.threshold == i)
            gain = (own - moved) * sign
            slack = (total - table.limits[i]) * sign
            at = slack * self._change.denominator + gain * self._change.numerator
            on = (at > 0) | ((at == 0) & self._at_the_edge(gain, strict=rule.strict))
            fired: Bits = on.astype(np.uint8)
            bits.append(fired)
            where = on.astype(bool)
            turned = np.where(where, 1, -1)
            self._parts.append((gain * turned, slack * turned, where == rule.strict))
        return bits

    def _at_the_edge(self, gain: Array, *, strict: bool) -> Array:
        """Return whether a threshold fires whose sum is on it, or just beside it."""
        if not self._side:
            return np.full(len(gain), not strict)
        moving = gain * self._side
        fires: Array = (moving > 0) | ((moving == 0) & (not strict))
        return fires

    def _sums(self, changes: Changes) -> Iterator[tuple[Array, Array, Array]]:
        """Yield what is asked of sums that the number counts in, as inequalities."""
        state, units = self._state, self._number.units
        never = np.zeros(state.count, bool)
        for unit, own in self._demands.sums.items():
            if unit in units:
                over = (changes.sums[unit].astype(object) - own.wanted)[own.asked]
                gain = self._gains[unit].astype(object)[own.asked]
                strict = never[own.asked]
                yield gain, over, strict
                yield -gain, -over, strict
        for group in self._demands.largest:
            if not units & set(group.units):
                continue
            columns = [
                scaled(changes.sums.get(unit, state.sums[unit]), 1).astype(object)
                for unit in group.units
            ]
            gains = [self._gains.get(unit, never).astype(object) for unit in group.units]
            for wanted in range(len(group.units)):
                rows = group.asked & (group.wanted == wanted)
                for i in range(len(group.units)):
                    if i != wanted and rows.any():
                        strict = np.full(int(rows.sum()), i < wanted)
                        yield (
                            (gains[wanted] - gains[i])[rows],
                            (columns[wanted] - columns[i])[rows],
                            strict,
                        )
