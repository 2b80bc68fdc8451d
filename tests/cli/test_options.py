"""What commands share: colours, streams, and where a report goes."""

import io
import json
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from nnc.cli import options
from nnc.cli.main import COMMANDS
from nnc.cli.options import Reporter, has_colour, write
from nnc.diagnostics.diagnostic import Diagnostic, FileError, InvalidNetworkError, Span
from nnc.rows.columns import Batch
from tests.support.running import BAD, XOR, Nnc

ONE = Diagnostic("tab", "a tab", file="f.yaml", span=Span(2, 1, 2, 2), excerpt="\tx")


class Stream(io.TextIOWrapper):
    """A stream that keeps what is written, and says whether it is a terminal."""

    def __init__(self, encoding: str = "utf-8", *, terminal: bool = False) -> None:
        super().__init__(io.BytesIO(), encoding, newline="\n")
        self._terminal = terminal

    def isatty(self) -> bool:  # noqa: D102
        return self._terminal

    @property
    def written(self) -> bytes:
        """The bytes that have arrived."""
        self.flush()
        assert isinstance(self.buffer, io.BytesIO)
        return self.buffer.getvalue()


@pytest.mark.parametrize(
    ("terminal", "no", "force", "choice", "colour"),
    [
        (False, "", "", "auto", False),
        (True, "", "", "auto", True),
        (True, "1", "", "auto", False),
        (False, "", "1", "auto", True),
        (False, "1", "1", "auto", False),
        (True, "1", "1", "auto", False),
        (False, "1", "", "always", True),
        (True, "", "1", "never", False),
    ],
)
def test_when_to_colour(
    monkeypatch: pytest.MonkeyPatch, terminal: bool, no: str, force: str, choice: str, colour: bool
) -> None:
    monkeypatch.setenv("NO_COLOR", no)
    monkeypatch.setenv("FORCE_COLOR", force)
    assert has_colour(Stream(terminal=terminal), choice) is colour


@pytest.mark.parametrize(
    ("encoding", "text", "bytes_"),
    [
        ("utf-8", "größe 비\n", "größe 비\n".encode()),
        ("ascii", "größe 비\n", rb"gr\xf6\xdfe \ube44" + b"\n"),
        ("latin-1", "größe 비\n", b"gr\xf6\xdfe \\ube44\n"),
        ("utf-8", "\udcff", rb"\udcff"),
        ("utf-8", "", b""),
    ],
)
def test_what_a_stream_cannot_encode_is_escaped(encoding: str, text: str, bytes_: bytes) -> None:
    stream = Stream(encoding)
    write(text, stream)
    assert stream.written == bytes_


def test_standard_output_is_meant_without_a_stream(capsys: pytest.CaptureFixture[str]) -> None:
    write("told\n")
    assert capsys.readouterr() == ("told\n", "")


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


@pytest.mark.parametrize("form", options.FORMATS)
def test_which_forms_are_for_machines(form: str) -> None:
    machine = ("json", "json-lines", "gitlab", "sarif", "junit")
    assert Reporter(form, None, "auto").is_machine == (form in machine)


def test_exit_codes_of_errors() -> None:
    assert options.code_of(InvalidNetworkError([ONE])) == 1
    assert options.code_of(FileError([ONE])) == 2
    assert (options.FINE, options.FINDINGS, options.USAGE) == (0, 1, 2)
    assert (options.BUG, options.INTERRUPTED) == (3, 130)


@pytest.mark.parametrize("known", [True, False])
def test_progress_on_a_terminal(monkeypatch: pytest.MonkeyPatch, known: bool) -> None:
    stream = Stream(terminal=True)
    monkeypatch.setattr(sys, "stderr", stream)
    monkeypatch.setenv("TERM", "xterm")
    clock = iter(range(100))
    monkeypatch.setattr(options, "time", SimpleNamespace(monotonic=lambda: next(clock)))
    some = [Batch((), 500)] * 4
    share = (lambda rows: rows / 2000) if known else (lambda _: None)
    assert list(options.progress(iter(some), share)) == some
    told = stream.written.decode()
    assert "2,000 rows, 500 per second" in told
    assert ("100%" in told or "0:00:00" in told) == known


def test_no_progress_within_a_second_or_without_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    for terminal in (True, False):
        stream = Stream(terminal=terminal)
        monkeypatch.setattr(sys, "stderr", stream)
        assert list(options.progress(iter([Batch((), 5)]), lambda _: 0.5)) == [Batch((), 5)]
        assert stream.written == b""


# -------------------------------------------------------------------- the options of reports

REPORTING = ("validate", "fmt", "eval", "test", "compile", "diff", "log", "digest")


@pytest.fixture
def bad(nnc: Nnc) -> Nnc:
    Path("bad.nn.yaml").write_text(BAD)
    Path("xor.nn.yaml").write_text(XOR)
    return nnc


def test_the_old_names_of_options_still_work_and_are_deprecated(bad: Nnc) -> None:
    code, out, err = bad("validate", "bad.nn.yaml", "--output-format", "json")
    assert (code, out) == bad("validate", "bad.nn.yaml", "--report", "json")[:2]
    assert err == "note: --output-format is deprecated: write --report json\n"
    old = ("validate", "bad.nn.yaml", "--output-format=concise", "--output-file=report")
    code, out, err = bad(*old)
    assert (code, out) == bad("validate", "bad.nn.yaml")[:2]
    assert err.splitlines() == [
        "note: --output-format is deprecated: write --report concise",
        "note: --output-file is deprecated: write --report-file report",
    ]
    assert Path("report").read_text() == bad("validate", "bad.nn.yaml", "--report", "concise").out


@pytest.mark.parametrize("name", REPORTING)
def test_the_old_names_are_not_in_the_help(nnc: Nnc, name: str) -> None:
    text = nnc(name, "--help").out
    assert "--report FORM" in text
    assert "--report-file FILE" in text
    assert "--color" in text
    assert "--output-f" not in text


def test_both_names_of_an_option(bad: Nnc) -> None:
    for words in ("--report json --output-format json", "--report-file a --output-file b"):
        code, _, err = bad("validate", *words.split())
        new, old = words.split()[::2]
        assert code == 2
        assert err.endswith(f"\nError: {old} is the old name of {new}: remove it\n")


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
    monkeypatch.setattr("nnc.cli.options.networks", lambda *_: 1 / 0)
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
        ("--output-format gitlab", "gitlab"),
        ("--report json --report-file x", "full"), ("-- --report json", "full"),
        ("--report", "full"), ("--report nothing", "full"), ("", "full"),
    ],
)  # fmt: skip
def test_the_form_that_words_ask_for(words: str, form: str) -> None:
    assert options.asked_form(words.split()) == form
