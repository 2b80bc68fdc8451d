"""SARIF 2.1.0 (OASIS), which code hosts and editors read."""

from __future__ import annotations

import json
import os
from pathlib import PurePath
from typing import Any
from urllib.parse import quote

from nnc.diagnostics.diagnostic import Diagnostic, Span
from nnc.diagnostics.rules import RULES
from nnc.reports.findings.findings import Report
from nnc.version import VERSION

_SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"


def render(report: Report) -> str:
    """Return a log of one run, with the rules that are broken."""
    rules = {diagnostic.rule for diagnostic in report.diagnostics}
    names = sorted(rules, key=lambda name: RULES[name].code)
    driver = {
        "name": "nnc",
        "version": VERSION,
        "rules": [
            {
                "id": RULES[name].code,
                "name": name,
                "shortDescription": {"text": RULES[name].summary},
                "defaultConfiguration": {"level": RULES[name].severity},
            }
            for name in names
        ],
    }
    run = {
        "tool": {"driver": driver},
        "columnKind": "unicodeCodePoints",
        "results": [_result(each, names.index(each.rule)) for each in report.diagnostics],
    }
    return json.dumps({"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]}, indent=2) + "\n"


def _result(diagnostic: Diagnostic, index: int) -> dict[str, Any]:
    result: dict[str, Any] = {
        "ruleId": diagnostic.about.code,
        "ruleIndex": index,
        "level": diagnostic.about.severity,
        "message": {"text": "\n".join(_lines(diagnostic))},
    }
    if diagnostic.file is not None:
        result["locations"] = [_location(diagnostic.file, diagnostic.span)]
    related = [
        {
            **_location(label.file or diagnostic.file or "", label.span),
            "message": {"text": label.message},
        }
        for label in diagnostic.labels
        if label.span is not None
    ]
    if related:
        result["relatedLocations"] = related
    return result


def _lines(diagnostic: Diagnostic) -> list[str]:
    hint = [f"help: {diagnostic.help}"] if diagnostic.help else []
    return [diagnostic.message, *hint, *diagnostic.details]


def _location(file: str, span: Span | None) -> dict[str, Any]:
    place: dict[str, Any] = {
        "artifactLocation": {"uri": quote(os.fsencode(PurePath(file).as_posix()))}
    }
    if span is not None:
        place["region"] = {
            "startLine": span.line,
            "startColumn": span.column,
            "endLine": span.end_line,
            "endColumn": span.end_column,
        }
    return {"physicalLocation": place}
