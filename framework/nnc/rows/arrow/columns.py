"""Arrays of Arrow made a Column, exactly; and Arrow values read one by one, to tell mistakes.

A number means what is stored, a decimal its digits, a text what it writes; null is an absent cell.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from fractions import Fraction
from functools import partial
from typing import Any, Protocol, TypeVar, overload

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from pyarrow import types

from nnc.language.network import Input
from nnc.numbers.exact import MAX_EXPONENT, Number, Refused
from nnc.numbers.integers import Array
from nnc.rows.columns import Column, Labels, bus_bits
from nnc.rows.inputs.cells import (
    bus_of_array,
    checked,
    column_of_array,
    column_of_integers,
    column_of_numbers,
    column_of_values,
    default_column,
    input_of_texts,
    labels_of_texts,
    numbers_joined,
    reduced,
    shaped,
    side_by_side,
    with_default,
)
from nnc.rows.inputs.floats import read_as
from nnc.rows.inputs.octets import numbers_at
from nnc.rows.inputs.value import (
    Readers,
    Value,
    choice_of,
    default_of,
    element_of_default,
    hint_of_bus,
    integer_of,
    null_value,
    number_of,
    read_cell,
    read_element,
    read_value,
)
from nnc.rows.options import Floats

Read = TypeVar("Read")
_SHORT = 18  # digits that always fit int64
_FEW = 256
_PIECE = 1 << 14  # texts whose bytes stay in the processor's cache

# ----------------------------------------------------------------------------------- buffers
# pyarrow's own ways import pandas, where it is installed: slower than reading many a file.


def numbers_in(array: pa.Array) -> Array:
    """Return the values of a non-empty array of numbers or booleans; nulls are arbitrary."""
    data = array.buffers()[1]
    begin, end = array.offset, array.offset + len(array)
    if types.is_boolean(array.type):
        octets = np.frombuffer(data, np.uint8)
        return np.unpackbits(octets, count=end, bitorder="little")[begin:].view(np.bool_)
    return np.frombuffer(data, array.type.to_pandas_dtype(), end)[begin:]


def validity_of(array: pa.Array) -> NDArray[np.bool_]:
    """Return which values of an array, not empty, are not null."""
    return numbers_in(array.is_valid())


def values_in(array: pa.Array) -> list[Any]:
    """Return the values of an array as Python's own. Raises ArrowException."""
    try:
        values: list[Any] = array.to_pylist()
    except pa.ArrowException:
        raise
    except Exception as error:  # noqa: BLE001 - pyarrow's own: InvalidOperation, SystemError, …
        message = f"a value of {array.type} cannot be read: {type(error).__name__}"
        raise pa.ArrowInvalid(message) from None
    return values


def array_of_numbers(numbers: Array, kind: pa.DataType) -> pa.Array:
    """Make an array of numbers that are stored as `kind` stores them."""
    buffer = pa.py_buffer(np.ascontiguousarray(numbers))
    return pa.Array.from_buffers(kind, len(numbers), [None, buffer])


def array_of_texts(texts: Sequence[str]) -> pa.Array:
    """Make an array of texts."""
    octets = [text.encode("utf-8", "backslashreplace") for text in texts]
    ends = np.zeros(len(octets) + 1, np.int32)
    np.cumsum([len(text) for text in octets], out=ends[1:])
    buffers = [None, pa.py_buffer(ends), pa.py_buffer(b"".join(octets))]
    return pa.Array.from_buffers(pa.string(), len(octets), buffers)


# ---------------------------------------------------------------------------------- types


def plain(array: pa.Array) -> pa.Array:
    """Return an array as one of a type that is read here, where there is one."""
    kind = array.type
    if isinstance(kind, pa.BaseExtensionType):
        return plain(array.storage)
    if types.is_dictionary(kind) and not (
        is_text(kind.value_type) and not array.dictionary.null_count
    ):
        return plain(array.dictionary_decode())
    if _is_view(kind):
        return array.cast(pa.large_string())  # no kernel takes views
    if types.is_dictionary(kind) and _is_view(kind.value_type):
        return pa.DictionaryArray.from_arrays(
            array.indices, array.dictionary.cast(pa.large_string())
        )
    if types.is_decimal(kind) and kind.bit_width < 128:
        return array.cast(pa.decimal128(kind.precision, kind.scale))
    return array


