"""Document: the values of one YAML file, its text, and where things stand in it."""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from array import array
from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace
from functools import cached_property
from itertools import accumulate, islice
from typing import TYPE_CHECKING, Any, NamedTuple

from nnc.diagnostics.diagnostic import Diagnostic, KeyPath, Label, Span
from nnc.diagnostics.rules import RuleName
from nnc.language.document.places import find_in_sections, find_stretches

if TYPE_CHECKING:
    from nnc.language.document.regular import Section

_AT_ONCE = 1 << 20  # characters: nine million lines of 100 MB are not held at the same time
_LINE_END = re.compile(r"\r\n|\n|\r")


def line_end_of(text: str) -> str:
    """Return the most frequent line end of a text: LF, CRLF or CR; LF if it has none."""
    if "\r" not in text:
        return "\n"
    ends = Counter(_LINE_END.findall(text))
    return max(("\n", "\r\n", "\r"), key=lambda end: ends[end])


def with_line_ends(text: str, end: str) -> str:
    """Return a text with one line end throughout, which means the same in YAML."""
    if "\r" in text:
        text = _LINE_END.sub("\n", text)
    return text if end == "\n" else text.replace("\n", end)


class Unreadable:
    """Stands for a value that was refused while reading; nothing more is reported about it."""

    def __repr__(self) -> str:
        return "UNREADABLE"


UNREADABLE = Unreadable()

Value = str | dict[str, Any] | list[Any] | Unreadable


class Location(NamedTuple):
    """The location of a part: a range of characters of the document that wrote it.

    `is_refused` where some of these characters were refused already.
    """

    document: Document
    path: KeyPath
    start: int
    end: int
    is_refused: bool

    @property
    def span(self) -> Span:
        """The lines and columns."""
        return self.document.span(self.start, self.end)

    def placed(self, diagnostic: Diagnostic) -> Diagnostic:
        """Return a diagnostic with this place."""
        if diagnostic.path != self.path:
            diagnostic = replace(diagnostic, path=self.path)
        return self.document.placed(diagnostic, self.start, self.end)

    def labelled(self, label: Label) -> Label:
        """Return a label with this place."""
        span = self.span
        excerpt = self.document.line(span.line)
        return Label(label.message, label.path, label.key, self.document.file, span, excerpt)


class Located(ABC):
    """A document, or several laid over each other, that can locate its parts."""

    @abstractmethod
    def locate(self, parts: Iterable[tuple[KeyPath, bool]]) -> list[Location]:
        """Find where parts stand, each a path and whether its key is meant."""

    def located(self, diagnostics: Iterable[Diagnostic]) -> list[Diagnostic]:
        """Add file, span and excerpt to diagnostics, and labels, that have a path only.

        One that falls on characters already refused is dropped: it only follows from them.
        """
        diagnostics = list(diagnostics)
        parts: list[Diagnostic | Label] = []
        for diagnostic in diagnostics:
            parts += [diagnostic, *diagnostic.labels]
        places = iter(self.locate((part.path, part.key) for part in parts if part.span is None))
        located = []
        for diagnostic in diagnostics:
            place = next(places) if diagnostic.span is None else None
            labels = tuple(
                next(places).labelled(label) if label.span is None else label
                for label in diagnostic.labels
            )
            if place is not None and place.is_refused:
                continue
            placed = diagnostic if place is None else place.placed(diagnostic)
            located.append(placed if labels == placed.labels else replace(placed, labels=labels))
        return located

    def located_labels(self, labels: Iterable[Label]) -> list[Label]:
        """Add file, span and excerpt to labels."""
        labels = list(labels)
        places = self.locate((label.path, label.key) for label in labels)
        return [place.labelled(label) for place, label in zip(places, labels, strict=True)]


class Document(Located):
    """The values of one YAML file, and what is wrong with it as YAML.

    `value` is the top value; `complete` is false where reading had to stop before the end.
    """

    def __init__(self, file: str, text: str) -> None:
        self.file = file
        self.text = text
        self.value: Value | None = None
        self.complete = True
        self.diagnostics: list[Diagnostic] = []
        self._last_line = (0, "")
        self.parsed = text  # the text as it is parsed: refused characters replaced, one by one
        self.sections: list[tuple[Section, bool]] = []
        """The sections of a large text that were read one by one, and which are regular."""
        self.refused: list[int] = []  # where it is known to be wrong, and nothing more is reported

    # ------------------------------------------------------------------------- places

    @cached_property
    def line_starts(self) -> Sequence[int]:
        """The first character of each line."""
        if "\r" in self.text:
            return [0, *(match.end() for match in _LINE_END.finditer(self.text))]
        starts = array("Q", [0])  # a quarter of the memory of a list
        for first in range(0, len(self.text), _AT_ONCE):
            lines = self.text[first : first + _AT_ONCE].split("\n")[:-1]
            ends = accumulate([len(line) + 1 for line in lines], initial=first)
            starts.extend(islice(ends, 1, None))
        return starts

    def span(self, start: int, end: int) -> Span:
        """Return the lines and columns of a stretch of characters; it is never empty."""
        end = max(end, start + 1)
        lines = self.line_starts
        first = bisect_right(lines, start) - 1
        last = bisect_right(lines, end) - 1
        if last > first and end == lines[last]:  # the end of a line, not the start of the next
            last, end = last - 1, len(self.line(last).rstrip("\r\n")) + lines[last - 1]
        column, end_column = start - lines[first] + 1, end - lines[last] + 1
        if last == first:
            end_column = max(end_column, column + 1)
        return Span(first + 1, column, last + 1, end_column)

    def line(self, number: int) -> str:
        """Return the text of a line, counted from 1, without its end."""
        if self._last_line[0] != number:  # many mistakes may share one long line
            starts = self.line_starts
            stop = starts[number] if number < len(starts) else len(self.text)
            self._last_line = number, self.text[starts[number - 1] : stop].rstrip("\r\n")
        return self._last_line[1]

    def locate(self, parts: Iterable[tuple[KeyPath, bool]]) -> list[Location]:
        """Find where parts stand, each a path and whether its key is meant, in one look."""
        wanted = list(parts)
        if not wanted:
            return []
        refused = sorted(self.refused)
        locations = []
        if self.sections:
            stretches = find_in_sections(self.parsed, self.sections, wanted)
        else:
            stretches = find_stretches(self.parsed, wanted)
        for (path, _), (start, end) in zip(wanted, stretches, strict=True):
            is_refused = bisect_left(refused, start) < bisect_left(refused, end)
            locations.append(Location(self, path, start, end, is_refused))
        return locations

    def placed(self, diagnostic: Diagnostic, start: int, end: int) -> Diagnostic:
        """Return a diagnostic with its place: a stretch of characters, or its `part` of that."""
        if diagnostic.part:
            offset = self.text.find(diagnostic.part, start, end)
            if offset >= 0:
                start, end = offset, offset + len(diagnostic.part)
        span = self.span(start, end)
        return diagnostic.at(self.file, span, self.line(span.line))

    def report(
        self,
        rule: RuleName,
        message: str,
        start: int,
        end: int,
        help: str | None = None,
        labels: tuple[Label, ...] = (),
    ) -> None:
        """Add a mistake at a stretch of characters to `diagnostics`."""
        diagnostic = Diagnostic(rule, message, help=help, labels=labels)
        self.diagnostics.append(self.placed(diagnostic, start, end))
