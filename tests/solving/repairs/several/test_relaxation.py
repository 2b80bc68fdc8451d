"""CP-SAT, where the own searches leave something out: sums, repeated parts, and without it."""

import importlib.util

import pytest

import nnc
from nnc.solving.repairs import repair as conductor

pytest.importorskip("ortools")

TWO = """\
nnc: 1
fires: at_least
inputs: [a, b]
neurons:
  p: {weights: {a: 1, b: 2}, threshold: 2}
  q: {weights: {a: 3, p: 1}, threshold: 4}
outputs: {s: {sum: p}, t: {sum: q}, fires: q}
"""
ROWS = {"a": [1, 0, 1], "b": [0, 1, 1]}
LABELS = {"s": [1, 4, 5], "t": [2, 1, 3], "fires": [0, 0, 0]}


def test_sums_of_two_neurons_are_repaired_and_proved() -> None:
    repair = nnc.repair(nnc.loads(TWO), ROWS, labels=LABELS)
    assert repair.proof == "proved by CP-SAT"
    assert sum(abs(change.new - change.old) for change in repair.changes) == 3
    assert {change.name for change in repair.changes} >= {"p.weights.b", "q.weights.a"}
    assert repair.network is not None
    given = nnc.evaluate(repair.network, ROWS)
    assert [given[name].tolist() for name in LABELS] == list(LABELS.values())


def test_rows_that_nothing_meets_are_not_decided() -> None:
    repair = nnc.repair(nnc.loads(TWO), {"a": [0], "b": [0]}, labels={"s": [1]}, seconds=10)
    assert repair.network is None
    assert repair.changes == ()


def test_without_the_solver_it_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    known = importlib.util.find_spec
    monkeypatch.setattr(
        conductor, "find_spec", lambda name: None if name == "ortools" else known(name)
    )
    repair = nnc.repair(nnc.loads(TWO), ROWS, labels=LABELS, seconds=20)
    assert repair.needs_solver
    assert repair.proof in ("searched", "not decided")


ROW = """\
nnc: 1
fires: at_least
inputs: [a, b]
neurons:
  both: {weights: {a: 1, b: 1}, threshold: 1}
  out: {weights: {both: -1, a: 1, b: 1}, threshold: 0}
outputs: [out]
"""


def test_two_numbers_of_a_part_that_is_used_twice() -> None:
    part = nnc.loads(ROW)
    network = nnc.Network(
        inputs=["a", "b", "c"],
        parts={
            "one": nnc.Part(use=part, wiring={"a": "a", "b": "b"}),
            "two": nnc.Part(use=part, wiring={"a": "b", "b": "c"}),
        },
        outputs={"x": "one.out", "y": "two.out"},
    )
    rows = {"a": [0, 0, 0, 1], "b": [0, 0, 1, 1], "c": [0, 1, 1, 1]}
    labels = {"x": [0, 0, 1, 0], "y": [0, 1, 0, 0]}
    repair = nnc.repair(network, rows, labels=labels, seconds=20)
    assert repair.network is not None
    given = nnc.evaluate(repair.network, rows)
    assert [given[name].tolist() for name in labels] == list(labels.values())
    assert repair.proof in ("searched", "proved by CP-SAT")
