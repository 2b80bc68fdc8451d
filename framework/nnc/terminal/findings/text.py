"""The forms for people: in full, with the lines and carets, or one line for each finding."""

from __future__ import annotations

from nnc.diagnostics.diagnostic import plain
from nnc.printable import line
from nnc.terminal.colour import highlighted, paint
from nnc.terminal.findings.findings import Report


def findings_text(report: Report) -> str:
    """Return every diagnostic with its lines, then a count of those left out."""
    diagnostics, more = report.shortened()
    painted = _paint if report.colour else plain
    return "\n".join([*(diagnostic.in_full(painted) for diagnostic in diagnostics), *more])


def render_full(report: Report) -> str:
    """Return every diagnostic with its lines, then what was left out, then the totals."""
    summary = highlighted(report.summary(), "concise") if report.colour else report.summary()
    return "\n".join([*filter(None, [findings_text(report)]), summary]) + "\n"


def render_concise(report: Report) -> str:
    """Return one line a diagnostic, with its help in brackets, what is left out, and the totals."""
    diagnostics, more = report.shortened()
    lines = [
        line(f"{diagnostic} ({diagnostic.help})" if diagnostic.help else str(diagnostic))
        for diagnostic in diagnostics
    ]
    text = "\n".join([*lines, *more, report.summary()]) + "\n"
    return highlighted(text, "concise") if report.colour else text


def _paint(text: str, style: str) -> str:
    """Colour a piece of a diagnostic; its details are lines of a trace."""
    return highlighted(text, "trace") if style == "trace" else paint(text, style)
