"""The options that commands share."""

import json
import re
import subprocess
from importlib import import_module
from pathlib import Path

import click
import pytest

from nnc.cli.group import COMMANDS
from nnc.diagnostics.diagnostic import Diagnostic, FileError, InvalidNetworkError, Span
from nnc.terminal import options
from tests.support.running import BAD, XOR, Nnc

ONE = Diagnostic("tab", "a tab", file="f.yaml", span=Span(2, 1, 2, 2), excerpt="\tx")


def test_exit_codes_of_errors() -> None:
    assert options.code_of(InvalidNetworkError([ONE])) == 1
    assert options.code_of(FileError([ONE])) == 2
    assert (options.FINE, options.FINDINGS, options.USAGE) == (0, 1, 2)
    assert (options.BUG, options.INTERRUPTED) == (3, 130)


# -------------------------------------------------------------------- the options of reports

MAX_OPTIONS, MAX_NAMES = 240, 100

REPORTING = ("validate", "fmt", "eval", "test", "compile", "diff", "log", "digest")


@pytest.fixture
def bad(nnc: Nnc) -> Nnc:
    Path("bad.nn.yaml").write_text(BAD)
    Path("xor.nn.yaml").write_text(XOR)
    return nnc


@pytest.mark.parametrize("name", REPORTING)
def test_the_help_of_a_command_names_no_common_option(nnc: Nnc, name: str) -> None:
    text = nnc(name, "--help").out
    assert "--report FORM" in text
    assert "--report-file FILE" not in text
    assert "`nnc --help` lists the options of all commands" in " ".join(text.split())


def test_common_options_stand_anywhere(bad: Nnc) -> None:
    expected = bad("validate", "bad.nn.yaml", "--report-file", "a", "--color=never")
    assert expected == bad("--color", "never", "validate", "--report-file=a", "bad.nn.yaml")
    assert "`--max-bytes`?" in bad("validate", "--max-byte", "3").err
    assert bad("validate", "--", "--strict").code == 2  # a file of that name
    words = "eval a --root b -o c --strict -- --root d"
    assert (
        options.common_first(words.split()) == "--root b --strict eval a -o c -- --root d".split()
    )


def test_there_are_few_options() -> None:
    """Count the options of all commands, and how many names they have."""
    commands = [import_module(f"nnc.{entry.module}").command for entry in COMMANDS.values()]
    commands += [sub for each in commands for sub in getattr(each, "commands", {}).values()]
    names = [
        max(option.opts, key=len)
        for command in commands
        for option in command.params
        if isinstance(option, click.Option)
    ]
    names += options.COMMON_NAMES
    assert len(names) <= MAX_OPTIONS
    assert len(set(names)) <= MAX_NAMES


@pytest.mark.parametrize("form", options.FORMATS)
def test_the_form_that_the_environment_asks_for(
    bad: Nnc, monkeypatch: pytest.MonkeyPatch, form: str
) -> None:
    expected = bad("validate", "bad.nn.yaml", "--report", form)
    full = bad("validate", "bad.nn.yaml")
    monkeypatch.setenv("NNC_REPORT", form)
    assert bad("validate", "bad.nn.yaml") == expected
    assert bad("validate", "bad.nn.yaml", "--report", "full") == full
    assert bad("validate", "bad.nn.yaml", "--report-file", "report") == full
    assert Path("report").read_text() == expected.out


