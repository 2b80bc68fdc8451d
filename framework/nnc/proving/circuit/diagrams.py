"""A neuron -> a literal of a graph of ANDs, by a decision diagram over its sources.

The sources are decided from the largest weight on. Weights of any scale that give the same function
give the same nodes.
"""

from __future__ import annotations

from collections.abc import Sequence

from nnc.proving.circuit.graph import FALSE, TRUE, AndGraph
from nnc.proving.weighted import WeightedSum

_OFF, _ON = 0, 1
"""The vertices of what is never reached, and of what is reached already."""


class _FullError(Exception):
    """There are as many vertices as there may be."""


class Diagram:
    """The decision diagram of one neuron; `most` is how many vertices it may have."""

    def __init__(self, terms: Sequence[tuple[int, int]], most: int) -> None:
        """Take literals with their weights, all above 0."""
        self._most = most
        terms = sorted(terms, key=lambda term: (-term[1], term[0]))
        self._sum = WeightedSum(terms, self._choose, _OFF, _ON)
        self._vertices: list[tuple[int, int, int]] = []
        """Of each vertex but the first two the source, and where it leads if that is 1 or 0."""

    @property
    def size(self) -> int:
        """The number of vertices so far."""
        return len(self._vertices)

    def literal(self, threshold: int, graph: AndGraph) -> int | None:
        """Return the literal that is 1 where the sum reaches the threshold; None if it is large."""
        try:
            root = self._sum.reaches(threshold)
        except _FullError:
            return None
        return self._written(graph)[root]

    def _choose(self, source: int, on: int, off: int) -> int:
        if len(self._vertices) >= self._most:
            raise _FullError
        self._vertices.append((source, on, off))
        return len(self._vertices) + 1

    def _written(self, graph: AndGraph) -> list[int]:
        """Return the literal of each vertex; those that it leads to come before it.

        The source is written as it is and not turned, so that a neuron and the opposite of its dual
        are the same nodes.
        """
        literals = [FALSE, TRUE]
        for source, on, off in self._vertices:
            turned = source & 1
            low, high = literals[off], literals[on]
            if turned:
                low, high = high ^ 1, low ^ 1
            value = graph.either(low, graph.both(source ^ turned, high))
            literals.append(value ^ turned)
        return literals
