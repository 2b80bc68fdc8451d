"""`nnc eval`: rows in, results out, and nothing at all where something is wrong."""

# ruff: noqa: E501

import gzip
import io
import json
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from pyarrow import feather
from pyarrow import parquet as pq

from nnc.extras import install_line
from nnc.terminal.options import FORMATS
from tests.support.running import (
    BAD,
    MAIL,
    XOR,
    Nnc,
    environment,
    interrupted,
    on_terminal,
    rules,
    started,
    wrote,
)

ADDER = """\
nnc: 1
fires: at_least
inputs: [a, b, c]
neurons:
  carry: {wiring: [a, b, c], threshold: 2}
  sum: {weights: {a: 1, b: 1, c: 1, carry: -2}, threshold: 1}
outputs: {total: [sum, carry]}
"""
KINDS = """\
nnc: 1
fires: at_least
inputs:
  a: bit(8)
  v: {type: integer, size: 2, default: 3}
  c: {type: choice, of: [alert, voice, pain], default: voice}
  s: {type: bit, states: [-1, 1], default: -1}
neurons:
  odd: {weights: {a: [1, 0, 0, 0, 0, 0, 0, 0]}, threshold: 1}
  added: {weights: {v: 1, c: [0, 10, 20], s: 1}, threshold: 0}
outputs: {odd: odd, sum: {sum: added}, a: a}
"""
TABLE = "a,b,xor\n0,0,0\n0,1,1\n1,0,1\n1,1,0\n"
NNC = f"{sys.executable} -m nnc"


@pytest.fixture(autouse=True)
def _networks(nnc: Nnc) -> None:  # noqa: ARG001 - which goes to a folder of its own
    for name, text in (("xor", XOR), ("mail", MAIL), ("adder", ADDER), ("bad", BAD),
                       ("kinds", KINDS)):  # fmt: skip
        Path(f"{name}.nn.yaml").write_text(text)
    Path("rows.csv").write_text("a,b\n1,0\n1,1\n")


# ---------------------------------------------------------------------- where rows come from


def test_the_truth_table(nnc: Nnc) -> None:
    assert nnc("eval", "xor.nn.yaml", "--all") == (0, TABLE, "")
    # a + b + c, element 0 of the bus is the sum, element 1 the carry: the total itself
    ran = nnc("eval", "adder.nn.yaml", "--all", "--without-inputs")
    assert ran.out.split() == ["total", *"01121223"]


def test_the_truth_table_with_some_inputs_held(nnc: Nnc) -> None:
    assert nnc("eval", "xor.nn.yaml", "--all", "--set", "a=1").out == "a,b,xor\n1,0,1\n1,1,0\n"
    ran = nnc("eval", "mail.nn.yaml", "--all", "--set", "links=60", "--without-inputs")
    # 1.0 for the links; 1.7 more for the blacklist, 3.5 more for Bayes
    out = "points,verdict,flags\n1,ham,0\n4.5,suspicious,1\n2.7,ham,0\n6.2,spam,3\n"
    assert ran == (0, out, "")


def test_the_truth_table_needs_bits(nnc: Nnc) -> None:
    code, out, err = nnc("eval", "mail.nn.yaml", "--all")
    assert (code, out, rules(err)) == (1, "", ["no-truth-table"])
    assert "input `links` is an integer" in err
    assert "--set links=" in err


def test_values_on_the_command_line(nnc: Nnc) -> None:
    ran = nnc("eval", "xor.nn.yaml", "--set", "a=1", "--set", "b=0")
    assert ran == (0, "xor\n1\n", "")
    ran = nnc("eval", "mail.nn.yaml", "--set", "bayes=1", "--set", "blacklisted=1")
    assert ran.out == "points,verdict,flags\n5.2,spam,3\n"  # links by default
    ran = nnc("eval", "mail.nn.yaml", "--set=bayes=1", "--set=blacklisted=0", "--set=links=10")
    assert ran.out == "points,verdict,flags\n4,suspicious,1\n"


def test_a_network_without_inputs_needs_no_rows(nnc: Nnc) -> None:
    Path("one.nn.yaml").write_text(
        "nnc: 1\ninputs: []\nneurons:\n  x: {weights: {}, threshold: -1}\noutputs: [x]\n"
    )
    assert nnc("eval", "one.nn.yaml") == (0, "x\n1\n", "")


def test_rows_and_values_together(nnc: Nnc) -> None:
    Path("a.csv").write_text("a\n0\n1\n")
    assert nnc("eval", "xor.nn.yaml", "a.csv", "--set", "b=1") == (0, "xor\n1\n0\n", "")
    Path("mail.csv").write_text("bayes,blacklisted\n1,0\n")
    assert nnc("eval", "mail.nn.yaml", "mail.csv", "--set", "links=50").out == (
        "points,verdict,flags\n4.5,suspicious,1\n"
    )


def test_a_value_and_a_column_for_one_input_exclude_each_other(nnc: Nnc) -> None:
    code, out, err = nnc("eval", "xor.nn.yaml", "rows.csv", "--set", "b=1")
    assert (code, out) == (1, "")
    assert "`b`" in err


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("rows.csv", "a,b\n1,0\n1,1\n"),
        ("rows.json", '[{"a": 1, "b": 0}, {"b": true, "a": 1.0}]'),
        ("rows.jsonl", '{"a": 1, "b": 0}\n{"b": 1, "a": 1}\n'),
        ("rows.ndjson", '{"a": 1, "b": 0}\n{"b": 1, "a": 1}\n'),
        ("ROWS.CSV", "\ufeffb,a\r\n0,1\r\n1,1\r\n"),
    ],
)
def test_rows_in_text(nnc: Nnc, name: str, text: str) -> None:
    Path(name).write_text(text, "utf-8", newline="")
    assert nnc("eval", "xor.nn.yaml", name) == (0, "xor\n1\n0\n", "")
    form = name.rpartition(".")[2].lower().replace("ndjson", "jsonl")
    by_option = nnc("eval", "xor.nn.yaml", "-", "--from", form, stdin=Path(name).read_bytes())
    assert by_option == (0, "xor\n1\n0\n", "")


def test_rows_in_an_array(nnc: Nnc) -> None:
    np.save("rows.npy", np.array([[1, 0], [1, 1]], np.uint8))
    assert nnc("eval", "xor.nn.yaml", "rows.npy") == (0, "xor\n1\n0\n", "")
    assert nnc("eval", "xor.nn.yaml", "-", "--from", "npy",
               stdin=Path("rows.npy").read_bytes()).out == "xor\n1\n0\n"  # fmt: skip


def test_no_rows_at_all(nnc: Nnc) -> None:
    Path("none.csv").write_text("a,b\n")
    assert nnc("eval", "xor.nn.yaml", "none.csv") == (0, "xor\n", "")
    assert nnc("eval", "xor.nn.yaml", "none.csv", "--to", "json").out == "[]\n"
    assert nnc("eval", "xor.nn.yaml", "none.csv", "--to", "jsonl").out == ""


def test_the_network_from_standard_input(nnc: Nnc) -> None:
    assert nnc("eval", "-", "rows.csv", stdin=XOR.encode()).out == "xor\n1\n0\n"
    code, out, err = nnc("eval", "-", "--all", stdin=BAD.encode())
    assert (code, out, rules(err)) == (1, "", ["missing-key"] * 2)
    assert "<stdin>:1:1" in err


