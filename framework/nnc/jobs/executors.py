"""Run tasks in this process, in local processes, or on a user's executor."""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import (
    FIRST_COMPLETED,
    BrokenExecutor,
    Executor,
    Future,
    ProcessPoolExecutor,
    wait,
)
from contextlib import contextmanager
from itertools import chain, islice
from multiprocessing import resource_tracker
from multiprocessing.connection import Connection
from typing import Any

from nnc.diagnostics.diagnostic import Diagnostic, FileError
from nnc.files.writing import drop_unfinished
from nnc.jobs.evaluation import do_all
from nnc.jobs.tasks import Done, Task
from nnc.numbers.exact import names_and_more

MAX_SUBMITTED = 256  # batches submitted to a user's executor at a time
_MAX_BATCH = 256  # tasks that are submitted together
_MAX_BATCH_BYTES = 1 << 24  # of their files
_BATCHES = 8  # minimum per worker, so that all end at about the same time
_CONTEXT = multiprocessing.get_context("spawn")


def run_tasks(
    tasks: Sequence[Task], workers: int | None, executor: Executor | None
) -> Iterator[Done]:
    """Run tasks and yield their answers as they complete.

    Raises FileError (lost-worker) if a process ends before its task.
    """
    if executor is not None:
        yield from _answers(tasks, executor, MAX_SUBMITTED)
    elif workers is None:
        yield from chain.from_iterable(map(do_all, batches_of(tasks, 1)))
    else:
        with _processes(workers) as pool:
            yield from _answers(tasks, pool, workers)


def batches_of(tasks: Sequence[Task], workers: int) -> Iterator[tuple[Task, ...]]:
    """Yield tasks of small files in batches, such that each worker gets several batches."""
    most = max(1, min(_MAX_BATCH, len(tasks) // (_BATCHES * workers)))
    batch: list[Task] = []
    size = 0
    for task in tasks:
        if batch and (len(batch) == most or size + task.size > _MAX_BATCH_BYTES):
            yield tuple(batch)
            batch, size = [], 0
        batch.append(task)
        size += task.size
    if batch:
        yield tuple(batch)


def _answers(tasks: Sequence[Task], executor: Executor, limit: int) -> Iterator[Done]:
    """Run tasks on an executor, at most `limit` batches at a time."""
    waiting = batches_of(tasks, limit)
    running: dict[Future[list[Done]], tuple[Task, ...]] = {}
    try:
        while True:
            for batch in islice(waiting, limit - len(running)):
                running[executor.submit(do_all, batch)] = batch
            if not running:
                return
            for future in wait(running, return_when=FIRST_COMPLETED).done:
                yield from future.result()
                del running[future]
    except BrokenExecutor:
        raise _lost(list(chain.from_iterable(running.values()))) from None
    finally:
        for future in running:
            future.cancel()


@contextmanager
def _processes(workers: int) -> Iterator[Executor]:
    """Yield a pool of processes that end immediately if this one ends or the block raises."""
    reading, writing = _CONTEXT.Pipe(duplex=False)
    pool = _Processes(workers, _CONTEXT, _prepare_process, (reading,))
    try:
        yield pool
    except BaseException:  # also Ctrl-C: running tasks would be waited for below
        writing.close()  # which ends the processes
        raise
    finally:
        pool.shutdown(cancel_futures=True)
        reading.close()
        writing.close()


class _Processes(ProcessPoolExecutor):
    """A pool whose workers never see Ctrl-C; executors that users pass are left alone."""

    def submit(self, *task: Any, **settings: Any) -> Future[Any]:
        with _without_interrupts():  # this may start a process
            return super().submit(*task, **settings)


@contextmanager
def _without_interrupts() -> Iterator[None]:
    """Block Ctrl-C; a process started meanwhile never receives it, even while importing."""
    if sys.platform == "win32":
        yield
        return
    resource_tracker.ensure_running()  # starting it unblocks Ctrl-C
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _prepare_process(reading: Connection[None, None]) -> None:
    """End this process when the other end of the pipe is closed or its process has died."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the process that started it ends it
    signal.signal(signal.SIGTERM, _end)
    threading.Thread(target=_end_with, args=(reading,), daemon=True).start()


def _end_with(reading: Connection[None, None]) -> None:
    try:
        reading.recv()
    except (EOFError, OSError):
        _end()


def _end(*_: object) -> None:
    drop_unfinished()
    os._exit(1)


def _lost(tasks: Sequence[Task]) -> FileError:
    names = names_and_more([task.title for task in tasks])
    message = f"a worker was lost while {names} ran"
    hint = (
        "look for what ended it, most often too little memory, and go on with --resume and fewer "
    )
    hint += 'workers; in a script, call job.run under `if __name__ == "__main__":`'
    return FileError([Diagnostic("lost-worker", message, help=hint, file=tasks[0].path)])
