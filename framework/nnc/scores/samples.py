"""Sample: the rows of a table as the inputs of a network take them, and what it makes of them."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nnc.compiler.plan import Plan
from nnc.diagnostics.diagnostic import Diagnostic, InvalidRowsError, did_you_mean
from nnc.language.network import Input
from nnc.numbers.exact import Number, names_and_more, shorten
from nnc.rows.columns import Batch, Column, Labels
from nnc.rows.elements import InputColumns
from nnc.rows.inputs.cells import elements_of_texts, input_of_texts
from nnc.rows.inputs.value import hint_of
from nnc.run.evaluation import evaluate_batch
from nnc.scores.branching import Branches
from nnc.scores.demands import Demands, Linear, Span
from nnc.scores.goals import Goal
from nnc.scores.odds import Odds, Quality, auc_of, odds_of
from nnc.scores.table import Table, TextColumn

Array = NDArray[Any]
_NO_VALUES = {"nan", "na", "n/a", "none", "null", "?", "-"}


@dataclass(frozen=True, eq=False)
class Sample:
    """Rows: `batch` has each different one once, `places` which of them each row is.

    `ones` says which rows are 1.
    """

    batch: Batch
    places: Array
    ones: Array

    @property
    def is_mixed(self) -> bool:
        """Whether there are both rows that are 1 and rows that are not."""
        return 0 < int(self.ones.sum()) < len(self.ones)

    def evaluated(self, plan: Plan) -> tuple[list[Number], list[Number]]:
        """Return the outputs `sum` and `fires` of a plan for each different row."""
        results = self.outputs(plan)
        sums, fires = results["sum"], results["fires"]
        assert isinstance(sums, Column)
        assert isinstance(fires, Column)
        return sums.values(), fires.values()

    def outputs(self, plan: Plan) -> Mapping[str, Column | Labels]:
        """Return the outputs of a plan for each different row, of a bus those of its elements."""
        return evaluate_batch(plan, self.batch, bits=True)

    @property
    def tallies(self) -> list[tuple[int, int]]:
        """How many rows each different one stands for that are 1, and that are 0."""
        hits, all_ = self._counts()
        return list(zip(hits.tolist(), (all_ - hits).tolist(), strict=True))

    def counts(self, fires: Sequence[bool]) -> tuple[int, int, int, int]:
        """Count the rows, those that are 1, the missed ones, and the false alarms."""
        hits, all_ = self._counts()
        fired = np.array(fires, bool)
        return (
            len(self.places),
            int(self.ones.sum()),
            int(hits[~fired].sum()),
            int((all_ - hits)[fired].sum()),
        )

    def odds(self, points: Sequence[Number], largest: float) -> Odds:
        """Return the odds that fit best, of points for each different row."""
        hits, all_ = self._counts()
        return odds_of(np.array([float(p) for p in points]), hits, math.ceil(largest), all_)

    def _counts(self) -> tuple[Array, Array]:
        size = self.batch.count
        hits = np.bincount(self.places, weights=self.ones, minlength=size).astype(np.int64)
        return hits, np.bincount(self.places, minlength=size).astype(np.int64)

    def quality(self, points: Sequence[Number], fires: Sequence[bool], odds: Odds) -> Quality:
        """Say how good points, and what fires, are in these rows."""
        ranks = {point: rank for rank, point in enumerate(sorted(set(points)))}
        totals = np.array([ranks[point] for point in points], np.int64)[self.places]
        floats = np.array([float(point) for point in points])[self.places]
        fired = np.array(fires, bool)[self.places]
        return Quality(
            len(self.places),
            int(self.ones.sum()),
            odds.loss(floats, self.ones) if len(self.places) else 0.0,
            auc_of(totals, self.ones),
            int((fired & (self.ones == 1)).sum()),
            int((fired & (self.ones == 0)).sum()),
        )


def sample_of(table: Table, inputs: Mapping[str, Input], label: str, positive: str) -> Sample:
    """Return the rows of a table for the inputs of a network, which are columns of these names.

    Raises InvalidRowsError for a column that is missing, and a cell that an input does not take.
    """
    with table.blamed():
        return _sample_of(table, inputs, label, positive)


def _sample_of(table: Table, inputs: Mapping[str, Input], label: str, positive: str) -> Sample:
    held = InputColumns(inputs)
    columns = {name: _columns(table, name, input_, held) for name, input_ in inputs.items()}
    column = table.columns.get(label)
    if column is None:
        hint = did_you_mean(label, table.columns) or ""
        message = f"there is no column `{shorten(label)}`"
        raise InvalidRowsError([Diagnostic("missing-column", message, help=hint)])
    ones = np.array([text == positive for text in column.texts], np.int64)[column.codes]
    codes = [each.codes for some in columns.values() for each in some]
    whole = np.stack([np.zeros(table.count, np.int64), *codes], axis=1)
    _, first, places = np.unique(whole, axis=0, return_index=True, return_inverse=True)
    cells = [_cells(some, inputs[name], first) for name, some in columns.items()]
    return Sample(Batch(tuple(cells), len(first)), places.reshape(-1), ones)


def _columns(table: Table, name: str, input_: Input, held: InputColumns) -> list[TextColumn]:
    """Return the column of an input; of a bus without one those of its elements, `name(0)`."""
    whole = held.column_of(name)
    if input_.is_bus and input_.of is None and (input_.columns or whole not in table.columns):
        elements = [held.column_of(f"{name}({i})") for i in range(input_.width)]
        if any(element in table.columns for element in elements):
            return [_column(table, element, input_) for element in elements]
    return [_column(table, whole, input_)]


def _column(table: Table, name: str, input_: Input) -> TextColumn:
    column = table.columns.get(name)
    if column is None and input_.default is not None:
        return TextColumn(name, ("",), np.zeros(table.count, np.int32))
    if column is None:
        names = list(table.columns)
        hint = did_you_mean(name, names, f"the columns are {names_and_more(names)}")
        message = f"there is no column `{shorten(name)}`, which is an input of the network"
        raise InvalidRowsError([Diagnostic("missing-column", message, help=hint)])
    return column


def _cells(columns: Sequence[TextColumn], input_: Input, rows: Array) -> Column | Labels:
    """Return some cells of an input. Raises InvalidRowsError, bad-value."""
    if len(columns) == 1:
        return _single(columns[0], input_, rows)
    by_column = [[each.texts[code] for code in each.codes[rows].tolist()] for each in columns]
    texts = [text for row in zip(*by_column, strict=True) for text in row]
    read = elements_of_texts(texts, input_)
    if read is None:
        name, wrong = next(
            (column.name, text)
            for column, some in zip(columns, by_column, strict=True)
            for text in some
            if elements_of_texts([text] * input_.width, input_) is None
        )
        raise _refused(name, wrong, name.partition("(")[0], input_)
    return read


def _single(column: TextColumn, input_: Input, rows: Array) -> Column | Labels:
    used = sorted(set(column.codes[rows].tolist()))
    texts = [column.texts[code] for code in used]
    read = input_of_texts(texts, input_)
    if read is None:
        wrong = next(text for text in texts if input_of_texts([text], input_) is None)
        raise _refused(column.name, wrong, column.name, input_)
    places = np.searchsorted(np.array(used), column.codes[rows])
    if isinstance(read, Labels):
        return Labels(read.codes[places], read.labels)
    return Column(read.numerators[places], read.denominator)


def _refused(column: str, wrong: str, name: str, input_: Input) -> InvalidRowsError:
    what = f"`{shorten(wrong)}` is not a value of input" if wrong else "an empty cell for input"
    message = f"column `{shorten(column)}`: {what} `{shorten(name)}`"
    hint = "give the input a `default`, or leave these rows out"
    if wrong.lower() in _NO_VALUES:
        hint = f"--na {wrong} makes it an empty cell; {hint}"
    elif wrong:
        hint = hint_of(input_)
    return InvalidRowsError([Diagnostic("bad-value", message, help=hint)])


@dataclass(frozen=True)
class Asked:
    """What is asked of the weights of a neuron: see `Branches`.

    `sums` has for each different row what the rest adds up to, then what a unit of each weight
    adds, all times `scale`; `on` says that a sum fires on its threshold.
    """

    sums: Sequence[Sequence[int]]
    scale: int
    ranges: tuple[tuple[int, int], ...]
    terms: int
    largest: float
    conditions: Sequence[Linear]
    span: Span
    on: bool


def branches_of(
    sample: Sample, asked: Asked, goal: Goal, keeps: Callable[[Array], bool] | None
) -> Branches:
    """Return the problem of integers; `keeps` says of each row that fires if limits hold."""
    whole = np.array(asked.sums, np.int64).reshape(len(asked.sums), sample.batch.count)
    used = list(range(1, len(whole)))
    distinct, cell = np.unique(whole.T, axis=0, return_inverse=True)
    cell = cell.reshape(-1)[sample.places]
    hits = np.bincount(cell, weights=sample.ones, minlength=len(distinct)).astype(np.int64)
    all_ = np.bincount(cell, minlength=len(distinct)).astype(np.int64)
    demands = Demands(
        asked.conditions, asked.span, hits, all_, on=asked.on, width=len(used),
        keeps=None if keeps is None else lambda fires: keeps(fires[cell]),
    )  # fmt: skip
    return Branches(
        np.ascontiguousarray(distinct[:, used]), distinct[:, 0], hits, all_ - hits, asked.ranges,
        asked.terms, asked.scale, asked.largest, goal, demands,
    )  # fmt: skip
