"""Settings of `nnc repair`, as its options and `nnc.repair` give them."""

from __future__ import annotations

from dataclasses import dataclass

KINDS = ("weights", "thresholds")


@dataclass(frozen=True, kw_only=True)
class RepairSettings:
    """The numbers that may change, and by how much.

    `change` names kinds of numbers, or numbers by their names or patterns, as `keep` does.
    `decimals` is how many decimals new values have, None for as many as their neuron has.
    """

    change: tuple[str, ...] = ()
    keep: tuple[str, ...] = ()
    decimals: int | None = None
    budget: float = 60  # seconds

    @property
    def kinds(self) -> tuple[str, ...]:
        """The kinds of numbers that may change."""
        return tuple(word for word in self.change if word in KINDS) or KINDS

    @property
    def only(self) -> tuple[str, ...]:
        """Names and patterns of the numbers that may change; empty for all."""
        return tuple(word for word in self.change if word not in KINDS)
