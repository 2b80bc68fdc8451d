"""Two networks compared for the rows that both allow: where their assumptions limit these."""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Mapping
from dataclasses import replace

from nnc.compiler.graph import Graph
from nnc.compiler.joint import Copy, Joint, assumed_by, broken, negated
from nnc.compiler.plan import Plan, build_plan
from nnc.language.network import Input
from nnc.proofs.comparison.behaviour import Behaviour, Verdict, compare_behaviour
from nnc.proofs.comparison.counterexamples import Counterexample, replayed_example
from nnc.proofs.plans.budget import Budget
from nnc.proofs.plans.domain import interval_of, read_within
from nnc.proofs.properties.claims import Obligation, is_comparable
from nnc.proofs.properties.prover import allowed
from nnc.run.trace import FollowedRow, PlainValue


def met_inputs(
    before: Mapping[str, Input], after: Mapping[str, Input], limited: Container[str]
) -> dict[str, Input] | None:
    """Return the inputs of both networks, each with the values that suit both.

    `limited` are those that are limited besides. None where some have no common declaration: bits
    of different states, a bit and a number, values of which none suits both, or a limit of an
    input that is narrower in one network.
    """
    met: dict[str, Input] = {}
    for name in (*before, *(name for name in after if name not in before)):
        declared = [inputs[name] for inputs in (before, after) if name in inputs]
        both = (
            _both(declared[0], declared[1])
            if len(declared) == 2
            else _alone(declared[0], is_free=name in limited)
        )
        if both is None or (
            name in limited and (both.of, both.width) != (declared[0].of, declared[0].width)
        ):
            return None
        met[name] = both
    return met


def _both(before: Input, after: Input) -> Input | None:
    """Return an input with the values that two declarations have in common."""
    bare = before.model_copy(update={"default": None})
    if (before.type == "bit") != (after.type == "bit") or (before.of is None) != (after.of is None):
        return None
    if before.of is not None:
        assert after.of is not None
        common = [label for label in before.of if label in after.of]
        return bare.model_copy(update={"of": common}) if common else None
    if before.type == "bit":
        if before.state_values != after.state_values:
            return None
        if before.width == after.width:
            return bare if before.is_bus == after.is_bus else None
        if not (before.is_integer_bus and after.is_integer_bus):
            return None
        return bare.model_copy(update={"size": min(before.width, after.width)})
    if before.width != after.width or before.is_bus != after.is_bus:
        return None
    interval, other = interval_of(before), interval_of(after)
    leasts = [end.least for end in (interval, other) if end.least is not None]
    greatests = [end.greatest for end in (interval, other) if end.greatest is not None]
    least, greatest = max(leasts, default=None), min(greatests, default=None)
    if least is not None and greatest is not None and least > greatest:
        return None
    is_integer = "integer" in (before.type, after.type)
    kind = {"type": "integer" if is_integer else "real", "min": least, "max": greatest}
    return bare.model_copy(update=kind)


def _alone(input_: Input, *, is_free: bool) -> Input | None:
    """Return an input that one network has: numbers with a default stand at it."""
    values = set(input_.default_values() or ())
    if is_free or not values or input_.type in ("bit", "choice"):
        return input_.model_copy(update={"default": None} if is_free else {})
    (value,) = values if len(values) == 1 else (None,)
    return None if value is None else input_.model_copy(update={"min": value, "max": value})


def wired(joint: Joint, graph: Graph, other: Graph, limited: Container[str]) -> list[int]:
    """Return the signal of the joint graph for each input element of a network.

    `other` is the compared network: inputs that it lacks are at their defaults.
    """
    wires: list[int] = []
    for name, input_ in graph.inputs.items():
        own = joint.inputs[name]
        is_held = name not in other.inputs and name not in limited and input_.default is not None
        wires += (
            _wire(joint, name, own, input_, index, is_held=is_held) for index in range(input_.width)
        )
    return wires


def _wire(
    joint: Joint, name: str, joint_input: Input, input_: Input, index: int, *, is_held: bool
) -> int:
    if input_.of is not None:
        label = input_.of[index]
        if is_held:
            return int(label == input_.default)
        assert joint_input.of is not None
        return joint.element(name, joint_input.of.index(label)) if label in joint_input.of else 0
    if input_.type != "bit":
        return joint.element(name, index)
    states = input_.state_values
    if is_held:
        values = input_.default_values()
        assert values is not None
        return joint.held(states, states.index(values[index]))
    return joint.element(name, index) if index < joint_input.width else joint.held(states, 0)


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
        if not allowed(FollowedRow(plan, row), plan.claims):
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
            FollowedRow(plan, row)
            for plan, row in zip(plans, obligation.rows(example.row), strict=True)
        )
        assert all(allowed(row, row.plan.claims) for row in (before, after)), "it is not allowed"
        replayed = replayed_example(alias, before, after, example.inputs)
        assert replayed.before != replayed.after, f"`{alias}` is the same when it is replayed"
        return replayed
