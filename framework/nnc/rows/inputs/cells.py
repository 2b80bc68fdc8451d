"""Texts, numbers and arrays made a Column, exactly; None where one is refused: `value` says why."""

from __future__ import annotations

import math
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from fractions import Fraction
from functools import partial
from itertools import chain, cycle
from typing import TYPE_CHECKING

from nnc.language.network import BITS, Input
from nnc.lazy import np
from nnc.numbers.exact import Number, Refused, show_number, simplest
from nnc.numbers.integers import Array, objects, quotient, scaled
from nnc.rows.columns import Column, Labels, LazyBus, LazyColumn, LazyLabels, bus_bits
from nnc.rows.inputs.floats import decimals_of, read_as
from nnc.rows.inputs.value import (
    Value,
    default_of,
    element_of_default,
    number_of,
    read_element,
    read_integer,
)
from nnc.rows.options import Floats

if TYPE_CHECKING:
    from numpy.typing import NDArray

_INT64 = 1 << 63
_SHORT = 18  # digits that always fit int64
_PLAIN = b"0123456789-.,"
_PIECE = 1024  # values that are looked at one by one where one of them is refused
_NARROW = 64  # elements of a bus that are kept as a list: an array takes less for more of them

# ---------------------------------------------------------------------------------- texts


def input_of_texts(texts: Sequence[str], input_: Input) -> Column | Labels | None:
    """Read the column of an input, of at least one text; a bus as unsigned integers.

    An empty text is the default. None where any text is refused.
    """
    if input_.default is not None and "" in texts:
        default = default_of(input_)
        if isinstance(default, tuple):  # which no text can write
            return _with_default(texts, input_)
        plain = default if isinstance(default, str) else show_number(default or 0)
        texts = [text or plain for text in texts]
    if input_.of is not None:
        return labels_of_texts(texts, input_.of)
    return _by_text(texts, input_, _read_integers if input_.is_bus else _read_numbers)


def _with_default(texts: Sequence[str], input_: Input) -> Column | Labels | None:
    present = [text for text in texts if text]
    if not present:
        return default_column(input_, len(texts))
    column = _by_text(present, input_, _read_integers)
    is_given = np.array([bool(text) for text in texts])
    return None if column is None else with_default(column, is_given, input_)


def elements_of_texts(texts: Sequence[str], input_: Input) -> Column | None:
    """Read the elements of a bus, row by row in one list; as `input_of_texts`."""
    if input_.default is not None and "" in texts:
        default = default_of(input_)
        assert default is not None
        plain = [show_number(element_of_default(default, i)) for i in range(input_.width)]
        texts = [text or of_place for text, of_place in zip(texts, cycle(plain), strict=False)]
    column = _by_text(texts, input_, _read_numbers)
    return None if column is None else shaped(column, input_)


def shaped(column: Column, input_: Input) -> Column:
    """Return the elements of a bus, row by row in one list, as rows x width."""
    return Column(column.numerators.reshape(-1, input_.width), column.denominator)


def labels_of_texts(texts: Sequence[str], values: Sequence[str]) -> Labels | None:
    """Read the values of a choice."""
    code = dict(zip(values, range(len(values)), strict=True))
    for distinct in set(texts).difference(code):
        plain = unicodedata.normalize("NFC", distinct)
        if plain not in code:
            return None
        code[distinct] = code[plain]
    codes = np.fromiter(map(code.__getitem__, texts), np.intp, len(texts))
    return Labels(codes, tuple(values))


def _by_text(
    texts: Sequence[str], input_: Input, read: Callable[[Sequence[str], Input], Column | None]
) -> Column | None:
    """Read texts; texts that occur often are read only once."""
    distinct = set(texts)
    if len(distinct) * 4 > len(texts):
        return read(texts, input_)
    different = list(distinct)
    column = read(different, input_)
    if column is None:
        return None
    place = dict(zip(different, range(len(different)), strict=True))
    rows = np.fromiter(map(place.__getitem__, texts), np.intp, len(texts))
    return Column(column.numerators[rows], column.denominator)


def _read_numbers(texts: Sequence[str], input_: Input) -> Column | None:
    column = _read_short(texts)
    if column is not None:
        return checked(column, input_)
    try:
        return column_of_numbers([read_element(text, input_) for text in texts], input_)
    except Refused:
        return None


def _read_integers(texts: Sequence[str], input_: Input) -> Column | None:
    column = _read_short(texts)
    if column is not None:
        return column_of_integers(column, input_)
    try:
        integers = [read_integer(text, input_, lenient=True) for text in texts]
    except Refused:
        return None
    return Column(bus_bits(integers, input_.width))


