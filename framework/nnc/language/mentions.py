"""Mentions: the names that a scalar of a network speaks of, and where they stand in it.

This is the one table of where names are declared and used: references and renames follow it.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Literal, NamedTuple

from nnc.diagnostics.diagnostic import KeyPath
from nnc.language.document.parser import Scalar, scalars
from nnc.language.document.reader import read_document
from nnc.language.document.text import Document
from nnc.language.keys import ASSUMED_FORMS, BY_NAME, CLAIMS, COUNTS, VARIED
from nnc.language.references import CONSTANTS

Space = Literal["name", "output", "signal", "port", "wire", "file"]
"""The kinds of names: a declared name, an alias of an output, either (the alias first), a
threshold, value or output of `owner`, an input of what the part `owner` uses, and a file.
"""
_SOURCE = re.compile(r"([^\s()\[\].,:{}]+)(?:\([^()]*\))?(?:\.([^\s()\[\].,:{}]+))?")
_CONDITIONS = ("never", "always", "when")
_SIGNALS = (*ASSUMED_FORMS[2:], *VARIED, "unchanged")
_VARIED = ("in", "of")
_WIRINGS = ("wiring", "first", "last")
_TAPS = ("sum", "level", "largest")


class Mention(NamedTuple):
    """A name in a text, as a stretch of characters; `declares` where it is declared here."""

    space: Space
    name: str
    start: int
    end: int
    path: KeyPath
    declares: bool = False
    owner: str = ""


def mentions(text: str, first_item: int = 0) -> Iterator[Mention]:
    """Yield the names in a text; items of its lists at the top count from `first_item`."""
    for scalar in scalars(text):
        path = scalar.path
        if first_item and len(path) > 1 and isinstance(path[1], int):
            path = (path[0], path[1] + first_item, *path[2:])
            scalar = scalar._replace(path=path)
        yield from mentions_of(scalar)


def mentions_of(scalar: Scalar) -> list[Mention]:
    """Return the names that one scalar contains."""
    path = scalar.path
    section = path[0] if path else ""
    if section == "extends" and len(path) == 1 and not scalar.is_key:
        return _whole("file", scalar)
    if len(path) < 2:
        return []
    if section == "outputs":
        return _of_output(scalar)
    if section in ("inputs", *BY_NAME):
        if len(path) == 2 and (scalar.is_key or isinstance(path[1], int)):
            return _whole("name", scalar, declares=True)
        return _of_declaration(scalar) if len(path) > 2 else []
    if section == "cases" and len(path) > 2:
        if path[2] == "file" and not scalar.is_key:
            return _whole("file", scalar)
        if len(path) == 4 and scalar.is_key and path[2] in ("given", "expect"):
            return _source("name" if path[2] == "given" else "output", scalar)
    if section in CLAIMS and len(path) > 2:
        mentions = _of_claim(scalar)
        if section == "assume":  # speaks of inputs only, whatever an output is called
            return [mention._replace(space="name") for mention in mentions]
        return mentions
    return []


def _of_output(scalar: Scalar) -> list[Mention]:
    path = scalar.path
    if scalar.is_key:
        return _whole("output", scalar, declares=True) if len(path) == 2 else []
    if len(path) == 2 and isinstance(path[1], int):
        return [*_whole("output", scalar, declares=True), *_source("name", scalar)]
    is_short = len(path) == 2 or (len(path) == 3 and isinstance(path[2], int))
    return _source("name", scalar) if is_short or path[2] in _TAPS else []


def _of_declaration(scalar: Scalar) -> list[Mention]:
    section, name, key, *rest = scalar.path
    if section == "inputs":
        if key == "of" and rest:
            return _whole("port", scalar, declares=True, owner=str(name))
        is_value = key == "default" and not rest and not scalar.is_key
        return (
            _whole("port", scalar, owner=str(name))
            if is_value and scalar.text.isidentifier()
            else []
        )
    if section == "parts":
        if key == "use" and not scalar.is_key:
            return _whole("file", scalar)
        if key in _WIRINGS and rest:
            return (
                _whole("wire", scalar, owner=str(name))
                if scalar.is_key
                else _source("name", scalar)
            )
        return []
    if scalar.is_key and len(rest) == 1 and section == "neurons":
        if key == "weights":
            return _source("name", scalar)
        if key == "thresholds":
            return _whole("port", scalar, declares=True, owner=str(name))
    if not scalar.is_key and key in ("wiring", "convolve"):
        return _source("name", scalar)
    if not scalar.is_key and section == "layers" and rest and rest[-1] == "file":
        return _whole("file", scalar)
    return []


def _of_claim(scalar: Scalar) -> list[Mention]:
    _, _, key, *rest = scalar.path
    if key in _CONDITIONS and len(rest) > 1 and rest[0] in COUNTS:
        is_counted = isinstance(rest[1], str) and not scalar.is_key
        return _source("signal", scalar) if is_counted else []
    if key in _CONDITIONS:
        return _source("signal", scalar) if scalar.is_key and rest else []
    if key == "equal":
        if not rest:
            return [] if scalar.is_key else _whole("file", scalar)
        return _source("signal", scalar)
    if scalar.is_key:
        return _source("name", scalar) if key == "given" and len(rest) == 1 else []
    if key == "within":
        return _source("name", scalar) if rest[:1] == ["of"] else []
    if key in _SIGNALS:
        return _source("signal", scalar)
    return _source("name", scalar) if key in _VARIED else []


def _whole(
    space: Space, scalar: Scalar, *, declares: bool = False, owner: str = ""
) -> list[Mention]:
    inside = 1 if scalar.is_quoted else 0
    start, end = scalar.start + inside, scalar.end - inside
    return [Mention(space, scalar.text, start, end, scalar.path, declares, owner)]


def _source(space: Space, scalar: Scalar) -> list[Mention]:
    match = _SOURCE.match(scalar.text)
    if match is None or match[0] in CONSTANTS:
        return []
    start, end = map(scalar.place, match.span(1))
    mentioned = [Mention(space, match[1], start, end, scalar.path)]
    if match[2] is not None:
        start, end = map(scalar.place, match.span(2))
        mentioned.append(Mention("port", match[2], start, end, scalar.path, owner=match[1]))
    return mentioned


class Composition(NamedTuple):
    """A stretch of characters of a document that is a name, and the name composed."""

    start: int
    end: int
    name: str


def compositions(document: Document) -> list[Composition]:
    """Return the names of a document that are not composed (NFC), in their order.

    Names of files and free texts stay as they are, and so do labels and what a case or a condition
    says of them.
    """
    if unicodedata.is_normalized("NFC", document.text):
        return []
    names: dict[Composition, None] = {}
    for mention in mentions(document.parsed):
        name = unicodedata.normalize("NFC", mention.name)
        is_written_so = document.text[mention.start : mention.end] == mention.name != name
        if mention.space != "file" and is_written_so and name.isidentifier():
            names[Composition(mention.start, mention.end, name)] = None
    return sorted(names)


def composed(document: Document) -> Document:
    """Return a document with its names composed; the same one where two would become equal."""
    text, pieces, done = document.text, [], 0
    for start, end, name in compositions(document):
        pieces += [text[done:start], name]
        done = end
    if not pieces:
        return document
    after = read_document(("".join(pieces) + text[done:]).encode(), document.file)
    return document if after.diagnostics else after


def merged_names(value: object) -> set[str]:
    """Return the names that several keys of one mapping in a value have in common, composed."""
    if isinstance(value, list):
        return set().union(*map(merged_names, value))
    if not isinstance(value, dict):
        return set()
    counts = Counter(unicodedata.normalize("NFC", name) for name in value)
    doubles = {name for name, count in counts.items() if count > 1}
    return doubles.union(*map(merged_names, value.values()))


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
                key = match[2] or match[3].strip("\"'")
                if "\\" in key:
                    key = next((scalar.text for scalar in scalars(match[3])), key)
                keys.append(key)
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

    def names(self, section: Section) -> Iterator[str]:
        """Yield the names of the entries of a section, quickly."""
        indent = self.indent_of(section)
        stretch = slice(section.first + 1, section.stop)
        pairs = zip(self._indents[stretch], self._keys[stretch], strict=True)
        return (key for margin, key in pairs if margin == indent)

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
