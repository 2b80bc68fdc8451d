"""One JSON object with every finding and the totals; or one a line. The schema is published."""

from __future__ import annotations

import json
from typing import Any, NotRequired

from typing_extensions import TypedDict

from nnc.diagnostics.diagnostic import Diagnostic, Label, Span, format_path
from nnc.numbers.exact import fits_json, show_number
from nnc.terminal.findings.findings import ProofRecord, Report
from nnc.terminal.findings.remaining import LeftRecord, left_record
from nnc.version import VERSION


class Place(TypedDict):
    """Where something stands: 1-based, in characters, the end exclusive; null where unknown."""

    file: str | None
    line: int | None
    column: int | None
    end_line: int | None
    end_column: int | None


class RelatedPlace(Place):
    """A second place, and what it has to do with the finding."""

    message: str


class EditRecord(TypedDict):
    """A stretch of the file, and what takes its place."""

    line: int
    column: int
    end_line: int
    end_column: int
    new_text: str


class FixRecord(TypedDict):
    """The edits that correct a finding, all at once."""

    is_safe: bool
    edits: list[EditRecord]


class Finding(Place):
    """One diagnostic."""

    code: str
    name: str
    severity: str
    message: str
    help: str | None
    details: list[str]
    path: str
    related: list[RelatedPlace]
    fix: FixRecord | None


class Summary(TypedDict):
    """How much was found."""

    files: int
    errors: int
    warnings: int
    notes: int


class ReportRecord(TypedDict):
    """Everything a command found."""

    format_version: int
    nnc_version: str
    diagnostics: list[Finding]
    summary: Summary


class CoverageRecord(TypedDict):
    """How many sides of thresholds and cut-offs there are, and how many the cases have seen."""

    sides: int
    seen: int


class CaseReport(ReportRecord):
    """What `nnc test` found, and how many cases it ran; with --coverage also what they saw."""

    cases: int
    failed: int
    coverage: NotRequired[CoverageRecord]


class PropertyRecord(TypedDict):
    """What has come of one property, or of one assumption of a used network.

    `kind` is `proved`, `refuted` or `unknown`; the rows that refute it have texts where JSON has no
    exact number, and `left` is what is left of an unknown one.
    """

    file: str
    line: int | None
    name: str
    claim: str
    kind: str
    how: str
    rows: list[dict[str, int | str | list[int | str]]]
    left: LeftRecord | None


class ProofReport(ReportRecord):
    """What `nnc prove` found: the verdict on each property."""

    properties: list[PropertyRecord]


class FileDigest(TypedDict):
    """The digest of one network: `of` is `structure` or `behaviour`."""

    file: str
    of: str
    digest: str


class DigestReport(ReportRecord):
    """What `nnc digest` gives, and what was found on the way."""

    digests: list[FileDigest]


class FormatReport(ReportRecord):
    """What `nnc fmt` found: the files it wrote anew, or with --check would, and how many."""

    formatted: list[str]
    written: bool


def report_record(report: Report) -> ReportRecord | CaseReport | FormatReport | ProofReport:
    """Return a report as plain data."""
    record: ReportRecord = {
        "format_version": 1,
        "nnc_version": VERSION,
        "diagnostics": [finding(diagnostic) for diagnostic in report.diagnostics],
        "summary": {
            "files": report.files,
            "errors": report.count("error"),
            "warnings": report.count("warning"),
            "notes": report.count("note"),
        },
    }
    if (changes := report.changes) is not None:
        return {**record, "formatted": list(changes.files), "written": not changes.dry}
    if report.proofs is not None:
        return {**record, "properties": [_property_record(proof) for proof in report.proofs]}
    if report.cases is None:
        return record
    of_cases: CaseReport = {
        "format_version": record["format_version"],
        "nnc_version": record["nnc_version"],
        "diagnostics": record["diagnostics"],
        "summary": record["summary"],
        "cases": report.cases,
        "failed": report.failed,
    }
    if report.coverage is not None:
        of_cases["coverage"] = {"sides": report.coverage.total, "seen": report.coverage.seen}
    return of_cases


def _property_record(proof: ProofRecord) -> PropertyRecord:
    return {
        "file": proof.file,
        "line": proof.line,
        "name": proof.name,
        "claim": proof.claim,
        "kind": proof.kind,
        "how": proof.how,
        "rows": [{name: _value(value) for name, value in row.items()} for row in proof.rows],
        "left": left_record(proof.left),
    }


def _value(value: Any) -> Any:
    """Return a value as JSON holds it exactly: an integer, else a text."""
    if isinstance(value, list):
        return [_value(item) for item in value]
    if isinstance(value, str):
        return value
    return value if fits_json(value) else show_number(value)


def render(report: Report) -> str:
    """Return the report as indented JSON."""
    return json.dumps(report_record(report), indent=2) + "\n"


def render_lines(report: Report) -> str:
    """Return one JSON object a line for each diagnostic; nothing where there are none."""
    return "".join(f"{json.dumps(finding(diagnostic))}\n" for diagnostic in report.diagnostics)


def finding(diagnostic: Diagnostic) -> Finding:
    """Return one diagnostic as plain data."""
    rule = diagnostic.about
    return {
        **_place(diagnostic.file, diagnostic.span),
        "code": rule.code,
        "name": rule.name,
        "severity": rule.severity,
        "message": diagnostic.message,
        "help": diagnostic.help,
        "details": list(diagnostic.details),
        "path": format_path(diagnostic.path),
        "related": [_related(label, diagnostic.file) for label in diagnostic.labels],
        "fix": _fix_record(diagnostic),
    }


def _fix_record(diagnostic: Diagnostic) -> FixRecord | None:
    if not diagnostic.fix:
        return None
    edits: list[EditRecord] = [
        {
            "line": edit.span.line,
            "column": edit.span.column,
            "end_line": edit.span.end_line,
            "end_column": edit.span.end_column,
            "new_text": edit.text,
        }
        for edit in diagnostic.fix
    ]
    return {"is_safe": diagnostic.is_fix_safe, "edits": edits}


def _related(label: Label, file: str | None) -> RelatedPlace:
    return {**_place(label.file or file, label.span), "message": label.message}


def _place(file: str | None, span: Span | None) -> Place:
    return {
        "file": file,
        "line": span.line if span else None,
        "column": span.column if span else None,
        "end_line": span.end_line if span else None,
        "end_column": span.end_column if span else None,
    }
