"""Arrays of Arrow made a Column, exactly; and Arrow values read one by one, to tell mistakes.

A number means what is stored, a decimal its digits, a text what it writes; null is an absent cell.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from decimal import Decimal
from fractions import Fraction
from typing import Any, overload

import numpy as np
import pyarrow as pa
from pyarrow import types

from nnc.exact import MAX_EXPONENT, Refused, simplest
from nnc.language.network import Input
from nnc.rows.arrow.arrays import numbers_in, validity_of, values_in
from nnc.rows.columns import Column, Labels, bus_bits
from nnc.rows.inputs.binary import bus_of_array, column_of_array
from nnc.rows.inputs.cells import (
    checked,
    column_of_integers,
    column_of_numbers,
    default_column,
    input_of_texts,
    labels_of_texts,
    reduced,
    shaped,
    side_by_side,
    with_default,
)
from nnc.rows.inputs.value import (
    check_integer,
    check_value,
    choice_of,
    default_of,
    element_of_default,
    fix_of_bus,
    integer_of,
    missing,
    number_of,
    read_cell,
    wrong_count,
)

_SHORT = 18  # digits that always fit int64

# ---------------------------------------------------------------------------------- types


def plain(array: Any) -> Any:
    """Give an array as one of a type that is read here, where there is one."""
    kind = array.type
    if isinstance(kind, pa.BaseExtensionType):
        return plain(array.storage)
    if types.is_dictionary(kind) and not (
        _is_text(kind.value_type) and not array.dictionary.null_count
    ):
        return plain(array.dictionary_decode())
    if types.is_decimal(kind) and kind.bit_width < 128:
        return array.cast(pa.decimal128(kind.precision, kind.scale))
    return array


def refused_type(kind: Any, one: Input) -> str | None:
    """Say why a column of this type cannot hold an input; None where it may."""
    while isinstance(kind, pa.BaseExtensionType):
        kind = kind.storage_type
    if types.is_dictionary(kind):
        kind = kind.value_type
    if types.is_null(kind):
        return None
    if types.is_decimal(kind) and abs(kind.scale) > MAX_EXPONENT:
        return f"the column holds {kind}, with an exponent beyond ±{MAX_EXPONENT}"
    if one.of is not None:
        return None if _is_text(kind) else f"the column holds {kind}; expected texts"
    if _is_list(kind) and one.size is not None:
        return refused_type(kind.value_type, element_input(one))
    if (_is_number(kind) or _is_text(kind)) and (one.size is None or one.is_integer_bus):
        return None
    if one.is_bus:
        what = "unsigned integers, or lists" if one.is_integer_bus else "lists"
        return f"the column holds {kind}; expected {what} of {one.width}"
    return f"the column holds {kind}; expected numbers"


def _is_number(kind: Any) -> bool:
    is_plain = types.is_integer(kind) or types.is_floating(kind) or types.is_boolean(kind)
    return bool(is_plain or types.is_decimal(kind))


def _is_text(kind: Any) -> bool:
    names = ("is_string", "is_large_string", "is_string_view")
    return any(getattr(types, name, _no)(kind) for name in names)


def _is_list(kind: Any) -> bool:
    return bool(types.is_list(kind) or types.is_large_list(kind) or types.is_fixed_size_list(kind))


def _no(_: Any) -> bool:
    return False


# -------------------------------------------------------------------------------- columns


def column_of(array: Any, one: Input) -> Column | Labels | None:
    """Read the column of an input, of at least one row; None where a value is refused."""
    array = plain(array)
    if array.null_count == len(array):
        return default_column(one, len(array))
    if array.null_count:
        given = None if one.default is None else column_of(array.drop_null(), one)
        if given is None:
            return None
        return with_default(given, validity_of(array), one)
    if one.of is not None:
        return _labels(array, one.of)
    if not one.is_bus:
        return scalars_of(array, one)
    if _is_list(array.type):
        return _lists(array, one)
    return _integers(array, one) if one.is_integer_bus else None


def elements_of(arrays: Sequence[Any], one: Input) -> Column | None:
    """Read a bus from the columns of its elements; None where a value is refused."""
    default = default_of(one)
    parts = []
    for place, array in enumerate(arrays):
        number = None if default is None else element_of_default(default, place)
        part = column_of(array, element_input(one).model_copy(update={"default": number}))
        if not isinstance(part, Column):
            return None
        parts.append(part)
    return side_by_side(parts, one)


def scalars_of(array: Any, one: Input) -> Column | None:
    """Read numbers, none of them null, of a scalar or of elements of a bus."""
    array, kind = plain(array), array.type
    if types.is_integer(kind) or types.is_floating(kind) or types.is_boolean(kind):
        return column_of_array(numbers_in(array), one)
    if types.is_decimal(kind):
        column = _decimals(array)
        return column_of_objects(array, one) if column is None else checked(column, one)
    if types.is_dictionary(kind) or _is_text(kind):
        read = input_of_texts(values_in(array), element_input(one))
        return read if isinstance(read, Column) else None
    return None


def element_input(one: Input) -> Input:
    """Give the input that one element of a bus is like."""
    return one.model_copy(update={"size": None, "default": None}) if one.size is not None else one


def column_of_objects(array: Any, one: Input) -> Column | None:
    """Read numbers one by one."""
    try:
        return column_of_numbers([number_of(value, one) for value in values_in(array)], one)
    except Refused:
        return None


def _decimals(array: Any) -> Column | None:
    """Read decimals of few digits; None for others."""
    kind = array.type
    if kind.bit_width != 128 or kind.scale < 0 or kind.scale > _SHORT:
        return None
    words = np.frombuffer(array.buffers()[1], np.int64)
    words = words[2 * array.offset : 2 * (array.offset + len(array))].reshape(-1, 2)
    low, high = np.ascontiguousarray(words[:, 0]), words[:, 1]
    if kind.precision > _SHORT and (high != low >> 63).any():
        return None
    return reduced(low, 10**kind.scale)


def _labels(array: Any, values: Sequence[str]) -> Labels | None:
    """Read texts as the values of a choice."""
    if not types.is_dictionary(array.type):
        if not _is_text(array.type):
            return None
        array = array.dictionary_encode()
    written = values_in(array.dictionary)
    places = np.full(len(written), -1, np.intp)
    for place, text in enumerate(written):
        found = labels_of_texts([text], values)
        if found is not None:
            places[place] = found.codes[0]
    codes = places[numbers_in(array.indices)]
    return Labels(codes, tuple(values)) if codes.min() >= 0 else None


def _lists(array: Any, one: Input) -> Column | None:
    """Read lists with a value for each element."""
    kind = array.type
    if types.is_fixed_size_list(kind):
        if kind.list_size != one.width:
            return None
    else:
        offsets = numbers_in(array.offsets)
        if (np.diff(offsets) != one.width).any():
            return None
    values = array.flatten()
    column = None if values.null_count else scalars_of(values, one)
    return None if column is None else shaped(column, one)


def _integers(array: Any, one: Input) -> Column | None:
    """Read unsigned integers as the bits of a bus."""
    kind = array.type
    if types.is_unsigned_integer(kind):
        return column_of_integers(Column(numbers_in(array)), one)
    if types.is_integer(kind) or types.is_floating(kind):
        return bus_of_array(numbers_in(array), one)
    if types.is_decimal(kind):
        try:
            numbers = [check_integer(_decimal(value), one) for value in values_in(array)]
        except Refused:
            return None
        return Column(bus_bits(numbers, one.width))
    column = None if types.is_boolean(kind) else input_of_texts(values_in(array), one)
    return column if isinstance(column, Column) else None


def _decimal(value: Decimal) -> int | Fraction:
    return simplest(Fraction(value))


# ------------------------------------------------------------------------- one by one

Note = Callable[[int, int | None, Refused], None]
"""Takes the row, the element of a bus or None, and what is wrong."""


def tell_mistakes(array: Any, one: Input, note: Note) -> None:
    """Note every value of a column that is refused."""
    for row, value in enumerate(values_in(plain(array))):
        try:
            if value is None:
                if default_of(one) is None:
                    raise _null()
            elif isinstance(value, list):
                _tell_elements(row, value, one, note)
            else:
                _read(value, one)
        except Refused as error:
            note(row, None, error)


def tell_mistakes_of_element(array: Any, one: Input, place: int, note: Note) -> None:
    """Note every value of the column of one element that is refused."""
    for row, value in enumerate(values_in(plain(array))):
        try:
            if value is not None:
                _read(value, element_input(one))
            elif one.default is None:
                raise _null()
        except Refused as error:
            note(row, place, error)


def _tell_elements(row: int, values: list[Any], one: Input, note: Note) -> None:
    if len(values) != one.width:
        raise wrong_count(len(values), one)
    for place, value in enumerate(values):
        try:
            if value is None:
                raise _null()
            _read(value, element_input(one))
        except Refused as error:
            note(row, place, error)


def _null() -> Refused:
    told = missing()
    return Refused(told.rule, "the value is null, and there is no default", told.help)


def _read(value: Any, one: Input) -> None:
    """Read one value.  Raises Refused."""
    if isinstance(value, str):
        read_cell(value, one)
    elif one.of is not None:
        choice_of(value, one)
    elif isinstance(value, Decimal):
        if one.is_bus:
            check_integer(_decimal(value), one)
        else:
            check_value(_decimal(value), one)
    elif not one.is_bus:
        number_of(value, one)
    elif one.is_integer_bus:
        integer_of(value, one)
    else:
        raise Refused("bad-value", "expected a list", fix_of_bus(one))


# ------------------------------------------------------------------------- other columns


class Kept(Sequence[str]):
    """A column that is no input: an array, whose values are texts where they have to be."""

    def __init__(self, array: Any) -> None:
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
