"""The command `nnc view`: write a network as a page that evaluates it in a browser."""

from __future__ import annotations

import sys
import tempfile
import webbrowser
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import click

from nnc.compiler.plan import build_plan
from nnc.diagnostics.diagnostic import (
    Diagnostic,
    InvalidNetworkError,
    InvalidRowsError,
    NncError,
    did_you_mean,
)
from nnc.differences.pairs import Networks, read_before
from nnc.drawing.page import (
    PageRow,
    PageSettings,
    comparison_page,
    first_batch,
    network_page,
    starting_batch,
)
from nnc.files.opening import STDIN
from nnc.files.writing import write_whole
from nnc.numbers.exact import shorten
from nnc.opening.cases.confusion import ColumnNames, compared_batches
from nnc.opening.checking import check_file
from nnc.opening.testing import cases_that_ran, unknown_cases
from nnc.run.assumptions import check_rows
from nnc.run.engines import How
from nnc.run.streaming import open_rows, watched
from nnc.selecting import selected
from nnc.terminal import options
from nnc.terminal.operands import against_option, compared_with
from nnc.terminal.options import Reporter
from nnc.terminal.result_settings import compared_columns
from nnc.terminal.row_settings import (
    RowSettings,
    check_standard_input,
    check_unread,
    row_arguments,
    row_options,
    rows_and_settings,
    set_option,
    settings_of,
    source_of,
    values_of,
)

if TYPE_CHECKING:
    from nnc.compiler.graph import Graph
    from nnc.language.network import Input
    from nnc.opening.checking import Checked
    from nnc.rows.columns import Batch

MAX_ROWS = 1000


@click.command("view", context_settings={"allow_extra_args": True})
@row_arguments
@options.output_option("the page")
@set_option(
    "Value that an input begins with, instead of those of the first case; with ROWS, of an input "
    "without a column."
)
@row_options()
@click.option(
    "--expected",
    multiple=True,
    metavar="COLUMN=OUTPUT",
    help="Compare a column of ROWS with an output, and step through the rows that differ; "
    "repeatable.",
)
@click.option(
    "--case",
    "cases",
    multiple=True,
    metavar="NAME",
    help="Step through the case NAME, or those that match a pattern (`*`, `?`); '*' takes all. May "
    "be repeated.",
)
@against_option(
    "Show what has changed since this network, a file, REV:FILE, or NETWORK at the git revision "
    "REV, with inputs for which outputs differ."
)
@click.option(
    "--shape",
    "shapes",
    multiple=True,
    metavar="BUS=WIDTHxHEIGHT",
    help="Show the bits of an input as pixels, in this width and height.",
)
@options.file_options
@options.report_options
def command(
    reporter: Reporter,
    network: str,
    rows: str | None,
    output: str | None,
    root: Path | None,
    max_bytes: int,
    **values: Any,
) -> int:
    """Write NETWORK as an HTML page: change inputs, and see what it decides and why.

    \b
      nnc view news2.nn.yaml
      nnc view news2.nn.yaml patients.csv -o patients.html
      nnc view digits.nn.yaml heldback.csv --expected label=digit -o digits.html
      nnc view news2.nn.yaml --against main -o change.html

    The page is one file that needs no network and no server. It evaluates exactly, as nnc does. On
    a terminal, without -o, the browser opens it.
    With ROWS it steps through the first 1,000 of them.
    """
    file = None if output == STDIN else output
    rows, settings = rows_and_settings(rows, values.pop("settings"))
    other = compared_with(network, values["against"])
    stepping = Stepping(settings_of(rows, settings, values), values["expected"], values["cases"])
    _check(network, stepping)
    outputs = {"-o": file, "--report-file": reporter.file}
    options.check_outputs(outputs, {"NETWORK": [network], "ROWS": [rows]})
    warnings: list[Diagnostic] = []
    try:
        checked = check_file(network, root=root, max_bytes=max_bytes)
        graph = checked.wiring
        if graph is None or (checked.graph is None and (stepping.has_values or other)):
            raise InvalidNetworkError(checked.obstacles)
        options.check_made_of(outputs, checked.files)
        shapes = _shapes(values["shapes"], graph.inputs)
        before = None if other is None else read_before(Networks(root, max_bytes), other)
        text = _page(checked, before, stepping, shapes, warnings)
        _write(text, file, reporter, opens=output is None and sys.stdout.isatty())
    except NncError as error:
        reporter.fail(type(error)([*warnings, *error.diagnostics]))
        return options.code_of(error)
    reporter.report_warnings(warnings)
    return options.FINE


class Stepping(NamedTuple):
    """The rows that a page steps through, with expected values, or the cases."""

    rows: RowSettings
    expected: tuple[str, ...]
    cases: tuple[str, ...]

    @property
    def has_values(self) -> bool:
        """True if there are rows to evaluate beside those that the page begins with."""
        return bool(self.cases) or self.rows.has_values


def _check(network: str, stepping: Stepping) -> None:
    """Refuse options that have no effect. Raises UsageError."""
    rows = stepping.rows.file
    check_standard_input(network, rows)
    if rows is None:
        check_unread(stepping.rows)
    wrong = (
        (bool(stepping.cases) and rows is not None,
         "--case steps through the cases of the network: remove ROWS"),
        (bool(stepping.expected) and rows is None,
         "--expected compares a column of a file; name ROWS"),
    )  # fmt: skip
    for is_wrong, message in wrong:
        if is_wrong:
            raise click.UsageError(message)


