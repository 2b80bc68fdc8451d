"""`nnc fmt`: format network files in the standard layout."""

from __future__ import annotations

import sys
from dataclasses import dataclass, field

import click

from nnc.diagnostics.diagnostic import Diagnostic, FileError
from nnc.files.opening import STDIN
from nnc.language.formatting.formatted import Formatted, format_file
from nnc.terminal import options
from nnc.terminal.findings import Changes, Report
from nnc.terminal.options import NetworkPaths, Reporter
from nnc.terminal.reporter import unified_diff


@click.command("fmt")
@click.option("--check", is_flag=True, help="Write nothing; exit with 1 if a file would change.")
@click.option("--diff", is_flag=True, help="Like --check, and print the diff.")
@click.option("--digest", is_flag=True, help="Add or update the sha256 of weight files.")
@options.path_options
@options.report_options
def command(
    reporter: Reporter,
    where: NetworkPaths,
    *,
    check: bool,
    diff: bool,
    digest: bool,
) -> int:
    """Format network files: the same values and comments, in the standard layout.

    PATHS are files, directories (every *.nn.yaml and *.nn.yml below that git does not ignore),
    patterns, or - for standard input, whose text goes to standard output; without them, this
    directory. A file is replaced only if the new text is proved equivalent. A file that is not
    YAML, or that changes during formatting, stays as it is.
    """
    if STDIN in where.paths and len(where.paths) > 1:
        raise click.UsageError("`-` takes no other files: its text goes to standard output")
    if diff and reporter.is_machine and reporter.file is None:
        raise click.UsageError("--diff prints a diff: use --check, or name an --report-file")
    files, missing = where.networks(reporter)
    unread = sum(each.rule == "cannot-open" for each in missing)
    run = _Run(missing, unreadable=bool(missing))
    for file in files:
        try:
            formatted = format_file(file, **where.reading, with_digests=digest)
            if diff:
                after = formatted.after or formatted.before
                difference = unified_diff(formatted.file, formatted.before, after)
                reporter.show(difference, "patch")
            elif not check:
                formatted.write()
            run.add(formatted, is_dry=check or diff)
        except FileError as error:
            run.diagnostics += error.diagnostics
            run.unreadable = True
    changes = Changes(tuple(run.changed), dry=check or diff)
    findings = Report(tuple(run.diagnostics), len(files) + unread, changes=changes)
    if not (diff or (STDIN in where.paths and not check)):
        reporter.report_findings(findings)
    elif run.diagnostics or diff:  # standard output is used for the text or the diff
        to = sys.stdout if reporter.is_machine and not diff else sys.stderr
        reporter.report_findings(findings, to)
    else:
        reporter.report_nothing()
    return run.code(reporter)


@dataclass
class _Run:
    """The results of all files so far."""

    diagnostics: list[Diagnostic]
    unreadable: bool
    changed: list[str] = field(default_factory=list)

    def add(self, formatted: Formatted, *, is_dry: bool) -> None:
        """Add the result for a file; in a dry run, report the file if it would change."""
        self.diagnostics += formatted.diagnostics
        if formatted.is_changed:
            self.changed.append(formatted.file)
            self.diagnostics += [formatted.difference()] if is_dry else []

    def code(self, reporter: Reporter) -> int:
        """Return the exit code."""
        if any(diagnostic.rule == "unproved-format" for diagnostic in self.diagnostics):
            return options.BUG
        if self.unreadable:
            return options.USAGE
        return reporter.code_of(self.diagnostics)
