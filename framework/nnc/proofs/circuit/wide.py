"""Neurons whose diagrams are too large: leaves of the graph, with clauses about them.

A search takes such a leaf for one that may be anything. Where it finds states, it is looked at
whether neurons can have these together, one or two at a time, beside the sources that are set:
what cannot be is a clause for the next searches (as theories answer SAT solvers; Nieuwenhuis and
others, Solving SAT and SAT modulo theories, 2006).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import combinations
from typing import NamedTuple

from nnc.proofs.circuit import fronts
from nnc.proofs.circuit.leaves import Clause

_MAX_TOGETHER = 8  # neurons that are examined together
_MAX_SET = 12  # of their sources that have states

Takes = Callable[[int], bool]
States = Mapping[int, bool]
Neuron = tuple[Mapping[int, int], int]
"""The weight of each node, and the threshold."""


class Contrast(NamedTuple):
    """The comparison of two neurons: `is_equal` is None where it is not known."""

    is_equal: bool | None
    states: States | None = None


class Positive(NamedTuple):
    """A neuron whose weights are all above 0: literals with their weights, and the threshold."""

    terms: tuple[tuple[int, int], ...]
    threshold: int

    @property
    def nodes(self) -> list[int]:
        """The nodes that it reads."""
        return [literal >> 1 for literal, _ in self.terms]

    def word(self, words: Sequence[int] | Mapping[int, int], all_rows: int) -> int:
        """Return in which rows it fires; `words` says in which each node is 1.

        The sums are added up bit by bit, all rows at once.
        """
        bits: list[int] = []
        for literal, weight in self.terms:
            word = words[literal >> 1] ^ (all_rows if literal & 1 else 0)
            index = carry = 0
            while weight >> index or carry:
                if index == len(bits):
                    bits.append(0)
                bit, addend = bits[index], word if weight >> index & 1 else 0
                bits[index] = bit ^ addend ^ carry
                carry = bit & addend | bit & carry | addend & carry
                index += 1
        if self.threshold <= 0:
            return all_rows
        reached = all_rows  # compared from the lowest bit on
        for index in range(max(len(bits), self.threshold.bit_length())):
            bit = bits[index] if index < len(bits) else 0
            reached = bit & reached if self.threshold >> index & 1 else bit | reached
        return reached


def signed(neuron: Positive) -> Neuron:
    """Return a neuron with a weight for each node: that of a turned one counts the other way."""
    terms, threshold = neuron
    weights = {literal >> 1: -weight if literal & 1 else weight for literal, weight in terms}
    return weights, threshold - sum(weight for literal, weight in terms if literal & 1)


def compared(first: Neuron, second: Neuron, takes: Takes) -> Contrast:
    """Compare two neurons by their sums; `takes` pays for the work."""
    unlike = [
        fronts.meet(high[0], high[1], low[0], low[1] - 1, takes)
        for high, low in ((first, second), (second, first))
    ]
    for meeting in unlike:
        if meeting.states is not None:
            return Contrast(is_equal=False, states=meeting.states)
    is_equal = all(meeting.is_possible is False for meeting in unlike)
    return Contrast(is_equal=True if is_equal else None)


class WideNeurons:
    """The wide neurons of a graph; `takes` pays for the work, and `tell` receives states.

    What is told are states of sources that two neurons can have together.
    """

    def __init__(self, takes: Takes, tell: Callable[[States], None]) -> None:
        self._takes, self._tell = takes, tell
        self.neurons: dict[int, Positive] = {}
        """The neuron of each leaf that is one."""
        self.leaf_of: dict[Positive, int] = {}
        self._facts: dict[int, list[Clause]] = {}
        """Clauses by the last of their leaves."""
        self._known: set[frozenset[tuple[int, bool]]] = set()
        """States of neurons and sources that were looked at."""

    def add(self, leaf: int, neuron: Positive) -> None:
        """Add a neuron that is a leaf."""
        self.neurons[leaf] = neuron
        self.leaf_of[neuron] = 2 * leaf

    def clauses(self, leaves: Iterable[int]) -> list[Clause]:
        """Return the known clauses among leaves."""
        if not self._facts:
            return []
        there = set(leaves)
        return [
            clause
            for leaf in there & self._facts.keys()
            for clause in self._facts[leaf]
            if all(literal >> 1 in there for literal in clause)
        ]

    def refutes(self, states: States) -> bool:
        """Return whether neurons and their sources never have such states; keep the clause."""
        wide = [leaf for leaf in states if leaf in self.neurons][:_MAX_TOGETHER]
        if any(self._is_never(leaf, states) for leaf in wide):
            return True
        for pair in combinations(wide, 2):
            read = set[int]().union(*(signed(self.neurons[leaf])[0] for leaf in pair))
            is_set = {node: states[node] for node in sorted(read) if node in states}
            if self._is_never_both(pair, states, {}):
                return True
            if 0 < len(is_set) <= _MAX_SET and self._is_never_both(pair, states, is_set):
                return True
        return False

    def _is_never(self, leaf: int, states: States) -> bool:
        """Return whether the states of some sources exclude the state of a neuron."""
        weights, limit = _wanted(self.neurons[leaf], is_on=states[leaf])
        most = sum(weight for weight in weights.values() if weight > 0)
        lost = {
            node: abs(weight)
            for node, weight in weights.items()
            if node in states and states[node] != (weight > 0)
        }
        cause: dict[int, bool] = {}
        for node in sorted(lost, key=lambda node: (-lost[node], node)):
            if most < limit:
                break
            most -= lost[node]
            cause[node] = states[node]
        if most >= limit:
            best = {node: states.get(node, weight > 0) for node, weight in weights.items()}
            key = frozenset([(leaf, states[leaf]), *best.items()])
            if key not in self._known:
                self._known.add(key)
                self._tell(best)
            return False
        self._keep({leaf: states[leaf], **cause})
        return True

    def _is_never_both(self, pair: Sequence[int], states: States, is_set: States) -> bool:
        """Return whether two neurons never have their states together, with some sources."""
        whole = {leaf: states[leaf] for leaf in pair} | dict(is_set)
        key = frozenset(whole.items())
        if key in self._known:
            return False
        self._known.add(key)
        sums = []
        for leaf in pair:
            weights, limit = _wanted(self.neurons[leaf], is_on=states[leaf])
            limit -= sum(weights.get(node, 0) for node, is_on in is_set.items() if is_on)
            sums.append(({n: w for n, w in weights.items() if n not in is_set}, limit))
        (high, least), (other, limit) = sums
        low = {node: -weight for node, weight in other.items()}
        meeting = fronts.meet(high, least, low, -limit, self._takes)
        if meeting.states is not None:
            self._tell({**meeting.states, **is_set})
        if meeting.is_possible is not False:
            return False
        self._keep(whole)
        return True

    def _keep(self, states: States) -> None:
        clause = tuple(2 * leaf + is_on for leaf, is_on in states.items())
        self._facts.setdefault(max(states), []).append(clause)


def _wanted(neuron: Positive, *, is_on: bool) -> tuple[Mapping[int, int], int]:
    """Return the weights, and what they add up to at least where a neuron is as wanted."""
    weights, threshold = signed(neuron)
    if is_on:
        return weights, threshold
    return {node: -weight for node, weight in weights.items()}, 1 - threshold
