"""Results made float64, each exactly its value."""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from nnc.diagnostics.diagnostic import Diagnostic, InvalidRowsError
from nnc.exact import Number, show_number
from nnc.rows.columns import Column

_EXACT = 1 << 53  # up to which every integer is a float64


def floats_of(column: Column, name: str, start: int) -> NDArray[np.float64]:
    """Give a column as floats; `start` is its first row.

    Raises InvalidRowsError, not-representable, for what no float64 is exactly.
    """
    fast = _fast(column)
    if fast is not None:
        return fast
    exact: dict[Number, float] = {}
    values = column.values()
    for row, value in enumerate(values):
        if value not in exact:
            exact[value] = float_of(value)
            if not math.isfinite(exact[value]):
                raise not_representable(
                    f"output `{name}` is {show_number(value)} in row "
                    f"{start + row + 1}, which no float64 is exactly"
                )
    return np.array([exact[value] for value in values], np.float64)


def are_floats(column: Column) -> bool:
    """Tell whether every value is exactly a float64."""
    if _fast(column) is not None:
        return True
    return all(math.isfinite(float_of(value)) for value in set(column.values()))


def _fast(column: Column) -> NDArray[np.float64] | None:
    """Give floats, and small integers over a power of two, as floats; None for others."""
    numerators, below = column.numerators, column.denominator
    if below & (below - 1) or below > _EXACT or numerators.dtype.kind not in "uif":
        return None
    if numerators.dtype.kind == "f":
        return numerators.astype(np.float64) if below == 1 else None
    if len(numerators) and max(int(numerators.max()), -int(numerators.min())) > _EXACT:
        return None
    return numerators.astype(np.float64) / below


def float_of(value: Number) -> float:
    """Give the float that is `value`; NaN where there is none."""
    try:
        binary = float(value)
    except OverflowError:
        return math.nan
    return binary if math.isfinite(binary) and Fraction(binary) == value else math.nan


def not_representable(message: str) -> InvalidRowsError:
    """Tell that a format cannot hold a result."""
    return InvalidRowsError([Diagnostic("not-representable", message, help="use --to csv")])
