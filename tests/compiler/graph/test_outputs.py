"""What each alias gives: bits, buses, numbers, sums, levels, places; and what is refused."""

from pathlib import Path

import pytest

import nnc
from nnc.compiler.graph import Tap
from tests.support.networks import errors, graph_of, place, plan_of, signals

USED = """\
fires: at_least
inputs: {x: bit(2)}
neurons:
  n: {weights: {x: [1, 2]}, thresholds: {some: 1, most: 3}}
layers:
  h: {wiring: x, weights: [[1, 0], [0, 2], [1, 1]], thresholds: 1}
outputs: {points: {sum: n}, level: {level: n, labels: [no, so, yes]}, sums: {sum: h},
          top: {largest: h, labels: [p, q, r]}, bits: h, one: n.most}
"""
TEXT = """\
fires: at_least
inputs: {{a: bit(4), r: real, v: integer(2), s: {{type: bit, states: [-1, 1]}},
         c: {{type: choice, of: [x, y]}}}}
neurons:
  n: {{wiring: a, threshold: 2}}
  m: {{wiring: a, thresholds: {{x: 1, y: 2, z: 4}}}}
  down: {{wiring: a, thresholds: {{x: 2, y: 1}}}}
  t: {{wiring: a, threshold: 1, states: [0, 2]}}
layers:
  h: {{wiring: a, thresholds: 1, size: 3}}
parts:
  p: {{use: used.nn.yaml, wiring: {{x: a(0:2)}}}}
  q: {{use: used.nn.yaml, repeat: 2, wiring: {{x: a(2*i:2*i+2)}}}}
outputs: {{{}}}
"""


def tap(folder: Path, output: str) -> Tap:
    one = graph_of(folder, TEXT.format(f"o: {output}"), {"used": USED})
    return one.outputs[0]


def names(folder: Path, output: str) -> list[str]:
    return signals(plan_of(folder, TEXT.format(f"o: {output}"), {"used": USED}), "o")


@pytest.mark.parametrize(
    ("output", "kind", "is_bus", "is_integer", "wired"),
    [
        ("n", "bit", False, False, ["n"]), ("a(1)", "bit", False, False, ["a(1)"]),
        ("1", "bit", False, False, ["1"]), ("m", "bus", True, True, ["m.x", "m.y", "m.z"]),
        ("m.y", "bit", False, False, ["m.y"]), ("[n]", "bus", True, True, ["n"]),
        ("[n, a(0:2), 1]", "bus", True, True, ["n", "a(0)", "a(1)", "1"]),
        ("a", "bus", True, True, [f"a({i})" for i in range(4)]),
        ("h(1:3)", "bus", True, True, ["h(1)", "h(2)"]), ("c", "bus", True, True, ["c.x", "c.y"]),
        ("r", "number", False, False, ["r"]), ("v", "bus", True, False, ["v(0)", "v(1)"]),
        ("v(1)", "number", False, False, ["v(1)"]), ("[r, n]", "bus", True, False, ["r", "n"]),
        ("s", "bit", False, False, ["s"]), ("[n, s]", "bus", True, False, ["n", "s"]),
        ("[t]", "bus", True, False, ["t"]), ("[n, n]", "bus", True, True, ["n", "n"]),
        ("{sum: n}", "sum", False, False, ["n"]), ("{sum: m}", "sum", False, False, ["m.x"]),
        ("{sum: m.y}", "sum", False, False, ["m.x"]), ("{sum: h(2)}", "sum", False, False,
                                                       ["h(2)"]),
        ("{sum: h}", "sum", True, False, ["h(0)", "h(1)", "h(2)"]),
        ("{sum: h(1:3)}", "sum", True, False, ["h(1)", "h(2)"]),
        ("{sum: h(1:2)}", "sum", True, False, ["h(1)"]), ("{sum: t}", "sum", False, False, ["t"]),
        ("{level: n}", "level", False, False, ["n"]), ("{level: h(1)}", "level", False, False,
                                                       ["h(1)"]),
        ("{level: m}", "level", False, False, ["m.x", "m.y", "m.z"]),
        ("{level: m.y, labels: [p, q]}", "level", False, False, ["m.y"]),
        ("{level: down.y}", "level", False, False, ["down.y"]),
        ("{largest: h}", "largest", False, False, ["h(0)", "h(1)", "h(2)"]),
        ("{largest: [n, h(2), m, h(0:2)]}", "largest", False, False,
         ["n", "h(2)", "m.x", "h(0)", "h(1)"]),
        ("{largest: n, labels: [p]}", "largest", False, False, ["n"]),
        ("{largest: [m.z]}", "largest", False, False, ["m.x"]),
        ("p.points", "sum", False, False, ["p.n.some"]),
        ("p.level", "level", False, False, ["p.n.some", "p.n.most"]),
        ("p.top", "largest", False, False, ["p.h(0)", "p.h(1)", "p.h(2)"]),
        ("p.sums", "sum", True, False, ["p.h(0)", "p.h(1)", "p.h(2)"]),
        ("q(1).points", "sum", False, False, ["q(1).n.some"]),
        ("q(1).top", "largest", False, False, ["q(1).h(0)", "q(1).h(1)", "q(1).h(2)"]),
        ("p.sums(1)", "sum", False, False, ["p.h(1)"]),
        ("p.sums(0:3:2)", "sum", True, False, ["p.h(0)", "p.h(2)"]),
        ("q.points", "sum", True, False, ["q(0).n.some", "q(1).n.some"]),
        ("q.points(1)", "sum", False, False, ["q(1).n.some"]),
        ("q(0:1).points", "sum", True, False, ["q(0).n.some"]),
        ("q(1).sums", "sum", True, False, ["q(1).h(0)", "q(1).h(1)", "q(1).h(2)"]),
        ("q.sums(2:4)", "sum", True, False, ["q(0).h(2)", "q(1).h(0)"]),
        ("q(1).sums(0)", "sum", False, False, ["q(1).h(0)"]),
        ("p.level(0)", "level", False, False, ["p.n.some", "p.n.most"]),
        ("q.bits", "bus", True, True, [f"q({i}).h({k})" for i in range(2) for k in range(3)]),
        ("[p.one, q(1).one]", "bus", True, True, ["p.n.most", "q(1).n.most"]),
    ],
)  # fmt: skip
def test_what_an_alias_gives(
    output: str, kind: str, is_bus: bool, is_integer: bool, wired: list[str], tmp_path: Path
) -> None:
    one = tap(tmp_path, output)
    assert (one.kind, one.is_bus, one.is_integer) == (kind, is_bus, is_integer)
    assert names(tmp_path, output) == wired


