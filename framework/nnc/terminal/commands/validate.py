"""`nnc validate`: check network files and report every mistake."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import click

from nnc.diagnostics.diagnostic import (
    Diagnostic,
    FileError,
    InvalidNetworkError,
    without_doubles,
)
from nnc.files.opening import STDIN, is_compiled, read_bytes
from nnc.files.writing import open_atomically
from nnc.language.fixes import edited, without_overlaps
from nnc.numbers.exact import counted
from nnc.opening.checking import Checked, check, check_input
from nnc.opening.loading import load_plan
from nnc.terminal import options
from nnc.terminal.options import NetworkPaths, Reporter
from nnc.terminal.reporter import unified_diff

if TYPE_CHECKING:
    from nnc.opening.checking import Checked

_MAX_PASSES = 10
_MAX_ALONE = 100  # edits that are tried singly if all together fail


class FixedFile(NamedTuple):
    """A file after fixing: its bytes, the check of them, and the diagnostics that were fixed."""

    data: bytes
    checked: Checked
    done: tuple[Diagnostic, ...] = ()


def fixed(
    data: bytes, checked: Checked, check: Callable[[bytes], Checked], *, unsafe: bool
) -> FixedFile:
    """Apply the edits of a checked file until there are none left; `check` checks new bytes.

    An edit is applied only if its diagnostic disappears and the text is no worse as YAML.
    """
    file = FixedFile(data, checked)
    for _ in range(_MAX_PASSES):
        fixable = [each for each in fixable_of(file.checked, unsafe=unsafe) if each.fix]
        if not fixable:
            break
        together = without_overlaps(fixable)
        after = _try(file, together, check)
        if after is None:
            alone = (_try(file, [each], check) for each in fixable[:_MAX_ALONE])
            after = next((each for each in alone if each is not None), None)
        if after is None:
            break
        file = after
    return file


def fixable_of(checked: Checked, *, unsafe: bool) -> list[Diagnostic]:
    """Return the diagnostics of a file that have safe edits, or any edits if `unsafe`."""
    own = [
        diagnostic
        for diagnostic in checked.diagnostics
        if diagnostic.file == checked.file and diagnostic.fix
    ]
    return [each for each in own if unsafe or each.is_fix_safe]


def _try(
    file: FixedFile, diagnostics: Sequence[Diagnostic], check: Callable[[bytes], Checked]
) -> FixedFile | None:
    """Apply the edits of some diagnostics; return None if any remains or the YAML gets worse."""
    before = file.checked
    mark = b"\xef\xbb\xbf" if file.data.startswith(b"\xef\xbb\xbf") else b""
    edits = [edit for diagnostic in diagnostics for edit in diagnostic.fix]
    data = mark + edited(before.document, edits).encode()
    after = check(data)
    left = _counts(before) - Counter(_name(each) for each in diagnostics)
    is_gone = all(_counts(after)[_name(each)] <= left[_name(each)] for each in diagnostics)
    if not is_gone or not after.document.complete or _bad_yaml(after) > _bad_yaml(before):
        return None
    return FixedFile(data, after, (*file.done, *diagnostics))


def _name(diagnostic: Diagnostic) -> tuple[str, str]:
    return diagnostic.rule, diagnostic.message


def _counts(checked: Checked) -> Counter[tuple[str, str]]:
    return Counter(map(_name, checked.diagnostics))


def _bad_yaml(checked: Checked) -> int:
    return sum(diagnostic.about.code.startswith("NNC0") for diagnostic in checked.diagnostics)


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
    diagnostics = without_doubles(diagnostics)
    reporter.report(diagnostics, len(files), to=to)
    return options.USAGE if unreadable else reporter.code_of(diagnostics)


@dataclass(frozen=True, slots=True)
class Fixing:
    """Correct files, with `unsafe` edits too, or only show the changes in a dry run."""

    reporter: Reporter
    unsafe: bool
    is_dry: bool

    def corrected(self, checked: Checked, root: Path | None, max_bytes: int) -> Checked:
        """Correct a file or show the changes; return the check of the result. Raises FileError."""
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
    """Check a network file and, with `fixing`, correct it."""
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
