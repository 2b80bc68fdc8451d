"""The command `nnc why`: what forces the outputs of a row, and which near rows decide otherwise."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from nnc.activity import Activity
from nnc.diagnostics.diagnostic import (
    Diagnostic,
    InvalidNetworkError,
    NncError,
)
from nnc.files.opening import STDIN
from nnc.numbers.exact import Refused, counted
from nnc.opening.loading import load_plan
from nnc.opening.testing import open_suite
from nnc.reasons.answer import Asked, elements_of, reasons_of
from nnc.reasons.report import as_json, as_text
from nnc.run.assumptions import Assumptions
from nnc.run.engines import How, input_values
from nnc.run.streaming import watched
from nnc.selecting import selected
from nnc.terminal import options
from nnc.terminal.findings import Report
from nnc.terminal.options import Reporter
from nnc.terminal.result_settings import case_of, case_option, open_chosen
from nnc.terminal.row_settings import (
    RowSettings,
    check_standard_input,
    check_unread,
    row_arguments,
    row_option,
    row_options,
    rows_and_settings,
    set_option,
    settings_of,
    source_of,
)

if TYPE_CHECKING:
    from nnc.compiler.plan import Plan
    from nnc.reasons.answer import Reasons
    from nnc.rows.columns import Batch


@click.command("why", context_settings={"allow_extra_args": True})
@row_arguments
@set_option()
@row_option("Take row N of ROWS, from 1; a header is not counted.")
@case_option("Take the row")
@row_options()
@click.option(
    "--output",
    "only",
    multiple=True,
    metavar="OUTPUT",
    help="Explain only this output, or those that match a pattern (`*`, `?`); may be repeated.",
)
@click.option(
    "--would",
    multiple=True,
    metavar="OUTPUT=VALUE",
    help="Find the nearest rows in which OUTPUT is VALUE, not just another value; may be repeated.",
)
@click.option(
    "--keep",
    multiple=True,
    metavar="INPUT,…",
    help="Inputs that cannot change in the nearest rows, or a pattern (`*`, `?`); may be repeated.",
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
    """Show why NETWORK decides as it does for a row: what forces it, and what would change it.

    \b
      nnc why news2.nn.yaml patients.csv --row 3
      nnc why risk.nn.yaml age=70 confused=1 --would risk=low --keep age
      nnc why spam.nn.yaml --case "a mail from a friend" --output spam

    For each output: its reason, the fewest inputs that force it whatever the others are, and the
    rows with the fewest changes that decide otherwise. All of it is exact.
    """
    file, settings = rows_and_settings(rows, values.pop("settings"))
    row_settings = settings_of(file, settings, values)
    _check(network, row_settings, values["case"])
    asked = _asked(values)
    warnings: list[Diagnostic] = []
    options.check_outputs({"--report-file": reporter.file}, {"NETWORK": [network], "ROWS": [file]})
    try:
        if values["case"] is not None:
            plan, batch, number = _case(network, values["case"], root, max_bytes)
        else:
            plan, batch, number = _row(network, row_settings, root, max_bytes, warnings)
        with Activity(lambda: f"looking for what forces the outputs of {network}"):
            reasons = _reasons(plan, batch, number, asked)
    except NncError as error:
        reporter.fail_as(as_json, [*warnings, *error.diagnostics])
        return options.code_of(error)
    return _report(reporter, reasons, warnings)


def _check(network: str, settings: RowSettings, case: str | None) -> None:
    """Refuse words and options that cannot be combined."""
    check_standard_input(network, settings.file)
    if settings.file is None and settings.number is not None:
        raise click.UsageError("--row takes one of many rows: name ROWS")
    if settings.file is None:
        check_unread(settings)
    if case is not None and settings.has_values:
        raise click.UsageError("--case has its own row: remove ROWS and values")
    if case is not None and network == STDIN:
        raise click.UsageError("--case goes with a file: name the network")


def _asked(values: dict[str, Any]) -> Asked:
    would: dict[str, str] = {}
    for text in values["would"]:
        name, equals, value = text.partition("=")
        if not equals or not name or not value:
            raise click.UsageError(f"--would {text}: write OUTPUT=VALUE, such as risk=low")
        if name in would:
            raise click.UsageError(f"--would {name} appears twice")
        would[name] = value
    keep = tuple(name.strip() for text in values["keep"] for name in text.split(","))
    return Asked(values["only"], would, keep)


def _reasons(plan: Plan, batch: Batch, number: int, asked: Asked) -> Reasons:
    (values,) = input_values(plan, batch)
    outputs = [tap.alias for tap in plan.outputs]
    options.check_selected("--output", asked.only, outputs, "output")
    inputs = [*plan.inputs, *elements_of(plan)]
    options.check_selected("--keep", asked.keep, inputs, "input")
    only, keep = selected(asked.only, outputs), selected(asked.keep, inputs)
    asked = replace(asked, only=tuple(only), keep=tuple(keep))
    try:
        return reasons_of(plan, values, asked, number)
    except Refused as error:
        hint = f"; {error.help}" if error.help else ""
        message = f"--{error.message}{hint}".replace("--only", "--output", 1)
        raise click.UsageError(message) from None


def _row(
    network: str,
    settings: RowSettings,
    root: Path | None,
    max_bytes: int,
    warnings: list[Diagnostic],
) -> tuple[Plan, Batch, int]:
    """Return the network, one row for it, and the number of the row."""
    loaded = load_plan(network, root=root, max_bytes=max_bytes)
    warnings += loaded.warnings
    inputs = loaded.plan.inputs
    source = source_of(settings, inputs, warnings.append)
    count, chosen = 0, None
    with loaded.blaming_damage(), open_chosen(source, inputs) as rows:
        for batch in rows.batches:
            chosen = chosen or batch.cut(0, 1)
            count += batch.count
    if chosen is None or count > 1:
        message = f"{settings.name} has {counted(count, 'row')}: choose one with --row"
        raise click.UsageError(message)
    number = settings.number or 1
    source = source._replace(only=number - 1)
    (batch,) = watched(loaded.plan, iter([chosen]), source, How())
    return loaded.plan, batch, number


def _case(network: str, name: str, root: Path | None, max_bytes: int) -> tuple[Plan, Batch, int]:
    """Return the network and the row of one of its cases."""
    suite = open_suite(network, root=root, max_bytes=max_bytes)
    if suite.errors:
        raise InvalidNetworkError(suite.errors)
    done = suite.run(lambda row: row)
    if done.mistakes:
        raise InvalidNetworkError(done.mistakes)
    cases = [row for row, _ in done.entries if row is not None]
    (batch,) = Assumptions(suite.plan).checked([case_of(cases, name).one_row()])
    return suite.plan, batch, 1


def _report(reporter: Reporter, reasons: Reasons, warnings: list[Diagnostic]) -> int:
    text = as_text(reasons)
    if reporter.is_data:
        reporter.write(text, as_json(reasons, Report(tuple(warnings), 1), reporter.form))
    elif reporter.is_machine:
        reporter.report(warnings, 1)
    else:
        options.write(text)
        reporter.report_warnings(warnings)
    return reporter.code_of(warnings)
