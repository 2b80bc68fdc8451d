"""Rows that break an assumption: which they are, and that Python refuses them."""

from random import Random

import numpy as np
import pytest

import nnc as library
from nnc.compiler.joint import assumption_plan
from nnc.rows.inputs.truth_table import truth_table
from nnc.run.assumptions import Assumptions
from tests.support.claims import Drawing, Judge

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


def test_python() -> None:
    network = library.loads(NETWORK)
    rows = {"lasting": [0, 1], "new": [1, 1], "age": [20, 20]}
    with pytest.raises(library.InvalidRowsError, match="row 2 breaks the assumption `apart`"):
        library.evaluate(network, rows)
    with pytest.raises(library.InvalidRowsError, match="row 1 breaks"):
        library.evaluate(network, {"lasting": 1, "new": 1, "age": 20})
    assert library.evaluate(network, {"lasting": 0, "new": 1, "age": 20}) == {"ill": 1}


def test_which_rows_are_allowed_as_the_judge_finds(chunk: int) -> None:
    rng = Random(f"assumed {chunk}")
    tried = 0
    while tried < 6:
        text = Drawing(rng).text
        if "assume" not in text or "real" in text or "integer" in text:
            continue
        tried += 1
        plan, judge = library.compile(library.loads(text)), Judge(text)
        assert assumption_plan(plan) is not None
        (batch,) = truth_table(plan.inputs, 1 << 12)
        allowed = np.flatnonzero(Assumptions(plan).broken(batch) < 0).tolist()
        inside = set(judge.allowed)
        assert allowed == [i for i, row in enumerate(judge.rows) if row in inside], text


def test_truth_tables_leave_rows_out(chunk: int) -> None:
    rng = Random(f"tables {chunk}")
    tried = 0
    while tried < 6:
        text = Drawing(rng).text
        if "assume" not in text or "real" in text or "integer" in text:
            continue
        tried += 1
        network, judge = library.loads(text), Judge(text)
        table = library.truth_table(network)
        inside = set(judge.allowed)
        numbers = [i for i, row in enumerate(judge.rows) if row in inside]
        assert (table.rows, table.left_out) == (len(numbers), len(judge.rows) - len(numbers))
        whole = library.truth_table(library.compile(network.model_copy(update={"assume": ()})))
        for alias, words in table.packed.items():
            assert (table.bits(alias) == whole.bits(alias)[:, numbers]).all()
            assert words.shape[1] == -(-table.rows // 64)
            assert table.ones()[alias] == table.bits(alias).sum(1).tolist()
        assert [table.row(i) for i in range(table.rows)] == [whole.row(i) for i in numbers]


def test_words_of_a_table_that_is_made_in_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("nnc.run.truth_tables._BATCH", 128)
    inputs = "inputs: {x: bit(10)}\n"
    neurons = "neurons: {n: {wiring: x, threshold: 5, fires: at_least}}\noutputs: [n]\n"
    text = f"nnc: 1\n{inputs}{neurons}assume:\n  - {{at_most_one: [x(0), x(3), x(9)]}}\n"
    table = library.truth_table(library.loads(text))
    allowed = [i for i in range(1 << 10) if (i & 1) + (i >> 3 & 1) + (i >> 9 & 1) < 2]
    assert table.bits("n")[0].tolist() == [int(i.bit_count() >= 5) for i in allowed]
    assert table.packed["n"].shape == (1, 8)
    assert repr(table) == "<TruthTable: 512 rows of x, 512 left out; outputs n>"


def test_pictures_in_python() -> None:
    network = library.loads(NETWORK)
    assert library.draw(network, {"lasting": 1, "new": 0, "age": 20}).svg
    with pytest.raises(library.InvalidRowsError, match="row 1 breaks the assumption `apart`"):
        library.draw(network, {"lasting": 1, "new": 1, "age": 20})
