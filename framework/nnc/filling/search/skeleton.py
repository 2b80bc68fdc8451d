"""Describe neurons with open numbers, and rows with their demands, as plain data.

Signals are numbered. In each row the value of a signal may be known: that of an input, or of a
neuron without blanks. Other neurons have a state for firing, and one for being silent.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import pairwise
from typing import NamedTuple

from nnc.language.firing import FIRING, Fires
from nnc.numbers.exact import Number

States = tuple[Number, Number]


@dataclass(frozen=True, slots=True)
class Blank:
    """A number left open: its name, `neurons.out.weights.a`, and its bounds, None for none."""

    name: str
    low: Number | None = None
    high: Number | None = None
    is_weight: bool = True

    @property
    def sign(self) -> int:
        """1 if it is never negative, -1 if it is never positive, else 0."""
        if self.low is not None and self.low >= 0:
            return 1
        return -1 if self.high is not None and self.high <= 0 else 0

    @property
    def is_cone(self) -> bool:
        """Return whether the bounds allow all greater multiples of every allowed number."""
        return self.low in (None, 0) and self.high in (None, 0)


class Place(NamedTuple):
    """Refers to a blank by its position in the list of a skeleton."""

    blank: int


Entry = Number | Place


class Cell(NamedTuple):
    """A neuron: output i, the signal `first + i`, fires where the sum passes threshold i."""

    name: str
    sources: tuple[int, ...]
    weights: tuple[Entry, ...]
    thresholds: tuple[Entry, ...]
    rules: tuple[Fires, ...]
    first: int

    @property
    def blanks(self) -> list[int]:
        """The positions of its blanks, weights first."""
        entries = (*self.weights, *self.thresholds)
        return list(dict.fromkeys(entry.blank for entry in entries if isinstance(entry, Place)))

    @property
    def signals(self) -> range:
        """The signals of its outputs."""
        return range(self.first, self.first + len(self.thresholds))


class Bit(NamedTuple):
    """Expected: a signal fires, or is silent."""

    signal: int
    fires: bool


class Sum(NamedTuple):
    """Expected: the sum of a cell is a number."""

    cell: int
    value: Number


class Largest(NamedTuple):
    """Expected: among the sums of some cells, the given one is the first of the largest."""

    cells: tuple[int, ...]
    place: int


Demand = Bit | Sum | Largest


class Row(NamedTuple):
    """The known values of signals, and the demands of the row with the number `example`."""

    known: Mapping[int, Number]
    demands: tuple[Demand, ...]
    example: int = -1

    @property
    def expected(self) -> dict[int, bool]:
        """Map each demanded signal to whether it has to fire."""
        return {d.signal: d.fires for d in self.demands if isinstance(d, Bit)}


class Condition(NamedTuple):
    """An inequality of blanks: sum factors[b] * blank[b] + constant > 0, or >= 0.

    `row` and `cell` are its origin, or -1. `fires` is the required output; None if something else
    is required, such as a sum.
    """

    factors: Mapping[int, Number]
    constant: Number
    is_strict: bool
    row: int = -1
    cell: int = -1
    fires: bool | None = None
    output: int = 0

    def holds(self, values: Sequence[Number]) -> bool:
        """Return whether the numbers of all blanks satisfy it."""
        total = self.constant + sum(factor * values[b] for b, factor in self.factors.items())
        return total > 0 if self.is_strict else total >= 0


@dataclass(frozen=True)
class Skeleton:
    """Cells in topological order over signals; `states` has the two values of each bit.

    The thresholds of the cells at the positions in `ordered` ascend.
    """

    blanks: tuple[Blank, ...]
    cells: tuple[Cell, ...]
    states: Mapping[int, States]
    rows: tuple[Row, ...]
    ordered: tuple[int, ...] = ()

    @cached_property
    def maker(self) -> Mapping[int, int]:
        """Map each signal to the cell that produces it."""
        return {signal: c for c, cell in enumerate(self.cells) for signal in cell.signals}

    @cached_property
    def compared(self) -> frozenset[int]:
        """The cells whose sums rows make demands on."""
        demands = [demand for row in self.rows for demand in row.demands]
        sums = {demand.cell for demand in demands if isinstance(demand, Sum)}
        return frozenset(sums.union(*(d.cells for d in demands if isinstance(d, Largest))))

    @cached_property
    def demanded(self) -> frozenset[int]:
        """The cells whose bits or sums rows make demands on."""
        bits = {signal for row in self.rows for signal in row.expected}
        return self.compared | {self.maker[signal] for signal in bits if signal in self.maker}

    def worth(self, signal: int, *, fires: bool) -> Number:
        """Return the value of a bit in a sum."""
        return self.states.get(signal, (0, 1))[fires]

    def settled(self) -> Skeleton:
        """Return the row with the outputs of fixed cells whose sources are known.

        Demands that are known to be met are dropped.
        """
        rows = []
        fixed = [cell for cell in self.cells if not cell.blanks]
        for row in self.rows:
            known = dict(row.known)
            for cell in fixed:
                if all(source in known for source in cell.sources):
                    _, total = self.form(cell, known)
                    for i, fires in enumerate(fired(cell, total)):
                        known[cell.first + i] = self.worth(cell.first + i, fires=fires)
            demands = tuple(d for d in row.demands if not self._is_met(d, known))
            rows.append(row._replace(known=known, demands=demands))
        return replace(self, rows=tuple(rows))

    def evaluated(self, numbers: Mapping[int, Number]) -> list[dict[int, Number]]:
        """Return the value of every signal in each row, given numbers for all blanks."""
        rows = []
        for row in self.rows:
            worth = dict(row.known)
            for cell in self.cells:
                factors, total = self.form(cell, worth)
                total += sum(factor * numbers[b] for b, factor in factors.items())
                thresholds = tuple(
                    numbers[entry.blank] if isinstance(entry, Place) else entry
                    for entry in cell.thresholds
                )
                fires = fired(cell._replace(thresholds=thresholds), total)
                for signal, is_firing in zip(cell.signals, fires, strict=True):
                    worth[signal] = self.worth(signal, fires=is_firing)
            rows.append(worth)
        return rows

    def _is_met(self, demand: Demand, known: Mapping[int, Number]) -> bool:
        """Return whether the known bits of a row meet its demand."""
        if isinstance(demand, Bit):
            return known.get(demand.signal) == self.worth(demand.signal, fires=demand.fires)
        cells = demand.cells if isinstance(demand, Largest) else (demand.cell,)
        if any(source not in known for c in cells for source in self.cells[c].sources):
            return False
        conditions: Sequence[Condition] = (
            self.largest_is(demand, known, -1)
            if isinstance(demand, Largest)
            else self.sum_is(demand, known, -1)
        )
        return all(not condition.factors and condition.holds(()) for condition in conditions)

    def form(self, cell: Cell, worth: Mapping[int, Number]) -> tuple[dict[int, Number], Number]:
        """Return the sum of a cell: the factor of each blank, and the constant."""
        factors: dict[int, Number] = {}
        total: Number = 0
        for source, weight in zip(cell.sources, cell.weights, strict=True):
            if isinstance(weight, Place):
                if worth[source]:
                    factors[weight.blank] = factors.get(weight.blank, 0) + worth[source]
            else:
                total += weight * worth[source]
        return factors, total

    def fires(
        self, place: int, output: int, worth: Mapping[int, Number], row: int, *, fires: bool
    ) -> Condition:
        """Return the condition for an output of a cell to fire, or to be silent, in a row."""
        cell = self.cells[place]
        factors, total = self.form(cell, worth)
        threshold, firing = cell.thresholds[output], FIRING[cell.rules[output]]
        if isinstance(threshold, Place):
            factors[threshold.blank] = factors.get(threshold.blank, 0) - 1
        else:
            total -= threshold
        sign = 1 if firing.up == fires else -1
        return Condition(
            {b: sign * factor for b, factor in factors.items() if factor},
            sign * total,
            firing.strict == fires,
            row,
            place,
            fires,
            output,
        )

    def sum_is(
        self, demand: Sum, worth: Mapping[int, Number], row: int
    ) -> tuple[Condition, Condition]:
        """Return the conditions for the sum of a cell to equal a number, from below and above."""
        factors, total = self.form(self.cells[demand.cell], worth)
        rest = total - demand.value
        negative = {b: -factor for b, factor in factors.items()}
        return (
            Condition(factors, rest, is_strict=False, row=row, cell=demand.cell),
            Condition(negative, -rest, is_strict=False, row=row, cell=demand.cell),
        )

    def largest_is(self, demand: Largest, worth: Mapping[int, Number], row: int) -> list[Condition]:
        """Return the conditions for one sum to be the first of the largest."""
        winner = demand.cells[demand.place]
        own, base = self.form(self.cells[winner], worth)
        conditions = []
        for i, other in enumerate(demand.cells):
            if i != demand.place:
                factors, total = self.form(self.cells[other], worth)
                difference = dict(own)
                for b, factor in factors.items():
                    difference[b] = difference.get(b, 0) - factor
                kept = {b: factor for b, factor in difference.items() if factor}
                is_strict = i < demand.place
                conditions.append(Condition(kept, base - total, is_strict, row, winner))
        return conditions


def fired(cell: Cell, total: Number) -> list[bool]:
    """Return the outputs of a cell without blanks that fire for a sum."""
    return [
        bool(FIRING[rule].compare(total, threshold))
        for rule, threshold in zip(cell.rules, cell.thresholds, strict=True)
    ]


def ascending(skeleton: Skeleton, places: Iterable[int]) -> list[Condition]:
    """Return the conditions for thresholds to ascend, as in a file with levels."""
    conditions = []
    for place in places:
        thresholds = skeleton.cells[place].thresholds
        for low, high in pairwise(thresholds):
            factors: dict[int, Number] = {}
            constant: Number = 0
            for entry, sign in ((high, 1), (low, -1)):
                if isinstance(entry, Place):
                    factors[entry.blank] = factors.get(entry.blank, 0) + sign
                else:
                    constant += sign * entry
            if factors:
                conditions.append(Condition(factors, constant, is_strict=True, cell=place))
    return conditions


def groups(skeleton: Skeleton) -> list[tuple[int, ...]]:
    """Return the cells with blanks, grouped if their sums are compared with each other."""
    leader = {c: c for c, cell in enumerate(skeleton.cells)}

    def lead(c: int) -> int:
        while leader[c] != c:
            c = leader[c]
        return c

    for row in skeleton.rows:
        for demand in row.demands:
            if isinstance(demand, Largest):
                for c in demand.cells[1:]:
                    leader[lead(c)] = lead(demand.cells[0])
    together: dict[int, list[int]] = {}
    for c in range(len(skeleton.cells)):
        together.setdefault(lead(c), []).append(c)
    asked = skeleton.compared
    return [
        tuple(cells)
        for cells in together.values()
        if any(c in asked or skeleton.cells[c].blanks for c in cells)
    ]


def distinguishing(skeleton: Skeleton, cells: Iterable[int]) -> list[int]:
    """Return the signals by which some cells, and their expectations, distinguish rows."""
    asked = (*cells, *skeleton.compared)
    expected = (demand for row in skeleton.rows for demand in row.demands)
    signals = {source for c in asked for source in skeleton.cells[c].sources}
    return sorted(signals | {demand.signal for demand in expected if isinstance(demand, Bit)})


def conditions_of(
    skeleton: Skeleton, group: Sequence[int], worth: Sequence[Mapping[int, Number]]
) -> list[Condition]:
    """Return the demands of rows on a group of cells whose sources and outputs are known.

    `worth` has the values of signals in each row.
    """
    conditions = ascending(skeleton, [c for c in group if c in skeleton.ordered])
    for r, known in enumerate(worth):
        ready = [c for c in group if all(source in known for source in skeleton.cells[c].sources)]
        for c in ready:
            conditions += _outputs(skeleton, c, known, r)
        for demand in skeleton.rows[r].demands:
            if isinstance(demand, Sum) and demand.cell in ready:
                conditions += skeleton.sum_is(demand, known, r)
            elif isinstance(demand, Largest) and set(demand.cells) <= set(ready):
                conditions += skeleton.largest_is(demand, known, r)
    return conditions


def _outputs(
    skeleton: Skeleton, place: int, known: Mapping[int, Number], row: int
) -> Iterator[Condition]:
    cell: Cell = skeleton.cells[place]
    if not cell.blanks:
        return
    expected = skeleton.rows[row].expected
    for i, signal in enumerate(cell.signals):
        fires = expected.get(signal)
        if fires is None and signal in known:
            fires = known[signal] == skeleton.worth(signal, fires=True)
        if fires is not None:
            yield skeleton.fires(place, i, known, row, fires=fires)
