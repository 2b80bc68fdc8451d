"""Neurons resolved: weights beside their sources, steps as neurons of their own, gates as sums."""

from pathlib import Path

import pytest

import nnc
from nnc.compiler.graph import Graph, NeuronNode
from tests.support.networks import errors, graph_of, place


def neurons(one: Graph) -> dict[str, NeuronNode]:
    assert all(isinstance(node, NeuronNode) for node in one.nodes)
    return {node.name: node for node in one.nodes if isinstance(node, NeuronNode)}


def test_weights_of_every_form(tmp_path: Path) -> None:
    one = graph_of(tmp_path, """\
inputs: {a: bit, b: bit(2)}
neurons:
  m: {weights: {a: 1}, thresholds: {x: 0, y: 1}}
  n: {weights: {m: 3, a: 1}, threshold: 0}
  k: {weights: {m: [1, 2], b: [1/2, 0.5]}, threshold: 0}
  j: {wiring: [a, m], weights: [1, 2, 3], threshold: 0}
  i: {wiring: [a, b], weights: 0.5, threshold: 0}
  l: {wiring: [m.y, b(1)], threshold: 0}
outputs: [n, k, j, i, l]
""")  # fmt: skip
    weights = {name: [str(weight) for weight in node.weights]
               for name, node in neurons(one).items()}  # fmt: skip
    assert weights == {
        "m": ["1"], "n": ["3", "3", "1"], "k": ["1", "2", "1/2", "1/2"], "j": ["1", "2", "3"],
        "i": ["1/2"] * 3, "l": ["1", "1"]}  # fmt: skip


def test_each_step_is_a_neuron_of_its_own_once(tmp_path: Path) -> None:
    one = graph_of(tmp_path, """\
inputs: {a: real, v: integer(2)}
neurons:
  n: {weights: {a: {2: 3, 4.5: 1}}, threshold: 0}
  m: {weights: {a: {2.0: 7}, v(1): {-1: 4}}, threshold: 0}
outputs: [n, m]
""")  # fmt: skip
    found = neurons(one)
    assert list(found) == ["a>=2", "a>=4.5", "v(1)>=-1", "n", "m"]
    assert found["n"].weights == [3, -2]
    assert found["n"].steps == ((0, 2),)
    assert found["m"].sources[0] == found["n"].sources[0]
    assert found["m"].steps == ((0, 1), (1, 2))
    for name, node in found.items():
        assert node.is_step == (">=" in name)
    step = found["a>=4.5"]
    assert (step.fires, step.weights, str(step.thresholds[0])) == ("at_least", (1,), "9/2")
    assert one.levels == (1, 1, 1, 2, 2)


def test_gates_are_sums(tmp_path: Path) -> None:
    one = graph_of(tmp_path, """\
inputs: {a: bit(3), b: bit}
neurons:
  n: {wiring: [a, b, 1], fires: all}
  m: {wiring: [a(0:2), b], fires: any}
outputs: [n, m]
""")  # fmt: skip
    assert {name: (node.fires, node.thresholds) for name, node in neurons(one).items()} == {
        "n": ("at_least", (5,)), "m": ("at_least", (1,))}  # fmt: skip


def test_fires_and_states_of_the_file_are_defaults(tmp_path: Path) -> None:
    one = graph_of(tmp_path, """\
fires: below
states: [-1, 1]
inputs: [a]
neurons:
  n: {wiring: a, threshold: 0}
  m: {wiring: a, threshold: 0, fires: at_most, states: [0, 1]}
  k: {weights: {a: 1}, thresholds: {x: 0, y: 1}, states: [1/2, -3]}
layers:
  h: {wiring: a, thresholds: 0, size: 1}
  g: {wiring: a, thresholds: 0, size: 1, fires: above, states: [5, 0]}
outputs: [n, m, k, h, g]
""")  # fmt: skip
    found = {node.name: (node.fires, tuple(map(str, node.states))) for node in one.nodes}
    assert found == {
        "n": ("below", ("-1", "1")), "m": ("at_most", ("0", "1")), "k": ("below", ("1/2", "-3")),
        "h": ("below", ("-1", "1")), "g": ("above", ("5", "0"))}  # fmt: skip
    types = {node.name: one.types[node.first] for node in one.nodes}
    assert (types["k"].least, types["k"].greatest) == (-3, nnc.Input(type="real", min="0.5").min)
    assert types["m"].states == (0, 1)


