"""Annotations for GitHub Actions: each finding appears beside its line in a pull request."""

from __future__ import annotations

from nnc.printable import printable
from nnc.terminal.findings.findings import Report, path_from, repository_root

_KINDS = {"error": "error", "warning": "warning", "note": "notice"}


def render(report: Report) -> str:
    """Return one workflow command per diagnostic, then the totals."""
    lines, root = [], repository_root()
    for diagnostic in report.diagnostics:
        file = diagnostic.file or ""
        properties = {"file": (path_from(root, file) if file else None) or file}
        if diagnostic.span is not None:
            properties |= {
                "line": str(diagnostic.span.line),
                "col": str(diagnostic.span.column),
                "endLine": str(diagnostic.span.end_line),
                "endColumn": str(diagnostic.span.end_column),
            }
        properties["title"] = f"{diagnostic.about.code} {diagnostic.rule}"
        place = ",".join(f"{key}={_escape(value, ':,')}" for key, value in properties.items())
        message = diagnostic.message
        if diagnostic.help:
            message += f"\nhelp: {diagnostic.help}"
        lines.append(f"::{_KINDS[diagnostic.about.severity]} {place}::{_escape(message)}")
    return "\n".join([*lines, report.summary()]) + "\n"


def _escape(text: str, more: str = "") -> str:
    for character in "%\r\n" + more:
        text = text.replace(character, f"%{ord(character):02X}")
    return printable(text)
