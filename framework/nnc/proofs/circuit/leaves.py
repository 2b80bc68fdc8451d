"""The leaves of a graph of ANDs: their values in rows, and clauses that always hold among them.

A leaf is a bit of an input, one value of a choice, or a number compared with a constant. Of what
adds up numbers, and of neurons of large layers, nothing is known: they may be anything.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import combinations, pairwise
from random import Random

from nnc.numbers.exact import Number
from nnc.proofs.plans.domain import Interval, Tried, length_of
from nnc.proofs.plans.nodes import Cut, Leaf, NodeGraph
from nnc.proofs.plans.pair import Row

Clause = tuple[int, ...]
"""Literals of the graph, at least one of which is 1 in every row."""
_NEIGHBOURS = 15  # rows added with each new one, each with another value of one axis
_MAX_LISTED = 1 << 12  # values of an axis that are tried one by one


class Leaves:
    """The values of leaves in rows: some are drawn from the values of axes, others added later."""

    def __init__(
        self, nodes: NodeGraph, values: Mapping[int, Tried], count: int, seed: int
    ) -> None:
        self._graph, self._values, self._seed = nodes, values, seed
        self._drawn = count
        self.rows: list[Row] = []
        """The rows that were added to the ones drawn."""
        self._words: dict[int, int] = {}
        self._codes: dict[int, list[int]] = {}
        self._nodes: dict[int, int] = {}
        """The node of the graph of plans of each leaf."""
        self._leaves_of: dict[int, list[int]] = {}
        self._axes: dict[int, int] = {}
        self._two = {axis for axis, own in values.items() if length_of(own) == 2}
        """The axes of two values, and which of them is taken in the rows added, bit by bit."""
        self._second = dict.fromkeys(self._two, 0)
        self._states: dict[int, tuple[bool, bool]] = {}
        """The states of leaves of such axes, for either value."""

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
        return len(self._graph.domain.axes)

    def add(self, leaf: int, node: int) -> int:
        """Add a leaf for a node of the graph of plans; return its values in the rows."""
        self._nodes[leaf] = node
        definition = self._graph.nodes[node]
        axis = definition.axis if isinstance(definition, (Cut, Leaf)) else None
        is_number = isinstance(definition, Leaf) and definition.is_number
        if axis is None or is_number or axis not in self._values:
            return Random(f"{self._seed} {node}").getrandbits(self.count)
        self._axes[leaf] = axis
        self._leaves_of.setdefault(axis, []).append(leaf)
        if axis in self._two:
            first, second = self._values[axis]
            self._states[leaf] = self._graph.is_on(node, first), self._graph.is_on(node, second)
        return self._word_drawn(leaf, axis) | self.word_since(leaf, 0) << self._drawn

    def word_since(self, leaf: int, start: int) -> int:
        """Return the values of a leaf in the rows that were added, from one on."""
        axis, node = self._axes.get(leaf), self._nodes[leaf]
        if axis is None:
            return Random(f"{self._seed} {node} {start}").getrandbits(len(self.rows) - start)
        if axis in self._two:
            whole = (1 << (len(self.rows) - start)) - 1
            return self._word_of(leaf, self._second[axis] >> start, whole)
        column = [row[axis] for row in self.rows[start:]]
        on = {value for value in set(column) if self._graph.is_on(node, value)}
        digits = "".join("1" if value in on else "0" for value in reversed(column))
        return int(digits or "0", 2)

    def _word_of(self, leaf: int, second: int, whole: int) -> int:
        """Return the values of a leaf in rows; `second` marks its axis having its second value."""
        off, on = self._states[leaf]
        if off == on:
            return whole if on else 0
        return second if on else second ^ whole

    def _word_drawn(self, leaf: int, axis: int) -> int:
        if axis in self._two:
            if axis not in self._words:
                self._words[axis] = _uneven(Random(f"{self._seed} axis {axis}"), self._drawn)
            return self._word_of(leaf, self._words[axis], (1 << self._drawn) - 1)
        values, node = self._values[axis], self._nodes[leaf]
        if axis not in self._codes:
            rng = Random(f"{self._seed} axis {axis}")
            size = length_of(values)
            self._codes[axis] = [rng.randrange(size) for _ in range(self._drawn)]
        codes = self._codes[axis]
        on = {code for code in set(codes) if self._graph.is_on(node, values[code])}
        return int("".join("1" if code in on else "0" for code in reversed(codes)), 2)

    # --------------------------------------------------------------------------- conditions

    def axis_of(self, leaf: int) -> int | None:
        """Return the axis of a leaf that shares it with others."""
        axis = self._axes.get(leaf)
        return axis if axis is not None and len(self._leaves_of[axis]) > 1 else None

    def clauses(self, leaves: Iterable[int]) -> list[Clause]:
        """Return clauses that always hold among leaves of the same axes."""
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
        definitions = {leaf: self._graph.nodes[self._nodes[leaf]] for leaf in leaves}
        cuts = {
            leaf: definition
            for leaf, definition in definitions.items()
            if isinstance(definition, Cut)
        }
        if cuts:  # what has reached the higher has reached the lower
            order = sorted(cuts, key=lambda leaf: (cuts[leaf].value, cuts[leaf].strict))
            return [(2 * low, 2 * high + 1) for low, high in pairwise(order)]
        if not all(
            isinstance(definition, Leaf) and isinstance(definition.part, str)
            for definition in definitions.values()
        ):
            return []
        clauses: list[Clause] = [(2 * a + 1, 2 * b + 1) for a, b in combinations(leaves, 2)]
        whole = self._graph.domain.axes[axis].values
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
        row = [axis.resting for axis in self._graph.domain.axes]
        rng = Random(f"{self._seed} row {len(self.rows)}")
        codes = rng.getrandbits(len(self._values))  # of axes of two values that may be anything
        for index, (axis, values) in enumerate(self._values.items()):
            leaves = wanted.get(axis)
            if leaves is None:
                is_two = axis in self._two
                row[axis] = values[codes >> index & 1 if is_two else _drawn(rng, values)]
                continue
            value = self._value(axis, leaves, states)
            if value is None:
                return
            row[axis] = value
        before, whole = len(self.rows), (2 << min(len(wanted), _NEIGHBOURS)) - 1
        self.rows.append(row)
        for axis in self._two:
            if row[axis] == self._values[axis][1]:
                self._second[axis] |= whole << before
        for axis in rng.sample(list(wanted), min(len(wanted), _NEIGHBOURS)):
            values = self._values[axis]
            near = list(row)
            near[axis] = values[_drawn(rng, values)]
            if near[axis] == row[axis]:
                near[axis] = values[0] if row[axis] != values[0] else values[-1]
            if axis in self._two:
                self._second[axis] ^= 1 << len(self.rows)
            self.rows.append(near)

    def _value(
        self, axis: int, leaves: Sequence[int], states: Mapping[int, bool]
    ) -> Number | str | None:
        """Return a value of an axis for which leaves have their states."""
        values = self._values[axis]
        if axis in self._two:
            for index in (0, 1):
                if all(self._states[leaf][index] == states[leaf] for leaf in leaves):
                    return values[index]
            return None
        wanted = {self._nodes[leaf]: states[leaf] for leaf in leaves}
        if length_of(values) <= _MAX_LISTED:
            for value in values:
                if all(self._graph.is_on(node, value) == on for node, on in wanted.items()):
                    return value
            return None
        number = 0
        for node, is_on in wanted.items():
            definition = self._graph.nodes[node]
            if not (isinstance(definition, Leaf) and isinstance(definition.part, int)):
                return None
            number |= is_on << definition.part
        return number if number in values else None


def _drawn(rng: Random, values: Tried) -> int:
    return rng.randrange(length_of(values))


def _uneven(rng: Random, count: int) -> int:
    """Draw bits: two thirds of them 1 as often as 0, the others seldom or mostly.

    Such rows also distinguish functions that need many equal inputs.
    """
    word = rng.getrandbits(count)
    part = count // 12
    for index, factors in enumerate((3, 6, 3, 6)):
        drawn = (1 << part) - 1
        for _ in range(factors):
            drawn &= rng.getrandbits(part)
        if index > 1:
            drawn ^= (1 << part) - 1
        shift = index * part
        word = word & ~(((1 << part) - 1) << shift) | drawn << shift
    return word
