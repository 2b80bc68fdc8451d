"""Traces as JSON: complete, exact, in one shape."""

import json
from fractions import Fraction

import nnc
from nnc.records import plain
from nnc.run.trace import follow
from nnc.terminal.reports.traces import trace_record, traces_as_json
from tests.support.traced import MAIL, trace_of


def test_json() -> None:
    plan = nnc.compile(nnc.loads(MAIL))
    rows: list[tuple[int | Fraction, ...]] = [(0, 1, 1, Fraction(1, 2), 0), (0, 1, 0, 2**60, 1)]
    traces = [follow(plan, row, row=number) for number, row in enumerate(rows, 1)]
    whole = json.loads("".join(traces_as_json(traces, lines=False)))
    lines = [json.loads(line) for line in traces_as_json(traces, lines=True)]
    assert whole == lines
    assert [one["row"] for one in whole] == [1, 2]
    assert whole[0]["inputs"] == {"listed": 1, "bayes": "0.5", "unused": 0}
    assert whole[1]["inputs"]["bayes"] == str(2**60)
    score = next(one for one in whole[0]["neurons"] if one["name"] == "score")
    assert score["sum"] == "28/15"
    assert score["thresholds"][0] == {
        "name": "score.suspicious", "threshold": 2, "margin": "2/15", "fired": 0}  # fmt: skip
    assert score["contributions"][1] == {
        "source": "bayes", "value": "0.5", "weight": "1/3", "amount": "1/6"}  # fmt: skip
    assert json.loads("".join(traces_as_json([], lines=False))) == []
    assert list(traces_as_json([], lines=True)) == []


NETWORK = """\
nnc: 1
fires: at_least
inputs: {a: integer}
neurons:
  score: {weights: {a: 1}, thresholds: {low: 1, high: above 4}}
  t: {weights: {a: 2}, threshold: 0}
outputs: {tier: {level: score}, shape: {largest: [score, t], labels: [S, T]}, half: {sum: t}}
"""


def test_outputs_with_their_reasons() -> None:
    record = plain(trace_record(trace_of(NETWORK, {"a": [4]}, extra={"id": "x"})))
    assert list(record) == [
        "format_version", "row", "extra", "inputs", "outputs", "way", "decisive", "neurons",
    ]  # fmt: skip
    assert record["extra"] == {"id": "x"}
    assert record["outputs"] == [
        {
            "name": "tier", "kind": "level", "value": 1, "sources": ["score"], "ranking": [],
            "reason": "score: sum 4 passes low ≥ 1, not high > 4; margin 0",
            "thresholds": [
                {"name": "score.low", "fires": "at_least", "threshold": 1, "margin": 3, "fired": 1},
                {"name": "score.high", "fires": "above", "threshold": 4, "margin": 0, "fired": 0},
            ],
        },
        {
            "name": "shape", "kind": "largest", "value": "T", "sources": ["score", "t"],
            "reason": "because T 8 > S 4", "thresholds": [],
            "ranking": [
                {"name": "t", "label": "T", "sum": 8}, {"name": "score", "label": "S", "sum": 4},
            ],
        },
        {
            "name": "half", "kind": "sum", "value": 8, "sources": ["t"], "reason": "the sum of t",
            "thresholds": [], "ranking": [],
        },
    ]  # fmt: skip
    assert (record["way"], record["decisive"]) == (["score", "t"], ["a"])
    assert [neuron["name"] for neuron in record["neurons"]] == ["score", "t"]