def _shapes(words: Sequence[str], inputs: Mapping[str, Input]) -> dict[str, tuple[int, int]]:
    """Read `pixels=28x28`. Raises UsageError."""
    shapes = {}
    for word in words:
        name, (width, height) = options.read_shape(word)
        input_ = inputs.get(name)
        if input_ is None:
            hint = did_you_mean(name, inputs, f"the inputs are {shorten(', '.join(inputs), 200)}")
            raise click.UsageError(f"--shape {word}: there is no input `{name}`; {hint}")
        if input_.type != "bit" or input_.size is None:
            raise click.UsageError(f"--shape {word}: `{name}` is not a bus of bits")
        if width * height != input_.size:
            message = f"{width} x {height} are {width * height:,} pixels, and `{name}` has"
            raise click.UsageError(f"--shape {word}: {message} {input_.size:,} bits")
        shapes[name] = width, height
    return shapes


def _page(
    checked: Checked,
    before: Checked | None,
    stepping: Stepping,
    shapes: Mapping[str, tuple[int, int]],
    warnings: list[Diagnostic],
) -> str:
    """Return the page of a network with its rows. Raises InvalidRowsError and FileError."""
    graph = checked.wiring
    assert graph is not None
    rows = stepping.rows
    steps: list[PageRow] = []
    if stepping.cases:
        steps = _cases(checked, stepping.cases)
    elif rows.file is not None:
        steps = _rows(checked, stepping, warnings)
    if steps:
        start = steps[0].batch
    elif rows.rest is not None:
        with open_rows(source_of(rows, graph.inputs, warnings.append), graph.inputs) as opened:
            start = next(opened.batches)
    elif rows.has_values:
        start = starting_batch(graph.inputs, values_of(rows.settings, graph.inputs))
    else:
        start = first_batch(checked)
    if not steps and checked.graph is not None:
        start = _allowed_start(checked.graph, start, is_given=rows.has_values)
    settings = PageSettings(start, steps, shapes)
    if before is None:
        return network_page(checked, settings)
    return comparison_page(before, checked, settings, is_free=not steps and not rows.has_values)


def _allowed_start(graph: Graph, start: Batch, *, is_given: bool) -> Batch:
    """Refuse a given row that breaks assumptions; for a default row, warn that the page has it."""
    try:
        return next(check_rows(graph, [start]))
    except InvalidRowsError as error:
        if is_given:
            raise
        message = error.diagnostics[0].message.removeprefix("row 1 ")
        hint = "give another with --set"
        options.say(f"the row that the page begins with {message}; {hint}", sys.stderr)
        return start


def _limited(steps: list[PageRow], count: int, what: str) -> list[PageRow]:
    """Keep as many rows as a page holds, and report it."""
    if count > MAX_ROWS:
        options.say(f"the page has the first {MAX_ROWS:,} of {count:,} {what}", sys.stderr)
    return steps[:MAX_ROWS]


def _rows(checked: Checked, stepping: Stepping, warnings: list[Diagnostic]) -> list[PageRow]:
    """Read all rows, so that every mistake is reported; keep the first ones."""
    assert checked.graph is not None
    plan, rows = build_plan(checked.graph), stepping.rows
    columns = compared_columns(stepping.expected, plan)
    source = source_of(rows, plan.inputs, warnings.append)
    names = ColumnNames([column.column for column in columns], source.options.csv)
    if columns:
        source = source._replace(also=names)
    steps: list[PageRow] = []
    count = 0
    with open_rows(source, plan.inputs) as opened:
        allowed = watched(plan, opened.batches, source, How())
        batches = compared_batches(plan, allowed, columns, names, rows.name, How())
        for batch, pairs in batches if columns else ((each, []) for each in allowed):
            for i in range(min(batch.count, MAX_ROWS - len(steps))):
                values = [
                    (each.output, expected[i], results[i])
                    for each, (expected, results) in zip(columns, pairs, strict=True)
                ]
                steps.append(PageRow.of(batch.cut(i, i + 1), values))
            count += batch.count
    return _limited(steps, count, "rows")


def _cases(checked: Checked, words: Sequence[str]) -> list[PageRow]:
    """Run the cases that words select. Raises NncError with their mistakes."""
    cases = cases_that_ran(checked)
    if not cases:
        raise click.UsageError("--case: the network has no cases")
    names = [row.name for row in cases]
    if unknown := unknown_cases(words, names):
        raise InvalidNetworkError(unknown)
    steps, wanted = [], set(selected(words, names))
    for row in (row for row in cases if row.name in wanted):
        values = [(alias, value, row.got[alias]) for alias, value in row.expected.items()]
        steps.append(PageRow.of(row.one_row(), values, row.name))
    return _limited(steps, len(steps), "cases")


def _write(text: str, file: str | None, reporter: Reporter, *, opens: bool) -> None:
    """Write the page to a file, to standard output, or to a temporary file that is opened."""
    if file is not None:
        write_whole(file, text)
        reporter.wrote(file)
    elif opens:
        page = Path(tempfile.mkdtemp(prefix="nnc-")) / "page.html"
        write_whole(str(page), text)
        options.say(f"opened {page}", sys.stderr)
        webbrowser.open(page.as_uri())
    else:
        options.write(text)
