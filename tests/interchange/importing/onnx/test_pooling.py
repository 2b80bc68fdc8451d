"""Pooling, Split and Pad: networks that give what onnxruntime gives."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import nnc
from nnc.diagnostics.diagnostic import InvalidNetworkError
from nnc.interchange.importing.imported import EXACT, Imported
from nnc.interchange.importing.settings import Settings
from nnc.interchange.imports import read_bytes_as

pytest.importorskip("onnxruntime")
from tests.support.onnx_models import Array, Maker, run

F = np.float32


def imported(data: bytes, words: str) -> Imported:
    return read_bytes_as(data, "m.onnx", settings=Settings(inputs={"x": words}))


def check(made: Maker, last: str, words: str, folder: Path, shape: tuple[int, ...]) -> Imported:
    """Compare what the network gives for drawn rows with what the runtime gives."""
    data = made.model(last)
    low, _, high = words.replace("|", "..").partition("..")
    values = [int(low), int(high)] if "|" in words else list(range(int(low), int(high) + 1))
    rows = np.random.default_rng(1).choice(values, (200, *shape))
    expected = run(data, {"x": rows.astype(F)})[last]
    found = imported(data, words)
    found.save(str(folder / "m.nn.yaml"))
    (got,) = nnc.evaluate(nnc.load(folder / "m.nn.yaml"), {"x": rows.reshape(200, -1)}).values()
    assert np.array_equal(_plain(got, expected), expected.reshape(200, -1))
    assert found.exactness == EXACT
    return found


def _plain(values: Any, other: Array) -> Array:
    """Give values as numbers: the bits of an integer, too."""
    array, width = np.asarray(values), other[0].size
    if array.size < other.size:
        array = np.array([[int(each) >> i & 1 for i in range(width)] for each in array])
    return array.astype(float).reshape(len(other), -1)


POOLS: dict[str, tuple[str, dict[str, Any]]] = {
    "windows": ("MaxPool", {"kernel_shape": [2, 2], "strides": [2, 2]}),
    "overlapping": ("MaxPool", {"kernel_shape": [2, 3], "pads": [1, 1, 0, 1]}),
    "dilated": ("MaxPool", {"kernel_shape": [2, 2], "dilations": [2, 1]}),
    "rounded up": ("MaxPool", {"kernel_shape": [3, 2], "strides": [2, 3], "ceil_mode": 1}),
    "means rounded up": (
        "AveragePool",
        {"kernel_shape": [2, 2], "strides": [3, 3], "ceil_mode": 1},
    ),
    "whole": ("GlobalMaxPool", {}),
    "largest": ("ReduceMax", {"axes": [2, 3], "keepdims": 0}),
    "least": ("ReduceMin", {"axes": [1]}),
    "means": ("AveragePool", {"kernel_shape": [2, 2], "strides": [2, 2]}),
    "means of three": ("AveragePool", {"kernel_shape": [3, 2], "pads": [1, 0, 1, 0]}),
    "padded means": (
        "AveragePool",
        {"kernel_shape": [3, 3], "pads": [1, 1, 1, 1], "count_include_pad": 1},
    ),
    "mean of all": ("GlobalAveragePool", {}),
    "mean of a dimension": ("ReduceMean", {"axes": [-1], "keepdims": 0}),
    "sum": ("ReduceSum", {"axes": [3, 2]}),
}


@pytest.mark.parametrize("words", ["-1|1", "0..3"])
@pytest.mark.parametrize("name", POOLS)
def test_pools_before_a_threshold(name: str, words: str, tmp_path: Path) -> None:
    op, more = POOLS[name]
    made, more = Maker(("x", 1, ["N", 2, 4, 4])), dict(more)
    axes = [np.array(more.pop("axes"))] if "axes" in more else []
    pooled = made.add(op, "x", *axes, **more)
    last = made.add("Cast", made.add("GreaterOrEqual", pooled, F(0.7)), to=1)
    check(made, last, words, tmp_path, (2, 4, 4))


@pytest.mark.parametrize("scale", [1, -2, 0.1])
def test_pools_of_activations(scale: float, tmp_path: Path) -> None:
    """The largest of neurons is 1 where any fires, or all, where what they give falls."""
    made = Maker(("x", 1, ["N", 1, 4, 4]))
    kernel = np.random.default_rng(2).integers(-1, 2, (2, 1, 3, 3)).astype(F)
    sums = made.add("Conv", "x", kernel, pads=[1, 1, 1, 1])
    bits = made.add("Where", made.add("Greater", sums, F(0)), F(scale), F(-0.5))
    pooled = made.add("MaxPool", bits, kernel_shape=[2, 2], strides=[2, 2])
    last = made.add("Cast", made.add("Greater", pooled, F(0)), to=1)
    check(made, last, "0..1", tmp_path, (1, 4, 4))


@pytest.mark.parametrize("op", ["MaxPool", "GlobalMaxPool", "ReduceMin"])
@pytest.mark.parametrize("follows", ["sign", "two bits", "nothing falls"])
def test_pools_of_sums_before_an_activation(op: str, follows: str, tmp_path: Path) -> None:
    """Larq has the pool first; where a channel falls, it is the least that its neurons tell."""
    made, rng = Maker(("x", 1, ["N", 1, 6, 6])), np.random.default_rng(5)
    x = made.add("Conv", "x", rng.integers(-1, 2, (3, 1, 3, 3)).astype(F), np.arange(3, dtype=F))
    if op == "ReduceMin":
        x = made.add(op, x, np.array([2, 3]))
    else:
        more = {"kernel_shape": [2, 2], "strides": [2, 2]} if op == "MaxPool" else {}
        x = made.add(op, x, **more)
    scale = np.array([1, -2, 0.5] if follows != "nothing falls" else [1, 2, 0.5], F)
    numbers = (scale, np.array([0.3, 1, -1], F), np.array([0, 1, 2], F), np.ones(3, F))
    x = made.add("BatchNormalization", x, *numbers)
    if follows == "two bits":
        x = made.add("Clip", made.add("Round", made.add("Mul", x, F(0.7))), F(0), F(3))
    else:
        x = made.add("Where", made.add("GreaterOrEqual", x, F(0)), F(1), F(-1))
    check(made, x, "0..2", tmp_path, (1, 6, 6))


def test_a_pool_that_is_read_twice(tmp_path: Path) -> None:
    made = Maker(("x", 1, ["N", 1, 4, 4]))
    sums = made.add("Conv", "x", np.ones((1, 1, 2, 2), F))
    pooled = made.add("MaxPool", made.add("Clip", sums, F(2), F(5)), kernel_shape=[2, 2])
    bits = [made.add("Cast", made.add("Greater", pooled, F(n)), to=1) for n in (2.5, 4.5)]
    check(made, made.add("Add", *bits), "0..3", tmp_path, (1, 4, 4))


def test_a_pool_that_no_chain_of_channels_follows() -> None:
    """Where numbers differ from place to place, they are not those of the elements."""
    made = Maker(("x", 1, ["N", 1, 4, 4]))
    sums = made.add("Conv", "x", np.ones((1, 1, 1, 1), F) * 2, np.ones(1, F))
    sums = made.add("Add", sums, made.add("Conv", "x", np.ones((1, 1, 2, 2), F), pads=[1, 1, 0, 0]))
    pooled = made.add("MaxPool", sums, kernel_shape=[2, 2], strides=[2, 2])
    placed = np.arange(4, dtype=F).reshape(1, 1, 2, 2)
    last = made.add("Greater", made.add("Add", pooled, placed), F(9))
    with pytest.raises(InvalidNetworkError, match="it takes the largest of sums"):
        imported(made.model(last), "0..3")


def test_a_pool_of_two_bits(tmp_path: Path) -> None:
    made = Maker(("x", 1, ["N", 1, 4, 4]))
    sums = made.add("Conv", "x", np.ones((1, 1, 2, 2), F))
    levels = made.add("Clip", made.add("Round", made.add("Div", sums, F(2))), F(0), F(3))
    last = made.add("MaxPool", levels, kernel_shape=[2, 2])
    check(made, last, "0..3", tmp_path, (1, 4, 4))


def test_split_and_pad(tmp_path: Path) -> None:
    made = Maker(("x", 1, ["N", 6]))
    first = made.add("Split", "x", np.array([2, 1, 3]), axis=1, outputs=3)
    padded = made.add("Pad", first, np.array([0, 1, 0, 0]), F(2))
    last = made.add("Add", padded, f"{first}c")
    check(made, last, "0..3", tmp_path, (6,))
    made = Maker(("x", 1, ["N", 6]))
    first = made.add("Split", "x", axis=1, outputs=2, num_outputs=2)
    check(made, made.add("Sub", first, f"{first}b"), "0..3", tmp_path, (6,))


@pytest.mark.parametrize(
    ("op", "more", "message"),
    [
        ("MaxPool", {"kernel_shape": [5, 5]}, "MaxPool: its window is larger than what it reads"),
        ("AveragePool", {"kernel_shape": [3, 3], "strides": [2, 2], "pads": [0, 1, 0, 0],
                         "ceil_mode": 1}, "its last windows reach beyond its padding"),
        ("MaxPool", {"kernel_shape": [2]}, "MaxPool: the shapes of its operands do not fit"),
        ("ReduceMean", {"axes": [0]}, "ReduceMean: it goes over rows"),
        ("LpPool", {"kernel_shape": [2, 2]}, "LpPool: a network of thresholds cannot hold it"),
    ],
)  # fmt: skip
def test_what_cannot_be_pooled(op: str, more: dict[str, Any], message: str) -> None:
    made = Maker(("x", 1, ["N", 1, 4, 4]))
    with pytest.raises(InvalidNetworkError) as error:
        imported(made.model(made.add(op, "x", **more), opset=17), "0..3")
    assert message in error.value.diagnostics[0].message


def test_the_largest_of_sums() -> None:
    made = Maker(("x", 1, ["N", 1, 4, 4]))
    sums = made.add("Conv", "x", np.ones((1, 1, 2, 2), F))
    last = made.add("MaxPool", sums, kernel_shape=[2, 2])
    with pytest.raises(InvalidNetworkError) as error:
        imported(made.model(last), "0..3")
    (found,) = error.value.diagnostics
    assert "MaxPool: it takes the largest of sums, which only neurons have" in found.message
    made = Maker(("x", 1, ["N", 1, 4, 4]))
    with pytest.raises(InvalidNetworkError) as error:
        imported(made.model(made.add("MaxPool", "x", kernel_shape=[2, 2])), "0..255")
    assert "elements with 256 values each" in error.value.diagnostics[0].message
