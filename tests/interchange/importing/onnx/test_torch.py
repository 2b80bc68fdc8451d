"""Models that PyTorch writes: they are read, and give what onnxruntime gives."""

import io
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.interchange.importing.onnx.test_convolutions import check

torch = pytest.importorskip("torch")
pytest.importorskip("onnxruntime")
nn = torch.nn


def bits(x: Any) -> Any:
    return (x >= 0).float()


def signs(x: Any) -> Any:
    return torch.where(x >= 0, 1.0, -1.0)


class Net(nn.Module):
    """Two convolutions of integers, and what a test does with them."""

    def __init__(self, forward: Callable[[Any, Any], Any], **more: Any) -> None:
        super().__init__()
        torch.manual_seed(7)
        self.first = nn.Conv2d(3, 4, 3, padding=1, bias=False, **more)
        self.second = nn.Conv2d(4, 4, 3, padding=1, bias=False, **more)
        for conv in (self.first, self.second):
            conv.weight.data = torch.randint(-2, 3, conv.weight.shape).float()
        self.norm = nn.BatchNorm2d(4)
        self.norm.running_var.uniform_(1, 9)
        self.norm.bias.data.normal_()
        self.way = forward

    def forward(self, x: Any) -> Any:
        """Do what the test does."""
        return self.way(self, x).flatten(1)


def exported(net: Net, *shape: int) -> bytes:
    file = io.BytesIO()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.onnx.export(
            net.eval(), (torch.ones(1, *shape),), file, dynamo=False, input_names=["x"],
            output_names=["y"], dynamic_axes={"x": {0: "N"}, "y": {0: "N"}},
        )  # fmt: skip
    return file.getvalue()


WAYS: dict[str, Callable[[Any, Any], Any]] = {
    "bits": lambda net, x: net.second(bits(net.first(x) - 1.5)),
    "signs": lambda net, x: net.second(signs(net.first(x) + 0.5)),
    "rounded": lambda net, x: net.second(torch.clamp(torch.round(net.first(x) / 4), 0, 3)),
    "padded": lambda net, x: bits(net.first(nn.functional.pad(x, (0, 1, 1, 0), value=-1.0))),
    "residual": lambda net, x: bits(net.second(signs(p := net.first(x))) + p),
}


@pytest.mark.parametrize("name", WAYS)
def test_convolutions_of_integers(name: str, tmp_path: Path) -> None:
    check(exported(Net(WAYS[name]), 3, 6, 5), "-1|1", (3, 6, 5), tmp_path)


@pytest.mark.parametrize("mode", ["circular", "reflect", "replicate"])
def test_pictures_padded_with_themselves(mode: str, tmp_path: Path) -> None:
    net = Net(lambda net, x: bits(net.first(x)), padding_mode=mode)
    check(exported(net, 3, 6, 5), "-1|1", (3, 6, 5), tmp_path)


ROUNDED: dict[str, Callable[[Any, Any], Any]] = {
    "input": lambda net, x: bits(net.first((x / 255 - 0.45) / 0.22)),
    "sums": lambda net, x: bits(net.norm(net.second(signs(p := net.norm(net.first(x))))) + p),
}


@pytest.mark.parametrize("name", ROUNDED)
def test_scaled_sums_are_read_on(name: str, tmp_path: Path) -> None:
    """They stay sums of real numbers, and take no neuron for each of their values."""
    found = check(
        exported(Net(ROUNDED[name]), 3, 6, 5), "0..255", (3, 6, 5), tmp_path, is_exact=False
    )
    assert len(found.network.layers) == {"input": 1, "sums": 3}[name]
