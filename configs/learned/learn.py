"""Learn breast_mass.nn.yaml from the data set that scikit-learn ships, and write its cases.

Run `python configs/learned/learn.py`. The command is `nnc fit`, as below; the points of the cases
are added up here, without nnc.
"""

import csv
import io
import sys
import tempfile
from fractions import Fraction
from pathlib import Path
from typing import Any

import yaml

from nnc.cli.main import run

HERE = Path(__file__).parent
NAME = "breast_mass"
COMMAND = ("--label", "malignant", "--terms", "4", "--test", "0.25")
HEAD = """\
# yaml-language-server: $schema=../../schemas/network.schema.json
# Learnt from "Breast Cancer Wisconsin (Diagnostic)", W. Wolberg, O. Mangasarian, N. Street and
# W. Street, 1995, <https://archive.ics.uci.edu/dataset/17>, as bundled with scikit-learn:
#   nnc fit breast_mass.csv --label malignant --terms 4 --test 0.25
# Cases: points added up in plain Python for every ninth row (configs/learned/learn.py).
# For learning and testing, not for the care of patients.
"""


def rows() -> list[dict[str, str]]:
    """Return the rows of the data set; names of columns as identifiers."""
    from sklearn.datasets import load_breast_cancer

    data = load_breast_cancer()
    names = [name.replace(" ", "_") for name in data.feature_names]
    return [
        {**{name: repr(float(cell)) for name, cell in zip(names, line, strict=True)},
         "malignant": str(1 - int(benign))}
        for line, benign in zip(data.data, data.target, strict=True)
    ]  # fmt: skip


def as_csv(lines: list[dict[str, str]]) -> str:
    """Return rows as a file."""
    text = io.StringIO()
    writer = csv.DictWriter(text, list(lines[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(lines)
    return text.getvalue()


def learnt(folder: Path) -> str:
    """Return the text of the network, learnt anew."""
    table, file = folder / f"{NAME}.csv", folder / f"{NAME}.nn.yaml"
    table.write_text(as_csv(rows()), "utf-8")
    assert run(["fit", str(table), *COMMAND, "-o", str(file)]) == 0
    cases = f"cases:\n  - {{file: {NAME}.cases.csv}}\nmeta:\n"
    return HEAD + file.read_text("utf-8").replace("meta:\n", cases, 1)


def points(weights: dict[str, Any], row: dict[str, str]) -> int:
    """Add up the points of a row: of each number those of the last cut-off that it reaches."""
    total = 0
    for name, steps in weights.items():
        reached = [cut for cut in steps if Fraction(row[name]) >= Fraction(str(cut))]
        total += steps[max(reached)] if reached else 0
    return total


def cases(text: str) -> str:
    """Return the cases of a network."""
    [neuron] = yaml.safe_load(text)["neurons"].values()
    lines = []
    for row in rows()[::9]:
        total = points(neuron["weights"], row)
        given = {name: row[name] for name in neuron["weights"]}
        lines.append(
            {**given, "malignant": str(int(total >= neuron["threshold"])), "points": str(total)}
        )
    return as_csv(lines)


def main() -> None:
    """Write both files."""
    with tempfile.TemporaryDirectory() as folder:
        text = learnt(Path(folder))
    (HERE / f"{NAME}.nn.yaml").write_text(text, "utf-8", newline="\n")
    (HERE / f"{NAME}.cases.csv").write_text(cases(text), "utf-8", newline="\n")


if __name__ == "__main__":
    sys.exit(main())
