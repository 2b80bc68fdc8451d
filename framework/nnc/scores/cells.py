"""Counts of rows in the cells of each choice of columns, and bounds on the loss from them.

`cells.c` does the work; `require_kernels` raises if it was not built.
"""

from __future__ import annotations

import math
import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cached_property
from typing import Any, NamedTuple

from nnc.diagnostics.diagnostic import Diagnostic, InvalidRowsError
from nnc.lazy import np
from nnc.numbers.integers import Array

MARGIN = 5e-11  # rounding error of a bound, for each row
_REACH = 300.0  # of a weight, where none is given
_CONSTANT_REACH = 1820.0
_STEPS = 400


def minimise(
    x: Array,
    ones: Array,
    all_: Array,
    cutoff: float,
    margin: float,
    *,
    reaches: Array | None = None,
) -> tuple[Array, Array, Array]:
    """Minimise losses over real weights: bounds from below, losses, and the weights.

    `x` is problems x cells x weights, the constant first, and `reaches` the largest absolute
    weights. A problem ends once its bound is above the cutoff or meets its loss.
    """
    if reaches is None:
        reaches = np.full(x.shape[2], _REACH)
        reaches[0] = _CONSTANT_REACH
    descent = _Descent(x, ones, all_, reaches)
    for _ in range(_STEPS):
        if not descent.is_open.any():
            break
        point = descent.improved()
        if len(point.problems):
            descent.aim(point)
            descent.move(descent.judge(point, cutoff, margin))
    return descent.lower, descent.upper, descent.weights


class _Point(NamedTuple):
    """The state of some problems: `chance` is that of a one, by cells, and `bend` its curvature."""

    problems: Array
    x: Array
    all_: Array
    ones: Array
    chance: Array
    bend: Array


class _Descent:
    """Newton's method for many problems at once; those that are not open stay unchanged."""

    def __init__(self, x: Array, ones: Array, all_: Array, reaches: Array) -> None:
        count, _, width = x.shape
        self._x, self._ones, self._all, self._reaches = x, ones, all_, reaches
        self.weights, self._step = np.zeros((count, width)), np.zeros((count, width))
        self.lower, self.upper = np.zeros(count), np.full(count, np.inf)
        self._before = np.full(count, np.inf)
        self.is_open = np.ones(count, bool)

    def improved(self) -> _Point:
        """Return the open problems whose loss has not increased; the others go back half a step."""
        problems = np.flatnonzero(self.is_open)
        x, all_, ones = self._x[problems], self._all[problems], self._ones[problems]
        z = np.einsum("scw,sw->sc", x, self.weights[problems])
        small = np.exp(-np.abs(z))
        loss = (all_ * (np.maximum(z, 0) + np.log(1 + small)) - ones * z).sum(1)
        is_worse = ~(loss <= self._before[problems] + 1e-13 * all_.sum(1))
        back = problems[is_worse]
        self._step[back] /= 2
        self.weights[back] += self._step[back]
        self.is_open[back[np.abs(self._step[back]).max(1, initial=0) < 1e-14]] = False
        problems, x, all_, ones, z, small, loss = (
            array[~is_worse] for array in (problems, x, all_, ones, z, small, loss)
        )
        self._before[problems] = loss
        self.upper[problems] = np.minimum(self.upper[problems], loss)
        chance = np.where(z > 0, 1, small) / (1 + small)
        return _Point(problems, x, all_, ones, chance, all_ * small / (1 + small) ** 2)

    def aim(self, point: _Point) -> None:
        """Set the Newton step, at whose end the slope would be 0."""
        slope = np.einsum("sc,scw->sw", point.all_ * point.chance - point.ones, point.x)
        curve = np.einsum("sc,scw,scv->swv", point.bend, point.x, point.x)
        scale = np.einsum("sww->s", curve)[:, None, None] * 1e-12 + 1e-300
        curve = curve + scale * np.eye(self.weights.shape[1])
        self._step[point.problems] = np.linalg.solve(curve, slope[:, :, None])[:, :, 0]

    def judge(self, point: _Point, cutoff: float, margin: float) -> Array:
        """Bound the losses from below by duality; return the problems that stay open."""
        problems, m = point.problems, point.chance
        moved = m - m * (1 - m) * np.einsum("scw,sw->sc", point.x, self._step[problems])
        moved = np.clip(moved, 0, 1)
        slope = np.einsum("sc,scw->sw", point.all_ * moved - point.ones, point.x)
        low = (point.all_ * _entropy(moved)).sum(1) - np.abs(slope) @ self._reaches - margin
        self.lower[problems] = np.maximum(self.lower[problems], low)
        gap = self.upper[problems] - self.lower[problems]
        is_over = (self.lower[problems] > cutoff) | (gap < 1.5 * margin)
        self.is_open[problems[is_over]] = False
        return problems[~is_over]

    def move(self, problems: Array) -> None:
        """Take the steps of some problems, keeping weights within their bounds."""
        following = self.weights[problems] - self._step[problems]
        following = np.clip(following, -self._reaches, self._reaches)
        self._step[problems] = self.weights[problems] - following
        self.weights[problems] = following
        self.is_open[problems[np.abs(self._step[problems]).max(1, initial=0) < 1e-13]] = False


