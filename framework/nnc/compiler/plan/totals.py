"""Compute sums and bounds of weights, and the type in which totals are exact.

The type is always derived from the weights themselves, not from what a file claims. A convolution
has one kernel but limits for each position: a position at the border sees fewer weights, so if
silence or the outside is not 0, its limits differ from those inside.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from fractions import Fraction
from math import ceil, floor, lcm
from typing import Any, NamedTuple

from nnc.compiler.graph import LayerNode, SharedWeights, SignalType, SparseWeights
from nnc.compiler.plan.neurons import integers
from nnc.lazy import np
from nnc.numbers.exact import FLOAT_BITS, UNIT_ROUNDOFF, Number, simplest, stored_number
from nnc.numbers.integers import Array, objects

_TILE = 1 << 21  # weights examined at a time
EXACT_IN = {"float32": 24, "float64": FLOAT_BITS, "int64": 62}
"""Integers and sums of up to this many bits are exact in these types."""


class Proved(NamedTuple):
    """A bound on the sum of absolute weights per neuron, and the type of exact totals."""

    largest: Number
    arithmetic: str


def numbers(array: Array) -> list[Number]:
    """Return the exact values of an array's numbers."""
    return [stored_number(value) for value in array.tolist()]


def row_of(weights: Array | SparseWeights, i: int) -> tuple[Sequence[int], list[Number]]:
    """Return the source indices of neuron i, and its exact weights."""
    if isinstance(weights, SharedWeights):
        places, own = weights.row(i)
        return places.tolist(), numbers(own)
    if isinstance(weights, SparseWeights):
        start, stop = (int(end) for end in weights.indptr[i : i + 2])
        return weights.indices[start:stop].tolist(), numbers(weights.values[start:stop])
    return range(weights.shape[1]), numbers(weights[i])


def values_of(weights: Array | SparseWeights) -> Array:
    """Return the stored weights as one array."""
    if isinstance(weights, SharedWeights):
        kernel: Array = weights.kernel
        return kernel
    return weights.values if isinstance(weights, SparseWeights) else weights


def row_sums(weights: Array | SparseWeights, size: int) -> list[Number]:
    """Return the exact sum of each row."""
    if isinstance(weights, SharedWeights):
        inside, _, own = weights.class_sums()
        return [total for border in own.tolist() for total in inside[border]]
    values = values_of(weights)
    if values.dtype.kind in "iu" and values.dtype.itemsize < 8:
        tiles = _tiles(weights, size)
        return [total for tile in tiles for total in _sums(*tile, np.int64).tolist()]
    return [simplest(sum((Fraction(x) for x in row), Fraction())) for row in _rows(weights, size)]


def _rows(weights: Array | SparseWeights, size: int) -> Iterator[list[Number]]:
    for i in range(size):
        if isinstance(weights, SparseWeights):
            yield numbers(weights.values[int(weights.indptr[i]) : int(weights.indptr[i + 1])])
        else:
            yield numbers(weights[i])


