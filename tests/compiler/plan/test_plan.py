"""Plans: the order of calculation, the name of every signal, equality."""

from pathlib import Path
from random import Random
from typing import Any

import numpy as np
import pytest

import nnc
from nnc.compiler.plan import LayerStep, Plan, PlanNeuron, all_neurons
from nnc.language.network import Layer, Network
from tests.support.networks import Files, plan_of
from tests.support.strategies import EVERY, example

CONFIGS = Path(__file__).parents[3] / "configs"


def all_steps(plan: Plan) -> list[PlanNeuron | LayerStep]:
    """List neurons and layers in the order of evaluation, each step of a neuron by itself."""
    items = all_neurons(plan)
    return [step for item in items for step in (item if isinstance(item, tuple) else (item,))]


def plan(neurons: str, outputs: str = "[n]", inputs: str = "[a, b]") -> Plan:
    return nnc.compile(nnc.loads(f"nnc: 1\nfires: above\ninputs: {inputs}\nneurons: {{{neurons}}}\n"
                                 f"outputs: {outputs}\n"))  # fmt: skip


def test_levels_and_names() -> None:
    one = plan("n: {weights: {m: 1}, threshold: 0}, m: {wiring: [a, b], threshold: 1}")
    assert one.levels == 2
    assert [(s.name, s.level) for s in one.steps] == [("m", 1), ("n", 2)]
    assert [one.name_of(signal) for signal in range(one.signals)] == ["0", "1", "a", "b", "m", "n"]
    assert one.first_made == 4
    assert plan("", "[a]").levels == 0


EVERYTHING = """\
inputs: {a: bit(2), b: bit, c: {type: choice, of: [x, y]}, r: real, v: integer(2),
         s: {type: bit(2), states: [-1, 1]}}
neurons:
  n: {wiring: [h(1), b], threshold: 0}
  two: {wiring: a, thresholds: {low: 0, high: 1}, states: [0, 2]}
  step: {weights: {r: {1: 1}, p(1).n: 2}, threshold: 0}
layers:
  h: {wiring: [a, two], thresholds: 0, size: 2, states: [-1, 1]}
  g: {wiring: n, thresholds: 0, size: 1}
parts:
  p: {use: cell.nn.yaml, repeat: 2, wiring: {x: a(i)}}
outputs: [n, two, step, h, g]
"""
FILES: Files = {
    "cell": "inputs: [x]\nneurons: {n: {wiring: x, threshold: 0}}\nlayers: {h: {wiring: n, "
            "thresholds: 0, "
            "size: 2}}\noutputs: {n: n, h: h}\n",
}  # fmt: skip


@pytest.fixture
def everything(tmp_path: Path) -> Plan:
    return plan_of(tmp_path, EVERYTHING, FILES)


def test_the_name_of_every_signal(everything: Plan) -> None:
    assert [everything.name_of(signal) for signal in range(everything.signals)] == [
        "0", "1", "a(0)", "a(1)", "b", "c.x", "c.y", "r", "v(0)", "v(1)", "s(0)", "s(1)",
        "two.low", "two.high", "r>=1", "p(0).n", "p(1).n", "step",
        "h(0)", "h(1)", "p(0).h(0)", "p(0).h(1)", "p(1).h(0)", "p(1).h(1)", "n",
        "g(0)"]  # fmt: skip
    neurons = [everything.neuron_of(signal) for signal in range(12, everything.signals)]
    assert neurons == [
        "two", "two", "r>=1", "p(0).n", "p(1).n", "step", "h(0)", "h(1)", "p(0).h(0)", "p(0).h(1)",
        "p(1).h(0)", "p(1).h(1)", "n", "g(0)"]  # fmt: skip
    assert everything.first_of == {"a": 2, "b": 4, "c": 5, "r": 7, "v": 8, "s": 10}


