"""editors/session.py: the recorded session of VS Code is what the real server answers."""

import subprocess
import sys
from pathlib import Path

EDITORS = Path(__file__).parents[2] / "editors"


def test_the_recorded_session() -> None:
    code = "import session; print(session.record(), end='')"
    ran = subprocess.run(
        [sys.executable, "-c", code], cwd=EDITORS, capture_output=True, text=True, timeout=120
    )
    assert ran.returncode == 0, ran.stderr
    assert ran.stdout == (EDITORS / "vscode/session.txt").read_text("utf-8")
