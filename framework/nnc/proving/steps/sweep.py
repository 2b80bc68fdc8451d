"""Inner neurons proved equal one after the other, from the inputs up, and made one node.

Neurons that gave the same for random inputs are candidates; what lies between two of them and a cut
through the nodes they depend on decides (Kuehlmann and others, Robust Boolean reasoning for
equivalence checking, 2002). Each one proved makes the next ones easier, so adders of different
structure are proved equal where all their inputs could never be tried.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from nnc.compiler.plan import Plan
from nnc.proving.pair import Pair
from nnc.proving.shared import FALSE, Gate, Merge, Shared
from nnc.proving.steps.simulation import random_block
from nnc.proving.windows import are_equal
from nnc.run.evaluation import calculate

_ROWS = 1 << 12
_WINDOWS = (8, 14, 20)
"""The widths of the cuts that are tried."""
_MOST_TRIES = 3
_ONES = (np.uint64(0), ~np.uint64(0))
_MOST_SIGNALS = 1 << 18


def run(pair: Pair) -> None:
    """Merge inner neurons as long as the budget lasts; outputs of the same form then are equal."""
    open_ = [output for output in pair.open if output.witness is None]
    if not open_ or pair.left <= 0 or pair.before.signals + pair.after.signals > _MOST_SIGNALS:
        return
    sweep = _Sweep(pair)
    shared = sweep.shared
    readings = (
        shared.add(pair.before, "before", sweep.merge_of(pair.before)),
        shared.add(pair.after, "after", sweep.merge_of(pair.after)),
    )
    pair.read(shared, readings)
    for output in open_:
        if not output.open:
            output.how = f"proved neuron by neuron, {sweep.merged:,} of them merged"


class _Sweep:
    """A graph in which nodes that are proved equal are merged while it is made."""

    def __init__(self, pair: Pair) -> None:
        self.pair, self.shared = pair, Shared(pair.domain)
        self.merged = 0
        self._block = random_block(pair, _ROWS)
        self._alike: dict[bytes, list[int]] = {}
        self._settled = {FALSE >> 1: FALSE}
        self._note(FALSE, bytes(self._block.count // 8))

    def merge_of(self, plan: Plan) -> Merge:
        """Give the function that merges what is made for the signals of a plan."""
        made = range(plan.first_made, plan.signals)
        how = self.pair.how
        found = calculate(plan, self._block.batch(plan), frozenset(made), frozenset(), how)
        words = found.words_of(made)

        def merge(literal: int, signal: int) -> int:
            node = literal >> 1
            if node not in self._settled and isinstance(self.shared.nodes[node], Gate):
                turned = literal & 1
                seen = words[signal - plan.first_made] ^ _ONES[turned]
                self._settled[node] = self._merged(2 * node, seen)
            return self._settled.get(node, 2 * node) ^ (literal & 1)

        return merge

    def _merged(self, literal: int, seen: NDArray[np.uint64]) -> int:
        """Give the literal of an earlier node that is proved to be the same, or this one."""
        turned = int(seen[0] & np.uint64(1))  # of a signal and its opposite, one stands for both
        key = (seen ^ _ONES[turned]).tobytes()
        literal ^= turned
        for candidate in self._alike.get(key, ())[:_MOST_TRIES]:
            if self._is_equal(literal, candidate):
                self.merged += 1
                return candidate ^ turned
        self._note(literal, key)
        return literal ^ turned

    def _note(self, literal: int, key: bytes) -> None:
        self._alike.setdefault(key, []).append(literal)

    def _is_equal(self, one: int, other: int) -> bool:
        """Tell whether two literals are the same, by ever wider windows."""
        return any(
            self.pair.left > 0 and are_equal(self.shared, one, other, most, self.pair.how)
            for most in _WINDOWS
        )
