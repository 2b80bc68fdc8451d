"""Run tasks: in this process, in processes of this machine, or on the executor of a user."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Executor, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from itertools import islice
from multiprocessing.connection import Connection
from typing import TYPE_CHECKING

from nnc.diagnostics.diagnostic import Diagnostic, FileError, InvalidRowsError
from nnc.extras import install_line
from nnc.files.writing import drop_unfinished
from nnc.jobs.evaluation import do
from nnc.jobs.tasks import Done, Task
from nnc.numbers.exact import names_and_more
from nnc.version import VERSION

if TYPE_CHECKING:
    import distributed

MAX_LOSSES = 3  # workers that may be lost while one task runs
MAX_SUBMITTED = 256  # tasks that an executor of a user has at a time
_TIMEOUT = 15  # seconds to wait for the scheduler of a cluster
_CONTEXT = multiprocessing.get_context("spawn")


def run_tasks(
    tasks: Sequence[Task], workers: int | None, client: Executor | distributed.Client | None
) -> Iterator[Done]:
    """Run tasks, and yield their answers as they come.

    Raises FileError, lost-worker, for a task that three workers did not survive.
    """
    if client is not None:
        return _answers(tasks, _executor_of(client), {}, MAX_SUBMITTED)
    return map(do, tasks) if workers is None else _in_processes(tasks, workers)


def _executor_of(client: Executor | distributed.Client) -> Executor:
    if isinstance(client, Executor):
        return client
    executor: Executor = client.get_executor(pure=False)  # type: ignore[no-untyped-call]
    return executor


def _answers(
    tasks: Iterable[Task], executor: Executor, running: dict[Future[Done], Task], limit: int
) -> Iterator[Done]:
    """Run tasks by an executor, at most `limit` of them at a time, which are in `running`."""
    waiting = iter(tasks)
    running |= {executor.submit(do, task): task for task in islice(waiting, limit)}
    try:
        while running:
            for future in wait(running, return_when=FIRST_COMPLETED).done:
                yield _answer(future, running[future])
                del running[future]
                running |= {executor.submit(do, task): task for task in islice(waiting, 1)}
    finally:
        for future in running:
            future.cancel()


def _answer(future: Future[Done], task: Task) -> Done:
    try:
        return future.result()
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] != "nnc":
            raise
        message = f"a worker cannot import `{error.name}`"
        hint = f"install the same nnc there as here, {VERSION}"
        raise FileError([Diagnostic("other-network", message, help=hint)]) from None
    except Exception as error:
        if type(error).__name__ == "KilledWorker":  # of Dask, which has tried again itself
            raise _lost([task]) from None
        raise


def _in_processes(tasks: Sequence[Task], workers: int) -> Iterator[Done]:
    """Run tasks in processes; when one is lost, new ones run what it and the others have not ended.

    A process runs one task at a time, so those that ran when a process was lost are known.
    """
    left = {task.number: task for task in tasks}
    losses: Counter[int] = Counter()
    while left:
        running: dict[Future[Done], Task] = {}
        reading, writing = _CONTEXT.Pipe(duplex=False)
        pool = ProcessPoolExecutor(workers, _CONTEXT, _prepare_process, (reading,))
        try:
            for done in _answers(list(left.values()), pool, running, workers):
                del left[done.task]
                yield done
        except BrokenProcessPool:
            losses.update(task.number for task in running.values())
            if deadly := [left[n] for n, count in losses.items() if count == MAX_LOSSES]:
                raise _lost(deadly) from None
        except BaseException:
            writing.close()  # processes end at once
            raise
        finally:
            pool.shutdown(cancel_futures=True)
            reading.close()
            writing.close()


def _prepare_process(reading: Connection[None, None]) -> None:
    """Let a process end with the pipe that the other end of is closed, or is lost."""
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
    """Return the error of tasks whose workers were lost."""
    names = names_and_more([task.title for task in tasks])
    message = f"{MAX_LOSSES} workers were lost while they ran {names}"
    hint = "look for what ends them, most often too little memory: use fewer workers, or fewer "
    hint += 'rows per file; in a script, call job.run under `if __name__ == "__main__":`'
    file = tasks[0].work.place(tasks[0].work.source).path(tasks[0].file)
    return FileError([Diagnostic("lost-worker", message, help=hint, file=file)])


@contextmanager
def connected(address: str) -> Iterator[distributed.Client]:
    """Yield a client of the Dask scheduler at an address, such as `tcp://host:8786`.

    Raises FileError where it does not answer, and InvalidRowsError, missing-library.
    """
    try:
        import distributed
    except ModuleNotFoundError:
        message = "a cluster needs Dask, which is not installed"
        hint = install_line("cluster")
        raise InvalidRowsError([Diagnostic("missing-library", message, help=hint)]) from None
    try:
        client = distributed.Client(  # type: ignore[no-untyped-call]
            address, timeout=_TIMEOUT, set_as_default=False
        )
    except (OSError, ValueError, TypeError) as error:  # TimeoutError is an OSError
        reason = str(error).strip().partition("\n")[0] or type(error).__name__
        message = f"the scheduler of the cluster does not answer: {reason}"
        hint = "write its address, such as tcp://host:8786, as `dask scheduler` prints it"
        raise FileError([Diagnostic("cannot-open", message, help=hint, file=address)]) from None
    with client:
        yield client
