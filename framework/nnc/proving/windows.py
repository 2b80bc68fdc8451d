"""Two nodes of a graph proved equal from nodes near them, whatever these are.

A *window* is the part of the graph between two nodes and a cut through what they depend on. Where
both are the same for all values of the cut, they are the same; where they are not, nothing is
known, for the cut may never take such values.
"""

from __future__ import annotations

import numpy as np

from nnc.compiler.graph import Graph, Node
from nnc.compiler.graph.graph import BIT, ONE, ZERO, Origin
from nnc.compiler.plan import Plan, build_plan
from nnc.language.network import Input
from nnc.language.references import CONSTANTS
from nnc.proving.shared import Gate, Shared
from nnc.rows.columns import Batch, TruthTableColumn
from nnc.run.engines import How
from nnc.run.evaluation import calculate

_NOWHERE = Origin(())
_WIDEST = 64
"""Of a cut on the way to a narrow one."""


def are_equal(shared: Shared, one: int, other: int, most: int, how: How) -> bool:
    """Tell whether two literals are the same for all values of a cut of at most `most` nodes."""
    roots = {one >> 1, other >> 1} - {0}
    leaves = cut(shared, roots, most)
    if leaves is None:
        return False
    inside = _between(shared, roots, leaves)
    plan, signal_of = _plan(shared, sorted(leaves), inside)
    count = 1 << len(leaves)
    column = TruthTableColumn(0, count, tuple(range(len(leaves))), is_bus=True)
    wanted = frozenset(signal_of[root] for root in roots)
    alone = how._replace(threads=1)  # starting others takes longer than most windows
    found = calculate(plan, Batch((column,), count), wanted, frozenset(), alone)
    words = [
        found.words_of([signal_of[literal >> 1]])[0] if literal > 1 else np.uint64(0)
        for literal in (one, other)
    ]
    if not (one ^ other) & 1:
        return bool((words[0] == words[1]).all())
    full = ~np.uint64(0) if count >= 64 else np.uint64((1 << count) - 1)
    return bool((words[0] ^ words[1] == full).all())


def cut(shared: Shared, roots: set[int], most: int) -> set[int] | None:
    """Give a cut of at most `most` nodes below some; None where even the nearest is wider.

    From the roots down, the node is opened that adds the fewest to the cut, and of these the last.
    """
    leaves = set(roots)
    closed: set[int] = set()
    while True:
        best: tuple[int, int] | None = None
        for node in leaves - closed:
            found = shared.nodes[node]
            if not isinstance(found, Gate):
                closed.add(node)
                continue
            if node in roots:
                best = -most, node
                break
            growth = sum(1 for read in shared.reads(node) if read not in leaves) - 1
            if best is None or (growth, -node) < (best[0], -best[1]):
                best = growth, node
        if best is None or len(leaves) > _WIDEST:
            break
        if best[0] >= 0 and len(leaves) + best[0] > most:
            break
        leaves.remove(best[1])
        leaves.update(shared.reads(best[1]))
    return leaves if len(leaves) <= most and not leaves & roots else None


def _between(shared: Shared, roots: set[int], leaves: set[int]) -> list[int]:
    """Give the nodes from the cut up to the roots, sources first."""
    seen = set(roots)
    todo = list(roots)
    while todo:
        for read in shared.reads(todo.pop()):
            if read not in seen and read not in leaves:
                seen.add(read)
                todo.append(read)
    return sorted(seen)


def _plan(shared: Shared, leaves: list[int], inside: list[int]) -> tuple[Plan, dict[int, int]]:
    """Make a plan of a window; gives the signal of each node, too."""
    levels = dict.fromkeys(leaves, 0)
    for node in inside:
        levels[node] = 1 + max(levels[read] for read in shared.reads(node))
    inside = sorted(inside, key=levels.__getitem__)
    signal_of = {node: place for place, node in enumerate([*leaves, *inside], len(CONSTANTS))}
    nodes = tuple(_node(shared, node, signal_of) for node in inside)
    graph = Graph(
        {"cut": Input(type="bit", size=len(leaves))},
        nodes,
        tuple(levels[node] for node in inside),
        (),
        [ZERO, ONE, *[BIT] * len(signal_of)],
    )
    return build_plan(graph), signal_of


def _node(shared: Shared, node: int, signal_of: dict[int, int]) -> Node:
    """Write a gate as a neuron; a source that is turned counts 1 - bit."""
    gate = shared.nodes[node]
    assert isinstance(gate, Gate)
    signs = [-1 if literal & 1 else 1 for literal in gate.literals]
    weights = [sign * weight for sign, weight in zip(signs, gate.weights, strict=True)]
    limit = gate.threshold + sum(weight for weight in weights if weight < 0)
    sources = [signal_of[literal >> 1] for literal in gate.literals]
    return Node("", _NOWHERE, "at_least", sources, weights, (limit,), (), signal_of[node])
