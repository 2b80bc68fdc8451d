"""Rows of Python in every form: mappings, records, arrays of two dimensions and frames."""

from __future__ import annotations

import subprocess
import sys
import warnings
from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

import nnc

NETWORK = nnc.loads("""
nnc: 1
fires: at_least
inputs:
  age: {type: integer, min: 0, default: 30}
  heat: {type: real, default: 36.5}
  flags: {type: bit, size: 3, default: 5}
neurons:
  score: {weights: {age: 0.1, heat: 0.5, flags(1): 4}, threshold: 8}
outputs: {out: score, age: age, flags: flags}
""")
REAL = nnc.loads("""
nnc: 1
inputs: {x: real(2)}
neurons: {n: {weights: {x(0): 1, x(1): 1}, threshold: 1}}
outputs: {n: n, total: {sum: n}}
""")
CHOICE = nnc.loads("""
nnc: 1
inputs: {age: integer, mood: {type: choice, of: [calm, upset]}}
neurons: {n: {weights: {age: 1, mood.upset: 2}, threshold: 1}}
outputs: {n: n}
""")


def lists(outputs: dict[str, Any]) -> dict[str, Any]:
    return {alias: array.tolist() for alias, array in outputs.items()}


# ------------------------------------------------------------------------------------ arrays


def test_an_array_has_its_columns_in_the_order_of_the_inputs() -> None:
    array = np.array([[10, 3.5, 1, 0, 1], [90, -1, 0, 1, 0]])
    expected = {"age": [10, 90], "heat": [3.5, -1.0], "flags": [[1, 0, 1], [0, 1, 0]]}
    assert lists(nnc.evaluate(NETWORK, array)) == lists(nnc.evaluate(NETWORK, expected))
    assert lists(nnc.evaluate(NETWORK, np.asfortranarray(array))) == lists(
        nnc.evaluate(NETWORK, expected)
    )


def test_an_array_of_objects_holds_texts_and_nulls() -> None:
    rows = np.array([[1, "calm"], [-1, "upset"]], object)
    assert nnc.evaluate(CHOICE, rows)["n"].tolist() == [0, 0]
    nulls = np.array([[None, "1.5", 1, 1, 1]], object)
    assert nnc.evaluate(NETWORK, nulls)["age"].tolist() == [30]


@pytest.mark.parametrize(
    ("network", "array", "message", "hint"),
    [
        (NETWORK, np.zeros((2, 3)), "the array has 3 columns, the inputs have 5",
         "in this order: `age`, `heat`, the elements flags(0) to flags(2)"),
        (CHOICE, np.zeros((2, 2)), "input `mood` is a choice, which an array of float64 cannot",
         "give an array of objects"),
        (NETWORK, np.zeros(5), "rows cannot be of type numpy.ndarray", "two dimensions"),
        (NETWORK, pl.DataFrame({"age": [1]}).lazy(), "rows cannot be of type polars.LazyFrame",
         "call its method collect()"),
    ],
)  # fmt: skip
def test_an_array_that_does_not_fit(network: Any, array: Any, message: str, hint: str) -> None:
    with pytest.raises(nnc.InvalidRowsError) as caught:
        nnc.evaluate(network, array)
    assert message in str(caught.value)
    assert hint in (caught.value.diagnostics[0].help or "")


def test_an_empty_list_has_no_rows() -> None:
    for network in (NETWORK, CHOICE, REAL):
        outputs = nnc.evaluate(network, [])
        assert [len(array) for array in outputs.values()] == [0] * len(network.outputs)
        assert nnc.evaluate_frame(network, []).num_rows == 0


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"engine": "cuda"}, 'engine is \'cuda\'; write "auto", "native" or "numpy"'),
        ({"threads": -1}, "threads is -1; write an integer, 0 for every core"),
        ({"threads": 1.5}, "threads is 1.5; write an integer"),
    ],
)
def test_engines_and_threads_that_there_are_not(options: Any, message: str) -> None:
    for ask in (nnc.evaluate, nnc.evaluate_frame, nnc.reader):
        with pytest.raises(ValueError, match=message):
            ask(NETWORK, {"age": [1]}, **options)
    with pytest.raises(ValueError, match=message):
        nnc.truth_table(CHOICE, **options)


# ------------------------------------------------------------------------------------- nulls

AGES: list[Any] = [60, None, 10]
HEATS: list[Any] = [1.5, 2.5, None]
FLAGS: list[Any] = [[1, 1, 1], None, [0, 1, 0]]
FILLED = {"age": [60, 30, 10], "heat": [1.5, 2.5, "36.5"], "flags": [7, 5, 2]}


