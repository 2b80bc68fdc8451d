"""A neuron -> a literal of a graph of ANDs, by a decision diagram over its sources.

The sources are decided from the largest weight on. Weights of any scale that give the same function
give the same nodes.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

from nnc.solvers.and_graph import FALSE, TRUE, AndGraph
from nnc.solvers.weighted import WeightedSum

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
    """The vertices of weights, whatever sources have them."""

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
