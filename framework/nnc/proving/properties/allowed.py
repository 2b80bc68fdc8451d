"""Two networks compared for the rows that both allow: where their assumptions limit these."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from nnc.compiler.assumed import assumed_by, broken
from nnc.compiler.graph import Graph
from nnc.compiler.joint import Joint, negated
from nnc.compiler.plan import Plan
from nnc.proving.behaviour import Behaviour, Verdict, compare_behaviour
from nnc.proving.budget import Budget
from nnc.proving.counterexamples import Counterexample, EvaluatedRow
from nnc.proving.properties.claims import Obligation, is_comparable

NOTE = "compared for the rows that the assumptions allow"


def within_assumptions(
    before: tuple[Graph, Plan],
    after: tuple[Graph, Plan],
    behaviour: Behaviour,
    *,
    within: Iterable[str] | Mapping[str, object] = (),
    budget: float | Budget = 10.0,
) -> Behaviour:
    """Return what is known of the rows that both networks allow, from what is known of all rows.

    What is equal for all rows is so for these. Where a difference is known of other rows alone, it
    is looked for again. Nothing changes where neither network assumes anything.
    """
    if not (assumed_by(before[0]) or assumed_by(after[0])):
        return behaviour
    if not _have_the_same_inputs(before[0], after[0]):
        words = "not limited to the rows that the assumptions allow: the inputs differ"
        return replace(behaviour, notes=(*behaviour.notes, words))
    comparing = _Allowed(before, after, within, budget)
    verdicts = tuple(map(comparing.verdict, behaviour.verdicts))
    return replace(behaviour, verdicts=verdicts, notes=(*behaviour.notes, NOTE))


def _have_the_same_inputs(before: Graph, after: Graph) -> bool:
    bare = [
        {
            name: input_.model_copy(update={"default": None, "description": None})
            for name, input_ in graph.inputs.items()
        }
        for graph in (before, after)
    ]
    return bare[0] == bare[1]


class _Allowed:
    """Compares single outputs for the rows that both networks allow."""

    def __init__(
        self,
        before: tuple[Graph, Plan],
        after: tuple[Graph, Plan],
        within: Iterable[str] | Mapping[str, object],
        budget: float | Budget,
    ) -> None:
        (self._old, self._old_plan), (self._new, self._new_plan) = before, after
        self._within, self._budget = within, budget
        self._taps = [{tap.alias: tap for tap in graph.outputs} for graph in (self._old, self._new)]

    def verdict(self, verdict: Verdict) -> Verdict:
        """Return the verdict for allowed rows."""
        if verdict.kind not in ("differs", "unknown"):
            return verdict
        old, new = (taps[verdict.output] for taps in self._taps)
        if not is_comparable(old, new):
            return verdict
        joint = Joint(self._old.inputs)
        copies = joint.whole(self._old), joint.whole(self._new)
        literals = [
            negated(broken(joint, copy, claim))
            for copy in copies
            for claim in assumed_by(copy.graph)
        ]
        apart = joint.differ((copies[0], old), (copies[1], new))
        pairs = tuple((joint, copy) for copy in copies)
        obligation = Obligation(*joint.watched(joint.all_of([*literals, apart])), pairs)
        (inside,) = compare_behaviour(
            obligation.before, obligation.after, within=self._within, budget=self._budget
        ).verdicts
        if inside.kind == "equal":
            return Verdict(verdict.output, "equal", f"{inside.how}, of the rows that are allowed")
        if inside.counterexample is None:
            return Verdict(verdict.output, "unknown", inside.how)
        return Verdict(
            verdict.output,
            "differs",
            inside.how,
            counterexample=self._example(verdict.output, obligation, inside),
        )

    def _example(self, alias: str, obligation: Obligation, inside: Verdict) -> Counterexample:
        """Replay the row that was found, on both networks."""
        assert inside.counterexample is not None
        inputs = inside.counterexample.row
        values = []
        plans = (self._old_plan, self._new_plan)
        for plan, row in zip(plans, obligation.rows(inputs), strict=True):
            tap = next(tap for tap in plan.outputs if tap.alias == alias)
            values.append(EvaluatedRow(plan, row).output(tap))
        assert values[0] != values[1], f"`{alias}` is the same when it is replayed"
        return Counterexample(dict(inputs), values[0], values[1])