@pytest.mark.parametrize(
    "rows",
    [
        {"age": AGES, "heat": HEATS, "flags": FLAGS},
        {"age": AGES, "heat": HEATS, "flags": [7, None, 2]},
        {"age": [60, pd.NA, 10], "heat": [1.5, 2.5, pd.NA], "flags": FLAGS},
        {"age": np.array(AGES, object), "heat": tuple(HEATS), "flags": np.array([7, None, 2])},
        {"age": pd.Series(AGES), "heat": pd.Series(HEATS), "flags": pd.Series([7, None, 2])},
        {"age": pd.Series(AGES, dtype="Int64"), "heat": pd.array(HEATS, "Float64"),
         "flags": pd.Series(FLAGS)},
        {"age": pl.Series(AGES), "heat": pl.Series(HEATS), "flags": pl.Series([7, None, 2])},
        {"age": pa.chunked_array([AGES]), "heat": pa.array(HEATS), "flags": pa.array(FLAGS)},
        {"age": AGES, "heat": HEATS, "flags(0)": [1, None, 0], "flags(1)": [1, None, 1],
         "flags(2)": [1, None, 0]},
        [{"age": 60, "heat": 1.5, "flags": 7}, {"heat": 2.5, "flags": None},
         {"age": 10, "flags": 2}],
        pd.DataFrame({"age": AGES, "heat": HEATS, "flags": FLAGS}),
        pl.DataFrame({"age": AGES, "heat": HEATS, "flags": FLAGS}),
    ],
    ids=["lists", "integers of a bus", "NA", "arrays", "Series", "nullable", "Polars", "Arrow",
         "elements", "records", "pandas", "Polars frame"],
)  # fmt: skip
def test_a_null_is_the_default_by_every_route(rows: Any) -> None:
    assert lists(nnc.evaluate(NETWORK, rows)) == lists(nnc.evaluate(NETWORK, FILLED))


def test_nulls_alone_are_rows_too() -> None:
    outputs = nnc.evaluate(NETWORK, {"age": [None, None], "flags": [pd.NA, None]})
    assert lists(outputs) == {"out": [1, 1], "age": [30, 30], "flags": [[1, 0, 1]] * 2}
    assert nnc.evaluate(NETWORK, {"age": pd.NA})["age"] == 30


def test_mistakes_behind_nulls_have_the_place_of_their_row() -> None:
    with pytest.raises(nnc.InvalidRowsError) as caught:
        nnc.evaluate(NETWORK, {"age": [None, -1], "flags": [None, [1, 2, 1]]})
    assert [each.path for each in caught.value.diagnostics] == [("age", 1), ("flags", 1, 1)]


def test_a_null_without_a_default_is_a_mistake() -> None:
    with pytest.raises(nnc.InvalidRowsError, match="expected a number, found nothing"):
        nnc.evaluate(CHOICE, {"age": [1, pd.NA], "mood": "calm"})


# ------------------------------------------------------------------------- frames of results


def test_a_frame_of_results_has_the_kept_columns_first() -> None:
    frame = pd.DataFrame({"pid": ["p1", "p2"], "age": [1, 90], "when": pd.to_datetime([0, 1])})
    table = nnc.evaluate_frame(NETWORK, frame, extra="keep")
    assert table.column_names == ["pid", "when", "out", "age", "flags"]
    assert table.drop_columns("when").to_pylist() == [
        {"pid": "p1", "out": 1, "age": 1, "flags": 5},
        {"pid": "p2", "out": 1, "age": 90, "flags": 5},
    ]
    assert pl.from_arrow(table).shape == (2, 5)


@pytest.mark.parametrize(
    "rows",
    [
        {"pid": ["a", "b"], "age": [1, 2]},
        [{"pid": "a", "age": 1}, {"pid": "b", "age": 2}],
        {"pid": pd.Series(["a", "b"]), "age": [1, 2]},
        {"pid": pa.chunked_array([["a"], ["b"]]), "age": [1, 2]},
        pl.DataFrame({"pid": ["a", "b"], "age": [1, 2]}),
    ],
)
def test_columns_are_kept_of_rows_of_every_form(rows: Any) -> None:
    table = nnc.evaluate_frame(NETWORK, rows, extra="keep")
    assert table["pid"].to_pylist() == ["a", "b"]
    assert table["age"].to_pylist() == [1, 2]


def test_a_scalar_that_is_kept_goes_with_every_row() -> None:
    table = nnc.evaluate_frame(NETWORK, {"ward": "icu", "age": [1, 2]}, extra="keep")
    assert table["ward"].to_pylist() == ["icu", "icu"]
    assert nnc.evaluate_frame(NETWORK, {"age": 1}).num_rows == 1


