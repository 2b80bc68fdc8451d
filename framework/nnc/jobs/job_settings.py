"""The options of `nnc eval` for many files of rows, and the job that they make.

Options that contradict each other raise UsageError.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import click

from nnc.activity import Activity
from nnc.jobs.places import is_pattern, is_remote, readable
from nnc.numbers.exact import counted
from nnc.rows.formats import FORMATS, is_picture_folder
from nnc.run import streaming
from nnc.terminal.options import with_options
from nnc.terminal.result_settings import EngineSettings, ResultSettings, form_to_write
from nnc.terminal.row_settings import RowSettings, dialect_of, renaming_of, values_of
from nnc.terminal.streams import say

if TYPE_CHECKING:
    from nnc.compiler.plan import Plan
    from nnc.jobs.finishing import Collected, Results
    from nnc.jobs.fragments import Files
    from nnc.jobs.jobs import Job
    from nnc.rows.column_types import ColumnType


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
        help="Many files: evaluate only what is missing in the folder of -o, or was made of "
        "something else.",
    ),
)
"""The options that are about many files."""


class JobSettings(NamedTuple):
    """The options for many files, each under its name."""

    workers: int | None
    resume: bool

    @property
    def option(self) -> str | None:
        """An option that is given; None where there is none."""
        given = {
            "--workers": self.workers,
            "--resume": self.resume or None,
        }
        return next((name for name, value in given.items() if value is not None), None)


def is_job(job: JobSettings, rows: RowSettings, results: ResultSettings) -> bool:
    """Return whether many files are meant. Raises UsageError where that is said, and cannot be."""
    has_files = rows.file is not None and stands_for_many(rows.file)
    has_folder = results.file is not None and is_folder(results.file)
    if has_files or (has_folder and rows.file not in (None, "-")):
        return True
    if job.option is not None:
        what = (
            "name the folder of the results with -o out/" if rows.file else "name a folder as ROWS"
        )
        raise click.UsageError(f"{job.option} is about many files of rows: {what}")
    if has_folder:
        raise click.UsageError(
            f"-o {results.file} is a directory, and ROWS are no files: name a file"
        )
    return False


def stands_for_many(path: str) -> bool:
    """Return whether ROWS are a folder, a pattern, or an address."""
    is_many = is_remote(path) or Path(path).is_dir() or is_pattern(path)
    return is_many and not is_picture_folder(path)


def is_folder(path: str) -> bool:
    """Return whether a path names a folder: there is one, or it ends like one."""
    return is_remote(path) or path.endswith(("/", os.sep)) or Path(path).is_dir()


def check_job(
    job: JobSettings, rows: RowSettings, results: ResultSettings, one_file: Iterable[str]
) -> None:
    """Refuse options of `one_file`, and a job with no place for results. Raises UsageError."""
    for option in one_file:
        message = f"{option} is about one file of rows, and {rows.file} stands for many"
        raise click.UsageError(f"{message}: remove it, or name one file")
    if results.count:
        names = [("--resume", job.resume), ("--rejects", rows.rejects)]
        for name, value in names:
            if value:
                raise click.UsageError(f"--count writes no rows; remove {name}")
        if results.file is not None and is_folder(results.file):
            raise click.UsageError("--count writes one table: name a file with -o, no folder")
        return
    if results.file is None:
        raise click.UsageError("name the folder of the results with -o out/, or give --count")
    if not is_folder(results.file) and Path(results.file).suffix:
        message = f"-o {results.file} is the name of a file, and many files are written"
        raise click.UsageError(f"{message}: name a folder, -o out/")
    if results.target == "table":
        raise click.UsageError("--to table is for people; files are written as csv or parquet")


class Asked(NamedTuple):
    """The settings that make a job, together."""

    job: JobSettings
    rows: RowSettings
    results: ResultSettings
    engine: EngineSettings

    @property
    def target(self) -> str:
        """The folder of the results, as messages show it."""
        return readable(self.results.file or "")

    def plan(self, plan: Plan) -> Job:
        """Plan the job. Raises UsageError, and as `nnc.job`."""
        from nnc.jobs.fragments import files_of
        from nnc.jobs.jobs import Places, planned
        from nnc.jobs.tasks import Settings

        rows, results = self.rows, self.results
        assert rows.file is not None
        sums = self._type_of_sums()
        files = files_of(rows.file)
        forms = self._forms(files)
        settings = Settings(
            source=rows.source,
            to=None if results.count else results.target,
            extra=rows.extra,
            skips=rows.skips,
            floats=rows.floats,
            values=values_of(rows.settings, plan.inputs),
            csv=dialect_of(rows, forms[0]),
            rename=renaming_of(rows, forms[-1], plan.inputs),
            rest=rows.rest,
            bits=results.bits,
            as_floats=results.numbers == "float",
            inputs=bool(results.with_inputs),
            sums=sums,
            counted=results.count,
        )
        places = Places(rows.file, None if results.count else results.file, rows.rejects)
        return planned(
            plan,
            files,
            places,
            settings,
            resume=self.job.resume,
            threads=self.engine.threads or 1,
            has_options=True,
        )

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
        """Return the formats of the files: CSV, whose mistakes say most, first; arrays last."""
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
        """Do the job, and say on standard error how far it is. Raises as `Job.run`."""
        pace = _Pace(len(job.every))
        try:
            with Activity(lambda: pace.words, is_logged=True):
                return job.run(workers=self.job.workers, watch=pace.watch)
        except BaseException as stop:
            is_stopped = not isinstance(stop, Exception)  # by Ctrl-C or another signal
            if is_stopped and not self.results.count:
                say("to go on where it stopped, run the same command with --resume", sys.stderr)
            raise

    def write_counts(self, results: Results, *, is_machine: bool, screen: Any) -> None:
        """Write the totals of a job that counts."""
        form = form_to_write(self.results, is_machine=is_machine)
        style = streaming.Style(form, screen=screen)
        with streaming.open_output(self.results.file) as stream:
            streaming.write_totals(results.rows, results.counts or {}, stream, style)


class _Pace:
    """The progress of a job: files, rows, rows per second, and the time that is left, if known."""

    def __init__(self, files: int) -> None:
        self._files, self._start = counted(files, "file"), time.monotonic()
        self.words = f"0 of {self._files}"

    def watch(self, collected: Collected) -> None:
        """Update the words."""
        spent, part = time.monotonic() - self._start, collected.part
        words = [f"{len(collected):,} of {self._files}", counted(collected.rows, "row")]
        if collected.failures:
            words.append(f"{counted(collected.failures, 'file')} with mistakes")
        words.append(f"{collected.new_rows / spent if spent else 0:,.0f} rows/s")
        if 0 < part < 1:
            words.append(f"{_duration(spent * (1 - part) / part)} left")
        self.words = ", ".join(words)


def _duration(seconds: float) -> str:
    """Return a time in one or two units: `40 s`, `3 min`, `2 h 5 min`."""
    minutes = round(seconds / 60)
    if seconds < 60:
        return f"{seconds:.0f} s"
    return f"{minutes} min" if minutes < 60 else f"{minutes // 60} h {minutes % 60} min"
