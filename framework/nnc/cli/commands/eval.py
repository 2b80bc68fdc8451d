"""`nnc eval`: evaluate a network for rows of inputs."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from nnc.cli import options
from nnc.cli.options import Reporter
from nnc.diagnostics.diagnostic import Diagnostic, NncError
from nnc.exact import counted
from nnc.files.opening import STDIN
from nnc.rows.formats import FORMATS, READABLE, Extra, format_of

if TYPE_CHECKING:
    from nnc.compiler.plan import Plan
    from nnc.language.network import Input
    from nnc.rows.columns import Batch
    from nnc.rows.session import Rejects
    from nnc.run.engines import EngineName, How
    from nnc.run.streaming import Source

ENGINES = ("auto", "native", "numpy")


@dataclass(frozen=True, slots=True)
class _Asked:
    """What the options of the command say, each under its name."""

    settings: tuple[str, ...]
    every: bool
    number: int | None
    source: str | None
    target: str | None
    output: str | None
    trace: bool
    numbers: str | None
    bits: bool
    count: bool
    extra: Extra
    on_error: str | None
    rejects: str | None
    engine: EngineName
    threads: int | None
    explain_engine: bool
    verify: bool

    @property
    def file(self) -> str | None:
        """The file that results are written to; None is standard output."""
        return None if self.output == STDIN else self.output

    @property
    def skips(self) -> bool:
        """Whether rows with mistakes are left out."""
        return self.on_error == "skip" or self.rejects is not None


@click.command("eval", context_settings={"allow_extra_args": True})
@click.argument("network", type=click.Path())
@click.argument("rows", required=False, type=click.Path())
@click.option(
    "--set",
    "settings",
    multiple=True,
    metavar="NAME=VALUE",
    help="Value of an input; with ROWS, of an input without a column.",
)
@click.option(
    "--all",
    "every",
    is_flag=True,
    help="Evaluate every row of bits and choices, the first input slowest: the truth table.",
)
@click.option(
    "--row",
    "number",
    type=click.IntRange(min=1),
    metavar="N",
    help="Evaluate only row N of ROWS, or of --all, from 1; a header is not counted.",
)
@click.option(
    "--from",
    "source",
    type=click.Choice(READABLE),
    help="Format of ROWS; by default from the file name.",
)
@click.option(
    "--to",
    "target",
    type=click.Choice(list(FORMATS)),
    help="Output format; by default from the name of the output, else a table on a terminal, JSON "
    "where a program reads the report, and CSV in a pipe.",
)
@click.option(
    "-o",
    "--output",
    type=click.Path(dir_okay=False),
    metavar="FILE",
    help="Write to FILE, completely or not at all.",
)
@click.option(
    "--trace",
    is_flag=True,
    help="Show why: the sum, threshold, margin and contributions of each neuron.",
)
@click.option(
    "--numbers",
    type=click.Choice(["exact", "float"]),
    help="How to write non-integers in JSON: as exact texts, or as the nearest floats.",
)
@click.option("--bits", is_flag=True, help="Write an output bus as a column for each bit.")
@click.option(
    "--count",
    is_flag=True,
    help="Instead of rows, write how often each output is 1 or has each level or place.",
)
@click.option(
    "--extra",
    type=click.Choice(["drop", "keep", "error"]),
    default="drop",
    help="Columns that are not inputs: drop them with a warning, keep them before the outputs, or "
    "refuse them.",
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
    "--engine",
    type=click.Choice(ENGINES),
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
    """Evaluate NETWORK for ROWS: a CSV, JSON, JSON Lines, NPY, Parquet or Arrow file, or -.

    \b
      nnc eval adder.nn.yaml rows.csv
      nnc eval adder.nn.yaml rows.csv.gz -o results.parquet --rejects wrong.csv
      nnc eval adder.nn.yaml rows.csv --row 7 --trace
      nnc eval adder.nn.yaml --set a=1 --set b=0 --trace
      nnc eval adder.nn.yaml --all --to csv

    Numbers mean exactly what is written, and results are exact. Files may have any size. If any row
    has a mistake nothing is written, except with --on-error skip.
    """  # noqa: D301 - \b keeps the lines apart
    from nnc.checking import load_plan

    asked = _Asked(**values)
    _check_rows(network, rows, click.get_current_context().args, every=asked.every)
    _check_forms(asked)
    _check_number(rows, asked)
    _check_skipping(rows, asked)
    outputs = {"-o": asked.file, "--rejects": asked.rejects, "--output-file": reporter.file}
    options.check_outputs(outputs, {"NETWORK": [network], "ROWS": [rows]})
    warnings: list[Diagnostic] = []
    try:
        loaded = load_plan(network, root=root, max_bytes=max_bytes, verify=asked.verify)
        options.check_made_of(outputs, loaded.files)
        warnings += loaded.warnings
        form = _form_to_write(asked, is_machine=reporter.is_machine)
        read_as = "" if rows is None else format_of("" if rows == STDIN else rows, asked.source)
        _check_terminal(asked, form)
        given = _settings(asked.settings, loaded.plan.inputs)
        if rows is None and not asked.every and not given:
            _check_values(loaded.plan.inputs)
        with loaded.blaming_damage(), ExitStack() as stack:
            from nnc.run.streaming import Source

            rejects = _open_rejects(stack, asked.rejects, read_as) if asked.skips else None
            source = Source(
                rows,
                read_as,
                given,
                warnings.append,
                asked.every,
                asked.extra,
                rejects,
                asked.number and asked.number - 1,
            )
            _run(loaded.plan, source, asked, form)
        if rejects is not None and rows is not None:
            skipped = rejects.warning("<stdin>" if rows == STDIN else rows, asked.rejects)
            warnings += [] if skipped is None else [skipped]
    except NncError as error:
        reporter.fail(type(error)([*warnings, *error.diagnostics]))
        return options.code_of(error)
    reporter.report_warnings(warnings)
    return options.FINE


def _run(plan: Plan, source: Source, asked: _Asked, form: str) -> None:
    """Read, evaluate and write, batch by batch."""
    from nnc.run import streaming
    from nnc.run.engines import How

    how = How(asked.engine, asked.threads or 0)
    is_sure = source.every and FORMATS[form].is_text  # a truth table has no mistakes
    is_held = not is_sure or sys.stdout.isatty()
    with (
        streaming.open_output(asked.file, is_held=is_held) as stream,
        streaming.open_rows(source, plan.inputs) as rows,
    ):
        batches = options.progress(rows.batches, rows.share)
        if source.only is not None:
            if rows.total is not None:
                _check_end(source.only, rows.total, "the truth table")
            batches = batches if source.every else _row(batches, source)
        if asked.trace:
            streaming.write_trace(plan, batches, stream, form, (source.only or 0) + 1)
            return
        if asked.explain_engine:
            batches = _explained(batches, plan, how)
        if asked.count:
            streaming.write_counts(plan, batches, stream, form, how)
        else:
            style = streaming.Style(form, bits=asked.bits, floats=asked.numbers == "float")
            streaming.write_results(plan, batches, stream, style, how)


def _row(batches: Iterator[Batch], source: Source) -> Iterator[Batch]:
    """Yield one row of a file; the others are read all the same, and mistakes in them reported."""
    assert source.only is not None
    count = 0
    for batch in batches:
        place = source.only - count
        if 0 <= place < batch.count:
            yield batch.cut(place, place + 1)
        count += batch.count
    _check_end(source.only, count, "standard input" if source.file == STDIN else source.file)


def _check_end(place: int, count: int, name: str | None) -> None:
    """Refuse a --row where there is no row of that number."""
    if place >= count:
        raise click.UsageError(f"--row {place + 1}: {name} has {counted(count, 'row')}")


def _open_rejects(stack: ExitStack, file: str | None, form: str) -> Rejects:
    """Return what takes rows with mistakes; the file of them is written when all is well.

    They are written as they were, so a name of another format raises UsageError.
    """
    from nnc.rows.session import Rejects
    from nnc.run.streaming import open_output

    if file is None:
        return Rejects()
    suffix = file.lower().removesuffix(".gz")
    for name, format_ in FORMATS.items():
        if suffix.endswith(format_.suffixes) and name != form:
            message = f"rejected rows are written as they were, as {form}: give --rejects the name"
            raise click.UsageError(f"{message} of a file {' or '.join(FORMATS[form].suffixes)}")
    return Rejects(stack.enter_context(open_output(file)))


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


# ------------------------------------------------------------------------------------ usage


def _check_rows(network: str, rows: str | None, more: list[str], *, every: bool) -> None:
    """Refuse rows that cannot be, and words that are more than the two files: `more`."""
    values = [word for word in more if "=" in word]
    if rows is not None and "=" in rows and not Path(rows).exists():
        values.insert(0, rows)
    if values:
        of_inputs = "the value of an input" if len(values) == 1 else "the values of inputs"
        raise click.UsageError(f"write {_as_options(values)} for {of_inputs}")
    if more:
        raise click.UsageError(f"give one ROWS file: remove {' '.join(more)}")
    if every and rows is not None:
        raise click.UsageError("--all makes its own rows: remove ROWS")
    if network == STDIN and rows == STDIN:
        raise click.UsageError("only one of NETWORK and ROWS can be standard input")
    if rows is not None and rows.endswith((".nn.yaml", ".nn.yml", ".nnc")):
        raise click.UsageError(f"the network comes first: nnc eval {rows} {network}")


def _check_forms(asked: _Asked) -> None:
    """Refuse options that say nothing where rows are traced or counted."""
    trace, count, keep = asked.trace, asked.count, asked.extra == "keep"
    is_default = asked.engine == "auto" and asked.threads is None and not asked.explain_engine
    wrong = (
        (trace and asked.bits, "--trace shows every bit; remove --bits"),
        (trace and count, "--trace shows rows, --count only counts them; remove one"),
        (trace and keep, "--trace shows no other columns; remove --extra keep"),
        (trace and not is_default, "--trace uses no engine; remove the engine options"),
        (trace and asked.skips, "--trace numbers the rows; none of them can be skipped"),
        (count and asked.bits, "--count counts each bit; remove --bits"),
        (count and keep, "--count writes no rows; remove --extra keep"),
    )
    for is_wrong, message in wrong:
        if is_wrong:
            raise click.UsageError(message)


def _check_number(rows: str | None, asked: _Asked) -> None:
    """Refuse --row where there are not several rows in their order, or one row says nothing."""
    if asked.number is None:
        return
    is_alone = rows is None and not asked.every
    wrong = (
        (is_alone, "--row takes one of many rows: name ROWS, or give --all"),
        (asked.count, "--row evaluates one row, --count counts them; remove one"),
        (asked.skips, "--row counts the rows as they are; none of them can be skipped"),
    )
    for is_wrong, message in wrong:
        if is_wrong:
            raise click.UsageError(message)


def _check_skipping(rows: str | None, asked: _Asked) -> None:
    """Refuse to skip rows where there is no file of them, or nowhere to write them."""
    rejects, on_error = asked.rejects, asked.on_error
    if rejects is None and on_error is None:
        return
    if rows is None:
        option = "--on-error" if rejects is None else "--rejects"
        raise click.UsageError(f"{option} is about the rows of a file; name ROWS")
    if rejects is None:
        return
    if on_error == "stop":
        raise click.UsageError("--rejects takes rows that are skipped; remove --on-error stop")
    if rejects == STDIN and asked.file is None:
        raise click.UsageError("--rejects - and the results both go to standard output: name -o")


def _check_terminal(asked: _Asked, form: str) -> None:
    """Refuse bytes on a terminal."""
    if asked.file is None and not FORMATS[form].is_text and sys.stdout.isatty():
        message = f"{form} is bytes, not text: name a file with -o, or send it into a pipe"
        raise click.UsageError(message)


def _check_values(inputs: Mapping[str, Input]) -> None:
    """Refuse to evaluate without rows where inputs have no default."""
    needed = [name for name, input_ in inputs.items() if input_.default is None]
    if needed:
        raise click.UsageError(
            "no rows: name a file, or give values with --set "
            f"{_example(needed[0], inputs[needed[0]])}, or every row with --all"
        )


def _as_options(settings: list[str]) -> str:
    return " ".join(f"--set {setting}" for setting in settings)


def _settings(settings: tuple[str, ...], inputs: Mapping[str, Input]) -> dict[str, str | list[str]]:
    """Take `--set` apart: a text for each name, or for a bus a list of the values of elements."""
    values: dict[str, str | list[str]] = {}
    for setting in settings:
        name, equals, value = setting.partition("=")
        if not equals or not name:
            raise click.UsageError(f"--set {setting}: write NAME=VALUE, for example --set a=1")
        if "=" in value:
            each = re.split(r",(?=[^,=]+=)", setting)  # before a name; other commas are in a list
            is_clear = setting.count("=") == len(each)
            hint = _as_options(each) if is_clear else "one --set for each input"
            raise click.UsageError(f"--set {setting}: write {hint}")
        if name in values:
            raise click.UsageError(f"--set {name} appears twice")
        bus = inputs.get(name)
        is_list = bus is not None and bus.size is not None
        if is_list and bus is not None and bus.is_integer_bus:
            is_list = "," in value
        values[name] = value.split(",") if is_list else value
    return values


def _example(name: str, input_: Input) -> str:
    """Return an example of how to give an input with `--set`."""
    if input_.of is not None:
        return f"{name}={input_.of[0]}"
    if input_.is_integer_bus:
        return f"{name}=1"
    value = str(input_.state_values[1]) if input_.type == "bit" else "1"
    elements = ",".join([value] * min(input_.width, 3))
    return f"{name}={elements}{',…' if input_.width > 3 else ''}"


def _form_to_write(asked: _Asked, *, is_machine: bool) -> str:
    """Return the format of what is written: as asked, else as the file is named, else as suits.

    Raises UsageError where it cannot hold a trace, or the numbers that are asked for.
    """
    form = (
        _form_of_trace(asked, is_machine=is_machine)
        if asked.trace
        else _form_of_rows(asked, is_machine=is_machine)
    )
    has_numbers = form in ("json", "jsonl") and not asked.trace and not asked.count
    if asked.numbers is not None and not has_numbers:
        raise click.UsageError("--numbers goes with rows --to json or jsonl")
    return form


def _form_of_trace(asked: _Asked, *, is_machine: bool) -> str:
    form = asked.target or ("json" if is_machine else "table")
    if asked.target is None and asked.file is not None and "." in Path(asked.file).name:
        form = format_of(asked.file, None)
    if form not in ("table", "json", "jsonl"):
        raise click.UsageError(f"a trace cannot be written as {form}; use table, json or jsonl")
    return form


def _form_of_rows(asked: _Asked, *, is_machine: bool) -> str:
    if asked.target is not None:
        return asked.target
    if asked.file is not None:
        return format_of(asked.file, None, option="--to")
    if is_machine:
        return "json"
    return "table" if sys.stdout.isatty() else "csv"
