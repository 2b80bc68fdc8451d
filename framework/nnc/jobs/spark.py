"""Networks over the frames of Spark: rows go through `mapInArrow`, which needs pyarrow.

Rows that are in files cost less than half as much as tasks of `nnc.job`: see docs/jobs.md.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, Literal

from nnc.compiler.plan import Plan
from nnc.diagnostics.diagnostic import Diagnostic, InvalidRowsError
from nnc.jobs import plans
from nnc.jobs.jobs import type_of_sums
from nnc.jobs.tasks import Settings, Work
from nnc.numbers.exact import names_and_more
from nnc.opening.checking import plan_of
from nnc.rows.column_types import ColumnType, column_types_of
from nnc.rows.elements import InputColumns
from nnc.rows.options import Floats

if TYPE_CHECKING:
    from nnc.language.network import Network

_DIGITS = 38


def evaluate(
    frame: Any,
    network: Network | Plan,
    *,
    extra: Literal["drop", "keep"] = "drop",
    floats: Floats | None = None,
    sums: str | None = None,
) -> Any:
    """Evaluate a network for the rows of a Spark frame, exactly, and return a frame of outputs.

    With `extra="keep"` the columns that are not inputs stand before the outputs. Bits are tinyint,
    integers bigint, labels texts, and buses integers; decimals have 38 digits. `floats` is as for
    `nnc.evaluate`, `sums` as for `nnc.job`. Spark calls it lazily, in its workers, which need the
    same version of nnc; a mistake in a row ends the job there.

    Raises InvalidRowsError where an output has the name of a column that is kept, or a type that
    only all rows could decide; and InvalidNetworkError as `nnc.compile`.
    """
    plan = plan_of(network)
    data = plans.compiled(plan)
    settings = Settings(
        extra=extra, floats=floats, sums=None if sums is None else type_of_sums(sums)
    )
    work = Work(settings, "", None, None, hashlib.sha256(data).hexdigest(), data)
    kept = [
        field
        for field in frame.schema.fields
        if extra == "keep" and InputColumns(plan.inputs).input_of(field.name) is None
    ]
    schema = _schema(plan, kept, settings.sums)
    return frame.mapInArrow(_mapping(work, schema.names), schema)


def _schema(plan: Plan, kept: Sequence[Any], sums: ColumnType | None) -> Any:
    """Return the columns that are kept, and those of the outputs, as Spark types them."""
    from pyspark.sql import types

    kinds = column_types_of(plan)
    if clash := next((field.name for field in kept if field.name in kinds), None):
        message = f"the column `{clash}` that is kept has the name of an output"
        raise InvalidRowsError([Diagnostic("duplicate-column", message, help="rename it")])
    open_ = [name for name, kind in kinds.items() if kind.name == "number"]
    if open_ and sums is None:
        message = f"no part of the rows can decide what type {names_and_more(open_)} have"
        hint = 'say it: sums="float64", or sums="decimal(38,2)" with as many places as needed'
        raise InvalidRowsError([Diagnostic("unsettled-type", message, help=hint)])
    fields = list(kept)
    for name, kind in kinds.items():
        known = sums if kind.name == "number" and sums is not None else kind
        fields.append(types.StructField(name, _type_of(known, types), nullable=True))
    return types.StructType(fields)


def _type_of(kind: ColumnType, types: Any) -> Any:
    if kind.name == "decimal":
        return types.DecimalType(_DIGITS, min(kind.size, _DIGITS))
    if kind.name == "unsigned" and kind.size > 63:  # Spark has no unsigned integers
        return types.StringType() if kind.size > 64 else types.DecimalType(20, 0)
    names = {"bit": types.ByteType, "integer": types.LongType, "unsigned": types.LongType,
             "float": types.DoubleType}  # fmt: skip
    return names.get(kind.name, types.StringType)()


def _mapping(work: Work, names: list[str]) -> Callable[[Iterator[Any]], Iterator[Any]]:
    """Return what a worker does with its record batches."""

    def mapped(batches: Iterator[Any]) -> Iterator[Any]:
        yield from _evaluated(work, names, batches)

    return mapped


def _evaluated(work: Work, names: list[str], batches: Iterator[Any]) -> Iterator[Any]:
    """Evaluate record batches; no batch at all is an empty part of a frame."""
    import pyarrow as pa

    from nnc.run.engines import How
    from nnc.run.tables import Reading, reader_of

    first = next(batches, None)
    if first is None:
        return

    def every() -> Iterator[Any]:
        yield first
        yield from batches

    plan, settings = plans.plan_of(work), work.settings
    stream = pa.RecordBatchReader.from_batches(first.schema, every())
    reading = Reading(settings.extra, settings.floats)
    for batch in reader_of(plan, stream, reading, How("auto", 1), settings.sums):
        columns = [_plain(batch.column(name)) for name in names]
        yield pa.RecordBatch.from_arrays(columns, names)


def _plain(array: Any) -> Any:
    """Return an array of a type that Spark has: texts for dictionaries, signed for unsigned."""
    import pyarrow as pa

    types = pa.types
    if types.is_dictionary(array.type):
        return array.dictionary_decode()
    if types.is_uint8(array.type):
        return array.cast(pa.int8())
    return array.cast(pa.decimal128(20, 0)) if types.is_uint64(array.type) else array