def test_rules_never_cross_into_a_used_file(tmp_path: Path) -> None:
    files = {"cell": "nnc: 1\ninputs: [x]\nneurons: {n: {wiring: x, threshold: 0}}\noutputs: [n]\n"}
    text = """\
fires: at_most
states: [0, 1]
inputs: [a]
parts: {p: {use: cell.nn.yaml, wiring: {x: a}}}
neurons: {m: {wiring: a, threshold: 0}}
outputs: {o: p.n, m: m}
"""
    assert {name: node.fires for name, node in neurons(graph_of(tmp_path, text,
                                                                files)).items()} == {
        "p.n": "above", "m": "at_most"}  # fmt: skip


@pytest.mark.parametrize(
    ("neuron", "rule", "fix"),
    [
        ("weights: {c: 1}, threshold: 0", "unknown-source", ""),
        ("weights: {A: 1}, threshold: 0", "unknown-source", "`a`"),
        ("weights: {tow: 1}, threshold: 0", "unknown-source", "`two`"),
        ("weights: {two.z: 1}, threshold: 0", "unknown-port", "`x`"),
        ("weights: {one.x: 1}, threshold: 0", "unknown-port", "`one`"),
        ("weights: {a.x: 1}, threshold: 0", "unknown-port", "`a`"),
        ("weights: {two: 1, two.x: 1}, threshold: 0", "duplicate-source", ""),
        ("wiring: [a, b, a], threshold: 0", "duplicate-source", ""),
        ("wiring: [a, a], fires: all", "duplicate-source", ""),
        ("wiring: [a, b], weights: [1], threshold: 0", "weight-count", "2 numbers"),
        ("wiring: [a, two], weights: [1, 2], threshold: 0", "weight-count", "3 numbers"),
        ("weights: {two: [1, 2, 3]}, threshold: 0", "weight-count", "2 numbers"),
        ("weights: {a: [1, 2]}, threshold: 0", "weight-count", "1 number"),
        ("weights: {a: {0: 1}}, threshold: 0", "steps-need-number", "one weight"),
        ("weights: {two: {0: 1}}, threshold: 0", "steps-need-number", "one weight"),
        ("weights: {1: {0: 1}}, threshold: 0", "steps-need-number", "one weight"),
        ("wiring: [a, r], fires: any", "gate-needs-bits", "threshold"),
        ("weights: {n: 0}, threshold: 0", "cycle", ""),
    ],
)
def test_refused(neuron: str, rule: str, fix: str, tmp_path: Path) -> None:
    (one,) = errors(tmp_path, f"""\
inputs: {{a: bit, b: bit, r: real}}
neurons:
  one: {{wiring: a, threshold: 0}}
  two: {{wiring: a, thresholds: {{x: 0, y: 1}}}}
  n: {{{neuron}}}
outputs: [n]
""")  # fmt: skip
    assert one.rule == rule
    assert fix in (one.help or "")
    assert place(one).startswith("main:7:")


def test_gates_look_at_plain_bits_only(tmp_path: Path) -> None:
    (one,) = errors(tmp_path, """\
inputs: {a: bit, s: {type: bit, states: [-1, 1]}}
neurons: {n: {wiring: [a, s], fires: all, states: [-1, 1]}}
outputs: [n]
""")  # fmt: skip
    assert (one.rule, one.path) == ("gate-needs-bits", ("neurons", "n", "wiring", 1))
    assert "states other than 0 and 1" in one.message


def test_the_common_denominator_has_a_limit(tmp_path: Path) -> None:
    primes = [p for p in range(10**6, 10**6 + 4000) if all(p % d for d in range(2, 1010))][:250]

    def found(fractions: list[int], form: str) -> list[str]:
        written = ", ".join(f"1/{p}" for p in fractions)
        text = f"inputs: {{i: bit({len(fractions)})}}\n{form % written}outputs: [n]\n"
        return [one.rule for one in errors(tmp_path, text)]

    for form in (
        "neurons: {n: {weights: {i: [%s]}, threshold: 0}}\n",
        "neurons: {n: {wiring: i, weights: [%s], threshold: 0}}\n",
        "layers: {n: {wiring: i, weights: [[%s]], thresholds: 0}}\n",
    ):
        assert found(primes, form) == ["common-denominator-too-large"]
        assert found(primes[:200], form) == []


@pytest.mark.parametrize(("source", "first"), [("v", "v(0)"), ("v(1:3)", "v(1)")])
def test_steps_of_a_bus(source: str, first: str, tmp_path: Path) -> None:
    text = f"""\
inputs: {{v: integer(4)}}
neurons:
  n: {{weights: {{"{source}": {{0: 1, 2: 3}}}}, threshold: 0}}
outputs: [n]
"""
    (error,) = errors(tmp_path, text)
    assert error.rule == "steps-need-number"
    assert error.help == f"write steps for each element: `{first}`"
