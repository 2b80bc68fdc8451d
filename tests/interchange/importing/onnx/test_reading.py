"""Models of ONNX: networks that give what onnxruntime gives, and what cannot be read."""

from __future__ import annotations

import contextlib
import math
import re
import sys
from collections.abc import Mapping
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
import pytest

import nnc
from nnc.diagnostics.diagnostic import InvalidNetworkError
from nnc.extras import install_line
from nnc.interchange.importing.imported import EXACT, Imported
from nnc.interchange.importing.onnx import chains
from nnc.interchange.importing.settings import Settings
from nnc.interchange.imports import read_bytes_as

pytest.importorskip("onnxruntime")
import onnx
from onnx import TensorProto

from tests.support.onnx_models import Array, Maker, binarised, drawn, run

ROOT = Path(__file__).parents[4]
F = np.float32
QONNX = "qonnx.custom_op.general"


def imported(data: bytes, **inputs: str) -> Imported:
    return read_bytes_as(data, "model.onnx", settings=Settings(inputs=inputs or None))


def compiled(found: Imported, folder: Path) -> nnc.Plan:
    """Compile what is written: a model's sparse weights lie in a file beside the network."""
    file = folder / "model.nn.yaml"
    found.save(str(file))
    return nnc.compile(nnc.load(file))


def check(
    data: bytes, rows: Mapping[str, Array], folder: Path, kind: Any = F, **inputs: str
) -> Imported:
    """Compare all outputs that are read with those of the runtime."""
    found = imported(data, **inputs)
    wanted = run(data, {name: values.astype(kind) for name, values in rows.items()})
    given = {
        name: values.reshape(len(values), -1) if values.ndim > 1 else values
        for name, values in rows.items()
    }
    got = nnc.evaluate(compiled(found, folder), given)
    assert got
    for name, values in got.items():
        other = wanted[name.removesuffix("_out")]
        assert np.array_equal(_shaped(values, other), other), name
    return found


def _shaped(values: Any, other: Array) -> Array:
    """Give values in the shape of others: the bits of an integer, too."""
    array = np.asarray(values)
    if array.size < other.size:
        width = other[0].size
        array = np.array([[int(each) >> place & 1 for place in range(width)] for each in array])
    return array.astype(float).reshape(other.shape)


def refused(data: bytes, **inputs: str) -> tuple[str, str | None]:
    with pytest.raises(InvalidNetworkError) as error:
        imported(data, **inputs)
    (diagnostic,) = error.value.diagnostics
    assert diagnostic.rule == "not-importable"
    return diagnostic.message, diagnostic.help


def signs(rng: np.random.Generator, *shape: int) -> Array:
    return rng.choice([-1, 1], shape)


# ------------------------------------------------------------------------- whole networks


def test_a_binarised_network(tmp_path: Path) -> None:
    rng = np.random.default_rng(1)
    data = binarised((784, 256, 256, 10))
    found = check(data, {"x": signs(rng, 1000, 784)}, tmp_path, x="-1|1")
    assert found.exactness == EXACT
    assert [layer.states for layer in found.network.layers.values()] == [(-1, 1), (-1, 1), None]


def test_every_small_row_of_a_binarised_network(tmp_path: Path) -> None:
    """All 1,024 rows, so also those whose sums lie on a switch."""
    rows = np.array([[1 - 2 * (i >> k & 1) for k in range(10)] for i in range(1024)])
    for seed in range(3):
        check(binarised((10, 12, 7, 3), seed), {"x": rows}, tmp_path, x="-1|1")


def test_pixels_of_bytes(tmp_path: Path) -> None:
    rng = np.random.default_rng(2)
    data = binarised((30, 12, 4), kind=TensorProto.UINT8)
    found = check(data, {"x": rng.integers(0, 256, (200, 30))}, tmp_path, np.uint8)
    assert (found.network.inputs["x"].min, found.network.inputs["x"].max) == (0, 255)


def _chains() -> dict[str, Any]:
    """Give what may stand between a sum and the next product."""
    return {
        "sign": lambda m, x: m.add("Sign", m.add("Add", x, F(0.5))),
        "three levels": lambda m, x: m.add("Sign", x),
        "relu": lambda m, x: m.add("Relu", x),
        "clip": lambda m, x: m.add("Clip", x, F(-1), F(1)),
        "hard tanh": lambda m, x: m.add("Clip", m.add("Mul", x, F(0.25)), F(-1), F(1)),
        "round": lambda m, x: m.add("Round", m.add("Mul", x, F(0.25))),
        "floor": lambda m, x: m.add("Floor", m.add("Div", x, F(3))),
        "less": lambda m, x: m.add("Cast", m.add("Less", x, F(1)), to=1),
        "equal": lambda m, x: m.add("Cast", m.add("Equal", x, F(2)), to=1),
        "not": lambda m, x: m.add("Where", m.add("Not", m.add("Greater", x, F(1))), F(3), F(-2)),
        "both": lambda m, x: m.add(
            "Cast",
            m.add("And", m.add("Greater", x, F(-3)), m.add("LessOrEqual", x, F(4))),
            to=1,
        ),
        "of channels": lambda m, x: m.add("Where", m.add("Greater", x, np.arange(-2, 3, dtype=F)),
                                          F(0.5), F(-0.25)),
        "quantized": lambda m, x: m.add(
            "DequantizeLinear", m.add("QuantizeLinear", x, F(2), np.int8(0)), F(2), np.int8(0)
        ),
        "two bits": lambda m, x: m.add(
            "Mul", m.add("Clip", m.add("Round", m.add("Div", x, F(2.5))), F(0), F(3)), F(0.5)
        ),
        "same": lambda m, x: m.add("Identity", m.add("Cast", m.add("Cast", x, to=6), to=1)),
        "normalised": lambda m, x: m.add("Greater", m.add(
            "BatchNormalization", x, *np.array([[1, -1, 2, 0, -3], [0, 1, -1, 2, 0],
            [1, 0, -2, 3, 1], [4, 1, 9, 2, 3]], F)), F(0)) and m.add("Cast", f"v{len(m.nodes) - 1}",
            to=1),
        "linear": lambda m, x: m.add("Add", m.add("Mul", x, F(2)), F(3)),
    }  # fmt: skip


