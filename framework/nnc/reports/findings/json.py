"""One JSON object with every finding and the totals; its schema is published."""

from __future__ import annotations

import json

from typing_extensions import TypedDict

from nnc.diagnostics.diagnostic import Diagnostic, Label, Span, format_path
from nnc.reports.findings.findings import Findings
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


class Summary(TypedDict):
    """How much was found."""

    files: int
    errors: int
    warnings: int
    notes: int


class Report(TypedDict):
    """Everything a command found."""

    format_version: int
    nnc_version: str
    diagnostics: list[Finding]
    summary: Summary


class CaseReport(Report):
    """What `nnc test` found, and how many cases it ran."""

    cases: int
    failed: int


class FileDigest(TypedDict):
    """The digest of one network: `of` is `structure` or `behaviour`."""

    file: str
    of: str
    digest: str


class DigestReport(Report):
    """What `nnc digest` gives, and what was found on the way."""

    digests: list[FileDigest]


class FormatReport(Report):
    """What `nnc fmt` found: the files it wrote anew, or with --check would, and how many."""

    formatted: list[str]
    written: bool


def report(findings: Findings) -> Report | CaseReport | FormatReport:
    """Give the findings as plain data."""
    told: Report = {
        "format_version": 1,
        "nnc_version": VERSION,
        "diagnostics": [finding(one) for one in findings.diagnostics],
        "summary": {
            "files": findings.files,
            "errors": findings.count("error"),
            "warnings": findings.count("warning"),
            "notes": findings.count("note"),
        },
    }
    if (changes := findings.changes) is not None:
        return {**told, "formatted": list(changes.files), "written": not changes.dry}
    if findings.cases is None:
        return told
    return {**told, "cases": findings.cases, "failed": findings.failed}


def render(findings: Findings) -> str:
    """Give the report as indented JSON."""
    return json.dumps(report(findings), indent=2) + "\n"


def finding(one: Diagnostic) -> Finding:
    """Give one diagnostic as plain data."""
    rule = one.about
    return {
        **_place(one.file, one.span),
        "code": rule.code,
        "name": rule.name,
        "severity": rule.severity,
        "message": one.message,
        "help": one.help,
        "details": list(one.details),
        "path": format_path(one.path),
        "related": [_related(label, one.file) for label in one.labels],
    }


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
