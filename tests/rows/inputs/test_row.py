"""One row from texts and Python numbers."""

# ruff: noqa: E501

from decimal import Decimal
from fractions import Fraction

import numpy as np
import pytest

from nnc.diagnostics.diagnostic import InvalidRowsError
from nnc.language.network import Input
from nnc.numbers.exact import Quoted
from nnc.rows.inputs.row import row_from_values, values_from
from nnc.rows.inputs.value import REAL_INSTEAD
from tests.support.reading import seen

INPUTS = {
    "a": Input(type="bit"),
    "count": Input(type="integer", max=10**30),
    "level": Input(type="real", default="0.5"),
}


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("1/3", Fraction(1, 3)),
        (Quoted("1/3"), Fraction(1, 3)),
        ("-.5", Fraction(-1, 2)),
        (7, 7),
        (Fraction(2, 7), Fraction(2, 7)),
        (Decimal("0.1"), Fraction(1, 10)),
        (0.1, Fraction(0.1)),
        (np.float32(0.1), Fraction(float(np.float32(0.1)))),
        (np.int8(-3), -3),
        (2**70, 2**70),
    ],
)
def test_values_mean_exactly_what_they_are(value, expected):
    batch = row_from_values({"a": "1", "count": "3.0", "level": value}, INPUTS)
    assert [column.values() for column in batch.columns] == [[1], [3], [expected]]
    assert batch.count == 1


@pytest.mark.parametrize("bit", [True, np.True_, 1, "1", "1.0", 1.0, Decimal(1)])
def test_bits(bit):
    batch = row_from_values({"count": 1, "a": bit}, INPUTS)
    assert batch.columns[0].numerators.dtype == np.uint8
    assert [column.values() for column in batch.columns] == [[1], [1], [Fraction(1, 2)]]


WRITE = "write an integer, a decimal such as 0.1, or a fraction such as 1/3"


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        (
            {"count": 1},
            (
                "cases[0].given: error[NNC505] missing-value: input `a` has no value and no default "
                "| add a value for `a`"
            ),
        ),
        (
            {"a": 1, "cuont": 1},
            (
                "cases[0].given.cuont: error[NNC505] missing-value: `cuont` is not an input, and input "
                "`count` has no value | did you mean `count`?"
            ),
        ),
        (
            {"a": 1, "count": 1, "levle": 3},
            (
                "cases[0].given.levle: error[NNC515] column-not-input: `levle` is not an input, and input "
                "`level` would take its default | did you mean `level`? If not, remove the value"
            ),
        ),
        (
            {"a": 1, "count": 1, "other": 3},
            (
                "cases[0].given.other: error[NNC515] column-not-input: `other` is not an input "
                "| the inputs are a, count, level"
            ),
        ),
        (
            {"a": 1, "count": Quoted("1")},
            (
                'cases[0].given.count: error[NNC208] quoted-number: input `count`: "1" is text, not a '
                "number | remove the quotes: 1"
            ),
        ),
        (
            {"a": 1, "count": "010"},
            (
                "cases[0].given.count: error[NNC203] leading-zero: input `count`: `010` has a leading "
                "zero | write 10"
            ),
        ),
        (
            {"a": 2, "count": 1},
            "cases[0].given.a: error[NNC504] bad-value: input `a`: 2 is not 0 or 1 | write 0 or 1",
        ),
        (
            {"a": "true", "count": 1},
            (
                "cases[0].given.a: error[NNC207] boolean-as-number: input `a`: `true` is not a number "
                "| write 1"
            ),
        ),
        (
            {"a": 1, "count": True},
            (
                "cases[0].given.count: error[NNC207] boolean-as-number: input `count`: `True` is not a "
                "number | write 1"
            ),
        ),
        (
            {"a": 1, "count": float("nan")},
            (
                "cases[0].given.count: error[NNC202] not-finite: input `count`: `nan` is not a finite "
                "number | give a finite number"
            ),
        ),
        (
            {"a": 1, "count": 0.5},
            (
                "cases[0].given.count: error[NNC504] bad-value: input `count`: 0.5 is not an integer "
                f"| write an integer of at most 1{'0' * 30}{REAL_INSTEAD}"
            ),
        ),
        (
            {"a": 1, "count": None},
            (
                "cases[0].given.count: error[NNC104] wrong-type: input `count`: expected a number, "
                f"found nothing | {WRITE}"
            ),
        ),
        (
            {"a": 1, "count": [1]},
            (
                "cases[0].given.count: error[NNC104] wrong-type: input `count`: expected a number, "
                f"found a list | {WRITE}"
            ),
        ),
    ],
)
def test_every_mistake_has_its_path_and_fix(values, expected):
    with pytest.raises(InvalidRowsError) as caught:
        row_from_values(values, INPUTS, where=("cases", 0, "given"))
    [one] = caught.value.diagnostics
    assert f"{one} | {one.help}" == expected


