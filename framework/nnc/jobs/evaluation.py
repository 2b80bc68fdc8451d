"""Do a task: read, evaluate and write one file or a part of it, on any machine."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from functools import lru_cache
from typing import BinaryIO, cast

from nnc.compiler.artifact import load_compiled
from nnc.compiler.plan import Plan
from nnc.diagnostics.diagnostic import Diagnostic, FileError, InvalidRowsError, NncError
from nnc.files.writing import temporary_copy
from nnc.jobs.folders import MAX_IN_MEMORY
from nnc.jobs.records import rejects_of, write_record
from nnc.jobs.tasks import Done, Task
from nnc.numbers.exact import counted
from nnc.rows.columns import Batch
from nnc.rows.compressions import compressing
from nnc.rows.formats import format_of, written_form
from nnc.rows.session import MAX_FINDINGS, Rejects
from nnc.run import streaming
from nnc.run.assumptions import Assumptions
from nnc.run.engines import How
from nnc.run.truth_tables import count_ones
from nnc.version import VERSION


def do(task: Task) -> Done:
    """Do a task of a job in this process; repeating it anywhere gives the same bytes.

    Mistakes in rows and files are returned in `Done.mistakes`. Raises none of them: `Job.finish`
    does. See docs/jobs.md.

    >>> import nnc
    >>> job = nnc.job(nnc.load("configs/gates/xor.nn.yaml"), "in/", "out/")
    >>> job.finish(map(nnc.do, job.tasks))
    <Results: 2 files, 4 rows>
    """
    return do_all((task,))[0]


def do_all(tasks: Sequence[Task]) -> list[Done]:
    """Do several tasks of one job as `do` does, syncing and recording their results together."""
    dones = [_tried(task, _do) for task in tasks]
    done_well = [pair for pair in zip(tasks, dones, strict=True) if not pair[1].mistakes]
    if not done_well or tasks[0].work.settings.counted:
        return dones
    last = _tried(done_well[-1][0], lambda _: _record(done_well))
    return [last if done.task == last.task else done for done in dones]


def _tried(task: Task, step: Callable[[Task], Done]) -> Done:
    """Return the result of a step, or a Done with the mistakes that it raises."""
    try:
        return step(task)
    except NncError as error:
        mistakes = tuple(
            mistake if mistake.file else replace(mistake, file=task.path)
            for mistake in error.diagnostics[:MAX_FINDINGS]
        )
        is_about_files = not isinstance(error, InvalidRowsError)
        return Done(task.number, mistakes=mistakes, is_about_files=is_about_files)


def _do(task: Task) -> Done:
    _check_version(task)
    plan = _plan_of(task.work.plan)
    return _count(task, plan) if task.work.settings.counted else _evaluate(task, plan)


def _record(pairs: Sequence[tuple[Task, Done]]) -> Done:
    """Sync and record results; return the answer of the last one."""
    work = pairs[0][0].work
    work.folder(work.target).sync([task.output for task, _ in pairs])
    if rejects := [done.rejects for _, done in pairs if done.rejects is not None]:
        work.folder(work.rejects).sync(rejects)
    write_record(pairs)
    return pairs[-1][1]


def _check_version(task: Task) -> None:
    version = task.work.version
    if version != VERSION:
        message = f"the job was planned by nnc {version}, and this worker is nnc {VERSION}"
        hint = f"install nnc {version} everywhere, or plan the job again"
        raise FileError([Diagnostic("other-network", message, help=hint)])


@lru_cache(maxsize=4)
def _plan_of(data: bytes) -> Plan:
    """Load a compiled network, once per process."""
    with temporary_copy(data) as copy:
        return load_compiled(copy).plan


def _evaluate(task: Task, plan: Plan) -> Done:
    """Write the result of a task and its rejected rows."""
    work, settings = task.work, task.work.settings
    form = written_form(format_of(task.file, settings.source), settings.to)
    target = work.folder(work.target)
    with tempfile.SpooledTemporaryFile(MAX_IN_MEMORY) as spooled:
        rejected = cast("BinaryIO", spooled)
        rows = _Rows(task, plan, None if work.rejects is None else rejected)
        with target.write(task.output, is_synced=False) as file:
            with compressing(file, task.output) as stream, rows.opened() as batches:
                style = settings.style._replace(format=form)
                streaming.write_results(plan, batches, stream, style, rows.how)
            rows.check()
        done = rows.done()
        if work.rejects is not None:
            done = replace(done, rejects=_write_rejected(task, rejected, done.rejected))
    info = target.look(task.output)
    return replace(done, size=0 if info is None else info.size)


def _count(task: Task, plan: Plan) -> Done:
    """Count the outputs of a task."""
    rows = _Rows(task, plan, None)
    with rows.opened() as batches:
        _, counts = count_ones(plan, batches, rows.how)
    rows.check()
    return replace(rows.done(), counts=counts)


def _write_rejected(task: Task, rejected: BinaryIO, count: int) -> str | None:
    """Write rejected rows, if there are any, and return the name of the file."""
    folder, name = task.work.folder(task.work.rejects), rejects_of(task)
    if not count:
        folder.remove([name])
        return None
    rejected.seek(0)
    with folder.write(name, is_synced=False) as file, compressing(file, name) as stream:
        shutil.copyfileobj(rejected, stream)
    return name


class _Rows:
    """The rows of a task, which are counted as they are read."""

    def __init__(self, task: Task, plan: Plan, rejected: BinaryIO | None) -> None:
        work, settings = task.work, task.work.settings
        self._task, self._plan = task, plan
        self._warnings: list[Diagnostic] = []
        self._count = 0
        self.how = How("auto", work.threads)
        self._rejects = Rejects(rejected, None, task.path) if settings.skips else None
        self._source = streaming.Source(
            task.path,
            format_of(task.file, settings.source),
            settings.values,
            self._warnings.append,
            settings.options,
            rejects=self._rejects,
            rest=settings.rest,
            refuse=Assumptions(plan).refusals if settings.skips else None,
            opened=lambda: work.folder(work.source).open(task.file),
            part=task.part,
        )

    def done(self) -> Done:
        """Return the numbers of rows, and the first warning of each rule."""
        warnings = {warning.rule: warning for warning in reversed(self._warnings)}
        rejected = 0
        if self._rejects is not None:
            rejected = self._rejects.count
            skipped = self._rejects.warning(self._task.path, self._task.work.rejects)
            warnings |= {} if skipped is None else {skipped.rule: skipped}
        return Done(self._task.number, self._count, rejected, warnings=tuple(warnings.values()))

    @contextmanager
    def opened(self) -> Iterator[Iterator[Batch]]:
        """Open the file and yield its batches. Raises FileError, also if the file has changed."""
        self._check_unchanged()
        with streaming.open_rows(self._source, self._plan.inputs) as rows:
            batches = self._counted(rows.batches)
            yield streaming.watched(self._plan, batches, self._source, self.how)

    def _counted(self, batches: Iterator[Batch]) -> Iterator[Batch]:
        for batch in batches:
            self._count += batch.count
            yield batch

    def check(self) -> None:
        """Check that the file was read completely. Raises FileError (rows-lost, changed-input)."""
        self._check_unchanged()
        done, expected = self.done(), self._task.rows
        rows = done.rows + done.rejected
        if expected not in (None, rows):
            message = f"{counted(rows, 'row')} came of it; its footer says {expected:,}"
            raise FileError([Diagnostic("rows-lost", message, file=self._task.path)])

    def _check_unchanged(self) -> None:
        task = self._task
        info = task.work.folder(task.work.source).look(task.file)
        if info is None or (info.size, info.modified) != (task.size, task.modified):
            what = "is gone" if info is None else "has changed"
            message = f"the file {what} since the job was planned"
            hint = "plan a new job, or run this one again with --resume"
            raise FileError([Diagnostic("changed-input", message, help=hint, file=task.path)])
