"""The smallest set of axes that forces an output, by rows that decide otherwise.

Each such row differs from the present one in some axes, of which one has to be held. The smallest
set that has one of each is tried; where it does not force the output yet, another row says why. So
no smaller set will do (Ignatiev and others, Smallest MUS extraction with minimal hitting set
dualization, 2015).
"""

from __future__ import annotations

from collections.abc import Iterable

from nnc.proving.reasons.finder import Finder, UndecidedError
from nnc.proving.reasons.hitting import Hitting
from nnc.proving.reasons.scales import Scale

_QUERIES, _WORK = 100, 4_000
"""Rows that are asked for, and work of the search for hitting sets."""


def _at(scale: Scale | None) -> range:
    """Return where an axis is; one without a scale can only be held."""
    return range(1) if scale is None else range(scale.place, scale.place + 1)


class Forcing:
    """The search for a set of axes that forces an output to be what it is."""

    def __init__(self, finder: Finder, axes: Iterable[int]) -> None:
        self._finder = finder
        self._axes = tuple(axes)
        self._queries = _QUERIES

    def _box(self, held: Iterable[int]) -> dict[int, range]:
        return {axis: _at(self._finder.scales.get(axis)) for axis in held}

    def _other(self, held: Iterable[int]) -> frozenset[int] | None:
        """Return the axes in which a row that decides otherwise differs, none of them held."""
        change = self._finder.find(self._box(held))
        return None if change is None else frozenset(change)

    def smallest(self) -> tuple[frozenset[int], bool]:
        """Return a set that forces the output, and whether none smaller does."""
        sets: list[frozenset[int]] = []
        hitting = Hitting(_WORK)
        best = self._irreducible()
        try:
            while self._queries > 0:
                held = hitting.least(sets)
                if held is None:
                    return best, False
                if len(held) >= len(best):
                    return best, True
                self._queries -= 1
                other = self._other(held)
                if other is None:
                    return held, True
                sets.append(self._least(other))
        except UndecidedError:
            pass
        return best, False

    def _irreducible(self) -> frozenset[int]:
        """Return a set of which no axis can be let go, as far as can be told."""
        held = list(self._axes)
        for axis in self._axes:
            fewer = [each for each in held if each != axis]
            try:
                if self._other(fewer) is None:
                    held = fewer
            except UndecidedError:
                continue
        return frozenset(held)

    def _least(self, other: frozenset[int]) -> frozenset[int]:
        """Return fewer axes that are enough to decide otherwise."""
        if self._finder.is_exhaustive:
            return other  # rows with the fewest changes come first
        free = set(other)
        for axis in sorted(other):
            if axis not in free:
                continue
            try:
                less = self._other(set(self._axes) - free | {axis})
            except UndecidedError:
                continue
            if less is not None:
                free = set(less)
        return frozenset(free)

    def widened(self, held: Iterable[int]) -> dict[int, range]:
        """Let the numbers that are held vary, all of them at once, as long as nothing changes."""
        box = self._box(sorted(held))
        for axis in box:
            scale = self._finder.scales.get(axis)
            if scale is None or not scale.is_ordered:
                continue
            for step in (-1, 1):
                box[axis] = self._stretched(box, axis, scale, step)
        return box

    def _stretched(self, box: dict[int, range], axis: int, scale: Scale, step: int) -> range:
        """Return the places that an axis may have if it goes on in one direction."""
        own = box[axis]
        room = own.start if step < 0 else len(scale) - own.stop
        low, high = 0, room  # so many places more are proved, and not refuted
        while low < high:
            more = (low + high + 1) // 2
            wider = range(own.start - more, own.stop) if step < 0 else range(
                own.start, own.stop + more
            )  # fmt: skip
            if self._stays({**box, axis: wider}):
                low = more
            else:
                high = more - 1
        return range(own.start - low, own.stop) if step < 0 else range(own.start, own.stop + low)

    def _stays(self, box: dict[int, range]) -> bool:
        try:
            return self._finder.find(box) is None
        except UndecidedError:
            return False
