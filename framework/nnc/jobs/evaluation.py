"""Task -> Done: one file, or a part of one, read, evaluated and written, wherever this runs."""

from __future__ import annotations

import hashlib
import io
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any, BinaryIO, cast

from nnc.compiler.plan import Plan
from nnc.diagnostics.diagnostic import Diagnostic, FileError, InvalidRowsError, NncError
from nnc.jobs.fragments import name_of_rejects
from nnc.jobs.plans import plan_of
from nnc.jobs.records import done_by, entry_of, read_json, record_of, write_json
from nnc.jobs.tasks import Done, OnProgress, Progress, Task
from nnc.numbers.exact import counted
from nnc.rows.columns import Batch
from nnc.rows.formats import format_of
from nnc.rows.options import KEEPING_IN_JOBS, KEEPING_OPTIONS
from nnc.rows.session import MAX_FINDINGS, Rejects
from nnc.rows.streams import packing
from nnc.run import streaming
from nnc.run.assumptions import Assumptions
from nnc.run.engines import How
from nnc.run.truth_tables import count_ones

_REPORT_EVERY = 1.0  # seconds between two reports of how far a task is
_MAX_HELD = 1 << 24  # bytes of rejected rows that are held in memory; more are on the disk


def do(task: Task, on_progress: OnProgress | None = None) -> Done:
    """Do a task of a job, in this process; to do it again, anywhere, gives the same bytes.

    A result that an earlier try has written is left as it is. Mistakes of rows and files are in
    `Done.mistakes`. Raises none of them: `Job.finish` does. `on_progress` is called about once a
    second with the `Progress` of the task. More in docs/jobs.md.

    >>> import nnc
    >>> job = nnc.job(nnc.load("configs/gates/xor.nn.yaml"), "in/", "out/")
    >>> job.finish(map(nnc.do, job.tasks))
    <Results: 2 files, 4 rows>
    """
    try:
        plan = plan_of(task.work)
        if task.work.settings.counted:
            return _count(task, plan, on_progress)
        return _evaluate(task, plan, on_progress)
    except NncError as error:
        path = task.work.place(task.work.source).path(task.file)
        mistakes = tuple(
            each if each.file else replace(each, file=path)
            for each in error.diagnostics[:MAX_FINDINGS]
        )
        is_about_files = not isinstance(error, InvalidRowsError)
        return Done(task.number, mistakes=mistakes, is_about_files=is_about_files)


def _evaluate(task: Task, plan: Plan, on_progress: OnProgress | None) -> Done:
    """Write the result of a task, then its record."""
    target = task.work.place(task.work.target)
    before = done_by(read_json(target, record_of(task)), task, target)
    if before is not None:
        return before
    settings = task.work.settings
    style = streaming.Style(
        _target_form(task),
        bits=settings.bits,
        floats=settings.as_floats,
        inputs=settings.inputs,
        sums=settings.sums,
    )
    with tempfile.SpooledTemporaryFile(_MAX_HELD) as rejected:
        stream = cast("BinaryIO", rejected) if task.work.rejects is not None else None
        rows = _Rows(task, plan, stream, on_progress)
        with target.write(task.output) as file:
            made = _Made(file)
            with packing(cast("BinaryIO", made), task.output) as stream, rows.opened() as batches:
                streaming.write_results(plan, batches, stream, style, rows.how)
            rows.check()
        kept = None
        if task.work.rejects is not None:
            kept = _keep_rejected(task, rows.rejected, rejected)
    done = Done(
        task.number, rows.count, rows.rejected, made.size, made.digest,
        warnings=rows.warnings, kept_rejects=kept,
    )  # fmt: skip
    write_json(target, record_of(task), entry_of(task, done))
    return done


def _count(task: Task, plan: Plan, on_progress: OnProgress | None) -> Done:
    """Count the outputs of a task."""
    rows = _Rows(task, plan, None, on_progress)
    with rows.opened() as batches:
        _, counts = count_ones(plan, batches, rows.how)
    rows.check()
    return Done(task.number, rows.count, rows.rejected, counts=counts, warnings=rows.warnings)


def _form(task: Task) -> str:
    return format_of(task.file, task.work.settings.source)


def _target_form(task: Task) -> str:
    return task.work.settings.to or _form(task)


