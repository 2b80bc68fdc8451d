"""The table of a function of a few nodes -> a literal: each function is written in one way.

The last node is decided first (Bryant, Graph-based algorithms for Boolean function manipulation,
1986), so that functions of the same nodes share what they have in common, whatever neurons they
were made of.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from nnc.solvers.and_graph import FALSE, TRUE, AndGraph

WIDTH = 6  # nodes of a table
_SIZE = 1 << WIDTH
ROWS = (1 << _SIZE) - 1
COLUMNS = [sum(1 << row for row in range(_SIZE) if row >> place & 1) for place in range(WIDTH)]
"""In which rows each node of a table is 1."""


class Table(NamedTuple):
    """Nodes, ascending, and the rows in which a function of them is 1; row i counts them as bits.

    Rows that only differ in nodes that there are not are all there, and alike.
    """

    nodes: Sequence[int]
    rows: int

    def literal(self, graph: AndGraph) -> int:
        """Return the literal of the function."""
        return _literal(self.rows, len(self.nodes), self.nodes, graph)


def _literal(rows: int, width: int, nodes: Sequence[int], graph: AndGraph) -> int:
    if rows in (0, ROWS):
        return TRUE if rows else FALSE
    index = width - 1
    on, off = rows & COLUMNS[index], rows & ~COLUMNS[index]
    on, off = on | on >> (1 << index), off | off << (1 << index)
    high = _literal(on, index, nodes, graph)
    if on == off:
        return high
    return graph.chosen(2 * nodes[index], high, _literal(off, index, nodes, graph))
