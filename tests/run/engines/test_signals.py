"""A column for each element of each input: buses taken apart, choices as bits."""

from fractions import Fraction

import numpy as np

from nnc.language.network import Input
from nnc.rows.columns import Column, Labels
from nnc.run.engines.signals import element_columns


def test_elements_of_every_kind_of_input() -> None:
    inputs = {
        "a": Input(type="bit"), "v": Input(type="real", size=2), "one": Input(type="bit", size=1),
        "c": Input(type="choice", of=["x", "y", "z"]), "i": Input(type="integer"),
    }  # fmt: skip
    columns = [
        Column(np.array([0, 1], np.uint8)), Column(np.array([[1, 2], [3, 10]]), 10),
        Column(np.array([[1], [0]], np.uint8)), Labels(np.array([2, 0]), ("x", "y", "z")),
        Column(np.array([7, -1])),
    ]  # fmt: skip
    found = element_columns(inputs, columns)
    assert [one.values() for one in found] == [
        [0, 1], [Fraction(1, 10), Fraction(3, 10)], [Fraction(1, 5), 1], [1, 0],
        [0, 1], [0, 0], [1, 0], [7, -1]]  # fmt: skip
    assert all(one.numerators.ndim == 1 for one in found)
    assert found[4].numerators.dtype == np.uint8


def test_no_rows_and_no_inputs() -> None:
    assert element_columns({}, []) == []
    inputs = {"v": Input(type="bit", size=2), "c": Input(type="choice", of=["x", "y"])}
    empty = [Column(np.zeros((0, 2), np.uint8)), Labels(np.zeros(0, int), ("x", "y"))]
    assert [one.values() for one in element_columns(inputs, empty)] == [[]] * 4
