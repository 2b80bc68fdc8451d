"""Findings as JSON: one object with all findings and totals, or one finding per line.

Every report is a record with a published schema; commands that report more than diagnostics use
subclasses of `FindingsReport`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Self

from nnc.diagnostics.diagnostic import Diagnostic, Span, format_path
from nnc.records import OPTIONAL, Versioned, json_lines, json_text
from nnc.terminal.findings.findings import ProofRecord, Report


@dataclass(frozen=True, slots=True)
class Location:
    """A range in a file: 1-based, in characters, end exclusive; null if unknown."""

    file: str | None
    """The file, as it was named; null if there is none."""
    line: int | None
    """The line, from 1; null if the position is not known."""
    column: int | None
    """The column in characters, from 1."""
    end_line: int | None
    """The line on which it ends."""
    end_column: int | None
    """The column after its last character."""


@dataclass(frozen=True, slots=True)
class RelatedLocation(Location):
    """A second location, and how it is related to the finding."""

    message: str
    """The relation to the finding, in one line."""


@dataclass(frozen=True, slots=True)
class EditRecord:
    """A range of the file, and the text that replaces it."""

    line: int
    """The line on which it starts, from 1."""
    column: int
    """The column in characters, from 1."""
    end_line: int
    """The line on which it ends."""
    end_column: int
    """The column after its last character."""
    new_text: str
    """The text that replaces it."""


@dataclass(frozen=True, slots=True)
class FixRecord:
    """The edits that correct a finding, all at once."""

    is_safe: bool
    """True if nothing else can have been meant."""
    edits: tuple[EditRecord, ...]
    """Ranges of the file, and the texts that replace them."""


@dataclass(frozen=True, slots=True)
class Finding(Location):
    """One diagnostic."""

    code: str
    """The stable code, such as NNC301."""
    name: str
    """The name of the rule, such as unknown-source."""
    severity: str
    """`error`, `warning` or `note`."""
    message: str
    """The mistake, in one line."""
    help: str | None
    """The correction."""
    details: tuple[str, ...]
    """Lines that say more."""
    path: str
    """The keys that lead to the location: neurons.sum.weights.a"""
    related: tuple[RelatedLocation, ...]
    """Other locations that explain this one."""
    fix: FixRecord | None
    """The edits that correct it; null if the correction is not clear."""


@dataclass(frozen=True, slots=True)
class Summary:
    """The totals of a report."""

    files: int
    """The number of files checked."""
    errors: int
    """The number of errors."""
    warnings: int
    """The number of warnings."""
    notes: int
    """The number of notes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FindingsReport(Versioned):
    """All findings of a command."""

    diagnostics: tuple[Finding, ...]
    """Every finding, by file and location."""
    summary: Summary
    """The totals."""

    @classmethod
    def of(cls, report: Report, **more: Any) -> Self:
        """Return the record of a report; `more` are the fields of a subclass."""
        counts = map(report.count, ("error", "warning", "note"))
        findings = tuple(map(finding, report.diagnostics))
        return cls(diagnostics=findings, summary=Summary(report.files, *counts), **more)


@dataclass(frozen=True, slots=True)
class CoverageRecord:
    """The number of sides of thresholds and cut-offs, and of those that cases have seen."""

    sides: int
    """The number of sides of thresholds and cut-offs: firing and not firing."""
    seen: int
    """The number of sides that cases have seen."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseReport(FindingsReport):
    """The findings of `nnc test`, and how many cases it ran."""

    cases: int
    """The number of cases that were run."""
    failed: int
    """The number of cases that failed."""
    coverage: CoverageRecord | None = field(default=None, metadata=OPTIONAL)
    """With --coverage, the sides of thresholds and cut-offs that cases have seen."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ProofReport(FindingsReport):
    """The findings of `nnc prove`: the verdict on each property."""

    properties: tuple[ProofRecord, ...]
    """The verdict on each property, by file and position; assumptions of used networks first."""


@dataclass(frozen=True, slots=True)
class FileDigest:
    """The digest of one network."""

    file: str
    """The file, as it was named."""
    of: str
    """The subject of the digest: `structure` or `behaviour`."""
    digest: str
    """`sha256:` and 64 hexadecimal digits."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DigestReport(FindingsReport):
    """The digests of `nnc digest`, and its findings."""

    digests: tuple[FileDigest, ...]
    """The digest of each network, in the order of the files."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FormatReport(FindingsReport):
    """The findings of `nnc fmt`, and the files that it rewrote, or with --check would."""

    formatted: tuple[str, ...]
    """The files that were rewritten, or would be."""
    written: bool
    """True if they were rewritten; false with `--check` or `--diff`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckReport(FindingsReport):
    """The findings of `nnc check`, with the results of cases, properties and layout."""

    cases: int
    """The number of cases that were run."""
    failed: int
    """The number of cases that failed."""
    properties: tuple[ProofRecord, ...]
    """The verdict on each property, by file and position; assumptions of used networks first."""
    formatted: tuple[str, ...]
    """The files that are not in the standard layout; with --fix, they were rewritten."""


def record_of(report: Report) -> FindingsReport:
    """Return the record of a report."""
    changes = report.changes
    if changes is not None and report.cases is not None:
        return CheckReport.of(
            report,
            cases=report.cases,
            failed=report.failed,
            properties=report.proofs or (),
            formatted=changes.files,
        )
    if changes is not None:
        return FormatReport.of(report, formatted=changes.files, written=not changes.dry)
    if report.proofs is not None:
        return ProofReport.of(report, properties=report.proofs)
    if report.cases is None:
        return FindingsReport.of(report)
    sides = report.coverage
    coverage = None if sides is None else CoverageRecord(sides.total, sides.seen)
    return CaseReport.of(report, cases=report.cases, failed=report.failed, coverage=coverage)


def render(report: Report) -> str:
    """Return the report as indented JSON."""
    return json_text(record_of(report))


def render_lines(report: Report) -> str:
    """Return one line with a JSON object for each diagnostic."""
    return json_lines(map(finding, report.diagnostics))


def finding(diagnostic: Diagnostic) -> Finding:
    """Return the record of one diagnostic."""
    rule, file = diagnostic.about, diagnostic.file
    edits = [EditRecord(*edit.span, edit.text) for edit in diagnostic.fix]
    return Finding(
        file,
        *_ends(diagnostic.span),
        code=rule.code,
        name=rule.name,
        severity=rule.severity,
        message=diagnostic.message,
        help=diagnostic.help,
        details=tuple(diagnostic.details),
        path=format_path(diagnostic.path),
        related=tuple(
            RelatedLocation(label.file or file, *_ends(label.span), label.message)
            for label in diagnostic.labels
        ),
        fix=FixRecord(diagnostic.is_fix_safe, tuple(edits)) if edits else None,
    )


def _ends(span: Span | None) -> tuple[int | None, int | None, int | None, int | None]:
    return span or (None, None, None, None)
