"""Run other programs, found on PATH, in an empty folder, with limits on time and output.

Only the exported text of a network is run, and no command goes through a shell.
"""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

SECONDS = 60.0  # the time limit of a program
MAX_OUTPUT = 1 << 28  # bytes that a program may write
_POLL_SECONDS = 0.02  # between two checks of the size of the output
_KEPT = ("PATH", "SYSTEMROOT", "LD_LIBRARY_PATH")
_VERSION = re.compile(r"\d+(?:\.\d+)+\w*")


class ToolMissing(Exception):
    """A program is not installed: the message, and a hint."""

    def __init__(self, message: str, hint: str) -> None:
        super().__init__(message)
        self.message, self.hint = message, hint


class ToolFailed(Exception):
    """A program rejected a text, or did not finish: its message."""


class ToolTooSlow(ToolFailed):
    """A program exceeded its limits, so that nothing is known of the text."""


@contextmanager
def workshop() -> Iterator[Path]:
    """Create a folder that is removed afterwards."""
    with TemporaryDirectory(prefix="nnc-check-", ignore_cleanup_errors=True) as folder:
        yield Path(folder)


def find(names: Sequence[str], hint: str) -> str:
    """Return the first of these programs that is on PATH. Raises ToolMissing."""
    for name in names:
        program = shutil.which(name)
        if program is not None and Path(program).is_absolute():
            return program
    raise ToolMissing(f"{' or '.join(names)} is not on PATH", hint)


class Program(NamedTuple):
    """A program, by the names that it may have on PATH, and what to do where it is missing.

    `word` names it in messages, by default as the file is called; `option` prints its version.
    """

    names: tuple[str, ...]
    hint: str
    word: str = ""
    option: str = "--version"

    def path(self) -> str:
        """Return the path of the program. Raises ToolMissing."""
        return find(self.names, self.hint)

    def title(self) -> str:
        """Name the program with its version. Raises ToolMissing."""
        path = self.path()
        return titled(self.word or Path(path).stem, version_of(path, self.option))


def python() -> str:
    """Return the Python that runs nnc. Raises ToolMissing."""
    return sys.executable or find(["python3"], "install Python")


@cache
def version_of(program: str, option: str = "--version") -> str:
    """Return the version that a program prints, or "" if it prints none."""
    with workshop() as folder:
        try:
            said = run([program, option], folder, seconds=10)
        except ToolFailed:
            return ""
    match = _VERSION.search(said.decode(errors="replace"))
    return match[0] if match else ""


def titled(name: str, version: str) -> str:
    """Name a tool with its version."""
    return f"{name} {version}".rstrip()


def run(
    words: Sequence[str | Path],
    folder: Path,
    data: bytes = b"",
    *,
    seconds: float | None = None,
    most: int = MAX_OUTPUT,
    more: Mapping[str, str] | None = None,
) -> bytes:
    """Run a program in a folder, with `data` as its input, and return its output.

    It sees PATH and little else of the environment, and `more`. Raises ToolFailed where it ends
    with another code than 0, and ToolTooSlow where it takes longer than so many seconds, or writes
    more than `most` bytes.
    """
    kept = {name: os.environ[name] for name in _KEPT if name in os.environ}
    environment = {
        **kept,
        "HOME": str(folder),
        "TMPDIR": str(folder),
        "LC_ALL": "C",
        **(more or {}),
    }
    (folder / "stdin").write_bytes(data)
    with (
        (folder / "stdin").open("rb") as given,
        (folder / "stdout").open("wb") as out,
        (folder / "stderr").open("wb") as err,
    ):
        try:
            process = subprocess.Popen(
                [os.fspath(word) for word in words],
                cwd=folder,
                env=environment,
                stdin=given,
                stdout=out,
                stderr=err,
                start_new_session=True,
            )
        except OSError as error:
            raise ToolFailed(error.strerror or str(error)) from None
        try:
            limit = SECONDS if seconds is None else seconds
            _wait(process, (folder / "stdout", folder / "stderr"), limit, most)
        finally:
            _end(process)
    if process.returncode:
        raise ToolFailed(_said(folder) or f"it ended with code {process.returncode}")
    return (folder / "stdout").read_bytes()


def found(pattern: str, text: str, message: str) -> str:
    """Return the first group of a pattern in a text. Raises ToolFailed where it does not match."""
    match = re.search(pattern, text, re.MULTILINE)
    if match is None:
        raise ToolFailed(message)
    return match[1]


def run_python(script: str, folder: Path, lines: Sequence[str], *words: str) -> list[str]:
    """Run a script of Python on lines of input, and return its lines of output."""
    (folder / "run.py").write_text(script, encoding="utf-8")
    data = "".join(f"{line}\n" for line in lines).encode()
    return run([python(), "-I", folder / "run.py", *words], folder, data).decode().splitlines()


def _wait(
    process: subprocess.Popen[bytes], files: Sequence[Path], seconds: float, most: int
) -> None:
    left = seconds
    while True:
        try:
            process.wait(_POLL_SECONDS)
        except subprocess.TimeoutExpired:
            left -= _POLL_SECONDS
            if left < 0:
                raise ToolTooSlow(f"it did not end within {seconds:g} seconds") from None
            is_ended = False
        else:
            is_ended = True
        if any(file.stat().st_size > most for file in files):
            raise ToolTooSlow(f"it wrote more than {most:,} bytes")
        if is_ended:
            return


def _end(process: subprocess.Popen[bytes]) -> None:
    """Kill a program and its children."""
    if process.poll() is None:
        if hasattr(os, "killpg"):
            os.killpg(process.pid, signal.SIGKILL)
        else:
            process.kill()
        process.wait()


def _said(folder: Path) -> str:
    """Return the line of the standard error that describes a mistake."""
    text = (folder / "stderr").read_bytes()[:100_000].decode(errors="replace")
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    wrong = [line for line in lines if re.search(r"\berror\b|Error", line, re.IGNORECASE)]
    return (wrong or lines or [""])[-1]
