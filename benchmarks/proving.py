"""Circuits that ABC restructured, proved equal to what they were: by nnc, and by ABC itself."""

from __future__ import annotations

import gc
import resource
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from statistics import median

import nnc
from benchmarks.measuring import show
from nnc.proofs.comparison.behaviour import compare_behaviour
from tests.support import blif


def proving(folder: Path, scale: int = 1, rounds: int = 3) -> Iterator[str]:
    """Yield the table of nnc beside `cec`, of circuits smaller by a scale."""
    if blif.ABC is None:
        yield "Not measured: yosys-abc is not installed."
        return
    gc.set_threshold(1_000_000, 20, 100)  # as the command does
    yield "| circuit | restructured by | verdict | nnc, CPU time | ABC: read, `cec` | only read |"
    yield "|---|---|---|---|---|---|"
    for name, (make, size) in blif.CIRCUITS.items():
        before = make(max(4, size // scale) | (name == "voter"))
        for script in blif.SCRIPTS:
            after = blif.restructured(before, script, folder)
            kind, seconds = _compared(before, after)
            times = " | ".join(map(show, (seconds, *_checked(before, after, folder, rounds))))
            yield f"| {name} {size // scale} | {script} | {kind} | {times} |"


def _compared(before: str, after: str) -> tuple[str, float]:
    """Return the verdict of nnc about two circuits, and what it took."""
    plans = [nnc.compile(nnc.loads(blif.network_of(text))) for text in (before, after)]
    gc.collect()
    start = time.process_time()
    [verdict] = compare_behaviour(*plans).verdicts
    return verdict.kind, time.process_time() - start


def _checked(before: str, after: str, folder: Path, rounds: int) -> tuple[float, float]:
    """Return what ABC took to check two circuits, and how much of it was to start and to read."""
    for name, text in (("before.blif", before), ("after.blif", after)):
        (folder / name).write_text(text, "utf-8")
    _, read = _abc("read_blif before.blif; strash; read_blif after.blif; strash", folder, rounds)
    answer, checked = _abc("cec before.blif after.blif", folder, rounds)
    assert "equivalent" in answer
    return checked, read


def _abc(commands: str, folder: Path, rounds: int) -> tuple[str, float]:
    """Run ABC; return what it printed, and the median of what some runs took."""
    assert blif.ABC is not None
    seconds = []
    for _ in range(rounds):
        begin = resource.getrusage(resource.RUSAGE_CHILDREN)
        run = subprocess.run(
            [blif.ABC, "-q", commands], cwd=folder, check=True, capture_output=True, text=True
        )
        end = resource.getrusage(resource.RUSAGE_CHILDREN)
        seconds.append(end.ru_utime + end.ru_stime - begin.ru_utime - begin.ru_stime)
    return run.stdout, median(seconds)