def test_states_of_what_is_given(tmp_path: Path) -> None:
    for output, states in (
        ("n", None), ("s", ((-1, 1),)), ("[n, s, r, t]", ((0, 1), (-1, 1), None, (0, 2))),
        ("r", (None,)), ("a", None), ("{sum: t}", None), ("{level: t}", None),
    ):  # fmt: skip
        assert tap(tmp_path, output).states == states


def test_labels_are_passed_on(tmp_path: Path) -> None:
    assert tap(tmp_path, "p.level").labels == ("no", "so", "yes")
    assert tap(tmp_path, "q(0).top").labels == ("p", "q", "r")
    text = TEXT.format("l: p.level, l1: q(1:2).level, top: q(1).top, x: q(0).points, b: p.sums")
    plan = plan_of(tmp_path, text, {"used": USED})
    found = nnc.evaluate(plan, {"a": [0b0001, 0b1011], "r": 0, "v": (0, 0), "s": 1, "c": "x"})
    assert {alias: values.tolist() for alias, values in found.items()} == {
        "l": ["so", "yes"], "l1": ["no", "so"], "top": ["p", "q"], "x": [1, 3],
        "b": [[1, 0, 1], [1, 2, 2]]}  # fmt: skip


def test_passed_on_through_several_files(tmp_path: Path) -> None:
    files = {
        "used": USED,
        "middle": """\
inputs: {y: bit(4)}
parts: {p: {use: used.nn.yaml, repeat: 2, wiring: {x: y(2*i:2*i+2)}}}
outputs: {low: p(0).points, high: p(1).level, tops: p(1).top, sums: p(0).sums}
""",
    }
    text = """\
inputs: {a: bit(4)}
parts: {m: {use: middle.nn.yaml, repeat: 1, wiring: {y: a}}}
outputs: {low: m(0).low, high: m(0).high, top: m(0).tops, sums: m(0).sums}
"""
    plan = plan_of(tmp_path, text, files)
    assert signals(plan, "high") == ["m(0).p(1).n.some", "m(0).p(1).n.most"]
    found = nnc.evaluate(plan, {"a": 0b1101})
    sums = found.pop("sums")
    assert found == {"low": 1, "high": "yes", "top": "q"}
    assert sums.tolist() == [1, 0, 1]


