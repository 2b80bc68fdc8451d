"""Solve digit_segments.skeleton.yaml: `python configs/solved/solve.py` writes the network.

The commands are `nnc solve --in-place` and `nnc fmt`, on a copy of the skeleton.
"""

import sys
import tempfile
from pathlib import Path

from nnc.cli.main import run

HERE = Path(__file__).parent
NAME = "digit_segments"


def solved(folder: Path) -> str:
    """Return the text of the network, solved anew in a folder."""
    file = folder / f"{NAME}.nn.yaml"
    file.write_bytes((HERE / f"{NAME}.skeleton.yaml").read_bytes())
    assert run(["solve", str(file), "--in-place"]) == 0
    assert run(["fmt", str(file)]) == 0
    return file.read_text("utf-8")


def main() -> None:
    """Write the network."""
    with tempfile.TemporaryDirectory() as folder:
        text = solved(Path(folder))
    (HERE / f"{NAME}.nn.yaml").write_text(text, "utf-8", newline="\n")


if __name__ == "__main__":
    sys.exit(main())
