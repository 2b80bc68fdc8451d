"""A graph of ANDs that is swept as it is made, and says every step of it in a certificate."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from heapq import heapify, heappop, heappush
from typing import Any

from nnc.proofs.certifying.leaves import RecordedLeaves
from nnc.proofs.certifying.recording import Recording
from nnc.proofs.circuit.adders import Adders, Terms
from nnc.proofs.circuit.compounds import Positive
from nnc.proofs.circuit.leaves import Clause
from nnc.proofs.circuit.queries import Queries
from nnc.proofs.circuit.sweeping import Patience, Sweep
from nnc.proofs.circuit.tables import Table
from nnc.proofs.plans.budget import LOOK
from nnc.solvers.and_graph import FALSE, LEAF, AndGraph, Made
from nnc.solvers.sat import Solver

_NEAR, _WIDTH = 400, 10
_CLAUSE = 4 * LOOK
_CONFLICT = 60 * LOOK


class RecordedGraph(AndGraph):
    """Of each node the variable that is its AND, or the leaf that it is."""

    def __init__(self, recording: Recording, made: Made) -> None:
        super().__init__(made)
        self._recording = recording
        self.variables: dict[int, int] = {0: -1}
        """Of each node the literal: node 0 is always 0."""
        self._defined: dict[tuple[int, int], int] = {}

    def literal(self, literal: int) -> int:
        """Return the literal of the certificate."""
        own = self.variables[literal >> 1]
        return -own if literal & 1 else own

    def define(self, first: int, second: int) -> int:
        """Say the AND of two literals; return its variable."""
        key = (first, second)
        if key not in self._defined:
            own, other = self.literal(first), self.literal(second)
            self._recording.add(["and", own, other])
            self._defined[key] = self._recording.ledger.add_and(own, other)
        return self._defined[key]

    def _absorbed(self, first: int, second: int) -> int | None:
        """Say why an AND of a source and what reads it is something plainer."""
        literal = super()._absorbed(first, second)
        if literal is None:
            return None
        low, high = self.sources[second >> 1]
        own = self.define(first, second)
        between = []
        for other in (low, high):
            key = (min(first, other ^ 1), max(first, other ^ 1))
            if key in self._defined:
                between.append(self._defined[key])
        cut = [node for node in (first >> 1, low >> 1, high >> 1) if node]
        inside = [self.variables[second >> 1], *between, own]
        self._recording.same_by_window(
            own, self.literal(literal), [self.variables[node] for node in cut], inside
        )
        return literal


class RecordedSweep(Sweep):
    """A sweep whose merges are said; what cannot be said again is not merged."""

    def __init__(self, leaves: RecordedLeaves, recording: Recording, patience: Patience) -> None:
        super().__init__(leaves, recording.budget, patience)  # type: ignore[arg-type]
        self.queries.close()
        self._recording = recording
        self.recorded = RecordedGraph(recording, self._made)
        self.graph = self.recorded
        self.queries = Queries(self.graph, leaves.clauses)
        self.adders = _NoAdders()

    def leaf(self, node: int) -> int:
        """Add a leaf that is a variable of the recording; return its literal."""
        self.recorded.variables[len(self.graph)] = node
        return super().leaf(node)

    def _made(self, node: int) -> int:
        self.recorded.variables[node] = self.recorded.define(*self.graph.sources[node])
        return super()._made(node)

    def _tabled(self, neuron: Positive, table: Table) -> int:
        """Return a literal by the table if that can be said, else by the diagram."""
        _, drawn = self._drawn(neuron)
        assert drawn is not None
        literal = super()._tabled(neuron, table)
        return literal if self.explain(drawn, literal) else drawn

    def _wide(self, neuron: Positive) -> int:
        """Return a leaf of its own: that two wide neurons are the same cannot be said."""
        self._wide_neurons.leaf_of.clear()
        return super()._wide(neuron)

    def _is_same_wide(self, _first: Positive, _second: Positive) -> bool:
        return False

    def _clauses(self, leaves: Iterable[int]) -> list[Clause]:
        """Return what whoever checks knows, too: nothing of wide neurons."""
        return list(self.leaves.clauses(leaves))

    def _is_refused(self, *_: object) -> bool:
        return False

    def _is_same(self, first: int, second: int, **more: Any) -> bool:
        return super()._is_same(first, second, **more) and self.explain(first, second)

    # ------------------------------------------------------------------------- explanations

    def explain(self, first: int, second: int, conflicts: int = 20_000) -> bool:
        """Say why two literals are the same; return whether that was possible."""
        own, other = self.recorded.literal(first), self.recorded.literal(second)
        find = self._recording.ledger.find
        if find(own) == find(other):
            return True
        roots = {first >> 1, second >> 1} - {0}
        cut = self._cut(roots)
        window = [
            [self.recorded.variables[node] for node in nodes]
            for nodes in (sorted(cut), self._inside(roots, cut))
        ]
        if self._recording.is_same_in(own, other, *window):
            self._recording.same_by_window(own, other, *window)
            return True
        for most in (_NEAR, len(self.graph)):
            cone = self._near(roots, most)
            proof = self._proof(cone, first, second, conflicts)
            if proof is not None:
                inside = [self.recorded.variables[node] for node in cone]
                self._recording.add(["same", own, other, "clauses", inside, *proof])
                self._recording.ledger.merge(own, other)
                return True
        return False

    def _cut(self, roots: set[int]) -> set[int]:
        """Return a cut below roots: what widens it least is opened first, then what is last."""
        cut = set(roots)
        while True:
            ways = [(sum(s >> 1 not in cut for s in self.graph.sources[node]), -node)
                    for node in cut if node and not self.graph.is_leaf(node)]  # fmt: skip
            wider, last = min(ways, default=(0, 0))
            if not last or len(cut) + wider - 1 > _WIDTH:
                return cut
            cut.remove(-last)
            cut.update(source >> 1 for source in self.graph.sources[-last])

    def _inside(self, roots: set[int], cut: set[int]) -> list[int]:
        """Return the nodes between roots and a cut, sources first."""
        inside: set[int] = set()
        todo = [root for root in roots if root not in cut]
        while todo:
            node = todo.pop()
            if node not in inside and node and node not in cut:
                inside.add(node)
                first, second = self.graph.sources[node]
                todo += [first >> 1, second >> 1]
        return sorted(inside)

    def _near(self, roots: Iterable[int], most: int) -> list[int]:
        """Return at most so many nodes that roots depend on, the last ones first."""
        seen = set(roots)
        todo = [-root for root in seen]
        heapify(todo)
        while todo and len(seen) < most:
            first, second = self.graph.sources[-heappop(todo)]
            for node in () if first == LEAF else (first >> 1, second >> 1):
                if node and node not in seen:
                    seen.add(node)
                    heappush(todo, -node)
        return sorted(seen)

    def _proof(
        self, cone: Sequence[int], first: int, second: int, conflicts: int
    ) -> list[list[list[int]]] | None:
        """Return lemmas for either way in which two literals could differ; None without any."""
        numbers = {0: 1} | {node: place for place, node in enumerate(cone, 2)}
        clauses: list[Sequence[int]] = [(-1,)]
        for node in cone:
            low, high = self.graph.sources[node]
            if low != LEAF and low >> 1 in numbers and high >> 1 in numbers:
                own, left, right = (_of(each, numbers) for each in (2 * node, low, high))
                clauses += [(-own, left), (-own, right), (own, -left, -right)]
        leaves = [node for node in cone if self.graph.is_leaf(node)]
        for clause in self.leaves.clauses(leaves):
            clauses.append([_of(each, numbers) for each in clause])
        literals = [-1, *(self.recorded.variables[node] for node in cone)]
        proof = []
        for side in ((first, second ^ 1), (first ^ 1, second)):
            with Solver("cadical195", proves=True) as solver:
                solver.add([*clauses, *((_of(each, numbers),) for each in side)])
                answer = solver.solve(conflicts=conflicts)
                self._budget.spend(_CLAUSE * len(cone) + _CONFLICT * solver.conflicts)
                if answer is not False:
                    return None
                lemmas = solver.lemmas()
            proof.append(
                [[literals[abs(x) - 1] * (1 if x > 0 else -1) for x in lemma] for lemma in lemmas]
            )
        return proof


def _of(literal: int, numbers: Mapping[int, int]) -> int:
    number = numbers[literal >> 1]
    return -number if literal & 1 else number


class _NoAdders(Adders):
    """Finds nothing: what adds up was looked for before."""

    def add(self, literal: int, terms: Terms, threshold: int) -> None:
        """Look at nothing."""

    def cancelled(self, sums: dict[int, int]) -> dict[int, int]:
        """Return a sum as it is."""
        return sums


__all__ = ["FALSE", "RecordedGraph", "RecordedSweep"]
