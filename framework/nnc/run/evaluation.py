"""Evaluate a plan on rows: choose an engine and return the outputs by name."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from math import lcm
from typing import TYPE_CHECKING, Any

from nnc.compiler.graph import SparseWeights, Tap
from nnc.compiler.plan import LayerStep, NeuronTable, Plan, once_for_plan
from nnc.files.weights import MappedFile
from nnc.language.network import BITS, States
from nnc.lazy import np
from nnc.numbers.exact import Number
from nnc.numbers.integers import Array, int64_or_objects, objects, scaled_rows
from nnc.rows.columns import (
    Batch,
    Column,
    Labels,
    LazyColumn,
    Results,
    labelled,
    lazy_integers,
)
from nnc.rows.inputs.sparse import is_sparse
from nnc.run.engines import ENGINES, MANY_ROWS, How, Signals, Wanted, choose, element_columns

if TYPE_CHECKING:
    from nnc.run.engines import Single, SinglePicture, SparseTallies

AUTO = How()
_SINGLE_ROWS = 4  # single rows before a plan is prepared for more of them


def evaluate_batch(plan: Plan, batch: Batch, *, bits: bool = False, how: How = AUTO) -> Results:
    """Evaluate a plan for every row of a batch.

    Return a column for each output, in the order of the file. A bus of bits is one unsigned integer
    with element 0 as its lowest bit; any other bus, or with `bits` every bus, has a column
    `alias(i)` for each element. Raises FileError as `calculate` does.
    """
    signals = run(plan, batch, how)
    outputs = _Outputs(plan, batch, signals)
    results: Results = {}
    for tap in plan.outputs:
        if tap.kind == "bus" and tap.is_integer and not bits:
            results[tap.alias] = signals.integers(tap.signals)
        elif tap.is_bus:
            for i, column in enumerate(outputs.elements(tap)):
                results[f"{tap.alias}({i})"] = column
        else:
            results[tap.alias] = outputs.value(tap)
    return results


def joined(parts: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Concatenate the output arrays of at least one batch."""
    if len(parts) == 1:
        return parts[0]
    return {alias: np.concatenate([part[alias] for part in parts]) for alias in parts[0]}


def output_names(plan: Plan, *, bits: bool = False) -> list[str]:
    """Return the names of the output columns."""
    return [
        name
        for tap in plan.outputs
        for name in (
            [f"{tap.alias}({i})" for i in range(tap.width)]
            if tap.is_bus and (bits or not tap.is_integer)
            else [tap.alias]
        )
    ]


def run(plan: Plan, batch: Batch, how: How = AUTO) -> Signals:
    """Evaluate a plan with a suitable engine. Raises FileError as `calculate` does."""
    return calculate(plan, batch, *_wanted(plan), how)


@once_for_plan
def _wanted(plan: Plan) -> tuple[frozenset[int], frozenset[int]]:
    """Return the signals whose bits, and those whose sums, the outputs need."""
    bits: set[int] = set()
    sums: set[int] = set()
    for tap in plan.outputs:
        if tap.kind in ("sum", "largest"):
            sums.update(tap.signals)
        elif tap.states is None:
            bits.update(tap.signals)
        else:
            bits.update(s for i, s in enumerate(tap.signals) if tap.states_of(i) is not None)
    return frozenset(bits), frozenset(sums)


def calculate(
    plan: Plan, batch: Batch, bits: frozenset[int], sums: frozenset[int], how: How = AUTO
) -> Signals:
    """Return some bits, and the sums of some neurons given by first signal.

    Raises FileError if a mapped file of the plan was modified or truncated.
    """
    chosen = choose(plan, batch.count, how)
    wanted = Wanted(bits, sums, chosen.threads, chosen.native)
    files = _mapped(plan)
    files.check_unchanged()
    signals = ENGINES[chosen.engine](plan, batch, wanted)
    files.check_unchanged()
    return signals


def in_chunks(
    plan: Plan, batch: Batch, bits: frozenset[int], how: How = AUTO
) -> Iterator[tuple[slice, Signals]]:
    """Yield some bits in large chunks of rows, with the slice of rows of each chunk.

    Each result is valid until the next one. Raises FileError as `calculate` does.
    """
    from nnc.run.engines import chunks

    if batch.count < MANY_ROWS:
        yield slice(0, batch.count), calculate(plan, batch, bits, frozenset(), how)
        return
    chosen = choose(plan, batch.count, how)  # always packed rows, in kernels or NumPy
    files = _mapped(plan)
    files.check_unchanged()
    yield from chunks(plan, batch, Wanted(bits, frozenset(), chosen.threads, chosen.native))
    files.check_unchanged()


