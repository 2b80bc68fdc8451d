"""The order of neurons and layers, level by level; what keeps them from one is in test_cycles."""

import time
from fractions import Fraction
from pathlib import Path
from random import Random

import numpy as np
import pytest

import nnc
from nnc.compiler.graph import Graph, LayerNode, NeuronNode, ordering
from tests.support.networks import checked, errors, graph_of, plan_of
from tests.support.strategies import EVERY, example

CELL = """\
inputs: [x]
neurons: {n: {weights: {x: 1}, threshold: 0}, m: {weights: {n: 1}, threshold: 0}}
outputs: {n: n, m: m}
"""


def levels(one: Graph) -> dict[str, int]:
    return {node.name: level for node, level in zip(one.nodes, one.levels, strict=True)}


def test_the_order_is_by_level_and_then_by_place(tmp_path: Path) -> None:
    wires = {"z": "a", "y": "z", "x": "b", "w": "[x, y]"}
    neurons = ", ".join(f"{name}: {{wiring: {of}, threshold: 0}}" for name, of in wires.items())
    one = graph_of(tmp_path, f"inputs: [a, b]\nneurons: {{{neurons}}}\noutputs: [w]\n")
    assert list(levels(one).items()) == [("z", 1), ("x", 1), ("y", 2), ("w", 3)]


def test_layers_and_parts_have_their_place_in_it(tmp_path: Path) -> None:
    """In each level the neurons of the file come first, then its layers, then its parts'."""
    one = graph_of(tmp_path, """\
inputs: {a: bit(2), b: bit}
layers:
  g: {wiring: [h, last], thresholds: 0, size: 2}
  h: {wiring: [a, p.m], thresholds: 0, size: 2}
parts:
  q: {use: cell.nn.yaml, repeat: 2, wiring: {x: h(i)}}
  p: {use: cell.nn.yaml, wiring: {x: b}}
neurons:
  last: {wiring: [q.n, a(0)], threshold: 0}
  first: {wiring: a, threshold: 0}
outputs: [g, first]
""", {"cell": CELL})  # fmt: skip
    assert list(levels(one).items()) == [
        ("first", 1), ("p.n", 1), ("p.m", 2), ("h", 3), ("q(0).n", 4), ("q(1).n", 4), ("last", 5),
        ("q(0).m", 5), ("q(1).m", 5), ("g", 6)]  # fmt: skip


def test_neurons_without_sources_are_on_the_first_level(tmp_path: Path) -> None:
    text = ("inputs: []\nneurons: {n: {weights: {}, threshold: 0}, m: {weights: {1: 1, 0: 1}, "
            "threshold: 0}}\noutputs: [n, m]\n")  # fmt: skip
    assert levels(graph_of(tmp_path, text)) == {"n": 1, "m": 1}


def test_a_synapse_of_weight_zero_counts(tmp_path: Path) -> None:
    text = ("inputs: [a]\nneurons: {n: {weights: {m: 0}, threshold: 0}, m: {weights: {a: 0}, "
            "threshold: 0}}\noutputs: [n, m]\n")  # fmt: skip
    assert levels(graph_of(tmp_path, text)) == {"m": 1, "n": 2}


