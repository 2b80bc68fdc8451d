"""Convolutions by every engine, as built and from a compiled file, beside a plain loop."""

from random import Random

import numpy as np

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