def test_layers_come_after_the_neurons_of_their_level(everything: Plan) -> None:
    """The schedule: stretches of neurons and single layers; a layer is calculated as one."""
    told = [[step.name for step in everything.steps[one.start : one.stop]] if isinstance(one, range)
            else one.name for one in everything.schedule]  # fmt: skip
    assert told == [
        ["two", "r>=1", "p(0).n", "p(1).n", "step"], "h", "p(0).h", "p(1).h", ["n"],
        "g"]  # fmt: skip
    assert [step.level for step in all_steps(everything)] == [1, 1, 1, 1, 2, 2, 2, 2, 3, 4]
    assert everything.levels == 4


def test_who_makes_a_signal(everything: Plan) -> None:
    by_name = {everything.name_of(signal): signal for signal in range(everything.signals)}
    assert everything.maker[by_name["two.high"]].name == "two"
    assert everything.maker[by_name["p(1).n"]].name == "p(1).n"
    assert by_name["h(0)"] not in everything.maker
    for name, layer in (("h(0)", "h"), ("h(1)", "h"), ("p(1).h(1)", "p(1).h"), ("g(0)", "g")):
        found = everything.layer_of(by_name[name])
        assert found is not None
        assert found.name == layer
    for name in ("0", "a(1)", "two.low", "step", "n"):
        assert everything.layer_of(by_name[name]) is None


def test_the_states_of_every_signal(everything: Plan) -> None:
    found = {everything.name_of(signal): everything.states_of(signal)
             for signal in range(everything.signals)}  # fmt: skip
    special = {name: states for name, states in found.items() if states != (0, 1)}
    assert special == {
        "s(0)": (-1, 1), "s(1)": (-1, 1), "two.low": (0, 2), "two.high": (0, 2),
        "h(0)": (-1, 1), "h(1)": (-1, 1)}  # fmt: skip


def test_signals_are_numbered_in_the_order_of_calculation(tmp_path: Path) -> None:
    rng = Random(73)
    for k in range(80):
        folder = tmp_path / str(k)
        one = nnc.compile(nnc.load(example(rng, 2, EVERY).put(folder), root=folder))
        made = one.first_made
        for step in all_steps(one):
            sources = [int(s) for s in step.sources]
            assert step.first == made
            assert all(source < made for source in sources)
            made += step.outputs if isinstance(step, LayerStep) else len(step.thresholds)
        assert made == one.signals
        names = [one.name_of(signal) for signal in range(one.signals)]
        assert len(set(names)) == len(names) or any(":" in name for name in names)
        scheduled = sum(len(s) if isinstance(s, range) else 1 for s in one.schedule)
        assert scheduled == len(one.steps) + len(one.layers)


# -------------------------------------------------------------------------------- equality


def test_plans_are_equal_where_they_compute_the_same() -> None:
    text = "n: {weights: {a: 0.5, b: 1}, threshold: 1}"
    assert plan(text) == plan(text)
    assert plan(text) == plan("n: {weights: {a: 1/2, b: 1.0}, threshold: 1e0, description: same}")
    assert plan(text) != plan("n: {weights: {a: 0.5, b: 1}, threshold: 2}")
    assert plan(text) != plan(text, inputs="{a: bit, b: {type: bit, default: 0}}")
    assert plan(text) != plan(text, inputs="{a: bit, b: {type: bit, states: [-1, 1]}}")
    assert plan(text) != plan(text, outputs="{m: n}")
    assert plan(text) != plan(text, outputs="{n: n, m: {level: n, labels: [x, y]}}")
    assert plan(text) != text


def layered(**more: Any) -> Plan:
    given: dict[str, Any] = {
        "wiring": ["a", "b"],
        "weights": [[1, 2], [3, 4]],
        "thresholds": [0, 1],
    }
    return nnc.compile(Network(
        inputs={"a": "bit", "b": "bit", "c": "bit"}, fires="above",
        layers={"h": Layer(**(given | more))}, outputs=["h"],
    ))  # fmt: skip


