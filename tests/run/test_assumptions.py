"""Rows that break an assumption: which they are, and that Python refuses them."""

from random import Random

import numpy as np
import pytest

import nnc as library
from nnc.compiler.assumed import assumption_plan
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
