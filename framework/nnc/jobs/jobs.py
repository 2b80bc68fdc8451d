"""A job: many files of rows through a network, as tasks for any executor."""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, field, replace
from functools import cached_property
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypedDict, Unpack

from nnc.compiler.artifact import Provenance, write_compiled
from nnc.compiler.plan import Plan
from nnc.diagnostics.diagnostic import Diagnostic, FileError, InvalidRowsError, did_you_mean
from nnc.jobs.executors import run_tasks
from nnc.jobs.finishing import Collected, Results, Watch, finish
from nnc.jobs.fragments import Files, files_of, tasks_of
from nnc.jobs.places import is_remote, readable
from nnc.jobs.records import begin, unlock
from nnc.jobs.tasks import Done, Settings, Task, Work
from nnc.numbers.exact import counted, names_and_more
from nnc.opening.checking import plan_of
from nnc.rows.column_types import ColumnType, column_types_of, input_types
from nnc.rows.formats import FORMATS, format_of, written_form
from nnc.rows.options import EXTRAS, FLOATS, Extra, Floats

if TYPE_CHECKING:
    from nnc.language.network import Network

ROWS = 20_000_000  # of a task at most, where its file can be cut
MAX_PLAN_BYTES = 1 << 16  # of a network that is sent with each task; a larger one is in a file
_DECIMAL = re.compile(r"decimal\(\s*38\s*,\s*([0-9]{1,2})\s*\)")
_DIGITS = 38


class Options(TypedDict, total=False):
    """Further options of `job`; see there."""

    to: str | None
    floats: Floats | None
    sums: str | None
    rejects: str | Path | None
    count: bool
    resume: bool


def job(
    network: Network | Plan,
    files: str | Path,
    target: str | Path | None = None,
    *,
    rows: int = ROWS,
    extra: Extra | None = None,
    on_error: Literal["stop", "skip"] = "stop",
    **more: Unpack[Options],
) -> Job:
    """Plan the evaluation of many files of rows, and prepare the folder of the results.

    `files` is a folder, a pattern such as `in/*.parquet`, or one file; it and `target` may be
    addresses, such as `s3://bucket/in/`. A file gives a result of its name and format, or of the
    one that `to` says; a Parquet file of more than `rows` rows gives several, for some row groups
    each. Columns that are not inputs are dropped with a warning; `extra="drop"` drops them without
    one, `"keep"` keeps and `"error"` refuses them.

    With `on_error="skip"` rows with mistakes are left out, and kept in the folder `rejects`. `sums`
    is the type, `"float64"` or `"decimal(38,2)"`, of outputs that only all rows could decide. With
    `count=True` there are no results: it is counted how often outputs are 1. With `resume=True`
    only what is missing in `target`, or was made of something else, is left to do.

    Raises FileError where there are no files, or `target` is not empty; InvalidRowsError where a
    format is not known, a type is not decided, or two results have the same name; and
    InvalidNetworkError as `compile` does. More in docs/jobs.md.

    >>> import nnc
    >>> job = nnc.job(nnc.load("configs/gates/xor.nn.yaml"), "in/", "out/")
    >>> job
    <Job: 2 files in 2 tasks>
    >>> job.run()
    <Results: 2 files, 4 rows>
    """
    _check_word("on_error", on_error, ("stop", "skip"))
    _check_word("extra", extra, (None, *EXTRAS))
    _check_word("floats", more.get("floats"), (None, *FLOATS))
    if (to := more.get("to")) is not None and not (
        FORMATS[format_of("", to)].can_read and FORMATS[to].can_write
    ):
        raise ValueError(f"to is {to!r}, which no files are written as; write csv or parquet")
    if type(rows) is not int or rows < 1:
        raise ValueError(f"rows is {rows!r}; write an integer, at least 1")
    if unknown := next((name for name in more if name not in Options.__annotations__), None):
        names = ["rows", "extra", "on_error", *Options.__annotations__]
        meant = "rows" if unknown == "rows_per_file" else unknown  # its name on the terminal
        hint = did_you_mean(meant, names, f"the options are {', '.join(names)}")
        raise TypeError(f"there is no option `{unknown}`; {hint}")
    rejects, sums = more.get("rejects"), more.get("sums")
    settings = Settings(
        to=to,
        extra=extra,
        skips=on_error == "skip" or rejects is not None,
        floats=more.get("floats"),
        sums=None if sums is None else type_of_sums(sums),
        counted=more.get("count", False),
    )
    places = Places(str(files), _text(target), _text(rejects))
    _check_places(places, settings)
    resume = more.get("resume", False)
    plan, infos = plan_of(network), files_of(places.files)
    return planned(plan, infos, places, settings, rows=rows, resume=resume)


def _check_word(name: str, value: str | None, words: Sequence[str | None]) -> None:
    if value not in words:
        known = ", ".join(f'"{word}"' for word in words if word is not None)
        raise ValueError(f"{name} is {value!r}; write one of {known}")


def _text(path: str | Path | None) -> str | None:
    return None if path is None else str(path)


@dataclass(frozen=True)
class Places:
    """The paths or addresses of a job, as the user wrote them."""

    files: str
    target: str | None
    rejects: str | None = None


def type_of_sums(text: str) -> ColumnType:
    """Return the type that a text names for sums. Raises ValueError."""
    if text == "float64":
        return ColumnType("float")
    match = _DECIMAL.fullmatch(text)
    if match is None or int(match[1]) > _DIGITS:
        raise ValueError(f"`{text}` is not a type of sums; write float64, or decimal(38,2)")
    return ColumnType("decimal", int(match[1]))


