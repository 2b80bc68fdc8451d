"""Two literals, and the clauses of all below them: a SAT solver says whether they are the same.

Each AND is three clauses (Tseitin, 1968). A solver is kept for the next query as long as most of
what it has is asked about again: one that has grown decides about far more than it is asked.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from heapq import heapify, heappop, heappush
from typing import NamedTuple

from nnc.proving.circuit.graph import LEAF, AndGraph
from nnc.proving.circuit.leaves import Clause
from nnc.proving.sat import Solver

_KEPT = 4
"""A solver has at most so many times the nodes of a query, and some more."""
_MORE = 500


class Answer(NamedTuple):
    """Whether two literals are the same, None if that is open; the nodes added, the conflicts.

    `states` are values of leaves for which they differ; of a cone that was cut off, which is not
    whole, they may be such that no inputs give.
    """

    is_equal: bool | None
    added: int = 0
    conflicts: int = 0
    is_whole: bool = True
    states: Mapping[int, bool] | None = None


class Queries:
    """The solver of the queries about one graph; leave it by `close`."""

    def __init__(
        self, graph: AndGraph, clauses: Callable[[Iterable[int]], Sequence[Clause]]
    ) -> None:
        self._graph, self._clauses = graph, clauses
        self._solver = Solver("glucose4")
        self._variables: dict[int, int] = {}
        self._last = 0
        self._leaves: list[int] = []
        self._known: set[Clause] = set()

    def forget(self, node: int) -> None:
        """Take a node for another from now on: it was merged, and its number is given anew."""
        self._variables.pop(node, None)

    def close(self) -> None:
        """Give back the memory of the solver."""
        self._solver.close()

    def compare(self, first: int, second: int, conflicts: int, most: int | None = None) -> Answer:
        """Search for values of the leaves for which two literals differ.

        The cone is cut off at `most` nodes, if it has more: what is proved so holds, too.
        """
        cone, is_whole = self._cone({first >> 1, second >> 1} - {0}, most)
        if is_whole:
            self._renew(len(cone))
            added = self._add(cone)
            solver, variables = self._solver, self._variables
        else:
            solver, variables = Solver("glucose4"), {}
            added = _add_nodes(self._graph, solver, variables, cone, 0)
        before = solver.conflicts
        try:
            return self._searched(solver, variables, (first, second), conflicts)._replace(
                added=added, conflicts=solver.conflicts - before, is_whole=is_whole
            )
        finally:
            if not is_whole:
                solver.close()

    def _searched(
        self, solver: Solver, variables: Mapping[int, int], pair: tuple[int, int], conflicts: int
    ) -> Answer:
        def of(literal: int) -> int:
            return -variables[literal >> 1] if literal & 1 else variables[literal >> 1]

        first, second = pair
        sides = ((first, second ^ 1), (first ^ 1, second))
        for side in sides:
            wanted = [of(literal) for literal in side if literal > 1]
            if 0 in side:
                continue  # a constant is never the opposite of itself
            answer = solver.solve(wanted, conflicts=conflicts)
            if answer is None:
                return Answer(is_equal=None)
            if answer:
                return Answer(is_equal=False, states=self._states(solver, variables))
        return Answer(is_equal=True)

    def _states(self, solver: Solver, variables: Mapping[int, int]) -> dict[int, bool]:
        states = {}
        for node, variable in variables.items():
            if self._graph.is_leaf(node) and variable <= len(solver.model):
                states[node] = solver.model[variable - 1] > 0
        return states

    def _renew(self, size: int) -> None:
        """Begin a fresh solver where this one has far more than what is asked about."""
        if len(self._variables) > _KEPT * size + _MORE:
            self._solver.close()
            self._solver = Solver("glucose4")
            self._variables, self._leaves, self._known, self._last = {}, [], set(), 0

    def _add(self, cone: Sequence[int]) -> int:
        """Add the nodes of a cone that the solver has not; return how many."""
        fresh = [node for node in cone if node not in self._variables]
        self._last = _add_nodes(self._graph, self._solver, self._variables, fresh, self._last)
        leaves = [node for node in fresh if self._graph.is_leaf(node)]
        if leaves:
            self._leaves += leaves
            for clause in self._clauses(self._leaves):
                if clause not in self._known:
                    self._known.add(clause)
                    self._solver.add([_numbered(clause, self._variables)])
        return len(fresh)

    def _cone(self, roots: set[int], most: int | None) -> tuple[list[int], bool]:
        """Return what roots depend on, sources first, and whether that is all of it."""
        if most is None:
            return self._graph.cone(roots), True
        seen = set(roots)
        todo = [-root for root in roots]
        heapify(todo)
        while todo and len(seen) < most:
            first, second = self._graph.sources[-heappop(todo)]
            if first == LEAF:
                continue
            for node in (first >> 1, second >> 1):
                if node not in seen:
                    seen.add(node)
                    heappush(todo, -node)
        return sorted(seen), not todo or all(self._graph.is_leaf(-node) for node in todo)


def _numbered(clause: Clause, variables: Mapping[int, int]) -> tuple[int, ...]:
    return tuple(
        -variables[literal >> 1] if literal & 1 else variables[literal >> 1] for literal in clause
    )


def _add_nodes(
    graph: AndGraph, solver: Solver, variables: dict[int, int], nodes: Sequence[int], last: int
) -> int:
    """Add nodes, sources first; those whose sources are not there may be anything.

    Variables are counted on from the last; return the last one then.
    """
    clauses: list[tuple[int, ...]] = []
    for node in nodes:
        last += 1
        own = variables[node] = last
        first, second = graph.sources[node]
        if first == LEAF or first >> 1 not in variables or second >> 1 not in variables:
            continue
        left, right = variables[first >> 1], variables[second >> 1]
        left, right = -left if first & 1 else left, -right if second & 1 else right
        clauses += ((-own, left), (-own, right), (own, -left, -right))
    solver.add(clauses)
    return last
