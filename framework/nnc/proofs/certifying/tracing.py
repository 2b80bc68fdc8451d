"""A sweep of a graph of ANDs that records every step in a certificate."""

from __future__ import annotations

from collections.abc import Container, Iterable, Sequence
from fractions import Fraction
from heapq import heapify, heappop, heappush
from math import ceil, floor

from nnc.numbers.exact import Number, simplest
from nnc.proofs.certificates import ledger
from nnc.proofs.certificates.circuit import Bit, Cell, Circuit, Label, NumberInput
from nnc.proofs.certifying.recording import Recording
from nnc.proofs.circuit.adders import Adders, Terms
from nnc.proofs.circuit.leaves import Clause, Leaves
from nnc.proofs.circuit.sweeping import Patience, Queries, Sweep, add_nodes, numbered
from nnc.proofs.circuit.wide import Positive
from nnc.proofs.plans.budget import LOOK
from nnc.proofs.plans.domain import Axis, CutOff, Domain, Interval, Tried, Values
from nnc.proofs.plans.nodes import Cut, Leaf, Mixed, NodeGraph, SharedNode
from nnc.proofs.strategies.simulation import drawn_from
from nnc.solvers.and_graph import FALSE, LEAF, TRUE, AndGraph, Made
from nnc.solvers.sat import Solver

_MAX_CUT_OFFS = 256  # of one number


class LeafNodes:
    """The inputs of a circuit as axes, and variables that depend on one of them as nodes."""

    def __init__(self, circuit: Circuit) -> None:
        self._axis_of: dict[object, int] = {}
        axes: list[Axis] = []
        tried: dict[int, Tried] = {}
        cut_offs = _cut_offs(circuit)
        for signal, kind in enumerate(circuit.signals):
            key: object = kind.input if isinstance(kind, Label) else signal
            if not isinstance(kind, Bit | Label | NumberInput) or key in self._axis_of:
                continue
            values: Values = (0, 1)
            if isinstance(kind, Label):
                values = kind.allowed
            elif isinstance(kind, NumberInput):
                values = Interval(*kind.interval)
            axis = self._axis_of[key] = len(axes)
            axes.append(Axis(kind.name, None, values))
            tried[axis] = drawn_from(values, cut_offs.get(signal, set()))
        self._graph = NodeGraph(Domain(tuple(axes), {}, {}, ()))
        self._tried = tried

    def leaves(self, count: int, seed: int) -> Leaves:
        """Return the leaves of a graph of ANDs in randomly drawn rows."""
        return Leaves(self._graph, self._tried, count, seed)

    def add(self, definition: ledger.Definition) -> int:
        """Add the node of a variable; one that depends on several inputs is unconstrained."""
        self._graph.nodes.append(self._node(definition))
        return len(self._graph.nodes) - 1

    def _node(self, definition: ledger.Definition) -> SharedNode:
        if not isinstance(definition, ledger.Leaf):
            return Mixed(())
        kind, *key = definition.key
        if kind == "bit":
            return Leaf(self._axis_of[key[0]], "")
        if kind == "label":
            return Leaf(self._axis_of[key[0]], "", part=str(key[1]))
        if kind != "cut":
            return Mixed(())
        number, limit, is_strict = key
        assert isinstance(limit, Number)
        return Cut(self._axis_of[number], limit, bool(is_strict))


def _cut_offs(circuit: Circuit) -> dict[int, set[CutOff]]:
    """Return for each number the constants that it is compared with."""
    cut_offs: dict[int, set[CutOff]] = {}
    for cell in circuit.signals:
        if not isinstance(cell, Cell) or len(cell.terms) != 1:
            continue
        ((signal, weight),) = cell.terms
        number = circuit.signals[signal]
        if not isinstance(number, NumberInput):
            continue
        interval = number.interval
        value = simplest(Fraction(cell.limit) / Fraction(weight))
        cut = CutOff(value, after=cell.strict == (weight > 0))
        if interval.is_integer:
            cut = CutOff(floor(value) + 1 if cut.after else ceil(value), after=False)
        is_inside = (interval.least is None or cut > (interval.least, False)) and (
            interval.greatest is None or cut < (interval.greatest, True)
        )
        cuts = cut_offs.setdefault(signal, set())
        if is_inside and len(cuts) < _MAX_CUT_OFFS:
            cuts.add(cut)
    return cut_offs


_NEAR = 400  # nodes of the first search for a proof
_WINDOW_WIDTH = 10  # nodes of a cut
_CLAUSE = 4 * LOOK
_CONFLICT = 60 * LOOK


class RecordedGraph(AndGraph):
    """A graph of ANDs that maps each node to the variable of its AND, or to its leaf."""

    def __init__(self, recording: Recording, made: Made) -> None:
        super().__init__(made)
        self._recording = recording
        self.variables: dict[int, int] = {0: -1}
        """The literal of each node; node 0 is always 0."""
        self._defined: dict[tuple[int, int], int] = {}

    def literal(self, literal: int) -> int:
        """Return the literal of the certificate."""
        variable = self.variables[literal >> 1]
        return -variable if literal & 1 else variable

    def define(self, first: int, second: int) -> int:
        """Define the AND of two literals; return its variable."""
        key = (first, second)
        if key not in self._defined:
            own, other = self.literal(first), self.literal(second)
            self._recording.add(["and", own, other])
            self._defined[key] = self._recording.ledger.add_and(own, other)
        return self._defined[key]

    def _absorbed(self, first: int, second: int) -> int | None:
        """Record why an AND of a node and one of its sources is simpler."""
        literal = super()._absorbed(first, second)
        if literal is None:
            return None
        low, high = self.sources[second >> 1]
        variable = self.define(first, second)
        between = []
        for other in (low, high):
            key = (min(first, other ^ 1), max(first, other ^ 1))
            if key in self._defined:
                between.append(self._defined[key])
        cut = [node for node in (first >> 1, low >> 1, high >> 1) if node]
        inside = [self.variables[second >> 1], *between, variable]
        self._recording.same_by_window(
            variable, self.literal(literal), [self.variables[node] for node in cut], inside
        )
        return literal


