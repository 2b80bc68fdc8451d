"""Names, sources, weights and steps, each by its reader."""

from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from nnc.exact import Quoted, Refused
from nnc.values import (
    Source,
    check_name,
    parse_source,
    read_labels,
    read_source,
    read_thresholds,
    read_weights,
    read_wiring,
)


@pytest.mark.parametrize("name", ["a", "_", "on", "null", "비", "é", "x" * 200, "名前", "ª"])
def test_names(name: str) -> None:
    assert check_name(name) == name
    assert type(check_name(Quoted(name))) is str


@pytest.mark.parametrize(
    ("name", "rule", "fix"),
    [
        ("my-neuron", "bad-name", "write `my_neuron`"), ("two words", "bad-name", "`two_words`"),
        ("3a", "bad-name", "`_3a`"), ("", "bad-name", "a1"), ("a.b", "bad-name", "`a_b`"),
        ("€", "bad-name", "a1"), ("a" * 201, "bad-name", "shorter"),
        ("e\u0301", "name-not-nfc", "NFC"), (None, "wrong-type", ""), (["a"], "wrong-type", ""),
    ],
)  # fmt: skip
def test_no_names(name: object, rule: str, fix: str) -> None:
    with pytest.raises(Refused) as refusal:
        check_name(name)
    assert refusal.value.rule == rule
    assert fix in refusal.value.help


@given(st.text(max_size=8))
def test_a_name_is_a_normal_identifier(text: str) -> None:
    import unicodedata

    try:
        check_name(text)
    except Refused:
        assert not (text.isidentifier() and unicodedata.is_normalized("NFC", text))
    else:
        assert text.isidentifier()


def test_sources_are_taken_apart() -> None:
    assert parse_source("a") == Source("a")
    assert parse_source("1") == Source("1")
    assert parse_source("score.spam") == Source("score", port="spam")
    assert parse_source("비.é") == Source("비", port="é")


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("a(3)", "not-yet-supported"), ("adder(5).cout", "not-yet-supported"),
        ("a[3]", "square-bracket-index"), ("a[0:4]", "square-bracket-index"),
        ("2", "bad-source"), ("-a", "bad-source"), ("a.b.c", "bad-source"), ("a.", "bad-source"),
        (".a", "bad-source"), ("a b", "bad-source"), ("", "bad-source"), ("a+b", "bad-source"),
        ("1.0", "bad-source"), ("e\u0301", "name-not-nfc"), ("a.e\u0301", "name-not-nfc"),
        ("a(", "bad-source"), ("a()b", "bad-source"),
    ],
)  # fmt: skip
def test_no_sources(text: str, rule: str) -> None:
    with pytest.raises(Refused) as refusal:
        parse_source(text)
    assert refusal.value.rule == rule


def test_constants_in_python() -> None:
    assert read_source(1) == "1"
    assert read_source(0) == "0"
    for wrong in (True, 2, None, 1.0):
        with pytest.raises(Refused):
            read_source(wrong)


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
    with pytest.raises(ValidationError) as error:
        read_weights(weights)
    assert [one["loc"] for one in error.value.errors()] == places


@pytest.mark.parametrize("value", ["null", "~", None])
def test_null_is_no_weight(value: object) -> None:
    with pytest.raises(Refused):
        read_weights(value)


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
    with pytest.raises(ValidationError):
        read_labels(["a", "b", "a"])
    with pytest.raises(Refused):
        read_thresholds([1, 2])
