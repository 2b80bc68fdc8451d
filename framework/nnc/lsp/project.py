"""Access the files of a project, open or on disk, and their declarations."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

from lsprotocol import types

from nnc.files.opening import project_root
from nnc.files.selection import find_networks
from nnc.files.weights.opening import tensors_in
from nnc.files.weights.stored import Tensor
from nnc.language.document.parser import scalars
from nnc.language.keys import DECLARED
from nnc.language.mentions import ITEM, Mention, Space
from nnc.lsp.texts import UTF_16, Piece, Text

_MAX_FILES = 5000  # network files of a project that are searched
_MAX_SUMMARY = 60  # characters of a declaration
_MAX_CHAIN = 64  # files that extend each other


class Place(NamedTuple):
    """An occurrence of a name in a piece of a text."""

    text: Text
    piece: Piece
    mention: Mention

    @property
    def range(self) -> types.Range:
        """Return the range of the name."""
        return self.text.range_at(self.piece, self.mention.start, self.mention.end)

    @property
    def summary(self) -> str:
        """Return a short excerpt of the name's declaration; empty in a list."""
        if isinstance(self.mention.path[1], int):
            return ""
        path, text = self.mention.path, self.piece.text
        inside = [mention.end for mention in scalars(text) if mention.path[: len(path)] == path]
        source = text[self.mention.end : inside[-1]] if inside else ""
        rest = " ".join(source.lstrip("\"': ").split())
        rest += "}" * (rest.count("{") - rest.count("}")) + "]" * (
            rest.count("[") - rest.count("]")
        )
        return rest if len(rest) <= _MAX_SUMMARY else f"{rest[: _MAX_SUMMARY - 1]}…"

    @property
    def location(self) -> types.Location:
        """Return the file and range of the name."""
        return types.Location(self.text.uri, self.range)


