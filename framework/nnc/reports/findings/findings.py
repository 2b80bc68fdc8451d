"""What a report is made of: diagnostics in order, and how many files were looked at."""

from __future__ import annotations

from collections import Counter
from typing import NamedTuple

from nnc.diagnostics.diagnostic import Diagnostic
from nnc.printable import line

MOST_OF_A_RULE = 50
_ONE_A_FILE = "not-formatted"  # told once a file, and what the list of them is for


class Changes(NamedTuple):
    """The files that were written anew; `dry` where they would have been."""

    files: tuple[str, ...]
    dry: bool


class Findings(NamedTuple):
    """Diagnostics in file order, of so many files; `colour` is for the forms people read.

    `cases` is how many cases were run, where that was the work; `changes` are those of `nnc fmt`.
    """

    diagnostics: tuple[Diagnostic, ...]
    files: int
    colour: bool = False
    cases: int | None = None
    failed: int = 0
    changes: Changes | None = None

    def count(self, severity: str) -> int:
        """Count the diagnostics of one severity."""
        return sum(1 for one in self.diagnostics if one.about.severity == severity)

    def shortened(self) -> tuple[list[Diagnostic], list[str]]:
        """Give at most 50 diagnostics of each rule, and a line for each rule that has more."""
        seen: Counter[str] = Counter()
        shown = []
        for one in self.diagnostics:
            seen[one.rule] += 1
            if seen[one.rule] <= MOST_OF_A_RULE or one.rule == _ONE_A_FILE:
                shown.append(one)
        more = [
            f"and {count - MOST_OF_A_RULE:,} more of {rule}"
            for rule, count in seen.items()
            if count > MOST_OF_A_RULE and rule != _ONE_A_FILE
        ]
        return shown, more

    def summary(self) -> str:
        """Give the last line: how many errors, warnings and notes in how many files."""
        counts = [(self.count(severity), severity) for severity in ("error", "warning", "note")]
        told = [f"{count:,} {word}{'' if count == 1 else 's'}" for count, word in counts if count]
        files = _files(self.files)
        if not self.files:
            return ", ".join(told) or "no problems in 0 files"
        if self.changes is not None:
            return self._changed(self.changes)
        if self.cases is None:
            return f"{', '.join(told) or 'no problems'} in {files}"
        held = self.cases - self.failed
        told = [f"{held:,} of {self.cases:,} cases hold", *told]
        return f"{', '.join(told)} in {files}"

    def _changed(self, changes: Changes) -> str:
        """Tell which files were written anew, and how many were not."""
        count = len(changes.files)
        broken = {one.file for one in self.diagnostics if one.is_error and one.rule != _ONE_A_FILE}
        broken -= set(changes.files)
        told = [
            f"{_files(number)} {what}"
            for number, what in (
                (count, f"{'would be ' * changes.dry}formatted"),
                (self.files - count - len(broken), "already formatted"),
                (len(broken), "with errors"),
            )
            if number > 0
        ]
        listed = [] if changes.dry else [line(f"formatted {file}") for file in changes.files]
        return "\n".join([*listed, ", ".join(told)])


def _files(count: int) -> str:
    return f"{count:,} file{'' if count == 1 else 's'}"
