"""Convolutions by every engine, as built and from a compiled file, beside a plain loop."""

import pickle
from random import Random
from typing import Any

import numpy as np
import pytest

import nnc
from nnc.compiler.graph import SharedWeights, SparseWeights
from nnc.run.engines import SinglePicture, done_work, native, parts
from nnc.run.engines.windows import Pictures
from nnc.run.evaluation import single_rows
from tests.support.drawn_convolutions import as_text, drawn_file, drawn_rows
from tests.support.everywhere import batch_of, judged
from tests.support.oracle import Oracle, loads

CHUNK = 10  # networks in each of a hundred chunks


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


def _pictures(**image: Any) -> nnc.Plan:
    """Compile pictures: bytes, large weights, pools, counts, groups and a dense end."""
    rng = np.random.default_rng(5)
    weights = rng.choice([-1, 1], (32, 3, 3, 2))
    layers = {
        "edges": {
            "convolve": "image", "kernel": 3, "padding": 1, "outside": 3, "weights": weights,
            "thresholds": rng.integers(-9, 99, 32), "states": [-1, 1],
        },
        "pooled": {"convolve": "edges", "kernel": 2, "stride": 2, "groups": 32, "thresholds": -2},
        "counts": {
            "convolve": "pooled", "kernel": [3, 2], "padding": [0, 1], "groups": 2,
            "weights": rng.integers(-1, 2, (6, 3, 2, 16)), "thresholds": [[-2, 1, 3]] * 6,
        },
        "large": {
            "convolve": "counts", "kernel": 2, "weights": rng.integers(-90, 91, (40, 2, 2, 6)),
            "thresholds": rng.integers(-50, 50, 40), "fires": "below", "states": ["1/2", -1],
        },
        "beside": {"wiring": "image", "weights": rng.integers(-3, 4, (20, 240)), "thresholds": 9},
        "last": {"wiring": "large", "weights": rng.integers(-9, 10, (3, 480)), "thresholds": 1},
    }  # fmt: skip
    outputs: dict[str, Any] = {
        "edges": "edges", "one": "pooled(1, 2, 3)", "large": "large", "beside": "beside",
        "sums": {"sum": "last"}, "best": {"largest": "last"}, "count": {"sum": "counts(1)"},
        "pool": {"sum": "pooled(2)"}, "n": "n",
    }  # fmt: skip
    neurons = {"n": {"weights": {"pooled(7)": 1, "counts(3)": 2, "edges(5)": -1}, "threshold": 2}}
    return nnc.compile(nnc.Network(
        inputs={"image": {"shape": [10, 12, 2], **image}}, fires="at_least", layers=layers,
        neurons=neurons, outputs=outputs,
    ))  # fmt: skip


@pytest.mark.parametrize(
    ("image", "values"),
    [
        ({"type": "integer", "min": 0, "max": 255}, (0, 255)),
        ({"type": "integer", "min": -128, "max": 127}, (-128, 127)),
        ({"type": "integer", "min": -200, "max": 3}, (-200, 3)),
        ({"type": "integer", "min": 7, "max": 300}, (7, 300)),
        ({"type": "bit"}, (0, 1)),
        ({"type": "bit", "states": [1, 0]}, (0, 1)),
    ],
)
def test_pictures_give_what_numpy_gives(
    image: dict[str, Any], values: tuple[int, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    """In kernels of every kind, whatever is read of layers in the middle, for few rows and many."""
    plan = _pictures(**image)
    expected = {}
    for rows in (1, 9, 66):
        pixels = np.random.default_rng(rows).integers(values[0], values[1] + 1, (rows, 240))
        pixels[0, :2] = values
        expected[rows] = pixels, nnc.evaluate(plan, {"image": pixels}, engine="numpy")
    is_byte = values[1] - min(0, values[0]) <= 255
    for kind in range(0 if native.KIND is None else native.KIND + 1):
        monkeypatch.setattr(native, "KIND", kind)
        plan = _pictures(**image)  # a plan keeps what was prepared for the kernels of a kind
        [part] = [part for part in parts.cut(plan, use_native=True) if isinstance(part, Pictures)]
        assert len(part.stages) == (6 if is_byte else 3)
        for pixels, right in expected.values():
            found = nnc.evaluate(plan, {"image": pixels}, engine="native")
            for tap in plan.outputs:
                assert np.array_equal(found[tap.alias], right[tap.alias]), (kind, tap)


@pytest.mark.skipif(native.KIND is None, reason="no kernels were built")
@pytest.mark.parametrize("states", [[0, 1], [1, 0], ["-1/2", 1]])
def test_one_picture_at_a_time(states: list[Any]) -> None:
    """What is prepared for single rows gives the same, takes no values that are not allowed."""
    rng = np.random.default_rng(1)
    plan = nnc.compile(nnc.Network(
        inputs={"image": {"type": "integer", "shape": [9, 9], "min": 1, "max": 200}},
        fires="at_least",
        layers={
            "edges": {
                "convolve": "image", "kernel": 3, "thresholds": 7, "states": states,
                "weights": rng.integers(-2, 3, (40, 3, 3, 1)),
            },
            "end": {"wiring": "edges", "weights": rng.integers(-4, 5, (4, 1960)), "thresholds": 0},
        },
        outputs={"end": "end", "best": {"largest": "end"}, "one": "end(2)", "sum": {"sum": "end"}},
    ))  # fmt: skip
    pixels = rng.integers(1, 201, (40, 81)).astype(np.uint8)
    right = nnc.evaluate(plan, {"image": pixels}, engine="numpy")
    is_integer = states != ["-1/2", 1]  # else a sum may be a fraction
    for _ in range(2):
        done_work(plan).synapses = 1 << 40
        for i, row in enumerate(pixels):
            found = nnc.evaluate(plan, {"image": row[None]})
            for alias, values in right.items():
                assert found[alias].shape == values[i : i + 1].shape
                assert np.array_equal(found[alias], values[i : i + 1])
                assert found[alias].dtype == values.dtype
        assert isinstance(single_rows(plan).single, SinglePicture) == is_integer
        plan = pickle.loads(pickle.dumps(plan))
    for wrong in (0, 201):
        with pytest.raises(nnc.InvalidRowsError):
            nnc.evaluate(plan, {"image": np.where(pixels[:1] == pixels[0, 0], wrong, pixels[:1])})
        narrow = np.where(pixels[:1] == pixels[0, 0], wrong, pixels[:1]).astype(np.uint8)
        with pytest.raises(nnc.InvalidRowsError):
            nnc.evaluate(plan, {"image": narrow})
