"""Two networks compared for the rows that both allow: where their assumptions limit these."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace

from nnc.compiler.assumed import assumed_by, broken
from nnc.compiler.graph import Graph
from nnc.compiler.joint import Copy, Joint, negated
from nnc.compiler.plan import Plan
from nnc.proving.behaviour import Behaviour, Verdict, compare_behaviour
from nnc.proving.budget import Budget
from nnc.proving.counterexamples import Counterexample, EvaluatedRow
from nnc.proving.properties.claims import Obligation, is_comparable

NOTE = "compared for the rows that the assumptions allow"
NO_ROW = "the assumptions of the two networks leave no row to compare"


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
    is looked for again. Nothing changes where neither network assumes anything. Where no row is
    allowed, nothing is known of any output.
    """
    if not (assumed_by(before[0]) or assumed_by(after[0])):
        return behaviour
    if not _have_the_same_inputs(before[0], after[0]):
        words = "not limited to the rows that the assumptions allow: the inputs differ"
        return replace(behaviour, notes=(*behaviour.notes, words))
    comparing = _Allowed(before, after, within, budget)
    if comparing.is_empty():
        kept = [verdict.kind in ("added", "removed") for verdict in behaviour.verdicts]
        verdicts = tuple(
            verdict if is_kept else Verdict(verdict.output, "unknown", NO_ROW)
            for verdict, is_kept in zip(behaviour.verdicts, kept, strict=True)
        )
        return replace(behaviour, verdicts=verdicts)
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


Wrong = Callable[[Joint, tuple[Copy, Copy]], int]
"""Of two copies the literal that is 1 where something is wrong."""


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
        obligation, inside = self._watched(
            lambda joint, copies: joint.differ((copies[0], old), (copies[1], new))
        )
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

    def is_empty(self) -> bool:
        """Return whether it is proved that no row is allowed in both networks."""
        _, inside = self._watched(None)
        return inside.kind == "equal"

    def _watched(self, wrong: Wrong | None) -> tuple[Obligation, Verdict]:
        """Say whether a literal, or without one any row, is never 1 among allowed rows."""
        joint = Joint(self._old.inputs)
        copies = joint.whole(self._old), joint.whole(self._new)
        literals = [
            negated(broken(joint, copy, claim))
            for copy in copies
            for claim in assumed_by(copy.graph)
        ]
        if wrong is not None:
            literals.append(wrong(joint, copies))
        pairs = tuple((joint, copy) for copy in copies)
        obligation = Obligation(*joint.watched(joint.all_of(literals)), pairs)
        (inside,) = compare_behaviour(
            obligation.before, obligation.after, within=self._within, budget=self._budget
        ).verdicts
        return obligation, inside

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
