"""Buses, choices and states in rows: every form that is read, and every mistake in one."""

# ruff: noqa: E501

import io
import json
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import nnc
from nnc.language.network import Input
from nnc.rows.columns import Column, Labels
from nnc.rows.formats import read_rows, write_rows
from nnc.rows.inputs.value import REAL_INSTEAD
from nnc.rows.output import shown_inputs
from nnc.rows.session import Session
from tests.support.reading import batches, messages, mistakes, seen

A = Input(type="bit", size=4)
V = Input(type="integer", size=2, min=0, max=9)
C = Input(type="choice", of=["alert", "voice", "pain"])
S = Input(type="bit", states=[-1, 1])
INPUTS = {"a": A, "v": V, "c": C, "s": S}
BUS = {"a": A}
REALS = {"x": Input(type="real", size=2)}
SPINS = {"s": Input(type="bit", size=2, states=[-1, "1/2"])}
CHOICE = {"c": C}
DEFAULTS = {
    "a": Input(type="bit", size=4, default=5),
    "b": Input(type="bit", size=2, default=[0, 1]),
    "v": Input(type="integer", size=2, default=7),
    "c": Input(type="choice", of=["alert", "voice"], default="voice"),
    "s": Input(type="bit", size=2, states=[-1, 1], default=[-1, 1]),
    "x": Input(type="bit"),
}


def values(text: str | bytes, form: str, inputs: Any = INPUTS, **options: Any) -> list[Any]:
    return seen(batches(text, form, inputs, **options), inputs)


ROWS = [(10, 1, 2, "voice", -1), (15, 0, 9, "pain", 1)]
"""A bus is seen as its integer: 10 is elements 0, 1, 0, 1."""


@pytest.mark.parametrize(
    "text",
    [
        "a,v(0),v(1),c,s\n10,1,2,voice,-1\n15,0,9,pain,1\n",
        "a,v(0),v(1),c,s\n0010,1,2.0,voice,-1.0\n1.5e1,00,9,pain,2/2\n",
        "s,v(1),c,v(0),a\n-1,2,voice,1,10\n1,9,pain,0,15\n",
        "a(0),a(1),a(2),a(3),v(0),v(1),c,s\n0,1,0,1,1,2,voice,-1\n1,1,1,1,0,9,pain,1\n",
        "v(1),a(3),a(1),a(2),a(0),c,v(0),s\n2,1,1,0,0,voice,1,-1\n9,1,1,1,1,pain,0,1\n",
        '"a","v(0)","v(1)","c","s"\n"10",1,2,"voice",-1\n15,0,"9",pain,1\n',
        'a(0),a(1),a(2),a(3),v(0),v(1),c,s\n"0",1,0,1,1,2,"voice",-1\n1,1,1,1,0,9,pain,1\n',
        'v(1),a(3),a(1),a(2),a(0),c,v(0),s\n2,1,"1",0,0,voice,1,-1\n9,1,1,1,1,pain,0,1\n',
    ],
)
def test_every_form_in_csv(text: str) -> None:
    assert values(text, "csv") == ROWS


@pytest.mark.parametrize(
    "text",
    [
        '[{"a": 10, "v": [1, 2], "c": "voice", "s": -1}, {"a": 15, "v": [0, 9], "c": "pain", "s": 1}]',
        '[{"a": 1.0e1, "v": [1.0, 2], "c": "voice", "s": -1.0}, {"a": 15, "v": [0, 9e0], "c": "pain", "s": 1}]',
        '[{"a": [0, 1, 0, 1], "v": [1, 2], "c": "voice", "s": false}, {"a": [1, 1, 1, 1], "v": [0, 9], "c": "pain", "s": true}]',
        '[{"a": [false, true, false, true], "v": [1, 2], "c": "voice", "s": -1}, {"a": [true, true, true, true], "v": [0, 9], "c": "pain", "s": true}]',
        '[{"a": [false, 1, 0.0, "2/2"], "v": [1, "4/2"], "c": "voice", "s": -1}, {"a": 15, "v(1)": 9, "v(0)": 0, "c": "pain", "s": true}]',
        '[{"a(0)": 0, "a(3)": true, "a(2)": 0, "a(1)": 1, "v": [1, 2], "c": "voice", "s": -1}, {"a": [1, 1, 1, 1], "v": [0, 9], "c": "pain", "s": 1}]',
    ],
)
def test_every_form_in_json(text: str) -> None:
    assert values(text, "json") == ROWS
    lines = text[1:-1].replace("}, {", "}\n{")
    assert values(lines, "jsonl") == ROWS
    assert values(lines, "jsonl", batch_size=1) == ROWS


def stored(array: object) -> bytes:
    out = io.BytesIO()
    np.save(out, np.asarray(array))
    return out.getvalue()


