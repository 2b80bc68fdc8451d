"""Convolutions and pools of models of ONNX: they are read as convolutions, and give the same."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import nnc
from nnc.interchange.importing.imported import EXACT, Imported
from nnc.interchange.importing.settings import Settings
from nnc.interchange.imports import read_bytes_as
from nnc.language.network import Convolution

pytest.importorskip("onnxruntime")
from tests.support.onnx_models import Array, Maker, run

F = np.float32
QONNX = "qonnx.custom_op.general"


def signs(rng: np.random.Generator, *shape: int) -> Array:
    return rng.choice([-1, 1], shape).astype(F)


def check(
    data: bytes, words: str, shape: tuple[int, ...], folder: Path, *, is_exact: bool = True
) -> Imported:
    """Compare rows, in the order of the model, with what the runtime gives."""
    rng = np.random.default_rng(3)
    low, _, high = words.replace("|", "..").partition("..")
    values = [int(low), int(high)] if "|" in words else range(int(low), int(high) + 1)
    rows = rng.choice(np.array(values), (100, *shape))
    found = read_bytes_as(data, "m.onnx", settings=Settings(inputs={"x": words}))
    assert (found.exactness == EXACT) == is_exact
    found.save(str(folder / "m.nn.yaml"))
    got = nnc.evaluate(nnc.load(folder / "m.nn.yaml"), {"x": rows.reshape(100, -1)})
    for name, expected in run(data, {"x": rows.astype(F)}).items():
        (given,) = [values for key, values in got.items() if key.startswith(name)]
        given = np.asarray(given, float).reshape(100, -1)
        assert np.array_equal(given, expected.reshape(100, -1)), name
    return found


def convolutions(found: Imported) -> list[Convolution]:
    return [each for each in found.network.layers.values() if isinstance(each, Convolution)]


def normalised(made: Maker, x: str, size: int, rng: np.random.Generator) -> str:
    """Normalise a batch; some of the channels are turned."""
    scale = rng.choice([-1.5, 0.75, 0.5, 2.25], size).astype(F)
    bias, mean = (rng.normal(0, 1, size).astype(F) for _ in range(2))
    return made.add("BatchNormalization", x, scale, bias, mean, rng.uniform(1, 9, size).astype(F))


CONVOLUTIONS: dict[str, tuple[tuple[int, ...], dict[str, Any]]] = {
    "plain": ((4, 1, 3, 3), {}),
    "padded": ((4, 1, 3, 3), {"pads": [1, 1, 1, 1]}),
    "strided": ((4, 1, 3, 2), {"pads": [1, 0, 1, 0], "strides": [2, 1]}),
    "padded on one side": ((4, 1, 3, 3), {"pads": [0, 0, 1, 1], "strides": [2, 2]}),
    "as in TensorFlow": ((4, 1, 3, 3), {"auto_pad": "SAME_UPPER", "strides": [2, 2]}),
    "dilated": ((4, 1, 2, 3), {"dilations": [3, 1], "pads": [2, 1, 2, 1]}),
    "channels": ((4, 3, 3, 3), {"pads": [0, 1, 0, 1]}),
    "groups": ((6, 1, 3, 3), {"group": 3}),
}


@pytest.mark.parametrize("words", ["-1|1", "0..7"])
@pytest.mark.parametrize("name", CONVOLUTIONS)
def test_chains_of_convolutions(name: str, words: str, tmp_path: Path) -> None:
    (filters, depth, *kernel), more = CONVOLUTIONS[name]
    channels = depth * more.get("group", 1)
    rng = np.random.default_rng(len(name))
    made = Maker(("x", 1, ["N", channels, 9, 8]))
    x = made.add("Conv", "x", signs(rng, filters, depth, *kernel), **more)
    x = made.add("Sign", made.add("Add", normalised(made, x, filters, rng), F(0.01)))
    x = made.add("MaxPool", x, kernel_shape=[2, 2], strides=[1, 2], pads=[1, 0, 0, 0])
    x = made.add("Conv", x, signs(rng, 3, filters, 2, 2), pads=[1, 0, 1, 0])
    x = made.add("Greater", normalised(made, x, 3, rng), F(0))
    x = made.add("Cast", x, to=1)
    found = check(made.model(x), words, (channels, 9, 8), tmp_path)
    assert len(convolutions(found)) == len(found.network.layers) == 3
    assert np.size(convolutions(found)[2].weights) == 3 * filters * 4
    (image,) = found.network.typed_inputs().values()
    assert image.shape == ((9, 8) if channels == 1 else (27, 8))


@pytest.mark.parametrize("levels", [2, 3])
def test_pools_of_several_levels(levels: int, tmp_path: Path) -> None:
    """A pool needs a bit for each level: the features of the convolution before it."""
    rng = np.random.default_rng(levels)
    made = Maker(("x", 1, ["N", 1, 8, 8]))

    def quantized(x: str, size: int, most: int) -> str:
        x = made.add("Div", normalised(made, x, size, rng), F(0.37))
        return made.add("Clip", made.add("Round", x), F(0), F(most))

    x = made.add("Conv", "x", signs(rng, 3, 1, 3, 3), pads=[1, 1, 1, 1])
    x = made.add("Mul", quantized(x, 3, levels), F(0.37))
    x = made.add("MaxPool", x, kernel_shape=[2, 2], strides=[2, 2])
    x = made.add("Conv", x, signs(rng, 5, 3, 2, 2))
    x = made.add("Flatten", quantized(x, 5, 3))
    found = check(made.model(x), "0..15", (1, 8, 8), tmp_path, is_exact=False)
    features = [np.shape(each.thresholds) for each in convolutions(found)]
    assert features == [(3 * levels,), (), (5, 3)]


def test_a_line_is_a_picture_of_one_row(tmp_path: Path) -> None:
    rng = np.random.default_rng(5)
    made = Maker(("x", 1, ["N", 2, 12]))
    x = made.add("Sign", made.add("Add", made.add("Conv", "x", signs(rng, 4, 2, 3)), F(0.5)))
    x = made.add("MaxPool", x, kernel_shape=[2], strides=[2])
    x = made.add("Sign", made.add("Conv", x, signs(rng, 3, 4, 3), pads=[1, 1]))
    found = check(made.model(x), "-1|1", (2, 12), tmp_path)
    assert [each.kernel for each in convolutions(found)] == [(2, 3), (1, 2), (1, 3)]


def test_channels_that_are_last_stay_there(tmp_path: Path) -> None:
    """As Keras has them: a picture of three channels, padded on all sides."""
    rng = np.random.default_rng(6)
    made = Maker(("x", 1, ["N", 6, 6, 3]))
    x = made.add("Transpose", "x", perm=[0, 3, 1, 2])
    x = made.add("Conv", x, signs(rng, 4, 3, 3, 3), pads=[1, 1, 1, 1])
    x = made.add("Sign", made.add("Add", x, F(0.5)))
    x = made.add("Transpose", x, perm=[0, 2, 3, 1])
    found = check(made.model(x), "0..255", (6, 6, 3), tmp_path)
    assert [each.convolve for each in convolutions(found)] == ["x"]
    assert found.network.typed_inputs()["x"].shape == (6, 6, 3)


@pytest.mark.parametrize("words", ["-1|1", "3..4", "0..255", "-9..90"])
def test_padded_channels_that_are_first_are_copied(words: str, tmp_path: Path) -> None:
    """A copy has them side by side; it counts where an element has more than two values."""
    rng = np.random.default_rng(7)
    made = Maker(("x", 1, ["N", 3, 6, 5]))
    x = made.add("Conv", "x", signs(rng, 4, 3, 3, 3), pads=[1, 1, 1, 1])
    x = made.add("Sign", made.add("Add", x, F(0.5)))
    y = made.add("Conv", "x", signs(rng, 2, 3, 3, 3), pads=[1, 0, 0, 1])
    y = made.add("Greater", y, F(0))
    found = check(made.model(x, y), words, (3, 6, 5), tmp_path)
    assert [each.convolve for each in convolutions(found)] == ["x", "x_channels", "x_channels"]


def test_channels_of_many_values_are_written_out(tmp_path: Path) -> None:
    rng = np.random.default_rng(7)
    made = Maker(("x", 1, ["N", 3, 6, 5]))
    x = made.add("Conv", "x", signs(rng, 4, 3, 3, 3), pads=[1, 1, 1, 1])
    x = made.add("Sign", made.add("Add", x, F(0.5)))
    assert not convolutions(check(made.model(x), "0..256", (3, 6, 5), tmp_path))


@pytest.mark.parametrize("around", [0.0, -1.0])
@pytest.mark.parametrize("words", ["-1|1", "0..9"])
def test_a_border_of_one_constant_is_padding(words: str, around: float, tmp_path: Path) -> None:
    rng = np.random.default_rng(8)
    made = Maker(("x", 1, ["N", 3, 6, 5]))
    x = made.add("Pad", "x", np.array([0, 0, 1, 0, 0, 0, 1, 2]), F(around))
    x = made.add("Sign", made.add("Add", made.add("Conv", x, signs(rng, 4, 3, 3, 3)), F(0.5)))
    x = made.add("Pad", x, np.array([0, 0, 0, 1, 0, 0, 1, 1]), F(around))
    x = made.add("Greater", made.add("Conv", x, signs(rng, 2, 4, 2, 2), strides=[2, 1]), F(0))
    assert len(convolutions(check(made.model(x), words, (3, 6, 5), tmp_path))) == 3
