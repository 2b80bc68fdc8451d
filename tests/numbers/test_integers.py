"""Integers that never wrap: every result is that of Python's integers, in int64 where it fits."""

from itertools import product as pairs
from typing import Any

import numpy as np
import pytest

from nnc.numbers.integers import (
    SAFE_SIZE,
    clipped,
    fits_floats,
    largest_of,
    product,
    quotient,
    scaled,
    scaled_rows,
    type_for,
    weighted_sum,
)

POWERS = (7, 15, 24, 31, 32, 40, 53, 61, 62, 63, 64, 100)
EDGES = sorted({0, 1, -1, *(s * (2**k + d) for k in POWERS for d in range(-2, 3) for s in (1, -1))})
"""Integers within 2 of the powers of two where a type ends, of both signs."""
TYPES = ("i1", "u1", "i2", "u2", "i4", "u4", "i8", "u8", ">i8")


def array_of(values: list[int]) -> np.ndarray[Any, Any]:
    """Give integers in int64 where it holds them, else as Python's."""
    fits = all(-(2**63) <= one < 2**63 for one in values)
    return np.array(values, np.int64 if fits else object)


def edges_of(dtype: str) -> np.ndarray[Any, Any]:
    """Give the edges that a type holds, its own ends among them."""
    ends = np.iinfo(dtype)
    return np.array([one for one in EDGES if ends.min <= one <= ends.max], dtype)


@pytest.mark.parametrize("dtype", TYPES)
def test_the_largest_size(dtype: str) -> None:
    ends = np.iinfo(dtype)
    assert largest_of(np.array([ends.min, 1], dtype)) == -ends.min or ends.min == 0
    assert largest_of(np.array([[ends.min], [ends.max]], dtype)) == max(-ends.min, ends.max)
    assert largest_of(np.zeros((0, 3), dtype)) == 0


def test_the_type_for_a_size() -> None:
    for bits in (8, 16, 32, 64):
        assert type_for(2 ** (bits - 1) - 1) == f"int{bits}"
        assert type_for(2 ** (bits - 1)) == (f"int{2 * bits}" if bits < 64 else "object")
    assert type_for(0) == "int8"


@pytest.mark.parametrize("dtype", [*TYPES, "O"])
def test_scaled_as_python_does(dtype: str) -> None:
    whole = np.array(EDGES, object) if dtype == "O" else edges_of(dtype)
    for factor, plus in pairs(EDGES, (0, 1, -1, 2**53, 2**62, -(2**63), 2**63, 2**64, EDGES[0])):
        for array in (whole, whole[:0], whole[:1], np.zeros(2, whole.dtype)):
            found = scaled(array, factor, plus)
            assert found.tolist() == [one * factor + plus for one in array.tolist()]
            assert found.dtype in (np.int64, object)


@pytest.mark.parametrize("dtype", TYPES)
def test_scaled_in_int64_where_that_holds_it(dtype: str) -> None:
    """One number that does not fit makes the others objects; zeros fit with any factor below."""
    assert scaled(np.array([1, 2], dtype), 2**61).dtype == np.int64
    assert scaled(np.array([1, 2], dtype), 2**62).dtype == object
    assert scaled(np.zeros(3, dtype), SAFE_SIZE - 1).dtype == np.int64
    assert scaled(np.zeros(3, dtype), 1, SAFE_SIZE - 1).dtype == np.int64
    assert scaled(np.zeros(3, dtype), 2**64).tolist() == [0, 0, 0]
    assert scaled(np.array([3], dtype), 5, largest=3).tolist() == [15]
    assert scaled(np.array([3], dtype), 5, largest=SAFE_SIZE).dtype == object


def test_rows_are_scaled_or_nothing() -> None:
    arrays = [np.array([1, -2]), np.array([3, 4], np.uint8)]
    found = scaled_rows(arrays, [2**60, -5], 2)
    assert found is not None
    assert (found.tolist(), found.dtype) == ([[2**60, -(2**61)], [-15, -20]], np.int64)
    empty = scaled_rows([], [], 4)
    assert empty is not None
    assert empty.shape == (0, 4)
    assert scaled_rows(arrays, [2**61, 1], 2) is None
    assert scaled_rows([np.zeros(2, np.int64)], [2**64], 2) is None
    assert scaled_rows([np.array([1, 2], object)], [1], 2) is None
    assert scaled_rows([np.array([-(2**63)])], [1], 1) is None
    assert scaled_rows([np.array([2**63], np.uint64)], [1], 1) is None


