"""The truth table: every row, in order, and when there is none."""

# ruff: noqa: E501

from fractions import Fraction
from itertools import product

import pytest

from nnc.diagnostics.diagnostic import InvalidRowsError
from nnc.language.network import Input
from nnc.rows.inputs.truth_table import row_count, truth_table
from tests.support.reading import seen

BIT, REAL = Input(type="bit"), Input(type="real")
BUS, SPIN = Input(type="bit", size=2), Input(type="bit", states=[-1, 1])
CHOICE = Input(type="choice", of=["low", "mid", "high"])


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


@pytest.mark.parametrize("size", [1, 5, 100])
def test_a_bus_counts_as_its_integer_and_a_choice_follows_of(size):
    inputs = {"c": CHOICE, "s": SPIN, "a": BUS}
    found = seen(list(truth_table(inputs, size)), inputs)
    assert found == list(product(["low", "mid", "high"], [-1, 1], range(4)))
    assert row_count(inputs, ()) == len(found) == 24


def test_whole_inputs_of_every_kind_held_constant():
    inputs = {
        "a": BUS, "v": Input(type="integer", size=2), "c": CHOICE, "s": SPIN, "b": BUS, "x": BIT,
    }  # fmt: skip
    fixed = {"a": 2, "v": (7, -1), "c": "mid", "s": -1, "b": (0, 1)}
    assert seen(list(truth_table(inputs, fixed=fixed)), inputs) == [
        (2, 7, -1, "mid", -1, 2, 0), (2, 7, -1, "mid", -1, 2, 1),
    ]  # fmt: skip
    assert row_count(inputs, fixed) == 2


def test_a_wide_bus_held_constant_costs_nothing():
    inputs = {"a": Input(type="bit", size=1_000_000), "b": Input(type="bit", size=8)}
    [batch] = truth_table(inputs, fixed={"a": 5})
    assert batch.count == 256
    column = batch.columns[0]
    assert column.numerators.shape == (256, 1_000_000)
    assert column.numerators[255, :4].tolist() == [1, 0, 1, 0]


def test_one_row_alone():
    inputs = {"c": CHOICE, "s": SPIN, "a": BUS, "x": REAL}
    fixed = {"x": Fraction(1, 3)}
    whole = seen(list(truth_table(inputs, fixed=fixed)), inputs)
    for number, row in enumerate(whole):
        [batch] = truth_table(inputs, fixed=fixed, only=number)
        assert batch.count == 1
        assert seen([batch], inputs) == [row]
    assert list(truth_table(inputs, fixed=fixed, only=len(whole))) == []
    wide = {f"b{i}": BIT for i in range(30)}
    assert rows(wide, only=2**30 - 1) == [(1,) * 30]
    assert rows(wide, only=2**29) == [(1, *(0,) * 29)]


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
            {
                "v": Input(type="integer", size=2),
                "w": Input(type="real", size=2),
                "c": CHOICE,
            },
            [
                (
                    "error[NNC512] no-truth-table: input `v` is a bus of integers, so there is no "
                    "truth table | hold it constant: --set v=…"
                ),
                (
                    "error[NNC512] no-truth-table: input `w` is a bus of reals, so there is no "
                    "truth table | hold it constant: --set w=…"
                ),
            ],
        ),
        (
            {"a": Input(type="bit", size=10_000_000), "b": BIT},
            [
                (
                    "error[NNC512] no-truth-table: 10,000,001 bits have 2^10000001 rows; at most 2^30 "
                    "are allowed | hold some constant with --set, or give rows"
                )
            ],
        ),
        (
            {"a": Input(type="bit", size=30), "c": CHOICE},
            [
                (
                    "error[NNC512] no-truth-table: the inputs have at least 2^31 rows; at most 2^30 "
                    "are allowed | hold some constant with --set, or give rows"
                )
            ],
        ),
        (
            {f"b{i}": BIT for i in range(31)},
            [
                (
                    "error[NNC512] no-truth-table: 31 bits have 2^31 rows; at most 2^30 are allowed "
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
