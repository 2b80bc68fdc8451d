"""Box -> whether an output differs in all of it: proved, so that the other inputs do not matter.

A box has for each axis the values that it may take. Each node of the graph gets the least and the
greatest value that it takes there (interval arithmetic; of bits, simulation of 0, 1 and unknown).
What depends on the axes that these leave open is tried row by row, where the rows are few.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from math import prod

from nnc.numbers.exact import Number
from nnc.proofs.plans.blocks import Grid, constant_outputs, differing, unpacked
from nnc.proofs.plans.budget import LOOK
from nnc.proofs.plans.domain import Interval, Listed, Tried, Values, exact_values, length_of
from nnc.proofs.plans.nodes import Cut, Gate, Leaf, Linear, Mixed, merged
from nnc.proofs.plans.pair import ComparedOutput, NormalForm, OutputPart, Pair
from nnc.proofs.plans.shared import Shared

Box = dict[int, Values]
Ends = tuple[Number | None, Number | None]
"""The least and the greatest value; None where there is no bound."""
_UNKNOWN: Ends = (0, 1)
_MAX_ROWS = 1 << 14
"""Limits of a box that is tried row by row."""
_BLOCK = 1 << 12
_MAX_LISTED = 64
"""Values of a bit that are examined one by one."""


class BoxProver:
    """Decides about an output in one box after the other, as long as the budget lasts."""

    def __init__(self, pair: Pair, output: ComparedOutput) -> None:
        """Visit all nodes that the output depends on, which `may_prove` has paid for."""
        self.pair = pair
        self.parts = [part for part in output.open if not part.apart]
        self._has_apart = len(self.parts) < len(output.open)
        shared = self.parts[0].shared
        assert shared is not None
        self.shared: Shared = shared
        self.support = merged(part.support for part in self.parts)
        self.whole: Box = {
            axis: pair.values_of(axis, self.support) for axis in sorted(self.support.axes)
        }
        """All values of each axis that the output depends on."""
        self._order = sorted(shared.cone(node for part in self.parts for node in part.nodes))
        self._work = LOOK * sum(1 for node in self._order for _ in (node, *shared.reads(node)))

    def differs(self, box: Box) -> bool:
        """Return whether the output is proved to differ for every row of a box."""
        if not self.pair.budget.takes(self._work):
            return False
        ends = ends_of(self.shared, box, self._order)
        if any(_surely_differs(part, ends) for part in self.parts):
            return True
        values = self._rows_of(box, ends)
        return values is not None and self._all_differ(values)

    def is_constant(self, box: Box) -> bool:
        """Return whether both networks are proved to give what they do for every row of a box."""
        if self._has_apart or not self.pair.budget.takes(self._work):
            return False
        ends = ends_of(self.shared, box, self._order)
        if all(_place(form, ends) is not None for part in self.parts for form in part.forms):
            return True
        values = self._rows_of(box, ends)
        if values is None:
            return False
        (block,) = Grid(self.pair.domain, values).blocks(_MAX_ROWS)
        return constant_outputs(self.pair, block, self.parts)

    def _rows_of(self, box: Box, ends: Mapping[int, Ends]) -> dict[int, Tried] | None:
        """Return the values to try of a box, and pay for it; None where they are too many."""
        axes = self._open_axes(ends)
        values: dict[int, Tried] = {}
        for axis, own in box.items():
            if axis in axes:
                if isinstance(own, Interval):
                    return None
                values[axis] = own
            elif (resting := self.pair.domain.axes[axis].resting) not in own:
                assert not isinstance(own, Interval)
                values[axis] = own[:1]
            elif isinstance(own, Interval):
                values[axis] = (resting,)
        rows = prod(map(length_of, values.values()))
        if rows > _MAX_ROWS:
            return None
        work = self.pair.work(self.parts, rows, len(values))
        return values if self.pair.budget.takes(work) else None

    def _all_differ(self, values: Mapping[int, Tried]) -> bool:
        grid = Grid(self.pair.domain, values)
        for block in grid.blocks(_BLOCK):
            (words,) = differing(self.pair, block, [self.parts])
            if not unpacked(words, block.count).all():
                return False
        return True

    def _open_axes(self, ends: Mapping[int, Ends]) -> set[int]:
        """Return the axes that undecided nodes depend on."""
        axes: set[int] = set()
        todo = [node for part in self.parts for node in part.nodes]
        seen = set(todo)
        while todo:
            node = todo.pop()
            if is_decided(ends[node]):
                continue
            definition = self.shared.nodes[node]
            if isinstance(definition, (Cut, Leaf)) and definition.axis is not None:
                axes.add(definition.axis)
            fresh = [read for read in self.shared.reads(node) if read not in seen]
            seen.update(fresh)
            todo += fresh
        return axes


def may_prove(pair: Pair, output: ComparedOutput) -> bool:
    """Pay for a visit of all nodes that an output depends on, if the budget allows it."""
    shared = output.open[0].shared
    assert shared is not None
    return pair.budget.takes(
        LOOK * (len(shared.nodes) + sum(len(part.axes) for part in output.open))
    )


def is_decided(ends: Ends) -> bool:
    """Return whether a value is the same in all of a box."""
    return ends[0] is not None and ends[0] == ends[1]


def ends_of(shared: Shared, box: Mapping[int, Values], order: Iterable[int]) -> dict[int, Ends]:
    """Return the least and the greatest value of nodes in a box; sources come first in order."""
    ends: dict[int, Ends] = {0: (0, 0)}
    for node in order:
        definition = shared.nodes[node]
        if isinstance(definition, Gate):
            ends[node] = _of_gate(definition, ends)
        elif isinstance(definition, Mixed):
            ends[node] = _of_mixed(definition, ends)
        elif isinstance(definition, Cut):
            low, high = _extremes(box[definition.axis])
            ends[node] = (
                int(low is not None and shared.is_on(node, low)),
                int(high is None or shared.is_on(node, high)),
            )
        elif definition.axis is None:
            ends[node] = (None, None) if definition.is_number else _UNKNOWN
        elif definition.is_number:
            ends[node] = _extremes(box[definition.axis])
        else:
            ends[node] = _of_bit(shared, node, definition, box[definition.axis])
    return ends


def _of_bit(shared: Shared, node: int, leaf: Leaf, values: Values) -> Ends:
    assert not isinstance(values, Interval)
    if length_of(values) <= _MAX_LISTED:
        states = {int(shared.is_on(node, value)) for value in values}
        return min(states), max(states)
    if isinstance(values, range) and isinstance(leaf.part, int):
        low, high = values.start >> leaf.part, (values.stop - 1) >> leaf.part
        if low == high:
            return low & 1, low & 1
    return _UNKNOWN


def _of_gate(gate: Gate, ends: Mapping[int, Ends]) -> Ends:
    low = high = 0
    for literal, weight in zip(gate.literals, gate.weights, strict=True):
        least, greatest = ends[literal >> 1]
        if literal & 1:
            low += weight * (not greatest)
            high += weight * (not least)
        else:
            low += weight * bool(least)
            high += weight * bool(greatest)
    return int(low >= gate.threshold), int(high >= gate.threshold)


def _of_mixed(mixed: Mixed, ends: Mapping[int, Ends]) -> Ends:
    if not mixed.factors:
        return _UNKNOWN
    low, high = _sum_ends(0, zip(mixed.reads, mixed.factors, strict=True), ends)
    limit, strict = mixed.limit, mixed.strict
    return (
        int(low is not None and (low > limit or (low == limit and not strict))),
        int(high is None or high > limit or (high == limit and not strict)),
    )


def _sum_ends(
    constant: Number, terms: Iterable[tuple[int, Number]], ends: Mapping[int, Ends]
) -> Ends:
    """Return the least and the greatest value of a sum."""
    low: Number | None = constant
    high: Number | None = constant
    for node, factor in terms:
        least, greatest = ends[node] if factor > 0 else ends[node][::-1]
        low = None if low is None or least is None else low + factor * least
        high = None if high is None or greatest is None else high + factor * greatest
    return low, high


def _extremes(values: Values) -> Ends:
    if isinstance(values, Interval):
        return values.least, values.greatest
    if isinstance(values, range):
        return values[0], values[-1]
    exact = exact_values(values)
    return min(exact), max(exact)


# -------------------------------------------------------------------------------- outputs


def _surely_differs(part: OutputPart, ends: Mapping[int, Ends]) -> bool:
    """Return whether a part has two values that are not the same, in all of a box."""
    (olds, labels), (news, others) = part.forms
    if len(olds) == len(news) == 1 and labels == others and len({*labels}) == len(labels):
        constant, terms = _difference(olds[0], news[0])
        low, high = _sum_ends(constant, terms.items(), ends)
        return (low is not None and low > 0) or (high is not None and high < 0)
    before, after = (_place(form, ends) for form in part.forms)
    return before is not None and after is not None and before != after


def _difference(before: Linear, after: Linear) -> tuple[Number, dict[int, Number]]:
    """Take one sum from another, so that what both add vanishes."""
    terms = dict(after.terms)
    for node, factor in before.terms:
        terms[node] = terms.get(node, 0) - factor
    return after.constant - before.constant, {n: factor for n, factor in terms.items() if factor}


def _place(form: NormalForm, ends: Mapping[int, Ends]) -> Number | str | None:
    """Return what a part gives in all of a box; None where that is not known."""
    sums, labels = form
    all_ends = [_sum_ends(sum_.constant, sum_.terms, ends) for sum_ in sums]
    if len(sums) == 1:
        index = all_ends[0][0] if is_decided(all_ends[0]) else None
    else:
        index = _largest(all_ends)
    return labels[int(index)] if labels and index is not None else index


def _largest(all_ends: Sequence[Ends]) -> int | None:
    """Return the place of the sum that is surely the largest, the first of equal ones."""
    for index, (low, _) in enumerate(all_ends):
        if low is not None and all(
            high is not None and (low > high if other < index else low >= high)
            for other, (_, high) in enumerate(all_ends)
            if other != index
        ):
            return index
    return None


# ------------------------------------------------------------------------------- widening


def freed(prover: BoxProver, box: Box) -> Box:
    """Free stretches of axes, ever shorter ones, as long as the difference is proved."""
    fixed = [axis for axis, values in box.items() if values != prover.whole[axis]]
    length = len(fixed)
    while length:
        kept: list[int] = []
        for start in range(0, len(fixed), length):
            stretch = fixed[start : start + length]
            trial = box | {axis: prover.whole[axis] for axis in stretch}
            if prover.differs(trial):
                box = trial
            else:
                kept += stretch
        fixed = kept
        length = 0 if length == 1 else (min(length, len(fixed)) + 1) // 2
    return box


def widened(prover: BoxProver, box: Box) -> Box:
    """Widen each axis that is not free to neighbours, as long as the difference is proved."""
    for axis, whole in prover.whole.items():
        if isinstance(whole, Interval) or box[axis] == whole or length_of(whole) == 2:
            continue
        if isinstance(whole[0], str):
            box = _with_labels(prover, box, axis, whole)
        else:
            box = _with_neighbours(prover, box, axis, whole)
    return box


def _with_labels(prover: BoxProver, box: Box, axis: int, whole: Tried) -> Box:
    for label in whole:
        chosen = tuple(value for value in whole if value == label or value in box[axis])
        if chosen != box[axis] and prover.differs(box | {axis: chosen}):
            box = box | {axis: chosen}
    return box


def _with_neighbours(prover: BoxProver, box: Box, axis: int, whole: Tried) -> Box:
    def is_proved(start: int, stop: int) -> bool:
        return prover.differs(box | {axis: _slice(whole, start, stop)})

    values = box[axis]
    assert not isinstance(values, Interval)
    start = whole.index(values[0])
    stop = _farthest(start + 1, length_of(whole), lambda end: is_proved(start, end))
    start = -_farthest(-start, 0, lambda end: is_proved(-end, stop))
    return box | {axis: _slice(whole, start, stop)}


def _slice(whole: Tried, start: int, stop: int) -> Listed:
    part = whole[start:stop]
    return part if isinstance(part, range) else tuple(part)


def _farthest(good: int, end: int, is_good: Callable[[int], bool]) -> int:
    """Return the farthest number up to the end that is good, as all before it are."""
    if good == end or is_good(end):
        return end
    while end - good > 1:
        middle = (good + end) // 2
        if is_good(middle):
            good = middle
        else:
            end = middle
    return good
