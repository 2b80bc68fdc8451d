"""Search for the fewest numbers to change, then the least change, so that all rows hold.

Every repair by one number is found first, with the whole interval of its values: complete and
exact. If there is none, sets of two numbers are tried, then of three, and so on. The search ends
with a proof that the answer is the least, or with the budget. Where no repair exists, rows
contradict each other, or numbers may not change that would have to.

A number is swept: between two values at which a bit flips nothing changes, so the network is
simulated once for each such stretch. A row that fails goes on to fail until one of its bits flips
or one of its sums is right, so the sweep jumps over everything before that.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Literal, NamedTuple

from nnc.compiler.graph import NeuronNode
from nnc.compiler.plan import Plan
from nnc.lazy import np
from nnc.numbers.exact import text_of
from nnc.numbers.integers import Array
from nnc.repairs.problem.circuit import Bits, Changes, State
from nnc.repairs.problem.demands import Demands, Example
from nnc.repairs.problem.examples import contradiction
from nnc.repairs.problem.numbers import WrittenNumber
from nnc.repairs.problem.problem import (
    EVERYTHING,
    Best,
    Change,
    Changed,
    Interval,
    OutOfTimeError,
    Problem,
    Remedy,
    merged,
)
from nnc.repairs.several.hitting import HittingSets, Refutation

MAX_STRETCHES = 20_000  # simulations of one number, in each direction
MAX_JUMPING_ROWS = 64  # failing rows that decide how far a sweep jumps


def fixes(problem: Problem) -> Iterator[Remedy]:
    """Yield every number that repairs all rows alone. Raises OutOfTimeError."""
    few = problem.state.taken(problem.failing)
    asked = problem.demands.taken(problem.failing)
    for number in problem.numbers:
        problem.check_time()
        if number.units & problem.cone and _good(problem, few, asked, number):
            intervals = _good(problem, problem.state, problem.demands, number)
            if intervals:
                yield Remedy(number, tuple(intervals))


def _good(
    problem: Problem, state: State, demands: Demands, number: WrittenNumber
) -> list[Interval]:
    """Return the values of a number for which all rows of a state pass."""
    sweep, intervals = _Sweep(state, demands, number), []
    first = sweep.look(_Point(Fraction(), has=True), 0)
    for side in (1, -1):
        stretch = first
        for _ in range(MAX_STRETCHES):
            problem.check_time()
            intervals += [] if stretch.good is None else [stretch.good]
            end = stretch.ends[side]
            if end is None:
                break
            stretch = sweep.look(end, side)
    bounds, old = problem.range_of(number), Fraction(number.value)
    moved = [each.moved(old).intersection(bounds) for each in intervals]
    return merged([each for each in moved if not each.is_empty])


class _Point(NamedTuple):
    """The end of a stretch, and whether the stretch after it includes (`has`) it."""

    value: Fraction
    has: bool


class _Stretch(NamedTuple):
    """The changes of a number for which all rows pass, and the next point on each side."""

    good: Interval | None
    ends: dict[int, _Point | None]


class _Part(NamedTuple):
    """Inequalities gain * change + slack > 0 (`strict`) or >= 0, one for each row of `rows`."""

    rows: Array
    gains: Array
    slack: Array
    strict: Array

    def interval(self) -> Interval:
        """Return the changes for which all of them hold."""
        return interval_of(self.gains, self.slack, self.strict)

    def fails(self, change: Fraction, side: int) -> Array:
        """Return the inequalities that fail at a change, or just to one side of it."""
        at = self.slack * change.denominator + self.gains * change.numerator
        beside = at * 0 if not side else self.gains * side
        return np.asarray(
            (at < 0) | ((at == 0) & ((beside < 0) | ((beside == 0) & self.strict)))
        ).astype(bool)

    def end(self, i: int, side: int) -> _Point | None:
        """Return the change at which inequality i flips on a side, or None."""
        gain, slack = int(self.gains[i]), int(self.slack[i])
        if not gain:
            return None
        is_end = gain * side < 0  # it holds up to there, else from there on
        return _Point(Fraction(-slack, gain), has=is_end == bool(self.strict[i]))


class _Sweep:
    """A network with one number changed."""

    def __init__(self, state: State, demands: Demands, number: WrittenNumber) -> None:
        self._state, self._demands, self._number = state, demands, number
        self._gains: dict[int, Array] = {}
        self._parts: list[_Part] = []
        self._rows = np.arange(state.count)
        self._change, self._side = Fraction(), 0

    def look(self, point: _Point, side: int) -> _Stretch:
        """Simulate the network at a change, or just beyond it, and return the valid stretch."""
        self._change, self._side = point.value, 0 if point.has else side
        self._gains, self._parts = {}, []
        special = {
            place: lambda total, changes, place=place: self._fire(place, total, changes)
            for place in self._number.units
        }
        changes = self._state.propagate(special)
        failing = self._demands.failing(self._state, changes, but=self._number.units)
        sums = list(self._sums(changes))
        cell = _intersection(self._parts)
        wrong = [part.fails(self._change, self._side) for part in sums]
        if not failing.any() and not any(each.any() for each in wrong):
            good = cell.intersection(_intersection(sums))
            ends = {1: _after(good.high, has=good.has_high), -1: _after(good.low, has=good.has_low)}
            return _Stretch(good, ends)
        waiting: dict[int, list[tuple[_Part, int]]] = {
            int(row): [] for row in np.flatnonzero(failing)[:MAX_JUMPING_ROWS]
        }
        for part, each in zip(sums, wrong, strict=True):
            for i in np.flatnonzero(each)[:MAX_JUMPING_ROWS]:
                waiting.setdefault(int(part.rows[i]), []).append((part, int(i)))
        ends = {each: self._jump(waiting, each) for each in (1, -1)}
        return _Stretch(None, ends)

    def _jump(self, waiting: dict[int, list[tuple[_Part, int]]], side: int) -> _Point | None:
        """Return the first change at which every failing row may pass, or None."""
        ends = []
        for row, broken in waiting.items():
            points = [part.end(row, side) for part in self._parts]
            points += [part.end(i, side) for part, i in broken]
            ahead = [point for point in points if point is not None and self._is_ahead(point, side)]
            if not ahead:
                return None
            ends.append(min(ahead, key=lambda p: (p.value * side, not p.has)))
        return max(ends, key=lambda p: (p.value * side, not p.has))

    def _is_ahead(self, point: _Point, side: int) -> bool:
        if point.value != self._change:
            return (point.value - self._change) * side > 0
        return not self._side and not point.has

    def _fire(self, place: int, total: Array, changes: Changes) -> list[Bits]:
        unit, table = self._state.circuit.units[place], self._state.table[place]
        effects = [effect for effect in self._number.effects if effect.unit == place]
        influence = self._state.influence([e for e in effects if e.synapses], place, changes)
        self._gains[place] = influence = influence.astype(object)
        total = total.astype(object)
        bits = []
        for i, rule in enumerate(unit.rules):
            sign = 1 if rule.up else -1
            moved = sum(table.scale for effect in effects if effect.threshold == i)
            gains, slack = (influence - moved) * sign, (total - table.limits[i]) * sign
            strict = np.full(len(slack), rule.strict)
            on = ~_Part(self._rows, gains, slack, strict).fails(self._change, self._side)
            fired: Bits = on.astype(np.uint8)
            bits.append(fired)
            turned = np.where(on, 1, -1)
            self._parts.append(_Part(self._rows, gains * turned, slack * turned, on == rule.strict))
        return bits

    def _sums(self, changes: Changes) -> Iterator[_Part]:
        """Yield the demands on sums in which the number has an effect."""
        state, units = self._state, self._number.units
        nothing = np.zeros(state.count, object)
        for unit, demand in self._demands.sums.items():
            if unit in units:
                over = (changes.sums[unit].astype(object) - demand.wanted)[demand.asked]
                gains, rows = self._gains[unit][demand.asked], self._rows[demand.asked]
                for sign in (1, -1):
                    yield _Part(rows, gains * sign, over * sign, np.zeros(len(rows), bool))
        for group in self._demands.largest:
            for winner, other, rows, strict in group.rivals() if units & {*group.units} else ():
                sums = [changes.sums.get(u, state.sums[u]).astype(object) for u in (winner, other)]
                gains = self._gains.get(winner, nothing) - self._gains.get(other, nothing)
                ahead = (sums[0] - sums[1])[rows]
                yield _Part(rows, gains[rows], ahead, np.full(len(rows), strict))


def _after(end: Fraction | None, *, has: bool) -> _Point | None:
    """Return the point at which to continue after an interval."""
    return None if end is None else _Point(end, has=not has)


def _intersection(parts: Sequence[_Part]) -> Interval:
    result = EVERYTHING
    for part in parts:
        result = result.intersection(part.interval())
    return result


def interval_of(gains: Array, slack: Array, strict: Array) -> Interval:
    """Return the interval of changes for which all inequalities hold; it may be empty."""
    still = gains == 0
    if np.any(still & ((slack < 0) | (strict & (slack == 0)))):
        return Interval(Fraction(1), Fraction(0))
    result = EVERYTHING
    moving = ~still
    gains, slack, strict = gains[moving], slack[moving], strict[moving]
    for gain in sorted(set(gains.tolist())):
        rows = gains == gain
        slacks = slack[rows]
        least = slacks.min()
        is_strict = bool(np.any(strict[rows] & (slacks == least)))
        end = Fraction(-int(least), int(gain))
        if gain > 0:
            result = result.intersection(Interval(low=end, has_low=not is_strict))
        else:
            result = result.intersection(Interval(high=end, has_high=not is_strict))
    return result


Proof = Literal["proved", "searched", "not decided"]


@dataclass(eq=False)
class Answer:
    """The numbers to change, and what is proved about their count and change.

    At least `fewest` numbers are needed. `fixes` are all repairs by one number. `is_interrupted`
    says that Ctrl-C has ended the search. Where no repair exists, `refutation` may tell which rows
    contradict each other, and `needs_decimals` that more decimals might be enough.
    """

    changed: Changed | None = None
    fewest: int = 1
    proof: Proof = "not decided"
    fixes: list[Remedy] = field(default_factory=list)
    is_interrupted: bool = False
    refutation: Refutation | None = None
    needs_decimals: bool = False


def search(problem: Problem) -> Answer:
    """Search for a repair until the budget is exhausted, or Ctrl-C ends it with an answer."""
    answer, best = Answer(), Best()
    try:
        _by_one(problem, answer, best)
        if best.changed is None:
            _by_several(problem, answer, best)
    except OutOfTimeError:
        pass
    except KeyboardInterrupt:
        if best.changed is None:
            raise
        answer.is_interrupted = True
    answer.changed = best.changed
    if answer.proof == "not decided" and best.changed is not None:
        answer.proof = "searched"
    return answer


def _by_one(problem: Problem, answer: Answer, best: Best) -> None:
    answer.fixes = list(fixes(problem))
    for remedy in answer.fixes:
        value = problem.value_in(remedy.number, remedy.intervals)
        if value is not None:
            best.offer((Change(remedy.number, value),))
    if best.changed is not None:
        answer.proof = "proved"
    else:
        answer.fewest = 2


def _by_several(problem: Problem, answer: Answer, best: Best) -> None:
    """Try two numbers, then three, and so on. Raises OutOfTimeError."""
    search = HittingSets(problem, answer.fewest, best)
    try:
        search.search()
    finally:
        outcome = search.outcome
        answer.refutation = search.refutation
        answer.needs_decimals = search.needs_decimals
        answer.fewest = outcome.fewest
        if outcome.is_proved or outcome.is_impossible:
            answer.proof = "proved"


MAX_NAMES = 6  # contradicting rows that a message names


@dataclass(frozen=True, slots=True)
class Impossible:
    """The reason why no change of the allowed numbers satisfies all rows, as one sentence.

    What affects the rows and may not change lies `is_in_files`, or was excluded, `is_kept`;
    `is_decimals` says that more decimals might be enough.
    """

    why: str
    is_decimals: bool = False
    is_in_files: bool = False
    is_kept: bool = False


def before_search(plan: Plan, example: Example, problem: Problem) -> Impossible | None:
    """Return why no repair exists, if the rows alone prove it."""
    if not len(problem.failing):
        return None
    clash = contradiction(plan, example)
    if clash is not None:
        first, other, alias = clash
        names = [_name_of(example, row) for row in (first, other)]
        values = [text_of(example.wanted[alias][row]) for row in (first, other)]
        return Impossible(
            f"{names[0]} and {names[1]} have the same inputs, but expect {values[0]} and "
            f"{values[1]} of `{alias}`"
        )
    if problem.demands.fixed.any():
        row = int(problem.demands.fixed.argmax())
        return Impossible(f"{_name_of(example, row)} cannot be satisfied: no number affects it")
    if problem.numbers:
        return None
    return _explained(problem, [int(problem.failing[0])], _wrong_units(problem))


def after_search(problem: Problem, answer: Answer) -> Impossible:
    """Return why a search has proved that no repair exists."""
    if answer.refutation is not None:
        units, rows, is_decimals = answer.refutation
        return _explained(problem, sorted(rows), units, is_decimals=is_decimals)
    demands, circuit = problem.demands, problem.circuit
    units = {circuit.makers[signal] for signal in demands.bits} | demands.summed
    return _explained(problem, [], units, is_decimals=answer.needs_decimals)


def _wrong_units(problem: Problem) -> set[int]:
    """Return the units of which the first failing row expects another value."""
    row, state, demands = problem.failing[0], problem.state, problem.demands
    units = {
        problem.circuit.makers[signal]
        for signal, bit in demands.bits.items()
        if bit.asked[row] and state.bits[signal][row] != bit.wanted[row]
    }
    units |= {
        unit
        for unit, total in demands.sums.items()
        if total.asked[row] and state.sums[unit][row] != total.wanted[row]
    }
    if not units:
        units.update(unit for group in demands.largest if group.asked[row] for unit in group.units)
    return units


def _explained(
    problem: Problem, rows: list[int], units: Iterable[int], *, is_decimals: bool = False
) -> Impossible:
    """Describe the numbers that affect some units and may not change."""
    circuit = problem.circuit
    cone = circuit.cone(circuit.units[unit].first for unit in units)
    allowed = {id(number) for number in problem.numbers}
    affecting = [number for number in problem.everything if number.units & cone]
    is_free = any(id(number) in allowed for number in affecting)
    is_kept = any(id(number) not in allowed for number in affecting)
    is_in_files = not cone.isdisjoint(problem.elsewhere.units)
    names = list(dict.fromkeys(_name_of(problem.example, row) for row in rows))
    subject, affected = "not all rows can be satisfied", "them"
    if len(names) == 1:
        subject, affected = f"{names[0]} cannot be satisfied", "it"
    elif names:
        more = len(names) - MAX_NAMES + 1
        last = names[-1] if more < 2 else f"{more:,} more"
        listed = f"{', '.join(names[: min(len(names), MAX_NAMES) - 1])} and {last}"
        subject = f"{listed} cannot be satisfied together"
    with_decimals = " with so few decimals" if is_decimals else ""
    fixed = "are excluded" if is_kept else ""
    if is_in_files:
        fixed = f"are in {problem.elsewhere.what}, which repair does not change"
        fixed += ", or are excluded" if is_kept else ""
    if not fixed:
        end = f", whatever the numbers are{with_decimals}"
        if _has_steps(problem, cone):
            end += "; repair does not change cut-offs"
        if not is_free:
            end = f": no number affects {affected}"
    elif is_free:
        end = f" by the numbers that may change{with_decimals}"
        end += f": others that affect {affected} {fixed}"
    else:
        end = f": the only numbers that affect {affected} {fixed}"
    return Impossible(subject + end, is_decimals, is_in_files, is_kept)


def _has_steps(problem: Problem, units: Iterable[int]) -> bool:
    """Return whether any of the units compares an input with a cut-off."""
    circuit = problem.circuit
    firsts = {circuit.units[unit].first for unit in units}
    nodes = (node for node in circuit.graph.nodes if isinstance(node, NeuronNode))
    return any(node.is_step and node.first in firsts for node in nodes)


def _name_of(example: Example, row: int) -> str:
    name = example.names[row] if row < len(example.names) else ""
    return f"`{name}`" if name else "a guarded row"
