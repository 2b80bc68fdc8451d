"""`nnc repair`: the fewest numbers to change so that cases, or labelled rows, hold."""

from __future__ import annotations

from typing import Any

import click

from nnc.repairs.running import run
from nnc.repairs.settings import RepairSettings
from nnc.terminal import options
from nnc.terminal.row_settings import RowSettings, row_options


@click.command("repair")
@click.argument("network", metavar="FILE", type=click.Path())
@click.argument("rows", required=False, type=click.Path())
@click.option(
    "--label",
    "labels",
    multiple=True,
    metavar="COLUMN[=OUTPUT]",
    help="The column of ROWS that says what OUTPUT, or the output of the same name, has to be; may "
    "be repeated. Default: every column with the name of an output, or of an element of one.",
)
@row_options()
@click.option(
    "--guard",
    metavar="all|ROWS",
    help="Keep these outputs as they are for every row of the truth table, or of the file ROWS.",
)
@click.option(
    "--change",
    multiple=True,
    metavar="PATTERN",
    help="Change only `weights`, only `thresholds`, or only numbers of this name, such as "
    "`score.weights.AGE` or `score.*`; may be repeated.",
)
@click.option(
    "--keep",
    multiple=True,
    metavar="PATTERN",
    help="Do not change numbers of this name; may be repeated.",
)
@click.option(
    "--decimals",
    type=click.IntRange(min=0, max=40),
    metavar="N",
    help="Give new numbers at most N decimals; by default as many as their neuron has now, and "
    "more where one number needs them.",
)
@click.option(
    "--all",
    "lists_all",
    is_flag=True,
    help="List every repair by one number, with all values that it may have.",
)
@options.output_option("the overlay", ", instead of printing it", file="OUT")
@options.budget_option()
@options.file_options
@options.report_options
@options.gathered(settings=RepairSettings, row_settings=RowSettings)
def command(**values: Any) -> int:
    """Find the fewest numbers of FILE to change so that all its cases, or labelled ROWS, hold.

    \b
      nnc repair score.nn.yaml
      nnc repair score.nn.yaml mails.csv --label spam --guard all -o fix.nn.yaml
      nnc repair score.nn.yaml --change 'score.weights.*' --decimals 1

    Of equal numbers of changes the least is taken. The result is an overlay of a few lines, which
    extends FILE. It satisfies the rows and nothing else: --guard keeps others as they are, and
    `nnc diff` shows what it changes. FILE itself is never written.
    """
    return run(**values)
