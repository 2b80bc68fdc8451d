"""The integer network: normalisation folded into thresholds, and exact answers to compare with.

They are computed here beside nnc's engines, which are to give the same.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from math import ceil, floor, lcm
from typing import Any, NamedTuple

from nnc.compiler.shared import Window
from nnc.diagnostics.diagnostic import Diagnostic, InvalidRowsError
from nnc.language.network import AnyLayer, Network
from nnc.lazy import np
from nnc.numbers.exact import Number, simplest
from nnc.numbers.integers import Array
from nnc.training.blocks import Block, Blocks, Bounds, Values, narrow
from nnc.training.labels import Target

EXACT = 1 << 53  # floats below are exact integers
SINGLE = 1 << 24  # floats of 32 bits below are
BLOCK = 1024  # rows that are calculated at a time
WINDOW_VALUES = 1 << 22  # values of windows of convolutions that are laid out at a time


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
    for i in dict.fromkeys(row for row, _ in block.open_thresholds):
        places = [k for row, k in block.open_thresholds if row == i]
        order = sorted(float(limits[i, k]) for k in places)
        units = [towards(Fraction(limit) * block.unit) for limit in order]
        row = list(thresholds[i])
        for k, number in zip(places, _ascending(block, i, units), strict=True):
            row[k] = simplest(Fraction(number, block.unit))
        thresholds[i] = tuple(row)
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


def answers(
    blocks: Blocks, numbers: Sequence[Numbers], values: Values, targets: Sequence[Target]
) -> list[Array]:
    """Return for each target the class of each row, or its bits, rows x signals.

    Raises InvalidRowsError where sums are too large to be exact.
    """
    parts = [
        _answers(blocks, numbers, values.cut(first, BLOCK), targets)
        for first in range(0, len(values.numbers), BLOCK)
    ]
    return [np.concatenate(each) for each in zip(*parts, strict=True)]


def _answers(
    blocks: Blocks, numbers: Sequence[Numbers], values: Values, targets: Sequence[Target]
) -> list[Array]:
    """Compute the answers for one block of rows."""
    count = len(values.numbers)
    width = len(blocks.given) + sum(block.outputs for block in blocks.blocks)
    table = np.zeros((count, width))
    table[:, : len(blocks.given)] = values.numbers
    denominators = np.ones(width, object)
    denominators[: len(blocks.given)] = values.denominators
    sums: dict[int, tuple[Array, int]] = {}
    wanted = {signal for target in targets if target.is_class for signal in target.signals}
    done = len(blocks.given)
    for block, chosen in zip(blocks.blocks, numbers, strict=True):
        outside = Fraction(0 if block.window is None else block.window.outside)
        scale = lcm(outside.denominator, *set(denominators[block.columns].tolist()))
        sources = np.rint(table[:, block.columns] * scale)
        if block.window is None:
            totals = _product(sources, chosen.weights)
        else:
            totals = _convolved(sources, chosen.weights, block.window, float(outside * scale))
        whole = scale * block.denominator
        block_signals = range(block.first, block.first + block.size)
        sums |= {s: (totals[:, s - block.first], whole) for s in wanted.intersection(block_signals)}
        on = np.stack(
            [_passes(block, totals, chosen.thresholds, k, whole) for k in range(len(block.strict))],
            axis=2,
        )
        off, high = map(float, block.states)
        signals = on.sum(axis=2) if block.counts else off + (high - off) * on.reshape(count, -1)
        table[:, done : done + block.outputs] = signals
        if not block.counts:
            common = lcm(*(state.denominator for state in block.states))
            denominators[done : done + block.outputs] = common
        done += block.outputs
    classes = []
    for target in targets:
        if target.is_class:
            scales = [sums[signal][1] for signal in target.signals]
            common = lcm(*scales)
            each = [sums[s][0] * (common // sums[s][1]) for s in target.signals]
            classes.append(np.stack(each, axis=1).argmax(axis=1))
        else:
            places = [blocks.places[signal] for signal in target.signals]
            states = [float(state_of(blocks, place)) for place in places]
            classes.append((table[:, places] == states).astype(np.int64))
    return classes


def state_of(blocks: Blocks, place: int) -> Number:
    """Return the value of a signal whose neuron fires."""
    done = len(blocks.given)
    for block in blocks.blocks:
        done += block.outputs
        if place < done:
            return block.states[1]
    raise AssertionError("no block makes this signal")


def _product(sources: Array, weights: Array) -> Array:
    """Compute sums exactly, in floats wide enough to hold them.

    Raises InvalidRowsError where none do.
    """
    per_neuron = np.abs(weights).sum(axis=1, dtype=np.int64)  # narrow integers have a negative
    most = float(np.abs(sources).max(initial=0)) * float(per_neuron.max(initial=0))
    if most < SINGLE:
        single = sources.astype(np.float32) @ weights.astype(np.float32).T
        return single.astype(np.float64)
    if most < EXACT:
        return sources @ weights.astype(np.float64).T
    message = "the values are too large, or have too many digits, to be trained on exactly"
    hint = "round the columns, or choose smaller units"
    raise InvalidRowsError([Diagnostic("bad-value", message, help=hint)])


def _convolved(sources: Array, weights: Array, window: Window, outside: float) -> Array:
    """Compute the sums of a convolution, rows x (places, features), from unrolled windows."""
    count = len(sources)
    pixels = window.pixels(np.arange(window.positions))
    step = max(1, WINDOW_VALUES // (pixels.size * window.shape[2]))
    totals = np.empty((count, window.positions, window.features))
    beyond = np.full((1, 1, window.shape[2]), outside)
    for first in range(0, count, step):
        some = sources[first : first + step].reshape(
            -1, window.width // window.shape[2], window.shape[2]
        )
        padded = np.concatenate([some, np.broadcast_to(beyond, (len(some), *beyond.shape[1:]))], 1)
        seen = padded[:, pixels]  # the last pixel, -1, is outside
        for group in range(window.groups):
            channels = slice(group * window.depth, (group + 1) * window.depth)
            features = slice(group * window.group_features, (group + 1) * window.group_features)
            flat = seen[:, :, :, channels].reshape(len(some) * window.positions, -1)
            product = _product(flat, weights[features])
            totals[first : first + step, :, features] = product.reshape(
                len(some), window.positions, -1
            )
    return totals.reshape(count, window.size)


def _passes(
    block: Block, totals: Array, thresholds: Sequence[Sequence[Number]], k: int, whole: int
) -> Array:
    """Compare sums, scaled by `whole`, with threshold `k` of each neuron."""
    exact = [Fraction(row[k]) * whole for row in thresholds]
    strict = block.strict[k]
    if block.rises:
        limits = [floor(t) + 1 if strict else ceil(t) for t in exact]
        return totals >= np.tile(np.array(limits, float), block.places)
    limits = [ceil(t) - 1 if strict else floor(t) for t in exact]
    return totals <= np.tile(np.array(limits, float), block.places)


def right_rows(answered: Sequence[Array], codes: Sequence[Array]) -> int:
    """Count the rows in which every label is right."""
    each = [(f == c).reshape(len(c), -1).all(axis=1) for f, c in zip(answered, codes, strict=True)]
    return int(np.logical_and.reduce(each).sum())


def filled(network: Network, blocks: Blocks, numbers: Sequence[Numbers]) -> Network:
    """Return the network with its blanks replaced by the trained numbers."""
    layers: dict[str, AnyLayer] = dict(network.layers)
    for block, chosen in zip(blocks.blocks, numbers, strict=True):
        new: Mapping[str, Any] = {}
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
