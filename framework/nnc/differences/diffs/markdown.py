"""Markdown for a comment on a pull request: tables, and counterexamples that fold."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from nnc.differences.diffs.compared import (
    MAX_CHANGES,
    Compared,
    detail_words,
    inputs_words,
    move_words,
    outcome_words,
    parted_words,
    rows_headline,
    verdict_words,
)
from nnc.differences.row_changes import RowChanges
from nnc.differences.structure import Structure
from nnc.printable import line, printable
from nnc.proofs.comparison import Behaviour, Verdict

_SPECIAL = re.compile(r"([\\`*_{}\[\]()<>#+!|~@&-])")


def render(comparisons: Sequence[Compared]) -> str:
    """Return a section for each comparison."""
    return "\n".join(
        "".join(f"{line(text)}\n" for text in _section(compared)) for compared in comparisons
    )


def escaped(text: str) -> str:
    """Write a text so that Markdown shows it as it is, also in a cell of a table."""
    return _SPECIAL.sub(r"\\\1", printable(text))


def _section(compared: Compared) -> Iterator[str]:
    yield f"### {escaped(compared.title.replace(' -> ', ' → '))}"
    yield ""
    yield from comparison_lines(compared)


def comparison_lines(compared: Compared) -> Iterator[str]:
    """Yield the lines below the title of a comparison."""
    structure, behaviour, moved = compared.comparison[:3]
    otherwise = ", written differently" if structure.is_same and structure.count else ""
    yield f"**{compared.headline}**{otherwise}"
    yield ""
    if compared.kind != "changed":
        return
    rows = list(_rows(structure, ""))
    if rows:
        yield "| what | change | of | from → to |"
        yield "|---|---|---|---|"
        yield from rows[: compared.most]
        if rows[compared.most :]:
            yield f"| and {len(rows) - compared.most:,} more | | | |"
        yield ""
    if structure.renamed:
        pairs = [f"{pair.before} -> {pair.after}" for pair in structure.renamed[:MAX_CHANGES]]
        more = ", …" if structure.renamed[MAX_CHANGES:] else ""
        yield f"Renamed, with no change in meaning: {escaped(', '.join(pairs))}{more}"
        yield ""
    yield from (line for note in structure.notes for line in (escaped(note), ""))
    yield from _behaviour(behaviour)
    if moved is not None:
        yield f"**{escaped(rows_headline(moved))}**"
        yield ""
        yield from _moves(moved)


def _rows(structure: Structure, where: str) -> Iterator[str]:
    for change in structure.changes:
        name = escaped(f"{where}{change.place} {change.name}")
        if change.kind != "changed":
            yield f"| {name} | {change.kind} | | {escaped(change.text)} |"
        for detail in change.details:
            yield f"| {name} | {' | '.join(map(escaped, detail_words(detail)))} |"
    for file, inside in structure.used.items():
        yield from _rows(inside, f"{where}{file}: ")


def _behaviour(behaviour: Behaviour) -> Iterator[str]:
    yield "| output | behaviour |"
    yield "|---|---|"
    for verdict in behaviour.verdicts:
        yield f"| {escaped(verdict.output)} | {escaped(verdict_words(verdict))} |"
    yield ""
    for verdict in behaviour.verdicts:
        yield from _example(verdict)
    yield from (line for note in behaviour.notes for line in (f"Note: {escaped(note)}", ""))


def _moves(changes: RowChanges) -> Iterator[str]:
    if not changes.changed:
        return
    yield "| output | rows | from → to | which |"
    yield "|---|---|---|---|"
    for output in changes.outputs:
        for words in move_words(output):
            yield f"| {' | '.join(map(escaped, (output.output, *words)))} |"
    yield ""


def _example(verdict: Verdict) -> Iterator[str]:
    example = verdict.counterexample
    if example is None:
        return
    yield "<details>"
    change = outcome_words(example)
    yield f"<summary>{escaped(verdict.output)}: an input that gives {escaped(change)}</summary>"
    yield ""
    yield escaped(inputs_words(example))
    yield ""
    for parted in example.parted:
        yield from (f"- {escaped(f'{name}: {words}')}" for name, words in parted_words(parted))
    yield ""
    yield "</details>"
    yield ""
