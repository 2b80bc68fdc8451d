"""Numbers that are added up: for one of them, the points where a sum passes its limit."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from fractions import Fraction
from math import ceil, floor
from typing import NamedTuple

from nnc.language.network import Fires
from nnc.numbers.exact import Number, simplest
from nnc.proofs.comparison import Condition, End, ends_of
from nnc.proofs.plans import Cut, CutOff, Interval, Leaf, Mixed, Support
from nnc.reasons.question import Change, Question
from nnc.reasons.scales import Scale

_MAX_PLACES = 200  # of one number
_MAX_TRIED = 12  # ends of its span
_End = tuple[Number | None, bool]
"""An end of a number, None where it has none, and whether it is left out itself."""


class Lines:
    """The nodes that an output depends on, and their values in rows."""

    def __init__(self, question: Question, nodes: Collection[int], support: Support) -> None:
        self._question, self._support = question, support
        self._nodes = sorted(nodes)

    def scale(self, axis: int, change: Change) -> Scale | None:
        """Return the positions of a number while other axes change; None if there are too many.

        No node changes between adjacent cut-offs: every interval is evaluated and split where its
        sums reach a limit, until none needs splitting.
        """
        cuts = {
            CutOff(definition.value, definition.strict)
            for definition in (self._question.shared.nodes[node] for node in self._nodes)
            if isinstance(definition, Cut) and definition.axis == axis
        }
        known: set[Number] = set()
        while len(cuts) <= _MAX_PLACES:
            scale = self._scaled(axis, cuts)
            values = [scale.value_at(place) for place in range(len(scale))]
            new = {each for each in values if isinstance(each, (int, Fraction))} - known
            more = set[CutOff]()
            for value in new:
                more.update(self._crossings(axis, {**change, axis: value}))
            known |= new
            if more <= cuts:
                return scale
            cuts |= more
        return None

    def _scaled(self, axis: int, cuts: set[CutOff]) -> Scale:
        own = {**self._support.cut_offs, axis: cuts}
        added = self._support.added - {axis}
        return Scale(self._question, axis, self._support._replace(added=added, cut_offs=own))

    def _crossings(self, axis: int, change: Change) -> Iterator[CutOff]:
        """Yield the values at which sums that read a number pass their limits, bits as in a row."""
        values = self._values(change)
        shared = self._question.shared
        now = change[axis]
        assert not isinstance(now, str)
        for node in self._nodes:
            definition = shared.nodes[node]
            if not isinstance(definition, Mixed):
                continue
            factor = sum(
                (
                    own
                    for read, own in zip(definition.reads, definition.factors, strict=True)
                    if _axis_of(shared.nodes[read]) == axis
                ),
                Fraction(),
            )
            if factor:
                pairs = zip(definition.reads, definition.factors, strict=True)
                rest = sum((own * values[read] for read, own in pairs), Fraction()) - factor * now
                cut = self._cut(
                    axis,
                    (definition.limit - rest) / Fraction(factor),
                    after=definition.strict == (factor > 0),
                )
                if cut is not None:
                    yield cut

    def _cut(self, axis: int, limit: Fraction, *, after: bool) -> CutOff | None:
        """Return a cut-off inside the bounds of a number; for an integer it lies before a value."""
        own = self._question.domain.axes[axis].values
        assert isinstance(own, Interval)
        value = simplest(limit)
        if own.is_integer:
            value, after = (floor(limit) + 1 if after else ceil(limit)), False
        if own.least is not None and (value < own.least or (value == own.least and not after)):
            return None
        if own.greatest is not None and (value > own.greatest or (value == own.greatest and after)):
            return None
        return CutOff(value, after)

    def _values(self, change: Change) -> dict[int, Number]:
        """Return the value of every node in a row with other values."""
        row = enumerate(self._question.row)
        box = {axis: (change.get(axis, value),) for axis, value in row}
        ends = ends_of(self._question.shared, box, self._nodes)
        return {node: low for node, (low, _) in ends.items() if low is not None}


def _axis_of(definition: object) -> int | None:
    return definition.axis if isinstance(definition, Leaf) and definition.is_number else None


class Span(NamedTuple):
    """The interval of a number; an end is None if it is that of the input."""

    low: End
    high: End


class _Bounds:
    """The smallest and the largest sum of numbers that stay in spans, and which are left out."""

    def __init__(self) -> None:
        self.low: Number | None = 0
        self.high: Number | None = 0
        self.is_above = self.is_below = False

    def add(self, factor: Number, low: _End, high: _End) -> None:
        """Add a number times its factor, from its lower to its upper end."""
        if factor < 0:
            low, high = high, low
        self.low = None if self.low is None or low[0] is None else self.low + factor * low[0]
        self.high = None if self.high is None or high[0] is None else self.high + factor * high[0]
        self.is_above |= low[1]
        self.is_below |= high[1]

    def passes(self, definition: Mixed) -> bool | None:
        """Return whether all sums pass a limit (True), or none does (False)."""
        low, high, limit = self.low, self.high, definition.limit
        if low is not None and (
            low > limit or (low == limit and (not definition.strict or self.is_above))
        ):
            return True
        if high is not None and (
            high < limit or (high == limit and (definition.strict or self.is_below))
        ):
            return False
        return None


class Spans:
    """The fixed numbers with their spans, and the consequences for the sums."""

    def __init__(
        self, question: Question, nodes: Collection[int], ordered: Collection[int]
    ) -> None:
        self._question, self._nodes, self._ordered = question, nodes, ordered
        self.known: dict[int, Span] = {}
        """The spans of numbers that may vary; others that are held have one value."""

    def span(self, axis: int) -> Span:
        """Return the span of a fixed number."""
        now = self._now(axis)
        return self.known.get(axis) or Span(("at_least", now), ("at_most", now))

    def condition(self, axis: int) -> Condition:
        """Limit a kept number to its value."""
        own, span = self._question.domain.axes[axis], self.span(axis)
        element = own.element if self._question.plan.inputs[own.input].is_bus else None
        if span.low is not None and span.high is not None and span.low[1] == span.high[1]:
            return Condition(own.input, element, (self._now(axis),))
        return Condition.between(own.input, element, *span)

    def _now(self, axis: int) -> Number:
        value = self._question.row[axis]
        assert not isinstance(value, str)
        return value

    def state(self, node: int, held: set[int]) -> bool | None:
        """Return whether a sum passes its limit, whatever is not fixed; None if unknown."""
        definition = self._question.shared.nodes[node]
        if isinstance(definition, Cut):  # of a number that is also added up
            definition = Mixed((), (), definition.value, definition.strict)
            bounds = _Bounds()
            bounds.add(1, *self._number_ends(self._axis(node), held))
        else:
            assert isinstance(definition, Mixed)
            bounds = self._bounds(definition, held)
        return bounds.passes(definition)

    def _axis(self, node: int) -> int:
        definition = self._question.shared.nodes[node]
        assert isinstance(definition, (Cut, Leaf))
        assert definition.axis is not None
        return definition.axis

    def _bounds(self, definition: Mixed, held: set[int], without: int | None = None) -> _Bounds:
        bounds = _Bounds()
        for read, factor in zip(definition.reads, definition.factors, strict=True):
            if without is None or _axis_of(self._question.shared.nodes[read]) != without:
                bounds.add(factor, *self._ends(read, held))
        return bounds

    def _ends(self, node: int, held: set[int]) -> tuple[_End, _End]:
        definition = self._question.shared.nodes[node]
        if not isinstance(definition, Leaf) or definition.axis is None:
            return (0, False), (1, False)
        if definition.is_number:
            return self._number_ends(definition.axis, held)
        if definition.axis in held and definition.axis not in self._ordered:
            is_on = int(self._question.shared.is_on(node, self._question.row[definition.axis]))
            return (is_on, False), (is_on, False)
        return (0, False), (1, False)

    def _number_ends(self, axis: int, held: set[int]) -> tuple[_End, _End]:
        least, greatest = self._question.ends(axis)
        span = self.span(axis) if axis in held else Span(None, None)
        return (
            (least, False) if span.low is None else (span.low[1], span.low[0] == "above"),
            (greatest, False) if span.high is None else (span.high[1], span.high[0] == "below"),
        )

    def limits(self, axis: int, held: set[int], *, up: bool) -> list[End]:
        """Return limits within which a number keeps one of the sums, the farthest first."""
        now, limits = self._now(axis), set[tuple[Number, bool]]()
        for node in self._nodes:
            definition = self._question.shared.nodes[node]
            state = self.state(node, held)
            if state is None:
                continue
            if isinstance(definition, Cut):
                factor: Number = int(definition.axis == axis)
                definition, rest = Mixed((), (), definition.value, definition.strict), _Bounds()
            else:
                assert isinstance(definition, Mixed)
                pairs = zip(definition.reads, definition.factors, strict=True)
                factor = sum(
                    own
                    for read, own in pairs
                    if _axis_of(self._question.shared.nodes[read]) == axis
                )
                rest = self._bounds(definition, held, axis)
            if not factor or (factor > 0) == (up == state):
                continue  # the number can go on for ever
            total, is_open = (rest.low, rest.is_above) if state else (rest.high, rest.is_below)
            assert total is not None
            takes_limit = is_open or definition.strict != state
            limits.add((simplest(Fraction(definition.limit - total) / factor), takes_limit))
        ends = [
            _end(value, takes, up=up, is_integer=self._question.is_integral(axis))
            for value, takes in limits
        ]
        ends.sort(key=lambda end: end[1], reverse=up)
        return [None, *(end for end in ends if end[1] != now)][:_MAX_TRIED]


def _end(value: Number, takes: bool, *, up: bool, is_integer: bool) -> tuple[Fires, Number]:
    if is_integer:
        if up:
            return "at_most", floor(value) if takes else ceil(value) - 1
        return "at_least", ceil(value) if takes else floor(value) + 1
    if takes:
        return ("at_most" if up else "at_least"), value
    return ("below" if up else "above"), value
