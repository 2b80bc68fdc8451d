"""Outline: which lines of a text declare what, known line by line, whatever else is wrong in it.

It is no reading of YAML: it finds the keys that start lines, by their indentation. So it holds for
a text that is half typed, and follows a change in the time of the lines that changed. What stands
in an entry is read by the parser.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

_KEY = re.compile(
    r"( *)(?:(-)(?=\s|$)|([^\s#'\"{}\[\],&*!|>%@`:-][^\s:{}\[\],#'\"]*|\"[^\"\n]*\"|'[^'\n]*')"
    r"[ ]*:(?=\s|$))"
)
ITEM = "-"
"""The key of a line that starts an item of a list."""


class Section(NamedTuple):
    """A key at the margin, with the lines from `first` to before `stop`, counted from 0."""

    key: str
    first: int
    stop: int


class Entry(NamedTuple):
    """A declaration on lines of its own: an item of a list has `-` as its name."""

    section: str
    name: str
    first: int
    stop: int


class Outline:
    """The keys that start the lines of a text, each with its indentation."""

    def __init__(self, lines: Sequence[str]) -> None:
        self._indents: list[int] = []
        self._keys: list[str] = []
        self._sections: list[Section] | None = None
        self.replace(0, 0, lines)

    def replace(self, first: int, removed: int, lines: Sequence[str]) -> None:
        """Follow a change: some lines from `first` on were replaced by others."""
        indents, keys = [], []
        for line in lines:
            match = _KEY.match(line)
            if match is None:
                indents.append(-1)
                keys.append("")
            else:
                indents.append(len(match[1]) + (match[2] is not None))
                keys.append(match[2] or match[3].strip("\"'"))
        self._indents[first : first + removed] = indents
        self._keys[first : first + removed] = keys
        self._sections = None

    @property
    def sections(self) -> list[Section]:
        """The sections of the text, in their order."""
        if self._sections is None:
            heads = list(self._lines_at(0, 0, len(self._indents)))
            stops = [*heads[1:], len(self._indents)]
            self._sections = [
                Section(self._keys[head], head, stop)
                for head, stop in zip(heads, stops, strict=False)
            ]
        return self._sections

    def section_at(self, line: int) -> Section | None:
        """Return the section that a line belongs to."""
        return next((section for section in reversed(self.sections) if section.first <= line), None)

    def section(self, key: str) -> Section | None:
        """Return the section of a key."""
        return next((section for section in self.sections if section.key == key), None)

    def indent_of(self, section: Section) -> int | None:
        """Return the indentation of the entries of a section; None where it has no such lines."""
        inside = self._indents[section.first + 1 : section.stop]
        return next((indent for indent in inside if indent > 0), None)

    def entries(self, section: Section) -> Iterator[Entry]:
        """Yield the entries of a section."""
        indent = self.indent_of(section)
        if indent is None:
            return
        heads = list(self._lines_at(indent, section.first + 1, section.stop))
        for head, stop in zip(heads, [*heads[1:], section.stop], strict=True):
            yield Entry(section.key, self._keys[head], head, stop)

    def names(self, section: Section) -> list[str]:
        """Return the names of the entries of a section, quickly."""
        indent = self.indent_of(section)
        stretch = slice(section.first + 1, section.stop)
        pairs = zip(self._indents[stretch], self._keys[stretch], strict=True)
        return [key for margin, key in pairs if margin == indent]

    def find(self, section: Section, name: str) -> Entry | None:
        """Return the first entry of a name."""
        indent, line = self.indent_of(section), section.first
        if indent is None:
            return None
        while True:
            try:
                line = self._keys.index(name, line + 1, section.stop)
            except ValueError:
                return None
            if self._indents[line] == indent:
                return Entry(section.key, name, line, self._stop(line, indent, section))

    def entry_at(self, line: int) -> Entry | None:
        """Return the entry that a line belongs to."""
        section = self.section_at(line)
        indent = self.indent_of(section) if section is not None else None
        if section is None or indent is None:
            return None
        for head in range(line, section.first, -1):
            if self._indents[head] == indent:
                return Entry(section.key, self._keys[head], head, self._stop(head, indent, section))
        return None

    def items_before(self, entry: Entry) -> int:
        """Count the entries of a section before one: the place of an item of a list."""
        section = self.section_at(entry.first)
        assert section is not None
        return self._indents[section.first + 1 : entry.first].count(self._indents[entry.first])

    def _stop(self, head: int, indent: int, section: Section) -> int:
        try:
            return self._indents.index(indent, head + 1, section.stop)
        except ValueError:
            return section.stop

    def _lines_at(self, indent: int, start: int, stop: int) -> Iterator[int]:
        indents = self._indents
        while True:
            try:
                start = indents.index(indent, start, stop)
            except ValueError:
                return
            yield start
            start += 1
