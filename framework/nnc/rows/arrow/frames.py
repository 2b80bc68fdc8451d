"""Frames in memory, of pandas, Polars, DuckDB or Arrow itself, read through Arrow's C stream."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pyarrow as pa

from nnc.diagnostics.diagnostic import Diagnostic, InvalidRowsError
from nnc.rows.arrow.reading import ArrowRejects, batches_of, check_version, columns_of, sound
from nnc.rows.columns import Batch
from nnc.rows.session import RowFindings, Session

FRAME = "<frame>"
"""Stands for the name of a file in what is said of a frame."""


def read_frame(frame: Any, session: Session) -> Iterator[Batch]:
    """Read anything with `__arrow_c_stream__` as batches; raises as `nnc.rows.formats.read_rows`.

    Values are those of an Arrow file: a null is the default of its input.
    """
    check_version(session.file)
    try:
        # from_stream does the same, but pyarrow 14 does not have it
        reader = pa.RecordBatchReader._import_from_c_capsule(frame.__arrow_c_stream__())
    except Exception as error:  # noqa: BLE001 - of the library whose frame it is
        why = (str(error).strip().split("\n")[0] or type(error).__name__).rstrip(".")
        message = f"the frame cannot be read through Arrow: {why}"
        hint = "give a frame of named columns, each of one type"
        diagnostic = Diagnostic("bad-value", message, help=hint, file=session.file)
        raise InvalidRowsError([diagnostic]) from None
    findings = RowFindings(session.file)
    columns = columns_of(reader.schema, session, findings)
    rejected = ArrowRejects(session, reader.schema, pa.ipc.new_file)
    records = (batch.select(columns.names) for batch in reader)
    yield from batches_of(
        sound(records, "Arrow", session.file), columns, session, findings, rejected
    )