@pytest.mark.parametrize("name", _chains())
def test_what_stands_between_two_products(name: str, tmp_path: Path) -> None:
    rng = np.random.default_rng(3)
    made = Maker(("x", TensorProto.FLOAT, ["N", 8]))
    x = made.add("MatMul", "x", rng.integers(-3, 4, (8, 5)).astype(F))
    x = _chains()[name](made, x)
    x = made.add("MatMul", x, rng.integers(-2, 3, (5, 3)).astype(F))
    data = made.model(made.add("GreaterOrEqual", x, F(0.5)), made.add("ArgMax", x, axis=1))
    rows = np.array([[i >> k & 1 for k in range(8)] for i in range(256)])
    assert check(data, {"x": rows}, tmp_path, x="0..1").exactness == EXACT


def test_constants_that_are_no_integers(tmp_path: Path) -> None:
    """Of Gemm and Conv: exact where no rounding of them can move a switch, else told as near."""
    rng = np.random.default_rng(11)
    rows = {"x": signs(rng, 400, 1, 6, 6)}
    for shift, is_exact in ((0.3, True), (1 - 2**-24, False)):
        made = Maker(("x", TensorProto.FLOAT, ["N", 1, 6, 6]))
        x = made.add("Conv", "x", signs(rng, 3, 1, 3, 3).astype(F), np.full(3, shift, F))
        x = made.add("Flatten", made.add("Where", made.add("Greater", x, F(0)), F(1), F(-1)))
        x = made.add("Gemm", x, signs(rng, 48, 7).astype(F), rng.normal(size=7).astype(F))
        x = made.add("Where", made.add("GreaterOrEqual", x, F(0)), F(1), F(-1))
        x = made.add("Gemm", x, signs(rng, 4, 7).astype(F), np.arange(4, dtype=F), transB=1)
        data = made.model(made.add("ArgMax", x, axis=1, keepdims=0))
        assert (check(data, rows, tmp_path, x="-1|1").exactness == EXACT) == is_exact


@pytest.mark.parametrize("kind", ["cast", "to bits", "divided"])
def test_sums_that_are_cut_to_integers(kind: str, tmp_path: Path) -> None:
    """They are no sums any more: each value of the chain is a level."""
    made = Maker(("x", TensorProto.FLOAT, ["N", 4]))
    x = made.add("MatMul", "x", np.array([[1, 2], [3, -1], [1, 1], [-2, 1]], F))
    if kind == "divided":
        x = made.add("Div", made.add("Cast", x, to=TensorProto.INT64), np.int64(3))
    else:
        to = TensorProto.INT64 if kind == "cast" else TensorProto.BOOL
        x = made.add("Cast", made.add("Mul", x, F(0.37)), to=to)
    rows = np.random.default_rng(5).integers(0, 21, (200, 4))
    assert check(made.model(x), {"x": rows}, tmp_path, x="0..20").exactness == EXACT


def test_a_convolution(tmp_path: Path) -> None:
    rng = np.random.default_rng(4)
    made = Maker(("x", TensorProto.FLOAT, ["N", 2, 8, 8]))
    x = made.add("Conv", "x", signs(rng, 4, 2, 3, 3).astype(F), pads=[1, 1, 1, 1], strides=[2, 2])
    x = made.add("Sign", made.add("Add", x, F(0.5)))
    x = made.add("Conv", x, signs(rng, 6, 2, 2, 2).astype(F), group=2, dilations=[1, 2])
    x = made.add("Sign", made.add("Sub", x, F(0.5)))
    x = made.add("Flatten", x)
    size = 6 * 3 * 2
    x = made.add("MatMul", x, signs(rng, size, 3).astype(F))
    data = made.model(made.add("ArgMax", x, axis=1, keepdims=0))
    check(data, {"x": signs(rng, 300, 2, 8, 8)}, tmp_path, x="-1|1")


