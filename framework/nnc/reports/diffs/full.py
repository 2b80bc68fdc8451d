"""The text for people: what changed, then what that does to each output."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from nnc.comparison.row_changes import RowChanges
from nnc.comparison.structure import Structure
from nnc.exact import counted
from nnc.printable import line, printable
from nnc.proving.verdicts import Behaviour, Verdict
from nnc.reports.diffs.compared import (
    MOST_CHANGES,
    Compared,
    change_words,
    detail_words,
    inputs_words,
    move_words,
    parted_words,
    rows_headline,
    verdict_words,
)
from nnc.run.trace import show_value


def render(compared: Sequence[Compared]) -> str:
    """Give the text of each comparison, with a blank line between."""
    return "\n".join("".join(f"{line(one)}\n" for one in _lines(each)) for each in compared)


def _lines(compared: Compared) -> Iterator[str]:
    structure = compared.comparison.structure
    yield f"{compared.title}: {compared.headline}"
    if compared.kind != "changed":
        return
    if structure.is_same and structure.count:
        yield "  written otherwise"
        yield from structure_lines(structure, "    ")
    else:
        yield from structure_lines(structure, "  ")
    yield from behaviour_lines(compared.comparison.behaviour)
    if compared.comparison.rows is not None:
        yield from rows_lines(compared.comparison.rows)


def structure_lines(structure: Structure, indent: str) -> Iterator[str]:
    """Tell the changes of a network, and of the files that it uses."""
    for change in structure.changes[:MOST_CHANGES]:
        yield indent + change_words(change)
        details = [detail_words(detail) for detail in change.details[:MOST_CHANGES]]
        yield from (f"{indent}  {row}" for row in _table(details))
        if change.details[MOST_CHANGES:]:
            yield f"{indent}  and {len(change.details) - MOST_CHANGES:,} more"
    if structure.changes[MOST_CHANGES:]:
        yield f"{indent}and {counted(len(structure.changes) - MOST_CHANGES, 'declaration')} more"
    for file, inside in structure.used.items():
        yield f"{indent}in {file}"
        yield from structure_lines(inside, indent + "  ")
    renamed = [f"{one.before} -> {one.after}" for one in structure.renamed[:MOST_CHANGES]]
    if structure.renamed[MOST_CHANGES:]:
        renamed.append(f"and {len(structure.renamed) - MOST_CHANGES:,} more")
    if renamed:
        yield f"{indent}renamed, with no change in meaning: {', '.join(renamed)}"
    yield from (indent + note for note in structure.notes)


def _table(rows: Sequence[tuple[str, ...]]) -> Iterator[str]:
    """Lay rows in columns that are as wide as they need to be; empty ones are left out."""
    rows = [tuple(map(printable, row)) for row in rows]
    columns = [place for place in range(3) if any(row[place] for row in rows)]
    widths = {place: max(len(row[place]) for row in rows) for place in columns}
    for row in rows:
        yield "  ".join(row[place].ljust(widths[place]) for place in columns).rstrip()


def behaviour_lines(behaviour: Behaviour) -> Iterator[str]:
    """Tell the verdict on each output."""
    ways = {verdict.how for verdict in behaviour.verdicts}
    if behaviour.is_equal and len(ways) == 1:
        yield f"behaviour: equal ({ways.pop()})"
        return
    yield "behaviour"
    width = max((len(one.output) for one in behaviour.verdicts), default=0)
    for verdict in behaviour.verdicts:
        yield f"  {verdict.output:<{width}}  {verdict_words(verdict)}"
        yield from (f"  {'':<{width}}  {example}" for example in _example(verdict))
    yield from (f"  note: {note}" for note in behaviour.notes)


def rows_lines(found: RowChanges) -> Iterator[str]:
    """Tell which rows of a file change."""
    yield rows_headline(found)
    for output in found.outputs:
        if output.changed:
            yield f"  {output.output}: {output.changed:,}"
            yield from (f"    {row}" for row in _table(list(move_words(output))))


def _example(verdict: Verdict) -> Iterable[str]:
    """Tell the counterexample, and the neurons where the networks part."""
    found = verdict.counterexample
    if found is None:
        return
    given = inputs_words(found.inputs) or "no inputs"
    yield f"{given}: {show_value(found.before)} -> {show_value(found.after)}"
    for parted in found.parted:
        for name, words in parted_words(parted):
            yield f"  {name}: {words}"
