"""The supports of many groups of nodes, found in one pass at the first request."""

from __future__ import annotations

from collections.abc import Sequence, Set
from functools import cached_property

from nnc.proofs.plans.nodes import Support
from nnc.proofs.plans.shared import Shared

_MAX_MASKS = 1 << 33  # bits of all masks together


class Supports:
    """The supports of some groups of nodes of one graph."""

    def __init__(self, shared: Shared, groups: Sequence[Set[int]]) -> None:
        self._shared, self._groups = shared, groups
        self._known: dict[int, Support] = {}

    def of(self, index: int) -> Support:
        """Return what the group at a place depends on: the same object for the same support."""
        masks = self._masks
        if masks is None:
            if index not in self._known:
                self._known[index] = self._shared.support(self._groups[index])
            return self._known[index]
        mask = 0
        for node in self._groups[index]:
            mask |= masks[node]
        if mask not in self._known:
            digits = bin(mask)[:1:-1]
            ends = [end for end, digit in zip(self._ends, digits, strict=False) if digit == "1"]
            self._known[mask] = self._shared.support_of_ends(ends)
        return self._known[mask]

    @cached_property
    def _order(self) -> list[int]:
        return sorted(self._shared.cone(node for nodes in self._groups for node in nodes))

    @cached_property
    def _ends(self) -> list[int]:
        return [node for node in self._order if self._shared.is_end(node)]

    @cached_property
    def _masks(self) -> dict[int, int] | None:
        """For each node bit i: it depends on the end i. None where these would be too large."""
        if len(self._order) * len(self._ends) > _MAX_MASKS:
            return None
        masks = {node: 1 << i for i, node in enumerate(self._ends)}
        for node in self._order:  # each node is after those that it reads
            mask = masks.get(node, 0)
            for read in self._shared.reads(node):
                mask |= masks[read]
            masks[node] = mask
        return masks
