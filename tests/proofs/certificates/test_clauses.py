"""Proofs by lemmas: as the solver makes them, with literals that were changed, and by chance."""

from itertools import product
from random import Random

import pytest

from nnc.proofs.certificates.refusal import RefusedError, Work
from nnc.proofs.certificates.steps import Clauses, refute
from nnc.solvers.sat import Solver
from tests.support.lemmas import refutes

Lemmas = list[tuple[int, ...]]


def is_accepted(clauses: Lemmas, lemmas: Lemmas) -> bool:
    try:
        refute(clauses, lemmas, Work())
    except RefusedError:
        return False
    return True


def is_possible(clauses: Lemmas, count: int) -> bool:
    rows = product((False, True), repeat=count)
    return any(all(any(row[abs(x) - 1] == (x > 0) for x in c) for c in clauses) for row in rows)


def test_only_what_is_impossible_is_refuted(chunk: int) -> None:
    """By the lemmas of a solver, by these with literals changed, and without any."""
    rng = Random(f"clauses {chunk}")
    for _ in range(40):
        count = rng.randint(3, 7)
        clauses = [
            tuple(rng.choice([-1, 1]) * rng.randint(1, count) for _ in range(rng.randint(1, 3)))
            for _ in range(rng.randint(3, 5 * count))
        ]
        possible = is_possible(clauses, count)
        with Solver(proves=True) as solver:
            solver.add(clauses)
            assert solver.solve() == possible
            lemmas = [] if possible else list(solver.lemmas())
        assert is_accepted(clauses, lemmas) == (not possible)
        for _ in range(5):
            changed = [tuple(-x if rng.random() < 0.3 else x for x in lemma) for lemma in lemmas]
            accepted = is_accepted(clauses, changed)
            assert accepted == refutes(clauses, changed)
            assert accepted <= (not possible)


def test_what_was_assumed_is_forgotten() -> None:
    known = Clauses(Work())
    for clause in ((1, 2), (1, -2), (-1, 3)):
        known.add(clause)
    assert known.follows([1])
    assert known.follows([3, 2])
    assert not known.follows([2])
    assert not known.follows([-3])
    known.add([-3])
    assert known.is_broken


def test_work_is_bounded() -> None:
    with pytest.raises(RefusedError, match="too much work"):
        refute([(i, -i - 1) for i in range(1, 100)], [(i,) for i in range(1, 100)], Work(50))
