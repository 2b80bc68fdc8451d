"""The best integers within bounds for one neuron, by branch and bound.

All numbers are integers: weights count units, and sums and thresholds are scaled. The neuron fires
if its sum is large; callers negate one that fires if it is small. A branch fixes some of the
weights. Its bound holds for all values of the others, so a branch whose bound exceeds the value of
a known answer is dropped.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

from nnc.lazy import np
from nnc.numbers.integers import Array
from nnc.scores.cells import AUC, COST, LOSS, MARGIN, minimise
from nnc.scores.demands import Demands
from nnc.scores.goals import Goal
from nnc.scores.odds import loss_of, odds_of, steepest_of
from nnc.scores.proof import Proof, StoppedError
from nnc.scores.search import REACH, TIE, TINY

_ROOM = 1 << 21  # numbers in a batch
_PASSES = 6
_SCALES = 12


class Answer(NamedTuple):
    """Weights in units and a scaled threshold; `value` is what the goal minimises."""

    value: float
    loss: float
    weights: tuple[int, ...]
    threshold: int

    @property
    def terms(self) -> int:
        """The number of weights other than 0."""
        return sum(weight != 0 for weight in self.weights)

    @property
    def order(self) -> tuple[int, int, int, tuple[int, ...]]:
        """The key that sorts answers of equal value, best first."""
        sizes = [abs(weight) for weight in self.weights]
        return self.terms, sum(sizes), max(sizes, default=0), self.weights


@dataclass(frozen=True)
class Branches:
    """The question: rows by their cells, and the weights.

    `features` is cells x weights: what a unit of a weight adds to a sum; `base` is what the rest
    adds. `ones` and `zeros` count the rows of each cell. `ranges` has the bounds of each weight,
    `terms` is the maximum number of nonzero weights, and `scale` is the scaled value of a sum of 1.
    `largest` is the largest absolute weight, unscaled.
    """

    features: Array
    base: Array
    ones: Array
    zeros: Array
    ranges: tuple[tuple[int, int], ...]
    terms: int
    scale: int
    largest: float
    goal: Goal
    demands: Demands

    @property
    def choices(self) -> int:
        """The number of choices of weights, whatever `terms` is."""
        return math.prod(high - low + 1 for low, high in self.ranges)


class Branching:
    """One search; `tick` receives the choices done and their total, and may raise StoppedError."""

    def __init__(self, asked: Branches, tick: Callable[[int, int], None]) -> None:
        self._asked, self._tick = asked, tick
        self._rows = int(asked.ones.sum() + asked.zeros.sum())
        self._answers: list[Answer] = []
        self._best: Answer | None = None
        self._losses: dict[bytes, float] = {}
        self.examined = 0
        self._steepest = steepest_of(asked.largest)
        far = np.abs(asked.base).astype(np.float64)
        far += np.abs(asked.features) @ np.array([max(map(abs, r)) for r in asked.ranges], float)
        self._farthest = float(far.max(initial=1)) / asked.scale or 1.0
        self._constant = self._steepest * self._farthest + math.log(self._rows + 1) + 20
        self._margin = MARGIN * self._rows * 16 * max(1.0, self._constant / 1820)
        spread = np.abs(asked.features).max(0, initial=1) / asked.scale
        self._spreads = np.where(spread > 0, spread, 1.0)
        self._order: list[int] = []

    # ------------------------------------------------------------------ search

    def run(self, *, proves: bool = True) -> tuple[Answer | None, Proof]:
        """Return the best answer (None if there is none), and the extent of its proof."""
        asked = self._asked
        proof = Proof("proved" if proves else "searched", choices=asked.choices)
        try:
            self._start()
            if proves:
                self._branch(proof)
        except (StoppedError, KeyboardInterrupt) as stop:
            proof.status = "stopped"
            proof.is_interrupted = isinstance(stop, KeyboardInterrupt)
        best = self._ranked()
        proof.examined = self.examined
        if best is not None and self._is_perfect(best):
            proof.status = "proved"
        if best is not None and proof.status == "proved":
            proof.bound = best.value
        return best, proof

    def _ranked(self) -> Answer | None:
        """Return the best answer; ties go to the first in their order."""
        if not self._answers:
            return None
        left = self._answers
        if self._asked.goal.kind != LOSS:
            key = min((answer.value, answer.terms) for answer in left)
            left = [answer for answer in left if (answer.value, answer.terms) == key]
        limit = self._same(min(answer.loss for answer in left))
        return min((answer for answer in left if answer.loss <= limit), key=lambda a: a.order)

    def _is_perfect(self, best: Answer) -> bool:
        """Return whether nothing can be better, as no value is below 0."""
        if self._asked.goal.kind == LOSS:
            return best.value * (1 - TIE) - TINY * self._rows < 0
        return best.value == 0

    def _same(self, loss: float) -> float:
        return loss * (1 + TIE) + TINY * self._rows

    def _cutoff(self) -> float:
        """Return the largest value that may still be an answer."""
        if self._best is None:
            return math.inf
        value = self._best.value
        return self._same(value) if self._asked.goal.kind == LOSS else value

    def _start(self) -> None:
        """Set the order of the weights, and look for good answers: rounded, then improved."""
        asked = self._asked
        count = len(asked.ranges)
        theta = self._minimised(asked.base[None], list(range(count)), math.inf)[1][0][2:]
        real = theta / self._spreads
        deviation = asked.features.std(0) / asked.scale
        sizes = np.abs(real) * deviation
        self._order = sorted(range(count), key=lambda place: (-sizes[place], place))
        lows = np.array([low for low, _ in asked.ranges], np.int64)
        highs = np.array([high for _, high in asked.ranges], np.int64)
        most = float(np.abs(real).max(initial=0))
        unit = max((max(abs(low), abs(high)) for low, high in asked.ranges), default=0)
        starts = {tuple(np.clip(np.zeros(count, np.int64), lows, highs).tolist())}
        for step in range(1, _SCALES + 1):
            if most > 0:
                rounded = np.rint(real * (unit * step / _SCALES / most)).astype(np.int64)
                starts.add(tuple(np.clip(rounded, lows, highs).tolist()))
        begun = [answer for start in sorted(starts) if (answer := self._answer(start))]
        for answer in sorted(begun, key=lambda each: (each.value, each.order))[:2]:
            self._mend(answer)

    def _mend(self, answer: Answer) -> None:
        """Change single weights as long as that helps."""
        for _ in range(_PASSES):
            before = answer
            for place in self._order:
                low, high = self._asked.ranges[place]
                near = range(
                    max(low, answer.weights[place] - 10), min(high, answer.weights[place] + 10) + 1
                )
                for value in near:
                    changed = list(answer.weights)
                    changed[place] = value
                    other = (
                        self._answer(tuple(changed)) if tuple(changed) != answer.weights else None
                    )
                    if other is not None and other.value < answer.value:
                        answer = other
                self._tick(0, self._asked.choices)
            if answer is before:
                break

    def _answer(self, weights: tuple[int, ...]) -> Answer | None:
        """Evaluate some weights, and keep them if they are among the best."""
        asked = self._asked
        line = np.array(weights, np.int64)
        if int((line != 0).sum()) > asked.terms:
            return None
        self.examined += 1
        totals = asked.base + asked.features @ line
        cut = asked.demands.cut(line, totals, asked.goal.costs)
        if cut is None:
            return None
        if asked.goal.kind == LOSS:
            value = loss = self._loss(totals)
        else:
            is_cost = asked.goal.kind == COST
            value = cut.cost if is_cost else wrong_pairs(totals, asked.ones, asked.zeros)
            loss = self._loss(totals) if value <= self._cutoff() else math.inf
        answer = Answer(value, loss, weights, cut.threshold)
        if value <= self._cutoff():
            self._answers.append(answer)
            if self._best is None or self._key(answer) < self._key(self._best):
                self._best = answer
                limit = self._cutoff()
                self._answers = [each for each in self._answers if each.value <= limit]
        return answer

    def _key(self, answer: Answer) -> tuple[float, ...]:
        if self._asked.goal.kind == LOSS:
            return (answer.value,)
        return answer.value, answer.terms, answer.loss

    def _loss(self, totals: Array) -> float:
        """Return the loss of all rows by their sums."""
        key = totals.tobytes()
        if key not in self._losses:
            ones, sums = self._asked.ones, totals / self._asked.scale
            rows = (ones + self._asked.zeros).astype(float)
            odds = odds_of(sums, ones, rows, self._steepest)
            self._losses[key] = loss_of(odds.constant + odds.slope * sums, ones, rows)
        return self._losses[key]

    # ------------------------------------------------------------------ branches

    def _branch(self, proof: Proof) -> None:
        asked = self._asked
        sizes = [asked.ranges[place][1] - asked.ranges[place][0] + 1 for place in self._order]
        below = [math.prod(sizes[depth:]) for depth in range(len(sizes) + 1)]
        stack: list[tuple[int, Array]] = [(0, np.zeros((1, 0), np.int64))]
        if not self._order:
            self._answer(())
            stack, proof.bounded = [], 1
        while stack:
            depth, lines = stack.pop()
            low, high = asked.ranges[self._order[depth]]
            values = np.arange(low, high + 1)
            wide = np.repeat(lines, len(values), axis=0)
            children = np.column_stack([wide, np.tile(values, len(lines))])
            kept = self._kept(depth + 1, children)
            proof.bounded += (len(children) - len(kept)) * below[depth + 1]
            if depth + 1 == len(sizes):
                for line in kept:
                    self._answer(self._in_order(line))
                proof.bounded += len(kept)
            else:
                room = self._batch(sizes[depth + 1])
                parts = [kept[begin : begin + room] for begin in range(0, len(kept), room)]
                stack += [(depth + 1, part) for part in reversed(parts)]
            self._tick(min(proof.bounded, proof.choices - bool(stack)), proof.choices)

    def _batch(self, children: int) -> int:
        """Return the number of branches of a batch."""
        cells = len(self._asked.base)
        each = cells * (len(self._order) + 2)
        if self._asked.goal.kind == AUC:
            each = max(each, cells * cells)
        return max(1, _ROOM // (each * children))

    def _in_order(self, line: Array) -> tuple[int, ...]:
        weights = [0] * len(self._order)
        for place, value in zip(self._order, line.tolist(), strict=True):
            weights[place] = value
        return tuple(weights)

    def _kept(self, depth: int, lines: Array) -> Array:
        """Return the branches that may lead to an answer, the best bound first."""
        asked = self._asked
        done, rest = self._order[:depth], self._order[depth:]
        used = (lines != 0).sum(1)
        forced = sum(not low <= 0 <= high for low, high in (asked.ranges[p] for p in rest))
        least_terms = used + forced
        lines = lines[least_terms <= asked.terms]
        lines = lines[asked.demands.possible(lines, done, rest, asked.ranges)]
        if not len(lines):
            return lines
        totals = asked.base + lines @ asked.features[:, done].T
        cutoff = self._cutoff()
        if asked.goal.kind == LOSS:
            bounds = self._minimised(totals, rest, cutoff)[0]
            is_kept = bounds <= cutoff
        else:
            bounds = self._counted(totals, rest)
            is_kept = bounds <= cutoff
            if self._best is not None:
                terms = (lines != 0).sum(1) + forced
                is_kept &= (bounds < cutoff) | (terms <= self._best.terms)
                ties = np.flatnonzero(is_kept & (bounds == cutoff) & (terms == self._best.terms))
                if len(ties):
                    limit = self._same(self._best.loss)
                    losses = self._minimised(totals[ties], rest, limit)[0]
                    is_kept[ties[losses > limit]] = False
        order = np.argsort(bounds[is_kept], kind="stable")
        kept: Array = lines[is_kept][order]
        return kept

    def _minimised(self, totals: Array, rest: list[int], cutoff: float) -> tuple[Array, Array]:
        """Bound the loss of branches from below, over all real values of their other weights."""
        asked = self._asked
        count, cells = totals.shape
        sums = totals / asked.scale
        far = max(float(np.abs(sums).max(initial=0)), 1e-9)
        columns = [np.ones((count, cells, 1)), (sums / far)[:, :, None]]
        scaled = asked.features[:, rest] / asked.scale / self._spreads[rest]
        columns.append(np.broadcast_to(scaled, (count, *scaled.shape)))
        reaches = np.array(
            [
                self._constant,
                self._steepest * far,
                *(REACH * self._reach(rest)),
            ]
        )
        ones = np.broadcast_to(asked.ones.astype(float), (count, cells))
        all_ = np.broadcast_to((asked.ones + asked.zeros).astype(float), (count, cells))
        lower, _, weights = minimise(
            np.concatenate(columns, axis=2), ones, all_, cutoff, self._margin, reaches=reaches
        )
        return lower, weights

    def _reach(self, rest: list[int]) -> Array:
        """Return the most that a scaled column can move odds, over REACH: its range, unscaled."""
        asked = self._asked
        unit = np.array([max(map(abs, asked.ranges[place])) for place in rest], float)
        whole = unit * self._steepest / REACH  # a weight of this many units, at the steepest slope
        result: Array = np.maximum(whole * self._spreads[rest], 1e-9)
        return result

    def _counted(self, totals: Array, rest: list[int]) -> Array:
        """Bound the value of a count: costs, or twice the pairs in the wrong order."""
        asked = self._asked
        lows, highs = self._rest(rest)
        if asked.goal.kind == AUC:
            return self._pairs(totals, rest)
        miss, alarm = asked.goal.costs
        fixed = asked.demands.decided(totals + lows, totals + highs)
        decided = (fixed == 0) @ (asked.ones * miss) + (fixed == 1) @ (asked.zeros * alarm)
        bounds: Array = np.maximum(decided, self._cuts(totals, rest)).astype(np.float64)
        return bounds

    def _rest(self, rest: list[int]) -> tuple[Array, Array]:
        """Return the minimum and maximum that the other weights add in each cell."""
        return extremes(self._asked.features[:, rest], [self._asked.ranges[p] for p in rest])

    def _cuts(self, totals: Array, rest: list[int]) -> Array:
        """Bound costs: cells that agree in all other columns are in the order of their sums."""
        asked = self._asked
        miss, alarm = asked.goal.costs
        group = np.unique(asked.features[:, rest], axis=0, return_inverse=True)[1].reshape(-1)
        if not rest:
            group = np.zeros(len(asked.base), np.int64)
        by_total = np.argsort(totals, axis=1, kind="stable")
        by_group = np.argsort(group[by_total], axis=1, kind="stable")
        order = np.take_along_axis(by_total, by_group, axis=1)
        ordered = np.take_along_axis(totals, order, axis=1)
        sizes = np.bincount(group)
        starts = np.concatenate([[0], np.cumsum(sizes)[:-1]])
        missed = (asked.ones * miss)[order]
        alarmed = (asked.zeros * alarm)[order]
        # before cell k of a group: those before it are silent, it and those after it fire
        change = missed - alarmed
        passed = np.cumsum(change, axis=1) - change
        passed -= np.repeat(passed[:, starts], sizes, axis=1)
        all_alarms = np.add.reduceat(alarmed, starts, axis=1)
        costs = passed + np.repeat(all_alarms, sizes, axis=1)
        is_cut = np.ones(ordered.shape, bool)
        is_cut[:, 1:] = ordered[:, 1:] != ordered[:, :-1]
        is_cut[:, starts] = True
        costs = np.where(is_cut, costs, np.iinfo(np.int64).max)
        least = np.minimum.reduceat(costs, starts, axis=1)
        silent = np.add.reduceat(missed, starts, axis=1)
        total: Array = np.minimum(least, silent).sum(1)
        return total

    def _pairs(self, totals: Array, rest: list[int]) -> Array:
        """Bound twice the pairs in the wrong order: some are, whatever the other weights are."""
        asked = self._asked
        features = asked.features[:, rest]
        spans = [asked.ranges[place] for place in rest]
        cells = len(asked.base)
        difference = (features[:, None, :] - features[None, :, :]).reshape(cells * cells, len(rest))
        lows, highs = (each.reshape(cells, cells) for each in extremes(difference, spans))
        weight = 2 * asked.ones[:, None] * asked.zeros[None, :]
        gap = totals[:, :, None] - totals[:, None, :]
        least, most = gap + lows, gap + highs
        tied = (least == 0) & (most == 0)
        # of two cells, the ones of one or of the other are below zeros, if they are not tied
        free = ~(least > 0) & ~(most < 0) & ~tied
        both = np.minimum(weight, weight.T)
        is_free = free & np.triu(np.ones((cells, cells), bool), 1)
        wrong = most < 0  # the 1 is below the 0, whatever comes
        fixed = np.where(wrong, weight, 0).sum((1, 2))
        fixed += np.where(tied, weight // 2, 0).sum((1, 2))
        loose: Array = np.where(is_free, both, 0).sum((1, 2))
        bounds: Array = (fixed + loose).astype(np.float64)
        return bounds


def extremes(features: Array, ranges: list[tuple[int, int]]) -> tuple[Array, Array]:
    """Return the minimum and maximum of each row of features times numbers within bounds."""
    lows = np.array([low for low, _ in ranges], np.int64)
    highs = np.array([high for _, high in ranges], np.int64)
    first, last = features * lows, features * highs
    return np.minimum(first, last).sum(1), np.maximum(first, last).sum(1)


def wrong_pairs(totals: Array, ones: Array, zeros: Array) -> int:
    """Return twice the pairs of a 1 and a 0 in the wrong order; a tie is half of one."""
    places = np.unique(totals, return_inverse=True)[1]
    size = int(places.max(initial=0)) + 1
    hits, others = np.zeros(size, np.int64), np.zeros(size, np.int64)
    np.add.at(hits, places, ones)
    np.add.at(others, places, zeros)
    below = np.cumsum(hits) - hits
    return int((others * (2 * below + hits)).sum())
