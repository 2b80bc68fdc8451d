"""Exact numbers and names of a plan as text.

A number is `-12`, `1/3`, or hexadecimal where it is longer than Python takes in decimal.
"""

from __future__ import annotations

import re
from fractions import Fraction
from typing import Any, get_args

import numpy as np
from numpy.typing import NDArray

from nnc.compiler.graph import OutputKind
from nnc.numbers.exact import Number, fits_json, simplest
from nnc.numbers.integers import Array, objects

Json = Any
OUTPUT_KINDS = get_args(OutputKind)
_DECIMAL_BITS = 13_000  # below Python's own limit of 4,300 digits
_MAX_BITS = 1 << 16  # no plan has more; the common divisor of two would take too long
_PART = r"-?(?:0|[1-9][0-9]{0,3999}|0x[1-9a-f][0-9a-f]*)"
_NUMBER = re.compile(rf"({_PART})(?:/({_PART}))?")


class Damaged(Exception):
    """A compiled network is damaged."""


def text_of(value: Number) -> str:
    """Write a number exactly."""
    if isinstance(value, Fraction):
        return f"{text_of(value.numerator)}/{text_of(value.denominator)}"
    return str(value) if value.bit_length() < _DECIMAL_BITS else hex(value)


def number_in(text: str) -> Number:
    """Read a number. Raises Damaged."""
    match = _NUMBER.fullmatch(text)
    if match is None:
        raise Damaged("the compiled network holds a number that is not one")
    above, below = int(match[1], 0), int(match[2] or "1", 0)
    is_whole = match[2] is None
    if max(above.bit_length(), below.bit_length()) > _MAX_BITS or not (is_whole or below >= 2):
        raise Damaged("the compiled network holds a number that is not one")
    if is_whole:
        return above
    return simplest(Fraction(above, below))


def json_number(value: Number) -> int | str:
    """Return a number as JSON takes it: an integer that every reader holds, else a text."""
    return value if fits_json(value) else text_of(value)


def number_of(value: object) -> Number:
    """Read a number from JSON. Raises Damaged."""
    if type(value) is int:
        return value
    if isinstance(value, str):
        return number_in(value)
    raise Damaged("the compiled network holds a number that is not one")


def text_in(value: object) -> str:
    """Return a text of JSON. Raises Damaged for anything else."""
    if not isinstance(value, str):
        raise Damaged("the compiled network has no text where one belongs")
    return value


def list_in(value: object) -> list[Json]:
    """Return a list of JSON. Raises Damaged for anything else."""
    if not isinstance(value, list):
        raise Damaged("the compiled network has no list where one belongs")
    return value


def numbers_to_bytes(array: Array) -> NDArray[np.uint8]:
    """Write an array of exact numbers, row by row, one a line."""
    return to_bytes("\n".join(map(text_of, array.ravel().tolist())))


def numbers_from(data: Array) -> Array:
    """Read exact numbers, one a line. Raises Damaged."""
    return objects(list(map(number_in, lines_of(data))))


def to_bytes(text: str) -> NDArray[np.uint8]:
    """Return a text as an array of the bytes of its UTF-8."""
    return np.frombuffer(text.encode(), np.uint8)


def lines_of(data: Array) -> list[str]:
    """Return the lines of a text; an empty one has none. Raises Damaged."""
    try:
        text = data.tobytes().decode()
    except UnicodeDecodeError:
        raise Damaged("the compiled network holds a text that is not UTF-8") from None
    return text.split("\n") if text else []


def names_in(data: Array, count: int) -> tuple[str, ...]:
    """Read names, one a line. Raises Damaged if there are fewer."""
    names = lines_of(data)
    if len(names) != count:
        raise Damaged(f"the compiled network has {len(names):,} names for {count:,}")
    return tuple(names)
