"""Names chosen by a word of the command line: the name itself, or a pattern with `*` and `?`."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from fnmatch import fnmatchcase


def matches(name: str, word: str) -> bool:
    """Return whether a word chooses a name."""
    return name == word or fnmatchcase(name, word)


def chosen(words: Iterable[str], names: Sequence[str]) -> tuple[str, ...]:
    """Return the names that words choose, each once; a word that chooses none stays as it is."""
    return tuple(dict.fromkeys(name for word in words for name in _names_of(word, names)))


def _names_of(word: str, names: Sequence[str]) -> Sequence[str]:
    return [word] if word in names else [name for name in names if matches(name, word)] or [word]
