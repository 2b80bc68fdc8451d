"""Settings of `nnc repair`, as its options and `nnc.repair` give them."""

from __future__ import annotations

from dataclasses import dataclass

KINDS = ("weights", "thresholds")


@dataclass(frozen=True, kw_only=True)
class RepairSettings:
    """Settings of which numbers may change, and how far.

    `change` names kinds of numbers, `only` and `keep` are names or patterns of numbers. `decimals`
    is how many decimals new values have, None for as many as their neuron has.
    """

    change: tuple[str, ...] = KINDS
    only: tuple[str, ...] = ()
    keep: tuple[str, ...] = ()
    decimals: int | None = None
    budget: float = 60  # seconds
