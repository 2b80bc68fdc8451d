"""Evaluate one row at a time in Python integers, for few rows and for traces."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from typing import TYPE_CHECKING, NamedTuple

from nnc.compiler.plan import LayerStep, Plan, PlanNeuron
from nnc.language.network import FIRING, States
from nnc.lazy import np
from nnc.numbers.exact import Number, simplest
from nnc.numbers.integers import Array, int64_or_objects
from nnc.rows.columns import Batch, Column, LazyColumn, bus_column, lazy_bus_column
from nnc.run.engines.engine import Signals, Wanted, element_columns, pack_bits

if TYPE_CHECKING:
    from nnc.run.engines.products import Values

Totals = dict[int, Number]
"""The totals of neurons by first signal, in units of 1/scale and without offset."""


class RowSignals(NamedTuple):
    """Every signal of few rows as lists; arrays are created on use."""

    rows: list[list[Number]]
    sums: dict[int, Column]

    def bit(self, signal: int) -> Array:
        """Return one bit as a uint8 array over the rows."""
        return np.array([row[signal] for row in self.rows], np.uint8)

    def column(self, signal: int, states: States) -> Column:
        """Return one bit as a column of its states' values."""
        bits = [row[signal] for row in self.rows]
        return LazyColumn(bits, lambda: Column(self.bit(signal))).of_states(states)

    def bus(self, signals: Sequence[int]) -> Array:
        """Return bits, rows x width."""
        bits = [[row[signal] for signal in signals] for row in self.rows]
        return np.array(bits, np.uint8).reshape(len(self.rows), len(signals))

    def integers(self, signals: Sequence[int]) -> Column:
        """Return bits as unsigned integers, lowest bit first."""
        bits = ([row[signal] for signal in signals] for row in self.rows)
        return lazy_bus_column(bits, lambda: bus_column(self.bus(signals)))

    def write(self, signals: Sequence[int], bits: Array) -> None:
        """Write bits into a contiguous uint8 array, rows x width."""
        bits[:] = self.bus(signals)

    def words_of(self, signals: Sequence[int]) -> Array:
        """Return packed bits, width x words; bits beyond the last row are 0."""
        return pack_bits(np.stack([self.bit(signal) for signal in signals]))


def run(plan: Plan, batch: Batch, wanted: Wanted) -> Signals:
    """Evaluate row by row, but layers for all rows at once."""
    rows: list[list[Number]] = [list(values) for values in input_values(plan, batch)]
    totals: list[Totals] = [{} for _ in rows]
    sums: dict[int, Column] = {}
    for entry in plan.schedule:
        if isinstance(entry, LayerStep):
            asked = [s - entry.first for s in wanted.sums if s in entry.signals]
            sums |= _layer(entry, rows, sorted(asked))
        else:
            steps = plan.steps[entry.start : entry.stop]
            for values, own in zip(rows, totals, strict=True):
                _neurons(steps, values, own)
    for first in wanted.sums - sums.keys():
        step = plan.maker[first]
        sums[first] = _sums([own[first] + step.offset for own in totals], step.scale)
    return RowSignals(rows, sums)


def _sums(numerators: list[Number], scale: int) -> Column:
    exact = numerators
    if scale != 1:
        exact = [simplest(Fraction(numerator, scale)) for numerator in numerators]
    return LazyColumn(exact, lambda: Column(int64_or_objects(numerators), scale))


def input_values(plan: Plan, batch: Batch) -> Iterator[tuple[Number, ...]]:
    """Yield the constants and exact input elements of each row, with bits as 0 or 1."""
    elements = element_columns(plan.inputs, batch.columns, lazy=True)
    columns = [element.values() for element in elements]
    rows = zip(*columns, strict=True) if columns else iter([()] * batch.count)
    return ((0, 1, *row) for row in rows)


def evaluate_row(
    plan: Plan, inputs: Sequence[Number], *, layer_sums: bool = True
) -> tuple[list[Number], Totals]:
    """Return every signal of one row (bits as 0 or 1) and the total of every neuron.

    Without `layer_sums`, the totals of layers are omitted.
    """
    rows = [list(inputs)]
    totals: Totals = {}
    for entry in plan.schedule:
        if isinstance(entry, LayerStep):
            columns = _layer(entry, rows, asked_of(entry) if layer_sums else [])
            totals |= {first: column.value(0) for first, column in columns.items()}
        else:
            _neurons(plan.steps[entry.start : entry.stop], rows[0], totals)
    return rows[0], totals


def asked_of(layer: LayerStep) -> list[int]:
    """Return the offset of each neuron's first signal in a layer."""
    return list(range(0, layer.outputs, layer.width))


def _neurons(steps: Sequence[PlanNeuron], values: list[Number], totals: Totals) -> None:
    """Evaluate some neurons for one row; append their signals to `values`."""
    for step in steps:
        total: Number = 0
        for source, weight in zip(step.sources, step.weights, strict=True):
            value = values[source]
            if value:
                total += weight * value
        totals[step.first] = total
        compare = FIRING[step.fires].compare
        values += [1 if compare(total, threshold) else 0 for threshold in step.thresholds]


def _layer(layer: LayerStep, rows: list[list[Number]], neurons: list[int]) -> dict[int, Column]:
    """Evaluate a layer for all rows; return the sums of some of its neurons by signal."""
    from nnc.run.engines import layers

    values = source_values(layer, rows)
    fired = layers.fire(layer, values)
    for signals, column in zip(rows, fired.T.tolist(), strict=True):
        signals += column
    sums = layers.sums(layer, values, neurons)
    return {layer.first + i: column for i, column in zip(neurons, sums, strict=True)}


def source_values(layer: LayerStep, rows: Sequence[Sequence[Number]]) -> Values:
    """Return the values of a layer's sources in each row; all earlier signals must be known."""
    from nnc.run.engines.products import counted, counted_columns, values_of

    if layer.arithmetic == "numbers":
        columns = [
            Column(int64_or_objects([values[s] for values in rows]))
            for s in map(int, layer.sources)
        ]
        return values_of(counted_columns(layer, columns), len(rows))
    sources = layer.sources
    if isinstance(sources, range):
        bits = [values[sources.start : sources.stop] for values in rows]
    else:
        bits = [[values[s] for s in sources] for values in rows]
    array = np.array(bits, np.uint8).reshape(len(rows), len(sources))
    return counted(layer, np.ascontiguousarray(array.T))


def layer_sums(layer: LayerStep, values: Sequence[Number], neurons: list[int]) -> list[Number]:
    """Return the exact sums of some neurons of a layer for one row of signals."""
    from nnc.run.engines import layers

    columns = layers.sums(layer, source_values(layer, [values]), neurons)
    return [column.value(0) for column in columns]
