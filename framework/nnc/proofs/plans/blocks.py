"""Rows of two plans from values of the axes, and the rows in which their outputs differ.

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
from typing import TYPE_CHECKING

from nnc.compiler.netlist import Argmax
from nnc.compiler.plan import Plan
from nnc.language.network import Input
from nnc.language.references import CONSTANTS
from nnc.lazy import np
from nnc.numbers.exact import Number
from nnc.numbers.integers import Array, scaled
from nnc.proofs.plans.domain import Domain, Tried, exact_values, interval_of, length_of
from nnc.proofs.plans.pair import Component, OutputPart, Pair, signals_of
from nnc.rows.columns import Batch, Column, Labels, TruthTableColumn, bus_bits, of_states, unequal
from nnc.rows.inputs.cells import column_of_numbers, constant
from nnc.rows.inputs.value import Value
from nnc.run.engines import Signals, element_columns, pack_bits
from nnc.run.evaluation import calculate, largest

if TYPE_CHECKING:
    from numpy.typing import NDArray

_START = 1 << 61  # number of the first row
_ONE = 61  # a bit of every number that is 1
_ZERO = 62  # a bit of every number that is 0


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
        """Return the value of an axis in one row."""
        values = self.values.get(axis)
        return self.domain.axes[axis].resting if values is None else values[self.codes(axis)[row]]

    def row(self, row: int) -> list[Number | str]:
        """Return the value of every axis in one row."""
        return [self.value(axis, row) for axis in range(len(self.domain.axes))]

    def batch(self, plan: Plan) -> Batch:
        """Return the rows as a plan takes them."""
        columns = [self._column(name, input_) for name, input_ in plan.inputs.items()]
        return Batch(tuple(columns), self.count)

    def _column(self, name: str, input_: Input) -> Column | Labels:
        if name in self.domain.apart:
            return constant(_resting(input_), input_, self.count)
        axes = [self.domain.axis_of(name, element) for element in range(input_.width)]
        first = axes[0]
        if first is not None and self.domain.axes[first].element is None:
            return self._whole(first, input_)
        if input_.type == "bit":
            places = [self._place(axis, input_) for axis in axes]
            known = tuple(index for index in places if index is not None)
            if len(known) == len(places):  # all are bits of the rows' numbers: engines count them
                return TruthTableColumn(
                    _START + self.start, self.count, known, is_bus=input_.is_bus
                )
        columns = [self._element(axis, input_) for axis in axes]
        return _side_by_side(columns) if input_.is_bus else columns[0]

    def _tried(self, axis: int) -> Tried:
        return self.values.get(axis) or (self.domain.axes[axis].resting,)

    def _codes(self, axis: int) -> Array:
        return self.codes(axis) if axis in self.values else np.zeros(self.count, np.int64)

    def _whole(self, axis: int, input_: Input) -> Column | Labels:
        """Return a choice, or a bus of bits from its unsigned integer."""
        tried, codes = self._tried(axis), self._codes(axis)
        if input_.of is not None:
            own = np.array([input_.of.index(str(value)) for value in tried])
            return Labels(own[codes], input_.of)
        bits = bus_bits([int(value) for value in tried], input_.width)
        return Column(bits[codes])

    def _element(self, axis: int | None, input_: Input) -> Column:
        """Return one element of a bus, or a number; 0 where it is beyond the other network's."""
        if axis is None:
            return Column(np.zeros(self.count, np.uint8))
        column = column_of_numbers(exact_values(self._tried(axis)), input_)
        return Column(column.numerators[self._codes(axis)], column.denominator)

    def _place(self, axis: int | None, input_: Input) -> int | None:
        """Return which bit of the rows' numbers an element is; None where it is none."""
        if axis is None:
            return _ZERO
        if axis not in self.values:
            return _ONE if self.domain.axes[axis].resting == input_.state_values[1] else _ZERO
        # a truth table counts up from the state that is off; other orders are looked up
        is_turned = self.values[axis][0] != input_.state_values[0]
        return None if is_turned else self.places.get(axis)


def _resting(input_: Input) -> Value:
    """Return some value of an input by itself."""
    if input_.of is not None:
        return input_.of[0]
    if input_.is_integer_bus:
        return 0
    value = input_.state_values[0] if input_.type == "bit" else interval_of(input_).middle
    return (value,) * input_.width if input_.is_bus else value


