"""Rows of Python and of files become the same columns of texts."""

import numpy as np
import pandas as pd
import pytest

from nnc.diagnostics.diagnostic import InvalidRowsError
from nnc.scores.columns.table import Table, table_of


def cells(table: Table) -> dict[str, list[str]]:
    return {
        name: [column.texts[code] for code in column.codes]
        for name, column in table.columns.items()
    }


ROWS = {"a": [1, 2, 1], "b": ["x", None, "y"], "c": [0.5, float("nan"), 3.0]}
EXPECTED = {"a": ["1", "2", "1"], "b": ["x", "", "y"], "c": ["0.5", "", "3"]}


def test_mappings_records_and_frames() -> None:
    records = [dict(zip(ROWS, row, strict=True)) for row in zip(*ROWS.values(), strict=True)]
    tables = [table_of(rows) for rows in (ROWS, records, pd.DataFrame(ROWS))]
    assert [cells(table) for table in tables] == [EXPECTED] * 3
    assert len({table.digest for table in tables}) == 1


def test_an_array_has_columns_by_place() -> None:
    assert cells(table_of(np.array([[1, 2], [3, 4]]))) == {"x0": ["1", "3"], "x1": ["2", "4"]}


def test_some_rows() -> None:
    table = table_of(ROWS).taken(np.array([2, 0]))
    assert cells(table) == {"a": ["1", "1"], "b": ["y", "x"], "c": ["3", "0.5"]}


@pytest.mark.parametrize("rows", [{"a": [1, 2], "b": [1]}, {"a": 1}, {"a": "text"}, 5])
def test_what_is_not_rows(rows: object) -> None:
    with pytest.raises(InvalidRowsError):
        table_of(rows)