class RecordedSweep(Sweep):
    """A sweep that records its merges; nodes whose equality cannot be recorded are not merged."""

    def __init__(
        self, nodes: LeafNodes, leaves: Leaves, recording: Recording, patience: Patience
    ) -> None:
        super().__init__(leaves, recording.budget, patience)
        self.queries.close()
        self._recording, self._nodes = recording, nodes
        self.recorded = RecordedGraph(recording, self._made)
        self.graph = self.recorded
        self.queries = Queries(self.graph, leaves.clauses)
        self.adders = _NoAdders()

    def leaf(self, node: int) -> int:
        """Add a leaf that is a variable of the recording; return its literal."""
        self.recorded.variables[len(self.graph)] = node
        return super().leaf(self._nodes.add(self._recording.ledger.definitions[node]))

    def _made(self, node: int) -> int:
        self.recorded.variables[node] = self.recorded.define(*self.graph.sources[node])
        return super()._made(node)

    def _wide(self, neuron: Positive) -> int:
        """Return a new leaf: the equality of two wide neurons cannot be recorded."""
        self._wide_neurons.leaf_of.clear()
        return super()._wide(neuron)

    def _is_same_wide(self, _first: Positive, _second: Positive) -> bool:
        return False

    def _clauses(self, leaves: Iterable[int]) -> list[Clause]:
        """Return the clauses that the checker knows, too: none about wide neurons."""
        return list(self.leaves.clauses(leaves))

    def _is_refused(self, *_: object) -> bool:
        return False

    def _is_same(self, first: int, second: int) -> bool:
        return super()._is_same(first, second) and self.explain(first, second)

    # ------------------------------------------------------------------------- explanations

    def explain(self, first: int, second: int, conflicts: int = 20_000) -> bool:
        """Record why two literals are equal; return whether this succeeded."""
        own, other = self.recorded.literal(first), self.recorded.literal(second)
        find = self._recording.ledger.find
        if find(own) == find(other):
            return True
        roots = {first >> 1, second >> 1} - {0}
        cut = _cut_below(self.graph, roots)
        window = [
            [self.recorded.variables[node] for node in nodes]
            for nodes in (sorted(cut), _nodes_between(self.graph, {0, *cut}, roots))
        ]
        if self._recording.is_same_in(own, other, *window):
            self._recording.same_by_window(own, other, *window)
            return True
        for most in (_NEAR, len(self.graph)):
            cone = _near(self.graph, roots, most)
            proof = self._proof(cone, first, second, conflicts)
            if proof is not None:
                inside = [self.recorded.variables[node] for node in cone]
                self._recording.add(["same", own, other, "clauses", inside, *proof])
                self._recording.ledger.merge(own, other)
                return True
        return False

    def _proof(
        self, cone: Sequence[int], first: int, second: int, conflicts: int
    ) -> list[list[list[int]]] | None:
        """Return lemmas for either way in which two literals could differ; None without any."""
        variables = [self.recorded.variables[node] for node in cone]
        leaves = [node for node in cone if self.graph.is_leaf(node)]
        proof: list[list[list[int]]] = []
        for side in ((first, second ^ 1), (first ^ 1, second)):
            if FALSE in side:  # which is never 1
                proof.append([])
                continue
            numbers: dict[int, int] = {}
            with Solver("cadical195", proves=True) as solver:
                add_nodes(self.graph, solver, numbers, cone, 0)
                units = [(literal,) for literal in side if literal != TRUE]
                solver.add([numbered(c, numbers) for c in [*self.leaves.clauses(leaves), *units]])
                answer = solver.solve(conflicts=conflicts)
                self._budget.spend(_CLAUSE * len(cone) + _CONFLICT * solver.conflicts)
                if answer is not False:
                    return None
                lemmas = solver.lemmas()
            proof.append(
                [[variables[abs(x) - 1] * (1 if x > 0 else -1) for x in lemma] for lemma in lemmas]
            )
        return proof


def _cut_below(graph: AndGraph, roots: set[int]) -> set[int]:
    """Return a cut of at most `_WINDOW_WIDTH` nodes below some.

    From the roots down, a node is expanded that does not widen the cut, or else the last one.
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
        if not best or (growth == 2 and len(cut) >= _WINDOW_WIDTH):
            return cut
        cut.remove(best)
        cut.update((sources[best][0] >> 1, sources[best][1] >> 1))


def _nodes_between(graph: AndGraph, cut: Container[int], roots: Iterable[int]) -> list[int]:
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


def _near(graph: AndGraph, roots: Iterable[int], most: int) -> list[int]:
    """Return up to `most` nodes that some depend on, the last ones first; sources come first."""
    seen = set(roots)
    todo = [-root for root in seen]
    heapify(todo)
    while todo and len(seen) < most:
        low, high = graph.sources[-heappop(todo)]
        if low == LEAF:
            continue
        for node in (low >> 1, high >> 1):
            if node not in seen:
                seen.add(node)
                heappush(todo, -node)
    return sorted(seen)


class _NoAdders(Adders):
    """Adders that find nothing, because sums were searched before."""

    def add(self, literal: int, terms: Terms, threshold: int) -> None:
        """Ignore a neuron."""

    def cancelled(self, sums: dict[int, int]) -> dict[int, int]:
        """Return a sum as it is."""
        return sums