@pytest.mark.parametrize("order", ["C", "F"])
@pytest.mark.parametrize("dtype", ["i1", ">i4", "<i8", "f2", "<f8"])
def test_elements_ascend_in_an_array(dtype: str, order: Any) -> None:
    inputs = {"a": A, "v": V, "s": S}
    array = np.array([[0, 1, 0, 1, 1, 2, -1], [1, 1, 1, 1, 0, 9, 1]], dtype, order=order)
    assert values(stored(array), "npy", inputs) == [(10, 1, 2, -1), (15, 0, 9, 1)]
    assert values(stored(array), "npy", inputs, batch_size=1) == [(10, 1, 2, -1), (15, 0, 9, 1)]


def test_booleans_in_an_array_are_off_and_on() -> None:
    inputs = {"a": A, "s": S}
    assert values(stored([[False, True, False, True, False]]), "npy", inputs) == [(10, -1)]


# ------------------------------------------------------------------------- how it is stored


def test_bits_are_stored_as_off_and_on_whatever_their_states() -> None:
    [batch] = batches("a,v(0),v(1),c,s\n10,1,2,voice,-1\n15,0,9,pain,1\n", "csv", INPUTS)
    a, v, c, s = batch.columns
    assert isinstance(a, Column)
    assert isinstance(v, Column)
    assert isinstance(s, Column)
    assert a.numerators.tolist() == [[0, 1, 0, 1], [1, 1, 1, 1]]
    assert (a.numerators.dtype, s.numerators.dtype) == (np.uint8, np.uint8)
    assert v.numerators.tolist() == [[1, 2], [0, 9]]
    assert v.numerators.dtype == np.int64
    assert s.numerators.tolist() == [0, 1]
    assert isinstance(c, Labels)
    assert (c.codes.tolist(), c.labels) == ([1, 2], ("alert", "voice", "pain"))


def test_states_are_compared_by_value() -> None:
    text = "s(0),s(1)\n-1,.5\n-1.0,1/2\n0.50,-2/2\n"
    assert values(text, "csv", SPINS) == [
        (-1, Fraction(1, 2)), (-1, Fraction(1, 2)), (Fraction(1, 2), -1),
    ]  # fmt: skip
    text = '[{"s": [-1, 0.5]}, {"s": [false, true]}, {"s": ["1/2", -1.0]}]'
    assert values(text, "json", SPINS) == [
        (-1, Fraction(1, 2)), (-1, Fraction(1, 2)), (Fraction(1, 2), -1),
    ]  # fmt: skip
    assert values(stored([[-1, 0.5]]), "npy", SPINS) == [(-1, Fraction(1, 2))]


@pytest.mark.parametrize("states", [["0.1", 1], [10**30, 0], [-(10**399), "1/3"]])
def test_states_of_any_numbers(states: list[Any]) -> None:
    one = {"s": Input(type="bit", states=states)}
    off, on = one["s"].state_values
    text = "".join(f'{{"s": "{Fraction(state)}"}}\n' for state in states if Fraction(state) % 1)
    text += "".join(f'{{"s": {state}}}\n' for state in states if not Fraction(state) % 1)
    assert sorted(values(text, "jsonl", one)) == sorted([(off,), (on,)])
    [batch] = batches("s\n" + "\n".join(map(str, states)) + "\n", "csv", one)
    assert isinstance(batch.columns[0], Column)
    assert batch.columns[0].numerators.tolist() == [0, 1]


def test_reals_share_a_denominator_in_a_bus() -> None:
    [batch] = batches("x(0),x(1)\n0.1,1\n.25,-3\n", "csv", REALS)
    [column] = batch.columns
    assert isinstance(column, Column)
    assert column.denominator == 20
    assert column.numerators.tolist() == [[2, 20], [5, -60]]


def test_a_bus_with_bits_is_shown_by_element() -> None:
    read = batches("a\n10\n", "csv", BUS)
    assert seen(read, BUS, bits=True) == [(0, 1, 0, 1)]
    assert list(shown_inputs("a", A, read[0].columns[0], bits=True)) == [
        "a(0)", "a(1)", "a(2)", "a(3)",
    ]  # fmt: skip


