"""Which of some rows give something else in each network, by the fast engines."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nnc.compiler.plan import Plan
from nnc.proving.blocks import Block
from nnc.proving.outputs import Component
from nnc.proving.pair import Pair, Part
from nnc.rows.columns import Batch, Column, of_states, unequal
from nnc.run.engines import Signals, element_columns, pack_bits
from nnc.run.evaluation import calculate, largest

Array = NDArray[Any]


def differing(pair: Pair, block: Block, parts: Sequence[Part]) -> list[Array]:
    """Give for each part the rows in which it differs, 64 a word."""
    sides = [
        _Side(pair, plan, block.batch(plan), components)
        for plan, components in (
            (pair.before, [part.before for part in parts]),
            (pair.after, [part.after for part in parts]),
        )
    ]
    return [_differ(part, *sides) for part in parts]


def first_row(words: Array) -> int:
    """Give the first row whose bit is 1; there is one."""
    place = int(np.flatnonzero(words)[0])
    word = int(words[place])
    return 64 * place + (word & -word).bit_length() - 1


class _Side:
    """What one network gives for some rows."""

    def __init__(
        self, pair: Pair, plan: Plan, batch: Batch, components: Sequence[Component]
    ) -> None:
        self._plan, self._batch = plan, batch
        self._given: list[Column] = []
        bits = {
            signal
            for one in components
            if one.kind in ("bit", "level")
            for signal in one.signals
        }  # fmt: skip
        sums = {signal for one in components if one.is_sum for signal in one.signals}
        self.signals: Signals = calculate(plan, batch, frozenset(bits), frozenset(sums), pair.how)

    def column(self, one: Component) -> Column:
        """Give the number of each row; of a label its place."""
        if one.kind == "sum":
            return self.signals.sums[one.signals[0]]
        if one.kind == "largest":
            return Column(largest([self.signals.sums[signal] for signal in one.signals]))
        if one.kind == "level":
            level: Array = np.zeros(self._batch.count, np.int64)
            for signal in one.signals:
                level += self.signals.bit(signal)
            return Column(level)
        if one.states is not None:
            return of_states(self.signals.bit(one.signals[0]), one.states)
        if not self._given:
            self._given = element_columns(self._plan.inputs, self._batch.columns)
        return self._given[one.signals[0] - 2]


def _differ(part: Part, before: _Side, after: _Side) -> Array:
    one, other = part.before, part.after
    if one.kind == other.kind == "bit" and one.states == other.states:
        words = [before.signals.words_of(one.signals), after.signals.words_of(other.signals)]
        differ: Array = (words[0] ^ words[1])[0]
        return differ
    columns = [before.column(one), after.column(other)]
    if one.labels != other.labels:
        known = {label: place for place, label in enumerate(one.labels)}
        names = [known.get(label, -1) for label in other.labels]
        columns[1] = Column(np.array(names)[columns[1].numerators])
    packed: Array = pack_bits(unequal(*columns)[None, :])[0]
    return packed
