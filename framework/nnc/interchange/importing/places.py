"""Errors in imported files, with their location: a line and a column, or a byte."""

from __future__ import annotations

import re
from typing import Literal

from nnc.diagnostics.diagnostic import Diagnostic, InvalidNetworkError, Span

_LINE_END = re.compile(r"\r\n|\r|\n")
_LONGEST_EXCERPT = 10_000

_Rule = Literal["bad-import-file", "not-importable"]


def damaged(message: str, *, at: int | None = None, hint: str | None = None) -> InvalidNetworkError:
    """Return the error that a file is damaged, at a byte of it."""
    where = "" if at is None else f", at byte {at:,}"
    return _error("bad-import-file", message + where, hint)


def refused(message: str, hint: str | None = None) -> InvalidNetworkError:
    """Return the error that a network cannot hold the contents of a file."""
    return _error("not-importable", message, hint)


def _error(
    rule: _Rule,
    message: str,
    hint: str | None,
    span: Span | None = None,
    excerpt: str | None = None,
    file: str | None = None,
) -> InvalidNetworkError:
    diagnostic = Diagnostic(rule, message, help=hint, span=span, excerpt=excerpt, file=file)
    return InvalidNetworkError([diagnostic])


class Text:
    """The lines of a text file, and the errors of places in it. Lines count from 1.

    `file` is the name of a file beside the one that is imported. A byte-order mark is passed over.
    Raises `damaged` where it is not UTF-8, unless `latin` allows
    that it is Latin-1 then.
    """

    def __init__(self, data: bytes, *, latin: bool = False, file: str | None = None) -> None:
        self._file = file
        data = data.removeprefix(b"\xef\xbb\xbf")
        try:
            text = data.decode()
        except UnicodeDecodeError as error:
            if not latin:
                before = data[: error.start].decode()
                lines = _LINE_END.split(before)
                place = f"line {len(lines)}, column {len(lines[-1]) + 1}"
                message = f"byte 0x{data[error.start]:02x} at {place} is not UTF-8"
                raise damaged(message, hint="save the file as UTF-8") from None
            text = data.decode("latin-1")
        self.lines = _LINE_END.split(text)
        if self.lines[-1] == "":
            self.lines.pop()

    def damaged(
        self, message: str, line: int, column: int = 1, width: int = 1, hint: str | None = None
    ) -> InvalidNetworkError:
        """Return the error that a file is damaged, at a line."""
        return self._error("bad-import-file", message, (line, column, width), hint)

    def refused(
        self, message: str, line: int, column: int = 1, width: int = 1, hint: str | None = None
    ) -> InvalidNetworkError:
        """Return the error that a network cannot hold the contents of a line."""
        return self._error("not-importable", message, (line, column, width), hint)

    def _error(
        self, rule: _Rule, message: str, place: tuple[int, int, int], hint: str | None
    ) -> InvalidNetworkError:
        line, column, width = place
        excerpt = self.lines[line - 1] if 0 < line <= len(self.lines) else ""
        if len(excerpt) > _LONGEST_EXCERPT:
            excerpt = excerpt[:_LONGEST_EXCERPT]
            column = min(column, _LONGEST_EXCERPT)
        span = Span(line, column, line, column + max(width, 1))
        return _error(rule, message, hint, span, excerpt, self._file)
