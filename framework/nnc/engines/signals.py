"""What an engine is asked for, and what it gives."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from numpy.typing import NDArray

from nnc.columns import Batch, Column
from nnc.plan import Plan


class Wanted(NamedTuple):
    """Signals, and the places in `plan.steps` whose sums are wanted."""

    signals: frozenset[int]
    sums: frozenset[int]


class Signals(NamedTuple):
    """The wanted signals (uint8, 0 or 1, one entry a row) and sums, by number."""

    bits: dict[int, NDArray[Any]]
    sums: dict[int, Column]


Engine = Callable[[Plan, Batch, Wanted], Signals]
"""Evaluates every step of a plan for every row of a batch."""
