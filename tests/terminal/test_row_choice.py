"""`--row N` reads one row, whatever is wrong with others, in every command and format."""

import io
import json
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from pyarrow import parquet

from tests.support.running import Nnc

NETWORK = "nnc: 1\ninputs: {a: bit, n: integer}\nneurons: {s: {weights: {a: 1, n: 1}, threshold: 2}}\noutputs: [s]\n"  # noqa: E501
ROWS = ((1, 1), (7, 1), (0, 3), (9, 9), (1, 5))
"""Of these, rows 2 and 4 have mistakes."""

COMMANDS = [("eval",), ("eval", "--trace"), ("why",), ("draw",)]


def stored(form: str) -> bytes:
    if form == "csv":
        return ("a,n\n" + "".join(f"{a},{n}\n" for a, n in ROWS)).encode()
    objects = [json.dumps({"a": a, "n": n}) for a, n in ROWS]
    if form in ("json", "jsonl"):
        return ("\n".join(objects) if form == "jsonl" else f"[{','.join(objects)}]").encode()
    out = io.BytesIO()
    if form == "npy":
        np.save(out, np.array(ROWS))
    else:
        table = pa.table({"a": [a for a, _ in ROWS], "n": [n for _, n in ROWS]})
        parquet.write_table(table, out)
    return out.getvalue()


@pytest.fixture(autouse=True)
def _folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("a.nn.yaml").write_text(NETWORK)
    for form in ("csv", "json", "jsonl", "npy", "parquet"):
        Path(f"r.{form}").write_bytes(stored(form))


@pytest.mark.parametrize("form", ["csv", "json", "jsonl", "npy", "parquet"])
@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_mistakes_in_other_rows_do_not_count(nnc: Nnc, command: tuple[str, ...], form: str) -> None:
    name, *options = command
    for number in (1, 3, 5):
        code, _, err = nnc(name, "a.nn.yaml", f"r.{form}", "--row", str(number), *options)
        assert (code, err) == (0, ""), err
    for number, value in ((2, 7), (4, 9)):
        code, _, err = nnc(name, "a.nn.yaml", f"r.{form}", "--row", str(number), *options)
        assert code == 1
        assert f"input `a`: {value} is not 0 or 1" in err
        assert err.count("error[") == 1
    code, _, err = nnc(name, "a.nn.yaml", f"r.{form}", "--row", "6", *options)
    assert code == 2
    assert f"--row 6: r.{form} has 5 rows" in err


def test_the_row_is_the_one_of_that_number(nnc: Nnc) -> None:
    for form in ("csv", "json", "jsonl", "npy", "parquet"):
        for number in (1, 3, 5):
            out = nnc("eval", "a.nn.yaml", f"r.{form}", "--row", str(number), "--trace").out
            a, n = ROWS[number - 1]
            assert out.startswith(f"row {number}: a={a}, n={n}\n")


def test_standard_input_is_read_again(nnc: Nnc) -> None:
    words = ("a.nn.yaml", "-", "--from", "csv", "--row")
    for command in (("eval",), ("why",)):
        assert nnc(*command, *words, "3", stdin=stored("csv")).code == 0
        code, _, err = nnc(*command, *words, "2", stdin=stored("csv"))
        assert code == 1
        assert "<stdin>:3:1" in err
        assert (
            "--row 6: standard input has 5 rows"
            in nnc(*command, *words, "6", stdin=stored("csv")).err
        )


@pytest.mark.parametrize(
    ("file", "text"),
    [
        ("j.jsonl", '{"a": 1, "n": 1}\nno\n{"a": 0, "n": 3}\n'),
        ("j.json", '[{"a": 1, "n": 1}, 5, {"a": 0, "n": 3}]'),
        ("q.csv", 'a,n\n1,1\n1,5" pipe\n0,3\n'),
        ("w.csv", "a,n\n1,1\n1\n0,3\n"),
        ("b.csv", "a,n\n1,1\n,\n0,3\n"),
    ],
)
def test_rows_that_are_none_have_numbers_too(nnc: Nnc, file: str, text: str) -> None:
    Path(file).write_text(text)
    out = nnc("eval", "a.nn.yaml", file, "--row", "3", "--trace").out
    assert out.startswith("row 3: a=0, n=3\n")
    assert nnc("eval", "a.nn.yaml", file, "--row", "2").code == 1


def test_no_more_is_read_than_has_to_be(nnc: Nnc, monkeypatch: Any) -> None:
    monkeypatch.setattr("nnc.rows.csv.reading.CHUNK", 64)
    Path("q.csv").write_text("a,n\n" + "1,1\n" * 100 + '1,"1\n')
    assert nnc("eval", "a.nn.yaml", "q.csv", "--row", "5").code == 0
    code, _, err = nnc("eval", "a.nn.yaml", "q.csv", "--row", "101")
    assert code == 1
    assert "the quote is not closed" in err
