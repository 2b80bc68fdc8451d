"""Tasks -> what they come to, one after another in this process, or by what executor there is."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterable, Iterator
from queue import SimpleQueue
from typing import Any, Protocol

from nnc.diagnostics.diagnostic import Diagnostic, FileError
from nnc.jobs.evaluation import do
from nnc.jobs.processes import MAX_TRIES, lost
from nnc.jobs.tasks import Done, OnProgress, Task
from nnc.version import VERSION

_AHEAD = 4  # tasks that a worker has before it


class Client(Protocol):
    """What takes functions and calls them elsewhere: a Dask client, an executor of Python."""

    def submit(self, function: Any, /, *args: Any, **options: Any) -> Any:
        """Return a future, with `add_done_callback` and `result`."""


def one_by_one(tasks: Iterable[Task], on_progress: OnProgress) -> Iterator[Done]:
    """Do tasks in this process."""
    return (do(task, on_progress) for task in tasks)


def by_client(tasks: Iterable[Task], client: Client) -> Iterator[Done]:
    """Do tasks by a client, a few ahead, and yield what they come to as it comes.

    A task whose worker is lost is done again. Raises FileError, lost-worker, when that has happened
    three times to one; and what a client raises that gives up.
    """
    waiting, tries = iter(tasks), Counter[int]()
    ended: SimpleQueue[tuple[Task, Any]] = SimpleQueue()
    running: dict[int, Any] = {}

    def start(task: Task) -> None:
        options = {"pure": False} if hasattr(client, "scheduler_info") else {}
        future = running[task.number] = client.submit(do, task, **options)
        future.add_done_callback(lambda future: ended.put((task, future)))

    try:
        for _ in range(_AHEAD * _workers_of(client)):
            if (task := next(waiting, None)) is not None:
                start(task)
        while running:
            task, future = ended.get()
            del running[task.number]
            try:
                done = future.result()
            except ModuleNotFoundError as error:
                raise _no_nnc(error) from None
            except Exception as error:
                tries[task.number] += 1
                if not _is_lost(error) or _gives_up(client):
                    raise
                if tries[task.number] >= MAX_TRIES or type(error).__name__ == "KilledWorker":
                    raise lost(task) from None
                start(task)
                continue
            yield done
            if (task_after := next(waiting, None)) is not None:
                start(task_after)
    finally:
        for future in running.values():
            future.cancel()


def _workers_of(client: Client) -> int:
    """Return how many tasks a client does at a time."""
    cores = getattr(client, "ncores", None)
    if callable(cores):
        return max(1, int(sum(cores().values())))
    most: int | None = getattr(client, "_max_workers", None)
    return most or os.cpu_count() or 1


def _is_lost(error: Exception) -> bool:
    """Return whether an error is about a worker, and not a bug."""
    names = {each.__name__ for each in type(error).__mro__}
    return bool(names & {"KilledWorker", "CancelledError", "BrokenExecutor", "CommClosedError"})


def _no_nnc(error: ModuleNotFoundError) -> Exception:
    """Return the error of workers that do not have nnc, or have an older one."""
    if (error.name or "").partition(".")[0] != "nnc":
        return error
    message = f"a worker cannot import `{error.name}`"
    hint = f"install the same nnc there as here, {VERSION}"
    return FileError([Diagnostic("other-network", message, help=hint)])


def _gives_up(client: Client) -> bool:
    """Return whether a client does nothing more once a worker is lost."""
    return bool(getattr(client, "_broken", False))
