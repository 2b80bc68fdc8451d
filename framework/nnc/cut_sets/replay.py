"""Check sets on rows, by engines that share no code with the search."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from nnc.compiler.netlist import Affine, Net, Netlist
from nnc.cut_sets.families import Literals
from nnc.language.network import Input
from nnc.lazy import np
from nnc.rows.columns import Batch, Column, Labels
from nnc.run.evaluation import calculate
from nnc.solvers.diagrams import TRUE, Diagrams

if TYPE_CHECKING:
    from numpy.typing import NDArray

ROWS_A_RUN = 1 << 16
Bits = Mapping[int, int]
"""The bits of a row by level; all others are 0."""


class Replay:
    """Checks sets against the plan from which they were derived.

    `inputs` are the nets of the levels, and `output` is the output. A bit counts if its value is 1;
    `value` is the value that sets give the output.
    """

    def __init__(
        self,
        netlist: Netlist,
        diagrams: Diagrams,
        inputs: Sequence[Net],
        output: Affine,
        value: int,
    ) -> None:
        self._netlist, self._diagrams, self._inputs = netlist, diagrams, inputs
        self._output, self._value = output, value

    def check(
        self, sets: Sequence[Literals], allowed: int, others: tuple[int, int], *, is_exact: bool
    ) -> None:
        """Check that each set gives the output its value, and that no subset does.

        `others` is a function and its value in the allowed rows with another value of the output.
        Unless sets are exact, all other bits are the opposite. Raises AssertionError.
        """
        rest = {} if is_exact else dict.fromkeys(range(len(self._inputs)), 1 - self._value)
        rows: list[Bits] = []
        values: list[int] = []
        for literals in sets:
            for left_out in (None, *literals):
                bits = rest | {
                    literal // 2: 1 - literal % 2 for literal in literals if literal != left_out
                }
                sought = (allowed, TRUE) if left_out is None else others
                row = self._diagrams.witness(*sought, bits)
                if row is None and left_out is not None and not is_exact:
                    continue  # a row that is not allowed
                assert row is not None, "a set without a row that shows it"
                rows.append(row)
                values.append(self._value if left_out is None else 1 - self._value)
        for start in range(0, len(rows), ROWS_A_RUN):
            outputs = self._outputs(rows[start : start + ROWS_A_RUN])
            assert outputs.tolist() == values[start : start + ROWS_A_RUN], (
                "a set that does not decide the output"
            )

    def _outputs(self, rows: Sequence[Bits]) -> NDArray[np.uint8]:
        plan = self._netlist.plan
        bits = np.zeros((plan.first_made, len(rows)), np.uint8)
        for place, row in enumerate(rows):
            on = [self._inputs[level] for level, bit in row.items() if bit]
            bits[on, place] = 1
        inverted = [net for net in self._inputs if self._netlist.value(net).at(1) != 1]
        bits[inverted] ^= 1  # the engines are given what fires
        columns = tuple(
            _column(input_, bits[first : first + input_.width])
            for input_, first in (
                (plan.inputs[name], first) for name, first in plan.first_of.items()
            )
        )
        net = self._output.net or 0
        signals = calculate(plan, Batch(columns, len(rows)), frozenset([net]), frozenset())
        silent, fired = (np.uint8(state == 1) for state in self._output.states)
        return np.where(signals.bit(net), fired, silent)


def _column(input_: Input, bits: NDArray[np.uint8]) -> Column | Labels:
    """Return the column of an input: its bits, or any value if nothing depends on it."""
    count = bits.shape[1]
    if input_.of is not None:
        return Labels(np.zeros(count, np.int64), input_.of)
    if input_.type != "bit":
        at_rest = next((end for end in (input_.min, input_.max) if end is not None), 0)
        shape = (count, input_.width) if input_.is_bus else (count,)
        return Column(np.full(shape, at_rest, object))
    return Column(np.ascontiguousarray(bits.T) if input_.is_bus else bits[0])
