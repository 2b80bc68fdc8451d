"""Document: the values of one YAML file, its text, and where things stand in it."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterable
from dataclasses import replace
from functools import cached_property
from typing import Any

from nnc.diagnostics.diagnostic import Diagnostic, Label, Path, Span
from nnc.language.document.places import Place, find_places

_LINE_END = re.compile(r"\r\n|\n|\r")


class Unreadable:
    """Stands for a value that was refused while reading; nothing more is said about it."""

    def __repr__(self) -> str:
        return "UNREADABLE"


UNREADABLE = Unreadable()

Value = str | dict[str, Any] | list[Any] | Unreadable


class Document:
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
        self.refused: list[int] = []  # where it is known to be wrong: nothing more is said there

    # ------------------------------------------------------------------------- places

    @cached_property
    def line_starts(self) -> list[int]:
        """Where each line starts, in characters."""
        return [0, *(match.end() for match in _LINE_END.finditer(self.text))]

    def span(self, start: int, end: int) -> Span:
        """Give the lines and columns of a stretch of characters; it is never empty."""
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
        """Give the text of a line, counted from 1, without its end."""
        if self._last_line[0] != number:  # many mistakes may share one long line
            starts = self.line_starts
            stop = starts[number] if number < len(starts) else len(self.text)
            self._last_line = number, self.text[starts[number - 1] : stop].rstrip("\r\n")
        return self._last_line[1]

    def located(self, diagnostics: Iterable[Diagnostic]) -> list[Diagnostic]:
        """Add file, span and excerpt to diagnostics that have a path only.

        One that falls on characters already refused is dropped: it only follows from them.
        """
        todo = list(diagnostics)
        wanted = [d for d in todo if d.span is None]
        places: list[Diagnostic | Label] = [*wanted]
        for one in todo:
            places += [label for label in one.labels if label.span is None]
        found = find_places(self.parsed, [one.path for one in places]) if places else {}
        result = []
        refused = sorted(self.refused)
        for one in todo:
            labels = tuple(self._label(label, found) for label in one.labels)
            if one.span is None:
                start, end = found[one.path].stretch(key=one.key)
                if bisect_left(refused, start) < bisect_left(refused, end):
                    continue
                one = self.placed(one, start, end, labels)
            elif labels != one.labels:
                one = replace(one, labels=labels)
            result.append(one)
        return result

    def _label(self, label: Label, found: dict[Path, Place]) -> Label:
        if label.span is not None:
            return label
        span = self.span(*found[label.path].stretch(key=label.key))
        return replace(label, file=self.file, span=span, excerpt=self.line(span.line))

    def placed(
        self, one: Diagnostic, start: int, end: int, labels: tuple[Label, ...] | None = None
    ) -> Diagnostic:
        """Give a diagnostic its place: a stretch of characters, or its `part` of that."""
        if one.part:
            offset = self.text.find(one.part, start, end)
            if offset >= 0:
                start, end = offset, offset + len(one.part)
        span = self.span(start, end)
        return replace(
            one,
            file=self.file,
            span=span,
            excerpt=self.line(span.line),
            labels=one.labels if labels is None else labels,
        )

    def report(
        self,
        rule: str,
        message: str,
        start: int,
        end: int,
        help: str | None = None,  # noqa: A002
        caret: str = "",
        labels: tuple[Label, ...] = (),
    ) -> None:
        """Note a mistake at a stretch of characters."""
        one = Diagnostic(rule, message, help=help, caret=caret, labels=labels)
        self.diagnostics.append(self.placed(one, start, end))
