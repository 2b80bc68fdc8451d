"""Cards of more terms than can be bounded one by one, grown term by term and improved by exchanges.

The result is not proved. It comes with a lower bound for cards of any number of terms: the loss of
the best real weights of all columns together.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from nnc.lazy import np
from nnc.numbers.integers import Array
from nnc.scores.cells import LOSS, Cells, kernels, minimise
from nnc.scores.goals import Judge
from nnc.scores.odds import odds_of, steepest_of
from nnc.scores.search import TIE, Card, Choices, Incumbents

_NEAR = 16  # columns that are looked at closely, those along which the loss falls most
_ROUNDS = 40
_MOST_CELLS = 1 << 26  # distinct rows x columns squared, of a bound
_SCALES = (1.0, 0.5, 2.0, 1.5)


class LocalSearch:
    """Grows cards to more terms; `tick` is called before each step, and may stop the search."""

    def __init__(
        self,
        cells: Cells,
        judge: Judge,
        choices: Choices,
        base: Array | None,
        tick: Callable[[], None],
    ) -> None:
        self._goal, self._judge, self._choices, self._tick = cells.goal, judge, choices, tick
        whole = np.zeros(cells.count, np.int64) if base is None else base
        self._is_by_row = bool(judge.goal.limits)
        keys = np.column_stack(
            [np.packbits(cells.columns, axis=1), whole.view(np.uint8).reshape(-1, 8)]
        )
        view = np.ascontiguousarray(keys).view(np.dtype((np.void, keys.shape[1])))[:, 0]
        _, first, place = np.unique(view, return_index=True, return_inverse=True)
        if self._is_by_row:
            first = place = np.arange(cells.count)
        self._x = cells.columns[first]
        self._base = whole[first]
        self._all = np.bincount(place, minlength=len(first)).astype(np.float64)
        self._hits = np.bincount(place, weights=judge.ones, minlength=len(first))
        self._steepest = steepest_of(choices.largest)

    @property
    def width(self) -> int:
        """The number of columns."""
        return int(self._x.shape[1])

    def grow(self, incumbents: Incumbents, size: int) -> None:
        """Add terms to the best known card, up to `size`, from several scales."""
        start = incumbents.best
        for scale in _SCALES:
            points = np.zeros(self._x.shape[1], np.int64)
            if start is not None:
                for column, point in zip(start.columns, start.points, strict=True):
                    points[column] = self._allowed(column, point * scale)
            self._grow(points, incumbents, size)

    def _allowed(self, column: int, point: float) -> int:
        """Return the points of a column that are nearest to a number."""
        choices = self._choices.points[column]
        return min(choices, key=lambda choice: (abs(choice - point), choice), default=0)

    def _grow(self, points: Array, incumbents: Incumbents, size: int) -> None:
        best = self._card(points)
        while True:
            best, points = self._mended(best, points)
            if best is not None and len(best.points) <= size:
                incumbents.add([best])
            if np.count_nonzero(points) >= size:
                return
            moves = [
                (column, choice)
                for column in self._near(points)
                for choice in self._choices.points[column]
                if not points[column]
            ]
            following = self._best_of(points, [((column, choice),) for column, choice in moves])
            if following is None or (best is not None and not _is_better(following[0], best)):
                return
            best, points = following

    def _mended(self, best: Card | None, points: Array) -> tuple[Card | None, Array]:
        """Change single points, and exchange single columns, as long as that helps."""
        for _ in range(_ROUNDS):
            self._tick()
            following = self._best_of(points, list(self._moves(points)))
            if following is None or (best is not None and not _is_better(following[0], best)):
                break
            best, points = following
        return best, points

    def _moves(self, points: Array) -> Iterator[tuple[tuple[int, int], ...]]:
        used = np.flatnonzero(points).tolist()
        near = [column for column in self._near(points) if not points[column]]
        for column in used:
            for choice in (0, *self._choices.points[column]):
                if choice != points[column]:
                    yield ((column, choice),)
            for other in near[: _NEAR // 2]:
                point = int(points[column])
                for choice in {self._allowed(other, each) for each in (point, -point, 1, -1)}:
                    yield (column, 0), (other, choice)

    def _near(self, points: Array) -> list[int]:
        """Return the columns along which the loss falls most, best first."""
        totals = self._base + self._x @ points
        odds = odds_of(totals, self._hits, self._all, self._steepest)
        z = odds.constant + odds.slope * totals
        risk = np.exp(-np.logaddexp(0, -z))
        over = self._all * risk - self._hits
        bend = self._all * risk * (1 - risk) + 1e-12
        x = self._x.astype(np.float64)
        mean = (bend @ x) / bend.sum()
        slope = over @ x - over.sum() * mean
        curve = np.maximum(bend @ x - bend.sum() * mean**2, 1e-9)
        order: list[int] = np.argsort(-(slope**2) / curve, kind="stable")[:_NEAR].tolist()
        return order

    def _best_of(
        self, points: Array, moves: list[tuple[tuple[int, int], ...]]
    ) -> tuple[Card, Array] | None:
        """Return the best card after one of some moves."""
        best: tuple[Card, Array] | None = None
        totals = self._base + self._x @ points
        for move in moves:
            moved = totals
            for column, choice in move:
                moved = moved + (choice - points[column]) * self._x[:, column].astype(np.int64)
            value = self._value(moved)
            if value is not None and (best is None or value < (best[0].value, best[0].loss)):
                after = points.copy()
                for column, choice in move:
                    after[column] = choice
                best = self._named(after, *value), after
        return best

    def _card(self, points: Array) -> Card | None:
        value = self._value(self._base + self._x @ points)
        return None if value is None else self._named(points, *value)

    def _named(self, points: Array, value: float, loss: float) -> Card:
        columns = np.flatnonzero(points)
        return Card(tuple(columns.tolist()), tuple(points[columns].tolist()), value, loss)

    def _value(self, totals: Array) -> tuple[float, float] | None:
        """Return the value and the loss of totals; None if no threshold keeps the limits."""
        low = int(totals.min())
        place = totals - low
        all_ = np.bincount(place, weights=self._all)
        hits = np.bincount(place, weights=self._hits)
        bins = np.flatnonzero(all_)
        if len(bins) < 2 or len(bins) > 512:
            return None
        whole = (bins + low).astype(np.int64)
        parts = np.zeros(0, np.int64)
        if self._is_by_row:
            parts = self._judge.counts(np.searchsorted(bins, place), len(bins))
        cards, values, losses = np.empty((4, 0), np.int64), np.empty(4), np.empty(4)
        left, _ = kernels.points(
            (np.empty((len(bins), 0), np.int64), whole, whole.astype(np.float64), hits[bins],
             all_[bins]),
            (np.empty((0, 0), np.int64), np.empty(0, np.int64), self._steepest, True),
            (self._goal, np.inf, *map(float, self._judge.goal.costs)),
            (self._judge.limits, parts), cards, values, losses,
        )  # fmt: skip
        return (float(values[0]), float(losses[0])) if left else None

    def bound(self) -> float:
        """Return a lower bound on the loss of all cards; 0 if it would take too long."""
        count, width = self._x.shape
        if self._goal != LOSS or count * width * width > _MOST_CELLS:
            return 0.0
        x = np.column_stack([np.ones(count), self._x])
        if self._base.any():
            x = np.column_stack([x, self._base])
        margin = 1e-9 * float(self._all.sum())
        low, _, _ = minimise(
            x[None].astype(np.float64), self._hits[None], self._all[None], np.inf, margin
        )
        return max(0.0, float(low[0]))


def _is_better(card: Card, other: Card) -> bool:
    return (card.value, card.loss) < (other.value * (1 - TIE), other.loss) or (
        card.value <= other.value and card.loss < other.loss * (1 - TIE)
    )
