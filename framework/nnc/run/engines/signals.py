"""Read the signals of packed rows, 64 per word, as bits, buses, numbers or words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from nnc.language.network import States
from nnc.numbers.integers import Array
from nnc.rows.columns import Column, bus_column, of_states
from nnc.run.engines import native, words
from nnc.run.engines.windows import PictureResults, Pictures


def unpack_bits(packed: Array, rows: int) -> Array:
    """Return packed bits as signals x rows."""
    return np.unpackbits(packed.view(np.uint8), axis=1, bitorder="little", count=rows)


@dataclass(slots=True)
class PackedSignals:
    """Signals that stay packed until they are used."""

    count: int
    line_of: dict[int, int]
    words: Array
    sums: dict[int, Column]
    threads: int
    is_native: bool

    def bit(self, signal: int) -> Array:
        """Return one bit as a uint8 array over the rows."""
        line = self.words[self.line_of[signal]].view(np.uint8)
        return np.unpackbits(line, bitorder="little", count=self.count)

    def column(self, signal: int, states: States) -> Column:
        """Return one bit as a column of its states' values."""
        return of_states(self.bit(signal), states)

    def bus(self, signals: Sequence[int]) -> Array:
        """Return bits, rows x width."""
        bits = np.empty((self.count, len(signals)), np.uint8)
        self.write(signals, bits)
        return bits

    def integers(self, signals: Sequence[int]) -> Column:
        """Return bits as unsigned integers, lowest bit first."""
        return bus_column(self.bus(signals))

    def write(self, signals: Sequence[int], bits: Array) -> None:
        """Write bits into a contiguous uint8 array, rows x width."""
        packed = self.words[self._lines_of(signals)]
        if len(signals) == 1:
            bits[:, 0] = unpack_bits(packed, self.count)[0]
        elif self.is_native:
            native.unpack_rows(packed, bits, self.threads)
        else:
            bits[:] = words.unpack_rows(packed, self.count)

    def _lines_of(self, signals: Sequence[int]) -> slice | list[int]:
        """Return the lines of bits; consecutive ones as a slice, which needs no copy."""
        if isinstance(signals, range) and signals:
            first, last = self.line_of[signals[0]], self.line_of[signals[-1]]
            if last - first == len(signals) - 1:
                return slice(first, last + 1)
        return [self.line_of[signal] for signal in signals]

    def words_of(self, signals: Sequence[int] | None = None) -> Array:
        """Return packed bits, by default all in order; bits beyond the last row are 0."""
        at = slice(None) if signals is None else self._lines_of(signals)
        packed: Array = np.ascontiguousarray(self.words[at, : -(-self.count // 64)])
        if self.count % 64 and packed.size:
            packed = packed.copy()
            packed[:, -1] &= np.uint64((1 << self.count % 64) - 1)
        return packed


@dataclass(slots=True)
class PictureSignals:
    """Bits of layers over a picture, which stay packed by pixel until they are used."""

    count: int
    part: Pictures
    results: PictureResults
    kept: list[int]
    sums: dict[int, Column]
    threads: int

    def bit(self, signal: int) -> Array:
        """Return one bit as a uint8 array over the rows."""
        bits: Array = self.bus([signal])[:, 0]
        return bits

    def column(self, signal: int, states: States) -> Column:
        """Return one bit as a column of its states' values."""
        return of_states(self.bit(signal), states)

    def bus(self, signals: Sequence[int]) -> Array:
        """Return bits, rows x width."""
        return self.part.bits(self.results, signals)

    def integers(self, signals: Sequence[int]) -> Column:
        """Return bits as unsigned integers, lowest bit first."""
        return bus_column(self.bus(signals))

    def write(self, signals: Sequence[int], bits: Array) -> None:
        """Write bits into a contiguous uint8 array, rows x width."""
        bits[:] = self.bus(signals)

    def words_of(self, signals: Sequence[int] | None = None) -> Array:
        """Return packed bits, by default all in order; bits beyond the last row are 0."""
        bits = self.bus(self.kept if signals is None else signals)
        packed = np.empty((bits.shape[1], -(-self.count // 64)), np.uint64)
        native.pack_rows(bits, packed, self.threads)
        return packed