@pytest.mark.parametrize("width", [1, 7, 8, 9, 63, 64, 65, 300, 2000])
def test_unsigned_integers_of_any_width(width: int) -> None:
    inputs = {"a": Input(type="bit", size=width)}
    numbers = [0, 1, (1 << width) - 1, 1 << (width - 1), (1 << width) // 3]
    expected = [(number,) for number in numbers]
    text = "a\n" + "".join(f"{number}\n" for number in numbers)
    assert values(text, "csv", inputs) == expected
    assert values(json.dumps([{"a": number} for number in numbers]), "json", inputs) == expected
    bits = [[number >> i & 1 for i in range(width)] for number in numbers]
    assert values(json.dumps([{"a": row} for row in bits]), "json", inputs) == expected
    assert values(stored(bits), "npy", inputs) == expected
    header = ",".join(f"a({i})" for i in range(width))
    text = "\n".join([header, *(",".join(map(str, row)) for row in bits)])
    assert values(text, "csv", inputs) == expected


def test_integers_with_more_digits_than_python_reads() -> None:
    inputs = {"a": Input(type="bit", size=20_000), "b": Input(type="bit")}
    digits = "7" * 6000
    number = int("7" * 3000) * 10**3000 + int("7" * 3000)
    assert values(f"a,b\n{digits},1\n", "csv", inputs) == [(number, 1)]
    assert values(f'[{{"a": {digits}, "b": 1}}, {{"a": 1, "b": 0}}]', "json", inputs) == [
        (number, 1), (1, 0),
    ]  # fmt: skip
    [one] = messages(f"a,b\n{'7' * 7000},1\n", "csv", inputs)
    assert one == (
        "r:2:1: error[NNC504] bad-value: input `a`: 77777777777777…77777777 is above 2^20000 - 1, "
        "the largest value of 20,000 bits | write an integer from 0 to 2^20000 - 1"
    )


@given(st.lists(st.lists(st.integers(0, 15), min_size=2, max_size=2), min_size=1))
def test_whole_and_by_element_are_the_same(numbers: list[list[int]]) -> None:
    inputs = {"a": A, "b": A}
    whole = "a,b\n" + "".join(f"{a},{b}\n" for a, b in numbers)
    header = ",".join(f"{name}({i})" for name in "ba" for i in (2, 0, 3, 1))
    lines = [",".join(str(n >> i & 1) for n in (b, a) for i in (2, 0, 3, 1)) for a, b in numbers]
    text = "\n".join([header, *lines])
    assert values(whole, "csv", inputs) == values(text, "csv", inputs) == list(map(tuple, numbers))


# -------------------------------------------------------------------------------- defaults

FULL = (5, 2, 7, 7, "voice", -1, 1, 1)


@pytest.mark.parametrize(
    ("text", "form"),
    [
        ("x\n1\n", "csv"),
        ("a,b,v(0),v(1),c,s(0),s(1),x\n,,,,,,,1\n", "csv"),
        ("a(0),a(1),a(2),a(3),b(1),b(0),v(0),v(1),c,s(0),s(1),x\n,,,,,,,,,,,1\n", "csv"),
        ('a(0),a(1),a(2),a(3),b(1),b(0),v(0),v(1),c,s(0),s(1),x\n1,,1,,1,,7,,"",,1,1\n', "csv"),
        ('{"x": 1}', "json"),
        ('{"a": 5, "b": [0, 1], "v": [7, 7], "c": "voice", "s": [-1, true], "x": 1}', "json"),
    ],
)
def test_a_default_stands_for_what_is_not_there(text: str, form: str) -> None:
    assert values(text, form, DEFAULTS) == [FULL]


def test_defaults_beside_values() -> None:
    assert values("a,b,c,x\n1,,alert,1\n,1,,0\n", "csv", DEFAULTS) == [
        (1, 2, 7, 7, "alert", -1, 1, 1), (5, 1, 7, 7, "voice", -1, 1, 0),
    ]  # fmt: skip
    text = '{"x": 1, "b": 1, "v": [0, 1], "s": [1, 1]}\n{"x": 0, "a": [1, 1, 0, 0]}\n{"x": 1, "c": "alert"}'
    assert values(text, "jsonl", DEFAULTS) == [
        (5, 1, 0, 1, "voice", 1, 1, 1), (3, 2, 7, 7, "voice", -1, 1, 0),
        (5, 2, 7, 7, "alert", -1, 1, 1),
    ]  # fmt: skip


# ------------------------------------------------------------------------- mistakes in cells


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        ("16", "error[NNC504] bad-value: input `a`: 16 is above 15, the largest value of 4 bits | write an integer from 0 to 15"),
        ("-1", "error[NNC504] bad-value: input `a`: -1 is below 0 | write an integer from 0 to 15"),
        ("2.5", "error[NNC504] bad-value: input `a`: 2.5 is not an unsigned integer | write an integer from 0 to 15"),
        ("1/3", "error[NNC504] bad-value: input `a`: 1/3 is not an unsigned integer | write an integer from 0 to 15"),
        ("x", "error[NNC201] not-a-number: input `a`: expected a number, found `x` | write an integer from 0 to 15"),
        (" 3", "error[NNC201] not-a-number: input `a`: expected a number, found ` 3` | remove the spaces: 3"),
        ("", "error[NNC505] missing-value: input `a`: the cell is empty, and there is no default | write a value, or give the input a `default`"),
        ("0b11", "error[NNC204] number-in-other-base: input `a`: `0b11` is binary | write 3"),
        ("true", "error[NNC207] boolean-as-number: input `a`: `true` is not a number | write an integer from 0 to 15"),
        ("nan", "error[NNC202] not-finite: input `a`: `nan` is not a finite number | write a finite number"),
        ("+3", "error[NNC209] plus-sign: input `a`: `+3` has a plus sign | write 3"),
        ("9" * 500, "error[NNC504] bad-value: input `a`: 99999999999999…99999999 is above 15, the largest value of 4 bits | write an integer from 0 to 15"),
    ],
)  # fmt: skip
def test_what_is_no_unsigned_integer_of_a_bus(cell: str, expected: str) -> None:
    assert messages(f"a,x\n1,1\n{cell},1\n", "csv", {**BUS, "x": Input(type="bit")}) == [
        f"r:3:1: {expected}"
    ]


