"""Evaluate one layer for many rows with NumPy products, each exact or decided again exactly.

The arithmetic follows from the bounds of the weights, see `nnc.compiler.plan.LayerStep.proved`;
floats are handled in `nnc.run.engines.numbers`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from functools import partial
from math import lcm
from typing import Any

from nnc.compiler.graph import SharedWeights, SparseWeights
from nnc.compiler.plan import EXACT_IN, LayerStep, numbers, to_float, to_integer
from nnc.language.network import FIRING
from nnc.lazy import np
from nnc.numbers.exact import LARGEST_WHOLE, Number, simplest, stored_number
from nnc.numbers.integers import Array, clipped, largest_of, objects, product, scaled, type_for
from nnc.rows.columns import Column
from nnc.run.engines.convolutions import fire_places
from nnc.run.engines.numbers import fire_bounded
from nnc.run.engines.products import (
    TILE,
    Values,
    dtype_of,
    exact_totals,
    row_of,
    slices,
    slices_of,
    sparse_totals,
    weights_of,
)
from nnc.run.engines.sums import linear_sums

_FEW_ROWS = 8


def fire(layer: LayerStep, values: Values, threads: int = 1) -> Array:
    """Return which limits of a layer are passed, as uint8, signals x rows.

    Totals are computed once, however many limits a neuron has; floats use several threads.
    """
    if isinstance(layer.weights, SharedWeights):
        return fire_places(layer, layer.weights, values, partial(fire, threads=threads))
    count = values.array.shape[1]
    fired = np.empty((layer.size, layer.width, count), np.uint8)
    arithmetic = _arithmetic(layer, values)
    limits = layer.limits
    if layer.arithmetic == "numbers":
        is_whole = dtype_of(layer).kind != "f" and values.array.dtype.kind in "ui"
        if is_whole or values.denominator != 1:
            limits = _times(layer, values.denominator, is_whole=is_whole)
    compare = FIRING[layer.fires].compare
    if arithmetic == "bounded":
        return fire_bounded(layer, values, limits, threads)
    limits = _in_range(layer, arithmetic, limits).reshape(layer.size, layer.width)
    for rows, totals in _totals(layer, values.array, arithmetic):
        for k in range(layer.width):
            fired[rows, k] = compare(totals, limits[rows, k, None])
    return fired.reshape(layer.outputs, count)


def sums(layer: LayerStep, values: Values, neurons: Sequence[int]) -> list[Column]:
    """Return the exact sums of some neurons of a layer, given by signal offsets in the layer."""
    arithmetic = _arithmetic(layer, values)
    is_whole = dtype_of(layer).kind in "ui" and values.array.dtype.kind in "ui"
    largest = largest_of(values.array) if is_whole and neurons else 0
    if neurons and arithmetic in ("bounded", "object") and _are_floats(layer, values):
        return _bounded_sums(layer, values, neurons)
    columns = []
    for i in neurons:
        weights, array = row_of(layer, values.array, i // layer.width)
        per = layer.scale(i) * values.denominator
        offset = layer.offset(i)
        if is_whole:
            total = product(weights, array, largest)
            columns.append(_sum_of_integers(total, layer.factor, per, offset))
            continue
        if arithmetic == "float64" and (layer.factor, offset, per) == (1, 0, 1):
            columns.append(Column(_matmul(weights.astype(np.float64), array.astype(np.float64))))
            continue
        exact = [
            simplest(total * layer.factor / per + offset) for total in exact_totals(weights, array)
        ]
        columns.append(Column(objects(exact)))
    return columns


def _are_floats(layer: LayerStep, values: Values) -> bool:
    """Return True if weights or values are floats, none are objects, and rows are not few."""
    kinds = dtype_of(layer).kind + values.array.dtype.kind
    return "f" in kinds and "O" not in kinds and values.array.shape[1] > _FEW_ROWS


def _bounded_sums(layer: LayerStep, values: Values, neurons: Sequence[int]) -> list[Column]:
    """Return sums of some neurons: approximate floats now, exact numbers on first use."""
    gains = []
    for i in neurons:
        per = Fraction(layer.factor) / (layer.scale(i) * values.denominator)
        weights, places = weights_of(layer, i // layer.width)
        exact = zip(places, numbers(weights), strict=True)
        gains.append({place: weight * per for place, weight in exact if weight})
    return linear_sums(gains, [layer.offset(i) for i in neurons], values.array)


def _sum_of_integers(total: Array, factor: Number, per: int, offset: Number) -> Column:
    """Return factor * total / per + offset as integers over one denominator."""
    gain = Fraction(factor) / per
    common = lcm(gain.denominator, offset.denominator)
    return Column(scaled(total, int(gain * common), int(offset * common)), common)


# ----------------------------------------------------------------------------- arithmetic


def _arithmetic(layer: LayerStep, values: Values) -> str:
    """Return the type in which totals are exact, or `bounded` if floats may be rounded."""
    if layer.arithmetic != "numbers":
        return layer.proved.arithmetic
    weights, array = dtype_of(layer), values.array.dtype
    if weights.kind == "O" or array.kind == "O":
        return "object"
    if weights.kind == "f" or array.kind == "f":
        return "bounded"
    largest = int(layer.proved.largest) * largest_of(values.array)
    if largest < 1 << EXACT_IN["float32"]:
        return "float32"
    return "float64" if largest < LARGEST_WHOLE else "int64" if largest < 1 << 62 else "object"


def _times(layer: LayerStep, factor: int, *, is_whole: bool) -> Array:
    """Return limits times a factor, exactly; rounded to integers if the totals are integers."""
    exact = [limit * factor for limit in numbers(layer.limits)]
    if is_whole:
        exact = [to_integer(limit, layer.fires) for limit in exact]
    return objects(exact)


def _in_range(layer: LayerStep, arithmetic: str, limits: Array) -> Array:
    """Clip limits to the range of the totals' type without changing any comparison."""
    if arithmetic == "object":
        return objects(numbers(limits))
    if dtype_of(layer).kind == "f":
        if limits.dtype == np.float64:
            return limits
        return np.array([to_float(limit, layer.fires) for limit in numbers(limits)])
    return clipped(whole_limits(layer, limits), 1 << EXACT_IN[arithmetic]).astype(arithmetic)


