"""The history of a network, in each form of report."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import partial

from nnc.differences.diffs.compared import Compared, Named
from nnc.differences.diffs.json import ComparisonRecord, comparison_record
from nnc.differences.diffs.text import (
    FINDING_FORMS,
    as_findings,
    concise_words,
    full_lines,
    section,
    stat_words,
)
from nnc.differences.history import CommitChange
from nnc.differences.row_changes import Comparison
from nnc.numbers.exact import counted, shorten
from nnc.printable import line
from nnc.records import Versioned, json_text
from nnc.terminal.findings.json import Finding, finding

_LONGEST = 200

# --------------------------------------------------------------------------- words of all forms


def _title_words(change: CommitChange) -> tuple[str, str]:
    """Return the commit in short, and its day, author and subject."""
    commit = change.commit
    return (
        change.name,
        f"{commit.day} {shorten(commit.author)}: {shorten(commit.subject, _LONGEST)}",
    )


def _notes(change: CommitChange) -> list[str]:
    """Name the status of the file, and the version it is compared with."""
    notes = []
    if change.renamed_from is not None:
        notes.append(
            f"renamed {shorten(change.renamed_from, _LONGEST)} -> {shorten(change.path, _LONGEST)}"
        )
    words = {
        "added": "added",
        "removed": "removed",
        "first": "the first valid version",
        "cut": "the clone is shallow: what was there before is not known",
    }
    if change.kind in words:
        notes.append(words[change.kind])
    if change.kind == "invalid":
        more = change.diagnostics[1:]
        rest = f"; and {counted(len(more), 'more error')}"
        notes.append(f"not valid: {change.diagnostics[0]}{rest if more else ''}")
    if change.passed and change.before is not None:
        between = counted(change.passed, "invalid version")
        notes.append(f"compared with {change.before.name}: {between} between")
    return notes


def _compared(change: CommitChange, comparison: Comparison) -> Compared:
    """Name the versions of a comparison as git names files of commits."""
    assert change.before is not None
    before = Named(change.before.path, change.before.commit)
    return Compared(before, Named(change.path, change.commit.oid), comparison)


# ----------------------------------------------------------------------------- text for people


def _full(changes: Iterable[CommitChange]) -> Iterator[str]:
    """Return a line for each commit and below it what changed, with a blank line between."""
    for i, change in enumerate(changes):
        yield "\n" * (i > 0) + "".join(f"{line(text)}\n" for text in _lines(change))


def _lines(change: CommitChange) -> Iterator[str]:
    yield " ".join(_title_words(change))
    yield from (f"  {note}" for note in _notes(change))
    if change.comparison is not None:
        compared = _compared(change, change.comparison)
        yield from (f"  {text}" for text in (compared.headline, *full_lines(compared)))


# ------------------------------------------------------------------------- one line, for people


def _concise(changes: Iterable[CommitChange]) -> Iterator[str]:
    """Return one line for each commit, each change and each verdict, which says what it is of."""
    for change in changes:
        yield "".join(f"{line(text)}\n" for text in _concise_words(change))


def _concise_words(change: CommitChange) -> Iterator[str]:
    yield " ".join(_title_words(change))
    others = _notes(change)
    if change.comparison is not None:
        others += concise_words(_compared(change, change.comparison))
    yield from (f"{change.name}: {text}" for text in others)


def _oneline(changes: Iterable[CommitChange]) -> Iterator[str]:
    """Return one line for each commit: which it is, and how much it changed."""
    for change in changes:
        words = change.kind if change.kind == "invalid" else "; ".join(_notes(change))
        if change.comparison is not None:
            words = stat_words(_compared(change, change.comparison))
            if change.renamed_from is not None:
                words = f"renamed; {words}"
        title = " ".join(_title_words(change))
        yield f"{line(f'{title} ({words})')}\n"


# ------------------------------------------------------------------------------------- Markdown


def _markdown(changes: Iterable[CommitChange]) -> Iterator[str]:
    """Return a section for each commit, with the lines of the text."""
    for i, change in enumerate(changes):
        title, *lines = _lines(change)
        yield "\n" * (i > 0) + section(title, (text.removeprefix("  ") for text in lines))


# ----------------------------------------------------------------------------------------- JSON


@dataclass(frozen=True, slots=True)
class CommitRecord:
    """The change of the network by one commit."""

    commit: str
    """The commit, in full."""
    date: str
    """The day on which it was written."""
    author: str
    """The author of the commit."""
    title: str
    """The first line of its message."""
    file: str
    """The file, as it was named."""
    renamed_from: str | None
    """The name of the file in the first parent, if it was another."""
    kind: str
    """The kind of change, in one word."""
    passed_over: int
    """The number of invalid versions between those that are compared."""
    comparison: ComparisonRecord | None
    """The comparison with the version before; null where there is none."""
    diagnostics: tuple[Finding, ...]
    """Every finding, by file and location."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LogReport(Versioned):
    """The history that `nnc log` found."""

    commits: tuple[CommitRecord, ...]
    """Every commit that touched the network, the newest first."""


def _json(changes: Iterable[CommitChange]) -> Iterator[str]:
    """Return the commits as one indented JSON object, in one piece once all are known."""
    yield json_text(LogReport(commits=tuple(map(_commit, changes))))


def _commit(change: CommitChange) -> CommitRecord:
    commit, comparison = change.commit, change.comparison
    record = None if comparison is None else comparison_record(_compared(change, comparison))
    return CommitRecord(
        commit=commit.oid,
        date=commit.day,
        author=commit.author,
        title=commit.subject,
        file=change.path,
        renamed_from=change.renamed_from,
        kind=change.kind,
        passed_over=change.passed,
        comparison=record,
        diagnostics=tuple(map(finding, change.diagnostics)),
    )


def _findings(form: str, changes: Iterable[CommitChange]) -> Iterator[str]:
    """Return a note for each line of the concise form."""
    findings = ((change.path, words) for change in changes for words in _concise_words(change))
    yield as_findings(form, findings)


LOGS: dict[str, Callable[[Iterable[CommitChange]], Iterator[str]]] = {
    "full": _full,
    "concise": _concise,
    "oneline": _oneline,
    "json": _json,
    "markdown": _markdown,
    **{form: partial(_findings, form) for form in FINDING_FORMS},
}
"""Every form of a history, by its name on the command line; it is given in pieces as it is read."""
