"""Rows from Python: scalars, lists and arrays; a float means exactly the number stored."""

from __future__ import annotations

import math
import numbers
from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nnc.columns import Batch, Column
from nnc.diagnostics import Diagnostic, InvalidRowsError
from nnc.exact import Number, Refused, exact_number, simplest
from nnc.network import Input
from nnc.rows.cells import check_value, checked, column_of_numbers, constant
from nnc.rows.names import match_names

_MOST = 1000

# -------------------------------------------------------------------------- single values


def number_of(value: object, one: Input) -> Number:
    """Read a Python value of an input, exactly.  Raises Refused.

    Texts are read as in a network file; a float means its binary value; True and False are bits
    only.
    """
    if isinstance(value, (bool, np.bool_)):
        if one.type != "bit":
            raise Refused("boolean-as-number", f"`{value}` is no number", f"write {int(value)}")
        return int(value)
    number = _float(value) if _is_float(value) else exact_number(value)
    check_value(number, one)
    return number


def _is_float(value: object) -> bool:
    return isinstance(value, numbers.Real) and not isinstance(value, (numbers.Rational, Decimal))


def _float(value: Any) -> Number:
    binary = float(value)
    if not math.isfinite(binary):
        raise Refused("not-finite", f"`{binary}` is no finite number", "give a finite number")
    if binary != value:
        raise Refused(
            "bad-value",
            f"`{value}` has more digits than a 64-bit float",
            "give it as text or as a Fraction",
        )
    return simplest(Fraction(binary))


# --------------------------------------------------------------------------------- arrays


def column_of_array(array: NDArray[Any], one: Input) -> Column | None:
    """Read an array of one dimension, not empty; None where any value is refused.

    Bits become uint8 and integers int64, or object where they do not fit; reals stay floats.
    """
    kind = array.dtype.kind
    if kind == "b":
        return Column(array.astype(np.uint8)) if one.type == "bit" else None
    if kind == "f":
        return _column_of_floats(array.astype(np.float64), one)
    if kind == "u" and int(array.max()) >= 1 << 63:
        return checked(Column(array.astype(object)), one)
    return checked(Column(array.astype(np.int64)), one)


def _column_of_floats(array: NDArray[np.float64], one: Input) -> Column | None:
    if not np.isfinite(array).all():
        return None
    if one.type == "real":
        extremes = (array.min(), array.max())
        refused = any(one.refuses(simplest(Fraction(float(end)))) for end in extremes)
        return None if refused else Column(array)
    if (array != np.floor(array)).any():
        return None
    if np.abs(array).max() < 2.0**63:
        return checked(Column(array.astype(np.int64)), one)
    return checked(Column(np.array([int(x) for x in array.tolist()], object)), one)


def mistakes_in(values: Iterable[Any], one: Input) -> Iterator[tuple[int, Refused]]:
    """Give the index of each value that is refused, and why."""
    for index, value in enumerate(values):
        try:
            number_of(value, one)
        except Refused as error:
            yield index, error


# -------------------------------------------------------------------------------- batches


def batch_from_arrays(
    values: Mapping[str, object], inputs: Mapping[str, Input]
) -> tuple[Batch, bool]:
    """Make a batch from a value, or one value a row, for each input; tells if all were scalars.

    Arrays have one dimension and equal lengths: NumPy arrays of bool, any int, float16, 32 or 64;
    lists of int, Fraction, Decimal, str or float. Scalars stand for every row. Raises
    InvalidRowsError with every mistake, each with the path `(name, index)`.
    """
    found = [
        Diagnostic(rule, message, path=() if at is None else (list(values)[at],), help=help_)
        for rule, message, help_, at in match_names(list(values), inputs, noun="value")
    ]
    given: dict[str, object] = {}
    for name in filter(values.__contains__, inputs):
        try:
            given[name] = _one_dimension(values[name])
        except Refused as error:
            found.append(_refused(name, (name,), error))
    lengths = {name: len(one) for name, one in given.items() if isinstance(one, _ROWS)}
    count = next(iter(lengths.values()), 1)
    first = next(iter(lengths), "")
    found += [
        Diagnostic(
            "row-length",
            f"input `{name}` has {_rows(length)}, input `{first}` {count}",
            path=(name,),
            help="give each input the same number of values",
        )
        for name, length in lengths.items()
        if length != count
    ]
    columns = [
        _column(name, given.get(name, one.default), one, count, found)
        for name, one in inputs.items()
        if name in given or (name not in values and one.default is not None)
    ]
    if found:
        raise InvalidRowsError(found[:_MOST])
    return Batch(tuple(columns), count), not lengths


_ROWS = (np.ndarray, list)


def _rows(count: int) -> str:
    return "1 value" if count == 1 else f"{count} values"


def _one_dimension(value: object) -> object:
    """Give a list or an array of one dimension for what holds rows; a scalar as it is.

    Raises Refused for other arrays.
    """
    if isinstance(value, (str, Mapping)) or value is None:
        return value
    if not isinstance(value, (np.ndarray, np.generic)) and hasattr(value, "__array__"):
        value = np.asarray(value)
    if isinstance(value, np.ndarray) and value.ndim == 0:
        return value.item() if value.dtype.kind in "OU" else value[()]
    if isinstance(value, np.ndarray):
        kind, message = value.dtype, "expected numbers, found an array of "
        if value.ndim != 1:
            message += f"{value.ndim} dimensions"
            raise Refused("bad-value", message, "give one value a row")
        if kind.kind in "OU":
            return value.tolist()
        if kind.kind not in "buif" or kind.itemsize > 8:
            raise Refused("bad-value", f"{message}{kind}", "give an array of bool, int or float")
        return value
    if isinstance(value, Sequence) and not isinstance(value, (bytes, bytearray)):
        return list(value)
    return value


def _column(name: str, value: object, one: Input, count: int, found: list[Diagnostic]) -> Column:
    """Read the values of one input; notes what is refused."""
    if not isinstance(value, _ROWS):
        refused = next(mistakes_in([value], one), None)
        if refused is None:
            return constant(number_of(value, one), one, count)
        found.append(_refused(name, (name,), refused[1]))
        return constant(0, one, count)
    if len(value) == 0:
        return Column(np.empty(0, np.uint8 if one.type == "bit" else np.int64))
    column = _column_of_list(value, one) if isinstance(value, list) else column_of_array(value, one)
    if column is not None:
        return column
    for index, error in mistakes_in(value, one):
        found.append(_refused(name, (name, index), error))
        if len(found) >= _MOST:
            break
    return constant(0, one, count)


def _column_of_list(values: list[Any], one: Input) -> Column | None:
    kinds = set(map(type, values))
    if kinds == {float} or kinds == {bool}:
        return column_of_array(np.array(values), one)
    try:
        if kinds == {int}:
            return checked(Column(np.array(values, np.int64)), one)
    except OverflowError:
        pass
    try:
        return column_of_numbers([number_of(value, one) for value in values], one)
    except Refused:
        return None


def _refused(name: str, path: tuple[str | int, ...], error: Refused) -> Diagnostic:
    return Diagnostic(
        error.rule, f"input `{name}`: {error.message}", path=path, help=error.help or None
    )
