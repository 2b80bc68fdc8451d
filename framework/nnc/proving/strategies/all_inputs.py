"""All inputs that an output depends on, tried one by one: 64 at a time, in the native kernels."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from math import prod
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from nnc.proving.blocks import Grid, differing, first_row
from nnc.proving.budget import CODED
from nnc.proving.domain import Interval, Tried, length_of
from nnc.proving.pair import ComparedOutput, OutputPart, Pair, Row

_MAX_ROWS = 1 << 60
"""More rows than any budget is enough for; their numbers have to stay below 2^61."""
_MAX_COUNTED = 1 << 24
"""In so many rows it is counted how often an output differs that is known to."""
_BLOCK = 1 << 22
_WORK = 1 << 32  # signals x rows of a block
_POPULATION = np.array([byte.bit_count() for byte in range(256)], np.uint8)


class Task(NamedTuple):
    """Parts of an output that are tried together, with the values of each axis.

    It is whole where nothing else of the output is open.
    """

    output: ComparedOutput
    parts: list[OutputPart]
    tried: Mapping[int, Tried]
    is_whole: bool

    @property
    def total(self) -> int:
        """The number of rows."""
        return prod(map(length_of, self.tried.values()))


class Count(NamedTuple):
    """How many rows differ for a task, and the first that does."""

    rows: int = 0
    first: Row | None = None


def run(pair: Pair) -> None:
    """Try all inputs of outputs, then of their single elements, the fewest first.

    What is more work than the step may do is left.
    """
    wholes = [_task(pair, output, output.open) for output in pair.open]
    _all(pair, [task for task in wholes if task is not None])
    elements = [
        _task(pair, output, [part])
        for output in pair.open
        if len(output.open) > 1 and output.witness is None
        for part in output.open
    ]
    _all(pair, [task for task in elements if task is not None])


def _task(pair: Pair, output: ComparedOutput, parts: list[OutputPart]) -> Task | None:
    tried = pair.tried(parts)
    if tried is None:
        return None
    task = Task(output, parts, tried, len(parts) == len(output.open))
    if task.is_whole:
        output.total = task.total
    return task


def _all(pair: Pair, tasks: list[Task]) -> None:
    """Do tasks, the smallest first; those with the same rows together."""
    groups: dict[tuple[tuple[int, Tried], ...], list[Task]] = {}
    for task in sorted(tasks, key=lambda task: task.total):
        if task.total > _MAX_ROWS:
            return
        if task.total > _MAX_COUNTED and task.output.witness is not None:
            continue  # that it differs is known, and to count how often would take long
        groups.setdefault(tuple(task.tried.items()), []).append(task)
    for group in groups.values():
        if pair.budget.left <= 0:
            return
        parts = [part for task in group for part in task.parts]
        if not pair.budget.takes(_work(pair, parts, group[0])):
            continue
        for task, count in zip(group, _tried(pair, group), strict=True):
            _settle(pair, task, count)


def _work(pair: Pair, parts: Sequence[OutputPart], task: Task) -> int:
    """Return the work of trying all rows of a task, for some parts."""
    grid = Grid(pair.domain, task.tried)
    looked_up = len(task.tried) - len(grid.counted)
    return pair.cost(parts).of(task.total) + 2 * CODED * looked_up * task.total


def _settle(pair: Pair, task: Task, count: Count) -> None:
    """Set what trying all inputs of a task has shown."""
    output = task.output
    if task.is_whole:
        output.tried, output.differing = task.total, count.rows
        output.how = _what_was_tried(pair, task)
    if count.rows:
        output.witness = count.first
        return
    for part in task.parts:
        part.is_equal = True
    if not task.is_whole:
        output.how = "all inputs of each element tried"


def _what_was_tried(pair: Pair, task: Task) -> str:
    """Say what was tried."""
    is_cells = any(
        isinstance(pair.domain.axes[axis].values, Interval) and not isinstance(values, range)
        for axis, values in task.tried.items()
    )
    noun = "cell" if is_cells else "input"
    return f"all {task.total:,} {noun}s tried" if task.total > 1 else f"the only {noun} tried"


def _tried(pair: Pair, group: list[Task]) -> list[Count]:
    """Try all rows of some tasks that have the same."""
    counts = [Count()] * len(group)
    for block in Grid(pair.domain, group[0].tried).blocks(_block_size(pair)):
        differences = differing(pair, block, [task.parts for task in group])
        counts = [
            _counted(count, words, block.row)
            for count, words in zip(counts, differences, strict=True)
        ]
    return counts


def _counted(before: Count, words: NDArray[Any], row_of: Callable[[int], Row]) -> Count:
    """Count the rows that differ of one more block."""
    rows = int(_POPULATION[words.view(np.uint8)].sum(dtype=np.int64))
    if not rows:
        return before
    first = before.first
    if first is None:
        first = row_of(first_row(words))
    return Count(before.rows + rows, first)


def _block_size(pair: Pair) -> int:
    """Return how many rows are tried at a time: fewer, where there are many signals."""
    rows = _WORK // (pair.before.signals + pair.after.signals)
    return max(1 << 12, min(_BLOCK, 1 << rows.bit_length()))
