"""`nnc validate`: check network files and report every mistake."""

from __future__ import annotations

from pathlib import Path

import click

from nnc.cli import options
from nnc.cli.options import Reporter
from nnc.diagnostics.diagnostic import Diagnostic, FileError, InvalidNetworkError
from nnc.files.opening import STDIN, read_bytes


@click.command("validate")
@click.argument("paths", nargs=-1, metavar="[PATHS]...", type=click.Path())
@options.name_options
@options.file_options
@options.verdict_options
def command(
    reporter: Reporter,
    paths: tuple[str, ...],
    root: Path | None,
    max_bytes: int,
    stdin_filename: str | None,
    changed_since: str | None,
) -> int:
    """Check network files and report every mistake, each with its location and a fix.

    PATHS are files, directories (every *.nn.yaml and *.nn.yml below), patterns, or - for standard
    input; without them, this directory. Warnings change the exit code only with --strict. A
    compiled network is checked to its last byte; its sources, if present, are compiled again and
    must give the same bytes; nnc reports what it cannot compare.
    """
    if stdin_filename is not None and STDIN not in paths:
        raise click.UsageError("--stdin-filename goes with `-`")
    files, diagnostics = options.networks(paths, changed_since)
    reporter.protect(files)
    unreadable = bool(diagnostics)
    for file in files:
        try:
            diagnostics += _check(file, stdin_filename, root, max_bytes, reporter)
        except FileError as error:
            diagnostics += error.diagnostics
            unreadable = True
    reporter.report(diagnostics, len(files))
    return options.USAGE if unreadable else reporter.code_of(diagnostics)


def _check(
    file: str, stdin_filename: str | None, root: Path | None, max_bytes: int, reporter: Reporter
) -> list[Diagnostic]:
    from nnc.checking import check, check_file, is_compiled, load_plan

    if is_compiled(file):
        try:
            loaded = load_plan(file, root=root, max_bytes=max_bytes, verify=True)
            reporter.protect([], loaded.files)
            return loaded.warnings
        except InvalidNetworkError as error:
            return list(error.diagnostics)
    if file != STDIN or not stdin_filename:
        checked = check_file(file, root=root, max_bytes=max_bytes)
    else:
        data = read_bytes(file, max_bytes)
        checked = check(data, stdin_filename, path=Path(stdin_filename), root=root)
    reporter.protect([], checked.files)
    return checked.diagnostics
