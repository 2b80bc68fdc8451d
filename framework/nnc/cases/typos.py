"""Help for names nobody knows, at a bounded cost."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from itertools import islice

from nnc.diagnostics.diagnostic import closest
from nnc.exact import shorten

MOST_SEARCHES = 50  # each looks through all names
_MOST_IN_HELP = 8


class Typos:
    """Finds the name that was meant, at most 50 times for one network."""

    def __init__(self) -> None:
        self._left = MOST_SEARCHES

    def meant(
        self,
        name: str,
        known: Iterable[str],
        search: Callable[[str, Iterable[str]], str | None] = closest,
    ) -> str | None:
        """Give the known name that is closest; None if none is, or after 50 searches."""
        if self._left <= 0:
            return None
        self._left -= 1
        return search(name, known)

    def help(self, name: str, known: Collection[str], what: str) -> str:
        """Give the help line: the name that was meant, else what there is."""
        return meaning(self.meant(name, known)) or all_of(what, known)


def meaning(name: str | None) -> str | None:
    """Ask whether this name was meant."""
    return None if name is None else f"did you mean `{shorten(name)}`?"


def all_of(what: str, names: Collection[str]) -> str:
    """List the first eight names: `the inputs are a, b, …`."""
    told = ", ".join(shorten(name) for name in islice(names, _MOST_IN_HELP))
    return f"the {what} are {told}" + (", …" if len(names) > _MOST_IN_HELP else "")