# ------------------------------------------------------------------ buses, choices, states


@pytest.mark.parametrize(
    ("settings", "out"),
    [
        (["a=200"], "0,15,200"),
        (["a=1,0,1,1,0,0,0,0"], "1,15,13"),
        ([f"a({i})={int(i == 3)}" for i in range(8)], "0,15,8"),
        (["a=0", "v=4,5", "c=pain", "s=1"], "0,30,0"),
        (["a=0", "v(1)=4", "v(0)=-9", "c=alert", "s=-1.0"], "0,-6,0"),
    ],
)
def test_values_of_buses_and_choices(nnc: Nnc, settings: list[str], out: str) -> None:
    options = [part for one in settings for part in ("--set", one)]
    assert nnc("eval", "kinds.nn.yaml", *options) == (0, f"odd,sum,a\n{out}\n", "")


@pytest.mark.parametrize(
    ("settings", "rule", "told", "fix"),
    [
        (["a=256"], "bad-value", "input `a`: 256 is above 255, the largest value of 8 bits", "write an integer from 0 to 255"),
        (["a="], "not-a-number", "input `a`: expected a number, found ``", "write an integer from 0 to 255"),
        (["a=1,0,1"], "bad-value", "input `a`: the list has 3 values, the bus 8 elements", "give one value for each element"),
        (["a=1,0,1,1,0,0,0,2"], "bad-value", "input `a(7)`: 2 is not 0 or 1", "write 0 or 1"),
        (["a=1,0,1,1,0,0,0,"], "not-a-number", "input `a(7)`: expected a number, found ``", "write an integer"),
        (["a(0)=1"], "missing-value", "input `a` has no value for `a(1)` and 6 more", "or one value `a` for all"),
        (["a=1", "a(0)=1"], "duplicate-column", "`a` is given whole and by element", "keep the value `a`"),
        (["a=1", "a(8)=1"], "column-not-input", "`a(8)` is not an input", "`a` has the elements a(0) to a(7)"),
        (["a=1", "v=4"], "bad-value", "input `v`: the list has 1 value, the bus 2 elements", "give one value for each element"),
        (["a=1", "v(0)=4"], "missing-value", "input `v` has no value for `v(1)`", "the default of `v` counts only where all are left out"),
        (["a=1", "c=vioce"], "bad-value", "input `c`: `vioce` is not a value of the choice", "did you mean `voice`?"),
        (["a=1", "c=alert,pain"], "bad-value", "input `c`: `alert,pain` is not a value of the choice", "write `alert`, `voice` or `pain`"),
        (["a=1", "c.pain=1"], "column-not-input", "`c.pain` is not an input, and input `c` would take its default", "`c` is a choice: give `c` the value `pain`"),
        (["a=1", "s=0"], "bad-value", "input `s`: 0 is not -1 or 1", "write -1 or 1"),
        (["a=1", "s=true"], "boolean-as-number", "input `s`: `true` is not a number", "write 1"),
    ],
)  # fmt: skip
def test_wrong_values_of_buses_and_choices(
    nnc: Nnc, settings: list[str], rule: str, told: str, fix: str
) -> None:
    options = [part for one in settings for part in ("--set", one)]
    code, out, err = nnc("eval", "kinds.nn.yaml", *options)
    assert (code, out, rules(err)) == (1, "", [rule])
    assert told in err
    assert fix in err


def test_rows_and_values_of_buses_together(nnc: Nnc) -> None:
    Path("v.csv").write_text("v(0),v(1),c\n1,2,pain\n3,4,\n")
    ran = nnc("eval", "kinds.nn.yaml", "v.csv", "--set", "a=9", "--set", "s=1")
    assert ran == (0, "odd,sum,a\n1,24,9\n1,18,9\n", "")
    np.save("v.npy", np.array([[1, 2, -1], [3, 4, 1]]))
    ran = nnc("eval", "kinds.nn.yaml", "v.npy", "--set", "a=8", "--set", "c=alert")
    assert ran == (0, "odd,sum,a\n0,2,8\n0,8,8\n", "")


@pytest.mark.parametrize("column", ["a", "a(7)"])
def test_a_value_and_a_column_of_one_bus_exclude_each_other(nnc: Nnc, column: str) -> None:
    Path("v.csv").write_text(f"v(0),v(1),{column}\n1,2,1\n")
    code, out, err = nnc("eval", "kinds.nn.yaml", "v.csv", "--set", "a=9")
    assert (code, out, rules(err)) == (1, "", ["duplicate-column"])
    assert "the input `a` has a column, and a value from --set" in err


def test_rows_of_buses_in_text(nnc: Nnc) -> None:
    Path("a.csv").write_text("a,c,s\n200,pain,1\n1,,\n")
    assert nnc("eval", "kinds.nn.yaml", "a.csv").out == "odd,sum,a\n0,27,200\n1,15,1\n"
    Path("a.jsonl").write_text(
        '{"a": 200, "c": "pain", "s": true}\n{"a": [1, 0, 0, 0, 0, 0, 0, 0]}\n'
    )
    assert nnc("eval", "kinds.nn.yaml", "a.jsonl").out == "odd,sum,a\n0,27,200\n1,15,1\n"


def test_a_table_shows_the_inputs_as_rows_give_them(nnc: Nnc) -> None:
    given = ["--set", "a=200", "--set", "c=pain", "--set", "v=4,5", "--to", "table"]
    table = [line.split() for line in nnc("eval", "kinds.nn.yaml", *given).out.splitlines()]
    # `a` is an output too and stands there, among the outputs, in the same form
    assert table[:4] == [["v(0)", "4"], ["v(1)", "5"], ["c", "pain"], ["s", "-1"]]
    assert table[5:] == [["odd", "0"], ["sum", "28"], ["a", "200"]]
    table = [
        line.split() for line in nnc("eval", "kinds.nn.yaml", *given, "--bits").out.split("\n")
    ]
    assert table[7:-1] == [[f"a({i})", bit] for i, bit in enumerate("00010011")]


def test_the_truth_table_of_a_bus_and_a_choice(nnc: Nnc) -> None:
    Path("small.nn.yaml").write_text(
        "nnc: 1\ninputs:\n  c: {type: choice, of: [low, high]}\n  a: bit(2)\n"
        "outputs: {high: c.high, a: a}\n"
    )
    every = ["eval", "small.nn.yaml", "--all"]
    header, *rows = (
        "c,high,a",
        *[f"{c},{i},{a}" for i, c in enumerate(("low", "high")) for a in range(4)],
    )
    assert nnc(*every).out.split() == [header, *rows]
    assert nnc(*every, "--set", "a=2").out.split() == [header, rows[2], rows[6]]
    assert nnc(*every, "--set", "c=high").out.split() == [header, *rows[4:]]
    elements = ["--set", "a(0)=0", "--set", "a(1)=1"]
    assert nnc(*every, *elements).out.split() == [header, rows[2], rows[6]]
    bits = "c,high,a(0),a(1)\nlow,0,0,1\nhigh,1,0,1\n"
    assert nnc(*every, "--set", "a=2", "--bits").out == bits
    code, out, err = nnc(*every, "--set", "a(0)=1")
    assert (code, out, rules(err)) == (1, "", ["missing-value"])
    assert "input `a` has no value for `a(1)`" in err


