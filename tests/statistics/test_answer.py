"""Stats: the counts of networks, for each form of weights."""

from pathlib import Path

import numpy as np
import pytest

import nnc
from nnc.statistics.answer import Stats

MIXED = """\
nnc: 1
inputs: {b: bit(4), x: {type: integer, min: 0, max: 9}, c: {type: choice, of: [u, v]}}
neurons:
  n: {weights: {b(0): 1, x: 0.5, c.u: -3}, thresholds: {low: 1, high: 2.5}, fires: at_least}
layers:
  dense: {wiring: b, weights: {file: dense.npy}, thresholds: 0, fires: above}
  same: {wiring: dense, weights: 1, thresholds: 2, size: 3, fires: at_least}
outputs: {o: n.high, s: same}
"""


@pytest.fixture(autouse=True)
def _folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def counts_of(text: str) -> Stats:
    return nnc.stats(nnc.loads(text))


def test_every_kind_of_weights_is_counted() -> None:
    np.save("dense.npy", np.array([[1, 0, -1, 2.5], [1, 1, 1, 1]], np.float32))
    counts = counts_of(MIXED)
    assert (counts.inputs, counts.values) == ({"bit": 1, "integer": 1, "choice": 1}, 6)
    assert (counts.neurons, counts.levels, counts.layers) == (6, 2, {"dense": 2, "same": 3})
    assert (counts.fires, counts.thresholds) == ({"at_least": 4, "above": 2}, 7)
    assert (counts.weights, counts.distinct_weights) == (17, 6)
    assert (counts.least_weight, counts.greatest_weight) == (-3, 2.5)
    assert (counts.smallest_fan_in, counts.largest_fan_in) == (2, 4)
    assert counts.mean_fan_in * 6 == 17


def test_stored_weights_of_a_sparse_layer() -> None:
    for name, values in (("indptr", [0, 2, 3]), ("indices", [0, 3, 1]), ("values", [2, -1, 2])):
        np.save(f"{name}.npy", np.array(values))
    files = ", ".join(f"{key}: {{file: {key}.npy}}" for key in ("indptr", "indices", "values"))
    counts = counts_of(MIXED.replace("{file: dense.npy}", f"{{sparse: {{{files}}}}}"))
    assert (counts.weights, counts.smallest_fan_in, counts.distinct_weights) == (12, 1, 5)


def test_a_network_without_neurons() -> None:
    counts = counts_of("nnc: 1\ninputs: [a]\noutputs: [a]\n")
    assert (counts.neurons, counts.levels, counts.mean_fan_in) == (0, 0, 0)
    assert (counts.least_weight, counts.largest_fan_in) == (None, 0)


def test_open_numbers_are_refused() -> None:
    with pytest.raises(nnc.InvalidNetworkError, match="open"):
        counts_of(
            "nnc: 1\ninputs: [a]\nneurons: {n: {weights: {a: _}, threshold: 1, "
            "fires: at_least}}\noutputs: [n]\n"
        )
