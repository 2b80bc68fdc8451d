"""Which neurons, with their bits forced, put failing rows right: alone, in pairs, in sets."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import product

import numpy as np

from nnc.solving.repairs.problem.circuit import Array, Bits, Changes, State
from nnc.solving.repairs.problem.demands import Demands
from nnc.solving.repairs.problem.problem import Problem


@dataclass(eq=False)
class Flips:
    """The units whose numbers may change, and for each the one threshold that matters, in `live`.

    `few` are the failing rows. Units with several thresholds that matter, or whose sum is asked
    for, are left out; then it is not complete.
    """

    problem: Problem
    units: list[int]
    live: dict[int, int]
    few: State
    asked: Demands
    is_complete: bool
    _ways: dict[tuple[bool, int, int], Changes] = field(default_factory=dict)

    @staticmethod
    def of(problem: Problem) -> Flips:
        """Look for the units of a problem that matter."""
        few = problem.state.taken(problem.failing)
        asked = problem.demands.taken(problem.failing)
        summed = set(problem.demands.sums)
        summed.update(unit for group in problem.demands.largest for unit in group.units)
        sources = [*problem.demands.bits, *(problem.circuit.units[unit].first for unit in summed)]
        cone = problem.circuit.cone(sources)
        units, live = [], {}
        is_complete = not problem.shared
        for place in sorted(problem.own.keys() & cone):
            signals = problem.circuit.units[place].signals
            own = [
                i for i, signal in enumerate(signals)
                if signal in problem.demands.bits or problem.circuit.readers.get(signal)
            ]  # fmt: skip
            if place in summed or len(own) != 1:
                is_complete = False
            else:
                units.append(place)
                live[place] = own[0]
        return Flips(problem, units, live, few, asked, is_complete)

    def signal(self, place: int) -> int:
        """Return the bit of a unit that matters."""
        return self.problem.circuit.units[place].first + self.live[place]

    def forced(self, state: State, place: int, bit: int) -> Changes:
        """Return what differs where a unit gives one bit in all rows."""
        return state.propagate({self.signal(place): np.full(state.count, bit, np.uint8)})

    def allowed(self, units: Sequence[int], *, few: bool = False) -> Array | None:
        """Return which bits of some units put each row right; None where a row has no way.

        Of the failing rows alone, where `few` are asked for.
        """
        state = self.few if few else self.problem.state
        demands = self.asked if few else self.problem.demands
        ways = []
        for bits in product((0, 1), repeat=len(units)):
            forced: dict[int, Bits] = {
                self.signal(place): np.full(state.count, bit, np.uint8)
                for place, bit in zip(units, bits, strict=True)
            }
            ways.append(~demands.failing(state, state.propagate(forced)))
        allowed = np.array(ways)
        if not allowed.any(axis=0).all():
            return None
        return allowed.reshape(*[2] * len(units), state.count)

    # -------------------------------------------------------------------------------- pairs

    def pairs(self) -> Iterator[tuple[int, int]]:
        """Yield pairs of units that may put every failing row right.

        One output that is wrong in one row, with the fewest units before it, has to turn: by one of
        the pair alone, or by both. Where one is enough for that, another row that it does not put
        right says which others help.
        """
        row, signal = self._hardest()
        cone = self.problem.circuit.cone([signal]) if signal is not None else set(self.units)
        near = [place for place in self.units if place in cone]
        one = self.few.taken(np.array([row]))
        asked = self.asked.taken(np.array([row]))
        if signal is not None:
            asked = Demands({signal: asked.bits[signal]}, {}, [], asked.fixed)
        seen: set[tuple[int, int]] = set()
        alone = self._right(one, asked, near)[:, 0]
        for i, place in enumerate(near):
            self.problem.check_time()
            if alone[i]:
                others = self._helping(place)
            else:
                after = one.changed(self._flipped(one, place))
                both = self._right(after, asked, near, [place])[:, 0]
                others = [other for other, is_right in zip(near, both, strict=True) if is_right]
            for other in others:
                pair = min(place, other), max(place, other)
                if other != place and pair not in seen:
                    seen.add(pair)
                    yield pair

    def _hardest(self) -> tuple[int, int | None]:
        """Return a failing row, and the output of it that the fewest units lead to."""
        best: tuple[int, int, int | None] | None = None
        for signal, each in self.asked.bits.items():
            wrong = np.flatnonzero(each.asked & (self.few.bits[signal] != each.wanted))
            if len(wrong):
                size = len(self.problem.circuit.cone([signal]))
                if best is None or size < best[0]:
                    best = size, int(wrong[0]), signal
        return (0, None) if best is None else best[1:]

    def _helping(self, place: int) -> list[int]:
        """Return the units that put one more row right, with the one at a place or without it."""
        changes = self._flipped(self.few, place)
        left = np.flatnonzero(self.asked.failing(self.few, changes))
        if not len(left):
            return self.units
        row = left[:1]
        one, asked = self.few.taken(row), self.asked.taken(row)
        without = self._right(one, asked, self.units)[:, 0]
        after = one.changed(self._flipped(one, place))
        both = self._right(after, asked, self.units, [place])[:, 0]
        return [
            other for other, is_right in zip(self.units, without | both, strict=True) if is_right
        ]

    def _flipped(self, state: State, place: int) -> Changes:
        signal = self.signal(place)
        return state.propagate({signal: state.bits[signal] ^ np.uint8(1)})

    def _right(
        self, state: State, demands: Demands, units: Sequence[int], held: Sequence[int] = ()
    ) -> Array:
        """Return, units x rows, whether a row is right once one of them is flipped as well.

        All are simulated side by side: block i of the columns has unit i flipped. Units that are
        `held` keep their bits.
        """
        count = state.count
        wide, asked = state.repeated(len(units)), demands.repeated(len(units))
        blocks = {
            self.signal(place): slice(i * count, (i + 1) * count)
            for i, place in enumerate(units)
            if place not in held
        }
        kept = {self.signal(place): wide.bits[self.signal(place)] for place in held}
        changes = wide.propagate(kept, flipped=blocks)
        return ~asked.failing(wide, changes).reshape(len(units), count)
