"""What `nnc solve` found, as JSON for programs."""

from __future__ import annotations

import json
from typing import Any

from typing_extensions import TypedDict

from nnc.diagnostics.diagnostic import Diagnostic, format_path
from nnc.filling.alternatives import Alternatives, text_of
from nnc.filling.answer import Proof, Solution
from nnc.numbers.exact import Number, fits_json, show_number
from nnc.records import plain
from nnc.terminal.findings.json import Finding, finding


class SolvedNumber(TypedDict):
    """A number that was open, by its path."""

    path: str
    value: int | str


class SolveProof(TypedDict):
    """Why there are no numbers, or why no smaller layer has any."""

    kind: str
    message: str
    why: str
    rows: list[str]
    for_all: bool


class OtherAnswers(TypedDict):
    """What other answers do in all rows of the inputs: the same outputs, or in a row another."""

    row_count: int
    is_same: bool
    given: dict[str, str]
    output: str
    own: str
    other: str


class SolveReport(TypedDict):
    """What came of the numbers that a network leaves open."""

    format_version: int
    file: str
    verdict: str
    least: str
    by: str
    size: int | str
    bound: int | str
    margin: int
    cases: int
    numbers: list[SolvedNumber]
    sizes: dict[str, int]
    excluded: list[dict[str, int]]
    proof: SolveProof | None
    others: OtherAnswers | None
    overlay: str | None
    diagnostics: list[Finding]


def as_json(
    solution: Solution, file: str, overlay: str | None, diagnostics: list[Diagnostic]
) -> str:
    """Return the report; numbers that JSON does not hold are texts."""
    verdict = "impossible" if solution.proof is not None else "not-decided"
    data: SolveReport = {
        "format_version": 1,
        "file": file,
        "verdict": verdict if solution.network is None else "solved",
        "least": solution.least,
        "by": solution.by,
        "size": _number(solution.size),
        "bound": _number(solution.bound),
        "margin": solution.margin,
        "cases": solution.cases,
        "numbers": [
            {"path": format_path(path), "value": _number(value)}
            for path, value in solution.values.items()
        ],
        "sizes": dict(solution.sizes),
        "excluded": [dict(each) for each in solution.excluded],
        "proof": _proof(solution.proof),
        "others": _others(solution.others),
        "overlay": overlay,
        "diagnostics": [finding(each) for each in diagnostics],
    }
    return json.dumps(plain(data), ensure_ascii=False, indent=2) + "\n"


def _others(others: Alternatives | None) -> OtherAnswers | None:
    if others is None:
        return None
    return {
        "row_count": others.rows,
        "is_same": others.is_same,
        "given": {name: text_of(value) for name, value in others.given.items()},
        "output": others.output,
        "own": "" if others.is_same else text_of(others.own),
        "other": "" if others.is_same else text_of(others.value),
    }


def _proof(proof: Proof | None) -> SolveProof | None:
    if proof is None:
        return None
    return {
        "kind": proof.kind,
        "message": proof.message,
        "why": proof.why,
        "rows": list(proof.rows),
        "for_all": proof.for_all,
    }


def _number(value: Number) -> Any:
    number = int(value) if value.denominator == 1 else value
    return number if fits_json(number) else show_number(number)
