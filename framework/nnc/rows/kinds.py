"""What an output can hold, told from the plan: the type of its column where a format has types."""

from __future__ import annotations

from typing import Literal, NamedTuple

from nnc.graph import Tap
from nnc.network import BITS
from nnc.plan import Plan


class Kind(NamedTuple):
    """What a column holds: bits of 0 and 1, integers, unsigned integers of so many bits, the labels,
    decimals of so many places, or any numbers.
    """  # noqa: D205

    name: Literal["bit", "integer", "unsigned", "labels", "decimal", "number"]
    size: int = 0
    labels: tuple[str, ...] = ()
