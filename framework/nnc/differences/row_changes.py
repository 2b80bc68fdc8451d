"""Evaluate two plans on the rows of a file, and count the rows whose outputs change.

Also defines `Comparison`, the full result of comparing two networks.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from itertools import tee
from typing import NamedTuple

from nnc.bundles import Bundle, bundle_of
from nnc.compiler.plan import Plan
from nnc.diagnostics.diagnostic import Diagnostic
from nnc.differences.structure import Structure
from nnc.files.opening import open_to_read
from nnc.language.network import Network
from nnc.lazy import np
from nnc.numbers.exact import Number, counted
from nnc.proofs.comparison import Behaviour
from nnc.proofs.plans import unlike
from nnc.rows.columns import Batch, Column, Labels
from nnc.rows.dialect import CsvDialect
from nnc.rows.formats import format_of, read_rows
from nnc.rows.session import RowOptions, Session
from nnc.run.assumptions import Assumptions
from nnc.run.engines import How
from nnc.run.evaluation import evaluate_batch

Value = Number | str
AUTO = How()
_MAX_MOVES = 1000
"""The most different moves of an output that are counted one by one."""
_MAX_ROWS = 3
"""The most rows of a move that are named."""

_OPTIONS = RowOptions(csv=CsvDialect(recognises=True))


@dataclass(frozen=True, slots=True)
class Move:
    """The rows in which an output goes from one value to another."""

    before: Value
    """The value before."""
    after: Value
    """The value after."""
    times: int
    """In how many rows."""
    rows: tuple[int, ...]
    """The numbers of the first of these rows, from 1."""


@dataclass(frozen=True, slots=True)
class OutputRows:
    """The rows in which an output changes, with at most 1,000 distinct moves."""

    output: str
    """The alias of the output."""
    changed: int
    """In how many rows it changes."""
    moves: tuple[Move, ...]
    """From what to what it goes, the most frequent first."""


@dataclass(frozen=True, slots=True)
class RowChanges:
    """The rows of a file in which a shared output changes."""

    file: str
    """The file, as it was named."""
    rows: int
    """The number of rows."""
    changed: int
    """In how many of them an output changes."""
    outputs: tuple[OutputRows, ...]
    """Each output that both networks have."""


class Comparison(NamedTuple):
    """The effect of a change on the declarations, the behaviour, and the rows of a file.

    Structure is compared as declared; behaviour and rows are compared on plans.
    `networks` are the two networks, which a notebook draws; None for revisions.
    """

    structure: Structure
    behaviour: Behaviour
    rows: RowChanges | None = None
    networks: tuple[Network, Network] | None = None

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> Bundle:
        return bundle_of(self, include, exclude)

    def __repr__(self) -> str:
        kinds = Counter(verdict.kind for verdict in self.behaviour.verdicts)
        outputs = ", ".join(f"{counted(count, 'output')} {kind}" for kind, count in kinds.items())
        changes = f"{counted(len(self.structure.changes), 'change')} of declarations"
        return f"<Comparison: {changes}; {outputs or 'no output in both'}>"


@dataclass
class _Count:
    """The moves of one output in the rows read so far."""

    changed: int = 0
    moves: dict[tuple[Value, Value], int] = field(default_factory=dict)
    rows: dict[tuple[Value, Value], tuple[int, ...]] = field(default_factory=dict)

    def add(self, row: int, before: Value, after: Value) -> None:
        self.changed += 1
        move = before, after
        if move in self.moves or len(self.moves) < _MAX_MOVES:
            self.moves[move] = self.moves.get(move, 0) + 1
            if self.moves[move] <= _MAX_ROWS:
                self.rows[move] = (*self.rows.get(move, ()), row)

    def result(self, output: str) -> OutputRows:
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
    """Evaluate both networks on the rows of a file, and count the rows that change.

    `report` takes warnings. Raises FileError and InvalidRowsError: both networks must accept the
    rows, so an input of only one network needs a column or a default.
    """
    rows = changed = 0
    counts: dict[str, _Count] = {}
    for old_batch, new_batch in _batches(before, after, file, report):
        differs = np.zeros(old_batch.count, bool)
        olds = evaluate_batch(before, old_batch, how=how)
        news = evaluate_batch(after, new_batch, how=how)
        for output, old in olds.items():
            new = news.get(output)
            if new is None or isinstance(new, Labels) != isinstance(old, Labels):
                continue
            places = np.flatnonzero(unlike(old, new))
            differs[places] = True
            count = counts.setdefault(output, _Count())
            for place in places.tolist():
                count.add(rows + place + 1, _value(old, place), _value(new, place))
        rows += old_batch.count
        changed += int(differs.sum())
    outputs = tuple(count.result(output) for output, count in counts.items())
    return RowChanges(file, rows, changed, outputs)


def _batches(
    before: Plan, after: Plan, file: str, report: Callable[[Diagnostic], None]
) -> Iterator[tuple[Batch, Batch]]:
    """Read the rows for each network, or once if both have the same inputs."""
    form = format_of(file)
    with ExitStack() as stack:
        stream = stack.enter_context(open_to_read(file))
        olds = read_rows(
            stream,
            form,
            Session(before.inputs, file=file, report=report, options=_OPTIONS, also=after.inputs),
        )
        allowed = Assumptions(before).checked(olds, file)
        assumed = Assumptions(after)
        if before.inputs == after.inputs:
            order = [list(before.inputs).index(name) for name in after.inputs]
            allowed, again = tee(allowed)
            ordered = (
                replace(batch, columns=tuple(batch.columns[place] for place in order))
                for batch in again
            )
            yield from zip(allowed, assumed.checked(ordered, file), strict=True)
            return
        stream = stack.enter_context(open_to_read(file))
        news = read_rows(
            stream,
            form,
            Session(after.inputs, file=file, report=_ignore, options=_OPTIONS, also=before.inputs),
        )
        yield from zip(allowed, assumed.checked(news, file), strict=True)


def _ignore(_: Diagnostic) -> None:
    """Ignore a warning that the first reading of the file has already reported."""


def _value(column: Column | Labels, row: int) -> Value:
    if isinstance(column, Labels):
        return column.labels[int(column.codes[row])]
    return column.value(row)
