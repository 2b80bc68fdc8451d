"""Circles in a graph: its strongly connected components, and the shortest cycle of each."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Mapping

MAX_SEARCHED = 3_000_000
"""The most edges searched, in all, for the shortest cycles."""
_MAX_SHOWN = 50


def walk_of(names: list[str]) -> str:
    """Write the names of a circle, the first again at its end; of many the middle is left out."""
    listed = names if len(names) <= _MAX_SHOWN else [*names[:25], "…", *names[-24:]]
    return " -> ".join([*listed, names[0]])


def components(edges: Mapping[int, list[int]]) -> Iterator[list[int]]:
    """Yield the strongly connected components (Tarjan 1972, with a stack instead of recursion)."""
    index: dict[int, int] = {}
    low: dict[int, int] = {}
    open_: list[int] = []
    is_open: set[int] = set()
    for root in edges:
        if root in index:
            continue
        index[root] = low[root] = len(index)
        open_.append(root)
        is_open.add(root)
        work = [(root, iter(edges[root]))]
        while work:
            node, rest = work[-1]
            for target in rest:
                if target not in index:
                    index[target] = low[target] = len(index)
                    open_.append(target)
                    is_open.add(target)
                    work.append((target, iter(edges[target])))
                    break
                if target in is_open:
                    low[node] = min(low[node], index[target])
            else:
                work.pop()
                if work:
                    low[work[-1][0]] = min(low[work[-1][0]], low[node])
                if low[node] == index[node]:
                    component = []
                    while True:
                        member = open_.pop()
                        is_open.discard(member)
                        component.append(member)
                        if member == node:
                            break
                    yield component


def shortest_cycle(edges: Mapping[int, list[int]], budget: int) -> tuple[list[int], int]:
    """Return the shortest cycle of a strongly connected component, by a search from each node.

    When `budget` edges have been looked at, the shortest found till then has to do. What is left
    of the budget is returned too.
    """
    best: list[int] = []
    simple = all(len(targets) == 1 for targets in edges.values())
    for root in edges:
        cycle, looked_at = _cycle_through(root, edges, len(best) or len(edges) + 1)
        budget -= looked_at
        if cycle and (not best or len(cycle) < len(best)):
            best = cycle
        if best and (budget < 0 or len(best) == 1 or simple):
            break
    return best, budget


def _cycle_through(root: int, edges: Mapping[int, list[int]], limit: int) -> tuple[list[int], int]:
    """Find a cycle through `root` shorter than `limit`, breadth first."""
    before: dict[int, int] = {}
    distance = {root: 0}
    queue = deque([root])
    looked_at = 0
    while queue:
        node = queue.popleft()
        if distance[node] + 1 >= limit:
            break
        for target in edges[node]:
            looked_at += 1
            if target == root:
                cycle = [node]
                while cycle[-1] != root:
                    cycle.append(before[cycle[-1]])
                return cycle[::-1], looked_at
            if target not in distance:
                distance[target] = distance[node] + 1
                before[target] = node
                queue.append(target)
    return [], looked_at
