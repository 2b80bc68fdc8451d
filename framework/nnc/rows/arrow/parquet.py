"""Parquet, by pyarrow: read in batches, and written with the types that outputs have."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import partial
from typing import BinaryIO

import pyarrow as pa
from pyarrow import parquet as pq

from nnc.rows.arrow.reading import (
    ArrowRejects,
    batches_of,
    blamed,
    columns_of,
    opened,
    rows_of,
    sound,
    texts_of,
)
from nnc.rows.arrow.writing import write_records
from nnc.rows.columns import Batch
from nnc.rows.output import Heading, Table
from nnc.rows.parts import RowGroups
from nnc.rows.session import RowFindings, Session

_FORM = "Parquet"
_AHEAD = 1 << 25  # bytes read ahead, of all columns
_MAX_AHEAD = 1 << 20
_MIN_AHEAD = 1 << 14
_MAX_DICTIONARY = 1 << 14  # bytes of a page, as it is compressed
# A row group ends at the first of these.
_GROUP_ROWS = 1 << 20
_GROUP_VALUES = 1 << 22
_GROUP_BYTES = 1 << 26


def read(stream: BinaryIO, session: Session) -> Iterator[Batch]:
    """Read Parquet; see `nnc.rows.formats.read_rows`, also for what it raises."""
    findings = RowFindings(session.file)
    with opened(stream, _FORM, session.file) as source:
        with blamed(_FORM, session.file):
            metadata = pq.read_metadata(source)
            ahead = max(_MIN_AHEAD, min(_MAX_AHEAD, _AHEAD // max(metadata.num_columns, 1)))
            open_file = partial(
                pq.ParquetFile,
                source,
                metadata=metadata,
                buffer_size=ahead,
                pre_buffer=False,
                page_checksum_verification=True,  # of pages that have one
            )
            file = open_file()
            schema, part = file.schema_arrow, session.part
            groups = part.numbers if isinstance(part, RowGroups) else None
            every, rows = schema.names, metadata.num_rows
            if groups is not None:
                rows = sum(_rows_in(metadata)[group] for group in groups)
        if session.expect is not None:
            session.expect(rows)
        columns = columns_of(schema, session, findings)
        rejected = ArrowRejects(session, schema, _Writer)
        names = every if rejected.is_writing else columns.names
        texts = [] if rejected.is_writing else texts_of(schema, columns)
        with blamed(_FORM, session.file):
            if texts:
                # Metadata of a damaged column raises here, and ends the process in `_has_few`.
                for group in range(metadata.num_row_groups) if groups is None else groups:
                    next(file.iter_batches(1, [group], texts, use_threads=False), None)
            texts = [name for name in texts if _has_few(metadata, every.index(name), groups)]
            if texts:  # each distinct text is then made, and read, once
                file = open_file(read_dictionary=texts)
            most = rows_of(session)
            records = file.iter_batches(most, groups, names, use_threads=False)
        records = sound(records, _FORM, session.file, rows)
        yield from batches_of(records, columns, session, findings, rejected)


def group_rows(stream: BinaryIO, file: str) -> list[int]:
    """Return how many rows each row group of a file has. Raises as `read`."""
    with opened(stream, _FORM, file) as source, blamed(_FORM, file):
        return _rows_in(pq.read_metadata(source))


def _has_few(metadata: pq.FileMetaData, place: int, groups: tuple[int, ...] | None) -> bool:
    """Return whether each row group of a column has a small dictionary.

    Every batch gets the whole dictionary of its group. Columns inside of others are counted, too:
    where a file has any, `place` may be that of another, which costs time, and nothing else.
    """
    for group in range(metadata.num_row_groups) if groups is None else groups:
        chunk = metadata.row_group(group).column(place)
        if not chunk.has_dictionary_page:
            return False
        if chunk.data_page_offset - chunk.dictionary_page_offset > _MAX_DICTIONARY:
            return False
    return True


def _rows_in(metadata: pq.FileMetaData) -> list[int]:
    return [metadata.row_group(group).num_rows for group in range(metadata.num_row_groups)]


def write(results: Iterable[Table], stream: BinaryIO, heading: Heading) -> None:
    """Write Parquet; see `nnc.rows.formats.write_rows`."""
    write_records(results, heading, lambda schema: _Writer(stream, schema))


class _Writer:
    """Writes record batches, many in one row group."""

    def __init__(self, stream: BinaryIO, schema: pa.Schema) -> None:
        self._writer = pq.ParquetWriter(stream, schema)
        self._most_rows = max(1, min(_GROUP_ROWS, _GROUP_VALUES // max(len(schema), 1)))
        self._waiting: list[pa.RecordBatch] = []
        self._rows = self._bytes = 0

    def write_batch(self, records: pa.RecordBatch) -> None:
        """Take some rows."""
        self._waiting.append(records)
        self._rows += records.num_rows
        self._bytes += records.nbytes
        if self._rows >= self._most_rows or self._bytes >= _GROUP_BYTES:
            self._write()

    def _write(self) -> None:
        if self._rows:
            self._writer.write_table(pa.Table.from_batches(self._waiting), self._rows)
        self._waiting.clear()
        self._rows = self._bytes = 0

    def close(self) -> None:
        """Write the remaining rows, and the end of the file."""
        self._write()
        self._writer.close()
