"""Represent signals as an AND-inverter graph in which equal nodes are merged.

A literal is `2 * node + turned`, where `turned` negates it; node 0 is always 0. Nodes are numbered
after the nodes that they read. A neuron becomes the decision diagram of its sources, largest weight
first, so that equivalent weights of any scale give the same nodes.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Sequence
from functools import lru_cache

from nnc.solvers.weighted import WeightedSum

FALSE, TRUE = 0, 1
LEAF = -1  # in place of the sources of a leaf

Made = Callable[[int], int]
"""Takes a new node; returns the literal to use for it."""


class AndGraph:
    """A graph of ANDs, merged as they are built; `sources` has the two literals of each node.

    `made` is called with each new node and may return an earlier literal of the same function. The
    node is then removed, and later requests return that literal.
    """

    def __init__(self, made: Made | None = None) -> None:
        self.sources: list[tuple[int, int]] = [(LEAF, LEAF)]
        self._made = made
        self._literal_of: dict[tuple[int, int], int] = {}

    def __len__(self) -> int:
        return len(self.sources)

    def leaf(self) -> int:
        """Add an unconstrained signal and return its literal."""
        self.sources.append((LEAF, LEAF))
        return 2 * len(self.sources) - 2

    def is_leaf(self, node: int) -> bool:
        """Return True if a node has no sources."""
        return self.sources[node][0] == LEAF

    def both(self, first: int, second: int) -> int:
        """Return the AND of two literals."""
        if first > second:
            first, second = second, first
        if first <= TRUE:
            return second if first else FALSE
        if first ^ second <= 1:
            return first if first == second else FALSE
        key = (first, second)
        literal = self._literal_of.get(key)
        if literal is not None:
            return literal
        literal = self._absorbed(first, second)
        if literal is None:
            self.sources.append(key)
            node = len(self.sources) - 1
            literal = 2 * node
            if self._made is not None:
                literal = self._made(node)
                if literal != 2 * node:
                    self.sources.pop()
        self._literal_of[key] = literal
        return literal

    def _absorbed(self, first: int, second: int) -> int | None:
        """Return a simpler literal for an AND, if the sources of its second literal allow one."""
        low, high = self.sources[second >> 1]
        if low == LEAF:
            return None
        if second & 1:  # x & !(x & y) is x & !y, and x & !(!x & y) is x
            if first ^ 1 in (low, high):
                return first
            if first in (low, high):
                return self.both(first, (low if first == high else high) ^ 1)
            return None
        if first in (low, high):  # x & (x & y) is x & y
            return second
        return FALSE if first ^ 1 in (low, high) else None

    def either(self, first: int, second: int) -> int:
        """Return the OR of two literals."""
        return self.both(first ^ 1, second ^ 1) ^ 1

    def unlike(self, first: int, second: int) -> int:
        """Return the XOR of two literals."""
        return self.either(self.both(first, second ^ 1), self.both(first ^ 1, second))

    def chosen(self, chooser: int, on: int, off: int) -> int:
        """Return the literal that equals `on` if the chooser is 1, and `off` otherwise."""
        return self.either(self.both(chooser, on), self.both(chooser ^ 1, off))

    def cone(self, nodes: Iterable[int], known: Container[int] = ()) -> list[int]:
        """Return some nodes and those that they depend on, sources first.

        `known` nodes are skipped, with everything that only they depend on.
        """
        seen = {node for node in nodes if node not in known}
        todo = list(seen)
        while todo:
            first, second = self.sources[todo.pop()]
            if first == LEAF:
                continue
            for node in (first >> 1, second >> 1):
                if node not in seen and node not in known:
                    seen.add(node)
                    todo.append(node)
        return sorted(seen)


# -------------------------------------------------------------------------------- neurons

_OFF = 0  # the vertex of a threshold that is never reached
_ON = 1  # the vertex of a threshold that is always reached
_SMALL = 8  # sources of a neuron whose diagram is cached by its weights

_Vertex = tuple[int, int, int]
"""The index of a source, and the next vertices if it is 1 and if it is 0."""


class _FullError(Exception):
    """The diagram would exceed its maximum number of vertices."""


class Diagram:
    """The decision diagram of one neuron; `most` is the maximum number of vertices."""

    def __init__(self, terms: Sequence[tuple[int, int]], most: int) -> None:
        """Take literals with their weights, all above 0."""
        self._most = most
        self._terms = sorted(terms, key=lambda term: (-term[1], term[0]))
        self._vertices: list[_Vertex] = []
        """The vertices from number 2 on."""

    @property
    def size(self) -> int:
        """The number of vertices so far."""
        return len(self._vertices)

    def literal(self, threshold: int, graph: AndGraph) -> int | None:
        """Return the literal of "the sum reaches the threshold", or None if it is too large.

        Sources keep their polarity, so that a neuron and the negation of its dual share nodes.
        """
        weights = tuple(weight for _, weight in self._terms)
        if len(weights) <= _SMALL and self._most > 1 << _SMALL:
            self._vertices, root = _shape(weights, threshold)
        else:
            shape = _Shape(weights, self._most)
            self._vertices = shape.vertices
            try:
                root = shape.root(threshold)
            except _FullError:
                return None
        literals = [FALSE, TRUE]
        for index, on, off in self._vertices:
            source = self._terms[index][0]
            turned = source & 1
            low, high = literals[off], literals[on]
            if turned:
                low, high = high ^ 1, low ^ 1
            value = graph.either(low, graph.both(source ^ turned, high))
            literals.append(value ^ turned)
        return literals[root]


class _Shape:
    """The vertices for a list of weights, independent of the sources."""

    def __init__(self, weights: Sequence[int], most: int) -> None:
        self._most = most
        self._sum = WeightedSum(list(enumerate(weights)), self._choose, _OFF, _ON)
        self.vertices: list[_Vertex] = []

    def root(self, threshold: int) -> int:
        """Add the vertices for a threshold and return their root."""
        return self._sum.reaches(threshold)

    def _choose(self, index: int, on: int, off: int) -> int:
        if len(self.vertices) >= self._most:
            raise _FullError
        self.vertices.append((index, on, off))
        return len(self.vertices) + 1


@lru_cache(1 << 14)
def _shape(weights: tuple[int, ...], threshold: int) -> tuple[list[_Vertex], int]:
    """Return the vertices for some weights, and the root for a threshold."""
    shape = _Shape(weights, 1 << _SMALL)
    root = shape.root(threshold)
    return shape.vertices, root
