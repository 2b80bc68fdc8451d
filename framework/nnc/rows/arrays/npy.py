"""NPY: one array, rows x inputs in the order of the network; each entry is exactly its value.

A bus has a column for each element, ascending; a choice cannot be stored.
"""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, BinaryIO

import numpy as np

from nnc.files.weights import Mistake, NpyHeader, read_header
from nnc.numbers.integers import Array
from nnc.rows.arrays.tables import (
    batch_of_arrays,
    check_choices,
    exactly,
    inputs_text,
    rows_at_a_time,
    split,
    too_long,
    too_short,
)
from nnc.rows.columns import Batch, Column, Labels
from nnc.rows.output import Heading, Table, floats_of, not_representable
from nnc.rows.session import RowFindings, Session, batches_of_tables
from nnc.rows.streams import SpooledValues, seekable

# ------------------------------------------------------------------------------- reading


def read(stream: BinaryIO, session: Session) -> Iterator[Batch]:
    """Read NPY; see `nnc.rows.formats.read_rows`, also for what it raises."""
    findings = RowFindings(session.file)
    try:
        header = read_header(stream, "the file")
        _check_shape(header, session)
        with SpooledValues() as spool:
            rejected = _NpyRejects(spool)
            tables = _tables(stream, header, session)

            def read_table(table: Array, start: int, into: RowFindings) -> Batch | None:
                parts = split(table, session.inputs, "the array")
                return batch_of_arrays(session, parts, len(table), start, into)

            yield from batches_of_tables(tables, read_table, session, findings, rejected)
            if session.rejects is not None and session.rejects.stream is not None:
                rejected.write_file(session.rejects.stream, header.dtype, session.width)
    except Mistake as mistake:
        findings.add("bad-npy", mistake.message, help=mistake.help)
    findings.stop()


class _NpyRejects:
    """Keeps rejected rows for an array of the same type, which has no room for messages."""

    def __init__(self, spool: SpooledValues) -> None:
        self._spool, self._count = spool, 0

    def part(self, table: Array, is_kept: Array) -> Array:
        kept: Array = table[is_kept]
        return kept

    def place(self, *_: object) -> None:
        """Return None: rows have numbers, and no lines."""

    def write(self, rows: Array, *_: object) -> None:
        self._spool.add(rows)
        self._count += len(rows)

    def write_file(self, stream: BinaryIO, dtype: np.dtype[Any], width: int) -> None:
        """Write the array, now that the number of its rows is known."""
        _write_header(stream, dtype, (self._count, width))
        stream.writelines(rows.tobytes() for rows in self._spool)


def _check_shape(header: NpyHeader, session: Session) -> None:
    check_choices(session, "an NPY array of numbers")
    width = session.width
    if wrong := header.refused_type:
        hint = "convert it with numpy.ndarray.astype"
        if header.dtype.kind == "V":
            hint = "write a plain array, rows x inputs"
        raise Mistake(f"the array holds {wrong}; expected bool, int or float", hint)
    shape = " x ".join(map(str, header.shape)) or "0-dimensional"
    columns = header.shape[1] if len(header.shape) == 2 else 1
    if len(header.shape) not in (1, 2) or columns != width:
        raise Mistake(
            f"the array is {shape}; the network has {inputs_text(session)}",
            f"give one row per line: n x {width}",
        )


def _tables(stream: BinaryIO, header: NpyHeader, session: Session) -> Iterator[Array]:
    """Read the entries, some rows at a time; no more is held than the file really has."""
    count, width = header.shape[0], session.width
    row = width * header.dtype.itemsize
    step = rows_at_a_time(session, row)
    if header.is_fortran and width > 1:
        with seekable(stream) as source:
            yield from _tables_of_columns(source, header, step)
        return
    for at in range(0, count, step):
        rows = min(step, count - at)
        data = exactly(stream, rows * row, (count - at) * row)
        yield np.frombuffer(data, header.dtype).reshape(rows, width)
    if stream.read(1):
        raise too_long()


def _tables_of_columns(stream: BinaryIO, header: NpyHeader, step: int) -> Iterator[Array]:
    """Read entries that are stored column by column, some rows of each at a time."""
    count, width = header.shape
    begin, size = stream.tell(), header.dtype.itemsize
    extra = stream.seek(0, io.SEEK_END) - begin - count * width * size
    if extra > 0:
        raise too_long()
    if extra < 0:
        raise too_short(-extra)
    for at in range(0, count, step):
        rows = min(step, count - at)
        table: Array = np.empty((rows, width), header.dtype)
        for column in range(width):
            stream.seek(begin + (column * count + at) * size)
            table[:, column] = np.frombuffer(stream.read(rows * size), header.dtype)
        yield table


# ------------------------------------------------------------------------------- writing


def write(results: Iterable[Table], stream: BinaryIO, heading: Heading) -> None:
    """Write one array, rows x outputs: uint8 for bits, else int64, else exact float64.

    Raises InvalidRowsError, not-representable, for labels and for what no float64 is exactly.
    """
    names, kind, count = list(heading), 0, 0
    with SpooledValues() as spool:
        for result in results:
            columns = [_numbers(name, result[name]) for name in names]
            kind = max([kind, *map(_kind_of, columns)])
            count += len(columns[0]) if columns else 0
            spool.add(columns)
        dtype = np.dtype((np.uint8, np.int64, np.float64)[kind])
        _write_header(stream, dtype, (count, len(names)))
        start = 0
        for columns in spool:
            table: Array = np.empty((len(columns[0]), len(names)), dtype)
            for place, (name, column) in enumerate(zip(names, columns, strict=True)):
                table[:, place] = (
                    floats_of(column, name, start) if kind == _FLOAT else _integers(column)
                )
            stream.write(table.tobytes())
            start += len(table)


def _write_header(stream: BinaryIO, dtype: np.dtype[Any], shape: tuple[int, int]) -> None:
    header: dict[str, Any] = {"shape": shape, "fortran_order": False}
    header["descr"] = np.lib.format.dtype_to_descr(dtype)
    np.lib.format.write_array_header_1_0(stream, header)


def _numbers(name: str, column: Column | Labels | Sequence[str]) -> Column:
    if isinstance(column, Column):
        return column
    raise not_representable(f"column `{name}` holds texts; an NPY array holds numbers only")


_BIT = 0
_INTEGER = 1
_FLOAT = 2


def _kind_of(column: Column) -> int:
    """Return the least of the three kinds that holds a column."""
    numerators = column.numerators
    if not len(numerators):
        return _BIT
    if column.denominator != 1 or numerators.dtype.kind not in "ui":
        is_exact = numerators.dtype.kind != "f" and all(
            isinstance(value, int) and -(1 << 63) <= value < 1 << 63 for value in column.values()
        )
        return _INTEGER if is_exact else _FLOAT
    if numerators.dtype.kind == "u" and numerators.max() <= 1:
        return _BIT
    return _INTEGER if int(numerators.max()) < 1 << 63 else _FLOAT


def _integers(column: Column) -> Array:
    """Return a column of integral values as integers."""
    if column.denominator == 1 and column.numerators.dtype.kind in "ui":
        return column.numerators
    return np.array(column.values(), np.int64)
