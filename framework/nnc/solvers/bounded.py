"""Solve problems in bounded integers with CP-SAT; the only module that imports ortools.

One worker, a fixed seed and a limit on deterministic time make the answers reproducible. The solver
gives no proof that another program could check, so reports say "by CP-SAT".
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from threading import Thread
from typing import Any, Literal

from nnc.diagnostics.diagnostic import Diagnostic, InvalidNetworkError
from nnc.extras import install_line

LARGEST = 1 << 50  # the largest allowed sum: ortools uses 64-bit arithmetic

Verdict = Literal["optimal", "feasible", "infeasible", "unknown"]


def require_library(what: str) -> None:
    """Raise InvalidNetworkError (missing-library) if ortools is not installed."""
    try:
        import ortools.sat.python.cp_model  # noqa: F401
    except ImportError:
        message = f"{what} needs ortools, which is not installed"
        hint = install_line("solve")
        raise InvalidNetworkError([Diagnostic("missing-library", message, help=hint)]) from None


def version() -> str:
    """Return the version of ortools, such as `9.15`."""
    from importlib.metadata import version as version_of

    return ".".join(version_of("ortools").split(".")[:2])


class TooLarge(ValueError):
    """A sum may exceed the solver's 64-bit arithmetic."""


class Program:
    """A system of linear inequalities over bounded integers and bits, some conditional.

    `number` and `bit` return the index of a new variable. As a literal, the index of a bit means
    that it is 1, and `~index` that it is 0.
    """

    def __init__(self) -> None:
        from ortools.sat.python import cp_model

        self._cp = cp_model
        self._model: Any = cp_model.CpModel()
        self._variables: list[Any] = []
        self._bounds: list[tuple[int, int]] = []
        self._goal: dict[int, int] = {}
        self._values: list[int] = []
        self.bound: int | None = None
        self.is_interrupted = False

    def number(self, low: int, high: int) -> int:
        """Add an integer variable with bounds and return its index."""
        self._check(max(abs(low), abs(high)))
        self._variables.append(self._model.new_int_var(low, high, ""))
        self._bounds.append((low, high))
        return len(self._variables) - 1

    def bit(self) -> int:
        """Add a variable that is 0 or 1 and return its index."""
        self._variables.append(self._model.new_bool_var(""))
        self._bounds.append((0, 1))
        return len(self._variables) - 1

    def bounds(self, index: int) -> tuple[int, int]:
        """Return the bounds of a variable."""
        return self._bounds[index]

    def size(self, index: int) -> int:
        """Add the absolute value of a variable and return its index."""
        low, high = self._bounds[index]
        size = self.number(0, max(abs(low), abs(high)))
        self._model.add_abs_equality(self._variables[size], self._variables[index])
        return size

    def gated(self, index: int, bit: int) -> int:
        """Add the product of a number and a bit and return its index."""
        low, high = self._bounds[index]
        product = self.number(min(low, 0), max(high, 0))
        self.require({product: 1, index: -1}, 0, [bit])
        self.require({product: -1, index: 1}, 0, [bit])
        self.require({product: 1}, 0, [~bit])
        self.require({product: -1}, 0, [~bit])
        return product

    def require(self, factors: Mapping[int, int], bound: int, when: Sequence[int] = ()) -> None:
        """Require sum(factors[i] * n[i]) >= bound if all literals of `when` hold."""
        reach = sum(abs(f) * max(map(abs, self._bounds[i])) for i, f in factors.items()) + abs(
            bound
        )
        self._check(reach)
        total = sum(f * self._variables[i] for i, f in factors.items())
        if not factors:
            if bound > 0:
                self.clause([~literal for literal in when])
            return
        constraint = self._model.add(total >= bound)
        if when:
            constraint.only_enforce_if([self._literal(literal) for literal in when])

    def clause(self, literals: Iterable[int]) -> None:
        """Require that at least one literal holds."""
        self._model.add_bool_or([self._literal(literal) for literal in literals])

    def _literal(self, literal: int) -> Any:
        return self._variables[literal] if literal >= 0 else ~self._variables[~literal]

    @staticmethod
    def _check(size: int) -> None:
        if size > LARGEST:
            raise TooLarge

    def minimize(self, factors: Mapping[int, int]) -> None:
        """Minimize sum(factors[i] * n[i])."""
        self._goal = dict(factors)
        self._model.minimize(sum(f * self._variables[i] for i, f in factors.items()))

    def fix_goal(self, value: int) -> None:
        """Require the goal to equal a value, and stop minimizing it."""
        self._model.clear_objective()
        self.require(self._goal, value)
        self.require({i: -f for i, f in self._goal.items()}, -value)

    def hint(self, values: Mapping[int, int]) -> None:
        """Set the values that the search tries first."""
        self._model.clear_hints()
        for i, value in values.items():
            self._model.add_hint(self._variables[i], value)

    def take_first(self, places: Sequence[int]) -> None:
        """Return the lexicographically smallest solution in the order of these variables."""
        self._model.add_decision_strategy(
            [self._variables[i] for i in places],
            self._cp.CHOOSE_FIRST,
            self._cp.SELECT_MIN_VALUE,
        )
        self._is_fixed = True

    _is_fixed = False

    def solve(self, seconds: float, is_over: Callable[[], bool] = lambda: False) -> Verdict:
        """Search for a solution; set `values` to it and `bound` to the bound on the goal.

        `seconds` limits the solver's deterministic time. Ctrl-C or `is_over` ends the search: the
        verdict is then about the best solution so far, and `is_interrupted` is True.
        """
        solver = self._cp.CpSolver()
        parameters = solver.parameters
        parameters.num_workers = 1
        parameters.random_seed = 0
        parameters.max_deterministic_time = seconds
        parameters.catch_sigint_signal = False
        if self._is_fixed:
            parameters.search_branching = self._cp.FIXED_SEARCH
            parameters.keep_all_feasible_solutions_in_presolve = True
            parameters.symmetry_level = 0
        status: list[Any] = []
        thread = Thread(target=lambda: status.append(solver.solve(self._model)), daemon=True)
        thread.start()
        while thread.is_alive():
            try:
                thread.join(0.05)
                if is_over():
                    solver.stop_search()
            except KeyboardInterrupt:
                self.is_interrupted = True
                solver.stop_search()
        words: dict[Any, Verdict] = {
            self._cp.OPTIMAL: "optimal",
            self._cp.FEASIBLE: "feasible",
            self._cp.INFEASIBLE: "infeasible",
        }
        verdict = words.get(status[0], "unknown")
        if verdict in ("optimal", "feasible"):
            self._values = [int(solver.value(variable)) for variable in self._variables]
            self.bound = round(solver.best_objective_bound) if self._goal else None
        return verdict

    @property
    def values(self) -> list[int]:
        """The values of all variables in the last solution."""
        return self._values
