"""`nnc eval` with the rows that people have: CSV of other countries, other names, no format."""

import gzip
import io
import json
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from pyarrow import parquet

from tests.support.running import Nnc, rules, wrote

CARE = """\
nnc: 1
fires: at_least
inputs: {fever: bit, temp: {type: real, default: 37}, ward: {type: choice, of: [icu, NA], default: icu}}
neurons:
  hot: {weights: {temp: 1}, threshold: 38.5}
  n: {weights: {fever: 1, hot: 1, ward: [0, 0]}, threshold: 2}
outputs: {n: n, hot: hot}
"""  # noqa: E501


@pytest.fixture(autouse=True)
def _network(nnc: Nnc) -> None:  # noqa: ARG001 - which goes to a folder of its own
    Path("care.nn.yaml").write_text(CARE)


def test_a_spreadsheet_of_another_country(nnc: Nnc) -> None:
    Path("e.csv").write_bytes(b"\xef\xbb\xbffever;temp;ward\r\n1;38,5;icu\r\nFALSE;NA;NA\r\n")
    code, out, err = nnc("eval", "care.nn.yaml", "e.csv")
    assert (code, out) == (1, "")
    assert rules(err) == ["delimiter-recognised", "not-a-number", "not-a-number"]
    assert "`--decimal ,` reads it as 38.5" in err
    assert "`--na NA` takes it for no value" in err
    options = ("--decimal", ",", "--na", "NA,N/A", "--na", "-")
    assert nnc("eval", "care.nn.yaml", "e.csv", *options) == (0, "n,hot\n1,1\n0,0\n", "")


@pytest.mark.parametrize("option", [[], ["--delimiter", "tab"], ["--delimiter", "\\t"]])
def test_tabs(nnc: Nnc, option: list[str]) -> None:
    Path("t.tsv").write_text("fever\ttemp\n1\t40\n")
    assert nnc("eval", "care.nn.yaml", "t.tsv", *option) == (0, "n,hot\n1,1\n", "")
    written = nnc("eval", "care.nn.yaml", "t.tsv", *option, "-o", "y.tsv")
    assert (written, Path("y.tsv").read_text()) == ((0, "", wrote("y.tsv")), "n\thot\n1\t1\n")


def test_the_delimiter_of_the_option_is_not_said(nnc: Nnc) -> None:
    Path("e.csv").write_text("fever;temp\n1;40\n")
    code, out, err = nnc("eval", "care.nn.yaml", "e.csv")
    assert (code, out, rules(err)) == (0, "n,hot\n1,1\n", ["delimiter-recognised"])
    assert nnc("eval", "care.nn.yaml", "e.csv", "--delimiter", ";") == (0, out, "")


def test_rejects_are_written_in_the_dialect_of_the_file(nnc: Nnc) -> None:
    Path("e.csv").write_text("fever;temp\n1;40,5\n2;NA\n")
    options = ("--decimal", ",", "--na", "NA", "--rejects", "r.csv")
    code, out, _ = nnc("eval", "care.nn.yaml", "e.csv", *options)
    assert (code, out) == (0, "n,hot\n1,1\n")
    fixed = Path("r.csv").read_text().replace(";2;NA", ";1;39,5")
    Path("fixed.csv").write_text(fixed)
    code, out, _ = nnc("eval", "care.nn.yaml", "fixed.csv", *options[:4])
    assert (code, out) == (0, "n,hot\n1,1\n")
    Path("t.tsv").write_text("fever\ttemp\n2\t1\n")
    code, out, err = nnc("eval", "care.nn.yaml", "t.tsv", "--rejects", "r.csv")
    assert (code, out) == (2, "")
    assert "as tsv: give --rejects the name of a file .tsv or .tab" in err


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["rows.json", "--delimiter", ";"], "--delimiter is about rows of CSV, and ROWS are json"),
        (["--all", "--decimal", ","], "--decimal is about rows of CSV, and there are no ROWS"),
        (["rows.npy", "--na", "NA"], "--na is about rows of CSV, and ROWS are npy; remove it"),
        (["e.csv", "--delimiter", "ab"], "--delimiter ab: write one mark, such as `,`, `;`, `|`"),
        (["e.csv", "--delimiter", ""], "--delimiter : write one mark"),
        (["e.csv", "--delimiter", '"'], '--delimiter ": write one mark'),
        (["e.csv", "--delimiter", "1"], "--delimiter 1: write one mark"),
        (["e.csv", "--delimiter", ",", "--decimal", ","], "--delimiter and --decimal are both `,`"),
        (["e.csv", "--decimal", ";"], "';' is not one of '.', ','"),
        (["e.csv", "--na", "NA,"], "--na: write words between commas, such as --na NA,N/A"),
    ],
)
def test_options_that_cannot_be_meant(nnc: Nnc, arguments: list[str], message: str) -> None:
    code, out, err = nnc("eval", "care.nn.yaml", *arguments)
    assert (code, out) == (2, "")
    assert message in " ".join(err.split())


