"""Evaluate many files of rows as a job, whose tasks any executor can run."""

from __future__ import annotations

import multiprocessing
import os
import re
import signal
import sys
import threading
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import (
    FIRST_COMPLETED,
    BrokenExecutor,
    Executor,
    Future,
    ProcessPoolExecutor,
    wait,
)
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from io import BytesIO
from itertools import chain, islice
from multiprocessing import resource_tracker
from multiprocessing.connection import Connection
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypedDict, Unpack, get_args

from nnc.compiler.artifact import Provenance, write_compiled
from nnc.compiler.plan import Plan
from nnc.diagnostics.diagnostic import Diagnostic, FileError, InvalidRowsError
from nnc.files.writing import drop_unfinished
from nnc.jobs.evaluation import do_all
from nnc.jobs.finishing import Results, finish
from nnc.jobs.folders import is_remote, local_path, readable
from nnc.jobs.planning import Files, files_of, tasks_of
from nnc.jobs.records import begin
from nnc.jobs.tasks import Done, Settings, Task, Work
from nnc.numbers.exact import counted, names_and_more
from nnc.opening.checking import plan_of
from nnc.rows.column_types import ColumnType, column_types_of, input_types
from nnc.rows.dialect import CsvDialect
from nnc.rows.formats import FORMATS, format_of, written_form
from nnc.rows.options import EXTRAS, FLOATS, KEEPING_IN_JOBS, Extra, Floats
from nnc.rows.session import RowOptions
from nnc.run.streaming import Style

if TYPE_CHECKING:
    from nnc.language.network import Network

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


ROWS = 20_000_000  # the maximum number of rows per task, if its file can be split
_DECIMAL = re.compile(r"decimal\(\s*38\s*,\s*([0-9]{1,2})\s*\)")
_DIGITS = 38

OnError = Literal["stop", "skip"]


class Options(TypedDict, total=False):
    """The options of `job`; see there."""

    rows: int
    to: str | None
    extra: Extra | None
    floats: Floats | None
    sums: str | None
    on_error: OnError
    rejects: str | Path | None
    count: bool
    resume: bool


def job(
    network: Network | Plan,
    files: str | Path,
    target: str | Path | None = None,
    **options: Unpack[Options],
) -> Job:
    """Plan the evaluation of many files of rows, and prepare the folder for the results.

    `files` is a folder, a pattern such as `in/*.parquet`, or one file; it and `target` may be
    addresses, such as `s3://bucket/in/`. Each file gives a result with its name and format, or the
    format `to`; a Parquet file of more than `rows` rows gives several results, each for some row
    groups, and CSV and JSON Lines one per 64 MiB. Columns that are not inputs are dropped with a
    warning; `extra="drop"` drops them silently, `"keep"` keeps them and `"error"` rejects them.
    `on_error="skip"` skips rows with mistakes and stores them in the folder `rejects`. `sums` is
    the type, `"float64"` or `"decimal(38,2)"`, of outputs whose type otherwise depends on all rows.
    `count=True` writes no results and only counts how often outputs are 1. `resume=True` leaves out
    results in `target` that are complete and up to date.

    Raises FileError if there are no files or `target` is not empty; InvalidRowsError if a format is
    unknown, a type is undecided, or two results have the same name; and InvalidNetworkError as
    `compile` does. See docs/jobs.md.

    >>> import nnc
    >>> job = nnc.job(nnc.load("configs/gates/xor.nn.yaml"), "in/", "out/")
    >>> job
    <Job: 2 files in 2 tasks>
    >>> job.run()
    <Results: 2 files, 4 rows>
    """
    if unknown := sorted(options.keys() - Options.__annotations__):
        known = ", ".join(Options.__annotations__)
        raise TypeError(f"there is no option `{unknown[0]}`; the options are {known}")
    _check_options(options)
    counts, rejects, sums = options.get("count", False), options.get("rejects"), options.get("sums")
    if counts and (target is not None or rejects is not None):
        raise ValueError("where rows are counted nothing is written: leave out the folder")
    if not counts and target is None:
        raise ValueError("name the folder of the results")
    settings = Settings(
        to=options.get("to"),
        skips=options.get("on_error") == "skip" or rejects is not None,
        options=RowOptions(
            options.get("extra"),
            KEEPING_IN_JOBS,
            options.get("floats"),
            CsvDialect(recognises=True),
        ),
        style=Style("", sums=None if sums is None else type_of_sums(sums)),
        counted=counts,
    )
    plan, row_files = plan_of(network), files_of(str(files))
    work = Work(
        settings,
        row_files.source,
        None if target is None else str(target),
        None if rejects is None else str(rejects),
        compiled(plan),
        resumes=options.get("resume", False),
    )
    return planned(plan, row_files, work, options.get("rows", ROWS))


def _check_options(options: Options) -> None:
    words = {"extra": EXTRAS, "floats": FLOATS, "on_error": get_args(OnError)}
    for name, known in words.items():
        value = options.get(name)
        if value is not None and value not in known:
            names = ", ".join(f'"{word}"' for word in known)
            raise ValueError(f"{name} is {value!r}; write one of {names}")
    to, rows = options.get("to"), options.get("rows", ROWS)
    if to is not None and not (FORMATS[format_of("", to)].can_read and FORMATS[to].can_write):
        raise ValueError(f"to is {to!r}, which no files are written as; write csv or parquet")
    if type(rows) is not int or rows < 1:
        raise ValueError(f"rows is {rows!r}; write an integer, at least 1")


