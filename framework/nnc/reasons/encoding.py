"""The nodes of a graph as variables of a SAT solver, with the clauses that define them.

Literals are as in the solver: 3 means that variable 3 is 1, and -3 that it is 0. Variable 1 is
always 1.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from nnc.proofs.plans import Gate, Leaf, Mixed
from nnc.reasons.finder import UndecidedError
from nnc.reasons.question import Question, Ways
from nnc.solvers.sat import Solver
from nnc.solvers.weighted import WeightedSum

TRUE, FALSE = 1, -1
_MAX_VERTICES = 1 << 16  # of one neuron
_MAX_ALL_VERTICES = 1 << 18  # of all neurons
_LARGE = 1 << 16  # variables from which on other outputs get an encoding of their own
_SLICE = 200  # conflicts between two looks at the work that is left


class Encoding:
    """The literals of nodes, created on demand; all outputs share them.

    Raises UndecidedError if a circuit is too large, or not known.
    """

    def __init__(self, question: Question) -> None:
        self._shared = question.shared
        self.literals = {0: FALSE}
        """The literal of each node that is encoded, numbers left out."""
        self.solver = Solver("minisat22")
        self.solver.add([[TRUE]])
        self.size = 1
        """The number of variables."""
        self._both: dict[tuple[int, int], int] = {}
        self._chosen: dict[tuple[int, int, int], int] = {}
        self._sums: dict[tuple[tuple[int, int], ...], WeightedSum] = {}
        self._last = 0

    @property
    def is_large(self) -> bool:
        """True if other outputs should be encoded apart, so that each has room."""
        return self.size >= _LARGE

    def add(self, roots: Iterable[int]) -> None:
        """Create the literals of nodes, and of all their sources."""
        for node in sorted(self._shared.cone(roots) - self.literals.keys()):
            definition = self._shared.nodes[node]
            if isinstance(definition, Gate):
                literals = map(self.of, definition.literals)
                terms = zip(literals, definition.weights, strict=True)
                self.literals[node] = self.neuron(terms, definition.threshold)
            elif isinstance(definition, Mixed) and not definition.factors:
                raise UndecidedError
            elif not (isinstance(definition, Leaf) and definition.is_number):
                self.literals[node] = self._variable()

    def of(self, literal: int) -> int:
        """Return the solver's literal for a literal of the graph."""
        own = self.literals[literal >> 1]
        return -own if literal & 1 else own

    def of_ways(self, ways: Ways) -> int:
        """Return a literal that holds if any of some ways holds."""
        self.add({literal >> 1 for way in ways for literal in way})
        return -self.every([-self.every([self.of(each) for each in way]) for way in ways])

    def _variable(self) -> int:
        self.size += 1
        return self.size

    def both(self, first: int, second: int) -> int:
        """Return the literal that holds if two hold."""
        if first == FALSE or second == FALSE or first == -second:
            return FALSE
        if first in (TRUE, second):
            return second
        if second == TRUE:
            return first
        key = (first, second) if first < second else (second, first)
        made = self._both.get(key)
        if made is None:
            made = self._both[key] = self._variable()
            self.solver.add([[-made, first], [-made, second], [made, -first, -second]])
        return made

    def every(self, literals: Iterable[int]) -> int:
        """Return the literal that holds if all hold."""
        value = TRUE
        for each in literals:
            value = self.both(value, each)
        return value

    def neuron(self, terms: Iterable[tuple[int, int]], threshold: int) -> int:
        """Return the literal of a sum that reaches a threshold."""
        weights: dict[int, int] = {}
        for literal, weight in terms:
            if literal < 0:  # w * (1 - x) is w - w * x
                threshold -= weight
                literal, weight = -literal, -weight
            weights[literal] = weights.get(literal, 0) + weight
        threshold -= weights.pop(TRUE, 0)
        positive = []
        for variable, weight in weights.items():
            if weight < 0:
                threshold -= weight
            if weight:
                positive.append((variable if weight > 0 else -variable, abs(weight)))
        positive.sort(key=lambda term: (-term[1], term[0]))
        self._last = min(self.size + _MAX_VERTICES, _MAX_ALL_VERTICES)
        key = tuple(positive)
        known = self._sums.get(key)
        if known is None:  # the same sum is often compared with other thresholds
            known = self._sums[key] = WeightedSum(positive, self._choice, FALSE, TRUE)
        return known.reaches(threshold)

    def _choice(self, source: int, on: int, off: int) -> int:
        """Return the literal that equals `on` if a source is 1, else `off`, which is rarer."""
        if self.size >= self._last:
            raise UndecidedError
        if off == FALSE:
            return self.both(source, on)
        if on == TRUE:
            return -self.both(-source, -off)
        key = (source, on, off)
        made = self._chosen.get(key)
        if made is None:
            made = self._chosen[key] = self._variable()
            self.solver.add([[-made, on], [-made, source, off], [made, -off], [made, -source, -on]])
        return made

    def searched(self, literals: Sequence[int], work: int) -> bool | None:
        """Return whether all literals can hold, or None if the propagations do not suffice.

        The solver has the model, or the core.
        """
        end = self.solver.propagations + work
        assumed = [each for each in dict.fromkeys(literals) if each != TRUE]
        answer: bool | None = None
        while answer is None and self.solver.propagations < end:
            answer = self.solver.solve(assumed, conflicts=_SLICE)
        return answer
