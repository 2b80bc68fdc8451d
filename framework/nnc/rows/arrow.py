"""Arrow IPC, by pyarrow: the file format (Feather 2), and to read also the stream format."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, BinaryIO

import pyarrow as pa

from nnc.columns import Batch
from nnc.diagnostics import Diagnostic, InvalidRowsError
from nnc.rows.arrow_files import opened
from nnc.rows.arrow_reading import Refusing, batches_of, columns_of
from nnc.rows.arrow_writing import write_records
from nnc.rows.kinds import Kind
from nnc.rows.reading import Findings, Reading
from nnc.rows.shown import Table


def read(stream: BinaryIO, reading: Reading) -> Iterator[Batch]:
    """Read Arrow IPC; see `nnc.rows.read_rows`."""
    findings = Findings(reading.file)
    with opened(stream, "Arrow", reading.file) as source:
        schema = _open(source, reading.file, None).schema
        columns = columns_of(schema, reading, findings)
        refusing = Refusing.of(reading, schema, pa.ipc.new_file)
        fields = None
        if refusing is None or not refusing.is_writing:
            fields = [schema.get_field_index(name) for name in columns.names]
        reader = _open(source, reading.file, fields)
        yield from batches_of(_records(reader), columns, reading, findings, refusing)


def _open(source: Any, file: str, fields: list[int] | None) -> Any:
    """Open a file or a stream, to read some of its fields."""
    source.seek(0)
    start = source.read(6)
    source.seek(0)
    if start[:4] == b"FEA1":
        message = "the file is Feather of version 1; expected Arrow IPC, which is version 2"
        fix = "write it again with pyarrow.feather.write_feather"
        raise InvalidRowsError([Diagnostic("bad-parquet", message, help=fix, file=file)])
    options = pa.ipc.IpcReadOptions(included_fields=fields, use_threads=False)
    if start == b"ARROW1":
        return pa.ipc.open_file(source, options=options)
    return pa.ipc.open_stream(source, options=options)


def _records(reader: Any) -> Iterator[Any]:
    if isinstance(reader, pa.ipc.RecordBatchFileReader):
        return (reader.get_batch(i) for i in range(reader.num_record_batches))
    return iter(reader)


def write(
    results: Iterable[Table], stream: BinaryIO, names: Sequence[str], kinds: Mapping[str, Kind]
) -> None:
    """Write the file format; see `nnc.rows.write_rows`."""
    write_records(results, names, kinds, lambda schema: pa.ipc.new_file(stream, schema))