def _entropy(m: Array) -> Array:
    with np.errstate(divide="ignore", invalid="ignore"):
        each = -np.where(m > 0, m * np.log(m), 0) - np.where(m < 1, (1 - m) * np.log(1 - m), 0)
    result: Array = each
    return result


_LAYOUT = 2  # of a problem, and of the tables
kernels: Any
try:
    from nnc.scores import _cells as kernels

    if kernels.LAYOUT != _LAYOUT:
        raise ImportError
except (ImportError, AttributeError):  # no compiler, or built from other code
    kernels = None

MOST_TERMS = 5
"""Every choice of up to this many terms is bounded."""

LOSS, COST, AUC = range(3)
"""The values that can be bounded."""
_PAD = 8  # elements read past the end of a table
_ROOM = 1 << 16
_FEWEST = 1 << 20  # choices for which the work is shared


def has_kernels() -> bool:
    """Return whether `cells.c` was built."""
    return kernels is not None


def require_kernels() -> None:
    """Raise InvalidRowsError, missing-library, if `cells.c` was not built."""
    if not has_kernels():
        message = "building a score needs the native kernels of nnc, which are not installed"
        hint = "install nnc again where there is a C compiler, on Windows in WSL; "
        hint += "`nnc --version --verbose` shows which kernels are installed"
        raise InvalidRowsError([Diagnostic("missing-library", message, help=hint)])


class Survivors(NamedTuple):
    """Choices of columns that a bound has not excluded, and their bounds."""

    supports: Array
    bounds: Array


class Objective(NamedTuple):
    """The value that is bounded, and the costs of a missed 1 and of a false alarm."""

    kind: int = LOSS
    costs: tuple[float, float] = (1.0, 1.0)


BARE_LOSS = Objective()


