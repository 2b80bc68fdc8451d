"""Networks of one file or several, as the tests of the stages write them: to graphs and plans."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

import nnc
from nnc.compiler.graph import Graph
from nnc.diagnostics.diagnostic import Diagnostic, Label
from nnc.opening.checking import Checked, check_file
from tests.support import everywhere

ROOT = Path(__file__).parents[2]
SLOW = ("convolutions.nn.yaml", "fashion.nn.yaml", "binarised.nn.yaml")
"""Networks of 100,000 synapses to millions, which the oracle and schemas read slowly."""
Files = Mapping[str, Any]
"""Used networks by their stem, and arrays by the stem of their NPY file."""


def configs() -> list[Path]:
    """Give the networks of configs/, in the everyday run without the slow ones."""
    found = sorted(ROOT.glob("configs/**/*.nn.yaml"))
    return found if everywhere.is_full else [path for path in found if path.name not in SLOW]


def whole(text: str) -> str:
    """Give the text of a network with its version, and with `fires: above` where it says none."""
    if text.startswith("nnc:"):
        return text
    rule = "" if any(line.startswith("fires:") for line in text.splitlines()) else "fires: above\n"
    return f"nnc: 1\n{rule}{text}"


def put(folder: Path, text: str, files: Files | None = None) -> Path:
    """Write a network and the files it needs; give the path of the network."""
    for stem, content in (files or {}).items():
        if isinstance(content, np.ndarray):
            np.save(folder / f"{stem}.npy", content)
        else:
            (folder / f"{stem}.nn.yaml").write_text(whole(content), "utf-8")
    path = folder / "main.nn.yaml"
    path.write_text(whole(text), "utf-8")
    return path


def checked(folder: Path, text: str, files: Files | None = None) -> Checked:
    return check_file(str(put(folder, text, files)), root=folder)


def errors(folder: Path, text: str, files: Files | None = None) -> list[Diagnostic]:
    return checked(folder, text, files).errors


def graph_of(folder: Path, text: str, files: Files | None = None) -> Graph:
    found = checked(folder, text, files)
    assert found.graph is not None, "\n".join(map(str, found.errors))
    return found.graph


def plan_of(folder: Path, text: str, files: Files | None = None) -> nnc.Plan:
    return nnc.compile(nnc.load(put(folder, text, files), root=folder))


def place(one: Diagnostic | Label) -> str:
    """Give the place of a diagnostic or label, `cell:3:7`, by the stem of its file."""
    assert one.file is not None, one
    assert one.span is not None, one
    stem = Path(one.file).name.removesuffix(".nn.yaml")
    return f"{stem}:{one.span.line}:{one.span.column}"


def signals(plan: nnc.Plan, alias: str) -> list[str]:
    """Name the signals of an output."""
    (tap,) = [one for one in plan.outputs if one.alias == alias]
    return [plan.name_of(signal) for signal in tap.signals]
