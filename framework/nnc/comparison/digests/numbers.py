"""Lists of exact numbers -> their bytes, the same however the numbers are stored."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from fractions import Fraction
from hashlib import sha256
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nnc.exact import Number, show_number, simplest
from nnc.rows.columns import Column

Array = NDArray[Any]
_FLOATS, _EXACT = b"float64\n", b"exact\n"
_WHOLE = 1 << 53
"""Up to this size every integer is a float64."""


def written(value: Number) -> str:
    """Give a number in lowest terms: `3`, `-1/10`."""
    above, below = show_number(value.numerator), value.denominator
    return above if below == 1 else f"{above}/{show_number(below)}"


def list_digest(values: Sequence[Number]) -> bytes:
    """Hash a list of exact numbers, as docs/digest.md defines it."""
    if all(type(value) is int and -_WHOLE <= value <= _WHOLE for value in values):
        return sha256(_FLOATS + struct.pack(f"<{len(values)}d", *values)).digest()
    floats = [_as_float(value) for value in values]
    if None in floats:
        return sha256(_EXACT + " ".join(map(written, values)).encode()).digest()
    return sha256(_FLOATS + struct.pack(f"<{len(values)}d", *floats)).digest()


def array_digest(values: Array) -> bytes:
    """Hash the numbers stored in an array of one dimension."""
    floats = as_floats(values)
    if floats is None:
        return list_digest([simplest(Fraction(value)) for value in values.tolist()])
    return sha256(_FLOATS + floats.tobytes()).digest()


def column_digest(columns: Sequence[Column]) -> bytes:
    """Hash the values of some columns, one column after the other."""
    kinds = {one.numerators.dtype.kind if one.denominator == 1 else "O" for one in columns}
    if kinds <= {"u", "i"} or kinds == {"f"}:  # joined, others would be rounded
        return array_digest(np.concatenate([one.numerators for one in columns]))
    return list_digest([value for one in columns for value in one.values()])


def as_floats(values: Array) -> Array | None:
    """Give numbers as little-endian float64, -0 as 0; None where one is not exactly a float64."""
    kind, width = values.dtype.kind, values.dtype.itemsize
    if kind == "O":
        return None
    if kind in "iu" and width == 8 and values.size:
        least, greatest = int(values.min()), int(values.max())
        if least < -_WHOLE or greatest > _WHOLE:
            return None
    floats = values.astype("<f8")
    if kind == "f":
        floats += 0.0  # which makes -0 a 0
    return floats


def _as_float(value: Number) -> float | None:
    """Give a number as a float64; None where that is not exactly the number."""
    try:
        near = float(value)
    except OverflowError:
        return None
    return near if Fraction(near) == value else None