@pytest.mark.parametrize(
    ("cells", "column", "expected"),
    [
        ("2,1,1,1,1,1,voice,1", 1, "error[NNC504] bad-value: input `a(0)`: 2 is not 0 or 1 | write 0 or 1"),
        ("1,1,1,x,1,1,voice,1", 7, "error[NNC201] not-a-number: input `a(3)`: expected a number, found `x` | write 0 or 1"),
        ("1,1,,1,1,1,voice,1", 5, "error[NNC505] missing-value: input `a(2)`: the cell is empty, and there is no default | write a value, or give the input a `default`"),
        ("1,1,1,1,10,1,voice,1", 9, "error[NNC504] bad-value: input `v(0)`: 10 is above max 9 | write an integer from 0 to 9"),
        ("1,1,1,1,1,-1,voice,1", 11, "error[NNC504] bad-value: input `v(1)`: -1 is below min 0 | write an integer from 0 to 9"),
        ("1,1,1,1,1,1.5,voice,1", 11, "error[NNC504] bad-value: input `v(1)`: 1.5 is not an integer | write an integer from 0 to 9" + REAL_INSTEAD),
        ("1,1,1,1,1,1,vioce,1", 13, "error[NNC504] bad-value: input `c`: `vioce` is not a value of the choice | did you mean `voice`?"),
        ("1,1,1,1,1,1,VOICE,1", 13, "error[NNC504] bad-value: input `c`: `VOICE` is not a value of the choice | did you mean `voice`?"),
        ("1,1,1,1,1,1,7,1", 13, "error[NNC504] bad-value: input `c`: `7` is not a value of the choice | write `alert`, `voice` or `pain`"),
        ("1,1,1,1,1,1,voice ,1", 13, "error[NNC504] bad-value: input `c`: `voice ` is not a value of the choice | remove the spaces: voice"),
        ("1,1,1,1,1,1,,1", 13, "error[NNC505] missing-value: input `c`: the cell is empty, and there is no default | write a value, or give the input a `default`"),
        ("1,1,1,1,1,1,voice,0", 19, "error[NNC504] bad-value: input `s`: 0 is not -1 or 1 | write -1 or 1"),
        ("1,1,1,1,1,1,voice,off", 19, "error[NNC207] boolean-as-number: input `s`: `off` is not a number | write -1; `{type: choice, of: [no, yes]}` declares an input of texts"),
        ("1,1,1,1,1,1,voice,on/off", 19, "error[NNC201] not-a-number: input `s`: expected a number, found `on/off` | write -1 or 1"),
    ],
)  # fmt: skip
def test_what_is_no_value_of_an_element(cells: str, column: int, expected: str) -> None:
    header = "a(0),a(1),a(2),a(3),v(0),v(1),c,s\n1,1,1,1,1,1,voice,1\n"
    assert messages(f"{header}{cells}\n", "csv", INPUTS) == [f"r:3:{column}: {expected}"]


def test_many_values_of_a_choice_are_not_all_named() -> None:
    many = {"c": Input(type="choice", of=[f"value_{i}" for i in range(20)])}
    [one] = messages("c\n?\n", "csv", many)
    assert one.endswith(
        "| write one of `value_0`, `value_1`, `value_2`, `value_3`, `value_4`, `value_5`, "
        "`value_6`, `value_7`, …"
    )


