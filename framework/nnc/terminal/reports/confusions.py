"""How many rows are as expected: for people, with what is taken for what, and as JSON."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator, Sequence

from typing_extensions import TypedDict

from nnc.numbers.exact import counted, fits_json, rounded_percent, show_number
from nnc.opening.cases.confusion import Comparison, Value
from nnc.printable import line
from nnc.rows.inputs.cells import exact_column
from nnc.rows.output import Numerals, Table
from nnc.rows.table import Groups, Screen, write_table
from nnc.version import VERSION

_MAX_ROWS = 5
_MATRIX = "expected \\ got"


class DifferenceData(TypedDict):
    """A row in which the output is not as expected."""

    row: int
    expected: int | str
    got: int | str


class ConfusionData(TypedDict):
    """How often each value came where each was expected."""

    values: list[int | str]
    counts: list[list[int]]


class ComparedData(TypedDict):
    """A column, and the output that it was compared with."""

    name: str
    output: str
    rows: int
    right: int
    empty: int
    confusion: ConfusionData | None
    differences: list[DifferenceData]


class ExpectedReport(TypedDict):
    """What came of every column."""

    format_version: int
    nnc_version: str
    columns: list[ComparedData]


def as_json(comparisons: Sequence[Comparison]) -> str:
    """Return the report for programs."""
    report: ExpectedReport = {
        "format_version": 1,
        "nnc_version": VERSION,
        "columns": [_data(each) for each in comparisons],
    }
    return json.dumps(report, indent=2, ensure_ascii=False) + "\n"


def _data(comparison: Comparison) -> ComparedData:
    matrix = comparison.matrix()
    confusion: ConfusionData | None = None
    if matrix is not None:
        confusion = {"values": [_json(value) for value in matrix[0]], "counts": matrix[1]}
    return {
        "name": comparison.column,
        "output": comparison.output,
        "rows": comparison.rows,
        "right": comparison.right,
        "empty": comparison.empty,
        "confusion": confusion,
        "differences": [
            {"row": each.row, "expected": _json(each.expected), "got": _json(each.got)}
            for each in comparison.differences
        ],
    }


def _json(value: Value) -> int | str:
    """Return an integer that every reader of JSON takes for what it is, else a text."""
    return value if fits_json(value) else _text(value)


def as_text(comparisons: Sequence[Comparison], screen: Screen | None = None) -> str:
    """Return the report for people."""
    return "\n".join("".join(_parts(each, screen)) for each in comparisons)


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
    names = [_text(value) for value in values]
    is_number = not any(isinstance(value, str) for value in values)
    table: dict[str, Sequence[str]] = {_MATRIX: Numerals(names) if is_number else names}
    for name, column in zip(names, zip(*counts, strict=True), strict=True):
        table[name] = Numerals(str(count) if count else "·" for count in column)
    return _table(table, Groups([_MATRIX], (), names), screen)


def _differences(comparison: Comparison, screen: Screen | None) -> str:
    rows = comparison.differences[:_MAX_ROWS]
    table: Table = {
        "row": exact_column([each.row for each in rows]),
        "expected": [_text(each.expected) for each in rows],
        "got": [_text(each.got) for each in rows],
    }
    more = comparison.rows - comparison.right - len(rows)
    rest = f"… {counted(more, 'more row')}\n" if more else ""
    return _table(table, Groups(outputs=list(table)), screen) + rest


def _table(table: Table, groups: Groups, screen: Screen | None) -> str:
    out = io.BytesIO()
    write_table([table], out, groups, screen, is_upright=False)
    return out.getvalue().decode()


def _text(value: Value) -> str:
    return value if isinstance(value, str) else show_number(value)
