"""Good cards, found quickly: the best real weights first, then the best points near them.

What is found here is a start. `nnc.solving.scorecards.proof` says whether it is the best.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from nnc.solving.scorecards.cells import Cells, kernels

Array = NDArray[Any]
TIE = 1e-9
"""Losses that differ by less, relatively, are the same."""

TINY = 1e-12
"""Losses a row that are less are the same as none."""

REACH = 300.0
"""A term moves the logarithm of the odds by at most this."""

_BEAM = 40
_ROUNDED = 24
_ROOM = 4096


class Card(NamedTuple):
    """Points of some columns, in their order, and the loss in all rows."""

    columns: tuple[int, ...]
    points: tuple[int, ...]
    loss: float

    @property
    def order(self) -> tuple[Any, ...]:
        """What comes first among cards of the same loss."""
        sizes = [abs(point) for point in self.points]
        return len(self.points), sum(sizes), max(sizes, default=0), self.columns, self.points


@dataclass(frozen=True, slots=True)
class Choices:
    """Which points each column may have, without 0, and those that some rows have anyway.

    `largest` is the most points of any term.
    """

    points: Sequence[tuple[int, ...]]
    has_fixed: bool = False

    @property
    def largest(self) -> int:
        """The most points of a term, of either sign."""
        return max((abs(point) for points in self.points for point in points), default=1)

    def same(self, one: int, other: int) -> bool:
        """Return whether a column can stand for another that is equal, or its complement."""
        points = self.points[one]
        return points == self.points[other] and points == tuple(-p for p in reversed(points))


def limit_of(loss: float, rows: int) -> float:
    """Return the greatest loss that is the same as this one."""
    return loss * (1 + TIE) + TINY * rows


def less_than(loss: float, rows: int) -> float:
    """Return the greatest loss that is less than this one, below 0 where there is none."""
    return loss * (1 - TIE) - TINY * rows


@dataclass(slots=True)
class Incumbents:
    """The best cards that are known.

    With `pool`, so many of different choices of points are kept; all that are as good as the last
    of them, in the order of the loss.
    """

    rows: int
    pool: int = 1
    cards: dict[tuple[tuple[int, ...], tuple[int, ...]], Card] = field(default_factory=dict)
    _limit: float = math.inf

    @property
    def best(self) -> Card | None:
        """The best card: of those with the least loss the first in their order."""
        ranked = self.ranked()
        return ranked[0] if ranked else None

    def ranked(self) -> list[Card]:
        """Return the cards by their loss; of those with the same, by their order."""
        left = sorted(self.cards.values(), key=lambda card: card.loss)
        ranked: list[Card] = []
        while left:
            limit = limit_of(left[0].loss, self.rows)
            same = [card for card in left if card.loss <= limit]
            ranked += sorted(same, key=lambda card: card.order)
            left = left[len(same) :]
        return ranked

    def add(self, cards: Iterable[Card]) -> None:
        """Take cards in, and let go of those that are no longer among the best."""
        is_new = False
        for card in cards:
            if card.loss <= self._limit:
                self.cards[card.columns, card.points] = card
                is_new = True
        if is_new and len(self.cards) >= self.pool:
            losses = sorted(card.loss for card in self.cards.values())
            self._limit = limit_of(losses[self.pool - 1], self.rows)
            self.cards = {key: card for key, card in self.cards.items() if card.loss <= self._limit}

    def limit(self, size: int) -> float:
        """Return the greatest loss at which a card of so many terms would be one of the best."""
        if self.pool > 1 or len(self.cards) < self.pool:
            return self._limit
        best = self.best
        assert best is not None
        if len(best.points) < size:
            return less_than(best.loss, self.rows)
        return self._limit


def points_of(
    cells: Cells, support: Sequence[int], choices: Choices, cutoff: float, *, is_pool: bool = False
) -> list[Card]:
    """Return the cards of some columns, all of them with points, that are the best up to a loss."""
    bits, counts, groups = cells.of(support)
    most = max(len(choices.points[column]) for column in support)
    points = np.zeros((len(support), most), np.int64)
    for place, column in enumerate(support):
        points[place, : len(choices.points[column])] = choices.points[column]
    many = np.array([len(choices.points[column]) for column in support], np.int64)
    ones, all_ = counts[:, 0].astype(np.float64), counts.sum(1).astype(np.float64)
    fixed = cells.values[groups].astype(np.float64)
    steepest = REACH / max(choices.largest, 5)
    room = _ROOM
    while True:
        cards, losses = np.empty((room, len(support)), np.int64), np.empty(room)
        left, _ = kernels.points(
            np.ascontiguousarray(bits, np.int64), fixed, ones, all_, points, many, cutoff,
            steepest, choices.has_fixed, is_pool, cards, losses,
        )  # fmt: skip
        if left <= room:
            break
        room = left
    return [
        Card(tuple(support), tuple(line), loss)
        for line, loss in zip(cards[:left].tolist(), losses[:left].tolist(), strict=True)
    ]


def search(cells: Cells, choices: Choices, incumbents: Incumbents, size: int) -> None:
    """Look for good cards of up to `size` terms: beams of columns, swaps, and their best points."""
    beam = np.arange(cells.width)[:, None]
    for terms in range(1, min(size, cells.size) + 1):
        if terms > 1:
            beam = _extended(beam, range(cells.width))
        losses = cells.losses(beam)
        order = np.argsort(losses, kind="stable")[:_BEAM]
        beam, losses = beam[order], losses[order]
        beam, losses = _swapped(cells, beam, losses)
        for support, loss in zip(beam[:_ROUNDED].tolist(), losses.tolist(), strict=False):
            limit = incumbents.limit(terms)
            if loss <= limit:
                incumbents.add(
                    points_of(cells, support, choices, limit, is_pool=incumbents.pool > 1)
                )


def _extended(beam: Array, columns: Collection[int]) -> Array:
    """Return each choice of columns with one more."""
    wider = [
        tuple(sorted((*line, column)))
        for line in beam.tolist()
        for column in columns
        if column not in line
    ]
    return np.array(sorted(set(wider)), np.int64).reshape(-1, beam.shape[1] + 1)


def _swapped(cells: Cells, beam: Array, losses: Array) -> tuple[Array, Array]:
    """Exchange single columns of the best choices for others as long as that helps."""
    known = {tuple(line): loss for line, loss in zip(beam.tolist(), losses.tolist(), strict=True)}
    for start in beam[:2].tolist():
        now = tuple(start)
        for _ in range(20):
            rest = [now[:place] + now[place + 1 :] for place in range(len(now))]
            near = {
                tuple(sorted((*line, column)))
                for line in rest
                for column in range(cells.width)
                if column not in now
            }
            fresh = sorted(near - known.keys())
            if not fresh:
                break
            values = cells.losses(np.array(fresh, np.int64))
            known.update(zip(fresh, values.tolist(), strict=True))
            best = min(fresh, key=known.__getitem__)
            if known[best] >= known[now] * (1 - TIE):
                break
            now = best
    ordered = sorted(known, key=lambda line: (known[line], line))[:_BEAM]
    return np.array(ordered, np.int64), np.array([known[line] for line in ordered])
