"""Circuits that ABC restructured, proved equal to what they were: by nnc, and by ABC itself."""

from __future__ import annotations

import resource
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import nnc
from benchmarks.measuring import show
from nnc.proving.behaviour import compare_behaviour
from tests.support import blif


def proving(folder: Path, scale: int = 1) -> Iterator[str]:
    """Yield the table of nnc beside `cec`, of circuits smaller by a scale."""
    if blif.ABC is None:
        yield "Not measured: yosys-abc is not installed."
        return
    yield "| circuit | restructured by | verdict | nnc, CPU time | `cec` of ABC |"
    yield "|---|---|---|---|---|"
    for name, (make, size) in blif.CIRCUITS.items():
        before = make(max(4, size // scale) | (name == "voter"))
        for script in blif.SCRIPTS:
            after = blif.restructured(before, script, folder)
            kind, seconds = _compared(before, after)
            times = f"{show(seconds)} | {show(_checked(before, after, folder))}"
            yield f"| {name} {size // scale} | {script} | {kind} | {times} |"


def _compared(before: str, after: str) -> tuple[str, float]:
    """Return the verdict of nnc about two circuits, and what it took."""
    plans = [nnc.compile(nnc.loads(blif.network_of(text))) for text in (before, after)]
    start = time.process_time()
    [verdict] = compare_behaviour(*plans).verdicts
    return verdict.kind, time.process_time() - start


def _checked(before: str, after: str, folder: Path) -> float:
    """Return what ABC took to check two circuits, reading them included."""
    for name, text in (("before.blif", before), ("after.blif", after)):
        (folder / name).write_text(text, "utf-8")
    begin = resource.getrusage(resource.RUSAGE_CHILDREN)
    assert blif.ABC is not None
    command = [blif.ABC, "-q", "cec before.blif after.blif"]
    answer = subprocess.run(command, cwd=folder, check=True, capture_output=True, text=True).stdout
    assert "equivalent" in answer
    end = resource.getrusage(resource.RUSAGE_CHILDREN)
    return end.ru_utime + end.ru_stime - begin.ru_utime - begin.ru_stime
