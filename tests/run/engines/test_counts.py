"""Layers with several thresholds a neuron, by every engine, bit for bit as the oracle has them."""

import json
from fractions import Fraction
from pathlib import Path
from random import Random
from typing import Any
from unittest.mock import patch

import numpy as np
import pytest

import nnc
from nnc.compiler.plan import Plan
from nnc.language.network import Layer, Network
from nnc.run.engines import layers
from tests.support import everywhere
from tests.support.drawn_layers import FIRES
from tests.support.networks import plan_of
from tests.support.oracle import Oracle

INPUTS: dict[str, Any] = {
    "b": "bit(3)",
    "s": {"type": "bit", "size": 2, "states": [-1, 1]},
    "x": "integer(2)",
    "r": "real(2)",
}
WIDTH = {"b": 3, "s": 2, "x": 2, "r": 2}


def numbers_of(kind: str, rng: Random) -> Any:
    if kind == "b":
        return rng.randint(0, 1)
    if kind == "s":
        return rng.choice((-1, 1))
    if kind == "x":
        return rng.choice((rng.randint(-5, 5), 2**62, -(2**63)))
    return rng.choice(("0.1", "-2.5", "1e3", "1/3", "7"))


def drawn_rows(rng: Random, count: int) -> list[dict[str, list[Any]]]:
    return [
        {name: [numbers_of(name, rng) for _ in range(width)] for name, width in WIDTH.items()}
        for _ in range(count)
    ]


def drawn_weights(rng: Random, size: int, fan_in: int, name: str, folder: Path) -> Any:
    """Draw weights as they are written, or in a file; some are one number for all."""
    draw = np.random.default_rng(rng.randrange(1 << 30))
    form = rng.choice(("list", "one", "int8", "int64", "floats", "sparse"))
    if form == "list":
        few = ("1", "-2", "0.5", "-1/3", "0", "3")
        return [[rng.choice(few) for _ in range(fan_in)] for _ in range(size)]
    if form == "one":
        return rng.choice(("1", "-1", "2/7"))
    array: Any = draw.integers(-3, 4, (size, fan_in)).astype("i1")
    if form == "int64":
        array = draw.integers(-(2**62), 2**62, (size, fan_in))
    elif form == "floats":
        array = draw.choice([0.5, 0.1, -0.3, 1e16, -1.0], (size, fan_in)).astype(
            rng.choice(("f4", "f8"))
        )
    elif form == "sparse":
        stored = {
            "indptr": np.cumsum([0, *(array != 0).sum(1)]),
            "indices": np.nonzero(array)[1],
            "values": array[np.nonzero(array)],
        }
        for key, part in stored.items():
            np.save(folder / f"{name}.{key}.npy", part)
        return {"sparse": {key: {"file": f"{name}.{key}.npy"} for key in stored}}
    np.save(folder / f"{name}.npy", array)
    return {"file": f"{name}.npy"}


def with_thresholds(
    network: dict[str, Any], name: str, rows: list[Any], rng: Random, folder: Path
) -> None:
    """Lay the thresholds of a layer on sums of its rows, beside them, or together."""
    layer = network["layers"][name]
    m = rng.randint(1, 4)
    whole = network | {"outputs": {"sums": {"sum": name}}}
    layer["thresholds"] = [["0"] * m for _ in range(int(layer["size"]))]
    oracle = Oracle(as_text(whole), folder)
    given = [oracle.evaluate(row)["sums"] for row in rows]
    sums = [each if isinstance(each, list) else [each] for each in given]
    limits = []
    for i in range(int(layer["size"])):
        own = [rng.choice(sums)[i] + rng.choice((0, 0, 0, Fraction(1, 2), -1)) for _ in range(m)]
        fitting = [t if t.denominator < 10**15 and abs(t) < 10**60 else Fraction(7) for t in own]
        limits.append(sorted(fitting))
    floats = [[float(t) for t in row] for row in limits]
    if floats == limits and rng.random() < 0.5:
        np.save(folder / f"{name}.t.npy", floats)
        layer["thresholds"] = {"file": f"{name}.t.npy"}
    else:
        layer["thresholds"] = [list(map(str, row)) for row in limits]


def as_text(value: Any) -> Any:
    """Give a network as the oracle reads it: every scalar a text."""
    if isinstance(value, dict):
        return {key: as_text(each) for key, each in value.items()}
    if isinstance(value, list):
        return [as_text(each) for each in value]
    return str(value)


