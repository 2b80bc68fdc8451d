"""Check the neurons that have just changed in a small excerpt of the network.

Whatever the neurons read is included as declared, or as a stub of the same type, so the check takes
milliseconds in a text of any size. It finds mistakes in the neurons themselves, but not their
effects on others, such as cycles, which need the whole text.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

from nnc.diagnostics.diagnostic import Diagnostic, Span
from nnc.files.opening import Unsaved
from nnc.language.document.parser import scalars
from nnc.language.mentions import Entry, Section
from nnc.lsp.texts import Change, Text
from nnc.opening.checking import Checked, check

_MAX_CHANGED = 20  # neurons checked per keystroke
_MAX_LINES = 200  # lines of a section or text that is included as a whole
_NAME = "nnc_excerpt_output"
_STUB = "weights: {}, threshold: 0, fires: at_least"


class Excerpt(NamedTuple):
    """Lines, with their numbers in the text, from 0; -1 for generated lines."""

    lines: list[str]
    numbers: list[int]

    def add(self, text: Text, first: int, stop: int) -> None:
        """Add some lines of a text."""
        self.lines.extend(text.lines[first:stop])
        self.numbers.extend(range(first, stop))

    def write(self, line: str) -> None:
        """Add a generated line."""
        self.lines.append(f"{line}\n")
        self.numbers.append(-1)


def changed_entries(text: Text, change: Change) -> list[Entry] | None:
    """Return the neurons that a change affects, or None if it was elsewhere or affects many."""
    stop = min(change.first + max(change.added, 1), len(text.lines))
    entries: dict[int, Entry] = {}
    line = change.first
    while line < stop:
        section = text.outline.section_at(line)
        entry = text.outline.entry_at(line)
        if section is None or section.key != "neurons" or entry is None:
            return None
        entries[entry.first] = entry
        line = entry.stop
        if len(entries) > _MAX_CHANGED:
            return None
    return list(entries.values())


def quick_check(
    text: Text, entries: Sequence[Entry], texts: Mapping[Path, bytes]
) -> list[Diagnostic] | None:
    """Return the errors in some neurons of a text, or None if an excerpt is not sufficient."""
    excerpt = _excerpt_of(text, entries)
    if excerpt is None:
        return None
    checked = _check(text, excerpt.lines, texts)
    taken = {line for entry in entries for line in range(entry.first, entry.stop)}
    errors = []
    for diagnostic in checked.diagnostics:
        moved = _moved(diagnostic, text.name, excerpt, taken)
        if moved is not None:
            errors.append(moved)
    return errors


def check_entries(
    text: Text, entries: Sequence[Entry], texts: Mapping[Path, bytes]
) -> Checked | None:
    """Check some neurons of a text without the others, or return None if that is too slow."""
    excerpt = _excerpt_of(text, entries)
    if excerpt is None and len(text.lines) > _MAX_LINES:
        return None
    return _check(text, text.lines if excerpt is None else excerpt.lines, texts)


def _check(text: Text, lines: Sequence[str], texts: Mapping[Path, bytes]) -> Checked:
    data = "".join(lines).encode("utf-8", "surrogatepass")
    return check(data, text.name, path=text.path, files=Unsaved(texts), with_notes=False)


def _moved(
    diagnostic: Diagnostic, name: str, excerpt: Excerpt, taken: set[int]
) -> Diagnostic | None:
    """Return a diagnostic moved to its lines in the text, or None if it is about other lines."""
    span = diagnostic.span
    if span is None or diagnostic.file != name or not diagnostic.is_error:
        return None
    first = excerpt.numbers[min(span.line, len(excerpt.numbers)) - 1]
    is_syntax = diagnostic.about.code.startswith("NNC0")
    if first < 0 or not (is_syntax or first in taken):
        return None
    last = first + span.end_line - span.line
    labels = tuple(label for label in diagnostic.labels if label.file not in (None, name))
    return replace(
        diagnostic,
        span=Span(first + 1, span.column, last + 1, span.end_column),
        labels=labels,
        help=None if diagnostic.rule == "unknown-source" else diagnostic.help,
        fix=(),
    )


def _excerpt_of(text: Text, entries: Sequence[Entry]) -> Excerpt | None:
    outline = text.outline
    sections = {section.key: section for section in outline.sections}
    if "extends" in sections or "neurons" not in sections:
        return None
    excerpt = Excerpt([], [])
    for key in ("nnc", "fires", "states"):
        if key in sections:
            excerpt.add(text, sections[key].first, sections[key].stop)
    wanted = _read_by(text, entries)
    for key in ("layers", "parts"):
        section = sections.get(key)
        if section is None or not any(
            item.name in wanted for item in text.outline.entries(section)
        ):
            continue
        if section.stop - section.first > _MAX_LINES:
            return None
        excerpt.add(text, section.first, section.stop)
        wanted |= _read_by(text, list(outline.entries(section)))
    if "inputs" in sections:
        _add_inputs(excerpt, text, sections["inputs"], wanted)
    head = sections["neurons"].first
    excerpt.add(text, head, head + 1)
    taken = {entry.name for entry in entries}
    for name in sorted(wanted - taken):
        declared = outline.find(sections["neurons"], name)
        if declared is not None:
            excerpt.write(_stub(text, declared))
    excerpt.write(f"  {_NAME}: {{{_STUB}}}")
    indent = outline.indent_of(sections["neurons"]) or 2
    if indent != 2:
        excerpt.lines[:] = [
            " " * indent + line.lstrip() if number < 0 else line
            for line, number in zip(excerpt.lines, excerpt.numbers, strict=True)
        ]
    for entry in entries:
        excerpt.add(text, entry.first, entry.stop)
    after = sections["neurons"].stop if not entries else entries[-1].stop
    following = outline.entry_at(after) if after < sections["neurons"].stop else None
    if following is not None:  # where a syntax error of the last one is reported
        excerpt.add(text, following.first, min(following.stop, following.first + 5))
    excerpt.write(f"outputs: [{_NAME}]")
    return excerpt


def _read_by(text: Text, entries: Sequence[Entry]) -> set[str]:
    """Return the names that some declarations refer to."""
    return {
        item.name
        for entry in entries
        for item in text.piece_of(entry).mentions()
        if item.space == "name" and not item.declares
    }


def _add_inputs(excerpt: Excerpt, text: Text, section: Section, wanted: set[str]) -> None:
    if section.stop - section.first <= _MAX_LINES:
        excerpt.add(text, section.first, section.stop)
        return
    excerpt.add(text, section.first, section.first + 1)
    for name in wanted:
        entry = text.outline.find(section, name)
        if entry is not None:
            excerpt.add(text, entry.first, entry.stop)


def _stub(text: Text, entry: Entry) -> str:
    """Return a neuron without sources that has the thresholds and states of another."""
    errors = [item for item in scalars(text.piece_of(entry).text) if len(item.path) > 2]
    names = [item.text for item in errors if item.is_key and item.path[2:3] == ("thresholds",)][1:]
    states = [item.text for item in errors if not item.is_key and item.path[2] == "states"]
    more = f", states: [{', '.join(states)}]" if states else ""
    if not names:
        return f"  {entry.name}: {{{_STUB}{more}}}"
    limits = ", ".join(f"{name}: {place}" for place, name in enumerate(names))
    return f"  {entry.name}: {{weights: {{}}, thresholds: {{{limits}}}, fires: at_least{more}}}"


def shifted(
    diagnostics: Sequence[Diagnostic], change: Change, dropped: Sequence[Entry]
) -> list[Diagnostic]:
    """Return diagnostics moved by a change of lines, without those in `dropped` entries."""
    by = change.added - change.removed
    moved = []
    for item in diagnostics:
        span = item.span
        if span is not None and by and span.line - 1 >= change.first + change.removed:
            span = Span(span.line + by, span.column, span.end_line + by, span.end_column)
            item = replace(item, span=span, fix=())
        line = span.line - 1 if span is not None else -1
        if not any(entry.first <= line < entry.stop for entry in dropped):
            moved.append(item)
    return moved
