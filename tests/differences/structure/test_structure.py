"""What is told to have changed is what was changed: no more, no less."""

from collections.abc import Callable
from copy import deepcopy
from dataclasses import astuple
from fractions import Fraction
from pathlib import Path
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import nnc
from nnc.differences.answer import compare_checked
from nnc.differences.structure import Detail, Structure
from nnc.differences.structure.forms import format_number
from nnc.numbers.exact import show_number
from nnc.opening.checking import check_file
from tests.support.pairs import Network, network, renamed, reordered, text_of
from tests.support.strategies import EVERY, example

RANDOM = st.randoms(use_true_random=False)
Told = dict[tuple[str, str, str], set[tuple[Any, ...]]]


def structure(before: str, after: str) -> Structure:
    """Compare two texts, of which neurons fire `at_least` where nothing else is said."""
    head = "" if before.startswith("nnc:") else "nnc: 1\nfires: at_least\n"
    return nnc.compare(nnc.loads(head + before), nnc.loads(head + after), budget=0).structure


def told(found: Structure) -> Told:
    """Give each change, and its details in any order."""
    return {
        (one.place, one.name, one.kind): {astuple(detail)[:4] for detail in one.details}
        for one in found.changes
    }


def details(before: str, after: str) -> tuple[Detail, ...]:
    """Give the details of the only change."""
    (change,) = structure(before, after).changes
    return change.details


# ------------------------------------------------------------------------------- at random


def unlike(rng: Random) -> Network:
    """Draw a network without neurons that are the same, of which each could be another."""
    one = network(rng)
    for i, neuron in enumerate(one["neurons"].values()):
        neuron["threshold"] += Fraction(i, 97)
    return one


@given(RANDOM)
def test_order_and_names_mean_nothing(rng: Random) -> None:
    one = unlike(rng)
    names = rng.sample(list(one["neurons"]), rng.randint(0, len(one["neurons"])))
    new = {name: f"m{i}" for i, name in enumerate(names)}
    found = structure(text_of(one), text_of(renamed(reordered(rng, one), new)))
    assert (found.is_same, found.count, found.changes) == (True, 0, ())
    assert {(pair.before, pair.after) for pair in found.renamed} == set(new.items())


def _reweight(rng: Random, one: Network, name: str) -> Told:
    weights = one["neurons"][name]["weights"]
    source = rng.choice(list(weights))
    before = weights[source]
    weights[source] += rng.choice([-2, Fraction(1, 3), 1])
    detail = ("weight", source, show_number(before), show_number(weights[source]))
    return {("neuron", name, "changed"): {detail}}


def _threshold(rng: Random, one: Network, name: str) -> Told:
    neuron = one["neurons"][name]
    before = neuron["threshold"]
    neuron["threshold"] += rng.choice([-1, Fraction(1, 7)])
    detail = ("threshold", "", show_number(before), show_number(neuron["threshold"]))
    return {("neuron", name, "changed"): {detail}}


def _fires(rng: Random, one: Network, name: str) -> Told:
    neuron = one["neurons"][name]
    before = neuron["fires"]
    neuron["fires"] = rng.choice(
        [r for r in ("above", "below", "at_least", "at_most") if r != before]
    )
    return {("neuron", name, "changed"): {("fires", "", before, neuron["fires"])}}


def _unplug(rng: Random, one: Network, name: str) -> Told:
    weights = one["neurons"][name]["weights"]
    source = rng.choice(list(weights))
    if len(weights) == 1:
        return {}
    weight = weights.pop(source)
    return {("neuron", name, "changed"): {("source", show_number(weight), source, None)}}


def _add(rng: Random, one: Network, name: str) -> Told:
    new = f"new_{name}"
    copy = deepcopy(one["neurons"][name]) | {"threshold": Fraction(rng.randint(100, 999))}
    one["neurons"][new] = copy
    return {("neuron", new, "added"): set()}


