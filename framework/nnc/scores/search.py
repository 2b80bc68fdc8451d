"""A quick search for good cards: the best real weights first, then the best points near them.

The result is a start; `nnc.scores.proof` decides whether it is the best.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from nnc.lazy import np
from nnc.numbers.integers import Array
from nnc.scores.cells import LOSS, Cells, kernels
from nnc.scores.goals import Judge

TIE = 1e-9
"""Losses whose relative difference is less are equal."""

TINY = 1e-12
"""Losses per row below this count as 0."""

REACH = 300.0
"""A term moves the logarithm of the odds by at most this."""

_BEAM = 40
_ROUNDED = 24
_COUNTED = 4
_LIMITED = 2  # where no card may keep the limits, all points of each are tried
_ROOM = 4096


class Card(NamedTuple):
    """Points of some columns, in their order.

    `value` is what the goal minimises: the loss of all rows, their costs, or twice the pairs in the
    wrong order. `loss` is the loss of all rows, whatever the goal.
    """

    columns: tuple[int, ...]
    points: tuple[int, ...]
    value: float
    loss: float

    @property
    def order(self) -> tuple[int, int, int, tuple[int, ...], tuple[int, ...]]:
        """The key that sorts cards of equal value, best first."""
        sizes = [abs(point) for point in self.points]
        return len(self.points), sum(sizes), max(sizes, default=0), self.columns, self.points


@dataclass(frozen=True, slots=True)
class Choices:
    """The points that each column may have, other than 0; `has_fixed` if rows have fixed points.

    `largest` is the most points of any term.
    """

    points: Sequence[tuple[int, ...]]
    has_fixed: bool = False

    @property
    def largest(self) -> int:
        """The most points of a term, of either sign."""
        return max((abs(point) for points in self.points for point in points), default=1)

    def same(self, first: int, other: int) -> bool:
        """Return whether a column can replace another that is equal, or its complement."""
        points = self.points[first]
        return points == self.points[other] and points == tuple(-p for p in reversed(points))


@dataclass(slots=True)
class Incumbents:
    """The best known cards: one for each choice of columns, at least `pool` of them.

    `is_count` is true if values are counts, false if they are losses of `rows`.
    """

    rows: int
    pool: int = 1
    is_count: bool = False
    cards: dict[tuple[int, ...], Card] = field(default_factory=dict)
    _limit: float = math.inf

    def same_as(self, value: float) -> float:
        """Return the largest value that counts as equal."""
        return value + 0.25 if self.is_count else _same(value, self.rows)

    @property
    def best(self) -> Card | None:
        """The best card; ties go to the first in their order."""
        ranked = self.ranked()
        return ranked[0] if ranked else None

    def ranked(self) -> list[Card]:
        """Return the cards by their value, ties by their order.

        If counts are equal, fewer terms come first, then a smaller loss.
        """
        if not self.is_count:
            return _by_loss(self.cards.values(), self.rows)
        groups: dict[tuple[float, int], list[Card]] = {}
        for card in self.cards.values():
            groups.setdefault((card.value, len(card.points)), []).append(card)
        return [card for key in sorted(groups) for card in _by_loss(groups[key], self.rows)]

    def add(self, cards: Collection[Card]) -> None:
        """Add the best of some cards of the same columns, if it is among the best overall."""
        if not cards:
            return
        least = min(card.value for card in cards)
        first = _by_loss([card for card in cards if card.value <= self.same_as(least)], self.rows)
        if first[0].value > self._limit:
            return
        self.cards[first[0].columns] = first[0]
        if len(self.cards) >= self.pool:
            values = sorted(card.value for card in self.cards.values())
            self._limit = self.same_as(values[self.pool - 1])
            self.cards = {
                key: card for key, card in self.cards.items() if card.value <= self._limit
            }

    @property
    def is_perfect(self) -> bool:
        """Return whether no cards can be better: all wanted cards have a value of 0."""
        if len(self.cards) < self.pool:
            return False
        worst = sorted(card.value for card in self.cards.values())[self.pool - 1]
        return worst < 0.5 if self.is_count else _less(worst, self.rows) < 0

    def limit(self, size: int) -> float:
        """Return the largest value at which a card of `size` terms would be one of the best."""
        if self.pool > 1 or len(self.cards) < self.pool:
            return self._limit
        best = self.best
        assert best is not None
        if len(best.points) < size:
            return best.value - 0.75 if self.is_count else _less(best.value, self.rows)
        return self._limit


def _same(loss: float, rows: int) -> float:
    return loss * (1 + TIE) + TINY * rows


def _less(loss: float, rows: int) -> float:
    """Return the largest loss below this one, or a negative number if there is none."""
    return loss * (1 - TIE) - TINY * rows


def _by_loss(cards: Iterable[Card], rows: int) -> list[Card]:
    """Sort cards by their loss; ties by their order."""
    left = sorted(cards, key=lambda card: card.loss)
    ranked: list[Card] = []
    while left:
        limit = _same(left[0].loss, rows)
        same = [card for card in left if card.loss <= limit]
        ranked += sorted(same, key=lambda card: card.order)
        left = left[len(same) :]
    return ranked


def points_of(
    cells: Cells, judge: Judge, support: Sequence[int], choices: Choices, cutoff: float
) -> list[Card]:
    """Return the best cards that give points to all of some columns, up to a value."""
    if not all(choices.points[column] for column in support):
        return []
    bits, counts, groups = cells.of(support)
    most = max((len(choices.points[column]) for column in support), default=0)
    points = np.zeros((len(support), most), np.int64)
    for place, column in enumerate(support):
        points[place, : len(choices.points[column])] = choices.points[column]
    many = np.array([len(choices.points[column]) for column in support], np.int64)
    whole = np.ascontiguousarray(cells.values[groups])
    ones, all_ = counts[:, 0].astype(np.float64), counts.sum(1).astype(np.float64)
    steepest = REACH / max(choices.largest, 5)
    parts = judge.parts(cells.columns[:, list(support)], bits, groups)
    kind, room = (cells.goal, cutoff, *map(float, judge.goal.costs)), _ROOM
    while True:
        cards = np.empty((room, len(support)), np.int64)
        values, losses = np.empty(room), np.empty(room)
        left, _ = kernels.points(
            (np.ascontiguousarray(bits, np.int64), whole, whole.astype(np.float64), ones, all_),
            (points, many, steepest, choices.has_fixed),
            kind,
            (judge.limits, parts),
            cards,
            values,
            losses,
        )
        if left <= room:
            break
        room = left
    each = zip(cards[:left].tolist(), values[:left].tolist(), losses[:left].tolist(), strict=True)
    return [Card(tuple(support), tuple(line), value, loss) for line, value, loss in each]


def search(
    cells: Cells, judge: Judge, choices: Choices, incumbents: Incumbents, size: int
) -> Iterator[int]:
    """Look for good cards of up to `size` terms: beams of columns, swaps, and their best points.

    Yields each number of terms once its cards are among the incumbents.
    """
    if choices.has_fixed:
        incumbents.add(points_of(cells, judge, (), choices, incumbents.limit(0)))
    beam = np.arange(cells.width)[:, None]
    for terms in range(1, min(size, cells.size) + 1):
        if terms > 1:
            beam = _extended(beam, range(cells.width))
        losses = cells.losses(beam)
        order = np.argsort(losses, kind="stable")[:_BEAM]
        beam, losses = beam[order], losses[order]
        beam, losses = _swapped(cells, beam, losses)
        often = _ROUNDED if cells.goal == LOSS else _COUNTED
        if judge.goal.limits and not incumbents.cards:
            often = _LIMITED
        for support, loss in zip(beam[:often].tolist(), losses.tolist(), strict=False):
            limit = incumbents.limit(terms)
            if loss <= limit or cells.goal != LOSS:
                incumbents.add(points_of(cells, judge, support, choices, limit))
        yield terms


def _extended(beam: Array, columns: Collection[int]) -> Array:
    """Return the choices of columns, extended by one more column."""
    wider = [
        tuple(sorted((*line, column)))
        for line in beam.tolist()
        for column in columns
        if column not in line
    ]
    return np.array(sorted(set(wider)), np.int64).reshape(-1, beam.shape[1] + 1)


def _swapped(cells: Cells, beam: Array, losses: Array) -> tuple[Array, Array]:
    """Exchange single columns of the best choices as long as that helps."""
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
