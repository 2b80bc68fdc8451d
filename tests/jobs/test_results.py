"""Results people can use: with their inputs, as rows arrive, and as much as a screen shows."""

import io
import json
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from tests.support.running import MAIL, XOR, Nnc, environment, on_terminal, rules

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
ROWS = "bed,s,a,c,v(0),v(1)\nx,-1,200,pain,4,5\ny,1,3,alert,1,1\n"
RESULTS = "v(0),v(1),c,s,odd,sum,a\n4,5,pain,-1,0,28,200\n1,1,alert,1,1,3,3\n"


@pytest.fixture(autouse=True)
def _networks(nnc: Nnc) -> None:  # noqa: ARG001 - which goes to a folder of its own
    for name, text in (("xor", XOR), ("mail", MAIL), ("kinds", KINDS)):
        Path(f"{name}.nn.yaml").write_text(text)
    Path("kinds.csv").write_text(ROWS)


# ------------------------------------------------------------------------------ --with-inputs


def test_inputs_are_before_the_outputs(nnc: Nnc) -> None:
    run = ["eval", "kinds.nn.yaml", "kinds.csv"]
    assert nnc(*run, "--with-inputs").out == RESULTS
    kept = nnc(*run, "--with-inputs", "--extra", "keep").out.splitlines()
    assert [line.partition(",")[0] for line in kept] == ["bed", "x", "y"]
    assert [line.partition(",")[2] for line in kept] == RESULTS.splitlines()
    without = "odd,sum,a\n0,28,200\n1,3,3\n"
    assert nnc(*run).out == nnc(*run, "--without-inputs").out == without
    first = json.loads(nnc(*run, "--with-inputs", "--to", "jsonl").out.splitlines()[0])
    assert first == {"v(0)": 4, "v(1)": 5, "c": "pain", "s": -1, "odd": 0, "sum": 28, "a": 200}


@pytest.mark.parametrize("form", ["csv", "json", "jsonl", "parquet", "arrow"])
@pytest.mark.parametrize("options", [[], ["--bits"]])
def test_results_with_their_inputs_can_be_read_as_rows(
    nnc: Nnc, form: str, options: list[str]
) -> None:
    run = ["eval", "kinds.nn.yaml", "kinds.csv", "--with-inputs", *options, "-o", f"out.{form}"]
    assert nnc(*run).code == 0
    again = nnc("eval", "kinds.nn.yaml", f"out.{form}", "--with-inputs")
    assert (again.code, again.out) == (0, RESULTS)


def test_a_truth_table_can_be_read_as_rows(nnc: Nnc) -> None:
    assert nnc("eval", "mail.nn.yaml", "--all", "--set", "links=60", "-o", "all.csv").code == 0
    again = nnc("eval", "mail.nn.yaml", "all.csv", "--with-inputs")
    assert again.out == Path("all.csv").read_text()
    assert again.out.startswith("blacklisted,bayes,links,points,verdict,flags\n0,0,60,1,ham,0\n")


def test_an_array_has_inputs_only_if_asked_for(nnc: Nnc) -> None:
    run = ["eval", "xor.nn.yaml", "--all", "--to", "npy"]
    _, out, _ = nnc.raw(*run, "--with-inputs")
    assert np.load(io.BytesIO(out)).tolist() == [[0, 0, 0], [0, 1, 1], [1, 0, 1], [1, 1, 0]]
    _, out, _ = nnc.raw(*run)
    assert np.load(io.BytesIO(out)).tolist() == [[0], [1], [1], [0]]


def test_inputs_in_parquet_have_the_types_of_the_network(nnc: Nnc) -> None:
    from pyarrow import parquet

    run = ["eval", "kinds.nn.yaml", "--set", "a=1", "--set", "v=4,5", "--with-inputs"]
    assert nnc(*run, "-o", "out.parquet").code == 0
    types = {field.name: str(field.type) for field in parquet.read_schema("out.parquet")}
    assert [types[name] for name in ("v(0)", "s", "a")] == ["int64", "int64", "int64"]
    assert types["c"] == "dictionary<values=string, indices=int8, ordered=0>"


def test_a_column_of_an_input_has_one_type_in_json(nnc: Nnc) -> None:
    Path("r.nn.yaml").write_text(
        "nnc: 1\ninputs: {r: real, n: integer, w: bit(54), h: {type: bit, states: [0, 0.5]}}\n"
        "outputs: {o: n}\n"
    )
    Path("r.csv").write_text("r,n,w,h\n1,1,1,0\n0.5,2,2,0.5\n")
    run = ["eval", "r.nn.yaml", "r.csv", "--with-inputs", "--to", "json"]
    assert json.loads(nnc(*run).out) == [
        {"r": "1", "n": 1, "w": "1", "h": "0", "o": 1},
        {"r": "0.5", "n": 2, "w": "2", "h": "0.5", "o": 2},
    ]
    assert json.loads(nnc(*run, "--numbers", "float").out)[1] == {
        "r": 0.5, "n": 2, "w": 2, "h": 0.5, "o": 2
    }  # fmt: skip


