"""Rows that break an assumption: refused in every format, and left out of truth tables."""

import json
from pathlib import Path

import pytest

from tests.support.running import Nnc, rules, wrote

NETWORK = """\
nnc: 1
fires: at_least
inputs: {lasting: bit, new: bit, age: {type: integer, min: 0, max: 120}}
neurons: {ill: {weights: {lasting: 1, new: 1, age: {65: 1}}, threshold: 1}}
outputs: [ill]
assume:
  - {name: apart, at_most_one: [lasting, new]}
  - {always: {age: 18..}, when: {new: 1}}
"""
BITS = (
    NETWORK.replace(", age: {type: integer, min: 0, max: 120}", "")
    .replace(", age: {65: 1}", "")
    .replace("  - {always: {age: 18..}, when: {new: 1}}\n", "")
)


def test_rows_of_a_file(nnc: Nnc) -> None:
    Path("a.nn.yaml").write_text(NETWORK)
    Path("rows.csv").write_text("lasting,new,age\n1,0,3\n1,1,30\n0,1,17\n0,1,18\n")
    code, out, err = nnc("eval", "a.nn.yaml", "rows.csv")
    assert (code, out, rules(err)) == (1, "", ["row-not-allowed"] * 2)
    assert (
        "row 2 breaks the assumption `apart`, at_most_one [lasting, new]: lasting=1, new=1" in err
    )
    assert "row 3 breaks the assumption always {age: 18..} when {new: 1}: new=1, age=17" in err
    rows = [{"lasting": 0, "new": 1, "age": 17}]
    Path("rows.json").write_text(json.dumps(rows))
    assert nnc("eval", "a.nn.yaml", "rows.json").code == 1
    assert nnc("eval", "a.nn.yaml", "--set", "lasting=1,new=1,age=40").code == 1
    assert nnc("eval", "a.nn.yaml", "--set", "lasting=1,new=0,age=4", "--trace").code == 0
    assert nnc("eval", "a.nn.yaml", "--set", "lasting=1,new=1,age=4", "--trace").code == 1


def test_a_compiled_network_refuses_them_too(nnc: Nnc) -> None:
    Path("a.nn.yaml").write_text(NETWORK)
    assert nnc("compile", "a.nn.yaml", "-o", "a.nnc").code == 0
    code, _, err = nnc("eval", "a.nnc", "--set", "lasting=1,new=1,age=40")
    assert (code, rules(err)) == (1, ["row-not-allowed"])


def test_truth_tables_leave_them_out(nnc: Nnc) -> None:
    Path("a.nn.yaml").write_text(BITS)
    code, out, err = nnc("eval", "a.nn.yaml", "--all", "--to", "csv")
    assert (code, out) == (0, "lasting,new,ill\n0,0,0\n0,1,1\n1,0,1\n")
    assert "1 row that breaks assumptions left out" in err
    code, out, _ = nnc("eval", "a.nn.yaml", "--all", "--count", "--to", "csv")
    assert out == "output,ones,rows\nill,2,3\n"


def test_cases(nnc: Nnc) -> None:
    cases = "cases:\n  - {given: {lasting: 1, new: 1, age: 3}, expect: {ill: 1}}\n"
    Path("a.nn.yaml").write_text(NETWORK + cases + "  - {file: c.csv}\n")
    Path("c.csv").write_text("lasting,new,age,ill\n0,1,9,1\n0,0,9,0\n")
    code, out, _ = nnc("test", "a.nn.yaml")
    assert (code, rules(out)) == (1, ["row-not-allowed"] * 2)
    assert "the case breaks the assumption `apart`" in out
    assert "row 1 breaks the assumption always" in out
    assert "c.csv:2:" in out


REJECTED = "lasting,new,age\n1,0,3\n1,1,30\n0,2,17\n0,1,17\n0,1,18\n0,0,x\n1,1,20\n"


def test_rejects_take_them_in_their_order(nnc: Nnc) -> None:
    Path("a.nn.yaml").write_text(NETWORK)
    Path("rows.csv").write_text(REJECTED)
    run = (
        "eval",
        "a.nn.yaml",
        "rows.csv",
        "--rejects",
        "wrong.csv",
        "--to",
        "csv",
        "--with-inputs",
    )
    code, out, err = nnc(*run)
    assert (code, out) == (0, "lasting,new,age,ill\n1,0,3,1\n0,1,18,1\n")
    assert "5 of 7 rows are refused and left out" in err
    assert "the row breaks the assumption `apart`" in err
    header, *rows = Path("wrong.csv").read_text().splitlines()
    assert header == "_line,_error,lasting,new,age"
    assert [row.partition(",")[0] for row in rows] == ["3", "4", "5", "7", "8"]
    assert rows[2] == (
        '5,"NNC523 row-not-allowed: the row breaks the assumption always {age: 18..} when '
        '{new: 1}: new=1, age=17",0,1,17'
    )
    # the rows without other mistakes are read as columns, and lines are still told
    Path("rows.csv").write_text("lasting,new,age\n1,0,3\n1,1,30\n")
    assert nnc(*run).out == "lasting,new,age,ill\n1,0,3,1\n"
    assert Path("wrong.csv").read_text().splitlines()[1].startswith("3,")


