"""The content of a report, and its forms for people: `full`, with source lines, and `concise`."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from nnc.diagnostics.diagnostic import MAX_OF_A_RULE, Diagnostic, plain
from nnc.diagnostics.rules import RuleName
from nnc.numbers.exact import Number
from nnc.printable import line
from nnc.remaining import Remaining
from nnc.terminal.colour import highlighted, paint


def repository_root() -> Path:
    """Return the nearest folder upwards with `.git`, or else the current folder."""
    here = Path.cwd()
    return next(
        (folder for folder in (here, *here.parents) if os.path.lexists(folder / ".git")), here
    )


def path_from(root: Path, file: str) -> str | None:
    """Return a file's path relative to the root, with `/`; None if it is outside or invalid."""
    try:
        paths = (os.path.abspath(file), os.path.realpath(file))  # noqa: PTH100 - of any length
    except ValueError:  # NUL, or half of a surrogate pair
        return None
    for path in paths:
        if Path(path).is_relative_to(root):
            return Path(path).relative_to(root).as_posix()
    return None


_ONE_A_FILE = "not-formatted"  # reported once per file, so the list is never shortened
_MAX_TRACED = 5  # failed cases with traces, unless all findings are listed


class Changes(NamedTuple):
    """The files that were rewritten, or if `dry`, that would be."""

    files: tuple[str, ...]
    dry: bool


class Outcome(NamedTuple):
    """The result of one case and its line; `failure` is None if the case holds."""

    file: str
    name: str
    failure: Diagnostic | None = None
    line: int | None = None


class Sides(NamedTuple):
    """The number of sides of thresholds that cases have seen, and of all sides."""

    seen: int
    total: int


@dataclass(frozen=True, slots=True)
class ProofRecord:
    """The verdict on one property, or on one assumption of a used network."""

    file: str
    """The file, as it was named."""
    line: int | None
    """The line, from 1; null if the position is not known."""
    name: str
    """The name, or the claim itself if it has none."""
    claim: str
    """The claim, in short."""
    kind: str
    """`proved`, `refuted` or `unknown`."""
    how: str
    """The reason, or the attempts."""
    rows: tuple[Mapping[str, Number | list[Number] | str], ...] = ()
    """The rows that refute it, by input: one, or two if the claim is about two rows."""
    left: Remaining | None = None
    """The part that remains open if `unknown`, else null."""


