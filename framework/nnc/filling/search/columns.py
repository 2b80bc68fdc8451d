"""Find by SAT the rows in which each neuron fires, without weights in the search.

The search is for the column of a neuron: its bit in every row. A column is possible exactly if its
conditions on the blanks do not contradict each other. Every contradiction in a model of the solver
becomes a clause, which is valid for all weights. So "impossible" does not depend on a range.

Where a row fires and another is silent, the weights times the difference of their sources are above
0. So each difference has a direction, and all pairs of rows with that difference share it: that
says in three literals what else takes four rows. A neuron that reads only what is looked for is
written out by its points instead: what it does for each choice of its sources.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations, pairwise, product

from nnc.filling.search.formula import Formula, Values, negation
from nnc.filling.search.separable import Contradiction, decide, find_sums
from nnc.filling.search.skeleton import (
    Bit,
    Cell,
    Condition,
    Place,
    Skeleton,
    conditions_of,
    groups,
)
from nnc.numbers.exact import Number
from nnc.solvers.sat import Solver

MAX_CLAUSES = 300_000  # on directions that are written at once; others are added when violated

Literal = int | bool


def add_directions(formula: Formula) -> set[int]:
    """Add clauses for directions of neurons; return the cells that these describe completely."""
    left, done = MAX_CLAUSES, set()
    directed = [
        _Cell(formula, c)
        for c, cell in enumerate(formula.skeleton.cells)
        if cell.blanks and len(cell.thresholds) == 1
    ]
    for cell in sorted(directed, key=lambda cell: cell.cost):
        if cell.cost <= left:
            left -= cell.cost
            cell.add()
            done.add(cell.place)
    return done


class _Cell:
    """The clauses of one neuron."""

    def __init__(self, formula: Formula, place: int) -> None:
        self.place, self._formula = place, formula
        self._cell: Cell = formula.skeleton.cells[place]
        rows = formula.skeleton.rows
        self._expected = [row.expected.get(self._cell.first) for row in rows]
        self._open = [
            k
            for k, source in enumerate(self._cell.sources)
            if any(source not in row.known for row in rows)
        ]
        self._known = [
            tuple(
                0 if k in self._open else row.known[source]
                for k, source in enumerate(self._cell.sources)
            )
            for row in rows
        ]
        self._differences = Counter(
            _turned(_minus(a, b))[0] for a, b in combinations(self._known, 2)
        )
        points = 2 ** len(self._open) * len(set(self._known))
        of_rows = len(rows) * 2 ** len(self._open) + points * (points - 1)
        of_pairs = self._pair_count() * 3 ** len(self._open)
        self._has_points = bool(self._open) and of_rows < of_pairs
        self.cost = min(of_rows, of_pairs) if self._open else of_pairs

    def _pair_count(self) -> int:
        rows, fires = len(self._expected), sum(each is True for each in self._expected)
        silent = sum(each is False for each in self._expected)
        return rows * (rows - 1) - fires * (fires - 1) - silent * (silent - 1) - fires * silent

    def add(self) -> None:
        """Add the clauses for all pairs of rows or points."""
        if self._has_points:
            self._add_points()
            return
        for a, b in combinations(range(len(self._known)), 2):
            known = _minus(self._known[a], self._known[b])
            if any(known) and self._differences[_turned(known)[0]] < 2:
                continue
            for fires, silent in ((a, b), (b, a)):
                if self._expected[fires] is not False and self._expected[silent] is not True:
                    self._add_pair(fires, silent)

    # ------------------------------------------------------------------ pairs of rows

    def _add_pair(self, fires: int, silent: int) -> None:
        formula, first = self._formula, self._cell.first
        base: list[Literal] = [
            negation(formula.literal(first, fires)),
            formula.literal(first, silent),
        ]
        known = _minus(self._known[fires], self._known[silent])
        for ways in product(*(self._ways(k, fires, silent) for k in self._open)):
            vector = list(known)
            clause = list(base)
            for k, (difference, literals) in zip(self._open, ways, strict=True):
                vector[k] = difference
                clause += literals
            formula.add([*clause, self._direction(tuple(vector))])

    def _ways(self, k: int, a: int, b: int) -> Iterator[tuple[Number, list[Literal]]]:
        """Yield the differences of a source in two rows, and the literals that exclude each."""
        formula, source = self._formula, self._cell.sources[k]
        first, second = (formula.literal(source, row) for row in (a, b))
        low, high = (formula.skeleton.worth(source, fires=fires) for fires in (False, True))
        pair = ((min(a, b), 1), (max(a, b), -1))
        yield 0, [formula.differs(source, pair)]
        yield high - low, [negation(first), second]
        yield low - high, [first, negation(second)]

    def _direction(self, vector: Values) -> Literal:
        """Return the literal that the sum grows along a vector, or shrinks for a falling rule."""
        if not any(vector):
            return False
        turned, is_turned = _turned(vector)
        at = (self.place, turned)
        if at not in self._formula.directions:
            self._formula.directions[at] = self._formula.new()
        variable = self._formula.directions[at]
        return -variable if is_turned else variable

    # ------------------------------------------------------------------ points

    def _add_points(self) -> None:
        formula, skeleton = self._formula, self._formula.skeleton
        states = [
            [(skeleton.worth(self._cell.sources[k], fires=f), f) for f in (False, True)]
            for k in self._open
        ]
        for row, known in enumerate(self._known):
            fires, expected = formula.literal(self._cell.first, row), self._expected[row]
            for choice in product(*states):
                values = list(known)
                base: list[Literal] = []
                for k, (worth, is_on) in zip(self._open, choice, strict=True):
                    literal = formula.literal(self._cell.sources[k], row)
                    values[k] = worth
                    base.append(negation(literal) if is_on else literal)
                point = self._point(tuple(values))
                if expected is not False:
                    formula.add([*base, negation(fires), point])
                if expected is not True:
                    formula.add([*base, fires, -point])
        points = [(v, p) for (place, v), p in formula.points.items() if place == self.place]
        for (here, point), (there, other) in combinations(points, 2):
            direction = self._direction(_minus(here, there))
            formula.add([-point, other, direction])
            formula.add([point, -other, negation(direction)])

    def _point(self, values: Values) -> int:
        at = (self.place, values)
        if at not in self._formula.points:
            self._formula.points[at] = self._formula.new()
        return self._formula.points[at]


def _minus(values: Sequence[Number], others: Sequence[Number]) -> Values:
    return tuple(a - b for a, b in zip(values, others, strict=True))


def _turned(vector: Values) -> tuple[Values, bool]:
    """Return a vector whose first entry is above 0, and whether it was negated."""
    first = next((part for part in vector if part), 0)
    return (tuple(-part for part in vector), True) if first < 0 else (vector, False)


_MOST_ROWS = 8  # rows of a contradiction up to which its clause covers all columns of the sources


@dataclass
class Columns:
    """The result of a search: the value of every signal in each row, or None.

    Without values, no columns satisfy the rows, or the search has reached its limit.
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
        """Add clauses for expectations, fixed neurons, and the order of interchangeable ones."""
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
        """Return whether no row has an expectation of the cell."""
        return place not in self.skeleton.demanded

    def _is_reversible(self, place: int) -> bool:
        """Return whether a cell may be inverted, as its readers can negate its weight."""
        if not (self._is_free(place) and self._is_hidden(place)):
            return False
        summed = self.skeleton.compared
        return all(self._is_free(c) and c not in summed for c in self._readers(place))

    def _alike(self) -> Iterator[tuple[int, int]]:
        """Yield neighbours among interchangeable cells, in the order of the file."""
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
        """Require the column of one cell not to follow that of another; silent sorts first."""
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
        """Return the value of every signal in each row of a model."""
        rows = [dict(row.known) for row in self.skeleton.rows]
        for (signal, row), variable in self._formula.variables.items():
            fires = variable <= len(model) and model[variable - 1] > 0
            rows[row][signal] = self.skeleton.worth(signal, fires=fires)
        return rows

    def _refine(self, worth: list[dict[int, Number]]) -> bool:
        """Forbid the impossible columns of a model; return whether there are any."""
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
        """Return the free cells with the same sources, the given cell first."""
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
        """Forbid outputs of rows with equal sums of sources that fire on one side only.

        `factors` are positive for rows that fire, negative for those that do not.
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
    """Return disjoint contradictions of two or four rows, in order."""
    left = list(conditions)
    many: list[Contradiction] = []
    while len(many) < 8 and (short := find_sums(left)) is not None:
        many.append(short)
        rows = {(condition.row, condition.cell) for condition in short.conditions}
        left = [c for c in left if (c.row, c.cell) not in rows]
    return many
