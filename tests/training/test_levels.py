"""Neurons with several open thresholds: trained, in order, and within their bounds."""

from pathlib import Path

import numpy as np
import pytest

import nnc as library
from tests.support.running import Nnc

pytest.importorskip("torch")

NETWORK = """
nnc: 1
fires: at_least
inputs: {{x: {{type: integer, min: 0, max: 99}}}}
layers:
  levels: {{wiring: x, size: 4, weights: 1, thresholds: {thresholds}}}
  sums: {{wiring: [levels, 1], size: 4, weights: _, thresholds: 0}}
outputs: {{kind: {{largest: sums}}, levels: levels}}
"""


def test_a_neuron_of_levels_finds_several_cut_offs() -> None:
    x = np.arange(100)
    kinds = np.searchsorted([20, 50, 80], x, side="right")
    rows = {"x": x, "kind": kinds}
    network = library.loads(NETWORK.format(thresholds="[[_, _, _]]"))
    trained = library.train(network, rows, "kind", epochs=200)
    [judged] = trained.train
    assert judged.right >= 90 > judged.constant_right
    levels = library.evaluate(trained.network, {"x": x})["levels"]
    assert set(np.unique(levels)) == {0, 1, 2, 3}


@pytest.mark.parametrize(
    "thresholds", ["[[_, 40..45, _]]", "[[..60, ..30, 31..]]", "[[-1, _, 7..9]]"]
)
def test_trained_thresholds_ascend_within_their_bounds(thresholds: str) -> None:
    draw = np.random.RandomState(0)
    rows = {"x": draw.randint(0, 100, 80), "kind": draw.randint(0, 4, 80)}
    network = library.loads(NETWORK.format(thresholds=thresholds))
    trained = library.train(network, rows, "kind", epochs=3)
    found = np.asarray(trained.network.layers["levels"].thresholds)
    assert found.shape == (4, 3)
    assert (found[:, 1:] >= found[:, :-1]).all()
    for path, value in np.ndenumerate(found):
        entry = network.layers["levels"].thresholds[path[0]][path[1]]  # type: ignore[index]
        assert int(value) in entry if isinstance(entry, library.Open) else value == entry


def test_one_list_of_thresholds_is_for_all_neurons(nnc: Nnc) -> None:
    one, all_ = "[[1, 5, 9]]", "[[1, 5, 9], [1, 5, 9], [1, 5, 9], [1, 5, 9]]"
    for name, thresholds in (("one", one), ("all", all_)):
        text = NETWORK.format(thresholds=thresholds).replace("weights: _", "weights: 1")
        Path(f"{name}.nn.yaml").write_text(text)
    assert "no change in meaning" in nnc("diff", "one.nn.yaml", "all.nn.yaml").out
    assert (
        nnc("digest", "one.nn.yaml").out.split()[0] == nnc("digest", "all.nn.yaml").out.split()[0]
    )


def test_bounds_that_no_ascending_thresholds_keep_are_refused() -> None:
    with pytest.raises(library.InvalidNetworkError, match=r"ascend: 1\.\.2 comes after 5"):
        library.loads(NETWORK.format(thresholds="[[5.., _, 1..2]]"))


def test_mirrored_pictures(nnc: Nnc) -> None:
    draw = np.random.RandomState(0)
    np.savez("rows.npz", p=draw.randint(0, 2, (40, 256)), kind=draw.randint(0, 2, 40))
    Path("net.nn.yaml").write_text("""
nnc: 1
inputs: {p: {type: integer, shape: [16, 16], min: 0, max: 1}}
layers:
  sums: {wiring: p, size: 2, weights: _, thresholds: 0}
outputs: {kind: {largest: sums}}
""")
    args = ("train", "net.nn.yaml", "rows.npz", "--label", "kind", "--epochs", "2")
    got = nnc(*args, "-o", "out.nn.yaml", "--augment", "mirror,shift")
    assert got.code == 0, got.err
    assert "augment: [shift, mirror]" in Path("out.nn.yaml").read_text()
    wrong = nnc(*args, "-o", "out.nn.yaml", "--augment", "mirrored")
    assert wrong.code == 2
    assert "write some of noise, shift, mirror, or none" in wrong.err