def test_a_wrong_form_in_the_environment(bad: Nnc, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NNC_REPORT", "jsn")
    code, out, err = bad("validate", "bad.nn.yaml")
    assert (code, out) == (2, "")
    assert err.endswith(
        "\nError: NNC_REPORT: `jsn` is not a form of report: did you mean `json`?\n"
    )
    assert bad("validate", "bad.nn.yaml", "--report", "concise").code == 1


def test_a_form_that_a_command_does_not_have_is_for_other_commands(
    bad: Nnc, monkeypatch: pytest.MonkeyPatch
) -> None:
    words = ("validate", "xor.nn.yaml")
    full = bad(*words)
    monkeypatch.setenv("NNC_REPORT", "markdown")
    assert bad(*words) == full


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ("eval x.nn.yaml --report csv", "`csv` is not a form of report: write --to csv"),
        ("compile x.nn.yaml --report yaml", "`yaml` is not a form of report: write --to yaml"),
        ("validate --report jsn", "`jsn` is not a form of report: did you mean `json`?"),
        ("validate --report xml", ("`xml` is not a form of report: the forms are full, concise, "
         "json, json-lines, github, gitlab, sarif and junit")),
    ],
)  # fmt: skip
def test_a_form_that_there_is_not(nnc: Nnc, words: str, message: str) -> None:
    code, out, err = nnc(*words.split())
    assert (code, out) == (2, "")
    assert err.endswith(f"\nError: Invalid value for '--report': {message}\n")


