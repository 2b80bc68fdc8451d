"""A certificate of a score: what is claimed of some rows, and the evidence, as JSON.

Whoever checks it needs the rows, and nothing of nnc: `docs/deciding.md` says what each part means.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import floor
from typing import Any

from nnc.language.network import Input
from nnc.numbers.exact import show_number
from nnc.scores.evidence import FURTHEST, Evidence
from nnc.scores.goals import Goal
from nnc.scores.odds import Odds
from nnc.scores.search import REACH
from nnc.scores.table import Table
from nnc.scores.terms import Term
from nnc.version import VERSION

_LISTS = ("terms", "sizes", "weights", "points")


@dataclass(frozen=True, slots=True)
class Claim:
    """What is claimed: of the rows of a table without those left out, that a card is the best.

    `terms` are all candidates and `allowed` the points that each may have; `kept` has those that
    are given, and `columns` the places of the terms that are searched. `most` is how many terms
    a card has at most.
    """

    table: Table
    left_out: Sequence[int]
    ones: int
    label: str
    positive: str
    goal: Goal
    most: int
    terms: Sequence[Term]
    allowed: Sequence[Sequence[int]]
    inputs: Mapping[str, Input]
    kept: Mapping[Term, int]
    columns: Sequence[int]
    largest: int
    points: Mapping[Term, int]
    threshold: int
    odds: Odds


def certificate(claim: Claim, evidence: Evidence) -> str:
    """Return the certificate of a claim."""
    miss, alarm = claim.goal.costs
    places = {term: place for place, term in enumerate(claim.terms)}
    record: dict[str, Any] = {
        "format_version": 1,
        "nnc": VERSION,
        "claim": "no score of these terms is better",
        "rows": {
            "digest": claim.table.digest, "count": claim.table.count - len(claim.left_out),
            "ones": claim.ones, "left_out": list(claim.left_out),
        },
        "label": claim.label,
        "positive": claim.positive,
        "goal": {
            "name": claim.goal.name, "miss": miss, "false_alarm": alarm,
            "limits": [str(limit) for limit in claim.goal.limits],
        },
        "most_terms": claim.most,
        "steepest": _real(REACH / max(claim.largest, 5)),
        "furthest": FURTHEST,
        "card": {
            "points": {str(places[term]): point for term, point in claim.points.items()},
            "threshold": claim.threshold, **_odds(claim),
        },
        "least": _real(floor(evidence.least * 1e9) / 1e9),
        "terms": list(_terms(claim)),
        "sizes": [
            {"columns": size, "choices": choices, "by_cells": cells, "by_weights": weights,
             "by_points": points}
            for size, choices, cells, weights, points in evidence.sizes
        ],
        "weights": [
            {"terms": [claim.columns[column] for column in columns], "weights": texts}
            for columns, texts in evidence.weights
        ],
        "points": [
            {"terms": [claim.columns[column] for column in columns]}
            | ({} if tree is None else {"tree": tree})
            for columns, tree in evidence.points
        ],
    }  # fmt: skip
    lines = [f' "{key}": {_value(key, value)}' for key, value in record.items()]
    return "{\n" + ",\n".join(lines) + "\n}\n"


def _odds(claim: Claim) -> dict[str, str]:
    """Return the odds of the card, where the goal is a loss."""
    if claim.goal.name != "loss":
        return {}
    return {"constant": _real(claim.odds.constant), "slope": _real(claim.odds.slope)}


def _terms(claim: Claim) -> Iterable[dict[str, Any]]:
    searched = set(claim.columns)
    for place, term in enumerate(claim.terms):
        default = claim.inputs[term.input].default
        yield {
            "column": term.column,
            "cut": None if term.cut is None else show_number(term.cut),
            "value": term.value,
            "empty": default if isinstance(default, str | None) else show_number(default),  # type: ignore[arg-type]
            "points": list(claim.allowed[place]),
            "kept": claim.kept.get(term),
            "searched": place in searched,
        }


def _value(key: str, value: Any) -> str:
    """Write a value: of long lists each element on a line of its own."""
    if key not in _LISTS or not value:
        return json.dumps(value, ensure_ascii=False)
    each = [json.dumps(one, ensure_ascii=False, separators=(", ", ":")) for one in value]
    return "[\n  " + ",\n  ".join(each) + "\n ]"


def _real(number: float) -> str:
    """Write a float with 9 decimals, which leave a loss as it is."""
    return f"{number:.9f}".rstrip("0").rstrip(".")
