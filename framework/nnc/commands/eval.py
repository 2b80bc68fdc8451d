"""`nnc eval`: evaluate a network for rows of inputs."""

from __future__ import annotations

import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, cast

import click

from nnc import console
from nnc.console import Reporter
from nnc.diagnostics import Diagnostic, InvalidRowsError, NncError
from nnc.paths import STDIN, open_to_read
from nnc.rows import FORMATS, Extra, format_of

if TYPE_CHECKING:
    from nnc.columns import Batch, Results
    from nnc.engines.choosing import Engine as EngineName
    from nnc.engines.choosing import How
    from nnc.network import Input
    from nnc.plan import Plan
    from nnc.rows.value import Value

ENGINES = ("auto", "native", "numpy")
_READABLE = [name for name, one in FORMATS.items() if one.can_read]


@click.command("eval")
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
    type=click.Choice(_READABLE),
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
    "--verify", is_flag=True, help="Check every byte of a compiled network, not its header alone."
)
@console.reading
@console.reports
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
    engine: str,
    threads: int | None,
    *,
    every: bool,
    trace: bool,
    bits: bool,
    count: bool,
    verify: bool,
    explain_engine: bool,
) -> int:
    """Evaluate NETWORK for ROWS: a CSV, JSON, JSON Lines or NPY file, or - for standard input.

    \b
      nnc eval adder.nn.yaml rows.csv
      nnc eval adder.nn.yaml --set a=1 --set b=0 --trace
      nnc eval adder.nn.yaml --all --to csv

    Numbers mean what is written and every decision is exact. On a mistake in the rows nothing is
    written.
    """  # noqa: D301 - \b keeps the lines apart
    from nnc.engines.choosing import How
    from nnc.pipeline import load_plan

    if every and rows is not None:
        raise click.UsageError("--all makes the rows itself; leave ROWS out")
    if network == STDIN and rows == STDIN:
        raise click.UsageError("only one of NETWORK and ROWS can be standard input")
    default_engine = engine == "auto" and threads is None and not explain_engine
    _check_forms(
        trace=trace, count=count, bits=bits, keep=extra == "keep", default_engine=default_engine
    )
    if rows is not None and "=" in rows and not Path(rows).exists():
        raise click.UsageError(f"write --set {rows} for the value of an input")
    if rows is not None and rows.endswith((".nn.yaml", ".nn.yml", ".nnc")):
        raise click.UsageError(f"the network comes first: nnc eval {rows} {network}")
    warnings: list[Diagnostic] = []
    try:
        loaded = load_plan(network, root=root, max_bytes=max_bytes, verify=verify)
        plan = loaded.plan
        warnings += loaded.warnings
        form = _form_to_write(target, output, trace=trace, is_machine=reporter.is_machine)
        with loaded.blamed(), ExitStack() as stack:
            batches = _batches(
                stack,
                plan,
                rows,
                source,
                cast("Extra", extra),
                settings,
                warnings.append,
                every=every,
            )
            batches = console.progress(batches, _row_count(plan, settings) if every else None)
            if trace:
                _write(output, lambda stream: _trace(plan, batches, stream, form))
            else:
                how = How(cast("EngineName", engine), threads or 0)
                if explain_engine:
                    batches = _explained(batches, plan, how)
                if count:
                    _write(output, lambda stream: _count(plan, batches, stream, form, how))
                else:
                    _write(
                        output,
                        lambda stream: _evaluate(plan, batches, stream, form, how, bits=bits),
                    )
    except NncError as error:
        reporter.fail(type(error)([*warnings, *error.diagnostics]))
        return console.code_of(error)
    if warnings:
        reporter.tell(warnings, 1, to=sys.stderr)
    else:
        reporter.tell_nothing()
    return console.FINE


