"""Finders of rows that decide otherwise: by a table of all rows, or by a search in the circuit."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import NamedTuple, Protocol

from nnc.proofs.comparison import Condition
from nnc.reasons.neighbours import Neighbours
from nnc.reasons.question import Change
from nnc.reasons.scales import Scale

Box = Mapping[int, range]
"""The places that some axes may have; all others may have any value."""
MAX_SHOWN = 5  # of the nearest rows


class UndecidedError(Exception):
    """The work that may be done is done, and nothing is proved."""


class Nearest(NamedTuple):
    """Rows with the fewest axes changed, some of them if there `are_more`.

    There are none nearer where that `is_proved`; without rows, that there are none at all.
    """

    changes: tuple[Change, ...]
    is_proved: bool
    are_more: bool = False


class Finder(Protocol):
    """Finds rows of a kind: those in which an output is not what it is, or is what is wanted."""

    scales: dict[int, Scale]
    is_exhaustive: bool
    """True if every row was examined, so that nothing is left undecided."""
    left: int
    """Work that may still be done, in propagations of a solver."""
    core: frozenset[int]
    """The axes of the last box without a row that are enough for that."""

    @property
    def around(self) -> Neighbours | None:
        """The rows around that of the question, where these are looked at apart."""

    def find(self, box: Box) -> Change | None:
        """Return a row of the kind in a box; None is the proof that there is none.

        Raises UndecidedError.
        """

    def spread(self, box: Box) -> None:
        """Let the axes of a box without rows that have no scale vary, as long as it has none."""

    def condition(self, axis: int, places: Sequence[int]) -> Condition:
        """Limit an axis to the values of a box, which was spread."""

    def nearest(self, kept: Collection[int]) -> Nearest:
        """Return the rows of the kind in which the fewest axes change, none of those `kept`."""
