"""Claims about one row, as a neuron that fires where one is broken; and a plan of assumptions."""

from __future__ import annotations

from nnc.compiler.graph import Graph, GraphClaim, Tap
from nnc.compiler.joint import Copy, Joint, negated
from nnc.compiler.plan import Plan, once_for_plan


def assumed_by(graph: Graph) -> list[GraphClaim]:
    """Return what every row of a network satisfies."""
    return [claim for claim in graph.claims if claim.kind == "assume"]


def broken(joint: Joint, copy: Copy, claim: GraphClaim) -> int:
    """Return the literal that is 1 where a claim about one row does not hold."""
    when = [
        joint.is_among(copy, tap, values)
        for tap, values in zip(claim.when, claim.when_values, strict=True)
    ]
    if claim.form in ("never", "always"):
        pairs = zip(claim.about, claim.values, strict=True)
        together = joint.all_of([joint.is_among(copy, tap, values) for tap, values in pairs])
        return joint.all_of([*when, together if claim.form == "never" else negated(together)])
    if claim.form == "equal":
        pairs_ = zip(claim.about[::2], claim.about[1::2], strict=True)
        apart = [joint.differ((copy, tap), (copy, other)) for tap, other in pairs_]
        return joint.all_of([*when, joint.any_of(apart)])
    count = joint.bits((signal, 1) for tap in claim.about for signal in copy.signals(tap))
    too_many = joint.compared(count, "at_least", 2)
    too_few = joint.compared(count, "at_most", 0)
    wrong = {"at_most_one": [too_many], "at_least_one": [too_few]}
    return joint.all_of([*when, joint.any_of(wrong.get(claim.form, [too_many, too_few]))])


@once_for_plan
def assumption_plan(plan: Plan) -> Plan | None:
    """Return a plan over the same inputs with a bit for each assumption: 1 where it is broken.

    Its outputs are `0`, `1`, … by the places of the assumptions. None where there are none.
    """
    claims = [claim for claim in plan.claims if claim.kind == "assume"]
    if not claims:
        return None
    joint = Joint(plan.inputs)
    copy = joint.whole(Graph(plan.inputs, (), (), (), tuple(joint.types)))
    taps = [
        Tap(str(place), "bit", [joint.bit_of(broken(joint, copy, claim))])
        for place, claim in enumerate(claims)
    ]
    return joint.plan(taps)
