"""One JSON object a line for each finding, as it stands in the list of the `json` form."""

from __future__ import annotations

import json

from nnc.reports.findings.findings import Findings
from nnc.reports.findings.json import finding


def render(findings: Findings) -> str:
    """Give one line a diagnostic; nothing where there are none."""
    return "".join(json.dumps(finding(one)) + "\n" for one in findings.diagnostics)
