"""The content of a report: diagnostics in order, and the number of files."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from nnc.diagnostics.diagnostic import MAX_OF_A_RULE, Diagnostic
from nnc.diagnostics.rules import RuleName
from nnc.numbers.exact import Number
from nnc.printable import line
from nnc.remaining import Remaining

_ONE_A_FILE = "not-formatted"  # reported once for each file; the list is the result


class Changes(NamedTuple):
    """The files that were written anew; `dry` where they would have been."""

    files: tuple[str, ...]
    dry: bool


class Outcome(NamedTuple):
    """The result of one case of a file, on a line; `failure` is None if it holds."""

    file: str
    name: str
    failure: Diagnostic | None = None
    line: int | None = None


class Sides(NamedTuple):
    """The number of sides of thresholds that cases have seen, of all that there are."""

    seen: int
    total: int


@dataclass(frozen=True, slots=True)
class ProofRecord:
    """The verdict on one property, or on one assumption of a used network."""

    file: str
    """The file, as it was named."""
    line: int | None
    """The line, from 1; null where the place is not known."""
    name: str
    """The name; of a property without one what it says."""
    claim: str
    """The claim, in short."""
    kind: str
    """`proved`, `refuted` or `unknown`."""
    how: str
    """The reason, or the attempts."""
    rows: tuple[Mapping[str, Number | list[Number] | str], ...] = ()
    """The rows that refute it, by input: one, or two where it is about two."""
    left: Remaining | None = None
    """The open part of an unknown one; null for others."""


class Report(NamedTuple):
    """Diagnostics in file order, of so many files; `colour` is for the forms people read.

    `cases` is how many cases were run, where that was the work, `outcomes` are what has come of
    them, with failures that are also in `diagnostics`, and `coverage` is what they have seen.
    `proofs` are what has come of properties, where these were to be proved.
    `changes` are those of `nnc fmt`. Texts list up to `max_of_a_rule` diagnostics of each rule,
    and all where it is None. `hidden` ends the summary: what a baseline leaves out.
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
        """Return up to `max_of_a_rule` diagnostics of each, and a line for each that has more."""
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
            f"and {count - self.max_of_a_rule:,} more of {rule}"
            for rule, count in seen.items()
            if count > self.max_of_a_rule and rule != _ONE_A_FILE
        ]
        return kept, more

    def summary(self) -> str:
        """Return the last line: how many errors, warnings and notes in how many files."""
        totals = totals_of(self.diagnostics)
        files = _files(self.files)
        if not self.files:
            return ", ".join(totals) or "no problems in 0 files"
        if self.changes is not None and self.cases is None:
            return self._changed(self.changes)
        done = []
        is_check = self.changes is not None  # which leaves out what a file does not have
        if self.cases is not None and (self.cases or not is_check):
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
        """Return a line for each file that was written anew."""
        if self.changes is None or self.changes.dry:
            return []
        return [line(f"formatted {file}") for file in self.changes.files]

    def _changed(self, changes: Changes) -> str:
        """Name the files that were written anew, and say how many were not."""
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
    """Return how many errors, warnings and notes there are."""
    counts = Counter[str](diagnostic.about.severity for diagnostic in diagnostics)
    severities = ("error", "warning", "note")
    return [f"{n:,} {word}{'' if n == 1 else 's'}" for word in severities if (n := counts[word])]


def _files(count: int) -> str:
    return f"{count:,} file{'' if count == 1 else 's'}"
