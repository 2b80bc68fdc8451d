"""Rows packed 64 a word: programs for bits, products for layers, exact sums for numbers between.

The plan is cut into parts, in the order of evaluation: neurons and small layers that read bits are
programs, other layers products, and neurons that read numbers are added up by themselves. What one
part gives to another, or to the outputs, lies in a bank of packed signals.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from nnc.compiler.graph import SparseWeights
from nnc.compiler.plan import LayerStep, Plan, Step
from nnc.integers import clipped, scaled
from nnc.language.network import COMPARISONS, FIRING, Input
from nnc.rows.columns import Batch, Column, TruthTableColumn
from nnc.run.engines import layers, native, words
from nnc.run.engines.numbers import add_numbers
from nnc.run.engines.products import Values, values_of
from nnc.run.engines.program import (
    MOST_PLANES,
    Neurons,
    Program,
    build_program,
    joined,
    planes_of,
)
from nnc.run.engines.signals import Signals, Wanted, element_columns
from nnc.run.engines.signals import packed as packed_bits

Array = NDArray[Any]
_MOST_BYTES = 1 << 28
_SMALL = 1 << 12  # weights of a dense layer that is a program


@dataclass
class _Programs:
    """Neurons in the order of evaluation, and the program that they become."""

    several: list[Neurons] = field(default_factory=list)
    program: Program | None = None
    kernel: native.CheckedProgram | None = None


Part = _Programs | LayerStep | Step


class _Rows(NamedTuple):
    """The rows of a bank that signals have, in their order; a slice where they are together."""

    places: Array
    together: slice | None

    def of(self, bank: Array) -> Array:
        """Give the words of these signals."""
        return bank[self.together] if self.together is not None else bank[self.places]


class _Product(NamedTuple):
    """A layer prepared: the rows of its sources and neurons, and its kernel if there is one."""

    sources: _Rows | None
    out: slice
    kernel: native.Product | None


class _Load(NamedTuple):
    """An input: its place, its elements, and their rows where all are kept."""

    place: int
    one: Input
    own: range
    rows: _Rows | None


class Packed:
    """A plan cut into parts, for what is wanted of it."""

    def __init__(self, plan: Plan, wanted: Wanted, use_native: bool) -> None:
        self.plan, self.wanted, self.use_native = plan, wanted, use_native
        self.summed = {first: _reader(plan, first) for first in wanted.sums}
        parts = list(_parts(plan))
        self._lay_out(parts)
        self.parts = [part for part in parts if not self._is_idle(part)]
        self.kept = sorted(wanted.signals)
        self.kept_at = {signal: i for i, signal in enumerate(self.kept)}
        self.kept_rows = self.rows(self.kept)
        self.loads = self._loads()
        self.is_one_program = (
            use_native
            and len(self.parts) == 1
            and isinstance(self.parts[0], _Programs)
            and not wanted.sums
            and all(signal >= plan.first_made for signal in wanted.signals)
        )
        if use_native:
            for part in self.parts:
                if isinstance(part, _Programs) and part.program is not None:
                    part.kernel = native.CheckedProgram(part.program)
        self.products = {
            part.first: self._product(part) for part in self.parts if isinstance(part, LayerStep)
        }

    # ------------------------------------------------------------------------- layout

    def _lay_out(self, parts: list[Part]) -> None:
        """Write the programs, from the last on, and give each signal that is kept its row."""
        plan = self.plan
        needed = np.zeros(plan.signals, bool)
        needed[list(self.wanted.signals)] = True
        for one in self.summed.values():
            needed[np.asarray(one.sources, np.int64)] = True
        kept = needed.copy()
        for part in reversed(parts):
            if isinstance(part, _Programs):
                neurons = joined(part.several)
                made = np.zeros(plan.signals, bool)
                made[neurons.made()] = True
                asked = np.flatnonzero(made & needed).tolist()
                if asked:
                    part.program = build_program(neurons, plan.signals, asked)
                    needed[part.program.loaded] = kept[part.program.loaded] = True
            elif needed[part.first : part.first + _outputs(part)].any():
                sources = np.asarray(part.sources, np.int64)
                needed[sources] = kept[sources] = True
                if isinstance(part, LayerStep):
                    kept[part.first : part.first + part.size] = True
        kept[:2] = True
        self.row_of = np.cumsum(kept) - 1
        self.row_of[~kept] = -1
        self.height = int(kept.sum())
        self._needed = needed

    def _product(self, layer: LayerStep) -> _Product:
        """Prepare a layer: where its sources and its neurons lie, and its limits."""
        out = self.rows(range(layer.first, layer.first + layer.size)).together
        assert out is not None
        weights = layer.weights
        is_native = (
            self.use_native
            and layer.proved.arithmetic == "float32"
            and isinstance(weights, np.ndarray)
            and native.can_multiply(weights)
        )
        sources = self.rows(layer.sources) if layer.arithmetic != "numbers" else None
        return _Product(sources, out, _kernel(layer) if is_native else None)

    def _loads(self) -> list[_Load]:
        """Give the inputs that something depends on, with the rows of their elements."""
        loads = []
        for place, (name, one) in enumerate(self.plan.inputs.items()):
            first = self.plan.first_of[name]
            own = range(first, first + one.width)
            rows = self.rows(own)
            if (rows.places >= 0).any():
                loads.append(_Load(place, one, own, rows if (rows.places >= 0).all() else None))
        return loads

    def _is_idle(self, part: Part) -> bool:
        if isinstance(part, _Programs):
            return part.program is None
        return not self._needed[part.first : part.first + _outputs(part)].any()

    def rows(self, signals: Sequence[int] | Array) -> _Rows:
        """Give the rows of signals."""
        places = self.row_of[np.asarray(signals, np.int64)]
        if (
            len(places)
            and places[-1] - places[0] == len(places) - 1
            and (np.diff(places) == 1).all()
        ):
            return _Rows(places, slice(int(places[0]), int(places[-1]) + 1))
        return _Rows(places, None)

    # -------------------------------------------------------------------- evaluating

    def run(self, batch: Batch, threads: int) -> Signals:
        """Evaluate some rows at a time, so that the bank stays in memory."""
        step = max(64, _MOST_BYTES * 8 // self.height // 64 * 64)
        if batch.count <= step:
            bank = _Bank(self, batch, threads)
            bank.fill()
            kept = self.kept_rows.of(bank.words)
            return PackedSignals(
                batch.count, self.kept_at, kept, bank.sums(), threads, self.use_native
            )
        whole = np.empty((len(self.kept), -(-batch.count // 64)), np.uint64)
        sums: dict[int, list[Column]] = {first: [] for first in self.wanted.sums}
        for start in range(0, batch.count, step):
            bank = _Bank(self, batch.cut(start, start + step), threads)
            bank.fill()
            own = slice(start // 64, start // 64 + bank.words.shape[1])
            whole[:, own] = self.kept_rows.of(bank.words)
            for first, column in bank.sums().items():
                sums[first].append(column)
        totals = {first: Column.joined(columns) for first, columns in sums.items()}
        return PackedSignals(batch.count, self.kept_at, whole, totals, threads, self.use_native)


class _Bank:
    """The packed signals of some rows."""

    def __init__(self, packed: Packed, batch: Batch, threads: int) -> None:
        self.packed, self.batch, self.threads = packed, batch, threads
        self.words = np.empty((packed.height, -(-batch.count // 64)), np.uint64)
        self.numbers: dict[int, Column] = {}
        self.load_of, self.start = packed.row_of, 0
        self._load()

    def _load(self) -> None:
        """Pack the inputs."""
        self.words[0], self.words[1] = 0, ~np.uint64(0)
        row_of = self.packed.row_of
        for place, one, own, rows in self.packed.loads:
            column = self.batch.columns[place]
            if one.type not in ("bit", "choice"):
                continue  # read where it lies
            if isinstance(column, TruthTableColumn) and column.start % 64 == 0:
                self._count(column, own)
            elif isinstance(column, Column) and column.numerators.ndim == 2 and rows is not None:
                self._pack(column.numerators, self.words[rows.together])
            else:
                for element, bits in zip(own, element_columns({"": one}, (column,)), strict=True):
                    if row_of[element] >= 0:
                        self._store(element, bits.numerators)

    def _pack(self, bits: Array, out: Array) -> None:
        if self.packed.use_native:
            native.pack_rows(bits, out, self.threads)
        else:
            words.pack_rows(bits, out)

    def _count(self, column: TruthTableColumn, own: range) -> None:
        """Load bits of the numbers of rows: in the kernel, where nothing else reads them."""
        rows = self.packed.row_of[own.start : own.stop]
        if self.packed.is_one_program:
            self.start = column.start // 64
            self.load_of = self.load_of.copy()
            self.load_of[own.start : own.stop] = -1 - np.array(column.places, np.int64)
            return
        is_kept = rows >= 0
        self.words[rows[is_kept]] = column.packed()[is_kept]

    def _store(self, signal: int, bits: Array) -> None:
        self.words[self.packed.row_of[signal]] = packed_bits(bits[None, :])[0]

    def fill(self) -> None:
        """Evaluate part after part."""
        for part in self.packed.parts:
            if isinstance(part, _Programs):
                self._program(part)
            elif isinstance(part, LayerStep):
                self._layer(part)
            else:
                self._neuron(part)

    def _program(self, part: _Programs) -> None:
        program = part.program
        assert program is not None
        load = self.load_of[program.loaded]
        store = self.packed.row_of[program.stored]
        if part.kernel is not None:
            part.kernel.run(self.words, load, store, self.threads, self.start)
        else:
            words.run(program, self.words, load, store)

    def _layer(self, layer: LayerStep) -> None:
        product = self.packed.products[layer.first]
        out = self.words[product.out]
        if product.kernel is None or product.sources is None:
            out[:] = packed_bits(layers.fire(layer, self._values(layer)))
            return
        bits = product.sources.of(self.words)
        product.kernel.run(bits, out, self.batch.count, self.threads)

    def _values(self, layer: LayerStep) -> Values:
        """Give the values of the sources of a layer."""
        if layer.arithmetic == "numbers":
            whole = self._bus(layer.sources)
            if whole is not None:
                return whole
            columns = [self._column(int(signal)) for signal in layer.sources]
            return values_of(columns, self.batch.count)
        bits = self.packed.rows(layer.sources).of(self.words)
        return Values(_bits(bits, self.batch.count))

    def _bus(self, sources: Sequence[int] | Array) -> Values | None:
        """Give the values of a layer that reads one bus of numbers whole; None for others."""
        if not isinstance(sources, range):
            return None
        for load in self.packed.loads:
            column = self.batch.columns[load.place]
            if load.own != sources or not isinstance(column, Column) or load.one.type == "bit":
                continue
            if column.numerators.dtype.kind in "if" and column.numerators.ndim == 2:
                return Values(column.numerators.T, column.denominator)
        return None

    def _column(self, signal: int) -> Column:
        if signal < self.packed.plan.first_made and signal > 1:
            found = self._number(signal)
            if found is not None:
                return found
        row = self.packed.row_of[signal]
        return Column(_bits(self.words[row : row + 1], self.batch.count)[0])

    def _number(self, signal: int) -> Column | None:
        """Give one element of an input that is a number; None for a bit."""
        if signal not in self.numbers:
            load = next((one for one in self.packed.loads if signal in one.own), None)
            if load is None or load.one.type in ("bit", "choice"):
                return None
            given = element_columns({"": load.one}, (self.batch.columns[load.place],))
            self.numbers |= dict(zip(load.own, given, strict=True))
        return self.numbers[signal]

    def _neuron(self, step: Step) -> None:
        columns = [self._column(source) for source in step.sources]
        fired, _ = add_numbers(step, columns, self.batch.count, wants_sum=False)
        for i, one in enumerate(fired):
            if self.packed.row_of[step.first + i] >= 0:
                self._store(step.first + i, one.view(np.uint8))

    def sums(self) -> dict[int, Column]:
        """Give the sums that are wanted."""
        found: dict[int, Column] = {}
        by_layer: dict[int, tuple[LayerStep, list[int]]] = {}
        for first, one in self.packed.summed.items():
            if isinstance(one, LayerStep):
                by_layer.setdefault(one.first, (one, []))[1].append(first - one.first)
                continue
            columns = [self._column(source) for source in one.sources]
            _, total = add_numbers(one, columns, self.batch.count, wants_sum=True)
            assert total is not None
            found[first] = total
        for layer, places in by_layer.values():
            columns = layers.sums(layer, self._values(layer), places)
            found |= dict(zip((layer.first + i for i in places), columns, strict=True))
        return found


def _bits(packed: Array, rows: int) -> Array:
    """Give packed bits as signals x rows."""
    return np.unpackbits(packed.view(np.uint8), axis=1, bitorder="little", count=rows)


@dataclass(frozen=True)
class PackedSignals:
    """Signals that stay packed until they are asked for."""

    count: int
    row_of: dict[int, int]
    words: Array
    sums: dict[int, Column]
    threads: int
    is_native: bool

    def bit(self, signal: int) -> Array:
        """Give one bit, a row each."""
        row = self.row_of[signal]
        bits: Array = _bits(self.words[row : row + 1], self.count)[0]
        return bits

    def bus(self, signals: Sequence[int]) -> Array:
        """Give bits, rows x width."""
        return self._unpacked(self.words[self._rows_of(signals)])

    def _rows_of(self, signals: Sequence[int]) -> slice | list[int]:
        """Tell where bits lie; those that follow each other are a slice, and not copied."""
        if isinstance(signals, range) and signals:
            first, last = self.row_of[signals[0]], self.row_of[signals[-1]]
            if last - first == len(signals) - 1:
                return slice(first, last + 1)
        return [self.row_of[signal] for signal in signals]

    def _unpacked(self, packed: Array) -> Array:
        if self.is_native:
            return native.unpack_rows(packed, self.count, self.threads)
        return words.unpack_rows(packed, self.count)

    def words_of(self, signals: Sequence[int]) -> Array:
        """Give bits packed, width x words; bits beyond the last row are 0."""
        packed: Array = self.words[self._rows_of(signals)]
        if self.count % 64 and packed.size:
            packed = packed.copy()
            packed[:, -1] &= np.uint64((1 << self.count % 64) - 1)
        return packed


# ---------------------------------------------------------------------------------- parts


def _reader(plan: Plan, first: int) -> LayerStep | Step:
    """Give the neuron, or the layer, that makes a signal."""
    return plan.layer_of(first) or plan.maker[first]


def _outputs(part: LayerStep | Step) -> int:
    return part.size if isinstance(part, LayerStep) else len(part.thresholds)


def _parts(plan: Plan) -> Iterator[Part]:
    """Cut a plan into parts, in the order of evaluation."""
    open_: _Programs | None = None
    for one in plan.schedule:
        if isinstance(one, LayerStep):
            neurons = _as_neurons(one)
            if neurons is not None:
                open_ = open_ or _Programs()
                open_.several.append(neurons)
                continue
            if open_ is not None:
                yield open_
                open_ = None
            yield one
            continue
        for is_program, members in _stretches(plan, one):
            if is_program:
                open_ = open_ or _Programs()
                open_.several.append(_table(plan).chosen(np.array(members, np.int64)))
                continue
            steps = [plan.steps[i] for i in members]
            first_made = plan.first_made
            early = [all(s < first_made for s in step.sources) for step in steps]
            yield from (step for step, is_early in zip(steps, early, strict=True) if is_early)
            late = [step for step, is_early in zip(steps, early, strict=True) if not is_early]
            if late and open_ is not None:
                yield open_
                open_ = None
            yield from late
    if open_ is not None:
        yield open_


def _stretches(plan: Plan, one: range) -> Iterator[tuple[bool, list[int]]]:
    """Give stretches of neurons that are a program, or are not, in the order of evaluation.

    In each level those that are not come first.
    """
    steps = plan.steps
    kinds = {i: _is_program(steps[i]) for i in one}
    if all(kinds.values()):
        yield True, list(one)
        return
    order = sorted(one, key=lambda i: (steps[i].level, kinds[i]))
    for is_program, members in groupby(order, key=kinds.__getitem__):
        yield is_program, list(members)


def _is_program(step: Step) -> bool:
    return step.dtype != "exact" and planes_of(sum(map(abs, step.weights))) <= MOST_PLANES


def _table(plan: Plan) -> Neurons:
    """Give all neurons that are no part of a layer."""
    table = plan.neurons
    return Neurons(
        table.levels,
        table.fires,
        table.indptr.astype(np.int64),
        table.sources,
        table.weights,
        table.limit_ptr.astype(np.int64),
        clipped(table.limits, 1 << MOST_PLANES),
        table.first.astype(np.int64),
    )


def _as_neurons(layer: LayerStep) -> Neurons | None:
    """Give a sparse or small layer of integers as neurons; None for others."""
    weights = layer.weights
    if layer.arithmetic == "numbers" or layer.dtype.startswith("float"):
        return None
    if not isinstance(weights, SparseWeights) and weights.size > _SMALL:
        return None
    if planes_of(int(layer.proved.largest)) > MOST_PLANES:
        return None
    sources = np.asarray(layer.sources, np.int64)
    if isinstance(weights, SparseWeights):
        indptr = weights.indptr.astype(np.int64)
        read, values = sources[weights.indices], weights.values.astype(np.int64)
    else:
        rows, places = np.nonzero(weights)
        indptr = np.concatenate([[0], np.cumsum(np.bincount(rows, minlength=layer.size))])
        read, values = sources[places], weights[rows, places].astype(np.int64)
    limits = clipped(layers.whole_limits(layer, layer.limits), 1 << MOST_PLANES)
    first = np.arange(layer.first, layer.first + layer.size)
    pointers = np.arange(layer.size + 1)
    levels = np.full(layer.size, layer.level)
    fires = np.full(layer.size, COMPARISONS.index(layer.fires))
    return Neurons(levels, fires, indptr, read, values, pointers, limits, first)


def _kernel(layer: LayerStep) -> native.Product:
    """Give the kernel of a layer, which wants total >= limit, turned or not."""
    assert isinstance(layer.weights, np.ndarray)
    rule = FIRING[layer.fires]
    limits = clipped(layers.whole_limits(layer, layer.limits), 1 << 24)  # totals are below
    reached = scaled(limits, 1, int(rule.is_past)).astype(np.int32)
    return native.Product(layer.weights, reached, turned=not rule.up)


def run(plan: Plan, batch: Batch, wanted: Wanted) -> Signals:
    """Evaluate a plan with packed rows."""
    use_native = native.KIND is not None and wanted.native
    key = (wanted.signals, wanted.sums, use_native)
    packed = plan.scratch.get(key)
    if not isinstance(packed, Packed):
        packed = plan.scratch[key] = Packed(plan, wanted, use_native)
    return packed.run(batch, wanted.threads)
