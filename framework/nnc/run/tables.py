"""Evaluate Python rows in any form, with outputs as arrays or as an Arrow stream."""

from __future__ import annotations

import sys
import warnings
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from types import FrameType
from typing import Any, NamedTuple, Protocol

from nnc.compiler.plan import Plan
from nnc.diagnostics.diagnostic import Diagnostic, InvalidRowsError
from nnc.language.network import Input
from nnc.rows.column_types import ColumnType
from nnc.rows.columns import Batch
from nnc.rows.elements import InputColumns
from nnc.rows.formats import frames_for
from nnc.rows.inputs.arrays import batch_from_arrays
from nnc.rows.inputs.shapes import (
    are_of_frame,
    is_frame,
    mapping_of,
    row_types,
    type_name,
    unmasked,
)
from nnc.rows.inputs.value import either
from nnc.rows.options import DROPPED_HELP, EXTRAS, FLOATS, OTHER_EXTRAS, Extra, Floats
from nnc.rows.session import FRAME, RowOptions, Session
from nnc.run import destinations
from nnc.run.assumptions import Assumptions
from nnc.run.engines import How
from nnc.run.evaluation import AUTO, evaluate_arrays, joined, single_row, sparse_rows
from nnc.run.plain_rows import plain_row
from nnc.run.readings import FloatReadings
from nnc.run.streaming import Style, results_of

_BATCH = 1 << 20
_HINT = (
    'floats="decimal" reads what was typed; floats="binary" says that the numbers stored are meant'
)
_PACKAGE = str(Path(__file__).parents[1])


class SupportsArrow(Protocol):
    """A data frame with Arrow's C stream interface: pandas, Polars, DuckDB, narwhals or pyarrow."""

    def __arrow_c_stream__(self, requested_schema: object = None) -> object: ...


class SupportsArray(Protocol):
    """A two-dimensional array, rows x inputs, of NumPy or another library."""

    def __array__(self, dtype: Any = None, copy: Any = None) -> Any: ...


class SupportsSparse(Protocol):
    """A two-dimensional sparse SciPy array of bits, rows x inputs."""

    def tocsr(self) -> Any:
        """Return the array in compressed sparse row format."""


Rows = (
    Mapping[str, Any] | Sequence[Mapping[str, Any]] | SupportsArrow | SupportsArray | SupportsSparse
)
"""Rows in any form; a list has one mapping per row."""


class Reading(NamedTuple):
    """The treatment of columns that are not inputs, and the reading of floats.

    Without `extra`, such columns are dropped with a warning that recommends `extra_help`; without
    `floats`, floats are binary, with a warning if rows depend on it. Columns in `also` are known
    and ignored.
    """

    extra: Extra | None = None
    floats: Floats | None = None
    extra_help: str = DROPPED_HELP
    also: Collection[str] = ()


def arrays_of(
    plan: Plan, rows: Rows | None, reading: Reading, how: How, out: object = None
) -> dict[str, Any]:
    """Return each output as an array, or as a value if all inputs are scalars.

    With `out`, outputs are written to its arrays, which are returned. Raises InvalidRowsError,
    ValueError for an invalid reading, and the errors of `destinations.for_outputs`.
    """
    if reading.extra == "keep":
        message = 'extra="keep" needs a table: call nnc.evaluate_frame, or write "drop" or "error"'
        raise ValueError(message)
    _check(reading)
    plain = plain_row(plan, rows, reading.floats, how) if out is None else None
    if plain is not None:
        return plain
    owned = None if out is None else destinations.for_outputs(plan, out)
    if is_frame(rows):
        batches = _watched(plan, _of_frame(plan.inputs, rows, reading), reading, how)
        arrays = joined([evaluate_arrays(plan, batch, how) for batch in batches])
        return arrays if owned is None else _filled(owned, arrays)
    values = mapping_of(rows, plan.inputs)
    outputs, is_scalar = single_row(plan, values, how) or (sparse_rows(plan, values, how), False)
    if outputs is None:
        batch, is_scalar = _of_mapping(plan.inputs, values, reading)
    if owned is not None:
        if is_scalar:
            hint = "give inputs as arrays of one row, or leave out `out`"
            raise ValueError(f"all values are scalars; {hint}")
        if outputs is not None:
            return _filled(owned, outputs)
        return _written(plan, batch, reading, how, owned)
    if outputs is None:
        [outputs] = [evaluate_arrays(plan, b, how) for b in _watched(plan, [batch], reading, how)]
    if not is_scalar:
        return outputs
    # a bus stays an array of its elements; anything else becomes a Python value
    firsts = {alias: array[0] for alias, array in outputs.items()}
    return {a: v.item() if getattr(v, "ndim", None) == 0 else v for a, v in firsts.items()}


def _filled(owned: dict[str, Any], outputs: dict[str, Any]) -> dict[str, Any]:
    """Copy outputs to the caller's arrays, after checking their number of rows."""
    destinations.check_rows(owned, len(next(iter(outputs.values()))))
    return destinations.fill(owned, outputs)


def _written(
    plan: Plan, batch: Batch, reading: Reading, how: How, owned: dict[str, Any]
) -> dict[str, Any]:
    """Evaluate a batch into the caller's arrays, which may share memory with its rows."""
    destinations.check_rows(owned, batch.count)
    into = owned if destinations.are_apart(owned, batch) else None
    [outputs] = [evaluate_arrays(plan, b, how, into) for b in _watched(plan, [batch], reading, how)]
    return destinations.fill(owned, outputs)


