"""Turn the values that rows expect of outputs into demands on bits and sums."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import lcm
from typing import Any, NamedTuple

from nnc.compiler.graph import Tap
from nnc.lazy import np
from nnc.numbers.exact import Number
from nnc.numbers.integers import Array, scaled
from nnc.repairs.problem.circuit import Changes, Circuit, State
from nnc.rows.columns import Batch
from nnc.rows.elements import element_of
from nnc.rows.inputs.cells import rows_joined


class Example(NamedTuple):
    """Rows and their expectations: for each output, or bus element, the rows and values.

    `names` has the origin of each row, if known.
    """

    batch: Batch
    wanted: Mapping[str, Mapping[int, Number | str]]
    names: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Constant:
    """The most frequent value of each output, as the answer for every row."""

    values: Mapping[str, Number | str]
    """The answers, by outputs."""
    right: int
    """The number of rows that expect them."""
    rows: int
    """The number of rows that expect something, without guarded ones."""

    @classmethod
    def of(cls, example: Example, guarded: int) -> Constant:
        """Return the constant for an example, whose last rows are guarded."""
        count = example.batch.count - guarded
        values: dict[str, Number | str] = {}
        rows, wrong = set[int](), set[int]()
        for alias, wanted in example.wanted.items():
            expected = {row: value for row, value in wanted.items() if row < count}
            if expected:
                [(values[alias], _)] = Counter(expected.values()).most_common(1)
            rows |= expected.keys()
            wrong |= {row for row, value in expected.items() if value != values[alias]}
        return cls(values, len(rows - wrong), len(rows))


class BitDemand(NamedTuple):
    """The rows that demand a value of a bit, and the values."""

    asked: Array
    wanted: Array


class SumDemand(NamedTuple):
    """The rows that demand a sum of a unit, and the sums over its scale."""

    asked: Array
    wanted: Array


class LargestDemand(NamedTuple):
    """The rows that demand the unit with the largest sum among some, and its position."""

    units: tuple[int, ...]
    asked: Array
    wanted: Array

    def rivals(self) -> Iterator[tuple[int, int, Array, bool]]:
        """Yield the unit of the largest sum, another, their rows, and whether it must be larger."""
        for wanted, winner in enumerate(self.units):
            rows = np.flatnonzero(self.asked & (self.wanted == wanted))
            for i, other in enumerate(self.units):
                if other != winner and len(rows):
                    yield winner, other, rows, i < wanted


@dataclass(eq=False)
class Demands:
    """The demands of the rows of a state; `fixed` marks rows that no number can satisfy."""

    bits: dict[int, BitDemand]
    sums: dict[int, SumDemand]
    largest: list[LargestDemand]
    fixed: Array

    @property
    def summed(self) -> set[int]:
        """The units whose sums are demanded."""
        return {*self.sums, *(unit for group in self.largest for unit in group.units)}

    def taken(self, rows: Array) -> Demands:
        """Return the demands of some rows, given by index."""
        return Demands(
            {signal: BitDemand(*(x[rows] for x in each)) for signal, each in self.bits.items()},
            {unit: SumDemand(*(x[rows] for x in each)) for unit, each in self.sums.items()},
            [
                each._replace(asked=each.asked[rows], wanted=each.wanted[rows])
                for each in self.largest
            ],
            self.fixed[rows],
        )

    def failing(
        self, state: State, changes: Changes | None = None, but: Collection[int] = ()
    ) -> Array:
        """Return the rows that fail after changes; sums of the units in `but` are ignored."""
        bits, sums = (changes.bits, changes.sums) if changes else ({}, {})
        failing = self.fixed.copy()
        for signal, each in self.bits.items():
            failing |= each.asked & (bits.get(signal, state.bits[signal]) != each.wanted)
        for unit, each_sum in self.sums.items():
            if unit not in but:
                differ = np.asarray(sums.get(unit, state.sums[unit]) != each_sum.wanted)
                failing |= each_sum.asked & differ.astype(bool)
        for group in self.largest:
            if not any(unit in but for unit in group.units):
                failing |= group.asked & (largest_of_units(state, group, sums) != group.wanted)
        return failing


def largest_of_units(state: State, group: LargestDemand, sums: Mapping[int, Array]) -> Array:
    """Return the position of the largest sum in each row, the first of equals."""
    columns = [sums.get(unit, state.sums[unit]) for unit in group.units]
    common = lcm(*(state.table[unit].scale for unit in group.units))
    factors = [common // state.table[unit].scale for unit in group.units]
    best, place = scaled(columns[0], factors[0]), np.zeros(state.count, np.int64)
    for i, (column, factor) in enumerate(zip(columns[1:], factors[1:], strict=True), 1):
        own = scaled(column, factor)
        is_larger = np.asarray(own > best).astype(bool)
        place[is_larger] = i
        best = np.where(is_larger, own, best)
    return place


def joined(examples: Sequence[Example]) -> Example:
    """Concatenate rows."""
    columns = tuple(
        rows_joined(columns)
        for columns in zip(*(example.batch.columns for example in examples), strict=True)
    )
    wanted: dict[str, dict[int, Number | str]] = {}
    names: list[str] = []
    for example in examples:
        for alias, values in example.wanted.items():
            whole = wanted.setdefault(alias, {})
            whole |= {len(names) + row: value for row, value in values.items()}
        count = example.batch.count
        names += [*example.names, *[""] * (count - len(example.names))]
    return Example(Batch(columns, len(names)), wanted, names)


def state_and_demands(circuit: Circuit, example: Example) -> tuple[State, Demands]:
    """Evaluate the rows, and translate their expectations to bits and sums."""
    taps = {tap.alias: tap for tap in circuit.graph.outputs}
    columns = example.wanted
    scales: dict[int, int] = {}
    for alias, column in columns.items():
        tap = taps[_bus_of(alias, taps)]
        if tap.kind == "sum":
            unit = circuit.makers[tap.signals[_place_of(alias, taps)]]
            below = lcm(*(Fraction(value).denominator for value in column.values()))
            scales[unit] = lcm(scales.get(unit, 1), below)
    state = State.of(circuit, example.batch, scales)
    shared = _common_scales(state, [taps[alias] for alias in columns if alias in taps])
    if shared:
        state = State.of(circuit, example.batch, scales | shared)
    demands = Demands({}, {}, [], np.zeros(example.batch.count, bool))
    collecting = _Collecting(circuit, state, demands)
    for alias, column in columns.items():
        tap = taps[_bus_of(alias, taps)]
        if alias in taps and tap.is_bus and tap.kind != "sum":
            collecting.add_bus(tap, column)
        else:
            collecting.add(tap, _place_of(alias, taps), column)
    return state, demands


def _common_scales(state: State, taps: Sequence[Tap]) -> dict[int, int]:
    """Return one scale for all units whose sums are compared with each other."""
    scales: dict[int, int] = {}
    for tap in taps:
        if tap.kind == "largest":
            units = [state.circuit.makers[signal] for signal in tap.signals]
            common = lcm(*(scales.get(unit, state.table[unit].scale) for unit in units))
            scales |= dict.fromkeys(units, common)
    return scales


def _bus_of(alias: str, taps: Mapping[str, Tap]) -> str:
    return alias if alias in taps else (element_of(alias) or (alias, 0))[0]


def _place_of(alias: str, taps: Mapping[str, Tap]) -> int:
    return 0 if alias in taps else (element_of(alias) or (alias, 0))[1]


class _Collecting:
    """Translates expectations of outputs to bits and sums."""

    def __init__(self, circuit: Circuit, state: State, demands: Demands) -> None:
        self._circuit, self._state, self._demands = circuit, state, demands

    def add(self, tap: Tap, place: int, column: Mapping[int, Number | str]) -> None:
        """Add the values that rows expect of an output, or of one of its elements."""
        rows = np.array(list(column), np.int64)
        values = list(column.values())
        if tap.kind == "sum":
            self._sum(self._circuit.makers[tap.signals[place]], rows, values)
        elif tap.kind in ("level", "largest"):
            codes = [tap.labels.index(value) if tap.labels else int(value) for value in values]
            if tap.kind == "level":
                self._level(tap, rows, np.array(codes, np.int64))
            else:
                units = tuple(self._circuit.makers[signal] for signal in tap.signals)
                self._demands.largest.append(
                    LargestDemand(units, *self._spread(rows, np.array(codes, np.int64)))
                )
        else:
            self._value(tap, place, rows, values)

    def add_bus(self, tap: Tap, column: Mapping[int, Any]) -> None:
        """Add the unsigned integers that rows expect of a bus of bits."""
        rows, values = np.array(list(column), np.int64), list(column.values())
        for i, signal in enumerate(tap.signals):
            self._bit(signal, rows, np.array([value >> i & 1 for value in values], np.uint8))

    def _value(self, tap: Tap, place: int, rows: Array, values: Sequence[object]) -> None:
        signal, states = tap.signals[place], tap.states_of(place)
        if states is None:
            exact = self._state.exact(signal)
            for row, value in zip(rows.tolist(), values, strict=True):
                given = Fraction(int(exact.integers[row]), exact.denominator)
                self._demands.fixed[row] |= given != value
        else:
            self._bit(signal, rows, np.array([value == states[1] for value in values], np.uint8))

    def _level(self, tap: Tap, rows: Array, codes: Array) -> None:
        """Demand the bits of a level: its thresholds ascend, so the count determines them."""
        unit = self._circuit.units[self._circuit.makers[tap.signals[0]]]
        up, last = unit.rules[0].up, len(tap.signals)
        for i, signal in enumerate(tap.signals):
            wanted = i < codes if up else i >= last - codes
            self._bit(signal, rows, wanted.astype(np.uint8))

    def _spread(self, rows: Array, values: Array) -> tuple[Array, Array]:
        asked = np.zeros(self._state.count, bool)
        asked[rows] = True
        wanted = np.zeros(self._state.count, values.dtype)
        wanted[rows] = values
        return asked, wanted

    def _bit(self, signal: int, rows: Array, bits: Array) -> None:
        asked, wanted = self._spread(rows, bits)
        before = self._demands.bits.get(signal)
        if signal not in self._circuit.makers:  # an input, or a constant
            self._demands.fixed |= asked & (self._state.bits[signal] != wanted)
        elif before is None:
            self._demands.bits[signal] = BitDemand(asked, wanted)
        else:  # by another output too
            self._demands.fixed |= before.asked & asked & (before.wanted != wanted)
            both = np.where(before.asked, before.wanted, wanted)
            self._demands.bits[signal] = BitDemand(before.asked | asked, both)

    def _sum(self, unit: int, rows: Array, values: list[Number | str]) -> None:
        scale = self._state.table[unit].scale
        wanted = np.zeros(self._state.count, object)
        asked = np.zeros(self._state.count, bool)
        for row, value in zip(rows.tolist(), values, strict=True):
            asked[row], wanted[row] = True, int(Fraction(value) * scale)
        before = self._demands.sums.get(unit)
        if before is not None:
            self._demands.fixed |= before.asked & asked & (before.wanted != wanted)
            wanted = np.where(before.asked, before.wanted, wanted)
            asked = before.asked | asked
        self._demands.sums[unit] = SumDemand(asked, wanted)
