"""Layers resolved: how many neurons there are, and what does not fit together."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import nnc
from nnc.compiler.graph import LayerNode, SparseWeights
from nnc.language.network import Layer, Network
from tests.support.networks import errors, graph_of, place

FILES: dict[str, np.ndarray[Any, Any]] = {
    "square": np.array([[1, 2, 3], [4, 5, 6], [7, 8, 9]]),
    "wide": np.array([[1, 2, 3, 4]]),
    "flat": np.array([1.0, 2.0, 3.0]),
    "two": np.array([1.0, 2.0]),
    "cube": np.zeros((1, 1, 1)),
    "none": np.array(5),
    "falling": np.array([[1, 2, 2], [0, 4, 3]]),
    "empty": np.zeros((0, 3)),
    "indptr": np.array([0, 2, 2, 3]),
    "indices": np.array([0, 2, 1]),
    "values": np.array([1, -2, 3]),
    "short": np.array([0, 3]),
    "outside": np.array([0, 3, 1]),
}
SPARSE = (
    "{{sparse: {{indptr: {{file: {}.npy}}, indices: {{file: {}.npy}}, values: {{file: "
    "values.npy}}}}}}"
)


def text(layer: str) -> str:
    return f"inputs: {{a: bit(3), b: bit}}\nlayers: {{h: {{{layer}}}}}\noutputs: [h]\n"


def layer_of(folder: Path, layer: str) -> LayerNode:
    (node,) = graph_of(folder, text(layer), FILES).nodes
    assert isinstance(node, LayerNode)
    return node


@pytest.mark.parametrize(
    ("layer", "size", "fan_in"),
    [
        ("wiring: a, thresholds: 0, size: 5", 5, 3),
        ("wiring: a, thresholds: [1, 2, 3, 4]", 4, 3),
        ("wiring: a, weights: [[1, 2, 3], [4, 5, 6]], thresholds: 0", 2, 3),
        ("wiring: [a, b], weights: 1/2, thresholds: 0, size: 1", 1, 4),
        ("wiring: [a(0:3:2), 1, 1], weights: 3, thresholds: [0, 1]", 2, 4),
        ("wiring: a, weights: {file: square.npy}, thresholds: 0", 3, 3),
        ("wiring: a, weights: {file: square.npy}, thresholds: {file: flat.npy}, size: 3", 3, 3),
        ("wiring: [a, b], weights: {file: wide.npy}, thresholds: [1]", 1, 4),
        ("wiring: b, thresholds: {file: two.npy}", 2, 1),
        (f"wiring: a, weights: {SPARSE.format('indptr', 'indices')}, thresholds: 0", 3, 3),
        ("wiring: [], weights: [[], []], thresholds: -1", 2, 0),
        ("wiring: [], thresholds: -1, size: 3", 3, 0),
    ],
)  # fmt: skip
def test_the_size(layer: str, size: int, fan_in: int, tmp_path: Path) -> None:
    one = layer_of(tmp_path, layer)
    assert (one.size, len(one.sources)) == (size, fan_in)


def test_sources_that_follow_each_other_are_a_range(tmp_path: Path) -> None:
    for wiring, is_range in (("a", True), ("a(1:3)", True), ("[a, b]", False), ("[b, a]", False)):
        assert isinstance(layer_of(tmp_path, f"wiring: {wiring}, thresholds: 0, size: 1").sources,
                          range) == is_range  # fmt: skip


def test_weights_stay_as_they_are_stored(tmp_path: Path) -> None:
    dense = layer_of(tmp_path, "wiring: a, weights: {file: square.npy}, thresholds: 0")
    assert dense.weights.tolist() == FILES["square"].tolist()
    sparse = layer_of(
        tmp_path, f"wiring: a, weights: {SPARSE.format('indptr', 'indices')}, thresholds: 0"
    )
    assert isinstance(sparse.weights, SparseWeights)
    assert sparse.weights.values.tolist() == [1, -2, 3]


@pytest.mark.parametrize(
    ("layer", "rule", "message"),
    [
        ("wiring: a, thresholds: 0", "missing-key", "`size`"),
        ("wiring: a, weights: [[1, 2], [1, 2, 3]], thresholds: 0", "weight-count", "`h(0)` has 3"),
        ("wiring: a, weights: [[1, 2, 3]], thresholds: [0, 1]", "weight-count", "1 neuron"),
        ("wiring: a, weights: [[1, 2, 3]], thresholds: 0, size: 2", "weight-count", "2 neurons"),
        ("wiring: a, thresholds: [0, 1], size: 3", "weight-count", "3 neurons"),
        ("wiring: [a, b], weights: {file: square.npy}, thresholds: 0", "tensor-shape",
         "3x3, not 3x4"),
        ("wiring: a, weights: {file: square.npy}, thresholds: 0, size: 2", "tensor-shape", "2x3"),
        ("wiring: a, weights: {file: square.npy}, thresholds: [1, 2]", "weight-count", "3 neurons"),
        ("wiring: a, weights: {file: square.npy}, thresholds: {file: two.npy}", "tensor-shape",
         "shape 2, not 3"),
        ("wiring: a, weights: {file: flat.npy}, thresholds: 0", "tensor-shape", ""),
        ("wiring: a, weights: {file: cube.npy}, thresholds: 0", "tensor-shape", "1x1x1"),
        ("wiring: a, weights: {file: empty.npy}, thresholds: 0", "tensor-shape", ""),
        ("wiring: a, thresholds: {file: square.npy}, size: 2", "tensor-shape", "3x3, not 2"),
        ("wiring: a, thresholds: {file: falling.npy}", "descending-thresholds",
         "of `h(1)` do not ascend: 3 comes after 4, at [1, 2]"),
        ("wiring: a, thresholds: {file: square.npy}, states: [-1, 1], fires: above",
         "exclusive-keys", "has no `states`"),
        ("wiring: a, thresholds: [[1, 2], [1, 2]], size: 3", "weight-count", "2 rows of"),
        ("wiring: a, thresholds: {file: none.npy}, size: 2", "tensor-shape", ""),
        (f"wiring: a, weights: {SPARSE.format('short', 'indices')}, thresholds: 0, size: 3",
         "bad-sparse", "`indptr` has 2 entries, not 4"),
        (f"wiring: a, weights: {SPARSE.format('indptr', 'outside')}, thresholds: 0", "bad-sparse",
         "`indices` has 3 at [1]"),
        (f"wiring: a(0:2), weights: {SPARSE.format('indptr', 'indices')}, thresholds: 0",
         "bad-sparse", "there are 2 wires"),
        (f"wiring: a, weights: {SPARSE.format('indptr', 'indices')}, thresholds: [1, 2]",
         "weight-count", ""),
        ("wiring: [a, a(1)], thresholds: 0, size: 2", "duplicate-source", "layer `h` reads `a(1)`"),
        ("wiring: [a, z], thresholds: 0, size: 2", "unknown-source", "layer `h` reads `z`"),
        (("wiring: a, weights: {file: square.npy}, thresholds: 0, states: [-1, 1], fires: above, "
         "size: 4"), "tensor-shape", ""),
        ("wiring: a, weights: {file: gone.npy}, thresholds: 0", "cannot-open", "gone.npy"),
    ],
)  # fmt: skip
def test_what_does_not_fit(layer: str, rule: str, message: str, tmp_path: Path) -> None:
    (one,) = errors(tmp_path, text(layer), FILES)
    assert one.rule == rule
    assert message in one.message
    assert place(one).startswith("main:4:")


def test_nothing_is_told_of_what_only_follows(tmp_path: Path) -> None:
    """A layer whose file is missing is declared all the same; what reads it is not judged."""
    found = errors(tmp_path, """\
