"""Values of many rows, exactly: Column, Labels, Batch; and buses read as unsigned integers.

A number is stored as an array entry over one common denominator, so that decimals from a text
stay exact and whole columns are still calculated in NumPy.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cached_property, partial
from typing import TYPE_CHECKING, Any

from nnc.diagnostics.diagnostic import Span
from nnc.lazy import np
from nnc.numbers.exact import Number, simplest, stored_number
from nnc.numbers.integers import Array, objects, scaled

if TYPE_CHECKING:
    from numpy.typing import NDArray


class Column:
    """One value a row: `numerators[i] / denominator`; of a bus one for each element.

    `numerators` has one dimension, or two for a bus: rows x width. It is uint8 for bits, int64 for
    integers and scaled decimals, float64 for binary floats (each meaning exactly the number stored;
    always finite), or object (int or Fraction) for what fits none of them. `denominator` is a
    positive int. A bit is stored as 0 or 1 for off and on, whatever its states are.
    """

    def __init__(self, numerators: Array, denominator: int = 1) -> None:
        self._numerators, self._denominator = numerators, denominator

    @property
    def numerators(self) -> Array:
        """The numerators of all rows."""
        return self._numerators

    @property
    def denominator(self) -> int:
        """The common denominator."""
        return self._denominator

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.numerators!r}, {self.denominator!r})"

    def __len__(self) -> int:
        return len(self.numerators)

    def __reduce__(self) -> tuple[type[Column], tuple[Array, int]]:
        return Column, (self.numerators, self.denominator)  # also of every subclass

    def value(self, row: int) -> Number:
        """Return the exact value of one row; `numerators` has one dimension."""
        return self._exact(self.numerators[row])

    def values(self) -> list[Number]:
        """Return the exact values of all rows; `numerators` has one dimension."""
        if self.denominator == 1 and self.numerators.dtype.kind in "ui":
            whole: list[Number] = self.numerators.tolist()
            return whole
        below = self.denominator
        return [
            (stored // below if not stored % below else Fraction(stored, below))
            if type(stored) is int
            else self._exact(stored)
            for stored in self.numerators.tolist()
        ]

    def _exact(self, stored: Any) -> Number:
        number = stored_number(stored)
        return number if self.denominator == 1 else simplest(Fraction(number, self.denominator))

    def elements(self) -> Iterator[Column]:
        """Yield the column of each element of a bus; of a scalar the column itself."""
        if self.numerators.ndim == 1:
            yield self
        else:
            for place in range(self.numerators.shape[1]):
                yield Column(self.numerators[:, place], self.denominator)

    def cut(self, begin: int, end: int) -> Column:
        """Return the rows from `begin` to before `end`."""
        return Column(self.numerators[begin:end], self.denominator)


class _Lazy(Column):
    """Values of few rows; the array is made when it is first used.

    So a row passes a small network without NumPy. `made` gives the same as a plain column.
    """

    def __init__(self, exact: list[Any], made: Callable[[], Column]) -> None:
        self.exact, self.made = exact, made

    def __len__(self) -> int:
        return len(self.exact)

    @cached_property
    def _column(self) -> Column:
        return self.made()

    @property
    def numerators(self) -> Array:
        """The array of a plain column."""
        return self._column.numerators

    @property
    def denominator(self) -> int:
        """The denominator of a plain column."""
        return self._column.denominator


class LazyColumn(_Lazy):
    """Exact values of few rows, one a row; the array is made when it is first used."""

    exact: list[Number]

    def value(self, row: int) -> Number:
        """Return the exact value of one row."""
        return self.exact[row]

    def values(self) -> list[Number]:
        """Return the exact values of all rows."""
        return list(self.exact)

    def elements(self) -> Iterator[Column]:
        """Yield the column itself."""
        yield self

    def cut(self, begin: int, end: int) -> Column:
        """Return the rows from `begin` to before `end`."""
        return LazyColumn(self.exact[begin:end], lambda: self._column.cut(begin, end))

    def of_states(self, states: tuple[Number, Number]) -> LazyColumn:
        """Return bits, 0 and 1 for off and on, as the values of their states."""
        exact = [states[1] if bit else states[0] for bit in self.exact]
        return LazyColumn(exact, lambda: of_states(self.numerators, states))


class LazyBus(_Lazy):
    """Exact values of a bus in few rows, one for each element; of bits 0 for off and 1 for on."""

    exact: list[tuple[Number, ...]]

    def elements(self) -> Iterator[LazyColumn]:
        """Yield the column of each element."""
        for place, values in enumerate(zip(*self.exact, strict=True)):
            yield LazyColumn([*values], partial(self._element, place))

    def _element(self, place: int) -> Column:
        return Column(self.numerators[:, place], self.denominator)

    def cut(self, begin: int, end: int) -> Column:
        """Return the rows from `begin` to before `end`."""
        return LazyBus(self.exact[begin:end], lambda: self._column.cut(begin, end))


class TruthTableColumn(Column):
    """Bits of the number of each row, counted from `start`: the rows of a truth table.

    Element k is bit `places[k]` of the number. The bits are made when they are asked for, as uint8,
    or packed, 64 rows a word, without ever being bytes.
    """

    denominator = 1

    def __init__(self, start: int, count: int, places: tuple[int, ...], *, is_bus: bool) -> None:
        self.start, self.count, self.places, self.is_bus = start, count, places, is_bus

    def __len__(self) -> int:
        return self.count

    @cached_property
    def numerators(self) -> Array:
        """The bits: rows, or for a bus rows x width."""
        numbers = np.arange(self.start, self.start + self.count)
        bits = (numbers[:, None] >> np.array(self.places, np.int64) & 1).astype(np.uint8)
        return bits if self.is_bus else bits[:, 0]

    def cut(self, begin: int, end: int) -> TruthTableColumn:
        """Return the rows from `begin` to before `end`."""
        count = max(0, min(end, self.count) - begin)
        return TruthTableColumn(self.start + begin, count, self.places, is_bus=self.is_bus)

    def packed(self) -> Array:
        """Return the bits packed, width x words; `start` is a multiple of 64."""
        assert self.start % 64 == 0
        first = self.start // 64
        words = np.arange(first, first - (-self.count // 64), dtype=np.uint64)
        lines = [
            np.full(len(words), _ALTERNATING[place], np.uint64)
            if place < len(_ALTERNATING)
            else -(words >> np.uint64(place - 6) & np.uint64(1))
            for place in self.places
        ]
        return np.array(lines, np.uint64).reshape(len(lines), len(words))


_ALTERNATING = [sum(1 << row for row in range(64) if row >> place & 1) for place in range(6)]
"""For each of the 6 lowest bits of a row number, the word of 64 rows in which it is 1."""


class Labels:
    """One label a row: `labels[codes[i]]`."""

    def __init__(self, codes: Array, labels: tuple[str, ...]) -> None:
        self._codes, self.labels = codes, labels

    @property
    def codes(self) -> Array:
        """The places of the labels of all rows in `labels`."""
        return self._codes

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.codes!r}, {self.labels!r})"

    def __len__(self) -> int:
        return len(self.codes)

    def __reduce__(self) -> tuple[type[Labels], tuple[Array, tuple[str, ...]]]:
        return Labels, (self.codes, self.labels)

    def values(self) -> list[str]:
        """Return the labels of all rows."""
        return [self.labels[code] for code in self.codes.tolist()]

    def listed(self) -> list[int]:
        """Return the codes of all rows as Python's own integers."""
        codes: list[int] = self.codes.tolist()
        return codes

    def cut(self, begin: int, end: int) -> Labels:
        """Return the rows from `begin` to before `end`."""
        return Labels(self.codes[begin:end], self.labels)


