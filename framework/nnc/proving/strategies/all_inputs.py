"""All inputs that an output depends on, tried one by one: 64 at a time, in the native kernels."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from math import prod
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from nnc.proving.blocks import Grid, differing, first_row
from nnc.proving.domain import Interval, Tried, length_of
from nnc.proving.pair import ComparedOutput, OutputPart, Pair, Row

MAX_ROWS = 1 << 24
"""So many rows are tried whatever the budget is."""
_MAX_ROWS_BEYOND = 1 << 60
"""More rows than any budget is enough for; their numbers have to stay below 2^61."""
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
    """Try all inputs of the outputs that have at most 2^24, then of their single elements."""
    _run(pair, MAX_ROWS)


def run_beyond(pair: Pair) -> None:
    """Try all inputs where the rate of the first ones says that the budget is enough."""
    _run(pair, _MAX_ROWS_BEYOND)


def _run(pair: Pair, most: int) -> None:
    wholes = [_task(pair, output, output.open) for output in pair.open]
    _all(pair, [task for task in wholes if task is not None and task.total <= most])
    elements = [
        _task(pair, output, [part])
        for output in pair.open
        if len(output.open) > 1 and output.witness is None
        for part in output.open
    ]
    _all(pair, [task for task in elements if task is not None and task.total <= most])


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
        if task.total > MAX_ROWS and task.output.witness is not None:
            continue  # that it differs is known, and to count how often would take long
        groups.setdefault(tuple(task.tried.items()), []).append(task)
    for group in groups.values():
        counts = _tried(pair, group)
        if counts is None:
            continue
        for task, count in zip(group, counts, strict=True):
            _settle(pair, task, count)


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


def _tried(pair: Pair, group: list[Task]) -> list[Count] | None:
    """Try all rows of some tasks that have the same; None where the time is not enough."""
    grid = Grid(pair.domain, group[0].tried)
    counts = [Count()] * len(group)
    begun, done = 0.0, 0
    for block in grid.blocks(_block_size(pair)):
        differences = differing(pair, block, [task.parts for task in group])
        counts = [
            _counted(count, words, block.row)
            for count, words in zip(counts, differences, strict=True)
        ]
        if not begun:  # the first block has the engines write their programs
            begun = time.monotonic()
            continue
        done += block.count
        took = time.monotonic() - begun
        left = grid.total - block.start - block.count
        if grid.total > MAX_ROWS and took / done * left > pair.left:
            for task, count in zip(group, counts, strict=True):
                if count.rows:
                    task.output.witness = count.first
            return None
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
