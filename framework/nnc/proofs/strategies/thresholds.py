"""Inputs that bring sums to their thresholds: they find differences in few of very many inputs.

A neuron of one network that the other has not is a place where they may differ. From an output down
to such a neuron, what is read beside the way is chosen so that the way decides; the neuron's own
sum is brought to its threshold, or to the last value below (after Goel, An implicit enumeration
algorithm to generate tests for combinational logic circuits, 1981; but nothing is taken back: what
was settled first stays, and trying the rows shows what they are worth).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from random import Random

import numpy as np

from nnc.numbers.integers import Array
from nnc.proofs.plans.blocks import Block
from nnc.proofs.plans.budget import LOOK
from nnc.proofs.plans.domain import Tried
from nnc.proofs.plans.nodes import FALSE, Cut, Gate, Leaf
from nnc.proofs.plans.pair import OutputPart, Pair
from nnc.proofs.strategies.simulation import block_of, search, values_of

_ROWS = 1 << 10
_LITERAL = 3 * LOOK  # units of work for a literal that is visited, and for an axis of a row
_MAX_VALUES = 1 << 8  # of an input that is aimed at
_FLIPPED_ROWS = 32
_FLIPS_PER_ROW = 128  # inputs that are changed in such a row, one at a time
_SEED = 5


def run(pair: Pair) -> None:
    """Try inputs aimed at thresholds; a row in which an output differs becomes its witness."""
    open_ = [output for output in pair.open if output.witness is None]
    parts = [part for output in open_ for part in output.open if not part.apart]
    if parts:
        search(pair, _blocks(pair, parts), "an input near a threshold")


def _blocks(pair: Pair, parts: list[OutputPart]) -> Iterator[Block]:
    values = values_of(pair)
    if values:
        codes = np.array(list(_Aim(pair, parts, values).rows()), np.int64)
        yield block_of(pair, values, codes)
        yield block_of(pair, values, _flipped(codes, [len(tried) for tried in values.values()]))


def _flipped(codes: Array, sizes: list[int]) -> Array:
    """Return copies of some rows, each with another value of one axis."""
    rng = np.random.default_rng(_SEED)
    rows = codes[:: max(1, len(codes) // _FLIPPED_ROWS)][:_FLIPPED_ROWS]
    axes = rng.permutation(len(sizes))[:_FLIPS_PER_ROW]
    flipped = np.repeat(rows, len(axes), axis=0)
    turned = np.tile(axes, len(rows)), np.array(sizes)[np.tile(axes, len(rows))]
    every = np.arange(len(flipped))
    flipped[every, turned[0]] = (flipped[every, turned[0]] + 1) % turned[1]
    return flipped


class _Aim:
    """A generator of rows, each of which is aimed at one neuron."""

    def __init__(self, pair: Pair, parts: list[OutputPart], values: Mapping[int, Tried]) -> None:
        self._shared, self._parts, self._values = pair.shared, parts, values
        self._rng = Random(_SEED)
        cones = [pair.shared.cone(n for part in parts for n in part.sides[i]) for i in (0, 1)]
        self._alone = cones[0] ^ cones[1]
        pair.budget.spend(LOOK * len(pair.shared.nodes))
        self._budget, self._reserve = pair.budget, pair.budget.left // 4  # to try the rows
        self._work = 0
        self._settled: dict[int, bool] = {}
        self._codes: dict[int, list[int]] = {}

    def rows(self) -> Iterator[list[int]]:
        """Yield the places of values, row by row; an axis that nothing settles has some value."""
        for count in range(_ROWS):
            if count and self._is_spent:
                return
            self._settled, self._codes = {}, {}
            part = self._parts[count % len(self._parts)]
            nodes = sorted(part.nodes & self._alone or part.nodes)
            self._aim(self._rng.choice(nodes), is_on=self._rng.random() < 0.5)
            density = self._rng.choice([0, 0.5, 1])
            yield [
                self._rng.choice(self._codes[axis])
                if axis in self._codes
                else self._rng.randrange(len(values)) * (self._rng.random() < density)
                for axis, values in self._values.items()
            ]
            self._work += len(self._values)

    @property
    def _is_spent(self) -> bool:
        """True where the budget is spent; pays for the work since the last request."""
        self._budget.spend(_LITERAL * self._work)
        self._work = 0
        return self._budget.left <= self._reserve

    def _aim(self, node: int, *, is_on: bool) -> None:
        """Go down from a node to one that only one network has, and bring it to its threshold."""
        while isinstance(gate := self._shared.nodes[node], Gate) and not self._is_spent:
            below = [n for n in self._shared.reads(node) if n in self._alone and self._is_gate(n)]
            self._work += len(gate.literals)
            if not below or self._rng.random() < 0.1:
                break
            way = self._rng.choice(below)
            own = gate.weights[[literal >> 1 for literal in gate.literals].index(way)]
            # the others fall short of the threshold by at most the weight of the way: it decides
            limit = gate.threshold - self._rng.randint(1, own)
            self._justify(self._filled(gate, limit, reaches=False, way=way))
            node = way
        if isinstance(gate, Gate):
            limit = gate.threshold - (not is_on)
            self._justify(self._filled(gate, limit, reaches=is_on))
        else:
            self._justify(iter([(2 * node, is_on)]))

    def _is_gate(self, node: int) -> bool:
        return isinstance(self._shared.nodes[node], Gate)

    def _wires(self, gate: Gate) -> list[tuple[int, int]]:
        """Return literals with their weights: those known first, then maybe by weight."""
        wires = list(zip(gate.literals, gate.weights, strict=True))
        self._work += len(wires)
        self._rng.shuffle(wires)
        if self._rng.random() < 0.5:
            wires.sort(key=lambda wire: -wire[1])
        wires.sort(key=lambda wire: self._value(wire[0]) is None)
        return wires

    def _value(self, literal: int) -> bool | None:
        """Return the value of a literal that settled literals decide: itself, or its sources.

        None where that is not decided yet.
        """
        node, turned = literal >> 1, bool(literal & 1)
        if node in self._settled:
            return self._settled[node] ^ turned
        definition = self._shared.nodes[node]
        if isinstance(definition, Gate):
            self._work += len(definition.literals)
            sums = [0, 0]  # the weights of what is known to be off, and to be on
            for source, weight in zip(definition.literals, definition.weights, strict=True):
                settled = self._settled.get(source >> 1)
                if settled is not None:
                    sums[settled ^ (source & 1)] += weight
            if sums[1] >= definition.threshold:
                return not turned
            return turned if sum(definition.weights) - sums[0] < definition.threshold else None
        axis = getattr(definition, "axis", None)
        if axis not in self._codes:
            return None
        values = self._values[axis]
        states = {self._shared.is_on(node, values[code]) for code in self._codes[axis]}
        return states.pop() ^ turned if len(states) == 1 else None

    def _filled(
        self, gate: Gate, limit: int, *, reaches: bool, way: int | None = None
    ) -> Iterator[tuple[int, bool]]:
        """Choose literals for a sum of at most the limit, or for one that reaches it.

        What is known counts as it is; the way does not count.
        """
        total, passed = 0, []
        for literal, weight in self._wires(gate):
            if literal >> 1 == way:
                continue
            known = self._value(literal)
            if known is None and total + weight > limit:
                passed.append((literal, weight))
                continue
            if known is None:
                yield literal, True
            total += 0 if known is False else weight
        for literal, weight in reversed(passed):
            known = self._value(literal)
            if known is None:
                known = reaches and total < limit
                yield literal, known
            total += weight * known

    def _justify(self, wanted: Iterator[tuple[int, bool]]) -> None:
        """Settle literals one by one, and as few as will do of those that each depends on."""
        todo = [wanted]
        while todo and not self._is_spent:
            literal, is_on = next(todo[-1], (FALSE, False))
            if literal == FALSE:
                todo.pop()
                continue
            node, is_on = literal >> 1, is_on ^ bool(literal & 1)
            if node in self._settled:
                continue
            self._settled[node] = is_on
            target = self._shared.nodes[node]
            if isinstance(target, Gate):
                todo.append(self._needed(target, is_on=is_on))
            elif isinstance(target, Cut) or (isinstance(target, Leaf) and not target.is_number):
                self._settle(target, node, is_on=is_on)

    def _needed(self, gate: Gate, *, is_on: bool) -> Iterator[tuple[int, bool]]:
        """Yield literals that have to be on, or off, for a gate to be so."""
        missing = gate.threshold if is_on else sum(gate.weights) - gate.threshold + 1
        for literal, weight in self._wires(gate):
            known = self._value(literal)
            if known is None:
                yield literal, is_on
            missing -= 0 if known is (not is_on) else weight
            if missing <= 0:
                return

    def _settle(self, cut: Cut | Leaf, node: int, *, is_on: bool) -> None:
        """Leave an axis the values for which a node is as wanted, where there are any."""
        axis = cut.axis
        if axis is None or len(self._values[axis]) > _MAX_VALUES:
            return
        values = self._values[axis]
        codes = self._codes.get(axis, range(len(values)))
        fitting = [code for code in codes if self._shared.is_on(node, values[code]) is is_on]
        self._codes[axis] = fitting or list(codes)
