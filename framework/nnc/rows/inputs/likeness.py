"""Names that are hardly anything but misspellings of each other."""

from __future__ import annotations

import difflib
import re


def is_near(name: str, other: str) -> bool:
    """Tell whether one name is hardly anything but a misspelling of another.

    It is where the two are equal but for case, blanks, `_`, `-` and a doubled letter (`bb` for
    `b`); or where the longer has at least 4 letters, and one edit makes one the other (a letter
    more, less or another, or two swapped: `nmae`), or they share four fifths of their letters in
    order. So `id` is not near `d`, nor `name` near `income`.
    """
    one, two = _bare(name), _bare(other)
    if skeleton(name) == skeleton(other):
        return True
    return max(len(one), len(two)) >= 4 and (
        _is_one_edit(one, two) or difflib.SequenceMatcher(None, one, two).ratio() >= 0.8
    )


def skeleton(name: str) -> str:
    """Leave out case, blanks, `_` and `-`, and write each doubled letter once.

    Digits stay, for `x11` is not `x1`.
    """
    return re.sub(r"([^\W\d])\1+", r"\1", _bare(name))


def _bare(name: str) -> str:
    return re.sub(r"[\s_-]", "", name.casefold())


def _is_one_edit(one: str, two: str) -> bool:
    """Tell whether inserting, deleting, changing or swapping letters once makes one the other."""
    start = _shared(one, two)
    one, two = one[start:], two[start:]
    end = _shared(one[::-1], two[::-1])
    one, two = one[: len(one) - end], two[: len(two) - end]
    return max(len(one), len(two)) <= 1 or (len(one) == 2 and one == two[::-1])


def _shared(one: str, two: str) -> int:
    """Count the letters that two names start with alike."""
    pairs = enumerate(zip(one, two, strict=False))
    return next((i for i, (a, b) in pairs if a != b), min(len(one), len(two)))
