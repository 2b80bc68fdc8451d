"""Sums of packed bits: exact for weights of any length, by native kernels (`tallies.c`).

A weight below 0 is added where its bit is 0, and once taken from every sum.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nnc.compiler.plan import PlanNeuron
from nnc.exact import UNIT_ROUNDOFF
from nnc.integers import int64_or_objects, scaled
from nnc.rows.columns import Column
from nnc.run.engines import native
from nnc.run.engines.numbers import nearest_float
from nnc.run.engines.sums import BoundedColumn

Array = NDArray[Any]
_WORD = 64
_SHORT = 62  # bits: so many are int64, with room for an offset of as many


class Tallies:
    """The sums of neurons that read bits only, from the lines of a bank that have these."""

    def __init__(self, steps: Sequence[PlanNeuron], line_of: Array) -> None:
        by_size: dict[int, list[PlanNeuron]] = {}
        for step in steps:
            bits = sum(map(abs, step.weights)).bit_length()
            # one of 63 or 64 bits takes one word, but is no int64
            limbs = 1 if bits <= _SHORT else max(2, -(-bits // _WORD))
            by_size.setdefault(limbs, []).append(step)
        self._parts = [_Part(own, limbs, line_of) for limbs, own in by_size.items()]

    def sums(self, bank: Array, count: int, threads: int) -> dict[int, Column]:
        """Return the sums of some rows, by the first signal of each neuron."""
        sums: dict[int, Column] = {}
        for part in self._parts:
            sums |= part.sums(bank, count, threads)
        return sums


class _Part:
    """Those sums whose integers have the same number of words."""

    def __init__(self, steps: Sequence[PlanNeuron], limbs: int, line_of: Array) -> None:
        self._steps, self._limbs = steps, limbs
        fan_ins = [len(step.sources) for step in steps]
        self._starts = np.concatenate([[0], np.cumsum(fan_ins)]).astype(np.int64)
        weights = [weight for step in steps for weight in step.weights]
        lines = line_of[[source for step in steps for source in step.sources]]
        is_below = np.array([weight < 0 for weight in weights], bool)
        self._sources = np.where(is_below, -1 - lines, lines).astype(np.int32)
        data = b"".join(abs(weight).to_bytes(8 * limbs, "little") for weight in weights)
        self._weights = np.frombuffer(data, "<u8").astype(np.uint64).reshape(len(weights), limbs)
        self._offsets = [step.offset + sum(w for w in step.weights if w < 0) for step in steps]

    def sums(self, bank: Array, count: int, threads: int) -> dict[int, Column]:
        """Return the sums of some rows, by the first signal of each neuron."""
        words = bank.shape[1]
        totals = np.empty((len(self._steps), self._limbs, words * 64), np.uint64)

        def part(first: int, last: int) -> None:
            native.kernels.tally(
                bank, self._sources, self._weights, self._starts, totals, first, last
            )

        native.in_parts(part, words, threads, least=32)
        sums: dict[int, Column] = {}
        for step, own, offset in zip(self._steps, totals, self._offsets, strict=True):
            if self._limbs == 1:
                small = own[0, :count].view(np.int64)
                sums[step.first] = Column(scaled(small, 1, offset), step.scale)
            else:
                sums[step.first] = _long(own[:, :count], offset, step.scale)
        return sums


def _long(limbs: Array, offset: int, scale: int) -> BoundedColumn:
    """Return totals of several words, the lowest first, as a column."""
    near: Array = np.zeros(limbs.shape[1])
    with np.errstate(over="ignore", invalid="ignore"):
        for i, limb in enumerate(limbs):
            near = near + limb.astype(np.float64) * nearest_float(1 << _WORD * i)
        # each of the limbs, the offset and the additions is rounded once
        size = near + abs(nearest_float(offset))
        bound = size * (4 * (len(limbs) + 2) * UNIT_ROUNDOFF)
        near = near + nearest_float(offset)

    def exactly(rows: Array | None) -> Column:
        asked = limbs if rows is None else limbs[:, rows]
        total = asked[-1].astype(object)
        for limb in asked[-2::-1]:
            total = (total << _WORD) + limb
        return Column(int64_or_objects([n + offset for n in total.tolist()]), scale)

    return BoundedColumn(near, bound, scale, exactly)
