"""Describe where an output differs by the fewest conditions on inputs.

Where all rows were tried the region may be whole: it differs there and nowhere else. Else it is a
box around the row that was found, in all of which it is proved to differ.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import product
from typing import Self

from nnc.language.network import Fires
from nnc.lazy import np
from nnc.numbers.exact import Number
from nnc.proofs.comparison.boxes import Box, BoxProver, freed, widened
from nnc.proofs.plans.domain import Axis, CutOff, Interval, Tried, Values, exact_values, length_of
from nnc.proofs.plans.nodes import Cut, Gate
from nnc.proofs.plans.pair import ComparedOutput, Pair, Table

_MAX_BOXES = 3
"""Boxes that are listed."""
_MAX_COUNTED = 12
"""Conditions whose number is counted."""
_MAX_LISTED = 4  # values of a number that are no range
_MAX_TURNED = 4
"""Conditions that may be negated one by one, to find such a number."""


End = tuple[Fires, Number] | None
"""A rule and a number, such as `("at_least", 22)`; None where there is no end."""


@dataclass(frozen=True, slots=True)
class Condition:
    """The values of an input, or of an element of a bus: listed, or between two ends."""

    input: str
    """The name of an input."""
    element: int | None
    """The element of a bus; null for an input that is no bus, or for all of it."""
    values: tuple[Number | str, ...] = ()
    """The values that it may have; empty where it is between ends."""
    at_least: Number | None = None
    """It is this number or more; null where there is no such end."""
    above: Number | None = None
    """It is above this number; null where there is no such end."""
    at_most: Number | None = None
    """It is this number or less; null where there is no such end."""
    below: Number | None = None
    """It is below this number; null where there is no such end."""

    @classmethod
    def between(cls, name: str, element: int | None, low: End, high: End) -> Self:
        """Return the condition that an input is between two ends."""
        return cls(name, element, (), **dict(filter(None, (low, high))))

    @property
    def subject(self) -> tuple[str, int | None]:
        """The input and the element."""
        return self.input, self.element

    @property
    def low(self) -> End:
        """The lower end."""
        if self.at_least is not None:
            return "at_least", self.at_least
        return None if self.above is None else ("above", self.above)

    @property
    def high(self) -> End:
        """The upper end."""
        if self.at_most is not None:
            return "at_most", self.at_most
        return None if self.below is None else ("below", self.below)


@dataclass(frozen=True, slots=True)
class Region:
    """The rows in which an output differs, whatever the other inputs are."""

    all: tuple[Condition, ...] = ()
    """The conditions that all hold."""
    some: tuple[Condition, ...] = ()
    """The conditions of which a number holds."""
    least: int = 0
    """The least number of conditions in `some` that hold."""
    most: int = 0
    """The greatest number of conditions in `some` that hold."""
    either: tuple[tuple[Condition, ...], ...] = ()
    """Lists of conditions: where there are any, all of one of the lists hold."""
    is_whole: bool = False
    """True if it differs nowhere else."""


def find_region(prover: BoxProver, output: ComparedOutput) -> tuple[Region, set[int]]:
    """Return where an output differs, and the axes that decide it.

    In the row that was found the other axes are set to rest: it differs there, too.
    """
    assert output.witness is not None
    pair = prover.pair
    scales = {axis: _Scale(pair, prover, axis) for axis in prover.whole}
    if output.table is not None:
        codes = [scale.place_of(output.witness[axis]) for axis, scale in scales.items()]
        region, axes = _Tabled(output.table, scales, _rising(prover)).region(codes)
    else:
        box = {axis: scale.values_at(output.witness[axis]) for axis, scale in scales.items()}
        box = widened(prover, freed(prover, box))
        axes = {axis for axis, values in box.items() if values != prover.whole[axis]}
        region = Region(tuple(_conditions(pair, scales, box, axes)))
    resting = [axis.resting for axis in pair.domain.axes]
    output.witness = [
        value if axis in axes else resting[axis] for axis, value in enumerate(output.witness)
    ]
    return region, axes


def deciding_axes(prover: BoxProver, output: ComparedOutput, axes: set[int]) -> set[int]:
    """Return the axes on which it depends what both networks give, in the row that was found.

    These are `axes` where that is proved, and else all that the output depends on.
    """
    assert output.witness is not None
    depends = {axis for part in output.parts for axis in part.axes}
    closed = {axis for part in output.parts if part.is_equal for axis in part.axes}
    if axes >= depends:
        return axes & depends
    box: Box = dict(prover.whole)
    for axis in axes & box.keys():
        box[axis] = _Scale(prover.pair, prover, axis).values_at(output.witness[axis])
    if closed <= axes and prover.is_constant(box):
        return axes
    return depends


# ------------------------------------------------------------------------------ conditions


class Places:
    """The places of an axis in order: its values, or of a number the cells between its cut-offs."""

    def __init__(self, axis: Axis, listed: Sequence[Number | str], cuts: Iterable[CutOff] | None):
        self.axis, self._listed = axis, listed
        self._cuts = None if cuts is None else sorted(cuts)

    def __len__(self) -> int:
        return len(self._listed) if self._cuts is None else len(self._cuts) + 1

    def place_of(self, value: Number | str) -> int:
        """Return the place that a value has."""
        if self._cuts is None:
            return self._listed.index(value)
        (number,) = exact_values([value])
        return sum(
            number > cut.value or (number == cut.value and not cut.after) for cut in self._cuts
        )

    def low(self, place: int) -> End:
        """Return the end below a place."""
        if self._cuts is None:
            (number,) = exact_values([self._listed[place]])
            return "at_least", number
        if place == 0:
            assert isinstance(self.axis.values, Interval)
            least = self.axis.values.least
            return None if least is None else ("at_least", least)
        cut = self._cuts[place - 1]
        return ("above" if cut.after else "at_least"), cut.value

    def high(self, place: int) -> End:
        """Return the end above a place."""
        if self._cuts is None:
            (number,) = exact_values([self._listed[place]])
            return "at_most", number
        if place == len(self._cuts):
            assert isinstance(self.axis.values, Interval)
            greatest = self.axis.values.greatest
            return None if greatest is None else ("at_most", greatest)
        cut = self._cuts[place]
        if cut.after or self.axis.is_integral:
            return "at_most", cut.value if cut.after else cut.value - 1
        return "below", cut.value


class _Scale(Places):
    """The values of an axis in order: what people call one of them, or some next to each other."""

    def __init__(self, pair: Pair, prover: BoxProver, axis: int) -> None:
        own = pair.domain.axes[axis]
        self.whole: Values = prover.whole[axis]
        is_cut = isinstance(own.values, Interval) and axis not in prover.support.added
        listed = () if isinstance(self.whole, Interval) else self.whole
        super().__init__(own, listed, prover.support.cut_offs[axis] if is_cut else None)
        inputs = {**pair.after.inputs, **pair.before.inputs}
        self.is_bus = inputs[own.input].is_bus
        self.is_integer_bus = inputs[own.input].is_integer_bus

    def values_at(self, value: Number | str) -> Values:
        """Return a value as the only one; of a number that is compared, that of its cell."""
        return (value if isinstance(self.whole, Interval) else self.whole[self.place_of(value)],)

    def has_words(self, codes: Sequence[int]) -> bool:
        """Return whether values at some places, in order, are a range, or few to be listed."""
        if codes[-1] - codes[0] + 1 == len(codes):
            return True
        assert not isinstance(self.whole, Interval)
        return self._cuts is None and (isinstance(self.whole[0], str) or len(codes) <= _MAX_LISTED)

    def condition(self, codes: Sequence[int], least: int = 0, most: int | None = None) -> Condition:
        """Return the condition that an axis has one of some values, between two others.

        Ends that are those of all the places from `least` to `most` are not mentioned.
        """
        assert not isinstance(self.whole, Interval)
        name, element = self.axis.input, self.axis.element if self.is_bus else None
        first, last = codes[0], codes[-1]
        most = length_of(self.whole) - 1 if most is None else most
        is_gapped = last - first + 1 != length_of(codes)
        is_listed = isinstance(self.whole[0], str) or length_of(self.whole) == 2
        if self._cuts is None and (is_gapped or is_listed):
            return Condition(name, element, tuple(self.whole[code] for code in codes))
        low, high = self.low(first), self.high(last)
        if low is not None and high is not None and low[1] == high[1]:
            return Condition(name, element, (low[1],))
        return Condition.between(
            name, element, low if first > least else None, high if last < most else None
        )


def _conditions(
    pair: Pair, scales: Mapping[int, _Scale], box: Box, axes: set[int]
) -> Iterator[Condition]:
    """Describe a box by conditions on axes; an integer is named where all its bits are."""
    by_input: dict[str, list[int]] = {}
    for axis in sorted(axes):
        by_input.setdefault(scales[axis].axis.input, []).append(axis)
    for name, own in by_input.items():
        total = _whole_integer(scales, box, own) if own == [*pair.domain.axes_of[name]] else None
        if total is not None:
            yield Condition(name, None, (total,))
            continue
        for axis in own:
            scale, whole = scales[axis], scales[axis].whole
            if isinstance(whole, Interval):
                element = scale.axis.element if scale.is_bus else None
                yield Condition(name, element, tuple(_listed(box[axis])))
            else:
                yield scale.condition(_places(_listed(whole), _listed(box[axis])))


def _whole_integer(scales: Mapping[int, _Scale], box: Box, axes: Sequence[int]) -> int | None:
    """Return the integer that all bits of a bus are in a box, where each has one value."""
    scale = scales[axes[0]]
    values = [_listed(box[axis]) for axis in axes]
    if not scale.is_integer_bus or scale.axis.element is None or len(axes) == 1:
        return None
    if any(len(own) > 1 for own in values):
        return None
    return int("".join(str(own[0]) for own in values), 2)


def _places(whole: Tried, values: Tried) -> Sequence[int]:
    """Return the places of some values of a whole, in order."""
    if isinstance(whole, range) and isinstance(values, range):  # which may be too many for a list
        first = whole.index(values[0])
        return range(first, first + length_of(values))
    return [whole.index(value) for value in values]


def _listed(values: Values) -> Tried:
    assert not isinstance(values, Interval)
    return values


# ---------------------------------------------------------------------------------- tables


class _Tabled:
    """The region of an output whose rows were all tried."""

    def __init__(
        self, table: Table, scales: Mapping[int, _Scale], rising: Callable[[int], bool]
    ) -> None:
        self._scales = [scales[axis] for axis in table.values]
        self._axes, self._table, self._rising = list(table.values), table.differs, rising
        self._kept = [self._kept_places(i) for i in range(len(self._axes))]
        self._table = self._table[np.ix_(*self._kept)]
        self._classes = [self._classes_of(i) for i in range(len(self._axes))]
        firsts = [[own[0] for own in classes] for classes in self._classes]
        self._table = self._table[np.ix_(*firsts)]

    def region(self, codes: Sequence[int]) -> tuple[Region, set[int]]:
        """Return the region, around the row of some codes if it is not whole, and its axes."""
        common = [i for i, kept in enumerate(self._kept) if len(kept) < self._size(i)]
        open_ = [i for i, classes in enumerate(self._classes) if len(classes) > 1]
        everywhere = tuple(self._scales[i].condition(self._kept[i]) for i in common)
        axes = {self._axes[i] for i in {*common, *open_}}
        if not open_:
            return Region(everywhere, is_whole=True), axes
        counted = self._counted(open_)
        if counted is not None:
            return replace(counted, all=everywhere), axes
        groups = list(self._groups(codes))
        if len(groups) <= _MAX_BOXES:
            either = tuple(tuple(self._of_group(group)) for group in groups)
            if len(either) > 1:
                return Region(everywhere, either=either, is_whole=True), axes
        chosen = [self._codes_of(i, own) for i, own in enumerate(groups[0])]
        limited = [i for i, own in enumerate(chosen) if len(own) < self._size(i)]
        conditions = tuple(self._scales[i].condition(chosen[i]) for i in limited)
        return Region(conditions, is_whole=len(groups) == 1), {self._axes[i] for i in limited}

    def _size(self, index: int) -> int:
        return length_of(_listed(self._scales[index].whole))

    def _kept_places(self, index: int) -> list[int]:
        """Return the codes of an axis with rows that differ; all of them where these lack words."""
        others = tuple(i for i in range(self._table.ndim) if i != index)
        kept: list[int] = np.flatnonzero(self._table.any(axis=others)).tolist()
        return kept if self._scales[index].has_words(kept) else list(range(self._size(index)))

    def _classes_of(self, index: int) -> list[list[int]]:
        """Group the values of an axis for which the same rows differ.

        Those of numbers are neighbours.
        """
        rows = np.moveaxis(self._table, index, 0).reshape(len(self._kept[index]), -1)
        is_label = isinstance(_listed(self._scales[index].whole)[0], str)
        classes: list[list[int]] = []
        for i, row in enumerate(rows):
            for members in classes if is_label else classes[-1:]:
                if (rows[members[0]] == row).all():
                    members.append(i)
                    break
            else:
                classes.append([i])
        return classes

    def _condition(self, index: int, chosen: Sequence[int]) -> Condition:
        """Return the condition that an axis is in some of its classes."""
        kept = self._kept[index]
        return self._scales[index].condition(self._codes_of(index, chosen), kept[0], kept[-1])

    def _codes_of(self, index: int, chosen: Sequence[int]) -> list[int]:
        kept = self._kept[index]
        return sorted(kept[i] for number in chosen for i in self._classes[index][number])

    # -------------------------------------------------------------------- how many hold

    def _counted(self, open_: Sequence[int]) -> Region | None:
        """Describe the region by how many conditions hold, where it depends on nothing else."""
        if len(open_) > _MAX_COUNTED or any(len(self._classes[i]) > 2 for i in open_):
            return None
        table = self._table.reshape([2] * len(open_))
        held = np.indices(table.shape).sum(axis=0)
        for chosen in self._choices(open_):
            turned = np.flip(table, tuple(i for i, own in enumerate(chosen) if own == 0))
            counts = [k for k in range(len(open_) + 1) if turned[held == k].any()]
            if all(turned[held == k].all() for k in counts) and counts[-1] - counts[0] + 1 == len(
                counts
            ):
                some = tuple(
                    self._condition(index, [own]) for index, own in zip(open_, chosen, strict=True)
                )
                return Region((), some, counts[0], counts[-1], is_whole=True)
        return None

    def _choices(self, open_: Sequence[int]) -> Iterator[tuple[int, ...]]:
        """Yield which class of each axis is taken for a condition that holds, the usual first."""
        usual = tuple(self._usual(index) for index in open_)
        yield usual
        yield tuple(1 - own for own in usual)
        if len(open_) <= _MAX_TURNED:
            yield from product((0, 1), repeat=len(open_))

    def _usual(self, index: int) -> int:
        """Return the class that people name: of bits 1, one label, what makes outputs fire."""
        classes, scale = self._classes[index], self._scales[index]
        whole = _listed(scale.whole)
        if isinstance(whole[0], str):
            return int(len(classes[1]) == 1 or len(classes[0]) > 1)
        if not isinstance(scale.axis.values, Interval):
            return 1
        return int(self._rising(self._axes[index]))

    # --------------------------------------------------------------------------- boxes

    def _groups(self, codes: Sequence[int]) -> Iterator[list[list[int]]]:
        """Yield boxes of classes, the first around a row, until all that differs is in one."""
        left = self._table.copy()
        start = tuple(
            next(number for number, own in enumerate(classes) if code in [kept[i] for i in own])
            for code, kept, classes in zip(codes, self._kept, self._classes, strict=True)
        )
        for _ in range(_MAX_BOXES + 1):
            group = self._grown(start)
            yield group
            left[np.ix_(*group)] = False
            if not left.any():
                return
            start = tuple(int(i) for i in np.argwhere(left)[0])

    def _grown(self, start: Sequence[int]) -> list[list[int]]:
        """Return a box of classes in which all rows differ, as large as it can be made."""
        group = [[own] for own in start]
        for index, classes in enumerate(self._classes):
            count = len(classes)
            if self._is_filled(group, index, range(count)):
                group[index] = list(range(count))
                continue
            is_label = isinstance(_listed(self._scales[index].whole)[0], str)
            for steps in (range(start[index] + 1, count), range(start[index] - 1, -1, -1)):
                for step in steps:
                    if self._is_filled(group, index, [*group[index], step]):
                        group[index] = sorted([*group[index], step])
                    elif not is_label:
                        break
        return group

    def _is_filled(self, group: list[list[int]], index: int, chosen: Sequence[int]) -> bool:
        box = [*group[:index], list(chosen), *group[index + 1 :]]
        return bool(self._table[np.ix_(*box)].all())

    def _of_group(self, group: Sequence[Sequence[int]]) -> Iterator[Condition]:
        for index, chosen in enumerate(group):
            if len(chosen) < len(self._classes[index]):
                yield self._condition(index, chosen)


def _rising(prover: BoxProver) -> Callable[[int], bool]:
    """Return a function that says whether an output of the network before rises with a number."""
    seen = set[tuple[int, bool]]()
    todo: list[tuple[int, bool]] = []
    for part in prover.parts:
        for sum_ in part.forms[0][0]:
            todo += [(node, factor > 0) for node, factor in sum_.terms]
    ups: set[int] = set()
    while todo:
        node, is_up = todo.pop()
        if (node, is_up) in seen:
            continue
        seen.add((node, is_up))
        definition = prover.shared.nodes[node]
        if isinstance(definition, Gate):
            todo += [(literal >> 1, is_up ^ bool(literal & 1)) for literal in definition.literals]
        elif isinstance(definition, Cut) and is_up:
            ups.add(definition.axis)
    return ups.__contains__
