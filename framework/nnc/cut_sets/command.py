"""`nnc cuts`: the smallest sets of inputs that make an output 1."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from itertools import chain
from pathlib import Path

import click

from nnc.activity import Activity
from nnc.cut_sets import answer, report, sets
from nnc.cut_sets.probabilities import Entry, read_table
from nnc.cut_sets.search import Progress
from nnc.diagnostics.diagnostic import Diagnostic, InvalidRowsError, NncError
from nnc.files.opening import STDIN, read_bytes
from nnc.opening.checking import check_file
from nnc.terminal import options
from nnc.terminal.findings import Report
from nnc.terminal.options import Reporter
from nnc.terminal.row_settings import settings_in

_LISTED = 100
_ENTRIES = 200_000  # of decision diagrams, for a second of the budget


@click.command("cuts")
@click.argument("network", metavar="FILE", type=click.Path())
@click.argument("output", required=False)
@click.option(
    "--order",
    type=click.IntRange(min=0),
    metavar="N",
    help="List only sets of at most N inputs.",
)
@click.option(
    "--paths", is_flag=True, help="Find path sets: the smallest sets that keep it from being 1."
)
@click.option(
    "--probability",
    "stated",
    multiple=True,
    metavar="NAME=P|CSV",
    help="The probability that an input, or each element of a bus, is 1; `a=0.1,b=0.2` gives two. "
    "Or a file with the columns name and probability.",
)
@click.option(
    "--max-count",
    "limit",
    type=click.IntRange(min=0),
    default=_LISTED,
    metavar="N",
    help="List at most N sets (100), the most probable ones, else the smallest; 0 lists all.",
)
@click.option(
    "--hide",
    multiple=True,
    type=click.Choice(["not", "importance"]),
    help="Leave these out: `not`, so that minimal cut sets take the place of prime implicants: the "
    "smallest sets of inputs that make it 1 while all others are 0; `importance` of the inputs, "
    "which may take the longest.",
)
@options.budget_option(is_counted=True)
@options.file_options
@options.report_options
def command(
    reporter: Reporter,
    network: str,
    output: str | None,
    root: Path | None,
    max_bytes: int,
    stated: tuple[str, ...],
    order: int | None,
    paths: bool,
    limit: int,
    hide: tuple[str, ...],
    budget: float,
) -> int:
    """Find the minimal cut sets of OUTPUT: the smallest sets of inputs that make it 1.

    \b
      nnc cuts plant.nn.yaml cooling_lost
      nnc cuts plant.nn.yaml cooling_lost --order 2 --probability parts.csv
      nnc cuts plant.nn.yaml cooling_lost --paths

    OUTPUT is one bit, such as `alarm` or `alarms(3)`; all inputs that it depends on are bits. An
    input counts if its value is 1, even with other `states`. If some inputs turn the output off,
    its prime implicants are listed: `not a` is an input that must not be 1. With probabilities,
    that of the output and the importance of each input are exact. Rows that break `assume` do not
    count.
    """
    table, stated = _table_in(stated)
    if network == table == STDIN:
        raise click.UsageError("standard input is one file: the network or the probabilities")
    options.check_outputs(
        {"--report-file": reporter.file}, {"FILE": [network], "--probability": [table]}
    )
    entries_allowed = max(1, round(budget * _ENTRIES))
    settings = sets.CutSettings(
        order, paths, "not" in hide, limit or None, entries_allowed, "importance" not in hide
    )
    warnings: list[Diagnostic] = []
    progress = Progress(network)
    try:
        checked = check_file(network, root=root, max_bytes=max_bytes)
        reporter.protect([], checked.files)
        entries = _entries(table, stated, max_bytes, warnings)
        with Activity(progress.words):
            result = answer.find_cuts(checked, output, settings, entries, progress)
    except NncError as error:
        reporter.fail_as(report.as_json, [*warnings, *error.diagnostics])
        code = options.code_of(error)
        return code if code != options.FINDINGS else reporter.code_of(error.diagnostics)
    text = report.as_text(result, settings.limit, order)
    findings = warnings
    if result.counts is None:
        has_not = result.kind == "prime implicants"
        refusal = answer.too_many_sets(result.output, settings, checked.file, has_not=has_not)
        findings = [*warnings, refusal]
    code = reporter.code_of(findings) if result.counts is None else options.FINE
    if reporter.is_data:
        reporter.write(text, report.as_json(result, Report(tuple(findings), 1), reporter.form))
        return code
    if not reporter.is_machine or reporter.file is not None:
        options.write(text)
    if findings or reporter.is_machine or reporter.file is not None:
        reporter.report(findings, 1, to=None if reporter.is_machine else sys.stderr)
    return code


def _table_in(words: Sequence[str]) -> tuple[str | None, tuple[str, ...]]:
    """Return the file of probabilities among the words, and the others. Raises UsageError."""
    files = [word for word in words if "=" not in word or os.access(word, os.F_OK)]
    if len(files) > 1:
        raise click.UsageError(f"--probability {files[1]}: there is one file, {files[0]}")
    others = tuple(word for word in words if word not in files)
    return (files[0] if files else None), others


def _entries(
    table: str | None, stated: tuple[str, ...], max_bytes: int, warnings: list[Diagnostic]
) -> list[Entry] | None:
    """Return the probabilities that are given; None for none. Raises NncError and UsageError.

    Warnings about a table go to `warnings`.
    """
    if table is None and not stated:
        return None
    entries: list[Entry] = []
    if table is not None:
        entries, mistakes = read_table(read_bytes(table, max_bytes), table, warnings.append)
        if mistakes:
            raise InvalidRowsError(mistakes)
    for text in chain.from_iterable(settings_in(text, "--probability") for text in stated):
        name, equals, value = text.partition("=")
        if not equals or not name.strip():
            raise click.UsageError(f"--probability {text}: write NAME=P, such as pump_a=0.001")
        entries.append(Entry(name.strip(), value.strip()))
    return entries
