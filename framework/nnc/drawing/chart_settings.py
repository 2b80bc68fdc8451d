"""The options of charts: which chart, of what, and where it is written."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import click

from nnc.diagnostics.diagnostic import Diagnostic, InvalidRowsError
from nnc.drawing.displays import require_png
from nnc.files.opening import STDIN
from nnc.numbers.exact import Refused
from nnc.opening.cases.confusion import ColumnNames, compare_rows
from nnc.terminal.result_settings import ResultSettings, compared_columns
from nnc.terminal.row_settings import RowSettings

if TYPE_CHECKING:
    from nnc.compiler.plan import Plan
    from nnc.drawing.charts import Chart
    from nnc.rows.columns import Batch
    from nnc.run.engines import How
    from nnc.run.streaming import Source

KINDS = ("margins", "sums", "confusion")

chart_option = click.option(
    "--chart",
    type=click.Choice(KINDS),
    help="Instead of rows, draw a chart as SVG or PNG: the sums of neurons beside their thresholds "
    "(margins), outputs that are sums (sums), or what --expected counts (confusion).",
)


class ChartSettings(NamedTuple):
    """The settings of a chart, each under the name of its option."""

    chart: str | None


def check_chart(settings: ChartSettings, results: ResultSettings, rows: RowSettings) -> None:
    """Refuse options that say nothing where a chart is drawn."""
    if settings.chart is None:
        return
    is_confusion = settings.chart == "confusion"
    wrong = (
        (results.trace, "--trace shows rows, --chart draws counts of them; remove one"),
        (results.count, "--count writes counts, --chart draws them; remove one"),
        (results.target is not None, "--chart is SVG or PNG, as -o says; remove --to"),
        (results.numbers is not None, "--numbers goes with rows --to json or jsonl"),
        (results.bits or results.with_inputs is not None or results.flush,
         "--chart writes no rows; remove --bits, --with-inputs and --flush"),
        (rows.extra == "keep", "--chart writes no rows; remove --extra keep"),
        (rows.number is not None, "--chart draws all rows; remove --row"),
        (is_confusion and len(results.expected) != 1,
         "--chart confusion draws what one column expects: add --expected COLUMN=OUTPUT once"),
        (bool(results.expected) and not is_confusion,
         f"--expected is drawn by --chart confusion, not by --chart {settings.chart}"),
    )  # fmt: skip
    for is_wrong, message in wrong:
        if is_wrong:
            raise click.UsageError(message)
    suffix = "" if results.file is None else Path(results.file).suffix.lower()
    if suffix not in ("", ".svg", ".png"):
        raise click.UsageError(f"-o {results.file}: a chart is .svg or .png, not `{suffix}`")
    if results.file is None and sys.stdout.isatty():
        message = "a chart is not for a terminal: name a file with -o, or send it into a pipe"
        raise click.UsageError(message)


def chart_bytes(
    settings: ChartSettings,
    results: ResultSettings,
    plan: Plan,
    batches: Iterator[Batch],
    source: Source,
    how: How,
) -> tuple[bytes, bool]:
    """Return a chart of rows, and whether all are as expected.

    Raises UsageError where there is nothing to draw, and InvalidRowsError where it cannot be drawn.
    """
    is_png = results.file is not None and Path(results.file).suffix.lower() == ".png"
    try:
        if is_png:
            require_png()  # before all rows are read
        if settings.chart == "confusion":
            chart, is_right = _confusion(results, plan, batches, source, how)
        else:
            chart, is_right = _sums(settings, plan, batches, how), True
        return chart.data(is_png=is_png), is_right
    except Refused as error:
        diagnostic = Diagnostic(error.rule, error.message, help=error.help or None)
        raise InvalidRowsError([diagnostic]) from None


def _confusion(
    results: ResultSettings, plan: Plan, batches: Iterator[Batch], source: Source, how: How
) -> tuple[Chart, bool]:
    from nnc.drawing.charts import confusion_chart

    assert isinstance(source.also, ColumnNames)
    file = "<stdin>" if source.file == STDIN else source.file or ""
    compared = compared_columns(results.expected, plan)
    (comparison,) = compare_rows(plan, batches, compared, source.also, file, how)
    is_right = 0 < comparison.right == comparison.rows
    return confusion_chart(plan.name, comparison), is_right


def _sums(settings: ChartSettings, plan: Plan, batches: Iterator[Batch], how: How) -> Chart:
    from nnc.drawing.charts import MAX_PANELS, sums_chart
    from nnc.run.histograms import collect, margins_of, sums_of

    is_sums = settings.chart == "sums"
    histograms = (sums_of if is_sums else margins_of)(plan)
    if not histograms:
        message = "--chart margins: no output of the network is made by a neuron"
        if is_sums:
            message = "--chart sums: no output is a sum; add one, `{sum: NEURON}`, or use margins"
        raise click.UsageError(message)
    drawn = dict(islice(histograms.items(), MAX_PANELS))
    rows = collect(plan, batches, drawn, how)
    return sums_chart(plan.name, list(drawn.values()), rows, more=len(histograms) - len(drawn))
