"""A smooth copy of a network in floats, which tells a search how far rows are from another output.

Where a bit of the network jumps, its copy rises along a hyperbolic tangent, so that a change counts
before it is enough (as networks with steps are trained: Hubara and others, 2016). Nothing is proved
by it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
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

    sources: Array
    matrix: Array
    first: int  # net of the first test
    cells: Array  # column of the cell of each test
    middles: Array  # halfway between the sums on both sides of a limit
    signs: Array  # below 0 where smaller sums pass
    sums: int  # column of the sum of the first cell


class SmoothCopy:
    """The smooth copy of an output of a plan, as matrices."""

    def __init__(self, plan: Plan, tap: Tap) -> None:
        netlist = Netlist(plan)
        values = netlist.port(tap).values
        first = values[0]
        numbers = [each for each in values if isinstance(each, Affine)]
        if isinstance(first, Argmax):
            numbers = list(first.of)
        elif isinstance(first, OneHot):
            numbers = [Affine(((net, 1),)) for net in first.of]
        self.is_largest = isinstance(first, Argmax)
        self.first_made = netlist.first_made
        self.blocks: list[_Block] = []
        self.size = plan.signals
        """The number of columns: one for each signal, then one for the sum of each cell."""
        self.entries = 0
        self._column_of_sum: dict[int, int] = {}
        for group in _groups(netlist.cells(net for each in numbers for net, _ in each.terms)):
            self._add(group)
        self.count = len(numbers)
        if not self.is_large:
            self._read(numbers)

    @property
    def is_large(self) -> bool:
        """True if its matrices take too much memory."""
        return self.entries > _MAX_ENTRIES

    def _add(self, cells: Sequence[Cell]) -> None:
        terms = [cell.terms if cell.operand is None else ((cell.operand, 1),) for cell in cells]
        nets = sorted({net for summed in terms for net, _ in summed})
        self.entries += len(nets) * len(cells)
        if self.is_large:
            return
        column = {net: index for index, net in enumerate(nets)}
        matrix = np.zeros((len(nets), len(cells)), np.float32)
        places, middles, signs = [], [], []
        for index, (cell, summed) in enumerate(zip(cells, terms, strict=True)):
            for net, factor in summed:
                matrix[column[net], index] = factor
            half = min((abs(factor) for _, factor in summed), default=1) / 2
            for test in cell.tests:
                sign = 1 if test.is_rising else -1
                places.append(index)
                middles.append(float(test.limit) - sign * half)
                signs.append(sign)
            self._column_of_sum[cell.first] = self.size + index
        self.blocks.append(
            _Block(
                np.array(nets, np.int64),
                matrix,
                cells[0].first,
                np.array(places),
                np.array(middles, np.float32),
                np.array(signs, np.float32),
                self.size,
            )
        )
        self.size += len(cells)

    def _read(self, numbers: Sequence[Affine]) -> None:
        """Keep what adds up to the numbers: sums and bits, or how far a lone bit is beyond."""
        self._beyond: list[tuple[int, int, float]] = []
        factors: dict[int, dict[int, float]] = {}
        for index, number in enumerate(numbers):
            if len(number.terms) == 1 and number.terms[0][0] >= self.first_made:
                ((net, factor),) = number.terms
                self._beyond.append((index, net, float(Fraction(factor) / number.unit)))
                continue
            for net, factor in number.terms:
                column = net if net > 0 else self._column_of_sum[-net]
                weights = factors.setdefault(column, {})
                weights[index] = weights.get(index, 0) + float(Fraction(factor) / number.unit)
        self._columns = np.array(list(factors), np.int64)
        self._factors = np.zeros((len(factors), len(numbers)), np.float32)
        for row, weights in enumerate(factors.values()):
            self._factors[row, list(weights)] = list(weights.values())
        constants = [float(Fraction(number.constant) / number.unit) for number in numbers]
        self._constants = np.array(constants, np.float32)

    def values(self, state: Array, heights: Array) -> Array:
        """Return the numbers of the output in each row."""
        values: Array = state[:, self._columns] @ self._factors + self._constants
        for index, net, factor in self._beyond:
            values[:, index] += np.float32(factor) * heights[:, net]
        return values


class Landscape:
    """The distance of rows from any output but that at `place`, or from it if `is_wanted`.

    `scales` has the denominator of each input element in rows, `variances` how far it moves.
    """

    def __init__(
        self,
        copy: SmoothCopy,
        place: int,
        *,
        is_wanted: bool,
        scales: Sequence[int],
        variances: Array,
    ) -> None:
        self._copy, self._place, self._is_wanted = copy, place, is_wanted
        self._scales = np.array(scales, np.float32)
        moved = np.full(copy.size, _CHANGED_SHARE)
        moved[2 : copy.first_made] = variances
        self._slopes = [
            block.signs
            / np.sqrt(np.maximum(moved[block.sources] @ block.matrix**2, _MIN_VARIANCE))[
                block.cells
            ].astype(np.float32)
            for block in copy.blocks
        ]

    @property
    def goals(self) -> int:
        """The number of ways to another output: numbers rise or fall, or one is passed."""
        return 1 if self._copy.is_largest else 2 * self._copy.count

    @property
    def entries(self) -> int:
        """The entries of all matrices."""
        return self._copy.entries

    @property
    def is_large(self) -> bool:
        """True if the matrices take too much memory."""
        return self._copy.is_large

    def distances(self, rows: Array, goal: int, sharpness: float) -> Array:
        """Return how far rows are from a goal."""
        state = np.empty((len(rows), self._copy.size), np.float32)
        state[:, :2] = 0, 1
        state[:, 2 : 2 + rows.shape[1]] = rows / self._scales
        heights = np.empty_like(state)
        for block, slopes in zip(self._copy.blocks, self._slopes, strict=True):
            sums = state[:, block.sources] @ block.matrix
            state[:, block.sums : block.sums + sums.shape[1]] = sums
            height = (sums[:, block.cells] - block.middles) * slopes
            after = slice(block.first, block.first + height.shape[1])
            heights[:, after] = height
            state[:, after] = np.tanh(height * np.float32(sharpness)) / 2 + 0.5
        values = self._copy.values(state, heights)
        if self._copy.is_largest:
            others = np.delete(values, self._place, axis=1)
            ahead: Array = values[:, self._place] - others.max(axis=1)
            return -ahead if self._is_wanted else ahead
        signed: Array = values[:, goal // 2] * (-1 if goal % 2 else 1)
        return signed


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
