"""Rows from Python: lists and arrays; a float means the number stored."""

from __future__ import annotations

from collections.abc import Callable, Container, Iterator, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any

from nnc.diagnostics.diagnostic import Diagnostic, InvalidRowsError
from nnc.language.network import BITS, Input
from nnc.lazy import np
from nnc.numbers.exact import Refused, counted
from nnc.numbers.integers import Array
from nnc.rows.columns import Batch, Column, Labels, bus_bits
from nnc.rows.inputs.cells import (
    bits_of,
    bus_of_array,
    column_of_array,
    column_of_integers,
    column_of_numbers,
    constant,
    default_column,
    labels_of_texts,
    mistakes_in,
    no_rows,
    shaped,
    side_by_side,
    with_default,
)
from nnc.rows.inputs.floats import read_as
from nnc.rows.inputs.names import Layout, about_left_out, lay_out
from nnc.rows.inputs.row import name_mistakes
from nnc.rows.inputs.shapes import (
    Records,
    Rows,
    are_of_frame,
    are_rows,
    array_of,
    float_type_of,
    of_bus,
    of_element,
    of_scalar,
    plain,
    row_types,
)
from nnc.rows.inputs.sparse import SparseColumn, bits_of_sparse, is_sparse
from nnc.rows.inputs.value import (
    choice_of,
    integer_of,
    number_of,
    read_value,
)
from nnc.rows.options import DROPPED_HELP, Extra, Floats

if TYPE_CHECKING:
    from numpy.typing import NDArray

_MAX = 1000


def batch_from_arrays(
    values: Mapping[str, object],
    inputs: Mapping[str, Input],
    *,
    extra: Extra | None = "error",
    extra_help: str = DROPPED_HELP,
    also: Container[str] = (),
    floats: Floats = "binary",
    report: Callable[[Diagnostic], None] | None = None,
) -> tuple[Batch, bool]:
    """Make a batch from a value, or one value a row, for each input, and whether all were scalars.

    Arrays have one dimension and equal lengths: NumPy arrays of bool, any int, float16, 32 or 64;
    lists of int, Fraction, Decimal, str or float; a choice takes texts. Scalars stand for every
    row. A bus has two dimensions, rows x width, or a value for each of its elements; a bus of bits
    may have one, rows of unsigned integers, and for any other bus one dimension is a single row,
    which stands for every row. None, and a null of another library, is the default of an input.
    Names in `also` are fine, and not read. Columns of frames hold the inputs that declare them.
    `floats` says what a float means. Without `extra`, `report` takes a warning about names that
    are not inputs, which recommends `extra_help`. Raises InvalidRowsError with every mistake, each
    with the path `(name, index)`, or `(name, row, element)`.
    """
    of_frame = are_of_frame(values)
    batch = None if of_frame else _plain_bits(values, inputs)
    if batch is not None:
        return batch, False
    noun = "column" if of_frame else "value"
    layout = lay_out(list(values), inputs, noun=noun, extra=extra, also=also, lists=True)
    if layout.left_out and report is not None:
        message, hint = about_left_out(layout.left_out, noun, extra_help)
        report(Diagnostic("unknown-column", message, help=hint))
    return _Arrays(values, inputs, layout, floats).batch()


def _plain_bits(values: Mapping[str, object], inputs: Mapping[str, Input]) -> Batch | None:
    """Read bits, lists of integers or arrays of uint8, for each input; None where not all is so.

    For few rows that takes half the time of the general way, or less. Many are not read twice:
    nothing is read before all have these forms.
    """
    if len(values) != len(inputs):
        return None
    for name, input_ in inputs.items():
        own = values.get(name)
        if input_.type != "bit" or input_.state_values != BITS:
            return None
        if type(own) is not list and (type(own) is not np.ndarray or own.dtype != np.uint8):
            return None
    columns: list[Column] = []
    for name, input_ in inputs.items():
        column = _plain_column(values[name], input_)
        if column is None:
            return None
        columns.append(column)
    counts = set(map(len, columns))
    return Batch(tuple(columns), counts.pop()) if len(counts) == 1 else None


def _plain_column(own: Any, input_: Input) -> Column | None:
    if type(own) is list:
        array = array_of(own)
        if array is None or array.dtype.kind != "i":
            return None
        return (column_of_integers if input_.is_bus else bits_of)(Column(array), input_)
    shape = (input_.width,) if input_.is_bus else ()
    is_fit = own.size and own.ndim == 1 + len(shape) and own.shape[1:] == shape
    return bits_of(Column(own), input_) if is_fit else None