@pytest.mark.parametrize("name", COMMANDS)
def test_programs_read_wrong_usage_in_their_form(
    nnc: Nnc, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setenv("NNC_REPORT", "json")
    code, out, err = nnc(name, "--there-is-no-such-option")
    assert code == 2
    report = json.loads(out)
    assert report["summary"] == {"files": 0, "errors": 1, "warnings": 0, "notes": 0}
    (finding,) = report["diagnostics"]
    assert (finding["code"], finding["name"]) == ("NNC930", "wrong-usage")
    assert f"Error: {finding['message']}" in err


def test_programs_read_a_bug_in_their_form(nnc: Nnc, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("nnc.terminal.options.networks", lambda *_: 1 / 0)
    code, out, err = nnc("validate", "--report", "json")
    assert code == 3
    (finding,) = json.loads(out)["diagnostics"]
    assert finding["code"] == "NNC931"
    assert finding["message"].endswith("failed: ZeroDivisionError: division by zero")
    assert "Traceback" in err


@pytest.mark.parametrize(
    ("words", "form"),
    [
        ("--report json", "json"), ("--report=sarif", "sarif"),
        ("--report json --report-file x", "full"), ("-- --report json", "full"),
        ("--report", "full"), ("--report nothing", "full"), ("", "full"),
    ],
)  # fmt: skip
def test_the_form_that_words_ask_for(words: str, form: str) -> None:
    assert options.asked_form(words.split()) == form


# ------------------------------------------------------------------------------------- colour

SGR = re.compile(r"\033\[[\d;]*m")
SHOWN = (
    "validate bad.nn.yaml", "validate xor.nn.yaml", "validate --report concise bad.nn.yaml",
    "fmt --check xor.nn.yaml", "fmt --diff loose.nn.yaml", "eval xor.nn.yaml --all --to table",
    "eval xor.nn.yaml --set a=1 --set b=0 --trace", "test failing.nn.yaml", "test xor.nn.yaml",
    "compile bad.nn.yaml", "diff xor.nn.yaml failing.nn.yaml", "diff xor.nn.yaml xor.nn.yaml",
    "diff --report stat xor.nn.yaml failing.nn.yaml",
    "diff --report concise xor.nn.yaml failing.nn.yaml",
    "log xor.nn.yaml", "log --report oneline xor.nn.yaml", "digest bad.nn.yaml", "explain NNC301",
)  # fmt: skip


@pytest.fixture
def files(nnc: Nnc) -> Nnc:
    case = "cases: [{given: {a: 1, b: 0}, expect: {xor: 0}}]\n"
    for name, text in (
        ("bad", BAD), ("xor", XOR), ("loose", XOR.replace("a, b", "a,   b")),
        ("failing", XOR.replace("threshold: 0", "threshold: 1") + case),
    ):  # fmt: skip
        Path(f"{name}.nn.yaml").write_text(text)
    for words in ("init -q", "add .", "-c user.name=a -c user.email=a@b commit -q -m x"):
        subprocess.run(["git", *words.split()], check=True)
    return nnc


@pytest.mark.parametrize("words", SHOWN)
def test_colour_changes_nothing_else(
    files: Nnc, monkeypatch: pytest.MonkeyPatch, words: str
) -> None:
    plain = files(*words.split())
    assert "\033" not in plain.out + plain.err
    coloured = files(*words.split(), "--color", "always")
    assert "\033" in coloured.out + coloured.err or words.startswith("digest xor")
    assert (coloured.code, *(SGR.sub("", text) for text in coloured[1:])) == plain
    monkeypatch.setenv("FORCE_COLOR", "1")
    assert files(*words.split()) == coloured
    assert files(*words.split(), "--color", "never") == plain
    monkeypatch.setenv("NO_COLOR", "1")
    assert files(*words.split()) == plain


def test_what_programs_read_has_no_colour(files: Nnc) -> None:
    for form in options.FORMATS[2:]:
        assert "\033" not in files("validate", "--report", form, "--color", "always").out
    for form in ("json", "markdown"):
        for command in ("diff", "log"):
            words = (command, "--report", form, "--color", "always", "xor.nn.yaml")
            assert "\033" not in files(*words).out
    assert "\033" not in files("eval", "xor.nn.yaml", "--all", "--to", "csv", "--color=always").out
    words = ("eval", "xor.nn.yaml", "--all", "--to", "table", "-o", "t", "--color", "always")
    assert files(*words).code == 0
    assert "\033" not in Path("t").read_text()


# --------------------------------------------------------------- options of findings and files

NEVER = """\
nnc: 1
fires: above
inputs: [a]
neurons: {n: {weights: {a: 1}, threshold: 9}}
outputs: [n]
"""


@pytest.mark.parametrize("name", ["validate", "test", "compile"])
def test_warnings_fail_only_if_they_are_asked_to(nnc: Nnc, name: str) -> None:
    Path("never.nn.yaml").write_text(NEVER + "cases: [{given: {a: 0}, expect: {n: 0}}]\n")
    is_warned = name == "validate"
    assert nnc(name, "never.nn.yaml").code == 0
    assert nnc(name, "never.nn.yaml", "--strict").code == int(is_warned)
    assert nnc(name, "never.nn.yaml", "--strict", "--exit-zero").code == 0


@pytest.mark.parametrize("name", ["validate", "fmt --diff", "test", "compile", "digest"])
def test_findings_with_exit_zero(bad: Nnc, name: str) -> None:
    words = (*name.split(), "bad.nn.yaml")
    Path("bad.nn.yaml").write_text("nnc:   1\n")
    expected = bad(*words)
    assert expected.code == 1
    assert bad(*words, "--exit-zero") == expected._replace(code=0)
    assert bad(*words[:-1], "none.nn.yaml", "--exit-zero").code == 2


def test_how_many_findings_of_a_rule_are_listed(nnc: Nnc) -> None:
    neurons = "".join(f"  n{i}: {{weights: {{x{i}: 1}}, threshold: 0}}\n" for i in range(60))
    Path("many.nn.yaml").write_text(f"nnc: 1\ninputs: [a]\nneurons:\n{neurons}outputs: [n0]\n")
    words = ("validate", "many.nn.yaml", "--report", "concise")
    for more, count in (((), 50), (("--max-errors", "2"), 2), (("--max-errors", "0"), 60)):
        lines = nnc(*words, *more).out.splitlines()
        assert sum("unknown-source: " in line for line in lines) == count
        assert lines[-1] == "60 errors in 1 file"
        assert (f"and {60 - count} more of unknown-source; --max-errors 0 lists all" in lines) == (
            count < 60
        )
    report = nnc("validate", "many.nn.yaml", "--report", "json", "--max-errors", "1").out
    assert len(json.loads(report)["diagnostics"]) == 60


@pytest.mark.parametrize("name", ["validate", "fmt --check", "test", "digest"])
def test_only_files_that_changed(files: Nnc, name: str) -> None:
    assert (
        "no network file has changed since HEAD"
        in files(*name.split(), ".", "--changed-since", "HEAD").err
    )
    Path("xor.nn.yaml").write_text(XOR + "# changed\n")
    ran = files(*name.split(), ".", "--changed-since", "HEAD")
    assert ran.code == int(name.startswith("fmt"))
    assert "1 file" in ran.out or ran.out.count("xor.nn.yaml") == 1
