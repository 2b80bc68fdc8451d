"""`nnc validate`: check network files and report every mistake."""

from __future__ import annotations

import sys
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from nnc.diagnostics.diagnostic import Diagnostic, FileError, InvalidNetworkError
from nnc.files.opening import STDIN, is_compiled, read_bytes
from nnc.files.writing import open_atomically
from nnc.numbers.exact import counted
from nnc.opening.checking import check, check_input
from nnc.opening.loading import load_plan
from nnc.terminal import options
from nnc.terminal.fixes import fixable_of, fixed
from nnc.terminal.options import NetworkPaths, Reporter
from nnc.terminal.streams import unified_diff

if TYPE_CHECKING:
    from nnc.opening.checking import Checked


@click.command("validate")
@click.option("--fix", "is_fixing", is_flag=True, help="Correct what can only be meant in one way.")
@click.option("--unsafe-fixes", is_flag=True, help="Like --fix, and take suggestions of names too.")
@click.option("--diff", is_flag=True, help="Write no file; print what --fix would change.")
@options.path_options
@options.report_options
def command(
    reporter: Reporter,
    where: NetworkPaths,
    *,
    is_fixing: bool,
    unsafe_fixes: bool,
    diff: bool,
) -> int:
    """Check network files and report every mistake, each with its location and a fix.

    PATHS are files, directories (every *.nn.yaml and *.nn.yml below that git does not ignore),
    patterns, or - for standard input; without them, this directory. Warnings change the exit code
    only with --strict. A compiled network is checked to its last byte; its sources, if present, are
    compiled again and must give the same bytes; nnc reports what it cannot compare.
    """
    fixing = None
    if is_fixing or unsafe_fixes or diff:
        if STDIN in where.paths:
            raise click.UsageError("--fix changes files, not standard input: name a file")
        if diff and reporter.is_machine and reporter.file is None:
            raise click.UsageError("--diff prints a diff: name a --report-file")
        fixing = Fixing(reporter, unsafe=unsafe_fixes, is_dry=diff)
    files, diagnostics = where.networks(reporter)
    unreadable = bool(diagnostics)
    diagnostics += reporter.unmatched_settings(files)
    for file in files:
        try:
            if is_compiled(file):
                diagnostics += _findings_of_compiled(file, where, reporter)
                continue
            checked = checked_of(file, where, reporter, fixing)
            diagnostics += checked.diagnostics
        except FileError as error:
            diagnostics += error.diagnostics
            unreadable = True
    to = sys.stderr if diff else None
    reporter.report(diagnostics, len(files), to=to)
    return options.USAGE if unreadable else reporter.code_of(diagnostics)


@dataclass(frozen=True, slots=True)
class Fixing:
    """Corrects files, with `unsafe` edits too, or only shows the changes where it `is_dry`."""

    reporter: Reporter
    unsafe: bool
    is_dry: bool

    def corrected(self, checked: Checked, root: Path | None, max_bytes: int) -> Checked:
        """Correct a file, or show how; return the remaining diagnostics. Raises FileError."""
        file = checked.file
        if not fixable_of(checked, unsafe=True):
            return checked
        data = read_bytes(file, max_bytes)

        def again(data: bytes) -> Checked:
            checked = check(data, file, path=Path(file), root=root)
            return replace(checked, diagnostics=self.reporter.configured(checked.diagnostics))

        after = fixed(data, again(data), again, unsafe=self.unsafe)
        count = counted(len(after.done), "finding")
        if self.is_dry:
            self.reporter.show(unified_diff(file, data, after.data), "patch")
        elif after.done:
            with open_atomically(file, before=data) as stream:
                stream.write(after.data)
            options.say(f"fixed {count} in {file}", sys.stderr)
        left = len(fixable_of(after.checked, unsafe=True))
        if left and not self.unsafe:
            more = counted(left, "more finding")
            options.say(f"nnc validate --unsafe-fixes can fix {more} in {file}", sys.stderr)
        return checked if self.is_dry else after.checked


def checked_of(
    file: str, where: NetworkPaths, reporter: Reporter, fixing: Fixing | None
) -> Checked:
    """Check a network file, and correct it if there is a `fixing`."""
    checked = check_input(file, **where.reading)
    reporter.protect([], checked.files)
    return checked if fixing is None else fixing.corrected(checked, where.root, where.max_bytes)


def _findings_of_compiled(file: str, where: NetworkPaths, reporter: Reporter) -> list[Diagnostic]:
    try:
        loaded = load_plan(file, root=where.root, max_bytes=where.max_bytes, verify=True)
    except InvalidNetworkError as error:
        return list(error.diagnostics)
    reporter.protect([], loaded.files)
    return loaded.warnings
