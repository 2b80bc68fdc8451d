"""What `nnc explain` says, for programs: JSON with a published schema."""

from __future__ import annotations

import json
from collections.abc import Iterable

from typing_extensions import TypedDict

from nnc.diagnostics.explanation import explanation_of
from nnc.diagnostics.rules import Rule
from nnc.version import HOME, VERSION


class RuleRecord(TypedDict):
    """One rule, and all that is said of it."""

    code: str
    name: str
    severity: str
    summary: str
    why: str
    files: dict[str, str]
    language: str
    bad: str
    good: str
    help: str
    url: str


class ExplainReport(TypedDict):
    """The rules that are asked for."""

    format_version: int
    nnc_version: str
    rules: list[RuleRecord]


def rules_as_json(rules: Iterable[Rule]) -> str:
    """Return rules with their explanations as indented JSON."""
    records = [_rule_record(rule) for rule in rules]
    report: ExplainReport = {"format_version": 1, "nnc_version": VERSION, "rules": records}
    return json.dumps(report, indent=2) + "\n"


def url_of(rule: Rule) -> str:
    """Return where the page of all rules explains one."""
    return f"{HOME}/docs/diagnostics.md#{rule.code.lower()}-{rule.name}"


def _rule_record(rule: Rule) -> RuleRecord:
    about = explanation_of(rule)
    return {
        "code": rule.code,
        "name": rule.name,
        "severity": rule.severity,
        "summary": rule.summary,
        "why": about.why,
        "files": dict(about.files),
        "language": about.language,
        "bad": about.bad,
        "good": about.good,
        "help": about.hint,
        "url": url_of(rule),
    }
