"""Manual pages: one for each command, which man reads without a warning."""

import shutil
import subprocess
from pathlib import Path

import pytest

from nnc.cli.group import COMMANDS
from tests.support.documents import loaded


def test_a_manual_page_for_each_command(tmp_path: Path) -> None:
    pytest.importorskip("click_man")
    loaded("make_man").main(tmp_path)
    names = {"nnc", "nnc-git-install", "nnc-git-uninstall", *(f"nnc-{name}" for name in COMMANDS)}
    assert {page.stem for page in tmp_path.iterdir()} == names
    text = (tmp_path / "nnc-eval.1").read_text("utf-8")
    assert "nnc\\-eval \\- Evaluate NETWORK for ROWS" in text
    assert "\\-\\-expected\\fP COLUMN[=OUTPUT]" in text
    for page in tmp_path.iterdir():
        if shutil.which("groff"):
            words = ["groff", "-man", "-Kutf8", "-Tutf8", "-ww", "-z", page]
            ran = subprocess.run(words, capture_output=True, text=True, check=True)
            assert ran.stderr == ""
