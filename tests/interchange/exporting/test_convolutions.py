"""Convolutions as loops over weights that are stored once, run by the tools that read them."""

from fractions import Fraction
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
import pytest
from safetensors.numpy import save_file

import nnc
from nnc.interchange.exports import export_plan
from nnc.numbers.exact import Refused
from tests.interchange.exporting.test_export import check
from tests.support.drawn_convolutions import as_text, drawn_file, drawn_rows
from tests.support.exports import MISSING, as_double
from tests.support.oracle import Oracle, loads

LANGUAGES = [
    pytest.param(
        name, marks=pytest.mark.skipif(name in MISSING, reason=f"what runs {name} is missing")
    )
    for name in ("python", "js", "c", "onnx")
]


def drawn(random: Random) -> dict[str, Any]:
    """Draw a network whose last convolution is a block, too, unless its sums are given."""
    file = drawn_file(random)
    if random.random() < 0.8:
        del file["outputs"]["sums"], file["outputs"]["best"]
    return file


@pytest.mark.parametrize("language", LANGUAGES)
def test_drawn_convolutions(language: str, full: bool, tmp_path: Path) -> None:
    kinds = []
    for seed in range(200 if full else 6):
        random = Random(seed)
        text = as_text(drawn(random))
        network = nnc.loads(text)
        rows = [
            {"image": [as_double(Fraction(str(value))) for value in row["image"]]}
            for row in drawn_rows(random, network, 6)
        ]
        try:
            kinds.append(check(nnc.compile(network), Oracle(loads(text)), rows, language, tmp_path))
        except Exception as error:
            error.add_note(f"seed {seed}")
            raise
    assert "exact" in kinds


LAYERS = """\
nnc: 1
fires: at_least
inputs: {image: {type: integer, shape: [12, 12], min: 0, max: 255}}
layers:
  edges: {convolve: image, kernel: 3, padding: 1, weights: {file: w.safetensors, tensor: a},
    thresholds: [[-3, 40], [2, 90], [0, 7], [50, 300]], outside: 9}
  pooled: {convolve: edges, kernel: 2, stride: 2, groups: 4, weights: 1, thresholds: 3,
    states: [-1, 1]}
  hidden: {wiring: pooled, weights: {file: w.safetensors, tensor: b}, thresholds: 5}
  scores: {wiring: hidden, weights: {file: w.safetensors, tensor: c}, thresholds: 0}
outputs: {kind: {largest: scores}, hidden: hidden, one: "edges(1, 2, 3)"}
"""


def layers(folder: Path) -> Path:
    random = np.random.default_rng(0)
    shapes = {"a": (4, 3, 3, 1), "b": (40, 144), "c": (10, 40)}
    save_file(
        {name: random.integers(-2, 3, shape).astype(np.int8) for name, shape in shapes.items()},
        folder / "w.safetensors",
    )
    path = folder / "n.nn.yaml"
    path.write_text(LAYERS.replace(",\n    ", ", "), "utf-8")
    return path


@pytest.mark.parametrize("language", LANGUAGES)
def test_layers_are_tables(language: str, tmp_path: Path) -> None:
    path = layers(tmp_path)
    plan = nnc.compile(nnc.load(path))
    random = Random(0)
    rows = [{"image": [random.randrange(256) for _ in range(144)]} for _ in range(30)]
    exact = Oracle(loads(path.read_text("utf-8")), tmp_path)
    assert check(plan, exact, rows, language, tmp_path) == "exact"
    if language != "onnx":
        text = export_plan(plan, language).text
        assert len(text) < 60_000  # 6,196 weights, of which each is there once


def test_a_sum_too_large_for_a_language() -> None:
    text = """\
nnc: 1
fires: at_least
inputs: {image: {type: integer, shape: [2, 2], min: 0, max: 9007199254740991}}
layers:
  edges: {convolve: image, kernel: 2, features: 1, weights: 3, thresholds: 2}
outputs: [edges]
"""
    plan = nnc.compile(nnc.loads(text))
    with pytest.raises(Refused, match="the sum of `edges` may be 108,086,391,056,891,892"):
        export_plan(plan, "js")
    assert "convolve" in export_plan(plan, "python").text
