"""The defaults of inputs in exported files: decided as the exact number, and run by `--verify`."""

import sqlite3
from fractions import Fraction

import pytest

import nnc
from nnc.interchange.exports import export_plan
from nnc.numbers.exact import Refused

TEXT = """\
nnc: 1
fires: FIRES
inputs: {b: bit, rate: {type: real, default: DEFAULT}}
neurons:
  c: {weights: {rate: 1}, threshold: 0.3}
outputs: {c: c, b: b}
"""


def plan_of(fires: str, default: str) -> nnc.Plan:
    return nnc.compile(nnc.loads(TEXT.replace("FIRES", fires).replace("DEFAULT", default)))


def test_a_default_of_sql_is_on_the_side_of_the_exact_number() -> None:
    for fires in ("at_least", "above", "at_most", "below"):
        for default in ("0.3", "0.29999999999999999", "0.30000000000000001", "0.7"):
            plan = plan_of(fires, default)
            text = export_plan(plan, "sql", dialect="sqlite").text
            connection = sqlite3.connect(":memory:")
            connection.execute("CREATE TABLE rows (b INTEGER, rate REAL)")
            connection.execute("INSERT INTO rows VALUES (1, NULL)")
            [(c, b)] = connection.execute(text).fetchall()
            wanted = nnc.evaluate(plan, {"b": [1], "rate": [Fraction(default)]})
            assert (c, b) == (wanted["c"][0], 1), (fires, default)


def test_a_default_that_no_double_stands_for() -> None:
    text = """\
nnc: 1
inputs: {rate: {type: real, default: 0.3}}
neurons:
  up: {weights: {rate: 1}, threshold: 0.3, fires: at_least}
  down: {weights: {rate: 1}, threshold: 0.3, fires: at_most}
outputs: [up, down]
"""
    plan = nnc.compile(nnc.loads(text))
    for language in ("js", "sql"):
        with pytest.raises(Refused, match=r"^the default 0.3 of `rate` is no double, and no"):
            export_plan(plan, language)
        assert export_plan(plan, language, floats="decimal").text
    assert export_plan(plan, "c").text  # which has no defaults
    huge = text.replace("default: 0.3", "default: 1e400")
    with pytest.raises(Refused, match="of `rate` is no double"):
        export_plan(nnc.compile(nnc.loads(huge)), "js")