class Project:
    """The open files by name, and other files on disk."""

    def __init__(self) -> None:
        self.texts: dict[str, Text] = {}
        """The open files by name: a resolved path, or else the URI."""
        self.encoding = UTF_16
        self._read: dict[Path, tuple[int, Text]] = {}

    def text_of(self, name: str) -> Text:
        """Return an open file, or one on disk, empty if it cannot be read."""
        if name in self.texts:
            return self.texts[name]
        path = Path(name)
        try:
            time = path.stat().st_mtime_ns
            if path not in self._read or self._read[path][0] != time:
                content = path.read_text("utf-8", errors="replace")
                self._read[path] = time, Text(path.as_uri(), content, 0, self.encoding)
            return self._read[path][1]
        except (OSError, ValueError):
            return Text(path.as_uri() if path.is_absolute() else name, "", 0, self.encoding)

    def beside(self, text: Text, name: str) -> Text | None:
        """Return the file that a text names, or None if it does not exist."""
        if text.path is None:
            return None
        try:
            path = (text.path.parent / name).resolve()
            return self.text_of(str(path)) if str(path) in self.texts or path.is_file() else None
        except (OSError, ValueError, RuntimeError):
            return None

    def unsaved(self, but: Text | None = None) -> dict[Path, bytes]:
        """Return the open files, which take precedence over those on disk, except one."""
        return {
            text.path: text.data
            for text in self.texts.values()
            if text.path is not None and text is not but
        }

    @staticmethod
    def tensors(text: Text, name: str) -> Mapping[str, Tensor]:
        """Return the tensors of a weight file that a text names; none if it cannot be read."""
        return tensors_in(name, text.path.parent, project_root(text.path)) if text.path else {}

    # ----------------------------------------------------------------------- what is declared

    def base_of(self, text: Text) -> Text | None:
        """Return the file that a text extends."""
        section = text.outline.section("extends")
        for mention in text.piece_at(section.first).mentions() if section is not None else ():
            return self.beside(text, mention.name)
        return None

    def chain(self, text: Text) -> list[Text]:
        """Return a text and those that it extends, in order."""
        chain = [text]
        while len(chain) < _MAX_CHAIN:
            base = self.base_of(chain[-1])
            if base is None or base.uri in [other.uri for other in chain]:
                break
            chain.append(base)
        return chain

    def names(self, text: Text, section: str) -> Iterator[str]:
        """Yield the names that a text declares in a section, those of its bases first.

        A name that is declared again is repeated.
        """
        for file in reversed(self.chain(text)):
            declaring = file.outline.section(section)
            if declaring is None:
                continue
            has_lines = file.outline.indent_of(declaring) is not None and section != "cases"
            if has_lines and next(file.outline.names(declaring), "") != ITEM:
                yield from file.outline.names(declaring)
                continue
            for piece in file.pieces(declaring):
                yield from (mention.name for mention in piece.mentions() if mention.declares)

    def ports(self, text: Text, owner: str) -> list[str]:
        """Return the names that may follow `owner.`: thresholds, values of a choice, outputs."""
        declared = self.declaration(text, "name", owner)
        if declared is None:
            return []
        if used := self.used_by(declared):
            return list(self.names(used, "outputs"))
        return [
            mention.name
            for mention in declared.piece.mentions()
            if mention.space == "port" and mention.declares and mention.owner == owner
        ]

    def used_by(self, declared: Place) -> Text | None:
        """Return the file that a part uses, or None for other declarations."""
        if declared.mention.path[0] != "parts":
            return None
        for mention in declared.piece.mentions():
            if mention.space == "file" and mention.path[:2] == declared.mention.path:
                return self.beside(declared.text, mention.name)
        return None

    def declaration(self, text: Text, space: Space, name: str, owner: str = "") -> Place | None:
        """Return the declaration of a name in a text or those that it extends."""
        if space == "signal":
            return self.declaration(text, "output", name) or self.declaration(text, "name", name)
        if space in ("port", "wire"):
            declared = self.declaration(text, "name", owner)
            used = self.used_by(declared) if declared is not None else None
            if used is not None:
                return self.declaration(used, "output" if space == "port" else "name", name)
            return self._in(declared.text, declared.piece, space, name) if declared else None
        sections = DECLARED if space == "name" else ("outputs",)
        for file in self.chain(text):
            for key in sections:
                section = file.outline.section(key)
                if section is None:
                    continue
                entry = file.outline.find(section, name)
                if entry is not None:
                    pieces: Iterable[Piece] = [file.piece_of(entry)]
                elif next(file.outline.names(section), ITEM) == ITEM:
                    pieces = file.pieces(section)
                else:
                    continue
                for piece in pieces:
                    if place := self._in(file, piece, space, name):
                        return place
        return None

    @staticmethod
    def _in(text: Text, piece: Piece, space: Space, name: str) -> Place | None:
        for mention in piece.mentions():
            if mention.declares and mention.space == space and mention.name == name:
                return Place(text, piece, mention)
        return None

    def place_at(self, text: Text, line: int, character: int) -> Place | None:
        """Return the name at a position of a text."""
        piece = text.piece_at(line)
        index = piece.index(line, character)
        for mention in piece.mentions():
            if mention.start <= index <= mention.end:
                return Place(text, piece, mention)
        return None

    # --------------------------------------------------------------------------- where used

    def occurrences(self, text: Text, name: str) -> Iterator[Place]:
        """Yield every mention of a name in one text, whatever it refers to."""
        pattern = re.compile(
            rf"(?<![^\s()\[\].,:{{}}\"']){re.escape(name)}(?![^\s()\[\].,:{{}}\"'])"
        )
        reached = -1
        seen: set[tuple[int, int]] = set()  # the first line of a section is in all its pieces
        for number, line in enumerate(text.lines):
            is_there = name in line and pattern.search(line) is not None
            if number <= reached or not (is_there or "\\" in line):
                continue
            piece = text.piece_at(number)
            reached = max(number, piece.last)
            for mention in piece.mentions():
                where = piece.place(mention.start)
                if mention.name == name and where not in seen:
                    seen.add(where)
                    yield Place(text, piece, mention)

    def networks(self, text: Text) -> Iterator[Text]:
        """Yield the network files of the project that a text belongs to, itself first."""
        yield text
        seen = {text.uri}
        if text.path is None:
            return
        root = project_root(text.path)
        opened = [other for other in self.texts.values() if other.path is not None]
        for other in opened:
            if other.path is not None and other.path.is_relative_to(root) and other.uri not in seen:
                seen.add(other.uri)
                yield other
        for name in find_networks([str(root)]).files[:_MAX_FILES]:
            path = Path(name).resolve()
            if path.as_uri() not in seen:
                seen.add(path.as_uri())
                yield self.text_of(str(path))
