"""A graph of ANDs in which nodes that are proved equal are merged while it is built.

Nodes with equal values in all rows so far are candidates: a SAT solver decides about two of them,
and inputs that distinguish them become one more row (Kuehlmann and others, Robust Boolean reasoning
for equivalence checking, 2002; Mishchenko and others, FRAIGs, 2005). Each merge makes the next ones
easier.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import NamedTuple

from nnc.proofs.circuit.adders import Adders, Terms
from nnc.proofs.circuit.leaves import Clause, Leaves
from nnc.proofs.circuit.wide import Positive, WideNeurons, compared, signed
from nnc.proofs.plans.budget import LOOK, Budget
from nnc.solvers.and_graph import FALSE, LEAF, AndGraph, Diagram
from nnc.solvers.sat import Solver
from nnc.solvers.weighted import positive

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


# units of work
_DECIDED = 15 * LOOK  # for a node of a diagram
_VISITED = LOOK // 2  # for a node below two literals
_SEEN = LOOK // 2  # for a node that is evaluated for more rows
_ADDED = LOOK // 2  # for a bit of a weight that is added in all rows
_NEW_AXIS = 4 * LOOK  # for an axis of a new row
_QUERY = 150 * LOOK  # for a question to the solver
_CLAUSES = 4 * LOOK  # for a node that is new to the solver
_CONFLICT = 60 * LOOK
_STEP = LOOK // 100  # more for each node of the solver in a conflict

_MAX_TRIES = 4  # candidates of a node
_MANY = 64  # of more candidates only one is tried
_MAX_DIAGRAM = 1 << 14  # vertices
_NODES_PER_DISTINCTION = 20_000
"""Nodes searched by queries that distinguish two nodes; as many count as one failure."""
_NODES_PER_FAILURE = 1_000  # a failure counts once more for each this many nodes
_MAX_RETRIES = 32  # after clauses about wide neurons were found
_RESTING = 20  # nodes for each new row that waits to be evaluated


class Patience(NamedTuple):
    """Limits of the search among inner nodes.

    The conflicts of a search, how many searches may be in vain before there are no more, and the
    budget that is not touched.
    """

    conflicts: int
    failures: int
    reserve: int = 0


NO_PATIENCE = Patience(conflicts=0, failures=-1)  # merge only nodes with the same sources


class Sweep:
    """A graph that is swept as it is made; `leaves` says what leaves are in rows.

    After too many searches in vain there is no search among all nodes that two depend on any more;
    `failed` counts these, too.
    """

    def __init__(self, leaves: Leaves, budget: Budget, patience: Patience) -> None:
        self._patience = patience
        self.leaves, self._budget = leaves, budget
        self.graph = AndGraph(self._made)
        self.adders = Adders()
        self.queries = Queries(self.graph, self._clauses)
        self._wide_neurons = WideNeurons(self._takes, self._tell)
        self._count = leaves.count
        self._all = (1 << self._count) - 1
        self._words = [0]
        self._alike: dict[int, list[int]] = {0: [FALSE]}
        """Literals by what they are in the rows, 0 in the first of them."""
        self._proved = self._distinguishing = 0
        self.merged = self.failed = 0

    def hope_again(self) -> None:
        """Forget the failures so far: those in the first network say little about the second."""
        self.failed = self._proved = self._distinguishing = 0

    def leaf(self, node: int) -> int:
        """Add a leaf for a node of the shared graph; return its literal."""
        literal = self.graph.leaf()
        word = self.leaves.add(literal >> 1, node)
        self._words.append(word & self._all)
        self._register(literal)
        return literal

    def neuron(self, terms: Terms, threshold: int) -> int:
        """Return the literal that is 1 where weighted literals add up to a threshold."""
        weights: dict[int, int] = {}
        for literal, weight in terms:
            if literal & 1:  # w * (1 - x) is w - w * x
                threshold -= weight
                weight = -weight
            weights[literal >> 1] = weights.get(literal >> 1, 0) + weight
        weights = self.adders.cancelled(weights | {0: 0})
        threshold -= weights.pop(0, 0)
        literals, threshold = positive(weights, threshold)
        neuron = Positive(tuple(literals), threshold)
        left = max(0, self._budget.left - self._patience.reserve)
        diagram = Diagram(neuron.terms, min(_MAX_DIAGRAM, left // _DECIDED))
        made = diagram.literal(neuron.threshold, self.graph)
        self._budget.spend((_DECIDED // 4 if made is None else _DECIDED) * diagram.size)
        if made is None:
            return self._wide(neuron)
        self.adders.add(made, literals, threshold)
        return made

    def _wide(self, neuron: Positive) -> int:
        """Return the literal of a neuron whose diagram is too large: a leaf."""
        key = Positive(tuple(sorted(neuron.terms)), neuron.threshold)
        known = self._wide_neurons.leaf_of.get(key)
        if known is not None:
            return known
        word = key.word(self._words, self._all)
        self._budget.spend(_ADDED * sum(weight.bit_length() for _, weight in key.terms))
        for candidate in self._alike.get(word ^ self._all if word & 1 else word, ()):
            other = self._wide_neurons.neurons.get(candidate >> 1)
            if other is None or candidate & 1 != word & 1:
                continue
            if self._is_same_wide(key, other):
                self._wide_neurons.leaf_of[key] = 2 * (candidate >> 1)
                return 2 * (candidate >> 1)
        literal = self.graph.leaf()
        self._wide_neurons.add(literal >> 1, key)
        self._words.append(word)
        self._register(literal)
        return literal

    def _is_same_wide(self, first: Positive, second: Positive) -> bool:
        """Return whether two neurons are proved to be the same by the sums of their weights."""
        contrast = compared(signed(first), signed(second), self._takes)
        if contrast.states is not None:
            self._tell(contrast.states)
        return contrast.is_equal is True

    def _takes(self, units: int) -> bool:
        """Take work off the budget, as long as there is more than is not touched."""
        return self._budget.left - units > self._patience.reserve and self._budget.takes(units)

    def _clauses(self, leaves: Iterable[int]) -> list[Clause]:
        """Return clauses that always hold among leaves."""
        listed = list(leaves)
        return [*self.leaves.clauses(listed), *self._wide_neurons.clauses(listed)]

    def _is_refused(self, first: int, second: int, states: Mapping[int, bool] | None) -> bool:
        """Return whether wide neurons below two literals never have such states; add clauses."""
        if states is None or not self._wide_neurons.neurons:
            return False
        cone = self.graph.cone({first >> 1, second >> 1})
        self._budget.spend(_VISITED * len(cone))
        own = {node: states[node] for node in cone if node in states}
        is_refused = self._wide_neurons.refutes(own)
        if is_refused:
            self.queries.renew()
        return is_refused

    # --------------------------------------------------------------------------------- rows

    def word(self, literal: int) -> int:
        """Return what a literal is in the rows."""
        word = self._words[literal >> 1]
        return word ^ self._all if literal & 1 else word

    def alike(self, word: int) -> Sequence[int]:
        """Return literals that are this in the rows."""
        if word & 1:
            return [literal ^ 1 for literal in self._alike.get(word ^ self._all, ())]
        return self._alike.get(word, ())

    def _register(self, literal: int) -> None:
        word = self.word(literal)
        if word & 1:
            word, literal = word ^ self._all, literal ^ 1
        self._alike.setdefault(word, []).append(literal)

    def _made(self, node: int) -> int:
        """Return the literal of an earlier node that is proved to be the same, or this one."""
        first, second = self.graph.sources[node]
        word = self.word(first) & self.word(second)
        turned = word & 1
        key = word ^ self._all if turned else word
        literal = 2 * node ^ turned
        alike = self._alike.get(key, ())
        for candidate in alike[: _MAX_TRIES if len(alike) <= _MANY else 1]:
            if self._budget.left <= self._patience.reserve:
                break
            if self._is_same(literal, candidate):
                self.merged += 1
                self.queries.forget(node)
                return candidate ^ turned
        self._words.append(word)
        self._alike.setdefault(key, []).append(literal)
        if self._waiting * _RESTING > len(self.graph):
            self._renew()
        return 2 * node

    @property
    def _waiting(self) -> int:
        return self.leaves.count - self._count

    def _renew(self) -> None:
        """Evaluate all nodes for the rows that were added, and find the candidates again."""
        start = len(self.leaves.rows) - self._waiting
        fresh = (1 << self._waiting) - 1
        self._budget.spend(_SEEN * (len(self.graph) + self._waiting * len(self.leaves)))
        words = [0]
        for node in range(1, len(self._words)):
            first, second = self.graph.sources[node]
            if first == LEAF:
                neuron = self._wide_neurons.neurons.get(node)
                words.append(
                    self.leaves.word_since(node, start)
                    if neuron is None
                    else neuron.word(words, fresh)
                )
                continue
            left, right = words[first >> 1], words[second >> 1]
            left, right = (
                left ^ fresh if first & 1 else left,
                right ^ fresh if second & 1 else right,
            )
            words.append(left & right)
        shift = self._count
        self._words = [old | new << shift for old, new in zip(self._words, words, strict=True)]
        self._count = self.leaves.count
        self._all = (1 << self._count) - 1
        self._alike = {0: [FALSE]}
        for node in range(1, len(self._words)):
            self._register(2 * node)

    # -------------------------------------------------------------------------------- proofs

    def _is_same(self, first: int, second: int) -> bool:
        """Return whether two literals are proved to be the same."""
        vain = self.failed + self._distinguishing // _NODES_PER_DISTINCTION
        if vain > self._patience.failures + self._proved // 4:
            self.failed += 1
            return False
        return self.search_all(first, second, self._patience.conflicts) is True

    def search_all(self, first: int, second: int, conflicts: int) -> bool | None:
        """Ask the solver about all nodes that two literals depend on."""
        for _ in range(_MAX_RETRIES):
            answer = self.queries.compare(first, second, conflicts)
            self._pay(answer, self.queries.size)
            if not self._is_refused(first, second, answer.states):
                break
        self._proved += answer.is_equal is True
        self._distinguishing += self.queries.size * (answer.is_equal is False)
        return True if answer.is_equal else self._distinguished(answer)

    def _distinguished(self, answer: Answer) -> bool | None:
        """Add the row for which two literals differ, if there is one."""
        if answer.is_equal is None:
            self.failed += 1 + self.queries.size // _NODES_PER_FAILURE
            return None
        assert answer.states is not None
        self._tell(answer.states)
        return False

    def _pay(self, answer: Answer, size: int) -> None:
        conflict = _CONFLICT + _STEP * size
        self._budget.spend(_QUERY + _CLAUSES * answer.added + conflict * answer.conflicts)

    def _tell(self, states: Mapping[int, bool]) -> None:
        """Add the row in which leaves have these states, if there is one."""
        self._budget.spend(_NEW_AXIS * self.leaves.width)
        self.leaves.tell({leaf: on for leaf, on in states.items() if leaf in self.leaves})
