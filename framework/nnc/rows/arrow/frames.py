"""Frames in memory, of pandas, Polars, DuckDB or Arrow itself, read through Arrow's C stream.

Results are made a stream of record batches, which every one of these libraries reads.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import chain
from typing import Any

import pyarrow as pa

from nnc.diagnostics.diagnostic import Diagnostic, InvalidRowsError
from nnc.diagnostics.rules import RuleName
from nnc.numbers.exact import counted, shorten
from nnc.rows.arrow.columns import Kept
from nnc.rows.arrow.reading import ArrowRejects, batches_of, check_version, columns_of, sound
from nnc.rows.arrow.writing import records_of
from nnc.rows.columns import Batch
from nnc.rows.inputs.cells import no_rows
from nnc.rows.inputs.shapes import row_types
from nnc.rows.output import Heading, Table
from nnc.rows.session import RowFindings, Session


def read_frame(frame: Any, session: Session) -> Iterator[Batch]:
    """Read anything with `__arrow_c_stream__` as batches; raises as `nnc.rows.formats.read_rows`.

    Values are those of an Arrow file: a null is the default of its input. A frame without rows is
    one batch without rows.
    """
    check_version(session.file)
    try:
        reader = pa.RecordBatchReader.from_stream(frame)
    except Exception as error:  # noqa: BLE001 - of the library whose frame it is
        why = "; ".join(str(each).strip().split("\n")[0] for each in error.args)
        why = why.rstrip(".") or type(error).__name__
        message = f"the frame cannot be read through Arrow: {why}"
        hint = "give a frame of named columns, each of one type"
        if isinstance(error, pa.ArrowException) and hasattr(frame, "iloc"):  # of pandas
            hint += ', or frame.to_dict("list"), whose values are read one by one'
        diagnostic = Diagnostic("bad-value", message, help=hint, file=session.file)
        raise InvalidRowsError([diagnostic]) from None
    findings = RowFindings(session.file)
    places = _without_index(reader.schema, frame, session)
    schema = pa.schema([reader.schema.field(at) for at in places])
    columns = columns_of(schema, session, findings)
    rejected = ArrowRejects(session, schema, pa.ipc.new_file)
    read = [places[schema.get_field_index(name)] for name in columns.names]
    records = (batch.select(read) for batch in reader)
    batches = batches_of(
        sound(records, "Arrow", session.file), columns, session, findings, rejected
    )
    first = next(batches, None)
    if first is None:
        first = Batch(tuple(map(no_rows, session.inputs.values())), 0)
    yield from chain([first], batches)


def _without_index(schema: pa.Schema, frame: Any, session: Session) -> list[int]:
    """Return the places of the columns of a frame; an index of pandas, which comes last, is none.

    It is kept where all columns are, unless it has the name of an input, which is a warning.
    """
    count = len(frame.columns) if hasattr(frame, "iloc") else len(schema)
    places, columns = list(range(count)), session.columns
    for at, name in enumerate(schema.names[count:], count):
        is_input = columns.input_of(name) is not None
        if session.options.extra == "keep" and not is_input:
            places.append(at)
        elif is_input and session.options.extra != "drop":
            message = f"the index `{shorten(name)}` is not a column, and not read as the input"
            session.warn(message, "frame.reset_index() makes it a column")
    return places


def kept_of(values: Mapping[str, Any], count: int) -> dict[str, Kept]:
    """Return values that are not those of inputs as columns to keep. Raises InvalidRowsError."""
    kept = {}
    for name, value in values.items():
        is_column = isinstance(value, row_types()) or hasattr(value, "__len__")
        try:
            array = pa.array(value if is_column and not isinstance(value, str) else [value] * count)
        except (pa.ArrowException, TypeError, ValueError) as error:
            message = f"`{name}`, which is kept, cannot be a column of Arrow: {error}"
            hint = "give one value for each row, all of one type"
            raise _refused("bad-value", name, message, hint) from None
        if len(array) != count:
            message = f"`{name}`, which is kept, has {counted(len(array), 'value')}; there are "
            message += counted(count, "row")
            raise _refused("row-length", name, message, "give one value for each row")
        kept[name] = Kept(pa.concat_arrays(array.chunks) if hasattr(array, "chunks") else array)
    return kept


def _refused(rule: RuleName, name: str, message: str, hint: str) -> InvalidRowsError:
    return InvalidRowsError([Diagnostic(rule, message, path=(name,), help=hint)])


def reader_of(results: Iterable[Table], heading: Heading) -> pa.RecordBatchReader:
    """Return a reader of the record batches of results, which are made as they are read.

    Raises InvalidRowsError, not-representable, here or while they are read.
    """
    records = records_of(results, heading)
    return pa.RecordBatchReader.from_batches(next(records), records)