@pytest.mark.parametrize(
    ("outputs", "rule", "message"),
    [
        ("x: z", "unknown-source", "output `x` reads `z`"), ("x: [n, z]", "unknown-source", ""),
        ("x: {sum: z}", "unknown-source", ""), ("x: {largest: [n, z]}", "unknown-source", ""),
        ("x: n.q", "unknown-port", ""), ("x: m.q", "unknown-port", ""),
        ("x: p.q", "unknown-port", ""),
        ("x: p", "unknown-port", ""), ("x: a(4)", "index-out-of-range", ""),
        ("x: {sum: h(3)}", "index-out-of-range", ""), ("x: {sum: q(2).points}",
                                                       "index-out-of-range", ""),
        ("a: n", "alias-of-other-name", "is the name of an input"),
        ("n: {sum: n}", "alias-of-other-name", "is the name of a neuron"),
        ("m: m.x", "alias-of-other-name", ""),
        ("h: h(0)", "alias-of-other-name", "is the name of a layer"),
        ("a: a(0:4)", "alias-of-other-name", ""), ("p: p.one", "alias-of-other-name", "a part"),
        ("x: {sum: a}", "no-sum", ""), ("x: {sum: 1}", "no-sum", ""), ("x: {sum: r}", "no-sum", ""),
        ("x: {sum: p.one}", "no-sum", ""), ("x: {level: r}", "no-sum", ""),
        ("x: {level: p.one}", "no-sum", ""), ("x: {level: h}", "no-sum", "3 neurons"),
        ("x: {largest: [n, a(0)]}", "no-sum", ""), ("x: {largest: p.bits}", "no-sum", ""),
        ("x: {level: m, labels: [p, q]}", "label-count", "3 thresholds, so 4 levels"),
        ("x: {level: n, labels: [p]}", "label-count", "1 threshold, so 2 levels"),
        ("x: {level: m.y, labels: [p, q, r, s]}", "label-count", "1 threshold"),
        ("x: {largest: h, labels: [p, q]}", "label-count", "3 neurons"),
        ("x: {largest: [n, m], labels: [p, q, r]}", "label-count", "2 neurons"),
        ("x: {level: down}", "thresholds-not-ascending", ""),
        ("x: {level: down(0:2)}", "thresholds-not-ascending", ""),
        ("x: {level: m(0:3:2), labels: [p, q]}", "label-count", "2 thresholds"),
        ("x: [p.points]", "no-source", ""), ("x: [n, q(0).level]", "no-source", ""),
        ("x: p.level(1)", "no-index", ""), ("x: q(5).level", "index-out-of-range", ""),
        ("x: p(0).level", "no-index", ""), ("x: q.level", "size-mismatch", "2 elements"),
        ("x: q(0:2).top", "size-mismatch", ""),
        ("x: q.points(2)", "index-out-of-range", ""), ("x: p.sums(3)", "index-out-of-range", ""),
    ],
)  # fmt: skip
def test_refused(outputs: str, rule: str, message: str, tmp_path: Path) -> None:
    found = errors(tmp_path, TEXT.format(outputs), {"used": USED})
    assert [one.rule for one in found] == [rule]
    assert message in found[0].message
    assert place(found[0]).startswith("main:15:")


def test_a_list_has_its_own_order_and_may_repeat(tmp_path: Path) -> None:
    files = {"used": USED}
    plan = plan_of(tmp_path, TEXT.format("x: a, y: [a(3), a(0), a(3), 1, 0]"), files)
    found = nnc.evaluate(plan, {"a": [8], "r": 0, "v": (0, 0), "s": 1, "c": "x"})
    assert found["y"].tolist() == [[1, 0, 1, 1, 0]]


def test_a_level_of_neurons_of_a_layer(tmp_path: Path) -> None:
    """Thresholds of a layer have no names, so that a list of them means nothing."""
    (error,) = errors(tmp_path, TEXT.format("o: {level: [h(0), h(1)]}"), {"used": USED})
    assert error.message == "`h` is a layer, whose thresholds have no names; found a list"
    assert error.help == "write `{level: h(0)}`: it counts all thresholds of that neuron"


@pytest.mark.parametrize(
    ("outputs", "hint"),
    [
        ("m: {level: m}", "write `m_level`"),
        ("n: {sum: n}", "write `n_sum`"),
        ("n: {largest: [n, m]}", "write `n_place`"),
        ("n: m.x", "write `n_output`"),
        ("n: {sum: n}, n_sum: {sum: m}", "write `n_sum_2`"),
    ],
)
def test_an_alias_of_another_name_gets_one_proposed(
    outputs: str, hint: str, tmp_path: Path
) -> None:
    (error,) = errors(tmp_path, TEXT.format(outputs), {"used": USED})
    assert error.rule == "alias-of-other-name"
    assert error.help == hint
