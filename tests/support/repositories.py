"""Real git repositories for tests, made by the program itself, apart from the user's settings."""

import os
import subprocess
from pathlib import Path

import numpy as np
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
            capture_output=True, timeout=300,
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


VENDOR = """\
nnc: 1
fires: at_least
inputs: [caps, link, known]
neurons: {spam: {weights: {caps: 1, link: 2, known: -2}, threshold: 2}}
outputs: [spam]
"""
LOCAL = "nnc: 1\nextends: vendor.nn.yaml\nneurons: {spam: {weights: {known: -3}}}\n"
GATE = """\
nnc: 1
fires: at_least
inputs: [a, b]
neurons: {out: {weights: {a: 1, b: 1}, threshold: 2}}
outputs: [out]
"""
USER = """\
nnc: 1
inputs: [p, q]
parts: {g: {use: ../parts/gate.nn.yaml, wiring: {a: p, b: q}}}
outputs: {y: g.out}
"""
SEPSIS = """\
nnc: 1
fires: at_least
inputs: [fever, pulse, breath, pressure]
neurons:
  # a point for each sign
  score: {weights: {fever: 1, pulse: 1, breath: 1, pressure: 1}, threshold: 2}
outputs: {alert: score}
"""
WELLS = GATE.replace("[a, b]", "[clot, pulse]").replace("a: 1, b: 1", "clot: 3, pulse: 2")
FRESH = """\
nnc: 1
inputs: {pixels: bit(3)}
layers: {edge: {wiring: pixels, weights: [[1, -1, 0], [0, 1, -1]], thresholds: 1, fires: at_least}}
outputs: {edges: edge}
"""
CASED = GATE + "cases: [{file: rows.csv}]\n"


def review(repo: Repo) -> Repo:
    """Commit `v1` and `v2`, between which networks changed in every way that there is.

    vendor changed, and local extends it; the part gate changed, and nets/user uses it; of
    nets/layer the weights changed; sepsis was renamed to site, and changed; wells was removed and
    fresh added. Of cased the rows of its cases changed, and of calm nothing.
    """
    repo.write("vendor.nn.yaml", VENDOR)
    repo.write("local.nn.yaml", LOCAL)
    repo.write("parts/gate.nn.yaml", GATE)
    repo.write("nets/user.nn.yaml", USER)
    repo.write("nets/layer.nn.yaml", LAYER.replace("cases: [{file: cases.csv}]\n", ""))
    np.save(repo.folder / "nets/w.npy", np.array([[1, 1]], np.int8))
    repo.write("sepsis.nn.yaml", SEPSIS)
    repo.write("wells.nn.yaml", WELLS)
    repo.write("cased.nn.yaml", CASED)
    repo.write("rows.csv", "a,b,out\n1,1,1\n")
    repo.write("calm.nn.yaml", GATE)
    repo.commit("one")
    repo.git("tag", "v1")
    repo.write("vendor.nn.yaml", VENDOR.replace("caps: 1", "caps: 2"))
    repo.write("parts/gate.nn.yaml", GATE.replace("threshold: 2", "threshold: 1"))
    np.save(repo.folder / "nets/w.npy", np.array([[1, 2]], np.int8))
    repo.git("mv", "sepsis.nn.yaml", "site.nn.yaml")
    repo.write("site.nn.yaml", SEPSIS.replace("threshold: 2", "threshold: 3"))
    repo.git("rm", "--quiet", "wells.nn.yaml")
    repo.write("fresh.nn.yaml", FRESH)
    repo.write("rows.csv", "a,b,out\n1,0,0\n")
    repo.commit("two")
    repo.git("tag", "v2")
    return repo
