"""The options of `nnc eval` for many files of rows, and the job they define.

Options that contradict each other raise UsageError.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterable
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import click

from nnc.activity import Activity
from nnc.jobs.folders import is_remote, readable
from nnc.numbers.exact import counted
from nnc.rows.formats import FORMATS
from nnc.rows.options import COUNTING_OPTIONS, KEEPING_OPTIONS
from nnc.rows.session import RowOptions
from nnc.run import streaming
from nnc.terminal.options import refuse, with_options
from nnc.terminal.result_settings import EngineSettings, ResultSettings, form_to_write
from nnc.terminal.row_settings import RowSettings, dialect_of, renaming_of, values_of

if TYPE_CHECKING:
    from nnc.compiler.plan import Plan
    from nnc.jobs.finishing import Results
    from nnc.jobs.jobs import Job
    from nnc.jobs.planning import Files
    from nnc.jobs.tasks import Done
    from nnc.rows.column_types import ColumnType
    from nnc.rows.table import Screen

job_options = with_options(
    click.option(
        "--workers",
        type=click.IntRange(min=1),
        metavar="N",
        help="Many files: evaluate them in N processes.",
    ),
    click.option(
        "--resume",
        is_flag=True,
        help="Many files: evaluate only files whose result in the folder of -o is missing "
        "or out of date.",
    ),
)
"""The options for many files."""


class JobSettings(NamedTuple):
    """The options for many files, each under its name."""

    workers: int | None
    resume: bool


def is_folder(path: str) -> bool:
    """Return True if a path is an existing folder, or ends like one."""
    return is_remote(path) or path.endswith(("/", os.sep)) or Path(path).is_dir()


def check_job(
    job: JobSettings, rows: RowSettings, results: ResultSettings, one_file: Iterable[str]
) -> None:
    """Raise UsageError for options of `one_file`, or without a folder for results."""
    for option in one_file:
        message = f"{option} is about one file of rows, and {rows.file} stands for many"
        raise click.UsageError(f"{message}: remove it, or name one file")
    file = results.file
    if results.count:
        refuse(
            (job.resume, "--count writes no rows; remove --resume"),
            (rows.rejects, "--count writes no rows; remove --rejects"),
            (
                file is not None and is_folder(file),
                "--count writes one table: name a file with -o, no folder",
            ),
        )
        return
    if file is None:
        raise click.UsageError("name the folder of the results with -o out/, or give --count")
    refuse(
        (
            not is_folder(file) and Path(file).suffix,
            f"-o {file} is the name of a file, and many files are written: name a folder, -o out/",
        ),
        (
            results.target == "table",
            "--to table is for people; files are written as csv or parquet",
        ),
    )


class Asked(NamedTuple):
    """All settings of a job."""

    job: JobSettings
    rows: RowSettings
    results: ResultSettings
    engine: EngineSettings

    @property
    def target(self) -> str:
        """The folder of the results, for messages."""
        return readable(self.results.file or "")

    def plan(self, plan: Plan) -> Job:
        """Plan the job. Raises UsageError, and the errors of `nnc.job`."""
        from nnc.jobs.jobs import compiled, planned
        from nnc.jobs.planning import files_of
        from nnc.jobs.tasks import Settings, Work

        rows, results = self.rows, self.results
        assert rows.file is not None
        sums = self._type_of_sums()
        files = files_of(rows.file)
        forms = self._forms(files)
        settings = Settings(
            source=rows.source,
            to=None if results.count else results.target,
            skips=rows.skips,
            options=RowOptions(
                rows.extra,
                COUNTING_OPTIONS if results.count else KEEPING_OPTIONS,
                rows.floats,
                dialect_of(rows, forms[0]),
                renaming_of(rows, forms[-1], plan.inputs),
                has_options=True,
            ),
            values=values_of(rows.settings, plan.inputs),
            rest=rows.rest,
            style=streaming.Style(
                "",
                bits=results.bits,
                floats=results.numbers == "float",
                inputs=bool(results.with_inputs),
                sums=sums,
            ),
            counted=results.count,
        )
        work = Work(
            settings,
            files.source,
            None if results.count else results.file,
            rows.rejects,
            compiled(plan),
            threads=self.engine.threads or 1,
            resumes=self.job.resume,
        )
        return planned(plan, files, work)

    def _type_of_sums(self) -> ColumnType | None:
        """Return the type of sums in Parquet and Arrow. Raises UsageError."""
        from nnc.jobs.jobs import type_of_sums

        numbers = self.results.numbers
        if numbers in (None, "exact"):
            return None
        try:
            return type_of_sums("float64" if numbers == "float" else numbers)
        except ValueError as error:
            raise click.UsageError(f"--numbers: {error}") from None

    def _forms(self, files: Files) -> list[str]:
        """Return the formats of the files, CSV first, as its errors are clearest, arrays last."""
        rows, results = self.rows, self.results
        forms = set(files.forms(rows.source))
        if rows.floats is not None and all(FORMATS[form].is_text for form in forms):
            raise click.UsageError(
                "--floats is about binary floats, and the files are text: remove it"
            )
        targets = [FORMATS[results.target or form] for form in forms]
        if results.numbers is not None and not any(
            target.is_json or (target.has_types and results.numbers != "exact")
            for target in targets
        ):
            raise click.UsageError("--numbers goes with rows --to json, jsonl, parquet or arrow")
        return sorted(
            forms, key=lambda form: (not FORMATS[form].has_names, not FORMATS[form].is_csv)
        )

    def run(self, job: Job) -> Results:
        """Run the job, with progress on standard error. Raises the errors of `Job.run`."""
        progress = _Progress(len(job.tasks))
        try:
            with Activity(lambda: progress.text, is_logged=True):
                return job.run(workers=self.job.workers, watch=progress.watch)
        except BaseException as stop:
            is_stopped = not isinstance(stop, Exception)  # by Ctrl-C or another signal
            if is_stopped and not self.results.count:
                stop.add_note("to go on where it stopped, run the same command with --resume")
            raise

    def write_counts(self, results: Results, *, is_machine: bool, screen: Screen | None) -> None:
        """Write the totals of a counting job."""
        form = form_to_write(self.results, is_machine=is_machine)
        style = streaming.Style(form, screen=screen)
        with streaming.open_output(self.results.file) as stream:
            streaming.write_totals(results.rows, results.counts or {}, stream, style)


class _Progress:
    """The progress of a job: files, rows, rows per second, and the time left."""

    def __init__(self, tasks: int) -> None:
        self._tasks, self._start = tasks, time.monotonic()
        self._done = self._rows = 0
        self.text = f"0 of {counted(tasks, 'file')}"

    def watch(self, done: Done) -> None:
        """Update the text."""
        self._done += 1
        self._rows += done.rows + done.rejected
        spent = max(time.monotonic() - self._start, 1e-9)
        left = timedelta(seconds=round(spent * (self._tasks - self._done) / self._done))
        self.text = (
            f"{self._done:,} of {counted(self._tasks, 'file')}, {counted(self._rows, 'row')}, "
            f"{self._rows / spent:,.0f} rows/s, {left} left"
        )
