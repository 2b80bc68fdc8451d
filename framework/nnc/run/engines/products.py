"""Prepare values, matrix slices and exact totals for the products of layers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from itertools import pairwise
from math import lcm
from typing import Any, NamedTuple

from nnc.compiler.graph import SharedWeights, SparseWeights
from nnc.compiler.plan import LayerStep, numbers
from nnc.compiler.plan import values_of as values_in
from nnc.lazy import np
from nnc.numbers.exact import stored_number
from nnc.numbers.integers import Array, counts_of, fits_floats, objects, scaled_rows
from nnc.rows.columns import Column

TILE = 1 << 20  # products to compute at a time


class Values(NamedTuple):
    """The values of sources, fan-in x rows, as numerators over one denominator.

    The dtype is uint8 for bits, else int64, float64 (each entry exact) or object.
    """

    array: Array
    denominator: int = 1


def values_of(columns: Sequence[Column], rows: int) -> Values:
    """Stack the columns of sources into exact values over one denominator.

    The dtype is the fastest that holds every value: integers, floats, or else Python numbers.
    """
    common = lcm(*(column.denominator for column in columns))
    arrays = [column.numerators for column in columns]
    if all(array.dtype.kind in "ui" for array in arrays):
        whole = scaled_rows(arrays, [common // column.denominator for column in columns], rows)
        if whole is not None:
            return Values(whole, common)
    elif common == 1 and all(fits_floats(array) for array in arrays):
        return Values(np.array(arrays, np.float64).reshape(len(arrays), rows))
    exact = np.empty((len(columns), rows), object)
    for line, column in zip(exact, columns, strict=True):
        line[:] = column.values()
    return Values(exact)


def counted(layer: LayerStep, bits: Array) -> Values:
    """Return the values of a layer's sources, bits or counts, from the bits it reads."""
    return Values(counts_of(bits, layer.starts) if layer.reads_counts else bits)


def counted_columns(layer: LayerStep, columns: Sequence[Column]) -> list[Column]:
    """Return a column for each weight of a layer, from the columns of all signals it reads."""
    if not layer.reads_counts:
        return list(columns)
    starts = layer.starts
    return [
        columns[start] if stop == start + 1 else _count(columns[start:stop])
        for start, stop in pairwise(starts)
    ]


def _count(columns: Sequence[Column]) -> Column:
    (counts,) = counts_of(np.stack([column.numerators for column in columns]), (0, len(columns)))
    return Column(counts)


def dtype_of(layer: LayerStep) -> np.dtype[Any]:
    """Return the type of the weights of a layer."""
    return values_in(layer.weights).dtype


def row_of(layer: LayerStep, array: Array, i: int) -> tuple[Array, Array]:
    """Return the weights of one neuron and the values of their sources."""
    if isinstance(layer.weights, SharedWeights):
        places, weights = layer.weights.row(i)
        return weights, array[places]
    if isinstance(layer.weights, SparseWeights):
        start, stop = (int(x) for x in layer.weights.indptr[i : i + 2])
        return layer.weights.values[start:stop], array[layer.weights.indices[start:stop]]
    return layer.weights[i], array


def weights_of(layer: LayerStep, i: int) -> tuple[Array, Sequence[int]]:
    """Return the weights of one neuron and the indices of their sources."""
    if isinstance(layer.weights, SharedWeights):
        places, weights = layer.weights.row(i)
        return weights, places.tolist()
    if isinstance(layer.weights, SparseWeights):
        start, stop = (int(x) for x in layer.weights.indptr[i : i + 2])
        return layer.weights.values[start:stop], layer.weights.indices[start:stop].tolist()
    return layer.weights[i], range(layer.weights.shape[1])


def exact_totals(weights: Array, array: Array) -> list[Fraction]:
    """Return the exact total of one neuron for each row."""
    exact = [Fraction(weight) for weight in numbers(weights)]

    def total(column: list[Any]) -> Fraction:
        terms = (w * stored_number(x) for w, x in zip(exact, column, strict=True) if x)
        return sum(terms, Fraction())

    return [total(column.tolist()) for column in array.T]


def slices(start: int, stop: int, size: int) -> Iterator[slice]:
    """Yield slices of a size from start to stop; the last may be smaller."""
    for first in range(start, stop, size):
        yield slice(first, min(first + size, stop))


def slices_of(weights: SparseWeights, size: int, count: int) -> Iterator[tuple[slice, int, int]]:
    """Yield blocks of rows of a sparse matrix, with the start and stop of their entries.

    A block has at most four tiles of products, but at least one row.
    """
    per_row = max(1, len(weights.values) * max(count, 1) // max(size, 1))
    for rows in slices(0, size, max(1, 4 * TILE // per_row)):
        yield rows, int(weights.indptr[rows.start]), int(weights.indptr[rows.stop])


def sparse_totals(
    weights: SparseWeights, rows: slice, start: int, stop: int, array: Array, dtype: Any
) -> Array:
    """Return the totals of some rows of a sparse matrix, neurons x rows of values.

    For each k, the k-th products of all neurons that have one are added together, so the number of
    NumPy calls is the largest fan-in, not the number of neurons.
    """
    values, indices = weights.values[start:stop], weights.indices[start:stop]
    starts = np.asarray(weights.indptr[rows.start : rows.stop + 1], np.int64) - start
    fan_ins = np.diff(starts)
    order = np.argsort(-fan_ins, kind="stable")  # neurons with more than k products come first
    begins, fan_ins = starts[:-1][order], fan_ins[order]
    totals = np.zeros((len(order), array.shape[1]), dtype)
    if dtype is object:
        array = objects([stored_number(x) for x in array.ravel().tolist()]).reshape(array.shape)
        values = objects(numbers(values))
    for k in range(int(fan_ins[0]) if len(fan_ins) else 0):
        having = np.searchsorted(-fan_ins, -k, "left")
        at = begins[:having] + k
        products = array[indices[at]].astype(dtype, copy=False)
        np.multiply(products, values[at].astype(dtype, copy=False)[:, None], out=products)
        totals[:having] += products
    ordered = np.empty_like(totals)
    ordered[order] = totals
    return ordered
