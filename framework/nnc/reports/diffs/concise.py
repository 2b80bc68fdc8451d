"""One line for each change and each verdict."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from nnc.comparison.structure import Structure
from nnc.printable import line
from nnc.reports.diffs.compared import (
    Compared,
    change_words,
    detail_words,
    inputs_words,
    move_words,
    rows_headline,
    verdict_words,
)
from nnc.run.trace import show_value


def render(compared: Sequence[Compared]) -> str:
    """Give the lines of all comparisons."""
    return "".join(
        f"{line(f'{one.title}: {words}')}\n" for one in compared for words in _lines(one)
    )


def _lines(compared: Compared) -> Iterator[str]:
    structure, behaviour, rows = compared.comparison
    yield compared.headline
    if compared.kind != "changed":
        return
    yield from _changes(structure, "")
    for verdict in behaviour.verdicts:
        words = f"output {verdict.output} {verdict_words(verdict)}"
        found = verdict.counterexample
        if found is not None:
            change = f"{show_value(found.before)} -> {show_value(found.after)}"
            words += f"; {inputs_words(found.inputs)}: {change}"
        yield words
    if rows is not None:
        yield rows_headline(rows)
        for output in rows.outputs:
            moves = map(" ".join, move_words(output))
            yield from (f"rows of {rows.file}: {output.output}: {move.strip()}" for move in moves)


def _changes(structure: Structure, where: str) -> Iterator[str]:
    otherwise = "written otherwise: " if structure.is_same else ""
    for change in structure.changes:
        words = f"{where}{otherwise}{change_words(change)}"
        if not change.details:
            yield words
        for detail in change.details:
            yield f"{words}: {' '.join(word for word in detail_words(detail) if word)}"
    for file, inside in structure.used.items():
        yield from _changes(inside, f"{where}in {file}: ")
    yield from (f"{where}renamed {one.before} -> {one.after}" for one in structure.renamed)
    yield from (where + note for note in structure.notes)