def test_all_mistakes_are_raised_together():
    with pytest.raises(InvalidRowsError) as caught:
        row_from_values({"a": 2, "x": 1}, INPUTS)
    assert [one.rule for one in caught.value.diagnostics] == [
        "column-not-input",
        "missing-value",
        "bad-value",
    ]


def test_some_values_only():
    assert values_from({"count": "3"}, INPUTS, complete=False) == {"count": 3}
    batch = row_from_values({"level": 1, "a": 0}, INPUTS, complete=False)
    assert [column.values() for column in batch.columns] == [[0], [1]]
    with pytest.raises(InvalidRowsError, match="`cuont` is not an input"):
        values_from({"cuont": "3"}, INPUTS, complete=False)


# ------------------------------------------------------------------ buses, choices, states

BUSES = {
    "a": Input(type="bit", size=4),
    "v": Input(type="integer", size=2, min=0, max=9, default=[3, 4]),
    "c": Input(type="choice", of=["alert", "voice"], default="alert"),
    "s": Input(type="bit", states=[-1, 1], default=-1),
}


@pytest.mark.parametrize(
    ("given_", "expected"),
    [
        ({"a": "10"}, {"a": 10, "v": (3, 4), "c": "alert", "s": -1}),
        ({"a": 10, "v": ["1", "2.0"]}, {"a": 10, "v": (1, 2), "c": "alert", "s": -1}),
        ({"a": ["0", "1", 0, True]}, {"a": (0, 1, 0, 1), "v": (3, 4), "c": "alert", "s": -1}),
        (
            {"a(3)": "1", "a(1)": "1", "a(0)": 0, "a(2)": "0", "v(0)": "5", "v(1)": "6"},
            {"a": (0, 1, 0, 1), "v": (5, 6), "c": "alert", "s": -1},
        ),
        (
            {"a": "1e1", "c": Quoted("voice"), "s": "1.0"},
            {"a": 10, "v": (3, 4), "c": "voice", "s": 1},
        ),
    ],
)
def test_buses_choices_and_states(given_, expected):
    assert values_from(given_, BUSES) == expected
    batch = row_from_values(given_, BUSES)
    a = 10
    v = expected["v"]
    assert seen([batch], BUSES) == [(a, *v, expected["c"], expected["s"])]


@pytest.mark.parametrize("width", [1, 2, 64, 65])
@pytest.mark.parametrize("states", [(0, 1), (-1, 1), (Fraction(1, 3), 5)])
def test_a_bus_is_the_same_with_and_without_its_array(width, states):
    on = [i % 3 == 0 for i in range(width)]
    inputs = {
        "a": Input(type="bit", size=width),
        "s": Input(type="bit", size=width, states=states),
        "r": Input(type="real", size=width),
    }
    reals = [Fraction(i, 1 + i % 7) for i in range(width)]
    number = sum(1 << i for i in range(width) if on[i])
    given_ = {"a": number, "s": [states[bit] for bit in on], "r": reals}
    batch = row_from_values(given_, inputs)
    for column, wanted in zip(batch.columns, (on, on, reals), strict=True):
        elements = [*column.elements()]
        assert len(column) == 1
        assert [element.value(0) for element in elements] == wanted  # before there is an array
        assert column.numerators.shape == (1, width)
        for i, element in enumerate(elements):
            assert element.numerators.dtype == column.numerators.dtype
            assert element.numerators.tolist() == column.numerators[:, i].tolist()
            assert element.denominator == column.denominator
            exact = [Fraction(int(n), column.denominator) for n in element.numerators]
            assert exact == [wanted[i]]


def test_some_buses_only():
    assert values_from({"v(1)": 1, "v(0)": 2}, BUSES, complete=False) == {"v": (2, 1)}
    assert values_from({"c": "voice"}, BUSES, complete=False) == {"c": "voice"}