def test_rejects_of_other_formats(nnc: Nnc) -> None:
    pytest.importorskip("pyarrow")
    Path("a.nn.yaml").write_text(NETWORK)
    values = [(1, 0, 3), (1, 1, 30), (0, 2, 17), (0, 1, 17), (0, 1, 18)]
    rows = [dict(zip(("lasting", "new", "age"), row, strict=True)) for row in values]
    Path("rows.jsonl").write_text("".join(f"{json.dumps(row)}\n" for row in rows))
    Path("rows.json").write_text(json.dumps(rows, indent=1))
    pq = pytest.importorskip("pyarrow.parquet")
    pa = pytest.importorskip("pyarrow")
    pq.write_table(pa.Table.from_pylist(rows), "rows.parquet")
    for form in ("json", "jsonl", "parquet"):
        run = ("eval", "a.nn.yaml", f"rows.{form}", "--rejects", f"wrong.{form}", "--to", "csv")
        code, out, err = nnc(*run)
        assert (code, out) == (0, "ill\n1\n1\n"), form
        assert "3 of 5 rows are refused" in err, form
    lines = list(map(json.loads, Path("wrong.jsonl").read_text().splitlines()))
    wrong = json.loads(Path("wrong.json").read_text())
    table = pq.read_table("wrong.parquet").to_pylist()
    assert [row["_line"] for row in lines] == [2, 3, 4]
    for kept in (lines, wrong, table):
        assert [(row["lasting"], row["new"], row["age"]) for row in kept] == values[1:4]
        assert "NNC523 row-not-allowed: the row breaks" in kept[2]["_error"]


def test_rejects_with_a_value_for_every_row(nnc: Nnc) -> None:
    Path("a.nn.yaml").write_text(NETWORK)
    Path("rows.csv").write_text("lasting,age\n1,30\n0,17\n0,18\n")
    code, out, err = nnc(
        "eval", "a.nn.yaml", "rows.csv", "new=1", "--on-error", "skip", "--to", "csv"
    )
    assert (code, out) == (0, "ill\n1\n")
    assert "2 of 3 rows are refused" in err


def test_pictures_refuse_them(nnc: Nnc) -> None:
    Path("a.nn.yaml").write_text(NETWORK)
    Path("rows.csv").write_text("lasting,new,age\n1,0,3\n1,1,30\n")
    assert nnc("draw", "a.nn.yaml", "rows.csv", "--row", "1", "-o", "a.svg").code == 0
    code, _, err = nnc("draw", "a.nn.yaml", "rows.csv", "--row", "2", "-o", "b.svg")
    assert (code, rules(err)) == (1, ["row-not-allowed"])
    assert "row 2 breaks the assumption `apart`" in err
    assert "rows.csv" in err
    assert not Path("b.svg").exists()
    assert nnc("draw", "a.nn.yaml", "lasting=1", "new=1", "age=4", "-o", "b.svg").code == 1


def test_pages_refuse_them_or_say(nnc: Nnc) -> None:
    Path("a.nn.yaml").write_text(NETWORK)
    Path("rows.csv").write_text("lasting,new,age\n1,0,3\n1,1,30\n")
    code, out, err = nnc("view", "a.nn.yaml", "rows.csv")
    assert (code, out, rules(err)) == (1, "", ["row-not-allowed"])
    assert "row 2 breaks the assumption `apart`" in err
    assert nnc("view", "a.nn.yaml", "lasting=1", "new=1").code == 1
    code, _, err = nnc("view", "a.nn.yaml", "-o", "a.html")
    assert (code, err) == (0, wrote("a.html"))
    Path("a.nn.yaml").write_text(NETWORK + "  - {at_least_one: [lasting, new]}\n")
    code, _, err = nnc("view", "a.nn.yaml", "-o", "a.html")
    assert code == 0
    assert "the row that the page begins with breaks the assumption at_least_one" in err
    assert "give another with --set" in err


def test_compared_rows(nnc: Nnc) -> None:
    Path("a.nn.yaml").write_text(NETWORK)
    Path("b.nn.yaml").write_text(NETWORK.partition("assume")[0])
    Path("rows.csv").write_text("lasting,new,age\n1,0,3\n1,1,30\n")
    for pair in (("a.nn.yaml", "b.nn.yaml"), ("b.nn.yaml", "a.nn.yaml")):
        code, _, err = nnc("diff", *pair, "--rows", "rows.csv")
        assert "row 2 breaks the assumption `apart`" in err, (code, err)


def test_values_are_written_plain(nnc: Nnc) -> None:
    quoted = 'always: {age: "0..17|65..", lasting: "0|1"}, when: {new: "1"}'
    Path("a.nn.yaml").write_text(NETWORK + f"  - {{{quoted}}}\n")
    assert nnc("fmt", "a.nn.yaml").code == 0
    plain = '{always: {age: 0..17|65.., lasting: 0|1}, when: {new: "1"}}'
    assert f"  - {plain}\n" in Path("a.nn.yaml").read_text()
