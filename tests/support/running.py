"""Runs `nnc` as a user does: in this process, fast, or in one of its own."""

import io
import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

import pytest

from nnc.cli.main import run

ROOT = Path(__file__).parents[2]
XOR = """\
nnc: 1
fires: above
inputs: [a, b]
neurons:
  both: {weights: {a: 1, b: 1}, threshold: 1}
  xor: {weights: {a: 1, b: 1, both: -2}, threshold: 0}
outputs: [xor]
"""

MAIL = """\
nnc: 1
fires: at_least
inputs:
  blacklisted: bit
  bayes: bit
  links: {type: integer, min: 0, max: 100, default: 0}
neurons:
  score:
    weights: {blacklisted: 1.7, bayes: 3.5, links: {10: 0.5, 50: 1}}
    thresholds: {suspicious: 3.0, spam: 5.0}
outputs:
  points: {sum: score}
  verdict: {level: score, labels: [ham, suspicious, spam]}
  flags: [score.suspicious, score.spam]
"""

BAD = "nnc: 1\n"
"""Has two mistakes: no inputs and no outputs."""


class Ran(NamedTuple):
    """What a run came to."""

    code: int
    out: str
    err: str


def wrote(file: str) -> str:
    """Return what is said of a file that was written."""
    return f"wrote {file}\n"


class Nnc:
    """Runs `nnc` in this process."""

    def __init__(
        self, capture: pytest.CaptureFixture[bytes], patch: pytest.MonkeyPatch, tmp_path: Path
    ) -> None:
        self._capture, self._patch = capture, patch
        for name in ("NO_COLOR", "FORCE_COLOR"):
            patch.delenv(name, raising=False)
        patch.chdir(tmp_path)

    def raw(self, *arguments: str | Path, stdin: bytes = b"") -> tuple[int, bytes, bytes]:
        """Run it and give the bytes that it wrote."""
        self._patch.setattr(
            sys, "stdin", io.TextIOWrapper(io.BufferedReader(io.BytesIO(stdin)), "utf-8")
        )
        self._capture.readouterr()
        code = run(list(map(str, arguments)))
        return code, *self._capture.readouterr()

    def __call__(self, *arguments: str | Path, stdin: bytes = b"") -> Ran:
        """Run it and give the text that it wrote."""
        code, out, err = self.raw(*arguments, stdin=stdin)
        return Ran(code, out.decode(), err.decode())


def started(
    *arguments: str | Path,
    stdin: bytes | None = None,
    env: Mapping[str, str] | None = None,
    cwd: Path | None = None,
) -> subprocess.CompletedProcess[bytes]:
    """Run `nnc` in a process of its own, without a terminal."""
    return subprocess.run(
        [sys.executable, "-m", "nnc", *map(str, arguments)],
        input=stdin, stdin=subprocess.DEVNULL if stdin is None else None,
        capture_output=True, env=environment(env), cwd=cwd, check=False, timeout=300,
    )  # fmt: skip


def environment(more: Mapping[str, str] | None = None) -> dict[str, str]:
    """Give the environment without what asks for colours, and with `more`."""
    kept = {k: v for k, v in os.environ.items() if k not in ("NO_COLOR", "FORCE_COLOR")}
    return kept | dict(more or {})


def on_terminal(
    *arguments: str | Path, env: Mapping[str, str] | None = None, cwd: Path | None = None
) -> Ran:
    """Run `nnc` on a terminal; all it writes is in `out`, with the line ends of a terminal."""
    import pty

    master, slave = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "nnc", *map(str, arguments)],
        stdin=slave, stdout=slave, stderr=slave, cwd=cwd, env=environment(env),
    )  # fmt: skip
    os.close(slave)
    pieces = []
    while True:
        try:
            piece = os.read(master, 65536)
        except OSError:  # what Linux says when the last writer is gone
            break
        if not piece:
            break
        pieces.append(piece)
    os.close(master)
    return Ran(process.wait(60), b"".join(pieces).decode().replace("\r\n", "\n"), "")


def interrupted(*arguments: str | Path, cwd: Path, by: int = signal.SIGINT) -> Ran:
    """Start `nnc`, which waits for its input, and send it a signal once it has begun to write.

    `nohup` and shells start programs that ignore signals, and these hand that on: not here.
    """
    with subprocess.Popen(
        [sys.executable, "-m", "nnc", *map(str, arguments)],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        cwd=cwd, env=environment(), preexec_fn=lambda: signal.signal(by, signal.SIG_DFL),
    ) as process:  # fmt: skip
        try:
            until = time.monotonic() + 60
            while not list(cwd.glob(".nnc-*.tmp")) and time.monotonic() < until:
                time.sleep(0.01)
            time.sleep(0.05)
            process.send_signal(by)
            code = process.wait(60)
            assert process.stdout is not None
            assert process.stderr is not None
            return Ran(code, process.stdout.read().decode(), process.stderr.read().decode())
        finally:
            process.kill()  # which does nothing to one that has ended


def said_by(code: str) -> str:
    """Run code in a process of its own, at the root of the project, and give what it prints."""
    ran = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    return ran.stdout


def rules(text: str) -> list[str]:
    """List the rules that a report for people tells of, in order."""
    return [line.partition("] ")[2].partition(":")[0] for line in text.splitlines()
            if line.startswith(("error[", "warning[", "note["))]  # fmt: skip
