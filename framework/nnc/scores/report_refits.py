"""What `nnc fit` found for the open numbers of a file: a page for people, and JSON for programs."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from typing_extensions import TypedDict

from nnc.compiler.blanks import format_blank
from nnc.diagnostics.diagnostic import KeyPath, format_path
from nnc.numbers.exact import Number, counted, fits_json, show_number
from nnc.printable import line
from nnc.records import plain
from nnc.scores.labels_answer import Counts
from nnc.scores.refits import Refit
from nnc.scores.report import (
    BEST,
    PERFECT,
    BaselineData,
    ProofData,
    QualityData,
    baseline_data,
    constant,
    ended,
    judged,
    proof_data,
    qualities,
    quality_data,
)
from nnc.scores.skeletons import SkeletonFit
from nnc.terminal.findings.json import Finding, finding

_GAP = "   "
MAX_NUMBERS = 60
"""So many numbers are listed for people."""


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


class CountsData(TypedDict):
    """How well an output says a label."""

    rows: int
    ones: int
    misses: int
    false_alarms: int
    accuracy: float
    baseline: BaselineData


class LabelData(TypedDict):
    """A label, and the output that says it."""

    label: str
    positive: str
    output: str
    train: CountsData
    test: CountsData | None


class WrongData(TypedDict):
    """What is known about how few labels are wrong."""

    status: str
    cost: int
    bound: int
    floor: int


class SkeletonReport(TypedDict):
    """What came of the numbers that several neurons leave open.

    `proof` is null where the neurons do not depend on each other; then each is in `parts`.
    """

    format_version: int
    file: str
    goal: str
    labels: list[LabelData]
    numbers: list[FoundNumber]
    cases: int
    proof: WrongData | None
    parts: list[RefitReport]
    overlay: str | None
    diagnostics: list[Finding]


def as_json(answer: Refit | SkeletonFit, file: str, overlay: str | None) -> str:
    """Return the report for programs; numbers that JSON does not hold are texts."""
    report = (
        _report(answer, file, overlay)
        if isinstance(answer, Refit)
        else _skeleton_report(answer, file, overlay)
    )
    return json.dumps(plain(report), indent=2, ensure_ascii=False) + "\n"


def _skeleton_report(answer: SkeletonFit, file: str, overlay: str | None) -> SkeletonReport:
    proof: WrongData | None = None
    if not answer.parts:
        proof = {
            "status": answer.status,
            "cost": answer.cost,
            "bound": answer.bound,
            "floor": answer.floor,
        }
    return {
        "format_version": 1,
        "file": file,
        "goal": answer.options.goal.name if answer.parts else "accuracy",
        "labels": [
            {
                "label": label.column,
                "positive": label.positive,
                "output": label.output,
                "train": _counts(label.train),
                "test": None if label.test is None else _counts(label.test),
            }
            for label in answer.labels
        ],
        "numbers": _numbers(answer.values),
        "cases": answer.cases,
        "proof": proof,
        "parts": [_report(part, file, None) for part in answer.parts],
        "overlay": overlay,
        "diagnostics": [finding(note) for note in answer.notes],
    }


def _counts(counts: Counts) -> CountsData:
    return {
        "rows": counts.rows,
        "ones": counts.ones,
        "misses": counts.misses,
        "false_alarms": counts.false_alarms,
        "accuracy": round(counts.accuracy, 8),
        "baseline": baseline_data(counts.baseline),
    }


def _numbers(values: Mapping[KeyPath, Number]) -> list[FoundNumber]:
    return [{"path": format_path(path), "value": _number(value)} for path, value in values.items()]


def _report(answer: Refit, file: str, overlay: str | None) -> RefitReport:
    return {
        "format_version": 1,
        "file": file,
        "label": answer.label,
        "positive": answer.positive,
        "output": answer.output,
        "goal": answer.options.goal.name,
        "numbers": _numbers(answer.values),
        "cases": answer.cases,
        "train": quality_data(answer.train),
        "test": None if answer.test is None else quality_data(answer.test),
        "proof": proof_data(answer.proof),
        "overlay": overlay,
        "diagnostics": [finding(note) for note in answer.notes],
    }


def _number(value: Number) -> Any:
    return int(value) if fits_json(value) else show_number(value)


def as_text(answer: Refit | SkeletonFit) -> str:
    """Return the page for people."""
    if isinstance(answer, Refit):
        lines = _page(answer)
    elif answer.parts:
        lines = _parts(answer)
    else:
        lines = _skeleton_page(answer)
    return "".join(f"{line(text).rstrip()}\n" for text in lines)


def _page(answer: Refit) -> Iterator[str]:
    yield from _quality_of(answer)
    yield from _cases(answer.cases)
    yield _proof(answer)


def _quality_of(answer: Refit) -> Iterator[str]:
    rows = counted(answer.train.rows, "row")
    yield f"numbers of {answer.neuron} for {answer.label} = {answer.positive}, from {rows}"
    yield ""
    yield from _listed(answer.values)
    yield ""
    yield from qualities(answer.train, answer.test)
    yield ""


def _parts(answer: SkeletonFit) -> Iterator[str]:
    """Tell of neurons that do not depend on each other, one after the other."""
    for part in answer.parts:
        yield from _quality_of(part)
        yield _proof(part)
        yield ""
    yield "each neuron is an output that no other one reads, and was searched by itself"
    yield from _cases(answer.cases)


def _skeleton_page(answer: SkeletonFit) -> Iterator[str]:
    what = " and ".join(f"{label.column} = {label.positive}" for label in answer.labels)
    if len(answer.labels) > 3:
        what = f"{len(answer.labels)} labels"
    rows = counted(answer.labels[0].train.rows, "row")
    yield f"{counted(len(answer.values), 'number')} for {what}, from {rows}"
    yield ""
    yield from _listed(answer.values)
    yield ""
    yield from _judged(answer)
    yield ""
    yield from _cases(answer.cases)
    yield _wrong(answer)


def _listed(values: Mapping[KeyPath, Number]) -> Iterator[str]:
    """Yield the numbers, at most so many; the file has all of them."""
    listed = list(values.items())[:MAX_NUMBERS]
    names = [format_blank(path) for path, _ in listed]
    width = max(map(len, names))
    for name, (_, value) in zip(names, listed, strict=True):
        yield f"  {name:<{width}}{_GAP}{show_number(value)}"
    if len(values) > len(listed):
        yield f"  … {len(values) - len(listed):,} more, in the file"


def _cases(count: int) -> Iterator[str]:
    if count:
        which = "the case" if count == 1 else f"all {count:,} cases"
        yield f"{which} of the file {'holds' if count == 1 else 'hold'}"


def _judged(answer: SkeletonFit) -> Iterator[str]:
    """Yield how many rows are wrong, a line for each label and kind of rows."""
    table = [["rows", "", "wrong", "accuracy", "missed", "false alarms"]]
    is_one = len(answer.labels) == 1
    for label in answer.labels:
        for kind, counts in (("learnt from", label.train), ("test", label.test)):
            if counts is None:
                continue
            name = kind if is_one else f"{label.output}: {kind}"
            table.append([name, f"{counts.rows:,}", f"{counts.wrong:,}", *judged(counts)])
            baseline = counts.baseline
            wrong = f"{baseline.rows - baseline.right:,}"
            table.append([constant(baseline), "", wrong, *judged(baseline)])
    widths = [max(map(len, column)) for column in zip(*table, strict=True)]
    for cells in table:
        padded = [f"{cell:>{width}}" for cell, width in zip(cells[1:], widths[1:], strict=True)]
        yield _GAP.join([f"{cells[0]:<{widths[0]}}", *padded])


def _wrong(answer: SkeletonFit) -> str:
    """Say whether fewer could be wrong."""
    goal = answer.options.goal
    fewest = "the fewest wrong" if goal.costs == (1, 1) else f"the least cost, {answer.cost:,},"
    if answer.cost == 0:
        return "proved: the fewest wrong, as none is"
    if answer.status == "proved":
        return f"proved: {fewest}; rows that look the same to the network have different labels"
    if answer.status == "solver":
        return f"proved by {answer.solver}: {fewest} of all numbers within the bounds"
    least = f"at least {answer.bound:,}" if answer.bound else "perhaps none"
    of = f"{answer.cost:,} wrong" if goal.costs == (1, 1) else f"a cost of {answer.cost:,}"
    return f"searched, not proved: {of}, {least} with any numbers within the bounds"


def _proof(answer: Refit) -> str:
    proof = answer.proof
    choices = f"{proof.total:,}" if proof.total < 10**15 else f"{proof.total:.1e}"
    if proof.status == "proved":
        best = f"{BEST[answer.options.goal.name]} numbers within the bounds"
        if answer.options.goal.limits:
            best += " that keep the limits"
        if proof.bounded < proof.total:
            return f"proved: {best}, as {PERFECT[answer.options.goal.name]}"
        return f"proved: {best}; {choices} choices bounded, {proof.examined:,} looked at"
    if proof.status == "stopped":
        share = 100 * proof.bounded / proof.total
        done = f"{ended(answer.options.seconds, proof)} after {share:.1f} % of {choices} choices"
        return f"not proved: {done}, none of them better"
    return f"searched, not proved: there are {choices} choices"
