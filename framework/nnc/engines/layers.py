"""One layer for many rows: products in NumPy, each exact or decided again exactly.

The arithmetic is chosen with the plan, see `nnc.plan.LayerStep`. Floats are added in float64 beside
a bound on the rounding error (Higham, Accuracy and Stability of Numerical Algorithms, 2nd ed.,
section 3.1); only totals within the bound of their limit are added again exactly.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterator, Sequence
from fractions import Fraction
from math import fsum, lcm
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from nnc.columns import Column
from nnc.exact import Number, simplest
from nnc.graph import SparseWeights
from nnc.plan import LayerStep, number, numbers, to_integer

Array = NDArray[Any]
COMPARE = {
    "above": np.greater,
    "at_least": np.greater_equal,
    "below": np.less,
    "at_most": np.less_equal,
}
COMPARE_EXACTLY: dict[str, Callable[[Any, Any], bool]] = {
    "above": operator.gt,
    "at_least": operator.ge,
    "below": operator.lt,
    "at_most": operator.le,
}
_TILE = 1 << 20  # products that are calculated in one go
_ROUNDING = 2.0**-53
_LEAST_FLOAT = 2.0**-1074


class Values(NamedTuple):
    """The values of the sources, fan-in x rows, over one denominator.

    uint8 for bits, else int64, float64 (each entry exactly what it means) or object.
    """

    array: Array
    denominator: int = 1


def values_of(columns: Sequence[Column], rows: int) -> Values:
    """Lay the columns of sources below each other, exactly, over one denominator."""
    common = lcm(*(column.denominator for column in columns))
    arrays = [column.numerators for column in columns]
    if all(array.dtype.kind in "ui" for array in arrays):
        factors = [common // column.denominator for column in columns]
        largest = max([_largest(a) * f for a, f in zip(arrays, factors, strict=True)], default=0)
        if largest < 1 << 62:
            whole = np.empty((len(arrays), rows), np.int64)
            for line, array, factor in zip(whole, arrays, factors, strict=True):
                np.multiply(array.astype(np.int64), factor, out=line)
            return Values(whole, common)
    elif common == 1 and all(_is_float_exact(array) for array in arrays):
        return Values(np.array(arrays, np.float64).reshape(len(arrays), rows))
    exact = np.empty((len(columns), rows), object)
    for line, column in zip(exact, columns, strict=True):
        line[:] = column.values()
    return Values(exact)


def _largest(array: Array) -> int:
    return max(int(array.max()), -int(array.min()), 0) if len(array) else 0


def _is_float_exact(array: Array) -> bool:
    kind = array.dtype.kind
    return kind == "f" or (kind in "ui" and _largest(array) <= 1 << 53)


def fire(layer: LayerStep, values: Values) -> Array:
    """Give which neurons of a layer fire, as uint8 of size x rows."""
    count = values.array.shape[1]
    fired = np.empty((layer.size, count), np.uint8)
    how = _how(layer, values)
    limits = layer.limits
    if layer.arithmetic == "numbers":
        is_whole = _dtype(layer).kind != "f" and values.array.dtype.kind in "ui"
        limits = _times(layer, values.denominator, is_whole=is_whole)
    compare = COMPARE[layer.fires]
    if how != "bounded":
        limits = _for(how, limits)
        for rows, totals in _totals(layer, values.array, how):
            fired[rows] = compare(totals, limits[rows, None])
        return fired
    exact = _Exact(layer, values, limits)
    near = np.array([_float(limit) for limit in numbers(limits)])
    slack = np.abs(near) * (4 * _ROUNDING)
    for rows, totals, bound in _bounded_totals(layer, values.array):
        difference = totals - near[rows, None]
        one = compare(difference, 0.0)
        unsure = ~(np.abs(difference) > bound + slack[rows, None])  # also where it overflowed
        for i, row in zip(*(found.tolist() for found in np.nonzero(unsure)), strict=True):
            one[i, row] = exact.fires(rows.start + i, row)
        fired[rows] = one
    return fired


def sums(layer: LayerStep, values: Values, neurons: Sequence[int]) -> list[Column]:
    """Give the exact sums of some neurons of a layer."""
    how = _how(layer, values)
    found = []
    for i in neurons:
        weights, array = _row(layer, values.array, i)
        per = layer.scale(i) * values.denominator
        offset = layer.offset(i)
        if how in ("float32", "float64", "int64") and array.dtype.kind in "ui":
            if weights.dtype.kind in "ui":
                total = weights.astype(np.int64) @ array.astype(np.int64)
                found.append(_sum_of_integers(total, layer.factor, per, offset))
                continue
            if (layer.factor, offset, per) == (1, 0, 1):
                found.append(Column(weights.astype(np.float64) @ array.astype(np.float64)))
                continue
        exact = [
            simplest(one * layer.factor / per + offset) for one in _exact_totals(weights, array)
        ]
        found.append(Column(_objects(exact)))
    return found


def _sum_of_integers(total: Array, factor: Number, per: int, offset: Number) -> Column:
    """Give factor * total / per + offset as integers over one denominator."""
    gain = Fraction(factor) / per
    common = lcm(gain.denominator, offset.denominator)
    times, plus = int(gain * common), int(offset * common)
    if _largest(total) * abs(times) + abs(plus) < 1 << 62:
        return Column(total * times + plus, common)
    return Column(_objects([simplest(t * gain + offset) for t in total.tolist()]))


def _objects(values: Sequence[Number]) -> Array:
    array = np.empty(len(values), object)
    array[:] = values
    return array


def _row(layer: LayerStep, array: Array, i: int) -> tuple[Array, Array]:
    """Give the weights of one neuron, and the values of their sources."""
    if isinstance(layer.weights, SparseWeights):
        start, stop = (int(x) for x in layer.weights.indptr[i : i + 2])
        return layer.weights.values[start:stop], array[layer.weights.indices[start:stop]]
    return layer.weights[i], array


def _exact_totals(weights: Array, array: Array) -> list[Fraction]:
    exact = [Fraction(one) for one in numbers(weights)]

    def total(column: list[Any]) -> Fraction:
        terms = (w * number(x) for w, x in zip(exact, column, strict=True) if x)
        return sum(terms, Fraction())

    return [total(column.tolist()) for column in array.T]


# ----------------------------------------------------------------------------- arithmetic


def _how(layer: LayerStep, values: Values) -> str:
    """Say in what the totals are exact for these values."""
    if layer.arithmetic != "numbers":
        return layer.arithmetic
    weights, array = _dtype(layer), values.array.dtype
    if weights.kind == "O" or array.kind == "O":
        return "object"
    if weights.kind == "f" or array.kind == "f":
        return "bounded"
    weight = int(layer.greatest - layer.least)
    largest = weight * _largest(values.array.reshape(-1))
    return "float64" if largest < 1 << 53 else "int64" if largest < 1 << 62 else "object"


def _dtype(layer: LayerStep) -> np.dtype[Any]:
    weights = layer.weights
    return weights.values.dtype if isinstance(weights, SparseWeights) else weights.dtype


def _times(layer: LayerStep, factor: int, *, is_whole: bool) -> Array:
    """Multiply limits exactly; where totals are integers, limits are brought to integers."""
    exact = [one * factor for one in numbers(layer.limits)]
    if is_whole:
        exact = [to_integer(one, layer.fires) for one in exact]
    if all(isinstance(one, int) and abs(one) < 1 << 62 for one in exact):
        return np.array(exact, np.int64)
    return _objects(exact)


def _for(how: str, limits: Array) -> Array:
    """Bring limits into the range of the totals' type, so that no comparison changes."""
    if how == "object" or limits.dtype.kind == "f":
        return limits.astype(object) if how == "object" else limits
    bits = {"float32": 24, "float64": 53, "int64": 62}[how]
    if limits.dtype.kind == "O":
        whole = [max(-(1 << bits), min(1 << bits, one)) for one in limits.tolist()]
        return np.array(whole, how)
    clipped = np.clip(limits.astype(np.int64), -(1 << bits), 1 << bits)
    within: Array = clipped.astype(how)
    return within


