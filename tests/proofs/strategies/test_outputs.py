"""Outputs that are searched as a whole, where nothing inside of them is the same."""

import pytest

import nnc
from nnc.proofs.circuit.sweeping import Sweep
from nnc.proofs.comparison import behaviour
from nnc.proofs.plans.domain import build_domain
from nnc.proofs.plans.pair import Pair
from nnc.proofs.strategies import STRATEGIES, sweep
from tests.support.netlists import comparator, voter


@pytest.fixture(autouse=True)
def nothing_merged(monkeypatch: pytest.MonkeyPatch) -> None:
    """Leave all to the search of outputs."""
    monkeypatch.setattr(Sweep, "_is_same", lambda *_, **__: False)


def searched(before: str, after: str) -> Pair:
    plans = [nnc.compile(nnc.loads(text)) for text in (before, after)]
    pair = Pair(*plans, build_domain(plans[0].inputs, plans[1].inputs, {}))
    sweep.compare_forms(pair)
    sweep.run(pair)
    assert pair.open
    sweep.run_outputs(pair)
    return pair


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (comparator(24), comparator(24, way="tree")),
        (voter(7), voter(7, way="adders")),
    ],
    ids=["comparator", "voter"],
)
def test_what_no_inputs_tell_apart_is_equal(before: str, after: str) -> None:
    pair = searched(before, after)
    assert not pair.open
    assert pair.outputs[0].how == "no inputs tell both apart: all were searched"


def test_inputs_that_tell_two_outputs_apart_are_a_witness() -> None:
    """Of 2^48 pairs only those with a = b tell > from >=."""
    tree = comparator(24, way="tree")
    other = comparator(24).replace("threshold: 1}", "threshold: 0}")
    pair = searched(tree, other)
    [output] = pair.outputs
    assert output.witness is not None
    assert output.witness[:24] == output.witness[24:]


def test_of_a_bus_it_is_told_which_elements_may_differ(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(behaviour, "STRATEGIES", STRATEGIES[:3])
    plans = [
        nnc.compile(nnc.loads(comparator(24, way=way).replace("out: [", "out: [a(0), a(1), ")))
        for way in ("neuron", "tree")
    ]
    [verdict] = behaviour.compare_behaviour(*plans).verdicts
    assert verdict.kind == "unknown"
    assert "of 281,474,976,710,656 inputs tried in vain" in verdict.how
    assert "left: (2) of its 3 elements" in verdict.how
