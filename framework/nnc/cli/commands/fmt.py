"""`nnc fmt`: write network files in their one form."""

from __future__ import annotations

import difflib
import sys
from dataclasses import dataclass, field
from pathlib import Path

import click

from nnc.cli import options
from nnc.cli.options import Reporter
from nnc.diagnostics.diagnostic import Diagnostic, FileError
from nnc.files.opening import STDIN
from nnc.language.formatting.formatted import Formatted, format_file
from nnc.printable import line, printable
from nnc.reports.findings.findings import Changes


@click.command("fmt")
@click.argument("paths", nargs=-1, metavar="[PATHS]...", type=click.Path())
@click.option("--check", is_flag=True, help="Write nothing; exit with 1 if a file would change.")
@click.option("--diff", is_flag=True, help="Like --check, and print what would change.")
@click.option("--digest", is_flag=True, help="Fill in, and renew, the sha256 of weight files.")
@options.naming
@options.choosing
@options.reading
@options.reports
def command(
    reporter: Reporter,
    paths: tuple[str, ...],
    root: Path | None,
    max_bytes: int,
    stdin_filename: str | None,
    changed_since: str | None,
    *,
    check: bool,
    diff: bool,
    digest: bool,
) -> int:
    """Write network files in their one form: the same values and comments, one layout.

    PATHS are files, directories (every *.nn.yaml and *.nn.yml below), patterns, or - for standard
    input, whose text goes to standard output; without them, this directory. A file is replaced
    only when what would be written is proved to say the same. One that is no YAML, or that was
    changed while it was formatted, stays as it is.
    """
    if stdin_filename is not None and STDIN not in paths:
        raise click.UsageError("--stdin-filename goes with `-`")
    if STDIN in paths and len(paths) > 1:
        raise click.UsageError("`-` stands alone: its text goes to standard output")
    if diff and reporter.is_machine and reporter.file is None:
        raise click.UsageError("--diff prints a diff: use --check, or name an --output-file")
    files, found = options.networks(paths, changed_since)
    reporter.spare(files)
    run = _Run(found, unreadable=bool(found))
    for file in files:
        try:
            one = format_file(
                file, stdin_filename, root=root, max_bytes=max_bytes, with_digests=digest
            )
            if diff:
                options.write(_difference(one))
            elif not check:
                one.write()
            run.add(one, told=check or diff)
        except FileError as error:
            run.found += error.diagnostics
            run.unreadable = True
    changes = Changes(tuple(run.changed), dry=check or diff)
    if not (diff or (STDIN in paths and not check)):
        reporter.tell(run.found, len(files), to=sys.stdout, changes=changes)
    elif run.found or diff:  # standard output has the text, or the difference
        to = sys.stdout if reporter.is_machine and not diff else sys.stderr
        reporter.tell(run.found, len(files), to=to, changes=changes)
    else:
        reporter.tell_nothing()
    return run.code()


def _difference(one: Formatted) -> str:
    """Give what would change as a unified diff."""
    if one.after is None or not one.is_changed:
        return ""
    before, after = (data.decode().splitlines(keepends=True) for data in (one.before, one.after))
    name = printable(one.file)
    told = ""
    for each in difflib.unified_diff(before, after, name, name):
        text, end, _ = each.partition("\n")
        told += line(text) + (end or "\n\\ No newline at end of file\n")
    return told


@dataclass
class _Run:
    """What has come of the files so far."""

    found: list[Diagnostic]
    unreadable: bool
    changed: list[str] = field(default_factory=list)

    def add(self, one: Formatted, *, told: bool) -> None:
        """Take in a file; where it stays as it is, that it would change is told."""
        self.found += one.diagnostics
        if one.is_changed:
            self.changed.append(one.file)
            self.found += [one.difference()] if told else []

    def code(self) -> int:
        """Give the exit code."""
        if any(one.rule == "unproved-format" for one in self.found):
            return options.BUG
        if self.unreadable:
            return options.USAGE
        return options.FINDINGS if any(one.is_error for one in self.found) else options.FINE
