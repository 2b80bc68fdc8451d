"""Markdown: a section for each commit, with what `nnc diff` says of it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from nnc.printable import line
from nnc.reports.diffs.markdown import comparison_lines, escaped
from nnc.reports.logs.told import compared, notes, title_words
from nnc.versions.history import CommitChange


def render(changes: Iterable[CommitChange]) -> Iterator[str]:
    """Give the section of each commit, with a blank line between."""
    for place, change in enumerate(changes):
        yield "\n" * (place > 0) + "\n".join(map(line, _section(change))).rstrip("\n") + "\n"


def _section(change: CommitChange) -> Iterator[str]:
    name, words = title_words(change)
    yield f"### `{name}` {escaped(words)}"
    yield ""
    for note in notes(change):
        yield escaped(note)
        yield ""
    if change.comparison is not None:
        yield from comparison_lines(compared(change, change.comparison))
