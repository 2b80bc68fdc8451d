"""Exact numbers and names of a plan as text.

A number is `-12`, `1/3`, or hexadecimal where it is longer than Python takes in decimal.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from fractions import Fraction
from functools import cached_property
from itertools import pairwise
from typing import Any, overload

import numpy as np
from numpy.typing import NDArray

from nnc.numbers.exact import Number, fits_json, simplest
from nnc.numbers.integers import objects

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


def numbers_to_bytes(array: NDArray[Any]) -> NDArray[np.uint8]:
    """Write an array of exact numbers, row by row, one a line."""
    return to_bytes("\n".join(map(text_of, array.ravel().tolist())))


def numbers_from(data: NDArray[Any]) -> NDArray[Any]:
    """Read exact numbers, one a line. Raises Damaged."""
    return objects(list(map(number_in, lines_of(data))))


def to_bytes(text: str) -> NDArray[np.uint8]:
    """Return a text as an array of the bytes of its UTF-8."""
    return np.frombuffer(text.encode(), np.uint8)


def lines_of(data: NDArray[Any]) -> list[str]:
    """Return the lines of a text; an empty one has none. Raises Damaged."""
    try:
        text = data.tobytes().decode()
    except UnicodeDecodeError:
        raise Damaged("the compiled network holds a text that is not UTF-8") from None
    return text.split("\n") if text else []


# ----------------------------------------------------------------------------------- names


class Names(Sequence[str]):
    """Names that are read from their text when they are first needed.

    `fail` makes the error of a text that has not `count` names.
    """

    def __init__(
        self, data: NDArray[Any], count: int, fail: Callable[[Damaged], Exception]
    ) -> None:
        self._data, self._count, self._fail = data, count, fail

    @cached_property
    def _all(self) -> list[str]:
        try:
            names = lines_of(self._data)
            if len(names) != self._count:
                raise Damaged(f"the compiled network has {len(names):,} names for {self._count:,}")
        except Damaged as damaged:
            raise self._fail(damaged) from None
        return names

    def __len__(self) -> int:
        return self._count

    @overload
    def __getitem__(self, place: int) -> str: ...
    @overload
    def __getitem__(self, place: slice) -> list[str]: ...
    def __getitem__(self, place: int | slice) -> str | list[str]:
        return self._all[place]

    def __iter__(self) -> Iterator[str]:
        return iter(self._all)


class Ports(Mapping[int, tuple[str, ...]]):
    """The names of thresholds, by the place of their neuron; `names` are those of all, in order."""

    def __init__(self, neurons: NDArray[Any], counts: NDArray[Any], names: Names) -> None:
        self._neurons, self._counts, self._names = neurons, counts, names

    @cached_property
    def _places(self) -> frozenset[int]:
        return frozenset(self._neurons.tolist())

    @cached_property
    def _all(self) -> dict[int, tuple[str, ...]]:
        ends = [0, *np.cumsum(self._counts, dtype=np.int64).tolist()]
        return {
            neuron: tuple(self._names[start:stop])
            for neuron, (start, stop) in zip(self._neurons.tolist(), pairwise(ends), strict=True)
        }

    def __len__(self) -> int:
        return len(self._neurons)

    def __getitem__(self, neuron: int) -> tuple[str, ...]:
        return self._all[neuron]

    def __iter__(self) -> Iterator[int]:
        return iter(self._neurons.tolist())

    def __contains__(self, neuron: object) -> bool:
        return neuron in self._places

    def get(self, neuron: int, default: Any = None) -> Any:
        """Return the names of one neuron's thresholds, or `default`."""
        return self._all.get(neuron, default)