inputs: [a]
neurons: {n: {wiring: [h(7), a], threshold: 0}, m: {weights: {h: [1, 2]}, threshold: 0}}
layers:
  h: {wiring: a, weights: {file: gone.npy}, thresholds: 0}
  g: {wiring: [h, n], thresholds: [0, 1]}
outputs: {o: h(3), s: {sum: h}, l: {largest: h, labels: [p]}, g: g}
""")  # fmt: skip
    assert [one.rule for one in found] == ["cannot-open"]


def network(**layer: Any) -> Network:
    return Network(inputs={"a": "bit(3)"}, layers={"h": Layer(wiring="a", **layer)}, outputs=["h"])


def test_arrays_from_python() -> None:
    some: tuple[Any, ...] = (np.eye(3), np.eye(3, dtype=bool), [[1, 2, 3]], np.ones((2, 3), ">i2"))
    for weights in some:
        assert nnc.compile(network(weights=weights, thresholds=0)).layers[0].size == len(weights)
    assert nnc.compile(network(weights="1/2", thresholds=0, size=2)).layers[0].size == 2
    for thresholds in (np.array([0.5]), (1,), [1], "1/3", np.array([True])):
        assert nnc.compile(network(weights=[[1, 2, 3]], thresholds=thresholds)).layers[0].size == 1


@pytest.mark.parametrize("place", ["weights", "thresholds"])
@pytest.mark.parametrize(
    ("value", "rule"),
    [
        (np.nan, "tensor-not-finite"), (np.inf, "tensor-not-finite"), (1j, "tensor-type"),
        ("1", "tensor-type"), (np.longdouble(1), "tensor-type"), (b"1", "tensor-type"),
        (np.datetime64("2020-01-01"), "tensor-type"), (object(), "tensor-type"),
    ],
)  # fmt: skip
def test_arrays_from_python_are_checked_as_files_are(place: str, value: Any, rule: str) -> None:
    given: dict[str, Any] = {"weights": [[1, 2, 3]], "thresholds": [0]}
    given[place] = np.array([[value] * 3] if place == "weights" else [value])
    with pytest.raises(nnc.InvalidNetworkError) as error:
        nnc.compile(network(**given))
    (one,) = error.value.diagnostics
    assert (one.rule, one.path) == (rule, ("layers", "h", place))


def test_a_shape_from_python_that_does_not_fit() -> None:
    for weights, thresholds in (
        (np.ones((2, 4)), 0), (np.ones(3), 0), (np.ones((2, 3)), np.ones(3)), (np.ones((0, 3)), 0),
        (np.array(3), 0), (np.ones((1, 3)), np.ones((1, 1, 1))), (np.ones((1, 3)), np.array(1)),
        (np.ones((2, 3)), np.ones((3, 2))), (np.ones((2, 3)), np.ones((2, 0))),
    ):  # fmt: skip
        with pytest.raises(nnc.InvalidNetworkError) as error:
            nnc.compile(network(weights=weights, thresholds=thresholds))
        assert {one.rule for one in error.value.diagnostics} <= {"tensor-shape"}
