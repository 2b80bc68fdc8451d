"""Plan + Plan + rows of a file -> RowChanges: which rows change, from what to what."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from nnc.compiler.plan import Plan
from nnc.diagnostics.diagnostic import Diagnostic
from nnc.exact import Number
from nnc.files.opening import open_to_read
from nnc.rows.columns import Batch, Column, Labels, unequal
from nnc.rows.formats import format_of, read_rows
from nnc.rows.session import Session
from nnc.run.engines import How
from nnc.run.evaluation import evaluate_batch

Value = Number | str
AUTO = How()
_MOST_MOVES = 1000
"""So many different moves of an output are told apart."""
_MOST_ROWS = 3
"""So many rows of each move are named."""


class Move(NamedTuple):
    """How many rows went from one value of an output to another, and the first of them, from 1."""

    before: Value
    after: Value
    times: int
    rows: tuple[int, ...]


class OutputRows(NamedTuple):
    """In how many rows an output changes; the moves, the most frequent first.

    Of an output with over 1,000 different moves only the first that were met are told.
    """

    output: str
    changed: int
    moves: tuple[Move, ...]


class RowChanges(NamedTuple):
    """Of the `rows` of a file, how many change in an output that both networks have."""

    file: str
    rows: int
    changed: int
    outputs: tuple[OutputRows, ...]


@dataclass
class _Counted:
    changed: int = 0
    moves: dict[tuple[Value, Value], int] = field(default_factory=dict)
    rows: dict[tuple[Value, Value], tuple[int, ...]] = field(default_factory=dict)

    def add(self, row: int, before: Value, after: Value) -> None:
        self.changed += 1
        move = before, after
        if move in self.moves or len(self.moves) < _MOST_MOVES:
            self.moves[move] = self.moves.get(move, 0) + 1
            if self.moves[move] <= _MOST_ROWS:
                self.rows[move] = (*self.rows.get(move, ()), row)

    def told(self, output: str) -> OutputRows:
        moves = [Move(*move, count, self.rows[move]) for move, count in self.moves.items()]
        moves.sort(key=lambda move: -move.times)
        return OutputRows(output, self.changed, tuple(moves))


def compare_rows(
    before: Plan,
    after: Plan,
    file: str,
    *,
    report: Callable[[Diagnostic], None],
    how: How = AUTO,
) -> RowChanges:
    """Evaluate both networks for the rows of a file, and count those that change.

    `report` takes warnings. Raises FileError and InvalidRowsError: each network has to take the
    rows as they are, so an input that only one has is a column, or has a default.
    """
    rows = changed = 0
    counted: dict[str, _Counted] = {}
    for one, other in _batches(before, after, file, report):
        differs = np.zeros(one.count, bool)
        olds, news = (
            evaluate_batch(plan, batch, how=how) for plan, batch in ((before, one), (after, other))
        )
        for output, old in olds.items():
            new = news.get(output)
            if new is None or isinstance(new, Labels) != isinstance(old, Labels):
                continue
            places = _differing(old, new)
            differs[places] = True
            count = counted.setdefault(output, _Counted())
            for place in places.tolist():
                count.add(rows + place + 1, _value(old, place), _value(new, place))
        rows += one.count
        changed += int(differs.sum())
    outputs = tuple(count.told(output) for output, count in counted.items())
    return RowChanges(file, rows, changed, outputs)


def _batches(
    before: Plan, after: Plan, file: str, report: Callable[[Diagnostic], None]
) -> Iterator[tuple[Batch, Batch]]:
    """Read the rows as each network takes them: once, where both take the same inputs."""
    form = format_of(file)
    with ExitStack() as stack:
        stream = stack.enter_context(open_to_read(file))
        ones = read_rows(
            stream, form, Session(before.inputs, file=file, report=report, also=after.inputs)
        )
        if before.inputs == after.inputs:
            order = [list(before.inputs).index(name) for name in after.inputs]
            for one in ones:
                yield one, replace(one, columns=tuple(one.columns[place] for place in order))
            return
        stream = stack.enter_context(open_to_read(file))
        others = read_rows(
            stream, form, Session(after.inputs, file=file, report=_told_already, also=before.inputs)
        )
        yield from zip(ones, others, strict=True)


def _told_already(_: Diagnostic) -> None:
    """Take a warning about a file that was told when it was read first."""


def _differing(one: Column | Labels, other: Column | Labels) -> NDArray[np.int64]:
    """Give the rows in which two columns have other values."""
    if isinstance(one, Labels) and isinstance(other, Labels):
        known = {label: code for code, label in enumerate(dict.fromkeys(one.labels + other.labels))}
        codes = [
            np.array([known[label] for label in each.labels], np.int64)[each.codes]
            for each in (one, other)
        ]
        return np.flatnonzero(codes[0] != codes[1])
    assert isinstance(one, Column)
    assert isinstance(other, Column)
    return np.flatnonzero(unequal(one, other))


def _value(column: Column | Labels, row: int) -> Value:
    if isinstance(column, Labels):
        return column.labels[int(column.codes[row])]
    return column.value(row)
