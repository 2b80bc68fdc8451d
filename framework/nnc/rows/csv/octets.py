"""Cells of CSV text read where they stand, a column of bytes at a time; None for unusual ones.

What is read here is read exactly as `nnc.exact` reads it; whatever is refused or unusual is left to
the slower readers, which know why.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nnc.rows.columns import Column
from nnc.rows.inputs.cells import reduced

Octets = NDArray[np.uint8]
Places = NDArray[np.int64]

_LONGEST = 18  # characters whose digits always fit int64
_SHORT = 9  # digits that always fit int32
_LONGEST_LABEL = 32
_ZERO, _POINT, _MINUS = np.uint8(48), np.uint8(46), np.uint8(45)
_POWERS = 10 ** np.arange(_LONGEST + 1, dtype=np.int64)


def numbers_at(octets: Octets, ends: Places, lengths: Places) -> Column | None:
    """Read integers and decimals of few digits, each of at least one character.

    `ends` are the places after each cell; all arrays have one shape, and so has the column: uint8
    for single digits, else int64, in lowest terms.
    """
    longest, shortest = int(lengths.max()), int(lengths.min())
    if longest > _LONGEST:
        return None
    last = _digit(octets, ends, 1)
    is_plain = last.max() <= 9
    if longest == 1:
        return Column(last) if is_plain else None
    kind = np.int32 if longest <= _SHORT else np.int64
    total: NDArray[Any] = last.astype(kind)
    product = np.empty_like(total)
    for place in range(2, longest + 1):
        if not is_plain:
            return _decimals_at(octets, ends, lengths, longest)
        digit = _digit(octets, ends, place)
        if place > shortest:
            digit *= (lengths >= place).view(np.uint8)
        is_plain = digit.max() <= 9
        np.multiply(digit, kind(10 ** (place - 1)), out=product)
        total += product
    if not is_plain:
        return _decimals_at(octets, ends, lengths, longest)
    return Column(total.astype(np.int64))


def _digit(octets: Octets, ends: Places, place: int) -> Octets:
    """Give the character so many places before the end of each cell, less `0`."""
    return octets.take(ends - place, mode="clip") - _ZERO


def _decimals_at(octets: Octets, ends: Places, lengths: Places, longest: int) -> Column | None:
    """Read numbers with a sign or a point, from the left."""
    whole = np.zeros(ends.shape, np.int64)
    digits, after = np.zeros(ends.shape, np.int64), np.zeros(ends.shape, np.int64)
    has_point, is_negative = np.zeros(ends.shape, bool), np.zeros(ends.shape, bool)
    for place in range(longest, 0, -1):
        character = octets.take(ends - place, mode="clip")
        is_inside = lengths >= place
        is_digit = (character - _ZERO <= 9) & is_inside
        is_point = (character == _POINT) & is_inside
        is_minus = (character == _MINUS) & (lengths == place)
        is_wrong = is_inside & ~(is_digit | is_minus | (is_point & ~has_point))
        if is_wrong.any():
            return None
        np.copyto(whole, whole * 10 + (character - _ZERO), where=is_digit)
        digits += is_digit
        after += is_digit & has_point
        has_point |= is_point
        is_negative |= is_minus
    most = int(after.max())
    if digits.min() == 0 or int((digits - after).max()) + most > _LONGEST:
        return None
    whole *= _POWERS[most - after]
    np.negative(whole, out=whole, where=is_negative)
    return reduced(whole, 10**most)


def labels_at(
    octets: Octets, ends: Places, lengths: Places, labels: Sequence[str]
) -> NDArray[np.intp] | None:
    """Give which of the `labels` each cell holds, byte by byte; None where it is none of them."""
    longest = int(lengths.max())
    if longest > _LONGEST_LABEL or len(labels) > 2 * _LONGEST_LABEL:
        return None
    words = [
        _word(octets, ends - first, lengths - first, min(8, longest - first))
        for first in range(0, longest, 8)
    ]
    codes = np.full(ends.shape, -1, np.intp)
    for code, label in enumerate(labels):
        written = label.encode()[::-1]
        if len(written) <= longest:
            is_label = lengths == len(written)
            for first, word in zip(range(0, longest, 8), words, strict=True):
                is_label &= word == int.from_bytes(written[first : first + 8], "little")
            codes[is_label] = code
    return codes if codes.min() >= 0 else None


def _word(octets: Octets, ends: Places, lengths: Places, size: int) -> NDArray[np.uint64]:
    """Give the last characters of each cell as a number, the last one lowest."""
    word: NDArray[Any] = np.zeros(ends.shape, np.uint64)
    for place in range(1, size + 1):
        character = octets.take(ends - place, mode="clip").astype(np.uint64)
        character *= lengths >= place
        character <<= np.uint64(8 * (place - 1))
        word |= character
    return word
