"""The inputs of a recorded circuit in some rows, which grow: what tells its neurons apart."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction
from itertools import pairwise
from math import ceil, floor
from random import Random

from nnc.numbers.exact import Number
from nnc.proofs.certificates.circuit import Cell, Label, NumberInput
from nnc.proofs.certificates.ledger import Leaf
from nnc.proofs.certifying.recording import Recording

Axis = tuple[str, object]
Clause = tuple[int, ...]
_MOST_CUT_OFFS = 256


class RecordedLeaves:
    """What leaves of a graph, each a variable of a recording, are in rows drawn and rows added."""

    def __init__(self, recording: Recording, count: int, seed: int) -> None:
        self._recording, self._drawn, self._seed = recording, count, seed
        self.rows: list[dict[Axis, Number | str]] = []
        self._variables: dict[int, int] = {}
        self._leaf_of: dict[int, int] = {}
        self._columns: dict[Axis, list[Number | str]] = {}
        self._cut_offs: dict[int, set[Fraction]] = {}
        for cell in recording.circuit.signals:
            if isinstance(cell, Cell) and len(cell.terms) == 1:
                ((signal, weight),) = cell.terms
                own = self._cut_offs.setdefault(signal, set())
                if len(own) < _MOST_CUT_OFFS:
                    own.add(Fraction(cell.limit) / Fraction(weight))

    @property
    def count(self) -> int:
        """The number of rows."""
        return self._drawn + len(self.rows)

    def __contains__(self, leaf: int) -> bool:
        return leaf in self._variables

    def __len__(self) -> int:
        return len(self._variables)

    @property
    def width(self) -> int:
        """The number of leaves: about as many values has a row."""
        return len(self._variables)

    def add(self, leaf: int, variable: int) -> int:
        """Add a leaf; return what it is in the rows."""
        self._variables[leaf], self._leaf_of[variable] = variable, leaf
        axis = self._axis(variable)
        if axis is None:
            return Random(f"{self._seed} {variable}").getrandbits(self.count)
        if axis not in self._columns:
            rng, values = Random(f"{self._seed} {axis}"), self._values(axis)
            self._columns[axis] = [rng.choice(values) for _ in range(self._drawn)]
        return self._word(variable, self._columns[axis]) | (self.word_since(leaf, 0) << self._drawn)

    def word_since(self, leaf: int, start: int) -> int:
        """Return what a leaf is in the rows that were added, from one on."""
        variable = self._variables[leaf]
        axis = self._axis(variable)
        if axis is None:
            rng = Random(f"{self._seed} {variable} {start}")
            return rng.getrandbits(len(self.rows) - start)
        return self._word(variable, [self._in_row(row, axis) for row in self.rows[start:]])

    def clauses(self, leaves: Iterable[int]) -> list[Clause]:
        """Return what is always true of some leaves together, as literals of the graph."""
        variables = [self._variables[leaf] for leaf in leaves if leaf in self._variables]
        clauses = self._recording.ledger.conditions(variables)
        return [
            tuple(2 * self._leaf_of[abs(each)] + (each < 0) for each in clause)
            for clause in clauses
        ]

    def tell(self, states: Mapping[int, bool]) -> None:
        """Add a row in which leaves have these states, if there is one."""
        row: dict[Axis, Number | str] = {}
        wanted: dict[Axis, dict[int, bool]] = {}
        for leaf, state in states.items():
            axis = self._axis(self._variables[leaf])
            if axis is not None:
                wanted.setdefault(axis, {})[self._variables[leaf]] = state
        for axis, own in wanted.items():
            for value in self._values(axis):
                if all(self._is_on(variable, value) is on for variable, on in own.items()):
                    row[axis] = value
                    break
            else:
                return
        self.rows.append(row)

    # ------------------------------------------------------------------------------- values

    def _in_row(self, row: Mapping[Axis, Number | str], axis: Axis) -> Number | str:
        """Return a value in a row that was added; what does not matter there is drawn."""
        if axis in row:
            return row[axis]
        return Random(f"{self._seed} {axis} {len(row)}").choice(self._values(axis))

    def _axis(self, variable: int) -> Axis | None:
        own = self._recording.ledger.definitions[variable]
        if not isinstance(own, Leaf) or own.key[0] not in ("bit", "label", "cut"):
            return None
        return str(own.key[0]), own.key[1]

    def _values(self, axis: Axis) -> Sequence[Number | str]:
        kind, name = axis
        signals = self._recording.circuit.signals
        if kind == "bit":
            return (0, 1)
        if kind == "label":
            return next(s.allowed for s in signals if isinstance(s, Label) and s.input == name)
        assert isinstance(name, int)
        number = signals[name]
        assert isinstance(number, NumberInput)
        least, greatest = number.interval.least, number.interval.greatest
        near: set[Number] = {0, *(end for end in (least, greatest) if end is not None)}
        for cut in self._cut_offs.get(name, ()):
            whole = {floor(cut), ceil(cut), floor(cut) + 1, ceil(cut) - 1}
            near |= whole if number.interval.is_integer else {cut, cut + 1, cut - 1, *whole}
        ordered = sorted(near)
        if not number.interval.is_integer:
            ordered += [(Fraction(a) + b) / 2 for a, b in pairwise(ordered)]
        return [
            value
            for value in ordered
            if (least is None or value >= least) and (greatest is None or value <= greatest)
        ]

    def _is_on(self, variable: int, value: Number | str) -> bool:
        own = self._recording.ledger.definitions[variable]
        assert isinstance(own, Leaf)
        if own.key[0] == "bit":
            return value == 1
        if own.key[0] == "label":
            return value == own.key[2]
        _, _, limit, strict = own.key
        assert isinstance(limit, Number)
        assert not isinstance(value, str)
        return value > limit if strict else value >= limit

    def _word(self, variable: int, column: Sequence[Number | str]) -> int:
        on = {value for value in set(column) if self._is_on(variable, value)}
        return int("".join("1" if value in on else "0" for value in reversed(column)) or "0", 2)
