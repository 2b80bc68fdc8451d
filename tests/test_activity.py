"""The line that says what is being done: on a terminal, and for jobs in logs, too."""

import io
import sys
import time

import pytest

import nnc
from nnc import activity
from nnc.activity import Activity


class Terminal(io.StringIO):
    """A stream that says it is a terminal."""

    def isatty(self) -> bool:
        """Say so."""
        return True


@pytest.fixture
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(activity, "_DELAY", 0.01)
    monkeypatch.setattr(activity, "_EVERY", 0.01)


@pytest.mark.usefixtures("soon")
def test_a_terminal_shows_what_is_being_done(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stderr", Terminal())
    with Activity(lambda: "step\x1b[31m one"):
        time.sleep(0.2)
    shown = sys.stderr.getvalue()  # type: ignore[attr-defined]
    assert "\r\x1b[2Kstep\\x1b[31m one" in shown
    assert shown.endswith("\r\x1b[2K")


def test_what_ends_within_a_second_shows_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stderr", Terminal())
    with Activity(lambda: "step"):
        pass
    assert sys.stderr.getvalue() == ""  # type: ignore[attr-defined]


@pytest.mark.usefixtures("soon")
def test_a_pipe_shows_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stderr", io.StringIO())
    with Activity(lambda: "step"):
        time.sleep(0.1)
    assert sys.stderr.getvalue() == ""  # type: ignore[attr-defined]


@pytest.mark.usefixtures("soon")
def test_a_log_gets_a_line_a_minute(monkeypatch: pytest.MonkeyPatch) -> None:
    assert activity._LOG_EVERY == 60
    monkeypatch.setattr(activity, "_LOG_EVERY", 0.05)
    monkeypatch.setattr(sys, "stderr", io.StringIO())
    with Activity(lambda: "step\x1b[31m one", is_logged=True):
        time.sleep(0.13)
    assert sys.stderr.getvalue() == "step\\x1b[31m one\n" * 2  # type: ignore[attr-defined]


@pytest.mark.usefixtures("soon")
def test_a_notebook_shows_it_too(monkeypatch: pytest.MonkeyPatch) -> None:
    kernel = type("OutStream", (io.StringIO,), {"__module__": "ipykernel.iostream"})
    monkeypatch.setattr(sys, "stderr", kernel())
    with Activity(lambda: "step"):
        time.sleep(0.1)
    shown = sys.stderr.getvalue()  # type: ignore[attr-defined]
    assert "step" in shown
    assert "\x1b" not in shown


@pytest.mark.usefixtures("soon")
def test_a_fit_shows_how_far_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stderr", Terminal())
    rows = {f"c{i}": [(7 * i + 3 * row * row) % 11 for row in range(60)] for i in range(12)}
    rows["y"] = [row * row % 7 % 2 for row in range(60)]
    found = nnc.fit(None, rows, "y", seconds=0.3)
    assert "choices of terms bounded" in sys.stderr.getvalue()  # type: ignore[attr-defined]
    assert found.proof.status == "stopped"
    assert "not proved: stopped when 0.3 s were over, after " in str(found)


class Tee:
    """A stream that has nothing but what is needed to write to it."""

    def __init__(self) -> None:
        self.written = ""

    def write(self, text: str) -> None:
        """Keep a text."""
        self.written += text

    def flush(self) -> None:
        """Do nothing."""


@pytest.mark.usefixtures("soon")
@pytest.mark.parametrize("is_logged", [False, True])
@pytest.mark.parametrize("stream", [Tee(), None])
def test_a_stream_needs_no_isatty(
    monkeypatch: pytest.MonkeyPatch, stream: Tee | None, is_logged: bool
) -> None:
    monkeypatch.setattr(activity, "_LOG_EVERY", 0.05)
    monkeypatch.setattr(sys, "stderr", stream)
    with Activity(lambda: "step", is_logged=is_logged):
        time.sleep(0.08)
    if stream is not None:
        assert stream.written == "step\n" * is_logged
    rows = {"c": [0, 1] * 9, "y": [0, 1] * 9}
    assert nnc.fit(None, rows, "y").card.totals
