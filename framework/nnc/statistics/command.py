"""`nnc stats`: print the size and shape of networks."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import click

from nnc.diagnostics.diagnostic import NncError, in_file, in_file_order
from nnc.numbers.exact import counted, show_number
from nnc.opening.checking import check_file
from nnc.printable import line
from nnc.records import json_lines, json_text
from nnc.statistics.answer import Stats, stats_of
from nnc.terminal import options
from nnc.terminal.findings import Report
from nnc.terminal.findings.json import FindingsReport, finding
from nnc.terminal.options import Reporter

MAX_LAYERS = 8  # listed in the text


@dataclass(frozen=True, slots=True, kw_only=True)
class StatsReport(FindingsReport):
    """The counts of `nnc stats`, and its findings."""

    networks: tuple[Stats, ...]
    """The counts of each network, in the order of the files."""


def as_json(networks: Sequence[Stats], findings: Report, form: str) -> str:
    """Return the counts of networks as one JSON object, or as one object per line."""
    if form == "json-lines":
        return json_lines([*networks, *map(finding, findings.diagnostics)])
    return json_text(StatsReport.of(findings, networks=tuple(networks)))


def as_text(networks: Sequence[Stats]) -> str:
    """Return the counts of networks as text, one paragraph each."""
    return "\n".join("".join(f"{line(text)}\n" for text in _lines(stats)) for stats in networks)


def _lines(stats: Stats) -> Iterator[str]:
    yield stats.name
    types = ", ".join(f"{count:,} {name}" for name, count in stats.inputs.items())
    count = sum(stats.inputs.values())
    yield f"  inputs   {count:,}: {types}; {counted(stats.values, 'value')} a row"
    yield f"  outputs  {stats.outputs:,}"
    yield f"  neurons  {stats.neurons:,} in {counted(stats.levels, 'level')}"
    if stats.neurons:
        rules = ", ".join(f"{count:,} {name}" for name, count in stats.fires.items())
        yield f"  rules    {rules}; {counted(stats.thresholds, 'threshold')}"
    if stats.layers:
        sizes = [f"{name} {size:,}" for name, size in [*stats.layers.items()][:MAX_LAYERS]]
        more = len(stats.layers) - len(sizes)
        yield f"  layers   {', '.join(sizes)}{f' and {more:,} more' * bool(more)}"
    if stats.least_weight is not None and stats.greatest_weight is not None:
        ends = f"{show_number(stats.least_weight)} to {show_number(stats.greatest_weight)}"
        yield f"  weights  {stats.weights:,}, {stats.distinct_weights:,} distinct, from {ends}"
        fan_in = f"{stats.smallest_fan_in:,} to {stats.largest_fan_in:,}"
        yield f"  fan-in   {fan_in}, {float(stats.mean_fan_in):.3g} on average"


@click.command("stats")
@click.argument("networks", nargs=-1, required=True, metavar="NETWORKS...", type=click.Path())
@options.file_options
@options.report_options
def command(
    reporter: Reporter, networks: tuple[str, ...], root: Path | None, max_bytes: int
) -> int:
    """Print the size of each network: inputs, neurons, levels, weights and fan-in.

    Everything is counted with all parts written out. NETWORKS are network files, directories or
    patterns.
    """
    files, diagnostics = options.networks(networks, None)
    reporter.protect(files)
    code = options.USAGE if diagnostics else options.FINE
    counted: list[Stats] = []
    for file in files:
        try:
            checked = check_file(file, root=root, max_bytes=max_bytes)
            reporter.protect([], checked.files)
            counted.append(stats_of(checked))
        except NncError as error:
            diagnostics += in_file(file, error.diagnostics)
            if options.code_of(error) == options.USAGE:
                code = options.USAGE
    code = code or reporter.code_of(diagnostics)
    findings = Report(tuple(in_file_order(diagnostics)), len(files))
    if reporter.is_data:
        reporter.write(as_text(counted), as_json(counted, findings, reporter.form))
        return code
    if not reporter.is_machine or reporter.file is not None:
        options.write(as_text(counted))
    if diagnostics or reporter.is_machine or reporter.file is not None:
        reporter.report(diagnostics, len(files), to=None if reporter.is_machine else sys.stderr)
    return code
