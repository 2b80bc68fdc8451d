"""The plan of a version with other numbers is the one that is built of it alone."""

import random

import pytest

from nnc.compiler.plan import Plan, build_plan, patched_plan
from nnc.opening import checking
from nnc.opening.checking import check

INPUTS = """\
nnc: 1
inputs: {a: bit(3), b: {type: bit, states: [-1, 1]}, k: {type: integer, min: 0, max: 9}, r: real}
neurons:
"""
NUMBERS = ("0", "1", "-2", "3", "7/3", "-0.25", "100", "70000", "5000000000", f"{1 << 70}")


def drawn(draw: random.Random) -> list[str]:
    """Draw neurons of few kinds, each of which reads inputs and neurons before it."""
    neurons = []
    for i in range(30):
        sources = draw.sample(["a(0)", "a", "b", "k", "r", *(f"n{j}" for j in range(i))], 2)
        if "a" in sources and "a(0)" in sources:
            sources = ["b", "k"]
        weights = ", ".join(f"{name}: {draw.choice(NUMBERS)}" for name in sources)
        if draw.random() < 0.01:
            weights += ", k: {3: 2, 5: 1}" if "k" not in sources else ""
        kind = draw.choice(["fires: above, ", "fires: at_most, ", "fires: below, states: [1, 3], "])
        neurons.append(
            f"  n{i}: {{{kind}weights: {{{weights}}}, threshold: {draw.choice(NUMBERS)}}}"
        )
    return neurons


def text(neurons: list[str]) -> bytes:
    return (INPUTS + "\n".join([*neurons, "outputs: [n9, n28, n29]", ""])).encode()


def test_a_plan_made_of_another_one_is_that_of_its_graph(
    chunk: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Drawn changes of numbers: with fractions, wider types, buses, points, states, and bounds."""
    monkeypatch.setattr(checking, "_SMALL", 0)
    shared = 0
    for number in range(6):
        draw = random.Random(f"{chunk}:{number}")
        neurons = drawn(draw)
        before = check(text(neurons), "before")
        for place in draw.sample(range(len(neurons)), draw.randrange(4)):
            head, _ = neurons[place].rsplit(" ", 1)
            neurons[place] = f"{head} {draw.choice(NUMBERS)}}}"
            if draw.random() < 0.5:
                neurons[place] = neurons[place].replace(": 1,", f": {draw.choice(NUMBERS)},")
        after = check(text(neurons), "after", like=before)
        assert before.graph is not None
        assert after.graph is not None
        old, alone = build_plan(before.graph), build_plan(after.graph)
        new = patched_plan(after.graph, before.graph, old)
        assert_is(new, alone)
        shared += any(step is other for step, other in zip(new.steps, old.steps, strict=True))
    assert shared


def assert_is(plan: Plan, other: Plan) -> None:
    assert plan == other
    assert plan.steps == other.steps
    assert plan.neurons.held == other.neurons.held
    assert str(plan) == str(other)


@pytest.mark.parametrize(
    ("old", "new", "is_shared"),
    [
        ("m: {weights: {a: 1", "m: {weights: {a: 2", True),
        ("threshold: 1}", "threshold: 200000}", True),
        ("m: {weights: {a: 1, b: 1}", "m: {weights: {b: 1, a: 1}", False),
        ("m: {weights", "m: {fires: at_least, weights", False),
        ("inputs: [a, b]", "inputs: {a: bit, b: integer}", False),
        ("outputs: [n]", "outputs: [m]", False),
        ("nnc: 1", "nnc: 1\nname: other", True),
    ],
)
def test_only_what_has_other_numbers_is_made_of_another_plan(
    old: str, new: str, is_shared: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(checking, "_SMALL", 0)
    lines = ["nnc: 1", "inputs: [a, b]", "neurons:"]
    lines += [f"  n{i}: {{weights: {{a: 1, b: 1}}, threshold: 0}}" for i in range(8)]
    lines += ["  m: {weights: {a: 1, b: 1}, threshold: 1}"]
    lines += ["  n: {weights: {n0: 1, m: 2}, threshold: 2}", "outputs: [n]", ""]
    base = "\n".join(lines)
    before = check(base.encode(), "before")
    after = check(base.replace(old, new).encode(), "after", like=before)
    assert before.graph is not None
    assert after.graph is not None
    plan = build_plan(before.graph)
    other = patched_plan(after.graph, before.graph, plan)
    assert (other.steps[0] is plan.steps[0]) == is_shared
    assert_is(other, build_plan(after.graph))
