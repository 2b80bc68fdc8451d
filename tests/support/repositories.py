"""Real git repositories for tests, made by the program itself, apart from the user's settings."""

import os
import subprocess
from pathlib import Path

import pytest

LAYER = """\
nnc: 1
fires: at_least
inputs: {x: bit(2)}
layers:
  both: {wiring: x, weights: {file: w.npy}, thresholds: 2}
outputs: {out: both}
cases: [{file: cases.csv}]
"""


class Repo:
    """A repository in a folder; what is committed has one author and times that only grow."""

    def __init__(self, folder: Path, patch: pytest.MonkeyPatch) -> None:
        self.folder = folder
        self._minute = 0
        folder.mkdir(parents=True, exist_ok=True)
        for name in list(os.environ):
            if name.startswith("GIT_"):
                patch.delenv(name)
        home = folder.parent / "home"
        home.mkdir(exist_ok=True)
        patch.setenv("HOME", str(home))
        patch.setenv("XDG_CONFIG_HOME", str(home / ".config"))
        patch.setenv("GIT_CONFIG_NOSYSTEM", "1")
        for role in ("AUTHOR", "COMMITTER"):
            patch.setenv(f"GIT_{role}_NAME", "Ada")
            patch.setenv(f"GIT_{role}_EMAIL", "ada@example.org")
        self.git("init", "--quiet", "--initial-branch=main")

    def git(self, *arguments: str, code: int = 0, **env: str) -> str:
        """Run git here, and give what it prints."""
        self._minute += 1
        when = f"2026-01-01T{self._minute // 60:02}:{self._minute % 60:02}:00 +0000"
        dates = {"GIT_AUTHOR_DATE": when, "GIT_COMMITTER_DATE": when}
        ran = subprocess.run(
            ["git", *arguments], cwd=self.folder, env=os.environ | dates | env, check=False,
            capture_output=True, timeout=60,
        )  # fmt: skip
        assert ran.returncode == code, (ran.stdout, ran.stderr)
        return ran.stdout.decode("utf-8", "surrogateescape")

    def write(self, name: str, content: str | bytes) -> Path:
        """Write a file, and give its path."""
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    def commit(self, message: str = "change") -> str:
        """Commit all there is, and give the commit."""
        self.git("add", "--all")
        self.git("commit", "--quiet", "--allow-empty", "--message", message)
        return self.git("rev-parse", "HEAD").strip()
