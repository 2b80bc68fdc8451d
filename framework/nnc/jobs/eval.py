"""`nnc eval`: evaluate a network for rows of inputs."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable, Container, Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, NamedTuple

import click

from nnc.diagnostics.diagnostic import Diagnostic, InvalidRowsError, NncError
from nnc.files.opening import STDIN
from nnc.jobs.folders import is_pattern, is_remote
from nnc.jobs.job_settings import Asked, JobSettings, check_job, is_folder, job_options
from nnc.opening.cases.confusion import ColumnNames, compare_rows
from nnc.opening.loading import load_plan
from nnc.rows.formats import FORMATS, WRITABLE, is_picture_folder
from nnc.rows.options import COUNTING_OPTIONS, KEEPING_OPTIONS
from nnc.rows.table import Screen
from nnc.run import streaming
from nnc.run.assumptions import Assumptions
from nnc.run.engines import How
from nnc.terminal import options
from nnc.terminal.options import Reporter, refuse
from nnc.terminal.reports.confusions import as_json, as_text
from nnc.terminal.result_settings import (
    EngineSettings,
    ResultSettings,
    TraceSettings,
    check_expected,
    check_flush,
    check_forms,
    check_outputs,
    check_terminal,
    check_trace,
    compared_columns,
    engine_options,
    form_to_write,
    open_chosen,
    trace_options,
    traces_of,
    write_traces,
)
from nnc.terminal.row_settings import (
    RowSettings,
    check_number,
    check_rows,
    check_skipping,
    open_rejects,
    row_arguments,
    row_option,
    row_options,
    rows_and_settings,
    set_option,
    skipping_options,
    source_of,
)

if TYPE_CHECKING:
    from nnc.compiler.plan import Plan
    from nnc.opening.cases.confusion import ComparedColumn
    from nnc.rows.columns import Batch
    from nnc.rows.dialect import CsvDialect
    from nnc.run.streaming import Rows, Source, Style


_GROUPS = {
    "Options": "--set --all --row --to -o --trace --count --expected --exit-code".split(),
    "Traces": ["--output", "--depth"],
    "Rows of a file": (
        "--from --rename --delimiter --decimal --na --rest --extra --floats --on-error --rejects"
    ).split(),
    "Results": ["--numbers", "--bits", "--with-inputs", "--flush"],
    "Many files": ["--workers", "--resume"],
    "Engine": ["--threads", "--verbose"],
}


@click.command(
    "eval",
    cls=options.GroupedCommand,
    groups=_GROUPS,
    context_settings={"allow_extra_args": True},
)
@row_arguments
@set_option()
@click.option(
    "--all",
    "every",
    is_flag=True,
    help="Evaluate every row of bits and choices, the first input slowest: the truth table.",
)
@row_option("Evaluate only row N of ROWS, or of --all, from 1; a header is not counted.")
@row_options(can_keep=True)
@click.option(
    "--to",
    "target",
    type=click.Choice(WRITABLE),
    help="Output format; by default from the name of the output, else a table on a terminal, JSON "
    "where a program reads the report, and CSV in a pipe.",
)
@options.output_option(may_be_folder=True)
@trace_options
@click.option(
    "--numbers",
    metavar="exact|float|TYPE",
    help="How to write non-integers: in JSON as exact texts, or as the nearest floats; in Parquet "
    'and Arrow of many files as floats, or as decimals such as "decimal(38,2)".',
)
@click.option("--bits", is_flag=True, help="Write a bus of bits as a column for each bit.")
@click.option(
    "--with-inputs/--without-inputs",
    default=None,
    help="Write the inputs before the outputs, or not; by default with --all, and in a table.",
)
@click.option(
    "--flush",
    is_flag=True,
    help="Write each result as soon as its row arrives, whatever comes later; by default where "
    "rows of standard input are skipped.",
)
@click.option(
    "--count",
    is_flag=True,
    help="Instead of rows, write how often each output is 1 or has each level, place or state.",
)
@click.option(
    "--expected",
    multiple=True,
    metavar="COLUMN[=OUTPUT]",
    help="Instead of rows, count those that match a column of ROWS, and show what is mistaken for "
    "what, and the first that differ.",
)
@click.option(
    "--exit-code",
    is_flag=True,
    help="With --expected, exit with 1 if any row differs, or no row has an expected value.",
)
@skipping_options
@job_options
@engine_options
@options.file_options
@options.report_options
@options.gathered(
    row_settings=RowSettings,
    results=ResultSettings,
    tracing=TraceSettings,
    engine=EngineSettings,
    job=JobSettings,
)
def command(
    reporter: Reporter,
    network: str,
    rows: str | None,
    root: Path | None,
    max_bytes: int,
    row_settings: RowSettings,
    results: ResultSettings,
    tracing: TraceSettings,
    engine: EngineSettings,
    job: JobSettings,
) -> int:
    """Evaluate NETWORK for ROWS: a file such as CSV, JSON, NPY, NPZ, IDX or Parquet, or -.

    ROWS may also be a folder of pictures. Any other folder, a pattern or an address, such as
    s3://bucket/in/, stands for many files.

    \b
      nnc eval adder.nn.yaml rows.csv
      nnc eval adder.nn.yaml rows.csv.gz -o results.parquet --rejects wrong.csv
      nnc eval adder.nn.yaml rows.csv --row 7 --trace
      nnc eval adder.nn.yaml a=1 b=0 --trace
      nnc eval adder.nn.yaml --all --to csv
      nnc eval digits.nn.yaml rows.csv --expected label=digit
      nnc eval news2.nn.yaml in/ -o out/ --workers 8 --resume

    Numbers mean exactly what is written, and results are exact. Files may have any size. If any row
    has a mistake nothing is written, except with --on-error skip or --flush.
    """
    rows, words = rows_and_settings(rows, row_settings.settings)
    row_settings = row_settings._replace(file=rows, settings=words)
    asked = _Asked(row_settings, results, tracing, engine, job)
    if is_job(asked.job, asked.rows, asked.results):
        check_job(asked.job, asked.rows, asked.results, asked.of_one_file())
        return _evaluate_files(network, root, max_bytes, asked, reporter)
    asked.check(network)
    rejects_file, file = asked.rows.rejects, asked.results.file
    outputs = {"-o": file, "--rejects": rejects_file, "--report-file": reporter.file}
    options.check_outputs(outputs, {"NETWORK": [network], "ROWS": [rows]})
    warnings: list[Diagnostic] = []
    try:
        loaded = load_plan(network, root=root, max_bytes=max_bytes)
        options.check_made_of(outputs, loaded.files)
        warnings += loaded.warnings
        form = form_to_write(asked.results, is_machine=reporter.is_machine)
        source = asked.source(loaded.plan, form, warnings.append)
        with loaded.blaming_damage(), ExitStack() as stack:
            if asked.rows.skips:
                rejects = open_rejects(stack, asked.rows, is_flushed=source.is_live)
                refuse = Assumptions(loaded.plan).refusals
                source = source._replace(rejects=rejects, refuse=refuse)
            is_right = _write(loaded.plan, source, asked, form, reporter)
        if source.rejects is not None:
            skipped = source.rejects.warning(asked.rows.name, rejects_file)
            warnings += [] if skipped is None else [skipped]
    except NncError as error:
        reporter.fail(type(error)([*warnings, *error.diagnostics]))
        return options.code_of(error)
    reporter.wrote(file)
    reporter.report_warnings(warnings)
    is_error = any(each.about.severity == "error" for each in warnings)
    is_wrong = is_error or (asked.results.exit_code and not is_right)
    return options.FINDINGS if is_wrong else options.FINE


def _evaluate_files(
    network: str,
    root: Path | None,
    max_bytes: int,
    asked: _Asked,
    reporter: Reporter,
) -> int:
    """Evaluate many files of rows into a folder, or count their outputs."""
    job_asked = Asked(asked.job, asked.rows, asked.results, asked.engine)
    check_skipping(asked.rows, asked.results.file)
    warnings: list[Diagnostic] = []
    try:
        loaded = load_plan(network, root=root, max_bytes=max_bytes)
        warnings += loaded.warnings
        results = job_asked.run(job_asked.plan(loaded.plan))
        if asked.results.count:
            job_asked.write_counts(results, is_machine=reporter.is_machine, screen=_screen())
    except NncError as error:
        reporter.fail(type(error)([*warnings, *error.diagnostics]))
        if isinstance(error, InvalidRowsError) and not (asked.results.count or reporter.is_machine):
            kept = f"the results of the other files are in {asked.results.file}"
            options.say(f"{kept}: once the rows are correct, add --resume", sys.stderr)
        return options.code_of(error)
    warnings += results.warnings
    reporter.report_warnings(warnings)
    if not asked.results.count:
        reporter.wrote(job_asked.target, str(results))
    return reporter.code_of(warnings)


class _Asked(NamedTuple):
    """The options for rows, results, traces, the engine, and many files."""

    rows: RowSettings
    results: ResultSettings
    tracing: TraceSettings
    engine: EngineSettings
    job: JobSettings

    def of_one_file(self) -> list[str]:
        """Return the given options that do not apply to many files."""
        rows, results = self.rows, self.results
        given = {
            "--all": rows.every,
            "--row": rows.number,
            f"--on-error {rows.on_error}": rows.max_rejects is not None,
            "--trace": self.tracing.trace,
            "--flush": results.flush,
            "--expected": results.expected,
            "--exit-code": results.exit_code,
            "--verbose": self.engine.verbose,
        }
        return [name for name, value in given.items() if value]

    def check(self, network: str) -> None:
        """Raise UsageError for options that contradict each other, whatever the network."""
        check_rows(network, self.rows)
        check_forms(self.results, self.rows, engine=not self.engine.is_default)
        check_number(self.rows, count=self.results.count)
        check_skipping(self.rows, self.results.file)
        check_flush(self.results, self.rows)
        check_expected(self.results, self.rows)

    def source(self, plan: Plan, form: str, report: Callable[[Diagnostic], None]) -> Source:
        """Return the source of the network's rows. Raises UsageError and InvalidRowsError."""
        check_terminal(self.results, form)
        check_trace(self.tracing, form)
        check_outputs(self.tracing, plan)
        is_counting = self.results.count or self.results.expected
        extra_help = COUNTING_OPTIONS if is_counting else KEEPING_OPTIONS
        source = source_of(self.rows, plan.inputs, report, extra_help)
        return source._replace(
            is_live=self.results.is_flushed(self.rows, form),
            also=_names_of(compared_columns(self.results.expected, plan), source.options.csv),
        )


