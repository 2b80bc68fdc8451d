"""Layers of floats: decided in float32 or float64 where rounding cannot matter, else exactly.

Totals are calculated beside a bound on their rounding error (Higham, Accuracy and Stability of
Numerical Algorithms, 2nd ed., section 3.1). Large batches are first calculated in float32, which is
twice as fast; what that cannot decide is calculated in float64, and what is nearer to its limit
still, exactly: as the correctly rounded sum of products that are split without error (Dekker 1971).
"""

from __future__ import annotations

from fractions import Fraction
from math import fsum
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nnc.compiler.graph import SparseWeights
from nnc.compiler.plan import LayerStep, numbers
from nnc.exact import Number, stored_number
from nnc.language.network import COMPARISONS, FIRING
from nnc.run.engines.native import kernels
from nnc.run.engines.products import (
    TILE,
    Values,
    exact_totals,
    row_of,
    slices,
    sparse_totals,
    stretches,
)

Array = NDArray[Any]
_U64, _U32 = 2.0**-53, 2.0**-24
_LEAST_64, _LEAST_32 = 2.0**-1074, 2.0**-149
_MOST_32 = 3e38
_MANY_PRODUCTS = 1 << 24
"""From so many on, float32 repays itself."""
_SPLIT = 2.0**27 + 1
_SAFE = 2.0**400  # products of numbers between 1/_SAFE and _SAFE are split without error


def fire_bounded(layer: LayerStep, values: Values, limits: Array) -> Array:
    """Give which neurons of a layer fire where weights, values or limits are floats."""
    deciding = _Deciding(layer, values, limits)
    if isinstance(layer.weights, SparseWeights):
        return deciding.sparse(layer.weights)
    return deciding.dense(layer.weights)


