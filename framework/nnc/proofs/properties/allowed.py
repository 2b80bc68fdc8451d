"""Two networks compared for the rows that both allow: where their assumptions limit these."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace

from nnc.compiler.assumed import assumed_by, broken
from nnc.compiler.graph import Graph
from nnc.compiler.joint import Copy, Joint, negated
from nnc.compiler.plan import Plan, build_plan
from nnc.language.network import Input
from nnc.proofs.comparison.behaviour import Behaviour, Verdict, compare_behaviour
from nnc.proofs.comparison.counterexamples import Counterexample, EvaluatedRow, replayed_example
from nnc.proofs.plans.budget import Budget
from nnc.proofs.plans.domain import read_within
from nnc.proofs.properties.claims import Obligation, is_comparable
from nnc.proofs.properties.holding import allowed
from nnc.proofs.properties.meeting import met_inputs, wired
from nnc.run.trace import PlainValue

NOTE = "compared for the rows that the assumptions allow"
NO_ROW = "the assumptions of the two networks leave no row to compare"
_ANY = ", and it is not known whether they allow any"
_ALL = "not limited to the rows that the assumptions allow: the inputs are declared in other ways"
_ELSEWHERE = (
    "the row that was found breaks an assumption, and inputs that are declared in other ways are "
    "not compared for the rows that both networks allow"
)


def within_assumptions(
    before: tuple[Graph, Plan],
    after: tuple[Graph, Plan],
    behaviour: Behaviour,
    *,
    within: Iterable[str] | Mapping[str, object] = (),
    budget: float | Budget = 10.0,
) -> Behaviour:
    """Return the behaviour for rows that both networks allow, from that for all rows.

    What is equal for all rows is so for these. Where a difference is known of other rows alone, it
    is looked for again. Nothing changes where neither network assumes anything. Where no row is
    allowed, nothing is known of any output. Where inputs cannot be declared for both networks at
    once, a difference counts if its row is allowed.
    """
    if not (assumed_by(before[0]) or assumed_by(after[0])):
        return behaviour
    limits = read_within(within, {**after[0].inputs, **before[0].inputs})
    inputs = met_inputs(before[0].inputs, after[0].inputs, limits)
    if inputs is None:
        verdicts = tuple(_of_all_rows(before, after, verdict) for verdict in behaviour.verdicts)
        return replace(behaviour, verdicts=verdicts, notes=(*behaviour.notes, _ALL))
    comparing = _Allowed(before, after, inputs, within, budget)
    is_empty = comparing.is_empty()
    if is_empty:
        kept = [verdict.kind in ("added", "removed") for verdict in behaviour.verdicts]
        verdicts = tuple(
            verdict if is_kept else Verdict(verdict.output, "unknown", NO_ROW)
            for verdict, is_kept in zip(behaviour.verdicts, kept, strict=True)
        )
        return replace(behaviour, verdicts=verdicts)
    verdicts = tuple(map(comparing.verdict, behaviour.verdicts))
    note = NOTE + (_ANY if is_empty is None else "")
    return replace(behaviour, verdicts=verdicts, notes=(*behaviour.notes, note))


def allowed_row(
    before: Graph,
    after: Graph,
    within: Iterable[str] | Mapping[str, object] = (),
    budget: float = 10.0,
) -> Mapping[str, PlainValue] | None:
    """Return a row that two networks allow, where one assumes anything; None if none is known."""
    if not (assumed_by(before) or assumed_by(after)):
        return None
    limits = read_within(within, {**after.inputs, **before.inputs})
    inputs = met_inputs(before.inputs, after.inputs, limits)
    if inputs is None:
        return None
    plans = build_plan(before), build_plan(after)
    return _Allowed((before, plans[0]), (after, plans[1]), inputs, within, budget).row()


def _of_all_rows(
    before: tuple[Graph, Plan], after: tuple[Graph, Plan], verdict: Verdict
) -> Verdict:
    """Return a verdict about all rows, of a difference only if its row is allowed."""
    example = verdict.counterexample
    if example is None:
        return verdict
    for graph, plan in (before, after):
        joint = Joint(graph.inputs)
        owed = Obligation(plan, plan, ((joint, joint.whole(graph)),))
        (row,) = owed.rows(example.row)
        if not allowed(EvaluatedRow(plan, row), plan.claims):
            return Verdict(verdict.output, "unknown", _ELSEWHERE)
    return verdict


Wrong = Callable[[Joint, tuple[Copy, Copy]], int]
"""A function from two copies to the literal that is 1 where something is wrong."""


class _Allowed:
    """Compares single outputs for the rows that both networks allow."""

    def __init__(
        self,
        before: tuple[Graph, Plan],
        after: tuple[Graph, Plan],
        inputs: Mapping[str, Input],
        within: Iterable[str] | Mapping[str, object],
        budget: float | Budget,
    ) -> None:
        (self._old, self._old_plan), (self._new, self._new_plan) = before, after
        self._inputs, self._within, self._budget = inputs, within, budget
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
            return replace(inside, output=verdict.output)
        return Verdict(
            verdict.output,
            "differs",
            inside.how,
            counterexample=self._example(verdict.output, obligation, inside),
            region=inside.region,
        )

    def row(self) -> Mapping[str, PlainValue] | None:
        """Return a row that both networks allow, if one is found."""
        _, inside = self._watched(None)
        return None if inside.counterexample is None else inside.counterexample.row

    def is_empty(self) -> bool | None:
        """Return whether no row is allowed in both networks; None where that is not known."""
        _, inside = self._watched(None)
        return {"equal": True, "differs": False}.get(inside.kind)

    def _watched(self, wrong: Wrong | None) -> tuple[Obligation, Verdict]:
        """Decide whether a literal is never 1 among allowed rows, or whether there are none."""
        joint = Joint(self._inputs)
        limits = read_within(self._within, self._inputs)
        copies = tuple(
            joint.copy(graph, wired(joint, graph, other, limits))
            for graph, other in ((self._old, self._new), (self._new, self._old))
        )
        both = copies[0], copies[1]
        literals = [
            negated(broken(joint, copy, claim)) for copy in both for claim in assumed_by(copy.graph)
        ]
        if wrong is not None:
            literals.append(wrong(joint, both))
        pairs = tuple((joint, copy) for copy in both)
        obligation = Obligation(*joint.watched(joint.all_of(literals)), pairs)
        (inside,) = compare_behaviour(
            obligation.before, obligation.after, within=self._within, budget=self._budget
        ).verdicts
        return obligation, inside

    def _example(self, alias: str, obligation: Obligation, inside: Verdict) -> Counterexample:
        """Replay the row that was found, on both networks."""
        example = inside.counterexample
        assert example is not None
        plans = (self._old_plan, self._new_plan)
        before, after = (
            EvaluatedRow(plan, row)
            for plan, row in zip(plans, obligation.rows(example.row), strict=True)
        )
        assert all(allowed(row, row.plan.claims) for row in (before, after)), "it is not allowed"
        replayed = replayed_example(alias, before, after, example.inputs)
        assert replayed.before != replayed.after, f"`{alias}` is the same when it is replayed"
        return replayed
