"""Finders of rows that decide otherwise: by a table of all rows, or by a search in the circuit."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Collection, Iterable, Mapping, Sequence
from functools import reduce
from math import prod
from typing import TYPE_CHECKING, NamedTuple

from nnc.lazy import np
from nnc.proofs.comparison import Condition
from nnc.proofs.plans import Grid
from nnc.reasons.neighbours import Neighbours, Places, RowTest
from nnc.reasons.question import Change, Goal, Question
from nnc.reasons.scales import Scale

if TYPE_CHECKING:
    from numpy.typing import NDArray

Box = Mapping[int, range]
"""The places that some axes may have; all others may have any value."""
MAX_SHOWN = 5  # of the nearest rows
MAX_ROWS = 1 << 16  # of a table of all rows


class UndecidedError(Exception):
    """The allowed work is done, and nothing is proved."""


class Nearest(NamedTuple):
    """Rows with the fewest axes changed, some of them if there `are_more`.

    If it `is_proved`, none are nearer; without rows, none exist.
    """

    changes: tuple[Change, ...]
    is_proved: bool
    are_more: bool = False


class Finder(ABC):
    """Finds rows that meet a goal; `left` is the allowed work, in propagations of a solver.

    It `is_exhaustive` if every row was examined, so that nothing stays undecided. `around` are
    the rows around that of the question, if these are examined separately.
    """

    is_exhaustive = False
    around: Neighbours | None = None

    def __init__(self, scales: dict[int, Scale]) -> None:
        self.scales = scales
        self.left = 0
        self.core: frozenset[int] = frozenset()
        """The axes of the last box without a row that are enough for that."""

    @abstractmethod
    def find(self, box: Box) -> Change | None:
        """Return a row in a box; None proves that there is none. Raises UndecidedError."""

    @abstractmethod
    def nearest(self, kept: Collection[int]) -> Nearest:
        """Return the rows in which the fewest axes change, none of those `kept`."""

    @abstractmethod
    def spread(self, box: Box) -> None:
        """In a box without rows, let the axes without a scale vary as long as none appear."""

    def condition(self, axis: int, places: Sequence[int]) -> Condition:
        """Limit an axis to the values of a box that was spread."""
        return self.scales[axis].condition(places)

    def steps(self, row: Places) -> int:
        """Count the positions of numbers between a row and the present one."""
        scales = ((self.scales[axis], place) for axis, place in row.items())
        return sum(abs(place - scale.place) for scale, place in scales if scale.is_ordered)

    def direction(self, row: Places) -> tuple[tuple[int, bool], ...]:
        """Return the axes of a row, and which numbers go up: up and down are different changes."""
        return tuple(
            (axis, self.scales[axis].is_ordered and place > self.scales[axis].place)
            for axis, place in row.items()
        )

    def closest(self, rows: Iterable[Places]) -> Nearest:
        """Return the nearest of the rows with the fewest changes, for each direction."""
        nearest: dict[tuple[tuple[int, bool], ...], Places] = {}
        for row in sorted(rows, key=self.steps):
            nearest.setdefault(self.direction(row), row)
        changes = [
            {axis: self.scales[axis].value_at(place) for axis, place in row.items()}
            for row in nearest.values()
        ]
        return Nearest(
            tuple(changes[:MAX_SHOWN]), is_proved=True, are_more=changes[MAX_SHOWN:] != []
        )


def table_size(scales: dict[int, Scale]) -> int:
    """Count the rows over all positions."""
    return prod(map(len, scales.values()))


class Table(Finder):
    """All rows of the positions of some axes, and which of them meet a goal."""

    is_exhaustive = True

    def __init__(self, question: Question, goal: Goal, scales: dict[int, Scale]) -> None:
        super().__init__(scales)
        test = RowTest(question, goal, scales)
        grid = Grid(question.domain, test.values)
        (block,) = grid.blocks(-(-grid.total // 64) * 64)
        self._rows = test.of_block(block).reshape([len(scale) for scale in scales.values()])
        self._changed = [np.arange(len(scale)) != scale.place for scale in scales.values()]

    def find(self, box: Box) -> Change | None:
        """Return the row in a box that changes the fewest axes, by the fewest steps."""
        closest = self._fewest(
            [box.get(axis, range(len(scale))) for axis, scale in self.scales.items()]
        )
        self.core = frozenset(box)
        row = min(closest, key=self.steps, default=None)
        if row is None:
            return None
        return {axis: self.scales[axis].value_at(place) for axis, place in row.items()}

    def nearest(self, kept: Collection[int]) -> Nearest:
        """Return the rows in which the fewest axes change, the nearest for each choice of axes."""
        return self.closest(
            self._fewest(
                [
                    range(scale.place, scale.place + 1) if axis in kept else range(len(scale))
                    for axis, scale in self.scales.items()
                ]
            )
        )

    def spread(self, box: Box) -> None:
        """Return a box unchanged: all axes have a scale."""

    def _fewest(self, chosen: list[range]) -> list[Places]:
        """Return the rows with the fewest changes among some positions."""
        rows = self._rows[np.ix_(*chosen)] if chosen else self._rows
        if not rows.any():
            return []
        start: NDArray[np.int64] = np.zeros((), np.int64)
        own = (changed[part] for changed, part in zip(self._changed, chosen, strict=True))
        counts = reduce(np.add.outer, [changed.astype(np.int64) for changed in own], start)
        where = np.argwhere(rows & (counts == counts[rows].min())).tolist()
        scales = list(self.scales.items())
        return [
            {
                axis: place + part.start
                for (axis, scale), part, place in zip(scales, chosen, places, strict=True)
                if place + part.start != scale.place
            }
            for places in where
        ]
