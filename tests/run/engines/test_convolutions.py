"""Convolutions by every engine, as built and from a compiled file, beside a plain loop."""

from random import Random

import numpy as np
import pytest

import nnc
from nnc.compiler.graph import SharedWeights, SparseWeights
from tests.support.drawn_convolutions import as_text, drawn_file, drawn_rows
from tests.support.everywhere import batch_of, judged
from tests.support.oracle import Oracle, loads

CHUNK = 20  # networks in each of a hundred chunks


def test_convolutions_are_what_a_loop_gives(chunk: int) -> None:
    for seed in range(chunk * CHUNK, (chunk + 1) * CHUNK):
        try:
            _compare(seed)
        except Exception as error:
            error.add_note(f"seed {seed}")
            raise


def _compare(seed: int) -> None:
    random = Random(seed)
    text = as_text(drawn_file(random))
    network = nnc.loads(text)
    plan = nnc.compile(network)
    assert all(isinstance(layer.weights, SharedWeights) for layer in plan.layers)
    rows = drawn_rows(random, network, random.choice([1, 2, 5, 30]))
    judged(Oracle(loads(text)), plan, batch_of(rows, plan.inputs), rows)


def test_pictures_of_several_forms_are_written_out() -> None:
    """In a part, a picture may be wired to bits of several states and to counts."""
    inner = nnc.Network(
        inputs={"image": {"type": "integer", "shape": [2, 3], "min": -3, "max": 3}},
        fires="at_least",
        layers={
            "c": {
                "convolve": "image",
                "kernel": 2,
                "padding": 1,
                "outside": "1/2",
                "weights": [[[[1], [-2]], [["1/3"], [2]]]],
                "thresholds": 1,
            }
        },
        outputs={"c": "c", "sums": {"sum": "c"}},
    )
    outer = nnc.Network(
        inputs={"a": {"type": "bit", "states": [-1, 1]}, "b": "bit", "n": "bit(2)"},
        fires="at_least",
        layers={"k": {"wiring": "n", "weights": [[1, 1]], "thresholds": [[1, 2]]}},
        parts={"p": {"use": inner, "wiring": {"image": ["a", "b", "k(0)", "1", "0", "n(1)"]}}},
        outputs={"c": "p.c"},
    )
    plan = nnc.compile(outer)
    written = plan.layers[-1].weights
    assert isinstance(written, SparseWeights)
    assert not isinstance(written, SharedWeights)
    alone = nnc.compile(inner)
    for i in range(16):
        a, b, n = (-1, 1)[i & 1], i >> 1 & 1, [i >> 2 & 1, i >> 3 & 1]
        found = nnc.evaluate(plan, {"a": a, "b": b, "n": n[0] + 2 * n[1]})["c"]
        wanted = nnc.evaluate(alone, {"image": [a, b, sum(n), 1, 0, n[1]]})["c"]
        assert np.array_equal(found, wanted)


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("rows", [1, 63, 64, 200])
def test_kernels_of_convolutions_give_what_numpy_gives(seed: int, rows: int) -> None:
    """Small weights of bits: a place is a row of the kernel of dense layers; pooling is any bit."""
    rng = np.random.default_rng(seed)
    states = [(0, 1), (-1, 1)][seed % 2]
    outside = [0, -1, 1][seed % 3]
    layers = {
        "a": {
            "convolve": "image",
            "kernel": [3, 2],
            "padding": [1, 0],
            "outside": outside,
            "groups": 1 + seed % 2,
            "weights": rng.integers(-3, 4, (16, 3, 2, 8 // (1 + seed % 2))),
            "thresholds": rng.integers(-3, 4, 16),
            "fires": ["above", "at_most", "at_least", "below"][seed % 4],
            "states": [0, 1],
        },
        "pooled": {
            "convolve": "a", "kernel": 2, "stride": 2, "groups": 16, "thresholds": 1,
            "fires": "at_least",
        },
    }  # fmt: skip
    plan = nnc.compile(nnc.Network(
        inputs={"image": {"type": "bit", "shape": [13, 11, 8], "states": states}},
        layers=layers,
        outputs={"a": "a", "pooled": "pooled"},
    ))  # fmt: skip
    assert all(layer.synapses > 4096 for layer in plan.layers[:1])
    image = rng.choice(states, (rows, 13 * 11 * 8))
    found = [nnc.evaluate(plan, {"image": image}, engine=way) for way in ("native", "numpy")]
    for alias in ("a", "pooled"):
        assert np.array_equal(found[0][alias], found[1][alias])
