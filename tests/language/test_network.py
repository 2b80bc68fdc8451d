"""A network built in Python: the short forms of a file, and its messages, without lines."""

import copy
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pydantic import ValidationError

import nnc
from nnc import Case, Input, Layer, Network, Neuron, Output, Part, Sparse, TensorFile

AND = {"weights": {"a": 1, "b": 1}, "threshold": 1}
LAYER = {"wiring": "a", "weights": [[1]], "thresholds": 0}
PART = {"use": "x.nn.yaml", "wiring": {}}


def network(**more: Any) -> Network:
    return Network(**({"inputs": ["a", "b"], "neurons": {"n": AND}, "outputs": ["n"]} | more))


def refused(**more: Any) -> list[tuple[str, tuple[str | int, ...]]]:
    """Give the rule and the path of every mistake."""
    with pytest.raises(nnc.InvalidNetworkError) as error:
        network(**more)
    return [(one.rule, one.path) for one in error.value.diagnostics]


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
    with pytest.raises(ValidationError, match="frozen"):
        one.name = "x"  # type: ignore[misc]
    assert one == network()
    assert one != network(fires="below")


@pytest.mark.parametrize(
    ("more", "rule", "path"),
    [
        ({"nnc": 2}, "wrong-type", ("nnc",)),
        ({"inputs": {"a": "bits"}}, "unknown-value", ("inputs", "a")),
        ({"inputs": {"a": {"type": "bit", "min": 0}}}, "bounds-on-bit", ("inputs", "a", "min")),
        ({"inputs": {"a": {"type": "real", "min": 2, "max": 1}}}, "bounds-out-of-order",
         ("inputs", "a", "min")),
        ({"inputs": {"a": {"type": "integer", "default": "0.5"}}}, "default-out-of-bounds",
         ("inputs", "a", "default")),
        ({"inputs": {"a": {"type": "real", "max": 1, "default": 2}}}, "default-out-of-bounds",
         ("inputs", "a", "default")),
        ({"inputs": {"a": {"type": "real", "max": 0.1}}}, "inexact-float", ("inputs", "a", "max")),
        ({"inputs": {"a": {}}}, "missing-key", ("inputs", "a")),
        ({"inputs": {"a": "bit[8]"}}, "square-bracket-index", ("inputs", "a")),
        ({"inputs": {"a": "bit(0)"}}, "bad-size", ("inputs", "a")),
        ({"inputs": {"a": "bit(n)"}}, "bad-size", ("inputs", "a")),
        ({"inputs": {"a": "bits(8)"}}, "unknown-value", ("inputs", "a")),
        ({"inputs": {"a": {"type": "bit(8)", "size": 8}}}, "exclusive-keys",
         ("inputs", "a", "size")),
        ({"inputs": {"a": {"type": "bit", "size": 10_000_001}}}, "bad-size",
         ("inputs", "a", "size")),
        ({"inputs": {"a": {"type": "real(2)", "default": [1]}}}, "default-out-of-bounds",
         ("inputs", "a", "default")),
        ({"inputs": {"a": {"type": "integer(2)", "max": 3, "default": [1, 4]}}},
         "default-out-of-bounds", ("inputs", "a", "default", 1)),
        ({"inputs": {"a": {"type": "integer", "default": [1]}}}, "default-out-of-bounds",
         ("inputs", "a", "default")),
        ({"inputs": {"a": {"type": "real", "states": [0, 1]}}}, "exclusive-keys",
         ("inputs", "a", "states")),
        ({"inputs": {"a": {"type": "bit", "states": [1, "1.0"]}}}, "states-equal",
         ("inputs", "a", "states")),
        ({"inputs": {"a": {"type": "bit", "of": ["x"]}}}, "exclusive-keys", ("inputs", "a", "of")),
        ({"inputs": {"a": "choice"}}, "missing-key", ("inputs", "a")),
        ({"inputs": {"a": {"type": "choice", "of": []}}}, "wrong-type", ("inputs", "a", "of")),
        ({"inputs": {"a": {"type": "choice", "of": ["x", "x"]}}}, "duplicate-name",
         ("inputs", "a", "of", 1)),
        ({"inputs": {"a": {"type": "choice", "of": ["x"], "size": 2}}}, "exclusive-keys",
         ("inputs", "a", "size")),
        ({"inputs": {"a": {"type": "choice", "of": ["x"], "default": "y"}}},
         "default-out-of-bounds", ("inputs", "a", "default")),
        ({"inputs": {"a": {"type": "choice", "of": ["x"], "default": 0}}}, "wrong-type",
         ("inputs", "a", "default")),
        ({"inputs": ["a", "a"]}, "duplicate-name", ("inputs", 1)),
        ({"inputs": ["a-b"]}, "bad-name", ("inputs", 0)),
        ({"inputs": ["1a"]}, "bad-name", ("inputs", 0)),
        ({"inputs": [""]}, "bad-name", ("inputs", 0)),
        ({"inputs": ["a" * 201]}, "bad-name", ("inputs", 0)),
        ({"inputs": ["e\u0301"]}, "name-not-nfc", ("inputs", 0)),
        ({"inputs": [3]}, "wrong-type", ("inputs", 0)),
        ({"inputs": 3}, "wrong-type", ("inputs",)),
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
        ({"neurons": {"n": AND | {"weights": {"a(-1)": 1}}}}, "bad-source",
         ("neurons", "n", "weights", "a(-1)")),
        ({"neurons": {"n": AND | {"weights": {"a(i)": 1}}}}, "bad-source",
         ("neurons", "n", "weights", "a(i)")),
        ({"neurons": {"n": AND | {"states": [1]}}}, "wrong-type", ("neurons", "n", "states")),
        ({"states": [0, 0]}, "states-equal", ("states",)),
        ({"states": "bipolar"}, "wrong-type", ("states",)),
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
        ({"outputs": {"x": {"largest": []}}}, "wrong-type", ("outputs", "x", "largest")),
        ({"outputs": {"x": {"largest": ["n", "a b"]}}}, "bad-source",
         ("outputs", "x", "largest", 1)),
        ({"outputs": {"x": {"largest": "n", "sum": "n"}}}, "exclusive-keys",
         ("outputs", "x", "sum")),
        ({"outputs": {"x": {"largest": "n", "labels": ["a", "a"]}}}, "labels-not-distinct",
         ("outputs", "x", "labels", 1)),
        ({"outputs": {"x": {"sources": ["n"]}}}, "unknown-key", ("outputs", "x", "sources")),
        ({"outputs": {"x": 2}}, "wrong-type", ("outputs", "x")),
        ({"cases": [{"given": {}}]}, "missing-key", ("cases", 0)),
        ({"cases": [{"file": "x.csv", "given": {}}]}, "exclusive-keys", ("cases", 0, "given")),
        ({"layers": []}, "wrong-type", ("layers",)),
        ({"layers": {"l": LAYER | {"threshold": 1}}}, "unknown-key",
         ("layers", "l", "threshold")),
        ({"layers": {"l": {"thresholds": [1]}}}, "missing-key", ("layers", "l")),
        ({"layers": {"l": {"wiring": "a"}}}, "missing-key", ("layers", "l")),
        ({"layers": {"l": {"wiring": "a", "thresholds": 1}}}, "missing-key", ("layers", "l")),
        ({"layers": {"l": LAYER | {"wiring": ["a", "b c"]}}}, "bad-source",
         ("layers", "l", "wiring", 1)),
        ({"layers": {"l": LAYER | {"weights": []}}}, "wrong-type", ("layers", "l", "weights")),
        ({"layers": {"l": LAYER | {"weights": [1, 2]}}}, "wrong-type", ("layers", "l", "weights")),
        ({"layers": {"l": LAYER | {"weights": [[1, 2], 3]}}}, "wrong-type",
         ("layers", "l", "weights", 1)),
        ({"layers": {"l": LAYER | {"weights": [[1, "x"]]}}}, "not-a-number",
         ("layers", "l", "weights", 0, 1)),
        ({"layers": {"l": LAYER | {"weights": [[0.1]]}}}, "inexact-float",
         ("layers", "l", "weights", 0, 0)),
        ({"layers": {"l": LAYER | {"weights": {"a": 1}}}}, "wrong-type",
         ("layers", "l", "weights")),
        ({"layers": {"l": LAYER | {"weights": {"fil": "w.npy"}}}}, "unknown-key",
         ("layers", "l", "weights", "fil")),
        ({"layers": {"l": LAYER | {"weights": {"tensor": "w"}}}}, "missing-key",
         ("layers", "l", "weights")),
        ({"layers": {"l": LAYER | {"weights": {"sparse": {"indptr": {"file": "a.npy"}}}}}},
         "missing-key", ("layers", "l", "weights", "sparse")),
        ({"layers": {"l": LAYER | {"thresholds": []}}}, "wrong-type",
         ("layers", "l", "thresholds")),
        ({"layers": {"l": LAYER | {"thresholds": [1, "x"]}}}, "not-a-number",
         ("layers", "l", "thresholds", 1)),
        ({"layers": {"l": LAYER | {"thresholds": {"low": 1}}}}, "wrong-type",
         ("layers", "l", "thresholds")),
        ({"layers": {"l": LAYER | {"size": 0}}}, "bad-size", ("layers", "l", "size")),
        ({"layers": {"l": LAYER | {"fires": "all"}}}, "unknown-value", ("layers", "l", "fires")),
        ({"layers": {"l": LAYER | {"states": [1, 1]}}}, "states-equal", ("layers", "l", "states")),
        ({"parts": {"p": {"wiring": {}}}}, "missing-key", ("parts", "p")),
        ({"parts": {"p": {"use": "x"}}}, "missing-key", ("parts", "p")),
        ({"parts": {"p": {"use": 3, "wiring": {}}}}, "wrong-type", ("parts", "p", "use")),
        ({"parts": {"p": PART | {"wiring": ["a"]}}}, "wrong-type", ("parts", "p", "wiring")),
        ({"parts": {"p": PART | {"wiring": {"x(0)": "a"}}}}, "bad-name",
         ("parts", "p", "wiring", "x(0)")),
        ({"parts": {"p": PART | {"wiring": {"x": ["a", 2]}}}}, "wrong-type",
         ("parts", "p", "wiring", "x", 1)),
        ({"parts": {"p": PART | {"wiring": {"x": "a(i)"}}}}, "bad-source",
         ("parts", "p", "wiring", "x")),
        ({"parts": {"p": PART | {"wiring": {"x": ["a", "p(i-1).y"]}}}}, "bad-source",
         ("parts", "p", "wiring", "x", 1)),
        ({"parts": {"p": PART | {"repeat": 0}}}, "bad-size", ("parts", "p", "repeat")),
        ({"parts": {"p": PART | {"first": {}}}}, "exclusive-keys", ("parts", "p", "first")),
        ({"parts": {"p": PART | {"last": {}}}}, "exclusive-keys", ("parts", "p", "last")),
        ({"parts": {"p": PART | {"repeat": 2, "last": {"x": "a b"}}}}, "bad-source",
         ("parts", "p", "last", "x")),
        ({"extends": "base.nn.yaml"}, "unknown-key", ("extends",)),
        ({"folder": 3}, "wrong-type", ("folder",)),
        ({"nam": "x"}, "unknown-key", ("nam",)),
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
        (Input(type="bit", states=[-1, 1]), 0, "0 is not -1 or 1"),
        (Input(type="bit", states=[-1, 1]), -1, None),
        (Input(type="real", size=2, max=7), 8, "8 is above max 7"),
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


@pytest.mark.parametrize(
    ("one", "width", "names", "default"),
    [
        (Input(type="bit"), 1, ["a"], None),
        (Input(type="bit(1)"), 1, ["a(0)"], None),
        (Input(type="bit", size=3, default=6), 3, ["a(0)", "a(1)", "a(2)"], [0, 1, 1]),
        (Input(type="bit(2)", default=[0, 1]), 2, ["a(0)", "a(1)"], [0, 1]),
        (Input(type="real(2)", default="1/2"), 2, ["a(0)", "a(1)"], [Fraction(1, 2)] * 2),
        (Input(type="integer", default=3), 1, ["a"], [3]),
        (Input(type="choice", of=["x", "y"], default="y"), 2, ["a.x", "a.y"], [0, 1]),
    ],
)
def test_the_elements_of_an_input(
    one: Input, width: int, names: list[str], default: list[Any] | None
) -> None:
    assert one.width == width
    assert one.is_bus == (names != ["a"])
    assert one.element_names("a") == names
    assert one.default_values() == default


def test_a_size_in_the_type_is_the_size() -> None:
    assert Input(type="bit(8)") == Input(type="bit", size=8)
    assert network(inputs={"a": "real(3)"}).inputs["a"] == Input(type="real", size=3)


@pytest.mark.parametrize(
    ("one", "message"),
    [
        (Input(type="bit", default=2), "the default of a bit is 0 or 1, not 2"),
        (Input(type="bit", default=0, states=[-1, 1]), "the default of a bit is -1 or 1, not 0"),
        (Input(type="bit(2)", default=4), "the default 4 is not an unsigned integer of 2 bits"),
        (Input(type="bit(2)", default=-1), "the default -1 is not an unsigned integer of 2 bits"),
        (Input(type="bit(2)", default=[0, 2]), "the default 2 is not 0 or 1"),
        (Input(type="bit(2)", default=[0]), "the default has 1 value, the input has 2"),
        (Input(type="bit(2)", default=1, states=[-1, 1]),
         "the default 1 is one number; a bus with states takes a list"),
    ],
)  # fmt: skip
def test_what_a_default_of_bits_must_be(one: Input, message: str) -> None:
    with pytest.raises(nnc.InvalidNetworkError, match=message):
        nnc.compile(network(inputs={"a": one, "b": "bit"}, fires="above"))


def test_the_states_of_a_network_are_those_of_its_bits() -> None:
    one = network(
        inputs={"a": "bit", "b": Input(type="bit", states=[0, 2]), "c": "integer"}, states=[-1, 1]
    )
    typed = one.typed_inputs()
    assert [typed[name].state_values for name in "ab"] == [(-1, 1), (0, 2)]
    assert typed["c"] == one.inputs["c"]
    assert one.states_of(one.neurons["n"]) == (-1, 1)
    assert one.states_of(Layer(**LAYER, states=["0.5", 0])) == (Fraction(1, 2), 0)
    assert network().states_of(Neuron(**AND)) == (0, 1)


def test_none_is_what_is_not_given() -> None:
    assert Neuron(weights={"a": 1}, threshold=1, wiring=None, thresholds=None) == Neuron(
        weights={"a": 1}, threshold=1
    )
    assert Input(type="bit", size=None, of=None, default=None) == Input(type="bit")
    assert Layer(wiring="a", thresholds=[1], size=None, weights=None).weights == 1
    assert Part(use="x", wiring={}, repeat=None, first=None) == Part(use="x", wiring={})
    assert Output(sum="n", labels=None) == Output(sum="n")
    assert Case(given={}, expect={}, file=None) == Case(given={}, expect={})
    with pytest.raises(nnc.InvalidNetworkError, match="a layer has no `thresholds`"):
        Layer(wiring="a", thresholds=None)


# -------------------------------------------------------------------------- outputs, layers


@pytest.mark.parametrize(
    ("keys", "rule"),
    [
        ({}, "missing-key"),
        ({"labels": ["a", "b"]}, "missing-key"),
        ({"sum": "n", "level": "n"}, "exclusive-keys"),
        ({"sources": "n", "sum": "n"}, "exclusive-keys"),
        ({"sources": "n", "labels": ["a", "b"]}, "exclusive-keys"),
        ({"sources": []}, "wrong-type"),
        ({"largest": []}, "wrong-type"),
    ],
    ids=str,
)
def test_outputs_that_are_none(keys: dict[str, Any], rule: str) -> None:
    with pytest.raises(nnc.InvalidNetworkError) as error:
        Output(**keys)
    assert [one.rule for one in error.value.diagnostics] == [rule]


def test_several_sources_are_a_bus() -> None:
    assert Output(sources=["a", "b"]).is_bus
    assert not Output(sources="a").is_bus
    assert network(outputs={"x": ["a", "b"]}).outputs["x"] == Output(sources=["a", "b"])
    assert Output(largest="l").largest == Output(largest=["l"]).largest


WEIGHTS = [[1, 2, 4], [-1, 0, 3]]


def layered(**more: Any) -> Network:
    layer = Layer(**({"wiring": "a", "weights": WEIGHTS, "thresholds": [3, 0]} | more))
    outputs = {"l": "l", "sums": {"sum": "l"}}
    return Network(inputs={"a": "bit(3)"}, layers={"l": layer}, outputs=outputs)


@pytest.mark.parametrize(
    "weights",
    [
        WEIGHTS,
        tuple(map(tuple, WEIGHTS)),
        [["1", "2.0", 4], ["-1", 0, Fraction(3)]],
        *(np.array(WEIGHTS, kind) for kind in ("i1", "i2", "i4", "i8", "f2", "f4", "f8", ">f4")),
        np.asfortranarray(np.array(WEIGHTS)),
    ],
    ids=lambda one: one.dtype.str if isinstance(one, np.ndarray) else type(one).__name__,
)
@pytest.mark.parametrize("thresholds", [[3, 0], np.array([3, 0]), np.array([3.0, 0.0])])
def test_a_layer_of_numbers_in_every_form(weights: Any, thresholds: Any) -> None:
    given = nnc.evaluate(layered(weights=weights, thresholds=thresholds), {"a": [0, 3, 5, 7]})
    assert given["l"].tolist() == [[0, 0], [0, 0], [1, 1], [1, 1]]
    assert given["sums"].tolist() == [[0, 0], [3, -1], [5, 2], [7, 2]]


def test_an_array_means_the_numbers_stored() -> None:
    weights = np.array([[0.1, 0.2, 0.0]])
    sums = nnc.evaluate(layered(weights=weights, thresholds=0), {"a": 3})["sums"]
    assert sums.tolist() == [Fraction(0.1) + Fraction(0.2)]
    exact = layered(weights=[["0.1", "0.2", 0]], thresholds=0)
    assert nnc.evaluate(exact, {"a": 3})["sums"].tolist() == [Fraction(3, 10)]


def test_one_number_of_numpy_is_a_number() -> None:
    one = Layer(wiring="a", weights=np.int8(2), thresholds=np.float64(0.5), size=np.int64(3))  # type: ignore[arg-type]
    assert one == Layer(wiring="a", weights=2, thresholds="0.5", size=3)


@pytest.mark.parametrize(
    ("more", "rule", "message"),
    [
        ({"weights": np.zeros((2, 2))}, "tensor-shape", "have the shape 2x2, not 2x3"),
        ({"weights": np.zeros(3)}, "tensor-shape", "have the shape 3"),
        ({"weights": np.array([["a", "b", "c"]] * 2)}, "tensor-type", "the array holds"),
        ({"weights": np.array(WEIGHTS, complex)}, "tensor-type", "the array holds complex128"),
        ({"weights": np.array(WEIGHTS, object)}, "tensor-type", "the array holds object"),
        ({"weights": np.array([[0, 0, np.nan]] * 2)}, "tensor-not-finite", r"NaN at \[0, 2\]"),
        ({"thresholds": np.array([0, np.inf])}, "tensor-not-finite", r"infinity at \[1\]"),
        ({"thresholds": np.zeros(3)}, "tensor-shape", "have the shape 3, not 2"),
        ({"thresholds": [1, 2, 3]}, "weight-count", "has 2 neurons but 3 thresholds"),
        ({"weights": [[1, 2, 3]]}, "weight-count", "has 1 neuron but 2 thresholds"),
        ({"weights": [[1, 2], [3, 4, 5]]}, "weight-count", r"`l\(0\)` has 3 wires but 2 weights"),
        ({"size": 3}, "weight-count", "has 3 neurons but 2 rows of weights"),
        ({"wiring": ["a", "a(1)"]}, "duplicate-source", r"reads `a\(1\)` twice"),
        ({"wiring": "b"}, "unknown-source", "reads `b`"),
        ({"weights": {"file": "nowhere.npy"}}, "cannot-open", "no weight file `nowhere.npy`"),
    ],
    ids=str,
)  # fmt: skip
def test_layers_that_do_not_fit(more: dict[str, Any], rule: str, message: str) -> None:
    with pytest.raises(nnc.InvalidNetworkError, match=message) as error:
        nnc.compile(layered(**more))
    assert rule in {one.rule for one in error.value.diagnostics}
    assert {one.path[:2] for one in error.value.diagnostics} == {("layers", "l")}


def test_layers_with_arrays_are_compared_by_their_numbers() -> None:
    weights = np.array(WEIGHTS)
    assert layered(weights=weights) == layered(weights=weights.copy())
    assert layered(weights=weights) != layered(weights=weights + 1)
    assert layered(weights=weights) != layered(weights=weights.astype("f4"))
    assert layered(weights=weights) != layered()
    assert layered(weights=weights) != layered(weights=weights[:, :2])
    assert layered() == layered(weights=[["1", 2, "4.0"], (-1, 0, 3)])


def test_weight_files_beside_a_folder(tmp_path: Path) -> None:
    np.save(tmp_path / "w.npy", np.array(WEIGHTS, np.int8))
    np.save(tmp_path / "starts.npy", np.array([0, 2, 3]))
    np.save(tmp_path / "places.npy", np.array([0, 2, 1]))
    np.save(tmp_path / "values.npy", np.array([1, 2, 3], np.float32))
    sparse = Sparse(
        indptr=TensorFile(file="starts.npy"),
        indices=TensorFile(file="places.npy"),
        values=TensorFile(file="values.npy"),
    )
    dense = layered(weights=TensorFile(file="w.npy")).model_copy(update={"folder": tmp_path})
    assert nnc.evaluate(dense, {"a": 5})["sums"].tolist() == [5, 2]
    one = Network(
        inputs={"a": "bit(3)"},
        layers={"l": Layer(wiring="a", weights=sparse, thresholds=0)},
        outputs={"sums": Output(sum="l")},
        folder=tmp_path,
    )
    assert nnc.evaluate(one, {"a": [5, 2]})["sums"].tolist() == [[3, 0], [0, 3]]


# ----------------------------------------------------------------------------------- parts


def full_adder() -> Network:
    return Network(
        inputs=["a", "b", "cin"],
        neurons={
            "cout": Neuron(weights={"a": 1, "b": 1, "cin": 1}, threshold=1),
            "sum": Neuron(weights={"a": 1, "b": 1, "cin": 1, "cout": -2}, threshold=0),
        },
        outputs=["sum", "cout"],
    )


def adder(size: int) -> Network:
    """Make an adder in Python: a full adder for each bit."""
    return Network(
        inputs={
            "a": f"bit({size})",
            "b": f"bit({size})",
            "carry_in": {"type": "bit", "default": 0},
        },
        parts={
            "bit": Part(
                use=full_adder(),
                repeat=size,
                wiring={"a": "a(i)", "b": "b(i)", "cin": "bit(i-1).cout"},
                first={"cin": "carry_in"},
            )
        },
        outputs={"sum": "bit.sum", "carry": f"bit({size - 1}).cout"},
    )


def value(bits: Any) -> int:
    return sum(int(bit) << place for place, bit in enumerate(bits))


def test_a_part_repeated() -> None:
    given = nnc.evaluate(adder(8), {"a": [200, 255, 1], "b": [100, 255, 2]})
    assert [value(bits) for bits in given["sum"]] == [300 - 256, 510 - 256, 3]
    assert given["carry"].tolist() == [1, 1, 0]


def test_parts_in_parts() -> None:
    four = adder(4)
    whole = Network(
        inputs={"a": "bit(8)", "b": "bit(8)"},
        parts={
            "low": Part(use=four, wiring={"a": "a(0:4)", "b": "b(0:4)"}),
            "high": {"use": four, "wiring": {"a": "a(4:8)", "b": "b(4:8)",
                                             "carry_in": "low.carry"}},
        },
        outputs={"sum": ["low.sum", "high.sum", "high.carry"]},
    )  # fmt: skip
    given = nnc.evaluate(whole, {"a": [200, 255, 15], "b": [100, 255, 1]})
    assert [value(bits) for bits in given["sum"]] == [300, 510, 16]
    assert whole == copy.deepcopy(whole)


def test_a_part_of_a_file_beside_one_of_python(tmp_path: Path) -> None:
    (tmp_path / "not.nn.yaml").write_text(
        "nnc: 1\nfires: below\ninputs: [a]\n"
        "neurons: {out: {weights: {a: 1}, threshold: 1}}\noutputs: [out]\n"
    )
    one = Network(
        inputs=["a", "b"],
        parts={"no": Part(use="not.nn.yaml", wiring={"a": "add.cout"}),
               "add": Part(use=full_adder(), wiring={"a": "a", "b": "b", "cin": 0})},
        outputs={"nand": "no.out"},
        folder=tmp_path,
    )  # fmt: skip
    given = nnc.evaluate(one, {"a": [0, 0, 1, 1], "b": [0, 1, 0, 1]})
    assert given["nand"].tolist() == [1, 1, 1, 0]


def test_what_a_used_network_gives_beside_bits() -> None:
    score = Network(
        fires="at_least",
        inputs={"votes": "bit(3)", "limit": {"type": "integer", "min": 0, "max": 9, "default": 2},
                "who": {"type": "choice", "of": ["x", "y"]}},
        neurons={"score": Neuron(weights={"votes": 1, "who.y": 2, "limit": -1},
                                 thresholds={"some": 0, "many": 2})},
        outputs={"points": {"sum": "score"}, "verdict": {"level": "score", "labels": list("nsm")},
                 "bits": "score"},
    )  # fmt: skip
    one = Network(
        inputs={"a": "bit(3)", "who": {"type": "choice", "of": ["x", "y"], "default": "x"}},
        parts={"p": Part(use=score, wiring={"votes": "a", "who": "who"})},
        outputs={"points": "p.points", "verdict": "p.verdict", "bits": "p.bits"},
    )
    given = nnc.evaluate(one, {"a": [0, 3, 7], "who": ["x", "x", "y"]})
    assert given["points"].tolist() == [-2, 0, 3]
    assert given["verdict"].tolist() == ["n", "s", "m"]
    assert given["bits"].tolist() == [[0, 0], [1, 0], [1, 1]]


@pytest.mark.parametrize(
    ("wiring", "rule", "path"),
    [
        ({"a": "a", "b": "a"}, "missing-wire", ()),
        ({"a": "a", "b": "a", "cin": 0, "c": "a"}, "unknown-port", ("wiring", "c")),
        ({"a": "a", "b": "x", "cin": 0}, "unknown-source", ("wiring", "b")),
        ({"a": "a", "b": "n", "cin": 0}, "port-type", ("wiring", "b")),
        ({"a": "a", "b": ["a", "a"], "cin": 0}, "size-mismatch", ("wiring", "b")),
        ({"a": "a", "b": "p.nothing", "cin": 0}, "unknown-port", ("wiring", "b")),
        ({"a": "a", "b": "p", "cin": 0}, "unknown-port", ("wiring", "b")),
        ({"a": "a", "b": "a(1)", "cin": 0}, "no-index", ("wiring", "b")),
        ({"a": "a", "b": "p.sum", "cin": 0}, "cycle", None),
    ],
    ids=str,
)
def test_parts_that_do_not_fit(wiring: Any, rule: str, path: tuple[str, ...] | None) -> None:
    one = Network(
        inputs={"a": "bit", "n": "integer"},
        parts={"p": Part(use=full_adder(), wiring=wiring)},
        outputs={"x": "p.sum"},
    )
    with pytest.raises(nnc.InvalidNetworkError) as error:
        nnc.evaluate(one, {"a": 1, "n": 1})
    (found,) = error.value.diagnostics
    assert found.rule == rule
    assert path is None or found.path == ("parts", "p", *path)


def test_mistakes_in_a_used_network_are_told() -> None:
    wrong = Network(inputs=["a"], outputs={"x": "b"})
    one = Network(inputs=["a"], parts={"p": Part(use=wrong, wiring={"a": "a"})}, outputs=["a"])
    with pytest.raises(nnc.InvalidNetworkError, match="output `x` reads `b`"):
        nnc.compile(one)


def test_the_constructors_as_type_checkers_see_them() -> None:
    """Every short form that is allowed has a type that is: mypy reads this file."""
    one = nnc.Network(
        inputs={"a": "bit(2)", "c": nnc.Input(type="choice", of=("x", "y"), default="x"),
                "n": nnc.Input(type="integer", size=2, min=-1, max="9.5", default=[1, "2"])},
        neurons={"m": nnc.Neuron(wiring="a", threshold=Decimal("0.5"), states=[0, 1]),
                 "s": nnc.Neuron(weights={"a": [1, 2], "n(0)": {0: 1, "1/2": 2}}, threshold=1)},
        layers={"l": nnc.Layer(wiring=["a", "m"], weights=np.ones((1, 3)), thresholds=[1]),
                "k": nnc.Layer(wiring="a", weights=[[1, "1/3"]], thresholds=0, states=(0, 1))},
        parts={"p": nnc.Part(use=full_adder(), wiring={"a": "m", "b": "a(0)", "cin": "0"}),
               "q": nnc.Part(use=full_adder(), repeat=2, wiring={"a": "a(i)", "b": ["m"]},
                             first={"cin": "0"}, last={"cin": ["1"]})},
        outputs={"x": ["l", "k", "s"], "y": nnc.Output(largest="l", labels=["one"]), "z": "q.sum",
                 "p": nnc.Output(sources=["p.sum"], is_bus=True)},
        cases=[nnc.Case(given={"a": 3, "c": "y"}, expect={"y": "one"})],
        fires="above",
        states=[0, 1],
        folder=Path(),
    )  # fmt: skip
    with pytest.raises(nnc.InvalidNetworkError, match="`p` is the name of a part"):
        nnc.compile(one)


def test_the_public_classes() -> None:
    assert nnc.Network is Network
    assert nnc.Case is Case
    assert nnc.Output is Output
    assert (nnc.Layer, nnc.Part, nnc.TensorFile, nnc.Sparse) == (Layer, Part, TensorFile, Sparse)
    assert Output(sum="n").is_bus is False


# ------------------------------------------------------------------- mistakes, and how it prints


@pytest.mark.parametrize(
    ("build", "message", "hint"),
    [
        (
            lambda: network(neurons={"n": {"weights": {"a": 1}, "treshold": 1}}),
            "neurons.n.treshold: error[NNC102] unknown-key: a neuron has no key `treshold`",
            "did you mean `threshold`?",
        ),
        (
            lambda: Neuron(weights={"a": 1}, treshold=1),
            "treshold: error[NNC102] unknown-key: a neuron has no key `treshold`",
            "did you mean `threshold`?",
        ),
        (
            lambda: Neuron(weights={"a": 1}),
            "error[NNC103] missing-key: the neuron has no `threshold`",
            "add `threshold: number`, or `thresholds: {name: number}`",
        ),
        (
            lambda: Neuron(weights={"a": "x"}, threshold=1),
            "weights.a: error[NNC201] not-a-number: `weights.a`: expected a number, found `x`",
            "write an integer, a decimal such as 0.1, or a fraction such as 1/3",
        ),
        (
            lambda: Input(type="bti"),
            (
                "type: error[NNC108] unknown-value: `type`: expected `bit`, `integer`, `real` or "
                "`choice`, found `bti`"
            ),
            "did you mean `bit`?",
        ),
        (
            lambda: Output(argmax=["n"]),
            "argmax: error[NNC102] unknown-key: an output has no key `argmax`",
            "did you mean `largest`?",
        ),
        (
            lambda: TensorFile(fle="w.npy"),
            "fle: error[NNC102] unknown-key: a weight file has no key `fle`",
            "did you mean `file`?",
        ),
        (
            lambda: Sparse(indptr={"file": "w.npy"}, indices={"file": "w.npy"}),
            "error[NNC103] missing-key: a sparse matrix has no `values`",
            "add `values: {file: weights.npy}`",
        ),
        (
            lambda: network(inputs=3),
            "inputs: error[NNC104] wrong-type: `inputs`: expected a mapping, found `3`",
            None,
        ),
        (
            lambda: network(neurons={"n": object()}),
            (
                "neurons.n: error[NNC104] wrong-type: `neurons.n`: expected a mapping with "
                "`weights` and `threshold`, found an object"
            ),
            None,
        ),
        (
            lambda: Network(inputs=["a"]),
            "error[NNC103] missing-key: the network has no `outputs`",
            "add `outputs: [name]`",
        ),
        (
            lambda: network(extends="base.nn.yaml"),
            "extends: error[NNC102] unknown-key: the network has no key `extends`",
            "only a file extends another: load it with nnc.load",
        ),
        (
            lambda: network(folder=3),
            "folder: error[NNC104] wrong-type: `folder`: expected a path, found `3`",
            None,
        ),
    ],
    ids=range(13),
)
def test_a_mistake_in_python_is_one_diagnostic(build: Any, message: str, hint: str | None) -> None:
    with pytest.raises(nnc.InvalidNetworkError) as error:
        build()
    assert [(str(each), each.help) for each in error.value.diagnostics] == [(message, hint)]


def test_a_source_that_nobody_declares_is_refused_when_it_is_compiled() -> None:
    built = network(inputs=["alpha", "b"], neurons={"n": {"weights": {"alhpa": 1}, "threshold": 1}})
    with pytest.raises(nnc.InvalidNetworkError, match="did you mean `alpha`"):
        nnc.compile(built)


def test_it_prints_in_a_short_line() -> None:
    assert repr(network(name="x\n")) == "<Network x\\n: 2 inputs, 1 neuron, 1 output>"
    assert str(network(layers={"l": LAYER}, parts={"p": PART})) == (
        "<Network: 2 inputs, 1 neuron, 1 layer, 1 part, 1 output>"
    )
    assert repr(Neuron(weights={"a": 1}, threshold=2)) == "Neuron(weights={'a': 1}, threshold=2)"
    assert str(Input(type="bit(3)")) == "Input(type='bit', size=3)"
    assert eval(repr(Output(sources=["a", "b"]))) == Output(sources=["a", "b"])  # noqa: S307
    assert repr(Layer(wiring="a", weights=np.ones((1, 1)), thresholds=np.zeros(1))).startswith(
        "Layer(wiring=('a',), weights="
    )
    other = network(neurons={"n": AND | {"threshold": 0}}, outputs={"n": "n", "a": "a"})
    assert repr(nnc.compare(network(outputs={"n": "n", "a": "a"}), other)) == (
        "<Comparison: 1 change of declarations; 1 output differs, 1 output equal>"
    )
    plan = nnc.compile(network())
    assert repr(plan) == "<Plan network: 2 inputs, 1 neuron in 1 level, 1 output>"


def test_it_lists_its_own_names() -> None:
    names = {name for name in dir(network()) if not name.startswith("_")}
    assert {"inputs", "neurons", "fires_of", "model_copy"} <= names


@pytest.mark.parametrize("call", [nnc.compile, nnc.evaluate, nnc.truth_table, nnc.digest])
def test_a_file_is_not_a_network(call: Any) -> None:
    with pytest.raises(nnc.InvalidNetworkError) as error:
        call("xor.nn.yaml")
    [diagnostic] = error.value.diagnostics
    assert str(diagnostic) == ("error[NNC104] wrong-type: expected a network, found `xor.nn.yaml`")
    assert diagnostic.help == "load one from a file with nnc.load, or build an nnc.Network"
