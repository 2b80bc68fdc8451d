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
from typing import NamedTuple

ROOT = Path(__file__).parents[1]


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