def whole_limits(layer: LayerStep, limits: Array) -> Array:
    """Return limits as integers that give the same decisions for integer totals."""
    if limits.dtype.kind == "i":
        return limits
    return objects([to_integer(limit, layer.fires) for limit in numbers(limits)])


def _totals(layer: LayerStep, array: Array, arithmetic: str) -> Iterator[tuple[slice, Array]]:
    """Yield blocks of neurons and their totals, size x rows."""
    weights = layer.weights
    if isinstance(weights, SparseWeights):
        is_bits = array.dtype.kind == "u" and layer.arithmetic != "numbers"
        dtype = _sparse_dtype(layer, arithmetic, is_bits=is_bits)
        for rows, start, stop in slices_of(weights, layer.size, array.shape[1]):
            yield rows, sparse_totals(weights, rows, start, stop, array, dtype)
        return
    wide = array.astype(arithmetic)
    if arithmetic == "object":
        wide = np.array(
            [[stored_number(x) for x in line] for line in array.tolist()], object
        ).reshape(array.shape)
    for rows in slices(0, layer.size, max(1, TILE // max(weights.shape[1], 1))):
        tile = weights[rows]
        if arithmetic == "object":
            tile = np.array([numbers(row) for row in tile], object).reshape(tile.shape)
        if not tile.shape[1]:
            yield rows, np.zeros((tile.shape[0], array.shape[1]), arithmetic)
            continue
        yield rows, _matmul(tile.astype(arithmetic, copy=False), wide)


def _matmul(weights: Array, values: Array) -> Array:
    """Return a matrix product whose totals fit its type.

    NumPy warnings are ignored: some BLAS read and discard numbers beyond an array.
    """
    with np.errstate(all="ignore"):
        products: Array = np.matmul(weights, values)
    return products


def _sparse_dtype(layer: LayerStep, arithmetic: str, *, is_bits: bool) -> Any:
    """Return the type in which products of a sparse layer are added.

    Integers stay integers, because no NumPy matrix product requires floats here.
    """
    if arithmetic == "object":
        return object
    if dtype_of(layer).kind == "f":
        return np.float64
    if arithmetic == "float32":  # the totals fit in 24 bits
        return np.dtype(type_for(int(layer.proved.largest))) if is_bits else np.int32
    return np.int64
