"""Rows that break an assumption in exported files: refused, or said to be answered."""

from itertools import product
from pathlib import Path
from typing import Any

import pytest

import nnc
from nnc.interchange.checks import Checking, check_file, tool_of
from nnc.interchange.exports import export_plan
from nnc.interchange.languages import LANGUAGES
from nnc.interchange.programs import ToolMissing

TEXT = """\
nnc: 1
fires: at_least
inputs:
  a: bit
  b: bit
  c: {type: bit, states: [-1, 1]}
  k: {type: integer, min: 0, max: 5}
  w: {type: choice, of: [x, y, z]}
assume:
  - {at_most_one: [a, b]}
  - {never: {k: 3, a: 1}}
  - {never: {k: 5}, when: {w: y}}
  - {at_least_one: [a, b], when: {c: 1}}
neurons: {n: {weights: {a: 1, b: 1, k: 1, c: 1}, threshold: 2}}
outputs: [n]
"""


def is_allowed(row: dict[str, Any]) -> bool:
    a, b, c, k, w = row.values()
    if a + b > 1 or (k == 3 and a) or (w == "y" and k == 5):
        return False
    return c != 1 or a + b >= 1


@pytest.mark.parametrize("language", [word for word, one in LANGUAGES.items() if one.refuses])
def test_a_row_that_breaks_an_assumption_is_refused(language: str, tmp_path: Path) -> None:
    plan = nnc.compile(nnc.loads(TEXT))
    dialect = "sqlite" if language == "sql" else None
    rows = [
        dict(zip(plan.inputs, values, strict=True))
        for values in product((0, 1), (0, 1), (-1, 1), range(6), "xyz")
    ]
    export = export_plan(plan, language, dialect=dialect)
    try:
        answers = tool_of(language, dialect).run(export.data, plan, rows, tmp_path)
    except ToolMissing:
        pytest.skip("what runs it is missing")
    for row, answer in zip(rows, answers, strict=True):
        a, b, c, k, _ = row.values()
        wanted = int(a + b + c + k >= 2) if is_allowed(row) else None
        assert answer == {"n": wanted}, row
    check = check_file(export.data, plan, export.exactness, Checking(language, dialect))
    assert check.agrees, str(check)


@pytest.mark.parametrize(
    "language",
    [word for word, one in LANGUAGES.items() if not one.refuses],
)
def test_what_refuses_no_row_says_that_it_answers_those_that_are_not_allowed(language: str) -> None:
    export = export_plan(nnc.compile(nnc.loads(TEXT)), language)
    assert "that the assumptions allow: others are not refused here" in export.exactness.words
    assert language == "aiger" or b"that the assumptions allow" in export.data
