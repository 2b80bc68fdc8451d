"""Weights and steps, by their reader."""

from fractions import Fraction
from typing import Any

import pytest

from nnc.language.mistakes import Mistaken
from nnc.language.network.neurons import read_weights
from nnc.numbers.exact import Refused


def test_weights_in_every_form() -> None:
    half = Fraction(1, 2)
    assert read_weights({"a": "0.5", "b": ["1", "1/2"], "c": {"2": "0.5"}}) == {
        "a": half, "b": (1, half), "c": {2: half}}  # fmt: skip
    assert read_weights(["1", "0.5"]) == (1, half)
    assert read_weights("0.5") == half
    assert read_weights({}) == {}


@pytest.mark.parametrize(
    ("weights", "places"),
    [
        ({"a": "x", "b": "y", "c": "1"}, [("a",), ("b",)]),
        ({"a": ["1", "x"], "b": {"2": "x", "1": "1"}}, [("a", 1), ("b", "2"), ("b", "1")]),
        (["1", "x", "y"], [(1,), (2,)]),
        ({"a b": "1", "a": "z"}, [("a b",), ("a",)]),
    ],
)
def test_each_wrong_weight_is_told_at_its_place(weights: Any, places: list[Any]) -> None:
    with pytest.raises(Mistaken) as error:
        read_weights(weights)
    assert [mistake.path for mistake in error.value.mistakes] == places


@pytest.mark.parametrize("value", ["null", "~", None])
def test_null_is_no_weight(value: object) -> None:
    with pytest.raises(Refused):
        read_weights(value)
