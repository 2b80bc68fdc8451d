"""Columns: numbers over a denominator, each with its exact value."""

from fractions import Fraction
from typing import Any

import numpy as np
import pytest

from nnc.columns import Batch, Column, Labels


@pytest.mark.parametrize(
    ("numerators", "denominator", "values"),
    [
        (np.array([0, 1], np.uint8), 1, [0, 1]),
        (np.array([-3, 2**62], np.int64), 1, [-3, 2**62]),
        (np.array([1, 5, -10], np.int64), 10, [Fraction(1, 10), Fraction(1, 2), -1]),
        (np.array([0.1, -0.5, 2.0]), 1, [Fraction(0.1), Fraction(-1, 2), 2]),
        (np.array([0.5, 3.0]), 3, [Fraction(1, 6), 1]),
        (np.array([10**30, Fraction(1, 3)], object), 1, [10**30, Fraction(1, 3)]),
        (np.array([10**30, Fraction(1, 3)], object), 10, [10**29, Fraction(1, 30)]),
        (np.array([], np.int64), 7, []),
        (np.array([5e-324, 1.7e308]), 1, [Fraction(5e-324), int(1.7e308)]),
    ],
)  # fmt: skip
def test_values_are_exact(numerators: Any, denominator: int, values: list[Any]) -> None:
    column = Column(numerators, denominator)
    assert column.values() == values
    assert [type(value) for value in column.values()] == [type(value) for value in values]
    assert [column.value(row) for row in range(len(column))] == values
    assert len(column) == len(values)


def test_labels() -> None:
    labels = Labels(np.array([2, 0, 2]), ("low", "middle", "high"))
    assert labels.values() == ["high", "low", "high"]
    assert len(labels) == 3


def test_a_batch_may_have_no_columns() -> None:
    batch = Batch((), 3)
    assert (batch.columns, batch.count, batch.extras) == ((), 3, {})
