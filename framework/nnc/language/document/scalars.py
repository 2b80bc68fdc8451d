"""Text -> its scalars with their paths, up to where it cannot be read any more.

A text that is being typed is seldom whole YAML: what stands before the break is known all the same.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import yaml
from yaml.events import MappingStartEvent, ScalarEvent

from nnc.diagnostics.diagnostic import KeyPath
from nnc.language.document.parser import ENDS, STARTS, events


class Scalar(NamedTuple):
    """A key or a value, as a stretch of characters; a key has the path of its value.

    `is_quoted` where quotes stand around the text, or it is a block; the stretch includes them.
    """

    path: KeyPath
    is_key: bool
    start: int
    end: int
    text: str
    is_quoted: bool = False


class _Collection:
    """A mapping or a list that is being read, and where it is."""

    def __init__(self, path: KeyPath, *, is_mapping: bool) -> None:
        self.path = path
        self.is_mapping = is_mapping
        self.key: str | None = None
        self.items = -1

    def next_path(self) -> tuple[KeyPath, bool]:
        """Return the path of what comes next, and whether it is a key."""
        if not self.is_mapping:
            self.items += 1
            return (*self.path, self.items), False
        if self.key is None:
            return self.path, True
        path = (*self.path, self.key)
        self.key = None
        return path, False


def scalars(text: str) -> Iterator[Scalar]:
    """Yield the scalars of a text in their order, until it is no YAML any more."""
    stack: list[_Collection] = []
    try:
        for event in events(text):
            kind = type(event)
            if kind in ENDS:
                stack.pop()
            elif kind is ScalarEvent or kind in STARTS:
                path, is_key = stack[-1].next_path() if stack else ((), False)
                if kind in STARTS:
                    if is_key:  # a collection as a key
                        stack[-1].key = ""
                    stack.append(_Collection(path, is_mapping=kind is MappingStartEvent))
                    continue
                if is_key:
                    stack[-1].key = event.value
                    path = (*path, event.value)
                start, end = event.start_mark.index, event.end_mark.index
                yield Scalar(path, is_key, start, end, event.value, bool(event.style))
    except yaml.YAMLError:
        return


def scalar_at(text: str, index: int) -> Scalar | None:
    """Return the scalar that a character stands in, or behind; None between scalars."""
    for scalar in scalars(text):
        if scalar.start <= index <= scalar.end:
            return scalar
        if scalar.start > index:
            return None
    return None
