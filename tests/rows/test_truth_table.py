"""The truth table: every row, in order, and when there is none."""

# ruff: noqa: E501

from fractions import Fraction
from itertools import product

import pytest

from nnc.diagnostics import InvalidRowsError
from nnc.network import Input
from nnc.rows.truth_table import truth_table

BIT, REAL = Input(type="bit"), Input(type="real")


def rows(*args, **options) -> list[tuple[Fraction, ...]]:
    return [
        row
        for batch in truth_table(*args, **options)
        for row in zip(*(column.values() for column in batch.columns), strict=True)
    ]


@pytest.mark.parametrize("size", [1, 3, 8, 100])
def test_the_first_input_is_slowest(size):
    inputs = dict.fromkeys("abc", BIT)
    assert rows(inputs, size) == list(product([0, 1], repeat=3))


def test_some_inputs_held_constant():
    inputs = {"a": BIT, "x": REAL, "b": BIT}
    fixed = {"x": Fraction(1, 3), "a": 1}
    assert rows(inputs, fixed=fixed) == [(1, Fraction(1, 3), 0), (1, Fraction(1, 3), 1)]


def test_no_inputs_have_one_row():
    [batch] = truth_table({})
    assert (batch.count, batch.columns) == (1, ())


def test_batches_come_one_at_a_time():
    first = next(truth_table({f"b{i}": BIT for i in range(30)}, 1024))
    assert first.count == 1024


@pytest.mark.parametrize(
    ("inputs", "expected"),
    [
        (
            {"a": BIT, "x": REAL, "n": Input(type="integer")},
            [
                (
                    "error[NNC512] no-truth-table: input `x` is a real, so there is no truth table "
                    "| hold it constant: --set x=…"
                ),
                (
                    "error[NNC512] no-truth-table: input `n` is an integer, so there is no truth table "
                    "| hold it constant: --set n=…"
                ),
            ],
        ),
        (
            {f"b{i}": BIT for i in range(31)},
            [
                (
                    "error[NNC512] no-truth-table: 31 bits have 2^31 rows; at most 30 are allowed "
                    "| hold some constant with --set, or give rows"
                )
            ],
        ),
    ],
)
def test_where_there_is_none(inputs, expected):
    with pytest.raises(InvalidRowsError) as caught:
        truth_table(inputs)
    assert [f"{one} | {one.help}" for one in caught.value.diagnostics] == expected