# -------------------------------------------------------------------------- other names


RENAME = ("--rename", "Fever=fever", "--rename", "T=temp")


@pytest.mark.parametrize("suffix", ["csv", "tsv", "json", "jsonl", "parquet", "arrow"])
def test_columns_of_other_names_in_every_format(nnc: Nnc, suffix: str) -> None:
    row = {"Fever": 1, "T": 40, "id": 7}
    table = pa.table({name: [value] for name, value in row.items()})
    file = Path(f"r.{suffix}")
    if suffix in ("json", "jsonl"):
        file.write_text(json.dumps(row) + "\n")
    elif suffix == "parquet":
        parquet.write_table(table, file)
    elif suffix == "arrow":
        with pa.ipc.new_file(file, table.schema) as writer:
            writer.write_table(table)
    else:
        mark = "," if suffix == "csv" else "\t"
        file.write_text(mark.join(row) + "\n" + mark.join(map(str, row.values())) + "\n")
    arguments = ("eval", "care.nn.yaml", str(file), "--to", "csv", "--extra", "keep", *RENAME)
    assert nnc(*arguments) == (0, "id,n,hot\n7,1,1\n", "")
    code, out, err = nnc("eval", "care.nn.yaml", str(file), *RENAME[2:])
    assert (code, out, "missing-column" in rules(err)) == (1, "", True)
    assert "did you mean `fever`? `--rename Fever=fever` reads it as that" in err
    code, out, err = nnc("eval", "care.nn.yaml", str(file), *RENAME, "--rename", "Idd=ward")
    assert (code, out, rules(err)[0]) == (1, "", "missing-column")
    assert "`Idd` to rename" in err
    assert "did you mean `id`?" in err


def test_two_columns_of_one_input(nnc: Nnc) -> None:
    Path("r.csv").write_text("fever,Fever\n1,1\n")
    Path("r.jsonl").write_text('{"fever": 1, "Fever": 1}\n')
    for file in ("r.csv", "r.jsonl"):
        code, out, err = nnc("eval", "care.nn.yaml", file, "--rename", "Fever=fever")
        assert (code, out, rules(err)) == (1, "", ["duplicate-column"])
        assert "s hold `fever`" in err


def test_a_mistake_under_another_name_has_its_place(nnc: Nnc) -> None:
    Path("r.json").write_text('[{"T": 1, "Fever": 7}]')
    code, out, err = nnc("eval", "care.nn.yaml", "r.json", *RENAME)
    assert (code, out, rules(err)) == (1, "", ["bad-value"])
    assert "r.json:1:20" in err


def test_rejects_keep_the_names_of_the_file(nnc: Nnc) -> None:
    Path("r.csv").write_text("Fever,T\n1,40\n7,40\n")
    code, out, _ = nnc("eval", "care.nn.yaml", "r.csv", *RENAME, "--rejects", "w.csv")
    assert (code, out) == (0, "n,hot\n1,1\n")
    assert Path("w.csv").read_text().startswith("_line,_error,Fever,T\n")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["r.csv", "--rename", "Fever"], "--rename Fever: write COLUMN=NAME, for example --rename"),
        (["r.csv", "--rename", "F=fever,T"], "--rename T: write COLUMN=NAME, for example --rename"),
        (["r.csv", "--rename", "T=temp,F=fevr"], "`fevr` is not an input; did you mean `fever`?"),
        (["r.csv", "--rename", "=fever"], "--rename =fever: write COLUMN=NAME"),
        (["r.csv", "--rename", "F=fevr"], "`fevr` is not an input; did you mean `fever`?"),
        (["r.csv", "--rename", "F=xyz"], "is not an input; the inputs are fever, temp, ward"),
        (["r.csv", *RENAME, "--rename", "T=fever"], "--rename T appears twice"),
        (["r.npy", "--rename", "F=fever"], "names of columns, and rows as npy have none"),
        (["--rename", "F=fever", "fever=1"], "names of columns, and there are no ROWS"),
    ],
)
def test_renaming_that_cannot_be_meant(nnc: Nnc, arguments: list[str], message: str) -> None:
    code, out, err = nnc("eval", "care.nn.yaml", *arguments)
    assert (code, out) == (2, "")
    assert message in " ".join(err.split())


# -------------------------------------------------------------------------------- the rest