def float_type(kind: pa.DataType) -> np.dtype[Any] | None:
    """Return the type of the floats in a column of a type, or in its lists; None for others."""
    while True:
        if isinstance(kind, pa.BaseExtensionType):
            kind = kind.storage_type
        elif types.is_dictionary(kind) or _is_list(kind):
            kind = kind.value_type
        else:
            return np.dtype(kind.to_pandas_dtype()) if types.is_floating(kind) else None


def refused_type(kind: pa.DataType, input_: Input) -> str | None:
    """Return why a column of this type cannot hold an input; None where it may."""
    while isinstance(kind, pa.BaseExtensionType):
        kind = kind.storage_type
    if types.is_dictionary(kind):
        kind = kind.value_type
    if types.is_null(kind):
        return None
    if types.is_decimal(kind) and abs(kind.scale) > MAX_EXPONENT:
        return f"the column holds {kind}, with an exponent beyond ±{MAX_EXPONENT}"
    if input_.of is not None:
        return None if is_text(kind) else f"the column holds {kind}; expected texts"
    if _is_list(kind) and input_.size is not None:
        return refused_type(kind.value_type, element_input(input_))
    if (_is_number(kind) or is_text(kind)) and (input_.size is None or input_.is_integer_bus):
        return None
    if input_.is_bus:
        what = "unsigned integers, or lists" if input_.is_integer_bus else "lists"
        return f"the column holds {kind}; expected {what} of {input_.width}"
    return f"the column holds {kind}; expected numbers"


def _value_type(kind: pa.DataType) -> pa.DataType:
    """Return the type of values: for a dictionary, that of its entries."""
    return kind.value_type if types.is_dictionary(kind) else kind


def _is_number(kind: pa.DataType) -> bool:
    is_plain = types.is_integer(kind) or types.is_floating(kind) or types.is_boolean(kind)
    return bool(is_plain or types.is_decimal(kind))


def is_text(kind: pa.DataType) -> bool:
    """Return whether a column of a type holds texts, each by itself."""
    names = ("is_string", "is_large_string", "is_string_view")
    return any(getattr(types, name, _no)(kind) for name in names)


def _is_view(kind: pa.DataType) -> bool:
    return bool(getattr(types, "is_string_view", _no)(kind))


def _is_list(kind: pa.DataType) -> bool:
    return bool(types.is_list(kind) or types.is_large_list(kind) or types.is_fixed_size_list(kind))


def _no(_: object) -> bool:
    return False


# -------------------------------------------------------------------------------- columns


def column_of(array: pa.Array, input_: Input, floats: Floats = "binary") -> Column | Labels | None:
    """Read the column of an input, of at least one row; None where a value is refused."""
    array = plain(array)
    if array.null_count == len(array):
        return default_column(input_, len(array))
    if array.null_count:
        sound = None if input_.default is None else column_of(array.drop_null(), input_, floats)
        if sound is None:
            return None
        return with_default(sound, validity_of(array), input_)
    if input_.of is not None:
        return _labels(array, input_.of)
    if not input_.is_bus:
        return scalars_of(array, input_, floats)
    if _is_list(array.type):
        return _lists(array, input_, floats)
    return _integers(array, input_) if input_.is_integer_bus else None


def elements_of(
    arrays: Sequence[pa.Array], input_: Input, floats: Floats = "binary"
) -> Column | None:
    """Read a bus from the columns of its elements; None where a value is refused."""
    default = default_of(input_)
    parts = []
    for place, array in enumerate(arrays):
        number = None if default is None else element_of_default(default, place)
        element = element_input(input_).model_copy(update={"default": number})
        part = column_of(array, element, floats)
        if not isinstance(part, Column):
            return None
        parts.append(part)
    return side_by_side(parts, input_)


def scalars_of(array: pa.Array, input_: Input, floats: Floats = "binary") -> Column | None:
    """Read numbers, none of them null, of a scalar or of elements of a bus."""
    array, kind = plain(array), array.type
    if types.is_integer(kind) or types.is_floating(kind) or types.is_boolean(kind):
        return column_of_array(numbers_in(array), input_, floats)
    if types.is_decimal(kind):
        column = _decimals(array)
        return column_of_objects(array, input_) if column is None else checked(column, input_)
    if is_text(_value_type(kind)):
        return _numbers_of_texts(array, element_input(input_))
    return None


def element_input(input_: Input) -> Input:
    """Return the input that one element of a bus is like."""
    return (
        input_.model_copy(update={"size": None, "default": None})
        if input_.size is not None
        else input_
    )


def column_of_objects(array: pa.Array, input_: Input) -> Column | None:
    """Read numbers one by one."""
    try:
        return column_of_numbers([number_of(value, input_) for value in values_in(array)], input_)
    except Refused:
        return None


