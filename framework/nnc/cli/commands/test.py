"""`nnc test`: run the cases of network files."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

import click

from nnc.cli import options
from nnc.cli.options import Reporter
from nnc.diagnostics.diagnostic import FileError, NncError, in_file
from nnc.printable import line

if TYPE_CHECKING:
    from nnc.cases.coverage import Coverage


@click.command("test")
@click.argument("paths", nargs=-1, metavar="[PATHS]...", type=click.Path())
@click.option(
    "--coverage", is_flag=True, help="List the neurons that were never 0, or never 1, in the cases."
)
@options.changed_option
@options.file_options
@options.verdict_options
def command(
    reporter: Reporter,
    paths: tuple[str, ...],
    root: Path | None,
    max_bytes: int,
    changed_since: str | None,
    *,
    coverage: bool,
) -> int:
    """Run the cases in network files: each given row must produce the expected outputs.

    A failing case shows what was given, expected and got, and the neurons on the way with their
    sums and margins. PATHS are files, directories or patterns; without them, this directory. A
    compiled network runs the cases of the file it was compiled from.
    """
    from nnc.reports.findings import Report
    from nnc.testing import CaseRun, open_suite

    files, diagnostics = options.networks(paths, changed_since)
    reporter.protect(files)
    code = options.USAGE if diagnostics else options.FINE
    cases = failed = 0
    unseen: list[str] = []
    for file in files:
        try:
            suite = open_suite(file, root=root, max_bytes=max_bytes)
            reporter.protect([], suite.checked.files)
            diagnostics += [*(suite.loaded.warnings if suite.loaded else ()), *suite.errors]
            if not suite.errors:
                seen = suite.coverage() if coverage else None
                done: CaseRun[None] = suite.run(lambda _: None, coverage=seen)
                diagnostics += done.diagnostics
                if any(diagnostic.rule == "cannot-open" for diagnostic in done.mistakes):
                    code = options.USAGE
                cases, failed = cases + done.cases, failed + done.failed
                unseen += _unseen(suite.checked.file, seen)
        except NncError as error:
            diagnostics += in_file(file, error.diagnostics)
            if isinstance(error, FileError):
                code = options.USAGE
    findings = Report(tuple(diagnostics), len(files), cases=cases, failed=failed)
    reporter.report_findings(findings)
    if coverage and not cases:
        options.write("no cases were run\n", sys.stderr)
    elif coverage:
        _write_coverage(unseen, sys.stderr if reporter.is_machine else sys.stdout)
    return code or reporter.code_of(diagnostics)


def _unseen(file: str, coverage: Coverage | None) -> list[str]:
    """Name the outputs of neurons that were the same in every case, though they can differ."""
    unseen = coverage.unseen() if coverage else []
    return [line(f"{file}: `{name}` was never {bit}") for name, bit in unseen]


def _write_coverage(unseen: list[str], stream: TextIO) -> None:
    lines = [*unseen, f"{len(unseen)} never seen"]
    options.write("\n".join(lines) + "\n" if unseen else _ALL_SEEN, stream)


_ALL_SEEN = "every neuron was 0 in some case and 1 in another\n"
