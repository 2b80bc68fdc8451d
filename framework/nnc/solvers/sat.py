"""Search for a model of clauses with a SAT solver; the only module that imports python-sat.

Literals are integers as in DIMACS: 3 means that variable 3 is true, -3 that it is false. The search
runs in slices of conflicts, so that Ctrl-C or a limit ends it quickly; learned clauses are kept
between slices.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Literal

Engine = Literal["cadical195", "glucose4", "minisat22"]
Clause = tuple[int, ...]

SLICE = 1_000  # conflicts between checks of the limits: some hundredths of a second


class Solver:
    """An incremental SAT solver.

    With `proves`, `lemmas` returns the steps of the proof after `solve` has returned False without
    assumptions. The same calls give the same answers on every machine. Use it in a `with` block or
    call `close`, because Python does not manage the solver's memory.

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
        """Free the memory; closing twice is allowed."""
        self._backend.delete()

    def add(self, clauses: Iterable[Sequence[int]]) -> None:
        """Add clauses; an empty one is never satisfied."""
        self._waiting += clauses

    def prefer(self, literals: Sequence[int]) -> None:
        """Make the search try literals before their negations."""
        self._take_in()
        self._backend.set_phases(literals)

    def solve(
        self,
        assumptions: Sequence[int] = (),
        *,
        conflicts: int | None = None,
        is_over: Callable[[], bool] = lambda: False,
    ) -> bool | None:
        """Return True if all clauses can be satisfied under the assumptions, and False if not.

        True sets `model`: for each variable, in order, the literal that is true. False sets `core`:
        assumptions that contradict the clauses, or none if the clauses alone are unsatisfiable.
        None means that the search ended early, after `conflicts` conflicts or because `is_over`
        returned True between slices; a later call continues from there. The attributes `conflicts`
        and `propagations` count over all calls.
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
        """Return the learned clauses up to the empty one; each is implied by the clauses before it.

        Unit propagation confirms each (RUP): together with all earlier clauses, the negation of its
        literals leads to a conflict. Queries under assumptions need no lemmas of their own, as
        lemmas follow from the clauses alone.
        """
        assert self._proves
        if self._lemmas is None:
            texts = self._backend.get_proof() or []
            self._lemmas = [
                tuple(map(int, text.split()[:-1])) for text in texts if not text.startswith("d")
            ]
        return self._lemmas

    def _slice(self, assumptions: list[int], budget: int) -> bool | None:
        """Search until an answer or until `budget` conflicts."""
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
        """Pass added clauses to the solver; the empty one becomes (1) and (-1)."""
        waiting, self._waiting = self._waiting, []
        for clause in waiting:
            for added in [clause] if clause else [(1,), (-1,)]:
                self._backend.add_clause(added)


class _NoThread:
    """A replacement for python-sat's check for the main thread."""

    @staticmethod
    def check() -> bool:
        return False


@contextmanager
def _deaf_to_signals() -> Iterator[None]:
    """Let Python handle Ctrl-C after a call of python-sat, not python-sat during it.

    In the main thread, python-sat would jump out of the solver and leave it corrupted.
    """
    from pysat import solvers

    before = solvers.MainThread
    solvers.MainThread = _NoThread
    try:
        yield
    finally:
        solvers.MainThread = before
