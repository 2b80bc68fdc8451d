"""Signals as one graph of ANDs: what has the same two sources is one node.

A literal is `2 * node + turned`; node 0 is always 0. Each node is made after those that it reads.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable

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
        """Return what an AND is by the sources of one of its sources, where these decide."""
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
        """Return the literal that is 1 where one of two literals is."""
        return self.both(first ^ 1, second ^ 1) ^ 1

    def unlike(self, first: int, second: int) -> int:
        """Return the literal that is 1 where exactly one of two literals is."""
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
