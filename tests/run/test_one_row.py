"""One row, or many, in every form that a user may have: all functions take the same ones."""

import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import nnc

pd = pytest.importorskip("pandas")
pl = pytest.importorskip("polars")

NETWORK = nnc.loads(
    """\
nnc: 1
inputs: {age: real, sick: bit}
neurons:
  old: {weights: {age: 1}, threshold: 60}
  risk: {weights: {old: 1, sick: 1}, threshold: 2, fires: at_least}
outputs: [risk]
"""
)
BUS = nnc.loads(
    "{nnc: 1, inputs: {b: bit(4)}, outputs: [n],"
    " neurons: {n: {weights: {b: 1}, threshold: 3, fires: at_least}}}"
)
RECORD = {"age": 70, "sick": 1}
FRAME = pd.DataFrame({"age": [70, 30], "sick": [1, 1]})
ONE_ROW: tuple[Callable[..., Any], ...] = (nnc.trace, nnc.why, nnc.draw, nnc.view)


def view_rows(network: nnc.Network, rows: Any, **settings: Any) -> nnc.View:
    return nnc.view(network, rows=rows, **settings)


EVERY = (*ONE_ROW, view_rows, nnc.evaluate, nnc.evaluate_frame)


@pytest.mark.parametrize("function", ONE_ROW)
@pytest.mark.parametrize(
    "row",
    [RECORD, [RECORD], FRAME.iloc[0], FRAME.iloc[:1], pl.DataFrame([RECORD]),
     np.array([[70, 1]]), {"age": [70], "sick": [1]}, [FRAME.iloc[0]]],
    ids=["mapping", "list", "series", "pandas", "polars", "array", "columns", "list of series"],
)  # fmt: skip
def test_a_row_in_every_form(function: Callable[..., Any], row: Any) -> None:
    found, expected = function(NETWORK, row), function(NETWORK, RECORD)
    if function is nnc.trace:
        assert str(found) == str(expected)
    elif function is nnc.draw:
        assert found.svg == expected.svg
    else:
        assert found == expected


@pytest.mark.parametrize(
    "rows", [FRAME, FRAME.to_dict("list"), FRAME.to_dict("records"), FRAME.to_numpy()]
)
def test_a_page_of_rows_in_every_form(rows: Any) -> None:
    assert nnc.view(NETWORK, rows=rows) == nnc.view(NETWORK, rows=[RECORD, {"age": 30, "sick": 1}])


@pytest.mark.parametrize("function", EVERY)
@pytest.mark.parametrize(
    ("rows", "message"),
    [
        (5, "rows cannot be of type int"),
        ([1, 2], "rows cannot be of type list: entry 0 is of type int, not a mapping"),
        (pd.Series([70, 1]), "the name 0 of values is of type int, not a text"),
        ({"age": "old", "sick": 1}, "input `age`: expected a number, found `old`"),
        ({"age": 1}, "input `sick` has no value and no default"),
    ],
)
def test_what_is_no_row_is_refused_in_words(
    function: Callable[..., Any], rows: Any, message: str
) -> None:
    if function is nnc.view and "has no value" in message:
        return  # the inputs that are not named begin with their least values
    with pytest.raises(nnc.InvalidRowsError) as caught:
        function(NETWORK, rows)
    assert message in str(caught.value)


@pytest.mark.parametrize("function", ONE_ROW)
def test_another_number_of_rows_is_refused(function: Callable[..., Any]) -> None:
    for rows, count in ((FRAME, 2), (FRAME.iloc[:0], 0), ({"age": [70, 30], "sick": 1}, 2)):
        with pytest.raises(nnc.InvalidRowsError, match=f"is about one row, not {count}"):
            function(NETWORK, rows)


@pytest.mark.parametrize("function", EVERY)
def test_one_rule_for_columns_that_are_no_inputs(function: Callable[..., Any]) -> None:
    for rows in (FRAME.iloc[:1].assign(id="p1"), {**RECORD, "id": "p1"}):
        with pytest.warns(UserWarning, match="`id` is not an input and is left out") as caught:
            function(NETWORK, rows)
        assert len(caught) == 1
        assert caught[0].filename == __file__
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            function(NETWORK, rows, extra="drop")
        with pytest.raises(nnc.InvalidRowsError, match="`id` is not an input"):
            function(NETWORK, rows, extra="error")


@pytest.mark.parametrize("function", [*ONE_ROW, view_rows])
def test_columns_are_kept_only_by_what_returns_rows(function: Callable[..., Any]) -> None:
    with pytest.raises(ValueError, match='extra is \'keep\'; write "drop" or "error"'):
        function(NETWORK, RECORD, extra="keep")


@pytest.mark.parametrize("function", ONE_ROW)
def test_elements_of_a_bus_are_one_row(function: Callable[..., Any]) -> None:
    results = [
        function(BUS, {"b": value})
        for value in ([0, 1, 1, 1], (0, 1, 1, 1), np.array([0, 1, 1, 1]), 14, [14])
    ]
    assert len({str(result) for result in results}) == 1


@pytest.mark.parametrize("function", ONE_ROW)
def test_floats_are_read_as_for_evaluate(function: Callable[..., Any]) -> None:
    network = nnc.loads(
        "{nnc: 1, inputs: {x: real}, outputs: [n],"
        " neurons: {n: {weights: {x: 1}, threshold: 0.7, fires: at_least}}}"
    )
    with pytest.warns(UserWarning, match='floats="decimal" reads what was typed'):
        function(network, {"x": 0.7})
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        function(network, {"x": 0.7}, floats="binary")
        found = function(network, {"x": 0.7}, floats="decimal")
    if function is nnc.trace:
        assert str(found).startswith("row 1: x=0.7\n  n = 1")


def test_a_row_of_two_networks() -> None:
    other = nnc.loads(
        "{nnc: 1, inputs: {age: real, new: bit}, outputs: {risk: n},"
        " neurons: {n: {weights: {age: 1, new: 1}, threshold: 60}}}"
    )
    for row in ({**RECORD, "new": 0}, pd.Series({**RECORD, "new": 0})):
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            nnc.draw(NETWORK, row, against=other)
    with pytest.raises(nnc.InvalidRowsError, match="input `new` has no value"):
        nnc.draw(NETWORK, RECORD, against=other)
