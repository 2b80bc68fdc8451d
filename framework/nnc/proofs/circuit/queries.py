"""Two literals, and the clauses of all below them: a SAT solver says whether they are the same.

Each AND is three clauses (Tseitin, 1968). A solver is kept for the next query as long as most of
what it has is asked about again: one that has grown decides about far more than it is asked.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import NamedTuple

from nnc.proofs.circuit.leaves import Clause
from nnc.solvers.and_graph import LEAF, AndGraph
from nnc.solvers.sat import Solver

# a solver is renewed when it has more nodes than this factor times the largest query, plus these
_KEPT_FACTOR = 4
_KEPT_NODES = 2_000


class Answer(NamedTuple):
    """The answer to a query: `is_equal` is None where it is open; the nodes added, the conflicts.

    `states` are values of leaves for which they differ.
    """

    is_equal: bool | None
    added: int = 0
    conflicts: int = 0
    states: Mapping[int, bool] | None = None


class Queries:
    """The solver of the queries about one graph; leave it by `close`."""

    def __init__(
        self, graph: AndGraph, clauses: Callable[[Iterable[int]], Sequence[Clause]]
    ) -> None:
        self._graph, self._clauses = graph, clauses
        self._solver = Solver("glucose4")
        self._variables: dict[int, int] = {}
        self._last = self._needed = 0
        self._leaves: list[int] = []
        self._known: set[Clause] = set()

    @property
    def size(self) -> int:
        """The number of nodes that the solver has."""
        return len(self._variables)

    def forget(self, node: int) -> None:
        """Forget a node that was merged, because its number is used again."""
        self._variables.pop(node, None)

    def close(self) -> None:
        """Free the memory of the solver."""
        self._solver.close()

    def compare(self, first: int, second: int, conflicts: int) -> Answer:
        """Search for values of the leaves for which two literals differ."""
        roots = {first >> 1, second >> 1} - {0}
        if len(self._variables) > _KEPT_FACTOR * self._needed + _KEPT_NODES:
            self.renew()
        fresh = self._graph.cone(roots, self._variables)
        self._add(fresh)
        self._needed = max(self._needed, len(fresh))
        before = self._solver.conflicts
        answer = self._searched(first, second, conflicts)
        return answer._replace(added=len(fresh), conflicts=self._solver.conflicts - before)

    def _searched(self, first: int, second: int, conflicts: int) -> Answer:
        variables, leaves = self._variables, self._leaves
        for side in ((first, second ^ 1), (first ^ 1, second)):
            if 0 in side:
                continue  # a constant is never the opposite of itself
            wanted = numbered([literal for literal in side if literal > 1], variables)
            answer = self._solver.solve(wanted, conflicts=conflicts)
            if answer is None:
                return Answer(is_equal=None)
            if answer:
                model = self._solver.model
                known = (leaf for leaf in leaves if variables[leaf] <= len(model))
                states = {leaf: model[variables[leaf] - 1] > 0 for leaf in known}
                return Answer(is_equal=False, states=states)
        return Answer(is_equal=True)

    def renew(self) -> None:
        """Begin a fresh solver, as when more is known of leaves."""
        self._solver.close()
        self._solver = Solver("glucose4")
        self._variables, self._leaves, self._known, self._last = {}, [], set(), 0
        self._needed = 0

    def _add(self, fresh: Sequence[int]) -> None:
        """Add the nodes of a cone that the solver has not."""
        self._last = add_nodes(self._graph, self._solver, self._variables, fresh, self._last)
        leaves = [node for node in fresh if self._graph.is_leaf(node)]
        if leaves:
            self._leaves += leaves
            for clause in self._clauses(self._leaves):
                if clause not in self._known:
                    self._known.add(clause)
                    self._solver.add([numbered(clause, self._variables)])


def numbered(clause: Sequence[int], variables: Mapping[int, int]) -> tuple[int, ...]:
    """Return a clause over nodes as one over the variables of a solver."""
    return tuple(
        -variables[literal >> 1] if literal & 1 else variables[literal >> 1] for literal in clause
    )


def add_nodes(
    graph: AndGraph, solver: Solver, variables: dict[int, int], nodes: Sequence[int], last: int
) -> int:
    """Add nodes, sources first; those whose sources are not there may be anything.

    Variables are counted on from the last; return the last one then.
    """
    clauses: list[tuple[int, ...]] = []
    for node in nodes:
        last += 1
        variable = variables[node] = last
        first, second = graph.sources[node]
        if first == LEAF or first >> 1 not in variables or second >> 1 not in variables:
            continue
        left, right = variables[first >> 1], variables[second >> 1]
        left, right = -left if first & 1 else left, -right if second & 1 else right
        clauses += ((-variable, left), (-variable, right), (variable, -left, -right))
    solver.add(clauses)
    return last
