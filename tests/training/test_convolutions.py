"""Convolutions are trained, and what is trained is what nnc evaluates: nets that are drawn."""

import random
from pathlib import Path

import numpy as np
import pytest

import nnc as library
from nnc.language.formatting.networks import to_yaml
from tests.support.running import Nnc

pytest.importorskip("torch")


def drawn(draw: random.Random) -> tuple[str, int]:
    """Draw a network of two convolutions and layers, and return it with its number of inputs."""
    height, width = draw.randint(4, 6), draw.randint(4, 6)
    groups = draw.choice([1, 2])
    channels = groups * draw.choice([1, 2])
    states = draw.choice(["[-1, 1]", "[0, 1]", "[2, -1/2]"])
    fires = draw.choice(["above", "at_least", "below", "at_most"])
    counted = draw.random() < 0.5
    several = draw.choice(["[[-2, 0, 3]]", "[[_, _]]", "[[_, 0..5, _]]", "[[..3, ..2, 4]]"])
    thresholds = several if counted else "_"
    outside = draw.choice(["0", "1", "-1/2"])
    bound = draw.choice(["-1..1", "-3..3", "0..2"])
    first = f"convolve: p, kernel: [{draw.randint(1, 3)}, {draw.randint(1, 3)}], groups: {groups}"
    first += f", stride: {draw.randint(1, 2)}, padding: {draw.randint(0, 1)}, outside: {outside}"
    first += f", features: {2 * groups}, weights: _, thresholds: {thresholds}"
    first += "" if counted else f", states: {states}"
    pooled = f"convolve: seen, kernel: 2, padding: 1, groups: {2 * groups}, weights: 1, "
    text = f"""
nnc: 1
fires: {fires}
unknown: {{range: {bound}, zero: {draw.choice(["true", "false"])}, decimals: {draw.choice([0, 1])}}}
inputs: {{p: {{type: integer, shape: [{height}, {width}, {channels}], min: -3, max: 9}}}}
layers:
  seen: {{{first}}}
  pooled: {{{pooled}thresholds: 1, stride: 2}}
  sums: {{wiring: pooled, size: 3, weights: _, thresholds: _}}
outputs: {{kind: {{largest: sums}}, first: sums(0)}}
"""
    return text, height * width * channels


@pytest.mark.parametrize("seed", range(12))
def test_no_row_differs_from_the_evaluator(seed: int) -> None:
    text, count = drawn(random.Random(seed))
    draw = np.random.RandomState(seed)
    pixels, kinds = draw.randint(-3, 10, (40, count)), draw.randint(0, 3, 40)
    rows = {"p": pixels, "kind": kinds, "first": draw.randint(0, 2, 40)}
    network = library.loads(text)
    if network.fires_of(network.layers["sums"]) == "below":
        rows.pop("first")
    trained = library.train(network, rows, [key for key in rows if key != "p"], epochs=2, seed=seed)
    written = library.loads(to_yaml(trained.network))
    got = library.evaluate(written, {"p": pixels})["kind"].tolist()
    assert sum(g == k for g, k in zip(got, kinds.tolist(), strict=True)) == trained.train[0].right


def test_a_net_of_convolutions_learns_and_compiles(nnc: Nnc) -> None:
    draw = np.random.RandomState(1)
    pixels, kinds = draw.randint(0, 4, (240, 8, 8)), draw.randint(0, 2, 240)
    for picture, kind in zip(pixels, kinds, strict=True):
        at = draw.randint(1, 7)
        picture[(slice(None), at) if kind else (at, slice(None))] = 9
    lines = [",".join([*(f"p({i})" for i in range(64)), "kind"])]
    lines += [",".join(map(str, [*p.reshape(-1), k])) for p, k in zip(pixels, kinds, strict=True)]
    Path("rows.csv").write_text("\n".join(lines) + "\n")
    Path("net.nn.yaml").write_text("""
nnc: 1
fires: at_least
unknown: {range: -2..2}
inputs: {p: {type: integer, shape: [8, 8], min: 0, max: 9}}
layers:
  seen: {convolve: p, kernel: 3, features: 6, weights: _, thresholds: _}
  most: {convolve: seen, kernel: 6, groups: 6, weights: 1, thresholds: _}
  sums: {wiring: most, size: 2, weights: _, thresholds: 0}
outputs: {kind: {largest: sums}}
""")
    got = nnc("train", "net.nn.yaml", "rows.csv", "--label", "kind", "--test", "0.25",
               "--epochs", "60", "-o", "out.nn.yaml")  # fmt: skip
    assert got.code == 0, got.err
    right = nnc("eval", "out.nn.yaml", "rows.csv", "--expected", "kind").out
    assert int(right.removeprefix("kind: ").split()[0]) > 200, right
    assert nnc("compile", "out.nn.yaml", "-o", "out.nnc").code == 0
    assert nnc("eval", "out.nnc", "rows.csv", "--expected", "kind").out == right
