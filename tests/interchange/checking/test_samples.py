"""Rows that are made to check exports: on cut-offs and thresholds, and beside them."""

import math
from fractions import Fraction

import nnc
from nnc.interchange.checking.samples import made_rows

LOAN = """\
nnc: 1
name: loan
fires: at_least
inputs:
  income: {type: integer, min: 0, max: 10000000}
  rate: {type: real, min: 0, max: 1}
  debts: {type: integer, min: 0, max: 100, default: 0}
  owner: bit
  kind: {type: choice, of: [new, old, class]}
neurons:
  score:
    weights: {income: {30000: 1.5, 60000: 2.5}, rate: {0.3: -0.7}, debts: -0.1, owner: 0.3,
      kind.new: 0.2}
    thresholds: {review: 0.5, accept: 1.8}
outputs:
  decision: {level: score, labels: ["it's \\"no\\"", "x\\\\", "ünï -- */"]}
cases:
  - {given: {income: 30000, rate: 0.3, owner: 1, kind: new}, expect: {decision: "x\\\\"}}
"""


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
