"""Families of sets of literals as zero-suppressed decision diagrams, and prime implicants.

Each family is a node: node 0 is the empty family, node 1 the family of the empty set. The literal
`2 * level` is the bit of a level, `2 * level + 1` its opposite (Minato, Zero-suppressed BDDs for
set manipulation in combinatorial problems, 1993). Nothing recurses.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Iterator, Sequence
from fractions import Fraction
from itertools import count

from nnc.solvers.diagrams import FALSE, TRUE, Diagrams, Room

NONE, EMPTY = 0, 1
AFTER_ALL = 1 << 62  # the literal of the two constants
_UNBOUNDED = 1 << 60  # an order above all
RISES, FALLS, BOTH = 1, 2, 3  # in which ways a bit changes a function: it turns it on, or off

Literals = tuple[int, ...]


class Families:
    """The nodes of all families of one search."""

    def __init__(self, room: Room) -> None:
        self.room = room
        self.literals = [AFTER_ALL, AFTER_ALL]
        self.without = [NONE, EMPTY]
        self.within = [NONE, NONE]
        self._node_of: dict[tuple[int, int, int], int] = {}
        self._differences: dict[tuple[int, int], int] = {}
        self._apart: dict[tuple[int, int], int] = {}

    def node(self, literal: int, without: int, within: int) -> int:
        """Return the union of `without`, and `within` with a literal added to each set."""
        if within == NONE:
            return without
        key = (literal, without, within)
        node = self._node_of.get(key)
        if node is None:
            self.room.take()
            node = self._node_of[key] = len(self.literals)
            self.literals.append(literal)
            self.without.append(without)
            self.within.append(within)
        return node

    def difference(self, first: int, second: int) -> int:
        """Return the sets of the first family that are not in the second.

        No set may contain another set of its family.
        """
        literals, without, within = self.literals, self.without, self.within
        known = self._differences
        results: list[int] = []
        todo = [(False, first, second)]
        while todo:
            is_done, a, b = todo.pop()
            if is_done:
                right = results.pop() if literals[a] == literals[b] else within[a]
                known[a, b] = self.node(literals[a], results.pop(), right)
                self.room.take()
                results.append(known[a, b])
                continue
            if a == EMPTY:  # and so a second family of more than the empty set is without it
                results.append(NONE if b == EMPTY else EMPTY)
                continue
            while literals[b] < literals[a]:  # sets that the first family cannot have
                b = without[b]
            if a in (b, NONE) or b == NONE:
                results.append(NONE if a == b else a)
            elif (a, b) in known:
                results.append(known[a, b])
            else:
                todo.append((True, a, b))
                if literals[a] == literals[b]:
                    todo += [(False, within[a], within[b]), (False, without[a], without[b])]
                else:
                    todo.append((False, without[a], b))
        return results[0]

    def apart(self, first: int, second: int) -> int:
        """Return the sets of one family that contain no set of the other.

        No set may contain another set of its family.
        """
        literals, without, within = self.literals, self.without, self.within
        known = self._apart

        def find(a: int, b: int) -> int | None:
            if NONE in (a, b):
                return a
            if b in (a, EMPTY):
                return NONE
            return EMPTY if a == EMPTY else known.get((a, b))

        todo = [(first, second)]
        while todo:
            a, b = todo[-1]
            if find(a, b) is not None:
                todo.pop()
                continue
            if literals[a] > literals[b]:
                needed = [(a, without[b])]
            elif literals[a] < literals[b]:
                needed = [(without[a], b), (within[a], b)]
            else:
                needed = [(without[a], without[b]), (within[a], without[b])]
                left = find(*needed[1])
                if left is not None:
                    needed[1] = left, within[b]
            parts = [part for pair in needed if (part := find(*pair)) is not None]
            if len(parts) < len(needed):
                todo += [pair for pair in needed if find(*pair) is None]
                continue
            self.room.take()
            known[a, b] = parts[0] if len(parts) == 1 else self.node(literals[a], *parts)
            todo.pop()
        return find(first, second) or NONE

    def reached(self, family: int) -> list[int]:
        """Return the nodes of a family without the constants, each after its successors."""
        seen = {family}
        todo = [family]
        while todo:
            node = todo.pop()
            for after in (self.without[node], self.within[node]):
                if after not in seen:
                    seen.add(after)
                    todo.append(after)
        return sorted(seen - {NONE, EMPTY})

    def counts(self, family: int) -> dict[int, list[int]]:
        """Return for each node of a family its number of sets by order, from 0."""
        counts: dict[int, list[int]] = {NONE: [], EMPTY: [1]}
        for node in self.reached(family):
            without, within = counts[self.without[node]], [0, *counts[self.within[node]]]
            longer, shorter = sorted((without, within), key=len, reverse=True)
            counts[node] = [
                many + (shorter[order] if order < len(shorter) else 0)
                for order, many in enumerate(longer)
            ]
        return counts

    def smallest(self, family: int, most: int | None = None) -> Iterator[Literals]:
        """Yield the sets of at most `most` literals, smallest first."""
        counts = self.counts(family)
        orders = len(counts[family]) if most is None else min(most + 1, len(counts[family]))
        for order in range(orders):
            todo: list[tuple[int, int, Literals]] = [(family, order, ())]
            while todo:
                node, left, chosen = todo.pop()
                if left >= len(counts[node]) or not counts[node][left]:
                    continue
                if node == EMPTY:
                    yield chosen
                    continue
                todo.append((self.without[node], left, chosen))
                if left:
                    todo.append((self.within[node], left - 1, (*chosen, self.literals[node])))

    def likeliest(self, family: int, chances: Sequence[Fraction]) -> Iterator[Literals]:
        """Yield the sets by descending product of the probabilities of their literals.

        This is A* (Hart, Nilsson and Raphael, 1968), with the greatest product that can complete a
        partial set as its exact bound.
        """
        best: dict[int, Fraction] = {NONE: Fraction(-1), EMPTY: Fraction(1)}
        for node in self.reached(family):
            with_it = chances[self.literals[node]] * best[self.within[node]]
            best[node] = max(best[self.without[node]], with_it)
        number = count()
        start = (-best[family], next(number), family, Fraction(1), ())
        todo: list[tuple[Fraction, int, int, Fraction, Literals]] = [start]
        while todo:
            _, _, node, chance, chosen = heapq.heappop(todo)
            if node == EMPTY:
                yield chosen
            elif node != NONE:
                literal = self.literals[node]
                ways: list[tuple[int, Fraction, Literals]] = [
                    (self.without[node], chance, chosen),
                    (self.within[node], chance * chances[literal], (*chosen, literal)),
                ]
                for after, product, literals in ways:
                    if after != NONE:
                        bound = -product * best[after]
                        heapq.heappush(todo, (bound, next(number), after, product, literals))

    def limited(self, family: int, most: int) -> int:
        """Return the sets of at most `most` literals."""
        counts = self.counts(family)
        known: dict[tuple[int, int], int] = {}
        todo = [(family, most)]
        while todo:
            node, left = todo[-1]
            if len(counts[node]) <= left + 1:
                known[node, left] = node
            elif left < 0 or (not left and not counts[node][0]):
                known[node, left] = NONE
            elif (node, left) not in known:
                needed = [(self.without[node], left), (self.within[node], left - 1)]
                missing = [pair for pair in needed if pair not in known]
                todo += missing
                if missing:
                    continue
                parts = [known[pair] for pair in needed]
                known[node, left] = self.node(self.literals[node], *parts)
            todo.pop()
        return known[family, most]

    def partners(self, family: int, literals: Iterable[int]) -> Iterator[int]:
        """Yield for each literal the sets that contain it, with the literal removed."""
        nodes = self.reached(family)
        for literal in literals:
            rests = {NONE: NONE, EMPTY: NONE}
            for node in nodes:
                first = self.literals[node]
                if first < literal:
                    parts = rests[self.without[node]], rests[self.within[node]]
                    rests[node] = self.node(first, *parts)
                else:
                    rests[node] = self.within[node] if first == literal else NONE
            yield rests[family]


def prime_implicants(
    diagrams: Diagrams,
    families: Families,
    function: int,
    signs: Sequence[int],
    most: int | None = None,
) -> int:
    """Return the prime implicants of at most `most` literals; None for all.

    `signs` states for each level in which directions its bit may change the function.

        P(f) = P(f0 f1)  +  x (P(f1) - P(f0 f1))  +  x' (P(f0) - P(f0 f1))

    where f0 and f1 are f with x off and on (Coudert and Madre, Implicit and incremental computation
    of primes and essential primes of Boolean functions, 1992). If f only rises, f0 f1 is f0, and
    this is Rauzy's algorithm for minimal cut sets (New algorithms for fault trees analysis, 1993).
    With a bound, larger sets are never built. Raises TooLargeError.
    """
    known: dict[tuple[int, int], int] = {}

    def find(node: int, left: int) -> int | None:
        if node in (FALSE, TRUE):
            return EMPTY if node == TRUE else NONE
        return NONE if left <= 0 else known.get((node, left))

    bound = _UNBOUNDED if most is None else most
    step = 0 if most is None else 1
    todo = [(function, bound)]
    while todo:
        node, left = todo[-1]
        if find(node, left) is not None:
            todo.pop()
            continue
        low, high = diagrams.lows[node], diagrams.highs[node]
        level = diagrams.levels[node]
        if signs[level] == BOTH:
            shared = diagrams.both(low, high)
        else:
            shared = low if signs[level] == RISES else high
        needed = [(shared, left)]
        needed += [(way, left - step) for way in (low, high) if way != shared]
        missing = [pair for pair in needed if find(*pair) is None]
        if missing:
            todo += missing
            continue
        of_both, *others = (find(*pair) or NONE for pair in needed)
        literal = 2 * level
        on = NONE if shared == high else families.difference(others.pop(), of_both)
        off = NONE if shared == low else families.difference(others.pop(), of_both)
        families.room.take()
        known[node, left] = families.node(literal, families.node(literal + 1, of_both, off), on)
        todo.pop()
    return find(function, bound) or NONE


def minimal_rows(
    diagrams: Diagrams, families: Families, function: int, rises: bool, most: int | None = None
) -> int:
    """Return the minimal sets of bits that make a function 1 while all other bits are opposite.

        M(f) = M(f0)  +  x (M(f1) without what contains a set of M(f0))

    The sets are of bits that are 1 or, unless `rises`, of bits that are 0; none has more than
    `most` bits, None for no limit (Rauzy, New algorithms for fault trees analysis, 1993). Raises
    TooLargeError.
    """
    rows = {FALSE: NONE, TRUE: EMPTY}
    for node in diagrams.reached(function):
        ways = rows[diagrams.lows[node]], rows[diagrams.highs[node]]
        rest, within = ways if rises else ways[::-1]
        literal = 2 * diagrams.levels[node] + (not rises)
        rows[node] = families.node(literal, rest, families.apart(within, rest))
        if most is not None:
            rows[node] = families.limited(rows[node], most)
    return rows[function]


def primes_within(
    diagrams: Diagrams,
    families: Families,
    function: int,
    allowed: int,
    signs: Sequence[int],
    most: int | None = None,
) -> int:
    """Return the minimal sets of literals that make a function 1 in every allowed row.

    Each set occurs in at least one allowed row. Sets that occur in none are the prime implicants of
    the forbidden rows, and are left out. Raises TooLargeError.
    """
    barred = diagrams.opposite(allowed)
    primes = prime_implicants(diagrams, families, diagrams.either(function, barred), signs, most)
    if barred == FALSE:
        return primes
    return families.difference(primes, prime_implicants(diagrams, families, barred, signs, most))
