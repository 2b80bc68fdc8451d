"""The graph: signals, their types, and what makes them."""

from pathlib import Path

import pytest

from nnc.compiler.graph import Graph, LayerNode, SignalType, Tap, first_signals, input_type
from nnc.language.network import Input
from tests.support.networks import graph_of


def by_name(one: Graph) -> dict[str, int]:
    """Give the first signal of every node."""
    return {node.name: node.first for node in one.nodes}


def test_constants_inputs_and_thresholds_are_signals(tmp_path: Path) -> None:
    one = graph_of(tmp_path, """\
inputs: [a, b]
neurons:
  n: {weights: {a: 1, 1: 2, m.y: 3}, threshold: 1}
  m: {weights: {b: 1}, thresholds: {x: 0, y: 1}}
  k: {wiring: [m, 0], threshold: 0}
outputs: [n, k]
""")  # fmt: skip
    assert [node.name for node in one.nodes] == ["m", "n", "k"]
    assert one.levels == (1, 2, 2)
    assert by_name(one) == {"n": 4, "m": 5, "k": 7}
    sources = {node.name: list(node.sources) for node in one.nodes}
    assert sources == {"n": [2, 1, 6], "m": [3], "k": [5, 6, 0]}
    assert [node.signal_names() for node in one.nodes] == [["m.x", "m.y"], ["n"], ["k"]]
    assert one.producers == [-1, -1, -1, -1, 1, 0, 0, 2]
    assert [list(tap.signals) for tap in one.outputs] == [[4], [7]]


def test_buses_choices_and_layers_take_a_signal_for_each_element(tmp_path: Path) -> None:
    one = graph_of(tmp_path, """\
inputs: {a: bit(3), c: {type: choice, of: [x, y]}, r: real(2), z: bit}
neurons: {n: {wiring: [c, z], threshold: 0}}
layers: {h: {wiring: [a, r], thresholds: 0, size: 4}, g: {wiring: [h, n], thresholds: 0, size: 1}}
outputs: [h, n, g, r]
""")  # fmt: skip
    assert first_signals(one.inputs) == {"a": 2, "c": 5, "r": 7, "z": 9}
    assert by_name(one) == {"n": 10, "h": 11, "g": 15}
    h = next(node for node in one.nodes if node.name == "h")
    assert isinstance(h, LayerNode)
    assert (h.size, h.outputs, list(h.sources)) == (4, 4, [2, 3, 4, 7, 8])
    assert h.signal_names() == ["h(0)", "h(1)", "h(2)", "h(3)"]
    assert [kind.kind for kind in one.types] == ["bit"] * 7 + ["real"] * 2 + ["bit"] * 7
    assert [(tap.kind, tap.is_bus, tap.width) for tap in one.outputs] == [
        ("bus", True, 4), ("bit", False, 1), ("bus", True, 1), ("bus", True, 2)]  # fmt: skip
    assert one.producers[9:] == [-1, 0, 1, 1, 1, 1, 2]


@pytest.mark.parametrize(
    ("one", "kind"),
    [
        (Input(type="bit"), ("bit", 0, 1, (0, 1))),
        (Input(type="bit", states=[1, -1]), ("bit", -1, 1, (1, -1))),
        (Input(type="integer"), ("integer", None, None, (0, 1))),
        (Input(type="real", min=-1), ("real", -1, None, (0, 1))),
        (Input(type="integer", size=3, max=7), ("integer", None, 7, (0, 1))),
        (Input(type="choice", of=["x", "y"]), ("bit", 0, 1, (0, 1))),
    ],
)
def test_the_type_of_an_input(one: Input, kind: tuple[object, ...]) -> None:
    assert input_type(one) == SignalType(*kind)  # type: ignore[arg-type]


def test_the_states_of_a_tap() -> None:
    tap = Tap("x", "bus", (2, 3), states=((-1, 1), None), is_bus=True)
    assert (tap.width, tap.states_of(0), tap.states_of(1)) == (2, (-1, 1), None)
    assert Tap("x", "bit", (2,)).states_of(0) == (0, 1)


def test_a_wire_has_the_type_of_what_is_wired(tmp_path: Path) -> None:
    """A port may be wider than its source: a bit on a real port counts as a bit."""
    files = {
        "cell": "inputs: {x: real}\nneurons: {n: {wiring: x, threshold: 0}}\noutputs: {o: x, n: "
        "n}\n"
    }
    one = graph_of(tmp_path, """\
inputs: {b: bit, i: {type: integer, min: 0, max: 5}}
parts:
  p: {use: cell.nn.yaml, wiring: {x: b}}
  q: {use: cell.nn.yaml, wiring: {x: i}}
  k: {use: cell.nn.yaml, wiring: {x: 1}}
outputs: {p: p.n, q: q.n, k: k.n, po: p.o, qo: q.o, ko: k.o}
""".replace("{p: p.n, q: q.n, k: k.n,", "{pn: p.n, qn: q.n, kn: k.n,"), files)  # fmt: skip
    kinds = {node.name: one.types[node.sources[0]] for node in one.nodes}
    assert kinds == {
        "p.n": SignalType("bit", 0, 1), "q.n": SignalType("integer", 0, 5),
        "k.n": SignalType("bit", 1, 1)}  # fmt: skip
    assert {tap.alias: tap.kind for tap in one.outputs if tap.alias.endswith("o")} == dict.fromkeys(
        ("po", "qo", "ko"), "number")  # fmt: skip
