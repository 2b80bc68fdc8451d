"""Why did it fire: sums, margins and contributions add up, and print exactly."""

import json
from fractions import Fraction
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
import pytest

import nnc
from nnc.compiler.plan import Plan
from nnc.rows.inputs.arrays import batch_from_arrays
from nnc.run.engines import input_values
from nnc.run.trace import as_json, as_text, json_number, neuron_lines, on_the_way, trace
from tests.support.networks import Files, plan_of
from tests.support.strategies import ALL, example

MAIL = """\
nnc: 1
fires: at_least
inputs: {listed: bit, bayes: real, unused: bit}
neurons:
  score: {weights: {listed: 1.7, bayes: 1/3}, thresholds: {suspicious: 2, spam: 5.0}}
  alarm: {weights: {score.spam: 1, bayes: {9: 2}}, threshold: 1}
  other: {wiring: unused, threshold: 1}
outputs: {spam: score.spam, alarm: alarm, points: {sum: score}, other: other, in: listed}
"""


@pytest.fixture
def plan() -> Plan:
    return nnc.compile(nnc.loads(MAIL))


def test_a_row_followed_through(plan: Plan) -> None:
    neurons = {one.name: one for one in trace(plan, (0, 1, 1, 9, 0))}
    assert list(neurons) == ["score", "bayes>=9", "other", "alarm"]
    score = neurons["score"]
    assert score.sum == Fraction(47, 10)
    assert [(c.source, c.value, c.weight, c.amount) for c in score.contributions] == [
        ("listed", 1, Fraction(17, 10), Fraction(17, 10)),
        ("bayes", 9, Fraction(1, 3), 3)]  # fmt: skip
    assert [(one.name, one.threshold, one.margin, one.fired) for one in score.limits] == [
        ("score.suspicious", 2, Fraction(27, 10), True),
        ("score.spam", 5, Fraction(-3, 10), False)]  # fmt: skip
    assert [c.amount for c in neurons["alarm"].contributions] == [0, 2]


def test_the_text_for_people(plan: Plan) -> None:
    inputs = (0, 1, 1, 9, 0)
    (score,) = [one for one in trace(plan, inputs) if one.name == "score"]
    assert neuron_lines(score) == [
        "  score.suspicious = 1  fires: sum 4.7, fires ≥ 2, margin +2.7",
        "  score.spam = 0  silent: sum 4.7, fires ≥ 5, margin -0.3",
        "      listed  +1.7  = 1.7 × 1",
        "      bayes     +3  = 1/3 × 9",
    ]
    text = as_text(plan, 3, inputs, [score])
    assert text.startswith("row 3: listed=1, bayes=9, unused=0\n  score.suspicious")
    assert text.endswith("\n")


def test_json(plan: Plan) -> None:
    rows: list[tuple[int | Fraction, ...]] = [(0, 1, 1, Fraction(1, 2), 0), (0, 1, 0, 2**60, 1)]
    whole = json.loads("".join(as_json(plan, rows, lines=False)))
    lines = [json.loads(line) for line in as_json(plan, rows, lines=True)]
    assert whole == lines
    assert [one["row"] for one in whole] == [1, 2]
    assert whole[0]["inputs"] == {"listed": 1, "bayes": "0.5", "unused": 0}
    assert whole[1]["inputs"]["bayes"] == str(2**60)
    score = next(one for one in whole[0]["neurons"] if one["name"] == "score")
    assert score["sum"] == "28/15"
    assert score["thresholds"][0] == {
        "name": "score.suspicious", "threshold": 2, "margin": "-2/15", "fired": 0}  # fmt: skip
    assert score["contributions"][1] == {
        "source": "bayes", "value": "0.5", "weight": "1/3", "amount": "1/6"}  # fmt: skip
    assert json.loads("".join(as_json(plan, [], lines=False))) == []
    assert list(as_json(plan, [], lines=True)) == []


@pytest.mark.parametrize(
    ("value", "told"),
    [(1, 1), (2**53 - 1, 2**53 - 1), (2**53, str(2**53)), (-(2**53), str(-(2**53))),
     (Fraction(1, 2), "0.5"), (Fraction(-1, 3), "-1/3")],
)  # fmt: skip
def test_numbers_in_json(value: int | Fraction, told: int | str) -> None:
    assert json_number(value) == told


