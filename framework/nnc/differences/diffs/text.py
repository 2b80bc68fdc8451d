"""The formats for people: in full, in Markdown, or a line for each change and verdict."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from nnc.diagnostics.diagnostic import Diagnostic
from nnc.differences.diffs.compared import (
    MAX_CHANGES,
    Compared,
    change_words,
    detail_words,
    example_words,
    move_words,
    outputs_words,
    parted_words,
    rows_headline,
    verdict_words,
)
from nnc.differences.row_changes import RowChanges
from nnc.differences.structure import Structure
from nnc.numbers.exact import counted
from nnc.printable import line, printable
from nnc.proofs.comparison import Behaviour, Verdict
from nnc.terminal.findings import Report
from nnc.terminal.reporter import FORMATS, FORMS

FINDING_FORMS = tuple(form for form in FORMATS if form not in ("full", "concise", "json"))


def render_full(comparisons: Sequence[Compared]) -> str:
    """Return the changes and the verdict on each output; a blank line separates networks."""
    return "\n".join(
        "".join(f"{line(text)}\n" for text in (_heading(compared), *full_lines(compared)))
        for compared in comparisons
    )


def render_markdown(comparisons: Sequence[Compared]) -> str:
    """Return a section for each comparison, for a comment on a pull request."""
    return "\n".join(
        section(compared.title.replace(" -> ", " → "), (compared.headline, *full_lines(compared)))
        for compared in comparisons
    )


_SPECIAL = re.compile(r"([\\`*_{}\[\]()<>#+!|~@&-])")


def section(title: str, lines: Iterable[str]) -> str:
    """Return a section of Markdown: a title, and a fence that is longer than any in the lines."""
    body = "".join(f"{line(text)}\n" for text in lines)
    fence = "`" * max(3, 1 + max(map(len, re.findall("`+", body)), default=0))
    title = _SPECIAL.sub(r"\\\1", line(title))
    return f"### {title}\n\n{fence}\n{body}{fence}\n"


def _heading(compared: Compared) -> str:
    return f"{compared.title}: {compared.headline}"


def full_lines(compared: Compared) -> Iterator[str]:
    """Yield the lines below the title: changes, then verdicts; many changes come last."""
    structure, rows = compared.comparison.structure, compared.comparison.rows
    if compared.kind != "changed":
        return
    effect = list(_behaviour_lines(compared.comparison.behaviour))
    effect += [] if rows is None else _rows_lines(rows)
    is_long = structure.count > compared.most
    if is_long:
        yield from effect
        yield "declarations"
    if structure.is_same and structure.count:
        yield "  written differently"
        yield from structure_lines(structure, "    ", compared.most)
    else:
        yield from structure_lines(structure, "  ", compared.most)
    if not is_long:
        yield from effect


def structure_lines(structure: Structure, indent: str, most: int = MAX_CHANGES) -> Iterator[str]:
    """Return the changes of a network, and of the files that it uses."""
    for change in structure.changes[:most]:
        yield indent + change_words(change)
        details = [detail_words(detail) for detail in change.details[:most]]
        yield from (f"{indent}  {row}" for row in _table(details))
        if change.details[most:]:
            yield f"{indent}  and {len(change.details) - most:,} more"
    if structure.changes[most:]:
        yield f"{indent}and {counted(len(structure.changes) - most, 'declaration')} more"
    for file, inside in structure.used.items():
        yield f"{indent}in {file}"
        yield from structure_lines(inside, indent + "  ", most)
    renamed = [f"{pair.before} -> {pair.after}" for pair in structure.renamed[:most]]
    if structure.renamed[most:]:
        renamed.append(f"and {len(structure.renamed) - most:,} more")
    if renamed:
        yield f"{indent}renamed, with no change in meaning: {', '.join(renamed)}"
    yield from (indent + note for note in structure.notes)


def _table(rows: Sequence[tuple[str, ...]]) -> Iterator[str]:
    """Lay rows in columns that are as wide as they need to be; empty ones are left out."""
    rows = [tuple(map(printable, row)) for row in rows]
    columns = [i for i in range(3) if any(row[i] for row in rows)]
    widths = {i: max(len(row[i]) for row in rows) for i in columns}
    for row in rows:
        yield "  ".join(row[i].ljust(widths[i]) for i in columns).rstrip()


def _behaviour_lines(behaviour: Behaviour) -> Iterator[str]:
    ways = {verdict.how for verdict in behaviour.verdicts}
    if behaviour.is_equal and len(ways) == 1:
        yield f"behaviour: equal ({ways.pop()})"
    else:
        yield "behaviour"
        yield from _verdict_lines(behaviour)
    yield from (f"  note: {note}" for note in behaviour.notes)


def _verdict_lines(behaviour: Behaviour) -> Iterator[str]:
    width = max((len(verdict.output) for verdict in behaviour.verdicts), default=0)
    for verdict in behaviour.verdicts:
        yield f"  {verdict.output:<{width}}  {verdict_words(verdict)}"
        yield from (f"  {'':<{width}}  {example}" for example in _example(verdict))


def _rows_lines(changes: RowChanges) -> Iterator[str]:
    yield rows_headline(changes)
    for output in changes.outputs:
        if output.changed:
            yield f"  {output.output}: {output.changed:,}"
            yield from (f"    {row}" for row in _table(list(move_words(output))))


def _example(verdict: Verdict) -> Iterable[str]:
    """Return the counterexample, and the neurons where the networks part."""
    example = verdict.counterexample
    if example is None:
        return
    yield example_words(example)
    for parted in example.parted:
        for name, words in parted_words(parted):
            yield f"  {name}: {words}"


def render_stat(comparisons: Sequence[Compared]) -> str:
    """Return a line with counts for each network, and the total of several."""
    titles = [printable(compared.title) for compared in comparisons]
    width = max(map(len, titles), default=0)
    rows = [
        f"{title:<{width}}  {stat_words(compared)}"
        for title, compared in zip(titles, comparisons, strict=True)
    ]
    if len(comparisons) > 1:
        kinds = Counter(
            "the same in meaning"
            if compared.kind == "changed" and compared.comparison.structure.is_same
            else compared.kind
            for compared in comparisons
        )
        counts = ", ".join(f"{n:,} {kind}" for kind, n in sorted(kinds.items()))
        rows.append(f"{counted(len(comparisons), 'network')}: {counts}")
    return "".join(f"{line(row)}\n" for row in rows)


def stat_words(compared: Compared) -> str:
    """Summarize the changes and the verdicts in a few words."""
    if compared.kind != "changed":
        return compared.headline
    words = f"{compared.headline}; {outputs_words(compared.comparison.behaviour)}"
    rows = compared.comparison.rows
    return words if rows is None else f"{words}; {rows.changed:,} of {rows.rows:,} rows change"


def render_concise(comparisons: Sequence[Compared]) -> str:
    """Return a line for each change and verdict, each with the name of its network or commit."""
    return "".join(
        f"{line(f'{compared.title}: {words}')}\n"
        for compared in comparisons
        for words in concise_words(compared)
    )


def concise_words(compared: Compared) -> Iterator[str]:
    """Yield a text for each change and each verdict."""
    structure, behaviour, rows = compared.comparison[:3]
    yield compared.headline
    if compared.kind != "changed":
        return
    yield from _concise_changes(structure, "")
    for verdict in behaviour.verdicts:
        words = f"output {verdict.output} {verdict_words(verdict)}"
        example = verdict.counterexample
        if example is not None:
            words += f"; e.g. {example_words(example)}"
        yield words
    if rows is not None:
        yield rows_headline(rows)
        for output in rows.outputs:
            moves = map(" ".join, move_words(output))
            yield from (f"rows of {rows.file}: {output.output}: {move.strip()}" for move in moves)


def _concise_changes(structure: Structure, where: str) -> Iterator[str]:
    otherwise = "written differently: " if structure.is_same else ""
    for change in structure.changes:
        words = f"{where}{otherwise}{change_words(change)}"
        if not change.details:
            yield words
        for detail in change.details:
            yield f"{words}: {' '.join(word for word in detail_words(detail) if word)}"
    for file, inside in structure.used.items():
        yield from _concise_changes(inside, f"{where}in {file}: ")
    yield from (f"{where}renamed {pair.before} -> {pair.after}" for pair in structure.renamed)
    yield from (where + note for note in structure.notes)


def as_findings(form: str, changes: Iterable[tuple[str, str]]) -> str:
    """Return a note for each file with changes."""
    notes = [Diagnostic("network-changed", words, file=file) for file, words in changes]
    files = len({note.file for note in notes})
    return FORMS[form].render(Report(tuple(notes), files, max_of_a_rule=None))
