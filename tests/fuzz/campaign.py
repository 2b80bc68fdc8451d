"""Runs the trials of targets in workers, tells what was found, and how to repeat it."""

import argparse
import json
import os
import select
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from itertools import count, islice
from pathlib import Path
from random import SystemRandom
from threading import Lock
from typing import NamedTuple

from tests.fuzz import TARGETS

TESTS = Path(__file__).parents[1]
CORPUS = Path(__file__).parent / "corpus"
MOST_FINDS = 20
"""Finds after which a target is not tried further."""

Item = int | Path
"""A seed, or a file of the corpus."""


class Limits(NamedTuple):
    """What one trial may take: seconds of CPU time, and MiB of memory, 0 for as much as there is.

    Where a trial neither ends nor works, it may take `wall` seconds.
    """

    seconds: float = 20
    memory: int = 2048
    wall: float = 200


class Find(NamedTuple):
    """What went wrong in one trial."""

    target: str
    item: Item
    kind: str
    text: str

    def __str__(self) -> str:
        text = self.text.strip()
        return f"find: {self.target}, {_named(self.item)}: {self.kind}\n{text}\n{self.repeat}"

    @property
    def repeat(self) -> str:
        """Say how to see it again."""
        if isinstance(self.item, Path):
            return f"repeat: python -m tests.fuzz {self.target} --trials 0"
        return f"repeat: python -m tests.fuzz {self.target} --seed {self.item} --trials 1"


@dataclass
class Tally:
    """What came of the trials of one target."""

    trials: int = 0
    finds: list[Find] = field(default_factory=list)
    slowest: tuple[float, Item] = (0.0, 0)
    cpu: float = 0.0


def corpus(target: str) -> list[Item]:
    """Give what is kept of a target: its seeds, of `seeds.txt`, and its files."""
    folder = CORPUS / target
    kept: list[Item] = []
    for file in sorted(folder.glob("*")):
        if file.name == "seeds.txt":
            lines = (line.partition("#")[0] for line in file.read_text("utf-8").splitlines())
            kept += [int(line) for line in lines if line.strip()]
        else:
            kept.append(file)
    return kept


def run(
    target: str,
    items: Iterable[Item],
    *,
    kept: Iterable[Item] = (),
    seconds: float = float("inf"),
    module: str = "",
    jobs: int = 1,
    limits: Limits = Limits(),  # noqa: B008 - which nothing changes
    tell: Callable[[Find], None] = lambda _: None,
) -> Tally:
    """Run a trial for each item, in `jobs` workers: all that are `kept`, then others for a time.

    `module` is where the target is, if not in this folder.
    """
    tally, lock = Tally(), Lock()
    first, todo = iter(kept), iter(items)
    until: list[float] = []

    def following() -> Item | None:
        with lock:
            if len(tally.finds) >= MOST_FINDS:
                return None
            item = next(first, None)
            if item is not None:
                return item
            if not until:  # the start of workers and what is kept do not count
                until.append(time.monotonic() + seconds)
            return next(todo, None) if time.monotonic() <= until[0] else None

    def note(item: Item, cpu: float, kind: str, text: str) -> None:
        with lock:
            tally.trials += 1
            tally.cpu += cpu
            tally.slowest = max(tally.slowest, (cpu, item), key=lambda one: one[0])
            if kind:
                found = Find(target, item, kind, text)
                tally.finds.append(found)
                tell(found)

    def work() -> None:
        with _Worker(module or f"tests.fuzz.{target}", limits) as worker:
            while (item := following()) is not None:
                note(item, *worker.ask(item))

    with ThreadPoolExecutor(jobs) as pool:
        for one in [pool.submit(work) for _ in range(jobs)]:
            one.result()
    return tally


