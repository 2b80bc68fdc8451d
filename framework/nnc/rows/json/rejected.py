"""Objects of JSON that are rejected: written as they were, with their line and what is wrong."""

from __future__ import annotations

import json
from typing import NamedTuple

from nnc.diagnostics.diagnostic import Diagnostic
from nnc.rows.json.text import members
from nnc.rows.session import ERROR, LINE, TEXT, Rejects, Text, error_text


class Form(NamedTuple):
    """What stands before, between and after objects; and what is written for none."""

    begin: str
    between: str
    end: str
    nothing: str


JSON = Form("[\n  ", ",\n  ", "\n]\n", "[]\n")
JSON_LINES = Form("", "\n", "\n", "")


class _Row(NamedTuple):
    """A row that is rejected, from `start` to `end` of a text."""

    line: int
    start: int
    end: int
    found: list[Diagnostic]
    is_object: bool


class Rejected:
    """Takes rejected rows, and writes them in the order of the file."""

    def __init__(self, rejects: Rejects | None, form: Form) -> None:
        self._rejects, self._form = rejects, form
        self._before = form.begin
        self._waiting: list[_Row] = []

    def add(self, found: list[Diagnostic], start: int, end: int, *, is_object: bool = True) -> None:
        """Take an object, or another text, from `start` to `end`."""
        line = min(one.span.line for one in found if one.span is not None)
        self._waiting.append(_Row(line, start, end, found, is_object))

    def flush(self, text: Text) -> None:
        """Write what was rejected of a text."""
        if self._rejects is None:
            return
        for row in sorted(self._waiting, key=lambda one: (one.line, one.start)):
            self._rejects.add(row.found)
            line = text.place(row.start, row.start).span.line if row.is_object else row.line
            written = _written(text.text[row.start : row.end], line, row)
            self._rejects.write((self._before + written).encode())
            self._before = self._form.between
        self._waiting.clear()

    def end(self) -> None:
        """Write what stands after the last object."""
        if self._rejects is not None:
            is_none = self._before == self._form.begin
            self._rejects.write((self._form.nothing if is_none else self._form.end).encode())


def _written(written: str, line: int, row: _Row) -> str:
    parts = [
        f'"{LINE}": {line}',
        f'"{ERROR}": {json.dumps(error_text(row.found), ensure_ascii=False)}',
    ]
    if row.is_object:
        parts += [
            written[one.key_start : one.end]
            for one in members(written, 0)
            if one.key not in (LINE, ERROR)
        ]
    elif written:
        text = written.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
        parts.append(f'"{TEXT}": {json.dumps(text, ensure_ascii=False)}')
    return "{" + ", ".join(parts) + "}"
