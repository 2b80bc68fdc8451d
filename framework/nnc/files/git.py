"""Run the `git` program."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Sequence
from pathlib import Path

from nnc.diagnostics.diagnostic import Diagnostic, FileError
from nnc.files.opening import reason_of
from nnc.numbers.exact import shorten

MAX_LENGTH = 200  # characters of git's output or a name in a message

Answer = subprocess.CompletedProcess[bytes]
Process = subprocess.Popen[bytes]

# Variables that hooks set and that override which repository git uses.
_REPOSITORY = ("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_COMMON_DIR")


def ask_git(*arguments: str, folder: Path | None = None) -> Answer:
    """Run git in a folder, by default the current one. Raises FileError if git is missing."""
    return run_git(["git", *arguments], folder)


def list_files(folder: str) -> Answer:
    """List the files below a folder that git tracks or does not ignore, as `ls-files -t -z`.

    Raises FileError if git is missing.
    """
    return _ask_at(folder, "ls-files", "-t", "-z", "--cached", "--others", "--exclude-standard")


def is_ignored(folder: str) -> bool:
    """Return True if git ignores a folder. Raises FileError if git is missing."""
    return _ask_at(folder, "check-ignore", "--quiet", ".").returncode == 0


def _ask_at(folder: str, *arguments: str) -> Answer:
    """Run git in the repository that contains a folder, even in a hook for another one.

    A file system monitor that its configuration names (`core.fsmonitor`) is not run.
    """
    environment = {name: value for name, value in os.environ.items() if name not in _REPOSITORY}
    return run_git(["git", "-c", "core.fsmonitor=false", *arguments], Path(folder), environment)


def run_git(
    words: Sequence[str], folder: Path | None = None, environment: dict[str, str] | None = None
) -> Answer:
    """Run a git command line. Raises FileError if git is missing."""
    environment = dict(os.environ) if environment is None else environment
    environment |= {"LC_ALL": "C", "GIT_OPTIONAL_LOCKS": "0"}
    try:
        with subprocess.Popen(
            words,
            cwd=folder,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        ) as process:
            try:
                out, error = process.communicate()
            except BaseException:
                process.terminate()  # unlike a kill, this lets git remove its lock files
                raise
        return Answer(words, process.returncode, out, error)
    except FileNotFoundError:
        message = "there is no program `git`"
        hint = "install git, and see that it is in the PATH"
        raise FileError([Diagnostic("git-failed", message, help=hint)]) from None
    except OSError as error:
        raise FileError([_cannot_run(error)]) from None


def start_git(words: Sequence[str]) -> Process:
    """Start git with pipes for input and output. Raises FileError if it cannot be run."""
    try:
        return Process(
            words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
        )
    except OSError as error:
        raise FileError([_cannot_run(error)]) from None


def words_of(error: bytes) -> str:
    """Return the first line of git's error message, without `fatal:` or `error:`."""
    lines = [line for line in error.decode("utf-8", "replace").splitlines() if line.strip()]
    first = lines[0] if lines else ""
    return shorten(first.removeprefix("fatal: ").removeprefix("error: "), MAX_LENGTH)


def _cannot_run(error: OSError) -> Diagnostic:
    return Diagnostic("git-failed", f"the program `git` cannot be run: {reason_of(error)}")
