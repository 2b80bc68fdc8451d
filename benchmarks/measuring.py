"""CPU time and memory of processes and functions, interleaved, as medians; the table's lines."""

from __future__ import annotations

import gc
import os
import platform
import subprocess
import sys
import time
from collections.abc import Callable, Hashable, Mapping, Sequence
from importlib.metadata import version
from pathlib import Path
from statistics import median
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from numpy.typing import NDArray

ROOT = Path(__file__).parents[1]
_LEAST = 0.02


class Cost(NamedTuple):
    """What a process took: CPU seconds, of user and system, and the peak of its memory in MiB."""

    seconds: float
    mib: float


def start(command: Sequence[str | Path]) -> tuple[Cost, str]:
    """Run a cold process; give what it took and what it printed.

    The peak counted is at least that of this process: nothing large may be imported here.
    """
    with subprocess.Popen(command, stdout=subprocess.PIPE, cwd=ROOT) as process:
        assert process.stdout is not None
        out = process.stdout.read().decode()
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, command)
    mib = usage.ru_maxrss / (1 << (20 if sys.platform == "darwin" else 10))
    return Cost(usage.ru_utime + usage.ru_stime, mib), out


def processes(commands: Mapping[str, Sequence[str | Path]], rounds: int) -> dict[str, Cost]:
    """Run each command once untimed, then all in turn, `rounds` times; give medians."""
    runs = [[start(command)[0] for command in commands.values()] for _ in range(1 + rounds)][1:]
    medians = (Cost(*map(median, zip(*costs, strict=True))) for costs in zip(*runs, strict=True))
    return dict(zip(commands, medians, strict=True))


def functions(ways: Mapping[str, Callable[[], Hashable]], rounds: int) -> dict[str, float]:
    """Call each way once untimed, then all in turn, `rounds` times; give median CPU seconds.

    All must give equal results.
    """
    if len({way() for way in ways.values()}) != 1:
        raise AssertionError(f"the results differ: {', '.join(ways)}")
    seconds: dict[str, list[float]] = {name: [] for name in ways}
    for _ in range(rounds):
        for name, way in ways.items():
            gc.collect()
            before = time.process_time()
            way()
            seconds[name].append(time.process_time() - before)
    return {name: median(many) for name, many in seconds.items()}


class Way(NamedTuple):
    """A way to do something: it gives an array, or what `array` makes one of, untimed.

    `share` is the part of the rows that it is measured on; its times are scaled.
    """

    name: str
    run: Callable[[], Any]
    array: Callable[[Any], NDArray[Any]] = lambda result: result
    share: float = 1


class Took(NamedTuple):
    """Median seconds, of all threads together, and on the clock."""

    cpu: float
    wall: float


def interleaved(ways: Sequence[Way], rounds: int) -> dict[str, Took]:
    """Call each way untimed, then all in turn, `rounds` times.

    All must give the array of the first, or, measured on a part of the rows, as much of it. What
    takes less than 20 ms is called so often in each round that it takes as long.
    """
    import numpy as np

    first: NDArray[Any] | None = None
    calls: dict[str, int] = {}
    for way in ways:
        found = way.array(way.run())
        first = found if first is None else first
        if not np.array_equal(found, first if way.share == 1 else first[: len(found)]):
            raise AssertionError(f"the results differ: {ways[0].name}, {way.name}")
        del found
        calls[way.name] = _calls(way.run)
    del first
    runs: dict[str, list[Took]] = {way.name: [] for way in ways}
    for _ in range(rounds):
        for way in ways:
            gc.collect()
            cpu, wall = time.process_time(), time.perf_counter()
            for _ in range(calls[way.name]):
                way.run()
            took = time.process_time() - cpu, time.perf_counter() - wall
            runs[way.name].append(Took(*(one / calls[way.name] / way.share for one in took)))
    return {name: Took(*map(median, zip(*many, strict=True))) for name, many in runs.items()}


def _calls(run: Callable[[], Any]) -> int:
    """Find how often to call what is short, so that all calls take 20 ms."""
    count = 1
    while True:
        before = time.perf_counter()
        for _ in range(count):
            run()
        if time.perf_counter() - before > _LEAST / 2:
            return count
        count *= 2


def show(seconds: float) -> str:
    """Write a time with three digits."""
    number, unit = (seconds, "s") if seconds >= 1 else (seconds * 1000, "ms")
    return f"{number:.{2 if number < 10 else 1 if number < 100 else 0}f} {unit}"


def line(
    case: str,
    ours: float,
    beside: Mapping[str, float],
    bars: Mapping[str, bool] = MappingProxyType({}),
    write: Callable[[float], str] = show,
) -> str:
    """Write one line of the table: nnc, what stands beside it, and how many times less nnc took."""
    others = ", ".join(f"{name} {write(other)}" for name, other in beside.items())
    ratios = ", ".join(f"{other / ours:.1f}x" for other in beside.values())
    told = ", ".join(
        f"{bar}: {'met' if met else '**missed**'}" for bar, met in (bars or {}).items()
    )
    return f"| {case} | {write(ours)} | {others} | {ratios} | {told} |"


def machine() -> str:
    """Say with what was measured."""
    packages = [f"{name} {version(name)}" for name in ("nnc", "numpy", "pydantic", "PyYAML")]
    info = Path("/proc/cpuinfo")
    text = info.read_text(encoding="utf-8") if info.exists() else ""
    model = text.partition("model name")[2].partition(": ")[2].partition("\n")[0]
    return (
        f"{time.strftime('%Y-%m-%d')}: Python {platform.python_version()}, {', '.join(packages)}, "
        f"{platform.system()}, {os.cpu_count()} x {model or platform.machine()}."
    )
