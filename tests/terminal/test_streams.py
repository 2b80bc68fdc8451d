"""Streams: what they cannot hold, colour, width and progress."""

import sys
from types import SimpleNamespace

import pytest

from nnc.rows.columns import Batch
from nnc.terminal import reporter
from nnc.terminal.reporter import has_colour, progress, terminal_width, write
from tests.support.streams import Stream


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


@pytest.mark.parametrize("known", [True, False])
def test_progress_on_a_terminal(monkeypatch: pytest.MonkeyPatch, known: bool) -> None:
    stream = Stream(terminal=True)
    monkeypatch.setattr(sys, "stderr", stream)
    monkeypatch.setenv("TERM", "xterm")
    clock = iter(range(100))
    monkeypatch.setattr(reporter, "time", SimpleNamespace(monotonic=lambda: next(clock)))
    some = [Batch((), 500)] * 4
    share = (lambda rows: rows / 2000) if known else (lambda _: None)
    assert list(progress(iter(some), share)) == some
    told = stream.written.decode()
    assert "2,000 rows, 500 per second" in told
    assert ("100%" in told or "0:00:00" in told) == known


def test_no_progress_within_a_second_or_without_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    for terminal in (True, False):
        stream = Stream(terminal=terminal)
        monkeypatch.setattr(sys, "stderr", stream)
        assert list(progress(iter([Batch((), 5)]), lambda _: 0.5)) == [Batch((), 5)]
        assert stream.written == b""


@pytest.mark.parametrize(("columns", "width"), [("60", 60), ("80", 80), ("200", 100), ("5", 20)])
def test_a_text_is_as_wide_as_the_terminal(
    monkeypatch: pytest.MonkeyPatch, columns: str, width: int
) -> None:
    monkeypatch.setenv("COLUMNS", columns)
    assert terminal_width(Stream(terminal=True)) == width
    assert terminal_width(Stream(terminal=False)) == 88
