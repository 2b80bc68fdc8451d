"""Where a report goes, and in which form."""

import sys
from dataclasses import replace
from pathlib import Path

import pytest

from nnc.diagnostics.diagnostic import Diagnostic, InvalidNetworkError, Span
from nnc.terminal import options
from nnc.terminal.reporter import FORMS, Reporter

ONE = Diagnostic("tab", "a tab", file="f.yaml", span=Span(2, 1, 2, 2), excerpt="\tx")


def test_a_report_goes_to_one_stream(capsys: pytest.CaptureFixture[str]) -> None:
    Reporter("concise", None, "never").report([ONE], 1, to=sys.stderr)
    out, err = capsys.readouterr()
    assert out == ""
    assert err == "f.yaml:2:1: error[NNC005] tab: a tab\n1 error in 1 file\n"


def test_findings_are_put_in_file_order(capsys: pytest.CaptureFixture[str]) -> None:
    later = Diagnostic("tab", "later", file="f.yaml", span=Span(10, 1, 10, 2))
    other = Diagnostic("tab", "other", file="e.yaml", span=Span(99, 1, 99, 2))
    Reporter("concise", None, "never").report([later, ONE, other], 2)
    told = [line.partition(" ")[0] for line in capsys.readouterr().out.splitlines()[:-1]]
    assert told == ["e.yaml:99:1:", "f.yaml:2:1:", "f.yaml:10:1:"]


def test_a_report_in_a_file_has_no_colours(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "report.txt"
    Reporter("full", str(file), "always").report([ONE], 1)
    assert "\033" in capsys.readouterr().out
    assert "\033" not in file.read_text()
    assert file.read_text().startswith("error[NNC005] tab: a tab\n")


@pytest.mark.parametrize(("form", "stream"), [("full", "err"), ("github", "err"), ("json", "out")])
def test_where_failures_go(form: str, stream: str, capsys: pytest.CaptureFixture[str]) -> None:
    Reporter(form, None, "never").fail(InvalidNetworkError([ONE]))
    told = capsys.readouterr()
    assert "NNC005" in getattr(told, stream)
    assert getattr(told, "out" if stream == "err" else "err") == ""


@pytest.mark.parametrize("form", ["full", "json"])
def test_what_is_in_no_file_counts_for_none(
    form: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    nowhere, other = Diagnostic("tab", "of nothing"), replace(ONE, file="g.yaml")
    for found, count in (((nowhere,), 1), ((nowhere, ONE), 1), ((nowhere, ONE, other), 2)):
        files = f'"files": {count},' if form == "json" else f" in {count} file"
        for file in (None, tmp_path / "report"):
            reporter = Reporter(form, file and str(file), "never")
            reporter.fail_as(lambda _, report, form: FORMS[form].render(report), found)
            told = "".join(capsys.readouterr())
            assert files in (told if file is None else file.read_text())


@pytest.mark.parametrize("form", options.FORMATS)
def test_which_forms_are_for_machines(form: str) -> None:
    machine = ("json", "json-lines", "gitlab", "sarif", "junit")
    assert Reporter(form, None, "auto").is_machine == (form in machine)


@pytest.mark.parametrize(
    ("form", "most", "lists_all"),
    [("full", 2, False), ("concise", 2, False), ("full", None, True), ("json", 2, True)],
)
def test_what_lists_all(form: str, most: int | None, lists_all: bool) -> None:
    assert Reporter(form, max_of_a_rule=most).lists_all == lists_all