def _remove(rng: Random, one: Network, name: str) -> Told:
    del rng
    shown = str(one["outputs"])
    readers = [each for each in one["neurons"].values() if name in each["weights"]]
    if readers or f"'{name}'" in shown or len(one["neurons"]) == 1:
        return {}
    del one["neurons"][name]
    return {("neuron", name, "removed"): set()}


EDITS: list[Callable[[Random, Network, str], Told]] = [
    _reweight, _threshold, _fires, _unplug, _add, _remove,
]  # fmt: skip


@given(RANDOM)
def test_the_summary_names_exactly_the_edits(rng: Random) -> None:
    before = unlike(rng)
    after = deepcopy(before)
    expected: Told = {}
    names = list(before["neurons"])
    for name in rng.sample(names, rng.randint(1, min(4, len(names)))):
        expected |= rng.choice(EDITS)(rng, after, name)
    found = structure(text_of(before), text_of(reordered(rng, after)))
    assert told(found) == expected, text_of(before) + "---\n" + text_of(after)
    assert found.renamed == ()
    assert found.is_same == (not expected)
    assert found.count == len(expected)


@given(RANDOM)
def test_an_edit_and_other_names_at_once(rng: Random) -> None:
    before = unlike(rng)
    after = deepcopy(before)
    name = rng.choice(list(before["neurons"]))
    expected = _reweight(rng, after, name)
    new = {other: f"m{i}" for i, other in enumerate(before["neurons"]) if other != name}
    found = structure(text_of(before), text_of(renamed(reordered(rng, after), new)))
    ((key, (detail,)),) = expected.items()
    source = new.get(detail[1], detail[1])
    assert told(found) == {key: {(detail[0], source, *detail[2:])}}
    assert {(pair.before, pair.after) for pair in found.renamed} == set(new.items())


def test_every_kind_of_network(chunk: int, tmp_path: Path) -> None:
    for seed in range(chunk * 8, chunk * 8 + 8):
        rng = Random(seed)
        path = str(example(rng, features=EVERY).put(tmp_path / str(seed)))
        before, again = check_file(path), check_file(path)
        found = compare_checked(before, again, budget=0)
        assert (found.structure, found.behaviour.is_equal) == (Structure(is_same=True), True)
        assert before.network is not None
        check_edits(rng, before.network)


def check_edits(rng: Random, before: nnc.Network) -> None:
    """Put neurons in another order, and change a threshold."""
    names = rng.sample(list(before.neurons), len(before.neurons))
    neurons = {name: before.neurons[name] for name in names}
    other = before.model_copy(update={"neurons": neurons})
    assert nnc.compare(before, other, budget=0).structure == Structure(is_same=True)
    for name, own in neurons.items():
        if own.threshold is not None:
            new = own.model_copy(update={"threshold": own.threshold - Fraction(1, 3)})
            other = before.model_copy(update={"neurons": neurons | {name: new}})
            (change,) = nnc.compare(before, other, budget=0).structure.changes
            assert (change.place, change.name, change.kind) == ("neuron", name, "changed")
            assert [detail.what for detail in change.details] == ["threshold"]
            return


# ---------------------------------------------------------------------- one thing at a time

BASE = """\
inputs:
  a: bit
  x: {type: bit, size: 4}
  n: {type: integer, min: 0, max: 9}
  m: {type: choice, of: [on, off]}
neurons:
  s: {weights: {a: 1, x: 2, n: {3: 1, 5: 2}, m.on: 1}, thresholds: {low: 2, high: 4}}
  g: {wiring: [a, x], fires: all}
outputs: {y: s.low, z: {level: s, labels: [p, q, r]}, g: g}
"""


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("x: 2,", "x(0:2): 2, x(2:4): 2,"),
        ("x: 2,", "x: [2, 2, 2, 2],"),
        ("wiring: [a, x]", "wiring: [x(0), x(1:4), a]"),
        ("{a: 1, x: 2,", "{x: 4/2, a: 1.0,"),
        ("low: 2, high", "little: 2, high"),
        ("a: bit", "a: {type: bit, description: the first}"),
    ],
)
def test_other_ways_to_say_the_same(old: str, new: str) -> None:
    after = BASE.replace(old, new).replace("s.low", "s.little" if "little" in new else "s.low")
    assert after != BASE
    found = structure(BASE, after)
    assert (found.is_same, found.changes, found.renamed) == (True, (), ())