@pytest.mark.parametrize(
    ("aliases", "neurons"),
    [
        ({"spam"}, {"score"}), ({"points"}, {"score"}), ({"in"}, set()), ({"other"}, {"other"}),
        ({"alarm"}, {"alarm", "score", "bayes>=9"}), (set(), set()),
    ],
)  # fmt: skip
def test_on_the_way(aliases: set[str], neurons: set[str], plan: Plan) -> None:
    assert on_the_way(plan, aliases) == neurons


# --------------------------------------------------------- layers, parts, states, buses, choices

FILES: Files = {
    "cell": """\
inputs: {x: bit(2), more: {type: integer, default: 7}}
neurons: {n: {weights: {x: [1, 2], more: 0.5}, thresholds: {lo: 1, hi: 6}}}
outputs: {lo: n.lo, hi: n.hi, x: x}
""".replace("x: x}", "same: x}"),
    "w": np.array([[0.5, -1.0, 2.0], [0.0, 1.0, 1.0]]),
}
WHOLE = """\
fires: at_least
states: [-1, 1]
inputs:
  a: {type: bit(4), states: [0, 1]}
  s: {type: bit(2), default: [-1, 1]}
  c: {type: choice, of: [red, green]}
  r: real(2)
layers: {h: {wiring: [s, p(1).hi], weights: {file: w.npy}, thresholds: [0, 1/2], states: [0, 5]}}
parts: {p: {use: cell.nn.yaml, repeat: 2, wiring: {x: a(2*i:2*i+2)}, last: {more: 1}}}
neurons:
  n: {weights: {h: [1, 1], c: [1, 2], r(1): {3: 4}}, threshold: 3}
  aside: {wiring: [r(0)], threshold: 0}
outputs: {n: n, p0: p(0).lo, h0: h(0), sums: {sum: h}, through: p(1).same, aside: aside}
"""


def inputs_of(plan: Plan, row: dict[str, Any]) -> tuple[Any, ...]:
    """Give the constants and the elements of the inputs for one row."""
    batch, _ = batch_from_arrays(row, plan.inputs)
    (values,) = input_values(plan, batch)
    return values


@pytest.fixture
def whole(tmp_path: Path) -> Plan:
    return plan_of(tmp_path, WHOLE, FILES)


ROW = {"a": 0b1101, "c": "green", "r": ("0.1", 3)}


def test_every_neuron_of_layers_and_parts(whole: Plan) -> None:
    neurons = {one.name: one for one in trace(whole, inputs_of(whole, ROW))}
    assert list(neurons) == [  # a port's default is not a neuron
        "r(1)>=3", "aside", "p(1).n", "p(0).n", "h(0)", "h(1)", "n"]  # fmt: skip
    part = neurons["p(0).n"]
    assert part.fires == "above"
    assert part.sum == Fraction(9, 2)
    assert [(c.source, c.value, c.weight) for c in part.contributions] == [
        ("a(0)", 1, 1), ("a(1)", 0, 2), ("p:7", 7, Fraction(1, 2))]  # fmt: skip
    assert [(one.name, one.fired, one.value) for one in part.limits] == [
        ("p(0).n.lo", True, 1), ("p(0).n.hi", False, 0)]  # fmt: skip
    layer = neurons["h(0)"]
    assert (layer.fires, layer.sum) == ("at_least", Fraction(-1, 2) - 1)
    assert [(c.source, c.value, c.weight, c.amount) for c in layer.contributions] == [
        ("s(0)", -1, Fraction(1, 2), Fraction(-1, 2)), ("s(1)", 1, -1, -1),
        ("p(1).n.hi", 0, 2, 0)]  # fmt: skip
    assert [(one.name, one.threshold, one.margin, one.fired,
             one.value) for one in layer.limits] == [
        ("h(0)", 0, Fraction(-3, 2), False, 0)]  # fmt: skip
    assert neurons["h(1)"].limits[0].value == 5
    assert neurons["n"].sum == 0 + 5 + 2 + 4
    assert neurons["n"].limits[0].value == 1
    assert neurons["aside"].limits[0].value == 1


def test_only_the_neurons_that_are_asked_for(whole: Plan) -> None:
    values = inputs_of(whole, ROW)
    assert [one.name for one in trace(whole, values, {"h(1)", "n", "p(0).n"})] == [
        "p(0).n", "h(1)", "n"]  # fmt: skip
    assert trace(whole, values, set()) == []


