"""Neurons whose diagrams are too large: leaves of the graph, with clauses about them.

A search takes such a leaf for one that may be anything. States that it finds are refused where the
sources of a neuron exclude its own, or where a sum reaches the higher of two thresholds and not the
lower: that is a clause for the next searches (as theories answer SAT solvers; Nieuwenhuis and
others, Solving SAT and SAT modulo theories, 2006).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import permutations
from typing import NamedTuple

from nnc.proofs.circuit.leaves import Clause

_MAX_TOGETHER = 8  # neurons that are examined together

States = Mapping[int, bool]
Neuron = tuple[Mapping[int, int], int]
"""The weight of each node, and the threshold."""


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


class WideNeurons:
    """The wide neurons of a graph; `tell` receives states of sources that a neuron can have."""

    def __init__(self, tell: Callable[[States], None]) -> None:
        self._tell = tell
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
        return any(self._is_never_both(*pair, states) for pair in permutations(wide, 2))

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

    def _is_never_both(self, high: int, low: int, states: States) -> bool:
        """Return whether the first of two neurons reaches more of the same sum than the second."""
        first, second = self.neurons[high], self.neurons[low]
        if not (states[high] and not states[low] and first.terms == second.terms):
            return False
        if first.threshold < second.threshold:
            return False
        self._keep({high: True, low: False})
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
