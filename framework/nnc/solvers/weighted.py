"""A weighted sum and a threshold -> decisions about its sources, one after the other.

Two thresholds between which no sum of the weights left lies ask the same: they share a vertex, so
that weights of any scale that give the same function give the same vertices (Abío and others, A new
look at BDDs for pseudo-Boolean constraints, 2012).
"""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Callable, Mapping, Sequence

Choose = Callable[[int, int, int], int]
"""Takes a source and the vertices where it is 1, and where it is 0; returns their vertex.

What is reached without a source is reached with it, too.
"""
_Stretch = tuple[int, int, int]
"""Thresholds above the second number, up to the first: the vertex that all of them lead to."""


def positive(weights: Mapping[int, int], threshold: int) -> tuple[list[tuple[int, int]], int]:
    """Return a sum of nodes as one of literals with weights above 0, and its threshold.

    A literal is `2 * node + turned`: -w * x is w * (1 - x) - w.
    """
    terms = []
    for node, weight in weights.items():
        if weight < 0:
            threshold -= weight
        if weight:
            terms.append((2 * node + (weight < 0), abs(weight)))
    return terms, threshold


class WeightedSum:
    """Sources with weights above 0, decided in their order; `choose` makes the vertices.

    `off` and `on` are the vertices of what is never reached, and of what is reached already.
    """

    def __init__(self, terms: Sequence[tuple[int, int]], choose: Choose, off: int, on: int) -> None:
        self._terms, self._choose, self._off, self._on = terms, choose, off, on
        self._known: list[list[_Stretch]] = [[] for _ in range(len(terms) + 1)]
        """For each count of sources decided the stretches of thresholds, ascending."""
        self._left = [0] * (len(terms) + 1)  # what the weights not yet decided add up to
        for index in range(len(terms) - 1, -1, -1):
            self._left[index] = self._left[index + 1] + terms[index][1]
        self._far = 0

    def reaches(self, threshold: int) -> int:
        """Return the vertex of where the sum reaches a threshold. Raises what `choose` does."""
        self._far = 2 * (self._left[0] + abs(threshold)) + 1  # beyond all thresholds
        todo = [(0, threshold)]
        while todo:
            index, limit = todo[-1]
            if self._find(index, limit) is not None:
                todo.pop()
                continue
            weight = self._terms[index][1]
            off, on = self._find(index + 1, limit), self._find(index + 1, limit - weight)
            if off is None:
                todo.append((index + 1, limit))
            elif on is None:
                todo.append((index + 1, limit - weight))
            else:
                self._add(index, off, on)
                todo.pop()
        root = self._find(0, threshold)
        assert root is not None
        return root[2]

    def _find(self, depth: int, limit: int) -> _Stretch | None:
        """Return the stretch that a threshold lies in, if it is known."""
        if limit <= 0:
            return 0, -self._far, self._on
        if limit > self._left[depth]:
            return self._far, self._left[depth], self._off
        known = self._known[depth]
        index = bisect_left(known, (limit,))
        if index < len(known) and known[index][1] < limit:
            return known[index]
        return None

    def _add(self, index: int, off: _Stretch, on: _Stretch) -> None:
        """Add the stretch of thresholds for which both ways are the same."""
        source, weight = self._terms[index]
        top, bottom = min(off[0], on[0] + weight), max(off[1], on[1] + weight)
        vertex = off[2] if off[2] == on[2] else self._choose(source, on[2], off[2])
        insort(self._known[index], (top, bottom, vertex))