def _keep_rejected(task: Task, count: int, rejected: Any) -> tuple[str, str, int] | None:
    """Write the rows that were refused, as they were, and say where; no file if there are none."""
    place = task.work.place(task.work.rejects)
    name = name_of_rejects(task)
    if not count:
        place.remove([name])
        return None
    rejected.seek(0)
    with place.write(name) as file, packing(file, name) as stream:
        shutil.copyfileobj(rejected, stream, 1 << 20)
    info = place.look(name)
    return str(task.work.rejects_at), name, -1 if info is None else info.size


class _Rows:
    """The rows of a task: how they are opened, and how many there were."""

    def __init__(
        self, task: Task, plan: Plan, rejected: BinaryIO | None, on_progress: OnProgress | None
    ) -> None:
        self._on_progress, self._last_report = on_progress, time.monotonic()
        self._warnings: list[Diagnostic] = []
        self._task, self._plan, self._place = task, plan, task.work.place(task.work.source)
        self.count = 0
        self.how = How(task.work.engine, task.work.threads)
        settings = task.work.settings
        path = self._place.path(task.file)
        self._rejects = Rejects(rejected, None, path) if settings.skips else None
        self._source = streaming.Source(
            path,
            _form(task),
            settings.values,
            self._warnings.append,
            extra=settings.extra,
            extra_help=KEEPING_OPTIONS if task.work.has_options else KEEPING_IN_JOBS,
            rejects=self._rejects,
            floats=settings.floats,
            csv=settings.csv,
            rename=settings.rename,
            rest=settings.rest,
            has_options=task.work.has_options,
            refuse=Assumptions(plan).refusals if settings.skips else None,
            opened=lambda: self._place.open(task.file),
            groups=task.groups,
            before=task.before,
        )

    @property
    def rejected(self) -> int:
        """How many rows were left out."""
        return 0 if self._rejects is None else self._rejects.count

    @property
    def warnings(self) -> tuple[Diagnostic, ...]:
        """One warning of each rule, with what was wrong in the first rows that were left out."""
        warnings = {each.rule: each for each in reversed(self._warnings)}
        if self._rejects is not None:
            skipped = self._rejects.warning(self._source.file or "", self._task.work.rejects)
            warnings |= {} if skipped is None else {skipped.rule: skipped}
        return tuple(warnings.values())

    @contextmanager
    def opened(self) -> Iterator[Iterator[Batch]]:
        """Open the file, and yield its batches. Raises as `open_rows`, and changed-input."""
        self._check_unchanged()
        with streaming.open_rows(self._source, self._plan.inputs) as rows:
            batches = self._counted(rows)
            yield streaming.watched(self._plan, batches, self._source, self.how)

    def _counted(self, rows: streaming.Rows) -> Iterator[Batch]:
        for batch in rows.batches:
            self.count += batch.count
            yield batch
            if (
                self._on_progress is not None
                and time.monotonic() - self._last_report >= _REPORT_EVERY
            ):
                self._last_report = time.monotonic()
                seen = self.count + self.rejected
                part = seen / self._task.rows if self._task.rows else rows.share(seen)
                self._on_progress(Progress(self._task.number, seen, part))

    def check(self) -> None:
        """Compare what was read with the file. Raises FileError, rows-lost and changed-input."""
        self._check_unchanged()
        expected, rows = self._task.rows, self.count + self.rejected
        if expected not in (None, rows):
            message = f"{counted(rows, 'row')} came of it; its footer says {expected:,}"
            file = self._place.path(self._task.file)
            raise FileError([Diagnostic("rows-lost", message, file=file)])

    def _check_unchanged(self) -> None:
        task = self._task
        info = self._place.look(task.file)
        if info is None or (info.size, info.modified) != (task.size, task.modified):
            what = "is gone" if info is None else "has changed"
            message = f"the file {what} since the job was planned"
            hint = "run the job again with --resume" if task.work.has_options else "plan a new job"
            file = self._place.path(task.file)
            raise FileError([Diagnostic("changed-input", message, help=hint, file=file)])


class _Made(io.BufferedIOBase):
    """A stream to write a result to, which is measured on its way to the file."""

    def __init__(self, file: BinaryIO) -> None:
        self._file, self._digest, self.size = file, hashlib.sha256(), 0

    def writable(self) -> bool:
        return True

    def write(self, data: Any, /) -> int:
        self._digest.update(data)
        count = memoryview(data).nbytes
        self.size += count
        self._file.write(data)
        return count

    def tell(self) -> int:
        return self.size

    @property
    def digest(self) -> str:
        """The SHA-256 of what was written."""
        return self._digest.hexdigest()
