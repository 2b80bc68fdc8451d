"""The rows around one: all that change so few axes that they can be looked at one by one."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from itertools import combinations
from math import comb
from random import Random

import numpy as np

from nnc.reasons.kinds import Kind
from nnc.reasons.question import Change
from nnc.reasons.scales import Scale

_MAX_ROWS = 1 << 16  # of one number of changes
_MAX_CELLS = 1 << 23  # rows times their axes
_MAX_SWAPS = 1 << 14  # rows tried for one with fewer changes
_DRAWN = 64  # rows drawn for each number of changes
_STARTS = 4  # of these, rows whose neighbours are searched
_SEED = 5
Places = dict[int, int]
"""The places of the axes that are not as in the row."""


class Neighbours:
    """Rows by what they change, and which of them are of a kind."""

    def __init__(self, scales: dict[int, Scale], kind: Kind) -> None:
        self.scales, self._kind = scales, kind
        self._column = {axis: i for i, axis in enumerate(scales)}
        self._now = np.array([scale.place for scale in scales.values()], np.int64)
        self._found: list[list[Places]] = []
        """The rows of this kind by the number of changes, from 1."""

    def are(self, rows: Collection[Places]) -> list[bool]:
        """Return which rows are of the kind."""
        if not rows:
            return []
        codes = np.repeat(self._now[None, :], len(rows), axis=0)
        for i, places in enumerate(rows):
            for axis, place in places.items():
                codes[i, self._column[axis]] = place
        return [bool(each) for each in self._kind.of_codes(codes)]

    def _count(self, changes: int) -> int:
        """Return about how many rows make so many changes: as many where all axes are bits."""
        others = sum(len(scale) - 1 for scale in self.scales.values())
        return comb(others, changes)

    def reach(self) -> int:
        """Return how many changes all rows can be looked at for."""
        changes = 0
        limit = min(_MAX_ROWS, _MAX_CELLS // max(len(self.scales), 1))
        while changes < len(self.scales) and self._count(changes + 1) <= limit:
            changes += 1
        return changes

    def within(self, changes: int) -> list[Places]:
        """Return all rows of the kind that make so many changes; each is minimal or not."""
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
        hits = np.flatnonzero(self._kind.of_codes(codes))
        return [{steps[each][2]: steps[each][1] for each in row} for row in chosen[hits].tolist()]

    def minimal(self, most: int) -> list[frozenset[int]]:
        """Return sets of axes whose change is enough for the kind, so many at most, none twice."""
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

    def drawn(self, kept: Collection[int]) -> Places | None:
        """Return a row of the kind with few changes that draws find, none of them needless.

        First rows with two changes are drawn, then with four, and so on; axes that are kept stay.
        """
        free = [axis for axis, scale in self.scales.items() if axis not in kept and len(scale) > 1]
        rng = Random(_SEED)
        best: Places | None = None
        changes, starts = 2, 0
        while starts < _STARTS:
            count = min(changes, len(free))
            rows = [self._changed(rng.sample(free, count), rng) for _ in range(_DRAWN)]
            for row, is_kind in zip(rows, self.are(rows), strict=True):
                if is_kind and starts < _STARTS:
                    starts += 1
                    less = self.swapped(self.fewer(row), free)
                    best = less if best is None or len(less) < len(best) else best
            if count == len(free):
                break
            changes *= 2
        return best

    def _changed(self, axes: Iterable[int], rng: Random) -> Places:
        """Return other places of some axes."""
        row = {}
        for axis in axes:
            scale = self.scales[axis]
            place = rng.randrange(len(scale) - 1)
            row[axis] = place + (place >= scale.place)
        return row

    # --------------------------------------------------------------------------- by a row

    def places_of(self, change: Change) -> Places:
        """Return the places of values."""
        return {axis: self.scales[axis].place_of(value) for axis, value in change.items()}

    def change_of(self, places: Places) -> Change:
        """Return the values at places."""
        return {axis: self.scales[axis].value_at(place) for axis, place in places.items()}

    def turned(self, places: Places, held: Iterable[int]) -> set[int]:
        """Return the axes that a row, with one of them changed instead of those, is of the kind."""
        rest = {axis: place for axis, place in places.items() if axis not in set(held)}
        tried = [
            (axis, rest | {axis: place})
            for axis in held
            for place in range(len(self.scales[axis]))
            if place != self.scales[axis].place
        ]
        are = self.are([row for _, row in tried])
        return {axis for (axis, _), is_kind in zip(tried, are, strict=True) if is_kind}

    def fewer(self, places: Places) -> Places:
        """Return a row of the kind that changes some of the same axes, none of them needlessly."""
        left = sorted(places)
        needed: list[int] = []
        while left:
            # leave out the first of them, the first two, and so on, as many as can be
            rows = [
                {axis: places[axis] for axis in (*needed, *left[count:])}
                for count in range(len(left), 0, -1)
            ]
            hits = [i for i, is_kind in enumerate(self.are(rows)) if is_kind]
            if hits:
                left = left[len(left) - hits[0] :]
            else:
                needed.append(left.pop(0))
        return {axis: places[axis] for axis in needed}

    def swapped(self, places: Places, free: Collection[int]) -> Places:
        """Return a row of the kind with fewer changes, where one that is free can stand for two."""
        while len(places) > 1:
            rows = self._swaps(places, free)
            if len(rows) > _MAX_SWAPS:
                break
            better = next(
                (row for row, is_kind in zip(rows, self.are(rows), strict=True) if is_kind), None
            )
            if better is None:
                break
            places = self.fewer(better)
        return places

    def _swaps(self, places: Places, free: Collection[int]) -> list[Places]:
        """Return what places become when two of them go and another one comes."""
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
