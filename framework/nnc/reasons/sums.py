"""One comparison of a sum that reads inputs directly: each axis contributes independently.

The necessary axes are then known by sorting: axes that could push the sum least towards another
decision are released first, so that the fewest are fixed.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from fractions import Fraction
from itertools import combinations
from math import ceil, floor
from typing import NamedTuple

from nnc.numbers.exact import Number, simplest
from nnc.proofs.comparison import Condition, End
from nnc.proofs.plans import Cut, Gate, Leaf, Mixed, Support
from nnc.reasons.finder import MAX_SHOWN, Nearest
from nnc.reasons.question import Change, Question
from nnc.reasons.scales import Scale, beyond

_MAX_CHOICES = 2_000  # of axes, in the search for the nearest rows


class _Gain(NamedTuple):
    """The push of one axis towards another decision; `most` is None if it has no bound.

    A number adds `factor` times itself; other axes have a gain for each position of their scale.
    """

    axis: int
    most: Number | None
    scale: Scale | None = None
    at: tuple[Number, ...] = ()
    factor: Number = 0


class Comparison:
    """A sum that decides otherwise once it has gained `needed` or, if strict, more."""

    def __init__(self, question: Question, gains: Sequence[_Gain], needed: Number, *, strict: bool):
        self._question, self._needed, self._strict = question, needed, strict
        # those with no bound come last
        self._gains = sorted(gains, key=lambda gain: (gain.most is None, gain.most or 0))

    def _reaches(self, gained: Number | None) -> bool:
        if gained is None:
            return True
        return gained > self._needed if self._strict else gained >= self._needed

    # ------------------------------------------------------------------------------- forcing

    def forced(self) -> list[Condition]:
        """Return the fewest conditions that keep the decision, whatever the other inputs are."""
        spent: Number = 0
        held = list(self._gains)
        while held and held[0].most is not None and not self._reaches(spent + held[0].most):
            spent += held.pop(0).most or 0
        return list(self._widened(sorted(held), spent))

    def _widened(self, held: Iterable[_Gain], spent: Number) -> Iterable[Condition]:
        """Widen the fixed numbers as far as all of them may vary at once.

        The first one uses what is left, up to the last step.
        """
        is_open = False  # whether the sum stays below what it may gain, if only just
        for gain in held:
            rest = self._needed - spent
            if gain.scale is None:
                end, own, is_open = self._end(gain, rest, is_open=is_open)
                spent += own
                up = gain.factor > 0
                yield self._number(gain.axis, None if up else end, end if up else None)
                continue

            def stays(amount: Number, rest: Number = rest, is_open: bool = is_open) -> bool:
                return amount <= rest if self._strict or is_open else amount < rest

            first, last = _stretch(gain, stays)
            spent += max(gain.at[first : last + 1])
            yield gain.scale.condition(range(first, last + 1))

    def _end(self, gain: _Gain, rest: Number, *, is_open: bool) -> tuple[End, Number, bool]:
        """Return the end of a number's interval, its gain, and whether the end is excluded."""
        now = self._now(gain.axis)
        limit = Fraction(now) + Fraction(rest) / Fraction(gain.factor)
        takes_limit = self._strict or is_open
        up = gain.factor > 0
        if self._question.is_integral(gain.axis):
            last = (
                (floor(limit) if up else ceil(limit))
                if takes_limit
                else (ceil(limit) - 1 if up else floor(limit) + 1)
            )
            return (("at_most" if up else "at_least"), last), (last - now) * gain.factor, is_open
        value = simplest(limit)
        if takes_limit:
            return (("at_most" if up else "at_least"), value), rest, is_open
        return (("below" if up else "above"), value), rest, True

    def _number(self, axis: int, low: End, high: End) -> Condition:
        own = self._question.domain.axes[axis]
        is_bus = self._question.plan.inputs[own.input].is_bus
        return Condition.between(own.input, own.element if is_bus else None, low, high)

    def _now(self, axis: int) -> Number:
        value = self._question.row[axis]
        assert not isinstance(value, str)
        return value

    # ------------------------------------------------------------------------------- nearest

    def nearest(self, kept: Collection[int]) -> Nearest:
        """Return the rows that decide otherwise in which the fewest axes change."""
        free = [gain for gain in reversed(self._gains) if gain.axis not in kept]
        free = [gain for gain in free if gain.most is None or gain.most > 0]
        count = next((k for k in range(1, len(free) + 1) if self._reaches(_sum(free[:k]))), 0)
        if not count:
            return Nearest((), is_proved=True)
        changes: list[Change] = []
        for i, chosen in enumerate(combinations(free, count)):
            if i == _MAX_CHOICES or len(changes) > MAX_SHOWN:
                break
            if self._reaches(_sum(chosen)):
                changes.append(self._change(chosen))
        return Nearest(
            tuple(changes[:MAX_SHOWN]), is_proved=True, are_more=len(changes) > MAX_SHOWN
        )

    def _change(self, chosen: Sequence[_Gain]) -> Change:
        """Return values of axes that together suffice, each as near as the others allow."""
        change: dict[int, Number | str] = {}
        others = list(chosen)
        spent: Number = 0
        for gain in chosen:
            others.remove(gain)
            rest = _sum(others)
            assert rest is not None
            missing = self._needed - spent - rest
            value, own = self._nearest_value(gain, missing)
            change[gain.axis] = value
            spent += own
        return change

    def _nearest_value(self, gain: _Gain, missing: Number) -> tuple[Number | str, Number]:
        """Return the nearest value whose gain suffices, and that gain."""
        if gain.scale is not None:
            scale = gain.scale
            place = min(
                (
                    i
                    for i, own in enumerate(gain.at)
                    if (own > missing if self._strict else own >= missing)
                ),
                key=lambda i: abs(i - scale.place),
            )
            return scale.value_at(place), gain.at[place]
        now, up = self._now(gain.axis), gain.factor > 0
        limit = simplest(Fraction(now) + Fraction(missing) / Fraction(gain.factor))
        low, high = self._question.ends(gain.axis)
        if self._question.is_integral(gain.axis):
            value: Number = ceil(limit) if up else floor(limit)
            if self._strict and value == limit:
                value += 1 if up else -1
        elif self._strict:
            value = beyond(limit, limit, high) if up else beyond(limit, low, limit)
        else:
            value = limit
        return value, (value - now) * gain.factor


