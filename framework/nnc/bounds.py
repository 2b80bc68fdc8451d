"""Graph -> the exact least and greatest sum of every node, and of every signal.

Interval arithmetic on exact numbers: each source takes any of its values, whatever the others do.
So the bounds hold for every row, and a sum between them is not always reached.
"""

from __future__ import annotations

from typing import NamedTuple

from nnc.exact import Number
from nnc.graph import Graph, Node
from nnc.network import Input


class Bounds(NamedTuple):
    """The least and the greatest value; None where there is no limit."""

    least: Number | None
    greatest: Number | None


_BIT = Bounds(0, 1)


def input_bounds(one: Input) -> Bounds:
    """Give the values that an input can have."""
    return _BIT if one.type == "bit" else Bounds(one.min, one.max)


def sum_bounds(graph: Graph) -> list[Bounds]:
    """Give the bounds of the sum of each node, before the threshold, in the order of `nodes`."""
    special = {0: Bounds(0, 0), 1: Bounds(1, 1)}
    for i, one in enumerate(graph.inputs.values()):
        if one.type != "bit":
            special[graph.first_input() + i] = input_bounds(one)
    by_signal = {node.first: node for node in graph.nodes if node.sources and node.sources[0] > 1}
    unusual = special.keys()
    result = []
    for node in graph.nodes:
        if not node.steps and unusual.isdisjoint(node.sources):
            least = sum([w for w in node.weights if w < 0])
            result.append(Bounds(least, sum(node.weights) - least))
        else:
            result.append(_node_bounds(node, special, by_signal))
    return result


def _node_bounds(node: Node, special: dict[int, Bounds], by_signal: dict[int, Node]) -> Bounds:
    least: Number | None = 0
    greatest: Number | None = 0
    in_steps = {i for start, stop in node.steps for i in range(start, stop)}
    parts = [
        _scaled(special.get(signal, _BIT), weight)
        for i, (signal, weight) in enumerate(zip(node.sources, node.weights, strict=True))
        if i not in in_steps
    ]
    parts += [_steps_bounds(node, start, stop, special, by_signal) for start, stop in node.steps]
    for part in parts:
        least = None if least is None or part.least is None else least + part.least
        greatest = None if greatest is None or part.greatest is None else greatest + part.greatest
    return Bounds(least, greatest)


def _scaled(bounds: Bounds, weight: Number) -> Bounds:
    if weight == 0:
        return Bounds(0, 0)
    ends = [None if end is None else end * weight for end in bounds]
    return Bounds(*ends) if weight > 0 else Bounds(*reversed(ends))


def _steps_bounds(
    node: Node, start: int, stop: int, special: dict[int, Bounds], by_signal: dict[int, Node]
) -> Bounds:
    """Give the least and most points of the steps of one input, within the input's own bounds."""
    steps = [by_signal[signal] for signal in node.sources[start:stop]]
    least, greatest = special.get(steps[0].sources[0], Bounds(None, None))
    cutoffs = [step.thresholds[0] for step in steps]
    points: list[Number] = [0]
    for weight in node.weights[start:stop]:
        points.append(points[-1] + weight)
    reached = [
        value
        for value, low, high in zip(points, [None, *cutoffs], [*cutoffs, None], strict=True)
        if (high is None or least is None or least < high)
        and (low is None or greatest is None or greatest >= low)
    ]
    return Bounds(min(reached), max(reached))