def _check_forms(*, trace: bool, count: bool, bits: bool, keep: bool, default_engine: bool) -> None:
    """Refuse options that say nothing where rows are traced or counted."""
    wrong = (
        (trace and bits, "--trace shows every bit; leave --bits out"),
        (trace and count, "--trace shows rows, --count only counts them; leave one out"),
        (trace and keep, "--trace shows no other columns; leave --extra keep out"),
        (trace and not default_engine, "--trace uses no engine; leave the options of engines out"),
        (count and bits, "--count counts each bit; leave --bits out"),
        (count and keep, "--count writes no rows; leave --extra keep out"),
    )
    for is_wrong, message in wrong:
        if is_wrong:
            raise click.UsageError(message)


def _explained(batches: Iterator[Batch], plan: Plan, how: How) -> Iterator[Batch]:
    """Say what calculates the first of the batches, and the others too while they are as large."""
    from nnc.engines.choosing import choose

    said = None
    for batch in batches:
        chosen = choose(plan, batch.count, how)
        cores = "1 thread" if chosen.threads == 1 else f"{chosen.threads} threads"
        text = f"{chosen.why}; {cores}"
        if text != said:
            console.write(f"engine: {text}\n", sys.stderr)
        said = text
        yield batch


def _batches(
    stack: ExitStack,
    plan: Plan,
    rows: str | None,
    source: str | None,
    extra: Extra,
    settings: tuple[str, ...],
    warn: Callable[[Diagnostic], None],
    *,
    every: bool,
) -> Iterator[Batch]:
    """Give the rows as batches, from wherever the arguments say."""
    from nnc.rows import read_rows, row_from_values
    from nnc.rows.given import values_from

    inputs = plan.inputs
    values = _settings(settings, inputs)
    if rows is None and not every:
        needed = [name for name, one in inputs.items() if one.default is None]
        if needed and not values:
            raise click.UsageError(
                "no rows: name a file, or give values with --set "
                f"{_example(needed[0], inputs[needed[0]])}, or every row with --all"
            )
        return iter([row_from_values(values, inputs, where=("--set",))])
    fixed = values_from(values, inputs, where=("--set",), complete=False)
    if rows is None:
        from nnc.rows.truth_table import truth_table

        return truth_table(inputs, fixed=fixed)
    form = format_of("" if rows == STDIN else rows, source)
    stream = stack.enter_context(open_to_read(rows))
    file = "<stdin>" if rows == STDIN else rows
    in_rows = {name: one for name, one in inputs.items() if name not in fixed}
    also = _Given({name: inputs[name] for name in fixed})
    batches = read_rows(stream, form, in_rows, file=file, extra=extra, report=warn, also=also)
    return _with_fixed(batches, inputs, fixed, file) if fixed else batches


class _Given:
    """The columns of inputs that `--set` gives, and of their elements."""

    def __init__(self, inputs: Mapping[str, Input]) -> None:
        self._inputs = inputs

    def __contains__(self, name: object) -> bool:
        from nnc.rows.elements import is_column

        return is_column(str(name), self._inputs)


def _with_fixed(
    batches: Iterator[Batch], inputs: Mapping[str, Input], fixed: Mapping[str, Value], file: str
) -> Iterator[Batch]:
    """Add the inputs that `--set` gives to batches that do not have them."""
    from nnc.columns import Batch
    from nnc.rows.cells import constant

    given = _Given({name: inputs[name] for name in fixed})
    for batch in batches:
        for name in batch.extras:
            if name in given:
                whole = name.partition("(")[0]
                message = f"the input `{whole}` has a column, and a value from --set"
                fix = "leave one of them out"
                raise InvalidRowsError(
                    [Diagnostic("duplicate-column", message, help=fix, file=file)]
                )
        read = iter(batch.columns)
        columns = tuple(
            constant(fixed[name], one, batch.count) if name in fixed else next(read)
            for name, one in inputs.items()
        )
        yield Batch(columns, batch.count, batch.extras)


def _row_count(plan: Plan, settings: tuple[str, ...]) -> int:
    """Count the rows of a truth table."""
    from nnc.rows.truth_table import row_count

    return row_count(plan.inputs, {name.partition("(")[0] for name in _settings(settings, {})})


