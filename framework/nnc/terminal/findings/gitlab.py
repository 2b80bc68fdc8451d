"""GitLab's Code Quality report: each finding appears beside its line in a merge request."""

from __future__ import annotations

import hashlib
import json
from collections import Counter

from nnc.diagnostics.diagnostic import Diagnostic
from nnc.printable import printable
from nnc.terminal.findings.findings import Report, path_from, repository_root

_SEVERITIES = {"error": "major", "warning": "minor", "note": "info"}


def render(report: Report) -> str:
    """Return a JSON list of all diagnostics."""
    root = repository_root()
    seen: Counter[tuple[str, ...]] = Counter()
    violations = []
    for diagnostic in report.diagnostics:
        file = diagnostic.file or "."
        path = printable(path_from(root, file) or file)
        key = (path, diagnostic.about.code, diagnostic.message)
        violations.append(_violation(diagnostic, path, (*key, str(seen[key]))))
        seen[key] += 1
    return json.dumps(violations, indent=2) + "\n"


def _violation(diagnostic: Diagnostic, path: str, key: tuple[str, ...]) -> dict[str, object]:
    """Return one entry, with a fingerprint that does not depend on line numbers."""
    span, help_ = diagnostic.span, f" ({diagnostic.help})" if diagnostic.help else ""
    lines = {"begin": span.line if span else 1, "end": span.end_line if span else 1}
    return {
        "description": f"{diagnostic.message}{help_}",
        "check_name": f"{diagnostic.about.code} {diagnostic.rule}",
        "fingerprint": hashlib.sha256(json.dumps(key).encode()).hexdigest(),
        "severity": _SEVERITIES[diagnostic.about.severity],
        "location": {"path": path, "lines": lines},
    }
