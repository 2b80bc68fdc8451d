"""Rows that are made to check exports: on cut-offs and thresholds, and beside them."""

import math
from fractions import Fraction

import nnc
from nnc.interchange.checks import made_rows
from tests.support.exports import LOAN


def test_half_of_the_numbers_lie_beside_a_cutoff() -> None:
    plan = nnc.compile(nnc.loads(LOAN))
    rows = made_rows(plan, has_doubles=True)
    assert rows == made_rows(plan, has_doubles=True)
    near = [math.nextafter(0.3, 0), 0.3, math.nextafter(0.3, 1), 0.2, 0.4]
    counts = [sum(row["rate"] == value for row in rows) for value in near]
    assert min(counts) > 20
    assert 400 < sum(counts) < 600
    assert {29999, 30000, 30001, 59999, 60000} <= {row["income"] for row in rows}
    exact = made_rows(plan, has_doubles=False)
    assert {Fraction(3, 10), Fraction(math.nextafter(0.3, 1)), Fraction(4, 10)} < {
        Fraction(row["rate"]) for row in exact
    }


def test_sums_are_brought_to_their_thresholds() -> None:
    text = (
        "nnc: 1\nfires: at_least\ninputs: {a: {type: integer, min: -1000000, max: 1000000}, "
        "b: {type: integer, min: -1000000, max: 1000000}, c: bit(90)}\n"
        "neurons:\n  p: {weights: {a: 3, b: -7}, threshold: 12345}\n"
        "  q: {wiring: c, threshold: 77}\noutputs: [p, q]\n"
    )
    rows = made_rows(nnc.compile(nnc.loads(text)), has_doubles=True)
    sums = [3 * row["a"] - 7 * row["b"] - 12345 for row in rows]
    assert sums.count(0) > 50
    assert sums.count(-1) > 50
    ones = [sum(row["c"]) for row in rows]
    assert ones.count(77) > 100
    assert ones.count(76) > 50
