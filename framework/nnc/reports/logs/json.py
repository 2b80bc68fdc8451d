"""One JSON object with all commits; its schema is published."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator

from typing_extensions import TypedDict

from nnc.reports.diffs.json import ComparisonRecord, comparison_record
from nnc.reports.findings.json import Finding, finding
from nnc.reports.logs.told import compared
from nnc.version import VERSION
from nnc.versions.history import CommitChange


class CommitRecord(TypedDict):
    """What one commit did to the network."""

    commit: str
    date: str
    author: str
    title: str
    file: str
    renamed_from: str | None
    kind: str
    passed_over: int
    comparison: ComparisonRecord | None
    diagnostics: list[Finding]


class LogReport(TypedDict):
    """What `nnc log` found."""

    format_version: int
    nnc_version: str
    commits: list[CommitRecord]


def render(changes: Iterable[CommitChange]) -> Iterator[str]:
    """Give the commits as indented JSON, in one piece once all are found."""
    report: LogReport = {
        "format_version": 1,
        "nnc_version": VERSION,
        "commits": [_commit(one) for one in changes],
    }
    yield json.dumps(report, indent=2) + "\n"


def _commit(change: CommitChange) -> CommitRecord:
    commit, found = change.commit, change.comparison
    return {
        "commit": commit.oid,
        "date": commit.day,
        "author": commit.author,
        "title": commit.subject,
        "file": change.path,
        "renamed_from": change.renamed_from,
        "kind": change.kind,
        "passed_over": change.passed,
        "comparison": None if found is None else comparison_record(compared(change, found)),
        "diagnostics": [finding(one) for one in change.diagnostics],
    }
