"""Settle which bits fire in each row, and state what units must do then.

Bits that are asked for are as they have to be, those that the search has named as it says; all
others are calculated with the numbers as they are.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain, pairwise

from nnc.lazy import np
from nnc.numbers.integers import Array
from nnc.repairs.problem.circuit import Changes, State
from nnc.repairs.problem.numbers import WrittenNumber
from nnc.repairs.problem.problem import Problem
from nnc.repairs.several.inequalities import Block, Grid, Order, Table

Bit = tuple[int, int]
"""A signal, and a row."""


@dataclass(eq=False)
class Pattern:
    """The bits and sums of a state, and where a unit gives another bit than it calculates."""

    state: State
    wrong: list[tuple[int, int, Array]] = field(default_factory=list)


class Patterns:
    """Settles bits; `moving` are the units that may give another bit than they do now."""

    def __init__(self, problem: Problem, numbers: Sequence[WrittenNumber], grid: Grid) -> None:
        self._problem, self._numbers, self._grid = problem, numbers, grid
        circuit = problem.circuit
        changed = {unit for number in numbers for unit in number.units}
        self.moving: list[int] = []
        known: set[int] = set()
        for place in sorted(problem.cone):
            makers = {circuit.makers.get(s, -1) for s in circuit.units[place].sources}
            if place in changed or makers & known:
                known.add(place)
                self.moving.append(place)
        self.signals = {s for place in self.moving for s in circuit.units[place].signals}
        self._orders = list(self._ascending())

    def settled(self, named: Mapping[int, tuple[Array, Array]]) -> Pattern:
        """Settle bits: for each signal that is named, the rows and whether they are flipped."""
        state, demands = self._problem.state, self._problem.demands
        circuit = self._problem.circuit
        changes = Changes({}, {})
        wrong = []
        for place in self.moving:
            unit = circuit.units[place]
            moved = [s for s in dict.fromkeys(unit.sources) if s in changes.bits]
            total = state.moved(place, moved, changes)
            if moved:
                changes.sums[place] = total
            for i, signal in enumerate(unit.signals):
                own = state.fires(place, i, total) if moved else state.bits[signal]
                bits = own.copy()
                if signal in demands.bits:
                    asked, wanted = demands.bits[signal]
                    bits = np.where(asked, wanted, bits).astype(np.uint8)
                if signal in named:
                    rows, flips = named[signal]
                    bits[rows] = state.bits[signal][rows] ^ flips
                rows = np.flatnonzero(bits != own)
                if len(rows):
                    wrong.append((place, i, rows))
                if not np.array_equal(bits, state.bits[signal]):
                    changes.bits[signal] = bits
        return Pattern(state.changed(changes), wrong)

    def is_asked(self, signal: int, row: int) -> bool:
        """Return whether a bit is required, so that it is the same in every pattern."""
        demand = self._problem.demands.bits.get(signal)
        return demand is not None and bool(demand.asked[row])

    # ------------------------------------------------------------------------- inequalities

    def table(self, pattern: Pattern, units: set[int], named: Mapping[int, Array]) -> Table:
        """Return what has to hold of some units: in all rows that ask, and those that are named."""
        table = Table(pattern.state, self._grid)
        demands, circuit = self._problem.demands, self._problem.circuit
        nothing = np.zeros(0, np.int64)
        for place in sorted(units & set(self.moving)):
            for i, signal in enumerate(circuit.units[place].signals):
                rows = named.get(signal, nothing)
                if signal in demands.bits:
                    rows = np.union1d(rows, np.flatnonzero(demands.bits[signal].asked))
                fires = pattern.state.bits[signal][rows].astype(bool)
                table.fire(place, i, rows[fires], fires=True)
                table.fire(place, i, rows[~fires], fires=False)
            if place in demands.sums:
                asked, wanted = demands.sums[place]
                table.equal(place, np.flatnonzero(asked), wanted)
        for winner, other, rows, strict in chain(*(group.rivals() for group in demands.largest)):
            if {winner, other} & units:
                table.exceed(winner, other, rows, strict=strict)
        for order in self._orders:
            if order.unit in units:
                table.ascend(order)
        return table

    def failing(self, pattern: Pattern, units: set[int]) -> Iterator[Table]:
        """Yield one inequality each that fails, of sums that no number of some units counts in."""
        state, demands = pattern.state, self._problem.demands
        for place, (asked, wanted) in demands.sums.items():
            if place not in units:
                table = Table(state, self._grid)
                table.equal(place, np.flatnonzero(asked), wanted)
                yield from _broken(table)
        for winner, other, rows, strict in chain(*(group.rivals() for group in demands.largest)):
            if not {winner, other} & units:
                table = Table(state, self._grid)
                table.exceed(winner, other, rows, strict=strict)
                yield from _broken(table)

    def _ascending(self) -> Iterator[Order]:
        """Yield which thresholds a level counts, each two that are next to each other."""
        places = {id(number): k for k, number in enumerate(self._numbers)}
        neurons: dict[tuple[int, str], list[WrittenNumber]] = {}
        for number in self._problem.everything:
            if number.is_of_level:
                neurons.setdefault((id(number.linked), str(number.path[1])), []).append(number)
        for limits in neurons.values():
            unit = limits[0].effects[0].unit
            scale = self._problem.state.table[unit].scale
            limits = sorted(limits, key=lambda number: number.value)
            for low, high in pairwise(limits):
                fixed = {
                    places[id(x)]: sign for x, sign in ((low, -1), (high, 1)) if id(x) in places
                }
                if fixed:
                    distance = int((high.value - low.value) * scale)
                    yield Order(unit, distance, fixed)


def _broken(table: Table) -> Iterator[Table]:
    """Yield the first row of each block that fails, as a table of its own."""
    for block in table.blocks:
        fails = np.asarray((block.slack < 0) | (block.strict & (block.slack == 0))).astype(bool)
        rows = np.flatnonzero(fails)[:1]
        if len(rows):
            own = Block(
                block.unit,
                block.threshold,
                block.sign,
                block.rows[rows],
                block.slack[rows],
                block.strict,
                block.other,
            )
            yield Table(table.state, table.grid, [own])