def test_moved_elements(tmp_path: Path) -> None:
    rng = np.random.default_rng(5)
    made = Maker(("x", TensorProto.FLOAT, ["N", 12]), ("y", TensorProto.FLOAT, ["N", 4]))
    x = made.add("Reshape", "x", np.array([-1, 3, 4]))
    x = made.add("Transpose", x, perm=[0, 2, 1])
    x = made.add("Slice", x, np.array([1]), np.array([4]), np.array([1]))
    x = made.add("Pad", x, np.array([0, 1, 0, 0, 0, 1]), F(1))
    x = made.add("Flatten", made.add("Unsqueeze", x, np.array([1])))
    x = made.add("Concat", x, made.add("Gather", "y", np.array([3, 0]), axis=1), axis=1)
    x = made.add("Gemm", x, rng.integers(-3, 4, (5, 18)).astype(F), np.arange(5, dtype=F), transB=1)
    y = made.add("Greater", x, F(0))
    data = made.model(y, made.add("ReduceSum", made.add("Cast", y, to=1), np.array([1])))
    rows = {"x": rng.integers(0, 2, (200, 12)), "y": rng.integers(-3, 4, (200, 4))}
    check(data, rows, tmp_path, x="0..1", y="-3..3")


def test_sums_are_given(tmp_path: Path) -> None:
    rng = np.random.default_rng(6)
    made = Maker(("x", TensorProto.INT8, ["N", 6]))
    x = made.add("Cast", "x", to=TensorProto.FLOAT)
    x = made.add("MatMul", x, rng.integers(-3, 4, (6, 3)).astype(F))
    data = made.model(made.add("Add", made.add("Mul", x, F(0.5)), F(0.25)))
    check(data, {"x": rng.integers(-128, 128, (50, 6))}, tmp_path, np.int8)


def test_sums_of_real_numbers_are_near(tmp_path: Path) -> None:
    rng = np.random.default_rng(7)
    made = Maker(("x", TensorProto.FLOAT, ["N", 6]))
    x = made.add("MatMul", "x", rng.normal(size=(6, 3)).astype(F))
    x = made.add("Add", x, rng.normal(size=3).astype(F))
    data = made.model(
        made.add("ArgMax", made.add("Softmax", x), axis=1, keepdims=0),
        made.add("Greater", x, F(0.5)),
        made.add("Sigmoid", x),
    )
    found = check(data, {"x": rng.normal(size=(100, 6)).astype(F)}, tmp_path)
    assert found.exactness.startswith("sums of real numbers are rounded")
    (note,) = found.notes
    assert note.rule == "output-left-out"
    assert note.message == (
        "output `v5` is left out: node `v5`, Sigmoid: its sums are not of integers, so that the "
        "runtime rounds them"
    )


@pytest.mark.parametrize("last", ["Softmax", "LogSoftmax", "Sigmoid"])
def test_a_last_softmax_is_read_as_the_largest(last: str) -> None:
    rng = np.random.default_rng(9)
    made = Maker(("x", TensorProto.FLOAT, ["N", 6]))
    sums = made.add("MatMul", "x", rng.normal(size=(6, 3)).astype(F))
    data = made.model(made.add(last, sums))
    found = read_bytes_as(data, "x.onnx", "onnx")
    (note,) = found.notes
    assert note.message == (
        f"output `v1` is the place of the largest: its numbers, by {last}, are not read"
    )
    rows = rng.normal(size=(100, 6)).astype(F)
    (numbers,) = run(data, {"x": rows}).values()
    (largest,) = nnc.evaluate(found.network, {"x": rows}).values()
    assert largest.tolist() == numbers.argmax(axis=1).tolist()


def test_one_value_can_be_named() -> None:
    made = Maker(("x", TensorProto.FLOAT, ["N", 2]))
    sums = made.add("MatMul", "x", np.array([[1, 2], [3, -1]], F))
    data = made.model(made.add("Softmax", sums), made.add("Greater", sums, F(0.5)))
    for name in ("v0", "v2"):
        network = read_bytes_as(data, "x.onnx", "onnx", Settings(output=name)).network
        assert [*network.outputs] == [name]
    with pytest.raises(InvalidNetworkError, match="the model has no value `v9`"):
        read_bytes_as(data, "x.onnx", "onnx", Settings(output="v9"))


@pytest.mark.parametrize("words", [None, "0..9"])
def test_columns_that_are_scaled(words: str | None, tmp_path: Path) -> None:
    """Real numbers are scaled as their sums are; of integers, every value is scaled beforehand."""
    made = Maker(("x", TensorProto.FLOAT, ["N", 3]))
    x = made.add("Scaler", "x", domain="ai.onnx.ml", offset=[1.0, 2.0, 3.0], scale=[0.5, 2.0, 0.25])
    x = made.add("MatMul", x, np.array([[1, -1], [1, 1], [-1, 1]], F))
    bits = made.add("Cast", made.add("Greater", x, F(0.125)), to=1)
    data = made.model(made.add("Reshape", bits, np.array([-1, 2])))
    rows = np.random.default_rng(3).integers(0, 10, (200, 3))
    found = check(data, {"x": rows}, tmp_path, **({"x": words} if words else {}))
    assert (found.exactness == EXACT) == (words is not None)


def test_bits_that_are_combined(tmp_path: Path) -> None:
    made = Maker(("a", TensorProto.BOOL, ["N", 3]), ("b", TensorProto.BOOL, ["N", 3]))
    both, either = made.add("And", "a", "b"), made.add("Or", "a", made.add("Not", "b"))
    one = made.add("Xor", made.add("And", both, made.add("Not", "a")), either)
    data = made.model(both, either, one, made.add("Xor", "a", "b"))
    rows = np.array([[i >> k & 1 for k in range(6)] for i in range(64)])
    check(data, {"a": rows[:, :3], "b": rows[:, 3:]}, tmp_path, bool)


