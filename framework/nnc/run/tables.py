"""Rows of Python, in any form, through a plan: outputs as arrays, or as a stream of Arrow."""

from __future__ import annotations

import importlib
import sys
import warnings
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from types import FrameType
from typing import Any, NamedTuple, Protocol

from nnc.compiler.plan import Plan
from nnc.diagnostics.diagnostic import Diagnostic, InvalidRowsError
from nnc.rows.columns import Batch
from nnc.rows.formats import Extra
from nnc.rows.inputs.arrays import batch_from_arrays
from nnc.rows.inputs.names import is_column
from nnc.rows.inputs.shapes import mapping_of, type_name
from nnc.rows.session import FRAME, Session
from nnc.run.engines import How
from nnc.run.evaluation import evaluate_arrays, joined
from nnc.run.streaming import Style, results_of

_BATCH = 1 << 20
_PACKAGE = str(Path(__file__).parents[1])


class SupportsArrow(Protocol):
    """A frame that Arrow's C stream reads: of pandas, Polars, DuckDB, narwhals or pyarrow."""

    def __arrow_c_stream__(self, requested_schema: object = None) -> object: ...


class SupportsArray(Protocol):
    """An array of NumPy or another library, of two dimensions: rows x inputs."""

    def __array__(self, dtype: Any = None, copy: Any = None) -> Any: ...


Rows = Mapping[str, Any] | Sequence[Mapping[str, Any]] | SupportsArrow | SupportsArray
"""Rows in any form; a list of mappings has one for each row."""


class Reading(NamedTuple):
    """How rows are read: what becomes of columns that are not inputs."""

    extra: Extra = "drop"


def arrays_of(plan: Plan, rows: Rows | None, reading: Reading, how: How) -> dict[str, Any]:
    """Return each output as an array; where every value is a scalar, as a value.

    Raises InvalidRowsError, and ValueError for a reading that means nothing here.
    """
    if reading.extra == "keep":
        message = 'extra="keep" needs a table: call nnc.evaluate_frame, or write "drop" or "error"'
        raise ValueError(message)
    _check(reading)
    if hasattr(rows, "__arrow_c_stream__"):
        return joined([evaluate_arrays(plan, b, how) for b in _of_frame(plan, rows, reading)])
    batch, is_scalar = _of_mapping(plan, mapping_of(rows, plan.inputs), reading)
    outputs = evaluate_arrays(plan, batch, how)
    if not is_scalar:
        return outputs
    # a bus stays an array of its elements; anything else becomes one of Python's own values
    values = {alias: array[0] for alias, array in outputs.items()}
    return {a: v.item() if getattr(v, "ndim", None) == 0 else v for a, v in values.items()}


def reader_of(plan: Plan, rows: Rows, reading: Reading, how: How) -> Any:
    """Return the outputs, behind the columns that are kept, as a reader of record batches.

    Raises InvalidRowsError for the first rows; for others it comes while they are read.
    """
    _check(reading)
    frames = _frames(f"rows of type {type_name(rows)} made a frame")
    if hasattr(rows, "__arrow_c_stream__"):
        batches = _of_frame(plan, rows, reading)
    else:
        values = mapping_of(rows, plan.inputs)
        batch, _ = _of_mapping(plan, values, reading)
        if reading.extra == "keep":
            others = {n: each for n, each in values.items() if not is_column(n, plan.inputs)}
            batch = replace(batch, extras=frames.kept_of(others, batch.count))
        batches = iter([batch])
    results = results_of(plan, batches, Style("arrow"), how)
    return frames.reader_of(results.tables, results.heading)


def _check(reading: Reading) -> None:
    if reading.extra not in ("drop", "keep", "error"):
        raise ValueError(f'extra is {reading.extra!r}; write "drop", "keep" or "error"')


def _of_mapping(plan: Plan, values: Mapping[str, Any], reading: Reading) -> tuple[Batch, bool]:
    return batch_from_arrays(values, plan.inputs, extra=reading.extra, report=_warn)


def _of_frame(plan: Plan, frame: object, reading: Reading) -> Iterator[Batch]:
    """Read a frame through Arrow, batch by batch."""
    frames = _frames(f"a frame ({type_name(frame)})")
    session = Session(plan.inputs, FRAME, _warn, extra=reading.extra, batch_size=_BATCH)
    batches: Iterator[Batch] = frames.read_frame(frame, session)
    return batches


def _frames(what: str) -> Any:
    """Import what reads and makes frames. Raises InvalidRowsError, missing-library."""
    try:
        return importlib.import_module("nnc.rows.arrow.frames")
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] != "pyarrow":
            raise
        message = f"{what} needs pyarrow, which is not installed"
        hint = 'pip install "nnc-networks[data]"'
        raise InvalidRowsError([Diagnostic("missing-library", message, help=hint)]) from None


def _warn(warning: Diagnostic) -> None:
    """Warn where the code of the user calls nnc."""
    level, frame = 1, sys._getframe()
    caller: FrameType | None = frame
    while caller is not None and caller.f_code.co_filename.startswith(_PACKAGE):
        level, caller = level + 1, caller.f_back
    warnings.warn(f"{warning}; {warning.help}", stacklevel=level)
