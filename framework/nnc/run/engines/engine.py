"""The interface of engines, the choice of one, and the engine in Python integers.

The choice follows from the plan, the number of rows and the requested results.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, NamedTuple, Protocol

from nnc.compiler.plan import LayerStep, Plan, PlanNeuron, once_for_plan
from nnc.language.network import FIRING, Input, States
from nnc.lazy import np
from nnc.numbers.exact import Number, simplest
from nnc.numbers.integers import Array, int64_or_objects
from nnc.rows.columns import (
    Batch,
    Column,
    Labels,
    LazyBus,
    LazyColumn,
    LazyLabels,
    bus_column,
    lazy_bus_column,
    lazy_integers,
)
from nnc.run.engine_names import ENGINE_NAMES, EngineName

if TYPE_CHECKING:
    from nnc.run.engines.products import Values

FEW_ROWS = 24  # up to this many rows, one by one is faster than the overhead of NumPy
MANY_ROWS = 4096  # from this many rows on, outputs of bits are computed without storing all signals
LITTLE_WORK = 50_000  # synapses added up in Python in the time that a program takes to write


# ----------------------------------------------------------------------------- an engine


class Wanted(NamedTuple):
    """The wanted signals, and neurons with wanted sums by first signal; and how to compute them."""

    signals: frozenset[int]
    sums: frozenset[int]
    threads: int = 1
    native: bool = True


class Signals(Protocol):
    """The wanted bits and sums, by signal.

    The bit of a neuron with states is also 0 or 1; sums are exact and use the states.
    """

    @property
    def sums(self) -> Mapping[int, Column]:
        """The sums by the first signal of each neuron."""

    def bit(self, signal: int) -> Array:
        """Return one bit as a uint8 array over the rows."""

    def column(self, signal: int, states: States) -> Column:
        """Return one bit as a column of its states' values."""

    def bus(self, signals: Sequence[int]) -> Array:
        """Return bits as uint8, rows x width."""

    def integers(self, signals: Sequence[int]) -> Column:
        """Return bits as unsigned integers, lowest bit first."""

    def write(self, signals: Sequence[int], bits: Array) -> None:
        """Write bits into a contiguous uint8 array, rows x width."""

    def words_of(self, signals: Sequence[int]) -> Array:
        """Return packed bits, width x words; bits beyond the last row are 0."""


Engine = Callable[[Plan, Batch, Wanted], Signals]
"""Evaluates every step of a plan for every row of a batch."""


def pack_bits(bits: Array) -> Array:
    """Pack bits, signals x rows, into words: signals x words."""
    rows = bits.shape[1]
    words = np.zeros((bits.shape[0], -(-rows // 64) * 8), np.uint8)
    words[:, : -(-rows // 8)] = np.packbits(bits, axis=1, bitorder="little")
    return words.view(np.uint64)


def element_columns(
    inputs: dict[str, Input], columns: Sequence[Column | Labels], *, lazy: bool = False
) -> list[Column]:
    """Return a one-dimensional column for each element of each input; a choice becomes bits.

    With `lazy`, columns of few rows create their array on first use.
    """
    elements: list[Column] = []
    for input_, column in zip(inputs.values(), columns, strict=True):
        if isinstance(column, LazyLabels):
            codes = column.exact
            elements += [
                lazy_integers([int(code == i) for code in codes], "uint8")
                for i in range(input_.width)
            ]
        elif isinstance(column, Labels):
            hot = column.codes[None, :] == np.arange(input_.width)[:, None]
            elements += [Column(row) for row in hot.astype(np.uint8)]
        elif lazy and isinstance(column, LazyBus):
            elements += column.elements()
        elif not input_.is_bus and (isinstance(column, LazyColumn) or column.numerators.ndim == 1):
            elements.append(column)
        else:
            turned = np.ascontiguousarray(column.numerators.T)
            elements += [Column(row, column.denominator) for row in turned]
    return elements


# ---------------------------------------------------------------------------- the choice


@dataclass(frozen=True, slots=True)
class How:
    """The requested engine and number of threads; 0 means one per core.

    Raises ValueError for an unknown engine or an invalid number of threads.
    """

    engine: EngineName = "auto"
    threads: int = 0

    def __post_init__(self) -> None:
        if self.engine not in ENGINE_NAMES:
            raise ValueError(f'engine is {self.engine!r}; write "auto", "native" or "numpy"')
        if type(self.threads) is not int or self.threads < 0:
            raise ValueError(f"threads is {self.threads!r}; write an integer, 0 for every core")


class Choice(NamedTuple):
    """The chosen engine, the reason, the number of threads, and whether to use native kernels."""

    engine: str
    why: str
    threads: int = 1
    native: bool = False


def choose(plan: Plan, rows: int, how: How) -> Choice:
    """Choose the engine for a number of rows of a plan.

    Few rows of few neurons are evaluated one by one in Python. Such work is counted per plan, so
    that a thousand requests for single rows also lead to a program.
    """
    is_few = rows <= FEW_ROWS
    work = done_work(plan).synapses + rows * _synapses(plan) if is_few else 0
    if is_few and work <= LITTLE_WORK:
        return _one_by_one(plan, rows, work)
    from nnc.run.engines import native

    kind = native.KIND
    if is_few and (kind is None or how.engine == "numpy"):
        return _one_by_one(plan, rows, work)
    threads = how.threads or cores()
    if how.engine == "native" and kind is None:
        why = "the native kernels are missing"
    elif how.engine == "numpy":
        why = "NumPy was asked for"
    elif kind is not None:
        why = f"packed rows, native kernels ({native.KINDS[kind]})"
        return Choice("packed", why, threads, native=True)
    else:
        native.is_missed = True
        why = "the native kernels were not built"
    return Choice("packed", f"packed rows in NumPy: {why}", threads)


@dataclass
class Work:
    """The number of synapses evaluated in Python so far."""

    synapses: int = 0


@once_for_plan
def done_work(_: Plan) -> Work:
    """Return the mutable count of work done for a plan."""
    return Work()


def _one_by_one(plan: Plan, rows: int, work: int) -> Choice:
    """Choose Python for few rows and record their work."""
    done_work(plan).synapses = work
    why = f"{rows} {'row' if rows == 1 else 'rows'}, one by one in Python"
    return Choice("scalar", why)


def cores() -> int:
    """Return the number of cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


@once_for_plan
def _synapses(plan: Plan) -> int:
    """Return the number of synapses of a plan; those of layers count less, as NumPy adds them."""
    return plan.neurons.synapses + sum(layer.synapses for layer in plan.layers) // 64


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