def count_bits(plan: Plan, batch: Batch, bits: frozenset[int], how: How = AUTO) -> dict[int, int]:
    """Return the number of rows in which each bit is 1. Raises FileError as `calculate` does."""
    chosen = choose(plan, batch.count, how)
    if chosen.engine == "packed":
        from nnc.run.engines import count_ones

        files = _mapped(plan)
        files.check_unchanged()
        wanted = Wanted(bits, frozenset(), chosen.threads, chosen.native)
        counts = count_ones(plan, batch, wanted)
        files.check_unchanged()
        return counts
    signals = calculate(plan, batch, bits, frozenset(), how)
    return {signal: int(np.count_nonzero(signals.bit(signal))) for signal in bits}


class _MappedFiles(tuple["MappedFile", ...]):
    """The mapped files that back the arrays of a plan."""

    __slots__ = ()

    def __reduce__(self) -> tuple[type[_MappedFiles], tuple[()]]:
        return _MappedFiles, ()  # a copy of a plan has its own arrays

    def check_unchanged(self) -> None:
        """Raise FileError if a file was modified or truncated since it was mapped."""
        for file in self:
            file.check_unchanged()


@once_for_plan
def _mapped(plan: Plan) -> _MappedFiles:
    """Return the mapped files of a plan."""
    own = () if plan.neurons.is_proved else (plan.neurons,)  # just created, so not in a file
    parts: tuple[NeuronTable | LayerStep, ...] = (*own, *plan.layers)
    values = [getattr(part, field.name) for part in parts for field in fields(part)]
    files = {id(file): file for value in values for file in _files_of(value)}
    return _MappedFiles(files.values())


def has_mapped_files(plan: Plan) -> bool:
    """Return True if arrays of a plan are backed by mapped files, which may change."""
    return len(_mapped(plan)) > 0


def _files_of(value: Any) -> Iterator[MappedFile]:
    """Yield the mapped files that back an array or the arrays of a sparse matrix."""
    for array in value.arrays().values() if isinstance(value, SparseWeights) else (value,):
        base = array
        while isinstance(base, np.ndarray):
            base = base.base
        if isinstance(base, MappedFile):
            yield base


class _Outputs:
    """Build the columns of outputs from the signals of an engine."""

    def __init__(self, plan: Plan, batch: Batch, signals: Signals) -> None:
        self._plan, self._batch, self._signals = plan, batch, signals
        self._elements: list[Column] = []  # of the inputs, created when an output needs one

    def value(self, tap: Tap) -> Column | Labels:
        """Return the column of an output that is not a bus."""
        signals = self._signals
        if tap.kind == "sum":
            return signals.sums[tap.signals[0]]
        if tap.kind == "level":
            level = _level([signals.column(signal, BITS) for signal in tap.signals])
            return labelled(level, tap.labels)
        if tap.kind == "largest":
            place = _largest([signals.sums[signal] for signal in tap.signals])
            return labelled(place, tap.labels)
        return self._signal(tap.signals[0], tap.states_of(0))

    def elements(self, tap: Tap) -> Iterator[Column]:
        """Yield the column of each element of a bus."""
        for i, signal in enumerate(tap.signals):
            if tap.kind == "sum":
                yield self._signals.sums[signal]
            else:
                yield self._signal(signal, tap.states_of(i))

    def _signal(self, signal: int, states: States | None) -> Column:
        if states is None:
            if not self._elements:
                self._elements = element_columns(self._plan.inputs, self._batch.columns, lazy=True)
            return self._elements[signal - 2]  # after the constants 0 and 1
        return self._signals.column(signal, states)


def _level(bits: Sequence[Column]) -> Column:
    """Return the number of ones among some bits in each row."""
    few = [column.exact for column in bits if isinstance(column, LazyColumn)]
    if len(few) == len(bits):
        return lazy_integers([int(sum(row)) for row in zip(*few, strict=True)])
    level: Array = np.zeros(len(bits[0]), np.int64)
    for column in bits:
        level += column.numerators
    return Column(level)


def _largest(sums: Sequence[Column]) -> Column:
    """Return the index of the largest sum in each row, the first of equal ones."""
    few = [column.exact for column in sums if isinstance(column, LazyColumn)]
    if len(few) == len(sums):
        return lazy_integers([row.index(max(row)) for row in zip(*few, strict=True)])
    return Column(largest(sums))


