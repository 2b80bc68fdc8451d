"""The whole network for a few of the rows, as a program of whole numbers: CP-SAT's part.

Rows are added as they break. Each answer is the least for the rows so far, so the last one, which
breaks none, is the least of all; and the count of any of them is a lower bound.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from fractions import Fraction
from math import lcm

import numpy as np

from nnc.exact import decimal_places
from nnc.language.network import BITS
from nnc.solving.bounded import Program, TooLarge, Verdict
from nnc.solving.repairs.problem.demands import state_and_demands
from nnc.solving.repairs.problem.numbers import WrittenNumber
from nnc.solving.repairs.problem.problem import Best, Change, Changed, Problem

MAX_TERMS = 400_000
_FIRST_ROWS = 8
_SHARE, _LEAST_SECONDS = 0.4, 5.0


@dataclass(frozen=True)
class Outcome:
    """How many numbers are needed at least, and whether the best is proved to be the least."""

    fewest: int
    is_proved: bool = False


class Relaxation:
    """Asks CP-SAT for the fewest numbers, and then the least change."""

    def __init__(self, problem: Problem, fewest: int) -> None:
        self._problem, self._fewest = problem, fewest
        self._numbers = [n for n in problem.numbers if self._is_on_grid(n)]
        units = {unit for number in self._numbers for unit in number.units}
        circuit = problem.circuit
        self._moving: set[int] = set()
        for place, unit in enumerate(circuit.units):
            reads = (circuit.makers.get(signal, -1) for signal in unit.sources)
            if place in units or any(maker in self._moving for maker in reads):
                self._moving.add(place)
        self._cone = circuit.cone(
            [*problem.demands.bits, *(circuit.units[u].first for u in problem.demands.sums)]
        )

    def _is_on_grid(self, number: WrittenNumber) -> bool:
        places = decimal_places(Fraction(number.value).denominator)
        return places is not None and places <= self._problem.decimals_for(number)

    def search(self, best: Best) -> Outcome:
        """Search until the deadline; offer what holds for all rows to the best."""
        problem = self._problem
        if problem.demands.largest or len(self._numbers) < len(problem.numbers):
            return Outcome(self._fewest)
        rows = problem.failing[:_FIRST_ROWS].tolist()
        fewest = self._fewest
        places = self._moving & self._cone
        try:
            while time.monotonic() < problem.deadline:
                left = problem.deadline - time.monotonic()
                end = time.monotonic() + max(_LEAST_SECONDS, left * _SHARE)
                model = _Model(problem, self._numbers, places, rows, fewest)
                changed = model.least(min(end, problem.deadline))
                fewest = max(fewest, model.fewest)
                if not changed:
                    break
                failing = self._failing(changed)
                if not failing:
                    best.offer(changed)
                is_known = best.changed is not None and len(best.changed) <= fewest
                if not failing or (is_known and len(changed) > fewest):
                    return Outcome(fewest, model.is_optimal and not failing)
                rows += [row for row in failing if row not in rows][: len(rows)]
        except TooLarge:
            pass
        return Outcome(fewest)

    def _failing(self, changed: Changed) -> list[int]:
        problem = self._problem
        circuit = problem.circuit.with_changes(changed)
        state, demands = state_and_demands(circuit, problem.example)
        failing: list[int] = np.flatnonzero(demands.failing(state)).tolist()
        return failing


class _Model:
    """The program for some rows."""

    def __init__(
        self, problem: Problem, numbers: list[WrittenNumber], moving: set[int],
        rows: list[int], fewest: int,
    ) -> None:  # fmt: skip
        self._problem, self._numbers, self._rows = problem, numbers, rows
        self.is_optimal, self.fewest = False, fewest
        self._program = Program()
        self._units = {id(n): 10 ** problem.decimals_for(n) for n in numbers}
        self._changes: dict[int, int] = {}
        self._flags: list[int] = []
        self._effects: dict[int, list[tuple[WrittenNumber, int, int]]] = {}
        self._terms = 0
        for number in numbers:
            self._add_number(number)
        self._program.require(dict.fromkeys(self._flags, 1), fewest)
        for row in rows:
            self._add_row(row, sorted(moving))

    def _add_number(self, number: WrittenNumber) -> None:
        program, problem = self._program, self._problem
        unit = self._units[id(number)]
        reach = max(self._reach(place) for place in number.units)
        start = int(number.value * unit)
        low, high = -int(reach * unit) - abs(start), int(reach * unit) + abs(start)
        allowed = problem.range_of(number)
        if allowed.low is not None:
            low = max(low, int(allowed.low * unit) + 1 - start)
        if allowed.high is not None:
            high = min(high, int(allowed.high * unit) - 1 - start)
        change = program.number(min(low, 0), max(high, 0))
        flag = program.bit()
        program.require({change: 1}, 0, [~flag])
        program.require({change: -1}, 0, [~flag])
        self._changes[id(number)] = change
        self._flags.append(flag)
        for effect in number.effects:
            for synapse, factor in effect.synapses:
                self._effects.setdefault(effect.unit, []).append((number, synapse, factor))
            if effect.threshold >= 0:
                at = -1 - effect.threshold
                self._effects.setdefault(effect.unit, []).append((number, at, 1))

    def _reach(self, place: int) -> int:
        """Return a change beyond which a number of a unit decides by itself."""
        unit = self._problem.circuit.units[place]
        weights = sum(abs(Fraction(weight)) for weight in unit.weights)
        return int(weights + max(abs(Fraction(limit)) for limit in unit.limits)) + 2

    def _add_row(self, row: int, places: list[int]) -> None:
        problem, program = self._problem, self._program
        state, circuit = problem.state, problem.circuit
        bits: dict[int, int] = {}
        for place in places:
            unit, table = circuit.units[place], state.table[place]
            effects = self._effects.get(place, [])
            steps = lcm(*(self._units[id(number)] for number, *_ in effects))
            scale = table.scale * steps
            total: dict[int, int] = {}
            constant = 0
            values = [self._value(signal, row, bits) for signal in unit.sources]
            for factor, (bit, off, on) in zip(table.factors, values, strict=True):
                constant += factor * steps * off
                if bit is not None:
                    total[bit] = total.get(bit, 0) + factor * steps * (on - off)
            for number, synapse, factor in effects:
                if synapse < 0:
                    continue
                change = self._changes[id(number)]
                bit, off, on = values[synapse]
                below = state.exact(unit.sources[synapse]).denominator
                each = factor * scale // self._units[id(number)]
                total[change] = total.get(change, 0) + each * off // below
                if bit is not None:
                    gated = program.gated(change, bit)
                    total[gated] = total.get(gated, 0) + each * (on - off) // below
            self._terms += len(total)
            if self._terms > MAX_TERMS:
                raise TooLarge
            self._fire(place, row, total, constant, steps, effects, bits)
        for signal, demand in problem.demands.bits.items():
            if demand.asked[row] and signal in bits:
                bit = bits[signal]
                program.clause([bit if demand.wanted[row] else ~bit])

    def _value(self, signal: int, row: int, bits: dict[int, int]) -> tuple[int | None, int, int]:
        """Return the bit that a source is, if it is not known, and its values off and on."""
        state = self._problem.state
        if signal not in bits:
            value = int(state.value(signal)[row])
            return None, value, value
        states = self._problem.circuit.graph.types[signal].states
        if states == BITS:
            return bits[signal], 0, 1
        below = state.exact(signal).denominator
        return bits[signal], int(states[0] * below), int(states[1] * below)

    def _fire(
        self, place: int, row: int, total: dict[int, int], constant: int, steps: int,
        effects: list[tuple[WrittenNumber, int, int]], bits: dict[int, int],
    ) -> None:  # fmt: skip
        problem, program = self._problem, self._program
        unit, table = problem.circuit.units[place], problem.state.table[place]
        for i, (signal, rule) in enumerate(zip(unit.signals, unit.rules, strict=True)):
            bit = bits[signal] = program.bit()
            over = dict(total)
            for number, at, _ in effects:
                if at == -1 - i:
                    change = self._changes[id(number)]
                    moved = table.scale * steps // self._units[id(number)]
                    over[change] = over.get(change, 0) - moved
            under = {name: -factor for name, factor in over.items()}
            distance = table.limits[i] * steps - constant
            if rule.up:
                program.require(over, distance + rule.strict, [bit])
                program.require(under, -distance + (not rule.strict), [~bit])
            else:
                program.require(under, -distance + rule.strict, [bit])
                program.require(over, distance + (not rule.strict), [~bit])
        own = problem.demands.sums.get(place)
        if own is not None and own.asked[row]:
            aim = int(own.wanted[row]) * steps - constant
            program.require(total, aim)
            program.require({name: -factor for name, factor in total.items()}, -aim)

    def least(self, deadline: float) -> Changed:
        """Return the fewest numbers for these rows, and of these the least change.

        It is empty where none was found in time. `fewest` is a lower bound of their count, and
        `is_optimal` says that nothing is less.
        """
        program = self._program
        program.minimize(dict.fromkeys(self._flags, 1))
        verdict = self._solve(deadline)
        if verdict not in ("optimal", "feasible"):
            return ()
        self.fewest = max(self.fewest, program.bound or 0)
        changed = self._read()
        if verdict == "feasible":
            return changed
        program.fix_goal(self.fewest)
        common = lcm(*self._units.values())
        sizes = {
            program.size(self._changes[id(number)]): common // self._units[id(number)]
            for number in self._numbers
        }
        program.minimize(sizes)
        verdict = self._solve(deadline)
        self.is_optimal = verdict == "optimal"
        return self._read() if verdict in ("optimal", "feasible") else changed

    def _solve(self, deadline: float) -> Verdict:
        left = max(0.1, deadline - time.monotonic())
        verdict = self._program.solve(left, lambda: time.monotonic() > deadline)
        if self._program.is_interrupted:
            raise KeyboardInterrupt
        return verdict

    def _read(self) -> Changed:
        values = self._program.values
        changed = []
        for number in self._numbers:
            steps = values[self._changes[id(number)]]
            if steps:
                value = Fraction(number.value) + Fraction(steps, self._units[id(number)])
                changed.append(Change(number, value))
        return tuple(changed)
