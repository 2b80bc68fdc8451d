"""Inputs that declare the column of rows they are read from: every format, and every message."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from pyarrow import parquet

import nnc as library
from nnc.diagnostics.diagnostic import InvalidNetworkError, InvalidRowsError
from tests.support.running import Nnc

NET = """\
nnc: 1
fires: at_least
inputs:
  mean_radius: {type: real, column: mean radius}
  px: {type: integer, size: 2, column: pixel}
  v: {type: bit, size: 2, columns: [first bit, a]}
  a: {type: bit, default: 0, column: v}
neurons:
  n: {weights: {mean_radius: 1, px: [1, 2], v: [4, 8], a: 16}, threshold: 5}
outputs: {n: n, s: {sum: n}}
"""
ROW = {"mean radius": 0.5, "pixel(0)": 1, "pixel(1)": 2, "first bit": 1, "a": 0, "v": 1}
LACKING = "input `mean_radius` has no column `mean radius`"
RESULT = "n,s\n1,25.5\n"


@pytest.fixture(autouse=True)
def _network(nnc: Nnc) -> None:  # noqa: ARG001 - it goes to the folder
    Path("net.nn.yaml").write_text(NET)


def write(file: str, row: dict[str, Any]) -> None:
    table = pa.table({name: [value] for name, value in row.items()})
    if file.endswith((".json", ".jsonl")):
        Path(file).write_text(json.dumps(row) + "\n")
    elif file.endswith(".parquet"):
        parquet.write_table(table, file)
    elif file.endswith(".arrow"):
        with pa.ipc.new_file(file, table.schema) as writer:
            writer.write_table(table)
    else:
        mark = "\t" if file.endswith(".tsv") else ","
        cells = map(str, row.values())
        Path(file).write_text(f"{mark.join(row)}\n{mark.join(cells)}\n")


@pytest.mark.parametrize("suffix", ["csv", "tsv", "json", "jsonl", "parquet", "arrow"])
def test_every_format_reads_them(nnc: Nnc, suffix: str) -> None:
    file = f"rows.{suffix}"
    write(file, ROW)
    assert nnc("eval", "net.nn.yaml", file, "--to", "csv") == (0, RESULT, "")
    assert nnc("compile", "net.nn.yaml", "-o", "net.nnc").code == 0
    assert nnc("eval", "net.nnc", file, "--to", "csv") == (0, RESULT, "")
    write(file, {**ROW, "mean_radius": 7})  # which is no input here
    code, out, err = nnc("eval", "net.nn.yaml", file, "--to", "csv")
    assert (code, out) == (0, RESULT)
    assert "`mean_radius` is not an input and is left out" in err
    assert "`mean_radius` is read from the " in err
    words = ("eval", "net.nn.yaml", file, "--to", "csv", "--extra", "keep")
    assert nnc(*words).out == "mean_radius,n,s\n7,1,25.5\n"


@pytest.mark.parametrize("suffix", ["csv", "jsonl", "parquet"])
def test_rename_has_the_last_word(nnc: Nnc, suffix: str) -> None:
    file = f"rows.{suffix}"
    write(file, {**ROW, "other": 1, "mean_radius": 2.5})
    words = ("eval", "net.nn.yaml", file, "--to", "csv", "--extra", "drop", "--rename")
    assert nnc(*words, "mean_radius=mean_radius").out == "n,s\n1,27.5\n"
    assert nnc(*words, "mean_radius=mean_radius,other=a").out == "n,s\n1,27.5\n"
    assert nnc(*words, "other=v(1),first bit=v(0)").out == "n,s\n1,33.5\n"


def test_frames_have_columns_and_mappings_have_inputs() -> None:
    network = library.load("net.nn.yaml")
    expected = {"n": [1], "s": [25.5]}
    arrow = pa.table({name: [value] for name, value in ROW.items()})
    for frame in (pd.DataFrame([ROW]), pl.DataFrame([ROW]), arrow):
        answers = library.evaluate(network, frame)
        assert {alias: [float(x) for x in answers[alias]] for alias in answers} == expected
    values = {"mean_radius": [0.5], "px": [[1, 2]], "v": [[1, 0]], "a": [1]}
    assert library.evaluate(network, values)["s"].tolist() == [25.5]
    array = np.array([[0.5, 1, 2, 1, 0, 1]])
    assert library.evaluate(network, array)["s"].tolist() == [25.5]
    with pytest.raises(InvalidRowsError, match="`mean radius` is not an input"):
        library.evaluate(network, {**values, "mean radius": 1}, extra="error")


def test_cases_and_jobs(nnc: Nnc) -> None:
    cases = "cases:\n  - {given: {mean_radius: 0.5, px: [1, 2], v: 1, a: 1}, expect: {s: 25.5}}\n"
    Path("net.nn.yaml").write_text(f"{NET}{cases}  - {{file: cases.csv}}\n")
    write("cases.csv", {**ROW, "s": 25.5})
    assert nnc("test") == (0, "2 of 2 cases hold in 1 file\n", "")
    Path("in").mkdir()
    write("in/one.csv", ROW)
    assert nnc("eval", "net.nn.yaml", "in", "-o", "out").code == 0
    assert Path("out/one.csv").read_text() == RESULT
    assert nnc("eval", "net.nn.yaml", "mean_radius=0.5", "px=1,2", "v=1", "a=1").out.count("25.5")


def test_set_beside_rows_goes_by_the_input(nnc: Nnc) -> None:
    write("rows.csv", {name: value for name, value in ROW.items() if name != "mean radius"})
    words = ("eval", "net.nn.yaml", "rows.csv", "--to", "csv", "mean_radius=1/2")
    assert nnc(*words) == (0, RESULT, "")
    write("rows.csv", ROW)
    message = "the input `mean_radius` has a column, and a value from --set"
    for file in ("rows.csv", "rows.parquet"):
        write(file, ROW)
        assert message in nnc("eval", "net.nn.yaml", file, "mean_radius=2").err
    assert "the input `v` has a column, and" in nnc("eval", "net.nn.yaml", "rows.csv", "v=1").err


def test_a_bus_by_its_name_where_its_elements_have_columns(nnc: Nnc) -> None:
    rest = {name: value for name, value in ROW.items() if name not in ("first bit", "a", "v")}
    Path("net.nn.yaml").write_text(NET.replace("column: v", "column: x"))
    write("rows.csv", {**rest, "v": 3})
    err = nnc("eval", "net.nn.yaml", "rows.csv").err
    assert "column `v` is not read, and input `v` has no column" in err
    assert "= help: write the columns first bit to a   (" in err


@pytest.mark.parametrize(
    ("change", "message", "hint"),
    [
        ({"mean_radius": 1}, f"column `mean_radius` is not read, and {LACKING}",
         "did you mean `mean radius`? `--rename mean_radius=mean_radius`"),
        ({"mean radus": 1}, f"column `mean radus` is not an input, and {LACKING}",
         "`--rename 'mean radus=mean_radius'` reads it as that"),
        ({}, f"{LACKING} and no default", "add it, or say which column holds it"),
    ],
)  # fmt: skip
def test_missing_columns(nnc: Nnc, change: dict[str, Any], message: str, hint: str) -> None:
    rest = {name: value for name, value in ROW.items() if name != "mean radius"}
    write("rows.csv", change | rest)
    code, _, err = nnc("eval", "net.nn.yaml", "rows.csv")
    assert code == 1
    assert f"error[NNC501] missing-column: {message}" in err
    assert hint in err


def test_other_mistakes_in_rows(nnc: Nnc) -> None:
    rest = {"first bit": 1, "a": 0}
    write("rows.csv", rest)
    err = nnc("eval", "net.nn.yaml", "rows.csv").err
    assert "2 inputs have no column and no default: `mean radius`, `pixel`" in err
    write("rows.csv", {"mean radius": 1, "pixel": 1, "first bit": 1})
    err = nnc("eval", "net.nn.yaml", "rows.csv").err
    assert "column `pixel` cannot hold a bus of integers" in err
    assert "write the columns pixel(0) to pixel(1)" in err
    assert "input `v` has no column for `a`" in err
    write("rows.jsonl", {**ROW, "mean radius": "x", "a": 7})
    err = nnc("eval", "net.nn.yaml", "rows.jsonl").err
    assert "input `mean_radius`: expected a number, found `x`\n  --> rows.jsonl:1:17" in err
    assert "input `v(1)`: 7 is not 0 or 1\n  --> rows.jsonl:1:" in err
    write("rows.csv", {**ROW, "b": 1})
    err = nnc("eval", "net.nn.yaml", "rows.csv", "--rename", "b=v(0),first bit=v(0)").err
    assert "error[NNC503] duplicate-column: two columns hold `v(0)`" in err


@pytest.mark.parametrize(
    ("inputs", "code", "message"),
    [
        ("{a: {type: bit, column: x}, b: {type: bit, column: x}}", "NNC305",
         "`b` and `a` are both read from column `x`"),
        ("{a: {type: bit, column: b}, b: bit}", "NNC305",
         "`a` and `b` are both read from column `b`"),
        ("{a: {type: bit, size: 2, columns: [x, x]}}", "NNC305",
         "`a(1)` and `a(0)` are both read from column `x`"),
        ("{a: {type: bit, size: 2, column: p}, b: {type: bit, column: p(1)}}", "NNC305",
         "`b` and `a(1)` are both read from column `p(1)`"),
        ("{a: {type: bit, size: 2, columns: [x]}}", "NNC114",
         "the input has 1 column and 2 elements"),
        ("{a: {type: bit, columns: [x]}}", "NNC105", "`columns` are those of a bus"),
        ("{a: {type: bit, size: 1, column: y, columns: [x]}}", "NNC105",
         "`column` and `columns` exclude each other"),
        ("{a: {type: bit, column: ''}}", "NNC104", "the name of a column is empty"),
    ],
)  # fmt: skip
def test_mistakes_in_a_network(inputs: str, code: str, message: str) -> None:
    text = f"nnc: 1\nfires: at_least\ninputs: {inputs}\n"
    text += "neurons: {n: {wiring: a, threshold: 1}}\noutputs: [n]\n"
    with pytest.raises(InvalidNetworkError) as raised:
        library.loads(text)
    (found,) = raised.value.diagnostics
    assert found.about.code == code, found
    assert message in found.message
    assert found.span is not None
    assert found.span.line == 3


def test_columns_are_written_and_say_nothing_of_the_meaning(nnc: Nnc) -> None:
    network = library.load("net.nn.yaml")
    again = library.loads(library.to_yaml(network))
    assert again.inputs == network.inputs
    assert nnc("fmt", "net.nn.yaml").code == 0
    assert nnc("fmt", "--check", "net.nn.yaml").code == 0
    assert library.load("net.nn.yaml").inputs == network.inputs
    plain = NET.replace(", column: mean radius", "").replace(", column: v}", "}")
    Path("plain.nn.yaml").write_text(plain.replace(", columns: [first bit, a]", ""))
    code, out, _ = nnc("diff", "plain.nn.yaml", "net.nn.yaml", "--exit-code")
    assert (code, "behaviour: equal" in out) == (0, True)
    digests = [nnc("digest", file).out.split()[0] for file in ("plain.nn.yaml", "net.nn.yaml")]
    assert digests[0] == digests[1]


def test_overlays_change_columns_and_parts_ignore_them(nnc: Nnc) -> None:
    inputs = "inputs: {mean_radius: {column: r}, v: {column: w}, px: {columns: [left, right]}}\n"
    Path("over.nn.yaml").write_text(f"nnc: 1\nextends: net.nn.yaml\n{inputs}")
    row = {"r": 0.5, "left": 1, "right": 2, "w": 1, "v": 1}
    write("rows.csv", row)
    assert nnc("eval", "over.nn.yaml", "rows.csv", "--to", "csv") == (0, RESULT, "")
    Path("user.nn.yaml").write_text(
        "nnc: 1\ninputs: {mean_radius: real, p: integer(2), v: bit(2)}\n"
        "parts: {one: {use: net.nn.yaml, wiring: {mean_radius: mean_radius, px: p, v: v}}}\n"
        "outputs: {s: one.s}\n"
    )
    write("rows.csv", {"mean_radius": 0.5, "p(0)": 1, "p(1)": 2, "v": 1})
    assert nnc("eval", "user.nn.yaml", "rows.csv", "--to", "csv") == (0, "s\n9.5\n", "")


def test_scikit_learn_reads_frames_by_columns() -> None:
    from nnc.sklearn import NetworkClassifier

    frame = pd.DataFrame([ROW, {**ROW, "mean radius": -30.0}])
    model = NetworkClassifier("net.nn.yaml", output="n").fit(frame)
    assert model.predict(frame).tolist() == [1, 0]
