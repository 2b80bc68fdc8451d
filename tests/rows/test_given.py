"""One row from texts and Python numbers."""

# ruff: noqa: E501

from decimal import Decimal
from fractions import Fraction

import numpy as np
import pytest

from nnc.diagnostics import InvalidRowsError
from nnc.exact import Quoted
from nnc.network import Input
from nnc.rows import row_from_values
from nnc.rows.given import values_from

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
                "cases[0].given.cuont: error[NNC505] missing-value: `cuont` is no input, and input "
                "`count` has no value | did you mean `count`?"
            ),
        ),
        (
            {"a": 1, "count": 1, "levle": 3},
            (
                "cases[0].given.levle: error[NNC515] column-not-input: `levle` is no input, and input "
                "`level` would take its default | did you mean `level`? If not, remove the value"
            ),
        ),
        (
            {"a": 1, "count": 1, "other": 3},
            (
                "cases[0].given.other: error[NNC515] column-not-input: `other` is no input "
                "| the inputs are a, count, level"
            ),
        ),
        (
            {"a": 1, "count": Quoted("1")},
            (
                'cases[0].given.count: error[NNC208] quoted-number: input `count`: "1" is text, not a '
                "number | leave the quotes out: 1"
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
                "cases[0].given.a: error[NNC207] boolean-as-number: input `a`: `true` is no number "
                "| write 1"
            ),
        ),
        (
            {"a": 1, "count": True},
            (
                "cases[0].given.count: error[NNC207] boolean-as-number: input `count`: `True` is no "
                "number | write 1"
            ),
        ),
        (
            {"a": 1, "count": float("nan")},
            (
                "cases[0].given.count: error[NNC202] not-finite: input `count`: `nan` is no finite "
                "number | give a finite number"
            ),
        ),
        (
            {"a": 1, "count": 0.5},
            (
                "cases[0].given.count: error[NNC504] bad-value: input `count`: 0.5 is not an integer "
                f"| write an integer of at most 1{'0' * 30}"
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
    with pytest.raises(InvalidRowsError, match="`cuont` is no input"):
        values_from({"cuont": "3"}, INPUTS, complete=False)