RULES = """\
nnc: 1
fires: at_least
inputs:
  a: bit
  b: bit
  s: {type: bit, states: [-1, 1], default: 1}
  n: {type: integer, min: 0, max: 9}
  v: {type: integer, size: 2}
  w: bit(3)
neurons:
  sum: {weights: {a: 1, b: 10, s: 100, n: 1000, v: [1, 1], w: [1, 1, 1]}, threshold: 0}
outputs: {total: {sum: sum}}
"""


def test_missing_inputs_are_one_mistake(nnc: Nnc) -> None:
    Path("rules.nn.yaml").write_text(RULES)
    code, out, err = nnc("eval", "rules.nn.yaml", "--set", "a=1")
    assert (code, out, rules(err)) == (1, "", ["missing-value"])
    assert "4 inputs have no value and no default: `b`, `n`, `v`, `w`" in err
    assert "add a value for each; without one, a `default` in the network counts   (" in err
    err = nnc("eval", "rules.nn.yaml", "n=1", "v=1,1").err
    assert "add a value for each; `--rest 0` makes each of them 0" in err
    code, out, err = nnc("eval", "care.nn.yaml", "ward=NA")
    assert "input `fever` has no value and no default" in err
    assert "`--rest 0` makes it 0" in err


def test_the_rest_has_one_value(nnc: Nnc) -> None:
    Path("rules.nn.yaml").write_text(RULES)
    csv = ("--rest", "0", "--to", "csv")
    assert nnc("eval", "rules.nn.yaml", "a=1", *csv) == (0, "total\n101\n", "")
    assert nnc("eval", "rules.nn.yaml", *csv) == (0, "total\n100\n", "")
    assert nnc("eval", "rules.nn.yaml", "a=0", "--rest", "1", "--to", "csv").out == "total\n1113\n"
    Path("r.csv").write_text("a,b\n1,\n0,1\n")
    assert nnc("eval", "rules.nn.yaml", "r.csv", *csv) == (0, "total\n101\n110\n", "")
    assert nnc("eval", "rules.nn.yaml", "r.csv", "n=2,v=3,4", *csv).out == "total\n2108\n2117\n"
    Path("r.jsonl").write_text('{"a": 1, "b": null}\n{}\n')
    assert nnc("eval", "rules.nn.yaml", "r.jsonl", *csv).out == "total\n101\n100\n"


def test_a_row_of_empty_cells_is_no_row_for_the_rest(nnc: Nnc) -> None:
    Path("rules.nn.yaml").write_text(RULES)
    csv = ("--rest", "0", "--to", "csv", "--delimiter", ";")
    Path("r.csv").write_text("a;b\n1;0\n;\n;\n")
    assert nnc("eval", "rules.nn.yaml", "r.csv", *csv) == (0, "total\n101\n", "")
    Path("r.csv").write_text("a;b\n1;0\n;\n0;1\n")
    code, out, err = nnc("eval", "rules.nn.yaml", "r.csv", *csv)
    assert (code, out, rules(err)) == (1, "", ["blank-line"])
    assert "there is a row of empty cells between rows" in err


def test_a_rest_that_some_inputs_cannot_have_is_one_mistake(nnc: Nnc) -> None:
    Path("rules.nn.yaml").write_text(RULES)
    code, out, err = nnc("eval", "rules.nn.yaml", "--rest", "12")
    assert (code, out, rules(err)) == (1, "", ["bad-value"])
    assert "input `a`: 12 is not 0 or 1, and 3 more inputs cannot have it" in err
    code, out, err = nnc("eval", "rules.nn.yaml", "--all", "--rest", "1")
    assert (code, out) == (2, "")
    assert "--all makes every row; hold an input with --set, and remove --rest" in err


