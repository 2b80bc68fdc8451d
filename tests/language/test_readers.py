"""Thresholds, wiring, sizes and states, each by its reader."""

from fractions import Fraction

import pytest

from nnc.language.mistakes import Mistaken
from nnc.language.readers import (
    read_labels,
    read_ports,
    read_size,
    read_states,
    read_thresholds,
    read_values,
    read_wiring,
)
from nnc.numbers.exact import Quoted, Refused


def test_wiring() -> None:
    assert read_wiring("a") == ("a",)
    assert read_wiring(["a", 1, "n.t", "null"]) == ("a", "1", "n.t", "null")
    assert read_wiring(Quoted("null")) == ("null",)
    for wrong in (None, {}, 3):
        with pytest.raises(Refused):
            read_wiring(wrong)


def test_thresholds_and_labels() -> None:
    assert read_thresholds({"low": "1", "high": "2.5"}) == {"low": 1, "high": Fraction(5, 2)}
    assert read_labels(["null", Quoted("a b"), "1"]) == ("null", "a b", "1")
    with pytest.raises(Mistaken):
        read_labels(["a", "b", "a"])
    with pytest.raises(Refused):
        read_thresholds([1, 2])


def test_ports() -> None:
    assert read_ports({"a": "b(i)", "c": ["d", 1, "e.f"], "g": 0, "비": []}) == {
        "a": ("b(i)",), "c": ("d", "1", "e.f"), "g": ("0",), "비": ()}  # fmt: skip
    assert read_ports({}) == {}
    with pytest.raises(Mistaken) as error:
        read_ports({"a b": "x", "c": ["d", "e f"], "g": 2, "h": True})
    assert [one.path for one in error.value.mistakes] == [("a b",), ("c", 1), ("g",), ("h",)]
    for wrong in (["a"], "a", None):
        with pytest.raises(Refused):
            read_ports(wrong)


@pytest.mark.parametrize("size", [1, "1", 10_000_000, "10000000", "8.0", "1e3", Fraction(4, 2)])
def test_sizes(size: object) -> None:
    assert type(read_size(size)) is int


@pytest.mark.parametrize(
    ("size", "rule"),
    [(0, "bad-size"), ("0", "bad-size"), (-1, "bad-size"), (10_000_001, "bad-size"),
     ("1.5", "bad-size"), ("16/2", "bad-size"), (Quoted("16/2"), "bad-size"),
     ("08", "leading-zero"), (Quoted("8"), "quoted-number"), (True, "boolean-as-number"),
     ("all", "not-a-number"), (None, "wrong-type"), ([8], "wrong-type")],
)  # fmt: skip
def test_no_sizes(size: object, rule: str) -> None:
    with pytest.raises(Refused) as refusal:
        read_size(size)
    assert refusal.value.rule == rule


def test_states() -> None:
    assert read_states(["-1", "1"]) == (-1, 1)
    assert read_states((Fraction(1, 3), "0.5")) == (Fraction(1, 3), Fraction(1, 2))
    for wrong, rule in (
        ([1, "1.0"], "states-equal"), ([1], "wrong-type"), ([1, 2, 3], "wrong-type"),
        ("-1", "wrong-type"), ({"0": 1}, "wrong-type"),
    ):  # fmt: skip
        with pytest.raises(Refused) as refusal:
            read_states(wrong)
        assert refusal.value.rule == rule
    with pytest.raises(Mistaken):
        read_states(["no", "yes"])


def test_the_values_of_a_choice() -> None:
    assert read_values(["alert", Quoted("null"), "비"]) == ("alert", "null", "비")
    with pytest.raises(Mistaken) as error:
        read_values(["a", "b", "a", "1", 2])
    assert [one.rule for one in error.value.mistakes] == [
        "duplicate-name", "bad-name", "wrong-type"]  # fmt: skip
    for wrong in ([], "alert", {"alert": 1}, None):
        with pytest.raises(Refused, match=r"value|list of names"):
            read_values(wrong)
