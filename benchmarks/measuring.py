"""CPU time and memory of processes and functions, interleaved; medians; equal results asserted."""

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
from typing import NamedTuple

ROOT = Path(__file__).parents[1]


class Cost(NamedTuple):
    """What a run took: CPU seconds, of user and system, and the peak of its memory in MiB."""

    seconds: float
    mib: float


class Row(NamedTuple):
    """One row of the table."""

    case: str
    nnc: str
    beside: str
    ratio: str = ""
    bar: str = ""


def nnc(*arguments: str | Path) -> list[str]:
    """Give the command line of `nnc`, as installed beside this Python."""
    return [str(Path(sys.executable).with_name("nnc")), *map(str, arguments)]


def task(*arguments: str | Path) -> list[str]:
    """Give the command line of a task of `benchmarks.usual`."""
    return [sys.executable, "-m", "benchmarks.usual", *map(str, arguments)]


def start(command: Sequence[str]) -> tuple[Cost, str]:
    """Run a cold process; give what it took and what it printed.

    The peak is at least that of this process: nothing large may be imported here.
    """
    with subprocess.Popen(command, stdout=subprocess.PIPE, cwd=ROOT) as process:
        assert process.stdout is not None
        out = process.stdout.read().decode()
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, command)
    unit = 1 << (20 if sys.platform == "darwin" else 10)
    return Cost(usage.ru_utime + usage.ru_stime, usage.ru_maxrss / unit), out


def processes(commands: Mapping[str, Sequence[str]], rounds: int) -> dict[str, tuple[Cost, str]]:
    """Run each command once untimed, then `rounds` times in turn; give the median of each."""
    said = {name: start(command)[1] for name, command in commands.items()}
    costs: dict[str, list[Cost]] = {name: [] for name in commands}
    for _ in range(rounds):
        for name, command in commands.items():
            costs[name].append(start(command)[0])
    return {
        name: (Cost(median(c.seconds for c in many), median(c.mib for c in many)), said[name])
        for name, many in costs.items()
    }


def functions(ways: Mapping[str, Callable[[], Hashable]], rounds: int) -> dict[str, float]:
    """Call each way once untimed, then `rounds` times in turn; give median CPU seconds.

    All must give equal results.
    """
    results = {name: way() for name, way in ways.items()}
    if len(set(results.values())) != 1:
        raise AssertionError(f"the results differ: {', '.join(results)}")
    seconds: dict[str, list[float]] = {name: [] for name in ways}
    for _ in range(rounds):
        for name, way in ways.items():
            gc.collect()
            start_time = time.process_time()
            way()
            seconds[name].append(time.process_time() - start_time)
    return {name: median(many) for name, many in seconds.items()}


def show(seconds: float) -> str:
    """Write a time with three digits."""
    if seconds < 1:
        seconds, unit = seconds * 1000, "ms"
    else:
        unit = "s"
    return f"{seconds:.{2 if seconds < 10 else 1 if seconds < 100 else 0}f} {unit}"


def ratio(slow: float, fast: float) -> str:
    """Write how many times faster nnc is; below 1 it is slower."""
    return f"{slow / fast:.2g}x" if slow < 10 * fast else f"{slow / fast:.0f}x"


def verdict(bar: str, *, met: bool) -> str:
    """Write a bar and whether it is met."""
    return f"{bar}: {'met' if met else '**missed**'}"


def table(rows: Sequence[Row]) -> str:
    """Write rows as a Markdown table."""
    head = Row("", "nnc", "beside it", "faster", "bar")
    lines = [head, Row(*["---"] * 5), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def machine() -> str:
    """Say in one line with what was measured."""
    packages = [f"{name} {version(name)}" for name in ("nnc", "numpy", "pydantic", "PyYAML")]
    info = Path("/proc/cpuinfo")
    lines = info.read_text(encoding="utf-8").splitlines() if info.exists() else []
    models = [line.split(": ", 1)[1] for line in lines if line.startswith("model name")]
    processor = models[0] if models else platform.processor() or platform.machine()
    python = f"{platform.python_implementation()} {platform.python_version()}"
    return (
        f"{python}, {', '.join(packages)}; {platform.system()}, {os.cpu_count()} x {processor}; "
        f"{time.strftime('%Y-%m-%d')}"
    )
