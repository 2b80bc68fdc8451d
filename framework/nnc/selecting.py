"""Words that select by name: one language for the names in networks, for cases and for files.

A word is a name, or a pattern with `*` and `?`, in which capital letters matter; a name goes before
a pattern. The name of what holds others selects these: `score` all of `score.weights.a`. Where one
reads another, `+name` also selects what it reads, and `name+` what reads it.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from fnmatch import fnmatchcase
from typing import NamedTuple

from nnc.diagnostics.diagnostic import closest
from nnc.numbers.exact import first_names, shorten


def selected(words: Iterable[str], names: Collection[str]) -> list[str]:
    """Return the names that words select, each once, in the order of the words."""
    return list(dict.fromkeys(name for word in words for name in _selected(word, names)))


def unmatched(words: Iterable[str], names: Collection[str]) -> list[str]:
    """Return the words that select no name."""
    return [word for word in words if not _selected(word, names)]


def _selected(word: str, names: Collection[str]) -> list[str]:
    if word in names:
        return [word]
    inside = (f"{word}.", f"{word}(")
    pattern = word.replace("[", "[[]")  # a bracket stands for itself
    return [name for name in names if name.startswith(inside) or fnmatchcase(name, pattern)]


def selecting_help(word: str, names: Collection[str], what: str) -> str:
    """Return the help for a word that selects nothing: a name or a pattern, else what there is."""
    near = closest(word, names)
    part = word.lower()
    alike = [name for name in names if part and part in name.lower()]
    if alike and (near is None or alike[1:]):
        start = alike[0].lower().index(part)
        pattern = alike[0][start : start + len(word)]
        return f"write `*{shorten(pattern)}*` for all whose names contain it"
    if near is not None:
        return f"did you mean `{shorten(near)}`?"
    return f"the {what} are {first_names(names)}" if names else f"there are no {what}"


class Reach(NamedTuple):
    """A word that selects, without its `+`: also what it reads, and what reads it."""

    word: str
    sources: bool = False
    readers: bool = False

    @classmethod
    def of(cls, word: str, is_name: Callable[[str], bool]) -> Reach:
        """Take a word apart, unless it is a name as it stands."""
        if is_name(word):
            return cls(word)
        bare = word.removeprefix("+")
        name = bare.removesuffix("+")
        return cls(name, bare != word, bare != name) if name else cls(word)