def type_of_sums(text: str) -> ColumnType:
    """Parse the type of sums. Raises ValueError."""
    if text == "float64":
        return ColumnType("float")
    match = _DECIMAL.fullmatch(text)
    if match is None or int(match[1]) > _DIGITS:
        raise ValueError(f"`{text}` is not a type of sums; write float64, or decimal(38,2)")
    return ColumnType("decimal", int(match[1]))


def compiled(plan: Plan) -> bytes:
    """Return a compiled network for workers; equal plans give equal bytes."""
    stream = BytesIO()
    write_compiled(
        replace(plan, name=""), Provenance(), stream
    )  # results do not depend on the name
    return stream.getvalue()


@dataclass(frozen=True)
class Job:
    """The tasks left to do, and their common settings.

    `tasks` may be done anywhere, in any order, and repeatedly: `job.finish(map(nnc.do, job.tasks))`
    is equivalent to `job.run()`.
    """

    plan: Plan = field(repr=False)
    work: Work = field(repr=False)
    every: tuple[Task, ...] = field(repr=False)
    kept: Mapping[int, Done] = field(repr=False)

    def __repr__(self) -> str:
        files = len({task.file for task in self.every})
        left = f", {len(self.tasks):,} left to do" if self.kept else ""
        return f"<Job: {counted(files, 'file')} in {counted(len(self.every), 'task')}{left}>"

    @property
    def tasks(self) -> tuple[Task, ...]:
        """The tasks that are left to do."""
        return tuple(task for task in self.every if task.number not in self.kept)

    def finish(
        self, dones: Iterable[Done], watch: Callable[[Done], object] | None = None
    ) -> Results:
        """Collect the answers of all tasks, count all rows, and write the manifest.

        `watch` is called with each answer. Raises InvalidRowsError with the mistakes in rows,
        sorted by file and row, at most 1,000; and FileError with those in files, or if a task or
        result is missing.
        """
        answers = dict(self.kept)
        for done in dones:
            if not 0 <= done.task < len(self.every):
                raise ValueError(f"task {done.task} is not one of this job; it is of another")
            known = answers.get(done.task)  # of several attempts, the first without mistakes counts
            if known is None or (known.mistakes and not done.mistakes):
                answers[done.task] = done
            if watch is not None:
                watch(done)
        return finish(self.every, self.work, self.plan, answers)

    def run(
        self,
        *,
        workers: int | None = None,
        executor: Executor | None = None,
        watch: Callable[[Done], object] | None = None,
    ) -> Results:
        """Do all tasks and finish: in this process, in `workers` processes, or on an `executor`.

        An executor is one of `concurrent.futures` or a library with the same interface, such as
        `distributed.Client(address).get_executor(pure=False)` of Dask. Raises the errors of
        `finish`, and FileError (lost-worker) if a process ends before its task.
        """
        return self.finish(run_tasks(self.tasks, workers, executor), watch)


def planned(plan: Plan, files: Files, work: Work, rows: int = ROWS) -> Job:
    """Plan a job and prepare its target. Raises the errors of `job`."""
    _check_apart(files, work)
    settings = work.settings
    _check_types(
        plan, settings, {written_form(form, settings.to) for form in files.forms(settings.source)}
    )
    tasks = tasks_of(files, work, rows)
    return Job(plan, work, tasks, {} if work.target is None else begin(work, tasks))


def _check_apart(files: Files, work: Work) -> None:
    """Raise FileError if results would be among the rows, or rejected rows among either."""
    before = [("the rows", _real(work.source), files.is_whole)]
    for noun, path in (("the results", work.target), ("the rejected rows", work.rejects)):
        if path is None:
            continue
        real = _real(path)
        for other, folder, is_whole in before:
            if real == folder or (is_whole and real.startswith(f"{folder.rstrip('/')}/")):
                message = f"{noun} would lie among {other}, in `{readable(path)}`"
                hint = "name a folder of its own"
                raise FileError(
                    [Diagnostic("results-clash", message, help=hint, file=readable(path))]
                )
        before.append((noun, real, True))


def _real(path: str) -> str:
    path = local_path(path)
    if is_remote(path):
        return path.partition("?")[0].rstrip("/")
    return os.path.realpath(path).replace(os.sep, "/")


def _check_types(plan: Plan, settings: Settings, forms: Collection[str]) -> None:
    """Raise InvalidRowsError for outputs with an undecided type, or a superfluous type."""
    if settings.counted:
        return
    style = settings.style
    types = column_types_of(plan, bits=style.bits)
    if style.inputs:
        types = input_types(plan.inputs, bits=style.bits) | types
    is_typed = any(FORMATS[form].has_types for form in forms)
    numbers = [name for name, type_ in types.items() if type_.name == "number"] if is_typed else []
    if numbers and style.sums is None:
        names = names_and_more(numbers)
        message = f"no file alone can decide what type the numbers in {names} have"
        hint = 'say it: --numbers float, or --numbers "decimal(38,2)" with as many places as needed'
        raise InvalidRowsError([Diagnostic("unsettled-type", message, help=hint)])
    if style.sums is not None and not numbers:
        message = "a type of sums is given, and every column of the results has one already"
        raise InvalidRowsError([Diagnostic("unsettled-type", message, help="remove --numbers")])
