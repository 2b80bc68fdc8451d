"""Rows of other libraries: what a mask hides is null, and an index is no column."""

import warnings
from fractions import Fraction
from typing import Any

import numpy as np
import pandas as pd
import pytest

import nnc
from nnc.scores.table import table_of

DEFAULTS = nnc.loads(
    """nnc: 1
inputs:
  a: {type: bit, default: 1}
  x: {type: real, default: 0.5}
  v: {type: bit, size: 2, default: 2}
  w: {type: integer, size: 2, default: [3, 4]}
  c: {type: choice, of: [red, blue], default: blue}
neurons:
  s:
    weights: {a: 1, x: 1, v(0): 10, v(1): 20, w(0): 100, w(1): 1000, c.red: 10000}
    threshold: 3
outputs: {o: {sum: s}}
"""
)
BARE = nnc.loads(
    """nnc: 1
inputs: {a: bit, x: real}
neurons: {s: {weights: {a: 1, x: 1}, threshold: 3}}
outputs: {o: {sum: s}}
"""
)


def masked(values: Any, mask: Any, dtype: Any = None) -> Any:
    return np.ma.array(values, mask=mask, dtype=dtype)


NULL = np.ma.masked
MASKED: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "bits": ({"a": masked([0, 0], [1, 0])}, {"a": [None, 0]}),
    "booleans": ({"a": masked([False, False], [1, 0])}, {"a": [None, False]}),
    "floats": ({"x": masked([0.25, 999], [0, 1])}, {"x": [0.25, None]}),
    "all": ({"x": masked([1, 999], [1, 1])}, {"x": [None, None]}),
    "none of them": ({"x": masked([1, 999], [0, 0])}, {"x": [1, 999]}),
    "objects": ({"x": masked(["1/3", 7], [0, 1], object)}, {"x": ["1/3", None]}),
    "a choice": ({"c": masked(["red", "red"], [0, 1])}, {"c": ["red", None]}),
    "integers of a bus": ({"v": masked([1, 3], [0, 1])}, {"v": [1, None]}),
    "a bus of bits": ({"v": masked([[1, 0], [1, 1]], [[0, 0], [1, 0]])}, {"v": [1, 2]}),
    "a bus of numbers": (
        {"w": masked([[1, 0], [9, 9]], [[0, 0], [1, 1]])}, {"w": [[1, 0], [3, 4]]},
    ),
    "a list of rows": (
        {"w": [masked([1, 9], [0, 1]), masked([1, 2], [0, 0])]}, {"w": [[1, 4], [1, 2]]},
    ),
    "one row of a bus": ({"w": masked([1, 9], [0, 1])}, {"w": [1, 4]}),
    "elements": ({"v(0)": masked([1, 1], [1, 0]), "v(1)": [0, 0]}, {"v": [0, 1]}),
    "a scalar": ({"a": NULL}, {"a": None}),
    "an array of no dimensions": ({"x": masked(9, 1)}, {"x": None}),
    "entries of a list": ({"x": [NULL, 2]}, {"x": [None, 2]}),
}  # fmt: skip


@pytest.mark.parametrize(("rows", "plain"), MASKED.values(), ids=MASKED)
def test_what_a_mask_hides_is_null(rows: dict[str, Any], plain: dict[str, Any]) -> None:
    for floats in ("binary", "decimal"):
        found = nnc.evaluate(DEFAULTS, rows, floats=floats)
        expected = nnc.evaluate(DEFAULTS, plain, floats=floats)
        assert np.array_equal(found["o"], expected["o"])


def test_a_mask_hides_cells_of_rows_and_of_mappings() -> None:
    network = nnc.loads(
        "nnc: 1\ninputs: {a: {type: bit, default: 1}, x: {type: real, default: 4}}\n"
        "neurons: {s: {weights: {a: 1, x: 1}, threshold: 3}}\noutputs: {o: {sum: s}}\n"
    )
    rows = masked([[1, 2], [0, 999]], [[1, 0], [0, 1]])
    assert nnc.evaluate(network, rows)["o"].tolist() == [3, 4]
    records = [{"a": NULL, "x": 2}, {"a": 0, "x": NULL}]
    assert nnc.evaluate(network, records)["o"].tolist() == [3, 4]
    row = {"a": masked([0], [1]), "x": 1}
    assert "a=1, x=1" in str(nnc.trace(network, row))
    assert nnc.evaluate_frame(network, {"a": masked([0, 0], [1, 0])})["o"].to_pylist() == [5, 4]


