"""How findings are reported: a file for forms that are alike, and the table of them.

Order: findings, paths, text, github, gitlab, sarif, junit, json.
"""

from __future__ import annotations

from collections.abc import Callable

from nnc.terminal.findings import github, gitlab, json, junit, sarif, text
from nnc.terminal.findings.findings import Changes, Outcome, ProofRecord, Report, Sides

__all__ = ["REPORTS", "Changes", "Outcome", "ProofRecord", "Report", "Sides"]

REPORTS: dict[str, Callable[[Report], str]] = {
    "full": text.render_full,
    "concise": text.render_concise,
    "json": json.render,
    "json-lines": json.render_lines,
    "github": github.render,
    "gitlab": gitlab.render,
    "sarif": sarif.render,
    "junit": junit.render,
}
"""Every form of a report, by its name: the whole text, ending in a newline unless it is empty."""