def _write(plan: Plan, source: Source, asked: _Asked, form: str, reporter: Reporter) -> bool:
    """Write traces or results; return False if rows differ from expected values."""
    if asked.tracing.trace:
        _trace(plan, source, asked.results, asked.tracing, form, reporter)
        return True
    return _run(plan, source, asked.results, asked.engine, form, reporter)


def _run(
    plan: Plan,
    source: Source,
    results: ResultSettings,
    engine: EngineSettings,
    form: str,
    reporter: Reporter,
) -> bool:
    """Read, evaluate and write in batches; return False if rows differ from expected values."""
    how = engine.how()
    is_sure = source.every and FORMATS[form].is_text  # a truth table has no mistakes
    is_held = not is_sure or sys.stdout.isatty()
    style = streaming.Style(
        form,
        bits=results.bits,
        floats=results.numbers == "float",
        inputs=results.has_inputs(form, every=source.every),
        screen=_screen() if results.file is None else None,
    )
    is_one = source.file is None and not source.every
    with (
        streaming.open_output(
            results.file, is_held=is_held, is_flushed=source.is_live, is_small=is_one
        ) as stream,
        open_chosen(source, plan.inputs) as rows,
    ):
        if form == "table" and results.file is None:
            stream = reporter.painted(stream, "table")
        batches = streaming.watched(plan, _batches(rows, source), source, how)
        batches = engine.explained(batches, plan)
        if results.expected:
            return _compare(plan, batches, stream, source, results, style, how)
        if results.count:
            streaming.write_counts(plan, batches, stream, style, how)
        else:
            streaming.write_results(plan, batches, stream, style, how)
    return True


