"""Texts and numbers made a Column, exactly; and why one is refused."""

from __future__ import annotations

import math
from collections.abc import Sequence
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nnc.columns import Column
from nnc.exact import Number, Refused, read_number, show_number, simplest
from nnc.network import Input

_INT64 = 1 << 63
_SHORT = 18  # digits that always fit int64
_PLAIN = b"0123456789-.,"


def read_cell(text: str, one: Input) -> Number:
    """Read the value of an input from its text; leading zeros are fine.  Raises Refused."""
    if not text:
        if one.default is not None:
            return one.default
        raise Refused(
            "missing-value", "the cell is empty, and there is no default", "write a value"
        )
    try:
        value = read_number(text, lenient=True)
    except Refused as error:
        bare = text.strip()
        if bare != text and is_number(bare):
            raise Refused(error.rule, error.message, f"remove the blanks: {bare}") from None
        if one.type == "bit" and error.rule == "not-a-number":
            raise Refused(error.rule, error.message, fix_of(one)) from None
        raise
    check_value(value, one)
    return value


def is_number(text: str) -> bool:
    """Tell whether a text is a number that rows may hold."""
    try:
        read_number(text, lenient=True)
    except Refused:
        return False
    return True


def check_value(value: Number, one: Input) -> None:
    """Raise Refused where `value` is none of the input's values."""
    if wrong := one.refuses(value):
        raise Refused("bad-value", wrong, fix_of(one))


def fix_of(one: Input) -> str:
    """Say what a value of this input looks like."""
    if one.type == "bit":
        return "write 0 or 1"
    kind = "an integer" if one.type == "integer" else "a number"
    if one.min is not None and one.max is not None:
        return f"write {kind} from {show_number(one.min)} to {show_number(one.max)}"
    if one.min is not None:
        return f"write {kind} of at least {show_number(one.min)}"
    if one.max is not None:
        return f"write {kind} of at most {show_number(one.max)}"
    return f"write {kind}"


def column_of_texts(texts: Sequence[str], one: Input) -> Column | None:
    """Read one column of at least one text; None where any text is refused."""
    distinct = set(texts)
    if len(distinct) * 4 > len(texts):
        return _read(texts, one)
    different = list(distinct)
    column = _read(different, one)
    if column is None:
        return None
    place = dict(zip(different, range(len(different)), strict=True))
    rows = np.fromiter(map(place.__getitem__, texts), np.intp, len(texts))
    return Column(column.numerators[rows], column.denominator)


def _read(texts: Sequence[str], one: Input) -> Column | None:
    column = _read_short(texts, one)
    if column is None:
        try:
            numbers = [read_cell(text, one) for text in texts]
        except Refused:
            return None
        return column_of_numbers(numbers, one)
    return checked(column, one)


def _read_short(texts: Sequence[str], one: Input) -> Column | None:
    """Read integers and decimals of few digits fast; None where others are among them."""
    if one.default is not None and "" in texts:
        default = show_number(one.default)
        texts = [text or default for text in texts]
    joined = ",".join(texts)
    if not joined.isascii() or ".-" in joined or max(map(len, texts)) > _SHORT:
        return None
    written = joined.encode("ascii")
    if written.translate(None, _PLAIN):
        return None
    try:
        if b"." not in written:
            return Column(np.fromiter(map(int, texts), np.int64, len(texts)))
        parts = [text.partition(".") for text in texts]
        places = max(len(after) for _, _, after in parts)
        scales = [10 ** (places - digits) for digits in range(places + 1)]
        numerators = (int(before + after) * scales[len(after)] for before, _, after in parts)
        return reduced(np.fromiter(numerators, np.int64, len(texts)), 10**places)
    except (ValueError, OverflowError):
        return None


def reduced(numerators: NDArray[np.int64], denominator: int) -> Column:
    """Give a column in lowest terms."""
    common = math.gcd(int(np.gcd.reduce(numerators)), denominator)
    return (
        Column(numerators // common, denominator // common)
        if common > 1
        else Column(numerators, denominator)
    )


def checked(column: Column, one: Input) -> Column | None:
    """Give a column in lowest terms as one of the input's type; None if a value is refused."""
    numerators, denominator = column.numerators, column.denominator
    if one.type != "real" and denominator != 1:
        return None
    for extreme in (numerators.min(), numerators.max()):
        if one.refuses(simplest(Fraction(int(extreme), denominator))):
            return None
    return Column(numerators.astype(np.uint8)) if one.type == "bit" else column


def column_of_numbers(numbers: Sequence[Number], one: Input) -> Column:
    """Store values of an input that were checked before."""
    if one.type == "bit":
        return Column(np.array(numbers, np.uint8))
    denominator = math.lcm(*{number.denominator for number in numbers})
    if denominator < _INT64:
        scaled = [n.numerator * (denominator // n.denominator) for n in numbers]
        if all(-_INT64 <= n < _INT64 for n in scaled):
            return Column(np.array(scaled, np.int64), denominator)
    stored: NDArray[Any] = np.empty(len(numbers), object)
    stored[:] = list(numbers)
    return Column(stored)


def constant(value: Number, one: Input, count: int) -> Column:
    """Give a column that holds one value in every row."""
    column = column_of_numbers([value], one)
    return Column(np.repeat(column.numerators, count), column.denominator)
