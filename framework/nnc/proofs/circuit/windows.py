"""Compare two literals for all values of a cut below them.

A *window* is the part of the graph between two nodes and a cut through what they depend on. Where
the two differ for some values of the cut nothing is known, for it may never take these.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Mapping, Sequence
from typing import NamedTuple

from nnc.proofs.circuit.leaves import Clause
from nnc.solvers.and_graph import LEAF, AndGraph

WIDTH = 10  # nodes of a cut; all 1,024 values of it are one integer
_TABLES = [sum(1 << row for row in range(1 << WIDTH) if row >> place & 1) for place in range(WIDTH)]
_ROWS = (1 << (1 << WIDTH)) - 1


class Window(NamedTuple):
    """The result of a window: equal for all values of the cut or not, and its number of ANDs.

    `states` are values of leaves for which the two differ, where the cut has nothing but leaves.
    """

    size: int
    is_equal: bool = False
    states: Mapping[int, bool] | None = None


def compare(
    graph: AndGraph,
    first: int,
    second: int,
    clauses: Callable[[Iterable[int]], Sequence[Clause]],
) -> Window:
    """Compare two literals for all values of a cut that the clauses of its leaves allow."""
    roots = {first >> 1, second >> 1} - {0}
    cut = cut_below(graph, roots)
    tables = {0: 0} | dict(zip(sorted(cut), _TABLES, strict=False))
    size = _fill(graph, tables, (first >> 1, second >> 1))
    differs = tables[first >> 1] ^ tables[second >> 1]
    if (first ^ second) & 1:
        differs ^= _ROWS
    if differs:
        leaves = [node for node in cut if graph.is_leaf(node)]
        for clause in clauses(leaves) if len(leaves) > 1 else ():
            allowed = 0
            for literal in clause:
                allowed |= tables[literal >> 1] ^ (_ROWS if literal & 1 else 0)
            differs &= allowed
    if not differs:
        return Window(size, is_equal=True)
    if not all(graph.is_leaf(node) for node in cut):
        return Window(size)
    row = (differs & -differs).bit_length() - 1
    return Window(size, states={node: bool(tables[node] >> row & 1) for node in cut})


def cut_below(graph: AndGraph, roots: set[int]) -> set[int]:
    """Return a cut of at most `WIDTH` nodes below some.

    From the roots down, a node is opened that makes it no wider, or else the last one.
    """
    sources = graph.sources
    cut = set(roots)
    while True:
        best, growth = 0, 2
        for node in cut:
            first, second = sources[node]
            if first == LEAF:
                continue
            added = (first >> 1 not in cut) + (second >> 1 not in cut)
            if added < 2:
                best, growth = node, added
                break
            if node > best:
                best = node
        if not best or (growth == 2 and len(cut) >= WIDTH):
            return cut
        cut.remove(best)
        cut.update((sources[best][0] >> 1, sources[best][1] >> 1))


def _fill(graph: AndGraph, tables: dict[int, int], roots: Iterable[int]) -> int:
    """Add the tables of all nodes between the cut and the roots; return how many they are."""
    inside = nodes_between(graph, tables, roots)
    for node in inside:
        first, second = graph.sources[node]
        left, right = tables[first >> 1], tables[second >> 1]
        tables[node] = (left ^ _ROWS if first & 1 else left) & (
            right ^ _ROWS if second & 1 else right
        )
    return len(inside)


def nodes_between(graph: AndGraph, cut: Container[int], roots: Iterable[int]) -> list[int]:
    """Return the nodes between a cut and some roots, sources first."""
    inside: set[int] = set()
    todo = [root for root in roots if root not in cut]
    while todo:
        node = todo.pop()
        if node in inside:
            continue
        inside.add(node)
        first, second = graph.sources[node]
        todo += [read for read in (first >> 1, second >> 1) if read not in cut]
    return sorted(inside)
