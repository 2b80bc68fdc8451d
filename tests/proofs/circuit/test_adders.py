"""Sums and carries that are found among neurons, and what is added up by them."""

from itertools import product
from random import Random

import pytest

import nnc
from nnc.proofs.circuit.adders import Adders
from nnc.proofs.comparison.behaviour import compare_behaviour
from tests.support.circuits import array_multiplier, carry_save_multiplier
from tests.support.netlists import dadda

A, B, C, CARRY, SUM = 1, 2, 3, 4, 5


def test_a_full_adder_is_found_and_taken_out_of_a_sum() -> None:
    """All ways to turn its bits, its carry and its sum; checked in all rows."""
    for turned in product((0, 1), repeat=5):
        a, b, c, carry, total = turned
        adders = Adders()
        bits = [(2 * A + a, 1), (2 * B + b, 1), (2 * C + c, 1)]
        adders.add(2 * CARRY + carry, bits, 2)
        adders.add(2 * SUM + total, [*bits, (2 * CARRY + (1 - carry), 2)], 3)
        adders.settle()
        sums = adders.reduced({SUM: 3, A: 1})
        assert SUM not in sums
        for row in product((0, 1), repeat=3):
            literals = [value ^ turn for value, turn in zip(row, turned, strict=False)]
            values = dict(zip((A, B, C), row, strict=True))
            values |= {0: 1, CARRY: (sum(literals) >= 2) ^ carry, SUM: (sum(literals) % 2) ^ total}
            got = sum(weight * values[node] for node, weight in sums.items())
            assert got == 3 * values[SUM] + values[A]


def test_a_parity_that_is_added_while_it_waits_is_cancelled_once() -> None:
    """The parity of a and b stands in the sum, and in the parity that is taken out before it."""
    first_carry, first, carry, whole = 4, 5, 6, 7
    adders = Adders()
    for places, bits in (((first_carry, first), (A, B)), ((carry, whole), (C, first))):
        terms = [(2 * bit, 1) for bit in bits]
        adders.add(2 * places[0], terms, 2)
        adders.add(2 * places[1], [*terms, (2 * places[0] + 1, 2)], 3)
    sums = adders.cancelled({whole: 1, carry: 2, first: 1, first_carry: 4, 0: 0})
    assert {node: weight for node, weight in sums.items() if weight} == {A: 2, B: 2, C: 1}


def test_two_ways_to_add_up_a_parity_relate_their_carries() -> None:
    """Two half adders make one full adder: their carries add up to its carry."""
    first, second, one, whole = 4, 5, 6, 7
    adders = Adders()
    adders.add(2 * first, [(2 * A, 1), (2 * B, 1)], 2)
    adders.add(2 * one, [(2 * A, 1), (2 * B, 1), (2 * first + 1, 2)], 3)
    adders.add(2 * second, [(2 * one, 1), (2 * C, 1)], 2)
    adders.add(2 * 8, [(2 * one, 1), (2 * C, 1), (2 * second + 1, 2)], 3)
    adders.add(2 * whole, [(2 * A, 1), (2 * B, 1), (2 * C, 1)], 2)
    adders.settle()
    assert adders.reduced({whole: 1}) == {first: 1, second: 1}
    assert adders.reduced({whole: 5, first: -5, second: 3}, 8) == {}


@pytest.mark.parametrize(
    ("before", "after"),
    [(array_multiplier(14), dadda(14)), (dadda(13), carry_save_multiplier(13))],
    ids=["array and Dadda", "Dadda and Wallace"],
)
def test_multipliers_are_the_same_sum(before: str, after: str) -> None:
    plans = [nnc.compile(nnc.loads(text)) for text in (before, after)]
    [verdict] = compare_behaviour(*plans).verdicts
    assert (verdict.kind, verdict.how) == ("equal", "added up: both are the same sum")


def test_a_wrong_weight_in_a_multiplier_is_never_proved(chunk: int) -> None:
    rng = Random(f"product {chunk}")
    before = nnc.compile(nnc.loads(array_multiplier(5)))
    lines = dadda(5).split("\n")
    for _ in range(4):
        place = rng.choice([i for i, line in enumerate(lines) if "threshold" in line])
        head, _, limit = lines[place].rpartition("threshold: ")
        changed = f"{head}threshold: {int(limit.rstrip('}')) + rng.choice([-1, 1])}}}"
        text = "\n".join([*lines[:place], changed, *lines[place + 1 :]])
        [verdict] = compare_behaviour(before, nnc.compile(nnc.loads(text))).verdicts
        assert verdict.kind == "differs"


def test_constants_among_what_adds_up_are_constants() -> None:
    """Literals 0 and 1 are constants; node 0 of a sum is one, and no node with a weight."""
    for literal, constant in ((0, 0), (1, -2)):
        adders = Adders()
        adders.add_rule(24, [(6, 1), (literal, -2)], turned=False)
        found = adders.reduced({24: 1})
        assert {node: weight for node, weight in found.items() if weight} == (
            {3: 1, 0: constant} if constant else {3: 1}
        )