@pytest.mark.parametrize(
    ("row", "column", "expected"),
    [
        ({"a": 16}, 7, "error[NNC504] bad-value: input `a`: 16 is above 15, the largest value of 4 bits | write an integer from 0 to 15"),
        ({"a": "5"}, 7, 'error[NNC208] quoted-number: input `a`: "5" is text, not a number | remove the quotes: 5'),
        ({"a": ""}, 7, "error[NNC201] not-a-number: input `a`: expected a number, found `` | write an integer from 0 to 15"),
        ({"a": True}, 7, "error[NNC504] bad-value: input `a`: expected an unsigned integer or an array, found true | write an integer from 0 to 15, or an array of 4 values, element 0 first"),
        ({"a": None}, 7, "error[NNC505] missing-value: input `a`: the value is null, and there is no default | write a value, or give the input a `default`"),
        ({"a": {}}, 7, "error[NNC504] bad-value: input `a`: expected an unsigned integer or an array, found an object | write an integer from 0 to 15, or an array of 4 values, element 0 first"),
        ({"a": [1, 0, 1]}, 7, "error[NNC504] bad-value: input `a`: the array has 3 values, the bus 4 elements | give one value for each element, element 0 first"),
        ({"a": []}, 7, "error[NNC504] bad-value: input `a`: the array has 0 values, the bus 4 elements | give one value for each element, element 0 first"),
        ({"a": [1, 0, 2, 1]}, 14, "error[NNC504] bad-value: input `a(2)`: 2 is not 0 or 1 | write 0 or 1"),
        ({"a": [1, 0, 1, "1"]}, 17, 'error[NNC208] quoted-number: input `a(3)`: "1" is text, not a number | remove the quotes: 1'),
        ({"a": [1, [0], 1, 1]}, 11, "error[NNC504] bad-value: input `a(1)`: expected a number, found an array | write 0 or 1"),
        ({"v": 5}, 15, "error[NNC504] bad-value: input `v`: expected an array, found a number | write an array of 2 values, element 0 first"),
        ({"v": [1, None]}, 19, "error[NNC505] missing-value: input `v(1)`: the value is null, and there is no default | write a value, or give the input a `default`"),
        ({"v": [True, 1]}, 16, "error[NNC207] boolean-as-number: input `v(0)`: `true` is not a number | write 1"),
        ({"c": "vioce"}, 28, "error[NNC504] bad-value: input `c`: `vioce` is not a value of the choice | did you mean `voice`?"),
        ({"c": ""}, 28, "error[NNC504] bad-value: input `c`: `` is not a value of the choice | write `alert`, `voice` or `pain`"),
        ({"c": 1}, 28, "error[NNC504] bad-value: input `c`: expected a text, found a number | write `alert`, `voice` or `pain`"),
        ({"c": None}, 28, "error[NNC505] missing-value: input `c`: the value is null, and there is no default | write a value, or give the input a `default`"),
        ({"s": 0}, 42, "error[NNC504] bad-value: input `s`: 0 is not -1 or 1 | write -1 or 1"),
        ({"s": "1"}, 42, 'error[NNC208] quoted-number: input `s`: "1" is text, not a number | remove the quotes: 1'),
        ({"s": [1]}, 42, "error[NNC504] bad-value: input `s`: expected a number, found an array | write -1 or 1"),
    ],
)  # fmt: skip
def test_every_mistake_in_a_json_value(row: dict[str, Any], column: int, expected: str) -> None:
    good = {"a": 1, "v": [1, 2], "c": "voice", "s": 1}
    [one] = messages(json.dumps(good) + "\n" + json.dumps({**good, **row}) + "\n", "jsonl", INPUTS)
    assert one == f"r:2:{column}: {expected}"
    [one] = messages(json.dumps([{**good, **row}]), "json", INPUTS)
    assert one == f"r:1:{column + 1}: {expected}"


def test_a_mistake_in_an_element_under_its_own_key() -> None:
    text = '{"a(0)": 1, "a(1)": 1, "a(2)": 7, "a(3)": 1}'
    assert messages(text, "json", BUS) == [
        "r:1:32: error[NNC504] bad-value: input `a(2)`: 7 is not 0 or 1 | write 0 or 1"
    ]


@pytest.mark.parametrize(
    ("array", "expected"),
    [
        ([[0, 0, 2, 1, 1, 1, 1]], "error[NNC504] bad-value: input `a(2)`: 2 is not 0 or 1, at [0, 2] of the array | write 0 or 1"),
        ([[0, 0, 1, 1, 1, 10, 1]], "error[NNC504] bad-value: input `v(1)`: 10 is above max 9, at [0, 5] of the array | write an integer from 0 to 9"),
        ([[0, 0, 1, 1, 1, 1, 0]], "error[NNC504] bad-value: input `s`: 0 is not -1 or 1, at [0, 6] of the array | write -1 or 1"),
        ([[0, 0, 1, np.nan, 1, 1, 1]], "error[NNC202] not-finite: input `a(3)`: `nan` is not a finite number, at [0, 3] of the array | give a finite number"),
        ([[0, 0, 1]], "error[NNC510] bad-npy: the array is 1 x 3; the network has 3 inputs of 7 elements in all | give one row per line: n x 7"),
        ([0, 0, 1], "error[NNC510] bad-npy: the array is 3; the network has 3 inputs of 7 elements in all | give one row per line: n x 7"),
    ],
)  # fmt: skip
def test_every_mistake_in_an_array(array: Any, expected: str) -> None:
    assert messages(stored(array), "npy", {"a": A, "v": V, "s": S}) == [f"r: {expected}"]


@pytest.mark.parametrize("one", [C, Input(type="choice", of=["a", "b"], default="a")])
def test_an_array_holds_no_choice(one: Input) -> None:
    assert messages(stored([[1, 2]]), "npy", {"a": A, "c": one}) == [
        "r: error[NNC510] bad-npy: input `c` is a choice, which an NPY array of numbers cannot hold | give the rows as csv, json or jsonl"
    ]


# ------------------------------------------------------------------------- mistakes in names