def test_names_that_are_no_names(tmp_path: Path) -> None:
    """Texts of a model end up as names, and in messages without what steers a terminal."""
    name = "a\x1b[31m b/c:0"
    made = Maker((name, TensorProto.UINT8, ["N"]), ("x y", TensorProto.BOOL, ["N"]))
    made.nodes.append(onnx.helper.make_node("Greater", [name, "c0"], ["out:0"], name))
    made.constants.append(onnx.numpy_helper.from_array(np.uint8(3), "c0"))
    made.nodes.append(onnx.helper.make_node("NonZero", ["out:0"], ["no"], name))
    found = imported(made.model("out:0", "no"))
    assert list(found.network.inputs) == ["a_31m_b_c_0", "x_y"]
    note, names = found.notes
    assert "\x1b" not in note.message
    assert names.message.endswith("input `x y` is `x_y`, output `out:0` is `out_0`")
    assert "\x1b" not in str(names)
    assert "node `a\\x1b[31m b/c:0`, NonZero: a network" in note.message
    got = nnc.evaluate(compiled(found, tmp_path), {"a_31m_b_c_0": [3, 4], "x_y": [0, 1]})
    assert {each: values.tolist() for each, values in got.items()} == {"out_0": [0, 1]}


def test_drawn_models(chunk: int, full: bool, tmp_path: Path) -> None:
    """What is exact gives what the runtime gives, which fuses what it may."""
    rng = np.random.default_rng(chunk)
    kinds = []
    for _ in range(20 if full else 12):
        data, words, rows = drawn(rng)
        try:
            found = imported(data, x=words)
        except InvalidNetworkError as error:
            kinds.append(error.diagnostics[0].rule)
            continue
        kinds.append(found.exactness)
        if found.exactness == EXACT:
            check(data, {"x": rows}, tmp_path, x=words)
    assert EXACT in kinds


