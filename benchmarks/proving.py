"""Circuits that ABC restructured, proved equal to what they were: by nnc, and by ABC itself."""

from __future__ import annotations

import gc
import resource
import subprocess
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from statistics import median

import nnc
from benchmarks.measuring import show
from nnc.proofs.comparison.behaviour import compare_behaviour
from tests.support import blif
from tests.support.multipliers import multiplier


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
            kind, seconds = _compared(*map(blif.network_of, (before, after)))
            times = " | ".join(map(show, (seconds, *_checked(before, after, folder, rounds))))
            yield f"| {name} {size // scale} | {script} | {kind} | {times} |"


_PAIRS = (
    ("simple", "Dadda", "Kogge-Stone"),
    ("simple", "compressors", "Brent-Kung"),
    ("Booth", "Dadda", "lookahead"),
    ("Booth", "Wallace", "Sklansky"),
)
_MAX_SECONDS = 60  # that ABC may take; after that it gets no more multipliers


def multiplying(folder: Path, sizes: Sequence[int] = (8, 16, 32, 64)) -> Iterator[str]:
    """Yield the table of multipliers beside an array of simple products with a ripple adder."""
    if blif.ABC is None:
        yield "Not measured: yosys-abc is not installed."
        return
    yield "| bits | partial products, tree, last adder | verdict | nnc, CPU time | ABC: `cec` |"
    yield "|---|---|---|---|---|"
    is_over, theirs = False, ""
    for size in sizes:
        for structure in _PAIRS:
            texts = multiplier(size), multiplier(size, *structure)
            kind, seconds = _compared(*texts)
            for name, text in zip(("before.blif", "after.blif"), texts, strict=True):
                written = nnc.export(nnc.loads(text), "blif")
                (folder / name).write_text(written, "utf-8")
            if not is_over:
                try:
                    theirs = show(_abc("cec before.blif after.blif", folder, 1)[1])
                except subprocess.TimeoutExpired:
                    theirs, is_over = f"over {_MAX_SECONDS} s", True
            yield f"| {size} | {', '.join(structure)} | {kind} | {show(seconds)} | {theirs} |"
            theirs = "not tried"


def _compared(before: str, after: str) -> tuple[str, float]:
    """Return the verdict of nnc about two networks, and what it took."""
    plans = [nnc.compile(nnc.loads(text)) for text in (before, after)]
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
            [blif.ABC, "-q", commands],
            cwd=folder,
            check=True,
            capture_output=True,
            text=True,
            timeout=_MAX_SECONDS,
        )
        end = resource.getrusage(resource.RUSAGE_CHILDREN)
        seconds.append(end.ru_utime + end.ru_stime - begin.ru_utime - begin.ru_stime)
    return run.stdout, median(seconds)
