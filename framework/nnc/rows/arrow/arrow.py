"""Arrow IPC, by pyarrow: the file format (Feather 2), and to read also the stream format."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, BinaryIO

import pyarrow as pa

from nnc.diagnostics.diagnostic import Diagnostic, InvalidRowsError
from nnc.rows.arrow.reading import ArrowRejects, batches_of, blamed, columns_of, opened, sound
from nnc.rows.arrow.writing import write_records
from nnc.rows.columns import Batch
from nnc.rows.output import Heading, Table
from nnc.rows.session import RowFindings, Session

_FORM = "Arrow"


def read(stream: BinaryIO, session: Session) -> Iterator[Batch]:
    """Read Arrow IPC; see `nnc.rows.formats.read_rows`, also for what it raises."""
    findings = RowFindings(session.file)
    with opened(stream, _FORM, session.file) as source:
        with blamed(_FORM, session.file):
            schema = _open(source, session.file, None).schema
            names = schema.names
        columns = columns_of(schema, session, findings)
        rejected = ArrowRejects(session, schema, pa.ipc.new_file)
        fields = None if rejected.is_writing else list(map(names.index, columns.names))
        with blamed(_FORM, session.file):
            reader = _open(source, session.file, fields)
        records = sound(_records(reader), _FORM, session.file)
        yield from batches_of(records, columns, session, findings, rejected)


def _open(source: Any, file: str, fields: list[int] | None) -> Any:
    """Open a file or a stream, to read some of its fields."""
    source.seek(0)
    start = source.read(6)
    source.seek(0)
    if start[:4] == b"FEA1":
        message = "the file is Feather of version 1; expected Arrow IPC, which is version 2"
        hint = "write it again with pyarrow.feather.write_feather"
        raise InvalidRowsError([Diagnostic("bad-parquet", message, help=hint, file=file)])
    options = pa.ipc.IpcReadOptions(included_fields=fields, use_threads=False)
    if start == b"ARROW1":
        return pa.ipc.open_file(source, options=options)
    return pa.ipc.open_stream(source, options=options)


def _records(reader: pa.RecordBatchReader) -> Iterator[pa.RecordBatch]:
    if isinstance(reader, pa.ipc.RecordBatchFileReader):
        return (reader.get_batch(i) for i in range(reader.num_record_batches))
    return iter(reader)


def write(results: Iterable[Table], stream: BinaryIO, heading: Heading) -> None:
    """Write the file format; see `nnc.rows.formats.write_rows`."""
    write_records(results, heading, lambda schema: pa.ipc.new_file(stream, schema))
