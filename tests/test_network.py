"""A network built in Python: the short forms of a file, and its messages, without lines."""

from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from pydantic import ValidationError

import nnc
from nnc.network import Case, Input, Network, Neuron, Output

AND = {"weights": {"a": 1, "b": 1}, "threshold": 1}


def network(**more: Any) -> Network:
    return Network(**({"inputs": ["a", "b"], "neurons": {"n": AND}, "outputs": ["n"]} | more))


def refused(**more: Any) -> list[tuple[str, tuple[str | int, ...]]]:
    """Give the rule and the path of every mistake."""
    with pytest.raises(ValidationError) as error:
        network(**more)
    return [(one["type"], one["loc"]) for one in error.value.errors()]


def test_short_forms_are_written_out() -> None:
    one = network(inputs={"a": "bit", "b": "real", "c": {"type": "integer", "min": -1}},
                  outputs={"x": "n", "y": ["n", "1"], "z": {"sum": "n"}})  # fmt: skip
    assert one.inputs["b"] == Input(type="real")
    assert one.inputs["c"].min == -1
    assert one.outputs["x"].sources == ("n",)
    assert not one.outputs["x"].is_bus
    assert one.outputs["y"].sources == ("n", "1")
    assert one.outputs["y"].is_bus
    assert one.outputs["z"].sum == "n"
    assert list(network().inputs.values()) == [Input(type="bit")] * 2
    assert list(network().outputs) == ["n"]


@pytest.mark.parametrize("number", [0.5, "0.5", "1/2", Decimal("0.5"), Fraction(1, 2)])
def test_numbers_in_every_form(number: Any) -> None:
    neuron = Neuron(weights={"a": number, "b": [number], "c": {number: number}}, threshold=number)
    half = Fraction(1, 2)
    assert neuron == Neuron(weights={"a": half, "b": (half,), "c": {half: half}}, threshold=half)


def test_defaults() -> None:
    one = network()
    assert one.nnc == 1
    assert one.fires is None
    assert one.fires_of(one.neurons["n"]) == "above"
    assert network(fires="below").fires_of(Neuron(**AND)) == "below"
    assert one.fires_of(Neuron(**AND, fires="at_most")) == "at_most"
    assert one.cases == ()
    assert Network(inputs=[], outputs={"one": 1}).neurons == {}


def test_a_network_is_frozen_and_equal_to_its_like() -> None:
    one = network()
    with pytest.raises(ValidationError):
        one.name = "x"  # type: ignore[misc]
    assert one == network()
    assert one != network(fires="below")


