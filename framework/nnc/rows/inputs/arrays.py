"""Rows from Python: values of one row, or lists and arrays; a float means the number stored."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from itertools import chain
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nnc.diagnostics.diagnostic import Diagnostic, InvalidRowsError, KeyPath
from nnc.exact import Refused, counted
from nnc.integers import objects
from nnc.language.network import Input
from nnc.rows.columns import Batch, Column, Labels, bus_bits
from nnc.rows.inputs.cells import (
    bus_of_array,
    column_of_array,
    column_of_numbers,
    constant,
    default_column,
    labels_of_texts,
    mistakes_in,
    shaped,
    side_by_side,
)
from nnc.rows.inputs.names import Layout, lay_out
from nnc.rows.inputs.value import (
    Value,
    choice_of,
    default_of,
    integer_of,
    number_of,
    read_value,
    wrong_count,
)

_MAX = 1000
_ROWS = (np.ndarray, list)
Rows = NDArray[Any] | list[Any]
"""Values with one entry, or two dimensions, for the rows; all else is a scalar."""

# ---------------------------------------------------------------------------------- one row


def values_from(
    values: Mapping[str, object],
    inputs: Mapping[str, Input],
    *,
    where: KeyPath = (),
    complete: bool = True,
) -> dict[str, Value]:
    """Read the values given for inputs, in the order of `inputs`, exactly.

    A text is read as in a network file: plain, or `exact.Quoted`, which is not a decimal. A bus is
    an unsigned integer, a list, or a value for each element. Where `complete`, defaults are filled
    in and an input without a value is a mistake; else only what is given comes back. Raises
    InvalidRowsError with every mistake, each at `(*where, name)`.
    """
    names = list(values)
    layout = lay_out(names, inputs, noun="value", complete=complete)
    diagnostics = _name_mistakes(layout, names, where, key=True)
    by_name: dict[str, Value | None] = {}
    for name, input_ in inputs.items():
        if name in layout.whole:
            by_name[name] = _read(name, values[name], input_, where, diagnostics)
        elif name in layout.elements:
            value = [values[names[at]] for at in layout.elements[name]]
            by_name[name] = _read(name, value, input_, where, diagnostics, by_element=True)
        elif complete:
            by_name[name] = default_of(input_)
    if diagnostics:
        raise InvalidRowsError(diagnostics)
    return {name: value for name, value in by_name.items() if value is not None}


def _name_mistakes(
    layout: Layout, names: Sequence[str], where: KeyPath = (), *, key: bool = False
) -> list[Diagnostic]:
    """Return what is wrong with the names of values; with `key`, told at the keys themselves."""
    return [
        Diagnostic(
            problem.rule,
            problem.message,
            path=where if problem.at is None else (*where, names[problem.at]),
            key=key,
            help=problem.help,
        )
        for problem in layout.problems
    ]


def _read(
    name: str,
    value: object,
    input_: Input,
    where: KeyPath,
    diagnostics: list[Diagnostic],
    *,
    by_element: bool = False,
) -> Value | None:
    def note(place: int | None, error: Refused) -> None:
        element_name = name if place is None else f"{name}({place})"
        path: KeyPath = (
            (name,) if place is None else (element_name,) if by_element else (name, place)
        )
        message = f"input `{element_name}`: {error.message}"
        diagnostics.append(
            Diagnostic(error.rule, message, (*where, *path), help=error.help or None)
        )

    return read_value(value, input_, note)


def row_from_values(
    values: Mapping[str, object],
    inputs: Mapping[str, Input],
    *,
    where: KeyPath = (),
    complete: bool = True,
) -> Batch:
    """Make a batch of one row; without `complete`, of the columns given only."""
    exact = values_from(values, inputs, where=where, complete=complete)
    return Batch(tuple(constant(value, inputs[name], 1) for name, value in exact.items()), 1)


# --------------------------------------------------------------------------------- shapes


def _plain(value: object) -> object:
    """Return a list, an array of numbers, or a scalar as it is. Raises Refused for others."""
    if isinstance(value, (str, Mapping)) or value is None:
        return value
    if not isinstance(value, (np.ndarray, np.generic)) and hasattr(value, "__array__"):
        value = np.asarray(value)
    if isinstance(value, np.ndarray):
        kind = value.dtype
        if value.ndim == 0:
            return value.item() if kind.kind in "OU" else value[()]
        if kind.kind in "OU":
            return value.tolist()
        if kind.kind not in "buif" or kind.itemsize > 8:
            message = f"expected numbers, found an array of {kind}"
            raise Refused("bad-value", message, "give an array of bool, int or float")
        return value
    if isinstance(value, Sequence) and not isinstance(value, (bytes, bytearray)):
        return list(value)
    return value


def _of_scalar(value: object) -> object:
    """Return the values of a scalar or a choice: one a row, or one for all."""
    value = _plain(value)
    if isinstance(value, np.ndarray) and value.ndim > 1:
        message = f"expected numbers, found an array of {value.ndim} dimensions"
        raise Refused("bad-value", message, "give one value per row")
    return value


def _of_bus(value: object, input_: Input) -> object:
    """Return the values of a bus: rows of unsigned integers, rows x width, or a tuple for all."""
    value = _plain(value)
    if isinstance(value, list) and value and isinstance(value[0], (tuple, *_ROWS)):
        value = _nested(value, input_)
    if not isinstance(value, _ROWS):
        return value
    if isinstance(value, np.ndarray) and value.ndim > 2:
        message = f"expected rows x {input_.width}, found an array of {value.ndim} dimensions"
        raise Refused("bad-value", message, "give two dimensions, rows x elements")
    if isinstance(value, np.ndarray) and value.ndim == 2:
        if value.shape[1] != input_.width:
            width = counted(value.shape[1], "column")
            message = f"the array has {width}, the bus {counted(input_.width, 'element')}"
            raise Refused("bad-value", message, "give two dimensions, rows x elements")
        return value
    if input_.is_integer_bus or not len(value):
        return value
    if len(value) != input_.width:
        raise wrong_count(len(value), input_)
    return tuple(value.tolist() if isinstance(value, np.ndarray) else value)


def _nested(rows: list[Any], input_: Input) -> object:
    """Make two dimensions of a list of rows: an array of numbers, or of any objects."""
    for at, row in enumerate(rows):
        is_row = isinstance(row, (tuple, list)) or (isinstance(row, np.ndarray) and row.ndim == 1)
        if not is_row or len(row) != input_.width:
            what = counted(len(row), "value") if is_row else "no list of values"
            message = f"row {at} has {what}, the bus {counted(input_.width, 'element')}"
            raise Refused("bad-value", message, "give one value for each element in every row")
    if len({getattr(row, "dtype", None) for row in rows}) == 1 and isinstance(rows[0], np.ndarray):
        return _plain(np.stack(rows))
    flat = list(chain.from_iterable(rows))
    array = _array_of(flat)
    return (objects(flat) if array is None else array).reshape(-1, input_.width)


# -------------------------------------------------------------------------------- batches


def batch_from_arrays(
    values: Mapping[str, object], inputs: Mapping[str, Input]
) -> tuple[Batch, bool]:
    """Make a batch from a value, or one value a row, for each input, and whether all were scalars.

    Arrays have one dimension and equal lengths: NumPy arrays of bool, any int, float16, 32 or 64;
    lists of int, Fraction, Decimal, str or float; a choice takes texts. Scalars stand for every
    row. A bus has two dimensions, rows x width, or a value for each of its elements; a bus of bits
    may have one, rows of unsigned integers, and for any other bus one dimension is a single row,
    which stands for every row. Raises InvalidRowsError with every mistake, each with the path
    `(name, index)`, or `(name, row, element)`.
    """
    return _Arrays(values, inputs).batch()


class _Arrays:
    """The values of one call, and the mistakes in them."""

    def __init__(self, values: Mapping[str, object], inputs: Mapping[str, Input]) -> None:
        self._inputs = inputs
        names = list(values)
        layout = lay_out(names, inputs, noun="value")
        self._diagnostics = _name_mistakes(layout, names)
        self._whole: dict[str, object] = {}
        self._elements: dict[str, dict[str, object]] = {}
        for name, input_ in inputs.items():
            if name in layout.whole:
                is_bus = input_.size is not None
                shape = partial(_of_bus, input_=input_) if is_bus else _of_scalar
                self._shape(self._whole, name, values[name], shape)
            elif name in layout.elements:
                self._elements[name] = {}
                for at in layout.elements[name]:
                    self._shape(self._elements[name], names[at], values[names[at]], _of_scalar)
        self._count, self._is_scalar = self._rows()

    def _shape(
        self,
        into: dict[str, object],
        name: str,
        value: object,
        shape: Callable[[object], object],
    ) -> None:
        try:
            into[name] = shape(value)
        except Refused as error:
            self._refuse(name, (name,), error)

    def _refuse(self, name: str, path: tuple[str | int, ...], error: Refused) -> None:
        message = f"input `{name}`: {error.message}"
        self._diagnostics.append(
            Diagnostic(error.rule, message, path=path, help=error.help or None)
        )
        if len(self._diagnostics) >= _MAX:
            raise InvalidRowsError(self._diagnostics[:_MAX])

    def _rows(self) -> tuple[int, bool]:
        """Return the number of rows, and whether all values are scalars."""
        by_name = {**self._whole}
        for elements in self._elements.values():
            by_name |= elements
        lengths = {
            name: len(by_name[name])  # type: ignore[arg-type]
            for name in by_name
            if isinstance(by_name[name], _ROWS)
        }
        count = next(iter(lengths.values()), 1)
        first = next(iter(lengths), "")
        self._diagnostics += [
            Diagnostic(
                "row-length",
                f"input `{name}` has {counted(length, 'value')}, input `{first}` {count}",
                path=(name,),
                help="give each input the same number of values",
            )
            for name, length in lengths.items()
            if length != count
        ]
        return count, not lengths

    def batch(self) -> tuple[Batch, bool]:
        """Return the batch, or raise every mistake."""
        columns = [self._column(name, input_) for name, input_ in self._inputs.items()]
        if self._diagnostics:
            raise InvalidRowsError(self._diagnostics[:_MAX])
        sound = tuple(column for column in columns if column is not None)
        assert len(sound) == len(columns)
        return Batch(sound, self._count), self._is_scalar

    def _column(self, name: str, input_: Input) -> Column | Labels | None:
        if name in self._elements:
            elements = self._elements[name]
            parts = [self._elementary(each, value, input_) for each, value in elements.items()]
            sound = [part for part in parts if part is not None and len(part) == self._count]
            return side_by_side(sound, input_) if len(sound) == input_.width else None
        if name not in self._whole:
            return default_column(input_, self._count)
        value = self._whole[name]
        if input_.default is not None and value is None:
            return default_column(input_, self._count)
        if input_.default is not None and isinstance(value, list) and input_.size is None:
            value = [input_.default if each is None else each for each in value]
        if not isinstance(value, _ROWS):
            return self._constant(name, value, input_)
        if len(value) == 0:
            return _no_rows(input_)
        if input_.of is not None:
            return self._choices(name, value, input_)
        if isinstance(value, np.ndarray) and value.ndim == 2:
            return self._matrix(name, value, input_)
        return (
            self._integers(name, value, input_)
            if input_.is_bus
            else self._numbers(name, value, input_)
        )

    def _elementary(self, name: str, value: object, input_: Input) -> Column | None:
        """Read the values of one element of a bus."""
        if isinstance(value, _ROWS):
            return (
                self._numbers(name, value, input_) if len(value) else Column(np.empty(0, np.int64))
            )
        try:
            number = number_of(value, input_)
        except Refused as error:
            self._refuse(name, (name,), error)
            return None
        column = column_of_numbers([number], input_)
        return Column(np.repeat(column.numerators, self._count), column.denominator)

    def _constant(self, name: str, value: object, input_: Input) -> Column | Labels | None:
        def note(place: int | None, error: Refused) -> None:
            if place is None:
                self._refuse(name, (name,), error)
            else:
                self._refuse(f"{name}({place})", (name, place), error)

        read = read_value(value, input_, note)
        return None if read is None else constant(read, input_, self._count)

    def _choices(self, name: str, value: Rows, input_: Input) -> Labels | None:
        assert input_.of is not None
        values = list(value)
        column = labels_of_texts(values, input_.of) if set(map(type, values)) == {str} else None
        if column is not None:
            return column
        self._tell(name, mistakes_in(values, input_, read=choice_of))
        if self._diagnostics:
            return None
        return labels_of_texts([str(text) for text in values], input_.of)

    def _numbers(self, name: str, value: Rows, input_: Input) -> Column | None:
        column = _column_of(value, input_)
        if column is None:
            self._tell(name, mistakes_in(value, input_))
        return column

    def _integers(self, name: str, value: Rows, input_: Input) -> Column | None:
        array = value if isinstance(value, np.ndarray) else _array_of(value)
        column = None if array is None else bus_of_array(array, input_)
        if column is not None:
            return column
        if array is not None and array.dtype.kind == "b":
            message = "one dimension holds unsigned integers, found booleans"
            hint = "give the bits in two dimensions, rows x elements"
            self._refuse(name, (name,), Refused("boolean-as-number", message, hint))
            return None
        integers = value if array is None else array
        try:
            return Column(bus_bits([integer_of(each, input_) for each in integers], input_.width))
        except Refused:
            self._tell(name, mistakes_in(integers, input_, column=bus_of_array, read=integer_of))
        return None

    def _matrix(self, name: str, array: NDArray[Any], input_: Input) -> Column | None:
        is_mixed = array.dtype.kind == "O"
        flat: Rows = array.ravel().tolist() if is_mixed else array.ravel()
        column = _column_of(flat, input_)
        if column is not None:
            return shaped(column, input_)
        for index, error in mistakes_in(flat, input_):
            row, element = divmod(index, input_.width)
            self._refuse(f"{name}({element})", (name, row, element), error)
        return None

    def _tell(self, name: str, mistakes: Iterator[tuple[int, Refused]]) -> None:
        for index, error in mistakes:
            self._refuse(name, (name, index), error)


def _no_rows(input_: Input) -> Column | Labels:
    if input_.of is not None:
        return Labels(np.empty(0, np.intp), input_.of)
    shape = (0, input_.width) if input_.is_bus else (0,)
    return Column(np.empty(shape, np.uint8 if input_.type == "bit" else np.int64))


def _column_of(values: Rows, input_: Input) -> Column | None:
    """Read values of one dimension, not none; None where one is refused."""
    array = values if isinstance(values, np.ndarray) else _array_of(values)
    if array is not None:
        return column_of_array(array, input_)
    try:
        return column_of_numbers([number_of(value, input_) for value in values], input_)
    except Refused:
        return None


def _array_of(values: list[Any]) -> NDArray[Any] | None:
    """Make an array of values that are all int, all float or all bool; None for others."""
    kinds = set(map(type, values))
    try:
        if kinds == {int}:
            return np.array(values, np.int64)
    except OverflowError:
        return None
    return np.array(values) if kinds == {float} or kinds == {bool} else None