class Report(NamedTuple):
    """A report of the diagnostics of some files, in file order.

    `colour` applies to the human-readable forms. `cases` is the number of cases that were run, if
    any, `outcomes` are their results (failures are also in `diagnostics`), and `coverage` is the
    number of sides they have seen. `proofs` are the verdicts on properties, and `changes` those of
    `nnc fmt`. Texts list up to `max_of_a_rule` diagnostics of each rule, or all if it is None.
    `hidden` is appended to the summary: the number of findings that a baseline hides.
    """

    diagnostics: tuple[Diagnostic, ...]
    files: int
    colour: bool = False
    cases: int | None = None
    failed: int = 0
    changes: Changes | None = None
    outcomes: tuple[Outcome, ...] = ()
    max_of_a_rule: int | None = MAX_OF_A_RULE
    coverage: Sides | None = None
    proofs: tuple[ProofRecord, ...] | None = None
    hidden: str = ""

    def count(self, severity: str) -> int:
        """Count the diagnostics of one severity."""
        return sum(diagnostic.about.severity == severity for diagnostic in self.diagnostics)

    def shortened(self) -> tuple[list[Diagnostic], list[str]]:
        """Return up to `max_of_a_rule` diagnostics per rule, and a line for each rule with more."""
        if self.max_of_a_rule is None:
            return list(self.diagnostics), []
        seen: Counter[RuleName] = Counter()
        kept = []
        for diagnostic in self.diagnostics:
            rule = diagnostic.rule
            seen[rule] += 1
            if seen[rule] <= self.max_of_a_rule or rule == _ONE_A_FILE:
                kept.append(diagnostic)
        more = [
            f"and {count - self.max_of_a_rule:,} more of {rule}; --max-errors 0 lists all"
            for rule, count in seen.items()
            if count > self.max_of_a_rule and rule != _ONE_A_FILE
        ]
        return kept, more

    def summary(self) -> str:
        """Return the last line, with the numbers of errors, warnings, notes and files."""
        totals = totals_of(self.diagnostics)
        files = _files(self.files)
        if not self.files:
            return ", ".join(totals) or "no problems in 0 files"
        if self.changes is not None and self.cases is None:
            return self._changed(self.changes)
        done = []
        is_check = self.changes is not None  # which omits counts of zero
        is_stopped = any(finding.about.severity == "error" for finding in self.diagnostics)
        if self.cases is not None and (self.cases or not (is_check or is_stopped)):
            done.append(f"{self.cases - self.failed:,} of {self.cases:,} cases hold")
        if self.coverage is not None:
            seen, sides = self.coverage
            done.append(f"{seen:,} of {sides:,} sides of thresholds seen")
        if self.proofs is not None and (self.proofs or not is_check):
            proved = sum(1 for proof in self.proofs if proof.kind == "proved")
            done.append(f"{proved:,} of {len(self.proofs):,} proved")
        if is_check:
            totals = totals or [f"no {'new ' if self.hidden else ''}problems"]
        text = f"{', '.join([*done, *totals]) or 'no problems'} in {files}{self.hidden}"
        return "\n".join([*self._formatted_lines(), text])

    def _formatted_lines(self) -> list[str]:
        """Return a line for each file that was rewritten."""
        if self.changes is None or self.changes.dry:
            return []
        return [line(f"formatted {file}") for file in self.changes.files]

    def _changed(self, changes: Changes) -> str:
        """Return the summary of `nnc fmt`: how many files were, or would be, rewritten."""
        count = len(changes.files)
        broken = {
            diagnostic.file
            for diagnostic in self.diagnostics
            if diagnostic.is_error and diagnostic.rule != _ONE_A_FILE
        }
        broken -= set(changes.files)
        totals = [
            f"{_files(number)} {what}"
            for number, what in (
                (count, f"{'would be ' * changes.dry}formatted"),
                (self.files - count - len(broken), "already formatted"),
                (len(broken), "with errors"),
            )
            if number > 0
        ]
        return "\n".join([*self._formatted_lines(), ", ".join(totals)])


def totals_of(diagnostics: Iterable[Diagnostic]) -> list[str]:
    """Return the nonzero numbers of errors, warnings and notes as texts."""
    counts = Counter[str](diagnostic.about.severity for diagnostic in diagnostics)
    severities = ("error", "warning", "note")
    return [f"{n:,} {word}{'' if n == 1 else 's'}" for word in severities if (n := counts[word])]


def _files(count: int) -> str:
    return f"{count:,} file{'' if count == 1 else 's'}"


def findings_text(report: Report) -> str:
    """Return diagnostics with their source lines, then further failed cases and what is omitted."""
    diagnostics, more = report.shortened()
    painted = _paint if report.colour else plain
    most = len(diagnostics) if report.max_of_a_rule is None else _MAX_TRACED
    failed = [i for i, each in enumerate(diagnostics) if each.rule == "case-failed"]
    brief = set(failed[most:])
    full = [each.in_full(painted) for i, each in enumerate(diagnostics) if i not in brief]
    rest = [line(str(diagnostics[i])) for i in failed[most:]]
    if rest:
        more.append(f"traces of the first {most} failed cases; --max-errors 0 shows more")
    return "\n".join([*full, *rest, *more])


def render_full(report: Report) -> str:
    """Return the full report: diagnostics with source lines, omitted ones, and totals."""
    summary = highlighted(report.summary(), "concise") if report.colour else report.summary()
    return "\n".join([*filter(None, [findings_text(report)]), summary]) + "\n"


def render_concise(report: Report) -> str:
    """Return the concise report: a line per diagnostic, the number omitted, and totals."""
    diagnostics, more = report.shortened()
    lines = [
        line(f"{diagnostic} ({diagnostic.help})" if diagnostic.help else str(diagnostic))
        for diagnostic in diagnostics
    ]
    text = "\n".join([*lines, *more, report.summary()]) + "\n"
    return highlighted(text, "concise") if report.colour else text


def _paint(text: str, style: str) -> str:
    """Colour a piece of a diagnostic; its details are coloured like a trace."""
    return highlighted(text, "trace") if style == "trace" else paint(text, style)
