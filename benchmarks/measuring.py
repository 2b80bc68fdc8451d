"""CPU time and memory of processes and functions, interleaved, as medians; the table's lines."""

from __future__ import annotations

import ctypes
import gc
import os
import platform
import subprocess
import sys
import time
from collections.abc import Callable, Hashable, Mapping, Sequence
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from statistics import median
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from numpy.typing import NDArray

ROOT = Path(__file__).parents[1]
_LEAST = 0.02
_RESET, _STATUS = (Path("/proc/self", name) for name in ("clear_refs", "status"))


class Cost(NamedTuple):
    """What a process took: CPU seconds, the peak of its memory in MiB, and seconds on the clock.

    CPU seconds are those of user and system.
    """

    seconds: float
    mib: float
    wall: float


def start(command: Sequence[str | Path]) -> tuple[Cost, str]:
    """Run a cold process; give what it took and what it printed.

    The peak counted is at least that of this process: nothing large may be imported here.
    """
    begin = time.perf_counter()
    with subprocess.Popen(command, stdout=subprocess.PIPE, cwd=ROOT) as process:
        assert process.stdout is not None
        out = process.stdout.read().decode()
        _, status, usage = os.wait4(process.pid, 0)
        wall = time.perf_counter() - begin
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, command)
    mib = usage.ru_maxrss / (1 << (20 if sys.platform == "darwin" else 10))
    return Cost(usage.ru_utime + usage.ru_stime, mib, wall), out


def processes(commands: Mapping[str, Sequence[str | Path]], rounds: int) -> dict[str, Cost]:
    """Run all in turn, `rounds` times; give the medians.

    With more than one round, another that is not counted comes first.
    """
    warm = 1 if rounds > 1 else 0
    runs = [[start(command)[0] for command in commands.values()] for _ in range(warm + rounds)]
    medians = (
        Cost(*map(median, zip(*costs, strict=True))) for costs in zip(*runs[warm:], strict=True)
    )
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
    """Median seconds, of all threads together, and on the clock; and memory.

    That is the MiB by which the process grew at the peak of the first call, where it is known.
    """

    cpu: float
    wall: float
    mib: float | None = None


def interleaved(ways: Sequence[Way], rounds: int) -> dict[str, Took]:
    """Call each way untimed, then all in turn, `rounds` times.

    All must give the array of the first, or, measured on a part of the rows, as much of it. What
    takes less than 20 ms is called so often in each round that it takes as long.
    """
    import numpy as np

    first: NDArray[Any] | None = None
    calls: dict[str, int] = {}
    memory: dict[str, float | None] = {}
    for way in ways:
        result, memory[way.name] = grown(way.run)
        found = way.array(result)
        first = found if first is None else first
        if not np.array_equal(found, first if way.share == 1 else first[: len(found)]):
            raise AssertionError(f"the results differ: {ways[0].name}, {way.name}")
        del result, found
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
    return {
        name: Took(median(one.cpu for one in many), median(one.wall for one in many), memory[name])
        for name, many in runs.items()
    }


def grown(run: Callable[[], Any]) -> tuple[Any, float | None]:
    """Call something; give its result, and by how many MiB the process grew at its peak.

    What it keeps from before and does not use is given back first, as far as that can be told to.
    None where Linux's /proc is not there.
    """
    if not os.access(_RESET, os.W_OK):
        return run(), None
    gc.collect()
    if "pyarrow" in sys.modules:
        sys.modules["pyarrow"].default_memory_pool().release_unused()
    getattr(ctypes.CDLL(None), "malloc_trim", int)(0)
    _RESET.write_text("5", encoding="ascii")
    before = _status("VmRSS")
    result = run()
    return result, max(0, _status("VmHWM") - before) / 1024


def _status(name: str) -> int:
    """Read a number of KiB that Linux tells of this process."""
    lines = _STATUS.read_text(encoding="ascii").splitlines()
    return next(int(text.split()[1]) for text in lines if text.startswith(f"{name}:"))


