"""Why did it fire: sums, margins and contributions add up, and print exactly."""

import json
from fractions import Fraction
from random import Random

import pytest

import nnc
from nnc.plan import Plan
from nnc.trace import as_json, as_text, json_number, neuron_lines, on_the_way, trace
from strategies import example

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
    neurons = {one.name: one for one in trace(plan, (1, 9, 0))}
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
    inputs = (1, 9, 0)
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
    rows: list[tuple[int | Fraction, ...]] = [(1, Fraction(1, 2), 0), (0, 2**60, 1)]
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


def test_every_trace_adds_up() -> None:
    rng = Random(31)
    for _ in range(100):
        one = example(rng, 2)
        plan = nnc.compile(nnc.loads(one.text))
        rows = {name: [row[name] for row in one.rows] for name in one.rows[0]}
        results = nnc.evaluate(plan, rows)
        defaults = {name: value.default or 0 for name, value in plan.inputs.items()}
        for place, row in enumerate(one.rows):
            given = {name: Fraction(text) for name, text in row.items()}
            inputs = tuple((defaults | given)[name] for name in plan.inputs)
            fired = {}
            for neuron in trace(plan, inputs):
                assert sum(c.amount for c in neuron.contributions) == neuron.sum
                for limit in neuron.limits:
                    assert limit.margin == neuron.sum - limit.threshold
                    fired[limit.name] = limit.fired
                assert neuron_lines(neuron)
            for tap in plan.outputs:
                name = plan.signals[tap.signals[0]] if tap.signals else ""
                if tap.kind == "bit" and name in fired and rows:
                    assert results[tap.alias].tolist()[place] == fired[name]
