"""The way of a decision: few neurons and inputs, and enough for it."""

from pathlib import Path
from random import Random
from typing import Any

import pytest

import nnc
from nnc.compiler.plan import Plan
from nnc.run.trace import on_the_way
from tests.support.oracle import Oracle, elements, load
from tests.support.strategies import EVERY, example
from tests.support.traced import MAIL, trace_of, whole_plan


@pytest.fixture
def plan() -> Plan:
    return nnc.compile(nnc.loads(MAIL))


@pytest.fixture
def whole(tmp_path: Path) -> Plan:
    return whole_plan(tmp_path)


@pytest.mark.parametrize(
    ("aliases", "neurons"),
    [
        ({"spam"}, {"score"}), ({"points"}, {"score"}), ({"in"}, set()), ({"other"}, {"other"}),
        ({"alarm"}, {"alarm", "score", "bayes>=9"}), (set(), set()),
    ],
)  # fmt: skip
def test_on_the_way(aliases: set[str], neurons: set[str], plan: Plan) -> None:
    assert on_the_way(plan, aliases) == neurons


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


VOTES = """\
nnc: 1
fires: at_least
inputs: {a: bit, b: bit, c: bit, votes: bit(5), age: integer, const: bit}
neurons:
  both: {wiring: [a, b], fires: all}
  some: {wiring: [both, c, votes(0)], fires: any}
  most: {wiring: votes, threshold: 3}
  old: {weights: {age: {65: 2, 75: 3}, some: 1}, threshold: 3}
  low: {weights: {a: 2, b: -1, c: 1}, threshold: 1, fires: below}
outputs: {some: some, most: most, old: old, low: low, in: votes, points: {sum: old},
          first: {largest: [most, both]}, one: 1}
"""
SILENT = {"a": [0], "b": [0], "c": [0], "votes": [0], "age": [0], "const": [0]}


@pytest.mark.parametrize(
    ("output", "row", "neurons", "inputs"),
    [
        ("some", {"c": [1], "a": [1]}, ["some"], ["c"]),  # one of an OR is enough
        ("some", {}, ["some", "both"], ["a", "c", "votes(0)"]),  # one 0 of an AND is
        ("some", {"a": [1], "b": [1]}, ["some", "both"], ["a", "b"]),
        ("most", {"votes": [0b11111]}, ["most"], ["votes(0)", "votes(1)", "votes(2)"]),
        ("most", {"votes": [0b10101]}, ["most"], ["votes(0)", "votes(2)", "votes(4)"]),
        ("most", {"votes": [0b00011]}, ["most"], ["votes(2)", "votes(3)", "votes(4)"]),
        ("old", {"age": [80]}, ["old"], ["age"]),
        ("old", {"age": [66], "c": [1]}, ["old", "some"], ["c", "age"]),
        ("low", {"b": [1]}, ["low"], ["a", "b"]),
        ("low", {"a": [1], "b": [1]}, ["low"], ["a"]),
        ("in", {}, [], [f"votes({i})" for i in range(5)]),
        ("points", {}, ["old", "some", "both"], ["a", "c", "votes(0)", "age"]),
        ("first", {}, ["most", "both"], ["a", "b", *(f"votes({i})" for i in range(5))]),
        ("one", {}, [], []),
    ],
)  # fmt: skip
def test_what_is_enough(
    output: str, row: dict[str, Any], neurons: list[str], inputs: list[str]
) -> None:
    traced = trace_of(VOTES, SILENT | row, only=[output])
    assert list(traced.way) == neurons
    assert list(traced.decisive) == inputs


def test_a_depth_ends_the_way() -> None:
    row = SILENT | {"a": [1], "b": [1]}
    assert trace_of(VOTES, row, only=["some"], depth=1).way == ("some",)
    assert trace_of(VOTES, row, only=["some"], depth=2).way == ("some", "both")
    assert [n.name for n in trace_of(VOTES, row, only=["some"], depth=1).neurons] == ["some"]


def test_what_is_decisive_is_enough(tmp_path: Path, chunk: int) -> None:
    """Whatever the other inputs are, an output stays what it is: the oracle says so."""
    rng = Random(f"way {chunk}")
    moved = 0
    for k in range(8):
        drawn = example(rng, 5, EVERY)
        path = drawn.put(tmp_path / str(k))
        plan = nnc.compile(nnc.load(path, root=path.parent))
        oracle = Oracle(load(path), path.parent)
        for row in drawn.rows[:2]:
            arrays: dict[str, Any] = {name: [value] for name, value in row.items()}
            expected = oracle.evaluate(row)
            for alias in expected:
                decisive = set(trace_of(plan, arrays, only=[alias]).decisive)
                for other in drawn.rows:
                    mixed = mix(oracle.file["inputs"], row, other, decisive)
                    moved += mixed != mix(oracle.file["inputs"], row, row, decisive)
                    assert oracle.evaluate(mixed)[alias] == expected[alias], (alias, mixed)
    assert moved


def mix(inputs: Any, row: Any, other: Any, kept: set[str]) -> dict[str, Any]:
    """Take the elements that are kept from one row, all others from another."""
    mixed: dict[str, Any] = {}
    for name, declared in inputs.items():
        mine, yours = (one.get(name, declared.get("default")) for one in (row, other))
        if declared["type"] == "choice":
            is_kept = any(f"{name}.{value}" in kept for value in declared["of"])
            mixed[name] = mine if is_kept else yours
            continue
        pair = zip(elements(declared, mine), elements(declared, yours), strict=True)
        names = [f"{name}({i})" if "size" in declared else name for i in range(10**4)]
        mixed[name] = [a if names[i] in kept else b for i, (a, b) in enumerate(pair)]
    return mixed