@pytest.mark.parametrize(
    ("neurons", "waits"),
    [
        ({"n": "a", "m": "[n, a]", "k": "[m, n]"}, False),
        ({"n": "a", "k": "[m, n]", "m": "[n, a]"}, True),
        ({"k": "[a, k]"}, True),
        ({"k": "h(0)"}, True),
    ],
)
def test_only_what_comes_before_its_sources_is_searched_for_an_order(
    neurons: dict[str, str], waits: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    searched = []
    run = ordering._Ordering.run
    monkeypatch.setattr(ordering._Ordering, "run", lambda self: (searched.append(1), run(self))[1])
    listed = ", ".join(f"{name}: {{wiring: {of}, threshold: 0}}" for name, of in neurons.items())
    layers = "layers: {h: {wiring: a, thresholds: 0, size: 2}}"
    text = f"inputs: [a]\nneurons: {{{listed}}}\n{layers}\noutputs: [k]\n"
    checked(tmp_path, text)
    assert bool(searched) == waits


def test_the_order_in_the_file_means_nothing(tmp_path: Path) -> None:
    rng = Random(5)
    for k in range(60):
        folder = tmp_path / str(k)
        one = nnc.load(example(rng, features=EVERY).put(folder), root=folder)
        update = {}
        for place in ("neurons", "layers", "parts"):
            names = list(getattr(one, place))
            rng.shuffle(names)
            update[place] = {name: getattr(one, place)[name] for name in names}
        first, second = nnc.compile(one), nnc.compile(one.model_copy(update=update))
        found = [{step.name: step.level for step in (*plan.steps, *plan.layers)
                  if ":" not in step.name} for plan in (first, second)]  # fmt: skip
        assert found[0] == found[1]


def test_every_node_comes_after_its_sources_on_the_level_above(tmp_path: Path) -> None:
    rng = Random(6)
    layers = instances = 0
    for k in range(150):
        folder = tmp_path / str(k)
        one = nnc.check_file(str(example(rng, features=EVERY).put(folder)), root=folder).graph
        assert one is not None
        maker, level = one.producers, one.levels
        for place, node in enumerate(one.nodes):
            made = {maker[signal] for signal in node.sources} - {-1}
            assert all(source < place for source in made)
            assert level[place] == 1 + max((level[source] for source in made), default=0)
            layers += isinstance(node, LayerNode)
            instances += node.origin.instance != ""
        assert list(level) == sorted(level)
    assert layers > 50
    assert instances > 100


# ------------------------------------------------------------------ layers that read themselves


def sparse(rows: list[list[int]]) -> dict[str, np.ndarray]:  # type: ignore[type-arg]
    """Give the arrays of a layer whose neuron i reads these places, each with a weight of 1."""
    flat = [place for row in rows for place in row]
    starts = np.cumsum([0, *map(len, rows)])
    return {
        "indptr": starts,
        "indices": np.array(flat, np.int64),
        "values": np.ones(len(flat), int),
    }


WEIGHTS = (
    "{sparse: {indptr: {file: indptr.npy}, indices: {file: indices.npy}, values: "
    "{file: values.npy}}}"
)


def test_a_chain_inside_one_sparse_layer(tmp_path: Path) -> None:
    """Its neurons wait for each other in some order: written out, they are neurons like others."""
    size = 6
    files = sparse([[0]] + [[i] for i in range(1, size)])
    text = (
        f"inputs: [a]\n"
        f"layers: {{h: {{wiring: [a, h], weights: {WEIGHTS}, thresholds: 0}}}}\noutputs: [h]\n"
    )
    one = graph_of(tmp_path, text, files)
    assert levels(one) == {f"h({i})": i + 1 for i in range(size)}
    assert all(isinstance(node, NeuronNode) for node in one.nodes)
    assert {node.origin.path for node in one.nodes} == {("layers", "h")}
    plan = plan_of(tmp_path, text, files)
    assert [plan.name_of(step.sources[0]) for step in plan.steps] == [
        "a", *(f"h({i})" for i in range(size - 1))]  # fmt: skip
    assert nnc.evaluate(plan, {"a": [0, 1]})["h"].tolist() == [[0] * size, [1] * size]


@pytest.mark.parametrize("thresholds", ["0", "[1, 0, 1]", "{file: limits.npy}"])
@pytest.mark.parametrize("rows", [1, 30])
def test_written_out_neurons_keep_all_of_their_layer(
    thresholds: str, rows: int, tmp_path: Path
) -> None:
    """Weights, thresholds, rule and states; the order inside the layer does not matter."""
    files = sparse([[1, 4], [0], [2, 3]]) | {
        "values": np.array([0.5, -1.5, 2.0, 1.0, 0.1]),
        "limits": np.array([1.0, 0.0, 1.0]),
    }
    files["indices"] = np.array([1, 4, 0, 1, 3])
    text = f"""\
inputs: {{a: {{type: bit(2), states: [-1, 1]}}}}
fires: at_least
layers: {{h: {{wiring: [a, h], weights: {WEIGHTS}, thresholds: {thresholds}, states: [0, 3]}}}}
outputs: {{h: h, s: {{sum: h}}, top: {{largest: h}}}}
"""
    plan = plan_of(tmp_path, text, files)
    assert {step.name: step.level for step in plan.steps} == {"h(1)": 1, "h(2)": 2, "h(0)": 3}
    limits = [0, 0, 0] if thresholds == "0" else [1, 0, 1]
    given = [(x, y) for x in (-1, 1) for y in (-1, 1)] * rows
    found = nnc.evaluate(plan, {"a": given})
    for k, (x, y) in enumerate(given):
        second = Fraction(2 * x)
        third = y + Fraction(0.1) * 3 * (second >= limits[1])
        first = Fraction(y, 2) - Fraction(3, 2) * 3 * (third >= limits[2])
        sums = [first, second, third]
        assert found["s"].tolist()[k] == sums
        fired = [3 * (total >= limit) for total, limit in zip(sums, limits, strict=True)]
        assert found["h"].tolist()[k] == fired
        assert found["top"].tolist()[k] == sums.index(max(sums))


def test_a_layer_that_is_only_downstream_stays_a_layer(tmp_path: Path) -> None:
    files = sparse([[0], [1]])
    text = f"""\
inputs: [a, b]
layers:
  h: {{wiring: [a, h], weights: {WEIGHTS}, thresholds: 0}}
  dense: {{wiring: h, thresholds: 0, size: 2}}
outputs: [dense]
"""
    one = graph_of(tmp_path, text, files)
    assert levels(one) == {"h(0)": 1, "h(1)": 2, "dense": 3}


def test_sparse_layers_in_a_circle_that_their_neurons_are_not_in(tmp_path: Path) -> None:
    """Each layer reads the other, and a neuron between; no neuron waits for itself."""
    files = {
        "p": np.array([0, 1, 2]), "v": np.ones(2, int),
        "g": np.array([0, 2]), "h": np.array([1, 0]),
    }  # fmt: skip
    weights = (
        "{{sparse: {{indptr: {{file: p.npy}}, indices: {{file: {}.npy}}, values: {{file: "
        "v.npy}}}}}}"
    )
    text = f"""\
inputs: [a]
neurons: {{between: {{wiring: h, threshold: 0}}}}
layers:
  g: {{wiring: [a, h(0), between], weights: {weights.format("g")}, thresholds: 0}}
  h: {{wiring: [a, g(0)], weights: {weights.format("h")}, thresholds: 0}}
outputs: [g, h]
"""
    assert levels(graph_of(tmp_path, text, files)) == {
        "g(0)": 1, "h(1)": 1, "h(0)": 2, "between": 3, "g(1)": 4}  # fmt: skip


def test_a_sparse_layer_in_many_instances(tmp_path: Path) -> None:
    files = {**sparse([[0], [1]]), "cell": (
        f"inputs: [x]\nlayers: {{h: {{wiring: [x, h], weights: {WEIGHTS}, thresholds: 0}}}}\n"
        "outputs: {o: h(1)}\n")}  # fmt: skip
    text = """\
inputs: [a]
parts: {q: {use: cell.nn.yaml, repeat: 3, wiring: {x: q(i-1).o}, first: {x: a}}}
outputs: {o: q.o}
"""
    one = graph_of(tmp_path, text, files)
    assert levels(one) == {f"q({i}).h({k})": 2 * i + k + 1 for i in range(3) for k in range(2)}
    assert {node.origin.instance for node in one.nodes} == {"q(0).", "q(1).", "q(2)."}


# --------------------------------------------------------------------------------- linearity


def test_many_instances_take_linear_time(tmp_path: Path) -> None:
    spent = []
    for repeat in (1_000, 10_000):
        text = f"""\
inputs: {{a: bit({repeat})}}
parts: {{q: {{use: cell.nn.yaml, repeat: {repeat}, wiring: {{x: a(i)}}}}}}
outputs: {{o: q.m}}
"""
        start = time.process_time()
        one = graph_of(tmp_path, text, {"cell": CELL.replace("{n: n, m: m}", "{m: m}")})
        spent.append(time.process_time() - start)
        assert len(one.nodes) == 2 * repeat
    assert spent[1] < 40 * max(spent[0], 0.05)


def test_mistakes_in_many_instances_are_told_once(tmp_path: Path) -> None:
    files = {"cell": "inputs: [x]\nneurons: {n: {wiring: [x, z], threshold: 0}}\noutputs: {o: n}\n"}
    text = (
        "inputs: [a]\nparts: {q: {use: cell.nn.yaml, repeat: 10000, wiring: {x: a}}}\n"
        "outputs: {o: q.o}\n"
    )
    (one,) = errors(tmp_path, text, files)
    assert one.rule == "unknown-source"
