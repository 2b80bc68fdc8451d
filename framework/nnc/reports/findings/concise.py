"""One line for each finding: `file:line:column: error[CODE] name: message`, then the fix."""

from __future__ import annotations

from nnc.printable import line
from nnc.reports.findings.findings import Findings


def render(findings: Findings) -> str:
    """Give one line a diagnostic, what was left out, and the totals."""
    shown, more = findings.shortened()
    lines = [line(f"{one} ({one.help})" if one.help else str(one)) for one in shown]
    return "\n".join([*lines, *more, findings.summary()]) + "\n"
