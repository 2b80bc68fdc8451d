"""Tasks in processes of this machine, of which each may end at any time.

A process does one task at a time, so that it is known which task one was lost with. When the driver
ends, however it ends, its processes do too: the pipe that they wait at is closed.
"""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import pickle
import signal
import traceback
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from multiprocessing.connection import Connection, wait
from typing import Any

from nnc.diagnostics.diagnostic import Diagnostic, FileError
from nnc.files.writing import drop_unfinished
from nnc.jobs.evaluation import do
from nnc.jobs.tasks import Done, OnProgress, Progress, Task

MAX_TRIES = 3
"""So often may a worker be lost while it does a task."""
_CONTEXT = multiprocessing.get_context("spawn")
_READY = "ready"


def by_processes(tasks: Iterable[Task], count: int, on_progress: OnProgress) -> Iterator[Done]:
    """Do tasks in so many processes, and yield what they come to as it comes.

    A task whose process is lost is done again by another. Raises FileError, lost-worker, when that
    has happened three times to one; RuntimeError where processes cannot begin.
    """
    waiting, again = iter(tasks), list[Task]()
    tries = Counter[int]()
    workers: list[_Worker] = []
    unborn = 0

    def next_task() -> Task | None:
        return again.pop() if again else next(waiting, None)

    try:
        while len(workers) < count and (task := next_task()) is not None:
            workers.append(_Worker(task))
        while busy := [worker for worker in workers if worker.task is not None]:
            for worker in _ready(busy):
                task = worker.task
                assert task is not None
                answer = worker.receive()
                if answer is None:
                    if worker.has_begun:
                        tries[task.number] += 1
                    else:
                        unborn += 1
                    if unborn >= MAX_TRIES and not any(each.has_begun for each in workers):
                        raise RuntimeError(_NOT_BEGUN)
                    if tries[task.number] >= MAX_TRIES:
                        raise lost(task)
                    again.append(task)
                    workers.remove(worker)
                    worker.end()
                    if (task_after := next_task()) is not None:
                        workers.append(_Worker(task_after))
                elif answer == _READY:
                    unborn = 0
                elif isinstance(answer, Progress):
                    on_progress(answer)
                else:
                    worker.send(next_task())
                    yield _done(answer)
    finally:
        for worker in workers:
            worker.end()


_NOT_BEGUN = (
    "a process ended before it could begin; in a script, call job.run under "
    '`if __name__ == "__main__":`'
)


def lost(task: Task) -> FileError:
    """Return the error of a task whose workers do not survive it."""
    message = f"{MAX_TRIES} workers were lost while they did the task {task.title}"
    hint = "look for what ends them, most often too little memory: take fewer workers, or fewer "
    hint += "rows per file"
    file = task.work.place(task.work.source).path(task.file)
    return FileError([Diagnostic("lost-worker", message, help=hint, file=file)])


def _done(answer: Any) -> Done:
    """Return what a task has come to; a bug in it is raised, with its place there."""
    if isinstance(answer, Done):
        return answer
    error, place = answer
    error.add_note(place)
    raise error


class _Worker:
    """A process with the task that it does, None where it has none."""

    def __init__(self, task: Task) -> None:
        self._pipe, other = _CONTEXT.Pipe()
        self._process = _CONTEXT.Process(target=_work, args=(other,), daemon=True)
        self.task: Task | None = None
        self.has_begun = False
        self._process.start()
        other.close()
        self.send(task)

    @property
    def pipe(self) -> Connection[Any, Any]:
        """What it answers by."""
        return self._pipe

    def send(self, task: Task | None) -> None:
        """Give it a task, or none any more."""
        self.task = task
        if task is not None:
            try:
                self._pipe.send(task)
            except OSError:  # it is lost, which `receive` says
                return

    def receive(self) -> Any:
        """Return its answer; None where it is lost."""
        try:
            answer = self._pipe.recv()
        except (EOFError, OSError):
            return None
        if answer == _READY:
            self.has_begun = True
            return _READY
        return answer

    def end(self) -> None:
        """End it, whatever it does."""
        self._pipe.close()
        self._process.terminate()
        self._process.join()
        self._process.close()


def _ready(workers: list[_Worker]) -> list[_Worker]:
    """Wait for workers that answer, or are lost."""
    pipes = {worker.pipe: worker for worker in workers}
    return [pipes[pipe] for pipe in wait(list(pipes)) if isinstance(pipe, Connection)]


def _work(pipe: Connection[Any, Any], do: Callable[[Task, OnProgress], Done] = do) -> None:
    """Do tasks until there are none any more: this is all that a process does."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the driver ends it
    signal.signal(signal.SIGTERM, _end)
    pipe.send(_READY)

    def tell(progress: Progress) -> None:
        with contextlib.suppress(OSError):  # the driver has ended
            pipe.send(progress)

    while True:
        try:
            task = pipe.recv()
        except (EOFError, OSError):
            return
        try:
            answer: Any = do(task, tell)
        except Exception as error:  # noqa: BLE001 - the driver raises it
            answer = _told(error)
        try:
            pipe.send(answer)
        except OSError:  # the driver has ended
            return


def _told(error: Exception) -> tuple[Exception, str]:
    """Return an error, and where it was raised, as they can be sent."""
    place = traceback.format_exc()
    try:
        pickle.loads(pickle.dumps(error))
    except Exception:  # noqa: BLE001 - as any class may
        return RuntimeError(repr(error)), place
    return error, place


def _end(*_: object) -> None:
    drop_unfinished()
    os._exit(1)
