"""Ranges, and numbers left open: the one reader of `0..64`, `65..` and `..3`.

A range has both of its ends. `Open` is a number that is still to be found, `_` in a file, or one
within a range.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from nnc.numbers.exact import Number, Refused, exact_number, read_number, shorten, show_number

_DOTS = re.compile(r"\.{2,}")
_MEANT_OPEN = re.compile(r"\?+|__+|\*|\u2026")
"""Other ways to write a number that is to be found."""
_MEANT_RANGE = re.compile(r"\s*(\S*?)\s*(?:\.\.=?<?|\u2026|\.{3}|\s(?:to|-|\u2013)\s)\s*(\S*?)\s*")
_FORMS = "write 0..5, 0.. or ..5"
ReadsNumber = Callable[[str], Number]


class Range(NamedTuple):
    """All numbers from `least` to `greatest`, both included; None where there is no end."""

    least: Number | None
    greatest: Number | None

    def __contains__(self, value: object) -> bool:
        """Return whether a number lies in it."""
        assert isinstance(value, Number)
        is_from = self.least is None or value >= self.least
        return is_from and (self.greatest is None or value <= self.greatest)

    def __str__(self) -> str:
        """Return it as a file writes it."""
        if self.least is not None and self.least == self.greatest:
            return show_number(self.least)
        return "..".join("" if end is None else show_number(end) for end in self)


@dataclass(frozen=True, slots=True)
class Open:
    """A number left open, to be found: `_` in a file; with bounds, both included, `0..5`.

    The bounds may be given in any form that a weight takes; in a `Neuron` they are exact.
    """

    low: Any = None
    high: Any = None

    def __str__(self) -> str:
        if self.low is None and self.high is None:
            return "_"
        ends = (self.low, self.high)
        return "..".join(
            "" if end is None else show_number(end) if isinstance(end, Number) else str(end)
            for end in ends
        )

    def __contains__(self, value: object) -> bool:
        """Return whether a number lies within the bounds."""
        return value in Range(self.low, self.high)


Entry = Number | Open
"""A weight, a threshold or points, as a network has it: a number, or one left open."""


def is_range(text: str) -> bool:
    """Return whether a text is meant to be a range."""
    return ".." in text


def read_range(text: str, read: ReadsNumber = read_number) -> Range:
    """Read a range, `0..64`, `65..` or `..3`; `read` reads its ends.

    Raises Refused, also for the reasons that a number is refused.
    """
    runs = list(_DOTS.finditer(text))
    if len(runs) != 1 or len(runs[0][0]) > 2:
        raise Refused("bad-range", f"`{shorten(text)}` is not a range", _FORMS)
    low, high = text[: runs[0].start()], text[runs[0].end() :]
    if not (low or high):
        raise Refused("bad-range", "`..` has no end", _FORMS)
    if "_" in (low, high):
        rest = f"{'' if low == '_' else low}..{'' if high == '_' else high}"
        hint = f"write `{shorten(rest)}`" if rest != ".." else "write `_`"
        raise Refused("bad-range", f"`{shorten(text)}` has a blank for an end", hint)
    ends = Range(*(_read_end(end, text, read) for end in (low, high)))
    return _in_order(ends, shorten(text))


def _in_order(ends: Range, text: str) -> Range:
    if ends.least is not None and ends.greatest is not None and ends.least > ends.greatest:
        message = f"the range `{text}` is empty: it ends before it starts"
        raise Refused("bad-range", message, f"write `{Range(ends.greatest, ends.least)}`")
    return ends


def _read_end(end: str, text: str, read: ReadsNumber) -> Number | None:
    """Read one end of a range; what is wrong with it names the range, and how to write that."""
    if not end:
        return None
    try:
        return read(end)
    except Refused as error:
        hint, words = error.help, error.help.split()
        if len(words) == 2 and words[0] == "write":  # which would replace the whole range
            hint = f"write `{shorten(text.replace(end, words[1], 1))}`"
        message = f"in the range `{shorten(text)}`, {error.message}"
        raise Refused(error.rule, message, hint) from None


# ------------------------------------------------------------------------------ blanks


def show_entry(entry: Entry) -> str:
    """Write a number exactly, and one that is left open as a file does."""
    return str(entry) if isinstance(entry, Open) else show_number(entry)


def added(a: Entry, b: Entry) -> Entry:
    """Add two numbers; the sum of one that is open lies between the sums of the bounds."""
    if not isinstance(a, Open) and not isinstance(b, Open):
        return a + b
    first, second = (x if isinstance(x, Open) else Open(x, x) for x in (a, b))
    pairs = ((first.low, second.low), (first.high, second.high))
    return Open(*(None if None in pair else sum(pair) for pair in pairs))


def open_number(value: object, read: Callable[[object], Number] = exact_number) -> Open | None:
    """Return the open number that a value is, `_`, a range or an `Open`; None for any other.

    `read` reads the bounds of an `Open`. Raises Refused for one that is not written as it should.
    """
    if isinstance(value, Open):
        low, high = (None if end is None else read(end) for end in (value.low, value.high))
        return Open(*_in_order(Range(low, high), str(value)))
    if not isinstance(value, str):
        return None
    if value == "_":
        return Open()
    if value == "..":
        raise Refused("bad-range", "`..` has no end", f"write `_` for any number, or {_FORMS[6:]}")
    if is_range(value):
        if "|" in value:
            message = f"`{shorten(value)}` has several ranges; a number left open has one"
            raise Refused("bad-range", message, _FORMS)
        return Open(*read_range(value))
    if _MEANT_OPEN.fullmatch(value):
        message = f"`{value}` does not leave a number open"
        raise Refused("bad-range", message, "write `_` for a number to be found")
    if (meant := _range_meant(value)) is not None:
        raise Refused("bad-range", f"`{shorten(value)}` is not a range", f"write `{meant}`")
    return None


def _range_meant(text: str) -> str | None:
    """Return the range that a text means that writes it in another way: `1 to 5`, `1…5`."""
    match = _MEANT_RANGE.fullmatch(text)
    if match is None:
        return None
    try:
        return str(read_range(f"{match[1]}..{match[2]}"))
    except Refused:
        return None


def leaves_open(value: object) -> bool:
    """Return whether a value is a blank: in quotes it means the same."""
    try:
        return open_number(value) is not None
    except Refused:
        return False


FORMS = "write a number, several as 1|2|3, or a range as 0..64, 65.. or ..64"


def read_value_set(text: str) -> tuple[Range, ...]:
    """Read numbers and ranges joined by `|`, in order and without overlap. Raises Refused."""
    return joined(_read_range(piece.strip(), text) for piece in text.split("|"))


def _read_range(piece: str, text: str) -> Range:
    if not piece:
        raise Refused("claim-value", f"`{shorten(text)}`: a value is missing beside `|`", FORMS)
    if is_range(piece):
        return read_range(piece)
    number = read_number(piece)
    return Range(number, number)


def joined(ranges: Iterable[Range]) -> tuple[Range, ...]:
    """Return the same numbers as ranges in order, of which none meet."""
    result: list[Range] = []
    for span in sorted(ranges, key=lambda span: (span.least is not None, span.least or 0)):
        last = result[-1] if result else None
        if last is None or (
            last.greatest is not None and span.least is not None and span.least > last.greatest
        ):
            result.append(span)
        elif last.greatest is not None:
            ends = (last.greatest, span.greatest)
            end = None if span.greatest is None else max(end for end in ends if end is not None)
            result[-1] = Range(last.least, end)
    return tuple(result)


def format_value_set(ranges: Sequence[Range]) -> str:
    """Write a set of numbers in one way: `1|2|10..12`."""
    if ranges and ranges[0] == (None, None):
        return "..0|0.."  # every number: `..` alone has no end
    return "|".join(map(str, ranges))