def test_inputs_that_have_a_value_need_not_take_the_rest(nnc: Nnc) -> None:
    kind = "{type: choice, of: [low, high]}"
    Path("kind.nn.yaml").write_text(RULES.replace("  b: bit\n", f"  b: bit\n  kind: {kind}\n"))
    csv = ("--rest", "1", "--to", "csv")
    assert nnc("eval", "kind.nn.yaml", "kind=low", *csv) == (0, "total\n1114\n", "")
    code, out, err = nnc("eval", "kind.nn.yaml", *csv)
    assert (code, out, rules(err)) == (1, "", ["bad-value"])
    Path("r.csv").write_text("kind,a,n\nlow,0,2\nhigh,,3\n")
    assert nnc("eval", "kind.nn.yaml", "r.csv", *csv) == (0, "total\n2113\n3114\n", "")
    Path("r.csv").write_text("kind,a\nlow,0\n,1\n")
    code, out, err = nnc("eval", "kind.nn.yaml", "r.csv", *csv)
    assert (code, out, rules(err)) == (1, "", ["missing-value"])
    assert "input `kind`: the cell is empty, and there is no default" in err
    assert "= help: write a value, or give the input a `default`   (" in err
    Path("r.csv").write_text("kind,a,b,n,v(0),v(1),w\nlow,,1,1,1,1,7\n")
    err = nnc("eval", "kind.nn.yaml", "r.csv").err
    assert "= help: write a value, or give the input a `default`; `--rest 0` makes it 0   (" in err
    Path("r.csv").write_text("a\n0\n")
    code, out, err = nnc("eval", "kind.nn.yaml", "r.csv", *csv)
    assert (code, out, rules(err)) == (1, "", ["missing-column"])
    assert "input `kind` has no column and no default" in err
    code, out, err = nnc("eval", "kind.nn.yaml", "r.csv", "--rest", "x")
    assert (code, out, rules(err)) == (1, "", ["not-a-number"])


def test_a_column_that_may_be_misspelt_is_not_taken_for_the_rest(nnc: Nnc) -> None:
    Path("r.csv").write_text("Fever\n1\n")
    code, out, err = nnc("eval", "care.nn.yaml", "r.csv", "--rest", "0")
    assert (code, out, rules(err)) == (1, "", ["column-not-input"])
    assert "did you mean `fever`? `--rename Fever=fever` reads it as that. If not, remove" in err


# ---------------------------------------------------------------------- no name of a format


def _bytes(suffix: str) -> bytes:
    out = io.BytesIO()
    table = pa.table({"a": [1, 1], "b": [0, 1]})
    if suffix == "npy":
        np.save(out, np.array([[1, 0], [1, 1]]))
    elif suffix == "parquet":
        parquet.write_table(table, out)
    elif suffix == "arrow":
        with pa.ipc.new_file(out, table.schema) as writer:
            writer.write_table(table)
    elif suffix == "arrow stream":
        with pa.ipc.new_stream(out, table.schema) as writer:
            writer.write_table(table)
    else:
        out.write(TEXTS[suffix])
    return out.getvalue()


TEXTS = {
    "csv": b"a,b\n1,0\n1,1\n",
    "tabs": b"a\tb\n1\t0\n1\t1\n",
    "json": b'\xef\xbb\xbf [{"a": 1, "b": 0}, {"a": 1, "b": 1}]',
    "jsonl": b'{"a": 1, "b": 0}\n{"a": 1, "b": 1}\n',
    "gzip": gzip.compress(b'{"a": 1, "b": 0}\n{"a": 1, "b": 1}\n'),
    "packed csv": gzip.compress(b"a,b\n1,0\n1,1\n"),
}


@pytest.mark.parametrize("kind", [*TEXTS, "npy", "parquet", "arrow", "arrow stream"])
@pytest.mark.parametrize("is_stream", [True, False])
def test_the_first_bytes_show_the_format(nnc: Nnc, kind: str, is_stream: bool) -> None:
    Path("id.nn.yaml").write_text("nnc: 1\ninputs: [a, b]\noutputs: [b]\n")
    data = _bytes(kind)
    Path("rows.dat").write_bytes(data)
    if not is_stream and data.startswith(b"\x1f\x8b"):
        ran = nnc("eval", "id.nn.yaml", "rows.dat", "--to", "csv")
        assert (ran.code, ran.out, rules(ran.err)) == (1, "", ["bad-compression"])
        return
    ran = nnc("eval", "id.nn.yaml", "-" if is_stream else "rows.dat", "--to", "csv", stdin=data)
    assert (ran.code, ran.out) == (0, "b\n0\n1\n")


def test_one_object_over_several_lines(nnc: Nnc) -> None:
    ran = nnc("eval", "care.nn.yaml", "-", "--to", "csv", stdin=b'{\n  "fever": 1\n}\n')
    assert ran == (0, "n,hot\n0,0\n", "")
    ran = nnc("eval", "care.nn.yaml", "-", "--to", "csv", stdin=b'{"fever": 1}')
    assert ran == (0, "n,hot\n0,0\n", "")


@pytest.mark.parametrize(
    "data", [b"", b"\x7fELF\0\0", b'{"fever":', b"\x1f\x8bno", b"PK\x03\x04\0"]
)
def test_bytes_that_leave_a_doubt(nnc: Nnc, data: bytes) -> None:
    code, out, err = nnc("eval", "care.nn.yaml", "-", stdin=data)
    assert (code, out, rules(err)) == (2, "", ["unknown-format"])
    assert "add `--from csv`" in err