class LazyLabels(Labels):
    """Labels of few rows; the array of their codes is made when it is first used."""

    def __init__(self, exact: list[int], labels: tuple[str, ...]) -> None:
        self.exact, self.labels = exact, labels

    def __len__(self) -> int:
        return len(self.exact)

    @cached_property
    def codes(self) -> Array:
        """The array of the codes."""
        return np.array(self.exact, np.intp)

    def values(self) -> list[str]:
        """Return the labels of all rows."""
        return [self.labels[code] for code in self.exact]

    def listed(self) -> list[int]:
        """Return the codes of all rows."""
        return list(self.exact)

    def cut(self, begin: int, end: int) -> Labels:
        """Return the rows from `begin` to before `end`."""
        return LazyLabels(self.exact[begin:end], self.labels)


Places = Callable[[int, str], tuple[Span, str | None]]
"""Finds the place of a cell, by row and column name, and the line that it starts on."""


@dataclass(frozen=True, slots=True)
class Batch:
    """Some rows: a Column for each input, or the Labels of a choice, in the order of the file.

    `extras` holds columns that are not inputs and are kept beside the outputs, as text;
    `places`, where the format knows it, finds where they stand. `floats` has the type that the
    values of an input were stored in, where they are binary floats that mean what is stored.
    """

    columns: tuple[Column | Labels, ...]
    count: int
    extras: Mapping[str, Sequence[str]] = field(default_factory=dict)
    places: Places | None = field(default=None, compare=False, repr=False)
    floats: Mapping[str, np.dtype[Any]] = field(default_factory=dict, compare=False, repr=False)

    def taken(self, rows: Array) -> Batch:
        """Return some rows, by their numbers, without extras and places."""
        columns = tuple(
            Labels(column.codes[rows], column.labels)
            if isinstance(column, Labels)
            else Column(column.numerators[rows], column.denominator)
            for column in self.columns
        )
        return Batch(columns, len(rows), floats=self.floats)

    def cut(self, begin: int, end: int) -> Batch:
        """Return the rows from `begin` to before `end`."""
        if begin == 0 and end >= self.count:
            return self
        places = self.places
        return Batch(
            tuple(column.cut(begin, end) for column in self.columns),
            min(end, self.count) - begin,
            {name: texts[begin:end] for name, texts in self.extras.items()},
            places and (lambda row, name: places(begin + row, name)),
            self.floats,
        )


