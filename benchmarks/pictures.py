"""Convolutions beside onnxruntime: `python -m benchmarks.pictures FOLDER`.

Networks of random weights: one as large as those for Fashion-MNIST, and one layer as in VGG.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

import nnc
from benchmarks import peers
from benchmarks.cases import INT8, NNC, TWO, Bars, Case, evaluate, show, some_rows
from benchmarks.measuring import Way
from nnc.compiler.artifact import Provenance, write_compiled
from nnc.files.opening import MAX_BYTES
from nnc.opening.loading import load_plan

Array = NDArray[Any]
Weights = list[tuple[Array, Array]]
FASHION, VGG = (28, 28, 1), (32, 32, 128)
COUNTS = (1, 256, 10_000)
FEATURES, DENSE = (32, 64), (256, 10)


def fashion_weights() -> Weights:
    """Weights 1 and -1 of two convolutions and two dense layers, and their thresholds."""
    rng = np.random.default_rng(1)
    layers: Weights = []
    channels = 1
    for features in FEATURES:
        taps = rng.choice(np.array([-1, 1], np.int8), (features, 3, 3, channels))
        layers.append((taps, rng.integers(-8, 9, features) * (64 if channels == 1 else 1)))
        channels = features
    fan_in = 7 * 7 * channels
    for size in DENSE:
        taps = rng.choice(np.array([-1, 1], np.int8), (size, fan_in))
        layers.append((taps, rng.integers(-8, 9, size)))
        fan_in = size
    return layers


def layer_weights(channels: int, largest: int) -> Weights:
    """Weights 1 and -1, or up to a size, of as many features as they read channels."""
    rng = np.random.default_rng(largest)
    choices = np.array([-1, 1]) if largest == 1 else np.arange(-largest, largest + 1)
    taps = rng.choice(choices.astype(np.int8), (channels, 3, 3, channels))
    return [(taps, rng.integers(-8, 9, channels))]


def plan_of(folder: Path, layers: Weights, shape: tuple[int, int, int], *, pools: bool) -> nnc.Plan:
    """Compile convolutions of 3 x 3, each with a pool if wanted, and dense layers behind them."""
    from safetensors.numpy import save_file

    arrays = {f"w{i}": weights for i, (weights, _) in enumerate(layers)}
    arrays |= {f"t{i}": thresholds.astype(np.int32) for i, (_, thresholds) in enumerate(layers)}
    save_file(arrays, folder / "pictures.safetensors")
    kind = "integer, min: 0, max: 255" if pools else "bit"
    lines = ["nnc: 1", "fires: at_least", f"inputs: {{x: {{type: {kind}, shape: {[*shape]}}}}}"]
    lines.append("layers:")
    last = "x"
    for i, (weights, _) in enumerate(layers):
        reads = (
            f"convolve: {last}, kernel: 3, padding: 1" if weights.ndim == 4 else f"wiring: {last}"
        )
        files = ", ".join(
            f"{key}: {{file: pictures.safetensors, tensor: {key[0]}{i}}}"
            for key in ("weights", "thresholds")
        )
        lines.append(f"  h{i}: {{{reads}, {files}}}")
        last = f"h{i}"
        if pools and weights.ndim == 4:
            pool = f"kernel: 2, stride: 2, groups: {len(weights)}, thresholds: 1"
            lines.append(f"  p{i}: {{convolve: {last}, {pool}}}")
            last = f"p{i}"
    lines.append(f"outputs: {{y: {{largest: {last}}}}}" if pools else f"outputs: {{y: {last}}}")
    file = folder / "pictures.nn.yaml"
    file.write_text("\n".join(lines), encoding="utf-8")
    return nnc.compile(nnc.load(file))


def cases(folder: Path) -> Iterator[Case]:
    """Return both networks, for one picture and for many."""
    layers = fashion_weights()
    plan = plan_of(folder, layers, FASHION, pools=True)
    title = "Fashion-MNIST, 3x3 of 32 and 64 features, pools, 256, 10, weights 1 and -1"
    for count in COUNTS:
        pictures = np.random.default_rng(count).integers(0, 256, (count, 784), np.uint8)
        ways = [_way(plan, pictures, name) for name in (NNC, *([TWO] if count > 1 else []))]
        bars: Bars = {}
        if peers.has("onnx", "onnxruntime"):
            run = peers.onnx_pictures(FASHION, layers, pools=True)
            ways.append(some_rows(INT8, _column(run), pictures, 500))
            bars[NNC, INT8] = 1
        yield Case(f"{title}, pictures: {count:,}", ways, bars)
    for largest in (1, 7):
        layers = layer_weights(VGG[2], largest)
        plan = plan_of(folder, layers, VGG, pools=False)
        weights = "1 and -1" if largest == 1 else f"-{largest} to {largest}"
        for count in (1, 256):
            yield _vgg(f"VGG, 3x3x128x128 on 32x32, weights {weights}", plan, layers, count)
    yield _load(folder)


def _way(plan: nnc.Plan, pictures: Array, name: str) -> Way:
    return Way(name, partial(evaluate, plan, {"x": pictures}, name), lambda found: found["y"])


def _column(run: peers.Run) -> peers.Run:
    return lambda rows: run(rows)[:, 0]


def by_pixel(found: Array, shape: tuple[int, int, int]) -> Array:
    """Turn what saturates, channels first, into bits with the channels last."""
    turned = found.reshape(-1, shape[2], *shape[:2]).transpose(0, 2, 3, 1)
    return turned.reshape(len(found), -1) > 0


def _vgg(title: str, plan: nnc.Plan, layers: Weights, count: int) -> Case:
    pictures = np.random.default_rng(count).integers(0, 2, (count, *VGG), np.uint8)
    ways = [_way(plan, pictures.reshape(count, -1), NNC)]
    bars: Bars = {}
    if peers.has("onnx", "onnxruntime"):
        run = peers.onnx_pictures(VGG, layers, pools=False)
        first = np.ascontiguousarray(pictures.transpose(0, 3, 1, 2).reshape(count, -1))

        some = first[:16]
        ways.append(Way(INT8, partial(run, some), partial(by_pixel, shape=VGG), len(some) / count))
        bars[NNC, INT8] = 1
    return Case(f"{title}, pictures: {count:,}", ways, bars)


def _load(folder: Path) -> Case:
    """Return the loading of the compiled network for Fashion-MNIST."""
    file = folder / "pictures.nnc"
    with file.open("wb") as stream:
        write_compiled(
            plan_of(folder, fashion_weights(), FASHION, pools=True), Provenance(), stream
        )
    load: Callable[[], Any] = partial(load_plan, str(file), root=folder, max_bytes=MAX_BYTES)
    way = Way(NNC, load, lambda found: np.asarray(found.plan.inputs["x"].width))
    return Case("Fashion-MNIST, compiled: load and check 834 KB", [way])


if __name__ == "__main__":
    os.environ["NNC_LIMITS"] = "128"  # for the synapses that the layer of VGG stands for
    show(cases(Path(sys.argv[1])))
