"""What the signs of the weights show: which inputs can only raise an output, or only lower it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from nnc.compiler.graph import Graph, LayerNode, NeuronNode, Tap
from nnc.compiler.joint import row_of_layer
from nnc.language.network import FIRING
from nnc.numbers.exact import Number

_MAX_SIGNED = 1 << 20
"""Of a layer with more synapses the signs of the weights are not looked at."""


def open_elements(graph: Graph, tap: Tap, slots: Sequence[int], *, rising: bool) -> list[int]:
    """Return those inputs of which the signs of the weights do not show that they only raise.

    With `rising` off, that they only lower. What is raised is a value, whatever its states are. A
    path counts by the signs of its weights, turned where a neuron has its lesser state for large
    sums.
    """
    bit_of = {slot: 1 << i for i, slot in enumerate(slots)}
    ups = [0] * len(graph.types)
    downs = [0] * len(graph.types)
    for slot, bit in bit_of.items():
        ups[slot] = bit
    for node in graph.nodes:
        for first, (up, down) in _signs(node, ups, downs):
            for signal in first:
                ups[signal], downs[signal] = up, down
    up, down = _of_tap(graph, tap, ups, downs)
    wrong = down if rising else up
    return [slot for slot, bit in bit_of.items() if wrong & bit]


def _signs(
    node: object, ups: Sequence[int], downs: Sequence[int]
) -> Iterator[tuple[Sequence[int], tuple[int, int]]]:

    assert isinstance(node, (LayerNode, NeuronNode))
    rises = FIRING[node.fires].up != (node.states[0] > node.states[1])
    reached = [i for i, source in enumerate(node.sources) if ups[source] | downs[source]]
    if not reached:
        return
    if isinstance(node, NeuronNode):
        pairs = [(node.sources[i], node.weights[i]) for i in reached]
        signs = _weighed(pairs, ups, downs)
        yield range(node.first, node.first + node.outputs), signs if rises else signs[::-1]
        return
    if node.size * len(node.sources) > _MAX_SIGNED:
        both = 0
        for i in reached:
            both |= ups[node.sources[i]] | downs[node.sources[i]]
        yield range(node.first, node.first + node.size), (both, both)
        return
    for i in range(node.size):
        places, weights = row_of_layer(node, i)
        pairs = [(node.sources[at], weight) for at, weight in zip(places, weights, strict=True)]
        signs = _weighed(pairs, ups, downs)
        yield (node.first + i,), signs if rises else signs[::-1]


def _weighed(
    pairs: Sequence[tuple[int, Number]], ups: Sequence[int], downs: Sequence[int]
) -> tuple[int, int]:
    up = down = 0
    for source, weight in pairs:
        if weight > 0:
            up, down = up | ups[source], down | downs[source]
        elif weight < 0:
            up, down = up | downs[source], down | ups[source]
    return up, down


def _of_tap(graph: Graph, tap: Tap, ups: Sequence[int], downs: Sequence[int]) -> tuple[int, int]:
    if tap.kind != "sum":
        up = down = 0
        for slot in tap.signals:
            type_ = graph.types[slot]
            # a level, and a bus as an integer, count whether a bit is on
            turned = tap.kind != "bit" and type_.kind == "bit" and type_.states[0] > type_.states[1]
            up |= downs[slot] if turned else ups[slot]
            down |= ups[slot] if turned else downs[slot]
        return up, down

    node = graph.nodes[graph.producers[tap.signals[0]]]
    if isinstance(node, LayerNode):
        places, weights = row_of_layer(node, tap.signals[0] - node.first)
        pairs = [(node.sources[at], weight) for at, weight in zip(places, weights, strict=True)]
        return _weighed(pairs, ups, downs)
    return _weighed(list(zip(node.sources, node.weights, strict=True)), ups, downs)