def reader_of(
    plan: Plan, rows: Rows, reading: Reading, how: How, sums: ColumnType | None = None
) -> Any:
    """Return kept columns and outputs as a reader of record batches.

    `sums` is the type of outputs that otherwise depends on all rows, which are then read first.
    Raises InvalidRowsError for the first rows; for later ones while reading.
    """
    _check(reading)
    frames = frames_for(f"rows of type {type_name(rows)} made a frame")
    if is_frame(rows):
        batches = _of_frame(plan.inputs, rows, reading)
    else:
        values = mapping_of(rows, plan.inputs)
        batch, _ = _of_mapping(plan.inputs, values, reading)
        if reading.extra == "keep":
            columns = InputColumns(plan.inputs, declared=are_of_frame(values))
            others = {n: each for n, each in values.items() if columns.input_of(n) is None}
            batch = replace(batch, extras=frames.kept_of(others, batch.count))
        batches = iter([batch])
    style = Style("arrow", sums=sums)
    results = results_of(plan, _watched(plan, batches, reading, how), style, how)
    return frames.reader_of(results.tables, results.heading)


def batches_of(inputs: Mapping[str, Input], rows: Rows | None, reading: Reading) -> Iterator[Batch]:
    """Yield rows in batches, without kept columns.

    Raises InvalidRowsError, and ValueError for an invalid reading.
    """
    _check(reading, OTHER_EXTRAS)
    if is_frame(rows):
        yield from _of_frame(inputs, rows, reading)
        return
    values = mapping_of(rows, inputs)
    yield _of_mapping(inputs, values, reading)[0]


def one_row(
    plan: Plan,
    rows: Rows | None,
    what: str,
    reading: Reading,
    inputs: Mapping[str, Input] | None = None,
) -> Batch:
    """Return the only row, checked against assumptions; `inputs` may have other defaults.

    A list for a bus of bits has its elements. Raises InvalidRowsError for mistakes, or if there is
    not exactly one row, which `what` needs.
    """
    inputs = plan.inputs if inputs is None else inputs
    if isinstance(rows, Mapping):
        rows = {name: _as_row(value, inputs.get(name)) for name, value in rows.items()}
    batches = list(_watched(plan, batches_of(inputs, rows, reading), reading, AUTO))
    count = sum(batch.count for batch in batches)
    if count != 1:
        message = f"{what} is about one row, not {count:,}"
        hint = "give one value for each input"
        raise InvalidRowsError([Diagnostic("wrong-type", message, help=hint)])
    return next(batch for batch in batches if batch.count)


def _as_row(value: object, input_: Input | None) -> object:
    """Return the elements of a bus of bits as one row, not as one row each."""
    value = unmasked(value)
    if input_ is None or not input_.is_integer_bus or not isinstance(value, (tuple, *row_types())):
        return value
    is_flat = len(value) == input_.width and not isinstance(value[0], (tuple, *row_types()))
    return [list(value)] if is_flat else value


def watched_batches(
    plan: Plan, rows: Rows | None, reading: Reading, how: How = AUTO
) -> Iterator[Batch]:
    """Yield rows in batches; afterwards, warn if rows depend on how floats are read."""
    return _watched(plan, batches_of(plan.inputs, rows, reading), reading, how)


def _check(reading: Reading, extras: Sequence[Extra] = EXTRAS) -> None:
    if reading.extra is not None and reading.extra not in extras:
        words = either([f'"{word}"' for word in extras], len(extras))
        raise ValueError(f"extra is {reading.extra!r}; write {words}")
    if reading.floats is not None and reading.floats not in FLOATS:
        raise ValueError(f'floats is {reading.floats!r}; write "binary" or "decimal"')


def _watched(plan: Plan, batches: Iterable[Batch], reading: Reading, how: How) -> Iterator[Batch]:
    """Yield the batches; afterwards, warn if rows depend on how floats are read.

    Raises InvalidRowsError if rows violate an assumption.
    """
    assumed = Assumptions(plan, how)
    batches = assumed.checked(iter(batches)) if assumed else batches
    if reading.floats is not None:
        yield from batches
        return
    readings = FloatReadings(plan, how)
    yield from readings.watched(iter(batches))
    warning = readings.warning(_HINT)
    if warning is not None:
        _warn(warning)


def _of_mapping(
    inputs: Mapping[str, Input], values: Mapping[str, Any], reading: Reading
) -> tuple[Batch, bool]:
    floats = reading.floats or "binary"
    return batch_from_arrays(
        values,
        inputs,
        extra=reading.extra,
        extra_help=reading.extra_help,
        also=reading.also,
        floats=floats,
        report=_warn,
    )


def _of_frame(inputs: Mapping[str, Input], frame: object, reading: Reading) -> Iterator[Batch]:
    """Yield the batches of a data frame, read through Arrow."""
    frames = frames_for(f"a frame ({type_name(frame)})")
    session = Session(
        inputs,
        FRAME,
        _warn,
        RowOptions(reading.extra, reading.extra_help, reading.floats),
        also=reading.also,
        batch_size=_BATCH,
    )
    batches: Iterator[Batch] = frames.read_frame(frame, session)
    return batches


def _warn(warning: Diagnostic) -> None:
    """Issue a Python warning at the line of the user's code that called nnc."""
    level, frame = 1, sys._getframe()
    caller: FrameType | None = frame
    while caller is not None and caller.f_code.co_filename.startswith(_PACKAGE):
        level, caller = level + 1, caller.f_back
    warnings.warn(f"{warning}; {warning.help}", stacklevel=level)
