"""Rows from Python: scalars, lists and arrays."""

# ruff: noqa: E501

import itertools
from decimal import Decimal
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nnc.diagnostics.diagnostic import InvalidRowsError
from nnc.language.network import Input
from nnc.numbers.exact import simplest
from nnc.rows.columns import Column
from nnc.rows.inputs import arrays
from nnc.rows.inputs.arrays import batch_from_arrays
from nnc.rows.inputs.cells import reduced, rows_joined
from tests.support.reading import seen

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
            ["n[1]: error[NNC202] not-finite: input `n`: `nan` is not a finite number"],
        ),
        (
            {"a": 1, "n": 1, "x": [np.inf]},
            ["x[0]: error[NNC202] not-finite: input `x`: `inf` is not a finite number"],
        ),
        (
            {"a": 1, "n": [0.5, 1.0]},
            ["n[0]: error[NNC504] bad-value: input `n`: 0.5 is not an integer"],
        ),
        (
            {"a": 1, "n": [True, False]},
            [
                "n[0]: error[NNC207] boolean-as-number: input `n`: `True` is not a number",
                "n[1]: error[NNC207] boolean-as-number: input `n`: `False` is not a number",
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
                "y: error[NNC515] column-not-input: `y` is not an input",
                "N: error[NNC515] column-not-input: `N` is not an input",
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


# ------------------------------------------------------------------ buses, choices, states

BUSES = {
    "a": Input(type="bit", size=4),
    "v": Input(type="integer", size=2, min=0, max=9),
    "c": Input(type="choice", of=["alert", "voice", "pain"]),
    "s": Input(type="bit", states=[-1, 1]),
}
GIVEN = {"a": 1, "v": [1, 2], "c": "voice", "s": 1}
"""One row; 1 is the element 0 alone."""


def buses(given_: dict[str, object], **more: object) -> list[tuple[object, ...]]:
    batch, _ = batch_from_arrays({**given_, **more}, BUSES)
    return seen([batch], BUSES)


def test_scalars_of_every_kind() -> None:
    batch, are_scalars = batch_from_arrays(GIVEN, BUSES)
    assert (batch.count, are_scalars) == (1, True)
    assert seen([batch], BUSES) == [(1, 1, 2, "voice", 1)]
    for one in (np.int64(1), "1", 1.0, Fraction(1), "0001"[3:]):
        assert buses(GIVEN, a=one) == [(1, 1, 2, "voice", 1)]
    for state in (True, np.True_, "1.0", Decimal(1), 1.0):
        assert buses(GIVEN, s=state) == [(1, 1, 2, "voice", 1)]
    assert buses(GIVEN, s=False) == buses(GIVEN, s=-1) == [(1, 1, 2, "voice", -1)]
    assert buses(GIVEN, c=np.str_("pain")) == [(1, 1, 2, "pain", 1)]


@pytest.mark.parametrize(
    "a",
    [
        [10, 15],
        (10, "15"),
        [10.0, Fraction(15)],
        np.array([10, 15], np.uint8),
        np.array([10, 15], object),
        np.array([10.0, 15.0], np.float16),
        np.array([10.0, 15.0]),
        np.array(["10", "15"]),
        [[0, 1, 0, 1], [1, 1, 1, 1]],
        [(0, 1, 0, 1), [1, 1, 1, 1]],
        [[False, True, False, True], [True] * 4],
        [[0, True, "0", 1.0], [Decimal(1), Fraction(1), "1.0", np.int8(1)]],
        [np.array([0, 1, 0, 1]), np.array([1, 1, 1, 1])],
        [np.array([0, 1, 0, 1]), [1, 1, 1, 1]],
        np.array([[0, 1, 0, 1], [1, 1, 1, 1]], np.uint8),
        np.array([[0, 1, 0, 1], [1, 1, 1, 1]], bool),
        np.array([[0, 1, 0, 1], [1, 1, 1, 1]], ">f4"),
        np.array([[0, 1, 0, 1], [1, 1, 1, 1]], object),
        np.array([["0", "1", "0", "1"], ["1"] * 4]),
    ],
)
def test_rows_of_a_bus_in_every_form(a: object) -> None:
    assert buses(GIVEN, a=a) == [(10, 1, 2, "voice", 1), (15, 1, 2, "voice", 1)]


@pytest.mark.parametrize(
    "v",
    [
        [[1, 2], [3, 4]],
        [["1", "2.0"], [Fraction(3), 4.0]],
        np.array([[1, 2], [3, 4]], np.uint64),
        np.array([[1, 2], [3, 4]], np.float64),
    ],
)
def test_rows_of_another_bus_in_every_form(v: object) -> None:
    assert buses(GIVEN, v=v) == [(1, 1, 2, "voice", 1), (1, 3, 4, "voice", 1)]


def test_one_dimension_is_rows_for_unsigned_integers_and_one_row_for_any_other_bus() -> None:
    assert buses(GIVEN, a=[1, 0]) == [(1, 1, 2, "voice", 1), (0, 1, 2, "voice", 1)]
    for v in ([3, 4], (3, "4"), np.array([3, 4]), np.array([3.0, 4.0])):
        assert buses(GIVEN, v=v) == [(1, 3, 4, "voice", 1)]
        assert buses(GIVEN, v=v, a=[1, 0]) == [(1, 3, 4, "voice", 1), (0, 3, 4, "voice", 1)]


def test_rows_of_a_choice() -> None:
    for c in (["pain", "alert"], ("pain", np.str_("alert")), np.array(["pain", "alert"])):
        assert buses(GIVEN, c=c) == [(1, 1, 2, "pain", 1), (1, 1, 2, "alert", 1)]


def test_rows_of_states() -> None:
    for s in ([-1, 1], [False, True], ["-1", 1.0], np.array([-1, 1]), np.array([False, True])):
        assert buses(GIVEN, s=s) == [(1, 1, 2, "voice", -1), (1, 1, 2, "voice", 1)]


def test_values_for_each_element() -> None:
    given_: dict[str, object] = {key: one for key, one in GIVEN.items() if key != "a"}
    elements = {"a(0)": [0, 1], "a(3)": 1, "a(1)": np.array([True, True]), "a(2)": ["0", "1"]}
    assert buses({**given_, **elements}) == [(10, 1, 2, "voice", 1), (15, 1, 2, "voice", 1)]
    batch, are_scalars = batch_from_arrays(
        {**given_, **{f"a({i})": i % 2 for i in range(4)}}, BUSES
    )
    assert (seen([batch], BUSES), are_scalars) == ([(10, 1, 2, "voice", 1)], True)


def test_elements_of_different_kinds_stay_exact() -> None:
    inputs = {"x": Input(type="real", size=3)}
    given_ = {"x(0)": ["0.1", "0.2"], "x(1)": np.array([0.1, 2**53]), "x(2)": 2**60 + 1}
    [batch] = [batch_from_arrays(given_, inputs)[0]]
    assert seen([batch], inputs) == [
        (Fraction(1, 10), Fraction(0.1), 2**60 + 1), (Fraction(1, 5), 2**53, 2**60 + 1),
    ]  # fmt: skip
    nested = [[0.1, 2**60 + 1, "1/3"], np.array([0.5, 0.1, 1.0])]
    assert seen([batch_from_arrays({"x": nested}, inputs)[0]], inputs) == [
        (Fraction(0.1), 2**60 + 1, Fraction(1, 3)), (Fraction(1, 2), Fraction(0.1), 1),
    ]  # fmt: skip


def test_wide_integers() -> None:
    inputs = {"a": Input(type="bit", size=100)}
    numbers = [0, 2**100 - 1, 2**99, 1]
    for given_ in (numbers, np.array(numbers, object), list(map(str, numbers))):
        assert seen([batch_from_arrays({"a": given_}, inputs)[0]], inputs) == [
            (number,) for number in numbers
        ]


@pytest.mark.parametrize("name", ["a", "v", "c"])
def test_no_rows_of_a_bus_or_a_choice(name: str) -> None:
    batch, are_scalars = batch_from_arrays({**GIVEN, name: []}, BUSES)
    assert (batch.count, are_scalars) == (0, False)
    assert [len(column) for column in batch.columns] == [0, 0, 0, 0]
    a, v = batch.columns[:2]
    assert isinstance(a, Column)
    assert isinstance(v, Column)
    assert (a.numerators.shape, v.numerators.shape) == ((0, 4), (0, 2))


def test_defaults_of_buses_and_choices() -> None:
    inputs = {
        "a": Input(type="bit", size=4, default=5),
        "v": Input(type="integer", size=2, default=7),
        "c": Input(type="choice", of=["alert", "voice"], default="voice"),
        "x": Input(type="bit"),
    }
    batch, _ = batch_from_arrays({"x": [0, 1]}, inputs)
    assert seen([batch], inputs) == [(5, 7, 7, "voice", 0), (5, 7, 7, "voice", 1)]


WRITE = "write an integer, a decimal such as 0.1, or a fraction such as 1/3"
LIST = "or a list of 4 values, element 0 first"
ONE = "give one value for each element"


@pytest.mark.parametrize(
    ("given_", "expected"),
    [
        ({"a": 16}, ["a: error[NNC504] bad-value: input `a`: 16 is above 15, the largest value of 4 bits | write an integer from 0 to 15"]),
        ({"a": True}, [f"a: error[NNC207] boolean-as-number: input `a`: `True` is not a number; a bus is an unsigned integer | write an integer from 0 to 15, {LIST}"]),
        ({"a": "x"}, ["a: error[NNC201] not-a-number: input `a`: expected a number, found `x` | write an integer from 0 to 15"]),
        ({"a": None}, [f"a: error[NNC104] wrong-type: input `a`: expected a number, found nothing | write an integer from 0 to 15, {LIST}"]),
        ({"a": [16, 1, -1, 2.5]}, [
            "a[0]: error[NNC504] bad-value: input `a`: 16 is above 15, the largest value of 4 bits | write an integer from 0 to 15",
            "a[2]: error[NNC504] bad-value: input `a`: -1 is below 0 | write an integer from 0 to 15",
            "a[3]: error[NNC504] bad-value: input `a`: 2.5 is not an unsigned integer | write an integer from 0 to 15",
        ]),
        ({"a": np.array([1, 99])}, ["a[1]: error[NNC504] bad-value: input `a`: 99 is above 15, the largest value of 4 bits | write an integer from 0 to 15"]),
        ({"a": np.array([1, np.nan])}, ["a[1]: error[NNC202] not-finite: input `a`: `nan` is not a finite number | give a finite number"]),
        ({"a": [True, False]}, ["a: error[NNC207] boolean-as-number: input `a`: one dimension holds unsigned integers, found booleans | give the bits in two dimensions, rows x elements"]),
        ({"a": [[1, 0, 2, 1], [1, 0, "x", 0]]}, [
            "a[0][2]: error[NNC504] bad-value: input `a(2)`: 2 is not 0 or 1 | write 0 or 1",
            f"a[1][2]: error[NNC201] not-a-number: input `a(2)`: expected a number, found `x` | {WRITE}",
        ]),
        ({"a": np.array([[1, 0, 2, 1]])}, ["a[0][2]: error[NNC504] bad-value: input `a(2)`: 2 is not 0 or 1 | write 0 or 1"]),
        ({"a": [[1, 0, 1, 1], [1, 0]]}, [f"a: error[NNC504] bad-value: input `a`: row 1 has 2 values, the bus 4 elements | {ONE} in every row"]),
        ({"a": [[1, 0, 1, 1], 7]}, [f"a: error[NNC504] bad-value: input `a`: row 1 has no list of values, the bus 4 elements | {ONE} in every row"]),
        ({"a": np.zeros((2, 3))}, ["a: error[NNC504] bad-value: input `a`: the array has 3 columns, the bus 4 elements | give two dimensions, rows x elements"]),
        ({"a": np.zeros((2, 4, 1))}, ["a: error[NNC504] bad-value: input `a`: expected rows x 4, found an array of 3 dimensions | give two dimensions, rows x elements"]),
        ({"v": 3}, ["v: error[NNC104] wrong-type: input `v`: expected a list of 2 values, found `3` | write a list of 2 values, element 0 first"]),
        ({"v": [1, 2, 3]}, [f"v: error[NNC504] bad-value: input `v`: the list has 3 values, the bus 2 elements | {ONE}, element 0 first"]),
        ({"v": [1, 10]}, ["v[1]: error[NNC504] bad-value: input `v(1)`: 10 is above max 9 | write an integer from 0 to 9"]),
        ({"v": np.zeros((3, 2)), "s": [1, 1]}, ["s: error[NNC506] row-length: input `s` has 2 values, input `v` 3 | give each input the same number of values"]),
        ({"c": "vioce"}, ["c: error[NNC504] bad-value: input `c`: `vioce` is not a value of the choice | did you mean `voice`?"]),
        ({"c": 1}, ["c: error[NNC104] wrong-type: input `c`: expected a text, found `1` | write `alert`, `voice` or `pain`"]),
        ({"c": ["pain", "x", None]}, [
            "c[1]: error[NNC504] bad-value: input `c`: `x` is not a value of the choice | write `alert`, `voice` or `pain`",
            "c[2]: error[NNC104] wrong-type: input `c`: expected a text, found nothing | write `alert`, `voice` or `pain`",
        ]),
        ({"c": np.zeros((2, 2))}, ["c: error[NNC504] bad-value: input `c`: expected numbers, found an array of 2 dimensions | give one value per row"]),
        ({"s": 0}, ["s: error[NNC504] bad-value: input `s`: 0 is not -1 or 1 | write -1 or 1"]),
        ({"s": np.array([1, 0])}, ["s[1]: error[NNC504] bad-value: input `s`: 0 is not -1 or 1 | write -1 or 1"]),
        ({"a(0)": 1}, ["a(0): error[NNC503] duplicate-column: `a` is given whole and by element | keep the value `a`, or those of its elements"]),
        ({"c.voice": 1}, ["c.voice: error[NNC515] column-not-input: `c.voice` is not an input | `c` is a choice: give its value as `c`"]),
        ({"a(4)": 1}, ["a(4): error[NNC515] column-not-input: `a(4)` is not an input | `a` has the elements a(0) to a(3)"]),
    ],
)  # fmt: skip
def test_every_mistake_in_a_bus_has_its_path(
    given_: dict[str, object], expected: list[str]
) -> None:
    with pytest.raises(InvalidRowsError) as caught:
        batch_from_arrays({**GIVEN, **given_}, BUSES)
    assert [f"{one} | {one.help}" for one in caught.value.diagnostics] == expected


@pytest.mark.parametrize(
    ("elements", "expected"),
    [
        ({"a(0)": 1, "a(2)": 1}, "a(0): error[NNC505] missing-value: input `a` has no value for `a(1)` and 1 more | add them, or one value `a` for all"),
        ({"a[0]": 1}, "a[0]: error[NNC505] missing-value: `a[0]` is not an input, and `a(0)` has no value | did you mean `a(0)`?"),
        ({"a(0)": 2, "a(1)": 1, "a(2)": 1, "a(3)": 1}, "a(0): error[NNC504] bad-value: input `a(0)`: 2 is not 0 or 1 | write 0 or 1"),
        ({"a(0)": [1, 2], "a(1)": 1, "a(2)": 1, "a(3)": 1}, "a(0)[1]: error[NNC504] bad-value: input `a(0)`: 2 is not 0 or 1 | write 0 or 1"),
        ({"a(0)": [1, 1], "a(1)": [1], "a(2)": 1, "a(3)": 1}, "a(1): error[NNC506] row-length: input `a(1)` has 1 value, input `a(0)` 2 | give each input the same number of values"),
        ({"a(0)": np.zeros((1, 1)), "a(1)": 1, "a(2)": 1, "a(3)": 1}, "a(0): error[NNC504] bad-value: input `a(0)`: expected numbers, found an array of 2 dimensions | give one value per row"),
        ({}, "error[NNC505] missing-value: input `a` has no value and no default | add a value for `a`"),
    ],
)  # fmt: skip
def test_every_mistake_in_the_elements(elements: dict[str, object], expected: str) -> None:
    given_ = {key: one for key, one in GIVEN.items() if key != "a"}
    with pytest.raises(InvalidRowsError) as caught:
        batch_from_arrays({**given_, **elements}, BUSES)
    one = caught.value.diagnostics[0]
    assert f"{one} | {one.help}" == expected


@pytest.mark.seconds(10)
def test_one_mistake_among_millions_is_found_fast() -> None:
    array = np.zeros((5000, 784), np.uint8)
    array[4999, 783] = 2
    with pytest.raises(InvalidRowsError) as caught:
        batch_from_arrays({"a": array}, {"a": Input(type="bit", size=784)})
    assert [one.path for one in caught.value.diagnostics] == [("a", 4999, 783)]


@pytest.mark.seconds(10)
def test_many_names_that_are_no_inputs_are_told_fast() -> None:
    given_ = {f"z{i}": 1 for i in range(20_000)}
    with pytest.raises(InvalidRowsError) as caught:
        batch_from_arrays({**given_, "a": 1, "n": 1}, INPUTS)
    assert len(caught.value.diagnostics) == 1000


# ------------------------------------------------------------- numbers beyond every integer type


@pytest.mark.parametrize("other", [2**62, 2**63, 2**64, 3**50])
def test_rows_joined_over_any_common_denominator(other):
    """Zeros go together with every denominator, and what does not fit int64 stays exact."""
    for values in ([0, 0], [1, -1], [2**63 - 1, -(2**63)]):
        parts = [Column(np.array(values)), Column(np.array([1, 0, -1]), other)]
        found = rows_joined(parts)
        exact = [Fraction(value) for value in values]
        exact += [Fraction(1, other), Fraction(0), Fraction(-1, other)]
        assert isinstance(found, Column)
        assert found.values() == exact


@pytest.mark.parametrize("denominator", [1, 10, 2**63, 10**30])
def test_columns_in_lowest_terms_over_any_denominator(denominator):
    for values in ([0, 0], [0, 5], [-(2**63)], [-(2**63), 2**62]):
        found = reduced(np.array(values), denominator)
        assert found.values() == [simplest(Fraction(one, denominator)) for one in values]
    assert reduced(np.zeros(2, np.int64), denominator).denominator == 1


OF_BIT = (
    [0, 1], [1], [], [0, 2], [-1, 0], [True, 0], [0, None], [1.0, 0], [2**70, 0], ["1", "0"], 1,
    np.array([0, 1], np.uint8), np.array([0, 2], np.uint8), np.array([0, 1], np.int8),
    np.array(1, np.uint8), np.array([1, 0, 0, 1], np.uint8)[::3], np.array([[0], [1]], np.uint8),
    np.zeros(0, np.uint8), np.array([0, 1], bool),
)  # fmt: skip
OF_BUS = (
    [0, 7], [5], [0, 8], [-1, 0], [1, 0, 1], [[0, 1, 1], [1, 0, 0]], [2**70, 0], (1, 0, 1), 5,
    np.array([[0, 1, 1], [1, 0, 0]], np.uint8), np.array([[0, 1, 1], [1, 0, 2]], np.uint8),
    np.array([[0, 1], [1, 0]], np.uint8), np.array([3, 4], np.uint8), np.zeros((0, 3), np.uint8),
    np.asfortranarray(np.array([[0, 1, 1], [1, 0, 0]], np.uint8)), np.zeros((2, 3, 1), np.uint8),
)  # fmt: skip


@pytest.mark.parametrize("states", [(0, 1), (1, 0), (0, 2)])
def test_plain_bits_are_read_as_all_others(
    states: tuple[int, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each form of a bit beside each of a bus: what is read at once, and by the general way."""
    inputs = {"a": Input(type="bit", states=states), "b": Input(type="bit", size=3, states=states)}

    def read(own: dict[str, object]) -> object:
        try:
            batch, is_scalar = batch_from_arrays(own, inputs)
        except InvalidRowsError as error:
            return str(error)
        columns = [(column.values(), column.numerators.dtype) for column in batch.columns]
        return batch.count, is_scalar, columns, batch.floats

    plain = 0
    for a, b in itertools.product(OF_BIT, OF_BUS):
        own = {"a": a, "b": b}
        found = read(own)
        plain += arrays._plain_bits(own, inputs) is not None
        with monkeypatch.context() as patched:
            patched.setattr(arrays, "_plain_bits", lambda *_: None)
            assert found == read(own), own
    assert plain == (10 if states == (0, 1) else 0)
