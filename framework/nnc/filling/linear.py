"""Linear inequalities -> a point with the least sum of sizes, or why none satisfies them all.

The dual simplex method in integers: the tableau has one common denominator, the determinant of the
basis, so that each division comes out even (Edmonds). All costs are at least 0, so that the origin
is the optimum while nothing is asked, and each inequality is added to a program that is solved.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction

_CALM = 60
"""After so many steps in a row the first row and column are taken, which ends (Bland)."""


class Program:
    """Numbers that satisfy inequalities, with the least sum of costs * sizes.

    Each number is free, not negative or not positive by its sign (0, 1, -1), and has a cost of at
    least 0. `solve` sets `values` and `least`, or `multipliers`: with these factors, by the name of
    each inequality, they add up to one that is false for all numbers of these signs.
    """

    def __init__(self, signs: Sequence[int], costs: Sequence[int]) -> None:
        self._count = len(signs)
        # a free number is the difference of two; a variable is (number, +1 or -1), a slack its name
        self._parts: list[tuple[int, int]] = [
            (i, side) for i, sign in enumerate(signs) for side in (1, -1) if sign != -side
        ]
        self._nonbasic = list(range(len(self._parts)))
        self._basic: list[int] = []
        self._names: list[int] = []  # of slacks: those from len(_parts) on
        self._rows: list[list[int]] = []  # each with its right-hand side as the last entry
        self._costs = [-costs[i] for i, _ in self._parts] + [0]
        self._scale = 1
        self.steps = 0
        self.multipliers: dict[int, Fraction] = {}

    def copy(self) -> Program:
        """Return a program that can go on by itself."""
        other = Program.__new__(Program)
        other.__dict__.update(self.__dict__)
        other._nonbasic, other._basic = self._nonbasic.copy(), self._basic.copy()
        other._names, other._costs = self._names.copy(), self._costs.copy()
        other._rows = [row.copy() for row in self._rows]
        return other

    def require(self, factors: Mapping[int, int], bound: int, name: int) -> None:
        """Ask for sum factors[i] * value[i] >= bound; `name` is what `multipliers` call it."""
        of = [factors.get(i, 0) * side for i, side in self._parts]
        self._append(of, bound, name)

    def require_size(self, costs: Sequence[int], limit: int, name: int) -> None:
        """Ask for sum costs[i] * |value[i]| <= limit."""
        self._append([-costs[i] for i, _ in self._parts], -limit, name)

    def _append(self, factors: list[int], bound: int, name: int) -> None:
        slack = len(self._parts) + len(self._names)
        self._names.append(name)
        scale, count = self._scale, len(self._parts)
        row = [-scale * factors[v] if v < count else 0 for v in self._nonbasic]
        row.append(-scale * bound)
        for variable, other in zip(self._basic, self._rows, strict=True):
            if variable < count and (factor := factors[variable]):
                for j, entry in enumerate(other):
                    if entry:
                        row[j] += factor * entry
        self._basic.append(slack)
        self._rows.append(row)

    def solve(self) -> bool:
        """Return whether all inequalities can be satisfied together; the work is in `steps`."""
        steps = 0
        while True:
            r = self._leaving(is_calm=steps < _CALM)
            if r is None:
                return True
            s = self._entering(self._rows[r])
            if s is None:
                self._explain(r)
                return False
            self._pivot(r, s)
            steps += 1
            self.steps += 1

    def _leaving(self, *, is_calm: bool) -> int | None:
        """Return the row of an inequality that is broken."""
        broken = [r for r, row in enumerate(self._rows) if row[-1] < 0]
        if not broken:
            return None
        if is_calm:
            return min(broken, key=lambda r: self._rows[r][-1])
        return min(broken, key=lambda r: self._basic[r])

    def _entering(self, row: list[int]) -> int | None:
        """Return the column whose costs stay at least 0, the first variable of equals."""
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
        """Read the multipliers from a row that is broken whatever the numbers are."""
        count = len(self._parts)
        factors = [(self._basic[r], self._scale)]
        factors += [(v, self._rows[r][j]) for j, v in enumerate(self._nonbasic)]
        self.multipliers = {}
        for variable, factor in factors:
            if variable >= count and factor:
                name = self._names[variable - count]
                self.multipliers[name] = self.multipliers.get(name, Fraction(0)) + factor

    @property
    def weight(self) -> int:
        """How many times a step takes the work of one in a small program."""
        return 1 + len(self._rows) * len(self._nonbasic) // 1_000

    @property
    def least(self) -> Fraction:
        """The sum of costs * sizes at the optimum."""
        return Fraction(self._costs[-1], self._scale)

    @property
    def values(self) -> list[Fraction]:
        """The numbers at the optimum."""
        values = [Fraction(0)] * self._count
        for variable, row in zip(self._basic, self._rows, strict=True):
            if variable < len(self._parts):
                i, side = self._parts[variable]
                values[i] += Fraction(side * row[-1], self._scale)
        return values

    def is_only(self, numbers: Iterable[int]) -> bool:
        """Whether the optimum is the only one, as far as these numbers are concerned.

        False may also mean that it is not known.
        """
        free = {v for j, v in enumerate(self._nonbasic) if not self._costs[j]}
        if not free:
            return True
        asked = set(numbers)
        moving = [j for j, v in enumerate(self._nonbasic) if v in free]
        for variable, row in zip(self._basic, self._rows, strict=True):
            is_asked = variable < len(self._parts) and self._parts[variable][0] in asked
            if is_asked and any(row[j] for j in moving):
                return False
        return all(v >= len(self._parts) or self._parts[v][0] not in asked for v in free)
