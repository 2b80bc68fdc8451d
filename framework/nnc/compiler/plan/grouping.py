"""Neurons of one level that are calculated together: one firing rule, one integer type."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from itertools import groupby
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from nnc.compiler.plan.neurons import Step
from nnc.language.network import Fires

Array = NDArray[Any]
_FEW = 3
"""So many neurons are calculated one by one."""


class Group(NamedTuple):
    """Neurons of one level, those with the most synapses first.

    `synapses[k]` has how many neurons have a k-th synapse, and its source and weight in each;
    `limits[k]` the places of the neurons with a k-th threshold, the thresholds and their signals.
    """

    steps: Sequence[Step]
    dtype: str
    fires: Fires
    synapses: list[tuple[int, Array, Array]]
    limits: list[tuple[Array, Array, Array]]

    def asked(self, firsts: Collection[int]) -> list[int]:
        """Give the places of the neurons whose first signal is among some."""
        if not firsts:
            return []
        return [i for i, step in enumerate(self.steps) if step.first in firsts]


def groups_of(steps: Sequence[Step]) -> Iterator[Group | Step]:
    """Give the groups of neurons in order; neurons that stand alone as they are."""
    for _, level in groupby(steps, key=lambda step: step.level):
        alike: dict[tuple[str, Fires], list[Step]] = {}
        for step in level:
            if step.dtype in ("exact", "object"):
                yield step
            else:
                alike.setdefault((step.dtype, step.fires), []).append(step)
        for (dtype, fires), members in alike.items():
            if len(members) < _FEW:
                yield from members
            else:
                yield _group(members, dtype, fires)


def _group(members: list[Step], dtype: str, fires: Fires) -> Group:
    members = sorted(members, key=lambda step: -len(step.sources))
    synapses = []
    for k in range(len(members[0].sources)):
        having = [step for step in members if len(step.sources) > k]
        sources = np.array([step.sources[k] for step in having])
        weights = np.array([step.weights[k] for step in having], dtype)
        synapses.append((len(having), sources, weights))
    limits = []
    for k in range(max(len(step.thresholds) for step in members)):
        places = [i for i, step in enumerate(members) if len(step.thresholds) > k]
        values = np.array([members[i].thresholds[k] for i in places], dtype)
        signals = np.array([members[i].first + k for i in places])
        limits.append((np.array(places), values, signals))
    return Group(members, dtype, fires, synapses, limits)
