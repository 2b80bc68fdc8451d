"""Paths -> places: a second pass over the events finds only what is asked for."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable
from typing import Any

import yaml
from yaml.events import (
    AliasEvent,
    DocumentStartEvent,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
    StreamEndEvent,
)

from nnc.diagnostics.diagnostic import Path
from nnc.language.document import parser

DROPPED = object()
"""Stands for a key whose value is read, and thrown away."""


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


def find_places(text: str, paths: Iterable[Path]) -> dict[Path, Place]:
    """Find the places of paths; one that is not in the text gets that of its nearest parent."""
    root = Place()
    wanted = dict.fromkeys(paths)
    for path in wanted:
        place = root
        for step in path:
            place = place.children.setdefault(step, Place())
    with contextlib.suppress(yaml.MarkedYAMLError):  # told when it was read
        _walk(parser.Parser(text).get_event, root)
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


def _walk(next_event: Callable[[], Any], root: Place) -> None:  # noqa: C901
    """Go through the events once and note where wanted places are; the first of a key counts."""
    stack: list[tuple[Place | None, Any, bool]] = []
    place: Place | None = None  # of the collection that is open; None where nothing is wanted
    key: Any = None
    mapping = False
    while True:
        event = next_event()
        kind = type(event)
        if kind is StreamEndEvent:
            return
        if kind is MappingEndEvent or kind is SequenceEndEvent:
            ended = place
            place, key, mapping = stack.pop()
            if ended is not None and ended.value is not None and ended.value[1] < 0:
                ended.value = ended.value[0], event.end_mark.index
            continue
        starts = kind is MappingStartEvent or kind is SequenceStartEvent
        if not starts and kind is not ScalarEvent and kind is not AliasEvent:
            if kind is DocumentStartEvent and root.value is not None:
                return
            continue
        child: Place | None = None
        if not stack:
            child = root
        elif mapping:
            if key is None:  # this is a key
                key = event.value if kind is ScalarEvent else DROPPED
                if starts:
                    stack.append((place, key, mapping))
                    place, mapping = None, kind is MappingStartEvent
                    key = None if mapping else 0
                elif place is not None and (child := place.children.get(key)) is not None:
                    if child.key is None:
                        child.key = event.start_mark.index, event.end_mark.index
                    else:
                        key = DROPPED  # a duplicate
                if place is root and root.key is None and kind is ScalarEvent:
                    root.key = event.start_mark.index, event.end_mark.index
                continue
            child = place.children.get(key) if place is not None else None
            key = None
        else:
            number, key = key, key + 1
            if place is not None:
                child = place.children.get(number)
                if child is None and kind is ScalarEvent:
                    child = place.children.get(event.value)  # `[a, b]`: found by name
        if child is not None and child.value is None:
            start = event.start_mark.index
            child.value = (start, -1) if starts else (start, event.end_mark.index)
        if starts:
            stack.append((place, key, mapping))
            place, mapping = child, kind is MappingStartEvent
            key = None if mapping else 0