def test_an_input_that_a_format_cannot_hold(nnc: Nnc) -> None:
    Path("n.nn.yaml").write_text("nnc: 1\ninputs: {n: integer, b: bit}\noutputs: {o: b}\n")
    run = ["eval", "n.nn.yaml", "--set", f"n={2**70}", "--set", "b=1", "--with-inputs"]
    code, _, err = nnc(*run, "-o", "out.parquet")
    assert (code, rules(err)) == (1, ["not-representable"])
    assert f"column `n` is {2**70} in row 1, which no int64 holds" in err


# ------------------------------------------------------------------------------------ --flush


@pytest.mark.parametrize("form", ["csv", "jsonl"])
@pytest.mark.parametrize("option", ["--flush", "--on-error=skip", "--trace"])
def test_a_result_comes_before_the_next_row(tmp_path: Path, form: str, option: str) -> None:
    header, rows = "a,b\n", ["1,0\n", "1,1\n"]
    if form == "jsonl":
        header, rows = "", ['{"a": 1, "b": 0}\n', '{"a": 1, "b": 1}\n']
    options = ["--flush", "--trace"] if option == "--trace" else [option]
    run = ["eval", "xor.nn.yaml", "-", "--from", form, "--to", "jsonl", *options]
    process = subprocess.Popen(
        [sys.executable, "-m", "nnc", *run],
        cwd=tmp_path, env=environment(), stdin=subprocess.PIPE, stdout=subprocess.PIPE,
    )  # fmt: skip
    assert process.stdin is not None
    assert process.stdout is not None
    with process.stdout:
        process.stdin.write(header.encode())
        for number, (row, xor) in enumerate(zip(rows, (1, 0), strict=True), 1):
            process.stdin.write(row.encode())
            process.stdin.flush()
            line = json.loads(process.stdout.readline())  # which waits where nothing comes
            assert line.get("xor") == xor or line.get("row") == number
        process.stdin.close()
        assert process.wait(60) == 0


@pytest.mark.parametrize("form", ["csv", "jsonl"])
def test_rejected_rows_are_there_at_once_and_after_an_end_by_a_signal(
    tmp_path: Path, form: str
) -> None:
    header, rows = "a,b\n", ["1,2\n", "1,1\n"]
    if form == "jsonl":
        header, rows = "", ['{"a": 1, "b": 2}\n', '{"a": 1, "b": 1}\n']
    wrong = tmp_path / f"wrong.{form}"
    run = ["eval", "xor.nn.yaml", "-", "--from", form, "--to", "jsonl", "--rejects", wrong.name]
    process = subprocess.Popen(
        [sys.executable, "-m", "nnc", *run],
        cwd=tmp_path, env=environment(), stdin=subprocess.PIPE, stdout=subprocess.PIPE,
    )  # fmt: skip
    assert process.stdin is not None
    assert process.stdout is not None
    with process.stdout, process.stdin:
        for text in (header, *rows):
            process.stdin.write(text.encode())
            process.stdin.flush()
        assert json.loads(process.stdout.readline()) == {"xor": 0}
        until = time.monotonic() + 30  # the result may come before what is wrong with other rows
        while "2 is not 0 or 1" not in wrong.read_text() and time.monotonic() < until:
            time.sleep(0.05)
        process.terminate()
        assert process.wait(60) == 143
    assert "2 is not 0 or 1" in wrong.read_text()


