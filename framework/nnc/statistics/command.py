"""`nnc stats`: how large networks are, and of what shape."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from nnc.diagnostics.diagnostic import NncError, in_file, in_file_order
from nnc.opening.checking import check_file
from nnc.statistics.answer import Stats, stats_of
from nnc.statistics.report import as_json, as_text
from nnc.terminal import options
from nnc.terminal.findings import Report
from nnc.terminal.options import Reporter


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
