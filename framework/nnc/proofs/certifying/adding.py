"""The identities that a certificate states of sums and carries among recorded gates."""

from __future__ import annotations

from collections.abc import Sequence

from nnc.proofs.certificates.ledger import Gate
from nnc.proofs.certifying.recording import Recording
from nnc.proofs.circuit.adders import Adders, Cut, Rule
from nnc.solvers.weighted import positive


class RecordedAdders(Adders):
    """Adders whose nodes are variables of a recording; an identity is stated where it is used."""

    def __init__(self, recording: Recording) -> None:
        super().__init__()
        self._recording = recording
        self._gate = 0
        self._made_by: dict[tuple[int, Cut], int] = {}
        """The variable whose gate gave the table of a node over a cut."""
        self._by_cuts: dict[tuple[int, Cut, int], int] = {}
        """The identities of nodes, their cuts and carries."""
        self._stated: dict[int, tuple[int, int]] = {}
        """For each node that was replaced its identity, and the sign that it has there."""

    def add_variable(self, variable: int, node: int = 0) -> None:
        """Add the gate of a variable; `node` is an equal literal."""
        if not isinstance(self._recording.ledger.definitions[variable], Gate):
            return
        gate = self._recording.ledger.gate_at(variable)
        terms, threshold = positive(dict(gate.terms), gate.threshold)
        literal = node or variable
        self._gate = variable
        self.add(2 * abs(literal) + (literal < 0), terms, threshold)

    def _noted(self, node: int, cut: Cut) -> None:
        self._made_by[node, cut] = self._gate

    # --------------------------------------------------------------------------- identities

    def factors(self, used: Sequence[tuple[int, int]]) -> list[list[int]]:
        """Return identities with the factors that take nodes out of a sum."""
        for node, _ in used:
            self._state(node)
        return self._factors(used)

    def _factors(self, used: Sequence[tuple[int, int]]) -> list[list[int]]:
        factors: dict[int, int] = {}
        for node, weight in used:
            number, sign = self._stated[node]
            factors[number] = factors.get(number, 0) - sign * weight
        return [[number, factor] for number, factor in sorted(factors.items()) if factor]

    def _state(self, node: int) -> None:
        """State the identities that the rule of a node follows from, those that it needs first."""
        todo = [node]
        while todo:
            node = todo[-1]
            if node in self._stated:
                todo.pop()
                continue
            rule = self._rules[node]
            relation = rule.relation
            if relation is None:
                self._stated[node] = self._by_cut(node, rule), 1
                continue
            waiting = [each for each, _ in relation.used if each not in self._stated]
            if waiting:
                todo += waiting
                continue
            base = self._by_cut(relation.node, relation.rule)
            factors = [[base, 1], *self._factors(relation.used)]
            self._recording.add(["sum", factors, abs(relation.own)])
            self._stated[node] = self._next(), 1 if relation.own > 0 else -1

    def _next(self) -> int:
        self._recording.identities += 1
        return self._recording.identities - 1

    def _by_cut(self, node: int, rule: Rule) -> int:
        """State that a node less its cut and carry is 0, for all values of the cut."""
        key = node, rule.cut, rule.carry
        if key not in self._by_cuts:
            inside: dict[int, None] = {}
            for each in (rule.carry, node):
                self._chain(each, rule.cut, inside)
            constant = -sum(weight for leaf, weight in rule.terms if not leaf)
            terms = [[node, 1], *([leaf, -weight] for leaf, weight in rule.terms if leaf)]
            self._recording.add(["identity", terms, constant, list(rule.cut), list(inside)])
            self._by_cuts[key] = self._next()
        return self._by_cuts[key]

    def _chain(self, node: int, cut: Cut, inside: dict[int, None]) -> None:
        """Add the gates that give a node from a cut, sources first."""
        ledger = self._recording.ledger
        todo = [(node, cut)]
        while todo:
            node, cut = todo[-1]
            inner = cut if node in cut else self._cut_within(node, cut)
            variable = 0 if node in cut else self._made_by[node, inner]
            if not variable or variable in inside:
                todo.pop()
                continue
            gate = ledger.definitions[variable]
            assert isinstance(gate, Gate)
            sources = [abs(ledger.find(source)) for source, _ in gate.terms]
            waiting = [
                source
                for source in sources
                if source not in inner
                and self._made_by[source, self._cut_within(source, inner)] not in inside
            ]
            if waiting:
                todo += [(source, inner) for source in waiting]
            else:
                inside[variable] = None

    def _cut_within(self, node: int, cut: Cut) -> Cut:
        return next(known for known in self._cuts[node] if set(known) <= set(cut))
