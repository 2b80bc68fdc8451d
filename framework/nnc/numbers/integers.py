"""NumPy integers that never overflow: int64 if it provably suffices, else Python integers.

The proof is the range of the actual numbers, never the type they were declared to fit. All
calculations with users' integers are done here, as `tests/test_architecture.py` checks.
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
"""A NumPy array of any type; docstrings give its shape and type if they matter."""

SAFE_SIZE = 1 << 62
"""A bound on the absolute value of sums and products; int64 holds twice as much."""
_END = 1 << 63
_TYPES = {"int8": 8, "int16": 16, "int32": 32, "int64": 64}


def largest_of(array: Array) -> int:
    """Return the largest absolute value in an integer array of any shape; 0 if it is empty.

    The result is a Python integer, so that it can represent the absolute value of the minimum
    int64.
    """
    return max(int(array.max()), -int(array.min()), 0) if array.size else 0


def fits_floats(array: Array) -> bool:
    """Return True if float64 holds every number of an array exactly."""
    if array.dtype.kind in "uib":
        return array.dtype.itemsize < 8 or largest_of(array) <= LARGEST_WHOLE
    return array.dtype.kind == "f"


def type_for(largest: int) -> str:
    """Return the name of the smallest dtype for integers from -largest to largest."""
    for name, bits in _TYPES.items():
        if largest < 1 << (bits - 1):
            return name
    return "object"


def scaled(array: Array, factor: int, plus: int = 0, *, largest: int | None = None) -> Array:
    """Return array * factor + plus without overflow.

    `largest` is a bound on the absolute values in the array, if already known.
    """
    if array.dtype.kind in "ui":
        size = largest_of(array) if largest is None else largest
        # the factor is checked itself: zeros times 2**64 fit, but 2**64 does not
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
    """Return the arrays times their factors as the rows of an int64 array, arrays x count.

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
    """Return the sum of arrays times their factors in int64, or None if it may not fit.

    Another `spare` can be added to each sum without overflow. A single array times 1 is not copied.
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
    """Bound the absolute values of products; SAFE_SIZE or more if int64 cannot be used."""
    return [
        largest_of(array) * abs(factor)
        if array.dtype.kind in "ui" and abs(factor) < SAFE_SIZE
        else SAFE_SIZE
        for array, factor in zip(arrays, factors, strict=True)
    ]


def counts_of(bits: Array, starts: Sequence[int]) -> Array:
    """Return the number of ones in each row, for each stretch of the lines of `bits`.

    Stretch i goes from line `starts[i]` to `starts[i + 1]` (exclusive); none is empty. The counts
    are uint8 if that suffices for every length.
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
    """Return weights @ array for the weights of one neuron, exactly.

    Both are integers; the array is fan-in x rows, and `largest` bounds its absolute values.
    """
    size, largest = largest_of(weights) * len(weights), max(largest, 1)
    if size * largest >= SAFE_SIZE:
        size = sum(map(abs, weights.tolist()))  # a tighter bound, but slower
    if max(size, 1) * largest >= SAFE_SIZE:  # also for zero weights times values beyond int64
        exact: Array = weights.astype(object) @ array.astype(object)
        return exact
    total: Array = weights.astype(np.int64) @ array.astype(np.int64)
    return total


def quotient(array: Array, divisor: int) -> Array:
    """Divide an int64 array by a positive divisor of all its numbers."""
    if divisor < SAFE_SIZE:
        return array // divisor
    return (array.astype(object) // divisor).astype(np.int64)


def objects(values: Sequence[Any]) -> Array:
    """Return a one-dimensional array of exactly these objects."""
    array = np.empty(len(values), object)
    array[:] = values
    return array


def int64_or_objects(values: Sequence[Any]) -> Array:
    """Return exact numbers as int64 if all are integers that fit, else as objects."""
    if all(isinstance(value, int) and -_END <= value < _END for value in values):
        return np.array(values, np.int64)
    return objects(values)


def clipped(values: Array | Sequence[int | Fraction], most: int) -> Array:
    """Clip integers to the range -most to most and return them as int64."""
    if isinstance(values, np.ndarray) and values.dtype.kind in "ui":
        if values.dtype.kind == "u":
            return np.minimum(values, np.uint64(most)).astype(np.int64)
        return np.clip(values.astype(np.int64), -most, most)
    integers = values.tolist() if isinstance(values, np.ndarray) else values
    return np.array([max(-most, min(most, int(integer))) for integer in integers], np.int64)
