"""Columns become terms, or a note that says why not."""

import numpy as np
import pytest

from nnc.diagnostics.diagnostic import InvalidRowsError
from nnc.scores.columns.table import table_of
from nnc.scores.columns.terms import (
    Candidates,
    TermOptions,
    candidates_of,
    identifier,
    renamed_notes,
    without_duplicates,
)

MANY = 24


def candidates(options: TermOptions | None = None, **columns: object) -> Candidates:
    return candidates_of(table_of(columns), "y", options or TermOptions())


def notes(found: Candidates) -> list[str]:
    return [str(note.message) for note in found.notes]


@pytest.mark.parametrize(
    ("column", "labels"),
    [
        (["0", "1", "1"], ["x"]),
        (["true", "False", "TRUE"], ["x"]),
        ([1, 5, 9], ["x >= 3", "x >= 7"]),
        ([0.5, 1.5, 0.5], ["x >= 1"]),
        (["red", "green", "red"], ["x = green", "x = red"]),
    ],
)
def test_kinds_of_columns(column: list[object], labels: list[str]) -> None:
    assert [term.label for term in candidates(x=column, y=[0, 1, 1]).terms] == labels


@pytest.mark.parametrize(
    ("column", "why"),
    [
        (["a"] * MANY, "it has one value"),
        ([""] * MANY, "it is empty"),
        ([f"p{n}" for n in range(MANY)], "names the rows"),
        (list(range(7, 7 + MANY)), "names the rows"),
        ([f"t{n % 22}" for n in range(MANY)], "22 different texts"),
        (
            ["a b", "c"] * (MANY // 2),
            "`a b` cannot be a value of a choice, which are names: write `a_b`",
        ),
        (
            ["12", "?"] * (MANY // 2),
            "it has numbers, and in row 2 `?`, the first of 12",
        ),
    ],
)
def test_columns_that_cannot_be_terms(column: list[object], why: str) -> None:
    other = candidates(x=column, z=[0, 1] * (MANY // 2), y=[0] * MANY)
    assert [term.label for term in other.terms] == ["z"]
    assert why in notes(other)[0]


def test_a_column_without_a_name_is_left_out() -> None:
    other = candidates(**{"": [3, 1, 2], "x": [0, 1, 1], "y": [0, 1, 1]})
    assert notes(other) == ["a column without a name is left out"]
    assert [*other.inputs] == ["x"]


def test_a_number_called_id_names_the_rows_and_a_measure_does_not() -> None:
    values = [n * n for n in range(MANY)]
    assert not candidates(patient_id=values, z=[0, 1] * 12, y=[0] * MANY).names.keys() - {"z"}
    assert "height" in candidates(height=values, z=[0, 1] * 12, y=[0] * MANY).names


def test_empty_cells_count_as_the_default() -> None:
    found = candidates(a=[1, None, 5, 9, 9], b=["u", "v", "v", None, "v"], y=[0, 1, 0, 1, 1])
    assert found.inputs["a"].default == 5
    assert found.inputs["b"].default == "v"
    table = table_of({"a": [1, None, 9], "b": [None, "u", "v"]})
    labels = [term.label for term in found.terms]
    assert labels == ["a >= 3", "a >= 7", "b = u", "b = v"]
    assert found.matrix(table).tolist() == [[0, 0, 0, 1], [1, 0, 1, 0], [1, 1, 0, 1]]


def test_other_rows_need_the_columns_and_their_values() -> None:
    found = candidates(a=[0, 1], b=["u", "v"], y=[0, 1])
    for rows in ({"a": [0]}, {"a": [2], "b": ["u"]}, {"a": [0], "b": ["w"]}, {"a": [""], "b": "u"}):
        with pytest.raises(InvalidRowsError):
            found.matrix(table_of(rows))


def test_names_are_made_identifiers_and_told() -> None:
    assert identifier("urea (mmol/l)", ()) == "urea_mmol_l"
    assert identifier("4th", ()) == "c_4th"
    assert identifier("age", {"age"}) == "age_2"
    assert identifier("%", ()) == "column"
    found = candidates(**{"a b": [0, 1], "a-b": [1, 0]}, y=[0, 1])
    assert found.names == {"a b": "a_b", "a-b": "a_b_2"}
    assert [found.inputs[name].column for name in ("a_b", "a_b_2")] == ["a b", "a-b"]
    (note,) = renamed_notes({"a_b": found.inputs["a_b"]})  # only those that are used
    assert (note.rule, note.details) == ("names-changed", ("`a b` is `a_b`",))


def test_of_equal_columns_and_complements_the_first_stays() -> None:
    matrix = np.array([[0, 0, 1, 1, 0], [1, 1, 0, 1, 0], [0, 0, 1, 1, 1]], np.uint8)
    assert without_duplicates(matrix, lambda _one, _other: True) == [0, 4]
    assert without_duplicates(matrix, lambda _one, _other: False) == [0, 1, 2, 4]
