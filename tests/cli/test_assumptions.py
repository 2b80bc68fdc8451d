"""Rows that break an assumption: refused in every format, and left out of truth tables."""

import json
from pathlib import Path

from tests.support.running import Nnc, rules

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
