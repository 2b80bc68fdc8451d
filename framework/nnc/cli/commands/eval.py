"""`nnc eval`: evaluate a network for rows of inputs."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, cast

import click

from nnc.cli import options
from nnc.cli.options import Reporter
from nnc.diagnostics.diagnostic import Diagnostic, NncError
from nnc.files.opening import STDIN
from nnc.rows.formats import FORMATS, READABLE, Extra, format_of

if TYPE_CHECKING:
    from nnc.compiler.plan import Plan
    from nnc.language.network import Input
    from nnc.rows.columns import Batch
    from nnc.rows.session import Rejects
    from nnc.run.engines.choosing import Engine as EngineName
    from nnc.run.engines.choosing import How
    from nnc.run.streaming import Source

ENGINES = ("auto", "native", "numpy")


@click.command("eval", context_settings={"allow_extra_args": True})
@click.argument("network", type=click.Path())
@click.argument("rows", required=False, type=click.Path())
@click.option(
    "--set",
    "settings",
    multiple=True,
    metavar="NAME=VALUE",
    help="The value of an input; with ROWS, of one that has no column.",
)
@click.option(
    "--all",
    "every",
    is_flag=True,
    help="Evaluate every row of bits and choices, the first input slowest: the truth table.",
)
@click.option(
    "--from",
    "source",
    type=click.Choice(READABLE),
    help="The format of ROWS; by default as its name says.",
)
@click.option(
    "--to",
    "target",
    type=click.Choice(list(FORMATS)),
    help="The format to write; by default as the name of the output says, else a table "
    "on a terminal, JSON where a program reads the report, and CSV in a pipe.",
)
@click.option(
    "-o",
    "--output",
    type=click.Path(dir_okay=False),
    metavar="FILE",
    help="Write to FILE, whole or not at all.",
)
@click.option(
    "--trace",
    is_flag=True,
    help="Show why: the sum, threshold, margin and contributions of each neuron.",
)
@click.option(
    "--numbers",
    type=click.Choice(["exact", "float"]),
    help="What other numbers than integers are in JSON: texts, exact, or the nearest floats.",
)
@click.option("--bits", is_flag=True, help="Write an output bus as a column for each bit.")
@click.option(
    "--count",
    is_flag=True,
    help="Count the rows in which each output is 1, or has each level or place, instead.",
)
@click.option(
    "--extra",
    type=click.Choice(["drop", "keep", "error"]),
    default="drop",
    help="What becomes of columns that are no inputs: left out and named (drop), kept "
    "before the outputs, or refused.",
)
@click.option(
    "--on-error",
    type=click.Choice(["stop", "skip"]),
    help="What a row with a mistake does: stop everything, so that nothing is written, or be left "
    "out and counted. Default: stop.",
)
@click.option(
    "--rejects",
    type=click.Path(dir_okay=False),
    metavar="FILE",
    help="Skip rows with mistakes, and write them to FILE with what is wrong, to be mended.",
)
@click.option(
    "--engine",
    type=click.Choice(ENGINES),
    default="auto",
    help="What calculates: native kernels or NumPy alone; every engine gives the same.",
)
@click.option(
    "--threads",
    type=click.IntRange(min=1),
    metavar="N",
    help="How many cores may work; by default all.",
)
@click.option("--explain-engine", is_flag=True, help="Say on stderr what calculates, and why.")
@click.option(
    "--verify",
    is_flag=True,
    help="Check every byte of a compiled network, and compare it with its sources.",
)
@options.reading
@options.reports
def command(
    reporter: Reporter,
    network: str,
    rows: str | None,
    settings: tuple[str, ...],
    source: str | None,
    target: str | None,
    output: str | None,
    extra: str,
    root: Path | None,
    max_bytes: int,
    on_error: str | None,
    rejects: str | None,
    engine: str,
    threads: int | None,
    numbers: str | None,
    *,
    every: bool,
    trace: bool,
    bits: bool,
    count: bool,
    verify: bool,
    explain_engine: bool,
) -> int:
    """Evaluate NETWORK for ROWS: a CSV, JSON, JSON Lines, NPY, Parquet or Arrow file, or -.

    \b
      nnc eval adder.nn.yaml rows.csv
      nnc eval adder.nn.yaml rows.csv.gz -o results.parquet --rejects wrong.csv
      nnc eval adder.nn.yaml --set a=1 --set b=0 --trace
      nnc eval adder.nn.yaml --all --to csv

    Numbers mean what is written and every decision is exact. Files may be of any size. On a mistake
    in the rows nothing is written, unless --on-error skip.
    """  # noqa: D301 - \b keeps the lines apart
    from nnc.checking import load_plan

    output = None if output == STDIN else output
    outputs = {"-o": output, "--rejects": rejects, "--output-file": reporter.file}
    is_skipping = on_error == "skip" or rejects is not None
    _check_rows(network, rows, click.get_current_context().args, every=every)
    _check_forms(
        trace=trace,
        count=count,
        bits=bits,
        keep=extra == "keep",
        default_engine=engine == "auto" and threads is None and not explain_engine,
        is_skipping=is_skipping,
    )
    if is_skipping or on_error is not None:
        _check_skipping(rows, output, on_error, rejects)
    options.check_outputs(outputs, {"NETWORK": [network], "ROWS": [rows]})
    warnings: list[Diagnostic] = []
    try:
        loaded = load_plan(network, root=root, max_bytes=max_bytes, verify=verify)
        plan = loaded.plan
        options.check_made_of(outputs, loaded.files)
        warnings += loaded.warnings
        form = _form_to_write(target, output, trace=trace, is_machine=reporter.is_machine)
        if numbers is not None and (trace or count or form not in ("json", "jsonl")):
            raise click.UsageError("--numbers goes with rows --to json or jsonl")
        read_as = "" if rows is None else format_of("" if rows == STDIN else rows, source)
        if output is None and not FORMATS[form].is_text and sys.stdout.isatty():
            message = f"{form} is bytes, not text: name a file with -o, or send it into a pipe"
            raise click.UsageError(message)
        values = _settings(settings, plan.inputs)
        if rows is None and not every and not values:
            _check_values(plan.inputs)
        with loaded.blamed(), ExitStack() as stack:
            from nnc.run.engines.choosing import How
            from nnc.run.streaming import Source

            refused = _refused(stack, rejects, read_as) if is_skipping else None
            of_rows = Source(
                rows, read_as, values, warnings.append, every, cast("Extra", extra), refused
            )
            how = How(cast("EngineName", engine), threads or 0)
            kind = "trace" if trace else "count" if count else "results"
            _run(
                plan,
                of_rows,
                output,
                form,
                how,
                kind,
                bits=bits,
                floats=numbers == "float",
                is_explained=explain_engine,
            )
        if refused is not None and rows is not None:
            skipped = refused.warning("<stdin>" if rows == STDIN else rows, rejects)
            warnings += [] if skipped is None else [skipped]
    except NncError as error:
        reporter.fail(type(error)([*warnings, *error.diagnostics]))
        return options.code_of(error)
    if warnings:
        reporter.tell(warnings, 1, to=sys.stderr)
    else:
        reporter.tell_nothing()
    return options.FINE


def _run(
    plan: Plan,
    source: Source,
    output: str | None,
    form: str,
    how: How,
    kind: str,
    *,
    bits: bool,
    floats: bool,
    is_explained: bool,
) -> None:
    """Read, evaluate and write, batch by batch."""
    from nnc.run import streaming

    is_sure = source.every and FORMATS[form].is_text  # a truth table has no mistakes
    with (
        streaming.open_output(output, is_held=not is_sure or sys.stdout.isatty()) as stream,
        streaming.open_rows(source, plan.inputs) as rows,
    ):
        batches = options.progress(rows.batches, rows.share)
        if kind == "trace":
            streaming.write_trace(plan, batches, stream, form)
            return
        if is_explained:
            batches = _explained(batches, plan, how)
        if kind == "count":
            streaming.write_counts(plan, batches, stream, form, how)
        else:
            streaming.write_results(plan, batches, stream, form, how, bits=bits, floats=floats)


def _refused(stack: ExitStack, rejects: str | None, form: str) -> Rejects:
    """Give what takes rows with mistakes; the file of them is written when all is well."""
    from nnc.rows.session import Rejects
    from nnc.run.streaming import open_output

    if rejects is None:
        return Rejects()
    suffix = rejects.lower().removesuffix(".gz")
    for name, one in FORMATS.items():
        if suffix.endswith(one.suffixes) and name != form:
            message = f"rejected rows are written as they were, as {form}: give --rejects the name"
            raise click.UsageError(f"{message} of a file {' or '.join(FORMATS[form].suffixes)}")
    return Rejects(stack.enter_context(open_output(rejects)))


def _explained(batches: Iterator[Batch], plan: Plan, how: How) -> Iterator[Batch]:
    """Say what calculates the first of the batches, and the others too while they are as large."""
    from nnc.run.engines.choosing import choose

    said = None
    for batch in batches:
        chosen = choose(plan, batch.count, how)
        cores = "1 thread" if chosen.threads == 1 else f"{chosen.threads} threads"
        text = f"{chosen.why}; {cores}"
        if text != said:
            options.say(f"engine: {text}", sys.stderr)
        said = text
        yield batch


# ------------------------------------------------------------------------------------ usage


def _check_rows(network: str, rows: str | None, more: list[str], *, every: bool) -> None:
    values = [one for one in more if "=" in one]
    if rows is not None and "=" in rows and not Path(rows).exists():
        values.insert(0, rows)
    if values:
        of_inputs = "the value of an input" if len(values) == 1 else "the values of inputs"
        raise click.UsageError(f"write {_as_options(values)} for {of_inputs}")
    if more:
        raise click.UsageError(f"ROWS is one file: leave {' '.join(more)} out")
    if every and rows is not None:
        raise click.UsageError("--all makes the rows itself; leave ROWS out")
    if network == STDIN and rows == STDIN:
        raise click.UsageError("only one of NETWORK and ROWS can be standard input")
    if rows is not None and rows.endswith((".nn.yaml", ".nn.yml", ".nnc")):
        raise click.UsageError(f"the network comes first: nnc eval {rows} {network}")


def _check_forms(
    *, trace: bool, count: bool, bits: bool, keep: bool, default_engine: bool, is_skipping: bool
) -> None:
    """Refuse options that say nothing where rows are traced or counted."""
    wrong = (
        (trace and bits, "--trace shows every bit; leave --bits out"),
        (trace and count, "--trace shows rows, --count only counts them; leave one out"),
        (trace and keep, "--trace shows no other columns; leave --extra keep out"),
        (trace and not default_engine, "--trace uses no engine; leave the options of engines out"),
        (trace and is_skipping, "--trace numbers the rows; none of them can be skipped"),
        (count and bits, "--count counts each bit; leave --bits out"),
        (count and keep, "--count writes no rows; leave --extra keep out"),
    )
    for is_wrong, message in wrong:
        if is_wrong:
            raise click.UsageError(message)


def _check_skipping(
    rows: str | None, output: str | None, on_error: str | None, rejects: str | None
) -> None:
    if rows is None:
        option = "--on-error" if rejects is None else "--rejects"
        raise click.UsageError(f"{option} is about the rows of a file; name ROWS")
    if rejects is None:
        return
    if on_error == "stop":
        raise click.UsageError("--rejects takes rows that are skipped; leave --on-error stop out")
    if rejects == STDIN and output is None:
        raise click.UsageError("--rejects - and the results both go to standard output: name -o")


def _check_values(inputs: Mapping[str, Input]) -> None:
    needed = [name for name, one in inputs.items() if one.default is None]
    if needed:
        raise click.UsageError(
            "no rows: name a file, or give values with --set "
            f"{_example(needed[0], inputs[needed[0]])}, or every row with --all"
        )


def _as_options(settings: list[str]) -> str:
    return " ".join(f"--set {one}" for one in settings)


def _settings(settings: tuple[str, ...], inputs: Mapping[str, Input]) -> dict[str, str | list[str]]:
    """Take `--set` apart: a text for each name, or for a bus a list of the values of elements."""
    values: dict[str, str | list[str]] = {}
    for one in settings:
        name, equals, value = one.partition("=")
        if not equals or not name:
            raise click.UsageError(f"--set {one}: write NAME=VALUE, for example --set a=1")
        if "=" in value:
            each = re.split(r",(?=[^,=]+=)", one)  # before a name; other commas are in a list
            is_clear = one.count("=") == len(each)
            fix = _as_options(each) if is_clear else "one --set for each input"
            raise click.UsageError(f"--set {one}: write {fix}")
        if name in values:
            raise click.UsageError(f"--set {name} stands twice")
        bus = inputs.get(name)
        is_list = bus is not None and bus.size is not None
        if is_list and bus is not None and bus.is_integer_bus:
            is_list = "," in value
        values[name] = value.split(",") if is_list else value
    return values


def _example(name: str, one: Input) -> str:
    """Show how to give an input with `--set`."""
    if one.of is not None:
        return f"{name}={one.of[0]}"
    if one.is_integer_bus:
        return f"{name}=1"
    value = str(one.state_values[1]) if one.type == "bit" else "1"
    return f"{name}=" + ",".join([value] * min(one.width, 3)) + (",…" if one.width > 3 else "")


def _form_to_write(target: str | None, output: str | None, *, trace: bool, is_machine: bool) -> str:
    if trace:
        form = target or ("json" if is_machine else "table")
        if target is None and output is not None and "." in Path(output).name:
            form = format_of(output, None)
        if form not in ("table", "json", "jsonl"):
            raise click.UsageError(f"a trace cannot be written as {form}; use table, json or jsonl")
        return form
    if target is not None:
        return target
    if output is not None:
        return format_of(output, None, option="--to")
    if is_machine:
        return "json"
    return "table" if sys.stdout.isatty() else "csv"
