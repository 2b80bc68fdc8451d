"""Compare columns of rows with outputs: count right rows and confusions, and list differences.

Labels are compared as strings, numbers exactly.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import NamedTuple

from nnc.compiler.graph import Tap
from nnc.compiler.plan import Plan
from nnc.diagnostics.diagnostic import Diagnostic, InvalidRowsError, did_you_mean
from nnc.numbers.exact import (
    Number,
    Refused,
    read_number,
    read_unsigned,
    shorten,
)
from nnc.rows.columns import Batch, Column, Labels, bus_bits
from nnc.rows.dialect import COMMAS, CsvDialect
from nnc.rows.elements import element_of
from nnc.rows.output import shown_inputs, texts_of
from nnc.run.engines import How
from nnc.run.evaluation import evaluate_batch

MAX_VALUES = 20
"""The maximum number of distinct values in a confusion matrix."""

MAX_DIFFERENCES = 10
_TRUTH = {"true": 1, "false": 0}

Value = Number | str


class ComparedColumn(NamedTuple):
    """A column of the rows, and the output or bus element to compare it with."""

    column: str
    output: str


@dataclass(frozen=True, slots=True)
class Difference:
    """A row in which an output differs from the expected value."""

    row: int
    """The number of the row, from 1."""
    expected: Value
    """The value that was expected."""
    got: Value
    """The value that the network gave."""


@dataclass
class Comparison:
    """The result of comparing one column with an output.

    `pairs` counts rows by (expected value, actual value); it is None if there are too many distinct
    values. `values` are the labels of the output in their declared order. `empty` counts the rows
    without an expected value.
    """

    column: str
    output: str
    values: tuple[str, ...] = ()
    rows: int = 0
    right: int = 0
    empty: int = 0
    pairs: Counter[tuple[Value, Value]] | None = field(default_factory=Counter)
    differences: list[Difference] = field(default_factory=list)

    def add(self, start: int, expected: Sequence[Value | None], got: Sequence[Value]) -> None:
        """Count rows that follow `start` others; None means that no value is expected."""
        pairs = Counter(zip(expected, got, strict=True))
        right = sum(count for (value, other), count in pairs.items() if value == other)
        empty = sum(count for (value, _), count in pairs.items() if value is None)
        self.right += right
        self.empty += empty
        self.rows += len(expected) - empty
        if right + empty < len(expected) and len(self.differences) < MAX_DIFFERENCES:
            differences = (
                Difference(row, value, other)
                for row, (value, other) in enumerate(zip(expected, got, strict=True), start + 1)
                if value is not None and value != other
            )
            room = MAX_DIFFERENCES - len(self.differences)
            self.differences += [each for each, _ in zip(differences, range(room), strict=False)]
        if self.pairs is not None:
            for (value, other), count in pairs.items():
                if value is not None:
                    self.pairs[value, other] += count
            if len({value for pair in self.pairs for value in pair}) > MAX_VALUES:
                self.pairs = None

    @property
    def unknown(self) -> list[str]:
        """The expected labels that the output does not have."""
        labels = {value for value, _ in self.pairs or () if isinstance(value, str)}
        return sorted(labels.difference(self.values)) if self.values else []

    def matrix(self) -> tuple[list[Value], list[list[int]]] | None:
        """Return the values that occur and the matrix of counts, expected x actual."""
        if not self.pairs:
            return None
        occurring = {value for pair in self.pairs for value in pair}
        labels = [label for label in self.values if label in occurring]
        others = occurring.difference(labels)
        texts = sorted(value for value in others if isinstance(value, str))
        numbers = sorted(value for value in others if not isinstance(value, str))
        values: list[Value] = [*labels, *texts, *numbers]
        return values, [[self.pairs[row, column] for column in values] for row in values]


class ColumnNames:
    """The names of the columns to compare, as a set that also records other names it is tested for.

    `others` are those names; `csv` is the dialect in which the cells are written.
    """

    def __init__(self, names: Sequence[str], csv: CsvDialect = COMMAS) -> None:
        self._names, self.csv, self.others = names, csv, dict[str, None]()

    def __contains__(self, name: object) -> bool:
        if name not in self._names:
            self.others[str(name)] = None
        return name in self._names


def compare_rows(
    plan: Plan,
    batches: Iterator[Batch],
    columns: Sequence[ComparedColumn],
    names: ColumnNames,
    file: str,
    how: How,
) -> list[Comparison]:
    """Evaluate every row and compare columns with outputs.

    Raises InvalidRowsError if a column does not exist, or if a cell is not a number though the
    output is one.
    """
    labels = {tap.alias: tap.labels for tap in plan.outputs}
    comparisons = [Comparison(*column, values=labels.get(column.output, ())) for column in columns]
    start = 0
    for batch, pairs in compared_batches(plan, batches, columns, names, file, how):
        for each, (expected, got) in zip(comparisons, pairs, strict=True):
            each.add(start, expected, got)
        start += batch.count
    return comparisons


def compared_batches(
    plan: Plan,
    batches: Iterable[Batch],
    columns: Sequence[ComparedColumn],
    names: ColumnNames,
    file: str,
    how: How,
) -> Iterator[tuple[Batch, list[tuple[list[Value | None], Sequence[Value]]]]]:
    """Evaluate every row; yield the expected values (None if empty) and the results by column.

    Raises InvalidRowsError as `compare_rows` does.
    """
    taps = {tap.alias: tap for tap in plan.outputs}
    for batch, expected in expected_batches(plan, batches, columns, names, file):
        results = evaluate_batch(plan, batch, how=how)
        got = [
            result_of(results, output, taps[(element_of(output) or (output, 0))[0]]).values()
            for _, output in columns
        ]
        yield batch, list(zip(expected, got, strict=True))


def expected_batches(
    plan: Plan,
    batches: Iterable[Batch],
    columns: Sequence[ComparedColumn],
    names: ColumnNames,
    file: str,
) -> Iterator[tuple[Batch, list[list[Value | None]]]]:
    """Yield each batch with the expected values of every column, None for an empty cell.

    Raises InvalidRowsError as `compare_rows` does.
    """
    taps = {tap.alias: tap for tap in plan.outputs}
    start = 0
    for batch in batches:
        expected = []
        for column in columns:
            cells = _cells(plan, batch, column.column, names, file)
            tap = taps[(element_of(column.output) or (column.output, 0))[0]]
            csv = names.csv if column.column in batch.extras else COMMAS
            read = partial(_value, tap=tap, csv=csv)
            expected.append(_expected(cells, read, column, batch, start, file))
        yield batch, expected
        start += batch.count


def _cells(plan: Plan, batch: Batch, name: str, names: ColumnNames, file: str) -> Sequence[str]:
    """Return the cells of a column, which may also be an input."""
    if name in batch.extras:
        return list(batch.extras[name])
    for (input_name, input_), column in zip(plan.inputs.items(), batch.columns, strict=True):
        columns = shown_inputs(input_name, input_, column)
        if name in columns:
            return texts_of(columns[name])
    others = list(names.others)
    known = f"beside the inputs the columns are {', '.join(others[:20])}"
    hint = did_you_mean(name, [*others, *plan.inputs], known if others else "")
    message = f"there is no column `{shorten(name)}` to compare"
    raise InvalidRowsError([Diagnostic("missing-column", message, help=hint or None, file=file)])


def _expected(
    cells: Sequence[str],
    read: Callable[[str], Value | None],
    comparison: ComparedColumn,
    batch: Batch,
    start: int,
    file: str,
) -> list[Value | None]:
    """Read the expected values, each distinct text once; None for a cell without a value."""
    values: dict[str, Value | None] = {}
    for text in dict.fromkeys(cells):
        try:
            values[text] = read(text)
        except Refused as error:
            row = list(cells).index(text)
            places = batch.places if comparison.column in batch.extras else None
            span, excerpt = places(row, comparison.column) if places else (None, None)
            where = "" if span is not None else f", in row {start + row + 1:,}"
            message = f"column `{comparison.column}`: {error.message}{where}"
            raise InvalidRowsError(
                [Diagnostic(error.rule, message, help=error.help or None, file=file, span=span,
                            excerpt=excerpt)]
            ) from None  # fmt: skip
    return [values[text] for text in cells]


def _value(text: str, tap: Tap, csv: CsvDialect) -> Value | None:
    if not text or (text in csv.na and text not in tap.labels):
        return None
    if tap.labels:
        return text
    if text.lower() in _TRUTH and tap.kind in ("bit", "bus"):
        return _TRUTH[text.lower()]
    read = read_unsigned if tap.is_integer else read_number
    try:
        return read(csv.number(text), lenient=True)
    except Refused as error:
        if tap.kind != "bit" or not text.isalpha():
            raise
        hint = f"write 0 or 1, or give output `{tap.alias}` labels: {{level: …, labels: [no, yes]}}"
        raise Refused(error.rule, error.message, hint) from None


def result_of(results: Mapping[str, Column | Labels], output: str, tap: Tap) -> Column | Labels:
    """Return the result column of an output or of one bus element."""
    if output in results:
        return results[output]
    whole = results[tap.alias]
    assert isinstance(whole, Column)
    _, place = element_of(output) or (output, 0)
    return Column(bus_bits(whole.numerators, tap.width)[:, place])
