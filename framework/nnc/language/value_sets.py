"""Sets of numbers as they are written: `3`, `0..64`, `65..`, `..3`, and several joined by `|`."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from nnc.language.ranges import Range, is_range, read_range
from nnc.numbers.exact import Refused, read_number, shorten

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