def _calls(run: Callable[[], Any]) -> int:
    """Find how often to call what is short, so that all calls take 20 ms."""
    count = 1
    while True:
        times = []
        for _ in range(3):  # the first may make what is kept, as a program
            before = time.perf_counter()
            for _ in range(count):
                run()
            times.append(time.perf_counter() - before)
        if min(times) > _LEAST / 2:
            return count
        count *= 2


def show(seconds: float) -> str:
    """Write a time with three digits."""
    many, unit = (1, "s") if seconds >= 1 else (1e3, "ms") if seconds >= 1e-4 else (1e6, "µs")
    number = seconds * many
    return f"{number:.{2 if number < 10 else 1 if number < 100 else 0}f} {unit}"


def mib(number: float) -> str:
    """Write a size of memory."""
    return f"{number:.{1 if number < 10 else 0}f} MiB"


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


def table(
    title: str,
    took: Mapping[str, tuple[float, float, float | None]],
    shares: Mapping[str, float],
    bars: Sequence[tuple[str, str, float]],
    *,
    on_wall: bool,
    most: float | None = None,
) -> list[str]:
    """Write the table of ways that were measured in turn, the first of which is nnc.

    `most` is what nnc may take at most.
    """
    head = ["CPU time", "on the clock", "memory", "times nnc's", "bar"]
    lines = [f"| {' | '.join([title, *head])} |", "|---|---|---|---|---|---|"]
    place = 1 if on_wall else 0
    first, *_ = took
    for name, times in took.items():
        told = []
        if name == first and most is not None:
            met = "met" if times[place] < most else "**missed**"
            told.append(f"under {show(most)}: {met}")
        for one, other, bar in bars:
            ratio = took[other][place] / took[one][place]
            met = "met" if ratio >= bar else "**missed**"
            if name == (other if one == first else one):
                than = "" if one == first else f"{factor(ratio)} faster than {other}, "
                told.append(f"{than}{bar:,.3g}x: {met}".replace("1e+03", "1,000"))
        ratio = "" if name == first else factor(times[place] / took[first][place])
        scaled = "" if shares[name] == 1 else f", on {shares[name]:.2%} of the rows, scaled"
        *seconds, memory = times
        grew = "" if memory is None else mib(memory)
        cells = [name + scaled, *map(show, seconds), grew, ratio, ", ".join(told)]
        lines.append(f"| {' | '.join(cells)} |")
    return [*lines, ""]


def factor(ratio: float) -> str:
    """Write how many times more something is."""
    return f"{ratio:,.{2 if ratio < 10 else 1 if ratio < 100 else 0}f}x"


PEERS = ("onnxruntime", "onnx", "pandas", "pyarrow", "duckdb", "torch", "scipy", "neat-python",
         "networkx")  # fmt: skip
FLAGS = ("avx2", "avx_vnni", "avx512f", "avx512bw", "avx512_vnni", "avx512_vpopcntdq",
         "amx_int8", "asimd", "asimddp", "i8mm", "sve")  # fmt: skip


def machine() -> str:
    """Say with what was measured, and what was not there."""
    ours = ("nnc-networks", "numpy", "pydantic", "PyYAML")
    packages = [*ours, *(name for name in PEERS if installed(name))]
    versions = ", ".join(f"{name} {version(name)}" for name in packages)
    missing = [name for name in PEERS if not installed(name)]
    info = Path("/proc/cpuinfo")
    text = info.read_text(encoding="utf-8") if info.exists() else ""
    fields = dict(
        (part.strip() for part in one.split(":", 1)) for one in text.splitlines() if ":" in one
    )
    known = f"{fields.get('flags', '')} {fields.get('Features', '')}".split()
    flags = " ".join(flag for flag in FLAGS if flag in known)
    processor = fields.get("model name", platform.machine()) + (f" ({flags})" if flags else "")
    absent = f" Not installed: {', '.join(missing)}." if missing else ""
    return (
        f"{time.strftime('%Y-%m-%d')}: Python {platform.python_version()}, {versions}, "
        f"{platform.system()}, {os.cpu_count()} x {processor}.{absent}"
    )


def installed(name: str) -> bool:
    """Tell whether a distribution is installed."""
    try:
        return bool(version(name))
    except PackageNotFoundError:
        return False