@pytest.mark.parametrize(
    ("old", "new", "detail"),
    [
        ("x: 2,", "x: 3,", Detail("weight", "x(0:4)", "2", "3")),
        ("x: 2,", "x: [2, 2, 5, 2],", Detail("weight", "x(2)", "2", "5")),
        ("x: 2,", "x(0:3): 2,", Detail("source", "2", "x(3)", None)),
        ("3: 1,", "3: 7,", Detail("step", "n>=3", "1", "7")),
        ("3: 1,", "4: 1,", Detail("cut-off", "n", "3", "4")),
        ("m.on: 1", "m.off: 1", Detail("source", "1", "m.on", "m.off")),
        ("high: 4", "high: 4.5", Detail("threshold", "high", "4", "4.5")),
        ("x], fires: all", "x], fires: any", Detail("fires", "", "all", "any")),
        ("max: 9", "max: 8", Detail("max", "", "9", "8")),
        ("of: [on, off]", "of: [on, off, none]", Detail("of", "", "on, off", "on, off, none")),
        ("a: bit", "a: {type: bit, default: 1}", Detail("default", "", None, "1")),
        ("y: s.low", "y: s.high", Detail("gives", "", "s.low", "s.high")),
        ("y: s.low", "y: [s.low]", Detail("gives", "", "s.low", "[s.low]")),
        ("[p, q, r]", "[p, q, t]", Detail("labels", "", "p, q, r", "p, q, t")),
    ],
)
def test_one_change(old: str, new: str, detail: Detail) -> None:
    after = BASE.replace(old, new)
    assert after != BASE
    assert details(BASE, after) == (detail,)
    assert not structure(BASE, after).is_same


def test_inputs_come_go_and_get_names() -> None:
    before = (
        "inputs: {a: bit, n: integer}\n"
        "neurons: {s: {weights: {a: 1}, threshold: 1}}\n"
        "outputs: [s]\n"
    )
    found = structure(before, before.replace("n: integer", "k: real, o: bit"))
    assert [(one.name, one.kind, one.text) for one in found.changes] == [
        ("n", "removed", "integer"), ("k", "added", "real"), ("o", "added", "bit"),
    ]  # fmt: skip
    found = structure(before, before.replace("n: integer", "k: integer"))
    assert told(found) == {("input", "k", "changed"): {("name", "", "n", "k")}}


def test_cases_are_notes() -> None:
    before = "inputs: [a]\nneurons: {s: {weights: {a: 1}, threshold: 1}}\noutputs: [s]\n"
    after = before + "cases: [{given: {a: 1}, expect: {s: 1}}]\n"
    assert structure(before, after) == Structure(is_same=True, notes=("cases: 1 added",))
    assert structure(after, before).notes == ("cases: 1 removed",)


def test_a_part_written_out_is_no_change_in_meaning(tmp_path: Path) -> None:
    (tmp_path / "gate.nn.yaml").write_text(
        "nnc: 1\nfires: at_least\ninputs: [a, b]\n"
        "neurons: {n: {weights: {a: 1, b: 1}, threshold: 2}}\noutputs: {y: n}\n"
    )
    head = "nnc: 1\nfires: at_least\ninputs: [p, q]\n"
    (tmp_path / "one.nn.yaml").write_text(
        head + "parts: {g: {use: gate.nn.yaml, wiring: {a: p, b: q}}}\noutputs: {y: g.y}\n"
    )
    (tmp_path / "two.nn.yaml").write_text(
        head + "neurons: {n: {weights: {p: 1, q: 1}, threshold: 2}}\noutputs: {y: n}\n"
    )
    one, two = (nnc.load(tmp_path / f"{name}.nn.yaml") for name in ("one", "two"))
    found = nnc.compare(one, two)
    assert found.structure.is_same
    assert [(one.place, one.kind) for one in found.structure.changes] == [
        ("neuron", "added"), ("part", "removed"), ("output", "changed"),
    ]  # fmt: skip
    assert found.behaviour.is_equal


