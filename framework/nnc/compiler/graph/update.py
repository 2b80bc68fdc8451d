"""Graph + a version of its network with other numbers -> Graph: only what changed is made anew.

Which neurons there are, what each reads and in which order they come is as it was, and was found
to be right then.
"""

from __future__ import annotations

from collections.abc import Collection
from fractions import Fraction
from math import lcm
from typing import cast

from nnc.compiler.graph.graph import Graph, LayerNode, NeuronNode, Origin
from nnc.compiler.graph.neurons import MAX_DENOMINATOR_BITS
from nnc.compiler.linking import Linked
from nnc.language.network import Network, Neuron
from nnc.numbers.exact import Number

_NO_WIRING = {"neurons", "name", "description", "cases", "meta", "folder", "root"}
"""The fields of a network that the graph does not depend on, and the one that is looked at."""
_RULES = ("wiring", "thresholds", "fires", "states")


def updated_graph(linked: Linked, before: Linked, graph: Graph) -> Graph | None:
    """Return the graph of a network, made of that of a version `before`.

    None where more may be different than single weights and thresholds of neurons by name, or
    where a number needs a look.
    """
    old, new = before.network, linked.network
    if old.parts or old.layers or graph.claims or linked.broken or not _is_alike(old, new):
        return None
    changed = {name: own for name, own in new.neurons.items() if own is not old.neurons[name]}
    if not all(_has_other_numbers(old.neurons[name], own) for name, own in changed.items()):
        return None
    nodes: list[NeuronNode | LayerNode] = []
    for node in graph.nodes:
        own = None if isinstance(node, LayerNode) or node.is_step else changed.get(node.name)
        origin = Origin(node.origin.path, linked.file)
        if own is None:
            nodes.append(node._replace(origin=origin))
            continue
        assert isinstance(own.weights, dict)
        if len(own.weights) != len(node.sources):  # a weight is that of a whole bus
            return None
        own_weights = cast("Collection[Number]", own.weights.values())
        weights = tuple(own_weights) if isinstance(node.weights, tuple) else list(own_weights)
        limits = (cast("Number", own.threshold),)
        nodes.append(node._replace(origin=origin, weights=weights, thresholds=limits))
    return Graph(graph.inputs, tuple(nodes), graph.levels, graph.outputs, graph.types)


def _is_alike(before: Network, after: Network) -> bool:
    """Return whether two networks are the same but for what stands in their neurons."""
    return list(before.neurons) == list(after.neurons) and all(
        getattr(before, key) == getattr(after, key) for key in Network.readers.keys() - _NO_WIRING
    )


def _has_other_numbers(before: Neuron, after: Neuron) -> bool:
    """Return whether two neurons read the same by name, and only their numbers may differ."""
    if not isinstance(before.weights, dict) or not isinstance(after.weights, dict):
        return False
    if list(before.weights) != list(after.weights):
        return False
    if any(getattr(before, key) != getattr(after, key) for key in _RULES):
        return False
    numbers = [*after.weights.values(), after.threshold]
    plain = [*before.weights.values(), before.threshold, *numbers]
    if not all(type(number) in (int, Fraction) for number in plain):
        return False
    scale = lcm(*(number.denominator for number in numbers if isinstance(number, Fraction)))
    return scale.bit_length() <= MAX_DENOMINATOR_BITS
