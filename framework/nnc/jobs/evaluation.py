"""Task -> Done: read, evaluate and write one file, or a part of it, wherever this runs."""

from __future__ import annotations

import hashlib
import io
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import lru_cache
from typing import Any, BinaryIO, cast

from nnc.compiler.artifact import load_compiled
from nnc.compiler.plan import Plan
from nnc.diagnostics.diagnostic import Diagnostic, FileError, InvalidRowsError, NncError
from nnc.files.writing import temporary_copy
from nnc.jobs.places import place_of
from nnc.jobs.records import PLAN, recorded, rejects_of, write_record
from nnc.jobs.remote import MAX_IN_MEMORY
from nnc.jobs.tasks import Done, Task, Work
from nnc.numbers.exact import counted
from nnc.rows.columns import Batch
from nnc.rows.formats import format_of, written_form
from nnc.rows.options import KEEPING_IN_JOBS, KEEPING_OPTIONS
from nnc.rows.session import MAX_FINDINGS, Rejects, RowOptions
from nnc.rows.streams import packing
from nnc.run import streaming
from nnc.run.assumptions import Assumptions
from nnc.run.engines import How
from nnc.run.truth_tables import count_ones
from nnc.version import VERSION


def do(task: Task) -> Done:
    """Do a task of a job, in this process; to do it again, anywhere, gives the same bytes.

    A result that an earlier try has written is left as it is. Mistakes of rows and files are in
    `Done.mistakes`. Raises none of them: `Job.finish` does. More in docs/jobs.md.

    >>> import nnc
    >>> job = nnc.job(nnc.load("configs/gates/xor.nn.yaml"), "in/", "out/")
    >>> job.finish(map(nnc.do, job.tasks))
    <Results: 2 files, 4 rows>
    """
    try:
        plan = plan_of(task.work)
        if task.work.settings.counted:
            return _count(task, plan)
        return recorded(task) or _evaluate(task, plan)
    except NncError as error:
        path = task.work.place(task.work.source).path(task.file)
        mistakes = tuple(
            each if each.file else replace(each, file=path)
            for each in error.diagnostics[:MAX_FINDINGS]
        )
        is_about_files = not isinstance(error, InvalidRowsError)
        return Done(task.number, mistakes=mistakes, is_about_files=is_about_files)


def plan_of(work: Work) -> Plan:
    """Return the plan of a job; a process reads it once.

    Raises FileError, other-network, where another version of nnc planned the job, or the network is
    not the one that it was planned with.
    """
    if work.version != VERSION:
        message = f"the job was planned by nnc {work.version}, and this worker is nnc {VERSION}"
        hint = f"install nnc {work.version} everywhere, or plan the job again"
        raise FileError([Diagnostic("other-network", message, help=hint)])
    return _plan(work.digest, work.plan, None if work.plan else work.located(work.target))


@lru_cache(maxsize=4)
def _plan(digest: str, data: bytes | None, target: str | None) -> Plan:
    file = None
    if target is not None:
        place = place_of(target)
        file = place.path(PLAN)
        with place.open(PLAN) as stream:
            data = stream.read()
    assert data is not None
    if hashlib.sha256(data).hexdigest() != digest:
        message = "the network of the job is not the one that it was planned with"
        hint = "start the job again, in another folder"
        raise FileError([Diagnostic("other-network", message, help=hint, file=file)])
    with temporary_copy(data) as copy:
        return load_compiled(copy).plan


