"""Rows of other libraries: what a mask hides is null, and an index is no column."""

import warnings
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

import nnc
from nnc.cli.main import run
from nnc.scores.columns.table import table_of

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


SWAPPED = nnc.loads(
    """nnc: 1
inputs:
  a: {type: real, column: b}
  b: {type: real, column: a}
  v: {type: bit, size: 2, default: 2}
  d: {type: real, default: 7}
neurons: {s: {weights: {a: 1, b: 10, v(0): 100, v(1): 200, d: 1000}, threshold: 3}}
outputs: {o: {sum: s}}
"""
)
CELLS = pd.DataFrame({"a": [1.0, 2.0], "b": [3.0, 4.0], "d": [np.nan, 1.0]})


@pytest.mark.parametrize("table", [CELLS, CELLS.assign(v=[[0, 1], [1, 1]])])
def test_a_series_is_a_row_of_its_frame(table: pd.DataFrame) -> None:
    expected = nnc.evaluate(SWAPPED, table)["o"].tolist()
    assert expected[0] == 7213
    rows = [table.iloc[0], table.iloc[1]]
    assert [nnc.evaluate(SWAPPED, row)["o"] for row in rows] == expected
    assert nnc.evaluate(SWAPPED, rows)["o"].tolist() == expected
    kept = nnc.evaluate_frame(SWAPPED, table.assign(q="x").iloc[1], extra="keep")
    assert kept.to_pydict() == {"q": ["x"], "o": [expected[1]]}
    for at, row in enumerate(rows):
        frame = table.iloc[[at]]
        assert str(nnc.trace(SWAPPED, row)) == str(nnc.trace(SWAPPED, frame))
        assert str(nnc.why(DECIDED, row, extra="drop")) == str(
            nnc.why(DECIDED, frame, extra="drop")
        )
        assert nnc.draw(SWAPPED, row).svg == nnc.draw(SWAPPED, frame).svg
        assert nnc.view(SWAPPED, rows=row) == nnc.view(SWAPPED, rows=frame)


DECIDED = nnc.loads(
    "nnc: 1\ninputs: {a: {type: real, column: b}, b: {type: real, column: a}}\n"
    "neurons: {s: {weights: {a: 1, b: 10}, threshold: 14}}\noutputs: {o: s}\n"
)


def test_a_mapping_goes_by_the_names_of_inputs() -> None:
    row = {"a": 1, "b": 3}
    for rows in (row, [row], {"a": [1], "b": [3]}):
        assert nnc.evaluate(SWAPPED, rows)["o"] == 7231


@pytest.mark.parametrize("is_listed", [False, True])
def test_a_series_is_refused_as_its_frame_is(is_listed: bool) -> None:
    twice = pd.Series([1.0, 2.0, 3.0], index=["a", "b", "a"])
    absent = pd.Series([1.0, 2.0], index=["x", "b"])
    for row, message in (
        (twice, "duplicate-column: column `a` appears twice"),
        (absent, "missing-column: input `b` has no column `a` and no default"),
        (
            CELLS.iloc[0].rename({"a": "A"}),
            "`A` is not an input, and input `b` has no column `a`",
        ),
    ):
        with pytest.raises(nnc.InvalidRowsError) as caught:
            nnc.evaluate(SWAPPED, [row] if is_listed else row, extra="error")
        assert message in str(caught.value)
    nothing = pd.Series({"a": 1, "x": float("nan")})
    with pytest.raises(nnc.InvalidRowsError, match="expected a number, found nothing"):
        nnc.evaluate(BARE, nothing)


NARROW = {
    "pandas": pd.Series([0.1, None], dtype="Float32"),
    "pandas of Arrow": pd.Series([0.1, None], dtype="float32[pyarrow]"),
    "Polars": pl.Series([0.1, None], dtype=pl.Float32),
    "Arrow": pa.array([0.1, None], pa.float32()),
    "chunks": pa.chunked_array([pa.array([0.1, None], pa.float16())]),
}


@pytest.mark.parametrize("series", NARROW.values(), ids=NARROW)
def test_narrow_floats_beside_nulls_are_what_was_typed(series: Any) -> None:
    found = nnc.evaluate(DEFAULTS, {"x": series, "a": 0}, floats="decimal")["o"]
    assert [value - 4320 for value in found] == [Fraction(1, 10), Fraction(1, 2)]


def test_a_row_of_narrow_floats_is_what_was_typed() -> None:
    row = pd.Series({"x": 0.1, "a": 0}, dtype="float32")
    assert nnc.evaluate(DEFAULTS, row, floats="decimal")["o"] - 4320 == Fraction(1, 10)


def test_only_a_frame_of_pandas_has_an_index(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    table = pa.Table.from_pandas(frame("x"))
    assert nnc.evaluate(OPTIONAL, table)["o"].tolist() == [9, 9]
    assert nnc.evaluate(OPTIONAL, pl.from_arrow(table))["o"].tolist() == [9, 9]
    network, rows = tmp_path / "n.nn.yaml", tmp_path / "rows.parquet"
    OPTIONAL.save(network)
    frame("x").to_parquet(rows)
    assert run(["eval", str(network), str(rows), "--to", "csv"]) == 0
    assert capsys.readouterr().out == "o\n9\n9\n"