def test_weighted_sums_fit_or_there_is_none() -> None:
    arrays = [edges_of("i2"), edges_of("i2")[::-1]]
    for factors in pairs(EDGES, EDGES):
        found = weighted_sum(arrays, factors, len(arrays[0]), 5)
        lists = zip(*(array.tolist() for array in arrays), strict=True)
        right = [factors[0] * a + factors[1] * b for a, b in lists]
        if found is None:
            assert (abs(factors[0]) + abs(factors[1])) * 2**15 + 5 >= SAFE_SIZE
        else:
            assert (found.tolist(), found.dtype) == (right, np.int64)
    assert weighted_sum([np.array([SAFE_SIZE // 2])] * 2, [1, 1], 1, 0) is None
    assert weighted_sum([np.array([1])], [1], 1, SAFE_SIZE - 1) is None
    assert weighted_sum([np.array([0.5])], [1], 1, 0) is None
    none = weighted_sum([], [], 3, 0)
    assert none is not None
    assert none.tolist() == [0, 0, 0]


@pytest.mark.parametrize("dtype", ["i1", "i8", "u8"])
def test_products_as_python_makes_them(dtype: str) -> None:
    whole = edges_of(dtype)
    rng = np.random.default_rng(3)
    for most in (1, 2**20, 2**62, 2**63 - 1):
        for count in (0, 1, 2, 5, 30):
            for _ in range(5):
                weights = rng.choice(whole, count)
                array = rng.integers(-most, most, (count, 3), endpoint=True)
                found = product(weights, array, largest_of(array))
                pairs_ = [zip(weights.tolist(), line, strict=True) for line in array.T.tolist()]
                assert found.tolist() == [sum(w * x for w, x in one) for one in pairs_]
    near = np.array([2**61, 2**61 - 1, 0, 0], np.int64)  # its sum fits, four of its largest do not
    assert product(near, np.ones((4, 1), np.uint8), 1).dtype == np.int64


def test_products_of_zeros_with_what_int64_cannot_hold() -> None:
    zeros, huge = np.zeros(2, np.int64), np.array([[1 << 70], [3]], object)
    assert product(zeros, huge, 1 << 70).tolist() == [0]
    assert product(huge[:, 0], zeros[:, np.newaxis], 0).tolist() == [0]


def test_quotients() -> None:
    assert quotient(np.array([6, -9, 0]), 3).tolist() == [2, -3, 0]
    assert quotient(np.zeros(2, np.int64), 2**64).tolist() == [0, 0]
    assert quotient(np.array([-(2**63), 0]), 2**63).tolist() == [-1, 0]
    assert quotient(np.array([-(2**63)]), 2**62).tolist() == [-2]


@pytest.mark.parametrize("dtype", [*TYPES, "O", "list"])
def test_clipped(dtype: str) -> None:
    listed = EDGES if dtype in ("O", "list") else edges_of(dtype).tolist()
    values: Any = listed if dtype == "list" else np.array(listed, dtype)
    for most in (2**7, 2**24, 2**44, SAFE_SIZE):
        found = clipped(values, most)
        assert found.dtype == np.int64
        assert found.tolist() == [max(-most, min(most, one)) for one in listed]


def test_arrays_of_every_number_near_an_edge() -> None:
    """Each alone and beside zero, times and plus each: nothing is wrong by a multiple of 2^64."""
    for value in EDGES:
        for array in (array_of([value]), array_of([0, value])):
            for factor in EDGES:
                found = scaled(array, factor, value)
                assert found.tolist() == [one * factor + value for one in array.tolist()]


@pytest.mark.parametrize("dtype", [*TYPES, "bool", "float16", "float64"])
def test_what_float64_holds_exactly(dtype: str) -> None:
    array = np.array([0, 1]).astype(dtype)
    assert fits_floats(array)
    assert fits_floats(array[:0])


@pytest.mark.parametrize("dtype", ["int64", "uint64"])
def test_large_integers_that_float64_holds_exactly(dtype: str) -> None:
    assert fits_floats(np.array([2**53], dtype))
    assert not fits_floats(np.array([2**53 + 1], dtype))
    assert not fits_floats(np.array([2**63 - 1], dtype))


def test_objects_are_not_looked_at() -> None:
    assert not fits_floats(np.array([0], object))
    assert not fits_floats(np.array([-(2**53) - 1]))
