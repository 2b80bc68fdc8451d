"""A function -> its prime implicants, as a family of sets of literals.

    P(f) = P(f0 f1)  +  x (P(f1) - P(f0 f1))  +  x' (P(f0) - P(f0 f1))

where f0 and f1 are f with x off and on (Coudert and Madre, Implicit and incremental computation of
primes and essential primes of Boolean functions, 1992). Of a function that only rises, f0 f1 is f0,
and this is Rauzy's algorithm for minimal cut sets (New algorithms for fault trees analysis, 1993).
With a bound on the order, larger sets are never built.
"""

from __future__ import annotations

from nnc.cut_sets.diagrams import FALSE, TRUE, Diagrams
from nnc.cut_sets.families import EMPTY, NONE, Families

UNBOUNDED = 1 << 60  # an order above all


def prime_implicants(
    diagrams: Diagrams, families: Families, function: int, most: int | None = None
) -> int:
    """Return the prime implicants of at most `most` literals; None for all.

    Raises TooLargeError.
    """
    known: dict[tuple[int, int], int] = {}

    def find(node: int, left: int) -> int | None:
        if node in (FALSE, TRUE):
            return EMPTY if node == TRUE else NONE
        return NONE if left <= 0 else known.get((node, left))

    bound = UNBOUNDED if most is None else most
    step = 0 if most is None else 1
    todo = [(function, bound)]
    while todo:
        node, left = todo[-1]
        if find(node, left) is not None:
            todo.pop()
            continue
        low, high = diagrams.lows[node], diagrams.highs[node]
        shared = diagrams.both(low, high)
        needed = ((shared, left), (low, left - step), (high, left - step))
        missing = [pair for pair in needed if find(*pair) is None]
        if missing:
            todo += missing
            continue
        of_both, of_low, of_high = (find(*pair) or NONE for pair in needed)
        literal = 2 * diagrams.levels[node]
        off = NONE if shared == low else families.difference(of_low, of_both)
        on = NONE if shared == high else families.difference(of_high, of_both)
        families.room.take()
        known[node, left] = families.node(literal, families.node(literal + 1, of_both, off), on)
        todo.pop()
    return find(function, bound) or NONE


def primes_within(
    diagrams: Diagrams, families: Families, function: int, allowed: int, most: int | None = None
) -> int:
    """Return the minimal sets of literals that make a function 1 in every allowed row.

    Each set occurs in at least one allowed row; others say nothing.
    Those sets are the prime implicants of the rows that are not allowed. Raises TooLargeError.
    """
    barred = diagrams.opposite(allowed)
    primes = prime_implicants(diagrams, families, diagrams.either(function, barred), most)
    if barred == FALSE:
        return primes
    return families.difference(primes, prime_implicants(diagrams, families, barred, most))