def test_a_truth_table_has_no_buses_of_numbers(nnc: Nnc) -> None:
    Path("wide.nn.yaml").write_text(
        "nnc: 1\ninputs: {v: real(2), a: bit(40), c: {type: choice, of: [x, y]}}\n"
        "outputs: {x: c.x, low: a(0)}\n"
    )
    code, out, err = nnc("eval", "wide.nn.yaml", "--all")
    assert (code, out, rules(err)) == (1, "", ["no-truth-table"])
    assert "input `v` is a bus of reals" in err
    assert "--set v=" in err
    code, out, err = nnc("eval", "wide.nn.yaml", "--all", "--set", "v=1,2")
    assert (code, out, rules(err)) == (1, "", ["no-truth-table"])
    assert "the inputs have at least 2^41 rows; at most 2^30 are allowed" in err


@pytest.mark.parametrize(
    ("kind", "example"),
    [
        ("bit(8)", "a=1"), ("bit", "a=1"), ("real", "a=1"), ("integer(2)", "a=1,1"),
        ("integer(4)", "a=1,1,1,…"), ("{type: choice, of: [x, y]}", "a=x"),
        ("{type: bit, states: [1, -1]}", "a=-1"),
        ("{type: bit, size: 2, states: [-1, 2]}", "a=2,2"),
    ],
)  # fmt: skip
def test_the_help_shows_how_to_give_a_value(nnc: Nnc, kind: str, example: str) -> None:
    Path("one.nn.yaml").write_text(f"nnc: 1\nfires: above\ninputs: {{a: {kind}}}\noutputs: [a]\n")
    code, _, err = nnc("eval", "one.nn.yaml")
    assert code == 2
    assert f"give values with --set {example}, or" in " ".join(err.split())


# -------------------------------------------------------------------------- what is written


def test_the_formats_that_are_written(nnc: Nnc) -> None:
    given = ["eval", "mail.nn.yaml", "--all", "--without-inputs", "--set", "links=0", "--to"]
    assert nnc(*given, "csv").out == (
        "points,verdict,flags\n0,ham,0\n3.5,suspicious,1\n1.7,ham,0\n5.2,spam,3\n"
    )
    rows = [{"points": "0", "verdict": "ham", "flags": 0},
            {"points": "3.5", "verdict": "suspicious", "flags": 1},
            {"points": "1.7", "verdict": "ham", "flags": 0},
            {"points": "5.2", "verdict": "spam", "flags": 3}]  # fmt: skip
    assert json.loads(nnc(*given, "json").out) == rows
    assert list(map(json.loads, nnc(*given, "jsonl").out.splitlines())) == rows
    given.remove("--without-inputs")
    table = nnc(*given, "table").out.splitlines()
    assert table[0].split() == ["blacklisted", "bayes", "links", "points", "verdict", "flags"]
    assert table[3].split() == ["0", "1", "0", "3.5", "suspicious", "1"]
    assert len(table) == 6


def test_an_array_is_written(nnc: Nnc) -> None:
    code, out, err = nnc.raw("eval", "xor.nn.yaml", "--all", "--to", "npy")
    assert (code, err) == (0, b"")
    assert np.load(io.BytesIO(out)).tolist() == [[0], [1], [1], [0]]
    _, out, _ = nnc.raw("eval", "adder.nn.yaml", "--all", "--to", "npy", "--bits")
    assert np.load(io.BytesIO(out))[:4].tolist() == [[0, 0], [1, 0], [1, 0], [0, 1]]


def test_texts_do_not_fit_an_array(nnc: Nnc) -> None:
    code, out, err = nnc("eval", "mail.nn.yaml", "--all", "--set", "links=0", "--to", "npy")
    assert (code, out, rules(err)) == (1, "", ["not-representable"])


def test_a_bus_as_bits(nnc: Nnc) -> None:
    assert nnc("eval", "adder.nn.yaml", "--all", "--bits", "--set", "a=1").out == (
        "a,b,c,total(0),total(1)\n1,0,0,1,0\n1,0,1,0,1\n1,1,0,0,1\n1,1,1,1,1\n"
    )


def test_what_was_written_can_be_read(nnc: Nnc) -> None:
    Path("id.nn.yaml").write_text("nnc: 1\ninputs: [a, b]\noutputs: [a, b]\n")
    for suffix in ("csv", "json", "jsonl", "npy"):
        ran = nnc("eval", "id.nn.yaml", "rows.csv", "-o", f"out.{suffix}")
        assert ran == (0, "", wrote(f"out.{suffix}"))
        assert nnc("eval", "id.nn.yaml", f"out.{suffix}").out == "a,b\n1,0\n1,1\n"


@pytest.mark.parametrize(
    ("name", "start"),
    [("out.csv", b"a,b,xor\n"), ("out.JSON", b"[\n"), ("out.jsonl", b'{"a"'), ("out.ndjson", b"{"),
     ("out.npy", b"\x93NUMPY")],
)  # fmt: skip
def test_the_name_of_the_file_tells_the_format(nnc: Nnc, name: str, start: bytes) -> None:
    assert nnc("eval", "xor.nn.yaml", "--all", "-o", name) == (0, "", wrote(name))
    assert Path(name).read_bytes().startswith(start)


def test_the_option_tells_more_than_the_name(nnc: Nnc) -> None:
    assert nnc("eval", "xor.nn.yaml", "--all", "-o", "x.csv", "--to", "jsonl").code == 0
    assert Path("x.csv").read_text().startswith('{"a": 0, "b": 0, "xor": 0}')


def test_the_old_file_stays_where_a_row_is_wrong(nnc: Nnc) -> None:
    Path("wrong.csv").write_text("a,b\n" + "1,0\n" * 5000 + "1,2\n")
    Path("out.csv").write_text("old\n")
    before = sorted(Path().iterdir())
    code, out, err = nnc("eval", "xor.nn.yaml", "wrong.csv", "-o", "out.csv")
    assert (code, out, rules(err)) == (1, "", ["bad-value"])
    assert "--> wrong.csv:5002:3\n" in err
    assert Path("out.csv").read_text() == "old\n"
    assert sorted(Path().iterdir()) == before


def test_a_file_keeps_its_mode_and_its_link(nnc: Nnc) -> None:
    Path("real.csv").write_text("old\n")
    Path("real.csv").chmod(0o640)
    Path("out.csv").symlink_to("real.csv")
    assert nnc("eval", "xor.nn.yaml", "--all", "-o", "out.csv").code == 0
    assert Path("out.csv").is_symlink()
    assert Path("real.csv").read_text() == TABLE
    assert Path("real.csv").stat().st_mode & 0o777 == 0o640


def test_a_file_that_cannot_be_written(nnc: Nnc) -> None:
    code, out, err = nnc("eval", "xor.nn.yaml", "--all", "-o", "none/out.csv")
    assert (code, out, rules(err)) == (2, "", ["cannot-open"])
    assert "create the folder `none` first" in err


