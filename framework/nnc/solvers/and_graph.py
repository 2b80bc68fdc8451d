"""Signals as one graph of ANDs, in which two nodes with the same sources are one.

A literal is `2 * node + turned`; node 0 is always 0. Each node is made after those that it reads.
A neuron becomes the decision diagram of its sources, from the largest weight on, so that weights of
any scale that give the same function give the same nodes.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Sequence
from functools import lru_cache

from nnc.solvers.weighted import WeightedSum

FALSE, TRUE = 0, 1
LEAF = -1  # stands for the sources of a leaf

Made = Callable[[int], int]
"""Takes a node just made; returns the literal to use instead of it."""


class AndGraph:
    """ANDs of literals, merged as they are made: `sources` has the two literals of each node.

    After a node is made, `made` may return an earlier literal that is the same function: the node
    is then taken back, and the literal stands for it wherever it is asked for again.
    """

    def __init__(self, made: Made | None = None) -> None:
        self.sources: list[tuple[int, int]] = [(LEAF, LEAF)]
        self._made = made
        self._literal_of: dict[tuple[int, int], int] = {}

    def __len__(self) -> int:
        return len(self.sources)

    def leaf(self) -> int:
        """Add a signal that nothing is known of; return its literal."""
        self.sources.append((LEAF, LEAF))
        return 2 * len(self.sources) - 2

    def is_leaf(self, node: int) -> bool:
        """Return whether a node reads nothing."""
        return self.sources[node][0] == LEAF

    def both(self, first: int, second: int) -> int:
        """Return the literal that is 1 where two literals are."""
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
        """Return the value of an AND, if the sources of one of its sources decide it."""
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
        """Return a literal that is 1 where either of two literals is."""
        return self.both(first ^ 1, second ^ 1) ^ 1

    def unlike(self, first: int, second: int) -> int:
        """Return a literal that is 1 where exactly one of two literals is."""
        return self.either(self.both(first, second ^ 1), self.both(first ^ 1, second))

    def chosen(self, chooser: int, on: int, off: int) -> int:
        """Return the literal that is `on` where the chooser is 1, and else `off`."""
        return self.either(self.both(chooser, on), self.both(chooser ^ 1, off))

    def cone(self, nodes: Iterable[int], known: Container[int] = ()) -> list[int]:
        """Return the nodes that some depend on, and these themselves, sources first.

        What is known is left out, and all that it depends on.
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

_OFF = 0  # the vertex of thresholds that are never reached
_ON = 1  # the vertex of thresholds that are reached already
_SMALL = 8  # sources of a neuron whose diagram is cached by its weights

_Vertex = tuple[int, int, int]
"""The place of a source, and where it leads if that is 1 or 0."""


class _FullError(Exception):
    """There are as many vertices as there may be."""


class Diagram:
    """The decision diagram of one neuron; `most` is how many vertices it may have."""

    def __init__(self, terms: Sequence[tuple[int, int]], most: int) -> None:
        """Take literals with their weights, all above 0."""
        self._most = most
        self._terms = sorted(terms, key=lambda term: (-term[1], term[0]))
        self._vertices: list[_Vertex] = []
        """The vertices after the first two, in order."""

    @property
    def size(self) -> int:
        """The number of vertices so far."""
        return len(self._vertices)

    def literal(self, threshold: int, graph: AndGraph) -> int | None:
        """Return the literal that is 1 where the sum reaches the threshold; None if it is large.

        A source is written as it is and not turned, so that a neuron and the opposite of its dual
        are the same nodes.
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
        """Add the vertices for a threshold; return the one it begins at."""
        return self._sum.reaches(threshold)

    def _choose(self, index: int, on: int, off: int) -> int:
        if len(self.vertices) >= self._most:
            raise _FullError
        self.vertices.append((index, on, off))
        return len(self.vertices) + 1


@lru_cache(1 << 14)
def _shape(weights: tuple[int, ...], threshold: int) -> tuple[list[_Vertex], int]:
    """Return the vertices of weights, and the one that a threshold begins at."""
    shape = _Shape(weights, 1 << _SMALL)
    root = shape.root(threshold)
    return shape.vertices, root
