"""Proofs, certificates, warnings and cut sets of bits whose values are not 0 and 1."""

import json
import os
import re
from collections.abc import Iterator
from fractions import Fraction
from itertools import combinations, product
from random import Random

import pytest

import nnc
from nnc.compiler.graph import Graph
from nnc.opening.checking import check
from nnc.proofs.certifying import certify_property
from nnc.proofs.properties import Prover, lints
from tests.support.certificates import certified, is_refused, shown_by
from tests.support.claims import Judge
from tests.support.drawn_states import WITH_ONE, DrawnStates

EACH = 30
"""So many networks a chunk: 150 every day, 3,000 of all."""
RAISED = """\
nnc: 1
fires: at_least
inputs: {c: {type: bit, states: [1, 0]}, d: bit}
neurons:
  x: {weights: {c: 4, d: 1}, threshold: 2}
outputs: {y: x}
properties:
  - {increasing: y, in: c}
  - {decreasing: y, in: c}
"""
ALIKE = """\
nnc: 1
fires: at_least
inputs: [a, b]
neurons:
  off: {weights: {a: 1, b: 1}, threshold: 2}
  sp: {weights: {a: 2, b: 2}, threshold: 3, states: [1, -1]}
  low: {weights: {a: -1, b: -1}, threshold: -1, states: [1, 0]}
outputs: [off, sp, low]
"""


def graph_of(text: str) -> Graph:
    checked = check(text.encode(), "<text>")
    assert checked.graph is not None, [text, *map(str, checked.errors)]
    return checked.graph


def drawn(rng: Random) -> tuple[str, Judge]:
    """Draw a network with properties, of which the assumptions allow a row."""
    while True:
        drawing = DrawnStates(rng)
        text = drawing.file + drawing.claims(5)
        judge = Judge(text)
        if judge.allowed:
            return text, judge


# ------------------------------------------------------------------------------ properties


def test_properties_as_the_judge_finds_them(chunk: int) -> None:
    rng = Random(f"{os.environ['NNC_FUZZ_SEED']} states {chunk}")
    for _ in range(EACH):
        text, judge = drawn(rng)
        graph, network = graph_of(text), certified(text)
        prover = Prover(graph)
        claims = [claim for claim in graph.claims if claim.kind == "properties"]
        for place, claim in enumerate(judge.properties):
            proof = prover.prove(claims[place])
            is_so = judge.holds(claim)
            assert proof.kind == ("proved" if is_so else "refuted"), (claim, proof, text)
            if judge.assume:
                continue
            certificate = certify_property(network, place, "it", {}, 5)
            assert (certificate.text is not None) == is_so, (claim, certificate, text)
            if certificate.text is not None:
                assert shown_by(certificate.text, network), (claim, text)


@pytest.mark.parametrize("states", ["[1, 0]", "[1, -1]"])
def test_raising_a_bit_raises_its_value(states: str) -> None:
    text = RAISED.replace("[1, 0]", states)
    graph = graph_of(text)
    rising, falling = (Prover(graph).prove(claim) for claim in graph.claims)
    assert (rising.kind, rising.how, falling.kind) == (
        "proved", "the signs of the weights", "refuted",
    )  # fmt: skip
    values = [trace.inputs["c"] for trace in falling.traces]
    assert values == sorted(json.loads(states)), "the second row is the raised one"


def test_a_certificate_of_the_wrong_direction_is_refused() -> None:
    network = certified(RAISED)
    right = certify_property(network, 0, "it", {}, 5).text
    assert right is not None
    assert shown_by(right, network)
    assert is_refused(right.replace('"property": 0', '"property": 1'), network)
    assert certify_property(network, 1, "it", {}, 5).text is None


# -------------------------------------------------------------------------------- warnings


def alike(text: str) -> Iterator[tuple[str, str, str]]:
    """Yield the names of neurons that a warning calls the same, or the opposite."""
    for finding in lints(graph_of(text)):
        if finding.rule == "equal-neurons":
            found = re.match(r"`(.*)` is the (\w+) .* `(.*)` in", finding.message)
            assert found is not None, finding
            yield found[1], found[2], found[3]


def test_equal_neurons_have_equal_values(chunk: int) -> None:
    rng = Random(f"{os.environ['NNC_FUZZ_SEED']} equal states {chunk}")
    for _ in range(EACH):
        text, _ = drawn(rng)
        told = list(alike(text))
        pairs = "".join(f"  - {{equal: {{{one}: {other}}}}}\n" for one, _, other in told)
        judge = Judge(text.partition("properties:")[0] + f"properties:\n{pairs}" * bool(pairs))
        for (one, word, other), claim in zip(told, judge.properties, strict=True):
            if word == "same":
                assert judge.holds(claim), (one, other, text)
                continue
            values = [[judge.value(name, row) for row in judge.allowed] for name in (one, other)]
            assert set(values[0]) == set(values[1]), (one, other, text)
            assert all(a != b for a, b in zip(*values, strict=True)), (one, other, text)


