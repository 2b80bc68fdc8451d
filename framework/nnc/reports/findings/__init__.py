"""How findings are told: one file for each form, and the table of them.

Order: findings, concise, full, github, json, json_lines, sarif.
"""

from __future__ import annotations

from collections.abc import Callable

from nnc.reports.findings import concise, full, github, json, json_lines, sarif
from nnc.reports.findings.findings import Findings

REPORTS: dict[str, Callable[[Findings], str]] = {
    "full": full.render,
    "concise": concise.render,
    "json": json.render,
    "json-lines": json_lines.render,
    "github": github.render,
    "sarif": sarif.render,
}
"""Gives the whole text, ending in a newline unless it is empty."""
