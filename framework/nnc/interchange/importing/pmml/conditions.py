"""Conditions over a row -> neurons: cut-offs of sums, values of texts, and bits.

A condition is a conjunction with one part for each thing that it reads, so that a path through a
tree keeps only the cut-offs that count, and a path that no row takes is seen.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import NamedTuple

from nnc.interchange.importing.formulas import Formula, Formulas, turned
from nnc.interchange.importing.models.cutoffs import Split, as_name, cut_off, least_right, rounded
from nnc.interchange.importing.naming import Names
from nnc.language.firing import Threshold
from nnc.language.network import Neuron
from nnc.numbers.exact import Number, show_number, simplest

Position = tuple[Number, bool]
"""A cut between numbers: before the number, or after it if the second part is true."""
Weights = tuple[tuple[str, Fraction], ...]


class Range(NamedTuple):
    """The numbers from one cut to another; None is no end."""

    low: Position | None = None
    high: Position | None = None


@dataclass(frozen=True, slots=True)
class Sum:
    """A constant and weighted sources; `is_single` if evaluators round it to float32."""

    constant: Fraction = Fraction(0)
    weights: Mapping[str, Fraction] = field(default_factory=dict)
    is_single: bool = False

    def plus(self, other: Sum, factor: Fraction = Fraction(1)) -> Sum:
        """Return the sum of this one and a multiple of another."""
        weights = dict(self.weights)
        for source, weight in other.weights.items():
            weights[source] = weights.get(source, Fraction(0)) + factor * weight
        kept = {source: weight for source, weight in weights.items() if weight}
        return Sum(self.constant + factor * other.constant, kept)

    def times(self, factor: Fraction) -> Sum:
        """Return a multiple of this sum."""
        return Sum().plus(self, factor)


@dataclass(eq=False, slots=True)
class Options:
    """A value that is one of some texts, each with the formula that is true for it."""

    formulas: dict[str, Formula]


@dataclass(frozen=True, slots=True)
class Source:
    """A bit that a condition reads."""

    name: str


Key = Weights | Options | Source
Part = Range | frozenset[str] | bool
Condition = Mapping[Key, Part]
"""The parts that all hold; an empty one always holds, and None stands for one that never does."""

ALWAYS: Condition = {}


def both(first: Condition | None, second: Condition | None) -> Condition | None:
    """Return the conjunction of two conditions."""
    if first is None or second is None:
        return None
    parts = dict(first)
    for key, part in second.items():
        merged = _merged(parts[key], part) if key in parts else part
        if merged is None:
            return None
        parts[key] = merged
    return parts


def _merged(first: Part, second: Part) -> Part | None:
    if isinstance(first, Range) and isinstance(second, Range):
        lows = [end for end in (first.low, second.low) if end is not None]
        highs = [end for end in (first.high, second.high) if end is not None]
        low, high = max(lows, default=None), min(highs, default=None)
        return None if low is not None and high is not None and low >= high else Range(low, high)
    if isinstance(first, frozenset) and isinstance(second, frozenset):
        return (first & second) or None
    return first if first == second else None


def _cuts_at(number: Fraction, *, is_single: bool) -> list[Position]:
    """Return the cuts before and after a number, or before and after what is rounded to it.

    The end of what is rounded is a double, and stands as its shortest decimal, as those of rows do.
    """
    if not is_single:
        return [(number, False), (number, True)]
    single = rounded(float(number), "float32")
    cuts: list[Position] = []
    for is_left in (False, True):
        high = least_right(single, Split("float32", is_left))
        limit = cut_off(math.inf if high is None else high, "float32")
        cuts.append((Fraction(repr(float(limit.number))), limit.rule == "above"))
    return cuts


class Conditions:
    """The cut-offs and formulas of a network, created as conditions are read."""

    def __init__(self, names: Names) -> None:
        self.names = names
        self.formulas = Formulas(names)
        self.has_rounding = False  # a sum that evaluators round is compared
        self._bits: dict[frozenset[tuple[Key, Part]], Formula] = {}
        self._cuts: dict[Weights, tuple[str, dict[Position, str]]] = {}

    def neurons(self) -> dict[str, Neuron]:
        """Return all neurons, those with cut-offs first."""
        cuts = {
            name: Neuron(
                weights={source: simplest(weight) for source, weight in weights},
                thresholds={
                    label: Threshold(number, "above") if is_past else number
                    for (number, is_past), label in sorted(limits.items())
                },
            )
            for weights, (name, limits) in self._cuts.items()
        }
        return {**cuts, **self.formulas.neurons}

    def negated(self, condition: Condition | None) -> Condition | None:
        """Return the opposite of a condition."""
        if condition is None:
            return ALWAYS
        if not condition:
            return None
        if len(condition) == 1:
            [(key, part)] = condition.items()
            if isinstance(part, bool):
                return {key: not part}
            if isinstance(key, Options) and isinstance(part, frozenset):
                rest = frozenset(key.formulas) - part
                return {key: rest} if rest else None
            if isinstance(part, Range) and (part.low is None or part.high is None):
                return {key: Range(part.high, part.low)}
        return self.opposite(self.bit(condition))

    def opposite(self, formula: Formula) -> Condition | None:
        """Return the condition that a formula does not hold."""
        return self.holding(turned(formula))

    def holding(self, formula: Formula) -> Condition | None:
        """Return the condition that a formula holds."""
        source, is_turned = formula
        if source in ("0", "1"):
            return ALWAYS if (source == "1") != is_turned else None
        return {Source(source): not is_turned}

    def without(self, condition: Condition, excluded: Condition) -> Condition | None:
        """Return a condition simplified for rows in which another one does not hold."""
        if both(condition, excluded) is None:
            return condition
        left: dict[Key, Part] = {}
        for key, part in excluded.items():
            known = condition.get(key)
            if known is None:
                left[key] = part
            elif isinstance(known, Range) and isinstance(part, Range):
                low = part.low if known.low is None or known.low < (part.low or known.low) else None
                high = part.high
                if known.high is not None and high is not None and known.high <= high:
                    high = None
                if low is not None or high is not None:
                    left[key] = Range(low, high)
            elif _merged(known, part) != known:
                left[key] = part
        return both(condition, self.negated(left)) if left else None

    def exclusive(
        self, within: Condition, conditions: Sequence[Condition | None]
    ) -> tuple[list[Condition | None], Condition | None]:
        """Return where each condition is the first that holds, and where none does."""
        firsts: list[Condition | None] = []
        for place, condition in enumerate(conditions):
            first = both(within, condition)
            for earlier in conditions[:place]:
                if first is not None and earlier is not None:
                    first = self.without(first, earlier)
            firsts.append(first)
        rest: Condition | None = within
        for condition in conditions:
            if rest is not None and condition is not None:
                rest = self.without(rest, condition)
        return firsts, rest

    def any_of(self, conditions: Iterable[Condition | None], wanted: str) -> Condition | None:
        """Return the disjunction of conditions."""
        kept = [condition for condition in conditions if condition is not None]
        if not kept or ALWAYS in kept:
            return ALWAYS if kept else None
        keys = {key for condition in kept for key in condition}
        if len(keys) == 1 and isinstance(key := next(iter(keys)), Options):
            sets = [part for each in kept if isinstance(part := each[key], frozenset)]
            return {key: frozenset().union(*sets)}
        parts = [self.bit(condition) for condition in kept]
        return self.holding(self.formulas.of("or", parts, [], wanted))

    def bit(self, condition: Condition | None, wanted: str = "holds") -> Formula:
        """Return the formula of a condition."""
        if condition is None:
            return "0", False
        parts = frozenset(condition.items())
        if parts in self._bits:
            return self._bits[parts]
        literals: list[Formula] = []
        count = 0
        for key, part in condition.items():
            if isinstance(part, bool) and isinstance(key, Source):
                literals.append((key.name, not part))
                count += 1
            elif isinstance(part, frozenset) and isinstance(key, Options):
                others = [text for text in key.formulas if text not in part]
                if len(others) < len(part):
                    literals += [turned(key.formulas[text]) for text in others]
                    count += len(others)
                else:
                    literals += [key.formulas[text] for text in key.formulas if text in part]
                    count += 1
            elif isinstance(part, Range) and isinstance(key, tuple):
                ends = ((part.low, False), (part.high, True))
                limits = [
                    (self._cut(key, end), is_high) for end, is_high in ends if end is not None
                ]
                literals += limits
                count += len(limits)
        self._bits[parts] = self.formulas.of("atleast", literals, [count], wanted)
        return self._bits[parts]

    def named_bit(self, condition: Condition | None, name: str) -> Formula:
        """Return the formula of a condition; a neuron that is only for it gets a name."""
        before = len(self.formulas.neurons)
        formula = self.bit(condition, name)
        if len(self.formulas.neurons) == before:
            return formula
        assert condition is not None
        formula = self.formulas.named(formula, self.names.new(name), None), False
        self._bits[frozenset(condition.items())] = formula
        return formula

    def times_bit(self, number: Fraction, formula: Formula) -> Sum:
        """Return a number where a formula holds, and 0 elsewhere."""
        source, is_turned = formula
        if source in ("0", "1"):
            return Sum(number if (source == "1") != is_turned else Fraction(0))
        return Sum(number, {source: -number}) if is_turned else Sum(Fraction(0), {source: number})

    def compared(self, total: Sum, operator: str, limit: Fraction) -> Condition | None:
        """Return the condition that a sum compares so with a number."""
        if operator == "notEqual":
            return self.negated(self.compared(total, "equal", limit))
        weights = sorted(total.weights.items())
        factor = weights[0][1] if weights else Fraction(1)
        is_input = not total.constant and factor == 1 == len(weights)
        self.has_rounding |= not is_input and any("." not in source for source, _ in weights)
        before, after = _cuts_at(limit, is_single=total.is_single and bool(weights))
        low, high = {
            "equal": (before, after), "lessThan": (None, before), "lessOrEqual": (None, after),
            "greaterThan": (after, None), "greaterOrEqual": (before, None),
        }[operator]  # fmt: skip
        if factor < 0:
            low, high = high, low
        part = Range(
            *(
                None
                if cut is None
                else (simplest((cut[0] - total.constant) / factor), cut[1] != (factor < 0))
                for cut in (low, high)
            )
        )
        if not weights:
            is_after_low = part.low is None or part.low < (0, True)
            is_before_high = part.high is None or part.high > (0, False)
            return ALWAYS if is_after_low and is_before_high else None
        return {tuple((source, weight / factor) for source, weight in weights): part}

    def _cut(self, weights: Weights, position: Position) -> str:
        """Return the source that fires where a sum is beyond a cut."""
        if weights not in self._cuts:
            wanted = weights[0][0].replace(".", "_") if len(weights) == 1 else "sum"
            self._cuts[weights] = (self.names.new(f"{wanted}_is"), {})
        name, labels = self._cuts[weights]
        if position not in labels:
            number, is_past = position
            label = f"{'over' if is_past else 'from'}_{as_name(show_number(number))}"
            taken = Names(labels.values())
            labels[position] = taken.new(label)
        return f"{name}.{labels[position]}"