@pytest.mark.parametrize(
    ("aliases", "neurons"),
    [
        ({"n"}, {"n", "h(0)", "h(1)", "p(1).n", "r(1)>=3"}), ({"p0"}, {"p(0).n"}),
        ({"h0"}, {"h(0)", "p(1).n"}), ({"sums"}, {"h(0)", "h(1)", "p(1).n"}), ({"through"}, set()),
        ({"aside", "p0"}, {"aside", "p(0).n"}),
    ],
)  # fmt: skip
def test_on_the_way_through_layers_and_parts(
    aliases: set[str], neurons: set[str], whole: Plan
) -> None:
    """Of a layer only the neurons that count; the constant of a default is none."""
    assert {one for one in on_the_way(whole, aliases) if ":" not in one} == neurons


def test_the_row_is_told_as_it_is_given(whole: Plan) -> None:
    values = inputs_of(whole, ROW)
    text = as_text(whole, 1, values, trace(whole, values, {"h(0)"}))
    assert text.splitlines()[0] == "row 1: a=13, s=[-1,1], c=green, r=[0.1,3]"
    assert text.splitlines()[1:] == [
        "  h(0) = 0  silent: sum -1.5, fires ≥ 0, margin -1.5",
        "      s(0)       -0.5  = 0.5 × -1",
        "      s(1)         -1  = -1 × 1",
        "      p(1).n.hi    +0  = 2 × 0",
    ]
    (record,) = json.loads("".join(as_json(whole, [values], lines=False)))
    assert record["inputs"] == {"a": 13, "s": [-1, 1], "c": "green", "r": ["0.1", 3]}
    assert [one["name"] for one in record["neurons"]][-1] == "n"


def test_of_many_sources_the_heaviest_are_told(tmp_path: Path) -> None:
    """Those that add or take most, in their order; and what the others come to."""
    weights = [1, -50, *([0] * 30), *range(40)]
    plan = plan_of(tmp_path, f"""\
inputs: {{a: bit({len(weights)})}}
neurons: {{n: {{weights: {{a: {weights}}}, threshold: 0}}}}
outputs: [n]
""")  # fmt: skip
    values = (0, 1, *([1] * len(weights)))
    (one,) = trace(plan, values)
    lines = neuron_lines(one)
    shown = [line.split()[0] for line in lines[1:-1]]
    assert shown == ["a(1)", *(f"a({k})" for k in range(41, 72))]
    rest = one.sum - (-50 + sum(range(9, 40)))
    assert lines[-1] == f"      … and {len(weights) - 32} more sources: {rest}"


def test_a_wide_bus_is_cut_in_the_text() -> None:
    plan = nnc.compile(nnc.loads("nnc: 1\ninputs: {v: integer(40)}\noutputs: [v]\n"))
    text = as_text(plan, 1, (0, 1, *range(40)), [])
    assert text == f"row 1: v=[{','.join(map(str, range(32)))},…]\n"


def test_every_trace_adds_up(tmp_path: Path) -> None:
    rng = Random(31)
    for k in range(120):
        one = example(rng, 2, ALL)
        folder = tmp_path / str(k)
        plan = nnc.compile(nnc.load(one.put(folder), root=folder))
        for row in one.rows:
            given = {name: [value] for name, value in row.items()}
            results = nnc.evaluate(plan, given)
            told = {}
            neurons = trace(plan, inputs_of(plan, given))
            for neuron in neurons:
                assert sum(c.amount for c in neuron.contributions) == neuron.sum
                for limit in neuron.limits:
                    assert limit.margin == neuron.sum - limit.threshold
                    told[limit.name] = limit.value
                    passes = {"above": limit.margin > 0, "at_least": limit.margin >= 0,
                              "below": limit.margin < 0, "at_most": limit.margin <= 0}  # fmt: skip
                    assert limit.fired == passes[limit.fires]
                assert neuron_lines(neuron)
            sums = {neuron.name: neuron.sum for neuron in neurons}
            for tap in plan.outputs:
                names = [plan.name_of(signal) for signal in tap.signals]
                found = np.atleast_1d(results[tap.alias])[0]
                if tap.kind == "bit" and names[0] in told:
                    assert found == told[names[0]]
                elif tap.kind == "sum" and not tap.is_bus:
                    assert found == sums[plan.neuron_of(tap.signals[0])]