def _evaluate(task: Task, plan: Plan) -> Done:
    """Write the result of a task and its rejected rows, then its record."""
    settings = task.work.settings
    style = streaming.Style(
        written_form(format_of(task.file, settings.source), settings.to),
        bits=settings.bits,
        floats=settings.as_floats,
        inputs=settings.inputs,
        sums=settings.sums,
    )
    with tempfile.SpooledTemporaryFile(MAX_IN_MEMORY) as rejected:
        keeps = task.work.rejects is not None
        rows = _Rows(task, plan, cast("BinaryIO", rejected) if keeps else None)
        with task.work.place(task.work.target).write(task.output) as file:
            measured = _Measured(file)
            with (
                packing(cast("BinaryIO", measured), task.output) as stream,
                rows.opened() as batches,
            ):
                streaming.write_results(plan, batches, stream, style, rows.how)
            rows.check()
        rejects = _write_rejected(task, rejected, rows.rejected) if keeps else None
    done = replace(rows.done(), size=measured.size, sha256=measured.digest, rejects=rejects)
    write_record(task, done)
    return done


def _count(task: Task, plan: Plan) -> Done:
    """Count the outputs of a task."""
    rows = _Rows(task, plan, None)
    with rows.opened() as batches:
        _, counts = count_ones(plan, batches, rows.how)
    rows.check()
    return replace(rows.done(), counts=counts)


def _write_rejected(task: Task, rejected: Any, count: int) -> tuple[str, int] | None:
    """Write rejected rows, if there are any, and return the name and the bytes of the file."""
    place, name = task.work.place(task.work.rejects), rejects_of(task)
    if not count:
        place.remove([name])
        return None
    rejected.seek(0)
    with place.write(name) as file:
        measured = _Measured(file)
        with packing(cast("BinaryIO", measured), name) as stream:
            shutil.copyfileobj(rejected, stream, 1 << 20)
    return name, measured.size


class _Rows:
    """The rows of a task, which are counted as they are read."""

    def __init__(self, task: Task, plan: Plan, rejected: BinaryIO | None) -> None:
        work, settings = task.work, task.work.settings
        self._task, self._plan, self._place = task, plan, work.place(work.source)
        self._warnings: list[Diagnostic] = []
        self._count = 0
        self.how = How(work.engine, work.threads)
        path = self._place.path(task.file)
        self._rejects = Rejects(rejected, None, path) if settings.skips else None
        self._source = streaming.Source(
            path,
            format_of(task.file, settings.source),
            settings.values,
            self._warnings.append,
            RowOptions(
                settings.extra,
                KEEPING_OPTIONS if work.has_options else KEEPING_IN_JOBS,
                settings.floats,
                settings.csv,
                settings.rename,
                work.has_options,
            ),
            rejects=self._rejects,
            rest=settings.rest,
            refuse=Assumptions(plan).refusals if settings.skips else None,
            opened=lambda: self._place.open(task.file),
            groups=task.groups,
            before=task.before,
        )

    @property
    def rejected(self) -> int:
        """The number of rows that were left out."""
        return 0 if self._rejects is None else self._rejects.count

    def done(self) -> Done:
        """Return the numbers of rows, and the first warning of each rule."""
        warnings = {warning.rule: warning for warning in reversed(self._warnings)}
        if self._rejects is not None:
            skipped = self._rejects.warning(self._source.file or "", self._task.work.rejects)
            warnings |= {} if skipped is None else {skipped.rule: skipped}
        return Done(
            self._task.number, self._count, self.rejected, warnings=tuple(warnings.values())
        )

    @contextmanager
    def opened(self) -> Iterator[Iterator[Batch]]:
        """Open the file, and yield its batches. Raises as `open_rows`, and changed-input."""
        self._check_unchanged()
        with streaming.open_rows(self._source, self._plan.inputs) as rows:
            batches = self._counted(rows.batches)
            yield streaming.watched(self._plan, batches, self._source, self.how)

    def _counted(self, batches: Iterator[Batch]) -> Iterator[Batch]:
        for batch in batches:
            self._count += batch.count
            yield batch

    def check(self) -> None:
        """Compare what was read with the file. Raises FileError, rows-lost and changed-input."""
        self._check_unchanged()
        expected, rows = self._task.rows, self._count + self.rejected
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


class _Measured(io.BufferedIOBase):
    """A stream to a file that counts and hashes the bytes on their way."""

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
