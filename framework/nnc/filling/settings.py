"""Settings of `nnc solve`, as its options and `nnc.solve` give them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from nnc.language.network import Open

Goal = Literal["weights", "total", "terms"]


@dataclass(frozen=True, kw_only=True)
class SolveSettings:
    """Settings of a search for numbers; None stands for what `unknown` of the file says."""

    range: Open | None = None
    decimals: int | None = None
    terms: int | None = None
    minimize: Goal | None = None
    margin: int | Literal["max"] | None = None
    budget: float = 60  # seconds
