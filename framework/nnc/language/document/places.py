"""Paths -> places: a second pass over the events finds only what is asked for."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable
from typing import Any

import yaml
from yaml.events import (
    DocumentStartEvent,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
)

from nnc.diagnostics.diagnostic import KeyPath
from nnc.language.document import parser


class Place:
    """Where the key and the value of one path stand, as stretches of characters."""

    __slots__ = ("children", "key", "value")

    def __init__(self) -> None:
        self.children: dict[str | int, Place] = {}
        self.key: tuple[int, int] | None = None
        self.value: tuple[int, int] | None = None

    def stretch(self, *, key: bool) -> tuple[int, int]:
        """Give the stretch of the key or the value, whichever is there."""
        return (self.key if key else self.value) or self.value or self.key or (0, 1)


def find_places(text: str, paths: Iterable[KeyPath]) -> dict[KeyPath, Place]:
    """Find the places of paths; one that is not in the text gets that of its nearest parent."""
    root = Place()
    wanted = dict.fromkeys(paths)
    for path in wanted:
        place = root
        for step in path:
            place = place.children.setdefault(step, Place())
    with contextlib.suppress(yaml.MarkedYAMLError):  # told when it was read
        _Search(text, root).run()
    result = {}
    for path in wanted:
        place = nearest = root
        for step in path:
            place = place.children[step]
            if place.key is None and place.value is None:
                break
            nearest = place
        result[path] = nearest
    return result


class _Search:
    """Goes through the events once, along what is wanted; the first of a key counts."""

    def __init__(self, text: str, root: Place) -> None:
        self._events = parser.events(text)
        self._root = root

    def run(self) -> None:
        """Note the places in the first document of the text."""
        for event in self._events:
            if type(event) is DocumentStartEvent:
                self._value(next(self._events), self._root)
                return

    def _value(self, event: Any, place: Place | None) -> None:
        """Read the value that starts with an event, and note where it is, if that is wanted."""
        kind = type(event)
        starts = kind in parser.STARTS
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
            if kind in parser.STARTS:
                depth += 1
            elif kind in parser.ENDS:
                depth -= 1

    def _mapping(self, place: Place) -> int:
        """Read the rest of a mapping, and give where it ends."""
        for key in self._events:
            if type(key) is MappingEndEvent:
                break
            child: Place | None = None
            if type(key) is ScalarEvent:
                child = place.children.get(key.value)
                for named in (child, place if place is self._root else None):
                    if named is not None and named.key is None:
                        named.key = _stretch(key)
            else:
                self._value(key, None)
            self._value(next(self._events), child)
        return _stretch(key)[1]

    def _list(self, place: Place) -> int:
        """Read the rest of a list, and give where it ends."""
        for number, item in enumerate(self._events):
            if type(item) is SequenceEndEvent:
                break
            child = place.children.get(number)
            if child is None and type(item) is ScalarEvent:
                child = place.children.get(item.value)  # `[a, b]`: found by name
            self._value(item, child)
        return _stretch(item)[1]


def _stretch(event: Any) -> tuple[int, int]:
    return event.start_mark.index, event.end_mark.index