def _decimals(array: pa.Array) -> Column | None:
    """Read decimals of few digits; None for others."""
    kind = array.type
    if kind.bit_width != 128 or kind.scale < 0 or kind.scale > _SHORT:
        return None
    end = 2 * (array.offset + len(array))
    words = np.frombuffer(array.buffers()[1], np.int64, count=end)[2 * array.offset :]
    low, high = np.ascontiguousarray(words[::2]), words[1::2]
    if (high != low >> 63).any():  # also of a type of few digits, in a damaged file
        return None
    return reduced(low, 10**kind.scale)


def _labels(array: pa.Array, values: Sequence[str]) -> Labels | None:
    """Read texts as the values of a choice."""
    if not is_text(_value_type(array.type)):
        return None
    labels, codes = _by_distinct(array, lambda texts: labels_of_texts(values_in(texts), values))
    return None if labels is None else Labels(labels.codes[codes], labels.labels)


def _numbers_of_texts(array: pa.Array, input_: Input) -> Column | None:
    """Read texts as numbers, or of a bus as unsigned integers.

    They are read from their bytes, where all are plain; else each distinct one once.
    """
    numbers = None if types.is_dictionary(array.type) else _numbers_at(array)
    if numbers is not None:
        return _of_input(numbers, input_)
    column, codes = _by_distinct(array, partial(_distinct_numbers, input_=input_))
    return None if column is None else Column(column.numerators[codes], column.denominator)


def _distinct_numbers(texts: pa.Array, input_: Input) -> Column | None:
    numbers = _numbers_at(texts)
    if numbers is not None:
        return _of_input(numbers, input_)
    column = input_of_texts(values_in(texts), input_)
    return column if isinstance(column, Column) else None


def _of_input(numbers: Column, input_: Input) -> Column | None:
    return column_of_integers(numbers, input_) if input_.is_bus else checked(numbers, input_)


def _numbers_at(array: pa.Array) -> Column | None:
    """Read texts, none of them null, as numbers of few digits.

    None where others are among them, and where there are few, which are read as fast one by one.
    """
    if len(array) < _FEW:
        return None
    kind = np.int64 if types.is_large_string(array.type) else np.int32
    _, offsets, octets = array.buffers()
    ends = np.frombuffer(offsets, kind)[array.offset : array.offset + len(array) + 1]
    lengths = np.diff(ends)
    if not lengths.all():
        return None
    columns = []
    for begin in range(0, len(array), _PIECE):
        piece = slice(begin, begin + _PIECE)
        stops = ends[1:][piece].astype(np.int64, copy=False)
        column = numbers_at(np.frombuffer(octets, np.uint8), stops, lengths[piece])
        if column is None:
            return None
        whole = column.numerators.astype(np.int64, copy=False)
        columns.append(Column(whole, column.denominator))
    return numbers_joined(columns)


def _by_distinct(
    array: pa.Array, read: Callable[[pa.Array], Read | None]
) -> tuple[Read | None, Array]:
    """Read the distinct texts of an array without nulls; return for each row the place of its own.

    A dictionary may hold many that no row has: where one is refused, these are left out, as they
    may mean nothing.
    """
    encoded = array if types.is_dictionary(array.type) else array.dictionary_encode()
    codes, size = numbers_in(encoded.indices), len(encoded.dictionary)
    if size <= len(codes):
        column = read(encoded.dictionary)
        if column is not None:
            return column, codes
    if size > len(codes):
        used, codes = np.unique(codes, return_inverse=True)
    else:
        is_used = np.zeros(size, bool)
        is_used[codes] = True
        used = np.flatnonzero(is_used)
        codes = (np.cumsum(is_used) - 1)[codes]
    texts = encoded.dictionary.take(array_of_numbers(used.astype(np.int64), pa.int64()))
    return read(texts), codes


def _lists(array: pa.Array, input_: Input, floats: Floats) -> Column | None:
    """Read lists with a value for each element."""
    kind = array.type
    if types.is_fixed_size_list(kind):
        if kind.list_size != input_.width:
            return None
    else:
        offsets = numbers_in(array.offsets)
        if (np.diff(offsets) != input_.width).any():
            return None
    values = array.flatten()
    if values.null_count:  # elements that take their defaults
        return None if input_.default is None else _lists_one_by_one(array, input_, floats)
    column = scalars_of(values, input_, floats)
    return None if column is None else shaped(column, input_)


