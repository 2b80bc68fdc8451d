"""All inputs that an output depends on, tried one by one: 64 at a time, in the native kernels."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from math import prod
from typing import NamedTuple

from nnc.lazy import np
from nnc.numbers.integers import Array
from nnc.proofs.plans.blocks import Grid, differing, first_row, unpacked
from nnc.proofs.plans.domain import Interval, Tried, length_of
from nnc.proofs.plans.pair import ComparedOutput, OutputPart, Pair, Row, Table

_MAX_ROWS = 1 << 60  # beyond every budget; numbers of rows stay below 2^61
_MAX_AXES = 60  # an axis has at least two values, so more axes have more rows
_MAX_COUNTED = 1 << 24  # rows in which differences are counted once one is known
_MAX_TABLE = 1 << 16  # rows of a table of differences
_BLOCK = 1 << 22
_WORK = 1 << 32  # signals x rows of a block


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
    """The number of rows that differ for a task, the first one, and all of them if they are few."""

    rows: int = 0
    first: Row | None = None
    words: tuple[Array, ...] = ()


def run(pair: Pair) -> None:
    """Try all inputs of outputs, then of their single elements, where these are all few enough.

    What is more work than the step may do is left.
    """
    _run(pair, is_last=False)


def run_rest(pair: Pair) -> None:
    """Try all inputs of outputs, then of their single elements, the fewest first."""
    _run(pair, is_last=True)


def _run(pair: Pair, *, is_last: bool) -> None:
    wholes = [_task(pair, output, output.open) for output in pair.open]
    _all(pair, [task for task in wholes if task is not None])
    elements = [
        (output, part)
        for output in pair.open
        if len(output.open) > 1 and output.witness is None
        for part in output.open
    ]
    few = [(output, part) for output, part in elements if len(part.axes) <= _MAX_AXES]
    if is_last or len(few) == len(elements):  # else the inside has to be looked at anyway
        tasks = [_task(pair, output, [part]) for output, part in few]
        _all(pair, [task for task in tasks if task is not None])


def _task(pair: Pair, output: ComparedOutput, parts: list[OutputPart]) -> Task | None:
    tried = pair.tried(parts)
    if tried is None:
        return None
    task = Task(output, parts, tried, len(parts) == len(output.open))
    if task.is_whole:
        output.total = task.total
        output.unit = "range" if _has_ranges(pair, task) else "input"
    return task


def _all(pair: Pair, tasks: list[Task]) -> None:
    """Do tasks, the smallest first; those with the same rows together."""
    groups: dict[tuple[tuple[int, Tried], ...], list[Task]] = {}
    for task in sorted(tasks, key=lambda task: task.total):
        if task.total > _MAX_ROWS:
            break
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
            _settle(task, count)


def _work(pair: Pair, parts: Sequence[OutputPart], task: Task) -> int:
    """Return the work of trying all rows of a task, for some parts."""
    grid = Grid(pair.domain, task.tried)
    looked_up = len(task.tried) - len(grid.counted)
    return pair.work(parts, task.total, looked_up)


def _settle(task: Task, count: Count) -> None:
    """Set the results of trying all inputs of a task."""
    output = task.output
    if task.is_whole:
        output.tried, output.differing = task.total, count.rows
        output.how = tried_words(task.total, output.unit)
    if count.rows:
        output.witness = count.first
        if task.is_whole and task.total <= _MAX_TABLE:
            output.table = _table(task, count)
        return
    for part in task.parts:
        part.is_equal = True
    if not task.is_whole:
        output.how = "all inputs of each element tried"


def _table(task: Task, count: Count) -> Table:
    differs = unpacked(np.concatenate(count.words), task.total)
    return Table(task.tried, differs.reshape([len(values) for values in task.tried.values()]))


def tried_words(total: int, unit: str) -> str:
    """Describe what was tried: rows, or combinations of ranges."""
    if unit == "input":
        return f"all {total:,} rows tried" if total > 1 else "the only row tried"
    return f"all {total:,} combinations of ranges tried"


def _has_ranges(pair: Pair, task: Task) -> bool:
    """Return whether one value of a number was tried for each range in which nothing changes."""
    axes = pair.domain.axes
    return any(
        axes[axis].input in pair.cells
        or (isinstance(axes[axis].values, Interval) and not isinstance(values, range))
        for axis, values in task.tried.items()
    )


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


def _counted(before: Count, words: Array, row_of: Callable[[int], Row]) -> Count:
    """Count the rows that differ of one more block."""
    rows = int.from_bytes(words.tobytes(), "little").bit_count()
    first = before.first
    if rows and first is None:
        first = row_of(first_row(words))
    is_kept = 64 * (len(words) + sum(map(len, before.words))) <= _MAX_TABLE + 63
    return Count(before.rows + rows, first, (*before.words, words) if is_kept else before.words)


def _block_size(pair: Pair) -> int:
    """Return the number of rows that are tried at a time: fewer for many signals."""
    rows = _WORK // (pair.before.signals + pair.after.signals)
    return max(1 << 12, min(_BLOCK, 1 << rows.bit_length()))
