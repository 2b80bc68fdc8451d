"""Verdicts on random pairs of networks, against the full truth tables of the oracle."""

from fractions import Fraction
from random import Random

import nnc
from nnc.proofs.comparison.behaviour import compare_behaviour
from tests.support.pairs import (
    Network,
    mutant,
    network,
    rewritten,
    rows_of,
    text_of,
    truth_table,
)
from tests.support.regions import check_claims


def check(before: Network, after: Network, *, is_rewritten: bool = False) -> list[str]:
    """Check every verdict; give what kinds they are."""
    tables = truth_table(before), truth_table(after)
    rows = rows_of(before)
    plans = [nnc.compile(nnc.loads(text_of(one))) for one in (before, after)]
    told = text_of(before) + "---\n" + text_of(after)
    kinds = []
    for one in compare_behaviour(*plans, budget=0).verdicts:
        if any(one.output not in table for table in tables):
            assert one.kind == ("removed" if one.output in tables[0] else "added")
            continue
        pairs = zip(tables[0][one.output], tables[1][one.output], strict=True)
        differing = [row for row, (x, y) in zip(rows, pairs, strict=True) if x != y]
        assert one.kind == ("differs" if differing else "equal"), told
        if is_rewritten:
            assert one.how == "same normal form", told
        kinds.append(one.kind)
        if one.differing is not None:
            assert one.tried == one.total
            assert one.total
            assert Fraction(one.differing, one.total) == Fraction(len(differing), len(rows)), told
        if differing:
            assert one.counterexample is not None
            assert one.counterexample.inputs.items() <= differing[0].items(), told
            check_claims(one, rows, *(table[one.output] for table in tables))
            place = rows.index(differing[0])
            shown = [one.counterexample.before, one.counterexample.after]
            assert shown == [table[one.output][place] for table in tables]
    return kinds


def test_pairs(chunk: int) -> None:
    """Of 10 pairs in each chunk half are the same in other words."""
    rng = Random(f"pairs {chunk}")
    for _ in range(5):
        one = network(rng)
        assert set(check(one, rewritten(rng, one), is_rewritten=True)) == {"equal"}
        check(one, network(rng, one["inputs"]))


def test_mutants(chunk: int) -> None:
    """One weight is another: 5 in each chunk."""
    rng = Random(f"mutants {chunk}")
    for _ in range(5):
        one = network(rng)
        check(one, mutant(rng, one))
