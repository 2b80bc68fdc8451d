"""Binary decision diagrams, in which equal functions are the same node.

Bits are decided in a fixed order, their *levels*. Nodes 0 and 1 are the constants, and a node has a
higher number than the nodes that it leads to (Bryant, Graph-based algorithms for Boolean function
manipulation, 1986). Nothing is recursive, because a diagram may be as deep as there are inputs.
"""

from __future__ import annotations

from collections.abc import Mapping

FALSE, TRUE = 0, 1
_BOTTOM = 1 << 62
"""The level of the constants: below all others."""


class TooLargeError(Exception):
    """The diagrams would exceed their limit of entries."""


class TooLargeFunctionError(TooLargeError):
    """The diagram of the output itself would exceed the limit of entries."""


class Room:
    """The number of entries, nodes and cached results, that diagrams may still add."""

    def __init__(self, entries: int) -> None:
        self.entries = self.left = entries

    def take(self) -> None:
        """Use up one entry. Raises TooLargeError if none is left."""
        self.left -= 1
        if self.left < 0:
            raise TooLargeError


class Diagrams:
    """A shared set of decision diagrams."""

    def __init__(self, room: Room) -> None:
        self.room = room
        self.levels = [_BOTTOM, _BOTTOM]
        self.lows = [FALSE, TRUE]
        self.highs = [FALSE, TRUE]
        self._node_of: dict[tuple[int, int, int], int] = {}
        self._choices: dict[tuple[int, int, int], int] = {}

    def node(self, level: int, low: int, high: int) -> int:
        """Return the function that is `high` if the bit of a level is 1, and `low` otherwise."""
        if low == high:
            return low
        key = (level, low, high)
        node = self._node_of.get(key)
        if node is None:
            self.room.take()
            node = self._node_of[key] = len(self.levels)
            self.levels.append(level)
            self.lows.append(low)
            self.highs.append(high)
        return node

    def variable(self, level: int) -> int:
        """Return the function that equals the bit of a level."""
        return self.node(level, FALSE, TRUE)

    def both(self, first: int, second: int) -> int:
        """Return the AND of two functions."""
        return self.choose(first, second, FALSE)

    def either(self, first: int, second: int) -> int:
        """Return the OR of two functions."""
        return self.choose(first, TRUE, second)

    def opposite(self, function: int) -> int:
        """Return the negation of a function."""
        return self.choose(function, FALSE, TRUE)

    def choose(self, test: int, then: int, otherwise: int) -> int:
        """Return the function that is `then` if `test` is 1, and `otherwise` if not."""
        levels, lows, highs = self.levels, self.lows, self.highs
        choices, node, take = self._choices, self.node, self.room.take
        results: list[int] = []
        todo: list[tuple[int, int, int, int]] = [(-1, test, then, otherwise)]
        while todo:
            level, f, g, h = todo.pop()
            if level >= 0:  # both branches are known
                high = results.pop()
                take()
                choices[f, g, h] = results[-1] = node(level, results[-1], high)
                continue
            if f == g:
                g = TRUE
            if f == h:
                h = FALSE
            # bring equivalent choices into one form
            if h == FALSE and FALSE < g < f:
                f, g = g, f
            elif g == TRUE and FALSE < h < f:
                f, h = h, f
            if f <= TRUE or g == h:
                results.append(g if f == TRUE or g == h else h)
                continue
            if g == TRUE and h == FALSE:
                results.append(f)
                continue
            known = choices.get((f, g, h))
            if known is not None:
                results.append(known)
                continue
            of_f, of_g, of_h = levels[f], levels[g], levels[h]
            level = min(of_f, of_g, of_h)
            todo.append((level, f, g, h))
            low_f, high_f = (lows[f], highs[f]) if of_f == level else (f, f)
            low_g, high_g = (lows[g], highs[g]) if of_g == level else (g, g)
            low_h, high_h = (lows[h], highs[h]) if of_h == level else (h, h)
            todo.append((-1, high_f, high_g, high_h))
            todo.append((-1, low_f, low_g, low_h))
        return results[0]

    def reached(self, function: int) -> list[int]:
        """Return the nodes of a function except the constants, children before parents."""
        seen = {function}
        todo = [function]
        while todo:
            node = todo.pop()
            for after in (self.lows[node], self.highs[node]):
                if after not in seen:
                    seen.add(after)
                    todo.append(after)
        return sorted(seen - {FALSE, TRUE})

    def support(self, function: int) -> set[int]:
        """Return the levels of the bits that a function depends on."""
        return {self.levels[node] for node in self.reached(function)}

    def is_increasing(self, function: int) -> bool:
        """Return True if turning a bit on never turns a function off."""
        return all(
            self.both(self.lows[node], self.highs[node]) == self.lows[node]
            for node in self.reached(function)
        )

    def witness(self, function: int, end: int, bits: Mapping[int, int]) -> dict[int, int] | None:
        """Return bits by level, including those fixed in `bits`, that give `end`, or None."""
        path: list[tuple[int, int]] = []  # nodes and the branch taken, -1 before the first
        dead = {TRUE - end}
        node = function
        while True:
            if node == end:
                return {**bits, **{self.levels[at]: way for at, way in path}}
            if node not in dead:
                path.append((node, -1))
            while path:
                at, way = path[-1]
                fixed = bits.get(self.levels[at])
                way = way + 1 if fixed is None else (fixed if way < 0 else 2)
                if way < 2:
                    path[-1] = (at, way)
                    node = self.highs[at] if way else self.lows[at]
                    break
                dead.add(at)
                path.pop()
            else:
                return None
