"""Evaluate rows packed 64 per word: programs for bits, products for layers, sums for numbers.

The plan is cut into parts. Signals that one part passes to another, or to the outputs, are stored
in a *bank*: an array of words with a line for each such signal, where each word has its values for
64 rows. Which signals have a line is decided once for a plan and its wanted signals; the bank is
created for each batch.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np

from nnc.compiler.graph import SparseWeights
from nnc.compiler.plan import LayerStep, Plan, PlanNeuron, once_for_plan
from nnc.language.network import FIRING, Input
from nnc.numbers.integers import Array, clipped, scaled
from nnc.rows.columns import Batch, Column, TruthTableColumn
from nnc.rows.inputs.cells import numbers_joined
from nnc.rows.inputs.sparse import SparseColumn
from nnc.run.engines import layers, native, words
from nnc.run.engines.engine import MANY_ROWS, Signals, Wanted, element_columns, pack_bits
from nnc.run.engines.numbers import add_numbers
from nnc.run.engines.parts import Part, Programs, cut
from nnc.run.engines.products import Values, counted, counted_columns, values_of
from nnc.run.engines.program import build_program, joined
from nnc.run.engines.signals import PackedSignals, PictureSignals, unpack_bits
from nnc.run.engines.sums import sums_of
from nnc.run.engines.tallies import Tallies
from nnc.run.engines.windows import Pictures

_MAX_BYTES = 1 << 28  # the maximum size of a bank
_MAX_FIRED = 1 << 26  # bytes of one layer's unpacked results
_NEAR_BYTES = 1 << 22  # the size of a bank that stays in the caches
_LEAST_ROWS = 64 * 136  # enough to be worth the calls; 128 words would cause cache conflicts


def run(plan: Plan, batch: Batch, wanted: Wanted) -> Signals:
    """Evaluate a plan for packed rows."""
    return _laid_out(plan, wanted).run(batch, wanted.threads)


def count_ones(plan: Plan, batch: Batch, wanted: Wanted) -> dict[int, int]:
    """Return, for each wanted bit, the number of rows in which it is 1, storing no rows."""
    return _laid_out(plan, wanted).ones(batch, wanted.threads)


def chunks(
    plan: Plan, batch: Batch, wanted: Wanted
) -> Iterator[tuple[slice, PackedSignals | PictureSignals]]:
    """Evaluate a plan chunk by chunk; see `Packed.chunks`."""
    return _laid_out(plan, wanted).chunks(batch, wanted.threads)


def _laid_out(plan: Plan, wanted: Wanted) -> Packed:
    use_native = native.KIND is not None and wanted.native
    packed = kept_packed(plan, wanted, use_native)
    if packed is None:
        packed = _packed_plans(plan)[_key(wanted, use_native)] = Packed(plan, wanted, use_native)
    return packed


def kept_packed(plan: Plan, wanted: Wanted, use_native: bool) -> Packed | None:
    """Return the cached layout of a plan, or None."""
    return _packed_plans(plan).get(_key(wanted, use_native))


_Key = tuple[frozenset[int], frozenset[int], bool]


@once_for_plan
def _packed_plans(_: Plan) -> dict[_Key, Packed]:
    return {}


def _key(wanted: Wanted, use_native: bool) -> _Key:
    return wanted.signals, wanted.sums, use_native


# -------------------------------------------------------------------------------- layout


class _Lines(NamedTuple):
    """The lines of some signals in a bank, also as a slice if they are consecutive."""

    places: Array
    together: slice | None

    def of(self, bank: Array) -> Array:
        """Return the words of these signals, without copying if they are consecutive."""
        return bank[self.together] if self.together is not None else bank[self.places]


class _Product(NamedTuple):
    """A prepared layer: the lines of its sources and neurons, and its kernel, if any."""

    sources: _Lines | None
    out: slice
    kernel: native.Product | None


class _Load(NamedTuple):
    """An input that something depends on, with its index and the signals of its elements.

    `lines` are those of all its elements, or None if some are not stored.
    """

    place: int
    input_: Input
    signals: range
    lines: _Lines | None


class Packed:
    """A plan cut into parts and laid out for the wanted signals."""

    def __init__(self, plan: Plan, wanted: Wanted, use_native: bool) -> None:
        self.plan, self.wanted, self.use_native = plan, wanted, use_native
        self.summed = {first: plan.layer_of(first) or plan.maker[first] for first in wanted.sums}
        parts = list(cut(plan, use_native=use_native))
        self._lay_out(parts)
        self.parts = [part for part in parts if not self._is_idle(part)]
        self.kept = sorted(wanted.signals)
        self.kept_at = {signal: i for i, signal in enumerate(self.kept)}
        self.kept_lines = self.lines(self.kept)
        self.loads = self._loads()
        self.only_picture = self._only_picture()
        # then only the program reads the inputs, and kernels can generate the rows of a truth table
        self.is_one_program = (
            use_native
            and len(self.parts) == 1
            and isinstance(self.parts[0], Programs)
            and not wanted.sums
            and all(signal >= plan.first_made for signal in wanted.signals)
        )
        for part in self.parts:
            if isinstance(part, Programs) and part.program is not None:
                if use_native:
                    part.kernel = native.CheckedProgram(part.program)
                elif words.are_wide(neurons := joined(part.blocks)):
                    part.matrices = words.Matrices(neurons, part.program)
        counted_up = [
            step
            for step in self.summed.values()
            if isinstance(step, PlanNeuron) and step.dtype != "exact"
        ]
        self.tallies = Tallies(counted_up, self.line_of) if use_native and counted_up else None
        self.products = {
            part.first: self._product(part) for part in self.parts if isinstance(part, LayerStep)
        }

    def _lay_out(self, parts: list[Part]) -> None:
        """Build the programs, last one first, and assign a line to each stored signal.

        The order is backwards because a program computes only what later parts need. A signal that
        is computed and read within one program is needed but not stored; it has a slot of the
        program.
        """
        plan = self.plan
        needed = np.zeros(plan.signals, bool)
        needed[list(self.wanted.signals)] = True
        added = [part.add_up(self.wanted.sums) for part in parts if isinstance(part, Pictures)]
        for first, step in self.summed.items():
            if not any(first in some for some in added):
                needed[np.asarray(step.sources, np.int64)] = True
        kept = needed.copy()
        for part in reversed(parts):
            if isinstance(part, Pictures):
                part.want(needed)
                if not part.is_idle and part.name is None:
                    needed[part.picture.signals] = kept[part.picture.signals] = True
            elif isinstance(part, Programs):
                neurons = joined(part.blocks)
                made = np.zeros(plan.signals, bool)
                made[neurons.made()] = True
                asked = np.flatnonzero(made & needed).tolist()
                if asked:
                    part.program = build_program(neurons, plan.signals, asked)
                    needed[part.program.loaded] = kept[part.program.loaded] = True
            elif needed[part.first : part.first + _width(part)].any():
                sources = np.asarray(part.sources, np.int64)
                needed[sources] = kept[sources] = True
                if isinstance(part, LayerStep):  # a product writes all its neurons at once
                    kept[part.first : part.first + part.outputs] = True
        kept[:2] = True  # the constants 0 and 1
        self.line_of = np.cumsum(kept) - 1
        self.line_of[~kept] = -1
        self.height = int(kept.sum())
        self._needed = needed

    def _product(self, layer: LayerStep) -> _Product:
        """Prepare a layer: the lines of its sources and neurons, and its kernel."""
        out = self.lines(layer.signals).together
        assert out is not None
        sources = self.lines(layer.sources) if layer.arithmetic != "numbers" else None
        return _Product(sources, out, _kernel(layer) if self.use_native else None)

    def _loads(self) -> list[_Load]:
        """Return the inputs that something depends on, with their elements' lines."""
        loads = []
        for place, (name, input_) in enumerate(self.plan.inputs.items()):
            first = self.plan.first_of[name]
            signals = range(first, first + input_.width)
            lines = self.lines(signals)
            is_kept = lines.places >= 0
            if is_kept.any():
                loads.append(_Load(place, input_, signals, lines if is_kept.all() else None))
        return loads

    def _only_picture(self) -> Pictures | None:
        """Return the only part if it is layers over one input that give all wanted signals."""
        part = self.parts[0] if len(self.parts) == 1 else None
        if not isinstance(part, Pictures) or part.name is None:
            return None
        sums = {signal for signals, _ in part.sums.values() for signal in signals}
        made = {signal for stage in part.stages for signal in stage.layer.signals}
        return part if self.wanted.signals <= made and self.wanted.sums <= sums else None

    def _is_idle(self, part: Part) -> bool:
        if isinstance(part, Pictures):
            return part.is_idle
        if isinstance(part, Programs):
            return part.program is None
        return not self._needed[part.first : part.first + _width(part)].any()

    def lines(self, signals: Sequence[int] | Array) -> _Lines:
        """Return the lines of some signals in the bank."""
        places = self.line_of[np.asarray(signals, np.int64)]
        if (
            len(places)
            and places[-1] - places[0] == len(places) - 1
            and (np.diff(places) == 1).all()
        ):
            return _Lines(places, slice(int(places[0]), int(places[-1]) + 1))
        return _Lines(places, None)

    def run(self, batch: Batch, threads: int) -> Signals:
        """Evaluate all rows, in chunks if the bank would need too much memory."""
        if self.only_picture is not None:
            return self._over_picture(self.only_picture, batch, threads)
        step = self._rows_within(_MAX_BYTES)
        if batch.count <= step:
            return self._evaluated(batch, threads)
        whole = np.empty((len(self.kept), -(-batch.count // 64)), np.uint64)
        sums: dict[int, list[Column]] = {first: [] for first in self.wanted.sums}
        for rows, part in self._chunks(batch, threads, step):
            whole[:, rows.start // 64 : -(-rows.stop // 64)] = part.words_of()
            for first, column in part.sums.items():
                sums[first].append(column)
        totals = {first: numbers_joined(columns) for first, columns in sums.items()}
        return PackedSignals(batch.count, self.kept_at, whole, totals, threads, self.use_native)

    def chunks(
        self, batch: Batch, threads: int
    ) -> Iterator[tuple[slice, PackedSignals | PictureSignals]]:
        """Evaluate the rows in chunks whose bank stays in a near cache.

        Yield the rows of each chunk and its signals, which are valid until the next chunk.
        """
        is_quick = all(isinstance(part, Programs) for part in self.parts)
        step = max(self._rows_within(_NEAR_BYTES * threads), _LEAST_ROWS)
        most = self._rows_within(_MAX_BYTES)
        return self._chunks(batch, threads, min(step, most) if is_quick else most)

    def _chunks(
        self, batch: Batch, threads: int, step: int
    ) -> Iterator[tuple[slice, PackedSignals | PictureSignals]]:
        memory = None
        if batch.count >= step and self.only_picture is None:
            memory = native.new_bank(self.height, step // 64)
        for start in range(0, batch.count, step):
            some = batch.cut(start, start + step)
            part_memory = memory if some.count == step else None
            yield slice(start, start + some.count), self._evaluated(some, threads, part_memory)

    def _over_picture(self, part: Pictures, batch: Batch, threads: int) -> PictureSignals:
        """Evaluate a plan that consists of layers over one picture; it needs no bank."""
        results = part.run(self.picture_in(batch, part), threads)
        sums = part.columns(results)
        return PictureSignals(batch.count, part, results, self.kept, sums, threads)

    def picture_in(self, batch: Batch, part: Pictures) -> Array:
        """Return the input that layers read as a picture, rows x elements."""
        column = batch.columns[list(self.plan.inputs).index(part.name or "")]
        assert isinstance(column, Column)
        return part.whole(column).reshape(batch.count, -1)

    def _evaluated(
        self, batch: Batch, threads: int, memory: Array | None = None
    ) -> PackedSignals | PictureSignals:
        if self.only_picture is not None:
            return self._over_picture(self.only_picture, batch, threads)
        bank = _Bank(self, batch, threads, memory)
        bank.fill()
        kept = self.kept_lines.of(bank.words)
        return PackedSignals(batch.count, self.kept_at, kept, bank.sums(), threads, self.use_native)

    def _rows_within(self, size: int) -> int:
        """Return the number of rows, in whole words, whose bank has at most `size` bytes."""
        rows = size * 8 // self.height
        fired = [part.outputs for part in self.parts if isinstance(part, LayerStep)]
        fired += [size for part in self.parts if isinstance(part, Pictures) for size in part.sizes]
        rows = min(rows, _MAX_FIRED // max([1, *fired]))
        return max(64, rows // 64 * 64 if rows < 512 else rows // 512 * 512)

    def ones(self, batch: Batch, threads: int) -> dict[int, int]:
        """Return the number of ones of each wanted signal."""
        counts = np.zeros(len(self.kept), np.int64)
        for _, part in self.chunks(batch, threads):
            counts += ones_of(part.words_of(), use_native=self.use_native)
        return dict(zip(self.kept, counts.tolist(), strict=True))


def ones_of(packed: Array, *, use_native: bool = True) -> Array:
    """Count the ones of each line of packed bits, as int64."""
    if use_native and native.KIND is not None:
        return native.count_ones(packed)
    return words.count_ones(packed)


def _width(part: LayerStep | PlanNeuron) -> int:
    """Return the number of signals of a layer or neuron."""
    return part.outputs if isinstance(part, LayerStep) else len(part.thresholds)


def _kernel(layer: LayerStep) -> native.Product | None:
    """Return the kernel of a layer, which compares total >= limit or its negation, or None.

    A kernel compares a total once, and reads bits.
    """
    if layer.width > 1 or layer.reads_counts or layer.proved.arithmetic != "float32":
        return None
    weights = layer.weights
    narrow = None if isinstance(weights, SparseWeights) else native.narrowed(weights)
    if narrow is None:
        return None
    rule = FIRING[layer.fires]
    limits = clipped(layers.whole_limits(layer, layer.limits), 1 << 24)  # totals are smaller
    reached = scaled(limits, 1, int(rule.is_past)).astype(np.int32)
    return native.Product(narrow, reached, turned=not rule.up)


# ---------------------------------------------------------------------------- evaluation


class _Bank:
    """The packed signals of a batch of rows."""

    def __init__(
        self, packed: Packed, batch: Batch, threads: int, memory: Array | None = None
    ) -> None:
        self.packed, self.batch, self.threads = packed, batch, threads
        self.count = -(-batch.count // 64)  # lines may have more words
        self.words = native.new_bank(packed.height, self.count) if memory is None else memory
        self.numbers: dict[int, Column] = {}
        self.added: dict[int, Column] = {}  # sums that are already known
        self.load_of, self.start = packed.line_of, 0
        self._load()

    def _load(self) -> None:
        """Pack the inputs."""
        self.words[0], self.words[1] = 0, ~np.uint64(0)
        line_of = self.packed.line_of
        for load in self.packed.loads:
            column, lines = self.batch.columns[load.place], load.lines
            if load.input_.type not in ("bit", "choice"):
                continue  # read directly from the batch
            if isinstance(column, TruthTableColumn) and column.start % 64 == 0:
                self._count(column, load.signals)
            elif isinstance(column, SparseColumn) and self.packed.use_native:
                places = line_of[load.signals.start : load.signals.stop]
                some = column if lines is not None else column.chosen(places >= 0)
                own = self.words[places.max() + 1 - some.width :]  # stored lines are consecutive
                native.scatter_rows(*some.near(), own[: some.width], self.threads)
            elif isinstance(column, Column) and column.numerators.ndim == 2 and lines is not None:
                self._pack(column.numerators, self.words[lines.together])
            else:
                elements = element_columns({"": load.input_}, (column,))
                for signal, bits in zip(load.signals, elements, strict=True):
                    if line_of[signal] >= 0:
                        self._store(signal, bits.numerators)

    def _pack(self, bits: Array, out: Array) -> None:
        if self.packed.use_native:
            native.pack_rows(bits, out, self.threads)
        else:
            words.pack_rows(bits, out)

    def _count(self, column: TruthTableColumn, signals: range) -> None:
        """Load a column of a truth table, in the kernel if nothing else reads it.

        Its words follow from the number of the row, so the kernel computes them instead of storing
        them. A negative line selects the bit; see `CheckedProgram.run`.
        """
        lines = self.packed.line_of[signals.start : signals.stop]
        if self.packed.is_one_program:
            self.start = column.start // 64
            self.load_of = self.load_of.copy()
            self.load_of[signals.start : signals.stop] = -1 - np.array(column.places, np.int64)
            return
        is_kept = lines >= 0
        self.words[lines[is_kept], : self.count] = column.packed()[is_kept]

    def _store(self, signal: int, bits: Array) -> None:
        self.words[self.packed.line_of[signal], : self.count] = pack_bits(bits[None, :])[0]

    def fill(self) -> None:
        """Evaluate the parts in order."""
        for part in self.packed.parts:
            if isinstance(part, Programs):
                self._program(part)
            elif isinstance(part, LayerStep):
                self._layer(part)
            elif isinstance(part, Pictures):
                self._pictures(part)
            else:
                self._neuron(part)

    def _program(self, part: Programs) -> None:
        program = part.program
        assert program is not None
        load = self.load_of[program.loaded]
        store = self.packed.line_of[program.stored]
        if part.kernel is not None:
            part.kernel.run(self.words, load, store, self.threads, self.start)
        elif part.matrices is not None and self.batch.count < MANY_ROWS:
            part.matrices.run(self.words[:, : self.count], load, store)
        else:
            words.run(program, self.words, load, store)

    def _layer(self, layer: LayerStep) -> None:
        product = self.packed.products[layer.first]
        out = self.words[product.out]
        if product.kernel is None or product.sources is None:
            out[:, : self.count] = pack_bits(layers.fire(layer, self._values(layer), self.threads))
            return
        bits = product.sources.of(self.words)
        product.kernel.run(bits, out, self.batch.count, self.threads)

    def _pictures(self, part: Pictures) -> None:
        """Evaluate layers over pictures, and store those of their bits that are read elsewhere."""
        if part.name is None:
            lines = self.packed.lines(part.picture.signals).of(self.words)
            inputs = np.empty((self.batch.count, len(lines)), np.uint8)
            native.unpack_rows(lines, inputs, self.threads)
        else:
            inputs = self.packed.picture_in(self.batch, part)
        results = part.run(inputs, self.threads)
        self.added |= part.columns(results)
        for place, bits in results.bits.items():
            stage = part.stages[place]
            lines = self.packed.line_of[stage.layer.signals]
            is_kept = lines >= 0
            fired = stage.unpacked(bits)[:, is_kept]
            first = int(lines.max()) + 1 - fired.shape[1]  # stored lines are consecutive
            native.pack_rows(fired, self.words[first : first + fired.shape[1]], self.threads)

    def _values(self, layer: LayerStep) -> Values:
        """Return the values of the sources of a layer."""
        if layer.arithmetic == "numbers":
            whole = self._bus(layer.sources)
            if whole is not None:
                return whole
            columns = [self._column(int(signal)) for signal in layer.sources]
            return values_of(counted_columns(layer, columns), self.batch.count)
        bits = self.packed.lines(layer.sources).of(self.words)
        return counted(layer, unpack_bits(bits, self.batch.count))

    def _bus(self, sources: Sequence[int] | Array) -> Values | None:
        """Return the values of a layer whose sources are one whole bus of numbers, or None."""
        if not isinstance(sources, range):
            return None
        for load in self.packed.loads:
            column = self.batch.columns[load.place]
            is_bit = load.input_.type == "bit"
            if load.signals != sources or not isinstance(column, Column) or is_bit:
                continue
            if column.numerators.dtype.kind in "if" and column.numerators.ndim == 2:
                return Values(column.numerators.T, column.denominator)
        return None

    def _column(self, signal: int) -> Column:
        """Return a signal as a column: the numbers of an input, or bits."""
        if signal < self.packed.plan.first_made and signal > 1:
            number = self._number(signal)
            if number is not None:
                return number
        line = self.packed.line_of[signal]
        return Column(unpack_bits(self.words[line : line + 1], self.batch.count)[0])

    def _number(self, signal: int) -> Column | None:
        """Return one element of a number input, or None for a bit."""
        if signal not in self.numbers:
            load = next((load for load in self.packed.loads if signal in load.signals), None)
            if load is None or load.input_.type in ("bit", "choice"):
                return None
            elements = element_columns({"": load.input_}, (self.batch.columns[load.place],))
            self.numbers |= dict(zip(load.signals, elements, strict=True))
        return self.numbers[signal]

    def _neuron(self, step: PlanNeuron) -> None:
        columns = [self._column(source) for source in step.sources]
        fired, _ = add_numbers(step, columns, self.batch.count, wants_sum=False)
        lines = self.packed.line_of[step.first : step.first + len(fired)]
        kept = [bits.view(np.uint8) for bits, line in zip(fired, lines, strict=True) if line >= 0]
        self.words[lines[lines >= 0], : self.count] = pack_bits(np.array(kept))

    def sums(self) -> dict[int, Column]:
        """Return the wanted sums."""
        by_layer: dict[int, tuple[LayerStep, list[int]]] = {}
        neurons: list[PlanNeuron] = []
        for first, step in self.packed.summed.items():
            if first in self.added:
                continue
            if isinstance(step, LayerStep):
                by_layer.setdefault(step.first, (step, []))[1].append(first - step.first)
            elif self.packed.tallies is None or step.dtype == "exact":
                neurons.append(step)
        sums = self.added | sums_of(neurons, self._column, self.batch.count)
        if self.packed.tallies is not None:
            sums |= self.packed.tallies.sums(self.words, self.batch.count, self.threads)
        for layer, places in by_layer.values():
            columns = layers.sums(layer, self._values(layer), places)
            sums |= dict(zip((layer.first + i for i in places), columns, strict=True))
        return sums
