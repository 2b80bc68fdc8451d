"""Threshold functions in canonical form, against their truth tables."""

from itertools import product
from random import Random

from nnc.proofs.plans.nodes import ThresholdForm, threshold_form


def test_the_form_is_the_same_exactly_where_the_function_is() -> None:
    rng = Random(1)
    tables: dict[tuple[int, ThresholdForm], tuple[bool, ...]] = {}
    forms: dict[tuple[bool, ...], ThresholdForm] = {}
    for _ in range(3000):
        weights = tuple(rng.randint(1, rng.choice([2, 4, 9])) for _ in range(rng.randint(1, 5)))
        threshold = rng.randint(-1, sum(weights) + 2)
        rows = product((0, 1), repeat=len(weights))
        table = tuple(
            sum(w for w, bit in zip(weights, row, strict=True) if bit) >= threshold for row in rows
        )
        rule = threshold_form(weights, threshold)
        assert tables.setdefault((len(weights), rule), table) == table
        assert forms.setdefault(table, rule) == rule
        dual = threshold_form(weights, sum(weights) - threshold + 1)
        assert (dual.dual, dual.shares) == (rule.level, rule.shares)
