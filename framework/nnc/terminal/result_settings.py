"""Options for one row that is chosen, and for results: their format and how they are written."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, NamedTuple

import click

from nnc.diagnostics.diagnostic import InvalidRowsError, did_you_mean
from nnc.files.opening import STDIN, open_to_read
from nnc.numbers.exact import counted, first_names, shorten
from nnc.opening.cases.confusion import ComparedColumn
from nnc.rows.elements import element_of, elements_from
from nnc.rows.formats import FORMATS, format_of
from nnc.rows.session import NumberedRejects, Rejects
from nnc.rows.streams import seekable
from nnc.run.engines import How, choose, input_values
from nnc.run.streaming import Rows, open_rows
from nnc.selecting import selected, selecting_help
from nnc.terminal.options import CountOrAll, Decorator, check_selected, refuse, with_options
from nnc.terminal.reporter import say
from nnc.terminal.row_settings import RowSettings

if TYPE_CHECKING:
    from nnc.compiler.graph import Tap
    from nnc.compiler.plan import Plan
    from nnc.language.network import Input
    from nnc.opening.cases.running import Row
    from nnc.rows.columns import Batch
    from nnc.run.streaming import Source
    from nnc.run.trace import Trace

engine_options = with_options(
    click.option(
        "--threads",
        type=click.IntRange(min=1),
        metavar="N",
        help="Number of cores to use; by default all.",
    ),
    click.option(
        "-v", "--verbose", is_flag=True, help="Print on stderr which engine runs, and why."
    ),
)


class EngineSettings(NamedTuple):
    """Engine settings; each field has the name of its option."""

    threads: int | None
    verbose: bool

    @property
    def is_default(self) -> bool:
        """Return True if no engine option was given."""
        return self.threads is None and not self.verbose

    def how(self) -> How:
        """Return the arguments for evaluating rows."""
        return How(threads=self.threads or 0)

    def explained(self, batches: Iterator[Batch], plan: Plan) -> Iterator[Batch]:
        """Return the batches; with --verbose, report the engine that evaluates them."""
        return _explained(batches, plan, self.how()) if self.verbose else batches


def _explained(batches: Iterator[Batch], plan: Plan, how: How) -> Iterator[Batch]:
    """Yield batches, and report the engine whenever it changes."""
    before = None
    for batch in batches:
        chosen = choose(plan, batch.count, how)
        cores = "1 thread" if chosen.threads == 1 else f"{chosen.threads} threads"
        text = f"{chosen.why}; {cores}"
        if text != before:
            say(f"engine: {text}", sys.stderr)
        before = text
        yield batch


trace_options = with_options(
    click.option(
        "--trace",
        is_flag=True,
        help="Show why: the reason of each output, then the neurons that decided it, top down.",
    ),
    click.option(
        "--output",
        "only",
        multiple=True,
        metavar="OUTPUT",
        help="Trace only this output, or those that match a pattern (`*`, `?`); may be repeated.",
    ),
    click.option(
        "--depth",
        type=CountOrAll(min=1),
        metavar="N|all",
        help="Trace N levels of neurons below each output, however many there are; or all neurons, "
        "in the order of evaluation.",
    ),
)


class TraceSettings(NamedTuple):
    """Trace settings; each field has the name of its option."""

    trace: bool
    only: tuple[str, ...]
    depth: int | None

    @property
    def is_full(self) -> bool:
        """True if every neuron is traced."""
        return self.depth == CountOrAll.ALL

    @property
    def levels(self) -> int | None:
        """The number of levels to trace below each output; None for the deciding neurons only."""
        return None if self.is_full else self.depth


def check_trace(settings: TraceSettings, form: str) -> None:
    """Raise UsageError for options without effect if there is no trace, or in its format."""
    is_traced = settings.trace
    refuse(
        (settings.only and not is_traced, "--output is about traces; add --trace"),
        (settings.depth and not is_traced, "--depth is about traces; add --trace"),
        (
            settings.is_full and form != "table",
            f"a trace in {form} has every neuron; remove --depth all",
        ),
    )


def check_outputs(settings: TraceSettings, plan: Plan) -> None:
    """Raise UsageError for an --output that matches no output."""
    check_selected("--output", settings.only, [tap.alias for tap in plan.outputs], "output")


def write_traces(
    traces: Iterator[Trace], stream: BinaryIO, form: str, settings: TraceSettings
) -> None:
    """Write traces as text for `table`, else as JSON or JSON Lines."""
    from nnc.terminal.reports.traces import traces_as_json

    texts: Iterator[str]
    if form == "table":
        texts = (trace.text(full=settings.is_full) for trace in traces)
    else:
        texts = traces_as_json(traces, lines=form == "jsonl")
    for text in texts:
        stream.write(text.encode())


def traces_of(
    plan: Plan, rows: Iterator[Batch], settings: TraceSettings, number: int
) -> Iterator[Trace]:
    """Yield the trace of each row, numbered from `number`, with the extra columns it keeps."""
    from nnc.run.trace import follow

    only = selected(settings.only, [tap.alias for tap in plan.outputs])
    for batch in rows:
        for i, values in enumerate(input_values(plan, batch)):
            extra = {name: texts[i] for name, texts in batch.extras.items()}
            yield follow(plan, values, row=number, extra=extra, only=only, depth=settings.levels)
            number += 1


class ResultSettings(NamedTuple):
    """Result settings; each field has the name of its option."""

    target: str | None
    output: str | None
    trace: bool
    numbers: str | None
    bits: bool
    count: bool  # type: ignore[assignment]
    with_inputs: bool | None
    flush: bool
    expected: tuple[str, ...]
    exit_code: bool

    @property
    def file(self) -> str | None:
        """The file that results are written to, or None for standard output."""
        return None if self.output == STDIN else self.output

    def has_inputs(self, form: str, *, every: bool) -> bool:
        """Return True if output rows include their inputs: as the option says, or by default.

        An NPY array has no column names, so it includes inputs only on request.
        """
        if self.with_inputs is not None:
            return self.with_inputs
        return form == "table" or (every and FORMATS[form].has_names)

    def is_flushed(self, rows: RowSettings, form: str) -> bool:
        """Return True if results are written as rows arrive: on request, or from pipe to pipe."""
        is_text = FORMATS[form].is_text and (form != "table" or self.trace)
        if self.flush and not is_text:
            message = f"--flush writes row by row, which {form} cannot; use --to csv or jsonl"
            raise click.UsageError(message)
        is_pipe = rows.file == STDIN and self.file is None
        return self.flush or (is_pipe and rows.skips and is_text and not self.count)


def check_forms(results: ResultSettings, rows: RowSettings, *, engine: bool) -> None:
    """Raise UsageError for options that contradict each other, such as --trace with --count."""
    trace, count, keep = results.trace, results.count, rows.extra == "keep"
    inputs = results.with_inputs is not None
    refuse(
        (trace and results.bits, "--trace shows every bit; remove --bits"),
        (trace and count, "--trace shows rows, --count only counts them; remove one"),
        (trace and engine, "--trace uses no engine; remove the engine options"),
        (
            trace and rows.skips,
            "--trace numbers the rows, so none can be skipped; add --row N",
        ),
        (count and results.bits, "--count counts each bit; remove --bits"),
        (count and keep, "--count writes no rows; remove --extra keep"),
        (trace and inputs, "--trace shows the inputs of each row; remove --with-inputs"),
        (count and inputs, "--count writes no rows; remove --with-inputs"),
    )


def check_expected(results: ResultSettings, rows: RowSettings) -> None:
    """Raise UsageError for options without effect with --expected, or --exit-code without it."""
    if not results.expected:
        if results.exit_code:
            raise click.UsageError("--exit-code is about rows as expected: add --expected COLUMN")
        return
    shape = results.bits or results.with_inputs is not None or results.flush
    refuse(
        (rows.file is None, "--expected compares a column of a file; name ROWS"),
        (results.trace, "--trace shows rows, --expected counts them; remove one"),
        (results.count, "--count and --expected each count rows; remove one"),
        (rows.number is not None, "--expected compares all rows; remove --row"),
        (
            rows.skips,
            "--expected numbers the rows, so none can be skipped",
        ),
        (rows.extra == "keep", "--expected writes no rows; remove --extra keep"),
        (shape, "--expected writes no rows; remove --bits, --with-inputs and --flush"),
    )


def compared_columns(
    words: Sequence[str], plan: Plan, option: str = "--expected"
) -> list[ComparedColumn]:
    """Parse `COLUMN=OUTPUT`, or one name for both, from an option. Raises UsageError."""
    if not words:
        return []
    taps = {tap.alias: tap for tap in plan.outputs}
    columns = []
    for word in words:
        if words.count(word) > 1:
            raise click.UsageError(f"{option} {word} appears twice")
        column, equals, output = word.rpartition("=")
        if wrong := _wrong_output(output, taps):
            raise click.UsageError(f"{option} {word}: {wrong}")
        columns.append(ComparedColumn(column if equals else output, output))
    return columns


def _wrong_output(output: str, taps: Mapping[str, Tap]) -> str:
    """Return why a name does not denote a single output value, or an empty text."""
    bus, element = element_of(output) or (output, -1)
    tap = taps.get(bus)
    if tap is None:
        names = shorten(", ".join(taps), 200)
        hint = did_you_mean(output, taps, f"the outputs are {names}")
        return f"`{shorten(output)}` is not an output; {hint}"
    if element >= 0 and not (tap.is_bus and element < tap.width):
        hint = f"`{bus}` has {elements_from(bus, tap.width)}" if tap.is_bus else f"write `{bus}`"
        return f"there is no element `{output}`; {hint}"
    if element < 0 and tap.is_bus and not tap.is_integer:
        return f"`{output}` is a bus, not one value; name one of {elements_from(bus, tap.width)}"
    return ""


def check_flush(results: ResultSettings, rows: RowSettings) -> None:
    """Raise UsageError for --flush if nothing can be written before the end."""
    if not results.flush:
        return
    refuse(
        (rows.file is None, "--flush writes results as rows arrive; name ROWS, or give -"),
        (results.count, "--count is known when all rows are read; remove --flush"),
        (results.file is not None, "-o writes a whole file or none; remove it, or --flush"),
    )


def check_terminal(results: ResultSettings, form: str) -> None:
    """Raise UsageError if binary output would go to a terminal."""
    if results.file is None and not FORMATS[form].is_text and sys.stdout.isatty():
        message = f"{form} is bytes, not text: name a file with -o, or send it into a pipe"
        raise click.UsageError(message)


def form_to_write(results: ResultSettings, *, is_machine: bool) -> str:
    """Return the output format: from the option, else from the file name, else a default.

    Raises UsageError if the format cannot represent a trace or the requested numbers.
    """
    form = (
        _form_of_report(results, is_machine=is_machine)
        if results.trace or results.expected
        else _form_of_rows(results, is_machine=is_machine)
    )
    has_numbers = FORMATS[form].is_json and not (results.trace or results.count or results.expected)
    if results.numbers is not None and not has_numbers:
        raise click.UsageError("--numbers goes with rows --to json or jsonl")
    if results.numbers not in (None, "exact", "float"):
        raise click.UsageError(f"--numbers {results.numbers}: write exact or float")
    return form


def _form_of_report(results: ResultSettings, *, is_machine: bool) -> str:
    form = results.target or ("json" if is_machine else "table")
    suffix = "" if results.file is None else Path(results.file).suffix
    if results.target is None and results.file is not None and suffix not in ("", ".txt"):
        form = format_of(results.file, None, option="--to")
    if results.expected and form not in ("table", "json"):
        raise click.UsageError(f"--expected cannot be written as {form}; use table or json")
    if form != "table" and not FORMATS[form].is_json:
        raise click.UsageError(f"a trace cannot be written as {form}; use table, json or jsonl")
    return form


def _form_of_rows(results: ResultSettings, *, is_machine: bool) -> str:
    if results.target is not None:
        return results.target
    if results.file is not None:
        return format_of(results.file, None, option="--to")
    if is_machine:
        return "json"
    return "table" if sys.stdout.isatty() and not results.flush else "csv"


@contextmanager
def open_chosen(source: Source, inputs: Mapping[str, Input]) -> Iterator[Rows]:
    """Open the rows of a source, or the one chosen with --row, even if others have mistakes.

    Raises the same errors as `nnc.run.streaming.open_rows`, and UsageError if there is no such row.
    """
    if source.only is not None and source.file is not None:
        with _seekable(source) as again:
            chosen = _chosen(again, inputs, source.only)
        yield Rows(iter([chosen]), lambda _: None)
        return
    with open_rows(source, inputs) as rows:
        if source.only is not None and rows.total is not None and source.only >= rows.total:
            raise _no_row(source.only, rows.total, "the truth table")
        yield rows


@contextmanager
def _seekable(source: Source) -> Iterator[Source]:
    """Yield a source that can be read twice; standard input is copied."""
    if source.file != STDIN:
        yield source
        return
    with open_to_read(STDIN) as stream, seekable(stream) as copy:

        @contextmanager
        def opened() -> Iterator[BinaryIO]:
            copy.seek(0)
            yield copy

        yield source._replace(opened=opened)


def _chosen(source: Source, inputs: Mapping[str, Input], wanted: int) -> Batch:
    """Return row `wanted`, from 0, of a file, reading no further than necessary."""
    count = 0
    try:
        with open_rows(source, inputs) as rows:
            for batch in rows.batches:
                if wanted < count + batch.count:
                    return batch.cut(wanted - count, wanted - count + 1)
                count += batch.count
    except InvalidRowsError:
        return _among_wrong_rows(source, inputs, wanted)
    raise _no_row(wanted, count, _name_of(source))


def _name_of(source: Source) -> str:
    return "standard input" if source.file == STDIN else str(source.file)


def _among_wrong_rows(source: Source, inputs: Mapping[str, Input], wanted: int) -> Batch:
    """Return row `wanted`, from 0, of a file in which other rows have mistakes.

    Raises InvalidRowsError with only the mistakes of that row.
    """
    rejects, count = NumberedRejects(), 0
    skipping = source._replace(rejects=rejects, report=lambda _: None)
    with open_rows(skipping, inputs) as rows:
        for _ in rows.batches:  # read to the end: some formats report bad rows after good ones
            pass
    if wanted in rejects.wrong:
        raise InvalidRowsError(list(rejects.wrong[wanted]))
    place = rejects.place(wanted)
    with open_rows(skipping._replace(rejects=Rejects()), inputs) as rows:
        for batch in rows.batches:
            if place < count + batch.count:
                return batch.cut(place - count, place - count + 1)
            count += batch.count
    raise _no_row(wanted, count + len(rejects.wrong), _name_of(source))


def _no_row(place: int, count: int, name: str) -> click.UsageError:
    return click.UsageError(f"--row {place + 1}: {name} has {counted(count, 'row')}")


def case_option(what: str) -> Decorator:
    """Return the option `--case`; see `case_of`."""
    help_ = (
        f"{what} of the case of this name, or of the only one that matches a pattern (`*`, `?`)."
    )
    return click.option("--case", metavar="NAME", help=help_)


def case_of(cases: Sequence[Row], name: str) -> Row:
    """Return the only case that a name or pattern selects. Raises UsageError."""
    names = [case.name for case in cases]
    chosen = set(selected([name], names))
    alike = [case for case in cases if case.name in chosen]
    if not alike:
        hint = selecting_help(name, names, "cases")
        raise click.UsageError(f"--case {name}: no case has this name; {hint}")
    if len(alike) > 1:
        listed = first_names([case.name for case in alike], "`")
        message = f"--case {name} selects {len(alike):,} cases: {listed}; name one of them"
        raise click.UsageError(message)
    return alike[0]
