"""Values as a row has them, and as they are printed."""

from fractions import Fraction
from pathlib import Path

import pytest

from nnc.run.trace import PlainValue, given_inputs, show_value
from nnc.run.trace.values import signed, size
from tests.support.traced import ROW, inputs_of, whole_plan


def test_the_inputs_as_they_were_given(tmp_path: Path) -> None:
    plan = whole_plan(tmp_path)
    assert given_inputs(plan, inputs_of(plan, ROW)) == {
        "a": 13, "s": [-1, 1], "c": "green", "r": [Fraction(1, 10), 3]}  # fmt: skip


@pytest.mark.parametrize(
    ("value", "text"),
    [(3, "3"), (Fraction(1, 3), "1/3"), ("red", "red"), ([1, Fraction(1, 2)], "[1,0.5]"),
     ([0] * 40, f"[{','.join(['0'] * 32)},…]")],
)  # fmt: skip
def test_a_value_in_a_text(value: PlainValue, text: str) -> None:
    assert show_value(value) == text


def test_signs() -> None:
    assert [signed(number) for number in (1, 0, -1, Fraction(-1, 2))] == ["+1", "+0", "-1", "-0.5"]
    assert [size(number) for number in (1, -1, Fraction(-1, 2))] == [1, 1, Fraction(1, 2)]
