"""docs/editors.md: the configuration of Neovim, and its session, with the real editor."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs/editors.md").read_text("utf-8")
NEWS2 = """\
nnc: 1
fires: at_least
inputs:
  temperature: {type: real, min: 0, max: 50}
neurons:
  warm: {weights: {temprature: {0: 3, 35.1: 1, 36.1: 0, 38.1: 1, 39.1: 2}}, treshold: 1}
outputs: {fever: warm}
cases:
  - {given: {temperature: 38.5}, expect: {fever: 1}}
  - {given: {temperature: 37.0}, expect: {fever: 0}}
"""
WARD = """\
nnc: 1
extends: news2.nn.yaml
neurons:
  warm: {threshold: 2}
cases:
  - {given: {temperature: 38.5}, expect: {fever: 0}}
"""


def neovim() -> str | None:
    """Return Neovim where it has `vim.fs.root`, which is since 0.10."""
    program = shutil.which("nvim")
    words = ["--clean", "--headless", "+lua print(vim.fs.root ~= nil)", "+qa"]
    if program is None:
        return None
    ran = subprocess.run([program, *words], capture_output=True, text=True, timeout=60)
    return program if "true" in ran.stdout + ran.stderr else None


def test_a_session_in_neovim(tmp_path: Path, request: pytest.FixtureRequest) -> None:
    program = neovim()
    if program is None:
        pytest.skip("Neovim 0.10 or newer is not installed")
    (tmp_path / ".git").mkdir()
    (tmp_path / "news2.nn.yaml").write_text(NEWS2)
    (tmp_path / "ward.nn.yaml").write_text(WARD)
    lua = re.search(r"```lua\n(.*?)```", PAGE, re.DOTALL)
    assert lua is not None
    (tmp_path / "init.lua").write_text(lua[1])
    session = str(Path(__file__).with_name("session.lua"))
    words = [program, "--clean", "--headless", "-u", "init.lua", "-l", session]
    path = os.pathsep.join((str(Path(sys.executable).parent), os.environ["PATH"]))
    ran = subprocess.run(
        words, cwd=tmp_path, env={**os.environ, "PATH": path}, capture_output=True, text=True,
        timeout=120,
    )  # fmt: skip
    assert ran.returncode == 0, ran.stderr
    shown = f"{(ran.stdout + ran.stderr).strip()}\n".replace("\r\n", "\n")
    if request.config.getoption("--update-expected"):
        start, rest = PAGE.split("<!-- session -->\n```text\n")
        page = f"{start}<!-- session -->\n```text\n{shown}```{rest.partition('```')[2]}"
        (ROOT / "docs/editors.md").write_text(page, "utf-8")
        return
    assert f"```text\n{shown}```" in PAGE
