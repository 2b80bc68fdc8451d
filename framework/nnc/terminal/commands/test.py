"""`nnc test`: run the cases of network files."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from nnc.diagnostics.diagnostic import Diagnostic, FileError, NncError, in_file, in_file_order
from nnc.opening.testing import no_cases, open_suite, passed_over, unknown_cases
from nnc.printable import line
from nnc.selecting import selected
from nnc.terminal import options
from nnc.terminal.findings import Outcome, Report, Sides
from nnc.terminal.options import NetworkPaths, Reporter

if TYPE_CHECKING:
    from nnc.opening.cases.running import Row
    from nnc.opening.testing import CaseSuite


@click.command("test")
@click.option(
    "-k",
    "--case",
    "words",
    metavar="NAME",
    multiple=True,
    help="Run only the case NAME, or those that match a pattern (`*`, `?`); may be repeated.",
)
@click.option(
    "-v", "--verbose", "is_verbose", is_flag=True, help="List every case, and whether it holds."
)
@click.option(
    "--coverage",
    is_flag=True,
    help="Warn of thresholds and cut-offs that the cases do not test closely and on both sides.",
)
@options.path_options
@options.report_options
def command(
    reporter: Reporter,
    where: NetworkPaths,
    words: tuple[str, ...],
    *,
    is_verbose: bool,
    coverage: bool,
) -> int:
    """Run the cases in network files: each given row must produce the expected outputs.

    A failing case shows what was given, expected and got, and the neurons on the way with their
    sums and margins. PATHS are files, directories, patterns or - for standard input; without them,
    this directory. A compiled network runs the cases of the file it was compiled from. Files that
    leave numbers open are passed over, with a warning, unless they are named.
    """
    files, diagnostics = where.networks(reporter)
    run = _Run(words, coverage=coverage)
    run.keeps = is_verbose or reporter.form == "junit"
    is_unreadable = bool(diagnostics)
    for file in files:
        try:
            suite = open_suite(file, **where.reading)
            reporter.protect([], suite.checked.files)
            warning = passed_over(suite) if file not in where.paths else None
            if warning is not None:
                diagnostics.append(warning)
                run.passed_over += 1
                continue
            diagnostics += run.add(suite)
        except NncError as error:
            diagnostics += in_file(file, error.diagnostics)
            is_unreadable |= isinstance(error, FileError)
    if files and not any(diagnostic.is_error for diagnostic in diagnostics):
        diagnostics += run.missing(files)
        is_unreadable |= bool(diagnostics and diagnostics[-1].rule == "unknown-case")
    _report(reporter, run, diagnostics, len(files), is_verbose=is_verbose)
    if is_unreadable or run.is_unreadable:
        return options.USAGE
    return reporter.code_of(diagnostics)


class _Run:
    """The results of the cases of all files so far."""

    keeps = False

    def __init__(self, words: tuple[str, ...], *, coverage: bool) -> None:
        self._words, self._covers = words, coverage
        self._names: dict[str, None] = {}
        self.cases = self.failed = self.passed_over = 0
        self.outcomes: list[Outcome] = []
        self.coverage = Sides(0, 0) if coverage else None
        self.is_unreadable = False

    def add(self, suite: CaseSuite) -> list[Diagnostic]:
        """Run the selected cases of a file and return its diagnostics."""
        diagnostics = [*(suite.loaded.warnings if suite.loaded else ()), *suite.errors]
        if suite.errors:
            return diagnostics

        def keep(row: Row) -> Outcome | None:
            if not self.keeps:
                return None
            file, line = suite.place_of(row)
            return Outcome(file or "", row.name, None, line)

        coverage = suite.coverage() if self._covers else None
        names = suite.names()
        self._names |= dict.fromkeys(names)
        wanted = set(selected(self._words or ["*"], names))
        places = {place for place, name in enumerate(names) if name in wanted}
        done = suite.run(keep, places, coverage)
        self.cases, self.failed = self.cases + done.cases, self.failed + done.failed
        self.outcomes += [
            outcome._replace(failure=failure) for outcome, failure in done.entries if outcome
        ]
        self.is_unreadable |= any(mistake.rule == "cannot-open" for mistake in done.mistakes)
        diagnostics += done.diagnostics
        if coverage is not None and self.coverage is not None and done.cases:
            seen, total = self.coverage
            self.coverage = Sides(seen + coverage.seen, total + coverage.sides)
            diagnostics += suite.unseen(coverage)
        return diagnostics

    def missing(self, files: list[str]) -> list[Diagnostic]:
        """Return a diagnostic if there are no cases, or none match the selection."""
        unknown = unknown_cases(self._words, self._names)
        return unknown or ([] if self.cases or self.passed_over else [no_cases(files)])


def _report(
    reporter: Reporter,
    run: _Run,
    diagnostics: list[Diagnostic],
    files: int,
    *,
    is_verbose: bool,
) -> None:
    """List the cases if asked to, and write the report."""
    aside = sys.stderr if reporter.is_machine and reporter.file is None else sys.stdout
    if is_verbose and run.outcomes:
        options.write("".join(map(_listed, run.outcomes)) + "\n", aside)
    diagnostics = in_file_order(diagnostics)
    findings = Report(
        tuple(diagnostics), files, cases=run.cases, failed=run.failed, coverage=run.coverage
    )
    if reporter.form == "junit":
        findings = findings._replace(outcomes=tuple(run.outcomes))
    reporter.report_findings(findings)


def _listed(outcome: Outcome) -> str:
    """Return the line of a case: its verdict, location and name."""
    place = outcome.file if outcome.line is None else f"{outcome.file}:{outcome.line}"
    verdict = "holds" if outcome.failure is None else "fails"
    return f"{line(f'{verdict}  {place}: {outcome.name}')}\n"
