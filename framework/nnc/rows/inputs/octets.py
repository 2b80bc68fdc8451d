"""Numbers and labels read from the bytes of many cells at once, from the places where they end.

Numbers are read exactly as `nnc.numbers.exact` reads them. What is unusual is not read: None.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nnc.numbers.integers import Array
from nnc.rows.columns import Column
from nnc.rows.inputs.cells import reduced

Octets = NDArray[np.uint8]
Offsets = NDArray[np.int64]

_MAX_DIGITS = 18  # that always fit int64
_MAX_LENGTH = _MAX_DIGITS + 2  # a sign, and a point
_HALF = 10  # of the digits of integers of 64 bits
_MAX_LABEL = 32
_ZERO = np.uint8(ord("0"))
_POINT = ord(".")
_MINUS = ord("-")
_POWERS = 10 ** np.arange(_MAX_DIGITS + 1, dtype=np.int64)


def numbers_at(
    octets: Octets, ends: Offsets, lengths: Offsets, point: int = _POINT
) -> Column | None:
    """Read integers and decimals of few digits, each of at least one character.

    `ends` are the places after each cell; all arrays have one shape, and so has the column: uint8
    for single digits, else int64, in lowest terms. `point` is the character of the decimal point.
    """
    longest = int(lengths.max())
    is_word = int(octets[ends.flat[0] - 1]) not in (*b"0123456789", point)  # such as `true`
    if is_word or longest > _MAX_LENGTH:
        return None
    digits = _digits_at(octets, ends, lengths)
    if digits.max() > 9:
        return _decimals(digits, lengths.astype(np.uint8), point)
    if longest > _MAX_DIGITS:
        return None
    return Column(digits[0] if longest == 1 else _whole(digits))


def unsigned_at(octets: Octets, ends: Offsets, lengths: Offsets) -> Column | None:
    """Read unsigned integers of up to 64 bits, as `numbers_at` does those of few digits."""
    if int(lengths.max()) > _MAX_LENGTH:
        return None
    digits = _digits_at(octets, ends, lengths)
    if digits.max() > 9 or len(digits) <= _HALF:
        return None
    low, high = (_whole(half).astype(np.uint64) for half in (digits[:_HALF], digits[_HALF:]))
    if high.max() >= 2**64 // 10**_HALF:
        return None
    return Column(high * np.uint64(10**_HALF) + low)


def _digits_at(octets: Octets, ends: Offsets, lengths: Offsets) -> Octets:
    """Return the characters of each cell less `0`, the last first, and 0 before the first."""
    digits = np.empty((int(lengths.max()), *ends.shape), np.uint8)
    for place, row in enumerate(digits, start=1):
        octets.take(ends - place, mode="clip", out=row)
    digits -= _ZERO
    for place in range(int(lengths.min()), len(digits)):
        digits[place] *= lengths > place
    return digits


def _decimals(digits: Octets, lengths: Octets, point: int) -> Column | None:
    """Read numbers with a sign or a point, from their characters less `0`."""
    is_other, is_point = digits > 9, digits == _less_zero(point)
    is_minus = digits == _less_zero(_MINUS)
    for place, row in enumerate(is_minus, start=1):
        row &= lengths == place
    points, is_negative = is_point.sum(axis=0, dtype=np.uint8), is_minus.any(axis=0)
    if (is_other ^ is_point ^ is_minus).any() or points.max() > 1:
        return None
    digits *= ~is_other
    after, is_left = np.zeros_like(lengths), np.zeros(lengths.shape, bool)
    for place, row in enumerate(digits):
        after += is_point[place] * np.uint8(place)
        is_left |= is_point[place]
        left = digits[place + 1] if place + 1 < len(digits) else np.uint8(0)
        row += (left - row) * is_left  # modulo 256
    count, most = lengths - points - is_negative, int(after.max())
    if count.min() == 0 or int((count - after).max()) + most > _MAX_DIGITS:
        return None
    whole = _whole(digits)
    if int(after.min()) < most:
        whole *= _POWERS[most - after]
    np.negative(whole, out=whole, where=is_negative)
    return reduced(whole, 10**most)


def _less_zero(character: int) -> int:
    return (character - ord("0")) % 256


def _whole(digits: Octets) -> NDArray[np.int64]:
    """Return the integers of at most 18 digits: of twos, then of fours, eights, and so on."""
    parts: Array = digits
    kinds: list[type[np.integer[Any]]] = [np.uint8, np.uint16, np.uint32, np.int64, np.int64]
    for doubling, kind in enumerate(kinds):
        if len(parts) > 1:
            high = parts[1::2] * kind(10 ** (1 << doubling))
            parts = parts[::2].astype(kind)
            parts[: len(high)] += high
    whole: NDArray[np.int64] = parts[0].astype(np.int64, copy=False)
    return whole


def labels_at(
    octets: Octets, ends: Offsets, lengths: Offsets, labels: Sequence[str]
) -> NDArray[np.intp] | None:
    """Return which of the `labels` each cell holds, byte by byte; None where it is none of them."""
    longest = int(lengths.max())
    if longest > _MAX_LABEL or len(labels) > 2 * _MAX_LABEL:
        return None
    words = [
        _word(octets, ends - first, lengths - first, min(8, longest - first))
        for first in range(0, longest, 8)
    ]
    codes = np.full(ends.shape, -1, np.intp)
    for code, label in enumerate(labels):
        backwards = label.encode()[::-1]
        if len(backwards) <= longest:
            is_label = lengths == len(backwards)
            for first, word in zip(range(0, longest, 8), words, strict=True):
                is_label &= word == int.from_bytes(backwards[first : first + 8], "little")
            codes[is_label] = code
    return codes if codes.min() >= 0 else None


def _word(octets: Octets, ends: Offsets, lengths: Offsets, size: int) -> NDArray[np.uint64]:
    """Return the last characters of each cell as a number, the last one lowest."""
    word: Array = np.zeros(ends.shape, np.uint64)
    for place in range(1, size + 1):
        character = octets.take(ends - place, mode="clip").astype(np.uint64)
        character *= lengths >= place
        character <<= np.uint64(8 * (place - 1))
        word |= character
    return word
