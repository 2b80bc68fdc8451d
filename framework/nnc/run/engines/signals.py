"""What an engine is asked for, and what it gives."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from nnc.compiler.plan import Plan
from nnc.language.network import Input
from nnc.rows.columns import Batch, Column, Labels


class Wanted(NamedTuple):
    """Signals; the first signals of the neurons whose sums are wanted; and in how many threads."""

    signals: frozenset[int]
    sums: frozenset[int]
    threads: int = 1
    native: bool = True


class Signals(Protocol):
    """The wanted bits and sums, by signal.

    A bit of a neuron with states is 0 or 1 too; a sum is exact, and of the states.
    """

    @property
    def sums(self) -> Mapping[int, Column]:
        """The sums by the first signal of each neuron."""

    def bit(self, signal: int) -> NDArray[Any]:
        """Give one bit as uint8, a row each."""

    def bus(self, signals: Sequence[int]) -> NDArray[Any]:
        """Give bits as uint8, rows x width."""

    def words_of(self, signals: Sequence[int]) -> NDArray[Any]:
        """Give bits packed, width x words; bits beyond the last row are 0."""


class PlainSignals(NamedTuple):
    """Signals as an array of uint8 each."""

    bits: dict[int, NDArray[Any]]
    sums: dict[int, Column]

    def bit(self, signal: int) -> NDArray[Any]:
        """Give one bit, a row each."""
        return self.bits[signal]

    def bus(self, signals: Sequence[int]) -> NDArray[Any]:
        """Give bits, rows x width."""
        return np.stack([self.bits[signal] for signal in signals], axis=1)

    def words_of(self, signals: Sequence[int]) -> NDArray[Any]:
        """Give bits packed, width x words; bits beyond the last row are 0."""
        return packed(np.stack([self.bits[signal] for signal in signals]))


def packed(bits: NDArray[Any]) -> NDArray[Any]:
    """Pack bits, signals x rows, into words: signals x words."""
    rows = bits.shape[1]
    words = np.zeros((bits.shape[0], -(-rows // 64) * 8), np.uint8)
    words[:, : -(-rows // 8)] = np.packbits(bits, axis=1, bitorder="little")
    return words.view(np.uint64)


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
