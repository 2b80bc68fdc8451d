"""Solve linear programs exactly with the dual simplex method over integers.

The tableau has one common denominator, the determinant of the basis, so that all divisions are
exact (Edmonds 1967). No cost is negative, so the origin is optimal without inequalities; each new
inequality is added to a program that is already solved.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from copy import copy
from fractions import Fraction
from math import lcm

from nnc.numbers.exact import Number

STEPS_BEFORE_BLAND = 60  # after this many, `solve` uses Bland's rule, which terminates
FIRST_SLACK = 1 << 40  # the slack variable of inequality i is FIRST_SLACK + i


class TooManyStepsError(Exception):
    """A program needs more steps than allowed."""


class LinearProgram:
    """Find numbers that satisfy linear inequalities and minimize sum(cost * |number|).

    The sign of a number says that it is free (0), nonnegative (1) or nonpositive (-1). `solve`
    either computes `values` and `cost`, or sets `multipliers`: by the name of each inequality,
    factors with which the inequalities add up to a contradiction.
    """

    def __init__(self, signs: Sequence[int], costs: Sequence[Number]) -> None:
        self._count = len(signs)
        # a free number is the difference of two parts; a part is (number, +1 or -1)
        self._parts: list[tuple[int, int]] = [
            (i, side) for i, sign in enumerate(signs) for side in (1, -1) if sign != -side
        ]
        self._nonbasic = list(range(len(self._parts)))
        self._basic: list[int] = []
        self._names: list[int] = []
        self._times: list[int] = []  # the factor that makes each inequality integral
        self._rows: list[list[int]] = []  # the right-hand side is the last entry
        self._cost_scale = lcm(*(cost.denominator for cost in costs))
        self._costs = [-int(costs[i] * self._cost_scale) for i, _ in self._parts] + [0]
        self._scale = 1
        self.steps = 0
        self.multipliers: dict[int, Fraction] = {}

    def copy(self) -> LinearProgram:
        """Return an independent copy of the program."""
        other = copy(self)
        other._parts, other._costs = self._parts.copy(), self._costs.copy()
        other._nonbasic, other._basic = self._nonbasic.copy(), self._basic.copy()
        other._names, other._times = self._names.copy(), self._times.copy()
        other._rows = [row.copy() for row in self._rows]
        return other

    def require(self, factors: Mapping[int, int], bound: Number, name: int) -> None:
        """Add the inequality sum(factors[i] * value[i]) >= bound under a name."""
        times = bound.denominator
        of_parts = [factors.get(i, 0) * side * times for i, side in self._parts]
        self._append(of_parts, int(bound * times), name, times)

    def require_size(self, costs: Sequence[int], limit: int, name: int) -> None:
        """Add the inequality sum(costs[i] * |value[i]|) <= limit under a name."""
        self._append([-costs[i] for i, _ in self._parts], -limit, name, 1)

    def _append(self, factors: list[int], bound: int, name: int, times: int) -> None:
        scale = self._scale
        row = [-scale * factors[v] if v < FIRST_SLACK else 0 for v in self._nonbasic]
        row.append(-scale * bound)
        for variable, other in zip(self._basic, self._rows, strict=True):
            if variable < FIRST_SLACK and (factor := factors[variable]):
                for j, entry in enumerate(other):
                    if entry:
                        row[j] += factor * entry
        self._basic.append(FIRST_SLACK + len(self._names))
        self._rows.append(row)
        self._names.append(name)
        self._times.append(times)

    def solve(self, max_steps: int | None = None) -> bool:
        """Return True if all inequalities can be satisfied together.

        Raises TooManyStepsError if the program would take more than `max_steps` steps in total.
        """
        before = self.steps
        while True:
            r = self._leaving(is_first=self.steps - before >= STEPS_BEFORE_BLAND)
            if r is None:
                return True
            s = self._entering(self._rows[r])
            if s is None:
                self._explain(r)
                return False
            if self.steps == max_steps:
                raise TooManyStepsError
            self._pivot(r, s)
            self.steps += 1

    def _leaving(self, *, is_first: bool) -> int | None:
        """Return the row of the most violated inequality, or of the first variable, or None."""
        broken = [r for r, row in enumerate(self._rows) if row[-1] < 0]
        if not broken:
            return None
        if is_first:
            return min(broken, key=lambda r: self._basic[r])
        return min(broken, key=lambda r: self._rows[r][-1])

    def _entering(self, row: list[int]) -> int | None:
        """Return the entering column that keeps all costs nonnegative, the first of equals."""
        best: tuple[int, int, int, int] | None = None
        costs = self._costs
        for j, variable in enumerate(self._nonbasic):
            if (entry := row[j]) < 0:
                # costs are stored as negatives, so both are at most 0
                if best is not None:
                    ahead = costs[j] * best[1] - best[0] * entry
                    if ahead > 0 or (ahead == 0 and variable > best[2]):
                        continue
                best = (costs[j], entry, variable, j)
        return None if best is None else best[3]

    def _pivot(self, r: int, s: int) -> None:
        row, scale = self._rows[r], self._scale
        new = -row[s]
        entries = [(j, entry) for j, entry in enumerate(row) if entry and j != s]
        for i, other in enumerate([*self._rows, self._costs]):
            if i == r:
                continue
            factor = other[s]
            if new != scale:
                for j, entry in enumerate(other):
                    if entry and j != s:
                        other[j] = entry * new
                if factor:
                    for j, entry in entries:
                        other[j] += factor * entry
                for j, entry in enumerate(other):
                    if entry and j != s:
                        other[j] = entry // scale
            elif factor:
                for j, entry in entries:
                    other[j] += factor * entry // scale
        for j, entry in entries:
            row[j] = -entry
        row[s] = -scale
        self._basic[r], self._nonbasic[s] = self._nonbasic[s], self._basic[r]
        self._scale = new

    def _explain(self, r: int) -> None:
        """Set the multipliers from a row that no numbers can satisfy."""
        factors = [(self._basic[r], self._scale)]
        factors += [(v, self._rows[r][j]) for j, v in enumerate(self._nonbasic)]
        self.multipliers = {}
        for variable, factor in factors:
            if variable >= FIRST_SLACK and factor:
                i = variable - FIRST_SLACK
                before = self.multipliers.get(self._names[i], Fraction(0))
                self.multipliers[self._names[i]] = before + factor * self._times[i]

    @property
    def weight(self) -> int:
        """The cost of a step, relative to one in a small program."""
        return 1 + len(self._rows) * len(self._nonbasic) // 1_000

    @property
    def cost(self) -> Fraction:
        """The cost at the current point, which is a lower bound until `solve` has finished."""
        return Fraction(self._costs[-1], self._scale * self._cost_scale)

    @property
    def values(self) -> list[Fraction]:
        """The numbers at the current point."""
        values = [Fraction(0)] * self._count
        for variable, row in zip(self._basic, self._rows, strict=True):
            if variable < FIRST_SLACK:
                i, side = self._parts[variable]
                values[i] += Fraction(side * row[-1], self._scale)
        return values

    @property
    def binding(self) -> list[int]:
        """The names of the inequalities that prevent a smaller cost."""
        return [
            self._names[v - FIRST_SLACK]
            for j, v in enumerate(self._nonbasic)
            if v >= FIRST_SLACK and self._costs[j]
        ]

    def is_only(self, numbers: Iterable[int]) -> bool:
        """Return True if these numbers have the same values in every optimum.

        False may also mean that this is unknown.
        """
        free = {v for j, v in enumerate(self._nonbasic) if not self._costs[j]}
        if not free:
            return True
        asked = set(numbers)
        moving = [j for j, v in enumerate(self._nonbasic) if v in free]
        for variable, row in zip(self._basic, self._rows, strict=True):
            is_asked = variable < FIRST_SLACK and self._parts[variable][0] in asked
            if is_asked and any(row[j] for j in moving):
                return False
        return all(v >= FIRST_SLACK or self._parts[v][0] not in asked for v in free)
