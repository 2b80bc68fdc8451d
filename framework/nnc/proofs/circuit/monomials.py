"""Weighted sums of nodes as polynomials of the leaves that these read, where they read few.

A function of few bits is a sum of products of them with integer factors, and only one such: what
is 0 for all rows has no products (Rota's Moebius inversion over sets of bits).
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import NamedTuple

from nnc.solvers.and_graph import AndGraph

_MAX_LEAVES = 6  # of a node
_MAX_CONE = 64  # nodes between a node and its leaves
_ROWS = 1 << _MAX_LEAVES
_ALL_ROWS = (1 << _ROWS) - 1
_COLUMNS = tuple(
    sum(1 << row for row in range(_ROWS) if row >> place & 1) for place in range(_MAX_LEAVES)
)
"""The column of each leaf, one bit for each row of a table."""
Products = Mapping[tuple[int, ...], int]
"""The factor of each product of leaves; the empty product is 1."""


class Cone(NamedTuple):
    """Nodes that one depends on, sources first, and those of them that are leaves."""

    nodes: list[int]
    leaves: list[int]


def small_cone(graph: AndGraph, node: int) -> Cone | None:
    """Return the cone of a node, if it is small."""
    cone, todo = {node}, [node]
    while todo:
        for literal in graph.sources[todo.pop()]:
            if literal >= 0 and literal >> 1 not in cone:
                cone.add(literal >> 1)
                todo.append(literal >> 1)
        if len(cone) > _MAX_CONE:
            return None
    nodes = sorted(cone)
    leaves = [inner for inner in nodes if graph.is_leaf(inner)]
    return Cone(nodes, leaves) if len(leaves) <= _MAX_LEAVES else None


def monomials(graph: AndGraph, sums: Mapping[int, int], modulus: int = 0) -> Products | None:
    """Return a weighted sum of nodes as products of leaves; None where a node reads many.

    Node 0 has the constant. With a modulus factors are taken modulo it.
    """
    total: dict[tuple[int, ...], int] = {(): sums.get(0, 0)}
    for node, weight in sums.items():
        if not node:
            continue
        cone = small_cone(graph, node)
        if cone is None:
            return None
        leaves = cone.leaves
        for places, factor in _products(_table(graph, cone), len(leaves)):
            key = tuple([leaves[place] for place in places])
            total[key] = total.get(key, 0) + weight * factor
    if modulus:
        total = {key: factor % modulus for key, factor in total.items()}
    return {key: factor for key, factor in total.items() if factor}


def _table(graph: AndGraph, cone: Cone) -> int:
    """Return the table of the last node of a cone over its leaves, one bit for each row."""
    columns = dict(zip(cone.leaves, _COLUMNS, strict=False))
    for node in cone.nodes:
        if node not in columns:
            first, second = graph.sources[node]
            left = columns[first >> 1] ^ (_ALL_ROWS if first & 1 else 0)
            right = columns[second >> 1] ^ (_ALL_ROWS if second & 1 else 0)
            columns[node] = left & right
    return columns[cone.nodes[-1]]


@lru_cache(1 << 12)
def _products(table: int, width: int) -> list[tuple[tuple[int, ...], int]]:
    """Return the products of columns that add up to a table, with their factors."""
    factors = [table >> row & 1 for row in range(1 << width)]
    for place in range(width):
        for row in range(1 << width):
            if row >> place & 1:
                factors[row] -= factors[row ^ 1 << place]
    return [
        (tuple(place for place in range(width) if row >> place & 1), factor)
        for row, factor in enumerate(factors)
        if factor
    ]
