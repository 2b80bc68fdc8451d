"""NPY: one array, rows x inputs in the order of the network; each entry is exactly its value.

A bus has a column for each element, ascending; a choice cannot be stored.

The header is read here and not by NumPy, so that a hostile one costs nothing.
"""

from __future__ import annotations

import ast
import io
import struct
import warnings
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, BinaryIO, NamedTuple

import numpy as np
from numpy.typing import NDArray

from nnc.exact import counted
from nnc.rows.columns import Batch, Column, Labels
from nnc.rows.inputs.binary import column_of_array, mistakes_in
from nnc.rows.npy_rejected import Rejected
from nnc.rows.reading import CHUNK, Findings, Reading
from nnc.rows.spool import Spool, seekable
from nnc.rows.written.floats import floats_of, not_representable
from nnc.rows.written.shown import Heading, Table

_MAGIC = b"\x93NUMPY"
_LONGEST_HEADER = 10_000

# ------------------------------------------------------------------------------- reading


class Shape(NamedTuple):
    """What the header of an NPY file says."""

    dtype: np.dtype[Any]
    is_fortran: bool
    shape: tuple[int, ...]


class BadNpyError(Exception):
    """The file is no NPY array of rows."""

    def __init__(self, message: str, help: str = "") -> None:  # noqa: A002
        super().__init__(message)
        self.message, self.help = message, help


def read(stream: BinaryIO, reading: Reading) -> Iterator[Batch]:
    """Read NPY; see `nnc.rows.formats.read_rows`."""
    findings = Findings(reading.file)
    try:
        shape = _read_header(stream)
        _check_shape(shape, reading)
        with Spool() as spool:
            rejected = None
            if reading.rejects is not None:
                rejected = Rejected(reading.rejects, reading.file, spool)
            yield from _batches(_tables(stream, shape, reading), reading, findings, rejected)
            if rejected is not None:
                rejected.end(shape.dtype, reading.width)
    except BadNpyError as error:
        findings.add("bad-npy", error.message, help=error.help)
    findings.stop()


def _batches(
    tables: Iterable[NDArray[Any]], reading: Reading, findings: Findings, rejected: Rejected | None
) -> Iterator[Batch]:
    start, noted = 0, findings if rejected is None else rejected.findings
    for table in tables:
        batch = _batch(table, start, reading, noted)
        if batch is None and rejected is not None:
            batch = _batch(rejected.without(table, start), start, reading, noted)
        if batch is not None:
            yield batch
        start += len(table)


def _read_header(stream: BinaryIO) -> Shape:
    start = stream.read(8)
    if start[:6] != _MAGIC:
        raise BadNpyError("the file is no NPY array", "write it with numpy.save")
    if len(start) < 8 or start[6] not in (1, 2, 3) or start[7]:
        raise BadNpyError("the NPY version is not 1, 2 or 3", "write it with numpy.save")
    size_format = "<H" if start[6] == 1 else "<I"
    size = stream.read(struct.calcsize(size_format))
    if len(size) < struct.calcsize(size_format):
        raise BadNpyError("the header ends early")
    length = struct.unpack(size_format, size)[0]
    if length > _LONGEST_HEADER:
        raise BadNpyError(f"the header has {length} bytes; at most {_LONGEST_HEADER} are allowed")
    written = stream.read(length)
    if len(written) < length:
        raise BadNpyError("the header ends early")
    return _parse_header(written.decode("latin-1" if start[6] < 3 else "utf-8", "replace"))


def _parse_header(written: str) -> Shape:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            header = ast.literal_eval(written.strip(" \n"))  # what NumPy pads with
    except (ValueError, SyntaxError, TypeError, MemoryError, RecursionError):
        header = None
    if not isinstance(header, dict) or header.keys() != {"descr", "fortran_order", "shape"}:
        raise BadNpyError("the header is damaged")
    descr, shape = header["descr"], header["shape"]
    if isinstance(descr, list):
        raise BadNpyError(
            "the array has named fields; expected one number an entry",
            "write a plain array, rows x inputs",
        )
    try:
        if not isinstance(descr, str):
            raise TypeError
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            dtype = np.dtype(descr)
    except (ValueError, SyntaxError, TypeError):
        raise BadNpyError("the header is damaged") from None
    if not isinstance(shape, tuple) or not all(type(n) is int and 0 <= n < 1 << 63 for n in shape):
        raise BadNpyError("the header is damaged")
    return Shape(dtype, bool(header["fortran_order"]), shape)


def _check_shape(shape: Shape, reading: Reading) -> None:
    dtype, width = shape.dtype, reading.width
    for name, one in reading.inputs.items():
        if one.of is not None:
            message = f"input `{name}` is a choice, which an NPY array of numbers cannot hold"
            raise BadNpyError(message, "give the rows as csv, json or jsonl")
    if dtype.kind not in "buif" or dtype.itemsize > 8:
        raise BadNpyError(
            f"the array holds {_kind(dtype)}; expected bool, int or float",
            "convert it with numpy.ndarray.astype",
        )
    shown = " x ".join(map(str, shape.shape)) or "no dimensions"
    columns = shape.shape[1] if len(shape.shape) == 2 else 1
    if not width:
        raise BadNpyError("the network has no inputs, so an array has nothing to give it")
    if len(shape.shape) not in (1, 2) or columns != width:
        inputs = counted(len(reading.inputs), "input")
        if width != len(reading.inputs):
            inputs += f" of {counted(width, 'element')} in all"
        raise BadNpyError(
            f"the array is {shown}; the network has {inputs}",
            f"give one row a line: n x {width}",
        )


