"""The proof that no card is better: a bound for every choice of columns, and the best points.

The bound of a choice is a lower bound on the loss of the best real weights; see `losses.c`. A
choice whose bound is above the loss of a known card cannot give a better one. For the others all
points are tried, again by branch and bound.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal

from nnc.lazy import np
from nnc.records import NOT_WRITTEN
from nnc.scores.cells import LOSS, Cells, Survivors
from nnc.scores.goals import Judge
from nnc.scores.search import Choices, Incumbents, points_of

Status = Literal["proved", "searched", "stopped"]
_AT_ONCE = 8


@dataclass(slots=True)
class Proof:
    """The state of a proof, and its coverage."""

    status: Status
    """`proved`: no card with as many terms is better. `searched`: not all were examined.
    `stopped`: time or the user ended the proof."""
    choices: int = 0
    """The number of choices of terms."""
    bounded: int = 0
    """The number of choices that were bounded."""
    examined: int = 0
    """The number of choices that no bound excluded."""
    bound: float = 0.0
    """A lower bound of all scores with as many terms: the loss or cost of all rows, or twice the
    pairs in the wrong order."""
    is_interrupted: bool = field(default=False, metadata=NOT_WRITTEN)


class StoppedError(Exception):
    """The time is over, or the user asks for the best result so far."""


class Prover:
    """Bounds every choice of columns, and adds better cards to the incumbents.

    `tick` receives the choices bounded and their total. StoppedError from it, and Ctrl-C, end the
    proof.
    """

    def __init__(
        self,
        cells: Cells,
        judge: Judge,
        choices: Choices,
        incumbents: Incumbents,
        tick: Callable[[int, int], None],
    ) -> None:
        self._cells, self._judge, self._choices = cells, judge, choices
        self._incumbents, self._tick = incumbents, tick
        self._survivors: list[Survivors] = []

    def prove(self, size: int) -> Proof:
        """Examine all choices of up to `size` columns."""
        cells, incumbents = self._cells, self._incumbents
        size = min(size, cells.size)
        proof = Proof("proved", choices=sum(math.comb(cells.width, n) for n in range(1, size + 1)))
        try:
            for terms in range(1, size + 1):
                self._prove_size(terms, proof)
        except (StoppedError, KeyboardInterrupt) as stop:
            proof.status = "stopped"
            proof.is_interrupted = isinstance(stop, KeyboardInterrupt)
        best = incumbents.best
        if best is not None:
            proof.examined = self._examined(incumbents.same_as(best.value))
            if proof.status == "proved":
                proof.bound = best.value
        return proof

    def _examined(self, limit: float) -> int:
        """Count the choices that no bound excludes, whatever was known at the time."""
        if self._cells.goal != LOSS:
            return sum(int((survivor.bounds <= limit).sum()) for survivor in self._survivors)
        losses = [self._cells.losses(survivor.supports) for survivor in self._survivors]
        return sum(int((loss <= limit).sum()) for loss in losses)

    def _prove_size(self, terms: int, proof: Proof) -> None:
        incumbents = self._incumbents
        if incumbents.limit(terms) < 0:  # nothing is below 0
            proof.bounded += math.comb(self._cells.width, terms)
            self._tick(proof.bounded, proof.choices)
            return
        if not incumbents.cards and (screened := self._screened(terms)) is not None:
            for support in screened:
                limit = incumbents.limit(terms)
                incumbents.add(points_of(self._cells, self._judge, support, self._choices, limit))
                self._tick(proof.bounded, proof.choices)
            if not incumbents.cards:
                proof.bounded += math.comb(self._cells.width, terms)
                self._tick(proof.bounded, proof.choices)
                return
        waiting: list[Survivors] = []
        for count, left in self._cells.bounded(terms, lambda: incumbents.limit(terms)):
            proof.bounded += count
            order = np.argsort(left.bounds, kind="stable")
            self._survivors.append(left)
            self._look(Survivors(left.supports[order[:_AT_ONCE]], left.bounds[order[:_AT_ONCE]]))
            later = order[_AT_ONCE:]
            waiting.append(Survivors(left.supports[later], left.bounds[later]))
            self._tick(proof.bounded - 1, proof.choices)  # which is not the end: some wait
        if waiting:
            bounds = np.concatenate([each.bounds for each in waiting])
            supports = np.concatenate([each.supports for each in waiting])
            for begin in range(0, len(bounds), _AT_ONCE):
                order = np.argsort(bounds, kind="stable") if not begin else order
                some = order[begin : begin + _AT_ONCE]
                if bounds[some[0]] > incumbents.limit(terms):
                    break
                self._look(Survivors(supports[some], bounds[some]))
                self._tick(proof.bounded - 1, proof.choices)
        self._tick(proof.bounded, proof.choices)

    def _screened(self, terms: int) -> list[tuple[int, ...]] | None:
        """Return the choices that may keep the limits; None if there are no limits to check."""
        left: set[tuple[int, ...]] | None = None
        for costs, most in self._judge.screens():
            here = {
                tuple(support)
                for _, survivors in self._cells.bounded(terms, lambda most=most: most, costs)  # type: ignore[misc]
                for support in survivors.supports.tolist()
            }
            left = here if left is None else left & here
            if not left:
                break
        return None if left is None else sorted(left)

    def _look(self, survivors: Survivors) -> None:
        """Find the best points of some choices, those with the smallest bound first."""
        for support, bound in zip(survivors.supports.tolist(), survivors.bounds, strict=True):
            limit = self._incumbents.limit(len(support))
            if bound <= limit:
                cards = points_of(self._cells, self._judge, support, self._choices, limit)
                self._incumbents.add(cards)
