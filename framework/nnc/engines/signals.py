"""What an engine is asked for, and what it gives."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from nnc.columns import Batch, Column, Labels
from nnc.network import Input
from nnc.plan import Plan


class Wanted(NamedTuple):
    """Signals; and the first signals of the neurons whose sums are wanted."""

    signals: frozenset[int]
    sums: frozenset[int]


class Signals(NamedTuple):
    """The wanted bits (uint8, 0 or 1, one entry a row) and sums, by signal.

    A bit of a neuron with states is 0 or 1 too; a sum is exact, and of the states.
    """

    bits: dict[int, NDArray[Any]]
    sums: dict[int, Column]


Engine = Callable[[Plan, Batch, Wanted], Signals]
"""Evaluates every step of a plan for every row of a batch."""


def element_columns(inputs: dict[str, Input], columns: Sequence[Column | Labels]) -> list[Column]:
    """Give a column of one dimension for each element of each input; of a choice, bits."""
    found = []
    for one, column in zip(inputs.values(), columns, strict=True):
        if isinstance(column, Labels):
            hot = column.codes[None, :] == np.arange(one.width)[:, None]
            found += [Column(row) for row in hot.astype(np.uint8)]
        elif column.numerators.ndim == 1 and not one.is_bus:
            found.append(column)
        else:
            turned = np.ascontiguousarray(column.numerators.T)
            found += [Column(row, column.denominator) for row in turned]
    return found
