"""Searches for numbers refuse layers whose neurons count their thresholds."""

from pathlib import Path

import pytest

import nnc

TEXT = """\
nnc: 1
fires: at_least
inputs: {x: integer(2)}
layers:
  hidden: {wiring: x, weights: [[1, 2], [3, -1]], thresholds: [[1, 2], [0, 2]]}
neurons:
  out: {weights: {hidden: NUMBER}, threshold: 2}
outputs: [out]
cases:
  - {given: {x: [1, 1]}, expect: {out: 0}}
"""


def test_solve_and_repair_name_the_layer(tmp_path: Path) -> None:
    file = tmp_path / "main.nn.yaml"
    for number, search in (("_", nnc.solve), ("1", nnc.repair)):
        file.write_text(TEXT.replace("NUMBER", number))
        with pytest.raises(nnc.InvalidNetworkError) as error:
            search(nnc.load(file, root=tmp_path))
        (one,) = error.value.diagnostics
        assert one.rule == "counting-layer"
        assert "layer `hidden` has 2 thresholds a neuron" in one.message