COLUMN = "error[NNC501] missing-column"
NO_INPUT = "error[NNC515] column-not-input"
TWICE = "error[NNC503] duplicate-column: `a` is given whole and by element | keep the column `a`, or those of its elements"


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("a,a(0),v(0),v(1),c,s", [f"r:1:3: {TWICE}"]),
        ("a(0),a(1),v(0),v(1),c,s,a,a(2),a(3)", [f"r:1:25: {TWICE}"]),
        ("a(0),a(2),v(0),v(1),c,s", [f"r:1:1: {COLUMN}: input `a` has no column for `a(1)` and 1 more | add them, or one column `a` for all"]),
        ("c,a(1),v(1),s", [
            f"r:1:3: {COLUMN}: input `a` has no column for `a(0)` and 2 more | add them, or one column `a` for all",
            f"r:1:8: {COLUMN}: input `v` has no column for `v(0)` | add it",
        ]),
        ("a,v,c,s", [f"r:1:3: {NO_INPUT}: column `v` cannot hold a bus of integers | write the columns v(0) to v(1)"]),
        ("a,c,s", [f"r:1:1: {COLUMN}: input `v` has no column and no default | add the columns v(0) to v(1)"]),
        ("v(0),v(1),c,s", [f"r:1:1: {COLUMN}: input `a` has no column and no default | add the columns a(0) to a(3), or a column `a` of unsigned integers"]),
        ("a(00),a(01),a(02),a(03),v(0),v(1),c,s", [f"r:1:1: {COLUMN}: column `a(00)` and 3 more are not inputs, and `a(0)` has no column | did you mean `a(0)`?"]),
        ("a(0),a(1),a[2],a(3),v(0),v(1),c,s", [f"r:1:11: {COLUMN}: column `a[2]` is not an input, and `a(2)` has no column | did you mean `a(2)`?"]),
        ("a(0),a(1), a(2),a(3),v(0),v(1),c,s", [f"r:1:11: {COLUMN}: column ` a(2)` is not an input, and `a(2)` has no column | remove the spaces: `a(2)`"]),
        ("A(0),A(1),A(2),A(3),v(0),v(1),c,s", [f"r:1:1: {COLUMN}: column `A(0)` and 3 more are not inputs, and input `a` has no column | did you mean `a(0)`?"]),
        ("a,v(0),v(1),c.alert,c.voice,c.pain,s", [f"r:1:13: {COLUMN}: column `c.alert` and 2 more are not inputs, and input `c` has no column | `c` is a choice: give its value as `c`"]),
        ("a,v(0),v(1),c(0),s", [f"r:1:13: {COLUMN}: column `c(0)` is not an input, and input `c` has no column | `c` is a choice: give its value as `c`"]),
        ("a,v(0),v(1),c,s(0)", [f"r:1:15: {COLUMN}: column `s(0)` is not an input, and input `s` has no column | write `s`; it has no elements"]),
        ("a(4),v(0),v(1),c,s", [f"r:1:1: {COLUMN}: column `a(4)` is not an input, and input `a` has no column | `a` has the elements a(0) to a(3)"]),
        ("a,v(0),v(1),c,s,v(0)", ["r:1:17: error[NNC503] duplicate-column: column `v(0)` appears twice | remove one of them, or rename it"]),
        ("1,0,2", ["r:1:1: error[NNC511] no-header: the first line holds numbers; expected a header | write the names first: a,v(0),v(1),c,s"]),
        ("a(0);a(1)", ["r:1:1: error[NNC511] no-header: the columns are separated by `;`; expected commas | save the file with commas between the cells"]),
        ("", ["r: error[NNC511] no-header: the file is empty; expected a header with the names of the inputs | write a,v(0),v(1),c,s"]),
    ],
)  # fmt: skip
def test_every_mistake_in_a_header(header: str, expected: list[str]) -> None:
    assert messages(header, "csv", INPUTS) == expected


def test_the_first_of_two_forms_is_shown() -> None:
    [one] = mistakes("a(0),v(0),v(1),c,s,a\n", "csv", INPUTS)
    assert [label.span and label.span.column for label in one.labels] == [1]
    [one] = mistakes('{"a": 1, "a(0)": 1, "v": [1, 1], "c": "pain", "s": 1}', "json", INPUTS)
    assert [label.span and label.span.column for label in one.labels] == [2]


def test_a_bus_of_states_is_no_integer() -> None:
    assert messages("s\n3\n", "csv", SPINS) == [
        f"r:1:1: {NO_INPUT}: column `s` cannot hold a bus of bits that are -1 or 0.5 | write the columns s(0) to s(1)"
    ]
    assert messages('{"s": 3}', "json", SPINS) == [
        "r:1:7: error[NNC504] bad-value: input `s`: expected an array, found a number | write an array of 2 values, element 0 first"
    ]
    assert messages("s\n3\n", "csv", {"s": Input(type="bit", size=1, states=[-1, 1])}) == [
        f"r:1:1: {NO_INPUT}: column `s` cannot hold a bus of bits that are -1 or 1 | write the column s(0)"
    ]