def _read_short(texts: Sequence[str]) -> Column | None:
    """Read integers and decimals of few digits fast; None where others are among them."""
    joined = ",".join(texts)
    if not joined.isascii() or ".-" in joined or max(map(len, texts)) > _SHORT:
        return None
    octets = joined.encode("ascii")
    if octets.translate(None, _PLAIN):
        return None
    try:
        if b"." not in octets:
            return Column(np.fromiter(map(int, texts), np.int64, len(texts)))
        parts = [text.partition(".") for text in texts]
        places = max(len(after) for _, _, after in parts)
        scales = [10 ** (places - digits) for digits in range(places + 1)]
        numerators = (int(before + after) * scales[len(after)] for before, _, after in parts)
        return reduced(np.fromiter(numerators, np.int64, len(texts)), 10**places)
    except (ValueError, OverflowError):
        return None


def reduced(numerators: NDArray[np.int64], denominator: int) -> Column:
    """Return a column, not empty, in lowest terms."""
    common = denominator
    for some in (numerators[:64], numerators):  # a few mostly show that there is nothing to do
        if common > 1:
            common = math.gcd(int(np.gcd.reduce(some.reshape(-1))), common)
    return (
        Column(quotient(numerators, common), denominator // common)
        if common > 1
        else Column(numerators, denominator)
    )


# -------------------------------------------------------------------------------- numbers


def checked(column: Column, input_: Input) -> Column | None:
    """Return numbers in lowest terms, not none, as values of an input; None if one is refused.

    `numerators` are integers, of any number of dimensions.
    """
    numerators, denominator = column.numerators, column.denominator
    if input_.type == "bit":
        return bits_of(column, input_)
    if input_.type != "real" and denominator != 1:
        return None
    if input_.min is not None or input_.max is not None:
        for extreme in (numerators.min(), numerators.max()):
            if input_.refuses(simplest(Fraction(int(extreme), denominator))):
                return None
    return column


def bits_of(column: Column, input_: Input) -> Column | None:
    """Return numbers that are states as 0 and 1, for off and on; None where one is not a state."""
    numerators, denominator = column.numerators, column.denominator
    if input_.state_values == BITS and denominator == 1 and numerators.dtype.kind in "ui":
        numerators = np.ascontiguousarray(numerators)
        is_unsigned = numerators.dtype.kind == "u"
        is_bit = numerators.max() <= 1 and (is_unsigned or numerators.min() >= 0)
        return Column(numerators.astype(np.uint8, copy=False)) if is_bit else None
    states = [simplest(Fraction(state) * denominator) for state in input_.state_values]
    off, on = (_equal(numerators, state) for state in states)
    return Column(on.astype(np.uint8)) if (off | on).all() else None


def _equal(numerators: Array, number: Number) -> NDArray[np.bool_]:
    """Compare exactly, each on its own."""
    if numerators.dtype.kind == "O":
        equal = np.fromiter(
            (numerator == number for numerator in numerators.flat), bool, numerators.size
        )
        return equal.reshape(numerators.shape)
    nowhere = np.zeros(numerators.shape, bool)
    if numerators.dtype.kind == "f":
        near = _nearest_float(number)
        return numerators == near if Fraction(near) == number else nowhere
    limits = np.iinfo(numerators.dtype)
    is_there = isinstance(number, int) and limits.min <= number <= limits.max
    return numerators == number if is_there else nowhere


def _nearest_float(number: Number) -> float:
    try:
        return float(number)
    except OverflowError:
        return 0.0


def column_of_integers(column: Column, input_: Input) -> Column | None:
    """Take unsigned integers, not none, apart into the bits of a bus; None if one is refused."""
    numerators = column.numerators
    if column.denominator != 1 or numerators.min() < 0:
        return None
    if int(numerators.max()).bit_length() > input_.width:
        return None
    return Column(bus_bits(numerators, input_.width))


def column_of_numbers(numbers: Sequence[Number], input_: Input) -> Column:
    """Store values of an input, or of elements of one, that were checked before."""
    if input_.type == "bit":
        on = input_.state_values[1]
        return Column(np.fromiter((number == on for number in numbers), np.uint8, len(numbers)))
    return exact_column(numbers)


def exact_column(numbers: Sequence[Number]) -> Column:
    """Store any numbers over one denominator, in int64 where they fit."""
    denominator = math.lcm(*{number.denominator for number in numbers})
    if denominator < _INT64:
        whole = [n.numerator * (denominator // n.denominator) for n in numbers]
        if all(-_INT64 <= n < _INT64 for n in whole):
            return Column(np.array(whole, np.int64), denominator)
    return Column(objects(numbers))


def column_of_values(values: Sequence[Value], input_: Input) -> Column | Labels:
    """Store values of an input that were checked before; there is at least one."""
    if input_.of is not None:
        return Labels(
            np.array([input_.of.index(str(value)) for value in values], np.intp), input_.of
        )
    if not input_.is_bus:
        return column_of_numbers([n for n in values if isinstance(n, (int, Fraction))], input_)
    if input_.type == "bit":
        rows = [constant(value, input_, 1) for value in values]
        return Column(np.concatenate([row.numerators for row in rows if isinstance(row, Column)]))
    numbers = [n for value in values if isinstance(value, tuple) for n in value]
    return shaped(column_of_numbers(numbers, input_), input_)


def constant(value: Value, input_: Input, count: int) -> Column | Labels:
    """Return the column of an input that has one value in every row; a bus is stored but once."""
    if input_.of is not None:
        assert isinstance(value, str)
        if count == 1:
            return LazyLabels([input_.of.index(value)], input_.of)
        return Labels(np.full(count, input_.of.index(value), np.intp), input_.of)
    if input_.is_bus:
        assert not isinstance(value, str)
        if count != 1 or input_.width > _NARROW:
            return _constant_bus(value, input_, count)
        row = _elements(value, input_)
        if input_.type == "bit":
            return LazyBus([row], lambda: Column(np.array([row], np.uint8)))
        return LazyBus([row], partial(_constant_bus, value, input_, count))
    assert isinstance(value, int | Fraction)
    if count == 1:
        stored = int(value == input_.state_values[1]) if input_.type == "bit" else value
        return LazyColumn([stored], partial(column_of_numbers, [value], input_))
    column = column_of_numbers([value], input_)
    return Column(np.repeat(column.numerators, count), column.denominator)


def _constant_bus(value: Number | tuple[Number, ...], input_: Input, count: int) -> Column:
    """Return the column of a bus that has one value in every row, its elements or an integer."""
    shape = (count, input_.width)
    if isinstance(value, tuple):
        row = column_of_numbers(value, input_)
        return Column(np.broadcast_to(row.numerators, shape), row.denominator)
    return Column(np.broadcast_to(bus_bits([int(value)], input_.width), shape))


def _elements(value: Number | tuple[Number, ...], input_: Input) -> tuple[Number, ...]:
    """Return the same as one number for each element, as a column stores it."""
    if not isinstance(value, tuple):
        return tuple(map(int, reversed(f"{int(value):0{input_.width}b}")))
    if input_.type == "bit":
        on = input_.state_values[1]
        return tuple(int(number == on) for number in value)
    return value


def default_column(input_: Input, count: int) -> Column | Labels | None:
    """Return the column of an input that is absent; None where it has no default."""
    default = default_of(input_)
    return None if default is None else constant(default, input_, count)


def no_rows(input_: Input) -> Column | Labels:
    """Return the column of an input where there are no rows."""
    if input_.of is not None:
        return Labels(np.empty(0, np.intp), input_.of)
    shape = (0, input_.width) if input_.is_bus else (0,)
    return Column(np.empty(shape, np.uint8 if input_.type == "bit" else np.int64))


def with_default(
    column: Column | Labels, is_given: NDArray[np.bool_], input_: Input
) -> Column | Labels:
    """Put the default of an input, which has one, where nothing was given.

    `column` has the rows that were given.
    """
    default = default_column(input_, 1)
    assert default is not None
    whole = rows_joined([column, default])
    rows = np.where(is_given, np.cumsum(is_given) - 1, len(column))
    if isinstance(whole, Labels):
        return Labels(whole.codes[rows], whole.labels)
    return Column(whole.numerators[rows], whole.denominator)


# ------------------------------------------------------------------------------------ rows


def rows_joined(columns: Sequence[Column | Labels]) -> Column | Labels:
    """Put columns of one input, at least one, below each other."""
    first = columns[0]
    if len(columns) == 1:
        return first
    if isinstance(first, Labels):
        codes = [column.codes for column in columns if isinstance(column, Labels)]
        return Labels(np.concatenate(codes), first.labels)
    return numbers_joined([column for column in columns if isinstance(column, Column)])


def numbers_joined(numbers: Sequence[Column]) -> Column:
    """Put columns of numbers, at least one, below each other, over one denominator."""
    common = math.lcm(*(column.denominator for column in numbers))
    kinds = {column.numerators.dtype.kind for column in numbers}
    if kinds <= {"u", "i"}:
        whole = [_scaled(column, common) for column in numbers]
        if all(array.dtype.kind != "O" for array in whole):
            return Column(np.concatenate(whole), common)
    if kinds == {"f"} and common == 1:
        return Column(np.concatenate([column.numerators for column in numbers]))
    parts = []
    for column in numbers:
        part = objects(Column(column.numerators.reshape(-1), column.denominator).values())
        parts.append(part.reshape(column.numerators.shape))
    return Column(np.concatenate(parts))


def _scaled(column: Column, denominator: int) -> Array:
    """Return the numerators over another denominator."""
    factor = denominator // column.denominator
    return column.numerators if factor == 1 else scaled(column.numerators, factor)


def side_by_side(columns: Sequence[Column], input_: Input) -> Column:
    """Make one bus of the columns of its elements."""
    if len({(column.denominator, column.numerators.dtype) for column in columns}) == 1:
        stacked = np.stack([column.numerators for column in columns], axis=1)
        return Column(stacked, columns[0].denominator)
    rows = zip(*(column.values() for column in columns), strict=True)
    return shaped(exact_column(list(chain.from_iterable(rows))), input_)


# ----------------------------------------------------------------------------------- arrays


def column_of_array(array: Array, input_: Input, floats: Floats = "binary") -> Column | None:
    """Read an array of numbers, not empty, as elements of an input; None where one is refused.

    Bits become uint8 and integers int64, or object where they do not fit; reals stay floats, unless
    `floats` are decimals. An integer that is a float is the number stored.
    """
    kind = array.dtype.kind
    if kind == "b":
        return Column(array.astype(np.uint8)) if input_.type == "bit" else None
    if kind == "f":
        if floats == "decimal" and input_.type != "integer":
            return _column_of_decimals(array, input_)
        return _column_of_floats(_doubles(array), input_)
    if input_.type == "bit":
        return bits_of(Column(array), input_)
    return checked(_whole(array), input_)


def _doubles(array: Array) -> NDArray[np.float64]:
    """Return floats as float64, each the same number; a signalling NaN raises no warning."""
    with np.errstate(invalid="ignore"):
        return array.astype(np.float64, copy=False)


def _column_of_floats(array: NDArray[np.float64], input_: Input) -> Column | None:
    if input_.type == "bit":
        return bits_of(Column(array), input_)
    if not np.isfinite(array).all():
        return None
    if input_.type == "real":
        extremes = (array.min(), array.max())
        refused = any(input_.refuses(simplest(Fraction(float(end)))) for end in extremes)
        return None if refused else Column(array)
    return checked(_whole(array), input_) if (array == np.floor(array)).all() else None


def _column_of_decimals(array: Array, input_: Input) -> Column | None:
    """Read floats as the decimals that they print as."""
    if not np.isfinite(array).all():
        return None
    column = decimals_of(array)
    if input_.type == "bit":
        return bits_of(column, input_)
    if column.numerators.dtype != object:
        return checked(column, input_)
    extremes = (column.numerators.min(), column.numerators.max())
    return None if any(input_.refuses(number) for number in extremes) else column


def bus_of_array(array: Array, input_: Input) -> Column | None:
    """Read unsigned integers, not none, as the bits of a bus; None where one is refused."""
    if array.dtype.kind == "f":
        array = _doubles(array)
        if not np.isfinite(array).all() or (array != np.floor(array)).any():
            return None
    return None if array.dtype.kind == "b" else column_of_integers(_whole(array), input_)


def _whole(array: Array) -> Column:
    """Store integral values, not none, as integers."""
    if array.dtype.kind == "f" and not (array.min() > -_INT64 and array.max() < _INT64):
        return Column(objects([int(x) for x in array.flat]).reshape(array.shape))
    is_large = array.dtype.kind == "u" and int(array.max()) >= 1 << 63
    return Column(array.astype(object if is_large else np.int64))


def mistakes_in(
    values: Array | list[object],
    input_: Input,
    *,
    column: Callable[[Array, Input], Column | None] | None = None,
    read: Callable[[object, Input], object] = number_of,
    floats: Floats = "binary",
) -> Iterator[tuple[int, Refused]]:
    """Yield the index of each value, of one dimension, that `read` refuses, and why.

    Pieces of an array that `column` can read are passed over.
    """
    column = column or partial(column_of_array, floats=floats)
    for start in range(0, len(values), _PIECE):
        piece = values[start : start + _PIECE]
        if isinstance(piece, np.ndarray) and column(piece, input_) is not None:
            continue
        for index, value in enumerate(piece, start):
            try:
                read(read_as(value, input_, floats), input_)
            except Refused as error:
                yield index, error