@pytest.mark.parametrize("stop", [5, 70_000])
def test_nothing_is_written_where_any_row_is_wrong(nnc: Nnc, stop: int) -> None:
    Path("wrong.csv").write_text("a,b\n" + "1,0\n" * stop + "x,0\n")
    for form in ("csv", "json", "jsonl", "npy", "table"):
        code, out, _ = nnc("eval", "xor.nn.yaml", "wrong.csv", "--to", form)
        assert (code, out) == (1, "")
    assert nnc("eval", "xor.nn.yaml", "wrong.csv", "--trace").out == ""


# ------------------------------------------------------------------------ wrong rows and names


def test_every_wrong_cell_is_told(nnc: Nnc) -> None:
    Path("rows.csv").write_text("a,b\n1,2\nx,1\n1\n\n1,1\n")
    code, out, err = nnc("eval", "xor.nn.yaml", "rows.csv")
    assert (code, out) == (1, "")
    assert [(line.strip(), rule) for line, rule in zip(
        [line for line in err.splitlines() if "-->" in line], rules(err), strict=True)] == [
        ("--> rows.csv:2:3", "bad-value"),
        ("--> rows.csv:3:1", "not-a-number"),
        ("--> rows.csv:4:1", "row-length"),
        ("--> rows.csv:5:1", "blank-line"),
    ]  # fmt: skip
    assert err.endswith("4 errors in 1 file\n")


def test_a_column_that_is_no_input_is_named_once_and_dropped(nnc: Nnc) -> None:
    Path("rows.csv").write_text("id,a,b\nx,1,0\ny,1,1\n")
    code, out, err = nnc("eval", "xor.nn.yaml", "rows.csv")
    assert (code, out, rules(err)) == (0, "xor\n1\n0\n", ["unknown-column"])
    assert "column `id`" in err
    ran = nnc("eval", "xor.nn.yaml", "rows.csv", "--extra", "keep")
    assert ran == (0, "id,xor\nx,1\ny,0\n", "")
    code, out, err = nnc("eval", "xor.nn.yaml", "rows.csv", "--extra", "error")
    assert (code, out, rules(err)) == (1, "", ["column-not-input"])


def test_many_columns_that_are_dropped_take_few_lines(nnc: Nnc) -> None:
    names = ",".join(f"column_{i}" for i in range(40))
    Path("rows.csv").write_text(f"a,b,{names}\n1,0{',x' * 40}\n")
    code, out, err = nnc("eval", "xor.nn.yaml", "rows.csv")
    assert (code, out) == (0, "xor\n1\n")
    assert len(err.splitlines()) < 100


@pytest.mark.parametrize("header", ["A,b", "a ,b", "a,bb"])
def test_a_misspelt_column(nnc: Nnc, header: str) -> None:
    Path("rows.csv").write_text(f"{header}\n1,0\n")
    code, out, err = nnc("eval", "xor.nn.yaml", "rows.csv")
    assert (code, out, rules(err)) == (1, "", ["missing-column"])
    assert "did you mean `" in err or "remove the spaces" in err


def test_a_column_near_an_input_left_to_its_default(nnc: Nnc) -> None:
    Path("rows.csv").write_text("bayes,blacklisted,link\n1,0,60\n")
    code, out, err = nnc("eval", "mail.nn.yaml", "rows.csv")
    assert (code, out, rules(err)) == (1, "", ["column-not-input"])
    assert "did you mean `links`?" in err


def test_kept_columns_and_outputs_of_one_name(nnc: Nnc) -> None:
    Path("rows.csv").write_text("a,b,xor\n1,0,9\n")
    code, out, err = nnc("eval", "xor.nn.yaml", "rows.csv", "--extra", "keep")
    assert (code, out, rules(err)) == (1, "", ["duplicate-column"])
    assert "`--expected xor` compares the two; to keep both, rename the column" in err


def test_kept_texts_are_quoted_again(nnc: Nnc) -> None:
    text = 'note,a,b\n"a, ""b""",1,0\n"two\nlines",1,1\n,0,0\n'
    Path("rows.csv").write_text(text)
    out = nnc("eval", "xor.nn.yaml", "rows.csv", "--extra", "keep").out
    assert out == 'note,xor\n"a, ""b""",1\n"two\nlines",0\n,0\n'


@pytest.mark.parametrize(
    ("settings", "rule", "told"),
    [
        (["a=1", "bb=0"], "missing-value", "did you mean `b`?"),
        (["a=1"], "missing-value", "input `b` has no value and no default"),
        (["a=1", "b=0", "foo=1"], "column-not-input", "the inputs are a, b"),
        (["a=1", "b=2"], "bad-value", "write 0 or 1"),
        (["a=1", "b="], "", "`b`"),
        (["a=1", "b=0,5"], "not-a-number", "write 0.5, with a decimal point"),
        (["a=1", "b=yes"], "boolean-as-number", "write 1"),
        (["a=1", "b=1/2"], "bad-value", "write 0 or 1"),
        (["a=1", "b=0x1"], "number-in-other-base", "write 1"),
    ],
)
def test_wrong_values_on_the_command_line(
    nnc: Nnc, settings: list[str], rule: str, told: str
) -> None:
    options = [part for one in settings for part in ("--set", one)]
    code, out, err = nnc("eval", "xor.nn.yaml", *options)
    assert (code, out) == (1, "")
    assert len(rules(err)) == 1
    assert rule in rules(err)[0]
    assert told in err


def test_every_wrong_value_is_told(nnc: Nnc) -> None:
    err = nnc("eval", "xor.nn.yaml", "--set", "a=3", "--set", "b=x").err
    assert rules(err) == ["bad-value", "not-a-number"]


@pytest.mark.parametrize("more", [["--all"], ["rows.csv"]])
def test_values_are_checked_before_rows(nnc: Nnc, more: list[str]) -> None:
    Path("rows.csv").write_text("b\n1\n")
    code, out, err = nnc("eval", "xor.nn.yaml", *more, "--set", "aa=1")
    assert (code, out, rules(err)) == (1, "", ["column-not-input"])
    assert "did you mean `a`?" in err
    code, out, err = nnc("eval", "xor.nn.yaml", *more, "--set", "a=2")
    assert (code, out, rules(err)) == (1, "", ["bad-value"])


# ------------------------------------------------------------- rows skipped, and other files


def test_rows_with_mistakes_are_skipped(nnc: Nnc) -> None:
    Path("rows.csv").write_text("a,b\n1,0\n2,0\n1,1\nx,y\n")
    code, out, err = nnc("eval", "xor.nn.yaml", "rows.csv", "--on-error", "skip")
    assert (code, out, rules(err)) == (0, "xor\n1\n0\n", ["rows-skipped"])
    assert "2 of 4 rows are refused and left out" in err
    assert "input `a`: 2 is not 0 or 1, in line 3" in err
    code, out, err = nnc("eval", "xor.nn.yaml", "rows.csv", "--on-error", "stop")
    assert (code, out, rules(err)) == (1, "", ["bad-value", "not-a-number", "boolean-as-number"])
    ran = nnc("eval", "xor.nn.yaml", "rows.csv", "--on-error", "skip", "--count", "--to", "csv")
    assert ran.out == "output,ones,rows\nxor,1,2\n"


