"""Outputs of the same form in one graph: as it is, or once equal inner neurons are made one node.

Neurons that gave the same for random inputs are candidates; what lies between two of them and a cut
through the nodes they depend on decides (Kuehlmann and others, Robust Boolean reasoning for
equivalence checking, 2002). Each one proved makes the next ones easier, so adders of different
structure are proved equal where all their inputs could never be tried.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import replace
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from nnc.compiler.graph import Graph, NeuronNode
from nnc.compiler.graph.graph import BIT, ONE, ZERO, Origin
from nnc.compiler.plan import Plan, build_plan
from nnc.language.network import Input
from nnc.language.references import CONSTANTS
from nnc.proving.budget import LOOK, Budget
from nnc.proving.domain import Interval, length_of
from nnc.proving.nodes import FALSE, Cut, Gate, Leaf
from nnc.proving.pair import Pair
from nnc.proving.shared import Merge, Shared
from nnc.proving.strategies.simulation import random_block, random_work
from nnc.rows.columns import Batch, TruthTableColumn
from nnc.run.engines import How
from nnc.run.evaluation import calculate

Words = NDArray[np.uint64]

_ROWS = 1 << 12
"""Of random inputs: what gives the same for all of them is a candidate."""
_WINDOWS = (8, 14, 20)
"""The widths of the cuts that are tried: all 2^width values of each."""
_MAX_TRIES = 3  # candidates of one node
_MAX_SIGNALS = 1 << 18
_MAX_WIDTH = 64
"""Of a cut on the way to a narrow one."""
_READ = 8_000_000
"""Units of work for a synapse that is added to a graph, and calculated for the random inputs."""
_WINDOW, _TRIED = 30_000_000, 20
"""Units for a synapse of a window, and for it in each row."""
_NOWHERE = Origin(())
_ONES = (np.uint64(0), ~np.uint64(0))


def compare_forms(pair: Pair) -> None:
    """Add both plans to one graph; what has the same form there is equal."""
    shared = Shared(pair.domain, pair.budget)
    readings = shared.add(pair.before, "before"), shared.add(pair.after, "after")
    pair.read(shared, readings)
    for output in pair.outputs:
        if not output.open:
            output.how = "same normal form"


def run(pair: Pair) -> None:
    """Merge inner neurons as long as the budget lasts; outputs of the same form then are equal."""
    open_ = [output for output in pair.open if output.witness is None]
    if not open_ or pair.before.signals + pair.after.signals > _MAX_SIGNALS:
        return
    synapses = len(pair.before.neurons.sources) + len(pair.after.neurons.sources)
    if not pair.budget.takes(_READ * synapses + random_work(pair, _ROWS)):
        return
    sweep = _Sweep(pair)
    shared = sweep.shared
    readings = (
        shared.add(pair.before, "before", sweep.merge_of(pair.before)),
        shared.add(pair.after, "after", sweep.merge_of(pair.after)),
    )
    pair.read(shared, readings)
    for output in open_:
        if not output.open:
            output.how = f"proved neuron by neuron, {sweep.merged:,} of them merged"


class _Sweep:
    """A graph in which nodes that are proved equal are merged while it is made."""

    def __init__(self, pair: Pair) -> None:
        self.pair, self.shared = pair, Shared(pair.domain, pair.budget)
        self.merged = 0
        self._block = random_block(pair, _ROWS)
        self._alike: dict[bytes, list[int]] = {bytes(self._block.count // 8): [FALSE]}
        """Literals by what they give for the random inputs, 0 in the first of them."""
        self._settled = {FALSE >> 1: FALSE}
        """The literal that each node was found to be, from then on used in its place."""

    def merge_of(self, plan: Plan) -> Merge:
        """Return the function that merges what is made for the signals of a plan."""
        made = range(plan.first_made, plan.signals)
        how = self.pair.how
        signals = calculate(plan, self._block.batch(plan), frozenset(made), frozenset(), how)
        words = signals.words_of(made)

        def merge(literal: int, signal: int) -> int:
            node = literal >> 1
            if node not in self._settled and isinstance(self.shared.nodes[node], Gate):
                turned = literal & 1
                # the words are of the signal, which is the opposite of the node if turned
                seen = words[signal - plan.first_made] ^ _ONES[turned]
                self._settled[node] = self._merged(2 * node, seen)
            return self._settled.get(node, 2 * node) ^ (literal & 1)

        return merge

    def _merged(self, literal: int, seen: NDArray[np.uint64]) -> int:
        """Return the literal of an earlier node that is proved to be the same, or this one."""
        # of a signal and its opposite the one stands for both that is 0 in the first row
        turned = int(seen[0] & np.uint64(1))
        key = (seen ^ _ONES[turned]).tobytes()
        literal ^= turned
        for candidate in self._alike.get(key, ())[:_MAX_TRIES]:
            if self._is_equal(literal, candidate):
                self.merged += 1
                return candidate ^ turned
        self._alike.setdefault(key, []).append(literal)
        return literal ^ turned

    def _is_equal(self, literal: int, candidate: int) -> bool:
        """Return whether two literals are the same, by ever wider windows."""
        return any(
            are_equal(self.shared, literal, candidate, most, self.pair.how, self.pair.budget)
            for most in _WINDOWS
        )


# --------------------------------------------------------------------------------- windows
#
# A *window* is the part of the graph between two nodes and a cut through what they depend on. Where
# both are the same for all values of the cut, they are the same; where they are not, nothing is
# known, for the cut may never take such values. What the domain rules out is not tried: two values
# of one choice, or a number that is above 5 and not above 3.


def are_equal(shared: Shared, first: int, second: int, most: int, how: How, budget: Budget) -> bool:
    """Return whether two literals are the same for all values of a cut of at most `most` nodes.

    Where the budget is not enough to try them, they are not known to be.
    """
    roots = {first >> 1, second >> 1} - {0}  # a constant has nothing below it
    leaves = cut(shared, roots, most, budget)
    if leaves is None:
        return False
    inside = _between(shared, roots, leaves)
    synapses = sum(1 for node in inside for _ in shared.reads(node))
    if not budget.takes(synapses * (_WINDOW + (_TRIED << len(leaves)))):
        return False
    plan, signal_of = _plan(shared, sorted(leaves), inside)
    count = 1 << len(leaves)  # rows: all values of the cut, as a truth table
    column = TruthTableColumn(0, count, tuple(range(len(leaves))), is_bus=True)
    bound = _bound_leaves(shared, leaves)
    wanted = frozenset(signal_of[node] for node in {*roots, *bound})
    alone = replace(how, threads=1)  # starting others takes longer than most windows
    signals = calculate(plan, Batch((column,), count), wanted, frozenset(), alone)
    words = [
        signals.words_of([signal_of[literal >> 1]])[0] if literal > 1 else np.uint64(0)
        for literal in (first, second)
    ]
    differs = words[0] ^ words[1] ^ _ONES[(first ^ second) & 1]
    if bound:
        values = dict(
            zip(bound, signals.words_of([signal_of[node] for node in bound]), strict=True)
        )
        differs = differs & _possible(shared, values)
    # the last word may have bits that are not rows
    rows = ~np.uint64(0) if count >= 64 else np.uint64((1 << count) - 1)
    return not bool((differs & rows).any())


def _bound_leaves(shared: Shared, leaves: Iterable[int]) -> list[int]:
    """Return the leaves that say of what value one input is, where more than one of a cut does."""
    axes = {node: _axis_of(shared, node) for node in leaves}
    counts = Counter(axes.values())
    return [node for node in sorted(axes) if axes[node] is not None and counts[axes[node]] > 1]


def _axis_of(shared: Shared, node: int) -> int | None:
    """Return the choice of which a node is a value, or the number that it compares."""
    kind = shared.nodes[node]
    if isinstance(kind, Cut) or (isinstance(kind, Leaf) and isinstance(kind.part, str)):
        return kind.axis
    return None


def _possible(shared: Shared, values: Mapping[int, Words]) -> Words:
    """Return the rows in which choices have one value, and a number is not below and above one."""
    axes: dict[int | None, list[int]] = {}
    for node in values:
        axes.setdefault(_axis_of(shared, node), []).append(node)
    possible = ~np.zeros_like(next(iter(values.values())))
    for axis, nodes in axes.items():
        cuts = {node: kind for node in nodes if isinstance(kind := shared.nodes[node], Cut)}
        if cuts:
            nodes = sorted(cuts, key=lambda node: (cuts[node].value, cuts[node].strict))
            for low, high in pairwise(nodes):  # what has reached the higher has reached the lower
                possible &= values[low] | ~values[high]
            continue
        seen = np.zeros_like(possible)
        for node in nodes:
            possible &= ~(seen & values[node])
            seen |= values[node]
        whole = shared.domain.axes[axis].values if axis is not None else ()
        if not isinstance(whole, Interval) and len(nodes) == length_of(whole):
            possible &= seen
    return possible


def cut(shared: Shared, roots: set[int], most: int, budget: Budget) -> set[int] | None:
    """Return a cut of at most `most` nodes below some; None where even the nearest is wider.

    None also where the budget is not enough to look for it.

    From the roots down, the node is opened that adds the fewest to the cut, and of these the last.
    """
    leaves = set(roots)
    closed: set[int] = set()
    while True:
        best: tuple[int, int] | None = None
        if not budget.takes(LOOK * len(leaves)):
            return None
        for node in leaves - closed:
            gate = shared.nodes[node]
            if not isinstance(gate, Gate):
                closed.add(node)
                continue
            if node in roots:  # a root in the cut would prove nothing: it is opened first
                best = -most, node
                break
            reads = shared.reads(node)
            budget.spend(LOOK // 8 * len(gate.literals))
            growth = sum(1 for read in reads if read not in leaves) - 1
            if best is None or (growth, -node) < (best[0], -best[1]):
                best = growth, node
        if best is None or len(leaves) > _MAX_WIDTH:
            break
        # a node that makes the cut no wider is opened also where the cut is too wide still
        if best[0] >= 0 and len(leaves) + best[0] > most:
            break
        leaves.remove(best[1])
        leaves.update(shared.reads(best[1]))
    return leaves if len(leaves) <= most and not leaves & roots else None


def _between(shared: Shared, roots: set[int], leaves: set[int]) -> list[int]:
    """Return the nodes from the cut up to the roots, sources first."""
    seen = set(roots)
    todo = list(roots)
    while todo:
        for read in shared.reads(todo.pop()):
            if read not in seen and read not in leaves:
                seen.add(read)
                todo.append(read)
    return sorted(seen)


def _plan(shared: Shared, leaves: list[int], inside: list[int]) -> tuple[Plan, dict[int, int]]:
    """Return a window as a plan, and the signal of each of its nodes there."""
    levels = dict.fromkeys(leaves, 0)
    for node in inside:
        levels[node] = 1 + max(levels[read] for read in shared.reads(node))
    inside = sorted(inside, key=levels.__getitem__)
    signal_of = {node: place for place, node in enumerate([*leaves, *inside], len(CONSTANTS))}
    nodes = tuple(_node(shared, node, signal_of) for node in inside)
    graph = Graph(
        {"cut": Input(type="bit", size=len(leaves))},
        nodes,
        tuple(levels[node] for node in inside),
        (),
        [ZERO, ONE, *[BIT] * len(signal_of)],
    )
    return build_plan(graph), signal_of


def _node(shared: Shared, node: int, signal_of: dict[int, int]) -> NeuronNode:
    """Write a gate as a neuron; a source that is turned counts 1 - bit."""
    gate = shared.nodes[node]
    assert isinstance(gate, Gate)
    signs = [-1 if literal & 1 else 1 for literal in gate.literals]
    weights = [sign * weight for sign, weight in zip(signs, gate.weights, strict=True)]
    limit = gate.threshold + sum(weight for weight in weights if weight < 0)
    sources = [signal_of[literal >> 1] for literal in gate.literals]
    return NeuronNode("", _NOWHERE, "at_least", sources, weights, (limit,), (), signal_of[node])
