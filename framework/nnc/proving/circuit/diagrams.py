"""A neuron -> a literal of a graph of ANDs, by a decision diagram over its sources.

The sources are decided from the largest weight on. Two thresholds between which no sum of the
weights below lies ask the same: they share a node, so that weights of any scale that give the same
function give the same nodes (Abío and others, A new look at BDDs for pseudo-Boolean constraints,
2012).
"""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Sequence

from nnc.proving.circuit.graph import FALSE, TRUE, AndGraph

_Stretch = tuple[int, int, int]
"""Thresholds above the second number, up to the first: the vertex that all of them lead to."""
_OFF, _ON = 0, 1
"""The vertices of what is never reached, and of what is reached already."""


class Diagram:
    """The decision diagram of one neuron; `most` is how many vertices it may have."""

    def __init__(self, terms: Sequence[tuple[int, int]], most: int) -> None:
        """Take literals with their weights, all above 0."""
        self._most = most
        self._terms = sorted(terms, key=lambda term: (-term[1], term[0]))
        self._known: list[list[_Stretch]] = [[] for _ in range(len(terms) + 1)]
        """For each count of sources decided the stretches of thresholds, ascending."""
        self._left = [0] * (len(terms) + 1)  # what the weights not yet decided add up to
        for place in range(len(terms) - 1, -1, -1):
            self._left[place] = self._left[place + 1] + self._terms[place][1]
        self._far = 0
        self._vertices: list[tuple[int, int, int]] = []
        """Of each vertex but the first two the source, and where it leads if that is 0 or 1."""

    @property
    def size(self) -> int:
        """The number of vertices so far."""
        return len(self._vertices)

    def literal(self, threshold: int, graph: AndGraph) -> int | None:
        """Return the literal that is 1 where the sum reaches the threshold; None if it is large."""
        self._far = 2 * (self._left[0] + abs(threshold)) + 1  # beyond all thresholds
        todo = [(0, threshold)]
        while todo:
            place, limit = todo[-1]
            if self._find(place, limit) is not None:
                todo.pop()
                continue
            weight = self._terms[place][1]
            off, on = self._find(place + 1, limit), self._find(place + 1, limit - weight)
            if off is None:
                todo.append((place + 1, limit))
            elif on is None:
                todo.append((place + 1, limit - weight))
            elif len(self._vertices) >= self._most:
                return None
            else:
                self._add(place, off, on)
                todo.pop()
        root = self._find(0, threshold)
        assert root is not None
        return self._written(graph)[root[2]]

    def _find(self, place: int, limit: int) -> _Stretch | None:
        """Return the stretch that a threshold lies in, if it is known."""
        if limit <= 0:
            return 0, -self._far, _ON
        if limit > self._left[place]:
            return self._far, self._left[place], _OFF
        known = self._known[place]
        index = bisect_left(known, (limit,))
        if index < len(known) and known[index][1] < limit:
            return known[index]
        return None

    def _add(self, place: int, off: _Stretch, on: _Stretch) -> None:
        """Add the stretch of thresholds for which both ways are the same."""
        weight = self._terms[place][1]
        top, bottom = min(off[0], on[0] + weight), max(off[1], on[1] + weight)
        vertex = off[2]
        if off[2] != on[2]:
            vertex = len(self._vertices) + 2
            self._vertices.append((place, off[2], on[2]))
        insort(self._known[place], (top, bottom, vertex))

    def _written(self, graph: AndGraph) -> list[int]:
        """Return the literal of each vertex; those that it leads to come before it.

        A sum that is reached without a source is reached with it. The source is written as it is
        and not turned, so that a neuron and the opposite of its dual are the same nodes.
        """
        literals = [FALSE, TRUE]
        for place, off, on in self._vertices:
            source = self._terms[place][0]
            turned = source & 1
            low, high = literals[off], literals[on]
            if turned:
                low, high = high ^ 1, low ^ 1
            value = graph.either(low, graph.both(source ^ turned, high))
            literals.append(value ^ turned)
        return literals
