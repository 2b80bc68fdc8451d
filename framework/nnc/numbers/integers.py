"""Integers in NumPy that never wrap: in int64 where that is proved to hold them, else in Python's.

The proof is the range of the numbers that are there, never the type that they were said to fit.
Whatever calculates with integers of users does so here; `tests/test_architecture.py` sees to it.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from itertools import pairwise
from typing import TYPE_CHECKING, Any, TypeAlias

from nnc.lazy import np
from nnc.numbers.exact import LARGEST_WHOLE

if TYPE_CHECKING:
    from numpy.typing import NDArray

Array: TypeAlias = "NDArray[Any]"
"""An array of NumPy, of any type; its shape and its type are said where it matters."""

SAFE_SIZE = 1 << 62
"""Sums and products of arrays are below this in size: int64 holds twice as much."""
_END = 1 << 63
_TYPES = {"int8": 8, "int16": 16, "int32": 32, "int64": 64}


def largest_of(array: Array) -> int:
    """Return the largest size of integers, of any number of dimensions; 0 where there are none.

    It is one of Python's integers: the least int64 has a size, too.
    """
    return max(int(array.max()), -int(array.min()), 0) if array.size else 0


def fits_floats(array: Array) -> bool:
    """Return True if float64 holds every number of an array exactly."""
    if array.dtype.kind in "uib":
        return array.dtype.itemsize < 8 or largest_of(array) <= LARGEST_WHOLE
    return array.dtype.kind == "f"


def type_for(largest: int) -> str:
    """Name the smallest type that holds every integer up to a size, both signs of it."""
    for name, bits in _TYPES.items():
        if largest < 1 << (bits - 1):
            return name
    return "object"


def scaled(array: Array, factor: int, plus: int = 0, *, largest: int | None = None) -> Array:
    """Return array * factor + plus.

    `largest` is a bound of the sizes in the array, where one was just calculated.
    """
    if array.dtype.kind in "ui":
        size = largest_of(array) if largest is None else largest
        # the factor is asked for by itself: zeros times 2**64 fit, and 2**64 does not
        if abs(factor) < _END and size * abs(factor) + abs(plus) < _END:
            wide = array.astype(np.int64)
            if factor != 1:
                wide *= factor
            if plus:
                wide += plus
            return wide
    result: Array = array.astype(object) * factor + plus
    return result


def scaled_rows(arrays: Sequence[Array], factors: Sequence[int], count: int) -> Array | None:
    """Lay integers times a factor each below each other, in int64: arrays x count.

    Return None if they may not fit.
    """
    if max(_sizes(arrays, factors), default=0) >= SAFE_SIZE:
        return None
    whole = np.empty((len(arrays), count), np.int64)
    for line, array, factor in zip(whole, arrays, factors, strict=True):
        np.multiply(array, factor, out=line, dtype=np.int64, casting="unsafe")
    return whole


def weighted_sum(
    arrays: Sequence[Array], factors: Sequence[int], count: int, spare: int
) -> Array | None:
    """Add up integers times a factor each, in int64; None if sums may not fit.

    There is room to add `spare` to each sum, too. An array by itself, times 1, is not copied.
    """
    if sum(_sizes(arrays, factors)) + abs(spare) >= SAFE_SIZE:
        return None
    total: Array | None = None
    for array, factor in zip(arrays, factors, strict=True):
        term = array.astype(np.int64, copy=False)
        term = term if factor == 1 else term * factor
        total = term if total is None else total + term
    return np.zeros(count, np.int64) if total is None else total


def _sizes(arrays: Sequence[Array], factors: Sequence[int]) -> list[int]:
    """Bound the sizes of products; at least SAFE_SIZE where there is no int64 to multiply with."""
    return [
        largest_of(array) * abs(factor)
        if array.dtype.kind in "ui" and abs(factor) < SAFE_SIZE
        else SAFE_SIZE
        for array, factor in zip(arrays, factors, strict=True)
    ]


def counts_of(bits: Array, starts: Sequence[int]) -> Array:
    """Return how many bits are 1, row by row, of the lines of each stretch.

    Stretch i is that from `starts[i]` to before `starts[i + 1]`; none is empty. The counts are
    uint8 where that holds every length.
    """
    lengths = {stop - start for start, stop in pairwise(starts)}
    longest = max(lengths, default=0)
    dtype = np.uint8 if longest < 1 << 8 else np.uint32
    if len(lengths) == 1:
        shape = (len(starts) - 1, longest, bits.shape[1])
        counts: Array = bits.reshape(shape).sum(1, dtype=dtype)
        return counts
    return np.add.reduceat(bits, np.array(starts[:-1], np.intp), axis=0, dtype=dtype)


def product(weights: Array, array: Array, largest: int) -> Array:
    """Return weights @ array for the weights of one neuron.

    `largest` bounds the sizes in the array. Both are integers; the array is fan-in x rows.
    """
    size, largest = largest_of(weights) * len(weights), max(largest, 1)
    if size * largest >= SAFE_SIZE:
        size = sum(map(abs, weights.tolist()))  # sharper, and slower to know
    if max(size, 1) * largest >= SAFE_SIZE:  # also where zeros meet what int64 cannot hold
        exact: Array = weights.astype(object) @ array.astype(object)
        return exact
    total: Array = weights.astype(np.int64) @ array.astype(np.int64)
    return total


def quotient(array: Array, divisor: int) -> Array:
    """Divide int64 that are all multiples of a divisor above 0."""
    if divisor < SAFE_SIZE:
        return array // divisor
    return (array.astype(object) // divisor).astype(np.int64)


def objects(values: Sequence[Any]) -> Array:
    """Return an array of one dimension that holds the very objects given."""
    array = np.empty(len(values), object)
    array[:] = values
    return array


def int64_or_objects(values: Sequence[Any]) -> Array:
    """Return exact numbers as int64 where all are integers that fit, else as they are."""
    if all(isinstance(value, int) and -_END <= value < _END for value in values):
        return np.array(values, np.int64)
    return objects(values)


def clipped(values: Array | Sequence[int | Fraction], most: int) -> Array:
    """Bring integers into the range from -most to most, as int64: sizes below that are kept."""
    if isinstance(values, np.ndarray) and values.dtype.kind in "ui":
        if values.dtype.kind == "u":
            return np.minimum(values, np.uint64(most)).astype(np.int64)
        return np.clip(values.astype(np.int64), -most, most)
    integers = values.tolist() if isinstance(values, np.ndarray) else values
    return np.array([max(-most, min(most, int(integer))) for integer in integers], np.int64)
