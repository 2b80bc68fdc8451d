"""SARIF 2.1.0 (OASIS), which code hosts and editors read."""

from __future__ import annotations

import json
import os
from pathlib import Path, PurePath
from urllib.parse import quote

from nnc.diagnostics.diagnostic import Diagnostic, Span
from nnc.diagnostics.explanation import explanation_of
from nnc.diagnostics.rules import RULES, Rule
from nnc.terminal.findings.findings import Report, path_from, repository_root
from nnc.terminal.rules import url_of
from nnc.version import HOME, VERSION

_SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
_ROOT = "%SRCROOT%"


def render(report: Report) -> str:
    """Return a log with one run: the findings and the rules they violate."""
    rules = {diagnostic.rule for diagnostic in report.diagnostics}
    names = sorted(rules, key=lambda name: RULES[name].code)
    root = repository_root()
    driver = {
        "name": "nnc",
        "version": VERSION,
        "informationUri": HOME,
        "rules": [_rule(RULES[name]) for name in names],
    }
    run = {
        "tool": {"driver": driver},
        "originalUriBaseIds": {_ROOT: {"uri": f"{root.as_uri().rstrip('/')}/"}},
        "columnKind": "unicodeCodePoints",
        "results": [_result(each, names.index(each.rule), root) for each in report.diagnostics],
    }
    return json.dumps({"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]}, indent=2) + "\n"


def _rule(rule: Rule) -> dict[str, object]:
    about = explanation_of(rule)
    return {
        "id": rule.code,
        "name": rule.name,
        "shortDescription": {"text": rule.summary},
        "fullDescription": {"text": about.why},
        "help": {"text": about.hint},
        "helpUri": url_of(rule),
        "defaultConfiguration": {"level": rule.severity},
    }


def _result(diagnostic: Diagnostic, index: int, root: Path) -> dict[str, object]:
    result: dict[str, object] = {
        "ruleId": diagnostic.about.code,
        "ruleIndex": index,
        "level": diagnostic.about.severity,
        "message": {"text": "\n".join(_lines(diagnostic))},
    }
    if diagnostic.file is not None:
        place = _place(diagnostic.file, diagnostic.span, root)
        result["locations"] = [{"physicalLocation": place}]
    related = [
        {
            "physicalLocation": _place(label.file or diagnostic.file or "", label.span, root),
            "message": {"text": label.message},
        }
        for label in diagnostic.labels
        if label.span is not None
    ]
    if related:
        result["relatedLocations"] = related
    if diagnostic.fix and diagnostic.file is not None:
        replacements = [
            {"deletedRegion": _region(edit.span), "insertedContent": {"text": edit.text}}
            for edit in diagnostic.fix
        ]
        change = {**_place(diagnostic.file, None, root), "replacements": replacements}
        text = diagnostic.help or f"correct {diagnostic.rule}"
        result["fixes"] = [{"description": {"text": text}, "artifactChanges": [change]}]
    return result


def _lines(diagnostic: Diagnostic) -> list[str]:
    hint = [f"help: {diagnostic.help}"] if diagnostic.help else []
    return [diagnostic.message, *hint, *diagnostic.details]


def _place(file: str, span: Span | None, root: Path) -> dict[str, object]:
    inside = path_from(root, file) if file else None
    uri = quote(os.fsencode(inside or PurePath(file).as_posix()))
    artifact = {"uri": uri, "uriBaseId": _ROOT} if inside else {"uri": uri}
    place: dict[str, object] = {"artifactLocation": artifact}
    if span is not None:
        place["region"] = _region(span)
    return place


def _region(span: Span) -> dict[str, int]:
    return {
        "startLine": span.line,
        "startColumn": span.column,
        "endLine": span.end_line,
        "endColumn": span.end_column,
    }
