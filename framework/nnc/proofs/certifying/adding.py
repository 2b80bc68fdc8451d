"""The sums and carries among recorded gates, and the identities that a certificate says of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from heapq import heapify, heappop, heappush
from typing import Any, NamedTuple

from nnc.proofs.certificates.ledger import Gate
from nnc.proofs.certifying.recording import Recording
from nnc.proofs.circuit.adders import Adders, Cut, Terms

Way = tuple[tuple[int, int], ...]


class RecordedAdders(Adders):
    """Adders whose nodes are variables of a recording; says an identity where it is used."""

    def __init__(self, recording: Recording) -> None:
        super().__init__()
        self._recording = recording
        self._gate = 0
        self._made_by: dict[tuple[int, Cut], int] = {}
        """The variable whose gate gave the table of a node over a cut."""
        self._cut_of_way: dict[tuple[int, Way], tuple[Cut, int]] = {}
        """The cut and the carry of each way to add up to a node."""
        self._relations: dict[int, _Relation] = {}
        self._by_cuts: dict[tuple[int, Way], int] = {}
        self._said: dict[int, tuple[int, int]] = {}
        """For each node that was taken out its identity, and the sign that it has there."""
        self.used: list[tuple[int, int]] = []
        """The nodes that were taken out of a sum last, with their weights."""

    def add_variable(self, variable: int, node: int = 0) -> None:
        """Look into the gate of a variable; `node` is a literal that it is the same as."""
        if not isinstance(self._recording.ledger.definitions[variable], Gate):
            return
        gate = self._recording.ledger.gate_at(variable)
        threshold, terms = gate.threshold, []
        for source, weight in gate.terms:
            if weight < 0:
                threshold -= weight
            terms.append((2 * source + (weight < 0), abs(weight)))
        literal = node or variable
        self._gate = variable
        self.add(2 * abs(literal) + (literal < 0), terms, threshold)

    def add(self, literal: int, terms: Terms, threshold: int) -> None:
        """Look into a neuron that a literal stands for."""
        node = literal >> 1
        before = set(self._cuts.get(node, ()))
        super().add(literal, terms, threshold)
        for cut in self._cuts.get(node, ()):
            if cut not in before:
                self._made_by[node, cut] = self._gate

    # --------------------------------------------------------------------------- identities

    def _replaced(self, node: int, cut: Cut, carry: Any) -> list[tuple[int, int]]:
        way = super()._replaced(node, cut, carry)
        self._cut_of_way[node, _flat(way)] = (cut, carry.node)
        return way

    def _relate(self, terms: Terms) -> tuple[int, int] | None:
        ruled = super()._relate(terms)
        if ruled is not None:
            last, own = ruled
            way = _flat([(leaf, -weight) for leaf, weight in terms[1:]])
            self._relations[last] = _Relation((terms[0][0], way), tuple(self.used), own)
        return ruled

    def reduced(self, sums: Mapping[int, int], modulus: int = 0) -> dict[int, int]:
        """Take out of a weighted sum of nodes what others add up to, and remember what that was."""
        sums = dict(sums)
        self.used = []
        todo = [-node for node in sums if node in self._rules]
        heapify(todo)
        steps = 0
        while todo and steps < 4 * len(self._rules):
            node = -heappop(todo)
            weight = sums.pop(node, 0)
            if not weight:
                continue
            steps += 1
            self.used.append((node, weight))
            for source, own in self._rules[node]:
                value = sums.get(source, 0) + weight * own
                sums[source] = value % modulus if modulus else value
                if source in self._rules:
                    heappush(todo, -source)
        return {node: weight for node, weight in sums.items() if weight}

    def factors(self, used: Sequence[tuple[int, int]]) -> list[list[int]]:
        """Return identities with the factors that take nodes out of a sum."""
        for node, _ in used:
            self._say(node)
        return self._factors(used)

    def _factors(self, used: Sequence[tuple[int, int]]) -> list[list[int]]:
        factors: dict[int, int] = {}
        for node, weight in used:
            number, sign = self._said[node]
            factors[number] = factors.get(number, 0) - sign * weight
        return [[number, factor] for number, factor in sorted(factors.items()) if factor]

    def _say(self, node: int) -> None:
        """Say the identities that a node and its rule follow from, those that it needs first."""
        todo = [node]
        while todo:
            node = todo[-1]
            if node in self._said:
                todo.pop()
                continue
            relation = self._relations.get(node)
            if relation is None:
                self._said[node] = self._by_cut((node, _flat(self._rules[node]))), 1
                continue
            waiting = [each for each, _ in relation.used if each not in self._said]
            if waiting:
                todo += waiting
                continue
            factors = [[self._by_cut(relation.base), 1], *self._factors(relation.used)]
            self._recording.add(["sum", factors, abs(relation.own)])
            self._said[node] = self._next(), 1 if relation.own > 0 else -1

    def _next(self) -> int:
        self._recording.identities += 1
        return self._recording.identities - 1

    def _by_cut(self, key: tuple[int, Way]) -> int:
        """Say that a node less its cut and carry is 0, for all values of the cut."""
        if key in self._by_cuts:
            return self._by_cuts[key]
        node, way = key
        cut, carry = self._cut_of_way[key]
        inside: dict[int, None] = {}
        for each in (carry, node):
            self._chain(each, cut, inside)
        constant = -sum(own for leaf, own in way if not leaf)
        terms = [[node, 1], *([leaf, -own] for leaf, own in way if leaf)]
        self._recording.add(["identity", terms, constant, list(cut), list(inside)])
        self._by_cuts[key] = self._next()
        return self._by_cuts[key]

    def _chain(self, node: int, cut: Cut, inside: dict[int, None]) -> None:
        """Add the gates that give a node from a cut, sources first."""
        ledger = self._recording.ledger
        todo = [(node, cut)]
        while todo:
            node, cut = todo[-1]
            own = cut if node in cut else self._cut_within(node, cut)
            variable = 0 if node in cut else self._made_by[node, own]
            if not variable or variable in inside:
                todo.pop()
                continue
            gate = ledger.definitions[variable]
            assert isinstance(gate, Gate)
            sources = [abs(ledger.find(source)) for source, _ in gate.terms]
            waiting = [
                source
                for source in sources
                if source not in own
                and self._made_by[source, self._cut_within(source, own)] not in inside
            ]
            if waiting:
                todo += [(source, own) for source in waiting]
            else:
                inside[variable] = None

    def _cut_within(self, node: int, cut: Cut) -> Cut:
        return next(own for own in self._cuts[node] if set(own) <= set(cut))


class _Relation(NamedTuple):
    """How a rule follows: from a way to add up to a node, less what was taken out of it."""

    base: tuple[int, Way]
    used: tuple[tuple[int, int], ...]
    own: int


def _flat(way: Terms) -> Way:
    return tuple((node, weight) for node, weight in way)
