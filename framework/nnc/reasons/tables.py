"""Every row of the places of some axes: which of them give an output another value."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from functools import reduce
from math import prod

import numpy as np
from numpy.typing import NDArray

from nnc.compiler.graph import Tap
from nnc.proofs.comparison import Condition
from nnc.proofs.plans import Grid
from nnc.reasons.finder import MAX_SHOWN, Box, Nearest
from nnc.reasons.kinds import Kind
from nnc.reasons.question import Change, Question
from nnc.reasons.scales import Scale
from nnc.run.trace import PlainValue

MAX_ROWS = 1 << 16  # of a table of all rows


def table_size(scales: dict[int, Scale]) -> int:
    """Count the rows of all places."""
    return prod(map(len, scales.values()))


class Table:
    """All rows; of the kind are those with a value, or, if `is_turned`, without it."""

    is_exhaustive = True
    around = None

    def __init__(
        self,
        question: Question,
        tap: Tap,
        scales: dict[int, Scale],
        wanted: PlainValue,
        *,
        is_turned: bool,
    ) -> None:
        self.scales = scales
        self.core, self.left = frozenset[int](), 0
        self._axes = list(scales)
        kind = Kind(question, tap, scales, wanted, is_turned=is_turned)
        grid = Grid(question.domain, kind.values)
        (block,) = grid.blocks(-(-grid.total // 64) * 64)
        held = kind.of_block(block)
        self._rows = held.reshape([len(scale) for scale in scales.values()])
        self._changed = [np.arange(len(scale)) != scale.place for scale in scales.values()]
        self._steps = [
            np.abs(np.arange(len(scale)) - scale.place)
            if scale.is_ordered
            else np.zeros(len(scale), np.int64)
            for scale in scales.values()
        ]

    def find(self, box: Box) -> Change | None:
        """Return the row of the kind in a box that changes the fewest axes."""
        closest = self._closest(
            [box.get(axis, range(len(self.scales[axis]))) for axis in self._axes]
        )
        self.core = frozenset(box)
        return self._change(closest[0]) if len(closest) else None

    def spread(self, box: Box) -> None:
        """Leave a box as it is: all numbers have places here."""

    def condition(self, axis: int, places: Sequence[int]) -> Condition:
        """Limit an axis to the values of a box."""
        return self.scales[axis].condition(places)

    def nearest(self, kept: Collection[int]) -> Nearest:
        """Return the rows in which the fewest axes change, of each choice of axes the nearest."""
        closest = self._closest(
            [
                range(scale.place, scale.place + 1) if axis in kept else range(len(scale))
                for axis, scale in self.scales.items()
            ]
        )
        changes: dict[tuple[tuple[int, bool], ...], Change] = {}
        for places in closest:
            change = self._change(places)
            # up and down are two ways to change a number
            key = tuple(
                (axis, self.scales[axis].is_ordered and place > self.scales[axis].place)
                for axis, place in zip(self._axes, places, strict=True)
                if axis in change
            )
            changes.setdefault(key, change)
        nearest = tuple(changes.values())
        return Nearest(nearest[:MAX_SHOWN], is_proved=True, are_more=len(nearest) > MAX_SHOWN)

    def _closest(self, chosen: list[range]) -> list[tuple[int, ...]]:
        """Return the rows with the fewest changes among some places, the fewest steps first."""
        rows = self._rows[np.ix_(*chosen)] if chosen else self._rows
        if not rows.any():
            return []
        counts = _total([changed[own] for changed, own in zip(self._changed, chosen, strict=True)])
        least = counts[rows].min()
        where = np.argwhere(rows & (counts == least))
        steps = _total([steps[own] for steps, own in zip(self._steps, chosen, strict=True)])
        order = np.argsort(steps[tuple(where.T)], kind="stable")
        starts = [own.start for own in chosen]
        closest = where[order].tolist()
        return [
            tuple(place + start for place, start in zip(places, starts, strict=True))
            for places in closest
        ]

    def _change(self, places: tuple[int, ...]) -> Change:
        return {
            axis: self.scales[axis].value_at(place)
            for axis, place in zip(self._axes, places, strict=True)
            if place != self.scales[axis].place
        }


def _total(parts: list[NDArray[np.int64]]) -> NDArray[np.int64]:
    """Add up counts of axes: an axis of the array for each."""
    start: NDArray[np.int64] = np.zeros((), np.int64)
    return reduce(np.add.outer, [part.astype(np.int64) for part in parts], start)
