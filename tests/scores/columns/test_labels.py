"""The label of rows: one spelling, and the value that counts as 1."""

import pytest

from nnc.diagnostics.diagnostic import InvalidRowsError
from nnc.scores.columns.labels import Spelling, positive_of
from nnc.scores.columns.table import table_of


def test_numbers_are_spelled_as_they_are_first() -> None:
    rows = table_of({"y": ["1.0", "0", "1", "0.00", "x"]})
    spelling = Spelling.of(rows, "y")
    column = spelling.applied(rows).columns["y"]
    assert [column.texts[code] for code in column.codes] == ["1.0", "0", "1.0", "0", "x"]
    assert spelling.text("1.00") == "1.0"
    assert Spelling.of(rows, "z").applied(rows) is rows


def test_rows_for_the_test_have_no_other_labels() -> None:
    spelling = Spelling.of(table_of({"y": ["no", "yes"]}), "y")
    spelling.check(table_of({"y": ["yes", "yes"]}))
    with pytest.raises(InvalidRowsError, match="is `maybe` in 1 row for the test"):
        spelling.check(table_of({"y": ["yes", "maybe"]}))
    Spelling.of(table_of({"y": [1, 1]}), "y").check(table_of({"y": [0, 1]}))


def test_the_value_that_counts_as_one() -> None:
    assert positive_of(table_of({"y": ["N", "Y"]}), "y", None) == "Y"
    assert positive_of(table_of({"y": ["1.0", "0"]}), "y", "1") == "1.0"
    with pytest.raises(InvalidRowsError, match="has no value `2`"):
        positive_of(table_of({"y": ["1", "0"]}), "y", "2")