def largest(sums: Sequence[Column]) -> Array:
    """Return the index of the largest sum in each row, the first of equal ones."""
    from nnc.run.engines import BoundedColumn, largest_bounded

    if any(isinstance(column, BoundedColumn) for column in sums):
        return largest_bounded(sums)
    common = lcm(*(column.denominator for column in sums))
    arrays = [column.numerators for column in sums]
    if all(array.dtype.kind in "ui" for array in arrays):
        factors = [common // column.denominator for column in sums]
        whole = scaled_rows(arrays, factors, len(sums[0]))
        if whole is not None:
            return _first_largest(whole)
    elif common == 1 and all(array.dtype.kind == "f" for array in arrays):
        return _first_largest(np.stack(arrays))
    values: list[list[Number]] = [column.values() for column in sums]
    rows = zip(*values, strict=True)
    return np.array([row.index(max(row)) for row in rows], np.int64)


def _first_largest(sums: Array) -> Array:
    places: Array = np.argmax(sums, axis=0)
    return places


def evaluate_arrays(
    plan: Plan, batch: Batch, how: How = AUTO, into: dict[str, Array] | None = None
) -> dict[str, Array]:
    """Return each output as an array of rows, or rows x size for a bus.

    Outputs of bits may be written to the arrays in `into`, which are then returned. Raises
    FileError as `calculate` does.
    """
    if batch.count >= MANY_ROWS and all(tap.is_bits for tap in plan.outputs):
        return _bit_arrays(plan, batch, how, into)
    signals = run(plan, batch, how)
    outputs = _Outputs(plan, batch, signals)
    arrays: dict[str, Array] = {}
    for tap in plan.outputs:
        if tap.is_bits:
            read = signals.bus(tap.signals) if tap.is_bus else signals.bit(tap.signals[0])
            arrays[tap.alias] = read
        elif tap.is_bus:
            elements = [_array(column) for column in outputs.elements(tap)]
            arrays[tap.alias] = np.stack(elements, axis=1)
        else:
            arrays[tap.alias] = _array(outputs.value(tap))
    if batch.count == 1:
        _count_single(plan)
    return arrays


def _bit_arrays(
    plan: Plan, batch: Batch, how: How, into: dict[str, Array] | None
) -> dict[str, Array]:
    """Return outputs that are all bits, computed in chunks to save memory."""
    arrays: dict[str, Array] = into or {}
    for tap in plan.outputs:
        size = (tap.width,) if tap.is_bus else ()
        if tap.alias not in arrays:
            arrays[tap.alias] = np.empty((batch.count, *size), np.uint8)
    for rows, signals in in_chunks(plan, batch, _wanted(plan)[0], how):
        for tap in plan.outputs:
            some = arrays[tap.alias][rows]
            signals.write(tap.signals, some.reshape(len(some), -1))
    return arrays


@dataclass
class _SingleRows:
    """The number of rows evaluated singly, and the evaluator for the next, once prepared."""

    count: int = 0
    single: Single | SinglePicture | None = None


@once_for_plan
def single_rows(_: Plan) -> _SingleRows:
    """Return the state that a plan keeps for single rows."""
    return _SingleRows()


def _count_single(plan: Plan) -> None:
    """Count a single row; after several, prepare the plan for single rows."""
    rows = single_rows(plan)
    rows.count += 1
    if rows.single is None and rows.count > _SINGLE_ROWS:
        from nnc.run.engines import single_of

        rows.count = 0  # so a small plan is tried again
        rows.single = single_of(plan, Wanted(*_wanted(plan)))
        _mapped(plan).check_unchanged()


def single_row(
    plan: Plan, values: Mapping[str, Any], how: How
) -> tuple[dict[str, Array], bool] | None:
    """Return the outputs of one row of bits, and whether all its values are scalars.

    Return None if the row has another form or too few single rows have come so far;
    `evaluate_arrays` handles those.
    """
    single = single_rows(plan).single
    if single is None or how.engine == "numpy":
        return None
    return single.run(values)


def sparse_rows(plan: Plan, values: Mapping[str, Any], how: How) -> dict[str, Array] | None:
    """Return the outputs of sparse rows by adding up their ones directly.

    Return None if the rows are not sorted, compressed ones, or if the plan is not a few neurons on
    one bus; `evaluate_arrays` handles those and reports mistakes.
    """
    if len(values) != 1 or how.engine == "numpy":
        return None
    [(name, rows)] = values.items()
    if name not in plan.inputs or not is_sparse(rows) or getattr(rows, "format", "") != "csr":
        return None
    from nnc.run.engines import cores  # which needs NumPy

    tallies = _tallies(plan)
    return None if tallies is None else tallies.run(rows, how.threads or cores())


@once_for_plan
def _tallies(plan: Plan) -> SparseTallies | None:
    from nnc.run.engines import sparse_of  # which needs NumPy

    tallies = sparse_of(plan)
    _mapped(plan).check_unchanged()
    return tallies


def _array(column: Column | Labels) -> Array:
    if isinstance(column, Labels):
        labels: Array = objects(column.labels)[column.codes]
        return labels
    if column.denominator == 1 and column.numerators.dtype.kind in "ui":
        return column.numerators
    return int64_or_objects(column.values())
