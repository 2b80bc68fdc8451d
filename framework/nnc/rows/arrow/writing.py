"""Results made arrays of Arrow, exactly, each of the type of its output: see `column_types`.

What only the rows can tell, the type of sums of real numbers, is settled when all are known.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from fractions import Fraction
from itertools import chain
from typing import Any

import numpy as np
import pyarrow as pa

from nnc.diagnostics.diagnostic import InvalidRowsError
from nnc.numbers.exact import Number, decimal_places, exact_float, shorten, show_number
from nnc.numbers.integers import Array, largest_of, scaled
from nnc.rows.arrow.columns import Kept, array_of_numbers, array_of_texts
from nnc.rows.column_types import ColumnType
from nnc.rows.columns import Column, Labels
from nnc.rows.inputs.cells import reduced
from nnc.rows.output import (
    Heading,
    Table,
    are_floats,
    floats_of,
    not_representable,
    texts_of,
)
from nnc.rows.streams import SpooledValues

_DIGITS = 38
_MORE = "give sums a decimal of as many places as they need, or use --to csv"

Open = Callable[[pa.Schema], Any]
"""Opens a writer of record batches of a schema: it has `write_batch` and `close`."""


def write_records(results: Iterable[Table], heading: Heading, open_: Open) -> None:
    """Write results batch by batch. Raises InvalidRowsError, not-representable."""
    records = records_of(results, heading)
    with contextlib.closing(open_(next(records))) as writer:  # also of a file that will be dropped
        for batch in records:
            writer.write_batch(batch)


def records_of(results: Iterable[Table], heading: Heading) -> Iterator[pa.RecordBatch]:
    """Yield the schema of results, then their record batches.

    All results are read first where only they settle a type. Raises as `write_records`.
    """
    names = list(heading)
    kinds = {name: kind for name, kind in heading.items() if kind is not None}
    unsettled = [name for name, kind in kinds.items() if kind.name == "number"]
    if not unsettled:
        types = {name: _type_of(kind) for name, kind in kinds.items()}
        yield from _records(results, names, types)
        return
    with SpooledValues() as spool:
        seen = {name: _Seen(name) for name in unsettled}
        for table in results:
            for name, values in seen.items():
                column = table[name]
                assert isinstance(column, Column)
                values.look(column)
            spool.add({name: _stored(table[name]) for name in names})
        types = {name: _type_of(kind) for name, kind in kinds.items() if name not in seen}
        types |= {name: values.type(spool) for name, values in seen.items()}
        yield from _records(spool, names, types)


def _stored(column: Column | Labels | Sequence[str]) -> Column | Labels | Sequence[str]:
    """Return a column without the larger column that it is a slice of."""
    if isinstance(column, Kept):
        return Kept(pa.concat_arrays([column.array, column.array[:0]]))
    return column if isinstance(column, (Column, Labels)) else list(column)


def _records(
    results: Iterable[Table], names: Sequence[str], types: Mapping[str, pa.DataType]
) -> Iterator[pa.RecordBatch]:
    """Yield a schema, and batches.

    `types` has those of the outputs; other columns are texts or as they were.
    """
    tables = iter(results)
    first = next(tables, {})
    schema = _schema(names, types, first)
    yield schema
    row = 0
    for table in chain([first] if first else [], tables):
        arrays = [_array(table[field.name], field.type, field.name, row) for field in schema]
        yield pa.RecordBatch.from_arrays(arrays, schema=schema)
        row += len(arrays[0]) if arrays else 0


def _schema(names: Sequence[str], types: Mapping[str, pa.DataType], first: Table) -> pa.Schema:
    """Return the schema of results, from the types of the outputs and the first results."""
    kept = {name: column.array.type for name, column in first.items() if isinstance(column, Kept)}
    return pa.schema([(name, types.get(name, kept.get(name, pa.string()))) for name in names])


# ---------------------------------------------------------------------------------- types


def _type_of(kind: ColumnType) -> pa.DataType:
    """Return the type of a column that the plan alone tells."""
    if kind.name == "labels":
        codes = pa.int8() if len(kind.labels) < 128 else pa.int32()
        return pa.dictionary(codes, pa.string())
    if kind.name == "unsigned" and kind.size > 64:
        return pa.string()
    if kind.name == "decimal":
        return pa.decimal128(_DIGITS, min(kind.size, _DIGITS))
    unsigned = pa.uint64() if kind.size == 64 else pa.int64()
    return {"bit": pa.uint8(), "integer": pa.int64(), "float": pa.float64(), "unsigned": unsigned}[
        kind.name
    ]


class _Seen:
    """The numbers that a column has held so far, batch by batch."""

    def __init__(self, name: str) -> None:
        self._name, self._are_floats = name, True

    def look(self, column: Column) -> None:
        """See some rows."""
        self._are_floats = self._are_floats and are_floats(column)

    def type(self, spool: SpooledValues) -> pa.DataType:
        """Return float64 where every value is one, else the decimals that hold all.

        Raises InvalidRowsError, not-representable, where there are none.
        """
        if self._are_floats:
            return pa.float64()
        columns: Iterator[Column] = (table[self._name] for table in spool)
        most, largest = 0, Fraction()
        for column in columns:
            decimals = _decimals(column)
            if decimals is None:
                raise self._refused(spool)
            most, largest = max(most, decimals[0]), max(largest, decimals[1])
        if most > _DIGITS or largest * 10**most >= 10**_DIGITS:
            raise self._refused(spool)
        return pa.decimal128(_DIGITS, most)

    def _refused(self, spool: SpooledValues) -> InvalidRowsError:
        """Return the error of the first value that neither type holds, else of the first float."""
        first: tuple[Number, int] | None = None
        row, has_binary = 0, False
        for table in spool:
            for value in table[self._name].values():
                row += 1
                has_binary = has_binary or _is_binary(value)
                if exact_float(value) is None:
                    if not _is_decimal(value):
                        return _no_decimal(self._name, value, row)
                    first = first or (value, row)
        assert first is not None
        return not_representable(
            f"column `{self._name}` is {shorten(show_number(first[0]))} in row {first[1]:,}, which "
            f"float64 cannot hold exactly, and no decimal of {_DIGITS} digits holds every row",
            _hint(is_binary=has_binary),
        )


def _is_binary(value: Number) -> bool:
    """Return whether a value looks like a binary float."""
    return value.denominator % (1 << _DIGITS) == 0


def _is_decimal(value: Number) -> bool:
    """Return whether a decimal of 38 digits holds a value."""
    places = decimal_places(value.denominator)
    return places is not None and places <= _DIGITS and abs(value) * 10**places < 10**_DIGITS


def _no_decimal(name: str, value: Number, row: int) -> InvalidRowsError:
    return not_representable(
        f"column `{name}` is {shorten(show_number(value))} in row {row:,}, which neither float64 "
        f"nor a decimal of {_DIGITS} digits can hold exactly",
        _hint(is_binary=_is_binary(value)),
    )


def _hint(*, is_binary: bool) -> str:
    hint = "use --to csv, or nnc.evaluate in Python"
    if is_binary:
        hint = f"read floats as what was typed with --floats decimal, or {hint}"
    return hint


def _decimals(column: Column) -> tuple[int, Fraction] | None:
    """Return how many decimal places a column has, and its largest absolute value; None for 1/3."""
    if not len(column):
        return 0, Fraction()
    if column.numerators.dtype.kind in "ui":
        short = reduced(column.numerators.astype(np.int64), column.denominator)
        places = decimal_places(short.denominator)
        largest = largest_of(short.numerators)
        return None if places is None else (places, Fraction(largest, short.denominator))
    values = set(column.values())
    counts = [decimal_places(value.denominator) for value in values]
    known = [places for places in counts if places is not None]
    if len(known) < len(counts):
        return None
    return max(known), max(abs(Fraction(value)) for value in values)


# --------------------------------------------------------------------------------- arrays


def _array(
    column: Column | Labels | Sequence[str], kind: pa.DataType, name: str, start: int
) -> pa.Array:
    """Return a column as an array of a type; `start` is its first row."""
    if isinstance(column, Kept):
        return column.array
    if isinstance(column, Labels):
        codes = column.codes.astype(kind.index_type.to_pandas_dtype())
        places = array_of_numbers(codes, kind.index_type)
        return pa.DictionaryArray.from_arrays(places, array_of_texts(column.labels))
    if not isinstance(column, Column):
        return array_of_texts(column)
    if pa.types.is_string(kind):
        return array_of_texts(texts_of(column))
    if pa.types.is_decimal(kind):
        return _decimal_array(column, kind, name, start)
    if pa.types.is_floating(kind):
        return array_of_numbers(floats_of(column, name, start), kind)
    return array_of_numbers(_integers(column, kind, name, start), kind)


def _integers(column: Column, kind: pa.DataType, name: str, start: int) -> Array:
    dtype = np.dtype(kind.to_pandas_dtype())
    limits = np.iinfo(dtype)
    numerators = column.numerators
    if column.denominator == 1 and numerators.dtype.kind in "ui":
        if numerators.dtype == dtype or not len(numerators):
            return numerators.astype(dtype, copy=False)
        if limits.min <= int(numerators.min()) and int(numerators.max()) <= limits.max:
            return numerators.astype(dtype)
    values = column.values()
    for row, value in enumerate(values, start + 1):
        if not limits.min <= value <= limits.max:
            number = shorten(show_number(value))
            message = f"column `{name}` is {number} in row {row:,}, which no {kind} holds"
            raise not_representable(message, _hint(is_binary=False))
    return np.array(values, dtype)


def _decimal_array(column: Column, kind: pa.DataType, name: str, start: int) -> pa.Array:
    """Return numbers as decimals with a number of places."""
    if not len(column):
        return array_of_numbers(np.zeros((0, 2), np.int64), kind)
    if column.numerators.dtype.kind in "ui":
        short = reduced(column.numerators.astype(np.int64), column.denominator)
        low = scaled(short.numerators, 10**kind.scale // short.denominator)
        if low.dtype == np.int64:
            words = np.empty((len(column), 2), np.int64)
            words[:, 0], words[:, 1] = low, low >> 63
            return array_of_numbers(words, kind)
    octets = bytearray()
    for row, value in enumerate(column.values(), start + 1):
        whole = Fraction(value) * 10**kind.scale
        if abs(whole) >= 10**_DIGITS or whole.denominator != 1:
            if whole.denominator != 1 and _is_decimal(
                value
            ):  # more decimal places than the requested type has
                message = f"column `{name}` is {shorten(show_number(value))} in row {row:,}, which "
                raise not_representable(f"{message}{kind} cannot hold exactly", _MORE)
            raise _no_decimal(name, value, row)
        octets += whole.numerator.to_bytes(16, "little", signed=True)
    return array_of_numbers(np.frombuffer(octets, np.int64).reshape(-1, 2), kind)
