"""Find the smallest numbers that satisfy conditions on a neuron, or prove that none exist.

A neuron whose sources are known in every row has linear inequalities in its blanks. If they
contradict each other, some of them add up to one that is false for all numbers (Farkas): mostly
two rows, or two firing and two silent rows with the same total of inputs.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import ceil, floor, gcd, lcm
from typing import NamedTuple

from nnc.filling.search.skeleton import Blank, Condition
from nnc.numbers.exact import Number
from nnc.numbers.linear import LinearProgram

MAX_PAIRS = 1 << 17  # pairs of rows that are compared before linear programming
MAX_STEPS = 20_000  # simplex steps for the smallest numbers of one group of neurons
MAX_CHOICES = 2_000  # simplex steps that choose among equally small answers
FINEST = Fraction(1, 10**9)  # unit of the numbers whose existence is decided
_MOST_ADDED = 4  # violated conditions that are added at a time
_MULTIPLES = 64  # multiples of the optimum that are rounded if the search ends without an answer


@dataclass(frozen=True, slots=True)
class Contradiction:
    """Conditions that contradict each other: multiplied by `factors`, they sum to a falsehood.

    It holds `for_all` numbers within the bounds, or only for those with the allowed decimals.
    Without conditions, all choices of numbers were tried.
    """

    conditions: tuple[Condition, ...]
    factors: tuple[int, ...]
    for_all: bool = True


@dataclass(frozen=True, slots=True)
class Filling:
    """Numbers for some blanks; `is_least` if no others have a smaller sum of sizes."""

    values: Mapping[int, Number]
    is_least: bool
    bound: Fraction


@dataclass(frozen=True, slots=True)
class Wish:
    """Limits on numbers: unit, number of terms, and distance from the threshold.

    `unit` is the step between numbers. `terms` limits the nonzero weights in each of `groups`
    (positions of blanks). `margin` is the minimum distance between sums and thresholds in units,
    if it exceeds the 1 that the rule requires.
    """

    unit: Fraction = Fraction(1)
    terms: int | None = None
    groups: tuple[tuple[int, ...], ...] = ()
    margin: int = 1


class _Line(NamedTuple):
    """A condition on multiples of the unit: sum factors[i] * n[i] >= bound, all integers.

    It is the condition multiplied by `times`; `i` is a position among the blanks of a search.
    """

    factors: Mapping[int, int]
    bound: int
    times: Fraction


def find_sums(conditions: Sequence[Condition]) -> Contradiction | None:
    """Look for two or four conditions whose sum is false for all numbers.

    The first match in the order of the conditions is returned.
    """
    keys = [tuple(sorted(c.factors.items())) for c in conditions]
    by_key: dict[tuple[tuple[int, Number], ...], list[int]] = {}
    for i, condition in enumerate(conditions):
        if not condition.factors and not condition.holds(()):
            return Contradiction((condition,), (1,))
        negative = tuple((b, -factor) for b, factor in keys[i])
        for j in by_key.get(negative, ()):
            if _is_false(conditions[j], condition):
                return Contradiction((conditions[j], condition), (1, 1))
        by_key.setdefault(keys[i], []).append(i)
    return _find_pairs(conditions)


def _is_false(*conditions: Condition) -> bool:
    """Return whether conditions whose blanks cancel out contradict each other."""
    total = sum(condition.constant for condition in conditions)
    return total < 0 or (total == 0 and any(condition.is_strict for condition in conditions))


def _find_pairs(conditions: Sequence[Condition]) -> Contradiction | None:
    sides: dict[bool, list[int]] = {True: [], False: []}
    of_cell: dict[tuple[int, int], dict[bool, list[int]]] = {}
    for i, condition in enumerate(conditions):
        if condition.fires is not None:
            at = (condition.cell, condition.output)
            of_cell.setdefault(at, {True: [], False: []})[condition.fires].append(i)
    for sides in of_cell.values():
        if sum(len(side) * (len(side) + 1) // 2 for side in sides.values()) > MAX_PAIRS:
            continue
        blanks = sorted({b for side in sides.values() for i in side for b in conditions[i].factors})
        vector = {
            i: [conditions[i].factors.get(b, 0) for b in blanks]
            for side in sides.values()
            for i in side
        }
        sums: dict[tuple[Number, ...], tuple[int, int]] = {}
        for i, j in _pairs(sides[True]):
            sums.setdefault(tuple(x + y for x, y in zip(vector[i], vector[j], strict=True)), (i, j))
        best: tuple[int, ...] | None = None
        for k, m in _pairs(sides[False]):
            key = tuple(-x - y for x, y in zip(vector[k], vector[m], strict=True))
            pair = sums.get(key)
            if pair is not None and (best is None or (*pair, k, m) < best):
                four = [conditions[i] for i in (*pair, k, m)]
                best = (*pair, k, m) if _is_false(*four) else best
        if best is not None:
            counts = {i: best.count(i) for i in sorted(best)}
            return Contradiction(tuple(conditions[i] for i in counts), tuple(counts.values()))
    return None


def _pairs(places: list[int]) -> Iterator[tuple[int, int]]:
    for a, i in enumerate(places):
        for j in places[a:]:
            yield i, j


def decide(
    blanks: Sequence[Blank], conditions: Sequence[Condition], *, skips_sums: bool = False
) -> Contradiction | None:
    """Return why no rational numbers satisfy the conditions; None if some do.

    A contradiction for limited decimals only does not count. If every multiple of an allowed number
    is allowed, integers represent all numbers. `skips_sums` if no two or four conditions are known
    to sum to a falsehood.
    """
    short = None if skips_sums else find_sums(conditions)
    if short is not None:
        return short
    is_cone = all(
        not condition.constant and all(blanks[b].is_cone for b in condition.factors)
        for condition in conditions
    )
    wish = Wish(Fraction(1) if is_cone else FINEST)
    contradiction = Search(blanks, conditions, wish).contradiction
    return contradiction if contradiction is None or contradiction.for_all else None


class Search:
    """The search for the least numbers that satisfy conditions, or for a `contradiction`.

    `steps` limits the work, so the result is the same on every machine.
    """

    def __init__(
        self,
        blanks: Sequence[Blank],
        conditions: Sequence[Condition],
        wish: Wish,
        steps: int = MAX_STEPS,
    ) -> None:
        used = {b for condition in conditions for b in condition.factors}
        used |= {b for group in wish.groups for b in group}
        self._blanks, self._wish, self._steps = blanks, wish, steps
        self.places = sorted(used, key=lambda b: (not blanks[b].is_weight, b))
        self._weights = sum(blanks[b].is_weight for b in self.places)
        self._at = {b: i for i, b in enumerate(self.places)}
        self._conditions = [*conditions, *self._bounds()]
        self._lines = [self._line(condition) for condition in self._conditions]
        self._costs = [int(blanks[b].is_weight) for b in self.places]
        self._groups = [[self._at[b] for b in group] for group in wish.groups]
        self.contradiction: Contradiction | None = None
        self._root = LinearProgram([blanks[b].sign for b in self.places], self._costs)
        if not self._settle(self._root):
            self.contradiction = self._explain()

    def _bounds(self) -> list[Condition]:
        """Return the bounds of blanks that say more than a sign."""
        bounds = []
        for b in self.places:
            low, high = self._blanks[b].low, self._blanks[b].high
            if low is not None and low != 0:
                bounds.append(Condition({b: 1}, -low, is_strict=False))
            if high is not None and high != 0:
                bounds.append(Condition({b: -1}, high, is_strict=False))
        return bounds

    def _line(self, condition: Condition) -> _Line:
        unit, margin = self._wish.unit, self._wish.margin
        constant, is_strict = condition.constant, condition.is_strict
        if margin > 1 and condition.fires is not None:
            constant, is_strict = constant - margin * unit, False
        factors = {self._at[b]: factor * unit for b, factor in condition.factors.items()}
        times = lcm(*(Fraction(f).denominator for f in (*factors.values(), constant)))
        whole = {i: int(factor * times) for i, factor in factors.items()}
        common = gcd(*whole.values()) or 1
        bound = -((int(constant * times) - is_strict) // common)
        return _Line({i: f // common for i, f in whole.items()}, bound, Fraction(times, common))

    def _settle(self, program: LinearProgram) -> bool:
        """Solve a program, and add violated conditions until all hold."""
        lines = self._lines
        while program.solve():
            values = program.values
            scale = lcm(*(value.denominator for value in values))
            whole = [int(value * scale) for value in values]
            broken = []
            for name, line in enumerate(lines):
                lack = line.bound * scale - sum(f * whole[i] for i, f in line.factors.items())
                if lack > 0:
                    broken.append((-lack, name))
            if not broken:
                return True
            for _, name in sorted(broken)[:_MOST_ADDED]:
                program.require(lines[name].factors, lines[name].bound, name)
        return False

    def _explain(self) -> Contradiction:
        """Return contradicting conditions, with the factors of their sum."""
        factors = {
            name: factor * self._lines[name].times
            for name, factor in self._root.multipliers.items()
        }
        scale = lcm(*(factor.denominator for factor in factors.values()))
        whole = {name: int(factor * scale) for name, factor in sorted(factors.items())}
        common = gcd(*whole.values())
        conditions = [self._conditions[name] for name in whole]
        whole = {name: factor // common for name, factor in whole.items()}
        total = sum(whole[name] * self._conditions[name].constant for name in whole)
        is_strict = any(condition.is_strict for condition in conditions)
        for_all = total < 0 or (total == 0 and is_strict)
        return Contradiction(tuple(conditions), tuple(whole.values()), for_all)

    # ------------------------------------------------------------------ the least numbers

    def least(self) -> Filling | None:
        """Return the least numbers, the first of several; None if there is no result.

        `contradiction` is then set if all choices were tried, but not if the work limit was
        reached. Answers are ordered by the sum of the sizes of weights, their number, their
        greatest size, and the closeness to 0 of the first ones in the file.
        """
        if self.contradiction is not None:
            return None
        best = self._minimum()
        if best is None and self._steps > 0:
            self.contradiction = Contradiction((), (), for_all=False)
            return None
        best = best or self._rounded()
        if best is None:
            return None
        is_least = self._steps > 0
        if is_least and not self._is_only:
            best = self._first(best)
        unit = self._wish.unit
        values = {b: _number(n * unit) for b, n in zip(self.places, best, strict=True)}
        bound = unit * (self._size(best) if is_least else ceil(self._root.cost))
        return Filling(values, is_least, bound)

    def _size(self, whole: Sequence[int]) -> int:
        return sum(map(abs, whole[: self._weights]))

    def _minimum(self) -> list[int] | None:
        """Branch and bound: split at fractional numbers, and drop weights beyond the limit."""
        best: list[int] | None = None
        self._is_only = False
        stack: list[tuple[LinearProgram, frozenset[int]]] = [(self._root.copy(), frozenset())]
        while stack and self._steps > 0:
            program, used = stack.pop()
            before = program.steps
            is_possible = self._settle(program)
            self._steps -= (program.steps - before) * program.weight + 1
            if not is_possible or (best is not None and ceil(program.cost) >= self._size(best)):
                continue
            values = program.values
            whole = self._whole(values)
            if whole is not None and self._few(whole):
                self._is_only = best is None and not stack and program.is_only(range(self._weights))
                best = whole
                continue
            stack += self._branches(program, values, used)
        return best

    def _few(self, whole: Sequence[int]) -> bool:
        limit = self._wish.terms
        return limit is None or all(
            sum(1 for i in group if whole[i]) <= limit for group in self._groups
        )

    def _branches(
        self, program: LinearProgram, values: list[Fraction], used: frozenset[int]
    ) -> list[tuple[LinearProgram, frozenset[int]]]:
        limit = self._wish.terms
        if limit is not None:
            for group in self._groups:
                rest = [i for i in group if i not in used and values[i]]
                if len(used.intersection(group)) + len(rest) > limit:
                    return self._with_or_without(program, rest, values, used, group)
        i = next((i for i, value in enumerate(values) if value.denominator > 1), None)
        if i is None:  # no threshold fits between the sums
            return []
        below, above = program.copy(), program
        below.require({i: -1}, -floor(values[i]), len(self._lines) + i)
        above.require({i: 1}, ceil(values[i]), len(self._lines) + i)
        near_above = values[i] - floor(values[i]) > Fraction(1, 2)
        ways = [(below, used), (above, used)]
        return ways if near_above else ways[::-1]

    def _with_or_without(
        self,
        program: LinearProgram,
        rest: list[int],
        values: list[Fraction],
        used: frozenset[int],
        group: Sequence[int],
    ) -> list[tuple[LinearProgram, frozenset[int]]]:
        """Branch on the greatest weight of a group: keep it, or set it to 0."""
        assert self._wish.terms is not None
        i = max(rest, key=lambda i: (abs(values[i]), -i))
        without = program.copy()
        self._fix(without, i, 0)
        taken = used | {i}
        if len(taken.intersection(group)) > self._wish.terms:
            return [(without, used)]
        return [(without, used), (program, taken)]

    def _fix(self, program: LinearProgram, i: int, value: int) -> None:
        program.require({i: 1}, value, len(self._lines) + i)
        program.require({i: -1}, -value, len(self._lines) + i)

    def _whole(self, values: Sequence[Fraction]) -> list[int] | None:
        """Return integer weights with the threshold in the middle between the sums."""
        weights = values[: self._weights]
        if any(weight.denominator > 1 for weight in weights):
            return None
        whole = [int(weight) for weight in weights]
        blanks = [self._blanks[b] for b in self.places]  # bounds of 0 are no lines
        lows = {i: 0 for i, blank in enumerate(blanks) if blank.low == 0}
        highs = {i: 0 for i, blank in enumerate(blanks) if blank.high == 0}
        for line in self._lines:
            rest = line.bound - sum(f * whole[i] for i, f in line.factors.items() if i < len(whole))
            others = [(i, f) for i, f in line.factors.items() if i >= self._weights]
            if len(others) > 1:
                return self._all_whole(values)
            for i, f in others:
                if f > 0:
                    lows[i] = max(lows.get(i, -(-rest // f)), -(-rest // f))
                else:
                    highs[i] = min(highs.get(i, rest // f), rest // f)
        for i in range(self._weights, len(self.places)):
            low, high = lows.get(i), highs.get(i)
            if low is not None and high is not None:
                if low > high:
                    return None
                whole.append((low + high) // 2)
            else:
                whole.append(next((end for end in (low, high) if end is not None), 0))
        return whole

    def _rounded(self) -> list[int] | None:
        """Return integers near multiples of the optimum, if they satisfy all conditions.

        Some multiple is integral itself, and satisfies them if blanks have no bounds.
        """
        values = self._root.values
        scale = lcm(*(value.denominator for value in values))
        for times in (*range(1, _MULTIPLES), scale):
            weights = [Fraction(round(times * value)) for value in values[: self._weights]]
            rest = [times * value for value in values[self._weights :]]
            whole = self._whole([*weights, *rest])
            if whole is not None and self._few(whole) and self._holds(whole):
                return whole
        return None

    def _holds(self, whole: Sequence[int]) -> bool:
        """Return whether numbers satisfy all conditions and signs."""
        return all(
            sum(f * whole[i] for i, f in line.factors.items()) >= line.bound for line in self._lines
        ) and all(n * self._blanks[b].sign >= 0 for n, b in zip(whole, self.places, strict=True))

    @staticmethod
    def _all_whole(values: Sequence[Fraction]) -> list[int] | None:
        """Return the numbers unchanged, if thresholds depend on each other."""
        return None if any(v.denominator > 1 for v in values) else [int(v) for v in values]

    # ------------------------------------------------------------------ the first of equals

    def _first(self, best: list[int]) -> list[int]:
        """Return the first answer of minimum size: fewest weights, smallest greatest weight.

        The work is limited; beyond the limit it is the best answer examined.
        """
        size, steps = self._size(best), MAX_CHOICES
        root = self._root.copy()
        root.require_size(self._costs, size, len(self._lines) + len(self.places))
        key = self._rank(best)
        stack: list[tuple[LinearProgram, int, tuple[int, ...]]] = [(root, 0, ())]
        while stack and steps > 0:
            program, at, chosen = stack.pop()
            before = program.steps
            is_possible = self._settle(program)
            steps -= (program.steps - before) * program.weight + 1
            if not is_possible or self._rank(chosen)[:2] > key[:2]:
                continue
            whole = self._whole(program.values)
            is_end = at == self._weights
            if whole is not None and self._few(whole):
                if self._rank(whole) < key:
                    best, key = whole, self._rank(whole)
                if is_end or program.is_only(range(self._weights)):
                    continue
            if is_end:
                continue
            left = size - sum(map(abs, chosen))
            for value in sorted(range(-left, left + 1), key=_nearness, reverse=True):
                tried = (*chosen, value)
                if self._rank(tried) <= (*key[:2], key[2][: at + 1]):
                    branch = program.copy()
                    self._fix(branch, at, value)
                    stack.append((branch, at + 1, tried))
        return best

    def _rank(self, whole: Sequence[int]) -> tuple[int, int, tuple[tuple[int, bool], ...]]:
        weights = whole[: self._weights]
        terms = sum(1 for weight in weights if weight)
        greatest = max(map(abs, weights), default=0)
        return terms, greatest, tuple(map(_nearness, weights))


def _nearness(value: int) -> tuple[int, bool]:
    """Rank an integer in the order 0, 1, -1, 2, -2, …."""
    return abs(value), value < 0


def _number(value: Fraction) -> Number:
    return int(value) if value.denominator == 1 else value
