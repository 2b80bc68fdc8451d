"""Rows and values of Python, brought to the shapes that are read: a list or an array a column."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from functools import cache
from itertools import chain
from typing import Any, TypeAlias, TypeGuard

from nnc.diagnostics.diagnostic import Diagnostic, InvalidRowsError
from nnc.diagnostics.rules import RuleName
from nnc.language.network import Input
from nnc.lazy import np
from nnc.numbers.exact import MAX_NAMES, Refused, counted, shorten
from nnc.numbers.integers import Array, objects
from nnc.rows.elements import elements_from
from nnc.rows.inputs.sparse import is_sparse, sparse_columns
from nnc.rows.inputs.value import default_of, element_of_default, wrong_count

Rows: TypeAlias = "Array | list[Any]"
"""Values with one entry, or two dimensions, for the rows; all else is a scalar."""

_NULLS = ("NAType", "NaTType")  # of pandas, which is not imported
_LISTERS = ("to_list", "to_pylist", "tolist")  # of Polars and pandas, of Arrow, of NumPy


@cache
def row_types() -> tuple[type[Array], type[list[Any]]]:
    """Return the types of values that have an entry for each row."""
    return np.ndarray, list


@cache
def _plain_types() -> frozenset[type[Any]]:
    """Return the types of nearly all scalars, which need no conversion."""
    numbers = (np.bool_, np.int64, np.float64)
    return frozenset((int, float, bool, str, Fraction, *numbers, type(None)))


@cache
def _types_without_index() -> frozenset[type[Any]]:
    """Return the types of nearly all columns, which are no series of pandas."""
    return frozenset((bool, int, float, str, tuple, *row_types(), type(None)))


# ------------------------------------------------------------------------------------ rows


class Records(dict[str, list[Any]]):
    """The columns of mappings, of `count` rows, also where none of them has a value.

    Those `of_frame` hold the inputs that declare them; else names are those of inputs.
    """

    def __init__(
        self, rows: Sequence[Mapping[str, Any]], *, of_frame: bool = False, is_one: bool = False
    ) -> None:
        names = dict.fromkeys(name for row in rows for name in row)
        super().__init__({name: [row.get(name) for row in rows] for name in names})
        self.count, self.of_frame, self.is_one = len(rows), of_frame, is_one


def is_series(rows: object) -> bool:
    """Return whether an object is a Series of pandas, which as rows is one row of named values."""
    return getattr(rows, "ndim", 0) == 1 and hasattr(rows, "index") and hasattr(rows, "to_dict")


def are_of_frame(values: Mapping[str, Any]) -> bool:
    """Return whether values are those of columns, which inputs may declare; else of inputs."""
    return isinstance(values, Records) and values.of_frame


def is_frame(rows: object) -> bool:
    """Return whether rows are a frame, which Arrow reads."""
    return hasattr(rows, "__arrow_c_stream__") and not is_series(rows)


def mapping_of(rows: Any, inputs: Mapping[str, Input]) -> Mapping[str, Any]:
    """Return rows as a mapping of names to values: a mapping, records, a series, or an array.

    An array, also a sparse one, has two dimensions, rows x columns, in the order of the inputs; a
    bus has a column for each element. Raises InvalidRowsError, wrong-type, for anything else, which
    says what it is.
    """
    if rows is None:
        return {}
    if type(rows) is dict:  # most often, so that one row costs no other question
        return _checked(rows)
    if is_sparse(rows):  # those of one kind are mappings, too
        _places(rows.shape[1], inputs)
        return sparse_columns(rows, inputs)
    if is_series(rows):
        return _checked(Records([_cells_of(rows)], of_frame=True, is_one=True))
    if isinstance(rows, Mapping):
        return _checked(rows)
    if isinstance(rows, (list, tuple)) and not rows:
        return {name: [] for name in inputs}
    if isinstance(rows, (list, tuple)):
        rows = list(rows)
        if all(map(is_series, rows)):
            return _checked(Records(list(map(_cells_of, rows)), of_frame=True))
    if isinstance(rows, list) and all(isinstance(row, Mapping) for row in rows):
        return _checked(Records(rows))
    if getattr(rows, "ndim", 0) == 2 and hasattr(rows, "__array__"):
        return _columns_of(array_of_rows(rows), inputs)
    message = f"rows cannot be of type {type_name(rows)}"
    if isinstance(rows, list):
        place, row = next((i, row) for i, row in enumerate(rows) if not isinstance(row, Mapping))
        message += f": entry {place} is of type {type_name(row)}, not a mapping"
    hint = (
        "give a mapping of inputs to values, a list of mappings, a frame, or an array rows x inputs"
    )
    if hasattr(rows, "collect"):
        hint = "call its method collect(), which gives a frame"
    elif hasattr(rows, "__array__"):
        hint = "give an array of two dimensions, rows x inputs, or a mapping of inputs to values"
    raise _refused("wrong-type", message, hint)


def _cells_of(row: Any) -> dict[str, Any]:
    """Return the cells of a row of a frame of pandas, whose nulls, also NaN, are None.

    Raises InvalidRowsError, duplicate-column.
    """
    cells: dict[str, Any] = {}
    for name, value in zip(row.index, _listed(row), strict=True):
        if name in cells:
            message = f"column `{shorten(str(name))}` appears twice"
            raise _refused("duplicate-column", message, "rename one of them")
        is_nan = isinstance(value, (float, np.floating)) and value != value
        cells[name] = None if is_nan or _is_null(value) else value
    return cells


def array_of_rows(rows: Any) -> Array:
    """Return rows of another library as an array; a masked one keeps its mask."""
    return rows if _is_masked(rows) else np.asarray(rows)


def _checked(rows: Mapping[Any, Any]) -> Mapping[str, Any]:
    """Return a mapping whose names are texts, and whose series have one index.

    Raises InvalidRowsError, wrong-type, and bad-value for series that would have to be aligned.
    """
    for name in rows:
        if not isinstance(name, str):
            message = f"the name {name!r} of values is of type {type_name(name)}, not a text"
            hint = "give the names of the inputs as texts, or an array rows x inputs"
            raise _refused("wrong-type", message, hint)
    if _types_without_index().issuperset(
        map(type, rows.values())
    ):  # without a question for each value
        return rows
    series = {name: value for name, value in rows.items() if is_series(value)}
    first = next(iter(series), "")
    for name, value in series.items():
        index = series[first].index
        if value.index is not index and not value.index.equals(index):
            message = f"the series `{first}` and `{name}` have different indexes"
            hint = "pandas.DataFrame(rows) aligns them; to_numpy() of each drops its index"
            raise _refused("bad-value", message, hint)
    return rows


def _places(columns: int, inputs: Mapping[str, Input]) -> dict[str, slice | int]:
    """Return which columns of an array are those of each input. Raises InvalidRowsError."""
    places: dict[str, slice | int] = {}
    labels, width = [], 0
    for name, input_ in inputs.items():
        if input_.size is None:
            places[name] = width
            labels.append(f"`{name}`")
            width += 1
        else:
            places[name] = slice(width, width + input_.size)
            labels.append(elements_from(name, input_.size))
            width += input_.size
    if columns != width:
        message = f"the array has {counted(columns, 'column')}, the inputs have {width:,}"
        order = ", ".join(labels[:MAX_NAMES]) + (", …" if labels[MAX_NAMES:] else "")
        raise _refused("row-length", message, f"give a column for each, in this order: {order}")
    return places


def _columns_of(array: Array, inputs: Mapping[str, Input]) -> dict[str, Array]:
    """Take the columns of an array for the inputs, in their order. Raises InvalidRowsError."""
    places = _places(array.shape[1], inputs)
    is_numeric = array.dtype.kind not in "OUT"
    choice = next((name for name, input_ in inputs.items() if input_.of is not None), None)
    if is_numeric and choice is not None:
        message = f"input `{choice}` is a choice, which an array of {array.dtype} cannot hold"
        raise _refused("wrong-type", message, "give an array of objects, or a mapping of columns")
    return {name: array[:, place] for name, place in places.items()}


def type_name(rows: object) -> str:
    """Return the name of a type, with its package."""
    kind = type(rows)
    if kind.__module__ == "builtins":
        return kind.__qualname__
    return f"{kind.__module__.partition('.')[0]}.{kind.__qualname__}"


def _refused(rule: RuleName, message: str, hint: str) -> InvalidRowsError:
    return InvalidRowsError([Diagnostic(rule, message, help=hint)])


# ---------------------------------------------------------------------------------- values


def plain(value: object) -> object:
    """Return a list, an array of numbers, or a scalar as it is. Raises Refused for others."""
    if type(value) in _plain_types() or isinstance(value, (str, Mapping)):
        return value
    value = _with_nulls(unmasked(value))
    if _is_null(value):
        return None
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


def unmasked(value: Any) -> Any:
    """Return a masked array of NumPy as lists, with None for masked elements."""
    if not _is_masked(value):
        return value
    hidden, stored = np.ma.getmaskarray(value), np.asarray(value)
    if not hidden.any():
        return stored
    flat = stored.ravel()
    cells = objects(list(flat) if _is_narrow(flat) else flat.tolist()).reshape(stored.shape)
    cells[hidden] = None
    return cells.tolist()


def _is_masked(value: Any) -> TypeGuard[Array]:
    return (
        type(value) is not np.ndarray and isinstance(value, np.ndarray) and hasattr(value, "mask")
    )


def _is_narrow(array: Array) -> bool:
    """Return whether an array has floats whose type says which decimals were typed."""
    return array.ndim == 1 and array.dtype.kind == "f" and array.itemsize < 8


def _listed(series: Any) -> list[Any]:
    """Return the values of a series of pandas, Polars or Arrow; narrow floats keep their type."""
    stored = np.asarray(series)
    listed = next(getattr(series, name) for name in _LISTERS if hasattr(series, name))
    return list(stored if _is_narrow(stored) else listed())


def _with_nulls(value: object) -> object:
    """Return a series of pandas, Polars or Arrow that has nulls as a list, in which they are None.

    What else has values is returned as it is, but for the nulls of pandas in a list of objects.
    """
    if isinstance(value, (list, tuple)):
        kinds = set(map(type, value))
        if any(kind.__name__ in _NULLS or hasattr(kind, "mask") for kind in kinds):
            return [None if _is_null(each) else unmasked(each) for each in value]
        return value
    if isinstance(value, np.ndarray):
        return _with_nulls(value.tolist()) if value.dtype.kind == "O" and value.ndim == 1 else value
    are_null = getattr(value, "isna", None) or getattr(value, "is_null", None)
    if are_null is None or not any(hasattr(value, name) for name in _LISTERS):
        return value
    nulls = np.asarray(are_null()).tolist()
    if True not in nulls:
        return value
    return [None if is_null else each for each, is_null in zip(_listed(value), nulls, strict=True)]


def _is_null(value: object) -> bool:
    """Return whether a value is None, or the null of pandas."""
    return value is None or type(value).__name__ in _NULLS


def are_rows(values: list[Any], input_: Input) -> bool:
    """Return whether a list has an entry for each row, and not for each element of a bus."""
    if input_.size is None or input_.is_integer_bus:
        return True
    return all(value is None or isinstance(value, (tuple, *row_types())) for value in values)


def of_scalar(value: object) -> object:
    """Return the values of a scalar or a choice: one a row, or one for all."""
    if isinstance(value, np.ndarray) and value.ndim > 1:
        message = f"expected numbers, found an array of {value.ndim} dimensions"
        raise Refused("bad-value", message, "give one value per row")
    return value


def of_bus(value: object, input_: Input) -> object:
    """Return the values of a bus: rows of unsigned integers, rows x width, or a tuple for all."""
    if isinstance(value, list) and value and isinstance(value[0], (tuple, *row_types())):
        value = _nested(value, input_)
    if not isinstance(value, row_types()):
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
    return tuple(_with_defaults(value if isinstance(value, list) else value.tolist(), input_))


def _with_defaults(values: list[Any], input_: Input) -> list[Any]:
    """Return the elements of one or more rows of a bus, each null replaced by its default."""
    default = default_of(input_)
    if default is None or type(None) not in set(map(type, values)):
        return values
    return [
        element_of_default(default, at % input_.width) if value is None else value
        for at, value in enumerate(values)
    ]


def of_element(value: object, input_: Input, place: int) -> object:
    """Return the values of one element of a bus; a null is that of the default."""
    value, default = plain(value), default_of(input_)
    if default is not None:
        number = element_of_default(default, place)
        if isinstance(value, list):
            value = [number if each is None else each for each in value]
        elif value is None:
            value = number
    return of_scalar(value)


def _nested(rows: list[Any], input_: Input) -> object:
    """Make two dimensions of a list of rows: an array of numbers, or of any objects."""
    for at, row in enumerate(rows):
        is_row = isinstance(row, (tuple, list)) or (isinstance(row, np.ndarray) and row.ndim == 1)
        if not is_row or len(row) != input_.width:
            what = counted(len(row), "value") if is_row else "no list of values"
            message = f"row {at} has {what}, the bus {counted(input_.width, 'element')}"
            raise Refused("bad-value", message, "give one value for each element in every row")
    if len({getattr(row, "dtype", None) for row in rows}) == 1 and isinstance(rows[0], np.ndarray):
        return plain(np.stack(rows))
    flat = _with_defaults(list(chain.from_iterable(rows)), input_)
    array = array_of(flat)
    return (objects(flat) if array is None else array).reshape(-1, input_.width)


def float_type_of(values: Sequence[object]) -> np.dtype[Any] | None:
    """Return the widest type of the floats among scalars, lists and arrays; None without any."""
    kinds: set[np.dtype[Any]] = set()
    for value in values:
        if isinstance(value, np.ndarray) and value.dtype.kind != "O":
            kinds |= {value.dtype} if value.dtype.kind == "f" else set()
            continue
        entries = value.ravel().tolist() if isinstance(value, np.ndarray) else value
        for kind in set(map(type, entries if isinstance(entries, (list, tuple)) else [entries])):
            if issubclass(kind, (float, np.floating)):
                kinds.add(np.dtype(kind))
    return max(kinds, key=lambda kind: kind.itemsize, default=None)


def array_of(values: list[Any]) -> Array | None:
    """Make an array of values that are all int, all float or all bool; None for others."""
    kinds = set(map(type, values))
    try:
        if kinds == {int}:
            return np.array(values, np.int64)
    except OverflowError:
        return None
    return np.array(values) if kinds == {float} or kinds == {bool} else None