def _names_of(compared: Sequence[ComparedColumn], csv: CsvDialect) -> Container[str]:
    """Return the columns to keep, which also record the names of others."""
    if not compared:
        return ()
    return ColumnNames([each.column for each in compared], csv)


def _compare(
    plan: Plan,
    batches: Iterator[Batch],
    stream: BinaryIO,
    source: Source,
    results: ResultSettings,
    style: Style,
    how: How,
) -> bool:
    """Write how many rows match expected values; return True if all do and there are some."""
    assert isinstance(source.also, ColumnNames)
    file = "<stdin>" if source.file == STDIN else source.file or ""
    compared = compared_columns(results.expected, plan)
    comparisons = compare_rows(plan, batches, compared, source.also, file, how)
    text = as_json(comparisons) if style.format == "json" else as_text(comparisons, style.screen)
    stream.write(text.encode("utf-8", "backslashreplace"))
    return all(0 < each.right == each.rows for each in comparisons)


def _screen() -> Screen | None:
    """Return the size of the terminal, or None if standard output is not one."""
    return Screen(*shutil.get_terminal_size()) if sys.stdout.isatty() else None


def _trace(
    plan: Plan,
    source: Source,
    results: ResultSettings,
    tracing: TraceSettings,
    form: str,
    reporter: Reporter,
) -> None:
    """Read rows and write their traces."""
    is_held, is_flushed = not source.every, source.is_live
    with (
        streaming.open_output(results.file, is_held=is_held, is_flushed=is_flushed) as stream,
        open_chosen(source, plan.inputs) as rows,
    ):
        if form == "table" and results.file is None:
            stream = reporter.painted(stream, "trace")
        first = (source.only or 0) + 1
        batches = streaming.watched(plan, _batches(rows, source), source, How())
        traces = traces_of(plan, batches, tracing, first)
        write_traces(traces, stream, form, tracing)


def _batches(rows: Rows, source: Source) -> Iterator[Batch]:
    """Return the batches of rows, showing progress unless they are live."""
    return rows.batches if source.is_live else options.progress(rows.batches, rows.share)


def is_job(job: JobSettings, rows: RowSettings, results: ResultSettings) -> bool:
    """Return True if ROWS are many files. Raises UsageError if the options require that in vain."""
    has_files = rows.file is not None and stands_for_many(rows.file)
    has_folder = results.file is not None and is_folder(results.file)
    if has_files or (has_folder and rows.file not in (None, "-")):
        return True
    needs = "name the folder of the results with -o out/" if rows.file else "name a folder as ROWS"
    refuse(
        (job.workers, f"--workers is about many files of rows: {needs}"),
        (job.resume, f"--resume is about many files of rows: {needs}"),
        (has_folder, f"-o {results.file} is a directory, and ROWS are no files: name a file"),
    )
    return False


def stands_for_many(path: str) -> bool:
    """Return True if ROWS are a folder, a pattern or an address."""
    is_many = is_remote(path) or Path(path).is_dir() or is_pattern(path)
    return is_many and not is_picture_folder(path)
