"""Names and sources: the form of what may be wired, not whether it is declared.

A source is `name(index).port(index)`, or a constant; an index is `x`, `x:y`, `x:y:step`, or by
place `x, y`.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

from nnc.language.firing import meant
from nnc.numbers.exact import Refused, kind_of, shorten, show_number

LONGEST_NAME = 200
LARGEST_SIZE = 10_000_000
"""The largest size of a bus, and the largest `repeat` of a part."""
CONSTANTS = ("0", "1")


def check_name(value: object) -> str:
    """Return `value` if it is a name: an NFC identifier of at most 200 characters.

    Raises Refused where it is none.
    """
    if not isinstance(value, str):
        raise Refused("wrong-type", f"expected a name, found {kind_of(value)}")
    text = str(value)
    if text.isascii() and text.isidentifier() and len(text) <= LONGEST_NAME:
        return text
    name = shorten(text)
    if len(text) > LONGEST_NAME:
        raise Refused(
            "bad-name",
            f"the name `{name}` has {len(text)} characters; at most {LONGEST_NAME} are allowed",
            "choose a shorter name",
        )
    normal = unicodedata.normalize("NFC", text)
    if not normal.isidentifier():
        plain = re.sub(r"\W+", "_", normal).strip("_")
        plain = f"_{plain}" if plain[:1].isdigit() else plain
        hint = f"write `{plain}`" if plain.isidentifier() else "choose a name such as `a1`"
        message = f"`{name}` is not a name: a name has letters, digits and `_`, and no digit first"
        raise Refused("bad-name", message, hint)
    if normal != text:
        raise Refused(
            "name-not-nfc",
            f"the name `{name}` is not in Unicode normal form C",
            f"write `{shorten(normal)}` with composed letters (NFC); `nnc fmt` does so everywhere",
        )
    return text


# --------------------------------------------------------------------------------- indices


class IndexTerm(NamedTuple):
    """An element's number as it is written: `factor*i + offset`; `factor` is 0 without an `i`."""

    factor: int
    offset: int

    def at(self, element: int) -> int:
        """Return the number for one element of a repeated part."""
        return self.factor * element + self.offset


class Index(NamedTuple):
    """An index: one element, or with `stop` every `step`-th from `start` to before `stop`.

    `more` has the places on further axes, where an element is named by its place in a shape.
    """

    start: IndexTerm
    stop: IndexTerm | None = None
    step: int = 1
    more: tuple[int, ...] = ()

    @property
    def uses_i(self) -> bool:
        """True if it depends on the element of a repeated part."""
        return self.start.factor != 0 or (self.stop is not None and self.stop.factor != 0)

    @property
    def places(self) -> range:
        """The places of the elements that it names; of one that depends on `i`, where it is 0."""
        start = self.start.offset
        return range(start, start + 1 if self.stop is None else self.stop.offset, self.step)


def show_shape(shape: Sequence[int]) -> str:
    """Write a shape as messages do: `28x28x3`."""
    return "x".join(map(str, shape)) or "no dimension"


def flat_place(places: Sequence[int], shape: Sequence[int]) -> int | None:
    """Return the number of the element at a place of a shape; None where there is none."""
    if len(places) != len(shape) or any(p >= s for p, s in zip(places, shape, strict=True)):
        return None
    number = 0
    for place, size in zip(places, shape, strict=True):
        number = number * size + place
    return number


class Source(NamedTuple):
    """A source taken apart: `name(index).port(port_index)`."""

    name: str
    index: Index | None = None  # type: ignore[assignment]
    port: str | None = None
    port_index: Index | None = None

    @property
    def uses_i(self) -> bool:
        """True if it depends on the element of a repeated part."""
        return any(index is not None and index.uses_i for index in (self.index, self.port_index))