def _settings(settings: tuple[str, ...], inputs: Mapping[str, Input]) -> dict[str, str | list[str]]:
    """Take `--set` apart: a text for each name, or for a bus a list of the values of elements."""
    values: dict[str, str | list[str]] = {}
    for one in settings:
        name, equals, value = one.partition("=")
        if not equals or not name:
            raise click.UsageError(f"--set {one}: write NAME=VALUE, for example --set a=1")
        if "=" in value:
            raise click.UsageError(f"--set {one}: write one --set for each input")
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
        if form in ("csv", "npy"):
            raise click.UsageError(f"a trace cannot be written as {form}; use table, json or jsonl")
        return form
    if target is not None:
        return target
    if output is not None:
        return format_of(output, None, option="--to")
    if is_machine:
        return "json"
    return "table" if sys.stdout.isatty() else "csv"


def _write(output: str | None, write: Callable[[BinaryIO], None]) -> None:
    """Let `write` write to a file that is replaced at the end, or to standard output."""
    if output is not None:
        from nnc.files import open_atomically

        with open_atomically(output) as stream:
            write(stream)
        return
    with tempfile.SpooledTemporaryFile(max_size=1 << 26) as stream:  # nothing, if a row is wrong
        write(cast("BinaryIO", stream))
        stream.seek(0)
        sys.stdout.flush()
        shutil.copyfileobj(stream, sys.stdout.buffer)
        sys.stdout.buffer.flush()


def _evaluate(
    plan: Plan,
    batches: Iterator[Batch],
    stream: BinaryIO,
    form: str,
    how: How,
    *,
    bits: bool,
) -> None:
    from nnc.evaluation import output_names
    from nnc.rows import write_rows
    from nnc.rows.elements import column_names
    from nnc.rows.shown import shown_inputs

    first = next(batches, None)
    extras = list(first.extras) if first is not None else []
    names = output_names(plan, bits=bits)
    clash = [name for name in extras if name in names]
    if clash:
        raise InvalidRowsError(
            [
                Diagnostic(
                    "duplicate-column",
                    f"the column `{clash[0]}` that is kept has the name of an output",
                    help="rename the column, or leave --extra keep out",
                )
            ]
        )
    given = list(column_names(plan.inputs, bits=bits)) if form == "table" else []
    header = [*extras, *[name for name in given if name not in names], *names]

    def results() -> Iterator[Results]:
        from nnc.evaluation import evaluate_batch

        batch = first
        while batch is not None:
            found: dict[str, Any] = dict(batch.extras)
            if given:
                for (name, one), column in zip(plan.inputs.items(), batch.columns, strict=True):
                    found |= shown_inputs(name, one, column, bits=bits)
            outputs = evaluate_batch(plan, batch, bits=bits, how=how)
            found |= outputs
            yield {name: found[name] for name in header}
            batch = next(batches, None)

    write_rows(results(), stream, form, names=header)


def _count(plan: Plan, batches: Iterator[Batch], stream: BinaryIO, form: str, how: How) -> None:
    """Write how often each output is 1."""
    from nnc.rows import write_rows
    from nnc.truth_tables import count_ones, counts_as_table

    table = counts_as_table(*count_ones(plan, batches, how))
    write_rows(iter([table]), stream, form, names=list(table))


def _trace(plan: Plan, batches: Iterator[Batch], stream: BinaryIO, form: str) -> None:
    from nnc.engines.rows import input_values
    from nnc.trace import as_json, as_text, trace

    rows = (values for batch in batches for values in input_values(plan, batch))
    texts: Iterator[str]
    if form == "table":
        texts = (
            as_text(plan, number, values, trace(plan, values))
            for number, values in enumerate(rows, 1)
        )
    else:
        texts = as_json(plan, rows, lines=form == "jsonl")
    stream.writelines(text.encode() for text in texts)
