"""Which engine calculates: a visible rule from the plan, the number of rows and what is asked."""

from __future__ import annotations

import os
from typing import Literal, NamedTuple

from nnc.compiler.plan import Plan
from nnc.run.engines.native import KIND, KINDS

Engine = Literal["auto", "native", "numpy"]
CHOICES: tuple[Engine, ...] = ("auto", "native", "numpy")
FEW_ROWS = 24
"""Up to this many rows, one by one is faster in Python than the overhead of NumPy's calls."""
MANY_ROWS = 4096
"""From so many rows on, packing them repays itself in NumPy too."""
LITTLE_WORK = 50_000
"""So many synapses are added up in Python in the time that it takes to write a program."""
lacked = False
"""Whether any rows would have gone to native kernels that are not there."""


class How(NamedTuple):
    """What is asked for: an engine, and how many threads; 0 is one for each core."""

    engine: Engine = "auto"
    threads: int = 0


class Choice(NamedTuple):
    """The engine that calculates and why, in how many threads, in native kernels or not."""

    engine: str
    why: str
    threads: int = 1
    native: bool = False


def choose(plan: Plan, rows: int, how: How) -> Choice:
    """Choose the engine for some rows of a plan.

    Few rows of few neurons are calculated one by one in Python. Work done so is counted with the
    plan: who asks for one row a thousand times gets a program too.
    """
    threads = how.threads or cores()
    work = rows * _synapses(plan)
    before = plan.scratch.get("work", 0)
    if rows <= FEW_ROWS and (before + work <= LITTLE_WORK or not _has_program(how)):
        plan.scratch["work"] = before + work
        why = f"{rows} {'row' if rows == 1 else 'rows'}, one by one in Python"
        return Choice("rows", why)
    if how.engine == "native" and KIND is None:
        why = "the native kernels are not there"
    elif how.engine == "numpy":
        why = "NumPy was asked for"
    elif KIND is not None:
        why = f"packed rows, native kernels ({KINDS[KIND]})"
        return Choice("packed", why, threads, native=True)
    else:
        global lacked
        lacked, why = True, "the native kernels were not built"
    if rows >= MANY_ROWS:
        return Choice("packed", f"packed rows in NumPy: {why}", threads)
    return Choice("columns", f"whole columns in NumPy: {why}", threads)


def cores() -> int:
    """Give how many cores this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _has_program(how: How) -> bool:
    return KIND is not None and how.engine != "numpy"


def _synapses(plan: Plan) -> int:
    """Count the synapses of a plan; those of layers, which NumPy adds up, are much faster."""
    return len(plan.neurons.sources) + sum(one.synapses for one in plan.layers) // 64