@pytest.mark.parametrize(("options", "written"), [(["--flush"], "xor\n1\n"), ([], "")])
def test_with_flush_what_came_before_a_mistake_is_written(
    nnc: Nnc, options: list[str], written: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("nnc.rows.csv.reading.CHUNK", 8)
    Path("wrong.csv").write_text("a,b\n1,0\n0,1\n1,2\n")
    code, out, err = nnc("eval", "xor.nn.yaml", "wrong.csv", *options)
    assert (code, out, rules(err)) == (1, written, ["bad-value"])


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--all", "--flush"], "--flush writes results as rows arrive; name ROWS, or give -"),
        (["-", "--flush", "--count"], "--count is known when all rows are read; remove --flush"),
        (["-", "--flush", "-o", "x.csv"], "-o writes a whole file or none; remove it, or --flush"),
        (
            ["-", "--from", "csv", "--flush", "--to", "table"],
            "--flush writes row by row, which table cannot; use --to csv or jsonl",
        ),
        (
            ["-", "--from", "csv", "--flush", "--to", "npy"],
            "--flush writes row by row, which npy cannot; use --to csv or jsonl",
        ),
        (["--all", "--on-error", "1"], "--on-error is about the rows of a file; name ROWS"),
        (
            ["kinds.csv", "--rejects", "x.csv", "--on-error", "stop"],
            "--rejects is about rows that are skipped; remove --on-error stop",
        ),
        (["--all", "--trace", "--with-inputs"], "--trace shows the inputs of each row"),
        (["--all", "--count", "--without-inputs"], "--count writes no rows"),
    ],
)
def test_wrong_use(nnc: Nnc, arguments: list[str], message: str) -> None:
    code, out, err = nnc("eval", "xor.nn.yaml", *arguments)
    assert (code, out) == (2, "")
    assert message in " ".join(err.split())


# ------------------------------------------------------------------------------ --on-error N


def test_more_rejects_than_allowed_stop_everything(nnc: Nnc) -> None:
    Path("rows.csv").write_text("a,b\n1,0\n2,0\n1,1\nx,y\n")
    run = ["eval", "xor.nn.yaml", "rows.csv", "-o", "out.csv", "--rejects", "wrong.csv"]
    code, out, err = nnc(*run, "--on-error", "1")
    assert (code, out, rules(err)) == (1, "", ["too-many-rejects"])
    assert "more than 1 row is refused" in err
    assert "--> rows.csv" in err
    assert "input `a`: 2 is not 0 or 1, in line 3" in err
    assert not Path("out.csv").exists()
    assert not Path("wrong.csv").exists()
    code, _, err = nnc(*run, "--on-error", "2")
    assert (code, rules(err)) == (0, ["rows-skipped"])
    assert Path("out.csv").read_text() == "xor\n1\n0\n"
    assert nnc("eval", "xor.nn.yaml", "rows.csv", "--on-error", "2").out == "xor\n1\n0\n"
    assert nnc("eval", "xor.nn.yaml", "rows.csv", "--on-error", "0").code == 1


@pytest.mark.parametrize("option", ["--on-error=skip", "--rejects=wrong.csv", "--on-error=9"])
def test_no_row_left_is_an_error(nnc: Nnc, option: str) -> None:
    Path("rows.csv").write_text("a,b\n2,0\nx,y\n")
    code, out, err = nnc("eval", "xor.nn.yaml", "rows.csv", option)
    assert (code, out, rules(err)) == (1, "xor\n", ["too-many-rejects"])
    assert "2 of 2 rows are refused and left out" in err
    Path("rows.csv").write_text("a,b\n")
    assert nnc("eval", "xor.nn.yaml", "rows.csv", option) == (0, "xor\n", "")


# ----------------------------------------------------------------------------------- a screen


def test_a_long_table_on_a_terminal_is_cut_and_says_so(tmp_path: Path) -> None:
    (tmp_path / "wide.nn.yaml").write_text(
        "nnc: 1\nfires: at_least\ninputs: {a: bit(6), b: real(40)}\n"
        "neurons: {n: {weights: {a: 1}, threshold: 3}}\noutputs: [n]\n"
    )
    zeros = ",".join("0" * 40)
    shell = on_terminal(
        "eval", "wide.nn.yaml", "--all", "--set", f"b={zeros}",
        cwd=tmp_path, env={"NO_COLOR": "1", "COLUMNS": "60", "LINES": "24"},
    )  # fmt: skip
    lines = shell.out.splitlines()
    assert lines[0].split() == ["a", *[f"b({i})" for i in range(7)], "…", "n"]
    assert lines[1] == "─" * len(lines[0])
    assert len(lines) == 2 + 50 + 1
    assert lines[-1] == "… 33 more inputs, 14 more rows; --to table | less -S for all"
    assert all(len(line) <= 60 and line == line.rstrip() for line in lines)


def test_a_row_alone_on_a_terminal_keeps_its_outputs(tmp_path: Path) -> None:
    (tmp_path / "wide.nn.yaml").write_text(
        "nnc: 1\ninputs: {a: {type: integer, size: 100, default: 1}}\noutputs: {first: a(0)}\n"
    )
    lines = on_terminal(
        "eval", "wide.nn.yaml", cwd=tmp_path, env={"NO_COLOR": "1", "LINES": "60"}
    ).out.splitlines()
    assert lines[0] == "a(0)    1"
    assert lines[55:] == [
        "… 45 more inputs; --to table | less for all",
        "─" * len("first   1"),
        "first   1",
    ]
