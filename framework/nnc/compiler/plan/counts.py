"""Replace outputs of counts by levels and sums, so that later code need not know counts.

A layer neuron with several thresholds is the number of them that fire. In a plan it becomes these
thresholds, which are ordinary bits; an output of such an integer becomes their level, and a bus of
integers the sums of additional neurons, one per element.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from nnc.compiler.graph import (
    Graph,
    GraphClaim,
    LayerNode,
    NeuronNode,
    SignalType,
    Tap,
    as_range,
)
from nnc.compiler.graph.graph import BIT, Origin
from nnc.compiler.plan.layers import one_each
from nnc.compiler.plan.neurons import VALUE_OF, integers
from nnc.numbers.integers import Array


def with_values(graph: Graph) -> Graph:
    """Return the graph with outputs of counts replaced, or the graph itself if there are none."""
    if not any(isinstance(node, LayerNode) and node.counted for node in graph.nodes):
        return graph
    values = _Values(graph)
    outputs = tuple(map(values.tap, graph.outputs))
    claims = tuple(values.claim(claim) for claim in graph.claims)
    return Graph(
        graph.inputs,
        (*graph.nodes, *values.nodes),
        (*graph.levels, *values.levels),
        outputs,
        values.types,
        claims,
        graph.owed,
    )


class _Values:
    """Build the neurons whose sums are elements of outputs."""

    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        self.types: list[SignalType] = list(graph.types)
        self.nodes: list[NeuronNode] = []
        self.levels: list[int] = []
        self._made: dict[tuple[str, int], int] = {}

    def claim(self, claim: GraphClaim) -> GraphClaim:
        """Return a claim with its outputs replaced."""
        return claim.moved(self.tap)

    def tap(self, tap: Tap) -> Tap:
        """Return an output without counts: of bits, numbers of inputs, levels or sums."""
        is_plain = tap.kind in ("number", "bus")
        if not is_plain or not any(self.types[slot].counted for slot in tap.signals):
            return tap
        if not tap.is_bus:
            return replace(tap, kind="level", states=None)
        firsts = tuple(
            self._value(f"{VALUE_OF}{tap.alias}({i})", slot) for i, slot in enumerate(tap.signals)
        )
        return Tap(tap.alias, "sum", firsts, is_bus=True)

    def _value(self, name: str, slot: int) -> int:
        """Return the signal of a neuron whose sum is the value of a signal, created once."""
        if (name, slot) in self._made:
            return self._made[name, slot]
        place = self.graph.producers[slot]
        self.levels.append(1 if place < 0 else self.graph.levels[place] + 1)
        self.nodes.append(
            NeuronNode(name, Origin(()), "at_least", (slot,), (1,), (1,), (), len(self.types))
        )
        self._made[name, slot] = len(self.types)
        self.types.append(BIT)
        return self._made[name, slot]


# ------------------------------------------------------------------------------- numbering


def wired(
    signals: Sequence[int], slots: Sequence[int], types: Sequence[SignalType]
) -> tuple[Sequence[int], Array]:
    """Return the signals that a layer reads, and the number of signals per weight."""
    counts = [types[slot].counted for slot in slots]
    if not any(counts):
        return as_range([signals[slot] for slot in slots]), one_each()
    each = [count or 1 for count in counts]
    sources = as_range(list(_spread(signals, slots, types)))
    return sources, integers(each[:1] if len(set(each)) == 1 else each)


def moved(tap: Tap, signals: Sequence[int], types: Sequence[SignalType]) -> Tap:
    """Return an output in the plan's numbering; for a count, the level of its thresholds."""
    if tap.kind == "level" and any(types[slot].counted for slot in tap.signals):
        return replace(tap, signals=as_range(list(_spread(signals, tap.signals, types))))
    return replace(tap, signals=as_range([signals[slot] for slot in tap.signals]))


def _spread(
    signals: Sequence[int], slots: Sequence[int], types: Sequence[SignalType]
) -> Iterator[int]:
    """Yield the signals of slots; for a count, those that it counts."""
    for slot in slots:
        yield from range(signals[slot], signals[slot] + (types[slot].counted or 1))
