"""Text: an open file as the editor has it, changed in place; positions in the editor's units.

pygls keeps a copy of each file, too, and writes it anew for every key: it takes 22 to 50 ms at
100,000 lines. Here a change replaces the lines that it is about.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import NamedTuple

from lsprotocol import types
from pygls.uris import to_fs_path

from nnc.diagnostics.diagnostic import Span

_LINE = re.compile(r"[^\r\n]*(?:\r\n|\n|\r)|[^\r\n]+")
UTF_16 = types.PositionEncodingKind.Utf16.value  # which every editor knows
_CODECS = {
    "utf-8": ("utf-8", 1),
    UTF_16: ("utf-16-le", 2),
    "utf-32": ("utf-32-le", 4),
}
"""The codec of each unit in which editors count, and its bytes."""


class Change(NamedTuple):
    """The lines that a change replaced: `removed` lines from `first` on, by `added` lines."""

    first: int
    removed: int
    added: int


class Text:
    """The lines of an open file, each with its end, the last one without."""

    def __init__(self, uri: str, text: str, version: int, encoding: str = UTF_16) -> None:
        self.uri = uri
        self.version = version
        self.path = path_of(uri)
        self.lines = _lines(text)
        self._codec, self._bytes = _CODECS[encoding]

    @property
    def text(self) -> str:
        """The whole text."""
        return "".join(self.lines)

    @property
    def data(self) -> bytes:
        """The whole text as the bytes of a file."""
        return self.text.encode("utf-8", "surrogatepass")

    def apply(self, change: types.TextDocumentContentChangeEvent) -> Change:
        """Change the text, and return which lines were replaced."""
        if isinstance(change, types.TextDocumentContentChangeWholeDocument):
            before, self.lines = len(self.lines), _lines(change.text)
            return Change(0, before, len(self.lines))
        start = self.place(change.range.start)
        end = self.place(change.range.end)
        first, last = start[0], max(start, end)[0]
        new = self.lines[first][: start[1]] + change.text + self.lines[last][end[1] :]
        if first and self.lines[first - 1].endswith("\r"):  # which a line feed may follow now
            first -= 1
            new = self.lines[first] + new
        while last + 1 < len(self.lines) and not new.endswith("\n"):
            last += 1
            new += self.lines[last]
        added = _lines(new)
        if last + 1 < len(self.lines):
            added.pop()  # the empty one behind the last line feed
        self.lines[first : last + 1] = added
        return Change(first, last + 1 - first, len(added))

    # ------------------------------------------------------------------------- positions

    def place(self, position: types.Position) -> tuple[int, int]:
        """Return the line and the character of a position, both from 0 and within the text."""
        if position.line >= len(self.lines):
            return len(self.lines) - 1, len(self.lines[-1])
        line = self.lines[position.line]
        size = len(line.rstrip("\r\n"))
        if line.isascii():
            return position.line, min(position.character, size)
        units = line.encode(self._codec, "surrogatepass")[: position.character * self._bytes]
        return position.line, min(len(units.decode(self._codec, "ignore")), size)

    def position(self, line: int, character: int) -> types.Position:
        """Return the position of a line and a character, both from 0."""
        return types.Position(line, self._units(line, character))

    def range_of(self, span: Span) -> types.Range:
        """Return the range of a span."""
        return types.Range(
            self.position(span.line - 1, span.column - 1),
            self.position(span.end_line - 1, span.end_column - 1),
        )

    def _units(self, line: int, character: int) -> int:
        text = self.lines[line] if line < len(self.lines) else ""
        if text.isascii():
            return character
        before = text[:character].encode(self._codec, "surrogatepass")
        return len(before) // self._bytes + max(character - len(text), 0)


def path_of(uri: str) -> Path | None:
    """Return the resolved path of a file on the disk; None for a text that lies nowhere."""
    name = to_fs_path(uri) if uri.startswith("file:") else None
    return Path(name).resolve() if name is not None else None


def _lines(text: str) -> list[str]:
    if "\r" not in text:
        *whole, last = text.split("\n")
        return [f"{line}\n" for line in whole] + [last]
    lines = _LINE.findall(text)
    return [*lines, ""] if text.endswith(("\r", "\n")) else lines
