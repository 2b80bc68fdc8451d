"""Rows by the positions of their axes, and rows around one row that change an output."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from itertools import combinations
from math import comb
from typing import TYPE_CHECKING, TypeAlias

from nnc.lazy import np
from nnc.numbers.exact import Number
from nnc.proofs.plans import Block
from nnc.reasons.question import Change, Goal, Question, elements_of
from nnc.reasons.scales import Scale
from nnc.rows.columns import Batch, Results
from nnc.run.evaluation import evaluate_batch

if TYPE_CHECKING:
    from numpy.typing import NDArray

Bools: TypeAlias = "NDArray[np.bool_]"

_MAX_ROWS = 1 << 16  # of one number of changes
_MAX_CELLS = 1 << 23  # rows times their axes
_MAX_SWAPS = 1 << 14  # rows tried for one with fewer changes
Places = dict[int, int]
"""The places of the axes that are not as in the row."""


class RowTest:
    """Tests which rows meet a goal and are allowed.

    Axes without a scale have the value of the question's row.
    """

    def __init__(self, question: Question, goal: Goal, scales: Mapping[int, Scale]) -> None:
        self._question, self._goal = question, goal
        self._plan = replace(question.plan, outputs=(goal.tap,))
        self.values: dict[int, list[Number | str]] = {
            axis: [scale.value_at(place) for place in range(len(scale))]
            for axis, scale in scales.items()
        }
        self._columns = {axis: i for i, axis in enumerate(scales)}
        self._others: dict[int, list[Number | str]] = {
            axis: [value] for axis, value in enumerate(question.row) if axis not in scales
        }

    def of_codes(self, codes: NDArray[np.int64]) -> Bools:
        """Return which rows pass, given the positions of the axes with a scale."""
        none = np.zeros(len(codes), np.int64)

        def of(axis: int) -> NDArray[np.int64]:
            column = self._columns.get(axis)
            return none if column is None else codes[:, column]

        domain = self._question.domain
        return self.of_block(Block(domain, len(codes), {**self.values, **self._others}, of))

    def of_block(self, block: Block) -> Bools:
        """Return which rows of a block pass."""
        return self.of_batch(block.batch(self._plan))

    def of_batch(self, batch: Batch) -> Bools:
        """Return which rows of a batch pass."""
        results = evaluate_batch(self._plan, batch, bits=True)
        passing = _has_value(results, self._goal) ^ self._goal.is_other
        assumed = self._question.assumed
        if assumed is not None:
            for column in evaluate_batch(assumed, batch).values():
                passing &= ~np.array(column.values(), bool)
        return passing


def _has_value(results: Results, goal: Goal) -> Bools:
    """Return the rows in which an output has the value of a goal."""
    tap, value = goal.tap, goal.value
    if isinstance(value, str) or not tap.is_bus:
        wanted: list[Number | str] = [value] if not isinstance(value, list) else [*value]
        names = [tap.alias]
    else:
        wanted = [*elements_of(tap, value)]
        names = [f"{tap.alias}({i})" for i in range(len(wanted))]
    columns = [
        np.array([each == element for each in results[name].values()], bool)
        for name, element in zip(names, wanted, strict=True)
    ]
    every: Bools = np.logical_and.reduce(columns)
    return every


class Neighbours:
    """Rows by the axes that they change, and which of them pass a test."""

    def __init__(self, scales: dict[int, Scale], test: RowTest) -> None:
        self.scales, self._test = scales, test
        self._column = {axis: i for i, axis in enumerate(scales)}
        self._now = np.array([scale.place for scale in scales.values()], np.int64)
        self._found: list[list[Places]] = []
        """The rows that pass by the number of changes, from 1."""

    def are(self, rows: Collection[Places]) -> list[bool]:
        """Return which rows pass."""
        if not rows:
            return []
        codes = np.repeat(self._now[None, :], len(rows), axis=0)
        for i, places in enumerate(rows):
            for axis, place in places.items():
                codes[i, self._column[axis]] = place
        return [bool(each) for each in self._test.of_codes(codes)]

    def _count(self, changes: int) -> int:
        """Estimate the number of rows with this many changes; it is exact if all axes are bits."""
        others = sum(len(scale) - 1 for scale in self.scales.values())
        return comb(others, changes)

    def reach(self) -> int:
        """Return the number of changes up to which all rows can be examined."""
        changes = 0
        limit = min(_MAX_ROWS, _MAX_CELLS // max(len(self.scales), 1))
        while changes < len(self.scales) and self._count(changes + 1) <= limit:
            changes += 1
        return changes

    def within(self, changes: int) -> list[Places]:
        """Return all passing rows with this many changes, minimal or not."""
        while len(self._found) < changes:
            self._found.append(self._of(len(self._found) + 1))
        return self._found[changes - 1]

    def _of(self, changes: int) -> list[Places]:
        steps = [
            (column, place, axis)
            for column, (axis, scale) in enumerate(self.scales.items())
            for place in range(len(scale))
            if place != scale.place
        ]
        chosen = np.array(list(combinations(range(len(steps)), changes)), np.int64)
        if not len(chosen):
            return []
        columns = np.array([step[0] for step in steps], np.int64)[chosen]
        is_own = np.ones(len(chosen), bool)  # the steps are of different axes
        for i in range(changes - 1):
            is_own &= columns[:, i] != columns[:, i + 1]
        chosen, columns = chosen[is_own], columns[is_own]
        codes = np.asfortranarray(np.repeat(self._now[None, :], len(chosen), axis=0))
        places = np.array([step[1] for step in steps], np.int64)[chosen]
        np.put_along_axis(codes, columns, places, axis=1)
        hits = np.flatnonzero(self._test.of_codes(codes))
        return [{steps[each][2]: steps[each][1] for each in row} for row in chosen[hits].tolist()]

    def minimal(self, most: int) -> list[frozenset[int]]:
        """Return distinct sets of axes whose change suffices to pass, up to a limit."""
        sets: dict[frozenset[int], None] = {}
        for changes in range(1, self.reach() + 1):
            for places in self.within(changes):
                if len(sets) >= most:
                    return list(sets)
                own = frozenset(places)
                if own in sets or (changes > 1 and self._has_less(own, sets)):
                    continue
                sets[own] = None
        return list(sets)

    def _has_less(self, own: frozenset[int], sets: dict[frozenset[int], None]) -> bool:
        fewer = (combinations(own, count) for count in range(1, len(own)))
        return any(frozenset(less) in sets for each in fewer for less in each)

    # --------------------------------------------------------------------------- by a row

    def places_of(self, change: Change) -> Places:
        """Return the positions of values."""
        return {axis: self.scales[axis].place_of(value) for axis, value in change.items()}

    def change_of(self, places: Places) -> Change:
        """Return the values at positions."""
        return {axis: self.scales[axis].value_at(place) for axis, place in places.items()}

    def turned(self, places: Places, held: Iterable[int]) -> set[int]:
        """Return the axes that, changed instead of some others, let a row pass."""
        rest = {axis: place for axis, place in places.items() if axis not in set(held)}
        tried = [
            (axis, rest | {axis: place})
            for axis in held
            for place in range(len(self.scales[axis]))
            if place != self.scales[axis].place
        ]
        are = self.are([row for _, row in tried])
        return {axis for (axis, _), passes in zip(tried, are, strict=True) if passes}

    def fewer(self, places: Places) -> Places:
        """Return a passing row that changes some of the same axes, all of them necessary."""
        left = sorted(places)
        needed: list[int] = []
        while left:
            # leave out the first of them, the first two, and so on, as many as can be
            rows = [
                {axis: places[axis] for axis in (*needed, *left[count:])}
                for count in range(len(left), 0, -1)
            ]
            hits = [i for i, passes in enumerate(self.are(rows)) if passes]
            if hits:
                left = left[len(left) - hits[0] :]
            else:
                needed.append(left.pop(0))
        return {axis: places[axis] for axis in needed}

    def swapped(self, places: Places, free: Collection[int]) -> Places:
        """Return a row that passes with fewer changes, if one free axis can replace two."""
        while len(places) > 1:
            rows = self._swaps(places, free)
            if len(rows) > _MAX_SWAPS:
                break
            better = next(
                (row for row, passes in zip(rows, self.are(rows), strict=True) if passes), None
            )
            if better is None:
                break
            places = self.fewer(better)
        return places

    def _swaps(self, places: Places, free: Collection[int]) -> list[Places]:
        """Return the positions after two changes are undone and another one is made."""
        others = [
            (axis, place)
            for axis, scale in self.scales.items()
            if axis in free and axis not in places
            for place in range(len(scale))
            if place != scale.place
        ]
        return [
            {**{axis: place for axis, place in places.items() if axis not in gone}, **dict([more])}
            for gone in combinations(places, 2)
            for more in others
        ]
