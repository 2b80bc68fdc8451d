"""The integer network: normalisation folded into thresholds, and numbers put into layers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from math import ceil, floor
from typing import Any, NamedTuple

from nnc.compiler.shared import Window
from nnc.language.network import AnyLayer, Network
from nnc.lazy import np
from nnc.numbers.exact import Number, simplest
from nnc.numbers.integers import Array
from nnc.training.blocks import Block, Blocks, Bounds, narrow


class Numbers(NamedTuple):
    """The numbers of a block: weights, integers over its denominator, and thresholds."""

    weights: Array
    thresholds: tuple[tuple[Number, ...], ...]


def folded(block: Block, weights: Array, limits: Array) -> Numbers:
    """Round the numbers of a block to integers, given the limits beyond which a neuron fires.

    A limit, rows x thresholds, is between two multiples of the unit, or on one; the threshold is
    the one of them, of which the rule of the neuron decides as the limit would. Limits of a neuron
    with several thresholds may come in any order, since their number alone counts.
    """
    thresholds = list(block.thresholds)
    towards = floor if block.rises == block.strict[0] else ceil
    open_places: dict[int, list[int]] = {}
    for row, k in block.open_thresholds:
        open_places.setdefault(row, []).append(k)
    for i, places in open_places.items():
        order = sorted(float(limits[i, k]) for k in places)
        units = [towards(Fraction(limit) * block.unit) for limit in order]
        numbers = list(thresholds[i])
        for k, number in zip(places, _ascending(block, i, units), strict=True):
            numbers[k] = simplest(Fraction(number, block.unit))
        thresholds[i] = tuple(numbers)
    return Numbers(narrow(weights), tuple(thresholds))


def _ascending(block: Block, row: int, units: Sequence[int]) -> Iterator[int]:
    """Yield the open thresholds of a neuron, within their bounds and in ascending order."""
    chosen, listed = iter(units), block.thresholds[row]
    bounds = [
        block.open_thresholds.get((row, k), Bounds(ceil(t * block.unit), floor(t * block.unit)))
        for k, t in enumerate(listed)
    ]
    highest = [each.high for each in bounds]
    for k in range(len(listed) - 2, -1, -1):
        ends = [high for high in highest[k : k + 2] if high is not None]
        highest[k] = min(ends, default=None)
    lowest: int | None = None
    for k, (low, _) in enumerate(bounds):
        lows = [each for each in (low, lowest) if each is not None]
        lowest = max(lows, default=None)
        if (row, k) in block.open_thresholds:
            lowest = Bounds(lowest, highest[k]).clamped(next(chosen))
            yield lowest


def filled(network: Network, blocks: Blocks, numbers: Sequence[Numbers]) -> Network:
    """Return the network with its blanks replaced by the trained numbers."""
    layers: dict[str, AnyLayer] = dict(network.layers)
    for block, chosen in zip(blocks.blocks, numbers, strict=True):
        new: Mapping[str, object] = {}
        if block.has_open_weights:
            stored = _stored(chosen.weights, block.denominator)
            new = {"weights": stored if block.window is None else _nested(stored, block.window)}
        if block.open_thresholds:
            new = {**new, "thresholds": _stored_thresholds(block, chosen.thresholds)}
        if new:
            name = str(block.path[1])
            layers[name] = layers[name].model_copy(update=new)
    return network.model_copy(update={"layers": layers})


def _stored_thresholds(block: Block, thresholds: Sequence[Sequence[Number]]) -> Any:
    """Return the thresholds of a layer: an array of integers, or exact numbers."""
    is_several = len(block.strict) > 1
    if all(each * block.unit % 1 == 0 for row in thresholds for each in row):
        units = np.array([[float(each * block.unit) for each in row] for row in thresholds])
        return _stored(units if is_several else units[:, 0], block.unit)
    return tuple(tuple(row) if is_several else row[0] for row in thresholds)


def _nested(weights: Any, window: Window) -> Any:
    """Reshape weights to the form of a convolution: features, rows, columns, channels."""
    if isinstance(weights, np.ndarray):
        return weights.reshape(window.features, *window.kernel, window.depth)
    across, depth = window.kernel[1], window.depth
    taps = [[row[i : i + depth] for i in range(0, len(row), depth)] for row in weights]
    return tuple(
        tuple(tuple(row[i : i + across]) for i in range(0, len(row), across)) for row in taps
    )


def _stored(numbers: Array, denominator: int) -> Any:
    """Divide by the denominator: integers become an array, other numbers tuples."""
    if denominator == 1:
        return narrow(numbers)
    if not (numbers % denominator).any():
        return narrow((numbers / denominator).astype(np.int64))
    if numbers.ndim == 2:
        return tuple(_stored_row(row, denominator) for row in numbers)
    return _stored_row(numbers, denominator)


def _stored_row(numbers: Array, denominator: int) -> tuple[Number, ...]:
    return tuple(simplest(Fraction(int(number), denominator)) for number in numbers)
