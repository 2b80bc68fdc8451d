"""`nnc fmt`: write network files in their one form."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path

import click

from nnc import console
from nnc.console import Reporter
from nnc.diagnostics import Diagnostic, FileError
from nnc.paths import STDIN, STDIN_NAME, begins_compiled, find_networks, read_bytes


@click.command("fmt")
@click.argument("paths", nargs=-1, metavar="[PATHS]...", type=click.Path())
@click.option("--check", is_flag=True, help="Write nothing; exit with 1 if a file would change.")
@click.option("--diff", is_flag=True, help="Like --check, and print what would change.")
@click.option("--digest", is_flag=True, help="Fill in, and renew, the sha256 of weight files.")
@click.option(
    "--stdin-filename",
    metavar="FILE",
    help="What to call `-` in messages, and the file whose place it takes.",
)
@console.reading
@console.reports
def command(
    reporter: Reporter,
    paths: tuple[str, ...],
    root: Path | None,
    max_bytes: int,
    stdin_filename: str | None,
    *,
    check: bool,
    diff: bool,
    digest: bool,
) -> int:
    """Write network files in their one form: the same values, the same comments, one layout.

    PATHS are files, directories (every *.nn.yaml and *.nn.yml below), patterns, or - for standard
    input, whose text goes to standard output; without them, this directory. A file is replaced
    only when what would be written is proved to say the same. One that is no YAML stays as it is.
    """
    if stdin_filename is not None and STDIN not in paths:
        raise click.UsageError("--stdin-filename goes with `-`")
    if STDIN in paths and len(paths) > 1:
        raise click.UsageError("`-` stands alone: its text goes to standard output")
    if diff and reporter.is_machine and reporter.file is None:
        raise click.UsageError("--diff prints a diff: use --check, or name an --output-file")
    files, found = find_networks(paths or (".",))
    run = _Run(check or diff, diff, found, unreadable=bool(found))
    for file in files:
        try:
            run.format(file, stdin_filename, root, max_bytes, digest=digest)
        except FileError as error:
            run.found += error.diagnostics
            run.unreadable = True
    aside = diff or (STDIN in paths and not check)
    if not (aside and reporter.is_machine and not run.found and reporter.file is None):
        stream = sys.stderr if aside and not reporter.is_machine else sys.stdout
        reporter.tell(run.found, len(files), to=stream, changed=tuple(run.changed), dry=run.dry)
    return run.code()


@dataclass
class _Run:
    """What has come of the files so far."""

    dry: bool
    diff: bool
    found: list[Diagnostic]
    unreadable: bool
