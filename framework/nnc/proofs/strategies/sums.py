"""Prove outputs equal by adding up their bits with the adders inside of each network.

The bits of a bus, weighed by powers of 2, become one polynomial of the inputs in each network. If
both are the same up to multiples of 2^width, so is every bit. Sums and levels are compared without
a modulus. Each network keeps a graph of its own, since merging equal nodes would hide its adders.

An adder whose carries are found in a tree has a parity x + y + c for each place, but only some of
its carries are made of the bits of one place. In a fixed order of x and y from place to place all
of its functions have diagrams as long as it has places, so the carry of a place is compared with
the majority of x, y and the carry before (Kaufmann, Biere and Kauers, Verifying large multipliers
by combining SAT and computer algebra, 2019, ask a SAT solver instead).

A function of few bits is a sum of products of them with integer factors, and only one such: what
is 0 for all rows has no products (Rota's Moebius inversion over sets of bits).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from functools import lru_cache
from itertools import combinations, pairwise, product
from math import lcm
from typing import NamedTuple

from nnc.proofs.circuit.adders import Adders, Cut, Terms, ends_in_parity
from nnc.proofs.circuit.sweeping import NO_PATIENCE, Sweep
from nnc.proofs.plans.budget import LOOK, Budget
from nnc.proofs.plans.nodes import SharedNode
from nnc.proofs.plans.pair import ComparedOutput, OutputPart, Pair, form_of
from nnc.proofs.strategies.sweep import Merging, may_add
from nnc.solvers.and_graph import AndGraph
from nnc.solvers.diagrams import FALSE, TRUE, Diagrams, Room, TooLargeError

_MAX_LEAVES = 6  # of a node
_MAX_CONE = 64  # nodes between a node and its leaves
_ROWS = 1 << _MAX_LEAVES
_ALL_ROWS = (1 << _ROWS) - 1
_COLUMNS = tuple(
    sum(1 << row for row in range(_ROWS) if row >> place & 1) for place in range(_MAX_LEAVES)
)
"""The column of each leaf, one bit for each row of a table."""
Products = Mapping[tuple[int, ...], int]
"""The factor of each product of leaves; the empty product is 1."""


class Cone(NamedTuple):
    """Nodes that one depends on, sources first, and those of them that are leaves."""

    nodes: list[int]
    leaves: list[int]


def small_cone(graph: AndGraph, node: int) -> Cone | None:
    """Return the cone of a node, if it is small."""
    cone, todo = {node}, [node]
    while todo:
        for literal in graph.sources[todo.pop()]:
            if literal >= 0 and literal >> 1 not in cone:
                cone.add(literal >> 1)
                todo.append(literal >> 1)
        if len(cone) > _MAX_CONE:
            return None
    nodes = sorted(cone)
    leaves = [inner for inner in nodes if graph.is_leaf(inner)]
    return Cone(nodes, leaves) if len(leaves) <= _MAX_LEAVES else None


def monomials(graph: AndGraph, sums: Mapping[int, int], modulus: int = 0) -> Products | None:
    """Return a weighted sum of nodes as products of leaves; None where a node reads many.

    Node 0 has the constant. With a modulus factors are taken modulo it.
    """
    total: dict[tuple[int, ...], int] = {(): sums.get(0, 0)}
    for node, weight in sums.items():
        if not node:
            continue
        cone = small_cone(graph, node)
        if cone is None:
            return None
        leaves = cone.leaves
        for places, factor in _products(_table(graph, cone), len(leaves)):
            key = tuple([leaves[place] for place in places])
            total[key] = total.get(key, 0) + weight * factor
    if modulus:
        total = {key: factor % modulus for key, factor in total.items()}
    return {key: factor for key, factor in total.items() if factor}


def _table(graph: AndGraph, cone: Cone) -> int:
    """Return the table of the last node of a cone over its leaves, one bit for each row."""
    columns = dict(zip(cone.leaves, _COLUMNS, strict=False))
    for node in cone.nodes:
        if node not in columns:
            first, second = graph.sources[node]
            left = columns[first >> 1] ^ (_ALL_ROWS if first & 1 else 0)
            right = columns[second >> 1] ^ (_ALL_ROWS if second & 1 else 0)
            columns[node] = left & right
    return columns[cone.nodes[-1]]


@lru_cache(1 << 12)
def _products(table: int, width: int) -> list[tuple[tuple[int, ...], int]]:
    """Return the products of columns that add up to a table, with their factors."""
    factors = [table >> row & 1 for row in range(1 << width)]
    for place in range(width):
        for row in range(1 << width):
            if row >> place & 1:
                factors[row] -= factors[row ^ 1 << place]
    return [
        (tuple(place for place in range(width) if row >> place & 1), factor)
        for row, factor in enumerate(factors)
        if factor
    ]


_MAX_ENTRIES = 1 << 20  # of the diagrams of one adder
_MAX_TRIES = 4  # nodes that may be carried beside a cut
_ENTRY = 2 * LOOK  # units of work for an entry
_FIRST_LEVEL = 1 << 40  # of a variable; each next one is decided before it


class _OutsideError(Exception):
    """A node reads more than what the adder adds."""


class LastAdder:
    """The adders that end in outputs: their carries are found from the lowest output up."""

    def __init__(self, sweep: Sweep, budget: Budget) -> None:
        self._sweep, self._budget = sweep, budget
        self._adders: Adders = sweep.adders
        self._begin()

    def _begin(self) -> None:
        """Begin an adder of which nothing is known."""
        self._diagrams = Diagrams(Room(_MAX_ENTRIES))
        self._functions = {0: FALSE}
        """The function of each node that is known, by the bits that the adder adds."""

    def find(self, bits: Sequence[int]) -> None:
        """Find the carries between nodes that are bits of a sum, the lowest first."""
        into = 0
        for bit, above in pairwise(bits):
            readers = {above}.union(*self._adders.parities(above))
            into = self._carry(bit, readers, into)

    def _carry(self, node: int, readers: set[int], into: int) -> int:
        """Return the carry out of a place that the next one reads; 0 where it is not found."""
        cuts = self._adders.parities(node)
        for cut in sorted(cuts, key=lambda cut: (into not in cut, -len(cut))):
            for terms, carry in self._candidates(cut, readers):
                if into not in cut:
                    self._begin()
                for leaf in set(cut) - {into}:
                    self._add(leaf)
                if self._holds(terms, carry):
                    turned = cuts[cut] ^ sum(source & weight & 1 for source, weight in terms) & 1
                    self._adders.add_rule(node, [*terms, (carry, -2)], turned=turned)
                    return carry >> 1
        return 0

    def _candidates(self, cut: Cut, nodes: set[int]) -> Iterator[tuple[Terms, int]]:
        """Yield literals that add up to their parity and twice a carry in all rows so far.

        They are a cut, some of it turned; one of two may have a third of weight 2, which is 1 only
        where the other two are not.
        """
        word_of = self._sweep.word
        carries = {word_of(2 * node + turn): 2 * node + turn for node in nodes for turn in (0, 1)}
        for turned in product((0, 1), repeat=len(cut)):
            literals = [2 * leaf + turn for leaf, turn in zip(cut, turned, strict=True)]
            word = 0
            for first, second in combinations(map(word_of, literals), 2):
                word |= first & second
            terms = [(literal, 1) for literal in literals]
            if word in carries:
                yield terms, carries[word]
            if len(cut) == 2:
                for carry_word, carry in carries.items():
                    for made in self._sweep.alike(word ^ carry_word)[:_MAX_TRIES]:
                        if made != carry:
                            yield [*terms, (made, 2)], carry

    def _holds(self, terms: Terms, carry: int) -> bool:
        """Return whether some literals are proved to add up to their parity and twice a carry."""
        diagrams = self._diagrams
        before = diagrams.room.left
        try:
            *third, first, second = [
                self._literal(source) for source, weight in terms if weight == 1
            ]
            expected = diagrams.both(first, second)
            for other in third:
                expected = diagrams.choose(other, diagrams.either(first, second), expected)
            for made in [self._literal(source) for source, weight in terms if weight == 2]:
                if diagrams.both(made, expected) != FALSE:
                    return False
                expected = diagrams.either(made, expected)
            return self._literal(carry) == expected
        except (_OutsideError, TooLargeError):
            return False
        finally:
            self._budget.spend(_ENTRY * (before - diagrams.room.left))

    def _add(self, node: int) -> None:
        """Let functions depend on one more node, or on its leaves where it reads few."""
        cone = small_cone(self._sweep.graph, node)
        for leaf in (node,) if cone is None else cone.leaves:
            if leaf not in self._functions:
                level = _FIRST_LEVEL - len(self._functions)
                self._functions[leaf] = self._diagrams.variable(level)

    def _literal(self, literal: int) -> int:
        """Return the function of a literal."""
        function = self._function(literal >> 1)
        return self._diagrams.opposite(function) if literal & 1 else function

    def _function(self, node: int) -> int:
        """Return the function of a node by the bits that are added."""
        graph, functions, choose = self._sweep.graph, self._functions, self._diagrams.choose
        cone = graph.cone({node}, functions)
        if not self._budget.takes(LOOK * len(cone)) or any(map(graph.is_leaf, cone)):
            raise _OutsideError
        for inner in cone:
            first, second = graph.sources[inner]
            left, right = functions[first >> 1], functions[second >> 1]
            if first & second & 1:
                right = choose(right, FALSE, TRUE)
            elif second & 1:
                first, left, right = 1, right, left
            functions[inner] = (
                choose(left, FALSE, right) if first & 1 else choose(left, right, FALSE)
            )
        return functions[node]


_MAX_EXAMINED = 12  # bits of outputs
_ADDED = 20 * LOOK  # units of work for a node below an output


def run(pair: Pair) -> None:
    """Add up the bits of buses, sums and levels; what comes out as the same polynomial is equal."""
    claims = list(_claims([output for output in pair.open if output.witness is None]))
    if not claims or not may_add(pair):
        return
    before, after = _Side(pair, 0), None
    for claim in claims:
        if not all(output.open for output in claim.outputs):
            continue
        polynomial = before.polynomial(claim)
        if polynomial is None:
            continue
        after = after or _Side(pair, 1)
        if after.polynomial(claim) == polynomial:
            for output in claim.outputs:
                for part in output.parts:
                    part.is_equal = True
                output.how = "added up: both are the same sum"


class Claim(NamedTuple):
    """A claim: weighted parts of outputs have the same sum in both networks, modulo `modulus`."""

    outputs: list[ComparedOutput]
    parts: list[tuple[OutputPart, int]]
    modulus: int = 0


def _claims(outputs: Sequence[ComparedOutput]) -> Iterator[Claim]:
    """Yield the claims to try: buses from either end, single bits in order, sums and levels."""
    bits = [output for output in outputs if all(map(_is_bit, output.parts))]
    if not _are_parities([part for output in bits for part in output.parts]):
        bits = []
    for output in bits:
        if len(output.parts) > 1:
            yield _weighed([output], output.parts)
            yield _weighed([output], output.parts[::-1])
    single = [output for output in bits if len(output.parts) == 1]
    if len(single) > 1:
        parts = [output.parts[0] for output in single]
        yield _weighed(single, parts)
        yield _weighed(single, parts[::-1])
    for output in outputs:
        is_sum = all(len(form[0]) == 1 for form in output.parts[0].forms)
        if len(output.parts) == 1 and is_sum and not _is_bit(output.parts[0]):
            yield Claim([output], [(output.parts[0], 1)])


def _is_bit(part: OutputPart) -> bool:
    return all(
        component.bit is not None and component.bit[1] == (0, 1)
        for component in (part.before, part.after)
    )


def _are_parities(parts: Sequence[OutputPart]) -> bool:
    """Return whether most of some bits, of which a few are examined, end in a parity."""
    examined = parts[1 : -1 : max(1, len(parts) // _MAX_EXAMINED)]
    found = 0
    for part in examined:
        (form,), _ = part.forms[0]
        if part.shared is None or not form.terms:
            continue
        found += ends_in_parity(part.shared, form.terms[0][0])
    return 2 * found >= len(examined) > 0


def _weighed(outputs: list[ComparedOutput], parts: Sequence[OutputPart]) -> Claim:
    return Claim(outputs, [(part, 1 << index) for index, part in enumerate(parts)], 1 << len(parts))


class _Side:
    """One of two networks in a graph of its own: its structure, not merged with the other's."""

    def __init__(self, pair: Pair, index: int) -> None:
        self._pair, self._index = pair, index
        self._merging = Merging(pair, NO_PATIENCE)
        plan, side = ((pair.before, "before"), (pair.after, "after"))[index]
        self._reading = self._merging.add(plan, side)
        self._merging.sweep.adders.settle()

    def polynomial(self, claim: Claim) -> Mapping[frozenset[SharedNode], Fraction] | None:
        """Return the factors of products of leaves that the parts add up to, if they are found."""
        sweep, shared = self._merging.sweep, self._merging.shared
        sums: dict[int, Fraction] = {0: Fraction(0)}
        bits = []
        for part, weight in claim.parts:
            component = (part.before, part.after)[self._index]
            (linear,), _ = form_of(
                component, self._pair.netlists[self._index], self._reading, shared
            )
            sums[0] += weight * Fraction(linear.constant)
            bits.append(0)
            for node, factor in linear.terms:
                literal, own = self._merging.literal(2 * node), weight * Fraction(factor)
                bits[-1] = literal >> 1
                if literal & 1:
                    sums[0] += own
                    own = -own
                sums[literal >> 1] = sums.get(literal >> 1, Fraction(0)) + own
        if not self._pair.budget.takes(
            _ADDED * len(sweep.graph.cone(node for node in sums if node))
        ):
            return None
        scale = lcm(*(weight.denominator for weight in sums.values()))
        whole = {node: int(weight * scale) for node, weight in sums.items() if weight}
        modulus = claim.modulus * scale
        if modulus:
            LastAdder(sweep, self._pair.budget).find(bits)
        left = monomials(sweep.graph, sweep.adders.reduced(whole, modulus), modulus)
        if left is None:
            return None
        found: dict[frozenset[SharedNode], Fraction] = {}
        for nodes, factor in left.items():
            leaves = [leaf for node in nodes if (leaf := self._merging.leaf(node)) is not None]
            if len(leaves) < len(nodes):
                return None
            found[frozenset(leaves)] = Fraction(factor, scale)
        return found