def _kind(dtype: np.dtype[Any]) -> str:
    kinds = {"O": "Python objects", "U": "texts", "S": "texts", "c": "complex numbers"}
    return kinds.get(dtype.kind, f"`{dtype}`")


def _tables(stream: BinaryIO, shape: Shape, reading: Reading) -> Iterator[NDArray[Any]]:
    """Read the entries, some rows at a time; no more is held than the file really has."""
    count, width = shape.shape[0], reading.width
    row = width * shape.dtype.itemsize
    step = min(reading.batch_size, max(1, 4 * CHUNK // row))
    if shape.is_fortran and width > 1:
        with seekable(stream) as source:
            yield from _tables_of_columns(source, shape, step)
        return
    for at in range(0, count, step):
        rows = min(step, count - at)
        data = _exactly(stream, rows * row, (count - at) * row)
        yield np.frombuffer(data, shape.dtype).reshape(rows, width)
    if stream.read(1):
        raise _too_long()


def _tables_of_columns(stream: BinaryIO, shape: Shape, step: int) -> Iterator[NDArray[Any]]:
    """Read entries that are stored column by column, some rows of each at a time."""
    count, width = shape.shape
    begin, size = stream.tell(), shape.dtype.itemsize
    too_long = stream.seek(0, io.SEEK_END) - begin - count * width * size
    if too_long > 0:
        raise _too_long()
    if too_long < 0:
        raise _too_short(-too_long)
    for at in range(0, count, step):
        rows = min(step, count - at)
        table: NDArray[Any] = np.empty((rows, width), shape.dtype)
        for column in range(width):
            stream.seek(begin + (column * count + at) * size)
            table[:, column] = np.frombuffer(stream.read(rows * size), shape.dtype)
        yield table


def _too_long() -> BadNpyError:
    return BadNpyError("more bytes follow than the header says", "store one array a file")


def _too_short(missing: int) -> BadNpyError:
    return BadNpyError(f"the file ends {missing} bytes early", "write it again")


def _exactly(stream: BinaryIO, size: int, promised: int) -> bytes:
    """Read `size` bytes, a piece at a time: the header may promise what is not there."""
    pieces, missing = io.BytesIO(), size
    while missing:
        piece = stream.read(min(missing, CHUNK))
        if not piece:
            raise _too_short(missing + promised - size)
        pieces.write(piece)
        missing -= len(piece)
    return pieces.getvalue()


def _batch(table: NDArray[Any], start: int, reading: Reading, findings: Findings) -> Batch | None:
    if not len(table):
        return None
    columns: list[Column] = []
    first = 0
    for name, one in reading.inputs.items():
        values = table[:, first : first + one.width].astype(table.dtype.newbyteorder("="))
        column = column_of_array(values, one)
        if column is None:
            for place, error in mistakes_in(values.reshape(-1), one):
                row, element = divmod(place, one.width)
                told = f"{name}({element})" if one.is_bus else name
                where = f"at [{start + row}, {first + element}] of the array"
                message = f"input `{told}`: {error.message}, {where}"
                findings.add(error.rule, message, help=error.help, row=start + row)
        elif one.is_bus:
            columns.append(column)
        else:
            columns.append(Column(column.numerators[:, 0], column.denominator))
        first += one.width
    assert findings or len(columns) == len(reading.inputs)
    return None if findings else Batch(tuple(columns), len(table))


# ------------------------------------------------------------------------------- writing


def write(results: Iterable[Table], stream: BinaryIO, heading: Heading) -> None:
    """Write one array, rows x outputs: uint8 for bits, else int64, else exact float64.

    Raises InvalidRowsError, not-representable, for labels and for what no float64 is exactly.
    """
    names, kind, count = list(heading), 0, 0
    with Spool() as spool:
        for result in results:
            columns = [_numbers(name, result[name]) for name in names]
            kind = max([kind, *map(_kind_of, columns)])
            count += len(columns[0]) if columns else 0
            spool.add(columns)
        dtype = np.dtype((np.uint8, np.int64, np.float64)[kind])
        shape: dict[str, Any] = {"shape": (count, len(names)), "fortran_order": False}
        shape["descr"] = np.lib.format.dtype_to_descr(dtype)
        np.lib.format.write_array_header_1_0(stream, shape)
        start = 0
        for columns in spool:
            table: NDArray[Any] = np.empty((len(columns[0]), len(names)), dtype)
            for place, (name, column) in enumerate(zip(names, columns, strict=True)):
                table[:, place] = (
                    floats_of(column, name, start) if kind == _FLOAT else _integers(column)
                )
            stream.write(table.tobytes())
            start += len(table)


def _numbers(name: str, column: Column | Labels | Sequence[str]) -> Column:
    if isinstance(column, Column):
        return column
    raise not_representable(f"output `{name}` holds texts; an NPY array holds numbers only")


_BIT, _INTEGER, _FLOAT = range(3)


def _kind_of(column: Column) -> int:
    """Tell the least of the three kinds that holds a column."""
    numerators = column.numerators
    if not len(numerators):
        return _BIT
    if column.denominator != 1 or numerators.dtype.kind not in "ui":
        is_exact = numerators.dtype.kind != "f" and all(
            isinstance(one, int) and -(1 << 63) <= one < 1 << 63 for one in column.values()
        )
        return _INTEGER if is_exact else _FLOAT
    if numerators.dtype.kind == "u" and numerators.max() <= 1:
        return _BIT
    return _INTEGER if int(numerators.max()) < 1 << 63 else _FLOAT


def _integers(column: Column) -> NDArray[Any]:
    """Give a column of integral values as integers."""
    if column.denominator == 1 and column.numerators.dtype.kind in "ui":
        return column.numerators
    return np.array(column.values(), np.int64)
