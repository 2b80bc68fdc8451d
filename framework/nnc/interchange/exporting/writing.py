"""What a language writes of gates and outputs: one shape, to which each adds its own words."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence

from nnc.compiler.graph import Tap
from nnc.interchange.exporting.gates import Gate, Gates
from nnc.interchange.exporting.wording import (
    comparisons,
    rank_texts,
    real_sum_text,
    scaled_text,
    total_of,
)
from nnc.language.network import BITS
from nnc.numbers.exact import Number


class Writer(ABC):
    """The gates of a plan in a language: `signals` and `totals` are what these are called there.

    A bus of up to `widest` bits is one integer, of any number of bits where that is None.
    """

    widest: int | None = None

    def __init__(self, gates: Gates, signals: Mapping[int, str], totals: Mapping[int, str]) -> None:
        self._gates, self._signals, self._totals = gates, signals, totals

    # ------------------------------------------------------------------- words of a language

    @abstractmethod
    def _let(self, name: str, text: str, gate: Gate | None = None) -> str:
        """Write a statement that names a bit, or the total of a gate."""

    @abstractmethod
    def _bit(self, comparison: str) -> str:
        """Write a comparison as 0 or 1."""

    @abstractmethod
    def _chosen(self, value: str, off: Number, on: Number) -> str:
        """Write the state of a bit."""

    @abstractmethod
    def _label(self, index: str, tap: Tap) -> str:
        """Write the label of a place; the place itself where there are no labels."""

    @abstractmethod
    def _first_largest(self, ranks: Sequence[str], tap: Tap) -> str:
        """Write the label of the first of the largest numbers."""

    @abstractmethod
    def _word(self, bits: Sequence[str]) -> str:
        """Write bits as one integer, the lowest first."""

    @abstractmethod
    def _quotient(self, text: str, unit: int) -> str:
        """Write an integer divided by another."""

    # --------------------------------------------------------------------------------- gates

    def _gate(self, gate: Gate) -> Iterator[str]:
        """Write the statements of a gate."""
        yield from self._kept_total(gate)
        yield from self._tests(gate)

    def _kept_total(self, gate: Gate) -> Iterator[str]:
        """Write the statement that names the total of a gate, if it is needed by name."""
        if gate.first in self._totals:
            yield self._let(self._totals[gate.first], self._total(gate), gate)

    def _tests(self, gate: Gate) -> Iterator[str]:
        """Write the statements that name the bits of a gate."""
        total = self._totals.get(gate.first) or self._total(gate)
        for signal, text in zip(gate.signals, self._compared(gate, total), strict=True):
            yield self._let(self._signals[signal], self._bit(text))

    def _total(self, gate: Gate) -> str:
        return total_of(gate, self._signals.__getitem__)

    def _compared(self, gate: Gate, total: str) -> list[str]:
        return comparisons(gate, self._signals.__getitem__, total, self._gates.floats)

    # ------------------------------------------------------------------------------- outputs

    def _is_word(self, tap: Tap) -> bool:
        return tap.is_integer and (self.widest is None or len(tap.signals) <= self.widest)

    def _is_list(self, tap: Tap) -> bool:
        return tap.is_bus and not self._is_word(tap)

    def _values(self, tap: Tap) -> list[str]:
        """Write what an output gives: one text, or one for each element of a list."""
        if tap.kind == "sum":
            return [self._sum(signal) for signal in tap.signals]
        if tap.kind == "largest":
            return [self._first_largest(self._ranks(tap), tap)]
        values = [self._signals[signal] for signal in tap.signals]
        if tap.kind == "level":
            return [self._label(" + ".join(values), tap)]
        for place, value in enumerate(values):
            states = tap.states_of(place)
            if states is not None and states != BITS:
                values[place] = self._chosen(value, *states)
        return [self._word(values)] if self._is_word(tap) else values

    def _ranks(self, tap: Tap) -> list[str]:
        return rank_texts(self._gates, tap, self._totals)

    def _sum(self, signal: int) -> str:
        gate = self._gates.maker[signal]
        if gate.is_real:
            return real_sum_text(gate, self._totals[gate.first])
        return self._scaled(gate)

    def _scaled(self, gate: Gate) -> str:
        """Write the exact sum of a gate: its total times a factor, and more, over a unit."""
        factor, offset, unit = gate.value
        text = scaled_text(self._totals[gate.first], factor, offset)
        return text if unit == 1 else self._quotient(text, unit)
