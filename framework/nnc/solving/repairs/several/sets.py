"""Numbers of several neurons that together explain all rows: a whole search, without a solver.

In a repair, some of the changed neurons flip in each failing row. So sets of neurons are kept only
where forcing their bits puts every row right, in one way or another. In a set that is left, every
number of all neurons but one is tried, stretch by stretch: between two values at which its neuron
flips in some row nothing changes. What the last neuron must do is then known for each row.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import combinations
from math import comb

import numpy as np

from nnc.solving.repairs.problem.circuit import Array, Bits, State
from nnc.solving.repairs.problem.intervals import Interval, nearest
from nnc.solving.repairs.problem.numbers import WrittenNumber
from nnc.solving.repairs.problem.problem import Best, Change, Problem
from nnc.solving.repairs.several.flips import Flips
from nnc.solving.repairs.several.support import Support
from nnc.solving.repairs.single.fixes import fixes_of_unit
from nnc.solving.repairs.single.limits import Limits, limits_of_bits

MAX_SETS = 60_000
"""Of three neurons and more, so many sets are tried."""


def search_units(problem: Problem, size: int, count: int, best: Best) -> bool:
    """Offer the least changes of so many numbers in so many neurons to the best.

    Return whether nothing was left out. Raises OutOfTimeError.
    """
    flips = Flips.of(problem)
    sets: Iterator[tuple[int, ...]]
    if size == 2:
        sets = flips.pairs()
    elif comb(len(flips.units), size) <= MAX_SETS:
        sets = combinations(flips.units, size)
    else:
        return False
    is_complete = flips.is_complete and (count == size or (size, count) == (2, 3))
    for units in sets:
        problem.check_time()
        allowed = flips.allowed(units, few=True)
        if allowed is not None:
            allowed = flips.allowed(units)
        if allowed is not None:
            is_complete &= _Set(problem, flips, units, allowed).search(count, best)
    return is_complete


@dataclass(eq=False)
class _Set:
    """Some neurons, in the order of evaluation, and which of their bits put each row right.

    `allowed` has an axis of two for each neuron, and behind them one for the rows.
    """

    problem: Problem
    flips: Flips
    units: tuple[int, ...]
    allowed: Array

    def search(self, count: int, best: Best) -> bool:
        """Try every way to spread the numbers; return whether nothing was left out."""
        if count == len(self.units):
            self._fix(self.problem.state, self.units, self.allowed, (), best)
            return True
        if len(self.units) != 2:
            return False
        first, last = self.units
        done = self._with_several(last, first, count - 1, best)
        return self._with_several(first, last, count - 1, best) and done

    def _fix(
        self, state: State, units: Sequence[int], allowed: Array,
        changed: tuple[Change, ...], best: Best,
    ) -> None:  # fmt: skip
        """Change one number of each of the units that are left."""
        place, rest = units[0], units[1:]
        limits = self._limits(state, place, allowed)
        if limits is None:
            return
        numbers = self.problem.own[place]
        if not rest:
            for single in fixes_of_unit(self.problem, state, limits, numbers):
                self._offer(single.number, single.intervals, changed, best)
            return
        live = self.flips.live[place]
        signal = self.problem.circuit.units[place].first + live
        for number in numbers:
            self.problem.check_time()
            for value, bits in self._patterns(number, limits, [state]):
                left = np.where(bits[0].astype(bool), allowed[1], allowed[0])
                if left.reshape(-1, state.count).any(axis=0).all():
                    after = state.changed(state.propagate({signal: bits[0]}))
                    self._fix(after, rest, left, (*changed, Change(number, value)), best)

    def _offer(
        self, number: WrittenNumber, intervals: Sequence[Interval],
        changed: tuple[Change, ...], best: Best,
    ) -> None:  # fmt: skip
        self.problem.looked_at += 1
        decimals = self.problem.decimals_for(number)
        old = Fraction(number.value)
        options = [nearest(interval, old, decimals) for interval in intervals]
        values = [value for value in options if value is not None and value != old]
        if values:
            value = min(values, key=lambda each: (abs(each - old), each))
            whole = sorted((*changed, Change(number, value)), key=lambda each: each.number.place)
            best.offer(tuple(whole))

    def _limits(self, state: State, place: int, allowed: Array) -> Limits | None:
        """Return what a unit must do whatever the others do; None where a row has no way."""
        silent, firing = (allowed[bit].reshape(-1, state.count).any(axis=0) for bit in (0, 1))
        if not np.all(silent | firing):
            return None
        return limits_of_bits(state, place, self.flips.live[place], ~silent, ~firing)

    def _patterns(
        self, number: WrittenNumber, limits: Limits, states: Sequence[State]
    ) -> Iterator[tuple[Fraction, tuple[Bits, ...]]]:
        """Yield, for every way in which a number lets its unit fire, the least change for it.

        The unit fires for each of some states: those that other units of the set may bring about.
        """
        place, problem = limits.unit, self.problem
        live, old = self.flips.live[place], Fraction(number.value)
        parts = [_moving(state, number, place, live) for state in states]
        points = {
            Fraction(-slack, gain)
            for slacks, gains in parts
            for slack, gain in set(zip(slacks.tolist(), gains.tolist(), strict=True))
            if gain
        }
        bounds = problem.range_of(number)
        decimals = problem.decimals_for(number)
        is_strict = problem.circuit.units[place].rules[live].strict
        seen: set[bytes] = set()
        options = []
        for stretch in _stretches(sorted(points)):
            inside = stretch.moved(old).intersection(bounds)
            value = None if inside.is_empty else nearest(inside, old, decimals)
            if value is None:
                continue
            options.append((abs(value - old), value))
        for _, value in sorted(options):
            move = value - old
            bits = tuple(_fired(slack, gain, move, strict=is_strict) for slack, gain in parts)
            key = b"".join(each.tobytes() for each in bits)
            if value != old and key not in seen:
                yield value, bits
            seen.add(key)

    def _with_several(self, single: int, other: int, count: int, best: Best) -> bool:
        """Change one number of one unit, and several of the other."""
        problem, state = self.problem, self.problem.state
        axis = self.units.index(other)
        by_other = np.moveaxis(self.allowed, axis, 0)  # [other, single, row]
        forced = [self.flips.forced(state, other, bit) for bit in (0, 1)]
        states = [state.changed(changes) for changes in forced]
        limits = self._limits(state, single, np.moveaxis(self.allowed, axis, 1))
        if limits is None:
            return True
        is_complete = True
        for number in problem.own[single]:
            problem.check_time()
            for value, bits in self._patterns(number, limits, states):
                left = np.stack(
                    [np.where(own.astype(bool), way[1], way[0])
                     for own, way in zip(bits, by_other, strict=True)]
                )  # fmt: skip
                if not left.any(axis=0).all():
                    continue
                is_complete &= self._several(single, other, count, bits, left,
                                             Change(number, value), best)  # fmt: skip
        return is_complete

    def _several(
        self, single: int, other: int, count: int, bits: Sequence[Bits], left: Array,
        change: Change, best: Best,
    ) -> bool:  # fmt: skip
        state, circuit = self.problem.state, self.problem.circuit
        signal = circuit.units[single].first + self.flips.live[single]
        # where the other one reads this unit, its sums are those that this one gives it
        after = state
        if single < other:
            after = state.changed(state.propagate({signal: bits[0]}))
        limits = limits_of_bits(after, other, self.flips.live[other], ~left[0], ~left[1])
        options = Best()
        support = Support(self.problem, after, limits, self.problem.own[other])
        support.search(count, options)
        if options.changed is not None:
            whole = sorted((*options.changed, change), key=lambda each: each.number.place)
            best.offer(tuple(whole))
        return support.is_complete


def _moving(state: State, number: WrittenNumber, place: int, live: int) -> tuple[Array, Array]:
    """Return how far a threshold is from its sums, and what that gains with a number."""
    rule, table = state.circuit.units[place].rules[live], state.table[place]
    effects = [effect for effect in number.effects if effect.unit == place]
    gains = state.influence([each for each in effects if each.synapses], place).astype(object)
    moved = sum(table.scale for effect in effects if effect.threshold == live)
    sign = 1 if rule.up else -1
    return state.slack(place, live).astype(object), (gains - moved) * sign


def _fired(slack: Array, gain: Array, move: Fraction, *, strict: bool) -> Bits:
    at = slack * move.denominator + gain * move.numerator
    fired: Bits = np.asarray(at > 0 if strict else at >= 0).astype(np.uint8)
    return fired


def _stretches(points: Sequence[Fraction]) -> Iterator[Interval]:
    """Yield the points, and what is between them."""
    if not points:
        yield Interval()
        return
    yield Interval(None, points[0])
    for i, point in enumerate(points):
        yield Interval(point, point, has_low=True, has_high=True)
        yield Interval(point, points[i + 1] if i + 1 < len(points) else None)
