"""Runs trials of one target in a process that may crash: `tests.fuzz.worker MODULE LIMITS`.

Reads one item per line, a seed or the path of a file of the corpus, and answers each with one line.
"""

import importlib
import json
import os
import resource
import signal
import sys
import time
import traceback
import warnings
from pathlib import Path
from random import Random
from types import FrameType
from typing import Any


class Hang(BaseException):
    """A trial took more CPU time than it may."""


def main(module: str, seconds: float, mebibytes: int) -> None:
    answers = os.fdopen(os.dup(1), "w", buffering=1)
    os.dup2(2, 1)  # whatever a trial prints
    target = importlib.import_module(module)
    seconds = max(seconds, getattr(target, "SECONDS", 0))
    warnings.simplefilter("error")
    signal.signal(signal.SIGPROF, _hang)
    if mebibytes:
        most = _mapped() + (mebibytes << 20)
        resource.setrlimit(resource.RLIMIT_AS, (most, resource.RLIM_INFINITY))
    answers.write('"ready"\n')
    for line in sys.stdin:
        item = json.loads(line)
        answers.write(json.dumps(_answer(target, item, seconds)) + "\n")


def _answer(target: Any, item: int | str, seconds: float) -> tuple[float, str, str]:
    """Run one trial; give its CPU time, and of a find the kind and the whole text."""
    begin = time.process_time()
    signal.setitimer(signal.ITIMER_PROF, seconds)
    kind = text = ""
    try:
        if isinstance(item, str):
            target.replay(Path(item).read_bytes())
        else:
            target.trial(Random(f"{target.__name__} {item}"))
    except Hang:
        kind, text = f"a hang: more than {seconds:g} s of CPU time", traceback.format_exc(limit=-12)
    except BaseException as error:  # noqa: BLE001 - whatever it is, it is a find
        kind, text = _kind(error), traceback.format_exc(limit=-12)
    signal.setitimer(signal.ITIMER_PROF, 0)
    return time.process_time() - begin, kind, text


def _kind(error: BaseException) -> str:
    """Name an error and the place that it comes from, by which finds are counted."""
    frames = traceback.extract_tb(error.__traceback__)
    place = f"{Path(frames[-1].filename).name}:{frames[-1].lineno}" if frames else "nowhere"
    return f"{type(error).__name__} from {place}"


def _hang(_signal: int, _frame: FrameType | None) -> None:
    raise Hang


def _mapped() -> int:
    """Give the bytes of memory that are mapped so far."""
    pages = int(Path("/proc/self/statm").read_text().split()[0])
    return pages * resource.getpagesize()


if __name__ == "__main__":
    main(sys.argv[1], float(sys.argv[2]), int(sys.argv[3]))