def _side_by_side(columns: Sequence[Column]) -> Column:
    common = lcm(*(column.denominator for column in columns))
    parts = [
        column.numerators  # bits stay uint8
        if column.denominator == common
        else scaled(column.numerators, common // column.denominator)
        for column in columns
    ]
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
        sizes = accumulate(
            (length_of(self.values[axis]) for axis in axes), lambda a, b: a * b, initial=1
        )
        return dict(zip(axes, sizes, strict=False))

    @cached_property
    def counted(self) -> dict[int, int]:
        """The axes that are a bit of the number of the row, and which: no value is looked up.

        An axis of two values that changes after 2^k rows is bit k.
        """
        return {
            axis: stride.bit_length() - 1
            for axis, stride in self.strides.items()
            if length_of(self.values[axis]) == 2 and stride & (stride - 1) == 0
        }

    def blocks(self, size: int) -> Iterator[Block]:
        """Yield all rows in order, in blocks of `size`, which is a multiple of 64."""
        for start in range(0, self.total, size):
            count = min(size, self.total - start)
            codes = _Codes(start, count, self.strides, self.values)
            yield Block(self.domain, count, self.values, codes, self.counted, start)


class _Codes:
    """The position of each axis's value in consecutive rows, made on demand."""

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


# ----------------------------------------------------------------------------- differences


def differing(pair: Pair, block: Block, groups: Sequence[Sequence[OutputPart]]) -> list[Array]:
    """Return for each group of parts the rows in which one of them differs, 64 a word."""
    parts = [part for group in groups for part in group]
    sides = [
        _Side(pair, plan, block.batch(plan), components)
        for plan, components in (
            (pair.before, [part.before for part in parts]),
            (pair.after, [part.after for part in parts]),
        )
    ]
    return [np.bitwise_or.reduce([_differ(part, *sides) for part in group]) for group in groups]


def constant_outputs(pair: Pair, block: Block, parts: Sequence[OutputPart]) -> bool:
    """Return whether parts give the same in all rows, in either network."""
    for plan, components in (
        (pair.before, [part.before for part in parts]),
        (pair.after, [part.after for part in parts]),
    ):
        side = _Side(pair, plan, block.batch(plan), components)
        columns = [side.column(component).numerators for component in components]
        if not all((column == column[0]).all() for column in columns):
            return False
    return True


def unpacked(words: Array, count: int) -> NDArray[np.bool_]:
    """Return rows that are 64 a word one by one."""
    return np.unpackbits(words.view(np.uint8), count=count, bitorder="little").astype(bool)


def first_row(words: Array) -> int:
    """Return the first row whose bit is 1; there is one."""
    index = int(np.flatnonzero(words)[0])
    word = int(words[index])
    return 64 * index + (word & -word).bit_length() - 1


class _Side:
    """The values of one network for some rows."""

    def __init__(
        self, pair: Pair, plan: Plan, batch: Batch, components: Sequence[Component]
    ) -> None:
        self._plan, self._batch = plan, batch
        self._elements: list[Column] = []
        self.signals: Signals = calculate(plan, batch, *signals_of(components), pair.how)

    def column(self, component: Component) -> Column:
        """Return the number of each row; of a label its place."""
        value = component.value
        if isinstance(value, Argmax):
            return Column(largest([self.signals.sums[signal] for signal in component.signals]))
        if value.is_sum:
            return self.signals.sums[component.signals[0]]
        if component.is_number:  # which is given on: no engine calculates it
            if not self._elements:
                self._elements = element_columns(self._plan.inputs, self._batch.columns)
            return self._elements[component.signals[0] - len(CONSTANTS)]
        if value.net is not None:
            return of_states(self.signals.bit(value.net), value.states)
        total: Array = np.full(self._batch.count, value.constant, np.int64)
        for signal, factor in value.terms:
            total += factor * self.signals.bit(signal).astype(np.int64)
        return Column(total, value.unit)


def _differ(part: OutputPart, before: _Side, after: _Side) -> Array:
    """Return the rows in which a part differs, 64 a word."""
    old, new = part.before, part.after
    bits = old.bit, new.bit
    if bits[0] is not None and bits[1] is not None and bits[0][1] == bits[1][1]:
        # bits of the same states are never unpacked: this is what most rows are tried for
        words = before.signals.words_of([bits[0][0]]), after.signals.words_of([bits[1][0]])
        differ: Array = (words[0] ^ words[1])[0]
        return differ
    values = [
        Labels(column.numerators, component.labels) if component.labels else column
        for component, column in ((old, before.column(old)), (new, after.column(new)))
    ]
    packed: Array = pack_bits(unlike(*values)[None, :])[0]
    return packed


def unlike(before: Column | Labels, after: Column | Labels) -> NDArray[np.bool_]:
    """Return in which rows two columns differ: by their exact numbers, or by their labels."""
    if isinstance(before, Labels):
        assert isinstance(after, Labels)
        # the same label may have another place; one that is not known before equals none
        places = {label: index for index, label in enumerate(before.labels)}
        codes = np.array([places.get(label, -1) for label in after.labels], np.int64)[after.codes]
        differ: NDArray[np.bool_] = before.codes != codes
        return differ
    assert isinstance(after, Column)
    return unequal(before, after)
