"""A row in which an output differs, with as many inputs at rest as a greedy search finds."""

from __future__ import annotations

import numpy as np

from nnc.proving.blocks import Block
from nnc.proving.differing import differing, first_row
from nnc.proving.pair import Compared, Pair, Row

_MOST_ROUNDS = 256


def minimised(pair: Pair, output: Compared, row: Row) -> Row:
    """Let stretches of inputs rest, ever shorter ones, as long as the output still differs.

    This is the delta debugging of Zeller and Hildebrandt (2002), with all stretches of a length
    tried at once.
    """
    resting = [axis.resting for axis in pair.domain.axes]
    depends = {axis for part in output.open for axis in part.axes}
    row = [value if axis in depends else resting[axis] for axis, value in enumerate(row)]
    length = len(row)
    for _ in range(_MOST_ROUNDS):
        moved = [axis for axis, value in enumerate(row) if value != resting[axis]]
        length = min(length, len(moved))
        if not moved:
            return row
        stretches = [moved[start : start + length] for start in range(0, len(moved), length)]
        found = _still_differs(pair, output, row, stretches)
        if found is not None:
            for axis in stretches[found]:
                row[axis] = resting[axis]
        elif length == 1:
            return row
        else:
            length = (length + 1) // 2
    return row


def _still_differs(
    pair: Pair, output: Compared, row: Row, stretches: list[list[int]]
) -> int | None:
    """Give the first of some stretches of axes that may rest."""
    codes = np.ones((len(stretches), len(row)), np.int64)
    for place, stretch in enumerate(stretches):
        codes[place, stretch] = 0
    axes = enumerate(pair.domain.axes)
    values = {place: (axis.resting, row[place]) for place, axis in axes}
    block = Block(pair.domain, len(stretches), values, lambda axis: codes[:, axis])
    words = np.bitwise_or.reduce(differing(pair, block, output.open))
    return first_row(words) if words.any() else None
