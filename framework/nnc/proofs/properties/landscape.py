"""A smooth copy of a network in floats, which tells a search how far rows are from another output.

Where a bit of the network jumps, its copy rises along a hyperbolic tangent, so that a change counts
before it is enough (as networks with steps are trained: Hubara and others, 2016). Nothing is proved
by it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from nnc.compiler.graph import Tap
from nnc.compiler.netlist import Affine, Argmax, Cell, Netlist, OneHot
from nnc.compiler.plan import Plan
from nnc.lazy import np
from nnc.numbers.integers import Array

_MAX_ENTRIES = 1 << 26  # of all matrices
_CHANGED_SHARE = 1 / 8  # of the bits that a neuron reads, as far as they come from neurons
_MIN_VARIANCE = 1 / 8  # of a sum


class _Block(NamedTuple):
    """Cells that do not read each other: a matrix of their sources, and a row for each test."""

    sources: Array | slice
    matrix: Array
    first: int  # net of the first test
    cells: Array  # column of the cell of each test
    middles: Array  # halfway between the sums on both sides of a limit
    slopes: Array  # below 0 where smaller sums pass
    sums: int  # place of the sum of the first cell


class Landscape:
    """The smooth copy of an output, around a place of the largest sum.

    Rows are to leave it or, if it `is_wanted`, to reach it.
    `scales` has the denominator of each input element in rows, `variances` how far it moves.
    """

    def __init__(
        self,
        plan: Plan,
        tap: Tap,
        place: int,
        *,
        is_wanted: bool,
        scales: Sequence[int],
        variances: Array,
    ) -> None:
        self._is_wanted = is_wanted
        self._place, self._scales = place, np.array(scales, np.float32)
        netlist = Netlist(plan)
        values = netlist.port(tap).values
        first = values[0]
        self._is_largest = isinstance(first, Argmax)
        self._numbers: list[Affine] = [each for each in values if isinstance(each, Affine)]
        if isinstance(first, Argmax):
            self._numbers = list(first.of)
        elif isinstance(first, OneHot):
            self._numbers = [Affine(((net, 1),)) for net in first.of]
        self._first_made = netlist.first_made
        roots = [net for number in self._numbers for net, _ in number.terms]
        self._blocks: list[_Block] = []
        self._sum_of: dict[int, int] = {}
        self._size = plan.signals
        self.entries = 0
        for group in _groups(netlist.cells(roots)):
            self._add(group, variances)

    @property
    def goals(self) -> int:
        """The number of ways to another output: numbers rise or fall, or one is passed."""
        return 1 if self._is_largest else 2 * len(self._numbers)

    @property
    def is_large(self) -> bool:
        """True if its matrices take too much memory."""
        return self.entries > _MAX_ENTRIES

    def _add(self, cells: Sequence[Cell], variances: Array) -> None:
        terms = [cell.terms if cell.operand is None else ((cell.operand, 1),) for cell in cells]
        nets = sorted({net for own in terms for net, _ in own})
        self.entries += len(nets) * len(cells)
        if self.is_large:
            return
        column = {net: index for index, net in enumerate(nets)}
        matrix = np.zeros((len(nets), len(cells)), np.float32)
        places, middles, slopes = [], [], []
        for index, (cell, own) in enumerate(zip(cells, terms, strict=True)):
            variance = 0.0
            for net, factor in own:
                matrix[column[net], index] = factor
                is_input = net < self._first_made
                variance += factor**2 * (variances[net - 2] if is_input else _CHANGED_SHARE)
            half = min((abs(factor) for _, factor in own), default=1) / 2
            for test in cell.tests:
                sign = 1 if test.is_rising else -1
                places.append(index)
                middles.append(float(test.limit) - sign * half)
                slopes.append(sign / max(variance, _MIN_VARIANCE) ** 0.5)
            self._sum_of[cell.first] = self._size + index
        self._blocks.append(
            _Block(
                slice(nets[0], nets[-1] + 1) if nets[-1] - nets[0] < len(nets) else np.array(nets),
                matrix,
                cells[0].first,
                np.array(places),
                np.array(middles, np.float32),
                np.array(slopes, np.float32),
                self._size,
            )
        )
        self._size += len(cells)

    def distances(self, rows: Array, goal: int, sharpness: float) -> Array:
        """Return how far rows are from a goal."""
        state = np.empty((len(rows), self._size), np.float32)
        state[:, :2] = 0, 1
        state[:, 2 : 2 + rows.shape[1]] = rows / self._scales
        heights = np.empty_like(state)
        for block in self._blocks:
            sums = state[:, block.sources] @ block.matrix
            state[:, block.sums : block.sums + sums.shape[1]] = sums
            height = (sums[:, block.cells] - block.middles) * block.slopes
            after = slice(block.first, block.first + height.shape[1])
            heights[:, after] = height
            state[:, after] = np.tanh(height * np.float32(sharpness)) / 2 + 0.5
        values = np.column_stack([self._value(number, state, heights) for number in self._numbers])
        if self._is_largest:
            others = np.delete(values, self._place, axis=1)
            ahead: Array = values[:, self._place] - others.max(axis=1)
            return -ahead if self._is_wanted else ahead
        signed: Array = values[:, goal // 2] * (-1 if goal % 2 else 1)
        return signed

    def _value(self, number: Affine, state: Array, heights: Array) -> Array:
        """Return a number in each row; a bit that a cell gives as how far its sum is beyond."""
        total = np.full(len(state), number.constant, np.float32)
        is_bit = len(number.terms) == 1 and number.terms[0][0] >= self._first_made
        for net, factor in number.terms:
            total += np.float32(factor) * (
                heights[:, net] if is_bit else state[:, net if net > 0 else self._sum_of[-net]]
            )
        value: Array = total / np.float32(number.unit)
        return value


def _groups(cells: Iterator[Cell]) -> Iterator[list[Cell]]:
    """Yield cells in stretches of adjacent nets, none of which reads another of its stretch."""
    group: list[Cell] = []
    for cell in cells:
        if group and (
            cell.first != group[-1].nets.stop or any(net >= group[0].first for net, _ in cell.terms)
        ):
            yield group
            group = []
        group.append(cell)
    if group:
        yield group
