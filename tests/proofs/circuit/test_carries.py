"""Carries that are found among neurons, and never where they are wrong."""

import re
from random import Random

import nnc
from nnc.proofs.comparison.behaviour import compare_behaviour
from tests.support.netlists import ADDERS


def test_adders_of_every_structure_add_up() -> None:
    plans = {name: nnc.compile(nnc.loads(make(40))) for name, make in ADDERS.items()}
    for name in ("Kogge-Stone", "lookahead"):
        [verdict] = compare_behaviour(plans["ripple"], plans[name]).verdicts
        assert (verdict.kind, verdict.how) == ("equal", "added up: both are the same sum")


def test_an_adder_with_a_wrong_neuron_is_not_proved(chunk: int) -> None:
    rng = Random(f"carry {chunk}")
    right, other = ADDERS["ripple"](33), ADDERS[rng.choice(["Kogge-Stone", "lookahead"])](33)
    lines = other.split("\n")
    place = rng.choice([i for i, line in enumerate(lines) if "threshold: 2" in line])
    lines[place] = re.sub("threshold: 2", "threshold: 3", lines[place])
    [verdict] = compare_behaviour(*(nnc.compile(nnc.loads(text)) for text in
                                    (right, "\n".join(lines)))).verdicts  # fmt: skip
    assert verdict.kind == "differs"
