"""The words that the forms of a history for people share."""

from __future__ import annotations

from nnc.comparison.comparison import Comparison
from nnc.exact import counted, shorten
from nnc.reports.diffs import Compared, Named
from nnc.versions.history import Change

_LONGEST = 200


def title_words(change: Change) -> tuple[str, str]:
    """Give the commit in short, and its day, author and subject."""
    commit = change.commit
    return (
        change.name,
        f"{commit.day} {shorten(commit.author)}: {shorten(commit.subject, _LONGEST)}",
    )


def notes(change: Change) -> list[str]:
    """Say what became of the file, and with what it is compared."""
    told = []
    if change.renamed_from is not None:
        told.append(
            f"renamed {shorten(change.renamed_from, _LONGEST)} -> {shorten(change.path, _LONGEST)}"
        )
    words = {
        "added": "added",
        "removed": "removed",
        "first": "the first valid version",
        "cut": "the clone is shallow: what was there before is not known",
    }
    if change.kind in words:
        told.append(words[change.kind])
    if change.kind == "invalid":
        more = change.diagnostics[1:]
        rest = f"; and {counted(len(more), 'more error')}"
        told.append(f"not valid: {change.diagnostics[0]}{rest if more else ''}")
    if change.passed and change.before is not None:
        between = counted(change.passed, "invalid version")
        told.append(f"compared with {change.before.name}: {between} between")
    return told


def compared(change: Change, comparison: Comparison) -> Compared:
    """Name the versions of a comparison as git names files of commits."""
    assert change.before is not None
    before = Named(change.before.path, change.before.commit)
    return Compared(before, Named(change.path, change.commit.oid), comparison)