def test_plans_of_layers_are_equal_where_they_compute_the_same() -> None:
    one = layered()
    assert one == layered()
    assert one == layered(weights=[["1.0", "4/2"], [3, 4]])
    for other in (
        {"weights": [[2, 1], [3, 4]]}, {"weights": [[1, 2], [4, 3]]}, {"thresholds": [1, 0]},
        {"wiring": ["b", "a"]}, {"wiring": ["a", "c"]}, {"fires": "at_least"},
        {"states": [-1, 1], "fires": "above"}, {"thresholds": [0, 2]}, {"weights": 1},
        {"weights": np.array([[2.0, 1.0], [3.0, 4.0]])},
    ):  # fmt: skip
        assert one != layered(**other), other
    stored = np.array([[1, 2], [3, 4]], np.int8)
    assert layered(weights=stored) == layered(weights=np.asfortranarray(stored))


def test_plans_of_sparse_layers(tmp_path: Path) -> None:
    def sparse(**arrays: list[float]) -> Plan:
        folder = tmp_path / "-".join(arrays)  # weights are mapped: their files must not change
        folder.mkdir(exist_ok=not arrays)
        given: dict[str, list[float]] = {
            "indptr": [0, 1, 3],
            "indices": [1, 0, 1],
            "values": [5, 6, 7],
        }
        files = {key: np.array(one) for key, one in (given | arrays).items()}
        weights = ", ".join(f"{key}: {{file: {key}.npy}}" for key in given)
        return plan_of(folder, "inputs: {a: bit(2)}\nlayers: {h: {wiring: a, weights: {sparse: {"
                       f"{weights}}}}}, thresholds: 0}}}}\noutputs: [h]\n", files)  # fmt: skip

    one = sparse()
    assert one == sparse()
    assert one != sparse(indices=[0, 0, 1])
    assert one != sparse(values=[5, 7, 6])
    assert one != sparse(indptr=[0, 2, 3], indices=[0, 1, 1])


def test_the_order_of_neurons_in_the_file_does_not_matter_to_results() -> None:
    m, n = "m: {wiring: [a, b], threshold: 1}", "n: {weights: {m: 1}, threshold: 0}"
    first, second = plan(f"{m}, {n}"), plan(f"{n}, {m}")
    assert [s.name for s in first.steps] == [s.name for s in second.steps]
    rows = {"a": [0, 1, 1], "b": [1, 0, 1]}
    assert nnc.evaluate(first, rows)["n"].tolist() == nnc.evaluate(second, rows)["n"].tolist()


@pytest.mark.parametrize("name", ["medicine/news2", "arithmetic/adder_8bit", "digits/binarised"])
def test_a_plan_compiles_the_same_every_time(name: str) -> None:
    path = CONFIGS / f"{name}.nn.yaml"
    assert nnc.compile(nnc.load(path)) == nnc.compile(nnc.load(path))
    assert str(nnc.compile(nnc.load(path))) == str(nnc.compile(nnc.load(path)))


def test_a_plan_is_the_same_after_it_was_evaluated() -> None:
    """What an engine keeps beside a plan is not part of it."""
    text = "n: {weights: {a: 0.5, b: 1}, threshold: 1}"
    one = plan(text)
    printed = str(one)
    for count in (1, 100, 5000):
        nnc.evaluate(one, {"a": [1] * count, "b": [0] * count})
    assert one == plan(text)
    assert str(one) == printed


def test_a_plan_is_inert(everything: Plan) -> None:
    """Numbers, names and arrays: nothing in it can run."""
    from dataclasses import fields

    for step in all_steps(everything):
        values = (
            step if isinstance(step, PlanNeuron) else [getattr(step, f.name) for f in fields(step)]
        )
        assert not any(callable(value) for value in values)
    with pytest.raises(TypeError, match="unhashable"):
        hash(everything)
    with pytest.raises(AttributeError):
        everything.name = "other"  # type: ignore[misc]
