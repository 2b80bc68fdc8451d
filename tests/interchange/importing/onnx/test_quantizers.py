"""Operators of QONNX: networks that give what its own definitions give, written here in NumPy."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import nnc
from nnc.diagnostics.diagnostic import InvalidNetworkError
from nnc.interchange.importing.imported import EXACT, Imported
from nnc.interchange.importing.onnx import chains
from nnc.interchange.importing.onnx.graph import SMALLER
from nnc.interchange.importing.onnx.reading import NEAR
from nnc.interchange.importing.settings import Settings
from nnc.interchange.imports import read_bytes_as
from nnc.language.network import Convolution

pytest.importorskip("onnxruntime")
import onnx

from tests.support.onnx_models import Array, Maker, run

F = np.float32
QONNX = "qonnx.custom_op.general"
ROWS = np.array([[a, b, c] for a in range(8) for b in range(8) for c in range(2)])
WEIGHTS = np.array([[1, -1, 0.5], [0.25, 1, -2], [1, 3, 1]], F)
MODES = {
    "ROUND": np.round,
    "HALF_EVEN": np.round,
    "CEIL": np.ceil,
    "floor": np.floor,
    "UP": lambda x: np.sign(x) * np.ceil(np.abs(x)),
    "DOWN": np.trunc,
    "HALF_UP": lambda x: np.sign(x) * np.floor(np.abs(x) + F(0.5)),
    "HALF_DOWN": lambda x: np.sign(x) * np.ceil(np.abs(x) - F(0.5)),
}


def imported(data: bytes) -> Imported:
    return read_bytes_as(data, "m.onnx", settings=Settings(inputs={"x": "0..7"}))


def check(made: Maker, last: str, expected: Array, folder: Path, opset: int = 19) -> Imported:
    """Compare what the network gives for all rows with what is expected."""
    found = imported(made.model(last, opset=opset))
    found.save(str(folder / "m.nn.yaml"))
    (got,) = nnc.evaluate(nnc.load(folder / "m.nn.yaml"), {"x": ROWS}).values()
    assert np.array_equal(np.asarray(got, float), expected)
    assert found.exactness == EXACT
    return found


def model() -> tuple[Maker, str, Array]:
    """Make a model of sums; return it, their name, and what they are."""
    made = Maker(("x", 1, ["N", 3]))
    return made, made.add("MatMul", "x", WEIGHTS), ROWS.astype(F) @ WEIGHTS


def quantized(
    x: Array, scale: Any, zero: Any, bits: int, mode: str, *, signed: bool, narrow: bool
) -> Array:
    """Quantize as QONNX defines it."""
    y = x / F(scale) + F(zero)
    if bits == 1 and signed:
        y = np.where(y >= 0, F(1), F(-1))
    else:
        least = -(2 ** (bits - 1)) + narrow if signed else 0
        most = 2 ** (bits - 1) - 1 if signed else 2**bits - 1 - narrow
        y = MODES[mode](np.clip(y, F(least), F(most)))
    return (y - F(zero)) * F(scale)


@pytest.mark.parametrize("mode", MODES)
def test_quant(mode: str, tmp_path: Path) -> None:
    for bits, scale, zero, signed, narrow in (
        (2, 0.5, 0, False, False),
        (2, 0.5, 0, False, True),
        (3, 1.5, 0, True, True),
        (1, 1, 0, True, False),
        (1, 2, 0, False, False),
        (2, 0.3, 1, True, False),
    ):
        made, sums, values = model()
        last = made.add("Quant", sums, F(scale), F(zero), F(bits), domain=QONNX, signed=int(signed),
                        narrow=int(narrow), rounding_mode=mode)  # fmt: skip
        expected = quantized(values, scale, zero, bits, mode, signed=signed, narrow=narrow)
        check(made, last, expected, tmp_path)


def test_quantized_weights_and_an_opset_without_round(tmp_path: Path) -> None:
    made = Maker(("x", 1, ["N", 3]))
    numbers = F(0.5), F(0), F(3)
    weights = made.add("Quant", WEIGHTS * F(0.7), *numbers, domain="onnx.brevitas", signed=1,
                       narrow=1, rounding_mode="ROUND")  # fmt: skip
    sums = made.add("MatMul", "x", weights)
    last = made.add("IntQuant", sums, F(1), F(0), F(2), domain=QONNX, signed=0, narrow=0)
    held = quantized(WEIGHTS * F(0.7), 0.5, 0, 3, "ROUND", signed=True, narrow=True)
    values = ROWS.astype(F) @ held
    expected = quantized(values, 1, 0, 2, "ROUND", signed=False, narrow=False)
    found = check(made, last, expected, tmp_path, opset=9)
    assert [len(layer.thresholds) for layer in found.network.layers.values()] == [3]  # type: ignore[arg-type]
    assert nnc.compile(found.network)


@pytest.mark.parametrize("is_one", [True, False])
def test_many_elements_that_are_quantized_alike(is_one: bool, tmp_path: Path) -> None:
    """The thresholds of one element are those of all."""
    size = 2_000 if is_one else 20
    made = Maker(("x", 1, ["N", size]))
    scale = F(0.5) if is_one else np.linspace(0.25, 2, size, dtype=F)
    made.add("QuantizeLinear", "x", scale, np.zeros(np.shape(scale), np.int8), axis=1)
    data = made.model("v0")
    found = read_bytes_as(data, "m.onnx")
    found.save(str(tmp_path / "m.nn.yaml"))
    rows = np.random.default_rng(2).normal(0, 60, (20, size)).astype(F)
    got = nnc.evaluate(nnc.load(tmp_path / "m.nn.yaml"), {"x": rows})
    assert np.array_equal(got["v0"], run(data, {"x": rows})["v0"])


def test_too_many_elements_that_are_quantized_alike(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(chains, "_MOST_SWITCHES", 5_000)
    made = Maker(("x", 1, ["N", 20]))
    made.add("QuantizeLinear", "x", F(0.5), np.int8(0), axis=1)
    with pytest.raises(InvalidNetworkError) as error:
        read_bytes_as(made.model("v0"), "m.onnx")
    (diagnostic,) = error.value.diagnostics
    assert "its 20 elements have 255 levels each: too many" in diagnostic.message
    assert diagnostic.help == SMALLER


def test_bipolar_quant(tmp_path: Path) -> None:
    made, sums, values = model()
    last = made.add("BipolarQuant", sums, F(0.5), domain=QONNX)
    check(made, last, np.where(values >= 0, 0.5, -0.5), tmp_path)


def test_trunc(tmp_path: Path) -> None:
    made, sums, values = model()
    last = made.add("Trunc", sums, F(0.25), F(0), F(8), F(4), domain=QONNX, rounding_mode="FLOOR")
    check(made, last, np.floor(np.round(values / F(0.25)) / 16) * F(0.25), tmp_path)
    made, sums, values = model()
    last = made.add("Trunc", sums, F(0.25), F(0), F(8), F(4), F(2), domain=QONNX,
                    rounding_mode="FLOOR", signed=0)  # fmt: skip
    expected = np.floor(np.clip(np.round(values / F(0.25)) / 16, 0, 3)) * F(4)
    check(made, last, expected, tmp_path)


@pytest.mark.parametrize(("scale", "bias"), [(1, 0), (2, -1), (0.5, 0.25)])
def test_multi_threshold(scale: float, bias: float, tmp_path: Path) -> None:
    limits = np.array([[-1, 0, 2.5], [0, 0, 3], [1, 2, 40]], F)
    for thresholds in (limits, limits[1:2]):
        made, sums, values = model()
        last = made.add("MultiThreshold", sums, thresholds, domain=QONNX, out_dtype="UINT2",
                        out_scale=float(scale), out_bias=float(bias))  # fmt: skip
        counts = (values[:, :, None] >= thresholds).sum(2)
        check(made, last, counts * F(scale) + F(bias), tmp_path)


@pytest.mark.parametrize("layout", ["NCW", "NWC", ""])
def test_multi_threshold_of_channels(layout: str, tmp_path: Path) -> None:
    """The second dimension has the channels, or the last, which is so where nothing is said."""
    made, sums, values = model()
    shape = (1, 3, 1) if layout == "NCW" else (1, 1, 3)
    shaped = made.add("Reshape", sums, np.array([-1, *shape[1:]]))
    limits = np.array([[0, 1], [2, 3], [-4, 1]], F)
    more = {"data_layout": layout} if layout else {}
    last = made.add("MultiThreshold", shaped, limits, domain=QONNX, out_dtype="UINT2", **more)
    last = made.add("Reshape", last, np.array([-1, 3]))
    check(made, last, (values[:, :, None] >= limits).sum(2), tmp_path)


@pytest.mark.parametrize("per_channel", [False, True])
@pytest.mark.parametrize("is_conv", [False, True])
def test_scales_that_are_no_powers_of_two(per_channel: bool, is_conv: bool, tmp_path: Path) -> None:
    """Weights and activations are integers times a scale; the thresholds are the model's own.

    Its sums are rounded, so that only what is far from a threshold can be compared.
    """
    rng = np.random.default_rng(4)
    first = rng.integers(-3, 4, (4, 3)) * 0.1234567
    second = rng.integers(-1, 2, (2, 4)) * (np.array([[0.3], [0.7]]) if per_channel else 0.3)
    scales = F(0.1234567), np.array([[0.3], [0.7]], F) if per_channel else F(0.3)
    made = Maker(("x", 1, ["N", 3]))
    held, x = [], "x"
    for i, (weights, scale) in enumerate(zip((first, second), scales, strict=True)):
        held.append(quantized(weights.astype(F), scale, 0, 3, "ROUND", signed=True, narrow=True))
        name = made.add("Quant", weights.astype(F), scale, F(0), F(3), domain=QONNX, signed=1,
                        narrow=1, rounding_mode="ROUND")  # fmt: skip
        if is_conv:
            shaped = made.add("Reshape", x, np.array([-1, weights.shape[1], 1]))
            kernel = made.add("Reshape", name, np.array([*weights.shape, 1]))
            x = made.add("Conv", shaped, kernel, np.full(len(weights), 0.01, F))
            x = made.add("Reshape", x, np.array([-1, len(weights)]))
        else:
            x = made.add("Gemm", x, name, np.full(len(weights), 0.01, F), transB=1)
        if i == 0:
            x = made.add("Quant", x, F(0.77), F(0), F(2), domain=QONNX, signed=0, narrow=0,
                         rounding_mode="ROUND")  # fmt: skip
    found = imported(made.model(x))
    assert found.exactness == NEAR
    found.save(str(tmp_path / "m.nn.yaml"))
    (got,) = nnc.evaluate(nnc.load(tmp_path / "m.nn.yaml"), {"x": ROWS}).values()
    sums = (ROWS @ held[0].T + F(0.01)) / F(0.77)
    assert np.abs(sums - np.floor(sums) - 0.5).min() > 1e-5
    levels = quantized(sums, 1, 0, 2, "ROUND", signed=False, narrow=False) * F(0.77)
    assert np.abs(np.asarray(got, float) - (levels @ held[1].T + F(0.01))).max() < 1e-5
    (hidden, _) = found.network.layers.values()
    assert np.shape(hidden.thresholds) == (4, 3)


def test_a_network_as_brevitas_writes_it(tmp_path: Path) -> None:
    """Scales pass pools and Reshape: each activation is one layer, of all its thresholds."""
    made, rng = Maker(("x", 1, ["N", 1, 6, 6])), np.random.default_rng(8)
    scale, more = F(0.137), {"signed": 1, "narrow": 1, "rounding_mode": "ROUND"}

    def weights(*shape: int) -> str:
        whole = rng.integers(-1, 2, shape).astype(F)
        return made.add("Quant", whole * scale, scale, F(0), F(2), domain=QONNX, **more)

    x = made.add("Conv", "x", weights(2, 1, 3, 3))
    for size, step in ((3, F(0.41)), (0, F(0.093))):
        unsigned = {**more, "signed": 0, "narrow": 0}
        x = made.add("Quant", made.add("Relu", x), step, F(0), F(2), domain=QONNX, **unsigned)
        if size:
            x = made.add("MaxPool", x, kernel_shape=[2, 2])
            x = made.add("Conv", x, weights(size, 2, 2, 2))
    x = made.add("Gemm", made.add("Reshape", x, np.array([-1, 12])), weights(3, 12), transB=1)
    found = read_bytes_as(made.model(x), "m.onnx", settings=Settings(inputs={"x": "0..3"}))
    counted = [np.shape(each.thresholds) for each in found.network.layers.values()]
    assert [shape for shape in counted if len(shape) == 2] == [(3, 3)]
    assert found.exactness == NEAR
    found.save(str(tmp_path / "m.nn.yaml"))
    rows = rng.integers(0, 4, (100, 36))
    (got,) = nnc.evaluate(nnc.load(tmp_path / "m.nn.yaml"), {"x": rows}).values()
    standard = _without_quant(onnx.load_from_string(made.model(x)))
    expected = run(standard, {"x": rows.reshape(-1, 1, 6, 6).astype(F)})[x]
    assert np.abs(np.asarray(got, float) - expected).max() < 1e-6


def _without_quant(model: onnx.ModelProto) -> bytes:
    """Give the model in nodes of ONNX, as qonnx defines what Quant does."""
    numbers = {each.name: onnx.numpy_helper.to_array(each) for each in model.graph.initializer}
    nodes = list(model.graph.node)
    del model.graph.node[:]
    for node in nodes:
        if node.op_type != "Quant":
            model.graph.node.append(node)
            continue
        signed, narrow = (next(a.i for a in node.attribute if a.name == key)
                          for key in ("signed", "narrow"))  # fmt: skip
        bits, name = int(numbers[node.input[3]]), node.output[0]
        least = -(2 ** (bits - 1)) + narrow if signed else 0
        ends = (least, 2 ** (bits - 1) - 1 if signed else 2**bits - 1)
        for end, word in zip(ends, ("low", "high"), strict=True):
            model.graph.initializer.append(onnx.numpy_helper.from_array(F(end), name + word))
        model.graph.node.extend([
            onnx.helper.make_node("Div", node.input[:2], [name + "1"]),
            onnx.helper.make_node("Clip", [name + "1", name + "low", name + "high"], [name + "2"]),
            onnx.helper.make_node("Round", [name + "2"], [name + "3"]),
            onnx.helper.make_node("Mul", [name + "3", node.input[1]], [name]),
        ])  # fmt: skip
    data: bytes = model.SerializeToString()
    return data


@pytest.mark.parametrize(
    ("op", "numbers", "more", "message"),
    [
        ("Quant", (1, 0, 2.5), {}, "Quant: its number of bits is not an integer from 1 to 20"),
        ("Quant", (1, 0), {}, "`v1`, Quant: its scale and its other numbers are no constants"),
        ("Quant", (1, 0, 2), {"rounding_mode": "?"}, "Quant: it has another mode of rounding"),
        ("Quant", (1, np.nan, 2), {}, "Quant: its scale and its other numbers are no constants"),
        ("FloatQuant", (1,), {}, "FloatQuant: a network of thresholds cannot hold it"),
        ("MultiThreshold", (1,), {}, "MultiThreshold: the shapes of its operands do not fit"),
        ("Quant", (0, 0, 2), {}, "Quant: it gives what is no finite number"),
    ],
)  # fmt: skip
def test_what_cannot_be_read(op: str, numbers: Any, more: Any, message: str) -> None:
    made, sums, _ = model()
    last = made.add(op, sums, *map(F, numbers), domain=QONNX, **more)
    with pytest.raises(InvalidNetworkError) as error:
        imported(made.model(last))
    assert message in error.value.diagnostics[0].message


def test_operators_of_brevitas_whose_domain_the_model_does_not_import() -> None:
    made, sums, values = model()
    last = made.add("BipolarQuant", sums, np.array(1, F), domain="onnx.brevitas")
    proto = onnx.load_from_string(made.model(last))
    kept = [one for one in proto.opset_import if one.domain != "onnx.brevitas"]
    del proto.opset_import[:]
    proto.opset_import.extend(kept)
    network = imported(proto.SerializeToString()).network
    (found,) = nnc.evaluate(network, {"x": ROWS}).values()
    assert np.array_equal(np.asarray(found, float), np.where(values >= 0, 1, -1))


def read_reals(made: Maker, last: str, folder: Path, rows: Array) -> tuple[Imported, Array]:
    """Import a model whose inputs may be any number; return it and what the network gives."""
    found = read_bytes_as(made.model(last), "m.onnx", settings=Settings())
    found.save(str(folder / "m.nn.yaml"))
    (got,) = nnc.evaluate(nnc.load(folder / "m.nn.yaml"), {"x": rows}).values()
    return found, np.asarray(got, float)


@pytest.mark.parametrize(("bits", "signed"), [(1, True), (2, False), (4, True), (8, True)])
def test_real_inputs_are_quantized(bits: int, signed: bool, tmp_path: Path) -> None:
    made = Maker(("x", 1, ["N", 3]))
    arrays = np.array(0.3, F), np.array(0, F), np.array(bits, F)
    x = made.add("Quant", "x", *arrays, signed=int(signed), domain=QONNX)
    last = made.add("MatMul", x, np.array([[1], [-2], [4]], F))
    rng = np.random.default_rng(3)
    rows = rng.normal(0, 0.3 * 2 ** (bits - 1), (300, 3)).astype(F)
    rows[:100] = np.rint(rows[:100] / 0.15) * 0.15  # at the cut-offs, or one float beside them
    rows[:50] = np.nextafter(rows[:50], F(9))
    found, got = read_reals(made, last, tmp_path, rows)
    whole = quantized(rows, 0.3, 0, bits, "ROUND", signed=signed, narrow=False) / F(0.3)
    expected = np.rint(whole) @ [1, -2, 4]
    assert np.array_equal(np.rint(got / np.float64(F(0.3))), expected)
    assert len(found.network.layers) == 1


def falling(type_: Any, number: int) -> tuple[Maker, str]:
    """Make a model that is 1 below 0.5, of numbers of a type."""
    made = Maker(("x", number, ["N", 2]))
    clipped = made.add("Clip", "x", np.array(0, type_), np.array(1, type_))
    return made, made.add("Cast", made.add("Less", clipped, np.array(0.5, type_)), to=number)


def test_a_falling_chain_of_reals_changes_at_its_float(tmp_path: Path) -> None:
    rows = np.array([[0.5, np.nextafter(F(0.5), F(0))], [0, 3e38], [-3e38, 1]], F)
    _, got = read_reals(*falling(F, 1), tmp_path, rows)
    assert np.array_equal(got, rows < 0.5)


def test_a_chain_of_doubles_is_refused() -> None:
    """No float lies between two doubles, at which a limit of either side would be right."""
    made, last = falling(np.float64, 11)
    with pytest.raises(InvalidNetworkError, match="so that the runtime rounds them"):
        read_bytes_as(made.model(last), "m.onnx", settings=Settings())


def test_a_staircase_holds_at_the_largest_floats(tmp_path: Path) -> None:
    made = Maker(("x", 1, ["N", 3]))
    clipped = made.add("Clip", "x", np.array(0, F), np.array(1, F))
    last = made.add("Round", made.add("Mul", clipped, np.array([1, 2, 3], F)))
    rows = np.array([[3e38] * 3, [2e31] * 3, [-3e38] * 3], F)
    _, got = read_reals(made, last, tmp_path, rows)
    assert got.tolist() == [[1, 2, 3], [1, 2, 3], [0, 0, 0]]


def test_a_convolution_of_real_pictures_is_quantized(tmp_path: Path) -> None:
    """It is a convolution, and gives what float64 gives but for sums within rounding of a limit."""
    rng = np.random.default_rng(5)
    made = Maker(("x", 1, [1, 2, 6, 5]))
    kernel, bias = rng.normal(size=(4, 2, 3, 3)).astype(F), rng.normal(size=4).astype(F)
    x = made.add("Conv", "x", kernel, bias, pads=[1, 1, 1, 1], strides=[2, 1])
    numbers = np.array(0.5, F), np.array(0, F), np.array(2, F)
    x = made.add("Quant", x, *numbers, signed=0, domain=QONNX)
    last = made.add("Reshape", x, np.array([1, -1]))
    pictures = rng.normal(size=(50, 2, 6, 5)).astype(F)
    found, got = read_reals(made, last, tmp_path, pictures.reshape(50, -1))
    padded = np.pad(pictures.astype(float), ((0, 0), (0, 0), (1, 1), (1, 1)))
    windows = np.lib.stride_tricks.sliding_window_view(padded, (3, 3), (2, 3))[:, :, ::2]
    sums = np.einsum("ncijrs,fcrs->nfij", windows, kernel) + bias[:, None, None]
    expected = np.clip(np.rint(sums / 0.5), 0, 3) * 0.5
    assert np.array_equal(got, expected.reshape(50, -1))
    assert found.exactness == NEAR


@pytest.mark.parametrize("bits", [1, 2])
def test_quantized_convolutions_of_reals_are_pooled(bits: int, tmp_path: Path) -> None:
    rng = np.random.default_rng(6)
    made = Maker(("x", 1, [1, 1, 6, 6]))
    kernel = rng.normal(size=(3, 1, 3, 3)).astype(F)
    x = made.add("Conv", "x", kernel, pads=[1, 1, 1, 1])
    numbers = np.array(1, F), np.array(0, F), np.array(bits, F)
    x = made.add("Quant", x, *numbers, signed=int(bits == 1), domain=QONNX)
    x = made.add("MaxPool", x, kernel_shape=[2, 2], strides=[2, 2])
    last = made.add("Reshape", x, np.array([1, -1]))
    pictures = rng.normal(size=(50, 6, 6)).astype(F)
    found, got = read_reals(made, last, tmp_path, pictures.reshape(50, -1))
    padded = np.pad(pictures.astype(float), ((0, 0), (1, 1), (1, 1)))
    windows = np.lib.stride_tricks.sliding_window_view(padded, (3, 3), (1, 2))
    sums = np.einsum("nijrs,frs->nfij", windows, kernel[:, 0])
    values = np.where(sums >= 0, 1, -1) if bits == 1 else np.clip(np.rint(sums), 0, 3)
    expected = values.reshape(50, 3, 3, 2, 3, 2).max((3, 5))
    assert np.array_equal(got, expected.reshape(50, -1))
    assert isinstance(next(iter(found.network.layers.values())), Convolution)


def test_a_number_of_too_many_levels_is_refused() -> None:
    made = Maker(("x", 1, ["N", 3]))
    x = made.add("Relu", made.add("MatMul", "x", WEIGHTS.T))
    last = made.add("MatMul", x, WEIGHTS)
    with pytest.raises(InvalidNetworkError) as caught:
        read_bytes_as(made.model(last), "m.onnx", settings=Settings())
    (found,) = caught.value.diagnostics
    assert found.message == (
        "node `v1`, Relu: its sums are not of integers, so that the runtime rounds them"
    )
    assert found.help == "say with --within which integers an input may be: --within x=0..255"
