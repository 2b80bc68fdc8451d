"""GitLab's Code Quality report."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from nnc.diagnostics.diagnostic import Diagnostic, Span
from nnc.terminal.findings.gitlab import render
from tests.support.findings import ALL, ERROR, NOWHERE, found


def violations(*diagnostics: Diagnostic) -> list[dict[str, Any]]:
    report: list[dict[str, Any]] = json.loads(render(found(*diagnostics)))
    return report


def test_everything_about_a_finding() -> None:
    (violation,) = violations(ERROR)
    assert len(violation.pop("fingerprint")) == 64
    assert violation == {
        "description": "neuron `out` reads `h3`, which is neither an input nor a neuron "
        "(did you mean `h1`?)",
        "check_name": "NNC301 unknown-source",
        "severity": "major",
        "location": {"path": "nets/xor.nn.yaml", "lines": {"begin": 7, "end": 7}},
    }


def test_nothing_is_an_empty_list() -> None:
    assert violations() == []


def test_every_severity_and_findings_without_a_place() -> None:
    assert {v["severity"] for v in violations(*ALL)} == {"major", "minor", "info"}
    assert violations(NOWHERE)[0]["location"] == {
        "path": "none.yaml", "lines": {"begin": 1, "end": 1}}  # fmt: skip
    assert violations(ALL[0])[0]["location"]["path"] == "."


def test_a_fingerprint_stays_when_lines_move_and_is_its_own() -> None:
    moved = replace(ERROR, span=Span(70, 19, 70, 21))
    prints = [v["fingerprint"] for v in violations(ERROR, moved)]
    assert prints[0] != prints[1]
    assert violations(moved)[0]["fingerprint"] == prints[0]


def test_paths_are_from_the_root_of_the_repository(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / ".git").mkdir()
    (tmp_path / "nets").mkdir()
    monkeypatch.chdir(tmp_path / "nets")
    paths = {"a.yaml": "nets/a.yaml", "../b.yaml": "b.yaml", "../../c.yaml": "../../c.yaml",
             str(tmp_path / "d.yaml"): "d.yaml"}  # fmt: skip
    for file, path in paths.items():
        assert violations(replace(NOWHERE, file=file))[0]["location"]["path"] == path
