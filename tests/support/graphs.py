"""Circuits that tests draw, evaluate by the book and write as AIGER or BLIF."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from random import Random
from typing import NamedTuple


class Graph(NamedTuple):
    """Variables 1 to `inputs` come from outside, each AND defines the next."""

    inputs: int
    outputs: list[int]
    ands: list[tuple[int, int]]

    def outputs_of(self, row: Sequence[int]) -> list[int]:
        """Return the outputs of a row of inputs."""
        values = [0, *row]
        for left, right in self.ands:
            a = values[left >> 1] ^ (left & 1)
            values.append(a & (values[right >> 1] ^ (right & 1)))
        return [values[literal >> 1] ^ (literal & 1) for literal in self.outputs]

    def _head(self, magic: str) -> str:
        count = self.inputs + len(self.ands)
        return f"{magic} {count} {self.inputs} 0 {len(self.outputs)} {len(self.ands)}\n"

    def text(self, random: Random) -> bytes:
        """Write it as text, the ANDs in any order."""
        lines = [str(2 * (place + 1)) for place in range(self.inputs)]
        lines += map(str, self.outputs)
        ands = [
            f"{2 * (self.inputs + 1 + place)} {left} {right}"
            for place, (left, right) in enumerate(self.ands)
        ]
        random.shuffle(ands)
        return (self._head("aag") + "".join(f"{line}\n" for line in [*lines, *ands])).encode()

    def binary(self) -> bytes:
        """Write it in the binary form."""
        data = (self._head("aig") + "".join(f"{each}\n" for each in self.outputs)).encode()
        for place, pair in enumerate(self.ands):
            left, right = sorted(pair, reverse=True)
            defined = 2 * (self.inputs + 1 + place)
            data += _bytes_of(defined - left) + _bytes_of(left - right)
        return data


def _bytes_of(number: int) -> bytes:
    data = b""
    while number > 127:
        data += bytes([number & 127 | 128])
        number >>= 7
    return data + bytes([number])


def random_graph(random: Random) -> Graph:
    inputs = random.randint(1, 7)
    ands: list[tuple[int, int]] = []
    for place in range(random.randint(1, 40)):
        last = 2 * (inputs + 1 + place) - 1
        near = random.random() < 0.5
        low = max(0, last - 8) if near else 0
        ands.append((random.randint(low, last), random.randint(low, last)))
    last = 2 * (inputs + len(ands)) + 1
    outputs = [random.randint(max(0, last - 30), last) for _ in range(random.randint(1, 6))]
    return Graph(inputs, outputs, ands)


class Table(NamedTuple):
    """A table of BLIF: it is `is_on` where a cube holds."""

    reads: Sequence[str]
    cubes: Sequence[str]
    is_on: bool


def values_of(tables: Mapping[str, Table], row: Mapping[str, int]) -> dict[str, int]:
    """Return the value of every signal; each table reads what comes before it."""
    values = dict(row)
    for name, table in tables.items():
        holds = any(
            all(
                bit in ("-", str(values[read])) for bit, read in zip(cube, table.reads, strict=True)
            )
            for cube in table.cubes
        )
        values[name] = int(holds == (table.is_on or not table.cubes))
    return values


def tables_text(inputs: Sequence[str], outputs: Sequence[str], tables: Mapping[str, Table]) -> str:
    """Write tables as BLIF."""
    lines = [".model m", f".inputs {' '.join(inputs)}", f".outputs {' '.join(outputs)}"]
    for name, table in tables.items():
        lines.append(f".names {' '.join([*table.reads, name])}")
        lines += [f"{cube} {int(table.is_on)}".strip() for cube in table.cubes]
    return "\n".join([*lines, ".end", ""])
