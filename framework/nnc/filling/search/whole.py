"""Solve a skeleton as one program of CP-SAT, with bounds, decimals, terms and the minimum.

A weight times an unknown bit is a separate variable, equal to the weight or 0. Blanks without
bounds are searched within widening bounds, as the answer states.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from fractions import Fraction
from math import ceil, floor, lcm
from typing import NamedTuple

from nnc.filling.search.outcomes import Exhausted, Outcome, Request
from nnc.filling.search.separable import Search, Wish
from nnc.filling.search.skeleton import (
    Blank,
    Cell,
    Largest,
    Place,
    Skeleton,
    Sum,
    ascending,
    conditions_of,
    groups,
)
from nnc.language.firing import FIRING
from nnc.numbers.exact import Number, magnitude
from nnc.solvers.bounded import Program, TooLarge, Verdict, require_library, version

RADII = (2, 5, 20, 100)  # largest sizes of unbounded weights, tried in turn
_AFTER = 10.0  # seconds for each further goal, which decides among equal answers


def fill_within(
    skeleton: Skeleton,
    request: Request,
    is_over: Callable[[], bool],
    start: Outcome | None = None,
) -> Outcome:
    """Fill a skeleton by CP-SAT; `start` is an answer to improve.

    Raises InvalidNetworkError (missing-library) if ortools is not installed.
    """
    require_library("to decide weights with bounds, decimals or few terms in several neurons")
    open_weights = [b for b in skeleton.blanks if b.is_weight and None in (b.low, b.high)]
    radii: tuple[Fraction | int | None, ...] = RADII if open_weights else (None,)
    if open_weights and start is not None and request.minimize == "weights":
        radii = (Fraction(start.size),)  # no weight of a smaller sum is greater than the sum
    is_total_bound = len(radii) == 1
    within: Number | None = None
    for radius in radii:
        try:
            model = Model(skeleton, request, radius)
        except TooLarge:
            break
        outcome = model.outcome(is_over, is_total_bound=is_total_bound)
        if request.margin is None and outcome.proof is not None:  # none is greater than 1
            return fill_within(skeleton, replace(request, margin=1), is_over, start)
        if outcome.values is not None or outcome.proof is not None or outcome.is_interrupted:
            return _better(outcome, start)
        within = within if outcome.within is None else outcome.within
        if is_over():
            break
    return start or Outcome(skeleton, within=within)


def _better(outcome: Outcome, start: Outcome | None) -> Outcome:
    """Return the new answer, or the previous one if it was not improved."""
    if start is None or outcome.values is not None or outcome.proof is not None:
        return outcome
    return replace(start, is_interrupted=outcome.is_interrupted)


class Searched(NamedTuple):
    """The result of a search; `verdict` and `bound` are for the first goal, `is_least` for all."""

    verdict: Verdict
    values: Sequence[int]
    bound: int | None
    is_least: bool
    is_interrupted: bool


class Model:
    """The program of a skeleton; a radius limits weights without bounds."""

    def __init__(self, skeleton: Skeleton, request: Request, radius: Fraction | int | None) -> None:
        self._skeleton, self._request = skeleton, request
        self._program = Program()
        self._radius = radius
        self._numbers = self._blank_numbers(radius)
        self._bits: dict[tuple[int, int], int] = {}
        self._gated: dict[tuple[int, int], int] = {}
        self._margin = self._margin_number()
        self._expected = [row.expected for row in skeleton.rows]
        for r in range(len(skeleton.rows)):
            self._add_row(r)
        for condition in ascending(skeleton, skeleton.ordered):
            factors = {self._numbers[b]: f * request.unit for b, f in condition.factors.items()}
            self._require(factors, condition.constant, is_strict=condition.is_strict)
        self._sizes, self._used = self._measures()

    def _blank_numbers(self, radius: Fraction | int | None) -> list[int]:
        """Add an integer for each blank, in units; thresholds range beyond all sums."""
        unit = self._request.unit
        limits: list[tuple[int, int]] = []
        for blank in self._skeleton.blanks:
            reach = Fraction(radius or 0)
            low = -reach if blank.low is None else Fraction(blank.low)
            high = reach if blank.high is None else Fraction(blank.high)
            limits.append((ceil(low / unit), floor(high / unit)))
        for cell in self._skeleton.cells:
            reach = Fraction(self._reach(cell, limits)) / unit
            for entry in cell.thresholds:
                if isinstance(entry, Place):
                    blank = self._skeleton.blanks[entry.blank]
                    beyond = ceil(reach) + 1 + (self._request.margin or 1)
                    limits[entry.blank] = (
                        -beyond if blank.low is None else ceil(Fraction(blank.low) / unit),
                        beyond if blank.high is None else floor(Fraction(blank.high) / unit),
                    )
        return [self._program.number(low, max(low, high)) for low, high in limits]

    def _reach(self, cell: Cell, limits: Sequence[tuple[int, int]]) -> Number:
        """Return the maximum absolute value of the sum of a cell."""
        unit = self._request.unit
        total: Number = 0
        for source, weight in zip(cell.sources, cell.weights, strict=True):
            worth = [
                magnitude(row.known[source]) for row in self._skeleton.rows if source in row.known
            ]
            worth += [magnitude(self._skeleton.worth(source, fires=f)) for f in (False, True)]
            size: Number = magnitude(weight) if not isinstance(weight, Place) else 0
            if isinstance(weight, Place):
                size = max(map(abs, limits[weight.blank])) * unit
            total += size * max(worth)
        return total

    def _margin_number(self) -> int | None:
        """Add a variable for the margin, if it is maximized."""
        if self._request.margin is not None:
            return None
        most = max((max(map(abs, self._program.bounds(n))) for n in self._numbers), default=1)
        return self._program.number(2, max(2, 2 * most))

    # ------------------------------------------------------------------ rows

    def _literal(self, signal: int, row: int) -> int | bool:
        """Return the variable for a signal's bit in a row, or its known value."""
        known = self._skeleton.rows[row].known.get(signal)
        if known is not None:
            return known == self._skeleton.worth(signal, fires=True)
        if signal in self._expected[row]:
            return self._expected[row][signal]
        if (signal, row) not in self._bits:
            self._bits[signal, row] = self._program.bit()
        return self._bits[signal, row]

    def _form(self, cell: Cell, row: int) -> tuple[dict[int, Number], Number]:
        """Return the sum of a cell in a row, over the numbers of the program."""
        factors: dict[int, Number] = {}
        total: Number = 0
        unit = self._request.unit
        known = self._skeleton.rows[row].known
        for source, weight in zip(cell.sources, cell.weights, strict=True):
            bit: int | None = None
            base = known.get(source)
            more: Number = 0
            if base is None:
                silent, fires = (self._skeleton.worth(source, fires=f) for f in (False, True))
                literal = self._literal(source, row)
                base = silent
                if literal is True:
                    base = fires
                elif literal is not False:
                    bit, more = literal, fires - silent
            if isinstance(weight, Place):
                number = self._numbers[weight.blank]
                factors[number] = factors.get(number, 0) + base * unit
                if bit is not None:
                    product = self._product(number, bit)
                    factors[product] = factors.get(product, 0) + more * unit
            else:
                total += weight * base
                if bit is not None:
                    factors[bit] = factors.get(bit, 0) + weight * more
        return {i: f for i, f in factors.items() if f}, total

    def _product(self, number: int, bit: int) -> int:
        if (number, bit) not in self._gated:
            self._gated[number, bit] = self._program.gated(number, bit)
        return self._gated[number, bit]

    def _require(
        self,
        factors: Mapping[int, Number],
        constant: Number,
        *,
        is_strict: bool,
        when: Sequence[int] = (),
    ) -> None:
        """Require sum factors[i] * n[i] + constant > 0, or >= 0."""
        times = lcm(*(Fraction(f).denominator for f in (*factors.values(), constant)))
        whole = {i: int(f * times) for i, f in factors.items()}
        self._program.require(whole, int(is_strict) - int(constant * times), when)

    def _add_row(self, r: int) -> None:
        skeleton = self._skeleton
        for cell in skeleton.cells:
            if all(signal in skeleton.rows[r].known for signal in cell.signals):
                continue
            factors, total = self._form(cell, r)
            for i, signal in enumerate(cell.signals):
                literal = self._literal(signal, r)
                for fires in (True, False):
                    if literal is fires:
                        self._compare(cell, i, factors, total, [], fires=fires)
                    elif not isinstance(literal, bool):
                        when = [literal if fires else ~literal]
                        self._compare(cell, i, factors, total, when, fires=fires)
        for demand in skeleton.rows[r].demands:
            if isinstance(demand, Sum):
                factors, total = self._form(skeleton.cells[demand.cell], r)
                rest = total - demand.value
                self._require(factors, rest, is_strict=False)
                self._require({i: -f for i, f in factors.items()}, -rest, is_strict=False)
            elif isinstance(demand, Largest):
                self._add_largest(demand, r)

    def _add_largest(self, demand: Largest, r: int) -> None:
        own, base = self._form(self._skeleton.cells[demand.cells[demand.place]], r)
        for i, other in enumerate(demand.cells):
            if i != demand.place:
                factors, total = self._form(self._skeleton.cells[other], r)
                difference = dict(own)
                for number, factor in factors.items():
                    difference[number] = difference.get(number, 0) - factor
                self._require(difference, base - total, is_strict=i < demand.place)

    def _compare(
        self,
        cell: Cell,
        output: int,
        factors: Mapping[int, Number],
        total: Number,
        when: Sequence[int],
        *,
        fires: bool,
    ) -> None:
        """Require an output to fire, or to be silent, if some literals hold."""
        firing, threshold = FIRING[cell.rules[output]], cell.thresholds[output]
        sign = 1 if firing.up == fires else -1
        signed = {i: sign * factor for i, factor in factors.items()}
        constant = sign * total
        if isinstance(threshold, Place):
            number = self._numbers[threshold.blank]
            signed[number] = signed.get(number, 0) - sign * self._request.unit
        else:
            constant -= sign * threshold
        is_strict = firing.strict == fires
        if cell.blanks and self._margin is not None:
            signed[self._margin] = -self._request.unit
            is_strict = False
        elif cell.blanks and self._request.margin is not None and self._request.margin > 1:
            constant -= self._request.margin * self._request.unit
            is_strict = False
        self._require(signed, constant, is_strict=is_strict, when=when)

    # ------------------------------------------------------------------ goals

    def _measures(self) -> tuple[list[int], list[int]]:
        """Add the size of each weight, and whether it is nonzero; limit the terms of cells."""
        program, limit = self._program, self._request.terms
        sizes, used = [], []
        self._places = [b for b, blank in enumerate(self._skeleton.blanks) if blank.is_weight]
        for b in self._places:
            sizes.append(program.size(self._numbers[b]))
            used.append(program.bit())
            program.require({sizes[-1]: -1}, 0, [~used[-1]])
        if limit is not None:
            at = dict(zip(self._places, used, strict=True))
            for cell in self._skeleton.cells:
                weights = {w.blank for w in cell.weights if isinstance(w, Place)}
                program.require({at[b]: -1 for b in weights}, -limit)
        return sizes, used

    def _goals(self) -> list[dict[int, int]]:
        """Return the objectives, the most important first."""
        program = self._program
        weights = dict.fromkeys(self._sizes, 1)
        terms = dict.fromkeys(self._used, 1)
        greatest = program.number(0, max((program.bounds(s)[1] for s in self._sizes), default=0))
        for size in self._sizes:
            program.require({greatest: 1, size: -1}, 0)
        goals = [weights, terms, {greatest: 1}]
        if self._request.minimize == "terms":
            goals = [terms, weights, {greatest: 1}]
        if self._margin is not None:
            goals = [{self._margin: -1}, *goals]
        return goals

    def search(self, goals: Sequence[Mapping[int, int]], is_over: Callable[[], bool]) -> Searched:
        """Search for the first goal with all the time, then for the goals that break ties."""
        program = self._program
        verdict: Verdict = "unknown"
        first: Verdict | None = None
        bound: int | None = None
        values: list[int] = []
        for place, goal in enumerate(goals):
            if not goal:
                continue
            program.minimize(goal)
            seconds = self._request.seconds if not values else min(_AFTER, self._request.seconds)
            verdict = program.solve(seconds, is_over)
            first = first or verdict
            if verdict in ("optimal", "feasible"):
                values = program.values
            if place == 0:
                bound = program.bound
            if verdict != "optimal" or program.is_interrupted:
                break
            program.fix_goal(sum(f * values[i] for i, f in goal.items()))
            program.hint({i: values[i] for i in self._numbers})
        is_least = verdict == "optimal"
        if is_least and not program.is_interrupted:
            values = self._first(is_over) or values
        return Searched(first or verdict, values, bound, is_least, program.is_interrupted)

    def outcome(self, is_over: Callable[[], bool], *, is_total_bound: bool) -> Outcome:
        """Fill the skeleton with the best numbers for the goals of the request."""
        result = self.search(self._goals(), is_over)
        if result.verdict == "infeasible" and is_total_bound:
            return Outcome(self._skeleton, proof=Exhausted(f"CP-SAT {version()}"))
        if not result.values:
            within = self._radius if result.verdict == "infeasible" else None
            return Outcome(self._skeleton, is_interrupted=result.is_interrupted, within=within)
        return self._answer(
            result.values, result.bound, is_least=result.is_least and is_total_bound
        )

    def _first(self, is_over: Callable[[], bool]) -> list[int]:
        """Return the first answer, in the order of the file, among those equal in all goals."""
        order = []
        for b, size in zip(self._places, self._sizes, strict=True):
            negative = self._program.bit()
            self._program.require({self._numbers[b]: 1}, 0, [~negative])
            order += [size, negative]
        self._program.take_first(order)
        verdict = self._program.solve(min(_AFTER, self._request.seconds), is_over)
        return self._program.values if verdict in ("optimal", "feasible") else []

    def _numbers_of(self, values: Sequence[int]) -> dict[int, Number]:
        """Return the number of each blank in a solution of the program."""
        return {b: self._plain(values[place]) for b, place in enumerate(self._numbers)}

    def _plain(self, units: int) -> Number:
        """Convert a count of units to a number."""
        value = units * self._request.unit
        return int(value) if value.denominator == 1 else value

    def _answer(self, values: Sequence[int], bound: int | None, *, is_least: bool) -> Outcome:
        skeleton, request, unit = self._skeleton, self._request, self._request.unit
        numbers = self._numbers_of(values)
        margin = request.margin or values[self._margin or 0]
        numbers = _centred(skeleton, numbers, Wish(unit, margin=margin))
        size = Fraction(0)
        for b in self._places:
            size += magnitude(numbers[b])
        whole: Number = int(size) if size.denominator == 1 else size
        is_sum = request.minimize == "weights" and request.margin is not None
        least = whole if is_least or not is_sum or bound is None else bound * unit
        return Outcome(
            skeleton,
            numbers,
            None,
            whole,
            least,
            "network" if is_least else "",
            is_by_solver=True,
            is_interrupted=self._program.is_interrupted,
            margin=margin,
        )


def _centred(skeleton: Skeleton, numbers: Mapping[int, Number], wish: Wish) -> dict[int, Number]:
    """Center each open threshold in the range with the same outputs, for given weights."""
    worth = skeleton.evaluated(numbers)
    fixed = tuple(
        Blank(blank.name, numbers[b], numbers[b]) if blank.is_weight else blank
        for b, blank in enumerate(skeleton.blanks)
    )
    values = dict(numbers)
    for group in groups(skeleton):
        conditions = conditions_of(skeleton, group, worth)
        filling = Search(fixed, conditions, wish).least()
        if filling is not None:
            values |= filling.values
    return values
