"""Columns as exact texts."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction

from nnc.columns import Column, Labels
from nnc.exact import show_number, simplest

Table = Mapping[str, Column | Labels | list[str]]
"""Results of a batch, with any extras that are kept beside them."""

_BITS = ("0", "1")


def texts_of(column: Column | Labels | list[str]) -> list[str]:
    """Print every row exactly; integers fast, others once for each distinct value."""
    if isinstance(column, list):
        return column
    if isinstance(column, Labels):
        return column.values()
    raw = column.numerators.tolist()
    kind = column.numerators.dtype
    if column.denominator == 1 and kind.kind in "ui":
        if kind.itemsize == 1 and len(raw) > 0 and column.numerators.max() <= 1:
            return [_BITS[one] for one in raw]
        return list(map(str, raw))
    shown = {one: show_number(simplest(Fraction(one) / column.denominator)) for one in set(raw)}
    return [shown[one] for one in raw]
