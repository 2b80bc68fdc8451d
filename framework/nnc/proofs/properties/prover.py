"""A claim of a network -> Proof: proved, refuted by rows that were replayed, or unknown."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Literal, TypeVar

from nnc.compiler.graph import Graph, GraphClaim, Near, Tap, ValueSet
from nnc.compiler.plan import Plan, build_plan
from nnc.numbers.exact import Number, counted
from nnc.proofs.comparison.behaviour import AUTO, Behaviour, compare_behaviour
from nnc.proofs.plans.budget import Budget
from nnc.proofs.properties.claims import Context, Obligation, Unprovable, allows_a_row, obligations
from nnc.proofs.properties.landscape import SmoothCopy
from nnc.proofs.properties.near import (
    Watched,
    as_always,
    neighbourhood,
    obligation,
    watched,
    with_moves,
)
from nnc.proofs.properties.near_rows import (
    broken,
    few_changes,
    found_by_search,
    landscape_of,
    tried,
)
from nnc.remaining import Remaining
from nnc.rows.inputs.row import elements_from
from nnc.run.engines import How
from nnc.run.trace import FollowedRow, PlainValue, Trace, follow, given_inputs, output_trace


def value_of(row: FollowedRow, tap: Tap) -> PlainValue:
    """Return the value of an operand of a claim: a number, a list of them, or a label."""
    if tap.kind == "level" and not tap.labels:  # also bits that a condition counts
        return sum(int(row.values[signal]) for signal in tap.signals)
    if tap.kind == "bus" and tap.labels:
        on = [int(row.values[signal]) for signal in tap.signals]
        return tap.labels[on.index(1)]
    return output_trace(row, tap).value


def is_so(row: FollowedRow, tap: Tap, values: ValueSet) -> bool:
    """Return whether an operand has one of some values."""
    value = value_of(row, tap)
    if isinstance(value, str):
        return value in values
    return any(value in each for each in values if not isinstance(each, str))


def counts(row: FollowedRow, claim: GraphClaim) -> bool:
    """Return whether a claim is about a row: where its `when` is so."""
    return all(is_so(row, tap, v) for tap, v in zip(claim.when, claim.when_values, strict=True))


def holds_for(row: FollowedRow, claim: GraphClaim) -> bool:
    """Return whether a claim about one row holds for it."""
    if not counts(row, claim):
        return True
    if claim.form in ("never", "always"):
        pairs = zip(claim.about, claim.values, strict=True)
        together = all(is_so(row, tap, values) for tap, values in pairs)
        return together != (claim.form == "never")
    if claim.form == "equal":
        pairs_ = zip(claim.about[::2], claim.about[1::2], strict=True)
        return all(value_of(row, tap) == value_of(row, other) for tap, other in pairs_)
    firing = sum(int(row.values[signal]) for tap in claim.about for signal in tap.signals)
    bounds = {"at_most_one": firing <= 1, "at_least_one": firing >= 1}
    return bounds.get(claim.form, firing == 1)


def holds_for_both(first: FollowedRow, second: FollowedRow, claim: GraphClaim) -> bool:
    """Return whether a claim about two rows holds for them, in this order.

    For `increasing` and `decreasing` the second is the row with the raised input.
    """
    if not (counts(first, claim) and counts(second, claim)):
        return True
    (tap,) = claim.about
    if claim.form in ("independent", "symmetric"):
        return value_of(first, tap) == value_of(second, tap)
    before, after = (_place(row, tap) for row in (first, second))
    return before <= after if claim.form == "increasing" else before >= after


def _place(row: FollowedRow, tap: Tap) -> Number:
    value = value_of(row, replace(tap, labels=()))
    assert isinstance(value, Number)
    return value


def allowed(row: FollowedRow, claims: Sequence[GraphClaim]) -> bool:
    """Return whether a row satisfies the assumptions of its own network."""
    return all(
        holds_for(row, claim) for claim in claims if claim.kind == "assume" and not claim.instance
    )


ProofKind = Literal["proved", "refuted", "unknown"]
Value = TypeVar("Value")
BUDGET = 10.0  # default seconds of work for each claim
_TWO_ROWS = ("increasing", "decreasing", "independent", "symmetric")


@dataclass(frozen=True)
class Proof:
    """The result for a claim about all rows that are allowed.

    `how` says what proved or refuted it or, where it is unknown, what was tried and what is left.
    `rows` are those that refute it, as a row could give them: two where the claim is about two, the
    second being the one with the raised or exchanged input; `traces` say what the network does for
    each. `words` say what of the claim was looked at, as `raising age`. `values` are those of an
    output that is not unchanged. `left` is what is left where it is unknown, of the first
    comparison that found nothing out.
    """

    claim: GraphClaim
    kind: ProofKind
    how: str
    rows: tuple[Mapping[str, PlainValue], ...] = ()
    traces: tuple[Trace, ...] = field(default=(), repr=False)
    words: str = ""
    values: tuple[PlainValue, ...] = ()
    left: Remaining | None = None


class Prover:
    """A prover of the claims of one network, and of the assumptions of networks that it uses.

    `others` has the graph of each network that a property compares with. `budget` is the work for
    each claim, in seconds of one fixed machine.
    """

    def __init__(
        self,
        graph: Graph,
        others: Mapping[str, Graph] | None = None,
        *,
        budget: float = BUDGET,
        how: How = AUTO,
    ) -> None:
        self._graph, self._others = graph, dict(others or {})
        self._context = Context(graph, self._others)
        self._budget, self._how = budget, how
        whole = replace(graph, claims=(*graph.claims, *graph.owed))
        self._plan = build_plan(whole)
        self._claims = {_key(claim): claim for claim in self._plan.claims}
        self._watched: dict[str, Watched] = {}
        self._copies: dict[str, SmoothCopy] = {}

    def is_possible(self) -> Proof:
        """Decide whether assumptions allow any row: one that they allow refutes the claim."""
        claim = self._context.assumed[0]
        return self._decide(claim, [allows_a_row(self._context)], is_about_rows=True)

    def prove(self, claim: GraphClaim) -> Proof:
        """Prove or refute a claim of the network, or one that it owes."""
        if claim.near is not None:
            return self._unchanged(claim, claim.near)
        return self._decide(claim, list(obligations(claim, self._context)))

    def _unchanged(self, claim: GraphClaim, near_row: Near) -> Proof:
        """Prove or refute that an output is the same in all near rows.

        They are tried where they are few; else one is searched for that breaks it, then a proof.
        """
        base = FollowedRow(self._plan, [0, 1, *elements_from(near_row.given, self._plan.inputs)])
        in_plan = self._claims[_key(claim)]
        value = value_of(base, in_plan.about[0])
        always = as_always(claim, value)
        claimed = self._watched_by(always)
        plan = claimed.plan
        near = with_moves(neighbourhood(near_row, self._plan.inputs, claim.varied), claimed)
        budget = Budget(self._budget)
        budget.begin(1, "near rows", draws=True)
        attempt = tried(near.within(few_changes(near)), plan, budget)
        how, moved = "the nearest such row", attempt.row
        if moved is None and attempt.changes < near.changes:
            how = "a search among near rows"
            (tap,) = in_plan.about
            landscape = landscape_of(self._copy_of(tap), tap, value, near)
            moved = found_by_search(near, landscape, partial(broken, near, plan), budget)
        if moved is None and attempt.changes < near.changes:
            how = "the nearest such row"
            attempt = tried(near, plan, budget, attempt.changes)
            moved = attempt.row
        if moved is None and attempt.changes >= near.changes:
            return Proof(claim, "proved", f"all {counted(near.count or 0, 'near row')} tried")
        row = None if moved is None else near.exact(moved)
        verdict = None
        if row is None:
            owed = obligation(always, self._context, near)
            (verdict,) = compare_behaviour(
                owed.before, owed.after, budget=budget, how=self._how
            ).verdicts
            how = verdict.how
            if verdict.counterexample is not None:
                row = owed.rows(verdict.counterexample.row)[0][2:]
        if row is not None:
            proof = self._changed(claim, (base, FollowedRow(self._plan, [0, 1, *row])), value)
            return replace(proof, how=how)
        assert verdict is not None
        if verdict.kind == "equal":
            return Proof(claim, "proved", how)
        if attempt.changes > 0:
            how = f"no row with up to {counted(attempt.changes, 'change')} breaks it; {how}"
        return Proof(claim, "unknown", how, left=verdict.left)

    def _watched_by(self, claim: GraphClaim) -> Watched:
        """Return what a claim about single rows watches; claims of many rows share it."""
        key = repr(claim._replace(name="", place=0, near=None, varied=()))
        return _kept(self._watched, key, lambda: watched(claim, self._context))

    def _copy_of(self, tap: Tap) -> SmoothCopy:
        """Return the smooth copy of an output."""
        return _kept(self._copies, tap.alias, lambda: SmoothCopy(self._plan, tap))

    def _changed(
        self, claim: GraphClaim, pair: tuple[FollowedRow, FollowedRow], value: PlainValue
    ) -> Proof:
        """Return the proof that a near row breaks a claim, which is replayed."""
        in_plan, (_, row) = self._claims[_key(claim)], pair
        is_broken = allowed(row, self._plan.claims) and not holds_for(
            row, as_always(in_plan, value)
        )
        assert is_broken, f"the claim {claim} holds when it is replayed"
        only = {tap.alias for tap in _taps_of(self._plan, claim)}
        return Proof(
            claim,
            "refuted",
            "",
            tuple(given_inputs(self._plan, each.inputs) for each in pair),
            tuple(follow(self._plan, each.inputs, only=only) for each in pair),
            values=(value, value_of(row, in_plan.about[0])),
        )

    def _decide(
        self,
        claim: GraphClaim,
        owed: list[Obligation | Unprovable],
        *,
        is_about_rows: bool = False,
    ) -> Proof:
        hows: list[str] = []
        left: list[str] = []
        remaining: Remaining | None = None
        for part in owed:
            if isinstance(part, Unprovable):
                left.append(part.words)
                continue
            behaviour = compare_behaviour(
                part.before, part.after, budget=self._budget, how=self._how,
                cells=part.cells.names,
            )  # fmt: skip
            refuted = self._refuted(claim, part, behaviour, is_about_rows=is_about_rows)
            if refuted is not None:
                return refuted
            for verdict in behaviour.verdicts:
                words = part.words or (f"`{verdict.output}`" if claim.file else "")
                prefix = f"{words}: " if words else ""
                (hows if verdict.kind == "equal" else left).append(f"{prefix}{verdict.how}")
                remaining = remaining or verdict.left
        if left:
            more = f", and {len(left) - 1:,} more" if left[1:] else ""
            return Proof(claim, "unknown", left[0] + more, left=remaining)
        return Proof(claim, "proved", _how(hows))

    def _refuted(
        self,
        claim: GraphClaim,
        obligation: Obligation,
        behaviour: Behaviour,
        *,
        is_about_rows: bool,
    ) -> Proof | None:
        """Return the proof that a claim does not hold, where there is a row which shows that."""
        verdict = next((each for each in behaviour.verdicts if each.counterexample), None)
        if verdict is None or verdict.counterexample is None:
            return None
        example = verdict.counterexample
        flat = obligation.rows(example.row)
        plans = [self._plan] * len(flat)
        if claim.file is not None:
            plans = [self._plan, build_plan(self._others[claim.file])]
        rows = [FollowedRow(plan, row) for plan, row in zip(plans, flat, strict=True)]
        if not is_about_rows:
            assert self._is_refuted(claim, rows), f"the claim {claim} holds when it is replayed"
        traces = tuple(
            follow(plan, row, only={tap.alias for tap in _taps_of(plan, claim)})
            for plan, row in zip(plans, flat, strict=True)
        )
        given_rows = tuple(given_inputs(row.plan, row.inputs) for row in rows)
        if claim.form not in _TWO_ROWS or claim.file is not None:
            given_rows = given_rows[:1]
        return Proof(claim, "refuted", verdict.how, given_rows, traces, obligation.words)

    def _is_refuted(self, claim: GraphClaim, rows: list[FollowedRow]) -> bool:
        """Return whether rows are allowed, and the claim does not hold for them."""
        mine = rows[:1] if claim.file is not None else rows
        if not all(allowed(row, row.plan.claims) for row in rows):
            return False
        plan_claim = self._claims[_key(claim)]
        if claim.file is not None:
            theirs = {tap.alias: tap for tap in rows[1].plan.outputs}
            return any(
                value_of(rows[0], tap) != value_of(rows[1], theirs[tap.alias])
                for tap in rows[0].plan.outputs
                if tap.alias in theirs
            )
        if claim.form in _TWO_ROWS:
            return not holds_for_both(mine[0], mine[1], plan_claim)
        return not holds_for(mine[0], plan_claim)


def _kept(known: dict[str, Value], key: str, make: Callable[[], Value]) -> Value:
    """Return the value of a key, which is made once."""
    if key not in known:
        known[key] = make()
    return known[key]


def _key(claim: GraphClaim) -> tuple[str, int, str]:
    return claim.kind, claim.place, claim.instance


def _taps_of(plan: Plan, claim: GraphClaim) -> list[Tap]:
    """Return the outputs that a claim is about; all of them where it is about none."""
    names = {tap.alias for tap in (*claim.about, *claim.when)}
    own = [tap for tap in plan.outputs if tap.alias in names]
    return list(own or plan.outputs)


def _how(hows: list[str]) -> str:
    """Describe what proved a claim."""
    if not hows:
        return "the signs of the weights"
    different = list(dict.fromkeys(how.rpartition(": ")[2] for how in hows))
    more = f", and {counted(len(different) - 1, 'other step')}" if different[1:] else ""
    return different[0] + more
