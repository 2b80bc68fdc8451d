"""Rows from Python: scalars, lists and arrays."""

from decimal import Decimal
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nnc.diagnostics import InvalidRowsError
from nnc.network import Input
from nnc.rows import batch_from_arrays

INPUTS = {
    "a": Input(type="bit"),
    "n": Input(type="integer", min=-5),
    "x": Input(type="real", default="0.5"),
}


def values(given_: dict[str, object]) -> list[list[Fraction | int]]:
    batch, _ = batch_from_arrays(given_, INPUTS)
    assert all(len(column) == batch.count for column in batch.columns)
    return [column.values() for column in batch.columns]


def test_scalars_are_told_apart_from_rows():
    batch, are_scalars = batch_from_arrays({"a": 1, "n": 2}, INPUTS)
    assert (batch.count, are_scalars) == (1, True)
    batch, are_scalars = batch_from_arrays({"a": [1], "n": 2}, INPUTS)
    assert (batch.count, are_scalars) == (1, False)
    batch, are_scalars = batch_from_arrays({}, {})
    assert (batch.count, are_scalars) == (1, True)
    batch, are_scalars = batch_from_arrays({"a": np.array(1), "n": np.int64(2)}, INPUTS)
    assert (batch.count, are_scalars) == (1, True)


def test_scalars_stand_for_every_row():
    assert values({"a": [0, 1], "n": 7, "x": "1/3"}) == [[0, 1], [7, 7], [Fraction(1, 3)] * 2]


@pytest.mark.parametrize(
    "bits",
    [
        [0, 1, 1],
        [False, True, True],
        (0.0, 1.0, 1.0),
        ["0", "1", "1.0"],
        [0, True, Decimal(1)],
        np.array([0, 1, 1], bool),
        np.array([0, 1, 1], ">u2"),
        np.array([0, 1, 1], np.float16),
        np.array([0, 1, 1], object),
        np.array(["0", "1", "1"]),
    ],
)
def test_bits_in_every_form(bits):
    batch, _ = batch_from_arrays({"a": bits, "n": 1}, INPUTS)
    assert batch.columns[0].numerators.dtype == np.uint8
    assert batch.columns[0].values() == [0, 1, 1]


@pytest.mark.parametrize(
    ("given_", "expected"),
    [
        ([0.1, 2], [Fraction(0.1), 2]),
        ([0.1, 0.2], [Fraction(0.1), Fraction(0.2)]),
        (["0.1", Decimal("0.2")], [Fraction(1, 10), Fraction(1, 5)]),
        ([2**70, 1], [2**70, 1]),
        ([2**70, Fraction(1, 3)], [2**70, Fraction(1, 3)]),
        (np.array([2**64 - 1, 1], np.uint64), [2**64 - 1, 1]),
        (np.array([0.1, 1], np.float32), [Fraction(float(np.float32(0.1))), 1]),
    ],
)
def test_reals_are_exact(given_, expected):
    assert values({"a": 1, "n": 1, "x": given_})[2] == expected


def test_integers_may_be_floats_of_integral_value():
    assert values({"a": 1, "n": [1e300, -5.0]})[1] == [int(1e300), -5]
    assert values({"a": 1, "n": [3.0, -5.0]})[1] == [3, -5]


def test_no_rows():
    batch, are_scalars = batch_from_arrays({"a": [], "n": np.empty(0), "x": []}, INPUTS)
    assert (batch.count, are_scalars) == (0, False)
    assert [len(column) for column in batch.columns] == [0, 0, 0]
    batch, _ = batch_from_arrays({"a": [], "n": 1}, INPUTS)
    assert [len(column) for column in batch.columns] == [0, 0, 0]


ARRAY = "bad-value: input `n`: expected numbers, found an array of"


@pytest.mark.parametrize(
    ("given_", "expected"),
    [
        (
            {"a": [0, 1], "n": [1, 2, 3]},
            ["n: error[NNC506] row-length: input `n` has 3 values, input `a` 2"],
        ),
        (
            {"a": [0, 2], "n": [1, -6]},
            [
                "a[1]: error[NNC504] bad-value: input `a`: 2 is not 0 or 1",
                "n[1]: error[NNC504] bad-value: input `n`: -6 is below min -5",
            ],
        ),
        ({"a": 2, "n": 1}, ["a: error[NNC504] bad-value: input `a`: 2 is not 0 or 1"]),
        (
            {"a": 1, "n": np.array([1, np.nan])},
            ["n[1]: error[NNC202] not-finite: input `n`: `nan` is no finite number"],
        ),
        (
            {"a": 1, "n": 1, "x": [np.inf]},
            ["x[0]: error[NNC202] not-finite: input `x`: `inf` is no finite number"],
        ),
        (
            {"a": 1, "n": [0.5, 1.0]},
            ["n[0]: error[NNC504] bad-value: input `n`: 0.5 is not an integer"],
        ),
        (
            {"a": 1, "n": [True, False]},
            [
                "n[0]: error[NNC207] boolean-as-number: input `n`: `True` is no number",
                "n[1]: error[NNC207] boolean-as-number: input `n`: `False` is no number",
            ],
        ),
        (
            {"a": 1, "n": [1, None]},
            ["n[1]: error[NNC104] wrong-type: input `n`: expected a number, found nothing"],
        ),
        (
            {"a": 1, "n": {"x": 1}},
            ["n: error[NNC104] wrong-type: input `n`: expected a number, found a mapping"],
        ),
        (
            {"a": 1, "n": b"1"},
            ["n: error[NNC104] wrong-type: input `n`: expected a number, found a bytes"],
        ),
        ({"a": 1, "n": np.zeros((2, 2))}, [f"n: error[NNC504] {ARRAY} 2 dimensions"]),
        ({"a": 1, "n": np.zeros(2, complex)}, [f"n: error[NNC504] {ARRAY} complex128"]),
        ({"a": 1, "n": np.zeros(2, "M8[s]")}, [f"n: error[NNC504] {ARRAY} datetime64[s]"]),
        ({"a": 1}, ["error[NNC505] missing-value: input `n` has no value and no default"]),
        (
            {"a": 1, "n": 1, "y": 1, "N": 1},
            [
                "y: error[NNC515] column-not-input: `y` is no input",
                "N: error[NNC515] column-not-input: `N` is no input",
            ],
        ),
    ],
)
def test_every_mistake_has_its_path(given_, expected):
    with pytest.raises(InvalidRowsError) as caught:
        batch_from_arrays(given_, INPUTS)
    assert list(map(str, caught.value.diagnostics)) == expected


def test_a_float_of_more_digits_is_refused():
    wide = np.longdouble(1) + np.finfo(np.longdouble).eps
    if float(wide) == wide:
        pytest.skip("long double is a double here")
    with pytest.raises(InvalidRowsError, match="has more digits than a 64-bit float"):
        batch_from_arrays({"a": 1, "n": 1, "x": wide}, INPUTS)


def test_no_more_than_a_thousand_mistakes():
    with pytest.raises(InvalidRowsError) as caught:
        batch_from_arrays({"a": [2] * 3000, "n": [-6] * 3000}, INPUTS)
    assert len(caught.value.diagnostics) == 1000


NUMBER = st.integers() | st.fractions() | st.floats(allow_nan=False, allow_infinity=False)


@given(st.lists(NUMBER, min_size=1))
def test_any_mixture_of_numbers_is_exact(numbers):
    assert values({"a": 1, "n": 1, "x": numbers})[2] == list(map(Fraction, numbers))
