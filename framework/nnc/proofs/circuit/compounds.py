"""Neurons made of others that nothing else reads, as tables of what all of these read.

Where a function of a few bits is spelled out, one neuron for each of its terms and one that reads
them, its terms are of no use to anybody else. Its table is: it is the same however it is spelled.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from nnc.solvers.and_graph import FALSE, TRUE, AndGraph

WIDTH = 6  # nodes of a table
_SIZE = 1 << WIDTH
ROWS = (1 << _SIZE) - 1
COLUMNS = [sum(1 << row for row in range(_SIZE) if row >> place & 1) for place in range(WIDTH)]
"""In which rows each node of a table is 1."""


class Table(NamedTuple):
    """Nodes, ascending, and the rows in which a function of them is 1; row i counts them as bits.

    Rows that only differ in nodes that there are not are all there, and alike.
    """

    nodes: Sequence[int]
    rows: int

    def literal(self, graph: AndGraph) -> int:
        """Return the literal of the function."""
        return _literal(self.rows, len(self.nodes), self.nodes, graph)


def _literal(rows: int, width: int, nodes: Sequence[int], graph: AndGraph) -> int:
    if rows in (0, ROWS):
        return TRUE if rows else FALSE
    index = width - 1
    on, off = rows & COLUMNS[index], rows & ~COLUMNS[index]
    on, off = on | on >> (1 << index), off | off << (1 << index)
    high = _literal(on, index, nodes, graph)
    if on == off:
        return high
    return graph.chosen(2 * nodes[index], high, _literal(off, index, nodes, graph))


class Positive(NamedTuple):
    """A neuron whose weights are all above 0: literals with their weights, and the threshold."""

    terms: tuple[tuple[int, int], ...]
    threshold: int

    @property
    def nodes(self) -> list[int]:
        """The nodes that it reads."""
        return [literal >> 1 for literal, _ in self.terms]

    def word(self, words: Sequence[int] | Mapping[int, int], all_rows: int) -> int:
        """Return in which rows it fires; `words` says in which each node is 1.

        The sums are added up bit by bit, all rows at once.
        """
        bits: list[int] = []
        for literal, weight in self.terms:
            word = words[literal >> 1] ^ (all_rows if literal & 1 else 0)
            index = carry = 0
            while weight >> index or carry:
                if index == len(bits):
                    bits.append(0)
                bit, addend = bits[index], word if weight >> index & 1 else 0
                bits[index] = bit ^ addend ^ carry
                carry = bit & addend | bit & carry | addend & carry
                index += 1
        if self.threshold <= 0:
            return all_rows
        reached = all_rows  # compared from the lowest bit on
        for index in range(max(len(bits), self.threshold.bit_length())):
            bit = bits[index] if index < len(bits) else 0
            reached = bit & reached if self.threshold >> index & 1 else bit | reached
        return reached


class Compounds:
    """The neurons that only one other neuron reads."""

    def __init__(self) -> None:
        self._neurons: dict[int, tuple[Positive, int]] = {}
        """Small neurons by their nodes, and whether the node is the opposite."""
        self._parts: set[int] = set()

    def add(self, literal: int, neuron: Positive) -> None:
        """Keep the neuron of a literal, if it is small."""
        if len(neuron.terms) <= WIDTH:
            self._neurons.setdefault(literal >> 1, (neuron, literal & 1))

    def mark(self, literal: int) -> None:
        """Mark a neuron that only one other neuron reads."""
        if literal >> 1 in self._neurons:
            self._parts.add(literal >> 1)

    def table(self, neuron: Positive) -> Table | None:
        """Return the table of a neuron over the sources of its parts, and its other sources.

        None where it has no parts, or where these have little in common that they read.
        """
        read = neuron.nodes
        parts = sorted(self._parts.intersection(read))
        if not parts:
            return None
        reads = [node for node in read if node not in parts]
        for part in parts:
            reads += self._neurons[part][0].nodes
        nodes = sorted(set(reads))
        if len(nodes) > WIDTH or 2 * len(nodes) > len(reads):
            return None
        words = dict(zip(nodes, COLUMNS, strict=False))
        for part in parts:
            inner, turned = self._neurons[part]
            words[part] = inner.word(words, ROWS) ^ (ROWS if turned else 0)
        return Table(nodes, neuron.word(words, ROWS))
