"""What groups of nodes depend on: alike in one pass, and group by group."""

from random import Random

import pytest

import nnc
from nnc.proofs.plans.domain import build_domain
from nnc.proofs.plans.nodes import Supports
from nnc.proofs.plans.shared import Shared
from tests.support.circuits import arithmetic_unit, ripple_adder

NUMBERS = (
    "nnc: 1\ninputs: {age: {type: integer, min: 0, max: 99}, x: {type: real}, y: {type: real},\n"
    "  b: bit}\nneurons:\n  old: {weights: {age: 1}, threshold: 60, fires: at_least}\n"
    "  far: {weights: {x: 1, y: -1}, threshold: 1, fires: above}\n"
    "  both: {wiring: [old, b], fires: all}\n  any: {wiring: [both, far], fires: any}\n"
    "outputs: [both, any, old]\n"
)


@pytest.mark.parametrize("text", [ripple_adder(9), NUMBERS], ids=["adder", "numbers"])
def test_one_pass_gives_what_each_group_gives(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    plan = nnc.compile(nnc.loads(text))
    shared = Shared(build_domain(plan.inputs, plan.inputs, {}))
    nodes = [literal >> 1 for literal in shared.add(plan, "before").literals if literal >= 0]
    rng = Random(5)
    groups = [set(rng.sample(nodes, rng.randrange(4))) for _ in range(20)]
    alone = [shared.support(group) for group in groups]
    together = Supports(shared, groups)
    assert [together.of(place) for place in range(20)] == alone
    monkeypatch.setattr("nnc.proofs.plans.nodes._MAX_MASKS", 0)  # too many for one pass
    apart = Supports(shared, groups)
    assert [apart.of(place) for place in range(20)] == alone


def test_an_output_of_a_choice_depends_on_its_axis() -> None:
    files = arithmetic_unit(2)
    text = files["slice.nn.yaml"]
    plan = nnc.compile(nnc.loads(text))
    shared = Shared(build_domain(plan.inputs, plan.inputs, {}))
    reading = shared.add(plan, "before")
    [y] = plan.outputs[0].signals
    found = Supports(shared, [{reading.literals[y] >> 1}]).of(0)
    assert {shared.domain.axes[axis].input for axis in found.axes} == {"a", "b", "cin", "op"}
