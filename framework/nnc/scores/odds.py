"""The meaning of points: the risk at each total, a threshold, and its quality."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Protocol

from nnc.diagnostics.diagnostic import Diagnostic
from nnc.lazy import np
from nnc.numbers.exact import rounded_percent
from nnc.numbers.integers import Array
from nnc.records import NOT_WRITTEN
from nnc.scores.goals import Goal
from nnc.scores.search import REACH

MIN_AUC = 0.55
"""Sums that rank rows no better than this are not recommended for ranking."""


@dataclass(frozen=True, slots=True)
class Baseline:
    """The constant answer that is right in more of the training rows."""

    always: int
    """The constant: 0 or 1."""
    accuracy: float
    """The share of rows that are judged rightly."""
    rows: int = field(metadata=NOT_WRITTEN)
    ones: int = field(metadata=NOT_WRITTEN)

    @classmethod
    def of(cls, rows: int, ones: int, always: int | None = None) -> Baseline:
        """Return the constant `always`, or the one that is right in more of the rows, or 0."""
        always = int(2 * ones > rows) if always is None else always
        right = ones if always else rows - ones
        return cls(always, round(right / rows, 8) if rows else 1.0, rows, ones)

    @property
    def misses(self) -> int:
        """The number of ones that it answers with 0."""
        return 0 if self.always else self.ones

    @property
    def false_alarms(self) -> int:
        """The number of zeros that it answers with 1."""
        return self.rows - self.ones if self.always else 0


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
        """The number of ones answered with 0."""

    @property
    def false_alarms(self) -> int:
        """The number of zeros answered with 1."""


def no_better(
    output: str, train: Judged, test: Judged | None, goal: Goal, auc: float | None, advice: str
) -> Diagnostic | None:
    """Return a warning if an output costs no less than a constant, else None.

    Limits may exclude the constants, so they are not compared then. `advice` suggests how to get a
    better answer.
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
        return loss_of(odds, ones, np.ones(len(totals))) / len(totals)


def loss_of(odds: Array, ones: Array, rows: Array) -> float:
    """Return the logarithmic loss of cells; `ones` counts the rows of each that are 1."""
    losses = rows * (np.maximum(odds, 0) + np.log1p(np.exp(-np.abs(odds)))) - ones * odds
    return math.fsum(losses.tolist())


def steepest_of(largest: float) -> float:
    """Return the largest slope of odds: the largest weight moves their logarithm by at most 300.

    This gives a best slope if points separate the rows.
    """
    return REACH / max(largest, 5)


def odds_of(sums: Array, ones: Array, rows: Array, steepest: float) -> Odds:
    """Return the odds that fit cells best; a larger sum never means a smaller risk.

    Each cell has `rows`, of which `ones` are 1. There are ones and zeros.
    """
    x, places = np.unique(sums, return_inverse=True)
    hits = np.bincount(places, weights=ones)
    count = np.bincount(places, weights=rows)
    x, high, low = x.astype(np.float64), x[hits > 0], x[hits < count]
    if high.min() >= low.max():
        return _odds_of_slope(x, hits, count, steepest)
    if high.max() <= low.min():
        return _odds_of_slope(x, hits, count, 0.0)
    odds = _newton(x, hits, count)
    if 0 < odds.slope < steepest:
        return odds
    return _odds_of_slope(x, hits, count, min(max(odds.slope, 0.0), steepest))


def _risks(odds: Array) -> Array:
    small = np.exp(-np.abs(odds))
    risks: Array = np.where(odds >= 0, 1, small) / (1 + small)
    return risks


def _odds_of_slope(sums: Array, ones: Array, rows: Array, slope: float) -> Odds:
    """Find the best constant beside a slope, by bisection."""
    far = float(np.abs(slope * sums).max()) + math.log(rows.sum()) + 2
    low, high = -far, far
    for _ in range(80):
        middle = (low + high) / 2
        over = float((rows * _risks(middle + slope * sums) - ones).sum())
        low, high = (low, middle) if over > 0 else (middle, high)
    return Odds((low + high) / 2, slope)


def _newton(sums: Array, ones: Array, rows: Array) -> Odds:
    """Find the best odds, of any slope, for sums that do not separate the rows."""
    centre = float((rows * sums).sum() / rows.sum())
    x = sums - centre
    share = float(ones.sum() / rows.sum())
    constant, slope = math.log(share / (1 - share)), 0.0
    loss = loss_of(np.full(len(x), constant), ones, rows)
    for _ in range(200):
        risks = _risks(constant + slope * x)
        over, bend = rows * risks - ones, rows * risks * (1 - risks)
        first, second = float(over.sum()), float((over * x).sum())
        a, b, c = float(bend.sum()), float((bend * x).sum()), float((bend * x * x).sum())
        determinant = a * c - b * b
        if determinant <= 0:
            break
        down = (c * first - b * second) / determinant
        flatter = (a * second - b * first) / determinant
        part = 1.0
        odds, step = constant + slope * x, down + flatter * x
        while (new := loss_of(odds - part * step, ones, rows)) > loss:
            part /= 2
            if part < 1e-9:
                return Odds(constant - slope * centre, slope)
        constant, slope = constant - part * down, slope - part * flatter
        if loss - new <= 1e-15 * loss:
            break
        loss = new
    return Odds(constant - slope * centre, slope)


@dataclass(frozen=True, slots=True, kw_only=True)
class Quality:
    """The quality of points and a threshold in some rows."""

    rows: int
    """The number of rows."""
    ones: int
    """The number of rows that are 1."""
    loss: float
    """The mean logarithmic loss."""
    accuracy: float
    """The share of rows that are judged rightly."""
    auc: float | None
    """The share of pairs of a 1 and a 0 that the points order rightly; null without pairs."""
    hits: int
    """The rows that are 1 and judged so."""
    misses: int
    """The rows that are 1 and judged 0."""
    false_alarms: int
    """The rows that are 0 and judged 1."""
    baseline: Baseline
    """The constant that is right in more of the rows that were fitted."""


def quality_of(
    totals: Array, ones: Array, odds: Odds, threshold: int, always: int | None = None
) -> Quality:
    """Return the quality of points in some rows; shares are rounded to 8 decimals.

    `always` is the constant to compare with, None for the better one in these rows.
    """
    rows, is_one, fires = len(totals), ones == 1, totals >= threshold
    auc = auc_of(totals, ones)
    return Quality(
        rows=rows,
        ones=int(is_one.sum()),
        loss=odds.loss(totals, ones) if rows else 0.0,
        accuracy=round(float((fires == is_one).mean()), 8) if rows else 0.0,
        auc=None if auc is None else round(auc, 8),
        hits=int((fires & is_one).sum()),
        misses=int((~fires & is_one).sum()),
        false_alarms=int((fires & ~is_one).sum()),
        baseline=Baseline.of(rows, int(is_one.sum()), always),
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