Results = dict[str, Column | Labels]
"""The outputs of a batch by column name, in the order they are written."""


def lazy_integers(integers: list[int], dtype: str = "int64") -> LazyColumn:
    """Return small integers of few rows, with the type of their array."""
    return LazyColumn([*integers], lambda: Column(np.array(integers, dtype)))


def labelled(column: Column, labels: tuple[str, ...]) -> Column | Labels:
    """Return small integers as the labels that they stand for, where there are any."""
    if not labels:
        return column
    if isinstance(column, LazyColumn):
        return LazyLabels([int(code) for code in column.exact], labels)
    return Labels(column.numerators, labels)


def of_states(bits: Array, states: tuple[Number, Number]) -> Column:
    """Return bits, stored as 0 and 1 for off and on, as the values of their states."""
    if states == (0, 1):
        return Column(bits)
    common = math.lcm(*(state.denominator for state in states))
    scaled = [state.numerator * (common // state.denominator) for state in states]
    if max(map(abs, scaled)) < 1 << 63:
        return Column(np.array(scaled, np.int64)[bits], common)
    return Column(objects(states)[bits])


def unequal(first: Column, other: Column) -> NDArray[np.bool_]:
    """Return in which rows two columns of one dimension have different exact numbers."""
    kinds = {first.numerators.dtype.kind, other.numerators.dtype.kind}
    if first.denominator == other.denominator and (kinds <= {"i", "u"} or kinds == {"f"}):
        left, right = first.numerators, other.numerators
    elif "f" in kinds:
        left, right = objects(first.values()), objects(other.values())
    else:
        common = math.lcm(first.denominator, other.denominator)
        left, right = (scaled(c.numerators, common // c.denominator) for c in (first, other))
    differ: Array = left != right
    return differ.astype(bool)


# ---------------------------------------------------------------- buses as unsigned integers


def bus_column(bits: Array) -> Column:
    """Read bits, rows x width, as unsigned integers, element 0 the lowest.

    The integers are int64, and Python's own from a width of 64 on.
    """
    packed = np.packbits(bits, axis=1, bitorder="little")
    if bits.shape[1] > 63:
        return Column(_wide(packed))
    octets = np.zeros((len(packed), 8), np.uint8)
    octets[:, : packed.shape[1]] = packed
    return Column(octets.view("<u8")[:, 0].astype(np.int64))


def lazy_bus_column(rows: Iterable[Sequence[Number]], made: Callable[[], Column]) -> LazyColumn:
    """Read the bits of few rows as `bus_column` does, which `made` calls."""
    integers = [sum(int(bit) << place for place, bit in enumerate(row)) for row in rows]
    return LazyColumn([*integers], made)


def integers_of(bus: Column) -> Column:
    """Read a bus of bits as `bus_column` does, without an array where it has none yet."""
    if isinstance(bus, LazyBus):
        return lazy_bus_column(bus.exact, lambda: bus_column(bus.numerators))
    return bus_column(bus.numerators)


def _wide(octets: NDArray[np.uint8]) -> Array:
    """Read rows of octets, the lowest first, as Python integers."""
    if octets.shape[1] == 8:
        return objects(np.ascontiguousarray(octets).view("<u8")[:, 0].tolist())
    return objects([int.from_bytes(row.tobytes(), "little") for row in octets])


def bus_bits(integers: Array | Sequence[int], width: int) -> NDArray[np.uint8]:
    """Take unsigned integers apart into bits, rows x width, element 0 the lowest.

    Each integer is below `2**width`.
    """
    if isinstance(integers, np.ndarray) and integers.dtype.kind in "ui":
        size = 8
        octets = integers.astype("<u8").view(np.uint8)
    else:
        size = -(-width // 8)
        data = b"".join(int(integer).to_bytes(size, "little") for integer in integers)
        octets = np.frombuffer(data, np.uint8)
    bits = np.unpackbits(
        octets.reshape(-1, size), axis=1, count=min(width, 8 * size), bitorder="little"
    )
    return bits if width <= 8 * size else np.pad(bits, ((0, 0), (0, width - 8 * size)))
