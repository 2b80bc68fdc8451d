"""Evaluate a network for some rows as columns: every bit, and every exact sum.

A *unit* is a neuron, of a layer too; its bits are the signals from `first` on. Columns are integers
over a scale of their unit, so nothing is rounded.
"""

from __future__ import annotations

import heapq
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from math import lcm
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from nnc.compiler.graph import Graph, LayerNode, NeuronNode
from nnc.language.firing import FIRING, Firing
from nnc.language.network import BITS
from nnc.lazy import np
from nnc.numbers.exact import Number, simplest
from nnc.numbers.integers import SAFE_SIZE, Array, largest_of, scaled, weighted_sum
from nnc.repairs.problem.numbers import Effect, WrittenNumber
from nnc.rows.columns import Batch, Column
from nnc.run.engines import element_columns

if TYPE_CHECKING:
    from numpy.typing import NDArray


Bits: TypeAlias = "NDArray[np.uint8]"


@dataclass(eq=False, slots=True)
class Unit:
    """One neuron: `weights` of `sources`, and `limits` with the rule of each."""

    name: str
    sources: Sequence[int]
    weights: list[Number]
    limits: list[Number]
    rules: list[Firing]
    first: int

    @property
    def signals(self) -> range:
        """Its bits, one per threshold."""
        return range(self.first, self.first + len(self.limits))


@dataclass(eq=False)
class Circuit:
    """The units of a network in the order of evaluation, and the readers of each signal.

    `readers` maps each signal to the units that read it, `makers` each bit to its unit.
    """

    graph: Graph
    units: list[Unit]
    readers: dict[int, list[int]] = field(default_factory=lambda: defaultdict(list))
    makers: dict[int, int] = field(default_factory=dict)

    @staticmethod
    def of(graph: Graph) -> Circuit:
        """Split the nodes of a graph into units."""
        units: list[Unit] = []
        for node in graph.nodes:
            if isinstance(node, LayerNode):
                units += (_unit(node.neuron(i)) for i in range(node.size))
            else:
                units.append(_unit(node))
        circuit = Circuit(graph, units)
        for place, unit in enumerate(units):
            for signal in set(unit.sources):
                circuit.readers[signal].append(place)
            for signal in unit.signals:
                circuit.makers[signal] = place
        return circuit

    def with_changes(self, changes: Iterable[tuple[WrittenNumber, Fraction]]) -> Circuit:
        """Return the circuit with other numbers."""
        units = list(self.units)
        for number, value in changes:
            change = value - number.value
            for effect in number.effects:
                unit = units[effect.unit]
                weights, limits = list(unit.weights), list(unit.limits)
                for synapse, factor in effect.synapses:
                    weights[synapse] = simplest(Fraction(weights[synapse] + factor * change))
                if effect.threshold >= 0:
                    limits[effect.threshold] = simplest(limits[effect.threshold] + change)
                units[effect.unit] = Unit(
                    unit.name, unit.sources, weights, limits, unit.rules, unit.first
                )
        return Circuit(self.graph, units, self.readers, self.makers)

    def cone(self, signals: Iterable[int]) -> set[int]:
        """Return the units that some signals depend on."""
        places: set[int] = set()
        work = [self.makers[signal] for signal in signals if signal in self.makers]
        while work:
            place = work.pop()
            if place not in places:
                places.add(place)
                sources = self.units[place].sources
                work += [self.makers[signal] for signal in sources if signal in self.makers]
        return places


def _unit(node: NeuronNode) -> Unit:
    rules = [FIRING[node.rule(i)] for i in range(len(node.thresholds))]
    limits = list(node.thresholds)
    return Unit(node.name, node.sources, list(node.weights), limits, rules, node.first)


# ------------------------------------------------------------------------------------ columns


class Exact(NamedTuple):
    """Integers over a common denominator, one per row."""

    integers: Array
    denominator: int = 1


class Scaled(NamedTuple):
    """The numbers of a unit as integers: S * scale = sum of factors[j] * integers of source j."""

    scale: int
    factors: list[int]
    limits: list[int]


class Changes(NamedTuple):
    """The differences from a state: bits by signal, sums by unit."""

    bits: dict[int, Bits]
    sums: dict[int, Array]


Firings = Callable[[Array, Changes], list[Bits]]
"""A function from the sums of a unit and the changes before it to the bits of its thresholds."""


