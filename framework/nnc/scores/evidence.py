"""What excludes each choice of terms, in numbers that another program can check: `evidence_of`.

Whoever checks counts the cells of every choice again, and most are excluded by that alone: with
odds of its own for each cell the loss is already too large. For the others there are real weights.
With the risk m at the total of these weights in each cell, no weights w have a loss below
    sum of n H(m) + sum over the weights of the least of w (sum over cells of (n m - p) x),
whatever the first are. Choices that real weights do not exclude have a tree: the points of one term
after the other, each with weights for the rest, down to the points of all. Counts need no weights:
the choices that cells do not exclude are named, and all points of them can be tried.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from nnc.scores.cells import LOSS, PARTED, Cells
from nnc.scores.goals import Judge
from nnc.scores.regression import MARGIN, minimise
from nnc.scores.search import REACH, Card, Choices

Array = NDArray[Any]
MOST_ENTRIES = 200_000
"""So many choices and points have weights of their own at most: some 12 MB."""

FURTHEST = 1820
"""The constant of the odds is from -1820 to 1820."""

_RELATIVE, _EACH = 2e-9, 1e-9  # a loss of all rows is proved as far as that, and as that a row
_DIGITS = (2, 4, 6, 9, 12, 15)
_AT_ONCE = 1024
_LIMITS = "limits"
_Node = tuple[tuple[int, ...], dict[str, Any], str]  # points, and where what excludes them goes


class NoEvidenceError(Exception):
    """There is nothing to be checked: `why`, and what helps, `hint`."""

    def __init__(self, why: str, hint: str) -> None:
        super().__init__(why)
        self.why, self.hint = why, hint


@dataclass(slots=True)
class Evidence:
    """What excludes a value below `least`, summed over the rows.

    `sizes` counts the choices of each number of columns: all, those that cells exclude, weights,
    and points. `weights` has columns with the constant, the weight of the points that are fixed,
    where there are some, and the weights of the columns; `points` has columns with their tree.
    """

    least: float
    sizes: list[tuple[int, int, int, int, int]] = field(default_factory=list)
    weights: list[tuple[list[int], list[str]]] = field(default_factory=list)
    points: list[tuple[list[int], Any]] = field(default_factory=list)


def evidence_of(cells: Cells, judge: Judge, choices: Choices, best: Card, size: int) -> Evidence:
    """Return what shows that no card of up to `size` columns is better than the best.

    Raises NoEvidenceError.
    """
    return _Evidence(cells, judge, choices, best).of(size)


class _Design(NamedTuple):
    """Problems of the same weights: problems x cells x weights, the rows, and bounds of weights."""

    x: Array
    ones: Array
    all_: Array
    low: Array
    high: Array

    def bounds(self, weights: Array) -> Array:
        """Return what no weights are below, by some weights for each problem."""
        z = np.einsum("scw,sw->sc", self.x, weights)
        small = np.exp(-np.abs(z))
        m = np.where(z > 0, 1, small) / (1 + small)
        rest = np.where(z > 0, small, 1) / (1 + small)
        entropy = m * np.log1p(np.exp(-z.clip(-700, 700))) + rest * np.log1p(
            np.exp(z.clip(-700, 700))
        )
        slopes = np.einsum("sc,scw->sw", self.all_ * m - self.ones, self.x)
        least = np.minimum(slopes * self.low, slopes * self.high).sum(1)
        total: Array = (self.all_ * entropy).sum(1) + least
        return total


class _Evidence:
    """The steps of making evidence."""

    def __init__(self, cells: Cells, judge: Judge, choices: Choices, best: Card) -> None:
        self._cells, self._judge, self._choices, self._best = cells, judge, choices, best
        self._rows = cells.count
        self._steepest = REACH / max(choices.largest, 5)
        self._guard = 2 * MARGIN * self._rows * len(cells.values)
        self._entries = 0

    def of(self, size: int) -> Evidence:
        is_loss = self._cells.goal == LOSS
        best = self._best.value
        least = max(best * (1 - _RELATIVE) - _EACH * self._rows, 0.0) if is_loss else best
        evidence = Evidence(least)
        for terms in range(0 if self._choices.has_fixed else 1, min(size, self._cells.size) + 1):
            if is_loss:
                self._losses(evidence, terms)
            else:
                self._counts(evidence, terms)
        return evidence

    def _count(self, entries: int) -> None:
        self._entries += entries
        if self._entries > MOST_ENTRIES:
            why = f"it would have {self._entries:,} entries or more, of {MOST_ENTRIES:,} at most"
            raise NoEvidenceError(why, "fewer --terms, --cutoffs or limits need fewer")

    def _left(self, size: int, cutoff: float, goal: int) -> tuple[int, list[list[int]]]:
        """Return how many choices there are, and those that their cells do not exclude."""
        if size == 0:
            return 1, [[]]
        total, left = 0, list[list[int]]()
        for count, survivors in self._cells.bounded(size, lambda: cutoff, goal=goal):
            total += count
            self._count(len(survivors.bounds))
            left += survivors.supports.tolist()
        return total, left

    def _counts(self, evidence: Evidence, size: int) -> None:
        total, left = self._left(size, evidence.least - 0.5, self._cells.goal)
        evidence.points += [(support, None) for support in left]
        evidence.sizes.append((size, total, total - len(left), 0, len(left)))

    def _losses(self, evidence: Evidence, size: int) -> None:
        least = evidence.least
        total, left = self._left(size, least, PARTED) if least > 0 else (0, [])
        if least <= 0:  # nothing is below 0
            return
        trees = []
        for begin in range(0, len(left), _AT_ONCE):
            some = left[begin : begin + _AT_ONCE]
            texts_of = self._weights(self._designs(some), least, has_total=self._choices.has_fixed)
            for support, texts in zip(some, texts_of, strict=True):
                if texts is None:
                    trees.append(support)
                else:
                    evidence.weights.append((support, texts))
        evidence.points += [self._tree(support, least) for support in trees]
        counts = total - len(left), len(left) - len(trees), len(trees)
        evidence.sizes.append((size, total, *counts))

    # ---------------------------------------------------------------------------- real weights

    def _span(self, column: int) -> tuple[float, float]:
        """Return the bounds of the weight of a column."""
        points = (0, *self._choices.points[column])
        return min(points) * self._steepest, max(points) * self._steepest

    def _designs(self, supports: Sequence[Sequence[int]]) -> _Design:
        """Return the problems of choices of as many columns; all weights are open."""
        each = [self._cells.of(support) for support in supports]
        most = max(len(counts) for _, counts, _ in each)
        width = len(supports[0])
        x = np.zeros((len(each), most, 2 + width))
        ones, all_ = np.zeros((len(each), most)), np.zeros((len(each), most))
        for place, (bits, counts, groups) in enumerate(each):
            count = len(counts)
            x[place, :count, 0] = 1
            x[place, :count, 1] = self._cells.values[groups]
            x[place, :count, 2:] = bits
            ones[place, :count], all_[place, :count] = counts[:, 0], counts.sum(1)
        spans = np.array([[self._span(column) for column in line] for line in supports])
        low, high = _bounds(len(each), self._steepest, spans.reshape(len(each), width, 2))
        return _Design(x, ones, all_, low, high)

    def _weights(self, design: _Design, least: float, *, has_total: bool) -> list[list[str] | None]:
        """Return weights that show that a problem has no less; None where no weights do."""
        t = self._minimised(design, has_total=has_total)
        texts_of: list[list[str] | None] = [None] * len(t)
        places = [place for place in range(t.shape[1]) if has_total or place != 1]
        is_open = np.ones(len(t), bool)
        for digits in _DIGITS:
            rounded = np.round(t, digits)
            done = is_open & (design.bounds(rounded) > least + self._guard)
            for place in np.flatnonzero(done).tolist():
                texts_of[place] = [_text(rounded[place, each], digits) for each in places]
            is_open &= ~done
        return texts_of

    def _minimised(self, design: _Design, *, has_total: bool) -> Array:
        """Return the best weights; the second, that of the points so far, is not below 0."""
        t = np.zeros_like(design.low)
        rest = [0, *range(2, design.low.shape[1])]
        again = np.arange(len(t))
        reach = np.maximum(-design.low, design.high).max(0)
        margin = MARGIN * self._rows
        if has_total:
            problem = design.x, design.ones, design.all_
            _, _, t = minimise(*problem, np.inf, margin, reaches=reach, is_exact=True)
            again = np.flatnonzero(t[:, 1] < 0)
        if len(again):
            t[again] = 0
            _, _, weights = minimise(
                design.x[again][:, :, rest], design.ones[again], design.all_[again], np.inf,
                margin, reaches=reach[rest], is_exact=True,
            )  # fmt: skip
            t[np.ix_(again, rest)] = weights
        return t

    # ---------------------------------------------------------------------------------- points

    def _tree(self, support: list[int], least: float) -> tuple[list[int], Any]:
        """Return the columns in the order of the tree, and the tree of their points."""
        whole = self._designs([support])
        t = self._minimised(whole, has_total=self._choices.has_fixed)[0]
        order = sorted(range(len(support)), key=lambda place: (-abs(t[2 + place]), place))
        columns = [support[place] for place in order]
        bits, counts, groups = self._cells.of(columns)
        base = self._cells.values[groups]
        root: dict[str, Any] = {}
        nodes: list[_Node] = [((), root, "")]
        while nodes:
            following: list[_Node] = []
            for begin in range(0, len(nodes), _AT_ONCE):
                some = nodes[begin : begin + _AT_ONCE]
                self._count(len(some))
                lines = [points for points, _, _ in some]
                design = self._nodes(columns, lines, bits, counts, base)
                has_total = self._choices.has_fixed or bool(lines[0])
                texts_of = self._weights(design, least, has_total=has_total)
                for (points, parent, name), texts in zip(some, texts_of, strict=True):
                    parent[name] = texts
                    if texts is None:
                        parent[name] = self._open(columns, points)
                        following += _children(self._choices, columns, points, parent[name])
            nodes = following
        return columns, root[""]

    def _open(self, columns: list[int], points: tuple[int, ...]) -> Any:
        """Return what stands for points that no weights exclude: a node, or that limits do."""
        if len(points) < len(columns):
            return {}
        totals = self._judge.totals(self._cells.columns[:, columns], points)
        if self._judge.threshold(totals) is not None:
            why = "no weights of 15 digits show that some points are not better by a billionth"
            raise NoEvidenceError(
                why, "terms that nearly separate few rows do that: give more rows"
            )
        return _LIMITS

    def _nodes(
        self, columns: list[int], lines: Sequence[tuple[int, ...]], bits: Array, counts: Array,
        base: Array,
    ) -> _Design:  # fmt: skip
        """Return the problems of the points of some first columns: the rest is open."""
        depth, count = len(lines[0]), len(lines)
        points = np.array(lines, np.float64).reshape(count, depth)
        x = np.empty((count, len(bits), 2 + len(columns) - depth))
        x[:, :, 0] = 1
        x[:, :, 1] = base + points @ bits[:, :depth].T.astype(np.float64)
        x[:, :, 2:] = bits[None, :, depth:]
        ones = np.broadcast_to(counts[:, 0].astype(np.float64), (count, len(bits)))
        all_ = np.broadcast_to(counts.sum(1).astype(np.float64), (count, len(bits)))
        spans = np.array([self._span(column) for column in columns[depth:]]).reshape(-1, 2)
        spans = np.broadcast_to(spans, (count, *spans.shape))
        low, high = _bounds(count, self._steepest, spans)
        return _Design(x, ones, all_, low, high)


def _bounds(count: int, steepest: float, spans: Array) -> tuple[Array, Array]:
    """Return the bounds of all weights: the constant, that of the points, and of the columns."""
    head = np.broadcast_to([[-FURTHEST, FURTHEST], [0.0, steepest]], (count, 2, 2))
    both = np.concatenate([head, spans], axis=1)
    return both[:, :, 0], both[:, :, 1]


def _children(
    choices: Choices, columns: list[int], points: tuple[int, ...], node: Any
) -> Iterator[_Node]:
    """Yield the points of the next column, with the node that they belong to."""
    if len(points) < len(columns):
        for point in choices.points[columns[len(points)]]:
            yield (*points, point), node, str(point)


def _text(number: float, digits: int) -> str:
    text = f"{number:.{digits}f}".rstrip("0").rstrip(".")
    return "0" if text == "-0" else text