def test_a_frame_without_rows_keeps_its_columns() -> None:
    frame = pl.DataFrame({"pid": [], "age": []}, schema={"pid": pl.String, "age": pl.Int64})
    table = nnc.evaluate_frame(NETWORK, frame, extra="keep")
    assert table.num_rows == 0
    assert table.column_names == ["pid", "out", "age", "flags"]
    assert nnc.evaluate(NETWORK, frame.drop("pid"))["flags"].shape == (0, 3)


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ({"age": [1], "out": [2]}, "the column `out` that is kept has the name of an output"),
        ({"age": [1, 2], "pid": [1]}, "`pid`, which is kept, has 1 value; there are 2 rows"),
        ({"age": [1, 2], "pid": [1, "a"]}, "`pid`, which is kept, cannot be a column of Arrow"),
        ({"age": [1, 2], "pid": [1, object()]}, "`pid`, which is kept, cannot be a column"),
    ],
)
def test_columns_that_cannot_be_kept(rows: Any, message: str) -> None:
    with pytest.raises(nnc.InvalidRowsError) as caught:
        nnc.evaluate_frame(NETWORK, rows, extra="keep")
    assert message in str(caught.value)
    assert caught.value.diagnostics[0].help


def test_a_sum_of_floats_that_no_type_holds_says_how_to_read_them() -> None:
    rows = {"x(0)": [0.1], "x(1)": [0.3]}
    with pytest.raises(nnc.InvalidRowsError, match="neither float64 nor a decimal") as caught:
        nnc.evaluate_frame(REAL, rows)
    score = nnc.Network(
        inputs={"bmi": "real"},
        neurons={"n": {"weights": {"bmi": "0.1"}, "threshold": 4}},
        fires="at_least",
        outputs={"sum": {"sum": "n"}},
    )
    with pytest.raises(nnc.InvalidRowsError, match="in row 2, which neither float64") as other:
        nnc.evaluate_frame(score, {"bmi": [31.5, 22.1]})
    assert 'floats="decimal"' in str(other.value)
    assert 'floats="decimal"' in str(caught.value)
    table = nnc.evaluate_frame(REAL, rows, floats="decimal")
    assert str(table["total"].to_pylist()) == "[Decimal('0.4')]"


def test_the_types_are_those_that_the_command_writes(tmp_path: Any) -> None:
    from nnc.cli.main import run

    path, out = tmp_path / "n.nn.yaml", tmp_path / "out.arrow"
    path.write_text(nnc.to_yaml(REAL), "utf-8")
    rows = {"x(0)": [0.5, 0.125], "x(1)": [1.0, 0.25], "id": [7, 8]}
    with pa.ipc.new_file(str(tmp_path / "in.arrow"), pa.table(rows).schema) as writer:
        writer.write_table(pa.table(rows))
    arguments = ["eval", str(path), str(tmp_path / "in.arrow"), "-o", str(out), "--extra", "keep"]
    assert run(arguments) == 0
    with pa.ipc.open_file(str(out)) as file:
        assert nnc.evaluate_frame(REAL, pa.table(rows), extra="keep").equals(file.read_all())


# ------------------------------------------------------------------------------------ reader


def _batches(count: int) -> tuple[pa.Schema, Iterator[pa.RecordBatch], list[int]]:
    """Return batches that note when they are made."""
    schema, made = pa.schema([("age", pa.int64()), ("id", pa.int64())]), []

    def batches() -> Iterator[pa.RecordBatch]:
        for number in range(count):
            made.append(number)
            yield pa.RecordBatch.from_arrays([pa.array([number])] * 2, schema=schema)

    return schema, batches(), made


def test_a_reader_reads_as_it_is_read() -> None:
    schema, batches, made = _batches(5)
    reader = nnc.reader(NETWORK, pa.RecordBatchReader.from_batches(schema, batches), extra="keep")
    assert len(made) < 3
    assert reader.schema.names == ["id", "out", "age", "flags"]
    assert [batch["age"].to_pylist() for batch in reader] == [[n] for n in range(5)]
    assert made == list(range(5))


def test_sums_of_reals_settle_their_type_first() -> None:
    table = pa.table({"x": [[0.5, 1], [0.25, 2.0**-40]]})
    reader = nnc.reader(REAL, table.to_reader(max_chunksize=1))
    assert reader.schema.field("total").type == pa.float64()
    assert reader.read_all()["n"].to_pylist() == [1, 0]


