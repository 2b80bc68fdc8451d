"""Values of many rows, exactly: Column, Labels, Batch.

A number is stored as an array entry over one common denominator, so that decimals from a text
stay exact and whole columns are still calculated in NumPy.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nnc.diagnostics import Span
from nnc.exact import Number, simplest


@dataclass(frozen=True, slots=True)
class Column:
    """One value a row: `numerators[i] / denominator`.

    `numerators` has one dimension and is uint8 for bits, int64 for integers and scaled decimals,
    float64 for binary floats (each meaning exactly the number stored; always finite), or object
    (int or Fraction) for what fits none of them. `denominator` is a positive int.
    """

    numerators: NDArray[Any]
    denominator: int = 1

    def __len__(self) -> int:
        return len(self.numerators)

    def value(self, row: int) -> Number:
        """Give the exact value of one row."""
        numerator = self.numerators[row]
        if isinstance(numerator, np.floating):
            exact = Fraction(float(numerator))
        else:
            exact = Fraction(numerator if isinstance(numerator, Fraction) else int(numerator))
        return simplest(exact / self.denominator)

    def values(self) -> list[Number]:
        """Give the exact values of all rows."""
        if self.denominator == 1 and self.numerators.dtype.kind in "ui":
            whole: list[Number] = self.numerators.tolist()
            return whole
        return [self.value(row) for row in range(len(self))]


@dataclass(frozen=True, slots=True)
class Labels:
    """One label a row: `labels[codes[i]]`."""

    codes: NDArray[Any]
    labels: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.codes)

    def values(self) -> list[str]:
        """Give the labels of all rows."""
        return [self.labels[code] for code in self.codes.tolist()]


Places = Callable[[int, str], tuple[Span, str | None]]
"""Gives the place of a cell, by row and column name, and the line that it starts on."""


@dataclass(frozen=True, slots=True)
class Batch:
    """Some rows: a Column for each input, in the order of the file.

    `extras` holds columns that are no inputs and are kept beside the outputs, as text;
    `places`, where the format knows it, tells where they stand.
    """

    columns: tuple[Column, ...]
    count: int
    extras: dict[str, list[str]] = field(default_factory=dict)
    places: Places | None = field(default=None, compare=False, repr=False)


Results = dict[str, Column | Labels]
"""The outputs of a batch by column name, in the order they are written."""
