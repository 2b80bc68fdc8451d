"""The goal of a score, the cost of its mistakes, and its limits."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

from nnc.diagnostics.diagnostic import Diagnostic, InvalidRowsError
from nnc.lazy import np
from nnc.numbers.exact import Number, Refused, counted, read_number, shorten, show_number
from nnc.numbers.integers import Array
from nnc.scores.cells import AUC, COST, LOSS, Objective
from nnc.scores.columns.table import Table
from nnc.scores.columns.terms import unknown_column

GoalName = Literal["loss", "accuracy", "auc"]
GOALS: tuple[GoalName, ...] = ("loss", "accuracy", "auc")
KINDS = {"loss": LOSS, "accuracy": COST, "auc": AUC}
MEASURES = ("false_alarms", "misses", "alarms", "errors")
_LIMIT = re.compile(
    r"\s*(?:gap\((?P<column>.+),\s*(?P<gap>\w+)\s*\)|(?P<rate>\w+))\s*<=\s*(?P<bound>\S+)\s*"
)
MAX_PARTS = 20
_MOST = 10**9


@dataclass(frozen=True, slots=True)
class Limit:
    """A rate that may be at most `bound`; with a column, the gap between its values.

    `false_alarms` are a share of the rows that are 0, `misses` of those that are 1, `alarms` and
    `errors` of all.
    """

    measure: str
    bound: Number
    column: str | None = None

    def __str__(self) -> str:
        rate = self.measure if self.column is None else f"gap({self.column}, {self.measure})"
        return f"{rate}<={show_number(self.bound)}"


def read_limit(text: str) -> Limit:
    """Read a limit such as `false_alarms<=0.05` or `gap(sex, misses)<=0.02`. Raises Refused."""
    match = _LIMIT.fullmatch(text)
    example = "write it as false_alarms<=0.05 or gap(sex, false_alarms)<=0.02"
    if match is None:
        raise Refused("wrong-usage", f"`{text}` is not a limit", example)
    measure = match["gap"] or match["rate"]
    if measure not in MEASURES:
        raise Refused(
            "wrong-usage", f"`{measure}` is no rate", f"the rates are {', '.join(MEASURES)}"
        )
    bound = read_number(match["bound"])
    if not 0 <= bound <= 1:
        raise Refused("wrong-usage", f"`{match['bound']}` is not from 0 to 1", example)
    return Limit(measure, bound, match["column"] and match["column"].strip())


@dataclass(frozen=True, slots=True)
class Goal:
    """A goal, the cost of a missed 1 and of a false alarm, and limits."""

    name: GoalName = "loss"
    miss: Number = 1
    false_alarm: Number = 1
    limits: tuple[Limit, ...] = ()

    @property
    def kind(self) -> int:
        """The goal as the kernels count it."""
        return KINDS[self.name]

    @property
    def costs(self) -> tuple[int, int]:
        """The costs of a missed 1 and of a false alarm as integers in the same ratio."""
        miss, alarm = Fraction(self.miss), Fraction(self.false_alarm)
        common = math.lcm(miss.denominator, alarm.denominator)
        whole = int(miss * common), int(alarm * common)
        shared = math.gcd(*whole) or 1
        return whole[0] // shared, whole[1] // shared

    @property
    def objective(self) -> Objective:
        """The goal with its costs, as the kernels take them."""
        miss, false_alarm = self.costs
        return Objective(self.kind, (float(miss), float(false_alarm)))


LEAST_LOSS = Goal()


class Judge:
    """The limits over some rows: counts of the parts of rows that each of them compares.

    `codes` has for each limit the part of every row, and the number of parts.
    """

    def __init__(
        self, goal: Goal, ones: Array, codes: Sequence[tuple[Array, int]], fixed: Array | None
    ) -> None:
        self.goal, self.ones, self._codes = goal, ones, codes
        self._fixed = np.zeros(len(ones), np.int64) if fixed is None else fixed
        self._groups = np.unique(self._fixed, return_inverse=True)[1]
        lines, first = [], 0
        for limit, (_, count) in zip(goal.limits, codes, strict=True):
            bound = Fraction(limit.bound)
            line = MEASURES.index(limit.measure), bound.numerator, bound.denominator, first, count
            lines.append(line)
            first += count
        self.limits = np.array(lines, np.int64).reshape(-1)

    def parts(self, columns: Array, bits: Array, groups: Array) -> Array:
        """Count the ones and zeros of each part in the cells of some columns, rows x columns."""
        if not self._codes:
            return np.zeros(0, np.int64)
        size = columns.shape[1]
        powers = 1 << np.arange(size, dtype=np.int64)
        places = np.zeros(int(self._groups.max() + 1) << size, np.int64)
        places[(groups << size) + bits @ powers] = np.arange(len(bits))
        cell = places[(self._groups << size) + columns.astype(np.int64) @ powers]
        return self.counts(cell, len(bits))

    def totals(self, columns: Array, points: Sequence[int]) -> Array:
        """Return the points of each row that has these of some columns, rows x columns."""
        total: Array = self._fixed + columns.astype(np.int64) @ np.array(points, np.int64)
        return total

    def counts(self, cell: Array, count: int) -> Array:
        """Count the ones and zeros of each part in each cell; `cell` has the cell of each row."""
        counted = []
        for codes, parts in self._codes:
            place = (codes * count + cell) * 2 + (1 - self.ones)
            counted.append(np.bincount(place, minlength=parts * count * 2))
        return np.concatenate(counted).astype(np.int64)

    def screens(self) -> Iterator[tuple[tuple[float, float], float]]:
        """Yield costs of a missed 1 and a false alarm, and their largest total within the limits.

        A choice of columns whose smallest cost is above that has no threshold within the limits.
        """
        ones = float(self.ones.sum())
        zeros = len(self.ones) - ones
        most = {limit.measure: limit.bound for limit in self.goal.limits if limit.column is None}
        if "misses" in most and "false_alarms" in most:
            for share in (0.5, 0.35, 0.65, 0.2, 0.8, 0.1, 0.9):
                sum_ = share * float(most["misses"]) + (1 - share) * float(most["false_alarms"])
                yield (share / ones, (1 - share) / zeros), sum_ + 1e-9
        if "errors" in most:
            yield (1.0, 1.0), float(most["errors"]) * len(self.ones) + 1e-6

    def keeps(self, fires: Array) -> bool:
        """Return whether the limits hold if these rows fire."""
        for limit, (codes, count) in zip(self.goal.limits, self._codes, strict=True):
            rates = [
                rate
                for part in range(count)
                if (rate := _rate(limit.measure, fires[codes == part], self.ones[codes == part]))
                is not None
            ]
            spread = max(rates, default=Fraction()) - (
                min(rates, default=Fraction()) if count > 1 else 0
            )
            if spread > limit.bound:
                return False
        return True

    def threshold(self, totals: Array) -> int | None:
        """Return the cheapest threshold within the limits; ties go to the highest.

        Some rows reach it and some do not. None if there is none.
        """
        points, places = np.unique(totals, return_inverse=True)
        hits = np.bincount(places, weights=self.ones).astype(np.int64).tolist()
        all_ = np.bincount(places).tolist()
        miss, alarm = self.goal.costs
        misses, alarms = 0, sum(all_) - sum(hits)
        best: tuple[int, int] | None = None
        for place in range(1, len(points)):
            misses += hits[place - 1]
            alarms -= all_[place - 1] - hits[place - 1]
            cost = misses * miss + alarms * alarm
            point = int(points[place])
            if (best is None or cost <= best[0]) and self.keeps(totals >= point):
                best = cost, point
        return None if best is None else best[1]


def parts_of(table: Table, goal: Goal) -> list[tuple[Array, int]]:
    """Return for each limit the part of each row, and the number of parts.

    Raises InvalidRowsError if the column of a gap is unknown, or has too many values.
    """
    parts = []
    for limit in goal.limits:
        if limit.column is None:
            parts.append((np.zeros(table.count, np.int64), 1))
            continue
        column = table.columns.get(limit.column)
        if column is None:
            raise InvalidRowsError([unknown_column(limit.column, list(table.columns))])
        present = np.flatnonzero(column.counts)
        if not 2 <= len(present) <= MAX_PARTS:
            message = f"column `{shorten(limit.column)}` has {counted(len(present), 'value')}"
            message += f"; a gap is between 2 to {MAX_PARTS} of them"
            raise InvalidRowsError([Diagnostic("unknown-fit-column", message)])
        parts.append((np.searchsorted(present, column.codes), len(present)))
    return parts


def _rate(measure: str, fires: Array, ones: Array) -> Fraction | None:
    wrong = {
        "false_alarms": (fires & (ones == 0), int((ones == 0).sum())),
        "misses": (~fires & (ones == 1), int((ones == 1).sum())),
        "alarms": (fires, len(ones)),
        "errors": (fires != (ones == 1), len(ones)),
    }
    rows, all_ = wrong[measure]
    return Fraction(int(rows.sum()), all_) if all_ else None


def read_costs(texts: Sequence[str]) -> Mapping[str, Number]:
    """Read costs such as `miss=5,false_alarm=1`. Raises Refused."""
    costs: dict[str, Number] = {}
    for each in (part for text in texts for part in text.split(",")):
        name, _, number = each.partition("=")
        name = name.strip()
        if name not in ("miss", "false_alarm") or name in costs:
            raise Refused("wrong-usage", f"`{each}` is no cost", "write miss=5,false_alarm=1")
        cost = read_number(number.strip())
        if cost <= 0:
            raise Refused("wrong-usage", f"a cost is above 0, and `{number}` is not", "")
        costs[name] = cost
    check_costs(costs)
    return costs


def check_costs(costs: Mapping[str, Number]) -> None:
    """Raise Refused for costs that sums over many rows cannot hold exactly."""
    goal = Goal(miss=costs.get("miss", 1), false_alarm=costs.get("false_alarm", 1))
    if max(goal.costs) > _MOST:
        message = "the costs are too far apart, or have too many digits"
        hint = f"in whole numbers of their proportion they are at most {_MOST:,}"
        raise Refused("wrong-usage", message, hint)
