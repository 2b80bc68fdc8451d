"""The human-readable forms: `full`, with source lines and carets, and `concise`."""

from __future__ import annotations

from nnc.diagnostics.diagnostic import plain
from nnc.printable import line
from nnc.terminal.colour import highlighted, paint
from nnc.terminal.findings.findings import Report


def findings_text(report: Report) -> str:
    """Return every diagnostic with its source lines, then the number of omitted ones."""
    diagnostics, more = report.shortened()
    painted = _paint if report.colour else plain
    return "\n".join([*(diagnostic.in_full(painted) for diagnostic in diagnostics), *more])


def render_full(report: Report) -> str:
    """Return the full report: diagnostics with source lines, omitted ones, and totals."""
    summary = highlighted(report.summary(), "concise") if report.colour else report.summary()
    return "\n".join([*filter(None, [findings_text(report)]), summary]) + "\n"


def render_concise(report: Report) -> str:
    """Return the concise report: a line per diagnostic, the number omitted, and totals."""
    diagnostics, more = report.shortened()
    lines = [
        line(f"{diagnostic} ({diagnostic.help})" if diagnostic.help else str(diagnostic))
        for diagnostic in diagnostics
    ]
    text = "\n".join([*lines, *more, report.summary()]) + "\n"
    return highlighted(text, "concise") if report.colour else text


def _paint(text: str, style: str) -> str:
    """Colour a piece of a diagnostic; its details are coloured like a trace."""
    return highlighted(text, "trace") if style == "trace" else paint(text, style)
