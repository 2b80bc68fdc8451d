"""A writer of cells and outputs, to which each language adds its own words."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence

from nnc.compiler.netlist import Affine, Argmax, Cell, Net, Port, Value
from nnc.interchange.exporting.logic import Logic, bit_of, states_of
from nnc.interchange.exporting.wording import (
    comparisons,
    real_sum_text,
    scaled_text,
    total_of,
)
from nnc.language.network import BITS
from nnc.numbers.exact import Number


class Writer(ABC):
    """The cells of a network in a language: `nets` and `totals` are what these are called there.

    A bus of up to `widest` bits is one integer, of any number of bits where that is None.
    """

    widest: int | None = None
    is_exact = False
    """True if real numbers are exact, and not doubles."""

    def __init__(self, logic: Logic, nets: Mapping[Net, str], totals: Mapping[Net, str]) -> None:
        self._logic, self._nets, self._totals = logic, nets, totals

    # ------------------------------------------------------------------- words of a language

    @abstractmethod
    def _let(self, name: str, text: str, cell: Cell | None = None) -> str:
        """Write a statement that names a bit, or the total of a cell."""

    @abstractmethod
    def _bit(self, comparison: str) -> str:
        """Write a comparison as 0 or 1."""

    @abstractmethod
    def _chosen(self, value: str, off: Number, on: Number) -> str:
        """Write the state of a bit."""

    @abstractmethod
    def _label(self, index: str, port: Port) -> str:
        """Write the label of a place; the place itself where there are no labels."""

    @abstractmethod
    def _first_largest(self, largest: Argmax, port: Port) -> str:
        """Write the label of the first of the largest numbers."""

    @abstractmethod
    def _word(self, bits: Sequence[str]) -> str:
        """Write bits as one integer, the lowest first."""

    @abstractmethod
    def _quotient(self, text: str, unit: int) -> str:
        """Write an integer divided by another."""

    # --------------------------------------------------------------------------------- cells

    def _cell(self, cell: Cell) -> Iterator[str]:
        """Write the statements of a cell."""
        yield from self._kept_total(cell)
        yield from self._tests(cell)

    def _kept_total(self, cell: Cell) -> Iterator[str]:
        """Write the statement that names the total of a cell, if it is needed by name."""
        if cell.first in self._totals:
            yield self._let(self._totals[cell.first], self._total(cell), cell)

    def _tests(self, cell: Cell) -> Iterator[str]:
        """Write the statements that name the bits of a cell."""
        total = self._totals.get(cell.first) or self._total(cell)
        for net, text in zip(cell.nets, self._compared(cell, total), strict=True):
            yield self._let(self._nets[net], self._bit(text))

    def _total(self, cell: Cell) -> str:
        return total_of(cell, self._nets.__getitem__)

    def _compared(self, cell: Cell, total: str) -> list[str]:
        return comparisons(cell, self._nets.__getitem__, total, self._logic.floats)

    # ------------------------------------------------------------------------------- outputs

    def _is_word(self, port: Port) -> bool:
        return port.shape == "word" and (self.widest is None or len(port.values) <= self.widest)

    def _is_list(self, port: Port) -> bool:
        return port.shape != "scalar" and not self._is_word(port)

    def _values(self, port: Port) -> list[str]:
        """Write what an output gives: one text, or one for each element of a list."""
        values = [self._value_text(value, port) for value in port.values]
        return [self._word(values)] if self._is_word(port) else values

    def _value_text(self, value: Value, port: Port) -> str:
        if isinstance(value, Argmax):
            return self._first_largest(value, port)
        assert isinstance(value, Affine)
        if value.is_sum:
            return self._sum(value)
        if self._logic.is_level(value, port):
            return self._label(" + ".join(self._nets[net] for net, _ in value.terms), port)
        text, states = self._nets[bit_of(value)], states_of(value)
        is_plain = self._logic.is_number(value) or states == BITS
        return text if is_plain else self._chosen(text, *states)

    def _ranks(self, largest: Argmax) -> list[str]:
        """Write what the largest sum is found by: of integers no quotient, which may be rounded."""
        ranks = self._logic.ranks(largest)
        if any(rank.cell.is_real for rank in ranks):
            return list(map(self._sum, largest.of))
        return [
            scaled_text(self._totals[cell.first], factor, offset) for cell, factor, offset in ranks
        ]

    def _sum(self, value: Affine) -> str:
        """Write a sum: of integers its total times a factor, and more, over a unit."""
        cell, factor, offset = self._logic.rank(value)
        total = self._totals[cell.first]
        if cell.is_real and not self.is_exact:
            return real_sum_text(value, total)
        text = scaled_text(total, factor, offset)
        return text if value.unit == 1 else self._quotient(text, value.unit)