def test_rejected_rows_are_kept_mended_and_read(nnc: Nnc) -> None:
    Path("rows.csv").write_text("a,b\n1,0\n2,0\n1,1\n")
    code, out, err = nnc("eval", "xor.nn.yaml", "rows.csv", "--rejects", "wrong.csv.gz")
    assert (code, out, rules(err)) == (0, "xor\n1\n0\n", ["rows-skipped"])
    assert "it is in wrong.csv.gz, with what is wrong" in err
    text = gzip.decompress(Path("wrong.csv.gz").read_bytes()).decode()
    assert text == '_line,_error,a,b\n3,"NNC504 bad-value: input `a`: 2 is not 0 or 1",2,0\n'
    Path("fixed.csv").write_text(text.replace(",2,0", ",1,0"))
    code, out, err = nnc("eval", "xor.nn.yaml", "fixed.csv")
    assert (code, out, rules(err)) == (0, "xor\n1\n", ["unknown-column"])
    assert "such columns say what was wrong with rejected rows, and can be dropped" in err
    assert nnc("eval", "xor.nn.yaml", "fixed.csv", "--extra", "drop") == (0, "xor\n1\n", "")


def test_counting_advises_nothing_that_counting_refuses(nnc: Nnc) -> None:
    Path("rows.csv").write_text("id,a,b\nA1,1,0\n")
    _, out, err = nnc("eval", "xor.nn.yaml", "rows.csv", "--count", "--to", "csv")
    assert (out, rules(err)) == ("output,ones,rows\nxor,1,1\n", ["unknown-column"])
    assert "`--extra drop` does so without this warning" in err
    assert (
        nnc("eval", "xor.nn.yaml", "rows.csv", "--count", "--to", "csv", "--extra", "drop").err
        == ""
    )


def test_the_old_rejects_stay_where_the_whole_file_is_wrong(nnc: Nnc) -> None:
    Path("rows.csv").write_text('a,b\n2,0\n"1,0\n')
    Path("wrong.csv").write_text("old\n")
    before = sorted(Path().iterdir())
    code, out, err = nnc("eval", "xor.nn.yaml", "rows.csv", "--rejects", "wrong.csv", "-o", "o.csv")
    assert (code, out, rules(err)) == (1, "", ["bad-quoting"])
    assert Path("wrong.csv").read_text() == "old\n"
    assert sorted(Path().iterdir()) == before


@pytest.mark.parametrize(
    "suffix",
    ["csv", "jsonl", "json", "npy", "parquet", "arrow", "csv.gz", "json.gz", "jsonl.gz", "npy.gz"],
)
def test_every_format_from_file_to_file(nnc: Nnc, suffix: str) -> None:
    Path("id.nn.yaml").write_text("nnc: 1\ninputs: [a, b]\noutputs: [a, b]\n")
    ran = nnc("eval", "id.nn.yaml", "rows.csv", "-o", f"in.{suffix}")
    assert ran == (0, "", wrote(f"in.{suffix}"))
    assert nnc("eval", "xor.nn.yaml", f"in.{suffix}") == (0, "xor\n1\n0\n", "")
    ran = nnc("eval", "xor.nn.yaml", f"in.{suffix}", "-o", f"out.{suffix}")
    assert ran == (0, "", wrote(f"out.{suffix}"))
    assert (Path(f"out.{suffix}").read_bytes()[:2] == b"\x1f\x8b") == suffix.endswith("gz")
    again = nnc.raw("eval", "xor.nn.yaml", f"in.{suffix}", "--to", suffix.removesuffix(".gz"))
    data = Path(f"out.{suffix}").read_bytes()
    assert again == (0, gzip.decompress(data) if suffix.endswith("gz") else data, b"")


def test_a_parquet_file_is_not_in_gzip(nnc: Nnc) -> None:
    code, out, err = nnc("eval", "xor.nn.yaml", "rows.parquet.gz")
    assert (code, out, rules(err)) == (2, "", ["unknown-format"])
    assert "decompress it first, with gunzip" in err


def test_files_that_are_not_what_their_name_says(nnc: Nnc) -> None:
    Path("rows.parquet").write_text("a,b\n1,0\n")
    code, out, err = nnc("eval", "xor.nn.yaml", "rows.parquet")
    assert (code, out, rules(err)) == (1, "", ["bad-parquet"])
    assert nnc("eval", "xor.nn.yaml", "rows.parquet", "--from", "csv").out == "xor\n1\n"
    Path("rows.csv.gz").write_text("a,b\n1,0\n")
    code, out, err = nnc("eval", "xor.nn.yaml", "rows.csv.gz")
    assert (code, out, rules(err)) == (1, "", ["bad-compression"])


@pytest.mark.parametrize("arguments", [["rows.parquet"], ["rows.csv", "-o", "o.arrow"]])
def test_without_pyarrow_nothing_else_breaks(tmp_path: Path, arguments: list[str]) -> None:
    (tmp_path / "hidden/pyarrow").mkdir(parents=True)
    hidden = tmp_path / "hidden/pyarrow/__init__.py"
    hidden.write_text("raise ModuleNotFoundError('no pyarrow', name='pyarrow')\n")
    (tmp_path / "rows.parquet").write_bytes(b"PAR1")
    env = {"PYTHONPATH": str(hidden.parents[1])}
    ran = started("eval", "xor.nn.yaml", *arguments, cwd=tmp_path, env=env)
    assert (ran.returncode, ran.stdout, rules(ran.stderr.decode())) == (2, b"", ["missing-library"])
    assert install_line("data").encode() in ran.stderr
    ran = started("eval", "xor.nn.yaml", "rows.csv", cwd=tmp_path, env=env)
    assert (ran.returncode, ran.stdout) == (0, b"xor\n1\n0\n")


