"""Sums and carries among neurons, and sums of weighted bits that are added up by them.

Where s is the parity of two or three bits and c the carry, a + b + c' = 2 c + s. So a weighted sum
of bits in which s stands is also one without it. What remains of the bits of two products, weighed
by powers of 2, are the products of single bits: no search is needed (Ciesielski and others,
Verification of gate-level arithmetic circuits by function extraction, 2015).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from heapq import heapify, heappop, heappush
from itertools import product
from typing import NamedTuple

from nnc.proofs.plans.nodes import Gate, NodeGraph

Cut = tuple[int, ...]
"""Two or three nodes, ascending."""
Terms = Sequence[tuple[int, int]]
"""Literals with their weights."""
Make = Callable[[Terms, int], int]
"""Makes a neuron of terms and a threshold; returns its literal."""

_MAX_WIRES = 6  # sources of a neuron
_PARITY_DEPTH = 4  # neurons between a parity and what it is a parity of
_MAX_CUTS = 8  # that are kept of a node
_COLUMNS = (0b10101010, 0b11001100, 0b11110000)
"""The columns of the nodes of a cut, one bit for each row of its table."""


class Rule(NamedTuple):
    """Terms that add up to a node, and how that is known.

    Either the node is the parity of a `cut` with a `carry`, or it follows from a relation.
    """

    terms: Terms
    cut: Cut = ()
    carry: int = 0
    relation: Relation | None = None


class Relation(NamedTuple):
    """A second rule of a `node`, solved for another node, which stands in it `own` times.

    The nodes in `used` were taken out of it before, with their weights.
    """

    node: int
    rule: Rule
    used: Sequence[tuple[int, int]]
    own: int


class _Carry(NamedTuple):
    """A node that is 1 where at least two bits of a cut are, some of them turned, maybe itself."""

    node: int
    turned: tuple[int, ...]
    is_turned: int


def _majority(turned: Sequence[int]) -> int:
    """Return the table of the majority of some columns, each as it is or turned."""
    columns = [
        column ^ (0xFF if turn else 0) for column, turn in zip(_COLUMNS, turned, strict=False)
    ]
    if len(columns) == 2:
        return columns[0] & columns[1]
    first, second, third = columns
    return first & second | first & third | second & third


_CARRIES: dict[tuple[int, int], tuple[tuple[int, ...], int]] = {
    (width, _majority(turned) ^ (0xFF if is_turned else 0)): (turned, is_turned)
    for width in (2, 3)
    for is_turned in (0, 1)
    for turned in product((0, 1), repeat=width)
}
"""The turned bits of a carry by its width and table; a carry of three bits stands here twice."""
_PARITIES = {(2, 0b01100110): 0, (2, 0b10011001): 1, (3, 0b10010110): 0, (3, 0b01101001): 1}


@lru_cache(1 << 16)
def _reaching(columns: tuple[tuple[int, int], ...], threshold: int) -> int:
    """Return the table of where weighted columns add up to a threshold."""
    table = 0
    for row in range(8):
        total = sum(weight for column, weight in columns if column >> row & 1)
        table |= (total >= threshold) << row
    return table


@lru_cache(1 << 12)
def _spread(table: int, places: tuple[int, ...]) -> int:
    """Expand a table over some columns to one over three, in which they have these places."""
    column = 0
    for row in range(8):
        small = sum((row >> index & 1) << i for i, index in enumerate(places))
        column |= (table >> small & 1) << row
    return column


def _added(terms: Terms, *, turned: int) -> Terms:
    """Return weights of nodes for those of literals, of 1 less their sum where turned."""
    sign = -1 if turned else 1
    constant = turned + sign * sum(weight for literal, weight in terms if literal & 1)
    weights = [
        (literal >> 1, -sign * weight if literal & 1 else sign * weight)
        for literal, weight in terms
        if literal >> 1  # a constant literal has its share of the constant alone
    ]
    return [*weights, (0, constant)]


class Adders:
    """The sums and carries among neurons, found as neurons are added."""

    def __init__(self) -> None:
        self._cuts: dict[int, dict[Cut, int]] = {}
        """For each node its tables over some cuts, one bit for each of 8 rows."""
        self._ways: dict[int, list[frozenset[int]]] = {}
        """The cuts of each node as sets, and before them the node itself."""
        self._parities: dict[int, dict[Cut, int]] = {}
        """The cuts whose parity a node is, with 1 where it is the opposite."""
        self._carries: dict[Cut, list[_Carry]] = {}
        self._rules: dict[int, Rule] = {}
        """For each node that can be taken out of sums what adds up to it."""
        self._disjoint: dict[int, Rule] = {}
        """The rules of ORs of two bits that are never 1 together; parities are among them."""
        self._settled: set[tuple[int, _Carry]] = set()

    def add(self, literal: int, terms: Terms, threshold: int) -> None:
        """Find the tables of a neuron, which a literal stands for."""
        node, turned = literal >> 1, literal & 1
        if not 2 <= len(terms) <= _MAX_WIRES:
            return
        tables = self._cuts.setdefault(node, {})
        for cut in self._joined([source >> 1 for source, _ in terms]):
            if len(tables) >= _MAX_CUTS or cut in tables or node in cut:
                continue
            table = self._table(cut, terms, threshold)
            if len(terms) == 2 and node not in self._disjoint:
                self._add_disjoint(literal, terms, cut, table)
            table ^= 0xFF if turned else 0
            tables[cut] = table
            self._noted(node, cut)
            self._ways.setdefault(node, [frozenset((node,))]).append(frozenset(cut))
            key = (len(cut), table)
            if key in _PARITIES:
                self._parities.setdefault(node, {})[cut] = _PARITIES[key]
                if cut in self._carries and node not in self._rules and cut[-1] < node:
                    self._rules[node] = self._replaced(node, cut, self._carries[cut][0])
            elif key in _CARRIES:
                self._carries.setdefault(cut, []).append(_Carry(node, *_CARRIES[key]))
            elif table in _COLUMNS and cut[-1] < node:  # as the carry of a bit added twice
                leaf = cut[_COLUMNS.index(table)]
                self._rules[node] = Rule([(leaf, 1)], cut, leaf)
            elif table ^ 0xFF in _COLUMNS and cut[-1] < node:
                leaf = cut[_COLUMNS.index(table ^ 0xFF)]
                self._rules[node] = Rule([(leaf, -1), (0, 1)], cut, leaf)

    def _add_disjoint(self, literal: int, terms: Terms, cut: Cut, table: int) -> None:
        """Add the rule of an OR of two bits that are never 1 together, or an AND never both 0."""
        (first, left), (second, right) = (
            (source, self._column(source >> 1, cut) ^ (0xFF if source & 1 else 0))
            for source, _ in terms
        )
        for turned in (0, 1):
            flip = 0xFF if turned else 0
            if not (left ^ flip) & (right ^ flip) and table == left ^ right ^ flip:
                pair = [(first ^ turned, 1), (second ^ turned, 1)]
                sums = _added(pair, turned=(literal & 1) ^ turned)
                self._disjoint[literal >> 1] = Rule(sums, cut, first >> 1)

    def _noted(self, node: int, cut: Cut) -> None:
        """Observe a new table of a node over a cut."""

    def _joined(self, nodes: Sequence[int]) -> list[Cut]:
        """Return cuts of at most three nodes below some nodes, the widest first.

        A cut that contains another one says nothing more.
        """
        joined: set[frozenset[int]] = {frozenset()}
        for node in nodes:
            ways = self._ways.get(node) or [frozenset((node,))]
            joined = {whole for cut in joined for way in ways if len(whole := cut | way) <= 3}
        wide = [cut for cut in joined if len(cut) > 1 and not any(way < cut for way in joined)]
        return sorted((tuple(sorted(cut)) for cut in wide), key=lambda cut: (-len(cut), cut))

    def _table(self, cut: Cut, terms: Terms, threshold: int) -> int:
        columns = tuple(
            (self._column(literal >> 1, cut) ^ (0xFF if literal & 1 else 0), weight)
            for literal, weight in terms
        )
        return _reaching(columns, threshold)

    def _column(self, node: int, cut: Cut) -> int:
        """Return the truth table of a node over a cut that includes it, or one of its cuts."""
        if node in cut:
            return _COLUMNS[cut.index(node)]
        tables = self._cuts[node]
        if cut in tables:
            return tables[cut]
        for smaller, table in tables.items():
            if all(leaf in cut for leaf in smaller):
                return _spread(table, tuple(map(cut.index, smaller)))
        raise AssertionError(f"no cut of node {node} is a part of {cut}")

    def parities(self, node: int) -> Mapping[Cut, int]:
        """Return the cuts whose parity a node is, with 1 where it is the opposite."""
        return self._parities.get(node, {})

    def add_rule(self, node: int, terms: Terms, *, turned: int) -> None:
        """Add a proved rule: literals with their weights add up to a node, or to its opposite."""
        rule = Rule(_added(terms, turned=turned))
        if node in self._rules:
            self._relate(node, rule)
        else:
            self._rules[node] = rule

    # ----------------------------------------------------------------------------- adding up

    def reduced(
        self, sums: Mapping[int, int], modulus: int = 0, used: list[tuple[int, int]] | None = None
    ) -> dict[int, int]:
        """Replace nodes in a weighted sum by what adds up to them; node 0 has the constant.

        With a modulus weights are taken modulo it. The nodes that were replaced are added to
        `used`, with their weights.
        """
        sums = dict(sums)
        todo = [-node for node in sums if node in self._rules]
        heapify(todo)
        steps = 0
        while todo and steps < 4 * len(self._rules):
            node = -heappop(todo)
            weight = sums.pop(node, 0)
            if not weight:
                continue
            steps += 1
            if used is not None:
                used.append((node, weight))
            for source, own in self._rules[node].terms:
                value = sums.get(source, 0) + weight * own
                sums[source] = value % modulus if modulus else value
                if source in self._rules:
                    heappush(todo, -source)
        return {node: weight for node, weight in sums.items() if weight}

    def cancelled(self, sums: dict[int, int]) -> dict[int, int]:
        """Replace parities in a weighted sum of nodes where their carries cancel out."""
        todo = [-node for node in sums if node in self._rules]
        heapify(todo)
        while todo:
            node = -heappop(todo)
            weight = sums.get(node, 0)
            rule = self._rules[node].terms
            if not weight or any(
                sums.get(leaf, 0) + weight * factor
                for leaf, factor in rule
                if abs(factor) == 2 and leaf
            ):
                continue
            del sums[node]
            for leaf, factor in rule:
                sums[leaf] = sums.get(leaf, 0) + weight * factor
                if not sums[leaf]:
                    del sums[leaf]
                elif leaf in self._rules:
                    heappush(todo, -leaf)
        return sums

    def settle(self) -> None:
        """Find a rule for each parity, with its carry.

        Where there are two ways to add up to a parity, one of their carries is a sum of others.
        """
        relations = []
        for node, cuts in sorted(self._parities.items()):
            for cut in sorted(cuts, key=lambda cut: (cut[-1] > node, -len(cut))):
                for carry in self._carries.get(cut, ()):
                    if (node, carry) in self._settled:
                        continue
                    self._settled.add((node, carry))
                    rule = self._replaced(node, cut, carry)
                    if node not in self._rules:
                        self._rules[node] = rule
                    else:
                        relations.append((node, rule))
        for node, rule in relations:
            self._relate(node, rule)
        for node, rule in self._disjoint.items():
            if node not in self._parities:
                self._rules.setdefault(node, rule)

    def _relate(self, node: int, rule: Rule) -> None:
        """Solve a second rule of a node for its last node, if that is a whole sum of the others."""
        sums: dict[int, int] = {node: 1}
        for leaf, weight in rule.terms:
            sums[leaf] = sums.get(leaf, 0) - weight
        used: list[tuple[int, int]] = []
        sums = self.reduced(sums, used=used)
        last = max(sums, default=0)
        if last and last not in self._parities:
            factor = sums.pop(last)
            if all(weight % factor == 0 for weight in sums.values()):
                terms = [(leaf, -weight // factor) for leaf, weight in sums.items()]
                self._rules[last] = Rule(terms, relation=Relation(node, rule, used, factor))

    def _replaced(self, node: int, cut: Cut, carry: _Carry) -> Rule:
        """Return a parity as a weighted sum of its cut, the carry and a constant."""
        constant, terms = 0, []
        is_turned = self._parities[node][cut]
        for leaf, turned in zip(cut, carry.turned, strict=True):
            terms.append((leaf, -1 if turned else 1))
            constant += turned
            is_turned ^= turned
        terms.append((carry.node, 2 if carry.is_turned else -2))
        constant -= 2 * carry.is_turned
        if is_turned:
            terms = [(leaf, -weight) for leaf, weight in terms]
            constant = 1 - constant
        return Rule([*terms, (0, constant)], cut, carry.node)


def ends_in_parity(graph: NodeGraph, root: int) -> bool:
    """Return whether a node is found to be a parity, from the few nodes just below it."""
    cone = layer = {root}
    for _ in range(_PARITY_DEPTH):
        layer = {read for node in layer for read in graph.reads(node)}
        cone = cone | layer
    adders = Adders()
    for node in sorted(cone):
        gate = graph.nodes[node]
        if isinstance(gate, Gate):
            terms = list(zip(gate.literals, gate.weights, strict=True))
            adders.add(2 * node, terms, gate.threshold)
    return bool(adders.parities(root))
