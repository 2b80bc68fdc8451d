"""Outputs that are added up by the adders inside: only what adds up to the same is equal."""

import pytest

from nnc.proofs.plans.domain import build_domain
from nnc.proofs.plans.pair import Pair
from nnc.proofs.strategies import sums, sweep
from tests.support.comparing import plan

ADDER = (
    "inputs: [a, b, c]\nneurons:\n"
    "  h1: {weights: {a: 1, b: 1}, threshold: 2}\n"
    "  x1: {weights: {a: 1, b: 1, h1: -2}, threshold: 1}\n"
    "  h2: {weights: {x1: 1, c: 1}, threshold: 2}\n"
    "  s: {weights: {x1: 1, c: 1, h2: -2}, threshold: 1}\n"
    "  k: {weights: {h1: 1, h2: 1}, threshold: 1}\n"
    "  t: {weights: OUT, threshold: 1}\noutputs: {y: {sum: t}}\n"
)


def holds(before: str, after: str) -> bool:
    plans = plan(ADDER.replace("OUT", before)), plan(ADDER.replace("OUT", after))
    pair = Pair(*plans, build_domain(plans[0].inputs, plans[1].inputs, {}))
    sweep.compare_forms(pair)
    sweep.run(pair)
    sums.run(pair)
    return not pair.open


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ("{a: 1, b: 1, c: 1}", "{s: 1, k: 2}", True),
        ("{a: 1, b: 1, c: 1}", "{s: 1, h1: 2, h2: 2}", True),
        ("{h1: 0.5, h2: 0.5}", "{k: 0.5}", True),
        ("{a: 1, b: 1, c: 1}", "{s: 1, k: 1}", False),
        ("{a: 1, b: 1, c: 1}", "{s: 1, k: 2, h1: 1}", False),
    ],
)
def test_sums_that_add_up_to_the_same(before: str, after: str, *, expected: bool) -> None:
    assert holds(before, after) is expected
