"""A job: many files of rows through a network, as tasks for any executor."""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypedDict, Unpack

from nnc.compiler.plan import Plan
from nnc.diagnostics.diagnostic import Diagnostic, FileError, InvalidRowsError, did_you_mean
from nnc.jobs import executors
from nnc.jobs.finishing import Collected, Results, Watch, finish
from nnc.jobs.fragments import Files, files_of, tasks_of
from nnc.jobs.holds import Hold
from nnc.jobs.places import is_remote, place_of, readable
from nnc.jobs.plans import PLAN, SMALL, compiled
from nnc.jobs.processes import by_processes
from nnc.jobs.records import JOB, write_json
from nnc.jobs.targets import prepared, stale_rejects
from nnc.jobs.tasks import Done, Progress, Settings, Task, Work
from nnc.numbers.exact import counted, names_and_more
from nnc.opening.checking import plan_of
from nnc.rows.column_types import ColumnType, column_types_of, input_types
from nnc.rows.formats import FORMATS, format_of
from nnc.rows.options import EXTRAS, FLOATS, Extra, Floats
from nnc.version import VERSION

if TYPE_CHECKING:
    from nnc.language.network import Network
ROWS = 20_000_000
"""A task has at most so many rows, where a file can be cut."""
_DECIMAL = re.compile(r"decimal\(\s*38\s*,\s*([0-9]{1,2})\s*\)")
_DIGITS = 38


class Options(TypedDict, total=False):
    """What more `job` takes; see there."""

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
    if (to := more.get("to")) is not None and not FORMATS[format_of("", to)].can_read:
        raise ValueError(f"to is {to!r}, which is for people; files are csv or parquet")
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
    """Where a job reads and writes, as it was said: paths or addresses."""

    files: str
    target: str | None
    rejects: str | None = None


def type_of_sums(text: str) -> ColumnType:
    """Read the type that sums get. Raises ValueError."""
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
    hold: Hold | None = field(default=None, repr=False, compare=False)

    def __repr__(self) -> str:
        files = len({task.file for task in self.every})
        left = f", {len(self.tasks):,} left to do" if self.kept else ""
        return f"<Job: {counted(files, 'file')} in {counted(len(self.every), 'task')}{left}>"

    @cached_property
    def tasks(self) -> tuple[Task, ...]:
        """The tasks that are left to do."""
        return tuple(task for task in self.every if task.number not in self.kept)

    def finish(self, dones: Iterable[Done]) -> Results:
        """Take what every task has come to, count all rows, and write the manifest.

        Raises InvalidRowsError with the mistakes of rows, in order of file and row, at most 1,000;
        FileError with those of files, and where a task or a result is missing.
        """
        collected = self._collected()
        for done in dones:
            collected.add(done)
        return self._finish(collected)

    def _finish(self, collected: Collected) -> Results:
        try:
            return finish(self.every, self.work, self.plan, collected)
        finally:
            if self.hold is not None:
                self.hold.release()

    def run(
        self,
        *,
        workers: int | None = None,
        client: executors.Client | None = None,
        watch: Watch | None = None,
    ) -> Results:
        """Do all tasks and finish: in this process, in so many `workers`, or by a `client`.

        A client is one of Dask, or an executor of Python. After the first mistake no task is
        started any more. `watch` is called with what there is whenever a task has ended, and about
        once a second while tasks run in this process or in `workers`.

        Raises as `finish`, and FileError, lost-worker, for a task that three workers did not
        survive.
        """
        collected = self._collected()

        def waiting() -> Iterator[Task]:
            for task in self.tasks:
                if collected.fails:
                    return
                yield task

        def on_progress(progress: Progress) -> None:
            collected.hear(progress)
            if watch is not None:
                watch(collected)

        if client is not None:
            dones = executors.by_client(waiting(), client)
        elif workers is not None:
            dones = by_processes(waiting(), workers, on_progress)
        else:
            dones = executors.one_by_one(waiting(), on_progress)
        for done in dones:
            collected.add(done)
            if watch is not None:
                watch(collected)
        return self._finish(collected)

    def _collected(self) -> Collected:
        collected = Collected(self.every)
        for done in self.kept.values():
            collected.add(done)
        collected.begin()
        return collected


# ------------------------------------------------------------------------------- planning


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
    """Plan a job, and prepare its target; `work` is what more tasks share. Raises as `job`."""
    _check_apart(places, files)
    plan = replace(plan, name="")  # which says nothing of results, and would be in their keys
    forms = {settings.to or form for form in files.forms(settings.source)}
    _check_types(plan, settings, forms)
    data = compiled(plan)
    is_small = len(data) < SMALL or places.target is None
    shared = Work(
        settings, files.source, places.target, places.rejects, hashlib.sha256(data).hexdigest(),
        data if is_small else None, resumes=resume, **work,
    )  # fmt: skip
    tasks = tasks_of(files, shared, rows)
    if places.target is None:
        return Job(plan, shared, tasks, {})
    hold = Hold(places.target)
    try:
        kept = _begun(shared, places.target, tasks, None if is_small else data, resume=resume)
    except BaseException:
        hold.undo()
        raise
    return Job(plan, shared, tasks, kept, hold)


def _begun(
    work: Work, path: str, tasks: tuple[Task, ...], data: bytes | None, *, resume: bool
) -> dict[int, Done]:
    """Prepare the target, and return what has been done; `data` is a network for all workers."""
    target = place_of(path)
    stale = stale_rejects(target, tasks, resume=resume)
    kept = prepared(target, path, tasks, resume=resume)
    if stale:
        work.place(work.rejects).remove(stale)
    if len(kept) < len(tasks):
        began = {"nnc": VERSION, "network": work.digest}
        at = work.rejects_at
        write_json(target, JOB, began | ({} if at is None else {"rejects": at}))
        if data is not None:
            with target.write(PLAN) as stream:
                stream.write(data)
    return kept


def _check_places(places: Places, settings: Settings) -> None:
    """Refuse what cannot be meant. Raises ValueError."""
    if settings.counted and (places.target is not None or places.rejects is not None):
        raise ValueError("where rows are counted nothing is written: leave out the folder")
    if not settings.counted and places.target is None:
        raise ValueError("name the folder of the results")


def _check_apart(places: Places, files: Files) -> None:
    """Refuse results among the files of rows, and rejected rows among either."""
    source = _real(files.source)
    is_whole = files.source == places.files
    named = [("the results", places.target), ("the rejected rows", places.rejects)]
    before = [("the rows", source, is_whole)]
    if is_whole and not is_remote(files.source):
        folders = {os.path.dirname(files.place.path(each.name)) for each in files.infos}  # noqa: PTH120
        before += [("the rows", _real(each), True) for each in sorted(folders)]  # links lead away
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
        hint = 'say it: --sums float64, or --sums "decimal(38,2)" with as many places as needed'
        raise InvalidRowsError([Diagnostic("unsettled-type", message, help=hint)])
    if settings.sums is not None and not open_:
        message = "a type of sums is given, and every column of the results has one already"
        raise InvalidRowsError([Diagnostic("unsettled-type", message, help="remove --sums")])
