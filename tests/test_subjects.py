"""The check of commit subjects, as the hook runs it."""

import subprocess
from pathlib import Path

import pytest

from tests.support.documents import ROOT


@pytest.mark.parametrize(
    ("message", "code"),
    [
        ("Tell cycles with the place of each hop\n\nwhy. as long as it takes.\n", 0),
        ("nnc fmt: keep the rows of pictures\n", 0),
        (f"{'A' * 72}\n", 0),
        (f"{'A' * 73}\n", 1),
        ("Tell cycles.\n", 1),
        ("tell cycles\n", 1),
        ("WIP\n", 1),
    ],
)
def test_a_subject_is_an_order_in_a_line(message: str, code: int, tmp_path: Path) -> None:
    file = tmp_path / "message"
    file.write_text(message, "utf-8")
    ran = subprocess.run([ROOT / ".ci/subjects", file], capture_output=True, text=True, check=False)
    assert ran.returncode == code, ran.stderr
    assert (message.splitlines()[0] in ran.stderr) == bool(code)
