"""The meaning of points: the risk at each total, a threshold, and how good that is."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import NamedTuple, Protocol

import numpy as np

from nnc.diagnostics.diagnostic import Diagnostic
from nnc.numbers.exact import rounded_percent
from nnc.numbers.integers import Array
from nnc.scores.goals import Goal
from nnc.scores.search import REACH

MIN_AUC = 0.55
"""Sums that rank rows no better than this are not recommended for ranking."""


class Baseline(NamedTuple):
    """The constant that is right in more rows, and how it does."""

    value: int
    rows: int
    ones: int

    @classmethod
    def of(cls, rows: int, ones: int) -> Baseline:
        """Return the constant that is right in more of some rows; 0 where both are."""
        return cls(int(2 * ones > rows), rows, ones)

    @property
    def right(self) -> int:
        """The number of rows that it judges correctly."""
        return self.ones if self.value else self.rows - self.ones

    @property
    def misses(self) -> int:
        """The number of ones that it takes for 0."""
        return 0 if self.value else self.ones

    @property
    def false_alarms(self) -> int:
        """The number of zeros that it takes for 1."""
        return self.rows - self.ones if self.value else 0

    @property
    def accuracy(self) -> float:
        """The share of rows that it judges correctly; 1 where there are none."""
        return self.right / self.rows if self.rows else 1.0


class Judged(Protocol):
    """The number of rows that an output judges correctly."""

    @property
    def rows(self) -> int:
        """The number of rows."""

    @property
    def ones(self) -> int:
        """The number of rows that are 1."""

    @property
    def misses(self) -> int:
        """The number of ones that are taken for 0."""

    @property
    def false_alarms(self) -> int:
        """The number of zeros that are taken for 1."""


def no_better(
    output: str, train: Judged, test: Judged | None, goal: Goal, auc: float | None, advice: str
) -> Diagnostic | None:
    """Return a warning that an output costs no less than a constant; None where it does.

    Limits may exclude the constants, so that nothing is said of them. `advice` says how a better
    answer might be found.
    """
    if goal.limits:
        return None
    for judged, where in ((train, ""), (test, " for the test")):
        if judged is None or not 0 < judged.ones < judged.rows:
            continue
        miss, alarm = goal.costs
        cost = judged.misses * miss + judged.false_alarms * alarm
        zeros = judged.rows - judged.ones
        value, least = (0, judged.ones * miss), (1, zeros * alarm)
        constant, best = min(value, least, key=lambda pair: pair[1])
        if cost < best:
            continue
        right = rounded_percent(judged.rows - judged.misses - judged.false_alarms, judged.rows)
        base = rounded_percent(zeros if constant == 0 else judged.ones, judged.rows)
        message = (
            f"output `{output}` is no better than always {constant}: it is right in {right} % "
        )
        message += f"of the rows{where}, and always {constant} in {base} %"
        if miss != alarm:
            message = f"output `{output}` is no better than always {constant}: its mistakes cost "
            message += f"{cost:,} in the rows{where}, and those of always {constant} {best:,}"
        hint = _help(judged, auc, advice)
        if where:
            hint = "give more rows to learn from, or leave fewer numbers to be found"
        return Diagnostic("no-better-than-constant", message, help=hint)
    return None


def _help(judged: Judged, auc: float | None, advice: str) -> str:
    zeros = judged.rows - judged.ones
    rare, common = "miss", zeros // judged.ones
    if judged.ones > zeros:
        rare, common = "false_alarm", judged.ones // zeros
    ways = [advice]
    if common > 1:
        ways.append(f"weigh the rarer label with --cost {rare}={common}")
    if auc is not None and auc > MIN_AUC:
        ways.append(f"use its sum, which ranks the rows (AUC {auc:.3f})")
    return ", or ".join(ways)


@dataclass(frozen=True, slots=True)
class Odds:
    """The logarithm of the odds is `constant + slope * points`."""

    constant: float
    slope: float

    def risk(self, points: int) -> float:
        """Return the risk at a number of points."""
        odds = self.constant + self.slope * points
        if odds >= 0:
            return 1 / (1 + math.exp(-odds))
        return math.exp(odds) / (1 + math.exp(odds))

    def loss(self, totals: Array, ones: Array) -> float:
        """Return the mean logarithmic loss of rows by their points."""
        odds = self.constant + self.slope * totals.astype(np.float64)
        losses = np.maximum(odds, 0) + np.log1p(np.exp(-np.abs(odds))) - ones * odds
        return math.fsum(losses.tolist()) / len(totals)


def odds_of(totals: Array, ones: Array, largest: int, rows: Array | None = None) -> Odds:
    """Return the odds that fit best, of points that never count down.

    A point moves the logarithm of the odds by at most 300 over the most points of a term, which
    counts where points separate the rows; so that there always is a best. With `rows`, each total
    stands for so many rows, of which `ones` are 1.
    """
    steepest = REACH / max(largest, 5)
    points, places = np.unique(totals, return_inverse=True)
    x = points.astype(np.float64)
    weights = np.ones(len(totals)) if rows is None else rows.astype(np.float64)
    all_ = np.bincount(places, weights=weights)
    hits = np.bincount(places, weights=ones.astype(np.float64))

    def constant(slope: float) -> float:
        """Return the best constant beside a slope."""
        low, high = -12 * REACH, 12 * REACH
        while high - low > 1e-12 * max(1.0, abs(low)):
            middle = (low + high) / 2
            if not low < middle < high:
                break
            over = float((all_ * _risk(middle + slope * x) - hits).sum())
            low, high = (low, middle) if over > 0 else (middle, high)
        return (low + high) / 2

    slope, here = 0.0, constant(0.0)
    for _ in range(500):  # Newton's steps, in the range of the slope, as long as they lead down
        risk = _risk(here + slope * x)
        over, bend = all_ * risk - hits, all_ * risk * (1 - risk)
        mean = float((bend * x).sum()) / max(float(bend.sum()), 1e-300)
        curve = float((bend * (x - mean) ** 2).sum())
        step = -float((over * (x - mean)).sum()) / max(curve, 1e-300)
        next_slope = min(max(slope + max(-1.0, min(step, 1.0)), 0.0), steepest)
        if abs(next_slope - slope) <= 1e-13 * max(1.0, slope):
            break
        slope, here = next_slope, constant(next_slope)
    return Odds(here, slope)


def _risk(odds: Array) -> Array:
    small = np.exp(-np.abs(odds))
    risk: Array = np.where(odds >= 0, 1, small) / (1 + small)
    return risk


@dataclass(frozen=True, slots=True)
class Quality:
    """The quality of points and a threshold in some rows.

    `auc` is None where all rows are of one kind.
    """

    rows: int
    ones: int
    loss: float
    auc: float | None
    hits: int
    false_alarms: int

    @property
    def accuracy(self) -> float:
        """The share of rows that are judged rightly."""
        return 1 - self.errors / self.rows if self.rows else 0.0

    @property
    def baseline(self) -> Baseline:
        """The better of always 0 and always 1."""
        return Baseline.of(self.rows, self.ones)

    @property
    def errors(self) -> int:
        """The rows that are judged wrongly."""
        return self.misses + self.false_alarms

    @property
    def misses(self) -> int:
        """The rows that are 1, and do not reach the threshold."""
        return self.ones - self.hits


def quality_of(totals: Array, ones: Array, odds: Odds, threshold: int) -> Quality:
    """Say how good points are in some rows."""
    fires = totals >= threshold
    return Quality(
        len(totals),
        int(ones.sum()),
        odds.loss(totals, ones) if len(totals) else 0.0,
        auc_of(totals, ones),
        int((fires & (ones == 1)).sum()),
        int((fires & (ones == 0)).sum()),
    )


def auc_of(totals: Array, ones: Array) -> float | None:
    """Return the share of pairs of a 1 and a 0 in which the 1 has more points; a tie is half."""
    _, places = np.unique(totals, return_inverse=True)
    hits = np.bincount(places, weights=ones).astype(np.int64).tolist()
    all_ = np.bincount(places).tolist()
    twice = below = 0
    for hit, count in zip(hits, all_, strict=True):
        twice += hit * (2 * below + count - hit)
        below += count - hit
    pairs = sum(hits) * below
    return twice / (2 * pairs) if pairs else None
