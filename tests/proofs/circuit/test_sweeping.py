"""Graphs swept as they are made: what is merged is the same function, and most of it is found."""

import re
from random import Random

import pytest

import nnc
from nnc.proofs.comparison.behaviour import compare_behaviour
from nnc.proofs.plans.domain import build_domain
from nnc.proofs.plans.pair import Pair
from nnc.proofs.strategies import sweep
from tests.support.circuits import Circuit
from tests.support.comparing import plan
from tests.support.netlists import ADDERS, comparator, random_neurons, unlike, voter
from tests.support.pairs import mutant, network, rewritten, text_of, truth_table


def verdicts(before: str, after: str, budget: float = 10) -> list[tuple[str, str]]:
    plans = [nnc.compile(nnc.loads(text)) for text in (before, after)]
    return [(v.kind, v.how) for v in compare_behaviour(*plans, budget=budget).verdicts]


@pytest.mark.parametrize("other", ["Kogge-Stone", "lookahead", "carry neurons"])
def test_adders_of_different_structure_are_equal(other: str) -> None:
    [(kind, how)] = verdicts(ADDERS["ripple"](32), ADDERS[other](32))
    assert kind == "equal"
    assert how.startswith(("proved neuron by neuron", "added up"))


@pytest.mark.parametrize("way", ["ripple", "tree"])
def test_comparators_of_different_structure_are_equal(way: str) -> None:
    assert verdicts(comparator(64), comparator(64, way=way))[0][0] == "equal"


def test_a_voter_counted_by_adders_is_one_neuron() -> None:
    for size in (15, 101):
        assert verdicts(voter(size), voter(size, way="adders"))[0][0] == "equal"


def test_random_neurons_rescaled_copied_and_restructured(full: bool) -> None:
    assert verdicts(*random_neurons(8_000 if full else 100, 1))[0][0] == "equal"


def read_lines(lines: list[str]) -> list[int]:
    """Give the lines of neurons that an output depends on: what others are decides nothing."""
    made = {line.split(":")[0].strip(): i for i, line in enumerate(lines) if "threshold" in line}
    todo, read = re.findall(r"n\d+", lines[-2]), set[int]()
    while todo:
        place = made[todo.pop()]
        if place not in read:
            read.add(place)
            todo += re.findall(r"n\d+", lines[place].split(":", 1)[1])
    return sorted(read)


def test_a_wrong_weight_in_one_of_them_is_never_proved(chunk: int) -> None:
    rng = Random(f"wrong {chunk}")
    for _ in range(2):
        one = ADDERS["ripple"](12)
        lines = ADDERS[rng.choice(list(ADDERS))](12).split("\n")
        place = rng.choice(read_lines(lines))
        head, _, limit = lines[place].rpartition("threshold: ")
        lines[place] = f"{head}threshold: {int(limit.rstrip('}')) + rng.choice([-1, 1])}}}"
        [(kind, _)] = verdicts(one, "\n".join(lines))
        assert kind == "differs"


def test_small_pairs_against_their_truth_tables(chunk: int, full: bool) -> None:
    """Of 5,000 pairs, 50 in each chunk: the sweep alone decides, and no verdict is wrong."""
    rng = Random(f"sweeping {chunk}")
    for count in range(50 if full else 20):
        one = network(rng, {"x": rng.randint(1, 7), "y": 0})
        other = (rewritten, mutant)[count % 2](rng, one)
        plans = [nnc.compile(nnc.loads(text_of(each))) for each in (one, other)]
        pair = Pair(*plans, build_domain(plans[0].inputs, plans[1].inputs, {}))
        sweep.compare_forms(pair)
        sweep.run(pair)
        tables = truth_table(one), truth_table(other)
        for output in pair.outputs:
            is_equal = tables[0][output.alias] == tables[1][output.alias]
            if not output.open:
                assert is_equal, (text_of(one), text_of(other))
            if output.witness is not None:
                assert not is_equal


CONSTANT = (
    "inputs: {op: {type: choice, of: [a, b, c]}, n: {type: integer, min: 0, max: 9}}\nneurons:\n"
    "  low: {weights: {n: 1}, threshold: 3}\n  high: {weights: {n: 1}, threshold: 5}\n"
    "  some: {weights: {op.a: 1, op.b: 1}, threshold: 1}\n"
    "  out: {weights: OUT, threshold: 1}\noutputs: [out]\n"
)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("{some: 1, op.c: 1}", "{op.a: 1, op.b: 1, op.c: 1}"),
        ("{high: 1, op.a: 1}", "{high: 1, low: 1, op.a: 2, op.b: -2, op.c: -2}"),
    ],
)
def test_what_inputs_cannot_be_is_known(before: str, after: str) -> None:
    plans = plan(CONSTANT.replace("OUT", before)), plan(CONSTANT.replace("OUT", after))
    pair = Pair(*plans, build_domain(plans[0].inputs, plans[1].inputs, {}))
    sweep.compare_forms(pair)
    sweep.run(pair)
    [output] = pair.outputs
    values = {compare_behaviour(*plans).verdicts[0].kind == "equal"}
    assert values == {not output.open}


def test_neurons_that_hardly_ever_fire_are_proved_equal() -> None:
    """A chain of sparse bits: of 60 that have to be 1, no row at random has more than some."""
    texts = []
    for is_written_out in (False, True):
        circuit = Circuit()
        chain = "a(0)"
        for i in range(1, 60):
            if is_written_out:
                one = circuit.both(chain, f"a({i})")
                other = circuit.both(chain, f"b({i})")
                chain = circuit.neuron({one: 1, other: 1}, 1)
            else:
                chain = circuit.neuron({f"a({i})": 1, f"b({i})": 1, chain: 2}, 3)
        top = unlike(circuit, chain, "b(0)")
        texts.append(circuit.text("{a: bit(60), b: bit(60)}", [top, chain]))
    plans = [nnc.compile(nnc.loads(text)) for text in texts]
    [verdict] = compare_behaviour(*plans).verdicts
    assert verdict.kind == "equal"
    wrong = texts[1].replace("b(40): 1", "b(41): 1")
    assert wrong != texts[1]
    plans[1] = nnc.compile(nnc.loads(wrong))
    [verdict] = compare_behaviour(*plans).verdicts
    assert verdict.kind != "equal"