def test_a_mistake_in_later_rows_is_an_error_where_they_are_read() -> None:
    reader = nnc.reader(NETWORK, pa.table({"age": [1, -1]}).to_reader(max_chunksize=1))
    assert reader.read_next_batch()["age"].to_pylist() == [1]
    with pytest.raises(nnc.InvalidRowsError, match="-1 is below min 0, in row 2"):
        reader.read_next_batch()


# ---------------------------------------------------------------------------------- warnings


@pytest.mark.parametrize("rows", [{"age": 1, "pid": 2}, [{"age": 1, "pid": 2}],
                                  pa.table({"age": [1], "pid": [2]})])  # fmt: skip
@pytest.mark.parametrize("function", [nnc.evaluate, nnc.evaluate_frame, nnc.reader])
def test_a_warning_is_at_the_line_of_the_caller(function: Any, rows: Any) -> None:
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        function(NETWORK, rows)
    [warning] = caught
    assert warning.filename == __file__
    assert "`pid` is not an input and is left out; nnc.evaluate_frame(" in str(warning.message)
    assert "--" not in str(warning.message)
    with pytest.raises(nnc.InvalidRowsError, match="`pid` is not an input"):
        function(NETWORK, rows, extra="error")


def test_a_name_that_is_nearly_an_input_is_an_error() -> None:
    with pytest.raises(nnc.InvalidRowsError, match="`Age` is not an input, and input `age` would"):
        nnc.evaluate(NETWORK, {"Age": 1})


def test_extra_that_means_nothing() -> None:
    with pytest.raises(ValueError, match=r'"keep" needs a table: call nnc\.evaluate_frame'):
        nnc.evaluate(NETWORK, {"age": 1}, extra="keep")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match='extra is \'drp\'; write "drop", "keep" or "error"'):
        nnc.evaluate_frame(NETWORK, {"age": 1}, extra="drp")  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("frame", "message"),
    [
        (pa.table({"age": [[1]]}), "input `age`: the column holds list"),
        (pa.table({"age": [1, -1]}), "-1 is below min 0, in row 2"),
        (pa.table({"flags(0)": [1]}), "input `flags` has no column for `flags(1)`"),
    ],
)
def test_hints_about_a_frame_are_not_about_a_file(frame: pa.Table, message: str) -> None:
    with pytest.raises(nnc.InvalidRowsError) as caught:
        nnc.evaluate(NETWORK, frame)
    assert message in str(caught.value)
    assert not any(word in str(caught.value.diagnostics) for word in ("file again", "--extra"))


def test_a_frame_that_is_not_valid() -> None:
    offsets = pa.py_buffer(np.array([0, 1], np.int32))
    texts = pa.Array.from_buffers(pa.string(), 1, [None, offsets, pa.py_buffer(b"\xff")])
    with pytest.raises(nnc.InvalidRowsError, match="the frame is not valid in Arrow") as caught:
        nnc.evaluate(CHOICE, pa.table({"age": [1], "mood": texts}))
    assert caught.value.diagnostics[0].help == "make it again, without views"


def test_frames_do_not_import_pandas(tmp_path: Any) -> None:
    path = str(tmp_path / "in.arrow")
    table = pa.table({"age": [1, 0], "mood": pa.array(["calm", "upset"]).dictionary_encode()})
    with pa.ipc.new_file(path, table.schema) as writer:
        writer.write_table(table)
    script = (
        "import sys, pyarrow as pa, nnc\n"
        f"network = nnc.loads({nnc.to_yaml(CHOICE)!r})\n"
        f"table = pa.ipc.open_file({path!r}).read_all()\n"
        "nnc.evaluate_frame(network, table)\n"
        "nnc.evaluate(network, table)\n"
        "assert 'pandas' not in sys.modules\n"
    )
    subprocess.run([sys.executable, "-c", script], check=True)


@pytest.mark.parametrize("count", [1, 2, 3])
def test_mappings_without_values_are_rows_of_defaults(count: int) -> None:
    text = "nnc: 1\ninputs: {a: {type: bit, default: 1}, u: {type: bit, size: 2, default: 0}}\n"
    network = nnc.loads(text + "outputs: [a, u]\n")
    for rows in ([{}] * count, [{"extra": 1}] * count, [{"a": None}] * count):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            found = nnc.evaluate(network, rows)
        assert {name: values.tolist() for name, values in found.items()} == {
            "a": [1] * count, "u": [[0, 0]] * count
        }  # fmt: skip
    assert nnc.evaluate_frame(network, [{}] * count).num_rows == count
    constant = nnc.loads("nnc: 1\ninputs: []\noutputs: {one: 1}\n")
    assert nnc.evaluate(constant, [{}] * count)["one"].tolist() == [1] * count
