"""An open file as the editor has it, changed in place, with positions in the editor's units.

pygls also keeps a copy of each file and rebuilds it for every keystroke, which takes 22 to 50 ms at
100,000 lines. Here a change only replaces the affected lines.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from itertools import accumulate
from pathlib import Path
from typing import Any, NamedTuple

from lsprotocol import types
from pygls.uris import to_fs_path

from nnc.diagnostics.diagnostic import Span
from nnc.language.mentions import ITEM, Entry, Mention, Outline, Section, mentions

_LINE = re.compile(r"[^\r\n]*(?:\r\n|\n|\r)|[^\r\n]+")
UTF_16 = types.PositionEncodingKind.Utf16.value  # supported by every editor
_CODECS = {
    "utf-8": ("utf-8", 1),
    UTF_16: ("utf-16-le", 2),
    "utf-32": ("utf-32-le", 4),
}
"""The codec of each position encoding, and its bytes per unit."""

Answer = dict[str, Any]
"""The answer to a command, as JSON: `text` for users, or `error` if it failed."""
_MAX_LINES = 5000  # the maximum number of lines of a piece; longer ones are cut


class Change(NamedTuple):
    """A change: `removed` lines from line `first` on were replaced by `added` lines."""

    first: int
    removed: int
    added: int


class Piece:
    """Lines of a text that can be parsed alone: the head of a section and one of its entries.

    `first_item` is the index of the entry in its list.
    """

    def __init__(self, text: Text, lines: Sequence[int], first_item: int = 0) -> None:
        self._lines = lines
        self.first_item = first_item
        self.text = "".join([text.lines[line] for line in lines])
        self._starts = list(accumulate([len(text.lines[line]) for line in lines], initial=0))

    @property
    def last(self) -> int:
        """The last line."""
        return self._lines[-1]

    def place(self, index: int) -> tuple[int, int]:
        """Return the line and character in the text for an index in the piece."""
        at = min(bisect_right(self._starts, index), len(self._lines)) - 1
        return self._lines[at], index - self._starts[at]

    def index(self, line: int, character: int) -> int:
        """Return the index in the piece for a line and character of the text."""
        return self._starts[self._lines.index(line)] + character

    def mentions(self) -> Iterator[Mention]:
        """Yield the names in the piece."""
        return mentions(self.text, self.first_item)


class Text:
    """The lines of an open file with their line ends, except the last, and their outline."""

    def __init__(self, uri: str, text: str, version: int, encoding: str = UTF_16) -> None:
        self.uri = uri
        self.version = version
        self.path = path_of(uri)
        self.lines = lines_of(text)
        self.outline = Outline(self.lines)
        self._data: bytes | None = None
        self._codec, self._bytes = _CODECS[encoding]

    @property
    def name(self) -> str:
        """The name of the file in diagnostics: its resolved path, or else its URI."""
        return str(self.path or self.uri)

    @property
    def is_network(self) -> bool:
        """True for a network file, or a text that is not in a file."""
        return self.path is None or self.path.name.endswith((".yaml", ".yml"))

    @property
    def text(self) -> str:
        """The whole text."""
        return "".join(self.lines)

    @property
    def data(self) -> bytes:
        """The whole text as the bytes of a file."""
        if self._data is None:
            self._data = self.text.encode("utf-8", "surrogatepass")
        return self._data

    def apply(self, change: types.TextDocumentContentChangeEvent) -> Change:
        """Apply a change to the text, and return which lines were replaced."""
        self._data = None
        if isinstance(change, types.TextDocumentContentChangeWholeDocument):
            before, self.lines = len(self.lines), lines_of(change.text)
            self.outline = Outline(self.lines)
            return Change(0, before, len(self.lines))
        start = self.place(change.range.start)
        end = self.place(change.range.end)
        first, last = start[0], max(start, end)[0]
        new = self.lines[first][: start[1]] + change.text + self.lines[last][end[1] :]
        if first and self.lines[first - 1].endswith("\r"):  # a line feed may follow now
            first -= 1
            new = self.lines[first] + new
        while last + 1 < len(self.lines) and not new.endswith("\n"):
            last += 1
            new += self.lines[last]
        added = lines_of(new)
        if last + 1 < len(self.lines):
            added.pop()  # the empty one after the last line feed
        self.lines[first : last + 1] = added
        self.outline.replace(first, last + 1 - first, added)
        return Change(first, last + 1 - first, len(added))

    # ---------------------------------------------------------------------------- pieces

    def piece_at(self, line: int) -> Piece:
        """Return the piece that contains a line: its entry, or else its section, or the text."""
        section = self.outline.section_at(line)
        entry = self.outline.entry_at(line)
        if entry is not None:
            return self.piece_of(entry)
        start, stop = 0, len(self.lines)
        if section is not None:
            start, stop = section.first, section.stop
            first = next(self.outline.entries(section), None)
            stop = max(line + 1, first.first) if first is not None else stop
        elif self.outline.sections:
            stop = self.outline.sections[0].first
        if line - start >= _MAX_LINES:
            return Piece(self, [line])
        return Piece(self, range(start, min(stop, start + _MAX_LINES)))

    def piece_of(self, entry: Entry) -> Piece:
        """Return the piece of an entry."""
        section = self.outline.section_at(entry.first)
        assert section is not None
        before = self.outline.items_before(entry) if entry.name == ITEM else 0
        return Piece(self, [section.first, *range(entry.first, entry.stop)], before)

    def pieces(self, section: Section) -> Iterator[Piece]:
        """Yield the pieces of a section: its entries, or the section if it has none."""
        if self.outline.indent_of(section) is None:
            yield Piece(self, range(section.first, min(section.stop, section.first + _MAX_LINES)))
            return
        for place, entry in enumerate(self.outline.entries(section)):
            item = place if entry.name == ITEM else 0
            yield Piece(self, [section.first, *range(entry.first, entry.stop)], item)

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

    @property
    def end(self) -> types.Position:
        """The position after the last character."""
        return self.position(len(self.lines) - 1, len(self.lines[-1]))

    def position(self, line: int, character: int) -> types.Position:
        """Return the position of a line and a character, both from 0."""
        return types.Position(line, self._units(line, character))

    def range_of(self, span: Span) -> types.Range:
        """Return the range of a span."""
        return types.Range(
            self.position(span.line - 1, span.column - 1),
            self.position(span.end_line - 1, span.end_column - 1),
        )

    def range_at(self, piece: Piece, start: int, end: int) -> types.Range:
        """Return the range of part of a piece."""
        return types.Range(self.position(*piece.place(start)), self.position(*piece.place(end)))

    def _units(self, line: int, character: int) -> int:
        text = self.lines[line] if line < len(self.lines) else ""
        if text.isascii():
            return character
        before = text[:character].encode(self._codec, "surrogatepass")
        return len(before) // self._bytes + max(character - len(text), 0)


def path_of(uri: str) -> Path | None:
    """Return the resolved path of a file on disk, or None for other texts."""
    name = to_fs_path(uri) if uri.startswith("file:") else None
    return Path(name).resolve() if name is not None else None


def lines_of(text: str) -> list[str]:
    """Return the lines of a text with their line ends, and a last line without one."""
    if "\r" not in text:
        *whole, last = text.split("\n")
        return [f"{line}\n" for line in whole] + [last]
    lines = _LINE.findall(text)
    return [*lines, ""] if text.endswith(("\r", "\n")) else lines
