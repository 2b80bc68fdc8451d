"""Multipliers in every usual structure: partial products, their accumulation, the last adder."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from random import Random

from tests.support.circuits import Circuit

Columns = list[list[str]]
"""The bits of each column; "0" and "1" are constants."""


class _Gates(Circuit):
    """A circuit that folds constants; with `narrow` a neuron has at most two sources."""

    def __init__(self, *, narrow: bool, rng: Random | None) -> None:
        super().__init__(rng)
        self._narrow = narrow

    def gate(self, bits: dict[str, int], threshold: int) -> str:
        threshold -= bits.pop("1", 0)
        bits.pop("0", None)
        least = sum(weight for weight in bits.values() if weight < 0)
        most = sum(weight for weight in bits.values() if weight > 0)
        if threshold <= least or threshold > most:
            return "1" if threshold <= least else "0"
        if len(bits) == 1 and most:
            return next(iter(bits))
        return self.neuron(bits, threshold)

    def both(self, one: str, other: str) -> str:
        return one if one == other else self.gate({one: 1, other: 1}, 2)

    def either(self, one: str, other: str) -> str:
        return one if one == other else self.gate({one: 1, other: 1}, 1)

    def turned(self, bit: str) -> str:
        return self.gate({bit: -1}, 0)

    def unlike(self, one: str, other: str) -> str:
        if one == other:
            return "0"
        if one in ("0", "1") or other in ("0", "1"):
            bit, constant = (other, one) if one in ("0", "1") else (one, other)
            return self.turned(bit) if constant == "1" else bit
        if self._narrow:
            nand = self.gate({one: -1, other: -1}, -1)
            return self.both(self.either(one, other), nand)
        return self.gate({one: 1, other: 1, self.both(one, other): -2}, 1)

    def add(self, *bits: str) -> tuple[str, str]:
        bits = tuple(bit for bit in bits if bit != "0")
        if len(bits) < 2:
            return (*bits, "0")[0], "0"
        ones = bits.count("1")
        if self._narrow or ones:
            first, second, *third = sorted(bits, key=lambda bit: bit == "1")
            half, carry = self.unlike(first, second), self.both(first, second)
            if not third:
                return half, carry
            if third == ["1"]:
                return self.turned(half), self.either(first, second)
            return self.unlike(half, third[0]), self.either(carry, self.both(half, third[0]))
        return super().add(*bits)


# ------------------------------------------------------------------------ partial products


def _simple(circuit: _Gates, a: list[str], b: list[str], *, signed: bool) -> list[Columns]:
    """Return the rows of a_i b_j; where signed the sign bits are turned (Baugh and Wooley)."""
    size, width = len(a), len(a) + len(b)
    rows = []
    for j, other in enumerate(b):
        row: Columns = [[] for _ in range(width)]
        for i, one in enumerate(a):
            bit = circuit.both(one, other)
            is_turned = signed and (i == size - 1) != (j == len(b) - 1)
            row[i + j].append(circuit.turned(bit) if is_turned else bit)
        rows.append(row)
    if signed:
        ones: Columns = [[] for _ in range(width)]
        _add_constant(ones, (1 << (size - 1)) + (1 << (len(b) - 1)) + (1 << (width - 1)))
        rows.append(ones)
    return rows


def _booth(circuit: _Gates, a: list[str], b: list[str], *, signed: bool) -> list[Columns]:
    """Return a row for each digit -2 to 2 of b (Booth, 1951; radix 4 by MacSorley, 1961)."""
    width = len(a) + len(b)
    a = a if signed else [*a, "0"]
    digits = ["0", *b, *([b[-1]] * (len(b) % 2) if signed else ["0"] * (2 - len(b) % 2))]
    rows, offset = [], 0
    for j in range(0, len(digits) - 2, 2):
        low, middle, high = digits[j : j + 3]
        one = circuit.unlike(low, middle)
        two = circuit.both(circuit.unlike(middle, high), circuit.turned(one))
        row: Columns = [[] for _ in range(width)]
        for i in range(len(a) + 1):
            if i + j >= width:
                break
            own, below = a[min(i, len(a) - 1)], a[i - 1] if i else "0"
            chosen = circuit.either(circuit.both(one, own), circuit.both(two, below))
            bit = circuit.unlike(chosen, high)
            row[i + j].append(circuit.turned(bit) if i == len(a) else bit)
        offset -= 1 << (len(a) + j)
        rows.append(row)
        rows.append([[high] if i == j else [] for i in range(width)])
    ones: Columns = [[] for _ in range(width)]
    _add_constant(ones, offset)
    return [*rows, ones]


def _add_constant(columns: Columns, number: int) -> None:
    for place, column in enumerate(columns):
        if number >> place & 1:
            column.append("1")


# ----------------------------------------------------------------------------- accumulation


def _array(circuit: _Gates, rows: list[Columns]) -> Columns:
    """Add row by row, and save the carries for the next row."""
    total = rows[0]
    for row in rows[1:]:
        after: Columns = [[] for _ in row]
        for place, bits in enumerate(row):
            one, carry = [*total[place], *bits], "0"
            if len(one) > 2:
                first, carry = circuit.add(*one[:3])
                one = [first, *one[3:]]
            after[place] += one
            if carry != "0" and place + 1 < len(row):
                after[place + 1].append(carry)
        total = after
    return _wallace(circuit, [total])


def _joined(rows: list[Columns]) -> Columns:
    return [[bit for row in rows for bit in row[place]] for place in range(len(rows[0]))]


def _wallace(circuit: _Gates, rows: list[Columns]) -> Columns:
    """Add three bits of each column wherever there are (Wallace, 1964)."""
    columns = _joined(rows)
    while max(map(len, columns)) > 2:
        after: Columns = [[] for _ in range(len(columns) + 1)]
        for place, bits in enumerate(columns):
            for start in range(0, len(bits), 3):
                group = bits[start : start + 3]
                if len(group) < (2 if len(bits) > 2 else 3):
                    after[place] += group
                    continue
                one, carry = circuit.add(*group)
                after[place].append(one)
                after[place + 1] += [carry] if carry != "0" else []
        columns = after[: len(columns)]
    return columns


def _dadda(circuit: _Gates, rows: list[Columns]) -> Columns:
    """Add as few bits as can be (Dadda, 1965)."""
    columns = [*_joined(rows), []]
    heights = [2]
    while heights[-1] < max(map(len, columns)):
        heights.append(heights[-1] * 3 // 2)
    for height in reversed(heights):
        for place, bits in enumerate(columns[:-1]):
            while len(bits) > height:
                group = [bits.pop(0) for _ in range(min(3, len(bits) - height + 1))]
                one, carry = circuit.add(*group)
                bits.append(one)
                columns[place + 1] += [carry] if carry != "0" else []
    return columns[:-1]


def _compressors(circuit: _Gates, rows: list[Columns]) -> Columns:
    """Add four bits of each column and a carry from the one below (Weinberger, 1981)."""
    columns = _joined(rows)
    while max(map(len, columns)) > 3:
        after: Columns = [[] for _ in range(len(columns) + 1)]
        chains: list[str] = []
        for place, bits in enumerate(columns):
            handed: list[str] = []
            while len(bits) > 3:
                group, bits = bits[:4], bits[4:]
                first, early = circuit.add(*group[:3])
                one, late = circuit.add(first, group[3], chains.pop() if chains else "0")
                handed += [early] if early != "0" else []
                after[place].append(one)
                after[place + 1] += [late] if late != "0" else []
            after[place] += [*bits, *chains]
            chains = handed
        columns = after[: len(columns)]
    return _wallace(circuit, [columns])


# ------------------------------------------------------------------------------ last adders


def _ripple(circuit: _Gates, columns: Columns) -> list[str]:
    carry, result = "0", []
    for bits in columns:
        one, carry = circuit.add(*bits, carry)
        result.append(one)
    return result


def _kogge_stone(size: int) -> Iterator[list[tuple[int, int]]]:
    distance = 1
    while distance < size:
        yield [(i, i - distance) for i in range(distance, size)]
        distance *= 2


def _sklansky(size: int) -> Iterator[list[tuple[int, int]]]:
    distance = 1
    while distance < size:
        yield [(i, i // distance * distance - 1) for i in range(size) if i & distance]
        distance *= 2


def _brent_kung(size: int) -> Iterator[list[tuple[int, int]]]:
    distance = 1
    while distance < size:
        yield [(i, i - distance) for i in range(2 * distance - 1, size, 2 * distance)]
        distance *= 2
    while distance > 1:
        distance //= 2
        yield [(i, i - distance) for i in range(3 * distance - 1, size, 2 * distance)]


def _han_carlson(size: int) -> Iterator[list[tuple[int, int]]]:
    yield [(i, i - 1) for i in range(1, size, 2)]
    distance = 2
    while distance < size:
        yield [(i, i - distance) for i in range(distance + 1, size, 2)]
        distance *= 2
    yield [(i, i - 1) for i in range(2, size, 2)]


_PREFIXES = {
    "Kogge-Stone": _kogge_stone,
    "Sklansky": _sklansky,
    "Brent-Kung": _brent_kung,
    "Han-Carlson": _han_carlson,
}


def _added(circuit: _Gates, columns: Columns, last: str) -> list[str]:
    """Add the two bits of each column."""
    if last == "ripple":
        return _ripple(circuit, columns)
    pairs = [(*bits, "0", "0")[:2] for bits in columns]
    makes = [circuit.both(*pair) for pair in pairs]
    hands = [circuit.unlike(*pair) for pair in pairs]
    size = len(columns)
    if last == "lookahead":
        carries = ["0"]
        for start in range(0, size, 4):
            into = carries[-1]
            for stop in range(start + 1, min(size, start + 4) + 1):
                carry = into
                for i in range(start, stop):
                    carry = circuit.both(carry, hands[i])
                for i in range(start, stop):
                    way = makes[i]
                    for handed in hands[i + 1 : stop]:
                        way = circuit.both(way, handed)
                    carry = circuit.either(carry, way)
                carries.append(carry)
    else:
        generates, hand = list(makes), list(hands)
        for level in _PREFIXES[last](size):
            before = list(generates), list(hand)
            for i, k in level:
                through = circuit.both(before[1][i], before[0][k])
                generates[i] = circuit.either(before[0][i], through)
                hand[i] = circuit.both(before[1][i], before[1][k])
        carries = ["0", *generates]
    return [circuit.unlike(h, carry) for h, carry in zip(hands, carries, strict=False)]


PRODUCTS = ("simple", "Booth")
TREES: dict[str, Callable[[_Gates, list[Columns]], Columns]] = {
    "array": _array,
    "Wallace": _wallace,
    "Dadda": _dadda,
    "compressors": _compressors,
}
LASTS = ("ripple", "lookahead", *_PREFIXES)


def multiplier(
    size: int,
    products: str = "simple",
    tree: str = "array",
    last: str = "ripple",
    *,
    signed: bool = False,
    square: bool = False,
    narrow: bool = False,
    rng: Random | None = None,
) -> str:
    """Write a multiplier of two numbers, or the square of one, with twice as many bits."""
    circuit = _Gates(narrow=narrow, rng=rng)
    a = [f"a({i})" for i in range(size)]
    b = a if square else [f"b({i})" for i in range(size)]
    rows = (_simple if products == "simple" else _booth)(circuit, a, b, signed=signed)
    result = _added(circuit, TREES[tree](circuit, rows), last)
    inputs = f"{{a: bit({size})}}" if square else f"{{a: bit({size}), b: bit({size})}}"
    return circuit.text(inputs, result)
