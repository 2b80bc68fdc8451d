"""The carries of an adder of any structure, proved by decision diagrams over what it adds.

An adder whose carries are found in a tree has a parity x + y + c for each place, but only some of
its carries are made of the bits of one place. In a fixed order of x and y from place to place all
of its functions have diagrams as long as it has places, so the carry of a place is compared with
the majority of x, y and the carry before (Kaufmann, Biere and Kauers, Verifying large multipliers
by combining SAT and computer algebra, 2019, ask a SAT solver instead).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import combinations, pairwise, product

from nnc.proofs.circuit.adders import Adders, Cut, Terms
from nnc.proofs.circuit.monomials import small_cone
from nnc.proofs.circuit.sweeping import Sweep
from nnc.proofs.plans.budget import LOOK, Budget
from nnc.solvers.diagrams import FALSE, TRUE, Diagrams, Room, TooLargeError

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