class Cells:
    """The counts of rows by their cells, for all choices of up to `size` of the columns.

    `columns` is rows x columns, of 0 and 1; `ones` marks the rows that are 1; `fixed` has a total
    of points for each row, if some are fixed.
    """

    def __init__(
        self,
        columns: Array,
        ones: Array,
        size: int,
        *,
        objective: Objective = BARE_LOSS,
        fixed: Array | None = None,
        threads: int = 1,
    ) -> None:
        self.columns = columns
        self.count, self.width = columns.shape
        self.size, self.objective = min(size, self.width, MOST_TERMS), objective
        self.threads = threads or os.cpu_count() or 1
        totals = np.zeros(self.count, np.int64) if fixed is None else fixed
        self.values, groups = np.unique(totals, return_inverse=True)
        classes = 2 * groups + (1 - ones.astype(np.int64))
        self.class_sizes = np.bincount(classes, minlength=2 * len(self.values)).astype(np.int64)
        self.bits, self.starts = _packed(columns, classes, self.class_sizes)
        self._lengths = [math.comb(self.width, size + 1) for size in range(self.size - 1)]
        shape = len(self.class_sizes)
        self._tables = tuple(np.zeros(shape * (n + _PAD), np.int32) for n in self._lengths)
        if self.size > 1:
            for _ in self._shared(lambda first: kernels.fill(self._problem, first), self.width):
                pass

    @property
    def goal(self) -> int:
        """The kind of value that is bounded."""
        return self.objective.kind

    @cached_property
    def _problem(self) -> tuple[object, ...]:
        return self._problem_of(self.size)

    def _problem_of(self, size: int) -> tuple[object, ...]:
        """Return the kernels' problem for choices of `size` columns."""
        values = self.values.astype(np.float64)
        tables = self._tables[: size - 1]
        head = (self.width, size, self.starts, self.class_sizes, self.bits)
        return (*head, tables, values, *self.objective)

    def _shared(self, work: Callable[[int], Any], count: int) -> Iterator[Any]:
        """Run work for the first columns, in order; on all threads if there is much of it."""
        if self.threads == 1 or math.comb(self.width, self.size) < _FEWEST:
            yield from map(work, range(count))
            return
        with ThreadPoolExecutor(self.threads) as pool:
            try:
                yield from pool.map(work, range(count))
            finally:
                pool.shutdown(cancel_futures=True)

    def losses(self, supports: Array) -> Array:
        """Return the total loss of the best real weights for each row of ascending columns."""
        values = np.empty(len(supports))
        if supports.size:
            wanted = np.ascontiguousarray(supports, np.int64)
            kernels.logistic(self._problem, wanted.shape[1], wanted, values)
        return values

    @cached_property
    def _logs(self) -> Array:
        numbers = np.arange(self.count + 1, dtype=np.float64)
        numbers[1:] *= np.log(numbers[1:])
        return numbers

    def bounded(
        self,
        size: int,
        cutoff: Callable[[], float],
        costs: tuple[float, float] | None = None,
    ) -> Iterator[tuple[int, Survivors]]:
        """Bound every choice of `size` columns, in blocks by their first column.

        Yields the number of choices in a block, and those that may be as good as the cutoff, a
        function called before each block. With `costs`, these are bounded.
        """
        problem = self._problem_of(size)
        if costs is not None:
            problem = (*problem[:-2], COST, costs)

        def work(first: int) -> tuple[int, Survivors]:
            limit, room = cutoff(), _ROOM
            while True:
                supports, bounds = np.empty((room, size), np.uint16), np.empty(room)
                left, count = kernels.bound(problem, first, limit, self._logs, supports, bounds)
                if left <= room:
                    return count, Survivors(supports[:left].astype(np.int64), bounds[:left].copy())
                room = left

        yield from self._shared(work, self.width - size + 1)

    def of(self, support: Sequence[int]) -> tuple[Array, Array, Array]:
        """Return the cells of some columns that have rows: their bits, classes' counts, and group.

        The bits are cells x columns; the counts cells x 2, of ones and zeros; then the group.
        """
        words = [self.bits[column] for column in support]
        subsets = 1 << len(support)
        counts = np.zeros((len(self.class_sizes), subsets), np.int64)
        for subset in range(subsets):
            mask = np.full(self.bits.shape[1], ~np.uint64(0))
            for place, column in enumerate(words):
                if subset >> place & 1:
                    mask &= column
            ones = np.concatenate([[0], np.cumsum(np.bitwise_count(mask), dtype=np.int64)])
            counts[:, subset] = np.diff(ones[self.starts]) if subset else self.class_sizes
        bits = np.arange(subsets)[:, None] >> np.arange(len(support)) & 1
        for place in range(len(support)):
            is_off = bits[:, place] == 0
            counts[:, is_off] -= counts[:, np.flatnonzero(is_off) | 1 << place]
        by_group = counts.reshape(len(self.values), 2, subsets)
        groups, cells = np.nonzero(by_group.sum(1))
        return bits[cells], by_group[groups, :, cells], groups


def _packed(columns: Array, classes: Array, sizes: Array) -> tuple[Array, Array]:
    """Pack columns, columns x words, with the rows of each class in words of their own."""
    order = np.argsort(classes, kind="stable")
    words = -(-sizes // 64)
    starts = np.concatenate([[0], np.cumsum(words)]).astype(np.int64)
    firsts = np.concatenate([[0], np.cumsum(sizes)])[:-1]
    places = np.arange(len(order)) - np.repeat(firsts - 64 * starts[:-1], sizes)
    padded = np.zeros(64 * int(starts[-1]), np.uint8)
    packed = np.empty((columns.shape[1], int(starts[-1])), np.uint64)
    for at in range(columns.shape[1]):
        padded[places] = columns[order, at]
        packed[at] = np.packbits(padded, bitorder="little").view(np.uint64)
    return packed, starts
