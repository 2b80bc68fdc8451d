"""Whichever system call fails: the old file or the new one is there whole, and why is told."""

import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest

from tests.support.faults import Fault, Injector, Outcome, faults_of, files_in
from tests.support.running import XOR

pytestmark = [
    pytest.mark.skipif(
        not sys.platform.startswith("linux") or shutil.which("cc") is None,
        reason="needs Linux and a C compiler",
    ),
    pytest.mark.seconds(600),
]

LAYER = """\
nnc: 1
fires: at_least
inputs: {x: bit(2)}
layers:
  both: {wiring: x, weights: {file: sub/w.npy}, thresholds: 2}
parts:
  p: {use: sub/part.nn.yaml, wiring: {a: x(0), b: x(1)}}
outputs: {out: both, other: p.xor}
"""
LOOSE = XOR.replace("threshold: 1", "threshold:  1")
ROWS = "a,b\n0,1\n1,1\n2,0\n1,0\n"


_OF_WEIGHTS = ("cannot-open", "bad-tensor-file")
"""A stream of Python hides a seek that fails: the file then seems to end early."""


class Scenario(NamedTuple):
    """What is run, which files it writes, its code without a fault, and that of one it can find.

    A file that a network names, and that cannot be opened, is a finding.
    """

    arguments: str
    writes: tuple[str, ...]
    code: int = 0
    findings: tuple[str, ...] = ()


SCENARIOS = {
    "eval": Scenario("eval xor.nn.yaml --all -o out.csv", ("out.csv",)),
    "rejects": Scenario(
        "eval xor.nn.yaml rows.csv -o out.csv --rejects bad.csv", ("out.csv", "bad.csv")
    ),
    "gzip": Scenario("eval xor.nn.yaml --all -o out.jsonl.gz", ("out.jsonl.gz",)),
    "npy": Scenario("eval xor.nn.yaml --all -o out.npy", ("out.npy",)),
    "parquet": Scenario("eval xor.nn.yaml rows.parquet -o out.parquet", ("out.parquet",)),
    "arrow": Scenario("eval xor.nn.yaml --all -o out.arrow", ("out.arrow",)),
    "layer": Scenario("eval layer.nn.yaml --all -o out.csv", ("out.csv",), findings=_OF_WEIGHTS),
    "compiled": Scenario("eval xor.nnc --all -o out.csv", ("out.csv",)),
    "fmt": Scenario("fmt loose.nn.yaml sub", ("loose.nn.yaml", "sub/part.nn.yaml")),
    "compile": Scenario("compile layer.nn.yaml -o out.nnc", ("out.nnc",), findings=_OF_WEIGHTS),
    "merge": Scenario("git merge-driver base ours theirs 7 xor.nn.yaml", ("ours",)),
    "install": Scenario("git install", (".gitattributes", ".git/config")),
    "uninstall": Scenario("git uninstall", (".gitattributes", ".git/config")),
    "new": Scenario("new new.nn.yaml", ("new.nn.yaml", "network.schema.json")),
    "report": Scenario("validate bad.nn.yaml --report-file report.txt", ("report.txt",), 1),
}


@pytest.fixture(scope="module")
def injector(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Injector]:
    with Injector(tmp_path_factory.mktemp("faults")) as injector:
        yield injector


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make the files that the scenarios start from."""
    folder = tmp_path_factory.mktemp("files")
    (folder / "sub").mkdir()
    texts = {
        "xor.nn.yaml": XOR,
        "layer.nn.yaml": LAYER,
        "loose.nn.yaml": LOOSE,
        "sub/part.nn.yaml": LOOSE,
        "bad.nn.yaml": "nnc: 1\n",
        "rows.csv": ROWS,
        "base": XOR,
        "ours": XOR.replace("a: 1", "a: 2"),
        "theirs": XOR.replace("threshold: 0", "threshold: 1"),
        ".gitattributes": "*.png binary\n",
    }
    for name, text in texts.items():
        (folder / name).write_text(text)
    for name in ("out.csv", "bad.csv", "out.npy", "out.jsonl.gz", "out.parquet", "out.nnc"):
        (folder / name).write_text("old\n")
    np.save(folder / "sub/w.npy", np.array([[1, 1]], np.int8))
    nnc(folder, "compile", "xor.nn.yaml", "-o", "xor.nnc")
    import pyarrow as pa
    from pyarrow import parquet

    parquet.write_table(pa.table({"a": [0, 1], "b": [1, 1]}), folder / "rows.parquet")
    subprocess.run(["git", "init", "--quiet", "--template="], cwd=folder, check=True)
    return folder


def nnc(folder: Path, *arguments: str) -> None:
    subprocess.run(
        [sys.executable, "-m", "nnc", *arguments], cwd=folder, check=True, capture_output=True
    )


@pytest.mark.parametrize("name", SCENARIOS)
def test_every_call_may_fail(
    name: str, injector: Injector, folder: Path, tmp_path: Path, full: bool
) -> None:
    scenario = SCENARIOS[name]
    if name == "uninstall":
        folder = Path(shutil.copytree(folder, tmp_path / "installed"))
        nnc(folder, "git", "install")
    arguments = scenario.arguments.split()
    old = files_in(folder)
    clean = injector.run(arguments, folder, Fault(0, 0))
    assert (clean.call, clean.code) == ("", scenario.code), clean.err
    assert {one for one in old | clean.files if old.get(one) != clean.files.get(one)} == {
        *scenario.writes
    }
    calls: Counter[str] = Counter()
    found = []
    for fault in faults_of(clean.calls, full=full):
        ran = injector.run(arguments, folder, fault)
        calls[ran.call] += 1
        if wrong := wrong_in(ran, old, clean, scenario):
            found.append(f"{fault} {ran.call}: {wrong}\n{ran.code}\n{ran.out}\n{ran.err}")
    print(name, clean.calls, sum(calls.values()), dict(calls))
    assert not found, f"{len(found)} of {sum(calls.values())}\n" + "\n".join(found[:5])
    assert calls[""] == 0
    assert not full or {"open", "read", "write", "fsync", "rename", "close", "stat"} <= {*calls}


def wrong_in(ran: Outcome, old: dict[str, bytes], new: Outcome, scenario: Scenario) -> str:
    """Say what is wrong with how a run took a fault."""
    left = set(ran.files) - set(old) - set(new.files)
    if left:
        return f"it left {left}"
    for one in old | new.files:
        held = ran.files.get(one)
        is_report = one == "report.txt" and (held or b"").endswith(b" in 1 file\n")  # of a fault
        if held not in (old.get(one), new.files.get(one)) and not is_report:
            return f"neither the old nor the new {one}"
    if "Traceback" in ran.err or "bug in nnc" in ran.err:
        return "a traceback"
    if ran.code == scenario.code:
        return "" if ran.files == new.files else "it says that all is well"
    if ran.code != 2 and not (
        ran.code == 1 and any(f"] {rule}:" in ran.err for rule in scenario.findings)
    ):
        return "another code"
    return "" if ran.err.strip() or "error[" in ran.out else "no reason"
