"""Find by SAT in which rows each neuron fires; no weight occurs in the search.

The search is for the column of a neuron: its bit in every row. A column is possible exactly if its
conditions on the blanks do not contradict each other. Every contradiction in a model of the solver
becomes a clause, which is valid for all weights. So "impossible" does not depend on a range.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from nnc.filling.search.directions import add_directions
from nnc.filling.search.formula import Formula, negation
from nnc.filling.search.separable import Contradiction, decide, find_sums
from nnc.filling.search.skeleton import (
    Bit,
    Condition,
    Place,
    Skeleton,
    conditions_of,
    groups,
)
from nnc.numbers.exact import Number
from nnc.solvers.sat import Solver

_MOST_ROWS = 8  # rows of a contradiction up to which its clause covers all columns of the sources


@dataclass
class Columns:
    """The result of a search: in each row the value of every signal, or None.

    Without values either no columns satisfy the rows, or the search has reached its limit.
    """

    worth: list[dict[int, Number]] | None
    is_impossible: bool = False
    conflicts: int = 0


@dataclass
class ColumnSearch:
    """The search for columns of a skeleton whose rows are settled."""

    skeleton: Skeleton
    is_over: Callable[[], bool] = lambda: False

    def __post_init__(self) -> None:
        self._formula = Formula(self.skeleton)
        self._directed: set[int] = set()
        self._seen: set[tuple[int, tuple[tuple[int, int], ...]]] = set()
        self._groups = groups(self.skeleton)
        self._siblings = list(self._alike())

    # ------------------------------------------------------------------ clauses

    def _encode(self) -> None:
        """Add what is expected, what fixed neurons do, and the order of those that are alike."""
        for r, row in enumerate(self.skeleton.rows):
            for c, cell in enumerate(self.skeleton.cells):
                for signal in cell.signals:
                    self._formula.literal(signal, r)
                if not cell.blanks:
                    for i in range(len(cell.thresholds)):
                        self._formula.encode_fixed(c, i, r)
            for demand in row.demands:
                if isinstance(demand, Bit):
                    literal = self._formula.literal(demand.signal, r)
                    self._formula.add([literal if demand.fires else negation(literal)])
        for c, cell in enumerate(self.skeleton.cells):
            if len(cell.thresholds) == 1 and self._is_reversible(c):
                first = self._formula.literal(cell.first, 0)
                self._formula.add([negation(first)])
        for before, after in self._siblings:
            self._order(before, after)
        self._directed = add_directions(self._formula)

    # ------------------------------------------------------------------ symmetry

    def _is_free(self, place: int) -> bool:
        """Return whether all numbers of a cell are open and without bounds."""
        cell = self.skeleton.cells[place]
        entries = (*cell.weights, *cell.thresholds)
        blanks = [e.blank for e in entries if isinstance(e, Place)]
        return len(set(blanks)) == len(entries) and all(
            (b := self.skeleton.blanks[blank]).low is None and b.high is None for blank in blanks
        )

    def _readers(self, place: int) -> list[int]:
        signals = self.skeleton.cells[place].signals
        return [
            c
            for c, cell in enumerate(self.skeleton.cells)
            if any(source in signals for source in cell.sources)
        ]

    def _is_hidden(self, place: int) -> bool:
        """Return whether no row expects anything of a cell itself."""
        return place not in self.skeleton.demanded

    def _is_reversible(self, place: int) -> bool:
        """Return whether a cell may be inverted, as its readers can negate its weight."""
        if not (self._is_free(place) and self._is_hidden(place)):
            return False
        summed = self.skeleton.compared
        return all(self._is_free(c) and c not in summed for c in self._readers(place))

    def _alike(self) -> Iterator[tuple[int, int]]:
        """Yield neighbours among cells that can change places, in the order of the file."""
        kinds: dict[object, list[int]] = {}
        for c, cell in enumerate(self.skeleton.cells):
            if len(cell.thresholds) == 1 and self._is_free(c) and self._is_hidden(c):
                readers = self._readers(c)
                if all(self._is_free(reader) for reader in readers):
                    worth = (
                        self.skeleton.worth(cell.first, fires=False),
                        self.skeleton.worth(cell.first, fires=True),
                    )
                    kinds.setdefault((frozenset(cell.sources), tuple(readers), worth), []).append(c)
        for places in kinds.values():
            yield from pairwise(places)

    def _order(self, before: int, after: int) -> None:
        """Ask that the column of one cell is not after that of another: silent comes first."""
        first, second = self.skeleton.cells[before].first, self.skeleton.cells[after].first
        equal: int | bool = True
        for r in range(len(self.skeleton.rows)):
            a, b = self._formula.literal(first, r), self._formula.literal(second, r)
            self._formula.add([negation(equal), negation(a), b])
            following = self._formula.new()
            self._formula.add([negation(equal), a, b, following])
            self._formula.add([negation(equal), negation(a), negation(b), following])
            equal = following

    # ------------------------------------------------------------------ search

    def run(self, conflicts: int) -> Columns:
        """Search for columns within a limit of solver conflicts."""
        self._encode()
        sent = 0
        with Solver("glucose4") as solver:
            while True:
                solver.add(self._formula.clauses[sent:])
                sent = len(self._formula.clauses)
                left = conflicts - solver.conflicts
                answer = solver.solve(conflicts=left, is_over=self.is_over) if left > 0 else None
                if answer is None:
                    return Columns(None, conflicts=solver.conflicts)
                if answer is False:
                    return Columns(None, is_impossible=True, conflicts=solver.conflicts)
                worth = self._worth(solver.model)
                if not self._refine(worth):
                    return Columns(worth, conflicts=solver.conflicts)
                if self.is_over():
                    return Columns(None, conflicts=solver.conflicts)

    def _worth(self, model: Sequence[int]) -> list[dict[int, Number]]:
        """Return what every signal is worth in each row of a model."""
        rows = [dict(row.known) for row in self.skeleton.rows]
        for (signal, row), variable in self._formula.variables.items():
            fires = variable <= len(model) and model[variable - 1] > 0
            rows[row][signal] = self.skeleton.worth(signal, fires=fires)
        return rows

    def _refine(self, worth: list[dict[int, Number]]) -> bool:
        """Add what forbids the columns of a model that are impossible; return whether there are."""
        before = len(self._formula.clauses)
        for group in self._groups:
            conditions = conditions_of(self.skeleton, group, worth)
            many = [] if self._directed.issuperset(group) else find_many(conditions)
            contradiction = None
            if not many:
                contradiction = decide(self.skeleton.blanks, conditions, skips_sums=True)
            for reason in many or ([contradiction] if contradiction is not None else []):
                self._forbid(reason, worth)
        return len(self._formula.clauses) > before

    def _forbid(self, contradiction: Contradiction, worth: list[dict[int, Number]]) -> None:
        cells = {condition.cell for condition in contradiction.conditions if condition.row >= 0}
        rows = {condition.row for condition in contradiction.conditions}
        is_of_bits = all(
            condition.fires is not None and condition.row >= 0
            for condition in contradiction.conditions
        )
        if is_of_bits and len(cells) == 1 and len(rows) <= _MOST_ROWS:
            (place,) = cells
            if self._is_free(place) and len(self.skeleton.cells[place].thresholds) == 1:
                factors = tuple(
                    sorted(
                        (c.row, factor if c.fires else -factor)
                        for c, factor in zip(
                            contradiction.conditions, contradiction.factors, strict=True
                        )
                    )
                )
                for other in self._places_like(place):
                    self._forbid_sums(other, factors)
                return
        self._forbid_rows(contradiction, worth)

    def _places_like(self, place: int) -> list[int]:
        """Return the free cells that read the same, the cell itself first."""
        sources = set(self.skeleton.cells[place].sources)
        return [place] + [
            c
            for c, cell in enumerate(self.skeleton.cells)
            if c != place
            and set(cell.sources) == sources
            and len(cell.thresholds) == 1
            and self._is_free(c)
        ]

    def _forbid_sums(self, place: int, factors: tuple[tuple[int, int], ...]) -> None:
        """Forbid that rows whose sources have the same sum all fire on one side only.

        `factors` are above 0 for rows that fire, below for those that do not.
        """
        cell = self.skeleton.cells[place]
        for sign in (1, -1):
            signed = tuple((row, sign * factor) for row, factor in factors)
            if (place, signed) in self._seen:
                continue
            self._seen.add((place, signed))
            clause: list[int | bool] = []
            for row, factor in signed:
                fires = self._formula.literal(cell.first, row)
                clause.append(negation(fires) if factor > 0 else fires)
            differs: int | bool = False
            for source in cell.sources:
                differs = self._formula.differs(source, factors)
                if differs is True:
                    break
                clause.append(differs)
            if differs is not True:
                self._formula.add(clause)

    def _forbid_rows(self, contradiction: Contradiction, worth: list[dict[int, Number]]) -> None:
        """Forbid these outputs of some rows together with these sources."""
        clause: dict[int | bool, None] = {}
        for condition in contradiction.conditions:
            if condition.row < 0:
                continue
            places = [condition.cell]
            if condition.fires is None:
                places = [c for group in self._groups if condition.cell in group for c in group]
            else:
                cell = self.skeleton.cells[condition.cell]
                fires = self._formula.literal(cell.first + condition.output, condition.row)
                clause[negation(fires) if condition.fires else fires] = None
            for place in places:
                for source, weight in zip(
                    self.skeleton.cells[place].sources,
                    self.skeleton.cells[place].weights,
                    strict=True,
                ):
                    literal = self._formula.literal(source, condition.row)
                    if isinstance(literal, bool) or weight == 0:
                        continue
                    is_on = worth[condition.row][source] == self.skeleton.worth(source, fires=True)
                    clause[-literal if is_on else literal] = None
        self._formula.add(clause)


def find_many(conditions: Sequence[Condition]) -> list[Contradiction]:
    """Return some contradictions of two or four rows that share no row, the first ones first."""
    left = list(conditions)
    many: list[Contradiction] = []
    while len(many) < 8 and (short := find_sums(left)) is not None:
        many.append(short)
        rows = {(condition.row, condition.cell) for condition in short.conditions}
        left = [c for c in left if (c.row, c.cell) not in rows]
    return many
