"""Write the demands on numbers as inequalities over many rows, for bits that are settled.

A *block* is one inequality of a unit in some rows: a threshold that fires, or is silent, or a sum.
All are over integers, in steps of the last decimal of each number.

Where some numbers are not enough, a *core* explains why: inequalities that contradict each other.
Times factors of at least 0, they add up to an inequality without these numbers that is false. So
one of the other numbers in it must change, in the direction that increases its left side.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cached_property
from math import lcm
from typing import NamedTuple

from nnc.lazy import np
from nnc.numbers.integers import Array, scaled, weighted_sum
from nnc.numbers.linear import LinearProgram
from nnc.repairs.problem.circuit import State
from nnc.repairs.problem.numbers import Effect, WrittenNumber
from nnc.repairs.problem.problem import Problem
from nnc.repairs.several.least import Inequalities

SUM = -1
"""In the place of a threshold: the inequality is about the sum itself."""


@dataclass(eq=False)
class Grid:
    """The steps in which numbers change: `units` to 1 for each number, `factors` by unit.

    `finer` is what makes every start whole; `effects` are the numbers that count in each unit.
    """

    numbers: Sequence[WrittenNumber]
    units: list[int]
    factors: dict[int, int]
    finer: int
    effects: dict[int, list[tuple[int, Effect]]]

    @staticmethod
    def of(problem: Problem, numbers: Sequence[WrittenNumber]) -> Grid:
        """Find the steps of the numbers that may change."""
        units = [10 ** problem.decimals_for(number) for number in numbers]
        starts = [Fraction(n.value) * unit for n, unit in zip(numbers, units, strict=True)]
        finer = lcm(*(start.denominator for start in starts))
        factors: dict[int, int] = {}
        effects: dict[int, list[tuple[int, Effect]]] = defaultdict(list)
        for k, (number, unit) in enumerate(zip(numbers, units, strict=True)):
            for effect in number.effects:
                factors[effect.unit] = lcm(factors.get(effect.unit, 1), unit)
                effects[effect.unit].append((k, effect))
        for group in problem.demands.largest:  # whose sums are compared with each other
            common = lcm(*(factors.get(place, 1) for place in group.units))
            factors |= dict.fromkeys(group.units, common)
        return Grid(numbers, units, factors, finer, dict(effects))

    @cached_property
    def common(self) -> int:
        """The steps to 1 that every number is a multiple of."""
        return lcm(1, *self.units)

    def factor(self, place: int) -> int:
        """Return what an inequality of a unit is taken times."""
        return self.factors.get(place, 1) * self.finer


@dataclass(eq=False)
class Block:
    """sign * (sum of a unit - its threshold, or - the sum of `other`) >= 0, or > 0, in some rows.

    `slack` is the left side as the numbers are. With `fixed` it is about thresholds alone:
    what a step of each number adds.
    """

    unit: int
    threshold: int
    sign: int
    rows: Array
    slack: Array
    strict: bool
    other: int = -1
    fixed: Mapping[int, int] = field(default_factory=dict)


class Order(NamedTuple):
    """Two thresholds of a unit that ascend: how far they are apart, over the scale of the unit.

    `fixed` has those of the numbers that may change, with -1 for the lower and 1 for the higher.
    """

    unit: int
    distance: int
    fixed: Mapping[int, int]


@dataclass(eq=False)
class Table:
    """The blocks below each other, in a state whose bits are settled."""

    state: State
    grid: Grid
    blocks: list[Block] = field(default_factory=list)

    def fire(self, place: int, i: int, rows: Array, *, fires: bool) -> None:
        """Require that a threshold of a unit fires, or is silent, in some rows."""
        if not len(rows):
            return
        rule = self.state.circuit.units[place].rules[i]
        slack = self.state.slack(place, i)[rows]
        sign = 1 if rule.up == fires else -1
        if not fires:
            slack = scaled(slack, -1)
        self.blocks.append(Block(place, i, sign, rows, slack, rule.strict == fires))

    def equal(self, place: int, rows: Array, wanted: Array) -> None:
        """Ask for the sum of a unit."""
        over = self.state.sums[place][rows].astype(object) - wanted[rows]
        for sign in (1, -1):
            self.blocks.append(Block(place, SUM, sign, rows, over * sign, strict=False))

    def exceed(self, place: int, other: int, rows: Array, *, strict: bool) -> None:
        """Ask that one sum is at least another one, or larger."""
        sums = self.state.sums
        slack = sums[place][rows].astype(object) - sums[other][rows].astype(object)
        self.blocks.append(Block(place, SUM, 1, rows, slack, strict, other))

    def ascend(self, order: Order) -> None:
        """Ask that a threshold stays below another one."""
        place, distance, fixed = order
        slack = np.array([distance], object)
        scale = self.state.table[place].scale * self.grid.factor(place)
        gains = {k: sign * scale // self.grid.units[k] for k, sign in fixed.items()}
        rows = np.zeros(1, np.int64)
        self.blocks.append(Block(place, SUM, 1, rows, slack, strict=True, fixed=gains))

    # ----------------------------------------------------------------------------- rows

    def _starts(self) -> list[int]:
        """Return the first row of each block, and the count of all."""
        return [0, *np.cumsum([len(block.rows) for block in self.blocks]).tolist()]

    def parts(self, rows: Iterable[int]) -> Iterator[tuple[Block, list[int], list[int]]]:
        """Yield the blocks that some rows are in, which of the rows, and where they are in it."""
        ordered, starts = sorted(rows), self._starts()
        for first, last, block in zip(starts, starts[1:], self.blocks, strict=False):
            own = [row for row in ordered if first <= row < last]
            if own:
                yield block, own, [row - first for row in own]

    def _bounds(self) -> Array:
        return _below(
            scaled(block.slack, -self.grid.factor(block.unit), int(block.strict))
            for block in self.blocks
        )

    def inequalities(self, chosen: Iterable[int]) -> Inequalities:
        """Return all of it for some numbers, as a program: changes in steps, and what they cost."""
        chosen, grid = list(chosen), self.grid
        starts = [Fraction(grid.numbers[k].value) * grid.units[k] for k in chosen]
        costs = [Fraction(1, grid.units[k]) for k in chosen]
        columns = [self.column(k) for k in chosen]
        return Inequalities(columns, self._bounds(), starts, costs)

    def column(self, k: int) -> Array:
        """Return what a step of a number adds in all rows."""
        return _below(self._gains(k, block) for block in self.blocks)

    def _gains(self, k: int, block: Block) -> Array:
        grid, number = self.grid, self.grid.numbers[k]
        if block.fixed:
            return np.full(1, block.fixed.get(k, 0), object)
        total: Array = np.zeros(len(block.rows), np.int64)
        for place, sign in ((block.unit, block.sign), (block.other, -block.sign)):
            if place not in number.units:
                continue
            step = grid.factor(place) // grid.units[k] * sign
            effects = [effect for effect in number.effects if effect.unit == place]
            own = self.state.influence([e for e in effects if e.synapses], place)[block.rows]
            moved = sum(e.threshold == block.threshold != SUM for e in effects)
            own = scaled(own, step, -step * self.state.table[place].scale * moved)
            total = _sum(total, own)
        return total

    def totals(self, factors: Mapping[int, int]) -> dict[int, int]:
        """Return what a step of each number adds to rows that are added up with their factors."""
        synapses: dict[tuple[int, int], int] = defaultdict(int)
        thresholds: dict[tuple[int, int], int] = defaultdict(int)
        totals: dict[int, int] = defaultdict(int)
        for block, rows, places in self.parts(factors):
            own = [factors[row] * block.sign for row in rows]
            for k, gain in block.fixed.items():
                totals[k] += gain * sum(own)
            if block.fixed:
                continue
            thresholds[block.unit, block.threshold] -= sum(own)
            for place, sign in ((block.unit, 1), (block.other, -1)):
                if place >= 0:
                    signed = [sign * each for each in own]
                    self._add_synapses(synapses, place, block.rows[places], signed)
        for place in {place for place, _ in [*synapses, *thresholds]}:
            for k, effect in self.grid.effects.get(place, ()):
                step = self.grid.factor(place) // self.grid.units[k]
                total = sum(factor * synapses[place, j] for j, factor in effect.synapses)
                if effect.threshold >= 0:
                    own_scale = self.state.table[place].scale
                    total += own_scale * thresholds.get((place, effect.threshold), 0)
                totals[k] += total * step
        return {k: total for k, total in totals.items() if total}

    def _add_synapses(
        self, synapses: dict[tuple[int, int], int], place: int, rows: Array, factors: Sequence[int]
    ) -> None:
        """Add up what each synapse of a unit has in some rows, over the scale of the unit."""
        scale = self.state.table[place].scale
        for j, signal in enumerate(self.state.circuit.units[place].sources):
            values = self.state.value(signal)[rows].tolist()
            total = sum(factor * value for factor, value in zip(factors, values, strict=True))
            if total:
                below = self.state.exact(signal).denominator
                synapses[place, j] += total * (scale // below)


def _below(parts: Iterable[Array]) -> Array:
    """Put columns below each other."""
    parts = list(parts)
    if all(part.dtype.kind in "iu" for part in parts):
        return np.concatenate([np.zeros(0, np.int64), *parts])
    return np.concatenate([part.astype(object) for part in parts])


def _sum(first: Array, second: Array) -> Array:
    """Add two columns, in Python's integers where NumPy's may wrap."""
    total = weighted_sum([first, second], [1, 1], len(first), 0)
    return first.astype(object) + second.astype(object) if total is None else total


Direction = tuple[int, int]
"""A number by its place, and 1 where it rises, -1 where it falls."""
COST = 1 << 50
"""The name of the row that limits the cost."""


class Core(NamedTuple):
    """Rows with factors above 0 that contradict each other, unless one of `directions` is taken.

    `price` is the factor of the limit of the cost, 0 where it takes no part.
    """

    factors: dict[int, int]
    directions: frozenset[Direction]
    price: int = 0

    @staticmethod
    def of_row(table: Table) -> Core:
        """Return why the one inequality of a table, which fails, does not hold."""
        directions = {(k, 1 if total > 0 else -1) for k, total in table.totals({0: 1}).items()}
        return Core({0: 1}, frozenset(directions))


def core_of(table: Table, chosen: Sequence[int], limit: Fraction | None) -> Core | None:
    """Return why some numbers are not enough, within a limit of the cost; None where they may be.

    Raises UndecidedError.
    """
    rows = table.inequalities(chosen)
    columns = [signed for column in rows.columns for signed in (column, -column)]
    signed_rows = Inequalities(columns, rows.bounds, [], [])
    program = LinearProgram([1] * len(columns), [0] * len(columns))
    if limit is not None:
        steps = [_price(table, k) for k in chosen for _ in (1, -1)]
        prices = {i: -step for i, step in enumerate(steps)}
        program.require(prices, -limit * table.grid.common, COST)
    is_enough = signed_rows.restrict(program)
    return None if is_enough else _core(table, program.multipliers)


def _price(table: Table, k: int) -> int:
    """Return what a step of a number costs, in the smallest steps that there are."""
    return table.grid.common // table.grid.units[k]


def _core(table: Table, factors: Mapping[int, Fraction]) -> Core:
    """Write factors as integers, with the directions that would still help."""
    below = lcm(*(factor.denominator for factor in factors.values()))
    whole = {row: int(factor * below) for row, factor in factors.items()}
    price = whole.pop(COST, 0)
    directions = {
        (k, 1 if total > 0 else -1)
        for k, total in table.totals(whole).items()
        if abs(total) > price * _price(table, k)
    }
    return Core(whole, frozenset(directions), price)
