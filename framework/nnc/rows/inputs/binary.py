"""Arrays of numbers made a Column, exactly: each entry means the number stored."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nnc.exact import Refused, simplest
from nnc.integers import objects
from nnc.language.network import Input
from nnc.rows.columns import Column
from nnc.rows.inputs.cells import bits_of, checked, column_of_integers
from nnc.rows.inputs.value import number_of

_PIECE = 1024  # values that are looked at one by one where one of them is refused


def column_of_array(array: NDArray[Any], one: Input) -> Column | None:
    """Read an array of numbers, not empty, as elements of an input; None where one is refused.

    Bits become uint8 and integers int64, or object where they do not fit; reals stay floats.
    """
    kind = array.dtype.kind
    if kind == "b":
        return Column(array.astype(np.uint8)) if one.type == "bit" else None
    if kind == "f":
        return _column_of_floats(_doubles(array), one)
    if one.type == "bit":
        return bits_of(Column(array), one)
    return checked(_whole(array), one)


def _doubles(array: NDArray[Any]) -> NDArray[np.float64]:
    """Give floats as float64, each the same number; a NaN that signals says nothing on the way."""
    with np.errstate(invalid="ignore"):
        return array.astype(np.float64, copy=False)


def _column_of_floats(array: NDArray[np.float64], one: Input) -> Column | None:
    if one.type == "bit":
        return bits_of(Column(array), one)
    if not np.isfinite(array).all():
        return None
    if one.type == "real":
        extremes = (array.min(), array.max())
        refused = any(one.refuses(simplest(Fraction(float(end)))) for end in extremes)
        return None if refused else Column(array)
    return checked(_whole(array), one) if (array == np.floor(array)).all() else None


def bus_of_array(array: NDArray[Any], one: Input) -> Column | None:
    """Read unsigned integers, not none, as the bits of a bus; None where one is refused."""
    if array.dtype.kind == "f":
        array = _doubles(array)
        if not np.isfinite(array).all() or (array != np.floor(array)).any():
            return None
    return None if array.dtype.kind == "b" else column_of_integers(_whole(array), one)


def _whole(array: NDArray[Any]) -> Column:
    """Store integral values, not none, as integers."""
    if array.dtype.kind == "f" and not np.abs(array).max() < 2.0**63:
        return Column(objects([int(x) for x in array.flat]).reshape(array.shape))
    is_large = array.dtype.kind == "u" and int(array.max()) >= 1 << 63
    return Column(array.astype(object if is_large else np.int64))


def mistakes_in(
    values: NDArray[Any] | list[Any],
    one: Input,
    *,
    column: Callable[[NDArray[Any], Input], Column | None] = column_of_array,
    read: Callable[[Any, Input], object] = number_of,
) -> Iterator[tuple[int, Refused]]:
    """Give the index of each value, of one dimension, that `read` refuses, and why.

    Pieces of an array that `column` can read are passed over.
    """
    for start in range(0, len(values), _PIECE):
        piece = values[start : start + _PIECE]
        if isinstance(piece, np.ndarray) and column(piece, one) is not None:
            continue
        for index, value in enumerate(piece, start):
            try:
                read(value, one)
            except Refused as error:
                yield index, error
