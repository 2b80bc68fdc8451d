"""Find the fewest numbers of any neurons, and the least change, by implicit hitting sets.

A choice of numbers, and of bits that flip, is tried by exact arithmetic. If it is not enough, a few
rows explain why: one of certain numbers must change, or one of certain bits must flip. Such clauses
are collected, and the next choice satisfies them with the fewest numbers. So every choice is a
lower bound, and the first that satisfies all rows has the fewest numbers possible.
"""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import NamedTuple

from nnc.lazy import np
from nnc.numbers.integers import Array
from nnc.repairs.problem.circuit import State
from nnc.repairs.problem.demands import state_and_demands
from nnc.repairs.problem.numbers import WrittenNumber
from nnc.repairs.problem.problem import Best, Change, Changed, OutOfTimeError, Problem
from nnc.repairs.several.inequalities import Core, Direction, Grid, Table, core_of
from nnc.repairs.several.least import Optimum, UndecidedError, few_of, whole
from nnc.repairs.several.pattern import Bit, Pattern, Patterns
from nnc.solvers.sat import Solver


class Clauses:
    """The clauses so far, and models of them with a limited number of changes."""

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
        """Return the variable that a number changes, which is counted."""
        if k not in self._numbers:
            self._numbers[k] = variable = self._new()
            self._chain.append(variable)
            for j in range(len(self._counters)):
                self._count(j, len(self._chain) - 1)
        return self._numbers[k]

    def _count(self, j: int, i: int) -> None:
        """Add the variable that more than j of the first i + 1 numbers are changed."""
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
        """Return whether a bit has a variable."""
        return (signal, row) in self._bits

    def close(self) -> None:
        """Free the memory of the solver."""
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
        """Add a clause: one of some bits has another flip, or one of some directions is taken.

        It is valid if the cost is within a limit.
        """
        clause = [-self.bit(*bit) if flipped else self.bit(*bit) for bit, flipped in bits.items()]
        clause += map(self.direction, sorted(directions))
        if limit is not None:
            clause.append(-self._limit(limit))
        self._solver.add([clause])

    def solve(
        self, count: int | None, limit: Fraction | None = None, without: Iterable[int] = ()
    ) -> bool | None:
        """Return whether at most `count` numbers satisfy all clauses within a cost limit.

        Numbers in `without` stay the same. None if time is over.
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
        """Return the value of a variable in the model, or False."""
        return variable <= len(self.model) and self.model[variable - 1] > 0

    def numbers(self) -> list[int]:
        """Return the numbers in the clauses."""
        return sorted(self._numbers)

    def taken(self) -> list[int]:
        """Return the numbers that the model changes."""
        return sorted({k for (k, _), variable in self._directions.items() if self.holds(variable)})

    def flips(self) -> dict[int, tuple[Array, Array]]:
        """Return for each signal with variables the rows, and whether the model flips it there."""
        flips = {}
        for signal, rows in self.named.items():
            own = [self.holds(self._bits[signal, row]) for row in rows]
            flips[signal] = np.array(rows, np.int64), np.array(own, np.uint8)
        return flips


MAX_NAMED = 64  # bits of failing rows that get variables after one choice
MAX_ROWS = 8  # rows that are explained at a time for one wrong bit of a unit
CLIMBS = 0.6  # share of the budget in which counts are tried from the lowest upward


def begin_to_descend(end: float) -> float:
    """Return the time from which any answer is accepted, given the end of the budget."""
    begin = time.monotonic()
    return begin + (end - begin) * CLIMBS if end < float("inf") else end


@dataclass
class Outcome:
    """The state of a search: a lower bound on the numbers needed, and what is proved.

    `is_impossible` states that no change of any numbers suffices.
    """

    fewest: int
    is_proved: bool = False
    is_impossible: bool = False


class Refutation(NamedTuple):
    """The units and rows whose inequalities contradict each other for all numbers."""

    units: Collection[int]
    rows: Collection[int]
    needs_decimals: bool = False

    @classmethod
    def of(cls, table: Table, rows: Iterable[int], *, needs_decimals: bool = False) -> Refutation:
        """Return the units and rows behind some rows of a table."""
        parts = [(block, block.rows[places].tolist()) for block, _, places in table.parts(rows)]
        units = {unit for block, _ in parts for unit in (block.unit, block.other) if unit >= 0}
        return cls(units, {row for _, own in parts for row in own}, needs_decimals)


class HittingSets:
    """Searches for numbers to change, from a lower bound on their count."""

    def __init__(self, problem: Problem, fewest: int, best: Best) -> None:
        self._problem, self._best, self._outcome = problem, best, Outcome(fewest)
        self.numbers: list[WrittenNumber] = [n for n in problem.numbers if n.units & problem.cone]
        self._grid = Grid.of(problem, self.numbers)
        self._patterns = Patterns(problem, self.numbers, self._grid)
        self._step = Fraction(1, self._grid.common * self._grid.finer)
        self._clauses = Clauses(self._is_over)
        self._is_complete = True
        self.refutation: Refutation | None = None
        self.needs_decimals = False

    @property
    def outcome(self) -> Outcome:
        """The state of the search so far."""
        return self._outcome

    def search(self) -> None:
        """Search until the answer is proved, part of the time with an increasing number of changes.

        Raises OutOfTimeError; `outcome` then has the result so far.
        """
        problem, end = self._problem, self._problem.deadline
        try:
            problem.deadline = begin_to_descend(end)
            try:
                is_possible = not self._is_fixed() and self._climb()
            except OutOfTimeError:
                problem.deadline = end
                problem.check_time()
                is_possible = self._descend()
            problem.deadline = end
            if is_possible:
                self._reduce()
                self._outcome.is_proved = self._is_complete
            else:
                self._outcome.is_impossible = self._is_complete
        finally:
            problem.deadline = end
            self._clauses.close()

    def _climb(self) -> bool:
        """Increase the number of changes; return whether a repair exists."""
        count = self._outcome.fewest
        while not self._try(count):
            if self._clauses.is_contradictory or count >= len(self.numbers):
                return False
            count += 1
            if self._is_complete:
                self._outcome.fewest = count
        return True

    def _descend(self) -> bool:
        """Find a repair, then repairs with fewer numbers; return whether there is any."""
        try:
            if not self._try_many():
                return False
        except UndecidedError:
            return self._climb()
        while self._best.count > self._outcome.fewest:
            if not self._try(self._best.count - 1):
                if self._is_complete:
                    self._outcome.fewest = self._best.count
                break
        return True

    def _is_over(self) -> bool:
        try:
            self._problem.check_time()
        except OutOfTimeError:
            return True
        return False

    def _is_fixed(self) -> bool:
        """Return whether a bit that no number affects is wrong, and record it."""
        state, makers = self._problem.state, self._problem.circuit.makers
        for signal, each in self._problem.demands.bits.items():
            wrong = np.flatnonzero(each.asked & (state.bits[signal] != each.wanted))
            if signal not in self._patterns.signals and len(wrong):
                self.refutation = Refutation({makers[signal]}, {int(wrong[0])})
                return True
        return False

    def _reduce(self) -> None:
        """Look for a smaller change of as many numbers, then for the last numbers of the file."""
        count = self._best.count
        while self._try(count, self._cost() - self._step):
            pass
        fixed: list[int] = []
        while len(fixed) < count:
            place = self._chosen()[len(fixed)]
            without = [k for k in range(place + 1) if k not in fixed]
            if not self._try(count, self._cost(), without):
                fixed.append(place)

    def _cost(self) -> Fraction:
        changed = self._best.changed
        assert changed is not None
        return sum((change.size for change in changed), Fraction())

    def _chosen(self) -> list[int]:
        assert self._best.changed is not None
        changed = {id(change.number) for change in self._best.changed}
        return [k for k, number in enumerate(self.numbers) if id(number) in changed]

    # --------------------------------------------------------------------------- one choice

    def _try(
        self, count: int | None, limit: Fraction | None = None, without: Sequence[int] = ()
    ) -> bool:
        """Offer a repair by at most `count` numbers within a limit of the cost, if one exists."""
        while True:
            self._problem.check_time()
            answer = self._clauses.solve(count, limit, without)
            if answer is None:
                raise OutOfTimeError
            if not answer:
                return False
            changed = self._check(limit)
            if changed is not None:
                self._best.offer(changed)
                return True

    def _try_many(self) -> bool:
        """Return whether the numbers in the clauses suffice, and offer a sufficient subset."""
        clauses = self._clauses
        while True:
            self._problem.check_time()
            answer = clauses.solve(None)
            if answer is None:
                raise OutOfTimeError
            if not answer:
                return False
            taken = clauses.numbers()
            pattern, units, table = self._settled(taken)
            if self._learn_single(pattern, units):
                continue
            core = core_of(table, taken, None)
            if core is not None:
                self._learn(table, core, None)
                continue
            few = few_of(table.inequalities(taken), self._problem.check_time)
            if few is None:
                raise UndecidedError
            changed = self._changed([taken[i] for i in few[0]], few[1])
            if not self._name(changed, units):
                self._best.offer(changed)
                return True

    def _settled(self, taken: Sequence[int]) -> tuple[Pattern, set[int], Table]:
        """Return the bits of a choice, the units of its numbers, and their required outputs."""
        flips = self._clauses.flips()
        pattern = self._patterns.settled(flips)
        units = {unit for k in taken for unit in self.numbers[k].units}
        named = {signal: rows for signal, (rows, _) in flips.items()}
        return pattern, units, self._patterns.table(pattern, units, named)

    def _changed(self, taken: Sequence[int], optimum: Optimum) -> Changed:
        return tuple(
            Change(number, Fraction(number.value) + change / self._grid.units[k])
            for k, change in zip(taken, optimum.changes, strict=True)
            for number in [self.numbers[k]]
            if change
        )

    def _check(self, limit: Fraction | None) -> Changed | None:
        """Return the changes of a choice that satisfies all rows, or add clauses that forbid it."""
        self._problem.looked_at += 1
        taken = self._clauses.taken()
        pattern, units, table = self._settled(taken)
        if self._learn_single(pattern, units):
            return None
        used: set[int] = set()
        try:
            core = core_of(table, taken, limit)
            if core is not None:
                self._learn(table, core, limit)
                return None
            most = None if limit is None else limit + self._step
            rows = table.inequalities(taken)
            optimum = whole(rows, most, used)
        except UndecidedError:
            self._is_complete = False
            used.update(range(len(rows.bounds)))
            optimum = None
        if optimum is None:
            self._forbid(table, used, taken, limit)
            return None
        changed = self._changed(taken, optimum)
        return None if self._name(changed, units) else changed

    def _name(self, changed: Changed, units: Iterable[int]) -> bool:
        """Add variables for bits of changed units in failing rows; return whether any is new."""
        circuit = self._problem.circuit
        state, demands = state_and_demands(circuit.with_changes(changed), self._problem.example)
        failing = np.flatnonzero(demands.failing(state)).tolist()
        named = 0
        for row in failing:
            for place in units:
                for signal in circuit.units[place].signals:
                    if not self._is_settled(signal, row):
                        self._clauses.bit(signal, row)
                        named += 1
            if named >= MAX_NAMED:
                break
        assert named or not failing, "a choice fails, and nothing says why"
        return bool(failing)

    def _is_settled(self, signal: int, row: int) -> bool:
        return (
            signal not in self._patterns.signals
            or self._patterns.is_asked(signal, row)
            or self._clauses.is_named(signal, row)
        )

    # ------------------------------------------------------------------------------ clauses

    def _learn_single(self, pattern: Pattern, units: set[int]) -> bool:
        """Add clauses from single rows on units with unchanged numbers; return if there are any."""
        learned = False
        for place, i, rows in pattern.wrong:
            if place in units:
                continue
            learned = True
            signal = self._problem.circuit.units[place].first + i
            for row in rows[:MAX_ROWS]:
                table = Table(pattern.state, self._grid)
                fires = bool(pattern.state.bits[signal][row])
                table.fire(place, i, np.array([row]), fires=fires)
                self._learn(table, Core.of_row(table), None)
        for table in self._patterns.failing(pattern, units):
            learned = True
            self._learn(table, Core.of_row(table), None)
        return learned

    def _learn(self, table: Table, core: Core, limit: Fraction | None) -> None:
        bits = self._bits(table, core.factors)
        if self._add(table.state, bits, core.directions, limit if core.price else None):
            self.refutation = Refutation.of(table, core.factors)

    def _forbid(
        self, table: Table, used: Iterable[int], taken: Sequence[int], limit: Fraction | None
    ) -> None:
        """Forbid a choice that has no values with so few decimals, in the rows that say so."""
        numbers = {k for row in used for k in table.totals({row: 1})} - set(taken)
        directions = {(k, sign) for k in numbers for sign in (1, -1)}
        self.needs_decimals = True
        if self._add(table.state, self._bits(table, used), directions, limit):
            self.refutation = Refutation.of(table, used, needs_decimals=True)

    def _bits(self, table: Table, rows: Iterable[int]) -> list[Bit]:
        """Return the bits that some inequalities are about."""
        units, bits = self._problem.circuit.units, dict[Bit, None]()
        for block, _, places in table.parts(rows):
            if block.fixed:
                continue
            signals = [units[block.unit].first + block.threshold] if block.threshold >= 0 else []
            for place in (block.unit, block.other):
                signals += units[place].sources if place >= 0 else []
            for row in block.rows[places].tolist():
                bits |= dict.fromkeys((signal, row) for signal in signals)
        return list(bits)

    def _add(
        self,
        state: State,
        bits: Iterable[Bit],
        directions: Collection[Direction],
        limit: Fraction | None,
    ) -> bool:
        """Add a clause, and return whether it is empty.

        Bits of the state that are the same in every pattern are left out.
        """
        patterns, before = self._patterns, self._problem.state.bits
        free = [bit for bit in bits if bit[0] in patterns.signals and not patterns.is_asked(*bit)]
        fires = {(signal, row): bool(state.bits[signal][row]) for signal, row in free}
        flipped = {bit: value != bool(before[bit[0]][bit[1]]) for bit, value in fires.items()}
        self._clauses.add(flipped, directions, limit)
        return not flipped and not directions and limit is None
