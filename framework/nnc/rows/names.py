"""Which column is which input: names matched, and every name that does not match."""

from __future__ import annotations

import difflib
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from itertools import islice
from typing import NamedTuple

from nnc.diagnostics import closest
from nnc.exact import shown
from nnc.network import Input


class Problem(NamedTuple):
    """A name that means nothing, at the place `at` of the names given, or one that is missing."""

    rule: str
    message: str
    help: str
    at: int | None


_MOST_SEARCHES = 100  # each looks through all names


def _is_near(name: str, other: str) -> bool:
    """Tell whether one name is hardly anything but a misspelling of another.

    It is where the two are equal but for case, blanks, `_`, `-` and a doubled letter (`bb` for
    `b`); or where the longer has at least 4 letters, and one edit makes one the other (a letter
    more, less or another, or two swapped: `nmae`), or they share four fifths of their letters in
    order. So `id` is not near `d`, nor `name` near `income`.
    """
    one, two = _bare(name), _bare(other)
    if _once(one) == _once(two):
        return True
    return max(len(one), len(two)) >= 4 and (
        _is_one_edit(one, two) or difflib.SequenceMatcher(None, one, two).ratio() >= 0.8
    )


def _bare(name: str) -> str:
    """Leave out case, blanks, `_` and `-`."""
    return re.sub(r"[\s_-]", "", name.casefold())


def _once(bare: str) -> str:
    """Write each doubled letter once; digits stay, for `x11` is not `x1`."""
    return re.sub(r"([^\W\d])\1+", r"\1", bare)


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


def match_names(
    names: Sequence[str],
    inputs: Mapping[str, Input],
    *,
    noun: str,
    extra: str = "error",
    also: Collection[str] = (),
    complete: bool = True,
) -> Iterator[Problem]:
    """Tell what is wrong with the `names` of columns, keys or values.

    `noun` says which. A misspelled name and the input that it stands for are one problem, and so
    is one that would silently leave an input to its default. Without `complete`, absent inputs
    are fine.
    """
    present = set(names)
    absent = {name: one for name, one in inputs.items() if name not in present}
    rule = "missing-value" if noun == "value" else "missing-column"
    alike: dict[str, str] = {}
    for name in absent:
        alike.setdefault(_once(_bare(name)), name)
    searches = 0
    for at, name in enumerate(names):
        if name in inputs or name in also:
            continue
        meant = name.strip() if name.strip() in absent else None
        if meant is None and searches < _MOST_SEARCHES:
            searches += 1
            meant = closest(name, absent)
        if meant is None and (meant := alike.get(_once(_bare(name)))) not in absent:
            meant = None
        # A column beside one that is absent on purpose is an error only where it is really near.
        if meant is None or (noun != "value" and absent[meant].default is not None
                             and not _is_near(name, meant)):  # fmt: skip
            yield from _unknown(name, inputs, noun, extra, at)
            continue
        fix = f"did you mean `{meant}`?"
        if name.strip() == meant:
            fix = f"remove the blanks: `{meant}`"
        if absent.pop(meant).default is None and complete:
            yield Problem(
                rule,
                f"{_named(name, noun)} is no input, and input `{meant}` has no {noun}",
                fix,
                at,
            )
        elif complete:
            yield Problem(
                "column-not-input",
                f"{_named(name, noun)} is no input, and input `{meant}` would take its default",
                f"{fix} If not, remove the {noun}" if fix.endswith("?") else fix,
                at,
            )
        else:
            yield Problem("column-not-input", f"{_named(name, noun)} is no input", fix, at)
    for name, one in absent.items():
        if one.default is None and complete:
            yield Problem(
                rule,
                f"input `{name}` has no {noun} and no default",
                f"add a {noun} for `{name}`",
                None,
            )


def _unknown(
    name: str, inputs: Collection[str], noun: str, extra: str, at: int
) -> Iterator[Problem]:
    if extra == "drop":
        yield Problem("unknown-column", *about_left_out([name], noun), at)
    elif extra == "error":
        fix = f"remove the {noun}"
        if noun == "value":
            fix = f"the inputs are {', '.join(islice(inputs, 8))}" + (
                ", …" if len(inputs) > 8 else ""
            )
        yield Problem("column-not-input", f"{_named(name, noun)} is no input", fix, at)


def about_left_out(names: list[str], noun: str) -> tuple[str, str]:
    """Give the warning, and its help, about columns that are no inputs."""
    fix = "`--extra keep` writes {} beside the outputs, `--extra error` refuses {}"
    if len(names) == 1:
        return f"{_named(names[0], noun)} is no input and is left out", fix.format("it", "it")
    told = ", ".join(f"`{shown(name)}`" for name in names[:20])
    more = f" and {len(names) - 20:,} more" if len(names) > 20 else ""
    return f"{noun}s {told}{more} are no inputs and are left out", fix.format("them", "them")


def _named(name: str, noun: str) -> str:
    if not name:
        return f"the {noun} without a name"
    told = shown(name)
    return f"`{told}`" if noun == "value" else f"{noun} `{told}`"