def drawn_network(rng: Random, rows: list[Any], folder: Path) -> dict[str, Any]:
    """Draw one to three layers in a chain, and what reads them."""
    network: dict[str, Any] = {
        "nnc": "1", "fires": rng.choice(FIRES), "inputs": INPUTS, "layers": {}, "neurons": {},
    }  # fmt: skip
    made: dict[str, int] = {}
    for name in ("f", "g", "h")[: rng.randint(1, 3)]:
        inputs = rng.sample(sorted(WIDTH), rng.randint(0, 2))
        before = list(made)[-rng.randint(1, 2) :] if made else []
        wiring = before + inputs or ["b"]
        rng.shuffle(wiring)
        size = rng.randint(1, 3)
        fan_in = sum(made.get(one, 0) or WIDTH.get(one, 0) for one in wiring)
        weights = drawn_weights(rng, size, fan_in, name, folder)
        network["layers"][name] = {
            "wiring": wiring, "weights": weights, "size": str(size), "fires": rng.choice(FIRES),
        }  # fmt: skip
        with_thresholds(network, name, rows, rng, folder)
        made[name] = size
    last = list(made)[-1]
    network["neurons"] = {
        "n": {"weights": {f"{last}(0)": {"1": "2", "3": "-1"}, "b": "1"}, "threshold": "1"},
        "k": {"weights": {last: "1", "x(0)": "-2"}, "thresholds": {"low": "0", "high": "2"}},
    }
    every = list(made)
    network["outputs"] = {
        **{f"out_{name}": name for name in every},
        **{f"sum_{name}": {"sum": name} for name in every},
        "one": f"{last}({made[last] - 1})",
        "level": {"level": f"{every[0]}(0)"},
        "largest": {"largest": last},
        "mixed": ["b(1)", f"{last}(0)", "x(1)", "s(0)", "r(0)"],
        "n": "n",
        "k": "k",
    }
    return network


def written(network: dict[str, Any], folder: Path) -> Plan:
    """Write a network, every scalar plain, and compile it."""
    lines = [f"{key}: {json.dumps(value)}\n" for key, value in network.items() if value != {}]
    return plan_of(folder, "".join(lines).replace('"', ""))


def test_chains_of_counting_layers_on_every_surface(chunk: int, tmp_path: Path) -> None:
    rng = Random(chunk)
    for trial in range(2):
        folder = tmp_path / str(trial)
        folder.mkdir()
        rows = drawn_rows(rng, 7)
        network = drawn_network(rng, rows, folder)
        plan = written(network, folder)
        oracle = Oracle(as_text(network), folder)
        batch = everywhere.batch_of(rows, plan.inputs)
        everywhere.judged(oracle, plan, batch, rows)


def test_a_sum_is_calculated_once_and_weights_are_stored_once() -> None:
    """However many thresholds there are: there is one product of matrices a layer."""
    draw = np.random.default_rng(4)
    first = draw.integers(-8, 9, (96, 64)).astype("i1")
    second = draw.integers(-8, 9, (96, 96)).astype("i1")
    limits = [np.sort(draw.integers(-90, 90, (96, 15)), axis=1) for _ in range(2)]
    plan = nnc.compile(
        Network(
            inputs={"x": "bit(64)"},
            fires="at_least",
            layers={
                "f": Layer(wiring="x", weights=first, thresholds=limits[0]),
                "g": Layer(wiring="f", weights=second, thresholds=limits[1]),
            },
            outputs={"s": {"sum": "g"}, "level": "g(95)"},
        )
    )
    assert [layer.weights.shape for layer in plan.layers] == [(96, 64), (96, 96)]  # type: ignore[union-attr]
    rows = draw.integers(0, 2, (200, 64)).astype("u1")
    counted = (rows.astype(int) @ first.T)[:, :, None] >= limits[0]
    sums = counted.sum(2) @ second.astype(int).T
    shapes = []

    def product(weights: Any, values: Any) -> Any:
        shapes.append(weights.shape)
        return weights @ values

    with everywhere.only("packed", is_native=True), patch.object(layers.np, "matmul", product):
        found = nnc.evaluate(plan, {"x": rows})
    assert shapes == [(96, 64), (96, 96)]
    assert (found["s"] == sums).all()
    assert (found["level"] == (sums[:, 95, None] >= limits[1][95]).sum(1)).all()


@pytest.mark.parametrize("edge", [2**24, 2**31, 2**53, 2**62, 2**63, 2**64])
@pytest.mark.parametrize("fires", FIRES)
def test_totals_that_only_counts_bring_to_the_edge_of_a_type(
    edge: int, fires: str, tmp_path: Path
) -> None:
    """A weight by itself fits a type that its product with a count does not."""
    weight = edge // 3
    near = [[3 * weight - 1, 3 * weight, 3 * weight + 1], [-weight, 0, 2 * weight]]
    network: dict[str, Any] = {
        "nnc": "1",
        "fires": fires,
        "inputs": {"p": "bit(3)"},
        "layers": {
            "f": {"wiring": ["p"], "weights": "1", "thresholds": [["1", "2", "3"]]},
            "g": {
                "wiring": ["f", "p(0)"],
                "weights": [[str(weight), "0"], [str(-weight), str(edge)]],
                "thresholds": [list(map(str, sorted(own))) for own in near],
            },
        },
        "outputs": {"g": "g", "sums": {"sum": "g"}, "best": {"largest": "g"}},
    }
    rows: list[Any] = [{"p": [number >> place & 1 for place in range(3)]} for number in range(8)]
    plan = written(network, tmp_path)
    oracle = Oracle(as_text(network), tmp_path)
    everywhere.judged(oracle, plan, everywhere.batch_of(rows, plan.inputs), rows)