def _tiles(weights: Array | SparseWeights, size: int) -> Iterator[tuple[Array, Array | None]]:
    """Yield blocks of rows, so that all rows are never copied at once.

    The rows of a sparse matrix are concatenated and come with their starts and the end of the last.
    """
    if isinstance(weights, SparseWeights):
        rows = max(1, size * _TILE // max(len(weights.values), 1))
        for start in range(0, size, rows):
            starts = np.asarray(weights.indptr[start : start + rows + 1], np.int64)
            yield weights.values[starts[0] : starts[-1]], starts - starts[0]
        return
    rows = max(1, _TILE // max(weights.shape[1], 1))
    for start in range(0, size, rows):
        yield weights[start : start + rows], None


def _sums(values: Array, starts: Array | None, dtype: Any) -> Array:
    """Return the sum of each row of a tile."""
    if starts is not None:
        return _joined(np.add, values.astype(dtype), starts)
    sums: Array = values.sum(1, dtype=dtype)
    return sums


def _joined(how: np.ufunc, values: Array, starts: Array) -> Array:
    """Return the sum or maximum of each row of concatenated values; 0 for empty rows.

    `starts` has the start of each row, and the end of the last. The type of the values must be able
    to hold the sums.
    """
    rows = np.zeros(len(starts) - 1, values.dtype)
    filled = np.flatnonzero(starts[1:] > starts[:-1])
    if len(filled):
        rows[filled] = how.reduceat(values, starts[:-1][filled].astype(np.int64))
    return rows


# --------------------------------------------------------------------------------- bounds


def bounds_of(
    weights: Array | SparseWeights, size: int, counts: Array
) -> tuple[Number, Number, Number]:
    """Return the minimum and maximum total of any neuron, and the largest sum of |weights|.

    Each weight is multiplied by the largest number of sources per weight. Bounds of floats are
    rounded outward.
    """
    if isinstance(weights, SharedWeights):  # as if no position were at the border
        size = weights.window.features
        weights = values_of(weights)
    least, greatest, largest = _bounds(weights, size)
    most = int(counts.max())
    return least * most, greatest * most, largest * most


def _bounds(weights: Array | SparseWeights, size: int) -> tuple[Number, Number, Number]:
    values = values_of(weights)
    kind, width = values.dtype.kind, values.dtype.itemsize
    if kind != "f" and values.size and not any(values.strides):  # one number for all
        total = int(values.flat[0]) * values.shape[-1]
        return min(0, total), max(0, total), abs(total)
    if kind == "O" or (kind in "iu" and width == 8):
        return _exact_bounds(weights, size)
    dtype = np.float64 if kind == "f" else np.int64
    # the negative weights of a row add up to (sum - sum of sizes) / 2, the positive ones to
    # (sum + sum of sizes) / 2: two sums without a copy of the signs
    ends: list[Any] = [0, 0, 0]
    for tile, starts in _tiles(weights, size):
        with np.errstate(over="ignore"):
            total = _sums(tile, starts, dtype)
            sizes = _sums(_absolute(tile), starts, dtype)
            if kind == "f":
                # in any order, n floats add up to within n * 2**-53 of the sum of their sizes
                # (Higham, Accuracy and Stability, 4.2); four times that covers both sums and halves
                sizes *= 1 + 4 * (values.shape[-1] + 8) * UNIT_ROUNDOFF
                if not np.isfinite(sizes * 2).all():
                    return _exact_bounds(weights, size)
        half = np.divide if kind == "f" else np.floor_divide
        low, high = half(total - sizes, 2), half(total + sizes, 2)
        ends = [min(ends[0], low.min()), max(ends[1], high.max()), max(ends[2], sizes.max())]
    if kind == "f":
        return _outward(ends[0]), _outward(ends[1]), _outward(ends[2])
    return int(ends[0]), int(ends[1]), int(ends[2])


def _exact_bounds(weights: Array | SparseWeights, size: int) -> tuple[Number, Number, Number]:
    """Return the bounds computed row by row in exact numbers; fractions are rounded outward."""
    least: Number = 0
    greatest: Number = 0
    largest: Number = 0
    for row in _rows(weights, size):
        low = sum(x for x in row if x < 0)
        high = sum(x for x in row if x > 0)
        least, greatest = min(least, low), max(greatest, high)
        largest = max(largest, high - low)
    return floor(least), ceil(greatest), ceil(largest)


def _absolute(values: Array) -> Array:
    """Return absolute values in a type that can hold them, as int8 cannot for -128."""
    if values.dtype.kind == "i":
        return np.abs(values).view(f"u{values.dtype.itemsize}")  # np.abs returns native byte order
    return np.abs(values)


def _outward(value: float) -> Number:
    """Round away from zero to an integer with about 33 significant bits.

    The last digits of float sums in NumPy may vary; the bounds must not.
    """
    half, exponent = math.frexp(value)
    rounded = math.ldexp(math.copysign(ceil(abs(half) * (1 << 33)), value), exponent - 33)
    return ceil(rounded) if rounded > 0 else floor(rounded)


def proved_of(weights: Array | SparseWeights, largest: Number) -> Proved:
    """Return the type of exact totals for weights whose absolute sum is at most `largest`."""
    values = values_of(weights)
    if values.dtype.kind == "f":
        is_exact = _is_exact_in_float64(values, largest)
        return Proved(largest, "float64" if is_exact else "bounded")
    for name, bits in EXACT_IN.items():
        if largest < 1 << bits:
            return Proved(largest, name)
    return Proved(largest, "object")


def _is_exact_in_float64(values: Array, largest: Number) -> bool:
    """Return True if float64 represents all partial sums of the weights exactly.

    This is so if all weights are multiples of 2**-unit and every sum has at most as many such units
    as float64 has bits for. Each weight times 2**unit is checked to be an integer.
    """
    unit = FLOAT_BITS - ceil(largest).bit_length()
    if not -900 < unit < 900:
        return False  # 2**unit, or a product with it, may leave the range of normal floats
    flat = values.reshape(-1) if values.flags.c_contiguous else values.ravel()
    for start in range(0, len(flat), _TILE):
        exact = flat[start : start + _TILE].astype(np.float64)
        scaled = exact * 2.0**unit
        if not ((scaled == np.rint(scaled)) & ((scaled != 0) | (exact == 0))).all():
            return False  # not an integer, or underflowed
    return True


def prepared(node: LayerNode, types: Sequence[SignalType]) -> LayerNode:
    """Return a convolution in the form that is evaluated: shared, or expanded.

    It is expanded if the picture is wired to elements of different forms: bits with different
    states, or counts of different numbers of thresholds.
    """
    weights: SharedWeights = node.weights
    picture = node.sources[: weights.window.width]
    forms = {(types[slot].states, types[slot].counted) for slot in picture}
    if len(forms) > 1:
        exact = objects([stored_number(value) for value in weights.values.tolist()])
        return node._replace(weights=weights.with_values(exact))
    return node._replace(sources=picture)


def scaled_kernel(weights: SharedWeights) -> tuple[SharedWeights, Array]:
    """Return the weights as an array of numbers, and the scale that they were multiplied by."""
    kernel = weights.kernel
    if kernel.dtype.kind == "b":
        return weights.with_kernel(kernel.view(np.uint8)), integers([1])
    if kernel.dtype != object:
        return weights.with_kernel(kernel), integers([1])
    is_one = kernel.size > 1 and not any(kernel.strides)
    exact = [Fraction(x) for x in (kernel[:1, :1] if is_one else kernel).reshape(-1).tolist()]
    scale = lcm(*(x.denominator for x in exact))
    own = integers([int(x * scale) for x in exact])
    whole = (
        np.broadcast_to(own.reshape(1, 1), kernel.shape) if is_one else own.reshape(kernel.shape)
    )
    return weights.with_kernel(whole), integers([scale])


def class_offsets(weights: SharedWeights, off: Number) -> tuple[list[list[Number]], Array]:
    """Return sum - total for the features of each class of positions, and the classes.

    `off` is the value of silence. There is one class if all differences are 0.
    """
    window = weights.window
    if not off and not window.outside:
        return [[0] * window.features], np.zeros(window.positions, np.int64)
    inside, beyond, own = weights.class_sums()
    offsets = [
        [
            simplest(Fraction(off * within + window.outside * without))
            for within, without in zip(*sums, strict=True)
        ]
        for sums in zip(inside, beyond, strict=True)
    ]
    return offsets, own


def spread_classes(values: Array, own: Array) -> Array:
    """Return the numbers of all positions from the concatenated numbers of each class."""
    classes = int(own.max()) + 1
    spread: Array = values.reshape(classes, -1)[own].reshape(-1)
    return spread
