"""The forms for people: in full, with the lines and carets, or one line for each finding."""

from __future__ import annotations

from nnc.diagnostics.diagnostic import plain
from nnc.printable import line
from nnc.reports.findings.findings import Report


def findings_text(report: Report) -> str:
    """Return every diagnostic with its lines, then what was left out."""
    diagnostics, more = report.shortened()
    paint = _paint if report.colour else plain
    return "\n".join([*(each.in_full(paint) for each in diagnostics), *more])


def render_full(report: Report) -> str:
    """Return every diagnostic with its lines, then what was left out, then the totals."""
    return "\n".join([*filter(None, [findings_text(report)]), report.summary()]) + "\n"


def render_concise(report: Report) -> str:
    """Return one line a diagnostic, with its help in brackets, what is left out, and the totals."""
    diagnostics, more = report.shortened()
    lines = [line(f"{each} ({each.help})" if each.help else str(each)) for each in diagnostics]
    return "\n".join([*lines, *more, report.summary()]) + "\n"


def _paint(text: str, codes: str) -> str:
    return f"\033[{codes}m{text}\033[0m" if text else text
