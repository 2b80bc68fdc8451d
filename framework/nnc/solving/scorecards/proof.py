"""That no card is better: a bound for every choice of columns, and the best points of the rest.

The bound of a choice is the loss of the best real weights, from below; see `cells.c`. A choice
whose bound is above the loss of a known card cannot give a better one. Of the others all points are
tried, as far as bounds of their own allow.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np

from nnc.solving.scorecards.cells import Cells
from nnc.solving.scorecards.search import Choices, Incumbents, limit_of, points_of

Status = Literal["proved", "searched", "stopped"]


@dataclass(slots=True)
class Proof:
    """What is known about a fit.

    `proved`: no card of so many terms is better. `searched`: nobody has looked at all of them.
    `stopped`: time or the user ended the proof. `total` is how many choices of terms there are,
    `bounded` how many of them were, and `examined` those that had to be looked at more closely.
    `bound` is a loss a row that no card is below; the loss itself where that is proved.
    `is_interrupted` says that it was the user who ended it.
    """

    status: Status
    total: int = 0
    bounded: int = 0
    examined: int = 0
    bound: float = 0.0
    is_interrupted: bool = False


class StoppedError(Exception):
    """Time is over, or the user wants what there is."""


def prove(
    cells: Cells,
    choices: Choices,
    incumbents: Incumbents,
    size: int,
    tick: Callable[[int, int], None],
) -> Proof:
    """Bound every choice of up to `size` columns, and take better cards in `incumbents`.

    `tick` is told how many choices of all are bounded; StoppedError from it, and
    Ctrl-C, end the proof.
    """
    size = min(size, cells.size)
    proof = Proof("proved", total=sum(math.comb(cells.width, n) for n in range(1, size + 1)))
    survivors: list[np.ndarray] = []
    try:
        for terms in range(1, size + 1):
            _prove_size(cells, choices, incumbents, terms, proof, survivors, tick)
    except (StoppedError, KeyboardInterrupt) as stop:
        proof.status = "stopped"
        proof.is_interrupted = isinstance(stop, KeyboardInterrupt)
    best = incumbents.best
    if best is not None:
        limit = limit_of(best.loss, cells.count)
        proof.examined = sum(int((cells.losses(each) <= limit).sum()) for each in survivors)
        if proof.status == "proved":
            proof.bound = best.loss / cells.count
    return proof


def _prove_size(
    cells: Cells,
    choices: Choices,
    incumbents: Incumbents,
    terms: int,
    proof: Proof,
    survivors: list[np.ndarray],
    tick: Callable[[int, int], None],
) -> None:
    if incumbents.limit(terms) < 0:  # no loss is below 0
        proof.bounded += math.comb(cells.width, terms)
        tick(proof.bounded, proof.total)
        return
    for count, left in cells.bounded(terms, lambda: incumbents.limit(terms)):
        proof.bounded += count
        order = np.argsort(left.bounds, kind="stable")
        for place in order.tolist():
            limit = incumbents.limit(terms)
            if left.bounds[place] <= limit:
                support = left.supports[place].tolist()
                incumbents.add(
                    points_of(cells, support, choices, limit, is_pool=incumbents.pool > 1)
                )
        survivors.append(left.supports)
        tick(proof.bounded, proof.total)
