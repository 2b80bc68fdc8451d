"""Annotations for GitHub Actions: each finding appears beside its line in a pull request."""

from __future__ import annotations

from nnc.printable import printable
from nnc.reports.findings.findings import Findings

_KINDS = {"error": "error", "warning": "warning", "note": "notice"}


def render(findings: Findings) -> str:
    """Give one workflow command a diagnostic, then the totals."""
    lines = []
    for one in findings.diagnostics:
        properties = {"file": one.file or ""}
        if one.span is not None:
            properties |= {
                "line": str(one.span.line),
                "col": str(one.span.column),
                "endLine": str(one.span.end_line),
                "endColumn": str(one.span.end_column),
            }
        properties["title"] = f"{one.about.code} {one.rule}"
        told = ",".join(f"{key}={_escape(value, ':,')}" for key, value in properties.items())
        message = f"{one.message}\nhelp: {one.help}" if one.help else one.message
        lines.append(f"::{_KINDS[one.about.severity]} {told}::{_escape(message)}")
    return "\n".join([*lines, findings.summary()]) + "\n"


def _escape(text: str, more: str = "") -> str:
    for character in "%\r\n" + more:
        text = text.replace(character, f"%{ord(character):02X}")
    return printable(text)