KEEP = "`--extra keep` writes {0} beside the outputs, `--extra error` refuses {0}"


@pytest.mark.parametrize(
    ("more", "warning", "error"),
    [
        ("a(4)", f"column `a(4)` is not an input and is left out | `a` has the elements a(0) to a(3); {KEEP.format('it')}",
         "column `a(4)` is not an input | `a` has the elements a(0) to a(3)"),
        ("a(00)", f"column `a(00)` is not an input and is left out | `a` has the elements a(0) to a(3); {KEEP.format('it')}",
         "column `a(00)` is not an input | `a` has the elements a(0) to a(3)"),
        ("a(4),a(5)", f"columns `a(4)` and 1 more are not inputs and are left out | `a` has the elements a(0) to a(3); {KEEP.format('them')}",
         "column `a(4)` and 1 more are not inputs | `a` has the elements a(0) to a(3)"),
        ("s(0)", f"column `s(0)` is not an input and is left out | write `s`; it has no elements; {KEEP.format('it')}",
         "column `s(0)` is not an input | write `s`; it has no elements"),
        ("z(0),z(1)", f"columns `z(0)` and 1 more are not inputs and are left out | {KEEP.format('them')}",
         "column `z(0)` and 1 more are not inputs | remove the columns"),
    ],
)  # fmt: skip
def test_elements_that_are_not_there(more: str, warning: str, error: str) -> None:
    cells = ",1" * len(more.split(","))
    text = f"a(0),a(1),a(2),a(3),v(0),v(1),c,s,{more}\n1,1,1,1,1,1,voice,1{cells}\n"
    assert messages(text, "csv", INPUTS) == [f"r:1:35: warning[NNC502] unknown-column: {warning}"]
    assert messages(text, "csv", INPUTS, extra="error") == [f"r:1:35: {NO_INPUT}: {error}"]
    [batch] = batches(text, "csv", INPUTS, extra="keep")
    assert list(batch.extras) == more.split(",")


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("x,a(0)", f"{COLUMN}: input `a` has no column for `a(1)` and 2 more | add them; the default of `a` counts only where all are left out"),
        ("x,a(4)", f"{NO_INPUT}: column `a(4)` is not an input, and input `a` would take its default | `a` has the elements a(0) to a(3)"),
        ("x,A(0)", f"{NO_INPUT}: column `A(0)` is not an input, and input `a` would take its default | did you mean `a(0)`? If not, remove the column"),
        ("x,c.voice", f"{NO_INPUT}: column `c.voice` is not an input, and input `c` would take its default | `c` is a choice: give its value as `c`"),
        ("x,A", f"{NO_INPUT}: column `A` is not an input, and input `a` would take its default | did you mean `a`? If not, remove the column"),
    ],
)  # fmt: skip
def test_columns_near_a_bus_left_to_its_default(header: str, expected: str) -> None:
    assert messages(f"{header}\n1,1\n", "csv", DEFAULTS) == [f"r:1:3: {expected}"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('{"a": 1, "a(0)": 1}', "r:1:10: error[NNC503] duplicate-column: `a` is given whole and by element | keep the key `a`, or those of its elements"),
        ('{"a(0)": 1, "a(3)": 1}', f"r:1:2: {COLUMN}: input `a` has no key for `a(1)` and 1 more | add them, or one key `a` for all"),
        ('{"a[0]": 1}', f"r:1:2: {COLUMN}: key `a[0]` is not an input, and `a(0)` has no key | did you mean `a(0)`?"),
        ("{}", f"r:1:1: {COLUMN}: input `a` has no key and no default | add a key for `a`"),
        ('{"a": 1, "a(4)": 1}', f"r:1:10: warning[NNC502] unknown-column: key `a(4)` is not an input and is left out | `a` has the elements a(0) to a(3); {KEEP.format('it')}"),
        ('{"A(0)": 1, "A(1)": 1}', f"r:1:2: {COLUMN}: key `A(0)` and 1 more are not inputs, and input `a` has no key | did you mean `a(0)`?"),
    ],
)  # fmt: skip
def test_every_mistake_in_json_keys(text: str, expected: str) -> None:
    assert messages(text, "json", BUS)[0] == expected


# ---------------------------------------------------------------------------------- volume


def test_a_wide_bus_is_read_in_bounded_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("nnc.rows.json.jsonl.MAX_CELLS", 4000)
    monkeypatch.setattr("nnc.rows.csv.reading.MAX_CELLS", 4000)
    inputs = {"a": Input(type="bit", size=1000), "b": Input(type="bit", default=1)}
    for text in ("a\n" + "3\n" * 50, 'a\n"3"\n' + "3\n" * 49):
        read = batches(text, "csv", inputs)
        assert max(batch.count for batch in read) == 3
        assert seen(read, inputs) == [(3, 1)] * 50
    read = batches('{"a": 3}\n' * 50, "jsonl", inputs)
    assert max(batch.count for batch in read) == 3
    assert seen(read, inputs) == [(3, 1)] * 50
    [one] = mistakes("a\n" + "3\n" * 49 + "x\n", "csv", inputs)
    assert one.span is not None
    assert one.span.line == 51
    [one] = mistakes('a\n"3"\n' + "3\n" * 48 + "x\n", "csv", inputs)
    assert one.span is not None
    assert one.span.line == 51


