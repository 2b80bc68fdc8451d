"""Locate values in a text: all of them, as a tree, or those at given paths.

In a large text, the lines of regular sections tell where their entries stand.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Sequence
from dataclasses import dataclass, field

import yaml
from yaml.events import (
    DocumentStartEvent,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
)

from nnc.diagnostics.diagnostic import KeyPath
from nnc.language.document.parser import ENDS, STARTS, Event, events
from nnc.language.document.regular import WORD, Section


@dataclass(slots=True)
class Node:
    """A scalar, a mapping or a list. `end` of one in block style is where its last value ends.

    `text` is what a scalar says and `is_quoted` how; `keys` stand beside the `values` of a mapping
    and are empty for a list; `is_flow` is true of `{…}` and `[…]`.
    """

    start: int
    end: int
    text: str | None = None
    is_quoted: bool = False
    is_mapping: bool = False
    is_flow: bool = False
    keys: list[Node] = field(default_factory=list)
    values: list[Node] = field(default_factory=list)


def read_nodes(text: str) -> Node:
    """Read a text that `read_document` has found nothing wrong with."""
    top: Node | None = None
    stack: list[Node] = []
    for event in events(text):
        kind = type(event)
        if kind in ENDS:
            node = stack.pop()
            node.end = event.end_mark.index if node.is_flow else node.values[-1].end
            continue
        if kind is ScalarEvent:
            node = Node(event.start_mark.index, event.end_mark.index, event.value)
            node.is_quoted = bool(event.style)
            if event.style in ("|", ">"):  # which end where the next token starts
                node.end = node.start + len(text[node.start : node.end].rstrip())
        elif kind in STARTS:
            node = Node(event.start_mark.index, event.end_mark.index)
            node.is_mapping = kind is MappingStartEvent
            node.is_flow = bool(event.flow_style)
        else:
            continue
        if stack:
            parent = stack[-1]
            is_key = parent.is_mapping and len(parent.keys) == len(parent.values)
            (parent.keys if is_key else parent.values).append(node)
        top = top or node
        if node.text is None:
            stack.append(node)
    assert top is not None
    return top


# ------------------------------------------------------------------------------------ paths


class _Place:
    """The ranges of characters of the key and the value at one path."""

    __slots__ = ("children", "key", "value")

    def __init__(self) -> None:
        self.children: dict[str | int, _Place] = {}
        self.key: tuple[int, int] | None = None
        self.value: tuple[int, int] | None = None

    def stretch(self, *, key: bool) -> tuple[int, int]:
        """Return the stretch of the key or the value, whichever is there."""
        return (self.key if key else self.value) or self.value or self.key or (0, 1)


def find_stretches(text: str, parts: Sequence[tuple[KeyPath, bool]]) -> list[tuple[int, int]]:
    """Find the stretches of characters that parts take, each a path and whether its key is meant.

    A part that is not in the text has that of its nearest parent.
    """
    if not parts:
        return []
    root = _Place()
    for path, _ in parts:
        place = root
        for step in path:
            place = place.children.setdefault(step, _Place())
    with contextlib.suppress(yaml.MarkedYAMLError):  # reported when the text was read
        _Search(text, root).run()
    stretches = []
    for path, key in parts:
        place = nearest = root
        for step in path:
            place = place.children[step]
            if place.key is None and place.value is None:
                break
            nearest = place
        stretches.append(nearest.stretch(key=key))
    return stretches


class _Search:
    """Goes through the events once, along the wanted paths; the first of equal keys counts.

    It makes no tree of the whole text, which would take 1.8 s for 50,000 neurons, not 0.4 s.
    """

    def __init__(self, text: str, root: _Place) -> None:
        self._events = events(text)
        self._root = root

    def run(self) -> None:
        """Keep the places in the first document of the text."""
        for event in self._events:
            if type(event) is DocumentStartEvent:
                self._value(next(self._events), self._root)
                return

    def _value(self, event: Event, place: _Place | None) -> None:
        """Read the value that starts with an event, and keep its position if wanted."""
        kind = type(event)
        starts = kind in STARTS
        if place is None or place.value is not None:
            if starts:
                self._skip()
            return
        place.value = start, end = _stretch(event)
        if starts:
            place.value = start, start  # in case the text breaks off inside
            end = self._mapping(place) if kind is MappingStartEvent else self._list(place)
            place.value = start, end

    def _skip(self) -> None:
        """Go to the end of a collection: most of a file, so that it looks at nothing."""
        depth = 1
        while depth:
            kind = type(next(self._events))
            if kind in STARTS:
                depth += 1
            elif kind in ENDS:
                depth -= 1

    def _mapping(self, place: _Place) -> int:
        """Read the rest of a mapping, and return where it ends."""
        for key in self._events:
            if type(key) is MappingEndEvent:
                break
            child: _Place | None = None
            if type(key) is ScalarEvent:
                child = place.children.get(key.value)
                for named_place in (child, place if place is self._root else None):
                    if named_place is not None and named_place.key is None:
                        named_place.key = _stretch(key)
            else:
                self._value(key, None)
            self._value(next(self._events), child)
        return _stretch(key)[1]

    def _list(self, place: _Place) -> int:
        """Read the rest of a list, and return where it ends."""
        for number, item in enumerate(self._events):
            if type(item) is SequenceEndEvent:
                break
            child = place.children.get(number)
            if child is None and type(item) is ScalarEvent:
                child = place.children.get(item.value)  # `[a, b]`: found by name
            self._value(item, child)
        return _stretch(item)[1]


def _stretch(event: Event) -> tuple[int, int]:
    return event.start_mark.index, event.end_mark.index


_MOST_ENTRIES = 2000  # which are read one by one; where there are more the whole text is
_FIRST_ENTRY = re.compile(rf"^( +){WORD}:", re.MULTILINE)
_IN_FLOW = re.compile(rf"{WORD}(?=, |}})")
_ON_LINE = re.compile(rf"{WORD}(?=\n|\Z)")
_UNSURE = re.compile("[#\"']")
"""In a comment or in quotes anything may look like a key."""
_IN_BRACES = re.compile(r": \{(?:[^{}\n]*(?:\{[^{}\n]*+\}[^{}\n]*)*, )?")
"""The text between the key of an entry and a key in its own braces."""
_ON_LINES = re.compile(r":\n( ++)(?:(?=[^ \n])(?s:.*)\n( ++))?")
"""The text between the key of an entry and a key that starts a line: first and last margin."""


def find_in_sections(
    text: str, sections: Sequence[tuple[Section, bool]], parts: Sequence[tuple[KeyPath, bool]]
) -> list[tuple[int, int]]:
    """Find the stretches of parts as `find_stretches` does, in a text whose sections are known.

    In regular sections the entries are found by their lines, and only those are read that a part
    is in: of 80,000 notes about neurons, none of the others.
    """
    names: dict[str, set[str]] = {}
    for path, _ in parts:
        if len(path) > 1:
            names.setdefault(str(path[0]), set()).add(str(path[1]))
    entries = {
        section.key: _Entries(text, section, names[section.key])
        for section, is_regular in sections
        if is_regular and section.key in names
    }
    stretches: list[tuple[int, int] | None] = [None] * len(parts)
    inside: dict[tuple[str, str], list[int]] = {}
    for i, (path, key) in enumerate(parts):
        regular = entries.get(str(path[0])) if len(path) > 1 else None
        name = path[1] if regular is not None else None
        if regular is None or name not in regular.starts:
            continue
        stretches[i] = regular.stretch(path, key=key)
        if stretches[i] is None:
            inside.setdefault((regular.key, str(name)), []).append(i)
    if len(inside) <= _MOST_ENTRIES:
        for (section_key, name), places in inside.items():
            start, piece = entries[section_key].piece(name)
            within = [((*parts[i][0][1:],), parts[i][1]) for i in places]
            for i, (first, end) in zip(places, find_stretches(piece, within), strict=True):
                stretches[i] = first + start, end + start
    spans = {section.key: (section.start, section.end) for section, _ in sections}
    head = sections[0][0]  # holds the first key of the text
    groups: dict[tuple[int, int], list[int]] = {}
    for i, (path, key) in enumerate(parts):
        if stretches[i] is None:
            span = spans.get(str(path[0])) if path else (head.start, head.end) if key else None
            groups.setdefault(span or (0, len(text)), []).append(i)
    for (start, end), group in groups.items():
        ranges = find_stretches(text[start:end], [parts[i] for i in group])
        for i, (first, last) in zip(group, ranges, strict=True):
            stretches[i] = first + start, last + start
    return [stretch for stretch in stretches if stretch is not None]


class _Entries:
    """The entries of one regular section: where the lines of each start, by its name.

    Those behind the last of the names that are looked for are left out, but for the next one.
    """

    def __init__(self, text: str, section: Section, names: set[str]) -> None:
        self.key, self._text, self._end = section.key, text, section.end
        first = _FIRST_ENTRY.search(text, section.start, section.end)
        self._keys: list[tuple[int, int]] = []
        self.starts: dict[str, int] = {}
        if first is None:
            return
        pattern = re.compile(rf"^ {{{len(first[1])}}}({WORD}):", re.MULTILINE)
        for entry in pattern.finditer(text, section.start, section.end):
            self._keys.append(entry.span(1))
            if not names:
                break
            self.starts[entry[1]] = len(self._keys) - 1
            names.discard(entry[1])

    def stretch(self, path: KeyPath, *, key: bool) -> tuple[int, int] | None:
        """Return where a part stands that is easy to find: an entry's key, or a plain value."""
        place = self.starts[str(path[1])]
        if len(path) == 2:
            return self._keys[place] if key else None
        if len(path) > 3 or not isinstance(path[2], str):
            return None
        start = self._keys[place][1]
        is_last = place + 1 == len(self._keys)
        end = self._end if is_last else self._keys[place + 1][0]
        text, mark = self._text, f"{path[2]}: "
        position = text.find(mark, start, end)
        if (
            position < 0
            or text.find(mark, position + 1, end) >= 0
            or _UNSURE.search(text, start, end)
        ):
            return None
        before = text[start:position]
        if _IN_BRACES.fullmatch(before) is not None:
            value = _IN_FLOW.match(text, position + len(mark), end)
        elif (lines := _ON_LINES.fullmatch(before)) is not None and (lines[2] in (None, lines[1])):
            value = _ON_LINE.match(text, position + len(mark), end)
        else:
            return None
        if value is None:
            return None
        return (position, position + len(path[2])) if key else value.span()

    def piece(self, name: str) -> tuple[int, str]:
        """Return where the lines of an entry start, and its text up to the key of the next one."""
        place = self.starts[name]
        start = self._text.rindex("\n", 0, self._keys[place][0]) + 1
        if place + 1 < len(self._keys):
            return start, self._text[start : self._keys[place + 1][1] + 1]
        end = self._text.find(":", self._end)
        return start, self._text[start : end + 1 if end >= 0 else len(self._text)]
