"""What neurons say in each row, found by SAT: no weight occurs in the search.

Of a neuron only its column is looked for: whether it fires in each row. A column is possible
exactly if what it asks of the blanks has no contradiction; each that a model of the solver shows
becomes a clause, which holds for all weights. So "impossible" is no matter of a range.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise, product
from typing import NamedTuple

from nnc.exact import Number, magnitude
from nnc.language.firing import FIRING
from nnc.proving.sat import Solver
from nnc.solving.filling.separable import Contradiction, decide, find_sums
from nnc.solving.filling.skeleton import (
    Bit,
    Condition,
    Largest,
    Place,
    Skeleton,
    Sum,
    conditions_of,
    groups,
)

Clause = tuple[int, ...]
_MOST_KNOWN = 40
"""Rows up to which all sums of two rows are compared before the search."""
_MOST_ROWS = 8
"""Rows of a contradiction up to which it is said for all columns of the sources at once."""


class Reason(NamedTuple):
    """Why a clause holds.

    `kind` is `case` (it is expected), `neuron` (its numbers are all written), `sums` (firing and
    silent rows with the same sources in sum), `same` (what a variable of such sums means), `rows`
    (these sources and outputs contradict each other, with the `contradiction`), `order` or `silent`
    (one of several answers that are the same but for the names of neurons, or for the sign of what
    they say). `factors` are of rows; of a `neuron` the row and the output.
    """

    kind: str
    cell: int = -1
    factors: tuple[tuple[int, int], ...] = ()
    source: int = -1
    contradiction: Contradiction | None = None


@dataclass
class Refutation:
    """The proof that there are no columns: clauses, why each holds, and lemmas to the empty one.

    `variables` says which signal fires in which row.
    """

    variables: dict[int, tuple[int, int]]
    clauses: list[tuple[Clause, Reason]]
    lemmas: list[Clause]


@dataclass
class Columns:
    """Whether each cell fires in each row: what the search for columns has come to.

    `worth` gives for each row what every signal is worth; None where there is nothing. Then
    `refutation` says why; without it, the search has come to its limit.
    """

    worth: list[dict[int, Number]] | None
    refutation: Refutation | None = None
    conflicts: int = 0


@dataclass
class ColumnSearch:
    """The search for columns of a skeleton whose rows are settled."""

    skeleton: Skeleton
    is_over: Callable[[], bool] = lambda: False

    def __post_init__(self) -> None:
        self._variables: dict[tuple[int, int], int] = {}
        self._count = 0
        self._clauses: list[tuple[Clause, Reason]] = []
        self._same: dict[tuple[int, int, tuple[tuple[int, int], ...]], int] = {}
        self._seen: set[tuple[int, tuple[tuple[int, int], ...]]] = set()
        self._groups = groups(self.skeleton)
        self._siblings = list(self._alike())

    # ------------------------------------------------------------------ clauses

    def _new(self) -> int:
        self._count += 1
        return self._count

    def _literal(self, signal: int, row: int) -> int | bool:
        """Return the variable that a signal fires in a row, or whether that is known."""
        known = self.skeleton.rows[row].known.get(signal)
        if known is not None:
            return known == self.skeleton.worth(signal, fires=True)
        at = (signal, row)
        if at not in self._variables:
            self._variables[at] = self._new()
        return self._variables[at]

    def _add(self, literals: Iterable[int | bool], reason: Reason) -> None:
        """Add a clause; what is known to be false is left out, and what is true needs none."""
        clause = []
        for literal in literals:
            if literal is True:
                return
            if literal is not False:
                clause.append(literal)
        self._clauses.append((tuple(clause), reason))

    def _encode(self) -> None:
        """Add what is expected, what fixed neurons do, and the order of those that are alike."""
        for r, row in enumerate(self.skeleton.rows):
            for c, cell in enumerate(self.skeleton.cells):
                for signal in cell.signals:
                    self._literal(signal, r)
                if not cell.blanks:
                    for i in range(len(cell.thresholds)):
                        self._encode_fixed(c, i, r)
            for demand in row.demands:
                if isinstance(demand, Bit):
                    literal = self._literal(demand.signal, r)
                    self._add([literal if demand.fires else _not(literal)], Reason("case"))
        for c, cell in enumerate(self.skeleton.cells):
            if len(cell.thresholds) == 1 and self._is_reversible(c):
                first = self._literal(cell.first, 0)
                self._add([_not(first)], Reason("silent", c))
        for before, after in self._siblings:
            self._order(before, after)
        self._forbid_known_sums()

    def _forbid_known_sums(self) -> None:
        """Say at once of which rows a neuron knows all sources, and they are the same in sum."""
        rows = self.skeleton.rows
        if len(rows) > _MOST_KNOWN:
            return
        done: set[tuple[int, ...]] = set()
        for c, cell in enumerate(self.skeleton.cells):
            if cell.sources in done or not self._is_free(c) or len(cell.thresholds) > 1:
                continue
            done.add(cell.sources)
            if not all(source in row.known for row in rows for source in cell.sources):
                continue
            vectors = [tuple(row.known[source] for source in cell.sources) for row in rows]
            sums: dict[tuple[Number, ...], list[tuple[int, int]]] = {}
            for a in range(len(rows)):
                for b in range(a, len(rows)):
                    key = tuple(x + y for x, y in zip(vectors[a], vectors[b], strict=True))
                    sums.setdefault(key, []).append((a, b))
            for pairs in sums.values():
                for i, first in enumerate(pairs):
                    for second in pairs[:i]:
                        self._forbid_four(c, first, second)

    def _forbid_four(self, place: int, first: tuple[int, int], second: tuple[int, int]) -> None:
        """Forbid that two rows fire and two do not, in the cell and in those that read the same."""
        counts: dict[int, int] = {}
        for row in first:
            counts[row] = counts.get(row, 0) + 1
        for row in second:
            counts[row] = counts.get(row, 0) - 1
        factors = tuple(sorted((row, count) for row, count in counts.items() if count))
        for other in self._places_like(place):
            self._forbid_sums(other, factors)

    def _encode_fixed(self, place: int, output: int, row: int) -> None:
        """Say what a neuron without blanks does, by a decision diagram over what it reads."""
        cell = self.skeleton.cells[place]
        fires = self._literal(cell.first + output, row)
        if isinstance(fires, bool):
            return
        firing = FIRING[cell.rules[output]]
        total: Number = 0
        steps: list[tuple[Number, int]] = []
        for source, weight in zip(cell.sources, cell.weights, strict=True):
            literal = self._literal(source, row)
            known = self.skeleton.rows[row].known.get(source)
            assert not isinstance(weight, Place)
            if known is not None:
                total += weight * known
            elif weight:
                silent, firing_worth = (
                    self.skeleton.worth(source, fires=False),
                    self.skeleton.worth(source, fires=True),
                )
                total += weight * silent
                steps.append((weight * (firing_worth - silent), int(literal)))
        steps.sort(key=lambda step: magnitude(step[0]), reverse=True)
        threshold = cell.thresholds[output]
        rest = [
            (
                sum(min(w, 0) for w, _ in steps[i:]),
                sum(max(w, 0) for w, _ in steps[i:]),
            )
            for i in range(len(steps) + 1)
        ]
        reason = Reason("neuron", place, ((row, output),))
        nodes: dict[tuple[int, Number], int | bool] = {}

        def node(i: int, total: Number) -> int | bool:
            low, high = rest[i]
            ends = {bool(firing.compare(total + end, threshold)) for end in (low, high)}
            if len(ends) == 1:
                return ends.pop()
            if (i, total) not in nodes:
                weight, literal = steps[i]
                off, on = node(i + 1, total), node(i + 1, total + weight)
                variable: int = self._new()
                self._add([-literal, _not(on), variable], reason)
                self._add([-literal, on, -variable], reason)
                self._add([literal, _not(off), variable], reason)
                self._add([literal, off, -variable], reason)
                nodes[i, total] = variable
            return nodes[i, total]

        top = node(0, total)
        self._add([_not(top), fires], reason)
        self._add([top, -fires], reason)

    # ------------------------------------------------------------------ symmetry

    def _is_free(self, place: int) -> bool:
        """Whether all numbers of a cell are open and without bounds."""
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
        """Whether nothing is expected of a cell itself."""
        signals = self.skeleton.cells[place].signals
        for row in self.skeleton.rows:
            for demand in row.demands:
                if isinstance(demand, Bit) and demand.signal in signals:
                    return False
                if isinstance(demand, Sum) and demand.cell == place:
                    return False
                if isinstance(demand, Largest) and place in demand.cells:
                    return False
        return True

    def _is_reversible(self, place: int) -> bool:
        """Whether a cell may say the contrary: what reads it turns a weight and its thresholds."""
        if not (self._is_free(place) and self._is_hidden(place)):
            return False
        summed = {
            c
            for row in self.skeleton.rows
            for demand in row.demands
            if not isinstance(demand, Bit)
            for c in (demand.cells if isinstance(demand, Largest) else (demand.cell,))
        }
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
        reason = Reason("order", before)
        first, second = self.skeleton.cells[before].first, self.skeleton.cells[after].first
        equal: int | bool = True
        for r in range(len(self.skeleton.rows)):
            a, b = self._literal(first, r), self._literal(second, r)
            self._add([_not(equal), _not(a), b], reason)
            following = self._new()
            self._add([_not(equal), a, b, following], reason)
            self._add([_not(equal), _not(a), _not(b), following], reason)
            equal = following

    # ------------------------------------------------------------------ search

    def run(self, conflicts: int) -> Columns:
        """Look for columns, with at most so many conflicts of the solver."""
        self._encode()
        sent = 0
        with Solver("glucose4", proves=True) as solver:
            while True:
                solver.add([clause for clause, _ in self._clauses[sent:]])
                sent = len(self._clauses)
                left = conflicts - solver.conflicts
                answer = solver.solve(conflicts=left, is_over=self.is_over) if left > 0 else None
                if answer is None:
                    return Columns(None, conflicts=solver.conflicts)
                if answer is False:
                    variables = {v: at for at, v in self._variables.items()}
                    lemmas = solver.lemmas()
                    refutation = Refutation(variables, self._clauses, lemmas)
                    return Columns(None, refutation, solver.conflicts)
                worth = self._worth(solver.model)
                if not self._refine(worth):
                    return Columns(worth, conflicts=solver.conflicts)
                if self.is_over():
                    return Columns(None, conflicts=solver.conflicts)

    def _worth(self, model: Sequence[int]) -> list[dict[int, Number]]:
        """Return what every signal is worth in each row of a model."""
        rows = [dict(row.known) for row in self.skeleton.rows]
        for (signal, row), variable in self._variables.items():
            fires = variable <= len(model) and model[variable - 1] > 0
            rows[row][signal] = self.skeleton.worth(signal, fires=fires)
        return rows

    def _refine(self, worth: list[dict[int, Number]]) -> bool:
        """Add what forbids the columns of a model that are impossible; return whether there are."""
        before = len(self._clauses)
        for group in self._groups:
            conditions = conditions_of(self.skeleton, group, worth)
            many = find_many(conditions)
            contradiction = None if many else decide(self.skeleton.blanks, conditions)
            for reason in many or ([contradiction] if contradiction is not None else []):
                self._forbid(reason, worth)
        return len(self._clauses) > before

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
        """Say that rows with the same sources in sum do not all fire on one side only.

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
                fires = self._literal(cell.first, row)
                clause.append(_not(fires) if factor > 0 else fires)
            differs: int | bool = False
            for source in cell.sources:
                differs = self._differs(source, factors)
                if differs is True:
                    break
                clause.append(differs)
            if differs is not True:
                self._add(clause, Reason("sums", place, signed))

    def _differs(self, source: int, factors: tuple[tuple[int, int], ...]) -> int | bool:
        """Return the variable of which follows that the worths of a source do not cancel out."""
        known = [self.skeleton.rows[row].known.get(source) for row, _ in factors]
        if all(worth is not None for worth in known):
            return sum(f * w for (_, f), w in zip(factors, known, strict=True) if w) != 0
        at = (source, len(factors), factors)
        if at not in self._same:
            variable = self._same[at] = self._new()
            reason = Reason("same", -1, factors, source)
            literals = [self._literal(source, row) for row, _ in factors]
            for fires in product((False, True), repeat=len(factors)):
                worths = [self.skeleton.worth(source, fires=f) for f in fires]
                if sum(f * w for (_, f), w in zip(factors, worths, strict=True)) == 0:
                    different = [
                        _not(literal) if f else literal
                        for literal, f in zip(literals, fires, strict=True)
                    ]
                    self._add([-variable, *different], reason)
        return self._same[at]

    def _forbid_rows(self, contradiction: Contradiction, worth: list[dict[int, Number]]) -> None:
        """Say that some rows do not have these sources with these outputs."""
        clause: dict[int | bool, None] = {}
        factors = []
        for condition, factor in zip(contradiction.conditions, contradiction.factors, strict=True):
            if condition.row < 0:
                continue
            factors.append((condition.row, factor))
            places = [condition.cell]
            if condition.fires is None:
                places = [c for group in self._groups if condition.cell in group for c in group]
            else:
                cell = self.skeleton.cells[condition.cell]
                fires = self._literal(cell.first + condition.output, condition.row)
                clause[_not(fires) if condition.fires else fires] = None
            for place in places:
                for source, weight in zip(
                    self.skeleton.cells[place].sources,
                    self.skeleton.cells[place].weights,
                    strict=True,
                ):
                    literal = self._literal(source, condition.row)
                    if isinstance(literal, bool) or weight == 0:
                        continue
                    is_on = worth[condition.row][source] == self.skeleton.worth(source, fires=True)
                    clause[-literal if is_on else literal] = None
        place = contradiction.conditions[0].cell
        self._add(clause, Reason("rows", place, tuple(factors), contradiction=contradiction))


def _not(literal: int | bool) -> int | bool:
    return not literal if isinstance(literal, bool) else -literal


def find_many(conditions: Sequence[Condition]) -> list[Contradiction]:
    """Return some contradictions of two or four rows that share no row, the first ones first."""
    left = list(conditions)
    many: list[Contradiction] = []
    while len(many) < 8 and (short := find_sums(left)) is not None:
        many.append(short)
        rows = {(condition.row, condition.cell) for condition in short.conditions}
        left = [c for c in left if (c.row, c.cell) not in rows]
    return many