def test_extras_and_places_follow_the_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("nnc.rows.json.jsonl.MAX_CELLS", 8)
    monkeypatch.setattr("nnc.rows.csv.reading.MAX_CELLS", 8)
    text = "a,note\n" + "".join(f"{n},n{n}\n" for n in range(10))
    read = batches(text, "csv", BUS, extra="keep")
    assert [batch.count for batch in read] == [2] * 5
    assert [one for batch in read for one in batch.extras["note"]] == [f"n{n}" for n in range(10)]
    places = read[3].places
    assert places is not None
    assert places(1, "note")[0].line == 9


@pytest.mark.seconds(20)
def test_ten_thousand_columns_are_read_fast() -> None:
    size = 10_000
    inputs = {"a": Input(type="integer", size=size)}
    header = ",".join(f"a({i})" for i in range(size))
    row = ",".join(str(i) for i in range(size))
    read = batches(f"{header}\n" + f"{row}\n" * 100, "csv", inputs)
    assert sum(batch.count for batch in read) == 100
    [column] = read[0].columns
    assert isinstance(column, Column)
    assert column.numerators[0].tolist() == list(range(size))


@pytest.mark.seconds(10)
def test_a_thousand_mistakes_in_one_array_are_told_fast() -> None:
    inputs = {"a": Input(type="bit", size=20_000)}
    assert len(mistakes(json.dumps([{"a": [2] * 20_000}]), "json", inputs)) == 1000
    text = json.dumps([{f"a({i})": 2 for i in range(20_000)}])
    assert len(mistakes(text, "json", inputs)) == 1000


# ---------------------------------------------------------------------------------- writing


@pytest.mark.parametrize("form", ["csv", "json", "jsonl", "npy"])
def test_elements_that_are_written_are_read_back(form: str) -> None:
    results = {f"a({i})": Column(np.array([i & 1, 1], np.uint8)) for i in range(4)}
    out = io.BytesIO()
    write_rows([results], out, form, names=list(results))
    assert values(out.getvalue(), form, BUS) == [(10,), (15,)]


def test_an_integer_that_is_written_is_read_back() -> None:
    out = io.BytesIO()
    write_rows([{"a": Column(np.array([10, 15]))}], out, "csv", names=["a"])
    assert values(out.getvalue(), "csv", BUS) == [(10,), (15,)]


@given(st.text('ab(0123)[],"\n x', max_size=40))
def test_no_header_is_a_traceback(text: str) -> None:
    inputs = {"a": A, "b": Input(type="choice", of=["x", "y"], default="x")}
    messages(text, "csv", inputs)
    messages(json.dumps([dict.fromkeys(text.split(","), 1)]), "json", inputs)


def test_warnings_name_each_kind_of_column_once() -> None:
    text = '{"a": 1, "a(9)": 1}\n' * 3
    warnings: list[Any] = []
    list(
        read_rows(
            io.BytesIO(text.encode()), "jsonl", Session(BUS, file="r", report=warnings.append)
        )
    )
    assert len(warnings) == 1


@pytest.mark.parametrize("type_", ["bit", "integer", "real"])
def test_null_elements_take_the_defaults_of_their_elements(type_: str) -> None:
    """Lists, elements by themselves and texts mean the same in Python and in every format."""
    pa = pytest.importorskip("pyarrow")
    text = (
        f"nnc: 1\ninputs:\n  x: {{size: 2, type: {type_}, default: [1, 0]}}\nneurons:\n"
        "  n: {wiring: [x], weights: [1, 10], threshold: 0}\noutputs: {s: {sum: n}}\n"
    )
    net = nnc.loads(text)
    lists = [[1, None], [None, 1], [None, None], [0, 0]]
    by_element = {f"x({i})": [row[i] for row in lists] for i in range(2)}
    expected = [1, 11, 1, 0]
    frames = [pa.table({"x": pa.array(lists)}), pa.table(by_element)]
    for rows in ({"x": lists}, by_element, *frames):
        assert nnc.evaluate(net, rows)["s"].tolist() == expected
    inputs = net.inputs
    for rows in (
        [{"x": row} for row in lists],
        [{f"x({i})": row[i] for i in range(2)} for row in lists],
    ):
        [batch] = batches(json.dumps(rows), "json", inputs)
        [column] = batch.columns
        assert column.numerators.tolist() == [[1, 0], [1, 1], [1, 0], [0, 0]]
