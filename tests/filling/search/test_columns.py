"""Networks with hidden neurons: found where brute force and CP-SAT find them, else refuted."""

import os
from itertools import product
from random import Random

import pytest

from nnc.filling.search.columns import ColumnSearch
from nnc.filling.search.conduct import fill
from nnc.filling.search.counting import Crowd
from nnc.filling.search.outcomes import Clash, Exhausted, Outcome, Refutation, Request
from nnc.filling.search.skeleton import Bit, Row, Skeleton
from nnc.filling.search.whole import fill_within
from tests.support.skeletons import (
    Function,
    holds,
    layered,
    parity,
    product_bit,
    segments,
    sum_bit,
    within,
)


def checked(skeleton: Skeleton, request: Request = Request()) -> Outcome:  # noqa: B008
    outcome = fill(skeleton, request)
    if outcome.values is not None:
        assert outcome.proof is None
        assert holds(skeleton, outcome.values)
    return outcome


@pytest.mark.parametrize(
    ("skeleton", "is_possible"),
    [
        (layered(2, 1, [parity]), False),
        (layered(2, 2, [parity]), True),
        (layered(2, 1, [parity], skips=True), True),
        (layered(3, 2, [parity]), False),
        (layered(4, 3, [parity]), False),
        (layered(4, 4, [parity]), True),
        (segments(3), False),
        (segments(4), True),
        (segments(1, skips=True), False),
        (segments(2, skips=True), True),
        (layered(4, 3, [product_bit(i) for i in range(4)]), False),
        (layered(4, 4, [product_bit(i) for i in range(4)]), True),
    ],
)
def test_known_networks(skeleton: Skeleton, is_possible: bool) -> None:
    outcome = checked(skeleton)
    assert (outcome.values is not None) == is_possible
    assert (outcome.proof is not None) != is_possible


@pytest.mark.parametrize(
    ("skeleton", "is_possible"),
    [
        (layered(5, 4, [parity]), False),
        (layered(5, 5, [parity]), True),
        (layered(6, 2, [parity], skips=True), False),
        (layered(6, 3, [parity], skips=True), True),
        (layered(6, 2, [sum_bit(i, 3) for i in range(4)], skips=True), False),
    ],
)
def test_larger_networks(skeleton: Skeleton, is_possible: bool) -> None:
    outcome = fill(skeleton)
    assert isinstance(outcome.proof, Refutation) != is_possible
    assert outcome.values is None or holds(skeleton, outcome.values)


def test_three_bits_are_added_by_three_hidden_neurons(full: bool) -> None:
    bits = 3 if full else 2
    skeleton = layered(2 * bits, bits, [sum_bit(i, bits) for i in range(bits + 1)], skips=True)
    outcome = fill(skeleton)
    assert outcome.values is not None
    assert holds(skeleton, outcome.values)


def test_more_pictures_than_states() -> None:
    proof = checked(segments(3)).proof
    assert isinstance(proof, Crowd)
    assert (len(proof.cells), proof.states) == (3, 8)
    assert len(proof.rows) > 8


def test_rows_that_give_the_same() -> None:
    skeleton = layered(1, 0, [parity])
    last = Row(skeleton.rows[0].known, (Bit(3, True),))  # noqa: FBT003
    proof = fill(Skeleton(skeleton.blanks, skeleton.cells, {}, (*skeleton.rows, last))).proof
    assert proof == Clash((0, 2))


def drawn(random: Random) -> tuple[Skeleton, int]:
    inputs, hidden = random.choice([(2, 1), (2, 2), (3, 1), (3, 2)])
    rows = list(product((0, 1), repeat=inputs))
    rows = random.sample(rows, random.randrange(3, len(rows) + 1))

    def function() -> Function:
        ones = {row for row in rows if random.random() < 0.5}
        return lambda values: tuple(values) in ones

    outputs = [function() for _ in range(random.choice([1, 1, 2]))]
    return layered(inputs, hidden, outputs, skips=random.random() < 0.4, rows=rows), len(rows)


def test_random_skeletons_agree_with_cp_sat(chunk: int) -> None:
    """Small networks need no weights beyond 6: CP-SAT has the last word."""
    random = Random(f"{os.environ['NNC_FUZZ_SEED']} {chunk}")
    for _ in range(5):
        skeleton, _ = drawn(random)
        outcome = checked(skeleton)
        bounded = fill_within(within(skeleton, -6, 6), Request(), lambda: False)
        assert (outcome.values is None) == (bounded.values is None)
        assert (outcome.proof is None) == (bounded.proof is None)
        if bounded.values is not None:
            assert holds(skeleton, bounded.values)
            assert bounded.size <= outcome.size
            assert bounded.least == "network"


def test_bounds_are_kept_and_whole_numbers_tried() -> None:
    """Brute force over all weights of -1, 0 and 1, with every threshold that matters."""
    random = Random(os.environ["NNC_FUZZ_SEED"])
    for _ in range(5):
        rows = random.sample(list(product((0, 1), repeat=2)), 4)
        ones = {row for row in rows if random.random() < 0.5}
        skeleton = within(
            layered(2, 1, [lambda v, ones=ones: tuple(v) in ones], skips=True, rows=rows), -1, 1
        )
        sizes = [
            sum(map(abs, (*ws[:2], *ws[2:])))
            for ws in product((-1, 0, 1), repeat=5)
            for t in range(-2, 4)
            for u in range(-3, 5)
            if holds(skeleton, dict(enumerate((*ws[:2], t, *ws[2:], u))))
        ]
        outcome = checked(skeleton, Request(is_total=True))
        if sizes:
            assert outcome.size == min(sizes)
            assert outcome.least == "network"
        else:
            assert outcome.values is None
            assert outcome.proof is not None


def test_the_least_of_a_network() -> None:
    outcome = checked(layered(2, 2, [parity]), Request(is_total=True))
    assert (outcome.size, outcome.bound, outcome.least) == (6, 6, "network")


def test_what_the_bounds_leave_is_tried_by_cp_sat() -> None:
    skeleton = within(layered(2, 2, [lambda v: v[0] + 2 * v[1] == 2], skips=True), 0, 1)
    outcome = checked(skeleton)
    assert outcome.values is None
    assert outcome.proof is not None


def test_a_search_that_is_over_is_not_decided() -> None:
    outcome = fill(layered(5, 4, [parity]), is_over=lambda: True)
    assert outcome.values is None
    assert outcome.proof is None
    columns = ColumnSearch(layered(5, 4, [parity])).run(10)
    assert columns.worth is None
    assert not columns.is_impossible


def test_terms() -> None:
    both = layered(2, 0, [all])
    assert isinstance(checked(both, Request(terms=1)).proof, Exhausted)
    hidden = layered(2, 2, [parity])
    few = checked(hidden, Request(minimize="terms"))
    assert few.values is not None
    assert few.size == 6
