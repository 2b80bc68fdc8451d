"""Rows that show what a set of literals does, run by the engines, which share no code with it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from nnc.compiler.plan import Plan
from nnc.cut_sets.diagrams import Diagrams
from nnc.cut_sets.families import Literals
from nnc.cut_sets.functions import is_inverted
from nnc.language.network import Input
from nnc.rows.columns import Batch, Column, Labels
from nnc.run.evaluation import calculate

_ROWS = 1 << 16
"""So many rows are run at a time."""
Bits = Mapping[int, int]
"""The bits of a row by level; all others are 0."""


class Replay:
    """Checks sets against the plan that they were found in.

    `inputs` are the signals of the levels and `signal` is the output; a bit is 1 where its value
    is, and `value` is what sets make that of the output.
    """

    def __init__(
        self, plan: Plan, diagrams: Diagrams, inputs: Sequence[int], signal: int, value: int
    ) -> None:
        self._plan, self._diagrams, self._inputs = plan, diagrams, inputs
        self._signal, self._value = signal, value

    def check(self, sets: Sequence[Literals], allowed: int, others: int) -> None:
        """Check that each set makes the output what it is said to make, and no smaller one does.

        `others` is 1 in the allowed rows where the output is something else. Raises
        AssertionError.
        """
        rows: list[Bits] = []
        values: list[int] = []
        for literals in sets:
            for left_out in (None, *literals):
                bits = {each // 2: 1 - each % 2 for each in literals if each != left_out}
                row = self._diagrams.witness(allowed if left_out is None else others, bits)
                assert row is not None, "a set without a row that shows it"
                rows.append(row)
                values.append(self._value if left_out is None else 1 - self._value)
        for start in range(0, len(rows), _ROWS):
            outputs = self._outputs(rows[start : start + _ROWS])
            assert outputs.tolist() == values[start : start + _ROWS], "a set that is none"

    def _outputs(self, rows: Sequence[Bits]) -> NDArray[np.uint8]:
        plan = self._plan
        bits = np.zeros((plan.first_made, len(rows)), np.uint8)
        for place, row in enumerate(rows):
            on = [self._inputs[level] for level, bit in row.items() if bit]
            bits[on, place] = 1
        inverted = [signal for signal in self._inputs if is_inverted(plan, signal)]
        bits[inverted] ^= 1  # the engines are given what fires
        columns = tuple(
            _column(input_, bits[first : first + input_.width])
            for input_, first in (
                (plan.inputs[name], first) for name, first in plan.first_of.items()
            )
        )
        signals = calculate(plan, Batch(columns, len(rows)), frozenset([self._signal]), frozenset())
        fires: NDArray[np.uint8] = signals.bit(self._signal)
        return fires ^ np.uint8(is_inverted(plan, self._signal))


def _column(input_: Input, bits: NDArray[np.uint8]) -> Column | Labels:
    """Return the column of an input: its bits, or any value, where nothing depends on it."""
    count = bits.shape[1]
    if input_.of is not None:
        return Labels(np.zeros(count, np.int64), input_.of)
    if input_.type != "bit":
        at_rest = next((end for end in (input_.min, input_.max) if end is not None), 0)
        shape = (count, input_.width) if input_.is_bus else (count,)
        return Column(np.full(shape, at_rest, object))
    return Column(np.ascontiguousarray(bits.T) if input_.is_bus else bits[0])
