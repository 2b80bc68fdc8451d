"""Networks that cannot be the same are told apart without their digests, and no others are."""

import re
from pathlib import Path
from random import Random

import pytest

import nnc
from nnc.compiler.plan import Plan
from nnc.differences.answer import has_other_numbers, is_same_structure
from nnc.run.digests.digests import structure_digest
from tests.support.pairs import network, renamed, reordered, text_of
from tests.support.strategies import EVERY, example

_NUMBER = re.compile(r"(?<=[:,\[] )-?\d+(?=[,}\]\n])")


def plan(neurons: str, outputs: str = "[y]") -> Plan:
    head = "nnc: 1\nfires: at_least\ninputs: {a: bit, b: bit, age: integer}\n"
    return nnc.compile(nnc.loads(f"{head}neurons: {{{neurons}}}\noutputs: {outputs}\n"))


BOTH = "y: {weights: {a: 1, b: 2}, threshold: 2}"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (BOTH, BOTH.replace("b: 2", "b: 3")),
        (BOTH, BOTH.replace("threshold: 2", "threshold: 5/2")),
        (BOTH, BOTH.replace("threshold: 2", "threshold: 2, fires: above")),
        (BOTH, f"z: {{weights: {{a: 1}}, threshold: 1}}, {BOTH}"),
    ],
)
def test_other_numbers_are_seen_without_digests(before: str, after: str) -> None:
    assert has_other_numbers(plan(before), plan(after))
    assert structure_digest(plan(before)) != structure_digest(plan(after))


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (BOTH, BOTH.replace("b: 2", "b: 4/2")),
        (BOTH, "y: {weights: {b: 2, a: 1}, threshold: 2.0}"),
        (BOTH, "y: {weights: {a: 2, b: 1}, threshold: 2}"),  # other sources, the same numbers
        ("y: {weights: {age: {3: 1, 5: 2}, a: 1}, threshold: 2}",
         "y: {weights: {a: 1, age: {3: 1, 5: 2}}, threshold: 2}"),
        ("y: {weights: {a: 1}, thresholds: {p: 1, q: 2}}",
         "y: {weights: {a: 1}, thresholds: {p: 1, q: 3}}"),
    ],
)  # fmt: skip
def test_where_the_numbers_are_the_same_nothing_is_said(before: str, after: str) -> None:
    outputs = "{o: y.p}" if "{p:" in before else "[y]"
    assert not has_other_numbers(plan(before, outputs), plan(after, outputs))


def test_drawn_networks_are_the_same_where_their_digests_are(chunk: int) -> None:
    seen = set()
    for number in range(10):
        rng = Random(f"{chunk}/{number}")
        one = network(rng, states=number % 2 == 0)
        other = reordered(rng, one)
        if rng.random() < 0.5:
            other = renamed(other, {name: f"m{i}" for i, name in enumerate(one["neurons"])})
        if rng.random() < 0.6:
            changed = rng.choice(list(other["neurons"].values()))
            changed["threshold"] += rng.choice([0, 1])
        plans = [nnc.compile(nnc.loads(text_of(each))) for each in (one, other)]
        _check(*plans)
        seen.add(has_other_numbers(*plans))
    assert chunk or True in seen


def test_networks_of_every_kind_with_one_other_number(chunk: int, tmp_path: Path) -> None:
    """Steps, states, parts and layers: what is said to differ has another digest."""
    tried = 0
    for number in range(4):
        rng = Random(f"{chunk}:{number}")
        file = example(rng, rows=1, features=EVERY).put(tmp_path / str(number))
        text = file.read_text("utf-8")
        before = nnc.compile(nnc.load(file))
        places = list(_NUMBER.finditer(text))
        for place in rng.sample(places, min(4, len(places))):
            other = str(int(place[0]) + rng.choice([1, 2]))
            file.write_text(text[: place.start()] + other + text[place.end() :], "utf-8")
            try:
                after = nnc.compile(nnc.load(file))
            except nnc.NncError:
                continue
            tried += 1
            _check(before, after)
    assert chunk or tried


def _check(before: Plan, after: Plan) -> None:
    is_same = structure_digest(before) == structure_digest(after)
    assert is_same_structure(before, after) == is_same
    assert not (is_same and has_other_numbers(before, after))
