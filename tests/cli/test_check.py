"""`nnc check`: mistakes, layout, cases and properties in one pass and one report."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from xml.etree import ElementTree

import jsonschema
import pytest

from nnc.cli import check
from nnc.cli.schema import schema_text
from tests.support.running import BAD, XOR, Nnc, rules

LOOSE = XOR.replace("inputs: [a, b]", "inputs: [a,  b]")
CASES = f"""{XOR}cases:
  - {{given: {{a: 1, b: 0}}, expect: {{xor: 1}}}}
  - {{given: {{a: 1, b: 1}}, expect: {{xor: 1}}}}
"""
CLAIMS = f"""{XOR}properties:
  - {{never: {{xor: 1}}, when: {{a: 1, b: 1}}}}
  - {{never: {{xor: 1}}}}
"""
OPEN = CASES.replace("threshold: 1}", "threshold: _}")


def write(**files: str) -> None:
    for name, text in files.items():
        Path(f"{name}.nn.yaml").write_text(text)


@pytest.fixture
def formatted(nnc: Nnc) -> None:
    write(cases=CASES, claims=CLAIMS, xor=XOR)
    assert nnc("fmt").code == 0


@pytest.mark.usefixtures("formatted")
def test_everything_is_checked_in_one_report(nnc: Nnc) -> None:
    write(bad=BAD, loose=LOOSE)
    code, out, err = nnc("check")
    assert (code, err) == (1, "")
    assert rules(out) == [
        "missing-key", "missing-key", "case-failed", "property-refuted", "not-formatted",
    ]  # fmt: skip
    assert out.endswith("\n1 of 2 cases hold, 1 of 2 proved, 5 errors in 5 files\n")


def test_files_without_problems(nnc: Nnc) -> None:
    write(xor=XOR)
    nnc("fmt")
    assert nnc("check") == (0, "no problems in 1 file\n", "")


def test_a_file_with_errors_is_neither_run_nor_proved(nnc: Nnc) -> None:
    write(cases=CASES.replace("[a, b]", "[a, b, a]"))
    code, out, _ = nnc("check", "--report", "concise")
    assert code == 1
    assert "case-failed" not in out


def test_open_numbers_are_no_obstacle_to_the_rest(nnc: Nnc) -> None:
    write(open=OPEN, cases=CASES)
    _, out, _ = nnc("check", "--report", "concise")
    assert "(find them: nnc solve open.nn.yaml)" in out
    assert "1 of 2 cases hold" in out


def test_fix_corrects_and_formats(nnc: Nnc) -> None:
    write(loose=LOOSE, wrong=XOR.replace("threshold: 1.5", "threshold: 1.50"))
    code, out, _ = nnc("check", "--fix")
    assert (code, "formatted loose.nn.yaml\n" in out) == (0, True)
    assert nnc("check").code == 0


def test_the_report_in_json_has_its_schema(nnc: Nnc) -> None:
    for text in (CASES, CLAIMS, BAD, LOOSE):
        write(one=text)
        report = json.loads(nnc("check", "--report", "json").out)
        jsonschema.validate(report, json.loads(schema_text("check")))
    assert (report["formatted"], report["cases"]) == (["one.nn.yaml"], 0)


@pytest.mark.usefixtures("formatted")
def test_junit_has_each_case_and_property(nnc: Nnc) -> None:
    tests = ElementTree.fromstring(nnc("check", "--report", "junit").out)
    assert (tests.get("tests"), tests.get("failures")) == ("4", "2")


@pytest.mark.usefixtures("formatted")
def test_compiled_networks_run_the_cases_of_their_sources(nnc: Nnc) -> None:
    assert nnc("compile", "cases.nn.yaml", "-o", "cases.nnc").code == 0
    code, out, _ = nnc("check", "cases.nnc")
    assert (code, rules(out)) == (1, ["case-failed"])
    assert "1 of 2 cases hold" in out


def test_a_file_that_is_not_there(nnc: Nnc) -> None:
    code, out, _ = nnc("check", "no.nn.yaml")
    assert (code, rules(out)) == (2, ["cannot-open"])


@pytest.mark.parametrize("option", ["--fix", "--watch"])
def test_standard_input_is_not_fixed_or_watched(nnc: Nnc, option: str) -> None:
    code, _, err = nnc("check", "-", option, stdin=XOR.encode())
    assert (code, "--fix and --watch are about files, not standard input" in err) == (2, True)


def test_watch_writes_for_people_alone(nnc: Nnc) -> None:
    write(xor=XOR)
    code, _, err = nnc("check", "--watch", "--report", "json")
    assert (code, "--watch writes one report after the other" in err) == (2, True)


def test_watch_sees_what_changes_while_it_checks(nnc: Nnc, monkeypatch: pytest.MonkeyPatch) -> None:
    write(xor=XOR)
    nnc("fmt")
    run = check._Check.run

    def changed_meanwhile(one: check._Check) -> int:
        code = run(one)
        if Path("xor.nn.yaml").read_text() == BAD:
            raise KeyboardInterrupt
        write(xor=BAD)
        return code

    monkeypatch.setattr(check._Check, "run", changed_meanwhile)
    code, out, _ = nnc("check", "--watch")
    assert (code, "2 errors in 1 file" in out) == (130, True)


def test_watch_checks_again_when_a_file_changes_or_is_new(nnc: Nnc, tmp_path: Path) -> None:
    write(xor=XOR)
    nnc("fmt")
    words = [sys.executable, "-u", "-m", "nnc", "check", "--watch"]
    with subprocess.Popen(words, cwd=tmp_path, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline().endswith("no problems in 1 file\n")
        time.sleep(1.5)  # so that it looks at the file at least once
        write(xor=BAD)
        lines = iter(process.stdout.readline, "")
        assert any("2 errors in 1 file" in line for line in lines)
        time.sleep(1.5)
        write(new=XOR)
        assert any("in 2 files" in line for line in lines)
        os.kill(process.pid, signal.SIGINT)
        assert process.wait(timeout=60) == 130
