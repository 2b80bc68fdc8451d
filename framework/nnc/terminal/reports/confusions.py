"""Report comparisons of columns with outputs as text, with a confusion matrix, or as JSON."""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from nnc.numbers.exact import counted, rounded_percent, text_of
from nnc.opening.cases.confusion import Comparison, Difference, Value
from nnc.printable import line
from nnc.records import Versioned, json_text
from nnc.rows.inputs.cells import exact_column
from nnc.rows.output import Numerals, Table
from nnc.rows.table import Groups, Screen, write_table

_MAX_ROWS = 5
_MATRIX = "expected \\ got"


@dataclass(frozen=True, slots=True)
class ConfusionRecord:
    """The number of times that each value occurred, by the expected value."""

    values: tuple[Value, ...]
    """The values that occur, expected or not."""
    counts: tuple[tuple[int, ...], ...]
    """For each expected value, how often each of the values occurred."""


@dataclass(frozen=True, slots=True)
class ComparedRecord:
    """A column, and the output that it was compared with."""

    name: str
    """The name."""
    output: str
    """The alias of the output."""
    rows: int
    """The number of rows with an expected value."""
    right: int
    """The number of rows with the expected value."""
    empty: int
    """The number of rows without an expected value, which `rows` does not count."""
    confusion: ConfusionRecord | None
    """The confusion matrix; null if there are more than 20 distinct values."""
    differences: tuple[Difference, ...]
    """The first 10 rows that differ from the expected value."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ExpectedReport(Versioned):
    """The comparison of every column."""

    columns: tuple[ComparedRecord, ...]
    """Each column that was compared with an output."""


def as_json(comparisons: Sequence[Comparison]) -> str:
    """Return the report as JSON."""
    return json_text(ExpectedReport(columns=tuple(map(compared_record, comparisons))))


def compared_record(comparison: Comparison) -> ComparedRecord:
    """Return the record of one column."""
    matrix = comparison.matrix()
    confusion = None
    if matrix is not None:
        confusion = ConfusionRecord(tuple(matrix[0]), tuple(map(tuple, matrix[1])))
    return ComparedRecord(
        comparison.column,
        comparison.output,
        comparison.rows,
        comparison.right,
        comparison.empty,
        confusion,
        tuple(comparison.differences),
    )


def as_text(comparisons: Sequence[Comparison], screen: Screen | None = None) -> str:
    """Return the report as text."""
    return "\n".join("".join(_parts(comparison, screen)) for comparison in comparisons)


def _parts(comparison: Comparison, screen: Screen | None) -> Iterator[str]:
    output = comparison.output
    column = "" if comparison.column == output else f"{comparison.column} = "
    rows, right = comparison.rows, comparison.right
    share = f" ({rounded_percent(right, rows)} %)" if rows else ""
    yield f"{line(f'{column}{output}')}: {right:,} of {counted(rows, 'row')} right{share}\n"
    if comparison.empty:
        yield f"{counted(comparison.empty, 'row')} without an expected value\n"
    if unknown := comparison.unknown:
        names = ", ".join(f"`{name}`" for name in unknown[:5])
        yield line(f"never an output of the network, yet expected: {names}") + "\n"
    if (matrix := comparison.matrix()) is not None:
        yield f"\n{_matrix(*matrix, screen)}"
    if comparison.differences:
        yield f"\n{_differences(comparison, screen)}"


def _matrix(values: Sequence[Value], counts: Sequence[Sequence[int]], screen: Screen | None) -> str:
    names = [text_of(value) for value in values]
    is_number = not any(isinstance(value, str) for value in values)
    table: dict[str, Sequence[str]] = {_MATRIX: Numerals(names) if is_number else names}
    for name, column in zip(names, zip(*counts, strict=True), strict=True):
        table[name] = Numerals(str(count) if count else "·" for count in column)
    return _table(table, Groups([_MATRIX], (), names), screen)


def _differences(comparison: Comparison, screen: Screen | None) -> str:
    rows = comparison.differences[:_MAX_ROWS]
    table: Table = {
        "row": exact_column([each.row for each in rows]),
        "expected": [text_of(each.expected) for each in rows],
        "got": [text_of(each.got) for each in rows],
    }
    more = comparison.rows - comparison.right - len(rows)
    rest = f"… {counted(more, 'more row')}\n" if more else ""
    return _table(table, Groups(outputs=list(table)), screen) + rest


def _table(table: Table, groups: Groups, screen: Screen | None) -> str:
    out = io.BytesIO()
    write_table([table], out, groups, screen, is_upright=False)
    return out.getvalue().decode()
