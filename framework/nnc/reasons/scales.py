"""The positions of an axis in order: its values, or for a number the cells between its cut-offs."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from nnc.numbers.exact import Number, simplest
from nnc.proofs.comparison import Condition, Places
from nnc.proofs.plans import Interval, Support, between, size_of
from nnc.reasons.question import Question

_MAX_DIGITS = 30
MAX_PLACES = 1 << 12  # values of a number that is added up


class Scale(Places):
    """The positions of one axis, and that of a row; within a position nothing changes.

    A number that is only compared has a position for each cell between cut-offs; one that is added
    up has one for each value.
    """

    def __init__(self, question: Question, axis: int, support: Support) -> None:
        own = question.domain.axes[axis]
        self._is_bus = question.plan.inputs[own.input].is_bus
        values, cuts = own.values, None
        self.is_ordered = isinstance(values, Interval)
        listed: Sequence[Number | str] = ()
        if not isinstance(values, Interval):
            listed = values
        elif axis in support.added:
            assert values.least is not None
            assert values.greatest is not None
            listed = range(int(values.least), int(values.greatest) + 1)
        else:
            cuts = support.cut_offs.get(axis, ())
        super().__init__(own, listed, cuts)
        self.now = question.row[axis]
        self.place = self.place_of(self.now)

    def value_at(self, place: int) -> Number | str:
        """Return the value at a position that is nearest to that of the row; any for open ends."""
        if self._cuts is None:
            return self._listed[place]
        if place == self.place:
            return self.now
        assert isinstance(self.axis.values, Interval)
        low = self._cuts[place - 1] if place else None
        high = self._cuts[place] if place < len(self._cuts) else None
        if place > self.place:
            assert low is not None
            if not low.after:
                return low.value
            top = self.axis.values.greatest if high is None else high.value
            return beyond(low.value, low.value, top)
        assert high is not None
        if high.after:
            return high.value
        if self.axis.is_integral:
            return high.value - 1
        if low is not None:
            return beyond(high.value, low.value, high.value)
        return beyond(high.value, self.axis.values.least, high.value)

    def condition(self, places: Sequence[int]) -> Condition:
        """Limit the axis to some adjacent positions."""
        element = self.axis.element if self._is_bus else None
        name, first, last = self.axis.input, places[0], places[-1]
        if not self.is_ordered:
            return Condition(name, element, (self._listed[first],))
        low = self.low(first) if first else None
        high = self.high(last) if last < len(self) - 1 else None
        if low is not None and high is not None and low[1] == high[1]:
            return Condition(name, element, (low[1],))
        if low is None and high is None:
            return Condition(name, element, (self.now,))
        return Condition.between(name, element, low, high)


def beyond(limit: Number, low: Number | None, high: Number | None) -> Number:
    """Return a number near a limit, which is one of two ends and is itself excluded.

    Its distance is a unit of the limit's last decimal, at most a tenth, if that is inside.
    """
    digits = 1
    while digits < _MAX_DIGITS and Fraction(limit) * 10**digits % 1:
        digits += 1
    step = Fraction(1, 10**digits)
    value = simplest(limit + step if limit == low else limit - step)
    if (low is None or value > low) and (high is None or value < high):
        return value
    if low is None:
        assert high is not None
        low = high - 1
    if high is None:
        high = low + 1
    return simplest(between(Fraction(low), Fraction(high)))


def scales_of(question: Question, support: Support) -> dict[int, Scale] | None:
    """Return the scale of every axis that something depends on; None if one has no end."""
    scales = {}
    for axis in sorted(support.axes):
        values = question.domain.axes[axis].values
        if isinstance(values, Interval) and axis in support.added:
            size = size_of(values)
            if size is None or size > MAX_PLACES:
                return None
        scales[axis] = Scale(question, axis, support)
    return scales