class _Worker:
    """A process that runs trials, and another one in its place where it dies."""

    def __init__(self, module: str, limits: Limits) -> None:
        path = os.pathsep.join(filter(None, (str(TESTS.parent), os.environ.get("PYTHONPATH", ""))))
        self._env = {**os.environ, "PYTHONPATH": path}
        options = ("-X", "faulthandler", "-m", "tests.fuzz.worker")
        self._command = [sys.executable, *options, module, str(limits.seconds), str(limits.memory)]
        self._limits = limits
        self._process: subprocess.Popen[str] | None = None

    def __enter__(self) -> "_Worker":
        self._start()
        return self

    def __exit__(self, *_: object) -> None:
        self._end()

    def ask(self, item: Item) -> tuple[float, str, str]:
        """Have one trial run; give its CPU time, and of a find the kind and the whole text."""
        process = self._process or self._start()
        assert process.stdin is not None
        process.stdin.write(json.dumps(item if isinstance(item, int) else str(item)) + "\n")
        process.stdin.flush()
        answer = self._answer(process, self._limits)
        if isinstance(answer, str):
            return 0.0, answer, self._end()
        cpu, kind, text = answer
        if kind:
            self._end()  # what a find has left behind is not to make others
        return cpu, kind, text

    def _start(self) -> "subprocess.Popen[str]":
        self._errors = tempfile.TemporaryFile("w+", errors="replace")  # noqa: SIM115 - see `_end`
        process = self._process = subprocess.Popen(
            self._command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self._errors,
            text=True, env=self._env,
        )  # fmt: skip
        ready = self._answer(process, Limits(seconds=120, wall=600))
        if ready != ["ready"]:
            raise RuntimeError(f"no worker: {ready}\n{self._end()}")
        return process

    def _answer(self, process: "subprocess.Popen[str]", limits: Limits) -> "list[str] | str":
        """Wait for a line; give how the process ended where none comes."""
        assert process.stdout is not None
        begin, started = time.monotonic(), _cpu(process.pid)
        while not select.select([process.stdout], [], [], 1)[0]:
            hang = ""
            if _cpu(process.pid) - started > 2 * limits.seconds + 0.5:  # Python would have told
                hang = f"more than {limits.seconds:g} s of CPU time, outside of Python"
            elif time.monotonic() - begin > limits.wall:
                hang = f"no answer within {limits.wall:g} s"
            if hang:
                process.kill()
                process.wait()
                return f"a hang: {hang}"
        line = process.stdout.readline()
        if line:
            answer = json.loads(line)
            return answer if isinstance(answer, list) else [answer]
        code = process.wait()
        how = signal.Signals(-code).name if code < 0 else f"exit code {code}"
        return f"a crash: {how}"

    def _end(self) -> str:
        """End the process; give the last of what it wrote about itself."""
        process, self._process = self._process, None
        if process is None:
            return ""
        process.kill()
        process.communicate()
        with self._errors as errors:
            errors.seek(0)
            return errors.read()[-4000:]


def _cpu(process: int) -> float:
    """Give the seconds of CPU time of a process so far."""
    try:
        fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


# ------------------------------------------------------------------------- the command


def main(arguments: Sequence[str] | None = None) -> int:
    """Run what the command line asks for; give the exit code: 1 where something was found."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("target", nargs="*", help=f"which; all by default: {', '.join(TARGETS)}")
    parser.add_argument("--minutes", type=float, help="how long for each target; 1 by default")
    parser.add_argument("--trials", type=int, help="how many for each target, and no clock")
    parser.add_argument("--seed", type=int,
                        help="that of the first trial, the next ones count on; leaves the corpus "
                             "out; at random by default")  # fmt: skip
    jobs, usual = os.cpu_count() or 1, Limits()
    parser.add_argument("--jobs", type=int, default=jobs, help="workers at a time")
    hang = "CPU time of a trial, over which it hangs; %(default)g by default"
    parser.add_argument("--seconds", type=float, default=usual.seconds, help=hang)
    much = "MiB that a trial may take, 0 for any, as sanitizers need; %(default)d by default"
    parser.add_argument("--memory", type=int, default=usual.memory, help=much)
    given = parser.parse_args(arguments)
    unknown = [one for one in given.target if one not in TARGETS]
    if unknown:
        parser.error(f"no target is called {unknown[0]}; they are {', '.join(TARGETS)}")
    seed = SystemRandom().randrange(10**9) if given.seed is None else given.seed
    minutes = given.minutes if given.minutes is not None else 1 if given.trials is None else None
    limits = Limits(given.seconds, given.memory, max(usual.wall, 10 * given.seconds))
    print(f"{'target':<12} {'trials':>10} {'finds':>6}  slowest", flush=True)
    failed = False
    for target in given.target or TARGETS:
        kept = corpus(target) if given.seed is None else []
        seconds = float("inf") if minutes is None else 60 * minutes
        items = islice(count(seed), given.trials)
        tally = run(target, items, kept=kept, seconds=seconds, jobs=given.jobs, limits=limits,
                    tell=_tell)  # fmt: skip
        failed = failed or bool(tally.finds)
        cpu, item = tally.slowest
        print(f"{target:<12} {tally.trials:>10,} {len(tally.finds):>6}  "
              f"{cpu:.2f} s ({_named(item)})", flush=True)  # fmt: skip
    return int(failed)


def _tell(found: Find) -> None:
    print(f"{found}\n", flush=True)


def _named(item: Item) -> str:
    return f"corpus/{item.parent.name}/{item.name}" if isinstance(item, Path) else f"seed {item}"