@dataclass(frozen=True)
class Job:
    """Tasks that are left to do, and what they share.

    `tasks` may be done anywhere, in any order, more than once: `job.finish(map(nnc.do, job.tasks))`
    is what `job.run()` does.
    """

    plan: Plan = field(repr=False)
    work: Work = field(repr=False)
    every: tuple[Task, ...] = field(repr=False)
    kept: Mapping[int, Done] = field(repr=False)

    def __repr__(self) -> str:
        files = len({task.file for task in self.every})
        left = f", {len(self.tasks):,} left to do" if self.kept else ""
        return f"<Job: {counted(files, 'file')} in {counted(len(self.every), 'task')}{left}>"

    @cached_property
    def tasks(self) -> tuple[Task, ...]:
        """The tasks that are left to do."""
        return tuple(task for task in self.every if task.number not in self.kept)

    def finish(self, dones: Iterable[Done], watch: Watch | None = None) -> Results:
        """Take the answers of all tasks, count all rows, and write the manifest.

        `watch` is called whenever an answer has come. Raises InvalidRowsError with the mistakes of
        rows, sorted by file and row, at most 1,000; FileError with those of files, and where a task
        or a result is missing.
        """
        collected = Collected(self.every, self.kept.values())
        try:
            for done in dones:
                collected.add(done)
                if watch is not None:
                    watch(collected)
            return finish(self.every, self.work, self.plan, collected)
        finally:
            if not self.work.settings.counted:
                unlock(self.work)

    def run(
        self,
        *,
        workers: int | None = None,
        executor: Executor | None = None,
        watch: Watch | None = None,
    ) -> Results:
        """Do all tasks and finish: in this process, in `workers` processes, or by an `executor`.

        An executor is one of `concurrent.futures`, or of another library in its shape, such as
        `distributed.Client(address).get_executor(pure=False)` of Dask. Raises as `finish`, and
        FileError, lost-worker, where a process ends before its task.
        """
        return self.finish(run_tasks(self.tasks, workers, executor), watch)


def planned(
    plan: Plan,
    files: Files,
    places: Places,
    settings: Settings,
    *,
    rows: int = ROWS,
    resume: bool = False,
    **work: Any,
) -> Job:
    """Plan a job, and prepare its target; `work` has further fields of Work. Raises as `job`."""
    _check_apart(places, files)
    plan = replace(plan, name="")  # which says nothing of results, and would be in their keys
    forms = {written_form(form, settings.to) for form in files.forms(settings.source)}
    _check_types(plan, settings, forms)
    stream = BytesIO()
    write_compiled(plan, Provenance(), stream)  # always the same bytes for the same plan
    data = stream.getvalue()
    is_small = len(data) <= MAX_PLAN_BYTES or places.target is None
    shared = Work(
        settings,
        files.source,
        places.target,
        places.rejects,
        hashlib.sha256(data).hexdigest(),
        data if is_small else None,
        resumes=resume,
        **work,
    )
    tasks = tasks_of(files, shared, rows)
    kept = {} if places.target is None else begin(shared, tasks, None if is_small else data)
    return Job(plan, shared, tasks, kept)


def _check_places(places: Places, settings: Settings) -> None:
    """Refuse what cannot be meant. Raises ValueError."""
    if settings.counted and (places.target is not None or places.rejects is not None):
        raise ValueError("where rows are counted nothing is written: leave out the folder")
    if not settings.counted and places.target is None:
        raise ValueError("name the folder of the results")


def _check_apart(places: Places, files: Files) -> None:
    """Refuse results among the files of rows, and rejected rows among either."""
    named = [("the results", places.target), ("the rejected rows", places.rejects)]
    before = [("the rows", _real(files.source), files.source == places.files)]
    for what, path in named:
        if path is None:
            continue
        real = _real(path)
        for other, place, holds in before:
            if real == place or (holds and real.startswith(f"{place.rstrip('/')}/")):
                message = f"{what} would lie among {other}, in `{readable(path)}`"
                hint = "name a folder of its own"
                raise FileError(
                    [Diagnostic("results-clash", message, help=hint, file=readable(path))]
                )
        before.append((what, real, True))


def _real(path: str) -> str:
    if is_remote(path):
        return path.partition("?")[0].rstrip("/")
    return os.path.realpath(path).replace(os.sep, "/")


def _check_types(plan: Plan, settings: Settings, forms: Collection[str]) -> None:
    """Refuse outputs whose type only all rows could decide, and a type where there are none."""
    if settings.counted:
        return
    typed = [form for form in forms if FORMATS[form].has_types]
    kinds = column_types_of(plan, bits=settings.bits)
    if settings.inputs:
        kinds = input_types(plan.inputs, bits=settings.bits) | kinds
    open_ = [name for name, kind in kinds.items() if kind.name == "number"] if typed else []
    if open_ and settings.sums is None:
        message = f"no file alone can decide what type the numbers in {names_and_more(open_)} have"
        hint = 'say it: --numbers float, or --numbers "decimal(38,2)" with as many places as needed'
        raise InvalidRowsError([Diagnostic("unsettled-type", message, help=hint)])
    if settings.sums is not None and not open_:
        message = "a type of sums is given, and every column of the results has one already"
        raise InvalidRowsError([Diagnostic("unsettled-type", message, help="remove --numbers")])