# ------------------------------------------------------------------------------------- usage


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ([], "NETWORK"),
        (
            ["xor.nn.yaml", "--all", "--on-error", "skip"],
            "--on-error is about the rows of a file; name ROWS",
        ),
        (
            ["xor.nn.yaml", "--all", "--rejects", "r.csv"],
            "--rejects is about the rows of a file; name ROWS",
        ),
        (
            ["xor.nn.yaml", "rows.csv", "--on-error", "stop", "--rejects", "r.csv"],
            "remove --on-error stop",
        ),
        (
            ["xor.nn.yaml", "rows.csv", "-o", "r.csv", "--rejects", "./r.csv"],
            "--rejects and -o name the same file, ./r.csv",
        ),
        (
            ["xor.nn.yaml", "rows.csv", "--rejects", "rows.csv"],
            "--rejects and ROWS name the same file, rows.csv",
        ),
        (
            ["xor.nn.yaml", "rows.csv", "--rejects", "xor.nn.yaml"],
            "--rejects and NETWORK name the same file",
        ),
        (
            ["xor.nn.yaml", "rows.csv", "--rejects", "r.parquet"],
            "as csv: give --rejects the name of a file .csv",
        ),
        (
            ["xor.nn.yaml", "rows.csv", "--trace", "--on-error", "skip"],
            "so none can be skipped; add --row N",
        ),
        (
            ["xor.nn.yaml", "--all", "--trace", "-o", "t.parquet"],
            "a trace cannot be written as parquet",
        ),
        (["xor.nn.yaml"], "no rows: name a file, or give values with --set a=1"),
        (["xor.nn.yaml", "--set", "a"], "--set a: write NAME=VALUE, for example --set a=1"),
        (["xor.nn.yaml", "--set", "=1"], "--set =1: write NAME=VALUE"),
        (["xor.nn.yaml", "--set", "a=1", "--set", "a=0"], "--set a appears twice"),
        (["xor.nn.yaml", "rows.csv", "--all"], "--all makes its own rows: remove ROWS"),
        (["-", "-"], "only one of NETWORK and ROWS can be standard input"),
        (["xor.nn.yaml", "--all", "--trace", "--bits"], "--trace shows every bit"),
        (["xor.nn.yaml", "--all", "--trace", "--threads", "1"], "--trace uses no engine"),
        (["xor.nn.yaml", "--all", "--trace", "--threads", "2"], "--trace uses no engine"),
        (["xor.nn.yaml", "--all", "--trace", "--verbose"], "--trace uses no engine"),
        (["xor.nn.yaml", "--all", "--count", "--bits"], "--count counts each bit"),
        (["xor.nn.yaml", "rows.csv", "--count", "--extra", "keep"], "remove --extra keep"),
        (["xor.nn.yaml", "--all", "--trace", "--to", "csv"], "a trace cannot be written as csv"),
        (["xor.nn.yaml", "--all", "--trace", "-o", "t.npy"], "a trace cannot be written as npy"),
        (["xor.nn.yaml", "--all", "--to", "jsom"], "jsonl"),
        (["xor.nn.yaml", "rows.csv", "--from", "table"], "csv"),
        (["xor.nn.yaml", "--all", "--sett", "a=1"], "--set"),
        (["xor.nn.yaml", "--all", "--extra", "kep"], "keep"),
        (["xor.nn.yaml", "rows.csv", "more.csv"], "more.csv"),
        (["xor.nn.yaml", "--all", "-o", "."], "directory"),
    ],
)
def test_wrong_use(nnc: Nnc, arguments: list[str], told: str) -> None:
    code, out, err = nnc("eval", *arguments)
    assert (code, out) == (2, "")
    assert told in err
    assert "Traceback" not in err


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["xor.nn.yaml", "-"], "add `--from csv`"),
        (["xor.nn.yaml", "--all", "-o", "out.txt"], "add `--to csv`"),
        (["xor.nn.yaml", "--all", "-o", "out"], "add `--to csv`"),
    ],
)
def test_a_format_that_no_name_tells(nnc: Nnc, arguments: list[str], told: str) -> None:
    code, out, err = nnc("eval", *arguments)
    assert (code, out, rules(err)) == (2, "", ["unknown-format"])
    assert told in err


def test_files_that_are_not_there(nnc: Nnc) -> None:
    code, out, err = nnc("eval", "xr.nn.yaml", "--all")
    assert (code, out, rules(err)) == (2, "", ["cannot-open"])
    assert "did you mean `xor.nn.yaml`?" in err
    code, out, err = nnc("eval", "xor.nn.yaml", "rwos.csv")
    assert (code, out, rules(err)) == (2, "", ["cannot-open"])
    assert "did you mean `rows.csv`?" in err


def test_an_invalid_network_is_told_whole(nnc: Nnc) -> None:
    code, out, err = nnc("eval", "bad.nn.yaml", "--all")
    assert (code, out, rules(err)) == (1, "", ["missing-key"] * 2)


def test_a_network_over_the_limit(nnc: Nnc) -> None:
    code, out, err = nnc("eval", "xor.nn.yaml", "--all", "--max-bytes", "9")
    assert (code, out, rules(err)) == (2, "", ["file-too-large"])