LIST = "a list of 4 values, element 0 first"


@pytest.mark.parametrize(
    ("given_", "expected"),
    [
        ({"a": "16"}, "a: error[NNC504] bad-value: input `a`: 16 is above 15, the largest value of 4 bits | write an integer from 0 to 15"),
        ({"a": "-1"}, "a: error[NNC504] bad-value: input `a`: -1 is below 0 | write an integer from 0 to 15"),
        ({"a": "true"}, "a: error[NNC207] boolean-as-number: input `a`: `true` is not a number | write an integer from 0 to 15"),
        ({"a": "010"}, "a: error[NNC203] leading-zero: input `a`: `010` has a leading zero | write 10"),
        ({"a": Quoted("10")}, 'a: error[NNC208] quoted-number: input `a`: "10" is text, not a number | remove the quotes: 10'),
        ({"a": {}}, f"a: error[NNC104] wrong-type: input `a`: expected a number, found a mapping | write an integer from 0 to 15, or {LIST}"),
        ({"a": ["1", "0"]}, "a: error[NNC504] bad-value: input `a`: the list has 2 values, the bus 4 elements | give one value for each element, element 0 first"),
        ({"a": ["1", "0", "2", "1"]}, "a[2]: error[NNC504] bad-value: input `a(2)`: 2 is not 0 or 1 | write 0 or 1"),
        ({"a": 1, "v": "5"}, "v: error[NNC104] wrong-type: input `v`: expected a list of 2 values, found `5` | write a list of 2 values, element 0 first"),
        ({"a": 1, "v": ["5", "10"]}, "v[1]: error[NNC504] bad-value: input `v(1)`: 10 is above max 9 | write an integer from 0 to 9"),
        ({"a": 1, "c": "vioce"}, "c: error[NNC504] bad-value: input `c`: `vioce` is not a value of the choice | did you mean `voice`?"),
        ({"a": 1, "c": ["voice"]}, "c: error[NNC104] wrong-type: input `c`: expected a text, found a list | write `alert` or `voice`"),
        ({"a": 1, "s": "0"}, "s: error[NNC504] bad-value: input `s`: 0 is not -1 or 1 | write -1 or 1"),
        ({"a": 1, "a(0)": 1}, "a(0): error[NNC503] duplicate-column: `a` is given whole and by element | keep the value `a`, or those of its elements"),
        ({"a(0)": 1, "a(1)": 1, "a(2)": 1}, "a(0): error[NNC505] missing-value: input `a` has no value for `a(3)` | add it, or one value `a` for all"),
        ({"a(0)": 1, "a(1)": 2, "a(2)": 1, "a(3)": 0}, "a(1): error[NNC504] bad-value: input `a(1)`: 2 is not 0 or 1 | write 0 or 1"),
        ({"a": 1, "v(0)": 1}, "v(0): error[NNC505] missing-value: input `v` has no value for `v(1)` | add it; the default of `v` counts only where all are left out"),
        ({"a": 1, "v(2)": 1}, "v(2): error[NNC515] column-not-input: `v(2)` is not an input, and input `v` would take its default | `v` has the elements v(0) to v(1)"),
        ({"a": 1, "c.voice": 1}, "c.voice: error[NNC515] column-not-input: `c.voice` is not an input, and input `c` would take its default | `c` is a choice: give `c` the value `voice`"),
        ({"a": 1, "s(0)": 1}, "s(0): error[NNC515] column-not-input: `s(0)` is not an input, and input `s` would take its default | write `s`; it has no elements"),
    ],
)  # fmt: skip
def test_every_mistake_in_a_bus_has_its_path_and_fix(given_, expected):
    with pytest.raises(InvalidRowsError) as caught:
        row_from_values(given_, BUSES)
    [one] = caught.value.diagnostics
    assert f"{one} | {one.help}" == expected


def test_a_word_for_a_bit_is_told_its_state():
    inputs = {"a": Input(type="bit", states=(1, 0)), "b": Input(type="bit", states=(2, 5))}
    with pytest.raises(InvalidRowsError) as caught:
        row_from_values({"a": "true", "b": "no"}, inputs)
    assert [each.help for each in caught.value.diagnostics] == ["write 0", "write 2"]