class _Arrays:
    """The values of one call, and the mistakes in them."""

    def __init__(
        self,
        values: Mapping[str, object],
        inputs: Mapping[str, Input],
        layout: Layout,
        floats: Floats,
    ) -> None:
        self._inputs, self._floats = inputs, floats
        names = list(values)
        self._diagnostics = name_mistakes(layout, names)
        self._whole: dict[str, object] = {}
        self._elements: dict[str, dict[str, object]] = {}
        self._has_value: dict[str, NDArray[np.bool_]] = {}
        for name, input_ in inputs.items():
            if name in layout.whole:
                value = values[names[layout.whole[name]]]
                self._shape(self._whole, name, partial(self._present, name, value, input_))
            elif name in layout.elements:
                self._elements[name] = {}
                for place, at in enumerate(layout.elements[name]):
                    read = partial(of_element, values[names[at]], input_, place)
                    self._shape(self._elements[name], names[at], read)
        self._count, self._is_scalar = self._rows()
        if isinstance(values, Records):
            if self._is_scalar:  # every input takes its default
                self._count = values.count
            self._is_scalar = values.is_one

    def _shape(self, into: dict[str, object], name: str, read: Callable[[], object]) -> None:
        try:
            into[name] = read()
        except Refused as error:
            self._refuse(name, (name,), error)

    def _present(self, name: str, value: object, input_: Input) -> object:
        """Return the values of an input; which rows have one is noted where some take the default.

        Raises Refused.
        """
        if is_sparse(value):
            return bits_of_sparse(value, input_)
        value = plain(value)
        if isinstance(value, list) and input_.default is not None and are_rows(value, input_):
            has_value = np.array([each is not None for each in value], bool)
            if not has_value.all():
                self._has_value[name] = has_value
                value = [each for each in value if each is not None]
        return of_scalar(value) if input_.size is None else of_bus(value, input_)

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
            if isinstance(by_name[name], (*row_types(), SparseColumn))
        }
        lengths |= {name: len(rows) for name, rows in self._has_value.items()}
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
        return Batch(sound, self._count, floats=self._float_types()), self._is_scalar

    def _float_types(self) -> dict[str, np.dtype[Any]]:
        """Return the types of floats that mean their binary value, by input."""
        if self._floats == "decimal":
            return {}
        values = {name: [value] for name, value in self._whole.items()}
        values |= {name: list(each.values()) for name, each in self._elements.items()}
        types = {name: float_type_of(each) for name, each in values.items()}
        return {name: kind for name, kind in types.items() if kind is not None}

    def _column(self, name: str, input_: Input) -> Column | Labels | None:
        column = self._own_column(name, input_)
        if column is None or name not in self._has_value:
            return column
        return with_default(column, self._has_value[name], input_)

    def _own_column(self, name: str, input_: Input) -> Column | Labels | None:
        """Return the column of an input, of the rows that have a value for it."""
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
        if isinstance(value, SparseColumn):
            return value
        if not isinstance(value, row_types()):
            return self._constant(name, value, input_)
        if len(value) == 0:
            return no_rows(input_)
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
        if isinstance(value, row_types()):
            return (
                self._numbers(name, value, input_) if len(value) else Column(np.empty(0, np.int64))
            )
        try:
            number = number_of(read_as(value, input_, self._floats), input_)
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

        if isinstance(value, tuple):
            value = tuple(read_as(each, input_, self._floats) for each in value)
        read = read_value(read_as(value, input_, self._floats), input_, note)
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
        column = _column_of(value, input_, self._floats)
        if column is None:
            self._tell(name, mistakes_in(value, input_, floats=self._floats))
        return column

    def _integers(self, name: str, value: Rows, input_: Input) -> Column | None:
        array = value if isinstance(value, np.ndarray) else array_of(value)
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
            return Column(
                bus_bits([integer_of(integer, input_) for integer in integers], input_.width)
            )
        except Refused:
            self._tell(name, mistakes_in(integers, input_, column=bus_of_array, read=integer_of))
        return None

    def _matrix(self, name: str, array: Array, input_: Input) -> Column | None:
        is_mixed = array.dtype.kind == "O"
        flat: Rows = array.ravel().tolist() if is_mixed else array.ravel()
        column = _column_of(flat, input_, self._floats)
        if column is not None:
            return shaped(column, input_)
        for index, error in mistakes_in(flat, input_, floats=self._floats):
            row, element = divmod(index, input_.width)
            path = (name, self._row(name, row), element)
            self._refuse(f"{name}({element})", path, error)
        return None

    def _tell(self, name: str, mistakes: Iterator[tuple[int, Refused]]) -> None:
        for index, error in mistakes:
            self._refuse(name, (name, self._row(name, index)), error)

    def _row(self, name: str, index: int) -> int:
        """Return the row of a value, behind those that take the default."""
        rows = self._has_value.get(name)
        return index if rows is None else int(np.flatnonzero(rows)[index])


def _column_of(values: Rows, input_: Input, floats: Floats) -> Column | None:
    """Read values of one dimension, not none; None where one is refused."""
    array = values if isinstance(values, np.ndarray) else array_of(values)
    if array is not None:
        return column_of_array(array, input_, floats)
    try:
        numbers = [number_of(read_as(value, input_, floats), input_) for value in values]
        return column_of_numbers(numbers, input_)
    except Refused:
        return None
