"""`nnc view`: a network as a page that evaluates it in a browser."""

from __future__ import annotations

import sys
import tempfile
import webbrowser
from pathlib import Path
from typing import TYPE_CHECKING

import click

from nnc.cli import options
from nnc.cli.options import Reporter
from nnc.cli.row_settings import (
    RowSettings,
    check_standard_input,
    from_option,
    row_arguments,
    rows_and_settings,
    values_of,
)
from nnc.diagnostics.diagnostic import Diagnostic, InvalidNetworkError, NncError
from nnc.files.opening import STDIN

if TYPE_CHECKING:
    from nnc.checking import Checked
    from nnc.rows.columns import Batch

MAX_ROWS = 1000


@click.command("view", context_settings={"allow_extra_args": True})
@row_arguments
@click.option(
    "-o",
    "--output",
    type=click.Path(dir_okay=False),
    metavar="FILE",
    help="Write the page to FILE, completely or not at all.",
)
@click.option("--open", "opens", is_flag=True, help="Open the page in the browser.")
@click.option(
    "--set",
    "settings",
    multiple=True,
    metavar="NAME=VALUE",
    help="Value that an input begins with; with ROWS, of an input without a column. "
    "Words NAME=VALUE do so too.",
)
@from_option
@options.file_options
@options.report_options
def command(
    reporter: Reporter,
    network: str,
    rows: str | None,
    output: str | None,
    settings: tuple[str, ...],
    source: str | None,
    root: Path | None,
    max_bytes: int,
    *,
    opens: bool,
) -> int:
    """Write NETWORK as a page of HTML: change inputs, and see what it decides and why.

    \b
      nnc view news2.nn.yaml --open
      nnc view news2.nn.yaml patients.csv -o patients.html

    The page is one file that needs no network and no server. It evaluates exactly, as nnc does.
    With ROWS it steps through the first 1,000 of them.
    """  # noqa: D301 - \b keeps the lines apart
    from nnc.checking import check_file

    file = None if output == STDIN else output
    rows, settings = rows_and_settings(rows, settings)
    _check(network, rows, file, opens=opens)
    row_settings = RowSettings(rows, settings, source=source)
    outputs = {"-o": file, "--report-file": reporter.file}
    options.check_outputs(outputs, {"NETWORK": [network], "ROWS": [rows]})
    warnings: list[Diagnostic] = []
    try:
        checked = check_file(network, root=root, max_bytes=max_bytes)
        if checked.graph is None or checked.linked is None:
            raise InvalidNetworkError(checked.obstacles)
        options.check_made_of(outputs, checked.files)
        text = _page(checked, row_settings, warnings)
        _write(text, file, checked, opens=opens)
    except NncError as error:
        reporter.fail(type(error)([*warnings, *error.diagnostics]))
        return options.code_of(error)
    reporter.report_warnings(warnings)
    return options.FINE


def _check(network: str, rows: str | None, file: str | None, *, opens: bool) -> None:
    """Refuse a page that goes nowhere, and two inputs that are one. Raises UsageError."""
    check_standard_input(network, rows)
    if file is None and not opens and sys.stdout.isatty():
        message = "a page is not for a terminal: name a file with -o, or --open it"
        raise click.UsageError(message)


def _page(checked: Checked, rows: RowSettings, warnings: list[Diagnostic]) -> str:
    """Return the page of a network with its rows. Raises InvalidRowsError and FileError."""
    from nnc.reports.page import PageRow, PageSettings, network_page, starting_batch
    from nnc.run.streaming import Source, open_rows

    assert checked.graph is not None
    inputs = checked.graph.inputs
    fixed = values_of(rows.settings, inputs)
    batches: list[Batch] = []
    if rows.file is not None:
        source = Source(rows.file, rows.format, fixed, warnings.append)
        with open_rows(source, inputs) as opened:
            for batch in opened.batches:  # all are read, so that every mistake is told
                room = min(batch.count, MAX_ROWS - len(batches))
                batches += [batch.cut(i, i + 1) for i in range(room)]
    start = batches[0] if batches else starting_batch(inputs, fixed)
    return network_page(checked, PageSettings(start, list(map(PageRow, batches))))


def _write(text: str, file: str | None, checked: Checked, *, opens: bool) -> None:
    """Write the page to a file, a temporary one where it is only opened, or standard output."""
    from nnc.files.writing import open_atomically

    if file is None and not opens:
        options.write(text)
        return
    if file is None:
        assert checked.network is not None
        folder = Path(tempfile.mkdtemp(prefix="nnc-"))
        file = str(folder / "page.html")
    with open_atomically(file) as stream:
        stream.write(text.encode())
    if opens:
        options.say(f"opened {file}", sys.stderr)
        webbrowser.open(Path(file).resolve().as_uri())
