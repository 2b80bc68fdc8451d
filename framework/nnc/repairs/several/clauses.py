"""Collect clauses on the numbers that change and the bits that flip, and count the numbers.

A variable states that a number rises, or falls, that a bit flips, or that a limit of the cost is in
force. Variables are created when a clause first names them.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from fractions import Fraction

from nnc.lazy import np
from nnc.numbers.integers import Array
from nnc.repairs.several.inequalities import Direction
from nnc.repairs.several.pattern import Bit
from nnc.solvers.sat import Solver


class Clauses:
    """The clauses so far, and models that satisfy them with a limited count of numbers."""

    def __init__(self, is_over: Callable[[], bool]) -> None:
        self._solver, self._is_over = Solver("glucose4"), is_over
        self._last = 0
        self._directions: dict[Direction, int] = {}
        self._bits: dict[Bit, int] = {}
        self._numbers: dict[int, int] = {}
        self._limits: dict[Fraction, int] = {}
        self._chain: list[int] = []
        self._counters: list[list[int]] = []
        self.named: dict[int, list[int]] = defaultdict(list)
        self.model: list[int] = []

    def _new(self) -> int:
        self._last += 1
        return self._last

    def direction(self, direction: Direction) -> int:
        """Return the variable of a direction."""
        if direction not in self._directions:
            self._directions[direction] = variable = self._new()
            self._solver.add([[-variable, self._number(direction[0])]])
        return self._directions[direction]

    def _number(self, k: int) -> int:
        """Return the variable of a number, which is counted."""
        if k not in self._numbers:
            self._numbers[k] = variable = self._new()
            self._chain.append(variable)
            for j in range(len(self._counters)):
                self._count(j, len(self._chain) - 1)
        return self._numbers[k]

    def _count(self, j: int, i: int) -> None:
        """Add the variable that more than j of the first i + 1 numbers change."""
        own, variable = self._new(), self._chain[i]
        below = self._counters[j - 1] if j else []
        self._counters[j].append(own)
        if i:
            self._solver.add([[-self._counters[j][i - 1], own]])
        if not j:
            self._solver.add([[-variable, own]])
        elif i:
            self._solver.add([[-variable, -below[i - 1], own]])

    def bit(self, signal: int, row: int) -> int:
        """Return the variable that a bit is flipped."""
        if (signal, row) not in self._bits:
            self._bits[signal, row] = self._new()
            self.named[signal].append(row)
        return self._bits[signal, row]

    def is_named(self, signal: int, row: int) -> bool:
        """Return whether there is a variable for a bit."""
        return (signal, row) in self._bits

    def close(self) -> None:
        """Give back the memory."""
        self._solver.close()

    def _limit(self, limit: Fraction) -> int:
        if limit not in self._limits:
            self._limits[limit] = self._new()
        return self._limits[limit]

    def add(
        self,
        bits: Mapping[Bit, bool],
        directions: Iterable[Direction],
        limit: Fraction | None,
    ) -> None:
        """Add that one of some bits is not flipped as it is, or that a direction is taken.

        It holds wherever the cost is within a limit.
        """
        clause = [-self.bit(*bit) if flipped else self.bit(*bit) for bit, flipped in bits.items()]
        clause += map(self.direction, sorted(directions))
        if limit is not None:
            clause.append(-self._limit(limit))
        self._solver.add([clause])

    def solve(
        self, count: int | None, limit: Fraction | None = None, without: Iterable[int] = ()
    ) -> bool | None:
        """Return whether at most `count` numbers satisfy all clauses, within a limit of the cost.

        Numbers `without` stay as they are. None where the time is over.
        """
        while count is not None and len(self._counters) <= count:
            self._counters.append([])
            for i in range(len(self._chain)):
                self._count(len(self._counters) - 1, i)
        assumptions = [
            v for value, v in self._limits.items() if limit is not None and value >= limit
        ]
        if self._chain and count is not None:
            assumptions.append(-self._counters[count][-1])
        assumptions += [-self._numbers[k] for k in without if k in self._numbers]
        answer = self._solver.solve(assumptions, is_over=self._is_over)
        self.model = self._solver.model if answer else []
        return answer

    @property
    def is_contradictory(self) -> bool:
        """Return whether no count of numbers satisfies the clauses that `solve` refused."""
        return not self._solver.core

    def holds(self, variable: int) -> bool:
        """Return the model's value of a variable; false if it has none."""
        return variable <= len(self.model) and self.model[variable - 1] > 0

    def numbers(self) -> list[int]:
        """Return the numbers that clauses name."""
        return sorted(self._numbers)

    def taken(self) -> list[int]:
        """Return the numbers that the model changes."""
        return sorted({k for (k, _), variable in self._directions.items() if self.holds(variable)})

    def flips(self) -> dict[int, tuple[Array, Array]]:
        """Return for each signal that is named the rows, and whether the model flips it there."""
        flips = {}
        for signal, rows in self.named.items():
            own = [self.holds(self._bits[signal, row]) for row in rows]
            flips[signal] = np.array(rows, np.int64), np.array(own, np.uint8)
        return flips