class _Deciding:
    def __init__(self, layer: LayerStep, values: Values, limits: Array) -> None:
        self.layer, self.values = layer, values
        self.exact = _Exact(layer, values, limits)
        self.compare = FIRING[layer.fires].compare
        if limits.dtype == np.float64:
            self.near = limits
        else:
            self.near = np.array([_float(limit) for limit in numbers(limits)])
        self.slack = np.abs(self.near) * (4 * _U64)
        self.fired = np.empty((layer.size, values.array.shape[1]), np.uint8)

    def sparse(self, weights: SparseWeights) -> Array:
        """Decide a sparse layer, each total beside the sum of the sizes of its products."""
        wide = self.values.array.astype(np.float64)
        sizes = np.abs(wide)
        absolute = weights._replace(values=np.abs(weights.values.astype(np.float64)))
        with np.errstate(over="ignore", invalid="ignore", under="ignore"):
            for rows, start, stop in stretches(weights, self.layer.size, wide.shape[1]):
                totals = sparse_totals(weights, rows, start, stop, wide, np.float64)
                size = sparse_totals(absolute, rows, start, stop, sizes, np.float64)
                self._decide(rows, totals, _bound(size, len(wide), _U64, _LEAST_64))
        return self.fired

    def dense(self, weights: Array) -> Array:
        """Decide a dense layer; by Cauchy and Schwarz, a sum of sizes is at most |w| |x|."""
        array = self.values.array
        fan_in, count = array.shape
        wide = array.astype(np.float64, copy=False)
        is_large = self.layer.size * fan_in * count >= _MANY_PRODUCTS
        with np.errstate(over="ignore", invalid="ignore", under="ignore"):
            norms = _norm(np.einsum("ij,ij->j", wide, wide), fan_in)
            narrow = _Narrow(self, wide, norms) if is_large and kernels is not None else None
            for rows in slices(self.layer.size, max(1, TILE // max(fan_in, 1))):
                tile = weights[rows].astype(np.float64)
                own = _norm(np.einsum("ij,ij->i", tile, tile), fan_in)
                if narrow is not None:
                    narrow.decide(rows, tile, own)
                    continue
                bound = _bound(own[:, None] * norms, fan_in, _U64, _LEAST_64)
                self._decide(rows, tile @ wide, bound)
        return self.fired

    def _decide(self, rows: slice, totals: Array, bound: Array) -> None:
        """Compare totals, and decide those exactly whose error may matter."""
        difference = totals - self.near[rows, None]
        self.fired[rows] = self.compare(difference, 0)
        bound += self.slack[rows, None]
        unsure = ~(np.abs(difference) > bound)  # also where something overflowed
        places, columns = np.nonzero(unsure)
        self.exactly(places + rows.start, columns)

    def again(self, rows: slice, places: Array, columns: Array, totals: Array, size: Array) -> None:
        """Decide single totals in float64, beside the sums of the sizes of their products."""
        fan_in = self.values.array.shape[0]
        bound = _bound(size, fan_in, _U64, _LEAST_64) + self.slack[rows][places]
        difference = totals - self.near[rows][places]
        self.fired[places + rows.start, columns] = self.compare(difference, 0.0)
        unsure = np.flatnonzero(~(np.abs(difference) > bound))
        self.exactly(places[unsure] + rows.start, columns[unsure])

    def exactly(self, neurons: Array, columns: Array) -> None:
        """Decide single totals exactly."""
        for i, row in zip(neurons.tolist(), columns.tolist(), strict=True):
            self.fired[i, row] = self.exact.fires(i, row)


def _norm(squares: Array, fan_in: int) -> Array:
    """Give norms from sums of squares, rounded up; squares below 2**-1022 may have vanished."""
    norm: Array = np.sqrt(squares) * (1 + 1e-9) + fan_in * 2.0**-510
    return norm


class _Narrow:
    """Decides in float32 first, in native kernels; what that cannot decide in float64."""

    def __init__(self, deciding: _Deciding, wide: Array, norms: Array) -> None:
        self.deciding = deciding
        self.by_row = np.require(wide.T, requirements=("C", "A"))
        self.narrow = wide.astype(np.float32)
        fan_in = len(wide)
        unit = (fan_in + 16) * _U32
        vanished = fan_in * _LEAST_32 * 8  # by so much a number too small for float32 is wrong
        self.norms = ((norms * unit + vanished) * 1.001).astype(np.float32)
        self.norms[norms > _MOST_32] = np.inf  # a value may be beyond float32
        self.least, self.more = vanished, vanished / unit
        self.rule = COMPARISONS.index(deciding.layer.fires)

    def decide(self, rows: slice, tile: Array, own: Array) -> None:
        """Decide some neurons, whose weights are `tile` and their norms `own`."""
        deciding = self.deciding
        near = deciding.near[rows]
        totals = np.ascontiguousarray(tile.astype(np.float32) @ self.narrow)
        slack = (np.abs(near) * (8 * _U32) + self.least).astype(np.float32)
        sizes = ((own + self.more) * 1.001).astype(np.float32)
        fired = deciding.fired[rows]
        limits = near.astype(np.float32)
        kernels.decide(totals, limits, slack, sizes, self.norms, self.rule, fired)
        places, columns = np.divmod(np.flatnonzero(fired == 2), fired.shape[1])
        if len(places):
            single, size = np.empty(len(places)), np.empty(len(places))
            kernels.dots(tile, self.by_row, places, columns, single, size)
            deciding.again(rows, places, columns, single, size)


def _bound(size: Array, fan_in: int, rounding: float, least: float) -> Array:
    """Bound the error of totals by the sum of the sizes of their products.

    A total of n products has n - 1 additions, n multiplications and at most two roundings of each
    operand: its error is below (n + 4) u sum |w x| (1 + tiny), and as much of the least number.
    """
    bound: Array = size * (2 * (fan_in + 8) * rounding) + fan_in * least * 8
    return bound


class _Exact:
    """Decides single totals exactly."""

    def __init__(self, layer: LayerStep, values: Values, limits: Array) -> None:
        self.layer, self.values, self.limits = layer, values, limits
        self.compare = FIRING[layer.fires].compare

    def fires(self, i: int, row: int) -> bool:
        """Tell whether neuron i fires in a row."""
        weights, array = row_of(self.layer, self.values.array, i)
        limit = stored_number(self.limits[i])
        terms = _terms(weights, array[:, row], limit)
        if terms is not None:  # the sign of a correctly rounded sum is the sign of the sum
            return bool(self.compare(fsum(terms), 0.0))
        total = exact_totals(weights, array[:, row : row + 1])[0]
        return bool(self.compare(total, limit))


def _terms(weights: Array, values: Array, limit: Number) -> list[float] | None:
    """Give floats whose exact sum is the total less the limit; None where there may be none."""
    near = _float(limit)
    if not _is_safe(np.array([near])) or Fraction(near) != limit:
        return None
    if weights.dtype.kind not in "iuf" or values.dtype.kind not in "iuf":
        return None
    w, x = weights.astype(np.float64), values.astype(np.float64)
    whole = [one for one in (weights, values) if one.dtype.kind != "f"]
    if any(len(one) and max(abs(int(one.max())), abs(int(one.min()))) > 1 << 53 for one in whole):
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


def _float(value: Number) -> float:
    """Round to a float; beyond its range to infinity, so that every total is redone exactly."""
    try:
        return float(value)
    except OverflowError:
        return float("inf") if value > 0 else float("-inf")