def _sum(gains: Iterable[_Gain]) -> Number | None:
    total: Number = 0
    for gain in gains:
        if gain.most is None:
            return None
        total += gain.most
    return total


def _stretch(gain: _Gain, stays: Callable[[Number], bool]) -> tuple[int, int]:
    """Return the positions around the present one whose gain is within the limit."""
    assert gain.scale is not None
    first = last = gain.scale.place
    if gain.scale.is_ordered:
        while first and stays(gain.at[first - 1]):
            first -= 1
        while last + 1 < len(gain.at) and stays(gain.at[last + 1]):
            last += 1
    return first, last


def comparison(question: Question, literal: int, support: Support) -> Comparison | None:
    """Return the comparison behind a literal that holds; None if it is not a comparison."""
    terms, limit, strict = _terms(question, literal >> 1)
    nodes = question.shared.nodes
    by_axis: dict[int, list[tuple[int, Number]]] = {}
    for each, weight in terms:
        definition = nodes[each >> 1]
        if not isinstance(definition, (Cut, Leaf)) or definition.axis is None:
            return None
        by_axis.setdefault(definition.axis, []).append((each, weight))
    if not by_axis:
        return None
    # what holds now has to stay: a sum that passes must not lose, one that does not must not gain
    sign = 1 if literal & 1 else -1
    gains, total = [], Fraction()
    for axis, own in by_axis.items():
        if axis in support.added:
            if len(own) > 1:
                return None
            [(_, factor)] = own
            gain = _number_gain(question, axis, sign * factor)
            now = question.row[axis]
            assert not isinstance(now, str)
            total += now * factor
        else:
            scale = Scale(question, axis, support)
            worth = [
                sum(
                    (
                        weight * (question.shared.is_on(each >> 1, scale.value_at(i)) ^ (each & 1))
                        for each, weight in own
                    ),
                    Fraction(),
                )
                for i in range(len(scale))
            ]
            total += worth[scale.place]
            at = tuple(sign * (each - worth[scale.place]) for each in worth)
            gain = _Gain(axis, max(at), scale, at)
        gains.append(gain)
    needed = sign * (limit - total)
    # a sum that passes `>=` stops where it has lost more than what it has above the limit
    return Comparison(question, gains, needed, strict=strict if sign > 0 else not strict)


def _terms(question: Question, node: int) -> tuple[list[tuple[int, Number]], Number, bool]:
    """Return the terms of a node, and the limit that its sum must reach, or exceed if strict."""
    definition = question.shared.nodes[node]
    terms: list[tuple[int, Number]]
    if isinstance(definition, Gate):
        terms = list(zip(definition.literals, definition.weights, strict=True))
        return terms, definition.threshold, False
    if isinstance(definition, Mixed):  # one without factors is no sum that is known
        terms = [
            (2 * each, own) for each, own in zip(definition.reads, definition.factors, strict=False)
        ]
        return terms, definition.limit, definition.strict
    return [(2 * node, 1)], 1, False


def _number_gain(question: Question, axis: int, factor: Number) -> _Gain:
    low, high = question.ends(axis)
    end = high if factor > 0 else low
    now = question.row[axis]
    assert not isinstance(now, str)
    return _Gain(axis, None if end is None else (end - now) * factor, factor=factor)
