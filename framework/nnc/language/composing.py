"""Names written with combining characters -> the same names composed (NFC), where they stand.

Only names are composed. Names of files and free texts stay as they are, and so do labels and what a
case or a condition says of them.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterator
from typing import NamedTuple

from nnc.diagnostics.diagnostic import KeyPath
from nnc.language.document.reader import read_document
from nnc.language.document.text import Document

_TOKEN = re.compile(r"[^\s()\[\].,:{}\"']+")
_TEXTS = frozenset(
    (
        "name",
        "description",
        "use",
        "extends",
        "file",
        "tensor",
        "labels",
        "equal",
        "column",
        "columns",
    )
)
_CONDITIONS = frozenset(("given", "expect", "never", "always", "when"))


class Composition(NamedTuple):
    """A stretch of characters of a document that is a name, and the name composed."""

    start: int
    end: int
    name: str


def compositions(document: Document) -> list[Composition]:
    """Return the names of a document that are not composed, in their order."""
    if unicodedata.is_normalized("NFC", document.text):
        return []
    names: dict[Composition, None] = {}
    for place in document.locate(_names_in(document.value, ())):
        for token in _TOKEN.finditer(document.text, place.start, place.end):
            composed = unicodedata.normalize("NFC", token[0])
            if composed != token[0] and composed.isidentifier():
                names[Composition(token.start(), token.end(), composed)] = None
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


def _names_in(value: object, path: KeyPath) -> Iterator[tuple[KeyPath, bool]]:
    """Yield where names stand in a value: keys, and texts that are no free texts."""
    if path == ("meta",):
        return
    if isinstance(value, dict):
        for name, inner in value.items():
            if not name.isascii():
                yield (*path, name), True
            yield from _names_in(inner, (*path, name))
    elif path and _is_text(path):
        return
    elif isinstance(value, list):
        for place, inner in enumerate(value):
            yield from _names_in(inner, (*path, place))
    elif isinstance(value, str) and not value.isascii():
        yield path, False


def _is_text(path: KeyPath) -> bool:
    """Return whether what stands at a path is a free text, a name of a file, or a value."""
    if any(step in _CONDITIONS for step in path[2:-1]):
        return True
    is_declared = len(path) == 2 or path[-2] in ("wiring", "first", "last") if path[1:] else False
    return path[-1] in _TEXTS and not is_declared
