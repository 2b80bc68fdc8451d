"""Search for a model of clauses: the one door to the SAT solvers of python-sat.

Literals are integers as in DIMACS: variable 3 is `3`, that it is false `-3`. The search goes in
slices of conflicts, so that Ctrl-C and a limit end it within a moment; what was learned is kept.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Literal

Engine = Literal["cadical195", "glucose4", "minisat22"]
Clause = tuple[int, ...]

SLICE = 1_000  # conflicts between two looks at the limits: some hundredths of a second


class Solver:
    """A set of clauses that grows, and the search for what satisfies all of them.

    With `proves`, `lemmas` has the steps of the proof after `solve` has returned False without
    assumptions. The same calls give the same answers on every machine. Leave it by `with`, or
    call `close`: the memory is the solver's, not Python's.

    >>> with Solver() as solver:
    ...     solver.add([[1, 2], [-1, 2]])
    ...     solver.solve(), solver.model, solver.solve([-2]), solver.core
    (True, [1, 2], False, [-2])
    """

    def __init__(self, engine: Engine = "cadical195", *, proves: bool = False) -> None:
        from pysat.solvers import Solver as Backend

        self._backend: Any = Backend(engine, with_proof=proves)
        self._proves = proves
        self._waiting: list[Sequence[int]] = []
        self._has_clauses = False
        self._lemmas: list[Clause] | None = None
        self.conflicts = self.propagations = 0
        self.model: list[int] = []
        self.core: list[int] = []

    def __enter__(self) -> Solver:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Give back the memory; closing twice is as once."""
        self._backend.delete()

    def add(self, clauses: Iterable[Sequence[int]]) -> None:
        """Add clauses; an empty one is never satisfied."""
        self._waiting += clauses

    def prefer(self, literals: Sequence[int]) -> None:
        """Let the search try literals before their opposites."""
        self._take_in()
        self._backend.set_phases(literals)

    def solve(
        self,
        assumptions: Sequence[int] = (),
        *,
        conflicts: int | None = None,
        is_over: Callable[[], bool] = lambda: False,
    ) -> bool | None:
        """Return whether all clauses can be satisfied together with the assumptions.

        True sets `model`: for each variable, in order, the literal that holds. False sets `core`:
        assumptions that cannot hold together, none where the clauses alone cannot. None is given
        after so many `conflicts`, or where `is_over` says so between two slices; a later call goes
        on from there. `conflicts` and `propagations` count those of all calls.
        """
        left = conflicts
        while left is None or left > 0:
            before = self.conflicts
            budget = SLICE if left is None else min(left, SLICE)
            answer = self._slice(list(assumptions), budget)
            if answer is not None:
                return answer
            if is_over():
                return None
            if left is not None:
                left -= max(self.conflicts - before, 1)
        return None

    def lemmas(self) -> list[Clause]:
        """Return the clauses that were learned, to the empty one, each implied by those before.

        Unit propagation confirms each (RUP): with all clauses and the lemmas before it, the
        negation of its literals ends in a conflict. Of a query with assumptions there is none, as
        its lemmas follow from the clauses alone.
        """
        assert self._proves
        if self._lemmas is None:
            texts = self._backend.get_proof() or []
            self._lemmas = [
                tuple(map(int, text.split()[:-1])) for text in texts if not text.startswith("d")
            ]
        return self._lemmas

    def _slice(self, assumptions: list[int], budget: int) -> bool | None:
        """Search for a while."""
        with _deaf_to_signals():
            self._take_in()
            self._backend.conf_budget(budget)
            answer: bool | None = self._backend.solve_limited(assumptions=assumptions)
        counts = self._backend.accum_stats()
        self.conflicts, self.propagations = counts["conflicts"], counts["propagations"]
        if answer:
            self.model = self._backend.get_model()
        elif answer is False:
            self._lemmas = None
            self.core = self._backend.get_core() or []
        return answer

    def _take_in(self) -> None:
        """Hand over the clauses that were added; the variable 1 stands for the empty clause."""
        waiting, self._waiting = self._waiting, []
        for clause in waiting:
            for added in [clause] if clause else [(1,), (-1,)]:
                self._backend.add_clause(added)


class _NoThread:
    """A stand-in for the test of python-sat for the first thread of the program."""

    @staticmethod
    def check() -> bool:
        return False


@contextmanager
def _deaf_to_signals() -> Iterator[None]:
    """Let Python see Ctrl-C after a call of python-sat, not python-sat during it.

    In the first thread it would leave the solver by a jump out of the middle, and broken.
    """
    from pysat import solvers

    before = solvers.MainThread
    solvers.MainThread = _NoThread
    try:
        yield
    finally:
        solvers.MainThread = before
