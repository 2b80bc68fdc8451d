"""Inner neurons merged one after the other."""

from nnc.proofs.plans.domain import build_domain
from nnc.proofs.plans.pair import Pair
from nnc.proofs.strategies import sweep
from tests.support.comparing import plan

PARITY = (
    "inputs: [a, b]\nneurons:\n"
    "  both: {weights: {a: 1, b: 1}, threshold: 2}\n"
    "  one: {weights: {a: 1, b: 1, both: -2}, threshold: 1}\n"
    "  left: {weights: {a: 1, b: -1}, threshold: 1}\n"
    "  right: {weights: {a: -1, b: 1}, threshold: 1}\n"
    "  other: {weights: {left: 1, right: 1}, threshold: 1}\n"
    "  out: {weights: {one: 1, other: -1}, threshold: 1}\n"
    "outputs: [out]\n"
)
"""Two ways to write one function; `out` tells where they differ, which is nowhere."""


def test_what_turns_out_to_be_constant_is_proved() -> None:
    never = plan(
        "inputs: [a, b]\nneurons: {out: {weights: {a: 1}, threshold: 2}}\noutputs: [out]\n"
    )
    for before, after in ((plan(PARITY), never), (never, plan(PARITY))):
        pair = Pair(before, after, build_domain(before.inputs, after.inputs, {}))
        sweep.compare_forms(pair)
        assert pair.open
        sweep.run(pair)
        [output] = pair.outputs
        assert not pair.open
        assert output.how == "proved neuron by neuron, 1 of them merged"
