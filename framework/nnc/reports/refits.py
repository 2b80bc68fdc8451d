"""What `nnc fit` found for the open numbers of a file: a page for people, and JSON for programs."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from typing_extensions import TypedDict

from nnc.answers.refits import Refit
from nnc.compiler.blanks import format_blank
from nnc.diagnostics.diagnostic import KeyPath, format_path
from nnc.exact import Number, counted, fits_json, show_number
from nnc.printable import line
from nnc.reports.findings.json import Finding, finding
from nnc.reports.fits import BEST, ProofData, QualityData, proof_data, qualities, quality_data

_GAP = "   "


class FoundNumber(TypedDict):
    """A number that was open, by its path."""

    path: str
    value: int | str


class RefitReport(TypedDict):
    """What came of the numbers that a neuron leaves open."""

    format_version: int
    file: str
    label: str
    positive: str
    output: str
    goal: str
    numbers: list[FoundNumber]
    cases: int
    train: QualityData
    test: QualityData | None
    proof: ProofData
    overlay: str | None
    diagnostics: list[Finding]


def as_json(answer: Refit, file: str, overlay: str | None) -> str:
    """Return the report for programs; numbers that JSON does not hold are texts."""
    report: RefitReport = {
        "format_version": 1,
        "file": file,
        "label": answer.label,
        "positive": answer.positive,
        "output": answer.output,
        "goal": answer.options.goal.name,
        "numbers": [
            {"path": format_path(path), "value": _number(value)}
            for path, value in answer.values.items()
        ],
        "cases": answer.cases,
        "train": quality_data(answer.train),
        "test": None if answer.test is None else quality_data(answer.test),
        "proof": proof_data(answer.proof),
        "overlay": overlay,
        "diagnostics": [finding(note) for note in answer.notes],
    }
    return json.dumps(report, indent=2, ensure_ascii=False) + "\n"


def _number(value: Number) -> Any:
    return int(value) if fits_json(value) else show_number(value)


def as_text(answer: Refit) -> str:
    """Return the page for people."""
    return "".join(f"{line(text).rstrip()}\n" for text in _page(answer))


def _page(answer: Refit) -> Iterator[str]:
    rows = counted(answer.train.rows, "row")
    yield f"numbers of {answer.neuron} for {answer.label} = {answer.positive}, from {rows}"
    yield ""
    names = [_name(path) for path in answer.values]
    width = max(map(len, names))
    for name, value in zip(names, answer.values.values(), strict=True):
        yield f"  {name:<{width}}{_GAP}{show_number(value)}"
    yield ""
    yield from qualities(answer.train, answer.test)
    yield ""
    if answer.cases:
        which = "the case" if answer.cases == 1 else f"all {answer.cases:,} cases"
        yield f"{which} of the file {'holds' if answer.cases == 1 else 'hold'}"
    yield _proof(answer)


def _name(path: KeyPath) -> str:
    return format_blank(path)


def _proof(answer: Refit) -> str:
    proof = answer.proof
    choices = f"{proof.total:,}" if proof.total < 10**15 else f"{proof.total:.1e}"
    if proof.status == "proved":
        best = f"{BEST[answer.options.goal.name]} numbers within the bounds"
        if answer.options.goal.limits:
            best += " that keep the limits"
        return f"proved: {best}; {choices} choices bounded, {proof.examined:,} looked at"
    if proof.status == "stopped":
        share = 100 * proof.bounded / proof.total
        return f"not proved: stopped after {share:.1f} % of {choices} choices, none of them better"
    return f"searched, not proved: there are {choices} choices"