def test_neurons_that_fire_alike_with_other_states_are_not_equal() -> None:
    assert list(alike(ALIKE)) == [("low", "same", "off")]


# -------------------------------------------------------------------------------- cut sets


def test_cut_sets_as_all_rows_say(chunk: int) -> None:
    rng = Random(f"{os.environ['NNC_FUZZ_SEED']} cuts of states {chunk}")
    for _ in range(EACH):
        drawing = DrawnStates(rng, WITH_ONE)
        assume = f"assume:\n  - {drawing.claim(assumed=True)}\n" * (rng.random() < 0.3)
        text = drawing.file + assume
        judge = Judge(text)
        if judge.allowed:
            check_cuts(judge, text, rng)


def check_cuts(judge: Judge, text: str, rng: Random) -> None:
    names = list(judge.inputs)
    rows = [
        (
            {name: value == 1 for name, value in zip(names, row, strict=True)},
            judge.value("out", row),
        )
        for row in judge.allowed
    ]
    on = {name: Fraction(rng.randrange(1, 9), 9) for name in names}

    def chance(rows: list[dict[str, bool]]) -> Fraction:
        total = Fraction()
        for row in rows:
            product_ = Fraction(1)
            for name, is_one in row.items():
                product_ *= on[name] if is_one else 1 - on[name]
            total += product_
        return total

    ones = chance([row for row, value in rows if value == 1]) / chance([row for row, _ in rows])
    for is_path in (False, True):
        found = nnc.cuts(nnc.loads(text), "out", paths=is_path, probabilities=on, limit=None)
        sets = {frozenset(each.literals) for each in found.sets}
        assert sets == least_sets(names, [(row, (value == 1) != is_path) for row, value in rows])
        assert found.probability == ones, text
        if any((value == 1) != is_path for _, value in rows):
            assert found.value in {value for _, value in rows}, text


def least_sets(
    names: list[str], rows: list[tuple[dict[str, bool], bool]]
) -> set[frozenset[tuple[str, bool]]]:
    """Return the least sets that some row has, with all of which the event is."""
    good: set[frozenset[tuple[str, bool]]] = set()
    for order in range(len(names) + 1):
        for chosen in combinations(names, order):
            for values in product((False, True), repeat=order):
                cube = frozenset(zip(chosen, values, strict=True))
                own = [is_so for row, is_so in rows if cube <= row.items()]
                if not any(cube > other for other in good) and all(own):
                    good.add(cube)
    return {cube for cube in good if any(cube <= row.items() for row, _ in rows)}


@pytest.mark.parametrize(("states", "other"), [("[1, 0]", 0), ("[1, -1]", -1), ("[1, 1/2]", 1 / 2)])
def test_an_output_is_1_where_its_neuron_is_silent(states: str, other: float) -> None:
    text = (
        "nnc: 1\nfires: at_least\ninputs: [a, b]\n"
        f"neurons: {{p: {{weights: {{a: 1, b: 1}}, threshold: 2, states: {states}}}}}\n"
        "outputs: [p]\n"
    )
    found = nnc.cuts(nnc.loads(text), probabilities={"a": "0.1", "b": "0.2"})
    assert (found.value, found.probability) == (1, Fraction(49, 50))
    assert [each.off for each in found.sets] == [("a",), ("b",)]
    paths = nnc.cuts(nnc.loads(text), paths=True)
    assert paths.value == other
    assert [each.on for each in paths.sets] == [("a", "b")]


@pytest.mark.parametrize(
    ("inputs", "states", "name"), [("[a, b]", "[2, 5]", "p"), ("[a, b]", "[0, 1]", "b")]
)
def test_a_bit_that_is_never_1_has_no_cut_sets(inputs: str, states: str, name: str) -> None:
    if name == "b":
        inputs = "{a: bit, b: {type: bit, states: [2, 5]}}"
    text = (
        f"nnc: 1\nfires: at_least\ninputs: {inputs}\n"
        f"neurons: {{p: {{weights: {{a: 1, b: 1}}, threshold: 3, states: {states}}}}}\n"
        "outputs: [p]\n"
    )
    message = rf"NNC971.*cut sets are of what can be 1: `{name}` is 2 or 5, never 1"
    with pytest.raises(nnc.InvalidNetworkError, match=message):
        nnc.cuts(nnc.loads(text))
