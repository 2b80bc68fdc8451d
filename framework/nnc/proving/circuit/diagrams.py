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
"""Thresholds above the second number, up to the first: the literal that all of them give."""


class Diagram:
    """The decision diagram of one neuron, as it is made; `most` is how many nodes it may have."""

    def __init__(self, graph: AndGraph, terms: Sequence[tuple[int, int]], most: int) -> None:
        """Take literals with their weights, all above 0."""
        self._graph, self._most = graph, most
        self._terms = sorted(terms, key=lambda term: (-term[1], term[0]))
        self._known: list[list[_Stretch]] = [[] for _ in range(len(terms) + 1)]
        """For each count of sources decided the stretches of thresholds, ascending."""
        self._left = [0] * (len(terms) + 1)  # what the weights not yet decided add up to
        for place in range(len(terms) - 1, -1, -1):
            self._left[place] = self._left[place + 1] + self._terms[place][1]
        self._far = 0
        self.nodes = 0

    def literal(self, threshold: int) -> int | None:
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
            else:
                self._add(place, off, on)
                self.nodes += 1
                if self.nodes > self._most:
                    return None
                todo.pop()
        root = self._find(0, threshold)
        assert root is not None
        return root[2]

    def _find(self, place: int, limit: int) -> _Stretch | None:
        """Return the stretch that a threshold lies in, if it is known."""
        if limit <= 0:
            return 0, -self._far, TRUE
        if limit > self._left[place]:
            return self._far, self._left[place], FALSE
        known = self._known[place]
        index = bisect_left(known, (limit,))
        if index < len(known) and known[index][1] < limit:
            return known[index]
        return None

    def _add(self, place: int, off: _Stretch, on: _Stretch) -> None:
        """Add the stretch of thresholds for which both ways are the same."""
        literal, weight = self._terms[place]
        top, bottom = min(off[0], on[0] + weight), max(off[1], on[1] + weight)
        # a sum that is reached without the source is reached with it; the node is written by its
        # source as it is, so that a neuron and the opposite of its dual are the same nodes
        turned = literal & 1
        low, high = (on[2] ^ 1, off[2] ^ 1) if turned else (off[2], on[2])
        value = self._graph.either(low, self._graph.both(literal ^ turned, high)) ^ turned
        insort(self._known[place], (top, bottom, value))
