"""The command `nnc check`: mistakes, layout, cases and properties of files, in one report.

A baseline is an earlier report, whose findings are not reported again.
"""

from __future__ import annotations

import json
import os
import re
import shlex
import sys
import time
from collections import Counter
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import click

from nnc.diagnostics.diagnostic import (
    Diagnostic,
    FileError,
    NncError,
    in_file,
    in_file_order,
    without_doubles,
)
from nnc.files.opening import STDIN, is_compiled, read_bytes
from nnc.language.formatting.formatted import format_file
from nnc.opening.testing import CaseSuite, open_suite, passed_over
from nnc.opening.using import select_networks
from nnc.printable import line
from nnc.proofs.answer import ProofSuite
from nnc.terminal import options
from nnc.terminal.commands.validate import Fixing, checked_of
from nnc.terminal.findings import Changes, Outcome, ProofRecord, Report, totals_of
from nnc.terminal.options import NetworkPaths, Reporter

if TYPE_CHECKING:
    from nnc.opening.cases.running import Row
    from nnc.opening.checking import Checked

RENEW = "write it again: nnc check --report json --report-file"


_COUNTED = re.compile(r"\b(line|case|row) [\d,]+")


class _Known(NamedTuple):
    """A finding without its line, or number of a case, which change with every edit above it."""

    file: str
    code: str
    message: str

    @classmethod
    def of(cls, file: str | None, code: str, message: str, folder: str = "") -> _Known:
        """Return a finding without what changes with every edit above it.

        `folder` is that of the baseline, which names files from there, or from the current folder.
        """
        near = os.path.join(folder, file or "")  # noqa: PTH118
        path = near if os.path.lexists(near) else file or ""
        return cls(os.path.relpath(path) if file else "", code, _COUNTED.sub(r"\1 …", message))


def _known_of(diagnostic: Diagnostic) -> _Known:
    return _Known.of(diagnostic.file, diagnostic.about.code, diagnostic.message)


@dataclass(frozen=True)
class Baseline:
    """The findings in a report of `nnc check --report json`."""

    file: str
    known: Counter[_Known]

    @classmethod
    def read(cls, file: str, max_bytes: int) -> Baseline:
        """Read a report. Raises FileError."""
        data = read_bytes(file, max_bytes)
        try:
            listed = json.loads(data)["diagnostics"]
            folder = os.path.dirname(file)  # noqa: PTH120
            known = Counter(
                _Known.of(each["file"], each["code"], each["message"], folder) for each in listed
            )
        except (ValueError, KeyError, TypeError, RecursionError):
            message = "the baseline is not a report in JSON"
            hint = f"{RENEW} {line(shlex.quote(file))}"
            raise FileError([Diagnostic("bad-baseline", message, file=file, help=hint)]) from None
        return cls(file, known)

    def without_known(
        self,
        diagnostics: Iterable[Diagnostic],
        unreadable: Iterable[Diagnostic],
        files: Collection[str],
    ) -> list[Diagnostic]:
        """Leave out the diagnostics that the baseline lists, and warn of entries that match none.

        It warns about files that were checked or removed, except for those in `unreadable`.
        """
        left, unmatched = list[Diagnostic](), self.known.copy()
        unmatched.subtract(map(_known_of, unreadable))
        for each in diagnostics:
            known = _known_of(each)
            if unmatched[known] > 0:
                unmatched[known] -= 1
            else:
                left.append(each)
        checked = set(map(os.path.relpath, files))
        for known, count in (+unmatched).items():
            if known.file in checked or not os.path.lexists(known.file):
                left.append(self._stale(known, count))
        return left

    def _stale(self, known: _Known, count: int) -> Diagnostic:
        times = f" {count} times" if count > 1 else ""
        message = f"{known.code} is no longer found{times} in {known.file}: {known.message}"
        hint = f"{RENEW} {line(shlex.quote(self.file))}"
        return Diagnostic("stale-baseline", message, file=self.file, help=hint)


_PAUSE = 0.5  # seconds between two looks at the files of --watch


@click.command("check")
@click.option(
    "--fix",
    "is_fixing",
    is_flag=True,
    help="Correct what can only be meant in one way, and format the files.",
)
@click.option(
    "--watch",
    "is_watching",
    is_flag=True,
    help="Check again whenever one of the files changes, until Ctrl-C.",
)
@click.option(
    "--baseline",
    metavar="FILE",
    type=click.Path(dir_okay=False),
    help="Leave out the findings in FILE, an earlier report in JSON, and name those that are gone.",
)
@options.path_options
@options.report_options
def command(
    reporter: Reporter,
    where: NetworkPaths,
    baseline: str | None,
    *,
    is_fixing: bool,
    is_watching: bool,
) -> int:
    """Check everything: mistakes, layout, cases and properties, in one pass and one report.

    That is nnc validate, nnc fmt --check, nnc test and nnc prove in one. A file with errors is
    neither run nor proved. PATHS are files, directories (every *.nn.yaml and *.nn.yml below that
    git does not ignore), patterns, or - for standard input; without them, this directory.
    """
    if STDIN in where.paths and (is_fixing or is_watching):
        raise click.UsageError("--fix and --watch are about files, not standard input: name a file")
    if is_watching and reporter.is_machine:
        raise click.UsageError("--watch writes one report after the other, for people to read")
    reporter.protect([baseline])
    files: list[Path] = []
    while True:
        # taken before a run, which may miss what changes meanwhile
        seen = _states(where, files) if is_watching else {}
        known = Baseline.read(baseline, where.max_bytes) if baseline is not None else None
        check = _Check(reporter, where, known, is_fixing=is_fixing)
        code = check.run()
        if not is_watching:
            return code
        files = [*check.files, *([Path(baseline)] if baseline is not None else [])]
        read = {file: seen.get(file, state) for file, state in _states(where, files).items()}
        while _states(where, files) == read:
            time.sleep(_PAUSE)
        options.write("\n", sys.stdout)


