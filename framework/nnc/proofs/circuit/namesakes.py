"""Neurons that are likely the same, by what they make of random values of the neurons they read.

In rows of inputs neurons far from these are often always 0, or always 1, and tell nothing. So each
neuron of the first network is given random values of its own, whatever it is made of. One of the
second network is calculated from those below it that are proved to be neurons of the first: where
this gives what a neuron of the first has been calculated as, it is likely the same function of
the same neurons.
"""

from __future__ import annotations

from random import Random

from nnc.solvers.diagrams import Diagram

_VALUES = 2_048
_ALL = (1 << _VALUES) - 1
_SEED = 5


class Namesakes:
    """Neurons of a graph as literals, and random values for them; constants are known."""

    def __init__(self) -> None:
        self.is_first = False
        """True while the neurons are added that later ones are compared with."""
        self._words: dict[int, int] = {0: 0}
        self._known = {0: 0}
        self.named = {0}
        """The nodes that have values of their own."""
        self._taken: dict[int, int] = {}
        self._rng = Random(_SEED)

    def of(self, made: int, diagram: Diagram) -> int:
        """Return the neuron of the first network that one is likely the same as, or this one."""
        node, turn = made >> 1, made & 1
        if node in self._taken:
            return self._taken[node] ^ turn
        if node in self.named:
            return made
        word = diagram.word(self._word, _ALL) ^ (_ALL if turn else 0)
        turned = word & 1
        key = word ^ _ALL if turned else word
        if self.is_first:
            self._known.setdefault(key, 2 * node ^ turned)
            self.named.add(node)
            self._words[node] = self._rng.getrandbits(_VALUES)
            return made
        self._words[node] = word
        known = self._known.get(key)
        return made if known is None else known ^ turned ^ turn

    def take(self, made: int, known: int) -> None:
        """Take one neuron for another from now on: it is proved to be the same."""
        self._taken[made >> 1] = known ^ (made & 1)

    def _word(self, literal: int) -> int:
        """Return the values of a literal; a leaf has random values."""
        node = literal >> 1
        word = self._words.get(node)
        if word is None:
            self.named.add(node)
            word = self._words[node] = self._rng.getrandbits(_VALUES)
        return word ^ _ALL if literal & 1 else word
