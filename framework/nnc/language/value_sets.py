"""Sets of numbers as they are written: `3`, `0..64`, `65..`, `..3`, and several joined by `|`."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from nnc.exact import Number, Refused, read_number, shorten, show_number

FORMS = "write a number, several as 1|2|3, or a range as 0..64, 65.. or ..64"


class Range(NamedTuple):
    """All numbers from `least` to `greatest`, both included; None where there is no end."""

    least: Number | None
    greatest: Number | None

    def __contains__(self, value: object) -> bool:
        assert isinstance(value, Number)
        is_from = self.least is None or value >= self.least
        return is_from and (self.greatest is None or value <= self.greatest)

    def __str__(self) -> str:
        if self.least is not None and self.least == self.greatest:
            return show_number(self.least)
        ends = ("" if end is None else show_number(end) for end in self)
        return "..".join(ends)


def read_value_set(text: str) -> tuple[Range, ...]:
    """Read numbers and ranges joined by `|`, in order and without overlap. Raises Refused."""
    return joined(_read_range(piece.strip(), text) for piece in text.split("|"))


def _read_range(piece: str, text: str) -> Range:
    if not piece:
        raise Refused("claim-value", f"`{shorten(text)}`: a value is missing beside `|`", FORMS)
    if ".." not in piece:
        number = read_number(piece)
        return Range(number, number)
    low, _, high = piece.partition("..")
    if not (low or high):
        raise Refused("claim-value", f"`{shorten(piece)}` has no end", FORMS)
    least = read_number(low.strip()) if low else None
    greatest = read_number(high.strip()) if high else None
    if least is not None and greatest is not None and least > greatest:
        raise Refused(
            "claim-value",
            f"the range `{shorten(piece)}` is empty: it ends before it starts",
            f"write {shorten(f'{high}..{low}')}",
        )
    return Range(least, greatest)


def joined(ranges: Iterable[Range]) -> tuple[Range, ...]:
    """Return the same numbers as ranges in order, of which none meet."""
    result: list[Range] = []
    for each in sorted(ranges, key=lambda each: (each.least is not None, each.least or 0)):
        last = result[-1] if result else None
        if last is None or (
            last.greatest is not None and each.least is not None and each.least > last.greatest
        ):
            result.append(each)
        elif last.greatest is not None:
            ends = (last.greatest, each.greatest)
            end = None if each.greatest is None else max(end for end in ends if end is not None)
            result[-1] = Range(last.least, end)
    return tuple(result)


def format_value_set(ranges: Sequence[Range]) -> str:
    """Write a set of numbers in one way: `1|2|10..12`."""
    if ranges and ranges[0] == (None, None):
        return "..0|0.."  # every number: `..` alone has no end
    return "|".join(map(str, ranges))
