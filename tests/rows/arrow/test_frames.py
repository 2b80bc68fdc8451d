"""Frames in memory, read through Arrow's C stream."""

from __future__ import annotations

import sys
from fractions import Fraction
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

import nnc
from nnc.extras import install_line

NETWORK = nnc.loads("""
nnc: 1
fires: at_least
inputs:
  age: {type: integer, min: 0, default: 30}
  heat: real
  mood: {type: choice, of: [calm, upset]}
  flags: bit(3)
neurons:
  score: {weights: {age: 0.1, heat: 0.5, mood.upset: 2, flags(1): 4}, threshold: 8}
outputs: {out: score, total: {sum: score}, flags: flags}
""")
RECORDS: list[dict[str, Any]] = [
    {"age": 60, "heat": 1.5, "mood": "calm", "flags": [1, 0, 1]},
    {"age": None, "heat": -2.25, "mood": "upset", "flags": [0, 1, 0]},
    {"age": 10, "heat": 8.0, "mood": "upset", "flags": [1, 1, 1]},
]


def _table() -> pa.Table:
    table = pa.Table.from_pylist(RECORDS)
    mood = pa.chunked_array([table["mood"].combine_chunks().dictionary_encode()])
    return table.set_column(2, "mood", mood)


def _lists(outputs: dict[str, Any]) -> dict[str, Any]:
    return {alias: array.tolist() for alias, array in outputs.items()}


@pytest.mark.parametrize(
    "frame",
    [
        _table(),
        _table().to_batches()[0],
        _table().to_reader(),
        pa.concat_tables([_table().slice(0, 1), _table().slice(1)]),
        RECORDS,
    ],
    ids=["table", "batch", "reader", "two batches", "records"],
)
def test_every_kind_of_frame_means_the_same(frame: Any) -> None:
    assert _lists(nnc.evaluate(NETWORK, frame)) == _lists(
        nnc.evaluate(
            NETWORK,
            {
                "age": [60, 30, 10],
                "heat": [1.5, -2.25, 8.0],
                "mood": ["calm", "upset", "upset"],
                "flags": [5, 2, 7],
            },
        )
    )


def test_a_frame_without_rows_has_arrays_without_values() -> None:
    outputs = nnc.evaluate(NETWORK, _table().slice(0, 0))
    assert [array.shape for array in outputs.values()] == [(0,), (0,), (0, 3)]


def test_other_columns_of_a_frame_are_left_out_with_a_warning() -> None:
    with pytest.warns(UserWarning, match="column `pid` is not an input"):
        outputs = nnc.evaluate(NETWORK, _table().append_column("pid", [[1, 2, 3]]))
    assert list(outputs) == ["out", "total", "flags"]


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        (3, "rows cannot be of type int"),
        ([1], "rows cannot be of type list: entry 0 is of type int, not a mapping"),
        ([{"age": 1}, None], "list: entry 1 is of type NoneType, not a mapping"),
        (np.zeros(2), "rows cannot be of type numpy.ndarray"),
        ({1: 2}, "the name 1 of values is of type int, not a text"),
        ([{"age": 1}, {0: 2}], "the name 0 of values is of type int, not a text"),
        (pa.chunked_array([[1]]), "the frame cannot be read through Arrow: "),
        (_table().set_column(1, "heat", [[1.0, None, 2.0]]), "input `heat`: the value is null"),
        (_table().set_column(1, "heat", [[1.0, float("nan"), 2.0]]), "not a finite number, in row"),
        (_table().drop_columns(["heat"]), "`heat`"),
    ],
)
def test_what_cannot_be_read_is_an_error_of_nnc(rows: Any, message: str) -> None:
    with pytest.raises(nnc.InvalidRowsError) as caught:
        nnc.evaluate(NETWORK, rows)
    assert message in str(caught.value)


def test_values_that_arrow_has_no_type_for_are_read_from_lists() -> None:
    network = nnc.Network(inputs={"x": "real"}, outputs={"x": "x"})
    frame = pd.DataFrame({"x": [Fraction(1, 3), 2]})
    with pytest.raises(nnc.InvalidRowsError, match="cannot be read through Arrow: Could") as caught:
        nnc.evaluate(network, frame)
    assert 'or frame.to_dict("list")' in (caught.value.diagnostics[0].help or "")
    assert nnc.evaluate(network, frame.to_dict("list"))["x"].tolist() == [Fraction(1, 3), 2]


def test_a_frame_without_pyarrow_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "nnc.rows.arrow.frames", raising=False)
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(nnc.InvalidRowsError, match="pyarrow, which is not installed") as caught:
        nnc.evaluate(NETWORK, _table())
    assert caught.value.diagnostics[0].help == install_line("data")
