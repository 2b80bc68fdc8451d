"""Models are models, cores cannot hold together, and every lemma follows from those before."""

import os
import signal
from itertools import product
from random import Random

import pytest

from nnc.solvers.sat import Engine, Solver
from tests.support.lemmas import refutes

ENGINES: tuple[Engine, ...] = ("cadical195", "glucose4")


def pigeons(holes: int) -> list[list[int]]:
    """One pigeon more than there are holes, each in one of its own."""
    places = range(holes)
    clauses = [[pigeon * holes + hole + 1 for hole in places] for pigeon in range(holes + 1)]
    for hole in places:
        sitting = [pigeon * holes + hole + 1 for pigeon in range(holes + 1)]
        clauses += [[-a, -b] for i, a in enumerate(sitting) for b in sitting[:i]]
    return clauses


def drawn(random: Random, variables: int, count: int) -> list[list[int]]:
    return [
        [random.choice((-1, 1)) * (1 + random.randrange(variables)) for _ in range(3)]
        for _ in range(count)
    ]


def models(clauses: list[list[int]], variables: int) -> list[tuple[bool, ...]]:
    """All assignments that satisfy the clauses, by trying every one."""
    return [
        values
        for values in product((False, True), repeat=variables)
        if all(any(values[abs(x) - 1] == (x > 0) for x in clause) for clause in clauses)
    ]


@pytest.mark.parametrize("engine", ENGINES)
def test_answers_are_those_of_trying_everything(engine: Engine) -> None:
    random = Random(os.environ["NNC_FUZZ_SEED"])
    for _ in range(60):
        clauses = drawn(random, 6, random.randrange(5, 40))
        assumptions = [random.choice((-1, 1)) * name for name in random.sample(range(1, 7), 2)]
        possible = models(clauses, 6)
        with Solver(engine, proves=True) as solver:
            solver.add(clauses)
            assert solver.solve() == bool(possible)
            if possible:
                values = {abs(x): x > 0 for x in solver.model}
                assert any(all(v == m[x - 1] for x, v in values.items()) for m in possible)
                held = [m for m in possible if all(m[abs(x) - 1] == (x > 0) for x in assumptions)]
                assert solver.solve(assumptions) == bool(held)
                if not held:
                    assert set(solver.core) <= set(assumptions)
                    units = [[x] for x in solver.core]
                    assert not models([*clauses, *units], 6)
            else:
                assert refutes(clauses, solver.lemmas())


@pytest.mark.parametrize("engine", ENGINES)
def test_a_proof_holds_and_a_broken_one_does_not(engine: Engine) -> None:
    clauses = pigeons(5)
    with Solver(engine, proves=True) as solver:
        solver.add(clauses)
        assert solver.solve() is False
        lemmas = solver.lemmas()
    assert refutes(clauses, lemmas)
    assert not refutes(clauses[1:], lemmas)
    assert not refutes(clauses, lemmas[:-1][len(lemmas) // 2 :])


def test_a_search_ends_after_its_conflicts_and_goes_on_later() -> None:
    with Solver() as solver:
        solver.add(pigeons(7))
        assert solver.solve(conflicts=500) is None
        assert 0 < solver.conflicts <= 1_000
        assert solver.solve() is False


def test_a_search_ends_where_it_is_over() -> None:
    asked = []
    with Solver() as solver:
        solver.add(pigeons(9))
        assert solver.solve(is_over=lambda: bool(asked.append(1)) or len(asked) == 3) is None
    assert len(asked) == 3


def test_ctrl_c_ends_a_search_which_can_go_on() -> None:
    with Solver() as solver:
        solver.add(pigeons(7))

        def is_over() -> bool:
            assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
            os.kill(os.getpid(), signal.SIGINT)
            return False

        with pytest.raises(KeyboardInterrupt):
            solver.solve(is_over=is_over)
        assert solver.solve() is False


def test_ctrl_c_within_a_slice_waits_for_its_end() -> None:
    """A signal during the search of a slice: python-sat would jump out of it."""
    with Solver() as solver:
        solver.add(pigeons(9))
        signal.setitimer(signal.ITIMER_REAL, 0.05)
        before = signal.signal(signal.SIGALRM, signal.default_int_handler)
        try:
            with pytest.raises(KeyboardInterrupt):
                solver.solve()
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)
            signal.signal(signal.SIGALRM, before)
        assert solver.solve(conflicts=10) is None


def test_the_empty_clause_is_never_satisfied() -> None:
    with Solver() as solver:
        solver.add([[1, 2], []])
        assert solver.solve() is False
        assert solver.core == []