def _lists_one_by_one(array: pa.Array, input_: Input, floats: Floats) -> Column | None:
    readers = _ARROW._replace(number=_number_reader(array, floats))
    values = [read_value(each, input_, _ignore, readers) for each in values_in(array)]
    sound = [value for value in values if value is not None]
    column = column_of_values(sound, input_) if len(sound) == len(values) else None
    return column if isinstance(column, Column) else None


def _ignore(*_: object) -> None:
    """Pass over a mistake, which is noted by who reads one by one."""


def _integers(array: pa.Array, input_: Input) -> Column | None:
    """Read unsigned integers as the bits of a bus."""
    kind = array.type
    if types.is_unsigned_integer(kind):
        return column_of_integers(Column(numbers_in(array)), input_)
    if types.is_integer(kind) or types.is_floating(kind):
        return bus_of_array(numbers_in(array), input_)
    if types.is_decimal(kind):
        try:
            numbers = [integer_of(value, input_) for value in values_in(array)]
        except Refused:
            return None
        return Column(bus_bits(numbers, input_.width))
    return None if types.is_boolean(kind) else _numbers_of_texts(array, input_)


# ------------------------------------------------------------------------- one by one


class Note(Protocol):
    """Takes the row, the element of a bus or None, and the message."""

    def __call__(self, row: int, element: int | None, error: Refused, /) -> None:
        """Take one."""


def note_mistakes(array: pa.Array, input_: Input, note: Note, floats: Floats) -> None:
    """Note every value of a column that is refused."""
    readers = _ARROW._replace(number=_number_reader(array, floats))
    for row, value in enumerate(values_in(plain(array))):
        if value is not None:
            read_value(value, input_, partial(note, row), readers)
        elif default_of(input_) is None:
            note(row, None, null_value())


def note_mistakes_of_element(
    array: pa.Array, input_: Input, note: Callable[..., None], floats: Floats
) -> None:
    """Note every value of the column of one element that is refused."""
    read = _number_reader(array, floats)
    for row, value in enumerate(values_in(plain(array))):
        try:
            if value is not None or input_.default is None:
                read(value, input_)
        except Refused as error:
            note(row, error=error)


def _number_reader(array: pa.Array, floats: Floats) -> Callable[[object, Input], Number]:
    """Return what reads a number of a column, a float as one of the type that is stored."""
    kind = float_type(array.type)
    if floats == "binary" or kind is None:
        return _read_number

    def read(value: object, input_: Input) -> Number:
        if isinstance(value, float):
            value = read_as(kind.type(value), input_, floats)
        return _read_number(value, input_)

    return read


def _read_choice(value: object, input_: Input) -> Value:
    """Read the value of a choice; an empty text is its default. Raises Refused."""
    return read_cell(value, input_) if isinstance(value, str) else choice_of(value, input_)


def _read_number(value: object, input_: Input) -> Number:
    """Read the value of a scalar, or of an element of a bus. Raises Refused."""
    if value is None:
        raise null_value()
    if isinstance(value, str):
        default = None if input_.is_bus or value else input_.default
        return default if isinstance(default, (int, Fraction)) else read_element(value, input_)
    return number_of(value, input_)


def _read_bus(value: object, input_: Input) -> Value:
    """Read the value of a bus that is not a list. Raises Refused."""
    if isinstance(value, str):
        return read_cell(value, input_)
    if not input_.is_integer_bus:
        raise Refused("bad-value", "expected a list", hint_of_bus(input_))
    return integer_of(value, input_)


_ARROW = Readers(_read_choice, _read_number, _read_bus)


# ------------------------------------------------------------------------- other columns


class Kept(Sequence[str]):
    """A column that is not an input: an array, whose values are texts where they have to be."""

    def __init__(self, array: pa.Array) -> None:
        self.array = array.dictionary_decode() if types.is_dictionary(array.type) else array

    def __len__(self) -> int:
        return len(self.array)

    def __iter__(self) -> Iterator[str]:
        try:
            texts = values_in(self.array.cast(pa.string()))
        except (pa.ArrowInvalid, pa.ArrowNotImplementedError):
            texts = [None if value is None else str(value) for value in values_in(self.array)]
        return ("" if text is None else text for text in texts)

    @overload
    def __getitem__(self, at: int) -> str: ...
    @overload
    def __getitem__(self, at: slice) -> Kept: ...
    def __getitem__(self, at: int | slice) -> str | Kept:
        if isinstance(at, slice):
            return Kept(self.array[at])
        return next(iter(Kept(self.array[at : at + 1])))
