"""The table of formats, and how a format is told."""

# ruff: noqa: E501

import importlib
import io
import subprocess
import sys

import pytest

from nnc.diagnostics.diagnostic import InvalidRowsError
from nnc.rows.formats import FORMATS, format_of, read_rows, write_rows
from nnc.rows.session import Session


def test_every_format_has_what_the_table_says():
    for name, one in FORMATS.items():
        module = importlib.import_module(one.module)
        assert name == one.name
        assert hasattr(module, "read") == one.can_read
        assert hasattr(module, "write") == one.can_write


def test_the_table_costs_no_numpy():
    code = "import sys, nnc.rows.formats; sys.exit(bool({'numpy', 'pydantic', 'rich'} & sys.modules.keys()))"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


@pytest.mark.parametrize(
    ("path", "given", "expected"),
    [
        ("rows.csv", None, "csv"),
        ("a/b.JSON", None, "json"),
        ("x.jsonl", None, "jsonl"),
        ("x.ndjson", None, "jsonl"),
        ("x.npy", None, "npy"),
        ("x.npy", "csv", "csv"),
        ("-", "table", "table"),
    ],
)
def test_the_suffix_tells_the_format(path, given, expected):
    assert format_of(path, given) == expected


@pytest.mark.parametrize(
    ("path", "given", "expected"),
    [
        (
            "rows.txt",
            None,
            (
                "rows.txt: error[NNC513] unknown-format: the name does not say the format of the rows "
                "| add `--from csv`; the formats are csv, tsv, json, jsonl, npy, npz, idx, pictures, parquet, arrow"
            ),
        ),
        (
            "-",
            None,
            (
                "-: error[NNC513] unknown-format: a stream does not say the format of its rows "
                "| add `--from csv`; the formats are csv, tsv, json, jsonl, npy, npz, idx, pictures, parquet, arrow"
            ),
        ),
        (
            "gate.nn.yaml",
            None,
            (
                "gate.nn.yaml: error[NNC513] unknown-format: the file is named like a network, and "
                "rows were expected | name the network first, then its rows; or add `--from csv`"
            ),
        ),
        (
            "rows.csv",
            "jsno",
            "error[NNC513] unknown-format: `jsno` is not a format of rows | did you mean `json`?",
        ),
        (
            "rows.csv",
            "excel",
            (
                "error[NNC513] unknown-format: `excel` is not a format of rows "
                "| the formats are csv, tsv, json, jsonl, npy, npz, idx, pictures, parquet, arrow, table"
            ),
        ),
    ],
)
def test_a_format_that_cannot_be_told(path, given, expected):
    with pytest.raises(InvalidRowsError) as caught:
        format_of(path, given)
    [one] = caught.value.diagnostics
    assert f"{one} | {one.help}" == expected


def test_the_option_for_writing_is_named():
    with pytest.raises(InvalidRowsError) as caught:
        format_of("out", option="--to")
    assert caught.value.diagnostics[0].help == (
        "add `--to csv`; the formats are csv, tsv, json, jsonl, npy, parquet, arrow, table"
    )


def test_a_table_is_not_read():
    with pytest.raises(InvalidRowsError) as caught:
        read_rows(io.BytesIO(), "table", Session({}, file="r", report=print))
    assert (
        str(caught.value.diagnostics[0])
        == "r: error[NNC513] unknown-format: rows cannot be read as `table`"
    )


def test_results_keep_the_order_of_the_names():
    out = io.BytesIO()
    write_rows([{"a": ["1"], "b": ["2"]}], out, "csv", names=["b", "a"])
    assert out.getvalue() == b"b,a\n2,1\n"
