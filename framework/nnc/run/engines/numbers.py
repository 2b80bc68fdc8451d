"""Add up numbers exactly, or in floats with an error bound if that decides the comparison.

Single neurons: integers and scaled decimals are added in int64 if the largest values of the batch
fit, and binary floats in float64 (Higham, Accuracy and Stability of Numerical Algorithms, 2nd ed.,
section 4.2); only rows within the error bound are recomputed exactly.

Layers of floats: large batches are first computed in float32, which is twice as fast. What that
cannot decide is computed in float64 (section 3.1), and what is even closer to its limit, exactly,
as the correctly rounded sum of products that are split without error (Dekker 1971).
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from functools import lru_cache
from math import fsum, lcm

import numpy as np

from nnc.compiler.graph import SparseWeights
from nnc.compiler.plan import LayerStep, PlanNeuron, numbers
from nnc.language.network import COMPARISONS, FIRING, Fires
from nnc.numbers.exact import UNIT_ROUNDOFF, Number, simplest, stored_number
from nnc.numbers.integers import (
    SAFE_SIZE,
    Array,
    clipped,
    fits_floats,
    objects,
    scaled,
    weighted_sum,
)
from nnc.rows.columns import Column
from nnc.run.engines import native
from nnc.run.engines.products import (
    TILE,
    Values,
    exact_totals,
    row_of,
    slices,
    slices_of,
    sparse_totals,
)

_U64, _U32 = UNIT_ROUNDOFF, 2.0**-24
_LEAST_64, _LEAST_32 = 2.0**-1074, 2.0**-149
_MAX_32 = 3e38
_MANY_PRODUCTS = 1 << 24  # from here on float32 is faster
_SPLIT = 2.0**27 + 1
_SAFE = 2.0**400  # products of numbers from 1/_SAFE to _SAFE are split exactly


def nearest_float(value: Number) -> float:
    """Round to a float; infinity beyond its range, so that totals are recomputed exactly."""
    try:
        return float(value)
    except OverflowError:
        return float("inf") if value > 0 else float("-inf")


# -------------------------------------------------------------------- single neurons


def whole_sum(step: PlanNeuron, columns: Sequence[Column], count: int) -> Column | None:
    """Return the exact sums of integers and scaled decimals, or None if int64 may overflow."""
    common = lcm(*(column.denominator for column in columns))
    if any(column.numerators.dtype.kind not in "ui" for column in columns):
        return None
    factors = [w * (common // c.denominator) for w, c in zip(step.weights, columns, strict=True)]
    offset = step.offset * common
    total = weighted_sum([column.numerators for column in columns], factors, count, offset)
    return None if total is None else Column(scaled(total, 1, offset), step.scale * common)


def add_numbers(
    step: PlanNeuron, columns: Sequence[Column], count: int, *, wants_sum: bool
) -> tuple[list[Array], Column | None]:
    """Add weighted numbers; return which rows fire for each threshold, and exact sums if wanted."""
    common = lcm(*(column.denominator for column in columns))
    factors = [w * (common // c.denominator) for w, c in zip(step.weights, columns, strict=True)]
    if len(columns) > 1:
        counting = [i for i, column in enumerate(columns) if factors[i] and column.numerators.any()]
        columns, factors = [columns[i] for i in counting], [factors[i] for i in counting]
    limits = [threshold * common for threshold in step.thresholds]
    offset = step.offset * common
    compare = FIRING[step.fires].compare
    total = weighted_sum([column.numerators for column in columns], factors, count, offset)
    if total is not None:
        fired = [compare(total, limit) for limit in clipped(limits, SAFE_SIZE)]
        return fired, Column(scaled(total, 1, offset), step.scale * common) if wants_sum else None
    if wants_sum or any(column.numerators.dtype == object for column in columns):
        exact = [_exact_sum(factors, columns, row) for row in range(count)]
        fired = [np.array([compare(s, limit) for s in exact], bool) for limit in limits]
        per = step.scale * common
        sums = [simplest(Fraction(s + offset, per)) for s in exact] if wants_sum else []
        return fired, Column(objects(sums)) if wants_sum else None
    if len(columns) == 1 and factors[0] and columns[0].numerators.dtype == np.float64:
        return _compare_source(step, factors[0], columns[0].numerators, limits), None
    return _compare_floats(step, factors, columns, limits, count), None


def _compare_source(
    step: PlanNeuron, factor: int, values: Array, limits: Sequence[int]
) -> list[Array]:
    """Compare the floats of one source with the floats next to its cut-offs, which is exact.

    There is no float between a cut-off c and the neighbouring float, so x >= c is x >= ceil(c), x >
    c is x > floor(c), and so on, with ceil and floor among floats. A negative factor swaps the
    sides.
    """
    rule = FIRING[step.fires]
    near = np.array(_floats_beside(step.fires, factor, tuple(limits)))[:, None]
    return list(rule.compare(near, values) if factor < 0 else rule.compare(values, near))


@lru_cache(maxsize=1 << 12)
def _floats_beside(fires: Fires, factor: int, limits: tuple[int, ...]) -> list[float]:
    """Return the float next to each cut-off that decides for all floats; cached."""
    is_past, floats = FIRING[fires].is_past, []
    for limit in limits:
        cutoff = Fraction(limit, factor)
        near = nearest_float(cutoff)  # infinite beyond all floats, so no value equals it
        if np.isfinite(near) and Fraction(near) != cutoff:
            is_below = Fraction(near) < cutoff
            if is_below == (is_past == (factor < 0)):
                near = float(np.nextafter(near, np.inf if is_below else -np.inf))
        floats.append(near)
    return floats


def _compare_floats(
    step: PlanNeuron,
    factors: Sequence[int],
    columns: Sequence[Column],
    limits: Sequence[int],
    count: int,
) -> list[Array]:
    """Compare float64 sums where rounding cannot matter, and exact sums elsewhere.

    In the sum of n products, each product of factor and value, each factor and each addition is
    rounded once, so the error is below (n + 3) u sum |f x| (1 + tiny) with u = 2**-53.
    """
    total, size = np.zeros(count), np.zeros(count)
    with np.errstate(over="ignore", invalid="ignore", under="ignore"):
        for factor, column in zip(factors, columns, strict=True):
            product = column.numerators.astype(np.float64) * nearest_float(factor)
            total += product
            size += np.abs(product)
        bound = size * (2 * (len(factors) + 8) * _U64) + len(factors) * _LEAST_64 * 2
        compare, fired = FIRING[step.fires].compare, []
        for limit in limits:
            near = nearest_float(limit)
            slack = bound + abs(near) * 4 * _U64
            difference = total - near
            reached = compare(difference, 0.0)
            unsure = ~(np.abs(difference) > slack)  # includes overflows
            for row in np.flatnonzero(unsure).tolist():
                reached[row] = compare(_exact_sum(factors, columns, row), limit)
            fired.append(reached)
    return fired


def _exact_sum(factors: Sequence[int], columns: Sequence[Column], row: int) -> Number:
    """Return the exact sum of one row, in units of 1/(scale * common)."""
    total: Number = 0
    for factor, column in zip(factors, columns, strict=True):
        value = column.numerators[row]
        if isinstance(value, Fraction):
            total += factor * value
        elif isinstance(value, (float, np.floating)):
            total += factor * Fraction(float(value))
        else:
            total += factor * int(value)
    return total


# ------------------------------------------------------------------------- layers of floats


def fire_bounded(layer: LayerStep, values: Values, limits: Array, threads: int) -> Array:
    """Return which neurons of a layer fire if weights, values or limits are floats."""
    deciding = _Deciding(layer, values, limits)
    if isinstance(layer.weights, SparseWeights):
        deciding.sparse(layer.weights)
    else:
        deciding.dense(layer.weights, threads)
    return deciding.fired.reshape(layer.outputs, values.array.shape[1])


class _Deciding:
    """Decide which neurons of a layer fire for each row, a part of the layer at a time."""

    def __init__(self, layer: LayerStep, values: Values, limits: Array) -> None:
        self.layer, self.values = layer, values
        self.exact = _Exact(layer, values, limits)
        self.compare = FIRING[layer.fires].compare
        if limits.dtype == np.float64:
            self.near = limits
        else:
            self.near = np.array([nearest_float(limit) for limit in numbers(limits)])
        self.near = self.near.reshape(layer.size, layer.width)
        self.slack = np.abs(self.near) * (4 * _U64)
        self.fired = np.empty((layer.size, layer.width, values.array.shape[1]), np.uint8)

    def sparse(self, weights: SparseWeights) -> None:
        """Decide a sparse layer; the error bounds use the sums of absolute products."""
        wide = self.values.array.astype(np.float64)
        sizes = np.abs(wide)
        absolute = weights.with_values(np.abs(weights.values.astype(np.float64)))
        with np.errstate(over="ignore", invalid="ignore", under="ignore"):
            for rows, start, stop in slices_of(weights, self.layer.size, wide.shape[1]):
                totals = sparse_totals(weights, rows, start, stop, wide, np.float64)
                size = sparse_totals(absolute, rows, start, stop, sizes, np.float64)
                self._decide(rows, totals, _bound(size, len(wide), _U64, _LEAST_64))

    def dense(self, weights: Array, threads: int) -> None:
        """Decide a dense layer; by Cauchy-Schwarz, sum |w_i x_i| is at most |w| |x|."""
        array = self.values.array
        fan_in, count = array.shape
        wide = array.astype(np.float64, copy=False)
        products = self.layer.size * fan_in * count
        is_large = products >= _MANY_PRODUCTS and self.layer.width == 1
        with np.errstate(over="ignore", invalid="ignore", under="ignore"):
            norms = _norm(np.einsum("ij,ij->j", wide, wide), fan_in)
            narrow = _Narrow(self, wide, norms) if is_large and native.kernels is not None else None

        def part(first: int, last: int) -> None:
            with np.errstate(over="ignore", invalid="ignore", under="ignore"):  # per thread
                for rows in slices(first, last, max(1, TILE // max(fan_in, 1))):
                    tile = weights[rows].astype(np.float64)
                    own = _norm(np.einsum("ij,ij->i", tile, tile), fan_in)
                    if narrow is not None:
                        narrow.decide(rows, tile, own)
                        continue
                    bound = _bound(own[:, None] * norms, fan_in, _U64, _LEAST_64)
                    self._decide(rows, tile @ wide, bound)

        least = self.layer.size * _MANY_PRODUCTS // max(products, 1)
        native.in_parts(part, self.layer.size, threads, least=max(1, least))

    def _decide(self, rows: slice, totals: Array, bound: Array) -> None:
        """Compare totals, and recompute exactly those within their error bound."""
        for k in range(self.layer.width):
            difference = totals - self.near[rows, k, None]
            self.fired[rows, k] = self.compare(difference, 0)
            # includes overflows
            unsure = ~(np.abs(difference) > bound + self.slack[rows, k, None])
            places, columns = np.nonzero(unsure)
            self.exactly(places + rows.start, k, columns)

    def again(self, rows: slice, places: Array, columns: Array, totals: Array, size: Array) -> None:
        """Decide single totals in float64, with `size` the sums of their absolute products."""
        fan_in = self.values.array.shape[0]
        bound = _bound(size, fan_in, _U64, _LEAST_64) + self.slack[rows, 0][places]
        difference = totals - self.near[rows, 0][places]
        self.fired[places + rows.start, 0, columns] = self.compare(difference, 0.0)
        unsure = np.flatnonzero(~(np.abs(difference) > bound))
        self.exactly(places[unsure] + rows.start, 0, columns[unsure])

    def exactly(self, neurons: Array, k: int, columns: Array) -> None:
        """Decide single totals exactly against limit k of their neurons."""
        for i, row in zip(neurons.tolist(), columns.tolist(), strict=True):
            self.fired[i, k, row] = self.exact.fires(i, k, row)


def _norm(squares: Array, fan_in: int) -> Array:
    """Return norms from sums of squares, rounded up to cover squares that underflowed."""
    norm: Array = np.sqrt(squares) * (1 + 1e-9) + fan_in * 2.0**-510
    return norm


class _Narrow:
    """Decide in float32 with native kernels first, and the undecided totals in float64."""

    def __init__(self, deciding: _Deciding, wide: Array, norms: Array) -> None:
        self.deciding = deciding
        self.by_row = np.require(wide.T, requirements=("C", "A"))
        self.narrow = wide.astype(np.float32)
        fan_in = len(wide)
        unit = (fan_in + 16) * _U32
        vanished = fan_in * _LEAST_32 * 8  # the error of numbers too small for float32
        self.norms = ((norms * unit + vanished) * 1.001).astype(np.float32)
        self.norms[norms > _MAX_32] = np.inf  # a value may be beyond float32
        self.least, self.more = vanished, vanished / unit
        self.rule = COMPARISONS.index(deciding.layer.fires)

    def decide(self, rows: slice, tile: Array, own: Array) -> None:
        """Decide some neurons with the weights `tile` and their norms `own`."""
        deciding = self.deciding
        near = deciding.near[rows, 0]
        totals = np.ascontiguousarray(tile.astype(np.float32) @ self.narrow)
        slack = (np.abs(near) * (8 * _U32) + self.least).astype(np.float32)
        sizes = ((own + self.more) * 1.001).astype(np.float32)
        fired = deciding.fired[rows, 0]
        limits = near.astype(np.float32)
        native.kernels.decide(totals, limits, slack, sizes, self.norms, self.rule, fired)
        places, columns = np.divmod(np.flatnonzero(fired == 2), fired.shape[1])
        if len(places):
            single, size = np.empty(len(places)), np.empty(len(places))
            native.kernels.dots(tile, self.by_row, places, columns, single, size)
            deciding.again(rows, places, columns, single, size)


def _bound(size: Array, fan_in: int, rounding: float, least: float) -> Array:
    """Return bounds on the error of totals from the sums of their absolute products.

    A total of n products has n - 1 additions, n multiplications and at most two roundings per
    operand, so its error is below (n + 4) u sum |w x| (1 + tiny), plus underflow.
    """
    bound: Array = size * (2 * (fan_in + 8) * rounding) + fan_in * least * 8
    return bound


class _Exact:
    """Decide single totals exactly."""

    def __init__(self, layer: LayerStep, values: Values, limits: Array) -> None:
        self.layer, self.values, self.limits = layer, values, limits
        self.compare = FIRING[layer.fires].compare

    def fires(self, i: int, k: int, row: int) -> bool:
        """Return True if neuron i passes its limit k in a row."""
        weights, array = row_of(self.layer, self.values.array, i)
        limit = stored_number(self.limits[i * self.layer.width + k])
        terms = _terms(weights, array[:, row], limit)
        if terms is not None:  # the sign of a correctly rounded sum is the sign of the sum
            return bool(self.compare(fsum(terms), 0.0))
        total = exact_totals(weights, array[:, row : row + 1])[0]
        return bool(self.compare(total, limit))


def _terms(weights: Array, values: Array, limit: Number) -> list[float] | None:
    """Return floats whose exact sum is total - limit, or None if that may be impossible."""
    near = nearest_float(limit)
    if not _is_safe(np.array([near])) or Fraction(near) != limit:
        return None
    if weights.dtype.kind not in "iuf" or values.dtype.kind not in "iuf":
        return None
    w, x = weights.astype(np.float64), values.astype(np.float64)
    if not (fits_floats(weights) and fits_floats(values)):
        return None
    if not (_is_safe(w) and _is_safe(x)):
        return None
    product = w * x
    w_high, x_high = w * _SPLIT, x * _SPLIT
    w_high, x_high = w_high - (w_high - w), x_high - (x_high - x)
    w_low, x_low = w - w_high, x - x_high
    error = ((w_high * x_high - product) + w_high * x_low + w_low * x_high) + w_low * x_low
    return [*product.tolist(), *error.tolist(), -near]


def _is_safe(array: Array) -> bool:
    size = np.abs(array)
    return bool(((size == 0) | ((size > 1 / _SAFE) & (size < _SAFE))).all())
