"""One row at a time: what is looked at from inside."""

from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np

from nnc.rows.columns import Batch, Column, Labels
from nnc.run.engines import evaluate_row, input_values
from tests.support.both import bits, plan
from tests.support.networks import plan_of


def test_one_row_looked_at_from_inside() -> None:
    one = plan("n: {weights: {a: 0.5, m: 1}, threshold: 1, fires: at_least}, "
               "m: {wiring: [a, b], thresholds: {x: 0, y: 1}}", "[n]")  # fmt: skip
    values, totals = evaluate_row(one, (0, 1, 1, 0))
    assert {one.name_of(s): value for s, value in enumerate(values)} == {
        "0": 0, "1": 1, "a": 1, "b": 0, "n": 1, "m.x": 1, "m.y": 0}  # fmt: skip
    assert [step.name for step in one.steps] == ["m", "n"]
    assert {one.name_of(signal): total for signal, total in totals.items()} == {"m.x": 1, "n": 3}


def test_layers_and_states_looked_at_from_inside(tmp_path: Path) -> None:
    """Bits are 0 and 1 whatever their states; the sums of a layer are of the states."""
    one = plan_of(tmp_path, """\
states: [-1, 1]
fires: at_least
inputs: {a: bit(2), r: real}
neurons: {n: {weights: {h: [1, 2], a: 3}, threshold: 0}}
layers: {h: {wiring: [a, r], weights: [[1, 0, 0.5], [0, 1, 2]], thresholds: [0, 1/2]}}
outputs: [n]
""")  # fmt: skip
    values, totals = evaluate_row(one, (0, 1, 1, 0, Fraction(1, 3)))
    named = {one.name_of(s): value for s, value in enumerate(values)}
    assert named == {"0": 0, "1": 1, "a(0)": 1, "a(1)": 0, "r": Fraction(1, 3), "h(0)": 1,
                     "h(1)": 0,
                     "n": 0}  # fmt: skip
    found = {one.name_of(signal): total for signal, total in totals.items()}
    assert found["h(0)"] == Fraction(7, 6)
    assert found["h(1)"] == Fraction(-1, 3)
    (step,) = one.steps
    assert Fraction(found["n"] + step.offset, step.scale) == 1 - 2 + 3 - 3


def test_the_inputs_row_by_row() -> None:
    one = plan("n: {wiring: a, threshold: 0}", "[n]",
               "{a: bit, r: real, v: bit(2), c: {type: choice, of: [x, y]}}")  # fmt: skip
    columns: tuple[Column | Labels, ...] = (
        bits(0, 1), Column(np.array([5, 7]), 10), Column(np.array([[1, 0], [0, 1]], np.uint8)),
        Labels(np.array([1, 0]), ("x", "y")))  # fmt: skip
    rows: list[Any] = list(input_values(one, Batch(columns, 2)))
    assert rows == [(0, 1, 0, Fraction(1, 2), 1, 0, 0, 1), (0, 1, 1, Fraction(7, 10), 0, 1, 1, 0)]
    constant = plan("n: {weights: {}, threshold: 0}", "[n]", "[]")
    assert list(input_values(constant, Batch((), 2))) == [(0, 1), (0, 1)]