def test_a_bug_of_ours(nnc: Nnc, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr("nnc.compiler.plan.build_plan", fail)
    Path("out.csv").write_text("old\n")
    code, out, err = nnc("eval", "xor.nn.yaml", "--all", "-o", "out.csv")
    assert (code, out) == (3, "")
    assert "ZeroDivisionError" in err
    assert Path("out.csv").read_text() == "old\n"


# ------------------------------------------------------------------------------ for machines


@pytest.mark.parametrize("form", ["json", "json-lines", "sarif"])
@pytest.mark.parametrize("arguments", [
    ["bad.nn.yaml", "--all"], ["none.yaml", "--all"], ["mail.nn.yaml", "--all"],
    ["xor.nn.yaml", "none.csv"], ["xor.nn.yaml", "bad.csv"], ["xor.nn.yaml", "--set", "a=1"],
    ["xor.nn.yaml", "rows.txt"], ["xor.nn.yaml", "--all", "-o", "none/out.csv"]])  # fmt: skip
def test_failures_for_machines(nnc: Nnc, form: str, arguments: list[str]) -> None:
    Path("bad.csv").write_text("a,b\n1,2\n")
    code, out, err = nnc("eval", *arguments, "--report", form)
    assert code in (1, 2)
    assert err == ""
    assert out
    for line in out.splitlines() if form == "json-lines" else [out]:
        json.loads(line)


def test_results_for_machines(nnc: Nnc) -> None:
    Path("rows.csv").write_text("a,b,id\n1,0,x\n")
    code, out, err = nnc("eval", "xor.nn.yaml", "rows.csv", "--report", "json")
    assert (code, json.loads(out)) == (0, [{"xor": 1}])
    assert json.loads(err)["summary"]["warnings"] == 1
    out = nnc("eval", "xor.nn.yaml", "rows.csv", "--report", "json", "--trace").out
    assert json.loads(out)[0]["row"] == 1


@pytest.mark.parametrize("form", FORMATS)
def test_a_report_in_a_file_every_time(nnc: Nnc, form: str) -> None:
    Path("bad.csv").write_text("a,b\n1,2\n")
    options = ["--report", form, "--report-file", "report"]
    assert nnc("eval", "xor.nn.yaml", "bad.csv", *options).code == 1
    assert "NNC504" in Path("report").read_text()
    assert nnc("eval", "xor.nn.yaml", "rows.csv", *options).code == 0
    assert "NNC504" not in Path("report").read_text()


# --------------------------------------------------------------------------------- processes


def test_a_table_on_a_terminal_and_csv_in_a_pipe(tmp_path: Path) -> None:
    shown = on_terminal("eval", "xor.nn.yaml", "--all", "--color", "never", cwd=tmp_path)
    assert shown.code == 0
    first, _, *rows = [line.split() for line in shown.out.splitlines()]
    assert (first, rows[-1]) == (["a", "b", "xor"], ["1", "1", "0"])
    piped = started("eval", "xor.nn.yaml", "--all", cwd=tmp_path)
    assert piped.stdout == TABLE.encode()
    told = on_terminal("eval", "xor.nn.yaml", "--all", "--to", "csv", cwd=tmp_path)
    assert told.out == TABLE


def test_a_pipe_whose_reader_leaves(tmp_path: Path) -> None:
    (tmp_path / "many.csv").write_text("a,b\n" + "1,0\n" * 200_000)
    command = f"{NNC} eval xor.nn.yaml many.csv | head -n 1; exit ${{PIPESTATUS[0]}}"
    ran = subprocess.run(["bash", "-c", command], cwd=tmp_path, env=environment(), check=False,
                         capture_output=True, timeout=300)  # fmt: skip
    assert (ran.returncode, ran.stdout, ran.stderr) == (0, b"xor\n", b"")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no /dev/full")
@pytest.mark.parametrize("form", ["csv", "npy", "json"])
def test_a_full_disk_is_told_by_the_name_of_the_file(tmp_path: Path, form: str) -> None:
    ran = started("eval", "xor.nn.yaml", "--all", "--to", form, "-o", "/dev/full", cwd=tmp_path)
    assert (ran.returncode, ran.stdout) == (2, b"")
    assert b"NNC901] cannot-open: cannot write the file: No space left" in ran.stderr
    assert b"--> /dev/full" in ran.stderr


def test_no_room_to_keep_the_output_aside(tmp_path: Path) -> None:
    (tmp_path / "many.csv").write_text("a,b\n" + "1,0\n" * 200_000)
    monkeypatched = (
        "import sys, tempfile\n"
        "class Full(tempfile.SpooledTemporaryFile):\n"
        "    def write(self, data):\n"
        "        tempfile.gettempdir()\n"  # as it does when there is too much for the memory
        "        raise OSError(28, 'No space left on device')\n"
        "tempfile.SpooledTemporaryFile = Full\n"
        "from nnc.cli.main import run\n"
        "sys.exit(run(['eval', 'xor.nn.yaml', 'many.csv']))\n"
    )
    ran = subprocess.run([sys.executable, "-c", monkeypatched], cwd=tmp_path, env=environment(),
                         check=False, capture_output=True, timeout=300)  # fmt: skip
    assert (ran.returncode, ran.stdout) == (2, b"")
    assert ran.stderr.startswith(b"Error: no space left to write standard output, or to buffer it")


def test_a_chain_of_commands(tmp_path: Path) -> None:
    command = (f"printf 'a,b\\n1,0\\n' | {NNC} eval xor.nn.yaml - --from csv "
               f"--to jsonl | cat")  # fmt: skip
    ran = subprocess.run(["bash", "-c", command], cwd=tmp_path, env=environment(), check=True,
                         capture_output=True, timeout=300)  # fmt: skip
    assert ran.stdout == b'{"xor": 1}\n'


def test_ctrl_c_leaves_the_old_file(tmp_path: Path) -> None:
    (tmp_path / "out.csv").write_text("old\n")
    before = sorted(tmp_path.iterdir())
    ran = interrupted("eval", "xor.nn.yaml", "-", "--from", "csv", "-o", "out.csv", cwd=tmp_path)
    assert (ran.code, ran.out, ran.err.strip()) == (130, "", "interrupted")
    assert (tmp_path / "out.csv").read_text() == "old\n"
    assert sorted(tmp_path.iterdir()) == before


@pytest.mark.parametrize("name", ["SIGTERM", "SIGHUP"])
def test_a_signal_to_end_leaves_the_old_files(tmp_path: Path, name: str) -> None:
    for one in ("out.csv", "fix.csv"):
        (tmp_path / one).write_text("old\n")
    before = sorted(tmp_path.iterdir())
    number = signal.Signals[name]
    ran = interrupted("eval", "xor.nn.yaml", "-", "--from", "csv", "-o", "out.csv",
                      "--rejects", "fix.csv", cwd=tmp_path, by=number)  # fmt: skip
    assert (ran.code, ran.out, ran.err) == (128 + number, "", f"stopped by {name}\n")
    assert (tmp_path / "out.csv").read_text() == (tmp_path / "fix.csv").read_text() == "old\n"
    assert sorted(tmp_path.iterdir()) == before


def test_tests_of_signals_run_under_nohup_too(tmp_path: Path) -> None:
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        ran = interrupted("eval", "xor.nn.yaml", "-", "--from", "csv", "-o", "out.csv",
                          cwd=tmp_path, by=signal.SIGHUP)  # fmt: skip
    finally:
        signal.signal(signal.SIGHUP, before)
    assert (ran.code, ran.err) == (129, "stopped by SIGHUP\n")


def test_what_is_ignored_stays_ignored(tmp_path: Path) -> None:
    command = f"trap '' HUP; exec {NNC} eval xor.nn.yaml - --from csv -o out.csv"
    with subprocess.Popen(["bash", "-c", command], cwd=tmp_path, env=environment(),
                          stdin=subprocess.PIPE) as process:  # fmt: skip
        assert process.stdin is not None
        until = time.monotonic() + 60
        while not list(tmp_path.glob(".nnc-*.tmp")) and time.monotonic() < until:
            time.sleep(0.01)
        process.send_signal(signal.SIGHUP)
        process.stdin.write(b"a,b\n1,0\n")
        process.stdin.close()
        assert process.wait(60) == 0
    assert (tmp_path / "out.csv").read_text() == "xor\n1\n"


def test_names_beyond_ascii_whatever_the_locale(tmp_path: Path) -> None:
    text = XOR.replace("a:", "å:").replace("[a,", "[å,").replace("xor", "größe")
    (tmp_path / "u.nn.yaml").write_text(text, "utf-8")
    (tmp_path / "u.csv").write_text("å,b\n1,0\n", "utf-8")
    env = {"LC_ALL": "C", "PYTHONIOENCODING": "ascii"}
    ran = started("eval", "u.nn.yaml", "u.csv", cwd=tmp_path, env=env)
    assert (ran.returncode, ran.stdout.decode(), ran.stderr) == (0, "größe\n1\n", b"")
    ran = started("eval", "u.nn.yaml", "--set", "å=1", "--set", "b=1", cwd=tmp_path, env=env)
    assert (ran.returncode, ran.stdout.decode()) == (0, "größe\n0\n")


def test_a_stream_is_written_to_directly(tmp_path: Path) -> None:
    ran = subprocess.run(
        ["bash", "-c", f"{NNC} eval xor.nn.yaml --all -o /dev/stdout --to csv"],
        cwd=tmp_path, env=environment(), check=False, capture_output=True, timeout=300,
    )  # fmt: skip
    assert (ran.returncode, ran.stdout) == (0, TABLE.encode())


# ---------------------------------------------------------------------------------- --row N


def test_one_row_of_many(nnc: Nnc) -> None:
    whole = nnc("eval", "xor.nn.yaml", "rows.csv").out.splitlines()
    for number in (1, 2):
        ran = nnc("eval", "xor.nn.yaml", "rows.csv", "--row", str(number))
        assert ran == (0, f"xor\n{whole[number]}\n", "")
    given = nnc("eval", "xor.nn.yaml", "-", "--from", "csv", "--row", "2", stdin=b"a,b\n1,1\n0,1\n")
    assert given == (0, "xor\n1\n", "")
    kept = nnc("eval", "xor.nn.yaml", "-", "--from", "csv", "--row", "2", "--extra", "keep",
               stdin=b"a,b,id\n1,1,x\n0,1,y\n")  # fmt: skip
    assert kept.out == "id,xor\ny,1\n"


def test_one_row_in_every_format(nnc: Nnc) -> None:
    pytest.importorskip("pyarrow")
    text = "a,b\n" + "".join(f"{i % 2},{i // 2 % 2}\n" for i in range(9))
    Path("many.csv").write_text(text)
    whole = json.loads(nnc("eval", "xor.nn.yaml", "many.csv", "--to", "json").out)
    values = [dict(zip("ab", map(int, line.split(",")), strict=True)) for line in text.split()[1:]]
    Path("many.json").write_text(json.dumps(values))
    Path("many.jsonl").write_text("".join(f"{json.dumps(value)}\n" for value in values))
    np.save("many.npy", np.array([[value["a"], value["b"]] for value in values], np.uint8))
    Path("copy.nn.yaml").write_text("nnc: 1\ninputs: [a, b]\noutputs: [a, b]\n")
    for suffix in ("parquet", "arrow"):
        assert nnc("eval", "copy.nn.yaml", "many.csv", "-o", f"many.{suffix}").code == 0
    for suffix in ("csv", "json", "jsonl", "npy", "parquet", "arrow"):
        for number in (1, 4, 9):
            row = nnc("eval", "xor.nn.yaml", f"many.{suffix}", "--row", str(number), "--to", "json")
            assert row.code == 0
            assert json.loads(row.out) == [whole[number - 1]]
        code, out, err = nnc("eval", "xor.nn.yaml", f"many.{suffix}", "--row", "10")
        assert (code, out) == (2, "")
        assert f"--row 10: many.{suffix} has 9 rows" in err


def test_one_row_behind_the_first_batch(nnc: Nnc) -> None:
    Path("long.csv").write_text("a,b\n" + "0,0\n" * 70_000 + "0,1\n" + "1,1\n" * 70_000)
    for number, value in ((70_000, 0), (70_001, 1), (70_002, 0), (140_001, 0)):
        ran = nnc("eval", "xor.nn.yaml", "long.csv", "--row", str(number))
        assert ran == (0, f"xor\n{value}\n", "")
    assert (
        "long.csv has 140,001 rows" in nnc("eval", "xor.nn.yaml", "long.csv", "--row", "140002").err
    )


def test_a_trace_of_one_row_tells_its_number(nnc: Nnc) -> None:
    whole = nnc("eval", "xor.nn.yaml", "rows.csv", "--trace").out
    out = nnc("eval", "xor.nn.yaml", "rows.csv", "--row", "2", "--trace").out
    assert out == whole[whole.index("row 2: ") :]
    traces = json.loads(nnc("eval", "xor.nn.yaml", "rows.csv", "--trace", "--to", "json").out)
    one = nnc("eval", "xor.nn.yaml", "rows.csv", "--row", "2", "--trace", "--to", "json").out
    assert json.loads(one) == traces[1:]


def test_one_row_of_the_truth_table(nnc: Nnc) -> None:
    for name, held in (("adder", []), ("adder", ["b=1"]), ("kinds", ["v=1,1", "s=1"]),
                       ("kinds", ["v(0)=1", "v(1)=0", "c=pain"])):  # fmt: skip
        given = [word for value in held for word in ("--set", value)]
        words = ("eval", f"{name}.nn.yaml", "--all", *given, "--to", "json")
        whole = json.loads(nnc(*words).out)
        for number in (1, 2, len(whole) // 2, len(whole)):
            row = nnc(*words, "--row", str(number))
            assert row.code == 0
            assert json.loads(row.out) == [whole[number - 1]]
        code, out, err = nnc(*words, "--row", str(len(whole) + 1))
        assert (code, out) == (2, "")
        assert f"--row {len(whole) + 1}: the truth table has {len(whole)} rows" in err


def test_the_last_of_very_many_rows_is_made_alone(nnc: Nnc) -> None:
    Path("wide.nn.yaml").write_text("nnc: 1\ninputs: {x: bit(30)}\noutputs: {x: x}\n")
    last = nnc("eval", "wide.nn.yaml", "--all", "--row", str(2**30), "--to", "csv")
    assert last == (0, f"x\n{2**30 - 1}\n", "")
    beyond = nnc("eval", "wide.nn.yaml", "--all", "--row", str(10**30))
    assert (beyond.code, beyond.out) == (2, "")
    assert "the truth table has 1,073,741,824 rows" in beyond.err


@pytest.mark.parametrize(("arguments", "told"), [
    (["rows.csv", "--row", "0"], "0 is not in the range x>=1"),
    (["rows.csv", "--row", "-1"], "-1 is not in the range x>=1"),
    (["rows.csv", "--row", "first"], "'first' is not a valid integer"),
    (["rows.csv", "--row", "3"], "--row 3: rows.csv has 2 rows"),
    (["empty.csv", "--row", "1"], "--row 1: empty.csv has 0 rows"),
    (["-", "--from", "csv", "--row", "2"], "--row 2: standard input has 1 row"),
    (["--set", "a=1", "--set", "b=1", "--row", "1"], "--row takes one of many rows: name ROWS, or give --all"),
    (["--row", "1"], "--row takes one of many rows: name ROWS, or give --all"),
    (["--all", "--count", "--row", "1"], "--row evaluates one row, --count counts them; remove one"),
    (["rows.csv", "--on-error", "skip", "--row", "1"], "--row counts the rows as they are; none of them can be skipped"),
    (["rows.csv", "--rejects", "x.csv", "--row", "1"], "--row counts the rows as they are; none of them can be skipped"),
])  # fmt: skip
def test_wrong_use_of_row(nnc: Nnc, arguments: list[str], told: str) -> None:
    Path("empty.csv").write_text("a,b\n")
    for more in ([], ["-o", "out.csv"]):
        code, out, err = nnc("eval", "xor.nn.yaml", *arguments, *more, stdin=b"a,b\n1,1\n")
        assert (code, out) == (2, "")
        assert told in err
    assert not Path("out.csv").exists()


@pytest.mark.parametrize("form", ["csv", "parquet", "arrow"])
def test_columns_that_are_kept_of_no_rows(nnc: Nnc, form: str) -> None:
    Path("none.csv").write_text("id,a,b\n")
    keep = ["--extra", "keep"]
    if form != "csv":
        assert nnc("eval", "xor.nn.yaml", "none.csv", *keep, "-o", f"results.{form}").code == 0
        read = pq.read_table if form == "parquet" else feather.read_table
        names = read(f"results.{form}").schema.names
        assert names == ["id", "xor"]
        return
    assert nnc("eval", "xor.nn.yaml", "none.csv", *keep) == (0, "id,xor\n", "")
    Path("wrong.csv").write_text("id,a,b\nx,7,0\n")
    assert nnc("eval", "xor.nn.yaml", "wrong.csv", *keep, "--on-error", "skip").out == "id,xor\n"
    assert nnc("eval", "xor.nn.yaml", "wrong.csv", *keep).out == ""


def test_a_table_of_no_rows_keeps_its_columns_and_their_types(nnc: Nnc) -> None:
    for count in (0, 1):
        table = pa.table(
            {"id": pa.array([7] * count, pa.int64()), "a": [1] * count, "b": [0] * count}
        )
        pq.write_table(
            table.cast(pa.schema([("id", "int64"), ("a", "int8"), ("b", "int8")])),
            f"{count}.parquet",
        )
        assert (
            nnc(
                "eval",
                "xor.nn.yaml",
                f"{count}.parquet",
                "--extra",
                "keep",
                "-o",
                f"r{count}.parquet",
            ).code
            == 0
        )
    assert pq.read_schema("r0.parquet") == pq.read_schema("r1.parquet")
    assert pq.read_schema("r0.parquet").names == ["id", "xor"]
