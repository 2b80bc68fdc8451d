"""`nnc explain`: every code and name, offline, on any screen."""

import json
from pathlib import Path

import pytest

from nnc.diagnostics.rules import CHAPTERS, RULES
from tests.support.running import Nnc, started


def test_every_rule_is_explained(nnc: Nnc) -> None:
    for rule in RULES.values():
        code, out, err = nnc("explain", rule.code)
        assert (code, err) == (0, ""), rule
        assert out.startswith(f"{rule.code} {rule.name} ({rule.severity})\n{rule.summary}\n")
        assert out.endswith("\n"), rule
        for line in out.splitlines():
            assert line.isprintable(), line
            assert len(line) <= 110, line
            assert line == line.rstrip(), line
    assert out == nnc("explain", rule.name).out == nnc("explain", rule.code.lower()).out


def test_all_rules_are_listed(nnc: Nnc) -> None:
    code, out, err = nnc("explain")
    assert (code, err) == (0, "")
    lines = [line for line in out.splitlines() if line.startswith("  NNC")]
    assert [line.split()[:3] for line in lines] == [
        [one.code, one.severity, one.name] for one in RULES.values()]  # fmt: skip
    assert all(line.endswith(one.summary) for line, one in zip(lines, RULES.values(), strict=True))
    headings = [line.removesuffix(":") for line in out.splitlines() if line.endswith(":")]
    assert headings == [*CHAPTERS.values()]


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("NNC31", "did you mean `NNC301`?"),
        ("NNC3O1", "did you mean `NNC301`?"),
        ("unknwon-source", "did you mean `unknown-source`?"),
        ("unknown_source", "did you mean `unknown-source`?"),
        ("everything", "`nnc explain` lists them all"),
        ("", "`nnc explain` lists them all"),
    ],
)
def test_unknown_rules(nnc: Nnc, name: str, told: str) -> None:
    code, out, err = nnc("explain", name)
    assert (code, out) == (2, "")
    assert f"there is no diagnostic `{name}`: {told}" in err


def test_it_takes_one(nnc: Nnc) -> None:
    code, out, err = nnc("explain", "NNC301", "NNC302")
    assert (code, out) == (2, "")
    assert "NNC302" in err


def test_on_a_screen_without_unicode() -> None:
    for arguments in (["explain"], ["explain", "NNC004"], ["explain", "NNC210"]):
        ran = started(*arguments, env={"LC_ALL": "C", "PYTHONIOENCODING": "ascii"})
        assert (ran.returncode, ran.stderr) == (0, b"")
        assert ran.stdout.isascii()


def test_rules_for_programs(nnc: Nnc) -> None:
    report = json.loads(nnc("explain", "--report", "json").out)
    assert [rule["code"] for rule in report["rules"]] == [rule.code for rule in RULES.values()]
    assert nnc("explain", "301", "--report", "json", "--report-file", "r") == nnc("explain", "301")
    (rule,) = json.loads(Path("r").read_text())["rules"]
    assert rule["name"] == "unknown-source"
    assert nnc("explain", "301", "--report-file", "r").code == 0
    assert Path("r").read_text() == nnc("explain", "301").out