def test_what_another_used_file_says_otherwise(tmp_path: Path) -> None:
    gate = (
        "nnc: 1\nfires: at_least\ninputs: [a, b]\n"
        "neurons: {n: {weights: {a: 1, b: 1}, threshold: 2}}\noutputs: {y: n}\n"
    )
    for name, text in (("one", gate), ("same", gate), ("or", gate.replace("d: 2", "d: 1"))):
        (tmp_path / f"{name}.nn.yaml").write_text(text)
        (tmp_path / f"of_{name}.nn.yaml").write_text(
            "nnc: 1\ninputs: [p, q]\noutputs: {y: g.y}\n"
            f"parts: {{g: {{use: {name}.nn.yaml, repeat: 2, wiring: {{a: p, b: q}}}}}}\n"
        )
    one, same, other = (nnc.load(tmp_path / f"of_{name}.nn.yaml") for name in ("one", "same", "or"))
    notes = ("one.nn.yaml is now same.nn.yaml",)
    assert nnc.compare(one, same).structure == Structure(is_same=True, notes=notes)
    found = nnc.compare(one, other).structure
    assert (found.is_same, found.count, found.changes) == (False, 1, ())
    assert list(found.used) == ["one.nn.yaml -> or.nn.yaml"]
    inside = told(found.used["one.nn.yaml -> or.nn.yaml"])
    assert inside == {("neuron", "n", "changed"): {("threshold", "", "2", "1")}}


# ---------------------------------------------------------------------------------- layers

LAYER = """\
inputs: {x: {type: bit, size: 3}}
layers:
  l: {wiring: [x], weights: [[1, 2, 3], [4, 5, 6]], thresholds: [1, 2]}
outputs: {y: [l]}
"""


@pytest.mark.parametrize(
    ("old", "new", "detail"),
    [
        ("[1, 2, 3]", "[1, 2, 9]", Detail("weights", "l(0) from x(2)", "3", "9", 1, 6)),
        ("3], [4, 5", "4], [4, 1/3", Detail("weights", "l(1) from x(1)", "5", "1/3", 2, 6)),
        ("thresholds: [1, 2]", "thresholds: [1, 4]", Detail("thresholds", "l(1)", "2", "4", 1, 2)),
        ("3], [4, 5", "1e400], [1e-400, 6",
         Detail("weights", "l(0) from x(2)", "3", format_number(10**400), 3, 6)),
        ("thresholds", "fires: above, thresholds", Detail("fires", "", "at_least", "above")),
        ("wiring: [x]", "wiring: [x(0:2), 1]",
         Detail("wiring", "", "3 wires: x(0), x(1), x(2)", "3 wires: x(0), x(1), 1")),
    ],
)  # fmt: skip
def test_one_change_of_a_layer(old: str, new: str, detail: Detail) -> None:
    after = LAYER.replace(old, new)
    assert after != LAYER
    assert details(LAYER, after) == (detail,)


def test_columns_in_the_order_of_the_wiring_are_the_same() -> None:
    after = LAYER.replace("[x]", "[x(2), x(0:2)]").replace("[1, 2, 3]", "[3, 1, 2]")
    assert structure(LAYER, after.replace("[4, 5, 6]", "[6, 4, 5]")).changes == ()


def test_a_layer_of_other_size() -> None:
    after = LAYER.replace("[4, 5, 6]]", "[4, 5, 6], [7, 8, 9]]").replace("[1, 2]}", "[1, 2, 3]}")
    found = structure(LAYER, after)
    assert told(found)["layer", "l", "changed"] == {("size", "", "2", "3")}
