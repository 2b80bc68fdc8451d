"""Turn a weighted sum and a threshold into a decision diagram, one source after another.

Two thresholds with no possible sum of the remaining weights between them share a vertex. So
equivalent weights of any scale give the same vertices (Abío and others, A new look at BDDs for
pseudo-Boolean constraints, 2012).
"""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Callable, Mapping, Sequence

Choose = Callable[[int, int, int], int]
"""Takes a source and the vertices for 1 and for 0; returns the vertex that decides it.

A threshold that is reached without a source is also reached with it.
"""
_Stretch = tuple[int, int, int]
"""Thresholds up to the first number, above the second, and their common vertex."""


def positive(weights: Mapping[int, int], threshold: int) -> tuple[list[tuple[int, int]], int]:
    """Rewrite a sum of nodes as a sum of literals with positive weights; return its threshold too.

    A literal is `2 * node + turned`, because -w * x = w * (1 - x) - w.
    """
    terms = []
    for node, weight in weights.items():
        if weight < 0:
            threshold -= weight
        if weight:
            terms.append((2 * node + (weight < 0), abs(weight)))
    return terms, threshold


class WeightedSum:
    """Decide sources with positive weights in order; `choose` creates the vertices.

    `off` and `on` are the vertices of thresholds that are never and always reached.
    """

    def __init__(self, terms: Sequence[tuple[int, int]], choose: Choose, off: int, on: int) -> None:
        self._terms, self._choose, self._off, self._on = terms, choose, off, on
        self._known: list[list[_Stretch]] = [[] for _ in range(len(terms) + 1)]
        """The known stretches of thresholds by the number of decided sources, ascending."""
        self._left = [0] * (len(terms) + 1)  # sum of the weights not yet decided
        for index in range(len(terms) - 1, -1, -1):
            self._left[index] = self._left[index + 1] + terms[index][1]
        self._far = 0

    def reaches(self, threshold: int) -> int:
        """Return the root vertex for a threshold. Raises whatever `choose` raises."""
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
        """Return the stretch that contains a threshold, if it is known."""
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
        """Add the stretch of thresholds that share both branches."""
        source, weight = self._terms[index]
        top, bottom = min(off[0], on[0] + weight), max(off[1], on[1] + weight)
        vertex = off[2] if off[2] == on[2] else self._choose(source, on[2], off[2])
        insort(self._known[index], (top, bottom, vertex))
