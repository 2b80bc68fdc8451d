"""The JSON report of `nnc explain`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from nnc.diagnostics.explanation import explanation_of
from nnc.diagnostics.rules import Rule
from nnc.records import Versioned, json_text
from nnc.version import HOME


@dataclass(frozen=True, slots=True)
class RuleRecord:
    """One rule, and its explanation."""

    code: str
    """The stable code, such as NNC301."""
    name: str
    """The name, such as `unknown-source`."""
    severity: str
    """`error`, `warning` or `note`."""
    summary: str
    """The meaning, in one line."""
    why: str
    """Why it is a rule."""
    files: Mapping[str, str]
    """The other files of the examples: their texts, or Python code that creates them."""
    language: str
    """The language of the examples: `yaml`, `sh`, `text`, `toml` or `python`."""
    bad: str
    """An example with this mistake."""
    good: str
    """The same example without the mistake."""
    help: str
    """The correction."""
    url: str
    """The address of its explanation."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ExplainReport(Versioned):
    """The requested rules."""

    rules: tuple[RuleRecord, ...]
    """Each rule, by code."""


def rules_as_json(rules: Iterable[Rule]) -> str:
    """Return rules with their explanations as indented JSON."""
    return json_text(ExplainReport(rules=tuple(map(_record, rules))))


def url_of(rule: Rule) -> str:
    """Return the URL of the section on a rule in the documentation."""
    return f"{HOME}/docs/diagnostics.md#{rule.code.lower()}-{rule.name}"


def _record(rule: Rule) -> RuleRecord:
    about = explanation_of(rule)
    return RuleRecord(
        rule.code, rule.name, rule.severity, rule.summary, about.why, about.files, about.language,
        about.bad, about.good, about.hint, url_of(rule),
    )  # fmt: skip