class State:
    """All bits and sums of a circuit for some rows."""

    def __init__(
        self,
        circuit: Circuit,
        count: int,
        numbers: Mapping[int, Exact],
        bits: dict[int, Bits],
        table: Mapping[int, Scaled],
    ) -> None:
        self.circuit, self.count = circuit, count
        self._numbers, self.bits, self.table = numbers, bits, table
        self.sums: dict[int, Array] = {}
        self._reaches: dict[int, int] = {}
        self._states = circuit.graph.types

    @staticmethod
    def of(circuit: Circuit, batch: Batch, scales: Mapping[int, int]) -> State:
        """Evaluate every unit; the scales of some units are multiples of those in `scales`."""
        numbers: dict[int, Exact] = {}
        bits: dict[int, Bits] = {
            signal: np.full(batch.count, signal, np.uint8) for signal in (0, 1)
        }
        columns = element_columns(dict(circuit.graph.inputs), batch.columns)
        for signal, column in enumerate(columns, 2):
            if circuit.graph.types[signal].kind == "bit":
                bits[signal] = np.ascontiguousarray(column.numerators).astype(np.uint8)
            else:
                numbers[signal] = _exact(column)
        state = State(circuit, batch.count, numbers, bits, {})
        state.table = {
            place: state._scaled(unit, scales.get(place, 1))
            for place, unit in enumerate(circuit.units)
        }
        state._run()
        return state

    def taken(self, rows: Array) -> State:
        """Return the state of some rows, given by index."""
        numbers = {s: Exact(x.integers[rows], x.denominator) for s, x in self._numbers.items()}
        bits = {signal: column[rows] for signal, column in self.bits.items()}
        state = State(self.circuit, len(rows), numbers, bits, self.table)
        state.sums = {place: column[rows] for place, column in self.sums.items()}
        return state

    def changed(self, changes: Changes) -> State:
        """Return the state after changes; it shares unchanged columns."""
        bits, sums = self.bits | changes.bits, self.sums | changes.sums
        state = State(self.circuit, self.count, self._numbers, bits, self.table)
        state.sums = sums
        return state

    def _run(self) -> None:
        for place, unit in enumerate(self.circuit.units):
            table = self.table[place]
            columns = list(map(self.value, unit.sources))
            total = _total(columns, table.factors, self.count, table.limits)
            self.sums[place] = total
            for i, signal in enumerate(unit.signals):
                self.bits[signal] = self.fires(place, i, total)

    def _scaled(self, unit: Unit, multiple: int) -> Scaled:
        denominators = [self._denominator(signal) for signal in unit.sources]
        scale = lcm(multiple, *(limit.denominator for limit in unit.limits))
        for weight, below in zip(unit.weights, denominators, strict=True):
            scale = lcm(scale, weight.denominator * below)
        factors = [
            int(Fraction(weight) * scale / below)
            for weight, below in zip(unit.weights, denominators, strict=True)
        ]
        return Scaled(scale, factors, [int(limit * scale) for limit in unit.limits])

    def _denominator(self, signal: int) -> int:
        if signal in self._numbers:
            return self._numbers[signal].denominator
        states = self._states[signal].states
        return 1 if states == BITS else lcm(states[0].denominator, states[1].denominator)

    def value(self, signal: int) -> Array:
        """Return the values of a signal as integers, over the denominator of `exact`."""
        if signal in self._numbers:
            return self._numbers[signal].integers
        return self._of_bits(signal, self.bits[signal])

    def exact(self, signal: int) -> Exact:
        """Return the values of a signal."""
        return Exact(self.value(signal), self._denominator(signal))

    def _of_bits(self, signal: int, bits: Bits) -> Array:
        states = self._states[signal].states
        if states == BITS:
            return bits
        below = self._denominator(signal)
        off, on = (int(state * below) for state in states)
        return scaled(bits, on - off, off)

    def fires(self, place: int, i: int, sums: Array) -> Bits:
        """Return whether a threshold of a unit fires for some sums."""
        rule = self.circuit.units[place].rules[i]
        fired: Bits = np.asarray(rule.compare(sums, self.table[place].limits[i])).astype(np.uint8)
        return fired

    def slack(self, place: int, i: int) -> Array:
        """Return the distance of sums from a threshold, over the scale; positive sums fire."""
        limit = self.table[place].limits[i]
        sums = self.sums[place]
        up = self.circuit.units[place].rules[i].up
        return _difference(sums, limit) if up else scaled(_difference(sums, limit), -1)

    def propagate(self, special: Mapping[int, Firings]) -> Changes:
        """Return the differences that follow if `special` units fire differently.

        It is given the sums by their numbers as they are, and what has changed before them.
        """
        changes = Changes({}, {})
        waiting: dict[int, list[int]] = defaultdict(list)
        heap = list(special)
        heapq.heapify(heap)
        waiting |= {place: [] for place in heap}
        while heap:
            place = heapq.heappop(heap)
            total = self.moved(place, waiting.pop(place), changes)
            changes.sums[place] = total
            signals = self.circuit.units[place].signals
            if place in special:
                for signal, column in zip(signals, special[place](total, changes), strict=True):
                    self._note(signal, column, changes, waiting, heap)
                continue
            for i, signal in enumerate(signals):
                column = self.fires(place, i, total)
                self._note(signal, column, changes, waiting, heap)
        return changes

    def _note(
        self,
        signal: int,
        column: Bits,
        changes: Changes,
        waiting: dict[int, list[int]],
        heap: list[int],
    ) -> None:
        if np.array_equal(column, self.bits[signal]):
            return
        changes.bits[signal] = column
        for reader in self.circuit.readers.get(signal, ()):
            if reader not in waiting:
                heapq.heappush(heap, reader)
            waiting[reader].append(signal)

    def moved(self, place: int, signals: Sequence[int], changes: Changes) -> Array:
        """Return the sums of a unit after changes of its sources."""
        if not signals:
            return self.sums[place]
        unit, table = self.circuit.units[place], self.table[place]
        moved = set(signals)
        steps = [
            (signal, factor)
            for signal, factor in zip(unit.sources, table.factors, strict=True)
            if signal in moved
        ]
        sums = self.sums[place]
        reach = self._reach(place) + sum(abs(factor) for _, factor in steps)
        if reach < SAFE_SIZE and all(self._states[s].states == BITS for s, _ in steps):
            total = sums.astype(np.int64)
            for signal, factor in steps:  # each is -1, 0 or 1 times the factor
                total += (changes.bits[signal].astype(np.int64) - self.bits[signal]) * factor
            return total
        columns, factors = [sums], [1]
        for signal, factor in zip(unit.sources, table.factors, strict=True):
            if signal in moved:
                columns += [self._of_bits(signal, changes.bits[signal]), self.value(signal)]
                factors += [factor, -factor]
        return _total(columns, factors, self.count, table.limits)

    def _reach(self, place: int) -> int:
        """Return a bound on the absolute values of the sums and limits of a unit."""
        if place not in self._reaches:
            sums = self.sums[place]
            size = largest_of(sums) if sums.dtype.kind in "iu" else SAFE_SIZE
            self._reaches[place] = size + max(map(abs, self.table[place].limits), default=0)
        return self._reaches[place]

    def value_after(self, signal: int, changes: Changes | None) -> Array:
        """Return the values of a signal after changes, as `value` does."""
        if changes is not None and signal in changes.bits:
            return self._of_bits(signal, changes.bits[signal])
        return self.value(signal)

    def influence(
        self, effects: Iterable[Effect], place: int, changes: Changes | None = None
    ) -> Array:
        """Return the gain of the sums of a unit, over its scale, if a weight increases by 1."""
        unit, scale = self.circuit.units[place], self.table[place].scale
        columns, factors = [], []
        for effect in effects:
            for synapse, factor in effect.synapses:
                signal = unit.sources[synapse]
                columns.append(self.value_after(signal, changes))
                factors.append(factor * scale // self._denominator(signal))
        return _total(columns, factors, self.count, ())


def _exact(column: Column) -> Exact:
    """Return a column of numbers as integers over one denominator."""
    if column.numerators.dtype.kind in "iu":
        return Exact(column.numerators, column.denominator)
    values = [Fraction(value) for value in column.values()]
    below = lcm(*(value.denominator for value in values)) if values else 1
    integers = [int(value * below) for value in values]
    if max(map(abs, integers), default=0) < SAFE_SIZE:
        return Exact(np.array(integers, np.int64), below)
    array = np.empty(len(integers), object)
    array[:] = integers
    return Exact(array, below)


def _total(
    columns: Sequence[Array], factors: Sequence[int], count: int, limits: Sequence[int]
) -> Array:
    """Sum columns times factors, in a type with room for the subtraction of limits."""
    spare = max((abs(limit) for limit in limits), default=0)
    if len(columns) < 2 or all(column.dtype.kind in "iu" for column in columns):
        total = weighted_sum(columns, factors, count, spare)
        if total is not None:
            return total
    exact: Array = np.zeros(count, object)
    for column, factor in zip(columns, factors, strict=True):
        exact = exact + column.astype(object) * factor
    return exact


def _difference(sums: Array, limit: int) -> Array:
    if sums.dtype.kind in "iu" and abs(limit) < SAFE_SIZE:
        return sums - limit  # which `_total` has left room for
    return sums.astype(object) - limit
