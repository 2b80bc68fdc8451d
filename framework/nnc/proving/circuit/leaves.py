"""The leaves of a graph of ANDs: what they are in rows, and what is never true of them together.

A leaf is a bit of an input, one value of a choice, or a number compared with a constant. Of what
adds up numbers, and of neurons of large layers, nothing is known: they may be anything.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import combinations, pairwise
from random import Random

from nnc.exact import Number
from nnc.proving.domain import Interval, Tried, length_of
from nnc.proving.nodes import Cut, Leaf
from nnc.proving.pair import Row
from nnc.proving.shared import Shared

Clause = tuple[int, ...]
"""Literals of the graph, of which one is 1 in every row."""
_NEIGHBOURS = 15
"""So many rows are added with each that was asked for: in each an axis has another value."""
_MAX_LISTED = 1 << 12
"""So many values of an axis are looked at one by one."""


class Leaves:
    """What the leaves of a graph are in some rows, which grow; drawn from the values of axes."""

    def __init__(self, shared: Shared, values: Mapping[int, Tried], count: int, seed: int) -> None:
        self._shared, self._values, self._seed = shared, values, seed
        self._drawn = count
        self.rows: list[Row] = []
        """Those that were added to the ones drawn."""
        self._words: dict[int, int] = {}
        self._codes: dict[int, list[int]] = {}
        self._nodes: dict[int, int] = {}
        """The node of the shared graph of each leaf."""
        self._leaves_of: dict[int, list[int]] = {}
        self._axes: dict[int, int] = {}

    @property
    def count(self) -> int:
        """The number of rows."""
        return self._drawn + len(self.rows)

    def __contains__(self, leaf: int) -> bool:
        return leaf in self._nodes

    def __len__(self) -> int:
        return len(self._nodes)

    @property
    def width(self) -> int:
        """The number of axes of a row."""
        return len(self._shared.domain.axes)

    def add(self, leaf: int, node: int) -> int:
        """Add a leaf for a node of the shared graph; return what it is in the rows."""
        self._nodes[leaf] = node
        kind = self._shared.nodes[node]
        axis = kind.axis if isinstance(kind, (Cut, Leaf)) else None
        is_number = isinstance(kind, Leaf) and kind.is_number
        if axis is None or is_number or axis not in self._values:
            return Random(f"{self._seed} {node}").getrandbits(self.count)
        self._axes[leaf] = axis
        self._leaves_of.setdefault(axis, []).append(leaf)
        return self._word_drawn(node, axis) | self.word_since(leaf, 0) << self._drawn

    def word_since(self, leaf: int, start: int) -> int:
        """Return what a leaf is in the rows that were added, from one on."""
        axis, node = self._axes.get(leaf), self._nodes[leaf]
        if axis is None:
            return Random(f"{self._seed} {node} {start}").getrandbits(len(self.rows) - start)
        column = [row[axis] for row in self.rows[start:]]
        on = {value for value in set(column) if self._shared.is_on(node, value)}
        digits = "".join("1" if value in on else "0" for value in reversed(column))
        return int(digits or "0", 2)

    def _word_drawn(self, node: int, axis: int) -> int:
        values = self._values[axis]
        if length_of(values) == 2:
            if axis not in self._words:
                self._words[axis] = Random(f"{self._seed} axis {axis}").getrandbits(self._drawn)
            word = self._words[axis] if self._shared.is_on(node, values[1]) else 0
            if self._shared.is_on(node, values[0]):
                word |= self._words[axis] ^ ((1 << self._drawn) - 1)
            return word
        if axis not in self._codes:
            rng = Random(f"{self._seed} axis {axis}")
            size = length_of(values)
            self._codes[axis] = [rng.randrange(size) for _ in range(self._drawn)]
        codes = self._codes[axis]
        on = {code for code in set(codes) if self._shared.is_on(node, values[code])}
        return int("".join("1" if code in on else "0" for code in reversed(codes)), 2)

    # --------------------------------------------------------------------------- conditions

    def axis_of(self, leaf: int) -> int | None:
        """Return the axis of a leaf that shares it with others."""
        axis = self._axes.get(leaf)
        return axis if axis is not None and len(self._leaves_of[axis]) > 1 else None

    def clauses(self, leaves: Iterable[int]) -> list[Clause]:
        """Return what is always true of some leaves together, if they are of the same axes."""
        by_axis: dict[int, list[int]] = {}
        for leaf in leaves:
            axis = self.axis_of(leaf)
            if axis is not None:
                by_axis.setdefault(axis, []).append(leaf)
        clauses: list[Clause] = []
        for axis, own in by_axis.items():
            clauses += self._clauses_of(axis, own)
        return clauses

    def _clauses_of(self, axis: int, leaves: Sequence[int]) -> list[Clause]:
        """Return the clauses of leaves of one axis: a value of a choice, or where a number is."""
        kinds = {leaf: self._shared.nodes[self._nodes[leaf]] for leaf in leaves}
        cuts = {leaf: kind for leaf, kind in kinds.items() if isinstance(kind, Cut)}
        if cuts:  # what has reached the higher has reached the lower
            order = sorted(cuts, key=lambda leaf: (cuts[leaf].value, cuts[leaf].strict))
            return [(2 * low, 2 * high + 1) for low, high in pairwise(order)]
        if not all(
            isinstance(kind, Leaf) and isinstance(kind.part, str) for kind in kinds.values()
        ):
            return []
        clauses: list[Clause] = [(2 * a + 1, 2 * b + 1) for a, b in combinations(leaves, 2)]
        whole = self._shared.domain.axes[axis].values
        if not isinstance(whole, Interval) and len(leaves) == length_of(whole):
            clauses.append(tuple(2 * leaf for leaf in leaves))
        return clauses

    # --------------------------------------------------------------------------------- rows

    def tell(self, states: Mapping[int, bool]) -> None:
        """Add a row in which leaves have these states, and some near it, if there is one."""
        wanted: dict[int, list[int]] = {}
        for leaf in states:
            axis = self._axes.get(leaf)
            if axis is not None:
                wanted.setdefault(axis, []).append(leaf)
        row: list[Number | str] = [axis.resting for axis in self._shared.domain.axes]
        rng = Random(f"{self._seed} row {len(self.rows)}")
        for axis, values in self._values.items():
            if axis not in wanted:
                row[axis] = values[rng.randrange(length_of(values))]
                continue
            value = self._value(axis, {self._nodes[leaf]: states[leaf] for leaf in wanted[axis]})
            if value is None:
                return
            row[axis] = value
        self.rows.append(row)
        for axis in rng.sample(list(wanted), min(len(wanted), _NEIGHBOURS)):
            values = self._values[axis]
            near = list(row)
            near[axis] = values[rng.randrange(length_of(values))]
            if near[axis] == row[axis]:
                near[axis] = values[0] if row[axis] != values[0] else values[-1]
            self.rows.append(near)

    def _value(self, axis: int, states: Mapping[int, bool]) -> Number | str | None:
        """Return a value of an axis for which nodes have these states."""
        values = self._values[axis]
        if length_of(values) <= _MAX_LISTED:
            for value in values:
                if all(self._shared.is_on(node, value) == on for node, on in states.items()):
                    return value
            return None
        number = 0
        for node, is_on in states.items():
            kind = self._shared.nodes[node]
            if not (isinstance(kind, Leaf) and isinstance(kind.part, int)):
                return None
            number |= is_on << kind.part
        return number if number in values else None