@pytest.mark.parametrize(
    ("more", "rule", "path"),
    [
        ({"nnc": 2}, "literal_error", ("nnc",)),
        ({"inputs": {"a": "bits"}}, "unknown-value", ("inputs", "a")),
        ({"inputs": {"a": {"type": "bit", "min": 0}}}, "bounds-on-bit", ("inputs", "a", "min")),
        ({"inputs": {"a": {"type": "real", "min": 2, "max": 1}}}, "bounds-out-of-order",
         ("inputs", "a", "min")),
        ({"inputs": {"a": {"type": "bit", "default": 2}}}, "default-out-of-bounds",
         ("inputs", "a", "default")),
        ({"inputs": {"a": {"type": "integer", "default": "0.5"}}}, "default-out-of-bounds",
         ("inputs", "a", "default")),
        ({"inputs": {"a": {"type": "real", "max": 1, "default": 2}}}, "default-out-of-bounds",
         ("inputs", "a", "default")),
        ({"inputs": {"a": {"type": "real", "max": 0.1}}}, "inexact-float", ("inputs", "a", "max")),
        ({"inputs": {"a": {}}}, "missing", ("inputs", "a", "type")),
        ({"inputs": {"a": "bit(8)"}}, "not-yet-supported", ("inputs", "a")),
        ({"inputs": ["a", "a"]}, "duplicate-name", ("inputs", 1)),
        ({"inputs": ["a-b"]}, "bad-name", ("inputs", 0)),
        ({"inputs": ["1a"]}, "bad-name", ("inputs", 0)),
        ({"inputs": [""]}, "bad-name", ("inputs", 0)),
        ({"inputs": ["a" * 201]}, "bad-name", ("inputs", 0)),
        ({"inputs": ["e\u0301"]}, "name-not-nfc", ("inputs", 0)),
        ({"inputs": [3]}, "wrong-type", ("inputs", 0)),
        ({"inputs": 3}, "dict_type", ("inputs",)),
        ({"fires": "all"}, "unknown-value", ("fires",)),
        ({"neurons": {"n": AND | {"threshold": 0.1}}}, "inexact-float",
         ("neurons", "n", "threshold")),
        ({"neurons": {"n": AND | {"threshold": True}}}, "boolean-as-number",
         ("neurons", "n", "threshold")),
        ({"neurons": {"n": AND | {"weights": {"a": {}}}}}, "wrong-type",
         ("neurons", "n", "weights", "a")),
        ({"neurons": {"n": AND | {"weights": {"a": {2: 1, 1: 1}}}}}, "cutoffs-not-ascending",
         ("neurons", "n", "weights", "a", "1")),
        ({"neurons": {"n": AND | {"weights": {"a": {"65": 1, "65.0": 1}}}}},
         "cutoffs-not-ascending", ("neurons", "n", "weights", "a", "65.0")),
        ({"neurons": {"n": AND | {"weights": {"a.b.c": 1}}}}, "bad-source",
         ("neurons", "n", "weights", "a.b.c")),
        ({"neurons": {"n": AND | {"weights": {"a[1]": 1}}}}, "square-bracket-index",
         ("neurons", "n", "weights", "a[1]")),
        ({"neurons": {"n": AND | {"weights": {"a(1)": 1}}}}, "not-yet-supported",
         ("neurons", "n", "weights", "a(1)")),
        ({"neurons": {"n": AND | {"thresholds": {"t": 1}}}}, "exclusive-keys",
         ("neurons", "n", "thresholds")),
        ({"neurons": {"n": AND | {"wiring": ["a"]}}}, "exclusive-keys", ("neurons", "n", "wiring")),
        ({"neurons": {"n": AND | {"fires": "all"}}}, "exclusive-keys", ("neurons", "n", "weights")),
        ({"neurons": {"n": {"weights": {"a": 1}}}}, "missing-key", ("neurons", "n")),
        ({"neurons": {"n": {"threshold": 1}}}, "missing-key", ("neurons", "n")),
        ({"neurons": {"n": {"weights": [1], "threshold": 1}}}, "missing-key", ("neurons", "n")),
        ({"neurons": {"n": {"wiring": [], "fires": "any"}}}, "wrong-type",
         ("neurons", "n", "wiring")),
        ({"neurons": {"n": {"weights": {}, "thresholds": {}}}}, "wrong-type",
         ("neurons", "n", "thresholds")),
        ({"neurons": {"n": {"weights": {}, "thresholds": {"2b": 1}}}}, "bad-name",
         ("neurons", "n", "thresholds", "2b")),
        ({"outputs": []}, "wrong-type", ("outputs",)),
        ({"outputs": {}}, "wrong-type", ("outputs",)),
        ({"outputs": {"x": []}}, "wrong-type", ("outputs", "x")),
        ({"outputs": {"x": {}}}, "missing-key", ("outputs", "x")),
        ({"outputs": {"x": {"sum": "n", "level": "n"}}}, "exclusive-keys",
         ("outputs", "x", "level")),
        ({"outputs": {"x": {"sum": "n", "labels": ["a", "b"]}}}, "exclusive-keys",
         ("outputs", "x", "labels")),
        ({"outputs": {"x": {"level": "n", "labels": ["a", "a"]}}}, "labels-not-distinct",
         ("outputs", "x", "labels", 1)),
        ({"outputs": {"x": {"largest": "n"}}}, "extra_forbidden", ("outputs", "x", "largest")),
        ({"outputs": {"x": {"sources": ["n"]}}}, "unknown-key", ("outputs", "x", "sources")),
        ({"outputs": {"x": 2}}, "wrong-type", ("outputs", "x")),
        ({"cases": [{"given": {}}]}, "missing-key", ("cases", 0)),
        ({"cases": [{"file": "x.csv", "given": {}}]}, "exclusive-keys", ("cases", 0, "given")),
        ({"layers": {}}, "extra_forbidden", ("layers",)),
        ({"nam": "x"}, "extra_forbidden", ("nam",)),
    ],
    ids=str,
)  # fmt: skip
def test_refused(more: dict[str, Any], rule: str, path: tuple[str | int, ...]) -> None:
    assert (rule, path) in refused(**more)


def test_all_mistakes_are_told_together() -> None:
    found = refused(
        inputs={"a": "bits", "b": {"type": "real", "min": "x", "max": "y"}},
        neurons={"n": {"weights": {"a": "1,5", "b": [1, "0x1"]}, "threshold": "yes"}},
        outputs={"x": {"level": "n", "labels": 3}, "2": "n"},
    )
    assert len(found) == 8


@pytest.mark.parametrize(
    ("one", "value", "why"),
    [
        (Input(type="bit"), 2, "2 is not 0 or 1"),
        (Input(type="integer"), Fraction(1, 2), "0.5 is not an integer"),
        (Input(type="real", min="0.1"), 0, "0 is below min 0.1"),
        (Input(type="integer", max=7), 8, "8 is above max 7"),
        (Input(type="integer", min=1, max=7), 7, None),
        (Input(type="bit"), 1, None),
    ],
)
def test_values_of_an_input(one: Input, value: Any, why: str | None) -> None:
    assert one.refuses(value) == why


def test_the_public_classes() -> None:
    assert nnc.Network is Network
    assert nnc.Case is Case
    assert nnc.Output is Output
    assert Output(sum="n").is_bus is False
