"""Compute sums of single neurons: approximate floats at once, exact numbers on use.

The largest of several sums is nearly always decided by floats with an error bound: in any order of
addition, the error of n products of rounded numbers is below (n + 3) u times the sum of their
absolute values (Higham, Accuracy and Stability of Numerical Algorithms, 2nd ed., section 3.1).

Exact sums are also matrix products: numbers are split into slices of so few bits that float64 adds
their products without error (Ozaki, Ogita, Oishi and Rump 2012, Error-free transformations of
matrix multiplication by using fast routines of matrix multiplication).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from fractions import Fraction
from functools import cached_property
from itertools import count as counting
from math import lcm

import numpy as np

from nnc.compiler.plan import PlanNeuron
from nnc.numbers.exact import (
    FLOAT_BITS,
    LARGEST_WHOLE,
    UNIT_ROUNDOFF,
    Number,
    simplest,
    stored_number,
)
from nnc.numbers.integers import Array, int64_or_objects, largest_of, objects
from nnc.rows.columns import Column
from nnc.run.engines.numbers import add_numbers, nearest_float, whole_sum
from nnc.run.engines.products import slices

_MAX_VALUES = 1 << 18  # source values to add at a time
_MIN_ROWS = 64  # rows to add at a time
_LEAST = 2.0**-1074
_MAX_SLICES = 12
_TOO_LONG = 1 << 16  # bits: integers beyond float64 are added one by one
_FILLED = 8  # a matrix is dense if at least one weight in this many is not 0


class BoundedColumn(Column):
    """Sums of reals: floats `near` with an error of at most `bound`, exact on use.

    Both are in units of 1/`unit`; if they are not finite, nothing is known.
    """

    def __init__(
        self, near: Array, bound: Array, unit: int, exactly: Callable[[Array | None], Column]
    ) -> None:
        self.near, self.bound, self.unit, self._exactly = near, bound, unit, exactly

    def __len__(self) -> int:
        return len(self.near)

    @cached_property
    def _whole(self) -> Column:
        return self._exactly(None)

    @cached_property
    def numerators(self) -> Array:
        """The exact sums times `denominator`."""
        return self._whole.numerators

    @cached_property
    def denominator(self) -> int:
        """The denominator of the exact sums."""
        return self._whole.denominator

    def value(self, row: int) -> Number:
        """Return the exact sum of one row."""
        return self._exactly(np.array([row])).value(0)

    def exact_at(self, rows: Array) -> list[Number]:
        """Return the exact sums of some rows."""
        return self._exactly(rows).values()


def sums_of(
    steps: Iterable[PlanNeuron], column_of: Callable[[int], Column], count: int
) -> dict[int, Column]:
    """Return the sums of neurons by first signal."""
    sums: dict[int, Column] = {}
    columns: dict[int, Column] = {}
    rest = []
    for step in steps:
        columns |= {signal: column_of(signal) for signal in step.sources if signal not in columns}
        own = [columns[signal] for signal in step.sources]
        total = whole_sum(step, own, count)
        if total is None and (not own or any(c.numerators.dtype == object for c in own)):
            _, total = add_numbers(step, own, count, wants_sum=True)
        if total is None:
            rest.append(step)
        else:
            sums[step.first] = total
    for group in _groups(rest):
        sums |= _of_neurons(group, columns, count)
    return sums


def largest_bounded(sums: Sequence[Column]) -> Array:
    """Return the index of the largest sum in each row, the first of equal ones.

    Sums that are certainly below another are excluded; if several remain, they are compared
    exactly.
    """
    near, bound = (np.array(lines) for lines in zip(*map(_estimate, sums), strict=True))
    with np.errstate(over="ignore", invalid="ignore"):
        floor = (near - bound).max(axis=0)
        may_be = ~(near + bound < floor)  # includes overflows
    places: Array = may_be.argmax(axis=0)
    open_rows = np.flatnonzero(may_be.sum(axis=0) > 1)
    if not len(open_rows):
        return places
    best: list[Number | None] = [None] * len(open_rows)
    for k, column in enumerate(sums):
        asked = np.flatnonzero(may_be[k, open_rows])
        rows = open_rows[asked]
        values = (
            column.exact_at(rows)
            if isinstance(column, BoundedColumn)
            else Column(column.numerators[rows], column.denominator).values()
        )
        for i, row, value in zip(asked.tolist(), rows.tolist(), values, strict=True):
            before = best[i]
            if before is None or value > before:
                best[i], places[row] = value, k
    return places


def _estimate(column: Column) -> tuple[Array, Array]:
    """Return floats near the sums and bounds on their errors."""
    with np.errstate(over="ignore", invalid="ignore", under="ignore"):
        if isinstance(column, BoundedColumn):
            stored, error, per = column.near, column.bound, nearest_float(column.unit)
        else:
            whole, per = column.numerators, nearest_float(column.denominator)
            if whole.dtype == object:
                whole = np.array([nearest_float(value) for value in whole.tolist()])
            stored, error = whole.astype(np.float64), np.zeros(len(whole))
        near = stored / per if per < np.inf else np.full(len(stored), np.nan)
        # two roundings each, of the stored number and the division, doubled as above
        bound = error / per * (1 + 8 * UNIT_ROUNDOFF) + np.abs(near) * (8 * UNIT_ROUNDOFF)
    return near, bound + 8 * _LEAST


def _groups(steps: Sequence[PlanNeuron]) -> Iterator[list[PlanNeuron]]:
    """Yield groups of consecutive neurons with mostly the same sources."""
    group: list[PlanNeuron] = []
    sources: set[int] = set()
    weights = 0
    for step in steps:
        sources |= set(step.sources)
        weights += len(step.sources)
        if group and (len(group) + 1) * len(sources) > _FILLED * weights:
            yield group
            group, sources, weights = [], set(step.sources), len(step.sources)
        group.append(step)
    if group:
        yield group


def linear_sums(
    gains: Sequence[Mapping[int, Number]], offsets: Sequence[Number], array: Array
) -> list[Column]:
    """Return linear combinations of an array's lines plus offsets.

    The array has a line for each source, of integers or floats; `gains` map line indices to
    factors.
    """
    places = sorted(set[int]().union(*gains)) or [0]
    at = dict(zip(places, counting()))
    every = (*offsets, *(gain for line in gains for gain in line.values()))
    unit = lcm(*{number.denominator for number in every})
    factors = [{at[i]: int(gain * unit) for i, gain in line.items()} for line in gains]
    arrays = [array[place] for place in places]
    own = [int(offset * unit) for offset in offsets]
    return list(_Sums(unit, factors, own, arrays, array.shape[1]).columns())


def _of_neurons(
    steps: Sequence[PlanNeuron], columns: Mapping[int, Column], count: int
) -> dict[int, Column]:
    """Return the sums of a group of neurons by first signal."""
    sources = sorted({signal for step in steps for signal in step.sources})
    place = dict(zip(sources, counting()))
    own = [columns[signal].denominator for signal in sources]
    common = lcm(*own)
    unit = lcm(*(step.scale for step in steps)) * common
    lines: list[dict[int, int]] = []
    offsets: list[int] = []
    for step in steps:
        per = unit // (step.scale * common)
        factors: dict[int, int] = {}
        for signal, weight in zip(step.sources, step.weights, strict=True):
            i = place[signal]
            factors[i] = factors.get(i, 0) + weight * per * (common // own[i])
        lines.append(factors)
        offsets.append(step.offset * per * common)
    arrays = [columns[signal].numerators for signal in sources]
    sums = _Sums(unit, lines, offsets, arrays, count).columns()
    return dict(zip((step.first for step in steps), sums, strict=True))


class _Sums:
    """Sums that are computed together, all in units of 1/unit."""

    def __init__(
        self,
        unit: int,
        factors: Sequence[Mapping[int, int]],
        offsets: Sequence[int],
        arrays: Sequence[Array],
        count: int,
    ) -> None:
        self.unit, self.factors, self.offsets = unit, factors, offsets
        self.arrays, self.count = arrays, count

    def columns(self) -> Iterator[BoundedColumn]:
        """Yield the column of each sum."""
        weights = np.zeros((len(self.factors), len(self.arrays)))
        for line, factors in zip(weights, self.factors, strict=True):
            for i, factor in factors.items():
                line[i] = nearest_float(factor)
        offsets = np.array([[nearest_float(offset)] for offset in self.offsets])
        near, size = np.empty((2, len(self.factors), self.count))
        # for all products and the offset; doubled, so that the bound also covers results calculated
        # from it, such as sum - bound
        terms = weights.shape[1] + 1
        with np.errstate(over="ignore", invalid="ignore", under="ignore"):
            absolute = np.abs(weights)
            for rows in slices(0, self.count, max(_MIN_ROWS, _MAX_VALUES // terms)):
                values = self._floats(rows)
                near[:, rows] = weights @ values + offsets
                size[:, rows] = absolute @ np.abs(values) + np.abs(offsets)
            bound = size * (2 * (terms + 8) * UNIT_ROUNDOFF) + 2 * terms * _LEAST
        for k in range(len(self.factors)):
            yield BoundedColumn(near[k], bound[k], self.unit, self._exactly(k))

    def _floats(self, rows: slice) -> Array:
        """Return the nearest floats of the values of the sources."""
        values = np.empty((len(self.arrays), len(range(*rows.indices(self.count)))))
        for line, array in zip(values, self.arrays, strict=True):
            line[:] = array[rows]
        return values

    def _exactly(self, k: int) -> Callable[[Array | None], Column]:
        def exactly(rows: Array | None) -> Column:
            return self._whole[k] if rows is None else self._at([k], rows)[0]

        return exactly

    @cached_property
    def _whole(self) -> list[Column]:
        """The exact sums of all neurons and rows."""
        return self._at(range(len(self.factors)), np.arange(self.count))

    def _at(self, neurons: Sequence[int], rows: Array) -> list[Column]:
        """Return the exact sums of some neurons and rows."""
        arrays = [array[rows] for array in self.arrays]
        grid = _Grid(arrays)
        if grid.slices > _MAX_SLICES:
            return [self._one_by_one(k, arrays, len(rows)) for k in neurons]
        unit = self.unit << grid.shift
        columns = []
        for k, totals in zip(neurons, grid.totals([self.factors[k] for k in neurons]), strict=True):
            offset = self.offsets[k] << grid.shift
            columns.append(Column(int64_or_objects([n + offset for n in totals]), unit))
        return columns

    def _one_by_one(self, k: int, arrays: Sequence[Array], count: int) -> Column:
        """Return the exact sums computed with Python numbers."""
        totals = []
        for row in range(count):
            total = Fraction(self.offsets[k])
            for i, factor in self.factors[k].items():
                total += factor * stored_number(arrays[i][row])
            totals.append(simplest(total / self.unit))
        return Column(objects(totals))


class _Grid:
    """Values as integers in units of their source, cut into slices of a few bits.

    The unit of source i is `2**units[i]`; the smallest is `2**-shift`.
    """

    def __init__(self, arrays: Sequence[Array]) -> None:
        self.arrays = arrays
        units, ends = zip(*map(_span, arrays), strict=True)
        self.units: list[int] = list(units)
        self.shift = -min(0, *units)
        # sums of products of two slices must be below 2**53
        self.width = (FLOAT_BITS - len(arrays).bit_length()) // 2
        longest = max(end - unit for unit, end in zip(units, ends, strict=True))
        self.slices = max(1, -(-longest // self.width))

    def totals(self, factors: Sequence[Mapping[int, int]]) -> list[list[int]]:
        """Return the total of each row for each set of factors, in units of `2**-shift`."""
        limbs = self._limbs(factors)
        count = len(self.arrays[0])
        lines: list[list[int]] = [[] for _ in factors]
        for rows in slices(0, count, max(_MIN_ROWS, _MAX_VALUES // len(self.arrays))):
            for line, totals in zip(lines, self._totals(limbs, rows), strict=True):
                line += totals
        return lines

    def _totals(self, limbs: Array, rows: slice) -> list[list[int]]:
        places = len(limbs) + self.slices - 1
        levels: list[Array] = [np.zeros(0, np.int64)] * places
        for j, values in enumerate(self._slices(rows)):
            for i, weights in enumerate(limbs):
                # at most _MAX_SLICES terms, each below 2**53
                product = (weights @ values).astype(np.int64)
                level = levels[i + j]
                levels[i + j] = np.add(level, product) if level.size else product
        total = levels[-1].astype(object)
        for level in reversed(levels[:-1]):
            total = (total << self.width) + level
        whole: list[list[int]] = total.tolist()
        return whole

    def _limbs(self, factors: Sequence[Mapping[int, int]]) -> Array:
        """Return the factors, in units of their sources, as slices, lowest first."""
        shifted = [
            {i: factor << (self.units[i] + self.shift) for i, factor in line.items()}
            for line in factors
        ]
        sizes = (abs(factor).bit_length() for line in shifted for factor in line.values())
        longest = max(sizes, default=0)
        size = max(1, -(-longest // self.width))
        limbs = np.zeros((size, len(factors), len(self.arrays)))
        mask = (1 << self.width) - 1
        for k, line in enumerate(shifted):
            for i, factor in line.items():
                sign = -1 if factor < 0 else 1
                for j in range(size):
                    limbs[j, k, i] = sign * (abs(factor) >> j * self.width & mask)
        return limbs

    def _slices(self, rows: slice) -> list[Array]:
        """Return the slices of the values, each sources x rows, lowest first."""
        rest = np.array([array[rows] for array in self.arrays], np.float64)
        units = np.array(self.units, np.int32)[:, None]
        parts = []
        for j in reversed(range(self.slices)):
            at = units + np.int32(j * self.width)
            part = np.trunc(np.ldexp(rest, -at))
            rest -= np.ldexp(part, at)
            parts.append(part)
        return parts[::-1]


def _span(array: Array) -> tuple[int, int]:
    """Return two exponents of 2: of a unit of all values, and of a bound above them all."""
    if array.dtype.kind != "f":
        largest = largest_of(array)
        return 0, largest.bit_length() if largest <= LARGEST_WHOLE else _TOO_LONG
    end = int(np.frexp(np.abs(array).max(initial=0.0))[1])
    if (np.rint(array) == array).all():
        return 0, end
    _, exponents = np.frexp(array[array != 0])
    return int(exponents.min()) - FLOAT_BITS, end
