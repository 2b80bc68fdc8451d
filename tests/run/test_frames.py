"""Frames of every library mean what the same rows mean as CSV."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import narwhals
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

import nnc
from nnc.cli.main import run

NETWORK = """
nnc: 1
fires: at_least
inputs:
  age:  {type: integer, min: 0, default: 30}
  heat: {type: real, default: 36.5}
  bit:  {type: bit, default: 1}
  mood: {type: choice, of: [calm, upset], default: calm}
  bus:  {type: bit, size: 3, default: 5}
  vec:  {type: real, size: 2, default: 0}
neurons:
  score:
    weights: {age: 0.1, heat: 0.5, bit: 1, mood.upset: 2, bus(1): 4, vec(0): 1, vec(1): -1}
    thresholds: {low: 24.5, mid: 25.3, high: 40}
outputs: {low: score.low, level: {level: score}, total: {sum: score}}
"""
COLUMNS: dict[str, dict[str, list[Any]]] = {
    "integers": {"age": [60, 0, 12, 200], "bit": [0, 1, 1, 0], "bus": [7, 0, 2, 5]},
    "floats": {"heat": [36.6, 38.3, 0.1 + 0.2, -1.5], "vec(0)": [0.1, 0.2, 1e-7, 3.0],
               "vec(1)": [0.0, -2.25, 38.1, 1e15]},
    "nulls": {"age": [60, None, 12, None], "heat": [None, 38.3, None, 1.5],
              "mood": [None, "upset", "calm", None], "bit": [None, 0, 1, None],
              "bus": [None, 2, 7, None]},
    "dictionaries": {"mood": ["calm", "upset", "upset", "calm"], "age": ["60", "7", "60", "7"],
                     "heat": ["36.6", "38.30", "0.25", "36.6"], "bus": ["7", "02", "7", "0"]},
    "lists": {"bus": [[1, 1, 1], [0, 1, 0], [1, 0, 1], [0, 0, 0]],
              "vec": [[0.5, 0.25], [1.5, -2.0], [3.0, 4.0], [0.0, 1.0]]},
}  # fmt: skip


def _arrow(columns: dict[str, list[Any]], kind: str) -> pa.Table:
    arrays = {name: pa.array(values) for name, values in columns.items()}
    if kind == "dictionaries":
        arrays = {name: array.dictionary_encode() for name, array in arrays.items()}
    return pa.table(arrays)


def _pandas(columns: dict[str, list[Any]], kind: str) -> Any:
    frame = pd.DataFrame(columns)
    return frame.astype("category") if kind == "dictionaries" else frame


def _polars(columns: dict[str, list[Any]], kind: str) -> Any:
    frame = pl.DataFrame(columns)
    return frame.cast(pl.Categorical) if kind == "dictionaries" else frame


def _duckdb(columns: dict[str, list[Any]], kind: str) -> Any:
    table = _arrow(columns, "")
    relation = duckdb.connect().from_arrow(table)
    if kind != "dictionaries":
        return relation
    names = table.column_names
    enums = (f"ENUM({', '.join(repr(text) for text in sorted(set(columns[n])))})" for n in names)
    casts = (f'"{name}"::{enum} AS "{name}"' for name, enum in zip(names, enums, strict=True))
    return relation.project(", ".join(casts))


def _narwhals(columns: dict[str, list[Any]], kind: str) -> Any:
    return narwhals.from_native(_polars(columns, kind))


LIBRARIES: dict[str, Callable[[dict[str, list[Any]], str], Any]] = {
    "pandas": _pandas,
    "polars": _polars,
    "pyarrow": _arrow,
    "duckdb": _duckdb,
    "narwhals": _narwhals,
}


def _as_csv(columns: dict[str, list[Any]], path: Path) -> None:
    """Write rows as a person would: `repr` of floats, lists by element, nothing for a null."""
    flat: dict[str, list[Any]] = {}
    for name, values in columns.items():
        if isinstance(values[0], list):
            elements = zip(*values, strict=True)
            flat |= {f"{name}({i})": list(each) for i, each in enumerate(elements)}
        else:
            flat[name] = values
    rows = [flat.keys(), *zip(*flat.values(), strict=True)]
    lines = [",".join("" if each is None else str(each) for each in row) for row in rows]
    path.write_text("\n".join(lines) + "\n", "utf-8")


@pytest.mark.parametrize("kind", COLUMNS)
@pytest.mark.parametrize("library", LIBRARIES)
def test_a_frame_means_what_its_csv_means(library: str, kind: str, tmp_path: Path) -> None:
    columns = COLUMNS[kind]
    (tmp_path / "n.nn.yaml").write_text(NETWORK, "utf-8")
    _as_csv(columns, tmp_path / "rows.csv")
    out = tmp_path / "out.arrow"
    assert (
        run(["eval", str(tmp_path / "n.nn.yaml"), str(tmp_path / "rows.csv"), "-o", str(out)]) == 0
    )
    with pa.ipc.open_file(str(out)) as file:
        expected = file.read_all().to_pydict()
    make = LIBRARIES[library]
    network = nnc.loads(NETWORK)
    frames = (make(columns, kind) for _ in range(3))  # some can be read only once
    table = nnc.evaluate_frame(network, next(frames), floats="decimal")
    assert table.to_pydict() == expected
    arrays = nnc.evaluate(network, next(frames), floats="decimal")
    assert [arrays[alias].tolist() for alias in ("low", "level")] == [
        expected[alias] for alias in ("low", "level")
    ]
    reader = nnc.reader(network, next(frames), floats="decimal")
    assert reader.read_all().to_pydict() == expected


@pytest.mark.parametrize("library", LIBRARIES)
def test_categories_that_no_row_has_mean_nothing(library: str) -> None:
    frame = LIBRARIES[library]({"age": ["60", "x", "7"], "mood": ["calm", "?", "upset"]},
                               "dictionaries")  # fmt: skip
    if library == "duckdb":
        frame = frame.filter("age <> 'x'")
    elif library == "narwhals":
        frame = frame.filter(narwhals.col("mood") != "?")
    elif library == "polars":
        frame = frame.filter(pl.col("mood") != "?")
    elif library == "pyarrow":
        frame = frame.take(pa.array([0, 2]))
    else:
        frame = frame[frame["mood"] != "?"]
    assert nnc.evaluate_frame(nnc.loads(NETWORK), frame)["level"].to_pylist() == [1, 0]


def test_a_dictionary_larger_than_its_rows() -> None:
    texts = pa.array([str(number) for number in range(1000)])
    ages = pa.DictionaryArray.from_arrays(pa.array([999, 60, 999]), texts)
    outputs = nnc.evaluate(
        nnc.Network(inputs={"a": "integer"}, outputs=["a"]), pa.table({"a": ages})
    )
    assert outputs["a"].tolist() == [999, 60, 999]


def test_mistakes_in_a_dictionary_have_their_rows() -> None:
    frame = pa.table({"age": pa.array(["60", "x", "60", "-1"]).dictionary_encode()})
    with pytest.raises(nnc.InvalidRowsError) as caught:
        nnc.evaluate(nnc.loads(NETWORK), frame)
    assert [each.message.rpartition(", ")[2] for each in caught.value.diagnostics] == [
        "in row 2", "in row 4"
    ]  # fmt: skip
