"""Compute exact bounds on the sum of every neuron that is not part of a layer.

This is interval arithmetic on exact numbers: each source takes any of its values independently of
the others. So the bounds hold for every row, but may not be reached.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import NamedTuple

from nnc.compiler.graph import BIT, LayerNode, NeuronNode, SignalType
from nnc.language.network import BITS, FIRING, Fires
from nnc.numbers.exact import Number, over_one_denominator


class Bounds(NamedTuple):
    """The minimum and maximum; None means unbounded."""

    least: Number | None
    greatest: Number | None


def always_or_never(fires: Fires, threshold: Number, bounds: Bounds) -> bool | None:
    """Return True if a sum within bounds always passes the threshold, False if never, else None."""
    rule = FIRING[fires]
    last, first = bounds if rule.up else reversed(bounds)  # the last and the first to fire
    if last is not None and rule.compare(last, threshold):
        return True
    return False if first is not None and not rule.compare(first, threshold) else None


def sum_bounds(
    nodes: Sequence[NeuronNode | LayerNode], types: Sequence[SignalType]
) -> list[Bounds | None]:
    """Return the bounds of the sum of each node, before the threshold; None for layers.

    `types` are those of all signals. The bounds of layers are computed with their weights.
    """
    special = {
        i
        for i, type_ in enumerate(types)
        if type_ is not BIT and (type_.states != BITS or (type_.least, type_.greatest) != BITS)
    }
    by_signal = {
        node.first: node for node in nodes if isinstance(node, NeuronNode) and node.is_step
    }
    result: list[Bounds | None] = []
    for node in nodes:
        if isinstance(node, LayerNode):
            result.append(None)
        elif not node.steps and special.isdisjoint(node.sources):
            weights, common = node.weights, 1
            if Fraction in map(type, weights):
                weights, common = over_one_denominator(weights)
            least = sum([w for w in weights if w < 0])
            greatest = sum(weights) - least
            if common == 1:
                result.append(Bounds(least, greatest))
            else:
                result.append(Bounds(Fraction(least, common), Fraction(greatest, common)))
        else:
            result.append(_node_bounds(node, types, by_signal))
    return result


def _node_bounds(
    node: NeuronNode, types: Sequence[SignalType], by_signal: dict[int, NeuronNode]
) -> Bounds:
    least: Number | None = 0
    greatest: Number | None = 0
    in_steps = {i for start, stop in node.steps for i in range(start, stop)}
    parts = [
        _scaled(types[signal], weight)
        for i, (signal, weight) in enumerate(zip(node.sources, node.weights, strict=True))
        if i not in in_steps
    ]
    parts += [_steps_bounds(node, start, stop, types, by_signal) for start, stop in node.steps]
    for part in parts:
        least = None if least is None or part.least is None else least + part.least
        greatest = None if greatest is None or part.greatest is None else greatest + part.greatest
    return Bounds(least, greatest)


def _scaled(values: SignalType, weight: Number) -> Bounds:
    if weight == 0:
        return Bounds(0, 0)
    ends = [None if end is None else end * weight for end in (values.least, values.greatest)]
    return Bounds(*ends) if weight > 0 else Bounds(*reversed(ends))


def _steps_bounds(
    node: NeuronNode,
    start: int,
    stop: int,
    types: Sequence[SignalType],
    by_signal: dict[int, NeuronNode],
) -> Bounds:
    """Return the bounds of the points of one input's cut-offs, within the input's own bounds."""
    steps = [by_signal[signal] for signal in node.sources[start:stop]]
    number = types[steps[0].sources[0]]
    least, greatest = number.least, number.greatest
    cutoffs = [(step.thresholds[0], FIRING[step.fires].compare) for step in steps]
    points: list[Number] = [0]
    for weight in node.weights[start:stop]:
        points.append(points[-1] + weight)
    reached = [
        value
        for value, low, high in zip(points, [None, *cutoffs], [*cutoffs, None], strict=True)
        if (high is None or least is None or not high[1](least, high[0]))
        and (low is None or greatest is None or low[1](greatest, low[0]))
    ]
    return Bounds(min(reached), max(reached))
