"""Compare the forms of outputs in one graph, as it is or with equal inner neurons merged.

Both plans are added to a graph anew, neuron by neuron, and each neuron to a graph of ANDs, which
merges what is proved to be the same (see `circuit.sweeping`). A neuron that is an earlier one there
stands for it from then on, so that adders of different structure end as one.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from nnc.compiler.plan import Plan
from nnc.lazy import np
from nnc.proofs.circuit.leaves import Leaves
from nnc.proofs.circuit.sweeping import Patience, Sweep
from nnc.proofs.plans.blocks import Block
from nnc.proofs.plans.budget import LOOK
from nnc.proofs.plans.domain import Tried
from nnc.proofs.plans.nodes import Cut, Gate, Leaf, PlanReading
from nnc.proofs.plans.pair import ComparedOutput, OutputPart, Pair, Row
from nnc.proofs.plans.shared import Shared
from nnc.proofs.strategies.simulation import search, values_of
from nnc.solvers.and_graph import FALSE

_ROWS = 3 << 10  # drawn rows; nodes that agree in all of them are candidates
_MAX_SIGNALS = 1 << 18
_READ = 8 * LOOK  # units of work for a synapse that is added to a graph
_CONFLICTS = 200  # of one search among inner neurons
_MAX_FAILURES = 8  # searches without a result before there are no more
_ENDLESS = 1 << 30
_SEED = 5


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
    if any(output.witness is None for output in pair.open) and may_add(pair):
        merge(pair, patience=_MAX_FAILURES)


def may_add(pair: Pair) -> bool:
    """Take the work of adding both plans to a graph of ANDs, if there is enough."""
    synapses = len(pair.before.neurons.sources) + len(pair.after.neurons.sources)
    is_small = pair.before.signals + pair.after.signals <= _MAX_SIGNALS
    return is_small and pair.budget.takes(_READ * synapses)


def merge(
    pair: Pair, *, conflicts: int = _CONFLICTS, patience: int = _ENDLESS, reserve: int = 0
) -> None:
    """Add both plans to a graph in which neurons are merged, and look at the outputs there.

    See `Sweep` for how long it is searched; it is left off where the budget is down to a reserve.
    """
    open_ = [output for output in pair.open if output.witness is None]
    merging = pair.merging = Merging(pair, Patience(conflicts, patience, reserve))
    readings = merging.add(pair.before, "before"), merging.add(pair.after, "after")
    pair.read(merging.shared, readings)
    for output in open_:
        if not output.open:
            output.how = f"proved neuron by neuron, {merging.merged:,} of them merged"
    search(pair, told_apart(pair, merging.leaves.rows), "an input that tells inner neurons apart")


def told_apart(pair: Pair, rows: Sequence[Row]) -> Iterator[Block]:
    """Yield rows that distinguished candidates, if the budget allows to try them."""
    if rows and pair.budget.takes(LOOK // 2 * len(rows) * len(pair.domain.axes)):
        yield _block_of_rows(pair, rows)


class Merging:
    """A graph of two plans in which neurons are merged while it is made."""

    def __init__(self, pair: Pair, patience: Patience) -> None:
        self.shared = Shared(pair.domain, pair.budget)
        self._values = values_of(pair)
        self.leaves = Leaves(self.shared, self._values, _ROWS, _SEED)
        self.sweep = Sweep(self.leaves, pair.budget, patience)
        self.merged = 0
        self._literals = {FALSE >> 1: FALSE}
        """The literal in the graph of ANDs of each node."""
        self._nodes = {FALSE >> 1: FALSE}
        """The literal that stands for each node of the graph of ANDs."""

    def add(self, plan: Plan, side: str) -> PlanReading:
        """Add a plan; return its signals in the shared graph."""
        self.sweep.hope_again()
        return self.shared.add(plan, side, self._merge)

    def literal(self, literal: int) -> int:
        """Return the literal in the graph of ANDs, where its sources are."""
        node = literal >> 1
        known = self._literals.get(node)
        if known is None:
            gate = self.shared.nodes[node]
            if isinstance(gate, Gate):
                sources = map(self.literal, gate.literals)
                terms = list(zip(sources, gate.weights, strict=True))
                known = self.sweep.neuron(terms, gate.threshold)
            else:
                known = self.sweep.leaf(node)
                self._nodes[known >> 1] = 2 * node
            self._literals[node] = known
        return known ^ (literal & 1)

    def leaf(self, node: int) -> Leaf | Cut | None:
        """Return the input that a leaf of the graph of ANDs is; None for what is no input."""
        leaf = self.shared.nodes[self._nodes[node] >> 1] if node in self._nodes else None
        return leaf if isinstance(leaf, (Leaf, Cut)) and leaf.axis is not None else None

    def _merge(self, literal: int) -> int:
        """Return the earlier literal that is the same function, or this one."""
        merged = self.literal(literal)
        known = self._nodes.setdefault(merged >> 1, literal ^ (merged & 1))
        self.merged += known >> 1 != literal >> 1
        return known ^ (merged & 1)


def _block_of_rows(pair: Pair, rows: Sequence[Row]) -> Block:
    """Return rows that have a value for each axis."""
    values: dict[int, Tried] = {}
    codes = {}
    for axis in range(len(pair.domain.axes)):
        column = [row[axis] for row in rows]
        distinct = list(dict.fromkeys(column))
        places = {value: index for index, value in enumerate(distinct)}
        values[axis] = distinct
        codes[axis] = np.array([places[value] for value in column], np.int64)
    return Block(pair.domain, len(rows), values, codes.__getitem__)


_OUTPUT_CONFLICTS = 4_000  # of one search about an output
_INNER_CONFLICTS = 2_000  # of one search among inner neurons


def run_outputs(pair: Pair) -> None:
    """Search for inputs for which bits of outputs differ; where there are none they are equal.

    Inner neurons for which searches ended early are searched again first, with a higher limit, for
    half of what may be spent.
    """
    if not isinstance(pair.merging, Merging):
        return
    if pair.merging.sweep.failed and any(output.witness is None for output in pair.open):
        merge(pair, conflicts=_INNER_CONFLICTS, reserve=pair.budget.left // 2)
    merging = pair.merging
    reserve = pair.budget.left // 2
    bits = [
        (output, part)
        for output in pair.open
        if output.witness is None
        for part in output.open
        if _literals(merging, part) is not None
    ]
    for output, part in sorted(bits, key=lambda bit: _size(merging, bit[1])):
        if output.witness is None and pair.budget.left > reserve:
            _decide(pair, merging, output, part, reserve)


def _literals(merging: Merging, part: OutputPart) -> tuple[int, int] | None:
    """Return what a bit is in both networks, as literals; None where it is no bit of both."""
    literals = []
    for form in part.forms:
        (linear, *others), _ = form
        if others or len(linear.terms) > 1 or part.apart:
            return None
        values = (linear.constant, linear.constant + sum(own for _, own in linear.terms))
        if set(values) - {0, 1}:
            return None
        node = linear.terms[0][0] if linear.terms else 0
        literals.append(merging.literal(2 * node) ^ int(values[0]))
    return literals[0], literals[1]


def _size(merging: Merging, part: OutputPart) -> int:
    literals = _literals(merging, part)
    assert literals is not None
    return len(merging.sweep.graph.cone(literal >> 1 for literal in literals))


def _decide(
    pair: Pair, merging: Merging, output: ComparedOutput, part: OutputPart, reserve: int
) -> None:
    """Search about one bit, as long as there is more than the reserve."""
    literals = _literals(merging, part)
    assert literals is not None
    rows = len(merging.leaves.rows)
    while pair.budget.left > reserve:
        is_equal = merging.sweep.search_all(*literals, _OUTPUT_CONFLICTS)
        if is_equal:
            part.is_equal = True
            output.how = "no inputs tell both apart: all were searched"
            return
        if is_equal is False:
            search(pair, told_apart(pair, merging.leaves.rows[rows:]), "a search")
            return
