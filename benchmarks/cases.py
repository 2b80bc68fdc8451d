"""Cases: ways of nnc and of its peers to do the same, run in turn; a table each as JSON."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from operator import itemgetter
from typing import Any

import numpy as np
from numpy.typing import NDArray

import nnc
from benchmarks import peers
from benchmarks.measuring import Way, interleaved
from nnc.run.engines import native

Array = NDArray[Any]
NNC, TWO, NUMPY = "nnc", "nnc, two threads", "nnc without its kernels"
INTERPRETED = "nnc without machine code"
INTO_ONE = "nnc, into an array of the caller"
FLOAT32, INT8, GATHERS = "onnxruntime float32", "onnxruntime int8", "NumPy int8 gathers"
Bars = dict[tuple[str, str], float]
"""This way takes so many times less than that one."""


@dataclass(frozen=True)
class Case:
    """Ways to do the same, in turn; nnc comes first.

    `on_wall` compares the time on the clock, and `most` is what nnc may take.
    """

    title: str
    ways: Sequence[Way]
    bars: Bars = field(default_factory=dict)
    rounds: int = 5
    on_wall: bool = False
    most: float | None = None


def ours(plan: nnc.Plan, rows: Mapping[str, Array], *names: str) -> list[Way]:
    """Evaluate a plan that has one output, `y`, in ways of nnc."""
    return [Way(name, partial(evaluate, plan, rows, name), itemgetter("y")) for name in names]


def into_one(plan: nnc.Plan, rows: Mapping[str, Array]) -> Way:
    """Evaluate a plan that has one output, `y`, into the same array each time."""
    out = {"y": np.empty_like(evaluate(plan, rows)["y"])}
    return Way(INTO_ONE, lambda: nnc.evaluate(plan, rows, threads=1, out=out)["y"])


def evaluate(plan: nnc.Plan, rows: Mapping[str, Array], name: str = NNC) -> dict[str, Array]:
    """Evaluate a plan in one of the ways of nnc."""
    with kernels(name):
        return nnc.evaluate(plan, rows, **how(name))


def how(name: str) -> dict[str, Any]:
    """Say how nnc calculates in one of its ways."""
    return {"engine": "numpy" if name == NUMPY else "auto", "threads": 2 if name == TWO else 1}


@contextmanager
def kernels(name: str) -> Iterator[None]:
    """Take the kernels away in the way that has none: with `engine` alone they pack the rows."""
    found = native.kernels
    native.kernels = None if name == NUMPY else found
    try:
        yield
    finally:
        native.kernels = found


def part(name: str, run: peers.Run, rows: Array, most: int | None = None) -> Way:
    """Measure a peer on n x rows, or on as many of them as `most`; its times are scaled."""
    some = rows if most is None else np.ascontiguousarray(rows[:, :most])
    return Way(name, partial(run, some), np.transpose, some.shape[1] / rows.shape[1])


def some_rows(name: str, run: peers.Run, rows: Array, most: int | None = None) -> Way:
    """Measure a peer on rows x n, or on as many of them as `most`; its times are scaled."""
    some = rows[:most]
    return Way(name, partial(run, some), share=len(some) / len(rows))


def bits(count: int, width: int) -> Array:
    """Random bits, rows x width, the same every time."""
    return np.random.default_rng(count).integers(0, 2, (count, width), np.uint8)


def show(cases: Iterator[Case]) -> None:
    """Run cases and print what they took."""
    for case in cases:
        table = {
            "title": case.title,
            "took": interleaved(case.ways, case.rounds),
            "shares": {way.name: way.share for way in case.ways},
            "bars": [(*pair, times) for pair, times in case.bars.items()],
            "on_wall": case.on_wall,
            "most": case.most,
        }
        print(json.dumps(table), flush=True)
