"""Add clauses on the direction in which the sum of a neuron changes between rows.

Where a row fires and another is silent, the weights times the difference of their sources are above
0. So each difference has a direction, and all pairs of rows with that difference share it: that
says in three literals what else takes four rows. A neuron that reads only what is looked for is
written out by its points instead: what it does for each choice of its sources.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import combinations, product

from nnc.filling.search.formula import Formula, Values, negation
from nnc.filling.search.skeleton import Cell
from nnc.numbers.exact import Number

MAX_CLAUSES = 300_000  # on directions that are written at once; others are added when violated

Literal = int | bool


def add_directions(formula: Formula) -> set[int]:
    """Add what the directions of neurons are; return the cells of which that is complete."""
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
        """Add the clauses of all pairs, of rows or of points."""
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
        """Yield by how much a source differs in two rows, and the literals that it does not."""
        formula, source = self._formula, self._cell.sources[k]
        first, second = (formula.literal(source, row) for row in (a, b))
        low, high = (formula.skeleton.worth(source, fires=fires) for fires in (False, True))
        pair = ((min(a, b), 1), (max(a, b), -1))
        yield 0, [formula.differs(source, pair)]
        yield high - low, [negation(first), second]
        yield low - high, [first, negation(second)]

    def _direction(self, vector: Values) -> Literal:
        """Return the literal that the sum grows along a vector, or for a falling rule shrinks."""
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
    """Return a vector whose first part is above 0, and whether it is the contrary of the given."""
    first = next((part for part in vector if part), 0)
    return (tuple(-part for part in vector), True) if first < 0 else (vector, False)