def test_narrow_floats_beside_a_mask_are_what_was_typed() -> None:
    rows = {"x": masked([0.1, 999], [0, 1], np.float32), "a": 0}
    assert nnc.evaluate(DEFAULTS, rows, floats="decimal")["o"][0] - 4320 == Fraction(1, 10)


@pytest.mark.parametrize(
    ("rows", "path"),
    [
        (masked([[1, 2.5], [0, 999]], [[0, 0], [0, 1]]), ("x", 1)),
        ({"a": [1, 0], "x": masked([1.5, 2], [1, 0])}, ("x", 0)),
        ({"a": 1, "x": NULL}, ("x",)),
        ([{"a": 1, "x": 2}, {"a": 1, "x": NULL}], ("x", 1)),
    ],
)
def test_what_a_mask_hides_needs_a_default(rows: Any, path: tuple[Any, ...]) -> None:
    with pytest.raises(
        nnc.InvalidRowsError, match="input `x`: expected a number, found nothing"
    ) as e:
        nnc.evaluate(BARE, rows)
    assert [each.path for each in e.value.diagnostics] == [path]


def test_scores_take_what_a_mask_hides_for_no_value() -> None:
    table = table_of(masked([[1, 2], [3, 4]], [[0, 1], [0, 0]]))
    assert {name: list(column.texts) for name, column in table.columns.items()} == {
        "x0": ["1", "3"], "x1": ["", "4"],
    }  # fmt: skip


# ---------------------------------------------------------------------------------- pandas


def frame(name: str | None) -> pd.DataFrame:
    return pd.DataFrame({"a": [1, 0]}, index=pd.Index([8, 9], name=name))


OPTIONAL = nnc.loads(
    "nnc: 1\ninputs: {a: bit, x: {type: integer, default: 5}}\n"
    "neurons: {s: {weights: {a: 1, x: 1}, threshold: 3}}\noutputs: {o: {sum: s}}\n"
)


@pytest.mark.parametrize("name", [None, "id"])
def test_an_index_is_no_column(name: str | None) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for extra in (None, "drop", "error"):
            found: Any = nnc.evaluate(OPTIONAL, frame(name), extra=extra)  # type: ignore[arg-type]
            assert found["o"].tolist() == [6, 5]
        kept = nnc.evaluate_frame(OPTIONAL, frame(name), extra="keep")
    assert kept.column_names == [name or "__index_level_0__", "o"]


def test_an_index_with_the_name_of_an_input_is_not_that_input() -> None:
    message = "the index `x` is not a column, and not read as the input; frame.reset_index"
    with pytest.warns(UserWarning, match=message):
        assert nnc.evaluate(OPTIONAL, frame("x"))["o"].tolist() == [6, 5]
    with pytest.warns(UserWarning, match=message):
        kept = nnc.evaluate_frame(OPTIONAL, frame("x"), extra="keep")
    assert kept.column_names == ["o"]
    assert nnc.evaluate(OPTIONAL, frame("x").reset_index())["o"].tolist() == [9, 9]
    both = frame("x").assign(x=[2, 3])
    assert nnc.evaluate(OPTIONAL, both)["o"].tolist() == [3, 3]
    with (
        pytest.warns(UserWarning, match="the index `x`"),
        pytest.raises(nnc.InvalidRowsError, match="input `x` has no column"),
    ):
        nnc.evaluate(BARE, frame("x"))


def test_an_index_is_no_column_of_scores() -> None:
    assert list(table_of(frame("id")).columns) == ["a"]


def test_series_are_not_aligned() -> None:
    first, second = pd.Series([1, 0]), pd.Series([2, 3], index=[1, 0])
    message = "the series `a` and `x` have different indexes"
    for function in (nnc.evaluate, nnc.evaluate_frame):
        with pytest.raises(nnc.InvalidRowsError, match=message) as error:
            function(BARE, {"a": first, "x": second})
        assert "pandas.DataFrame(rows) aligns them" in str(error.value)
    aligned = pd.DataFrame({"a": first, "x": second})
    assert nnc.evaluate(BARE, aligned)["o"].tolist() == [4, 2]
    assert nnc.evaluate(BARE, {"a": first, "x": second.to_numpy()})["o"].tolist() == [3, 3]
    assert nnc.evaluate(BARE, {"a": first, "x": first.copy()})["o"].tolist() == [2, 0]
