"""Values of the axes -> rows of either plan, as its engines take them.

Rows that are all values of some axes are numbered in the order of `nnc eval --all`. Bits that are
bits of that number are never made: engines count them, 64 rows a word. The numbers start at 2**61,
so that bit 61 of each is a bit that is always 1, and bit 62 one that is always 0.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import accumulate
from math import lcm, prod
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nnc.compiler.plan import Plan
from nnc.exact import Number
from nnc.integers import scaled
from nnc.language.network import Input
from nnc.proving.domain import Domain, exact_values, interval_of
from nnc.rows.columns import Batch, Column, Labels, TruthTableColumn, bus_bits
from nnc.rows.inputs.cells import constant
from nnc.rows.inputs.value import Value

Array = NDArray[Any]
Tried = Sequence[Number | str]
"""The values of an axis that are tried, in order."""

_START, _ONE, _ZERO = 1 << 61, 61, 62


@dataclass(frozen=True, eq=False)
class Block:
    """Some rows: the values that axes take, and by `codes` the place of the value in each row.

    Axes without values rest. `places` has the axes whose code is a bit of the number of each row,
    counted from `start`.
    """

    domain: Domain
    count: int
    values: Mapping[int, Tried]
    codes: Callable[[int], Array]
    places: Mapping[int, int] = field(default_factory=dict)
    start: int = 0

    def value(self, axis: int, row: int) -> Number | str:
        """Give the value of an axis in one row."""
        values = self.values.get(axis)
        return self.domain.axes[axis].resting if values is None else values[self.codes(axis)[row]]

    def row(self, row: int) -> list[Number | str]:
        """Give the value of every axis in one row."""
        return [self.value(axis, row) for axis in range(len(self.domain.axes))]

    def batch(self, plan: Plan) -> Batch:
        """Give the rows as a plan takes them."""
        columns = [self._column(name, one) for name, one in plan.inputs.items()]
        return Batch(tuple(columns), self.count)

    def _column(self, name: str, one: Input) -> Column | Labels:
        if name in self.domain.apart:
            return constant(_resting(one), one, self.count)
        axes = [self.domain.axis_of(name, element) for element in range(one.width)]
        first = axes[0]
        if first is not None and self.domain.axes[first].element is None:
            return self._whole(first, one)
        if one.type != "bit":
            columns = [self._numbers(axis) for axis in axes if axis is not None]
            return _side_by_side(columns) if one.is_bus else columns[0]
        places = [self._place(axis, one) for axis in axes]
        if None not in places:
            known = tuple(place for place in places if place is not None)
            return TruthTableColumn(_START + self.start, self.count, known, is_bus=one.is_bus)
        bits = np.stack([self._bits(axis, one) for axis in axes], axis=1)
        return Column(bits if one.is_bus else bits[:, 0])

    def _tried(self, axis: int) -> Tried:
        return self.values.get(axis) or (self.domain.axes[axis].resting,)

    def _codes(self, axis: int) -> Array:
        return self.codes(axis) if axis in self.values else np.zeros(self.count, np.int64)

    def _whole(self, axis: int, one: Input) -> Column | Labels:
        """Give a choice, or a bus of bits from its unsigned integer."""
        tried, codes = self._tried(axis), self._codes(axis)
        if one.of is not None:
            own = np.array([one.of.index(str(value)) for value in tried])
            return Labels(own[codes], one.of)
        bits = bus_bits([int(value) for value in tried], one.width)
        return Column(bits[codes])

    def _numbers(self, axis: int) -> Column:
        exact = exact_values(self._tried(axis))
        common = lcm(*(value.denominator for value in exact))
        whole = [int(value * common) for value in exact]
        fits = all(-(1 << 63) <= value < 1 << 63 for value in whole)
        array: Array = np.array(whole, np.int64 if fits else object)
        return Column(array[self._codes(axis)], common)

    def _place(self, axis: int | None, one: Input) -> int | None:
        """Give which bit of the rows' numbers an element is; None where it is none."""
        if axis is None:
            return _ZERO
        if axis not in self.values:
            return _ONE if self.domain.axes[axis].resting == one.state_values[1] else _ZERO
        is_turned = self.values[axis][0] != one.state_values[0]
        return None if is_turned else self.places.get(axis)

    def _bits(self, axis: int | None, one: Input) -> Array:
        if axis is None:
            return np.zeros(self.count, np.uint8)
        own = np.array([value == one.state_values[1] for value in self._tried(axis)], np.uint8)
        bits: Array = own[self._codes(axis)]
        return bits


def _resting(one: Input) -> Value:
    """Give some value of an input by itself."""
    if one.of is not None:
        return one.of[0]
    if one.is_integer_bus:
        return 0
    value = one.state_values[0] if one.type == "bit" else interval_of(one).nearest
    return (value,) * one.width if one.is_bus else value


def _side_by_side(columns: Sequence[Column]) -> Column:
    common = lcm(*(one.denominator for one in columns))
    parts = [scaled(one.numerators, common // one.denominator) for one in columns]
    return Column(np.stack(parts, axis=1), common)


@dataclass(frozen=True, eq=False)
class Grid:
    """All values of some axes, the first axis slowest; the others rest."""

    domain: Domain
    values: Mapping[int, Tried]

    @property
    def total(self) -> int:
        """The number of rows."""
        return prod(map(len, self.values.values()))

    @cached_property
    def strides(self) -> dict[int, int]:
        """After how many rows each axis takes its next value."""
        axes = sorted(self.values, reverse=True)
        sizes = accumulate((len(self.values[axis]) for axis in axes), lambda a, b: a * b, initial=1)
        return dict(zip(axes, sizes, strict=False))

    def blocks(self, size: int) -> Iterator[Block]:
        """Give all rows in order, in blocks of `size`, which is a multiple of 64."""
        places = {
            axis: stride.bit_length() - 1
            for axis, stride in self.strides.items()
            if len(self.values[axis]) == 2 and stride & (stride - 1) == 0
        }
        for start in range(0, self.total, size):
            count = min(size, self.total - start)
            codes = _Codes(start, count, self.strides, self.values)
            yield Block(self.domain, count, self.values, codes, places, start)


class _Codes:
    """The place of the value of each axis in consecutive rows, made when asked for."""

    def __init__(
        self, start: int, count: int, strides: Mapping[int, int], values: Mapping[int, Tried]
    ) -> None:
        self._start, self._count = start, count
        self._strides, self._values = strides, values

    @cached_property
    def _numbers(self) -> Array:
        return np.arange(self._start, self._start + self._count)

    def __call__(self, axis: int) -> Array:
        codes: Array = self._numbers // self._strides[axis] % len(self._values[axis])
        return codes