def test_switches_are_found_by_halving(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Chains that only rise or fall switch where a search value by value finds it."""
    halved, whole = 0, chains._Switches.find

    def find(switches: Any) -> Any:
        nonlocal halved
        halved += (result := whole(switches)) is not None
        return result

    monkeypatch.setattr(chains._Switches, "find", find)
    monkeypatch.setattr(chains, "_FEW", 1)
    rng = np.random.default_rng(11)
    for _ in range(15):
        data, words, rows = drawn(rng)
        with contextlib.suppress(InvalidNetworkError):
            found = imported(data, x=words)
            if found.exactness == EXACT:
                check(data, {"x": rows}, tmp_path, x=words)
    for name in ("relu", "round", "quantized", "two bits", "normalised", "not", "of channels"):
        test_what_stands_between_two_products(name, tmp_path)
    assert halved > 10


def test_sums_of_many_values(tmp_path: Path) -> None:
    """A sum of 4,000 bytes is tried at a few places, not at a million."""
    made = Maker(("x", TensorProto.UINT8, ["N", 4000]))
    rng = np.random.default_rng(12)
    weights = rng.choice([-1, 1], (4000, 200)).astype(F)
    x = made.add("MatMul", made.add("Cast", "x", to=1), weights)
    x = made.add("Greater", made.add("Add", x, rng.normal(0, 1e4, 200).astype(F)), F(0.5))
    data = made.model(made.add("Cast", x, to=1))
    check(data, {"x": rng.integers(0, 256, (50, 4000))}, tmp_path, np.uint8)


def test_a_real_number_on_its_limit(tmp_path: Path) -> None:
    made = Maker(("x", TensorProto.FLOAT, ["N"]))
    rules = ("Greater", "GreaterOrEqual", "Less", "LessOrEqual")
    data = made.model(*(made.add(rule, "x", F(0.5)) for rule in rules))
    check(data, {"x": np.array([0.25, 0.5, 0.75])}, tmp_path)


# --------------------------------------------------------------------- what nnc wrote


def test_the_graph_is_read_of_a_network_in_several_files() -> None:
    network = nnc.load(ROOT / "configs/arithmetic/adder_8bit.nn.yaml", root=ROOT)
    data = nnc.export(network, "onnx")
    read = imported(data).network
    random = np.random.default_rng(1)
    rows = {
        name: random.integers(0, 2, (20, input_.width) if input_.size else 20)
        for name, input_ in network.inputs.items()
    }
    wanted, found = nnc.evaluate(network, rows), nnc.evaluate(read, rows)
    assert {name: column.tolist() for name, column in found.items()} == {
        name: column.tolist() for name, column in wanted.items()
    }


def test_outputs_keep_their_names() -> None:
    made = Maker(("x", TensorProto.UINT8, ["N", 2]), ("a.b", TensorProto.BOOL, ["N"]))
    made.constants.append(onnx.numpy_helper.from_array(np.array([[2], [3]], np.int32), "w"))
    made.nodes.append(onnx.helper.make_node("Cast", ["x"], ["i"], to=TensorProto.INT32))
    made.nodes.append(onnx.helper.make_node("MatMul", ["i", "w"], ["y"]))
    made.nodes.append(onnx.helper.make_node("Not", ["a.b"], ["a_b"]))
    found = imported(made.model("y", "a_b"))
    assert [*found.network.outputs] == ["y", "a_b"]
    assert [*found.network.inputs] == ["x", "a_b_2"]
    [note] = found.notes
    assert note.message == "some names differ in the network: input `a.b` is `a_b_2`"


@pytest.mark.parametrize("name", ["gates/xor", "arithmetic/lookahead_4", "digits/binarised"])
def test_the_graph_of_nnc_is_read_as_any_other(name: str, tmp_path: Path) -> None:
    network = nnc.load(ROOT / f"configs/{name}.nn.yaml", root=ROOT)
    model = onnx.load_from_string(nnc.export(network, "onnx"))
    del model.metadata_props[:]
    ranges = {}
    for value in model.graph.input:
        kind = value.type.tensor_type.elem_type
        ranges[value.name] = "0..1" if kind == TensorProto.UINT8 else "-1|1"
    labels = [name for name, output in network.outputs.items() if output.labels]
    plan, again = nnc.compile(network), imported(model.SerializeToString(), **ranges)
    rng = np.random.default_rng(8)
    rows = {
        each: rng.choice([int(s) for s in one.state_values], (50, one.size) if one.size else 50)
        for each, one in plan.inputs.items()
    }
    wanted = nnc.evaluate(plan, rows)
    got = nnc.evaluate(compiled(again, tmp_path), rows)
    for each in wanted:
        name_there = each if each in got else f"{each}_out"
        assert np.array_equal(got[name_there], wanted[each]), each
    assert labels == [] or again.network.outputs[labels[0]].labels == tuple(
        network.outputs[labels[0]].labels
    )


# ------------------------------------------------------------------- what cannot be read


def _refusals() -> dict[str, tuple[Any, str]]:
    def small(made: Maker) -> str:
        return made.add("MatMul", "x", np.full((4, 2), 1 / 64, F))

    def linear(made: Maker) -> str:
        return made.add("MatMul", "x", np.ones((4, 2), F))

    return {
        "lstm": (
            lambda m: m.add("LSTM", "x", np.ones((1, 8, 4), F), np.ones((1, 8, 2), F),
                            hidden_size=2),
            r"node `v0`, LSTM: a network of thresholds cannot hold it",
        ),
        "itself": (
            lambda m: m.add("Mul", "x", made_sum(m)),
            r"node `v\d`, Mul: it reads two sums that depend on the row",
        ),
        "tanh": (
            lambda m: m.add("MatMul", m.add("Tanh", small(m)), np.ones((2, 2), F)),
            r"node `v1`, Tanh: it gives .* different numbers, which are read on",
        ),
        "softmax": (
            lambda m: m.add("MatMul", m.add("Softmax", linear(m)), np.ones((2, 2), F)),
            r"node `v1`, Softmax: its numbers are read on",
        ),
        "rows": (
            lambda m: m.add("ReduceSum", "x", np.array([0]), keepdims=0),
            r"node `v0`, ReduceSum: it goes over rows",
        ),
        "repeat": (
            lambda m: m.add("Add", "x", np.ones((3, 4), F)),
            r"node `v0`, Add: it repeats what depends on the row",
        ),
        "choose": (
            lambda m: m.add("Add", m.add("ArgMax", linear(m), axis=1), np.int64(1)),
            r"node `v2`, Add: it reads which sum is largest, which can only be given",
        ),
    }  # fmt: skip


def made_sum(made: Maker) -> str:
    return made.add("MatMul", "x", np.eye(4, dtype=F))


@pytest.mark.parametrize("name", _refusals())
def test_what_no_network_holds(name: str) -> None:
    build, message = _refusals()[name]
    made = Maker(("x", TensorProto.FLOAT, ["N", 4]))
    found, hint = refused(made.model(build(made)), x="0..255")
    assert re.fullmatch(message, found), found
    assert hint


def test_the_part_before_what_no_network_holds() -> None:
    made = Maker(("x", TensorProto.FLOAT, ["N", 4]))
    x = made.add("Greater", made.add("MatMul", "x", np.ones((4, 2), F)), F(5))
    data = made.model(made.add("NonZero", x))
    found, hint = refused(data, x="0..9")
    assert (found.split(": ")[0], hint) == (
        "node `v2`, NonZero",
        f"import what comes before: --output {x}",
    )
    settings = Settings(inputs={"x": "0..9"}, output=x)
    assert read_bytes_as(data, "model.onnx", settings=settings).network.outputs.keys() == {x}


def test_axes_that_are_no_integers() -> None:
    made = Maker(("x", TensorProto.FLOAT, ["N", 4]))
    last = made.add("ReduceSum", "x", np.array([1]))
    model = onnx.load_from_string(made.model(last))
    axes = np.array([1.5], F)
    model.graph.initializer[0].CopyFrom(onnx.numpy_helper.from_array(axes, "c0"))
    message, _ = refused(model.SerializeToString(), x="0..1")
    assert message == "node `v0`, ReduceSum: its axes are not integers"


@pytest.mark.parametrize(
    ("noted", "words"),
    [("BIPOLAR", "-1|1"), ("BINARY", "0|1"), ("UINT8", "0..255"), ("INT4", "-8..7")],
)
def test_ranges_that_qonnx_notes(noted: str, words: str) -> None:
    made = Maker(("x", TensorProto.FLOAT, ["N", 4]))
    x = made.add("Greater", made.add("MatMul", "x", np.ones((4, 2), F)), F(1))
    data = made.model(x)
    model = onnx.load_from_string(data)
    note = model.graph.quantization_annotation.add(tensor_name="x")
    note.quant_parameter_tensor_names.add(key="finn_datatype", value=noted)
    found = imported(model.SerializeToString())
    assert found.network == imported(data, x=words).network
    assert found.exactness == EXACT
    assert imported(model.SerializeToString(), x="0..3").network == imported(data, x="0..3").network


def test_ranges_of_inputs() -> None:
    made = Maker(("pixels", TensorProto.FLOAT, ["N", 4]))
    x = made.add("Clip", made.add("MatMul", "pixels", np.ones((4, 2), F)), F(-1), F(1))
    data = made.model(made.add("MatMul", x, np.ones((2, 1), F)))
    message, hint = refused(data)
    assert message == (
        "node `v1`, Clip: its sums are not of integers, so that the runtime rounds them"
    )
    assert hint == "say with --within which integers an input may be: --within pixels=0..255"
    assert refused(data, y="0..1") == ("the model has no input `y`", "there are pixels")
    for words in ("1..0", "0", "0..1.5", "a|b", "0..9999999"):
        message, hint = refused(data, pixels=words)
        assert message == f"`{words}` is no range of integers"


def test_a_sum_that_the_type_does_not_hold() -> None:
    """In float32 a sum of 2^24 and 1 is rounded: then it is no integer for the runtime."""
    for weight, is_exact in ((2**24 - 2, True), (2**24, False)):
        made = Maker(("x", TensorProto.FLOAT, ["N", 2]))
        x = made.add("MatMul", "x", np.array([[weight], [1]], F))
        found = imported(made.model(x), x="0..1")
        assert (found.exactness == EXACT) == is_exact


def test_weights_in_another_file(tmp_path: Path) -> None:
    model = onnx.load_from_string(binarised((8, 4, 2)))
    onnx.save(model, tmp_path / "m.onnx", save_as_external_data=True, size_threshold=0)
    message, hint = refused((tmp_path / "m.onnx").read_bytes())
    assert message == "the constant `c0` lies in another file"
    assert hint == "save the model as one file: `onnx.save` does, after `onnx.load`"


# ---------------------------------------------------------------------------- damaged


def test_a_model_of_version_3_whose_constants_are_no_inputs() -> None:
    model = onnx.load_from_string(binarised([4, 3]))
    model.ir_version = 3
    with pytest.raises(onnx.checker.ValidationError):
        onnx.checker.check_model(model)
    assert imported(model.SerializeToString()).network.inputs


def test_a_model_that_is_not_valid_says_what_to_do() -> None:
    model = onnx.load_from_string(binarised([4, 3]))
    model.graph.node[0].op_type = "None"
    with pytest.raises(InvalidNetworkError, match=r"not valid(.|\n)*help: export it again"):
        imported(model.SerializeToString())


def _mutated(data: bytes, rng: Random) -> bytes:
    """Change some bytes, or some fields, which then is a model that can be taken apart."""
    if rng.random() < 0.7:
        return _with_other_fields(data, rng)
    mutant = bytearray(data)
    for _ in range(rng.choice((1, 1, 2, 5))):
        place = rng.randrange(len(mutant))
        how = rng.choice(("flip", "other", "less", "more", "copy"))
        if how == "flip":
            mutant[place] ^= 1 << rng.randrange(8)
        elif how == "other":
            mutant[place] = rng.randrange(256)
        elif how == "less":
            del mutant[place : place + rng.choice((1, 2, 50))]
        elif how == "more":
            mutant[place:place] = bytes(rng.randrange(256) for _ in range(rng.choice((1, 4))))
        else:
            other = rng.randrange(len(mutant))
            mutant[place : place + 8] = mutant[other : other + 8]
        if not mutant:
            break
    return bytes(mutant)


def _with_other_fields(data: bytes, rng: Random) -> bytes:
    model = onnx.load_from_string(data)
    for _ in range(rng.choice((1, 1, 2, 4))):
        _change_field(model, rng)
    if rng.random() < 0.3:
        del model.metadata_props[:]
    changed: bytes = model.SerializeToString()
    return changed


def _change_field(model: onnx.ModelProto, rng: Random) -> None:
    """Go down from the model at random, and change what is there."""
    message: Any = model
    while True:
        fields = [(field, value) for field, value in message.ListFields() if value != ""]
        if not fields:
            return
        field, value = rng.choice(fields)
        if field.is_repeated:
            place = rng.randrange(len(value))
            if field.message_type is None:
                with contextlib.suppress(ValueError):
                    value[place] = _other(value[place], rng)
                return
            how = rng.random()
            if how < 0.1:
                del value[place]
                return
            if how < 0.2:
                value.append(value[place])
                return
            message = value[place]
        elif field.message_type is None:
            with contextlib.suppress(ValueError):  # of a number that is none of an enum
                setattr(message, field.name, _other(value, rng))
            return
        else:
            message = value


def _other(value: Any, rng: Random) -> Any:
    if isinstance(value, bool):
        return not value
    if isinstance(value, int):
        return rng.choice((0, 1, -1, 2, 3, 7, 2**31 - 1, value + 1, value * 2)) % 2**31
    if isinstance(value, float):
        return rng.choice((0.0, -1.0, math.inf, math.nan, 1e30, value / 3))
    if isinstance(value, bytes):
        octets = bytearray(value)
        for _ in range(rng.choice((0, 1, 4))):
            if octets:
                octets[rng.randrange(len(octets))] = rng.choice((0, 0x7F, 0x80, 0xFF, 1))
        return bytes(octets) if rng.random() < 0.8 else bytes(octets[:-1])
    words = (
        "",
        "x",
        "MatMul",
        "Gemm",
        "Conv",
        "Where",
        "ArgMax",
        "Loop",
        "Softmax",
        "Sign",
        "Sum",
        "Reshape",
        "Transpose",
        "Pad",
        "Concat",
        "Expand",
        "ReduceSum",
        "Cast",
        "ai.onnx.ml",
        "MaxPool",
        "AveragePool",
        "ReduceMax",
        "Split",
        "Quant",
        "BipolarQuant",
        "MultiThreshold",
        QONNX,
    )
    return rng.choice(words)


def _seeds() -> list[tuple[bytes, dict[str, str]]]:
    rng = np.random.default_rng(9)
    made = Maker(("x", TensorProto.FLOAT, ["N", 1, 4, 4]))
    x = made.add("Conv", "x", signs(rng, 2, 1, 3, 3).astype(F), pads=[1, 1, 1, 1])
    x = made.add("Where", made.add("Greater", x, F(1)), F(1), F(0))
    x = made.add("Reshape", x, np.array([-1, 32]))
    x = made.add("Gemm", x, signs(rng, 3, 32).astype(F), np.arange(3, dtype=F), transB=1)
    conv = made.model(made.add("ArgMax", made.add("Pad", x, np.array([0, 0, 0, 1])), axis=1))
    made = Maker(("x", TensorProto.FLOAT, ["N", 1, 4, 4]))
    numbers, more = (F(0.3), F(0), F(2)), {"signed": 1, "narrow": 1, "rounding_mode": "ROUND"}
    x = made.add("Quant", signs(rng, 2, 1, 3, 3) * F(0.3), *numbers, domain=QONNX, **more)
    x = made.add("MaxPool", made.add("Conv", "x", x), kernel_shape=[2, 2])
    x = made.add("Quant", x, *numbers, domain=QONNX, **more | {"signed": 0})
    first = made.add("Split", x, np.array([1, 1]), axis=1, outputs=2)
    x = made.add("MultiThreshold", first, np.array([[0.1, 0.4]], F), domain=QONNX)
    pooled = made.model(made.add("ReduceMean", x, np.array([1, 2, 3])))
    xor = nnc.export(nnc.load(ROOT / "configs/gates/xor.nn.yaml"), "onnx")
    alone = onnx.load_from_string(xor)
    del alone.metadata_props[:]
    ranges = {"a": "0..1", "b": "0..1"}
    return [
        (binarised((6, 4, 2)), {"x": "-1|1"}),
        (conv, {"x": "0..1"}),
        (pooled, {"x": "0..3"}),
        (xor, {}),
        (alone.SerializeToString(), ranges),
        *(((FILES / f"{name}.onnx").read_bytes(), {}) for name in ("tree", "binary")),
    ]


def test_damaged_models(chunk: int, full: bool) -> None:
    """A diagnostic each, or a network: nothing else may happen."""
    rng = Random(f"onnx {chunk}")
    seeds = _seeds()
    for _ in range(100 if full else 30):
        data, ranges = rng.choice(seeds)
        mutant = _mutated(data, rng)
        try:
            imported(mutant, **ranges)
        except InvalidNetworkError as error:
            (diagnostic,) = error.diagnostics
            assert diagnostic.rule in ("not-importable", "bad-import-file"), diagnostic
            assert diagnostic.message


# --------------------------------------------------------------- trees and linear models

FILES = Path(__file__).parents[1] / "files/onnx"
MODELS = sorted(path.stem for path in FILES.glob("*.onnx"))
"""What skl2onnx made of models of scikit-learn, of iris and of six columns of breast_cancer."""


def _rows_of(name: str, width: int, rng: np.random.Generator) -> Array:
    """Draw rows, half of the numbers of trees on a threshold or the next float beside it."""
    model = onnx.load(FILES / f"{name}.onnx")
    rows = rng.uniform(0, 8 if width == 4 else 30, (400, width)).astype(F)
    for node in model.graph.node:
        attributes = {each.name: each for each in node.attribute}
        if "nodes_values" not in attributes:
            continue
        limits = np.array(attributes["nodes_values"].floats, F)
        features = np.array(attributes["nodes_featureids"].ints)
        for column in range(width):
            own = limits[(features == column) & (limits != 0)]
            if len(own):
                near = rng.choice(own, len(rows))
                side = rng.choice([-np.inf, 0, np.inf], len(rows)).astype(F)
                beside = np.where(side == 0, near, np.nextafter(near, side))
                rows[:, column] = np.where(rng.random(len(rows)) < 0.7, beside, rows[:, column])
    return rows


@pytest.mark.parametrize("name", MODELS)
def test_models_of_skl2onnx(name: str) -> None:
    data = (FILES / f"{name}.onnx").read_bytes()
    width = onnx.load_from_string(data).graph.input[0].type.tensor_type.shape.dim[1].dim_value
    found = imported(data)
    names = list(found.network.inputs)
    rows = _rows_of(name, width, np.random.default_rng(10))
    wanted = next(iter(run(data, {"X": rows}).values()))
    got = nnc.evaluate(found.network, {each: rows[:, k] for k, each in enumerate(names)})
    values = next(iter(got.values()))
    if name == "regressor":
        assert found.exactness.startswith("the exact sum, of which onnxruntime may be off by ")
        assert np.allclose(np.asarray(values, float), wanted[:, 0], rtol=0, atol=1e-5)
    else:
        assert [str(each) for each in wanted.tolist()] == values.tolist()
        assert [note.rule for note in found.notes] == ["output-left-out"]


@pytest.mark.parametrize("name", ["tree", "forest"])
def test_trees_behind_a_scaler(name: str) -> None:
    """Cut-offs lie where the scaled float32 passes the threshold, to the next float."""
    model = onnx.load(FILES / f"{name}.onnx")
    width = model.graph.input[0].type.tensor_type.shape.dim[1].dim_value
    rng = np.random.default_rng(13)
    offset, scale = rng.uniform(-3, 3, width).astype(F), rng.uniform(0.3, 3, width).astype(F)
    for node in model.graph.node:
        node.input[:] = ["scaled" if each == "X" else each for each in node.input]
    scaler = onnx.helper.make_node("Scaler", ["X"], ["scaled"], domain="ai.onnx.ml",
                                   offset=offset.tolist(), scale=scale.tolist())  # fmt: skip
    model.graph.node.insert(0, scaler)
    found = imported(model.SerializeToString())
    rows = (_rows_of(name, width, rng).astype(float) / scale + offset).astype(F)
    rows = np.concatenate([rows, np.nextafter(rows, F(np.inf)), np.nextafter(rows, F(-np.inf))])
    wanted = next(iter(run(model.SerializeToString(), {"X": rows}).values()))
    got = nnc.evaluate(found.network, {x: rows[:, k] for k, x in enumerate(found.network.inputs)})
    assert [str(each) for each in wanted.tolist()] == next(iter(got.values())).tolist()
    model.graph.node[0].attribute[1].floats[0] = -1
    message, _ = refused(model.SerializeToString())
    assert message.endswith("it reads numbers that are scaled otherwise than from float32")


def test_linear_models_behind_a_binarizer() -> None:
    """A column counts above the threshold, to the next float32."""
    limit, inf = F(0.3), F(np.inf)
    nodes = [
        onnx.helper.make_node("Binarizer", ["X"], ["bits"], domain="ai.onnx.ml", threshold=0.3),
        onnx.helper.make_node("LinearClassifier", ["bits"], ["label", "scores"],
            domain="ai.onnx.ml", coefficients=[1.5, -2.0, 0.25, -1.0, 1.0, 0.5],
            intercepts=[0.25, -0.125], classlabels_strings=["no", "yes"]),
    ]  # fmt: skip
    values = onnx.helper.make_tensor_value_info
    graph = onnx.helper.make_graph(
        nodes, "g", [values("X", TensorProto.FLOAT, [None, 3])],
        [values("label", TensorProto.STRING, [None])],
    )  # fmt: skip
    opsets = [onnx.helper.make_opsetid("", 17), onnx.helper.make_opsetid("ai.onnx.ml", 3)]
    model = onnx.helper.make_model(graph, opset_imports=opsets, ir_version=8)
    found = imported(model.SerializeToString())
    beside = [limit, np.nextafter(limit, inf), np.nextafter(limit, -inf)]
    rows = np.array(np.meshgrid(beside, beside, beside)).reshape(3, -1).T.astype(F)
    wanted = run(model.SerializeToString(), {"X": rows})["label"]
    got = nnc.evaluate(found.network, {x: rows[:, k] for k, x in enumerate(found.network.inputs)})
    assert next(iter(got.values())).tolist() == list(wanted)
    assert len(set(wanted)) == 2


def test_what_no_network_holds_of_trees() -> None:
    model = onnx.load(FILES / "tree.onnx")
    attributes = {each.name: each for each in model.graph.node[0].attribute}
    before = imported(model.SerializeToString()).network
    attributes["nodes_missing_value_tracks_true"].ints[0] = 1  # no row has one
    assert imported(model.SerializeToString()).network == before
    attributes["nodes_modes"].strings[0] = b"BRANCH_EQ"
    message, _ = refused(model.SerializeToString())
    assert message.endswith("TreeEnsembleClassifier: a tree leads to no node, or reads no column")


def test_without_the_library(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    with pytest.raises(InvalidNetworkError) as error:
        imported(binarised((4, 2, 2)), x="-1|1")
    (diagnostic,) = error.value.diagnostics
    assert (diagnostic.rule, diagnostic.help) == (
        "missing-library",
        install_line("onnx"),
    )
