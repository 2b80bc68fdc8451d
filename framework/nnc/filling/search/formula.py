"""Collect clauses about columns: which signal fires in which row.

A clause has literals as in DIMACS. Further variables state that rows differ in a source, the output
of a neuron for certain values of its sources, and the direction of its sum along a difference.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import product

from nnc.filling.search.skeleton import Place, Skeleton
from nnc.language.firing import FIRING
from nnc.numbers.exact import Number, magnitude

Clause = tuple[int, ...]
Values = tuple[Number, ...]


@dataclass
class Formula:
    """The clauses about the columns of a skeleton, in the order of discovery."""

    skeleton: Skeleton

    def __post_init__(self) -> None:
        self.variables: dict[tuple[int, int], int] = {}
        self.clauses: list[Clause] = []
        self.points: dict[tuple[int, Values], int] = {}
        self.directions: dict[tuple[int, Values], int] = {}
        self._count = 0
        self._same: dict[tuple[int, int, tuple[tuple[int, int], ...]], int] = {}

    def new(self) -> int:
        """Return a new variable."""
        self._count += 1
        return self._count

    def literal(self, signal: int, row: int) -> int | bool:
        """Return the variable that a signal fires in a row, or its known value."""
        known = self.skeleton.rows[row].known.get(signal)
        if known is not None:
            return known == self.skeleton.worth(signal, fires=True)
        at = (signal, row)
        if at not in self.variables:
            self.variables[at] = self.new()
        return self.variables[at]

    def add(self, literals: Iterable[int | bool]) -> None:
        """Add a clause without known false literals, unless a literal is known to be true."""
        clause = []
        for literal in literals:
            if literal is True:
                return
            if literal is not False:
                clause.append(literal)
        self.clauses.append(tuple(clause))

    def encode_fixed(self, place: int, output: int, row: int) -> None:
        """Add clauses for a neuron without blanks, from a decision diagram over its sources."""
        cell = self.skeleton.cells[place]
        fires = self.literal(cell.first + output, row)
        if isinstance(fires, bool):
            return
        firing = FIRING[cell.rules[output]]
        total: Number = 0
        steps: list[tuple[Number, int]] = []
        for source, weight in zip(cell.sources, cell.weights, strict=True):
            literal = self.literal(source, row)
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
        nodes: dict[tuple[int, Number], int | bool] = {}

        def node(i: int, total: Number) -> int | bool:
            low, high = rest[i]
            ends = {bool(firing.compare(total + end, threshold)) for end in (low, high)}
            if len(ends) == 1:
                return ends.pop()
            if (i, total) not in nodes:
                weight, literal = steps[i]
                off, on = node(i + 1, total), node(i + 1, total + weight)
                variable: int = self.new()
                self.add([-literal, negation(on), variable])
                self.add([-literal, on, -variable])
                self.add([literal, negation(off), variable])
                self.add([literal, off, -variable])
                nodes[i, total] = variable
            return nodes[i, total]

        top = node(0, total)
        self.add([negation(top), fires])
        self.add([top, -fires])

    def differs(self, source: int, factors: tuple[tuple[int, int], ...]) -> int | bool:
        """Return the variable that implies that the values of a source do not cancel out."""
        known = [self.skeleton.rows[row].known.get(source) for row, _ in factors]
        if all(worth is not None for worth in known):
            return sum(f * w for (_, f), w in zip(factors, known, strict=True) if w) != 0
        at = (source, len(factors), factors)
        if at not in self._same:
            variable = self._same[at] = self.new()
            literals = [self.literal(source, row) for row, _ in factors]
            for fires in product((False, True), repeat=len(factors)):
                worths = [self.skeleton.worth(source, fires=f) for f in fires]
                if sum(f * w for (_, f), w in zip(factors, worths, strict=True)) == 0:
                    different = [
                        negation(literal) if f else literal
                        for literal, f in zip(literals, fires, strict=True)
                    ]
                    self.add([-variable, *different])
        return self._same[at]


def negation(literal: int | bool) -> int | bool:
    """Return the negation of a literal, or of a known value."""
    return not literal if isinstance(literal, bool) else -literal
