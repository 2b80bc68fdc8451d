"""The better of two constant answers, always 0 and always 1, which every fit is compared with."""

from __future__ import annotations

from typing import NamedTuple, Protocol

from nnc.diagnostics.diagnostic import Diagnostic
from nnc.numbers.exact import rounded_percent
from nnc.scores.goals import Goal

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
