"""`nnc eval`: evaluate a network for rows of inputs."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Container, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, TypeVar

import click

from nnc.cli import options
from nnc.cli.chart_settings import ChartSettings, chart_bytes, chart_option, check_chart
from nnc.cli.options import Reporter
from nnc.cli.result_settings import (
    ResultSettings,
    check_expected,
    check_flush,
    check_forms,
    check_terminal,
    compared_columns,
    form_to_write,
)
from nnc.cli.row_settings import (
    RowSettings,
    check_end,
    check_floats,
    check_number,
    check_rows,
    check_skipping,
    check_values,
    dialect_of,
    dialect_options,
    from_option,
    open_rejects,
    renaming_of,
    row_arguments,
    row_of,
    row_option,
    rows_and_settings,
    set_option,
    values_of,
)
from nnc.cli.trace_settings import (
    TraceSettings,
    check_outputs,
    check_trace,
    trace_options,
    traces_of,
    write_traces,
)
from nnc.diagnostics.diagnostic import Diagnostic, NncError
from nnc.files.opening import STDIN
from nnc.rows.formats import FORMATS
from nnc.rows.options import EXTRAS, FLOATS
from nnc.run.engine_names import ENGINE_NAMES, EngineName

if TYPE_CHECKING:
    from nnc.cases.confusion import ComparedColumn
    from nnc.compiler.plan import Plan
    from nnc.rows.columns import Batch
    from nnc.rows.dialect import CsvDialect
    from nnc.rows.table import Screen
    from nnc.run.engines import How
    from nnc.run.streaming import Rows, Source, Style


@dataclass(frozen=True, slots=True)
class _EngineSettings:
    """What is said of the engine, each under the name of its option."""

    engine: EngineName
    threads: int | None
    explain_engine: bool

    @property
    def is_default(self) -> bool:
        """Whether nothing is said."""
        return self.engine == "auto" and self.threads is None and not self.explain_engine


Settings = TypeVar(
    "Settings", RowSettings, ResultSettings, TraceSettings, ChartSettings, _EngineSettings
)


@click.command("eval", context_settings={"allow_extra_args": True})
@row_arguments
@set_option()
@click.option(
    "--rest",
    metavar="VALUE",
    help="Value of every input that has no default and no value: no column, or an empty cell.",
)
@click.option(
    "--all",
    "every",
    is_flag=True,
    help="Evaluate every row of bits and choices, the first input slowest: the truth table.",
)
@row_option("Evaluate only row N of ROWS, or of --all, from 1; a header is not counted.")
@from_option
@click.option(
    "--rename",
    multiple=True,
    metavar="COLUMN=NAME",
    help="The column, or the key, that holds an input of another name.",
)
@dialect_options
@click.option(
    "--to",
    "target",
    type=click.Choice(list(FORMATS)),
    help="Output format; by default from the name of the output, else a table on a terminal, JSON "
    "where a program reads the report, and CSV in a pipe.",
)
@options.output_option()
@trace_options
@click.option(
    "--numbers",
    type=click.Choice(["exact", "float"]),
    help="How to write non-integers in JSON: as exact texts, or as the nearest floats.",
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
    help="Instead of rows, write how often each output is 1 or has each level or place.",
)
@click.option(
    "--expected",
    multiple=True,
    metavar="COLUMN[=OUTPUT]",
    help="Instead of rows, write how many are as a column of ROWS says, what is taken for what, "
    "and the first that differ.",
)
@chart_option
@click.option(
    "--exit-code",
    is_flag=True,
    help="With --expected, exit with 1 if any row is not as expected, or none says what is.",
)
@click.option(
    "--extra",
    type=click.Choice(EXTRAS),
    default="drop",
    help="Columns that are not inputs: drop them with a warning, keep them before the outputs, or "
    "refuse them.",
)
@click.option(
    "--floats",
    type=click.Choice(FLOATS),
    help="What a float of NPY, Parquet or Arrow means: the binary number stored, or the shortest "
    "decimal that reads back, what was typed. Default: binary, with a warning where rows depend "
    "on it.",
)
@click.option(
    "--on-error",
    type=click.Choice(["stop", "skip"]),
    help="For a row with a mistake: stop and write nothing, or skip the row and count it. "
    "Default: stop.",
)
@click.option(
    "--rejects",
    type=click.Path(dir_okay=False),
    metavar="FILE",
    help="Skip rows with mistakes, and write them to FILE with their mistakes.",
)
@click.option(
    "--max-rejects",
    type=click.IntRange(min=0),
    metavar="N",
    help="Skip at most N rows with mistakes; stop and write nothing where there are more.",
)
@click.option(
    "--engine",
    type=click.Choice(ENGINE_NAMES),
    default="auto",
    help="Engine: native kernels or only NumPy; every engine gives the same results.",
)
@click.option(
    "--threads",
    type=click.IntRange(min=1),
    metavar="N",
    help="Number of cores to use; by default all.",
)
@click.option("--explain-engine", is_flag=True, help="Print on stderr which engine runs, and why.")
@click.option(
    "--verify",
    is_flag=True,
    help="Check every byte of a compiled network, and compare it with its sources.",
)
@options.file_options
@options.report_options
def command(
    reporter: Reporter,
    network: str,
    rows: str | None,
    root: Path | None,
    max_bytes: int,
    **values: Any,
) -> int:
    """Evaluate NETWORK for ROWS: a CSV, TSV, JSON, JSON Lines, NPY, Parquet or Arrow file, or -.

    \b
      nnc eval adder.nn.yaml rows.csv
      nnc eval adder.nn.yaml rows.csv.gz -o results.parquet --rejects wrong.csv
      nnc eval adder.nn.yaml rows.csv --row 7 --trace
      nnc eval adder.nn.yaml a=1 b=0 --trace
      nnc eval adder.nn.yaml --all --to csv
      nnc eval digits.nn.yaml rows.csv --expected label=digit
      nnc eval news2.nn.yaml patients.csv --chart margins -o margins.svg

    Numbers mean exactly what is written, and results are exact. Files may have any size. If any row
    has a mistake nothing is written, except with --on-error skip or --flush.
    """  # noqa: D301 - \b keeps the lines apart
    from nnc.checking import load_plan

    rows, values["settings"] = rows_and_settings(rows, values["settings"])
    row_settings = _settings(RowSettings, {"file": rows, **values})
    results = _settings(ResultSettings, values)
    tracing = _settings(TraceSettings, values)
    charting = _settings(ChartSettings, values)
    engine = _settings(_EngineSettings, values)
    check_rows(network, row_settings)
    check_forms(results, row_settings, engine=not engine.is_default)
    check_number(row_settings, count=results.count)
    check_skipping(row_settings, results.file)
    check_flush(results, row_settings)
    check_expected(results, row_settings)
    check_chart(charting, results, row_settings)
    rejects_file = row_settings.rejects
    outputs = {"-o": results.file, "--rejects": rejects_file, "--report-file": reporter.file}
    options.check_outputs(outputs, {"NETWORK": [network], "ROWS": [rows]})
    warnings: list[Diagnostic] = []
    try:
        loaded = load_plan(network, root=root, max_bytes=max_bytes, verify=values["verify"])
        options.check_made_of(outputs, loaded.files)
        warnings += loaded.warnings
        form = "csv"
        if charting.chart is None:
            form = form_to_write(results, is_machine=reporter.is_machine)
        read_as = row_settings.format
        check_floats(row_settings)
        dialect = dialect_of(row_settings, read_as)
        check_terminal(results, form)
        check_trace(tracing, form)
        check_outputs(tracing, loaded.plan)
        fixed = values_of(row_settings.settings, loaded.plan.inputs)
        rename = renaming_of(row_settings, read_as, loaded.plan.inputs)
        if rows is None and not row_settings.every and not fixed and row_settings.rest is None:
            check_values(loaded.plan.inputs)
        compared = compared_columns(results.expected, loaded.plan)
        with loaded.blaming_damage(), ExitStack() as stack:
            from nnc.run.assumptions import Assumptions
            from nnc.run.streaming import Source

            is_live = results.is_flushed(row_settings, form)
            rejects = None
            if row_settings.skips:
                rejects = open_rejects(stack, row_settings, is_flushed=is_live)
            source = Source(
                rows,
                read_as,
                fixed,
                warnings.append,
                row_settings.every,
                row_settings.extra,
                rejects,
                row_settings.number and row_settings.number - 1,
                is_live=is_live,
                floats=row_settings.floats,
                csv=dialect,
                rename=rename,
                rest=row_settings.rest,
                has_options=True,
                also=_names_of(compared, dialect),
                refuse=Assumptions(loaded.plan).refusals if row_settings.skips else None,
            )
            is_right = True
            if tracing.trace:
                _trace(loaded.plan, source, results, tracing, form, reporter)
            elif charting.chart is not None:
                is_right = _chart(loaded.plan, source, results, engine, charting)
            else:
                is_right = _run(loaded.plan, source, results, engine, form, reporter)
        if rejects is not None and rows is not None:
            skipped = rejects.warning(row_settings.name, rejects_file)
            warnings += [] if skipped is None else [skipped]
    except NncError as error:
        reporter.fail(type(error)([*warnings, *error.diagnostics]))
        return options.code_of(error)
    reporter.report_warnings(warnings)
    is_error = any(each.about.severity == "error" for each in warnings)
    is_wrong = is_error or (results.exit_code and not is_right)
    return options.FINDINGS if is_wrong else options.FINE


def _settings(kind: type[Settings], values: Mapping[str, Any]) -> Settings:
    """Pick the values that some settings have fields for."""
    return kind(**{field.name: values[field.name] for field in fields(kind)})


def _run(
    plan: Plan,
    source: Source,
    results: ResultSettings,
    engine: _EngineSettings,
    form: str,
    reporter: Reporter,
) -> bool:
    """Read, evaluate and write, batch by batch; return whether all rows are as expected."""
    from nnc.run import streaming
    from nnc.run.engines import How

    how = How(engine.engine, engine.threads or 0)
    is_sure = source.every and FORMATS[form].is_text  # a truth table has no mistakes
    is_held = not is_sure or sys.stdout.isatty()
    style = streaming.Style(
        form,
        bits=results.bits,
        floats=results.numbers == "float",
        inputs=results.has_inputs(form, every=source.every),
        screen=_screen() if results.file is None else None,
    )
    with (
        streaming.open_output(results.file, is_held=is_held, is_flushed=source.is_live) as stream,
        streaming.open_rows(source, plan.inputs) as rows,
    ):
        if form == "table" and results.file is None:
            stream = reporter.painted(stream, "table")
        batches = streaming.watched(plan, _batches(rows, source), source, how)
        if engine.explain_engine:
            batches = _explained(batches, plan, how)
        if results.expected:
            return _compare(plan, batches, stream, source, results, style, how)
        if results.count:
            streaming.write_counts(plan, batches, stream, style, how)
        else:
            streaming.write_results(plan, batches, stream, style, how)
    return True


def _names_of(compared: Sequence[ComparedColumn], csv: CsvDialect) -> Container[str]:
    """Return the columns to keep, which note the others that rows have."""
    if not compared:
        return ()
    from nnc.cases.confusion import ColumnNames

    return ColumnNames([each.column for each in compared], csv)


def _compare(
    plan: Plan, batches: Iterator[Batch], stream: BinaryIO, source: Source,
    results: ResultSettings, style: Style, how: How,
) -> bool:  # fmt: skip
    """Write how many rows are as expected; return whether all are, and each column has some."""
    from nnc.cases.confusion import ColumnNames, compare_rows
    from nnc.reports.confusions import as_json, as_text

    assert isinstance(source.also, ColumnNames)
    file = "<stdin>" if source.file == STDIN else source.file or ""
    compared = compared_columns(results.expected, plan)
    comparisons = compare_rows(plan, batches, compared, source.also, file, how)
    text = as_json(comparisons) if style.format == "json" else as_text(comparisons, style.screen)
    stream.write(text.encode("utf-8", "backslashreplace"))
    return all(0 < each.right == each.rows for each in comparisons)


def _chart(
    plan: Plan, source: Source, results: ResultSettings, engine: _EngineSettings,
    charting: ChartSettings,
) -> bool:  # fmt: skip
    """Write a chart of rows; return whether all are as expected."""
    from nnc.run import streaming
    from nnc.run.engines import How

    how = How(engine.engine, engine.threads or 0)
    with (
        streaming.open_output(results.file) as stream,
        streaming.open_rows(source, plan.inputs) as rows,
    ):
        batches = streaming.watched(plan, _batches(rows, source), source, how)
        if engine.explain_engine:
            batches = _explained(batches, plan, how)
        data, is_right = chart_bytes(charting, results, plan, batches, source, how)
        stream.write(data)
    return is_right


def _screen() -> Screen | None:
    """Return the size of the terminal that standard output is; None where it is none."""
    from nnc.rows.table import Screen

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
    from nnc.run import streaming
    from nnc.run.engines import How

    is_held, is_flushed = not source.every, source.is_live
    with (
        streaming.open_output(results.file, is_held=is_held, is_flushed=is_flushed) as stream,
        streaming.open_rows(source, plan.inputs) as rows,
    ):
        if form == "table" and results.file is None:
            stream = reporter.painted(stream, "trace")
        first = (source.only or 0) + 1
        batches = streaming.watched(plan, _batches(rows, source), source, How())
        traces = traces_of(plan, batches, tracing, first)
        write_traces(traces, stream, form, tracing)


def _batches(rows: Rows, source: Source) -> Iterator[Batch]:
    """Return the batches of rows that are asked for: all of them, or the one row."""
    batches = rows.batches if source.is_live else options.progress(rows.batches, rows.share)
    if source.only is None:
        return batches
    if rows.total is not None:
        check_end(source.only, rows.total, "the truth table")
    return batches if source.every else row_of(batches, source)


def _explained(batches: Iterator[Batch], plan: Plan, how: How) -> Iterator[Batch]:
    """Say what calculates the first of the batches, and the others too while they are as large."""
    from nnc.run.engines import choose

    before = None
    for batch in batches:
        chosen = choose(plan, batch.count, how)
        cores = "1 thread" if chosen.threads == 1 else f"{chosen.threads} threads"
        text = f"{chosen.why}; {cores}"
        if text != before:
            options.say(f"engine: {text}", sys.stderr)
        before = text
        yield batch
