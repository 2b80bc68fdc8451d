"""What `cells.c` does, in NumPy: the same functions, for where it was not built.

Bounds are valid in the same way, and the answers the same; it takes some twenty times as long.
"""

from __future__ import annotations

from fractions import Fraction
from itertools import combinations, product
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]
MARGIN = 5e-11
REACH = 300.0
_MOST = 5
_CHUNK = 4096  # supports at a time
_STEPS = 400
_LOSS, _COST, _AUC, _PARTED = range(4)
_DECIDED, BOUNDED, EXACT = range(3)


class _Problem(NamedTuple):
    """The fields of a problem: see `nnc.solving.scorecards.cells.Cells`."""

    columns: int
    size: int
    starts: Array
    totals: Array
    bits: Array
    tables: tuple[Array, ...]
    values: Array
    goal: int
    costs: tuple[float, float]

    @property
    def margin(self) -> float:
        """What rounding may do to a bound."""
        return float(MARGIN * self.totals.sum() * (len(self.totals) // 2))


def fill(problem: tuple[Any, ...], first: int) -> None:
    """Do nothing: there are no tables."""
    del problem, first


def _rows(p: _Problem) -> tuple[Array, Array]:
    """Return rows x columns, and the class of each row."""
    unpacked = np.unpackbits(p.bits.view(np.uint8), axis=1, bitorder="little")
    kept = [
        np.arange(64 * start, 64 * start + total)
        for start, total in zip(p.starts.tolist(), p.totals.tolist(), strict=False)
    ]
    classes = np.repeat(np.arange(len(p.totals)), p.totals)
    return np.ascontiguousarray(unpacked[:, np.concatenate(kept)].T), classes


def _cells(rows: Array, classes: Array, count: int, prefix: Array, others: Array) -> Array:
    """Count rows by others x classes x cells; the last of the columns is one of the others."""
    size = len(prefix)
    cell = rows[:, prefix].astype(np.int64) @ (1 << np.arange(size)) if size else 0
    place = classes * (1 << size) + cell
    whole = np.bincount(place, minlength=count << size)
    onehot = np.zeros((count << size, len(rows)), np.float32)
    onehot[place, np.arange(len(rows))] = 1
    both = np.rint(onehot @ rows[:, others].astype(np.float32)).astype(np.int64)
    both = both.T.reshape(len(others), count, 1 << size)
    return np.concatenate([whole.reshape(1, count, -1) - both, both], axis=2)


def bound(
    problem: tuple[Any, ...], first: int, cutoff: float, logs: Array, supports: Array, bounds: Array
) -> tuple[int, int]:
    """Bound the choices of columns that begin with one: how many are left, and were bounded."""
    p = _Problem(*problem)
    rows, classes = _rows(p)
    left = bounded = 0
    tails = combinations(range(first + 1, p.columns), p.size - 2) if p.size > 1 else iter([()])
    for tail in tails:
        prefix = np.array([first, *tail] if p.size > 1 else [], np.int64)
        others = np.arange(prefix[-1] + 1, p.columns) if p.size > 1 else np.array([first])
        if not len(others):
            continue
        bounded += len(others)
        counts = _cells(rows, classes, len(p.totals), prefix, others)
        quick = _quick(p, counts, logs)
        may = quick <= cutoff
        if p.goal == _LOSS and may.any():
            x, ones, all_ = _designs(p, counts[may])
            low, _, _ = minimise(x, ones, all_, cutoff, _DECIDED, p.margin)
            quick[may] = np.maximum(quick[may], low)
            may &= quick <= cutoff
        for place in np.flatnonzero(may).tolist():
            if left < len(bounds):
                supports[left] = [*prefix, others[place]]
                bounds[left] = quick[place]
            left += 1
    return left, bounded


def _quick(p: _Problem, counts: Array, logs: Array) -> Array:
    """Bound supports by their cells alone."""
    ones, zeros = counts[:, 0::2], counts[:, 1::2]
    if p.goal == _AUC:
        return _pairs(ones, zeros)
    each: Array
    if p.goal in (_LOSS, _PARTED):
        each = logs[ones + zeros] - logs[ones] - logs[zeros]
    else:
        each = np.minimum(ones * p.costs[0], zeros * p.costs[1])
    total: Array = each.sum((1, 2)) - (p.margin if p.goal in (_LOSS, _PARTED) else 0)
    return total


def _pairs(ones: Array, zeros: Array) -> Array:
    """Return twice the pairs in the wrong order at least, each two cells on their own."""
    flat = len(ones), -1
    hits, others = ones.reshape(flat).astype(float), zeros.reshape(flat).astype(float)
    products = hits[:, :, None] * others[:, None, :]
    total: Array = np.minimum(products, products.transpose(0, 2, 1)).sum((1, 2))
    return total


def _designs(p: _Problem, counts: Array) -> tuple[Array, Array, Array]:
    """Return what minimise takes for supports x classes x cells."""
    size = counts.shape[2].bit_length() - 1
    groups = len(p.totals) // 2
    bits = (np.arange(1 << size)[:, None] >> np.arange(size) & 1).astype(np.float64)
    parts = [np.ones((groups, 1 << size, 1)), np.broadcast_to(bits, (groups, *bits.shape))]
    if groups > 1:
        values = np.broadcast_to(p.values[:, None, None], (groups, 1 << size, 1))
        parts.insert(1, values)
    x = np.concatenate(parts, axis=2).reshape(1, groups << size, -1)
    ones = counts[:, 0::2].reshape(len(counts), -1).astype(np.float64)
    all_ = ones + counts[:, 1::2].reshape(len(counts), -1)
    return np.broadcast_to(x, (len(counts), *x.shape[1:])), ones, all_


def _entropy(m: Array) -> Array:
    with np.errstate(divide="ignore", invalid="ignore"):
        each = -np.where(m > 0, m * np.log(m), 0) - np.where(m < 1, (1 - m) * np.log(1 - m), 0)
    result: Array = each
    return result


class _Point(NamedTuple):
    """Where some problems are: `at` are their places, and by cells `chance` is that of a one."""

    at: Array
    x: Array
    all_: Array
    ones: Array
    chance: Array
    bend: Array


class _Descent:
    """Newton's method for many problems at once, of which those that are not open stay."""

    def __init__(self, x: Array, ones: Array, all_: Array, reach: Array) -> None:
        count, _, width = x.shape
        self._x, self._ones, self._all, self._reach = x, ones, all_, reach
        self.t, self._step = np.zeros((count, width)), np.zeros((count, width))
        self.lower, self.upper = np.zeros(count), np.full(count, np.inf)
        self._before = np.full(count, np.inf)
        self.is_open = np.ones(count, bool)

    def improved(self) -> _Point:
        """Return the open problems whose loss has not grown; the others go back half a step."""
        at = np.flatnonzero(self.is_open)
        x, all_, ones = self._x[at], self._all[at], self._ones[at]
        z = np.einsum("scw,sw->sc", x, self.t[at])
        small = np.exp(-np.abs(z))
        loss = (all_ * (np.maximum(z, 0) + np.log(1 + small)) - ones * z).sum(1)
        is_worse = ~(loss <= self._before[at] + 1e-13 * all_.sum(1))
        back = at[is_worse]
        self._step[back] /= 2
        self.t[back] += self._step[back]
        self.is_open[back[np.abs(self._step[back]).max(1, initial=0) < 1e-14]] = False
        at, x, all_, ones, z, small, loss = (
            each[~is_worse] for each in (at, x, all_, ones, z, small, loss)
        )
        self._before[at] = loss
        self.upper[at] = np.minimum(self.upper[at], loss)
        chance = np.where(z > 0, 1, small) / (1 + small)
        return _Point(at, x, all_, ones, chance, all_ * small / (1 + small) ** 2)

    def aim(self, point: _Point) -> None:
        """Find the step to where the slope would be 0, as far as the curve tells."""
        slope = np.einsum("sc,scw->sw", point.all_ * point.chance - point.ones, point.x)
        curve = np.einsum("sc,scw,scv->swv", point.bend, point.x, point.x)
        scale = np.einsum("sww->s", curve)[:, None, None] * 1e-12 + 1e-300
        curve = curve + scale * np.eye(self.t.shape[1])
        self._step[point.at] = np.linalg.solve(curve, slope[:, :, None])[:, :, 0]

    def judge(self, point: _Point, cutoff: float, until: int, margin: float) -> Array:
        """Bound the losses from below by duality; return the problems that stay open."""
        at, m = point.at, point.chance
        moved = m - m * (1 - m) * np.einsum("scw,sw->sc", point.x, self._step[at])
        moved = np.clip(moved, 0, 1)
        slope = np.einsum("sc,scw->sw", point.all_ * moved - point.ones, point.x)
        low = (point.all_ * _entropy(moved)).sum(1) - np.abs(slope) @ self._reach - margin
        self.lower[at] = np.maximum(self.lower[at], low)
        is_over = (self.lower[at] > cutoff) | (self.upper[at] - self.lower[at] < 1.5 * margin)
        if until == _DECIDED:
            is_over |= self.upper[at] <= cutoff
        self.is_open[at[is_over]] = False
        return at[~is_over]

    def move(self, at: Array) -> None:
        """Take the steps of some problems, no further than weights may be."""
        following = np.clip(self.t[at] - self._step[at], -self._reach, self._reach)
        self._step[at] = self.t[at] - following
        self.t[at] = following
        self.is_open[at[np.abs(self._step[at]).max(1, initial=0) < 1e-13]] = False


def minimise(
    x: Array,
    ones: Array,
    all_: Array,
    cutoff: float,
    until: int,
    margin: float,
    steepest: float = REACH,
    *,
    reaches: Array | None = None,
) -> tuple[Array, Array, Array]:
    """Minimise losses over real weights: bounds from below, losses, and the weights.

    `x` is problems x cells x weights, the constant first. A problem is left alone once its bound is
    above the cutoff, or its loss is not where that decides; or both meet. `reaches` is how far from
    0 each weight may be, where that is not `steepest` for all but the constant.
    """
    width = x.shape[2]
    if reaches is None:
        reaches = np.full(width, steepest)
        reaches[0] = REACH * (_MOST + 1) + 20
    descent = _Descent(x, ones, all_, reaches)
    for _ in range(_STEPS):
        if not descent.is_open.any():
            break
        point = descent.improved()
        if len(point.at):
            descent.aim(point)
            at = point.at if until == EXACT else descent.judge(point, cutoff, until, margin)
            descent.move(at)
    return descent.lower, descent.upper, descent.t


def logistic(problem: tuple[Any, ...], size: int, supports: Array, losses: Array) -> None:
    """Write the loss of the best real weights of each support."""
    p = _Problem(*problem)
    supports = supports.reshape(-1, size)
    rows, classes = _rows(p)
    for begin in range(0, len(supports), _CHUNK):
        some = supports[begin : begin + _CHUNK]
        counts = np.concatenate(
            [_cells(rows, classes, len(p.totals), line[:-1], line[-1:]) for line in some]
        )
        x, ones, all_ = _designs(p, counts)
        losses[begin : begin + len(some)] = minimise(x, ones, all_, np.inf, BOUNDED, p.margin)[1]


# ------------------------------------------------------------------------- points of a support


def points(
    cells: tuple[Array, Array, Array, Array, Array],
    choices: tuple[Array, Array, float, bool],
    goal: tuple[int, float, float, float],
    limits: tuple[Array, Array],
    cards: Array,
    values: Array,
    losses: Array,
) -> tuple[int, int]:
    """Write the cards of some columns up to a value: how many there are, and nodes looked at."""
    x, whole, fixed, ones, all_ = cells
    allowed, counts, steepest, is_fixed = choices
    lists = [line[:count].tolist() for line, count in zip(allowed, counts.tolist(), strict=True)]
    rows = _Cells(x, whole, fixed, ones, all_)
    search = _Points(rows, lists, goal[1], steepest, _Limits(rows, *limits))
    if goal[0] == _LOSS:
        search.run(is_fixed=is_fixed)
    else:
        search.count_out(goal[0], goal[2:])
    for place, (line, value, loss) in enumerate(search.cards[: len(losses)]):
        cards[place], values[place], losses[place] = line, value, loss
    return len(search.cards), search.nodes


class _Cells(NamedTuple):
    """The cells of some columns: their bits, totals of fixed points, and rows."""

    x: Array
    whole: Array
    fixed: Array
    ones: Array
    all_: Array


class _Limits:
    """Limits on what a threshold does to the rows of cells; see `keeps_limits` in `limits.c`."""

    def __init__(self, rows: _Cells, limits: Array, parts: Array) -> None:
        self._rows = rows
        self._limits = limits.reshape(-1, 5).tolist()
        self._parts = parts.reshape(-1, len(rows.x), 2)

    def __bool__(self) -> bool:
        return bool(self._limits)

    def keeps(self, fires: Array) -> bool:
        """Return whether the limits hold where these cells fire."""
        for measure, over, under, first, count in self._limits:
            rates = []
            for part in self._parts[first : first + count]:
                ones, zeros = part.sum(0).tolist()
                hits, alarms = part[fires].sum(0).tolist()
                misses, every = ones - hits, ones + zeros
                numerator = (alarms, misses, hits + alarms, misses + alarms)[measure]
                denominator = (zeros, ones, every, every)[measure]
                if denominator:
                    rates.append(Fraction(numerator, denominator))
            spread = max(rates, default=Fraction()) - (min(rates, default=0) if count > 1 else 0)
            if spread > Fraction(over, under):
                return False
        return True

    def cost(self, totals: Array, costs: tuple[float, ...]) -> float:
        """Return the least cost of a threshold that keeps them; infinite where there is none."""
        points = np.unique(totals)
        zeros = self._rows.all_ - self._rows.ones
        best = np.inf
        for point in points[1:]:
            fires = totals >= point
            cost = self._rows.ones[~fires].sum() * costs[0] + zeros[fires].sum() * costs[1]
            if cost < best and self.keeps(fires):
                best = float(cost)
        return best


class _Points:
    """Points of some columns, one after the other; see `descend` in `points.c`."""

    def __init__(
        self, rows: _Cells, choices: list[list[int]], cutoff: float, steepest: float,
        limits: _Limits,
    ) -> None:  # fmt: skip
        self._x, self._fixed = rows.x.astype(np.float64), rows.fixed
        self._ones, self._all = rows.ones, rows.all_
        self._whole, self._limits = rows.whole, limits
        self._choices, self._cutoff, self._steepest = choices, cutoff, steepest
        self.cards: list[tuple[list[int], float, float]] = []
        self.nodes = 0
        self._rows = float(rows.all_.sum())
        self._order = list(range(rows.x.shape[1]))

    def count_out(self, goal: int, costs: tuple[float, ...]) -> None:
        """Try all points, for goals that are counts; of the same value the least loss."""
        least = np.inf
        for line in product(*self._choices):
            self.nodes += 1
            totals = self._whole + self._x.astype(np.int64) @ np.array(line, np.int64)
            if goal == _COST:
                value = self._limits.cost(totals, costs)
            else:
                value = _wrong_pairs(totals, self._ones, self._all - self._ones)
                if self._limits and self._limits.cost(totals, (1, 1)) == np.inf:
                    continue
            if value > self._cutoff or value == np.inf:
                continue
            loss = self._leaf(totals.astype(np.float64))
            is_same = value >= self._cutoff - 0.5
            if is_same and loss > least * (1 + 1e-9) + 1e-12 * self._rows:
                continue
            least = min(least, loss) if is_same else loss
            self._cutoff = value + 0.25
            self.cards.append((list(line), value, loss))

    def run(self, *, is_fixed: bool) -> None:
        """Try what has to be tried."""
        if not self._order:
            self._enter(0, [], self._fixed)
            return
        low, t = self._node(0, self._fixed)
        if low > self._cutoff:
            return
        weights = np.abs(t[2:])
        self._order = sorted(self._order, key=lambda place: -weights[place])
        points = [0] * len(self._order)
        if is_fixed:
            low, t = self._node(0, self._fixed)
            self._descend(0, points, self._fixed, t)
            return
        first = self._order[0]
        for point in self._choices[first]:
            points[first] = point
            self._enter(1, points, point * self._x[:, first])

    def _enter(self, depth: int, points: list[int], total: Array) -> bool:
        """Look at some points of the first columns; whether they may be good enough."""
        self.nodes += 1
        if depth == len(self._order):
            loss = self._leaf(total)
            if loss > self._cutoff:
                return False
            totals = self._whole + self._x.astype(np.int64) @ np.array(points, np.int64)
            if not self._limits or self._limits.cost(totals, (1, 1)) < np.inf:
                self.cards.append((points.copy(), loss, loss))
                self._cutoff = min(self._cutoff, loss * (1 + 1e-9) + 1e-12 * self._rows)
            return True
        low, t = self._node(depth, total)
        if low > self._cutoff:
            return False
        self._descend(depth, points, total, t)
        return True

    def _descend(self, depth: int, points: list[int], total: Array, t: Array) -> None:
        place = self._order[depth]
        choices = self._choices[place]
        aim = t[2] / t[1] if t[1] > 0 else 0.0
        middle = sum(choice <= aim for choice in choices)
        for side in (range(middle - 1, -1, -1), range(middle, len(choices))):
            for at in side:
                points[place] = choices[at]
                is_good = self._enter(depth + 1, points, total + choices[at] * self._x[:, place])
                if not is_good and t[1] > 0:  # what is below the cutoff is an interval
                    break

    def _node(self, depth: int, total: Array) -> tuple[float, Array]:
        rest = self._x[:, self._order[depth:]]
        x = np.column_stack([np.ones(len(total)), total, rest])
        low, _, t = self._minimised(x, BOUNDED)
        if t[1] >= 0 or low > self._cutoff:
            return low, t
        low, _, t = self._minimised(np.delete(x, 1, axis=1), BOUNDED)
        return low, np.insert(t, 1, 0.0)

    def _minimised(
        self, x: Array, until: int, steepest: float = REACH
    ) -> tuple[float, float, Array]:
        margin = MARGIN * self._rows * 16
        low, loss, t = minimise(
            x[None], self._ones[None], self._all[None], self._cutoff, until, margin, steepest
        )
        return float(low[0]), float(loss[0]), t[0]

    def _leaf(self, total: Array) -> float:
        x = np.column_stack([np.ones(len(total)), total])
        _, loss, t = self._minimised(x, EXACT, self._steepest)
        if t[1] <= 0:
            share = self._ones.sum() / self._rows
            return float(self._rows * _entropy(np.array([share]))[0])
        return loss if t[1] < self._steepest * (1 - 1e-9) else min(loss, self._steep(total))

    def _steep(self, total: Array) -> float:
        """Return the loss of the steepest slope and its best constant."""
        low, high = -REACH * 12, REACH * 12
        for _ in range(200):
            middle = (low + high) / 2
            z = middle + self._steepest * total
            small = np.exp(-np.abs(z))
            over = (self._all * np.where(z > 0, 1, small) / (1 + small) - self._ones).sum()
            low, high = (low, middle) if over > 0 else (middle, high)
        z = low + self._steepest * total
        losses = self._all * (np.maximum(z, 0) + np.log(1 + np.exp(-np.abs(z)))) - self._ones * z
        return float(losses.sum())


def _wrong_pairs(totals: Array, ones: Array, zeros: Array) -> float:
    """Return twice the pairs in the wrong order; a tie is half of one."""
    order = np.unique(totals, return_inverse=True)[1]
    hits, others = np.bincount(order, weights=ones), np.bincount(order, weights=zeros)
    below = np.cumsum(hits) - hits
    return float((others * (2 * below + hits)).sum())
