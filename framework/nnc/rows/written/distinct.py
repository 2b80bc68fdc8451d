"""Rows that are written as text, each distinct one made but once."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nnc.integers import objects
from nnc.rows.columns import Column, Labels
from nnc.rows.written.shown import Table

Lines = Callable[[Table, Sequence[str]], list[str]]
"""Gives the lines of some rows."""

_MOST_VALUES = 1 << 12  # in the range of a column
_MOST_ROWS = 1 << 16  # rows that could be distinct
_REPEATED = 4  # so many times as many rows as distinct ones repay the search


def text_of(table: Table, names: Sequence[str], lines: Lines, between: str = "") -> bytes:
    """Give the lines of all rows, joined."""
    few = _distinct(table, names)
    if few is None:
        return between.join(lines(table, names)).encode("utf-8", "backslashreplace")
    rows, places = few
    sample = {name: _taken(table[name], rows) for name in names}
    once = objects([line.encode("utf-8", "backslashreplace") for line in lines(sample, names)])
    return between.encode().join(once[places].tolist())


def _distinct(table: Table, names: Sequence[str]) -> tuple[NDArray[Any], NDArray[Any]] | None:
    """Give one row of each kind, and for every row the place of its kind; None for many kinds."""
    codes = [_codes(table[name]) for name in names]
    known = [one for one in codes if one is not None]
    if len(known) < len(codes) or not known or not len(known[0][0]):
        return None
    if math.prod(size for _, size in known) > _MOST_ROWS:
        return None
    kinds, total = known[0][0].astype(np.intp), known[0][1]
    for code, size in known[1:]:
        kinds = kinds * size + code
        total *= size
    first = np.full(total, -1)
    first[kinds] = np.arange(len(kinds))
    used = np.flatnonzero(first >= 0)
    if len(used) * _REPEATED > len(kinds):
        return None
    place = np.empty(total, np.intp)
    place[used] = np.arange(len(used))
    return first[used], place[kinds]


def _codes(column: Column | Labels | Sequence[str]) -> tuple[NDArray[Any], int] | None:
    """Give small numbers in the place of values, and their range; None for many values."""
    if isinstance(column, Labels):
        return column.codes, len(column.labels)
    if not isinstance(column, Column) or column.numerators.dtype.kind not in "ui":
        return None
    if not len(column):
        return None
    least, most = int(column.numerators.min()), int(column.numerators.max())
    if most - least >= _MOST_VALUES:
        return None
    return column.numerators - least, most - least + 1


def _taken(column: Column | Labels | Sequence[str], rows: NDArray[Any]) -> Column | Labels:
    if isinstance(column, Labels):
        return Labels(column.codes[rows], column.labels)
    assert isinstance(column, Column)
    return Column(column.numerators[rows], column.denominator)