def _totals(layer: LayerStep, array: Array, how: str) -> Iterator[tuple[slice, Array]]:
    """Give the totals of some neurons at a time, size x rows."""
    weights = layer.weights
    if isinstance(weights, SparseWeights):
        kinds = {"float32": np.int32, "float64": np.int64, "int64": np.int64, "object": object}
        if how == "float32" and array.dtype.kind == "u":
            kinds["float32"] = _narrow(layer)
        dtype: Any = (
            np.float64 if weights.values.dtype.kind == "f" and how != "object" else kinds[how]
        )
        for rows, start, stop in _stretches(weights, layer.size, array.shape[1]):
            yield rows, _sparse_totals(weights, rows, start, stop, array, dtype)
        return
    wide = array.astype(how)
    if how == "object":
        wide = np.array([[number(x) for x in line] for line in array.tolist()], object).reshape(
            array.shape
        )
    for rows in _slices(layer.size, max(1, _TILE // max(weights.shape[1], 1))):
        tile = weights[rows]
        if how == "object":
            tile = np.array([numbers(row) for row in tile], object).reshape(tile.shape)
        totals = (
            np.matmul(tile.astype(how, copy=False), wide)
            if tile.shape[1]
            else np.zeros((tile.shape[0], array.shape[1]), how)
        )
        yield rows, totals


def _narrow(layer: LayerStep) -> Any:
    """Give the narrowest type for totals of bits, which are within 24 bits."""
    largest = layer.greatest - layer.least
    return np.int8 if largest < 1 << 7 else np.int16 if largest < 1 << 15 else np.int32


def _bounded_totals(layer: LayerStep, array: Array) -> Iterator[tuple[slice, Array, Array]]:
    """Give float64 totals of some neurons at a time, each with a bound on its error.

    A total of n products has n - 1 additions, n multiplications and at most two roundings of each
    operand, so its error is below (n + 4) u sum |w x| (1 + tiny), and u = 2**-53.
    """
    weights = layer.weights
    fan_in = array.shape[0]
    wide = array.astype(np.float64)
    size = np.abs(wide)
    tiny = fan_in * _LEAST_FLOAT * 4
    unit = 2 * (fan_in + 8) * _ROUNDING
    with np.errstate(over="ignore", invalid="ignore", under="ignore"):
        if isinstance(weights, SparseWeights):
            for rows, start, stop in _stretches(weights, layer.size, array.shape[1]):
                totals = _sparse_totals(weights, rows, start, stop, wide, np.float64)
                absolute = weights._replace(values=np.abs(weights.values.astype(np.float64)))
                sizes = _sparse_totals(absolute, rows, start, stop, size, np.float64)
                yield rows, totals, sizes * unit + tiny
            return
        largest = size.max(0) if fan_in else np.zeros(array.shape[1])
        for rows in _slices(layer.size, max(1, _TILE // max(fan_in, 1))):
            tile = weights[rows].astype(np.float64)
            sizes = np.abs(tile).sum(1)
            yield rows, tile @ wide, sizes[:, None] * largest * unit + tiny


def _slices(count: int, size: int) -> Iterator[slice]:
    for start in range(0, count, size):
        yield slice(start, min(start + size, count))


def _stretches(weights: SparseWeights, size: int, count: int) -> Iterator[tuple[slice, int, int]]:
    """Give some rows of a sparse matrix at a time, and where their entries start and stop."""
    per_row = max(1, len(weights.values) * max(count, 1) // max(size, 1))
    for rows in _slices(size, max(1, 4 * _TILE // per_row)):
        yield rows, int(weights.indptr[rows.start]), int(weights.indptr[rows.stop])


def _sparse_totals(
    weights: SparseWeights, rows: slice, start: int, stop: int, array: Array, dtype: Any
) -> Array:
    """Add up the k-th products of all neurons that have so many, for one k after the other."""
    values, indices = weights.values[start:stop], weights.indices[start:stop]
    starts = np.asarray(weights.indptr[rows.start : rows.stop + 1], np.int64) - start
    fan_ins = np.diff(starts)
    order = np.argsort(-fan_ins, kind="stable")
    begins, fan_ins = starts[:-1][order], fan_ins[order]
    totals = np.zeros((len(order), array.shape[1]), dtype)
    if dtype is object:
        array = _objects([number(x) for x in array.ravel().tolist()]).reshape(array.shape)
        values = _objects(numbers(values))
    for k in range(int(fan_ins[0]) if len(fan_ins) else 0):
        having = np.searchsorted(-fan_ins, -k, "left")  # those with more than k
        at = begins[:having] + k
        products = array[indices[at]].astype(dtype, copy=False)
        np.multiply(products, values[at].astype(dtype, copy=False)[:, None], out=products)
        totals[:having] += products
    ordered = np.empty_like(totals)
    ordered[order] = totals
    return ordered


class _Exact:
    """Decides single totals exactly."""

    def __init__(self, layer: LayerStep, values: Values, limits: Array) -> None:
        self.layer, self.values, self.limits = layer, values, limits
        self._row: tuple[int, list[Any]] = (-1, [])

    def fires(self, i: int, row: int) -> bool:
        """Tell whether neuron i fires in a row."""
        weights, array = _row(self.layer, self.values.array, i)
        column = array[:, row]
        limit = number(self.limits[i])
        if self.values.array.dtype.kind == "u" and self.limits.dtype.kind == "f":
            active = weights[column != 0].astype(np.float64).tolist()
            try:  # the sign of a correctly rounded sum is the sign of the sum
                return bool(COMPARE[self.layer.fires](fsum([*active, -float(limit)]), 0.0))
            except OverflowError:
                pass
        total = _exact_totals(weights, column[:, None])[0]
        return COMPARE_EXACTLY[self.layer.fires](total, limit)


def _float(value: Number) -> float:
    """Round to a float; beyond its range to infinity, so that every total is redone exactly."""
    try:
        return float(value)
    except OverflowError:
        return float("inf") if value > 0 else float("-inf")
