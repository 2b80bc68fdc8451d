"""What commands share: colours, streams, and where a report goes."""

import io
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from nnc.cli import options
from nnc.cli.options import Reporter, has_colour, write
from nnc.diagnostics.diagnostic import Diagnostic, FileError, InvalidNetworkError, Span
from nnc.rows.columns import Batch

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
    assert Reporter(form, None, "auto").is_machine == (form in ("json", "json-lines", "sarif"))


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