_DIGITS = r"(?:0|[1-9][0-9]{0,17})"
_TERM = re.compile(
    rf"(?:(?:(?P<factor>[1-9][0-9]{{0,17}})\*)?(?P<i>i)(?P<offset>[+-]{_DIGITS})?|{_DIGITS})"
)
_NAME = r"[^\s()\[\].,:{}]+"
_SOURCE = re.compile(
    rf"(?P<name>{_NAME})(?:\((?P<index>[^()]*)\))?"
    rf"(?:\.(?P<port>{_NAME})(?:\((?P<port_index>[^()]*)\))?)?"
)


def parse_index(text: str) -> Index | None:
    """Take an index apart: `3`, `0:4`, `0:56:8`, `1, 2`, `28*i+28`; None for another form."""
    if "," in text:
        if not re.fullmatch(rf"{_DIGITS}(?: *, *{_DIGITS})+", text):
            return None
        first, *more = map(int, text.split(","))
        return Index(IndexTerm(0, first), more=tuple(more))
    parts = text.split(":")
    if len(parts) > 3 or (len(parts) == 3 and not re.fullmatch(_DIGITS, parts[2])):
        return None
    terms = [_term(part) for part in parts[:2]]
    step = int(parts[2]) if len(parts) == 3 else 1
    start = terms[0]
    if start is None or None in terms or not step:
        return None
    return Index(start, terms[1] if len(terms) == 2 else None, step)


def _term(text: str) -> IndexTerm | None:
    match = _TERM.fullmatch(text)
    if match is None:
        return None
    if match["i"] is None:
        return IndexTerm(0, int(text))
    factor = int(match["factor"]) if match["factor"] is not None else 1
    return IndexTerm(factor, int(match["offset"] or 0))


# --------------------------------------------------------------------------------- sources


@lru_cache(maxsize=65536)
def parse_source(text: str) -> Source:
    """Take a source apart. Raises Refused for a text of another form."""
    if text in CONSTANTS or (text.isascii() and text.isidentifier()):
        return Source(text)
    source = shorten(text)
    match = _SOURCE.fullmatch(text)
    if match is None:
        raise _no_source(text, source)
    if re.fullmatch(r"-?[0-9]+", text):
        raise Refused("bad-source", f"`{source}` is not a source", "the only constants are 0 and 1")
    for name in filter(None, (match["name"], match["port"])):
        try:
            check_name(name)
        except Refused as error:
            is_formula = re.search(r"[*+/]|^-", name) is not None
            raise Refused(
                error.rule if error.rule == "name-not-nfc" else "bad-source",
                f"`{source}` is not a source: {error.message}",
                "write a name alone; its weight says how it counts"
                if is_formula
                else _steps_for(text) or error.help,
            ) from None
    indices = []
    for index_text in (match["index"], match["port_index"]):
        index = None if index_text is None else parse_index(index_text)
        if index_text is not None and index is None:
            raise _no_index(index_text, source)
        indices.append(index)
    return Source(match["name"], indices[0], match["port"], indices[1])


def _no_source(text: str, source: str) -> Refused:
    square = re.fullmatch(r"([^\s\[\]]+)\[([0-9:]+)\]", text)
    if square:
        return Refused(
            "square-bracket-index",
            f"`{source}`: an index goes in round brackets",
            f"write `{square[1]}({square[2]})`",
        )
    hint = "write the name of an input or neuron, `name(index)` or `name.port`"
    return Refused("bad-source", f"`{source}` is not a source", _steps_for(text) or hint)


_COMPARED = re.compile(r"([^\W\d]\w*)(?: +| *(?=[^\w.(]))(.+)")
_EQUAL = re.compile(r"(?P<equal>==?)? *(?(equal)|(?:!=|<>|≠)) *(-?[0-9.]+)")
_MIRRORED = str.maketrans("<>≤≥", "><≥≤")
_STEPS = {
    "at_least": "{0}: points",
    "above": "above {0}: points",
    "below": "LOWEST: points, {0}: 0",
    "at_most": "LOWEST: points, above {0}: 0",
    "equal": "{0}: points, above {0}: 0",
    "unequal": "LOWEST: points, {0}: 0, above {0}: points",
}
"""Steps that give points where a number compares so with another; LOWEST is its least value."""


