"""Names of other tools -> names of a network: identifiers, each once."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

from nnc.language.references import LONGEST_NAME

_MAX_LENGTH = LONGEST_NAME - 20
"""The length to which a name is cut, which leaves room for a number."""


def plain_name(text: str, otherwise: str = "_") -> str:
    """Return an identifier similar to a text."""
    normal = unicodedata.normalize("NFC", text)
    name = re.sub(r"\W+", "_", normal)[:_MAX_LENGTH]
    if not normal.endswith("_"):
        name = name.rstrip("_") or name
    if not name.strip("_"):
        return name if name.isidentifier() and name == normal else otherwise
    if not name.isidentifier():
        name = re.sub(r"[^0-9A-Za-z_]+", "_", name)
        name = name if name.isidentifier() else f"_{name}"
    return unicodedata.normalize("NFC", name)


class Names:
    """The names that are taken, and new ones beside them.

    `kept` are names of a file: what is called otherwise there becomes none of them.
    """

    def __init__(self, taken: Iterable[str] = (), kept: Iterable[str] = ()) -> None:
        self.taken = set(taken)
        self._kept = frozenset(kept)
        self._next: dict[str, int] = {}

    def new(self, wanted: str, otherwise: str = "_", *, is_own: bool = True) -> str:
        """Reserve a name similar to `wanted`, with a number if that is taken.

        `is_own` says that `wanted` stands in the file as it is.
        """
        stem = name = plain_name(wanted, otherwise)
        number = self._next.get(stem, 2)
        while name in self.taken or (name in self._kept and not (is_own and name == wanted)):
            name = f"{stem}_{number}"
            number += 1
        if name != stem:
            self._next[stem] = number
        self.taken.add(name)
        return name
