"""One row followed: sums and margins are what the oracle says, and contributions add up."""

import operator
import re
from fractions import Fraction
from itertools import product
from pathlib import Path
from random import Random
from typing import Any

import pytest

import nnc
from nnc.compiler.plan import Plan
from nnc.run.trace import Limit, trace
from tests.support.oracle import Circuit, Neuron, Oracle, elements, load
from tests.support.strategies import EVERY, example
from tests.support.traced import MAIL, ROW, inputs_of, trace_of, whole_plan


@pytest.fixture
def plan() -> Plan:
    return nnc.compile(nnc.loads(MAIL))


@pytest.fixture
def whole(tmp_path: Path) -> Plan:
    return whole_plan(tmp_path)


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
        ("score.spam", 5, Fraction(3, 10), False)]  # fmt: skip
    assert [c.amount for c in neurons["alarm"].contributions] == [0, 2]


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
        ("h(0)", 0, Fraction(3, 2), False, 0)]  # fmt: skip
    assert neurons["h(1)"].limits[0].value == 5
    assert neurons["n"].sum == 0 + 5 + 2 + 4
    assert neurons["n"].limits[0].value == 1
    assert neurons["aside"].limits[0].value == 1


def test_only_the_neurons_that_are_asked_for(whole: Plan) -> None:
    values = inputs_of(whole, ROW)
    assert [one.name for one in trace(whole, values, {"h(1)", "n", "p(0).n"})] == [
        "p(0).n", "h(1)", "n"]  # fmt: skip
    assert trace(whole, values, set()) == []


# ---------------------------------------------------------------------------------- the oracle

COMPARE = {
    "above": operator.gt, "at_least": operator.ge, "below": operator.lt, "at_most": operator.le,
}  # fmt: skip


@pytest.mark.parametrize(("rule", "total"), list(product(COMPARE, range(-3, 4))))
def test_the_margin_is_the_least_change_that_turns_the_decision(rule: str, total: int) -> None:
    """By brute force: nothing below the margin turns it, the margin itself where it says so."""
    text = f"nnc: 1\ninputs: {{x: integer}}\nneurons: {{n: {{weights: {{x: 1}}, threshold: 0, \
fires: {rule}}}}}\noutputs: [n]\n"
    (limit,) = trace_of(text, {"x": [total]}).outputs[0].limits
    assert limit.margin == abs(total)
    assert_least(limit, Fraction(total))


def assert_least(limit: Limit, total: Fraction) -> None:
    def fires(change: Fraction) -> bool:
        return bool(COMPARE[limit.fires](total + change, limit.threshold))

    margin = Fraction(limit.margin)
    assert fires(Fraction(0)) == limit.fired
    towards = -1 if limit.is_least else 1
    steps = [Fraction(k, 8) for k in range(8)]
    assert all(fires(sign * margin * k) == limit.fired for k in steps for sign in (1, -1))
    assert (fires(towards * margin) != limit.fired) == (limit.is_reached and margin > 0)
    assert fires(towards * (margin + Fraction(1, 10**9))) != limit.fired
    assert fires(-towards * (margin + 1)) == limit.fired


NAME = re.compile(r"([^(]+)(?:\((\d+)\))?")


def oracle_neuron(circuit: Circuit, name: str) -> Neuron:
    """Give the oracle's neuron of a name in a plan: `p(0).n`, `h(3)`, `n`."""
    *parts, last = [NAME.fullmatch(word) for word in name.split(".")]
    for part in parts:
        assert part is not None
        circuit = circuit.parts[part[1]][int(part[2] or 0)]
    assert last is not None
    neuron = circuit.named(last[1])[int(last[2] or 0)].neuron
    assert neuron is not None
    return neuron


def test_every_trace_is_what_the_oracle_says(tmp_path: Path, chunk: int) -> None:
    rng = Random(f"trace {chunk}")
    for k in range(12):
        drawn = example(rng, 2, EVERY)
        path = drawn.put(tmp_path / str(k))
        plan = nnc.compile(nnc.load(path, root=path.parent))
        oracle = Oracle(load(path), path.parent)
        inputs = oracle.file["inputs"]
        for row in drawn.rows:
            arrays: dict[str, Any] = {name: [value] for name, value in row.items()}
            values = {
                name: elements(d, row.get(name, d.get("default"))) for name, d in inputs.items()
            }
            expected = oracle.evaluate(row)
            traced = trace_of(plan, arrays)
            assert {output.name: plain(output.value) for output in traced.outputs} == {
                name: plain(value) for name, value in expected.items()
            }
            for neuron in traced.neurons:
                assert sum(c.amount for c in neuron.contributions) == neuron.sum
                for limit in neuron.limits:
                    assert limit.margin == abs(neuron.sum - limit.threshold)
                    assert_least(limit, Fraction(neuron.sum))
                if ">" not in neuron.name:
                    known = oracle_neuron(oracle.circuit, neuron.name)
                    assert known.sum(values) == neuron.sum
                    fired = [known.fires(i, values) for i in range(len(neuron.limits))]
                    assert fired == [limit.fired for limit in neuron.limits]
            assert str(traced)
            assert traced.text(full=True)


def plain(value: Any) -> Any:
    """Give a value in exact numbers, a bus of one element as that element."""
    if isinstance(value, list):
        return [Fraction(element) for element in value] if len(value) > 1 else Fraction(value[0])
    return value if isinstance(value, str) else Fraction(value)