def _steps_for(text: str) -> str | None:
    """Return how a comparison, `age >= 75`, is written among weights; None for another text."""
    if turned := re.fullmatch(r"(-?[0-9.]+) *([<>=≤≥]+) *(\w+)", text):
        text = f"{turned[3]} {turned[2].translate(_MIRRORED)} {turned[1]}"
    if (match := _COMPARED.fullmatch(text)) is None:
        return None
    name, comparison = match.groups()
    if equal := _EQUAL.fullmatch(comparison):
        rule, number = "equal" if equal["equal"] else "unequal", equal[2]
    elif limit := meant(comparison):
        rule, number = limit.rule, show_number(limit.number)
    else:
        return None
    steps = _STEPS[rule].format(number)
    more = f"; LOWEST is the least value of `{name}`" if "LOWEST" in steps else ""
    return f"among the weights, write steps: `{name}: {{{steps}}}`{more}"


_INDEX_HINTS = (
    (r"(^|.*:)-.*", "an index counts from 0 and is never negative"),
    (r"(^|.*:)0[0-9].*", "write the index without leading zeros"),
    (r"[^:]+:[^:]+:0", "write a step of at least 1"),
    (r":.*|.*:", "write both ends of the slice: `a(0:4)`"),
    (
        r".*(\bi\b|[0-9]i).*",
        "write `i`, `i+c`, `i-c`, `k*i`, `k*i+c` or `k*i-c` with plain integers",
    ),
    (r"\w+", "write a number; in the wiring of a repeated part, `i` is the number of each"),
    (r".*", "write an element `a(3)`, or a slice `a(0:4)` or `a(0:8:2)`"),
)
"""Hints for a text that is not an index; the first pattern that matches counts."""


def _no_index(text: str, source: str) -> Refused:
    joined = re.sub(r"\s+", "", text)
    hint = next(hint for pattern, hint in _INDEX_HINTS if re.fullmatch(pattern, joined))
    what = f"`{shorten(text)}` is not an index" if joined else "the index is empty"
    return Refused("bad-source", f"`{source}`: {what}", hint)


def name_in(text: str) -> str:
    """Return the name that a source begins with: `adder` of `adder(3).sum`."""
    return text.partition("(")[0].partition(".")[0]


def uses_i(text: str) -> bool:
    """Return whether a text is a source that depends on the element of a repeated part."""
    try:
        return "(" in text and parse_source(text).uses_i
    except Refused:
        return False


def read_source(value: object) -> str:
    """Read a source, its form checked. Raises Refused."""
    text = read_port_source(value)
    if uses_i(text):
        raise Refused(
            "bad-source",
            f"`{shorten(text)}`: `i` is known only in the wiring of a repeated part",
            "write the number of the element",
        )
    return text


def read_port_source(value: object) -> str:
    """Read a source in the wiring of a part, where an index may have an `i`. Raises Refused."""
    if type(value) is str and value.isidentifier() and value.isascii():
        return value
    if isinstance(value, int) and value in (0, 1) and not isinstance(value, bool):
        return str(value)
    if isinstance(value, dict) and len(value) == 1:
        ((key, rest),) = value.items()
        joined = re.sub(r"\s+", "", f"{key}:{rest}")
        if _SOURCE.fullmatch(joined):  # YAML took the colon of a slice for one of its own
            slice_ = f"a slice with spaces, `{shorten(f'{key}: {rest}')}`"
            raise Refused("bad-source", f"expected a source, found {slice_}", f"write `{joined}`")
    if not isinstance(value, str):
        raise Refused(
            "wrong-type",
            f"expected a source, found {kind_of(value)}",
            "write the name of an input or neuron",
        )
    parse_source(value)
    return str(value)
