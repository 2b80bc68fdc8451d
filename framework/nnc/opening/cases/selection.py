"""Cases selected by words of their names, or patterns."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from fnmatch import fnmatchcase

from nnc.diagnostics.diagnostic import Diagnostic
from nnc.numbers.exact import shorten
from nnc.opening.cases.expected import NameSuggestions


class Selection:
    """The cases whose names contain one of some words, or match it as a pattern.

    Capital letters do not matter. Without words it is every case.
    """

    def __init__(self, words: Sequence[str]) -> None:
        self._words = dict.fromkeys(words, False)  # whether a case has been found for it
        self._names: dict[str, None] = {}

    def places(self, names: Iterable[str]) -> set[int] | None:
        """Return the places of the cases that are selected; None for all."""
        if not self._words:
            return None
        selected = set()
        for place, name in enumerate(names):
            self._names[name] = None
            for word in self._words:
                if selects(name, word):
                    self._words[word] = True
                    selected.add(place)
        return selected

    def unknown(self) -> list[Diagnostic]:
        """Return an error for each word that no case had in its name."""
        suggestions = NameSuggestions()
        return [
            Diagnostic(
                "unknown-case",
                f"no case has a name with `{shorten(word)}`",
                help=suggestions.help(word, self._names, "cases")
                if self._names
                else "there are no cases in these files",
            )
            for word, is_known in self._words.items()
            if not is_known
        ]


def selects(name: str, word: str) -> bool:
    """Return whether a word is in the name of a case, or matches it as a pattern."""
    name, word = name.casefold(), word.casefold()
    return word in name or fnmatchcase(name, word)
