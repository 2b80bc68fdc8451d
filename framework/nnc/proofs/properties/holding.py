"""Check claims for given rows, which are replayed one neuron after the other.

This adds up exact integers in Python, and shares nothing with what proves claims.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from nnc.compiler.graph import GraphClaim, Tap, ValueSet
from nnc.numbers.exact import Number
from nnc.proofs.comparison.counterexamples import EvaluatedRow
from nnc.run.trace import PlainValue


def value_of(row: EvaluatedRow, tap: Tap) -> PlainValue:
    """Return the value of an operand of a claim: a number, a list of them, or a label."""
    if tap.kind == "bus" and tap.labels:
        on = [int(row.values[signal]) for signal in tap.signals]
        return tap.labels[on.index(1)]
    return row.output(tap)


def is_so(row: EvaluatedRow, tap: Tap, values: ValueSet) -> bool:
    """Return whether an operand has one of some values."""
    value = value_of(row, tap)
    if isinstance(value, str):
        return value in values
    return any(value in each for each in values if not isinstance(each, str))


def counts(row: EvaluatedRow, claim: GraphClaim) -> bool:
    """Return whether a claim is about a row: where its `when` is so."""
    return all(is_so(row, tap, v) for tap, v in zip(claim.when, claim.when_values, strict=True))


def holds_for(row: EvaluatedRow, claim: GraphClaim) -> bool:
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


def holds_for_both(first: EvaluatedRow, second: EvaluatedRow, claim: GraphClaim) -> bool:
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


def _place(row: EvaluatedRow, tap: Tap) -> Number:
    value = value_of(row, replace(tap, labels=()))
    assert isinstance(value, Number)
    return value


def allowed(row: EvaluatedRow, claims: Sequence[GraphClaim]) -> bool:
    """Return whether a row satisfies the assumptions of its own network."""
    return all(
        holds_for(row, claim) for claim in claims if claim.kind == "assume" and not claim.instance
    )
