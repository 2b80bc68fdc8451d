"""The door to the `git` program."""

import os
import subprocess
import tempfile
from pathlib import Path
from shutil import which

import pytest

from nnc.files.git import is_ignored, list_files, words_of

pytestmark = pytest.mark.skipif(not which("git"), reason="git")


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in ("a.nn.yaml", "out/b.nn.yaml", "sub/c.nn.yaml"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("nnc: 1\n")
    (tmp_path / ".gitignore").write_text("out\n")
    subprocess.run(["git", "init", "-q", str(tmp_path)], check=True)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_files_are_listed_from_the_folder(repository: Path) -> None:
    subprocess.run(["git", "add", "sub"], check=True)
    assert list_files(".").stdout == b"? .gitignore\0? a.nn.yaml\0H sub/c.nn.yaml\0"
    assert list_files(str(repository / "sub")).stdout == b"H c.nn.yaml\0"


@pytest.mark.usefixtures("repository")
def test_an_ignored_folder() -> None:
    assert is_ignored("out")
    assert not is_ignored("sub")
    assert not is_ignored(".")


def test_a_hook_that_names_another_repository(
    repository: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GIT_DIR", str(repository / "none"))
    monkeypatch.setenv("GIT_INDEX_FILE", "none")
    assert b"? a.nn.yaml" in list_files(".").stdout


def test_no_program_of_a_repository_is_run(repository: Path) -> None:
    program = repository / "watch"
    program.write_text(f"#!/bin/sh\ntouch {repository / 'ran'}\n")
    program.chmod(0o755)
    subprocess.run(["git", "config", "core.fsmonitor", str(program)], check=True)
    assert b"? a.nn.yaml" in list_files(".").stdout
    assert not (repository / "ran").exists()
    subprocess.run(["git", "ls-files"], check=True, capture_output=True)
    assert (repository / "ran").exists()  # so git would run it


def test_the_words_of_git() -> None:
    assert words_of(b"\nfatal: not a git repository\nStop") == "not a git repository"


def as_nobody(*words: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    """Run a command as a user who may not read everything."""
    if os.geteuid() == 0:
        words = ("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", *words)
    return subprocess.run(words, cwd=cwd, capture_output=True, text=True, check=False)


@pytest.mark.skipif(os.geteuid() == 0 and not which("setpriv"), reason="root may read all")
def test_git_warns_of_folders_that_it_cannot_read() -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "nets/locked").mkdir(parents=True)
        subprocess.run(["git", "init", "-q", name], check=True)
        if os.geteuid() == 0:
            subprocess.run(["chown", "-R", "65534:65534", name], check=True)
        (folder / "nets/locked").chmod(0)
        try:
            ran = as_nobody("git", "ls-files", "--others", cwd=folder / "nets")
        finally:
            (folder / "nets/locked").chmod(0o700)
    assert ran.stderr == "warning: could not open directory 'nets/locked/': Permission denied\n"