def _states(where: NetworkPaths, files: Iterable[Path]) -> dict[Path, tuple[int, int] | None]:
    """Return the state of the networks that the paths stand for, and of files that were read.

    A state is the time of the last change and the size, or None for a removed file.
    """
    states: dict[Path, tuple[int, int] | None] = {}
    networks = select_networks(where.paths or (".",)).files
    for file in (*map(Path, networks), *files):
        try:
            status = file.stat()
        except OSError:
            states[file] = None
        else:
            states[file] = status.st_mtime_ns, status.st_size
    return states


@dataclass
class _Check:
    """One pass over all files, and its findings so far."""

    reporter: Reporter
    where: NetworkPaths
    baseline: Baseline | None
    is_fixing: bool = field(kw_only=True)
    diagnostics: list[Diagnostic] = field(default_factory=list)
    unreadable: list[Diagnostic] = field(default_factory=list)
    """Findings about files that cannot be read, which no baseline leaves out."""
    files: list[Path] = field(default_factory=list)
    """All files that were read, also those that networks are made of."""
    cases: int = 0
    failed: int = 0
    outcomes: list[Outcome] = field(default_factory=list)
    proofs: list[ProofRecord] = field(default_factory=list)
    formatted: list[str] = field(default_factory=list)
    hidden: str = ""

    def run(self) -> int:
        """Check all files, write the report, and return the exit code."""
        names, missing = self.where.networks(self.reporter)
        self.unreadable += missing
        self.diagnostics += self.reporter.unmatched_settings(names)
        for name in names:
            self.files.append(Path(name))
            try:
                self._check(name)
            except NncError as error:
                found = self.unreadable if isinstance(error, FileError) else self.diagnostics
                found += in_file(name, error.diagnostics)
        self.diagnostics = without_doubles(self.diagnostics)
        if self.baseline is not None:
            self._leave_out(self.baseline)
        self.diagnostics = [*self.unreadable, *self.diagnostics]
        self.reporter.report_findings(self._report(len(names)))
        if any(each.rule == "unproved-format" for each in self.diagnostics):
            return options.BUG
        return options.USAGE if self.unreadable else self.reporter.code_of(self.diagnostics)

    def _leave_out(self, baseline: Baseline) -> None:
        """Leave out the findings that a baseline lists."""
        diagnostics = self.reporter.configured(self.diagnostics)
        files = list(map(str, self.files))
        self.diagnostics = baseline.without_known(diagnostics, self.unreadable, files)
        left = set(map(id, self.diagnostics))
        if hidden := totals_of(each for each in diagnostics if id(each) not in left):
            self.hidden = f"; {', '.join(hidden)} hidden by {line(baseline.file)}"
        self.outcomes = [
            each if id(each.failure) in left else each._replace(failure=None)
            for each in self.outcomes
        ]

    def _check(self, name: str) -> None:
        """Check one file."""
        if is_compiled(name):
            suite = open_suite(name, **self.where.reading)
            self.diagnostics += suite.loaded.warnings if suite.loaded else ()
            self._run_cases(suite)
            return
        fixing = Fixing(self.reporter, unsafe=False, is_dry=False) if self.is_fixing else None
        checked = checked_of(name, self.where, self.reporter, fixing)
        self.diagnostics += checked.diagnostics
        self.files += checked.files
        self._format(name)
        suite = CaseSuite(checked)
        if checked.graph is not None:
            self._run_cases(suite)
            self._prove(checked)
        elif (warning := passed_over(suite)) is not None:
            self.diagnostics.append(warning)

    def _format(self, name: str) -> None:
        formatted = format_file(name, **self.where.reading, with_digests=False)
        self.diagnostics += [
            each for each in formatted.diagnostics if each.rule == "unproved-format"
        ]
        if formatted.is_changed:
            self.formatted.append(formatted.file)
            if self.is_fixing:
                formatted.write()
            else:
                self.diagnostics.append(formatted.difference())

    def _run_cases(self, suite: CaseSuite) -> None:
        if suite.errors:
            return

        def keep(row: Row) -> Outcome:
            file, line = suite.place_of(row)
            return Outcome(file or "", row.name, None, line)

        done = suite.run(keep if self.reporter.form == "junit" else lambda _: None)
        self.cases += done.cases
        self.failed += done.failed
        self.diagnostics += done.diagnostics
        self.outcomes += [
            outcome._replace(failure=failure) for outcome, failure in done.entries if outcome
        ]

    def _prove(self, checked: Checked) -> None:
        assert checked.network is not None
        if not checked.network.properties:
            return
        suite = ProofSuite(checked, max_bytes=self.where.max_bytes)
        self.diagnostics += suite.errors
        if suite.errors:
            return
        results = list(suite.run())
        self.diagnostics += suite.wrong_assumptions()
        self.diagnostics += [each.failure for each in results if each.failure is not None]
        self.proofs += [each.record() for each in results]
        self.outcomes += [each.outcome() for each in results]

    def _report(self, files: int) -> Report:
        return Report(
            tuple(in_file_order(self.diagnostics)),
            files,
            cases=self.cases,
            failed=self.failed,
            proofs=tuple(self.proofs),
            changes=Changes(tuple(self.formatted), dry=not self.is_fixing),
            outcomes=tuple(self.outcomes) if self.reporter.form == "junit" else (),
            hidden=self.hidden,
        )
