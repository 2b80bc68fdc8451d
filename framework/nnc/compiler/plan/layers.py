"""Convert layers for engines: weights as stored, exact limits, and the arithmetic of sums.

Weights stay the mapped array of their file. A bit with the states [off, on] is computed as 0 or 1:
with d = on - off, S = d * sum(w * bit) + off * sum(w), so only the limits change. If sums are
integers, a limit between two integers is rounded to one of them.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cache, cached_property
from itertools import accumulate
from math import ceil, floor, lcm

from nnc.compiler.graph import LayerNode, SharedWeights, SignalType, SparseWeights, Window
from nnc.compiler.plan.neurons import integers
from nnc.compiler.plan.totals import (
    EXACT_IN,
    Proved,
    bounds_of,
    class_offsets,
    numbers,
    proved_of,
    row_of,
    row_sums,
    scaled_kernel,
    spread_classes,
    values_of,
)
from nnc.language.network import BITS, FIRING, Fires, States, rule_with
from nnc.lazy import np
from nnc.numbers.exact import Number, exact_float, simplest, stored_number
from nnc.numbers.integers import Array, objects


@cache
def one_each() -> Array:
    """Return the `counts` of a layer with one source per weight."""
    return integers([1])


@dataclass(frozen=True, eq=False)
class LayerStep:
    """One layer, ready to be evaluated; its outputs are the signals from `first` on.

    total[i] = sum of weights[i, j] * source[j] is compared with limits[i]; bits among the sources
    are 0 or 1.

    Each neuron has `width` limits, usually one: neuron i has the signals first + i * width + k,
    which are 1 if its total passes limits[i * width + k]. Weight j applies to `counts[j]`
    consecutive sources, which are such signals, and so multiplies their count. `counts` has one
    entry for all, or one per weight of a neuron.

    `weights` is an array of size x fan-in, or SparseWeights. The exact sum of neuron i is factor *
    total[i] / scales[i] + offsets[i]. `scales` and `offsets` have one entry for all or one per
    neuron, `thresholds`, as written, one for all or one per limit. `arithmetic` is the type in
    which totals are exact: `float32`, `float64`, `int64` or `object` (Python integers); `bounded`
    if float64 decides all but near ties; `numbers` if a source is a number, so that the type
    depends on the rows.

    Engines use `proved`, which follows from the weights, because a file may claim anything.
    """

    name: str
    level: int
    fires: Fires
    sources: Sequence[int] | Array
    weights: Array | SparseWeights
    limits: Array
    size: int
    first: int
    factor: Number
    scales: Array
    offsets: Array
    least: Number
    greatest: Number
    arithmetic: str
    states: States
    thresholds: Array
    width: int = 1
    counts: Array = field(default_factory=one_each)
    calculated: Proved | None = field(default=None, compare=False)
    """The arithmetic proved when the step was built, not read from a file."""

    @property
    def outputs(self) -> int:
        """The number of its signals."""
        return self.size * self.width

    @property
    def signals(self) -> range:
        """The signals of the layer."""
        return range(self.first, self.first + self.outputs)

    @property
    def firsts(self) -> range:
        """The first signal of each neuron."""
        return range(self.first, self.first + self.outputs, self.width)

    @property
    def reads_counts(self) -> bool:
        """True if a weight is multiplied by a count of several sources."""
        return len(self.counts) > 1 or int(self.counts[0]) != 1

    @property
    def fan_in(self) -> int:
        """The number of weights of a neuron, including those that sparse matrices omit."""
        if len(self.counts) > 1:
            return len(self.counts)
        return len(self.sources) // int(self.counts[0])

    @cached_property
    def starts(self) -> list[int]:
        """The index of the first source of each weight, and the end of the last."""
        each = numbers(self.counts) * (self.fan_in if len(self.counts) == 1 else 1)
        return list(accumulate(map(int, each), initial=0))

    @cached_property
    def proved(self) -> Proved:
        """The arithmetic that represents totals of bits exactly, proved from the weights.

        What a file claims only determines how much is checked: `bounded` floats need no bound, and
        small integers have one by their type. The arithmetic is never `numbers`.
        """
        if self.calculated is not None:
            return self.calculated
        weights = self.weights
        kind, width = values_of(weights).dtype.kind, values_of(weights).dtype.itemsize
        if kind == "f" and self.arithmetic in ("bounded", "numbers"):
            return Proved(0, "bounded")
        if kind in "iu" and not isinstance(weights, SparseWeights):
            largest = len(self.sources) << (8 * width - (kind == "i"))
            if largest < 1 << EXACT_IN["float32"]:
                return Proved(largest, "float32")
        return proved_of(weights, bounds_of(weights, self.size, self.counts)[2])

    @property
    def written_fires(self) -> Fires:
        """The firing rule as written; `fires` applies to totals."""
        return _calculated(self.fires, self.factor)

    def threshold(self, i: int) -> Number:
        """Return the threshold of one signal, as written."""
        return stored_number(self.thresholds[i if len(self.thresholds) > 1 else 0])

    @property
    def dtype(self) -> str:
        """The type of a weight."""
        return values_of(self.weights).dtype.name  # without the byte order

    @cached_property
    def synapses(self) -> int:
        """The number of weights."""
        if isinstance(self.weights, SharedWeights):
            return self.weights.window.synapses
        if isinstance(self.weights, SparseWeights):
            return len(self.weights.values)
        return self.size * self.fan_in

    def row(self, i: int) -> tuple[list[int], list[Number]]:
        """Return the sources and weights of the neuron of signal i, as used in its total."""
        places, weights = row_of(self.weights, i // self.width)
        if self.reads_counts:
            places, weights = self.spread(places, weights)
        return [int(self.sources[place]) for place in places], weights

    def spread(
        self, places: Sequence[int], weights: Sequence[Number]
    ) -> tuple[list[int], list[Number]]:
        """Return the indices of all sources, and the weight of each."""
        starts = self.starts
        spread = [range(starts[place], starts[place + 1]) for place in places]
        return (
            [source for own in spread for source in own],
            [weight for own, weight in zip(spread, weights, strict=True) for _ in own],
        )

    def scale(self, i: int) -> int:
        """Return the scale of the neuron of signal i."""
        return int(self.scales[i // self.width if len(self.scales) > 1 else 0])

    def offset(self, i: int) -> Number:
        """Return the offset of the neuron of signal i."""
        return stored_number(self.offsets[i // self.width if len(self.offsets) > 1 else 0])


def _calculated(fires: Fires, factor: Number) -> Fires:
    """Return the rule for totals from the rule for sums: a negative factor reverses it."""
    rule = FIRING[fires]
    return rule_with(up=rule.up != (factor < 0), strict=rule.strict)


def build_layer(
    node: LayerNode,
    types: Sequence[SignalType],
    sources: Sequence[int],
    counts: Array,
    level: int,
    first: int,
) -> LayerStep:
    """Convert the numbers of a layer to the form that engines use.

    `types` are those of the graph; `sources` are the node's sources in the plan's numbering, with
    `counts` sources per weight.
    """
    types_ = list({id(type_): type_ for type_ in map(types.__getitem__, node.sources)}.values())
    are_bits = all(type_.kind == "bit" or type_.counted for type_ in types_)
    weights, scales = _weights(node)
    off, on = types_[0].states if types_ and types_[0].kind == "bit" else BITS
    factor: Number = simplest(Fraction(on - off))
    classes: Array | None = None
    if isinstance(weights, SharedWeights):
        limits, offsets, classes = _limits_of_classes(node, scales, factor, off)
    elif len(types_) > 1 and any(type_.states != types_[0].states for type_ in types_):
        # no single factor fits all bits, so each weight is multiplied by its bit's difference
        weights, scales, limits, offsets = _mixed(node, types, weights, scales)
        factor = 1
    else:
        limits, offsets = _limits(node, weights, scales, factor, off)
    fires = _calculated(node.fires, factor)
    least, greatest, largest = bounds_of(weights, node.size, counts)
    proved = proved_of(weights, largest)
    arithmetic = proved.arithmetic if are_bits else "numbers"
    are_integers = values_of(weights).dtype.kind != "f" and not any(
        type_.kind == "real" for type_ in types_
    )
    stored = _comparable(limits, fires, "integer" if are_integers else arithmetic)
    if classes is not None:
        stored = spread_classes(stored, classes)
    return LayerStep(
        node.name,
        level,
        fires,
        sources,
        weights,
        stored,
        node.size,
        first,
        factor,
        scales,
        offsets,
        least,
        greatest,
        arithmetic,
        node.states,
        _stored_thresholds(node),
        node.counted or 1,
        counts,
        proved,
    )


# --------------------------------------------------------------------------------- weights


def _weights(node: LayerNode) -> tuple[Array | SparseWeights, Array]:
    """Return the weights as an array, and the scales that its rows were multiplied by."""
    unscaled = np.ones(1, np.int64)
    weights = node.weights
    if isinstance(weights, SharedWeights):
        return scaled_kernel(weights)
    if isinstance(weights, SparseWeights) and weights.values.dtype == object:
        scale = lcm(*(value.denominator for value in weights.values.tolist()))
        values = integers([int(value * scale) for value in weights.values.tolist()])
        return weights.with_values(values), integers([scale])
    if isinstance(weights, SparseWeights):
        return weights.with_values(_plain(weights.values)), unscaled
    if isinstance(weights, np.ndarray):
        return _plain(weights), unscaled
    fan_in = len(node.sources)
    if not isinstance(weights, tuple):
        scale = Fraction(weights).denominator
        cell = integers([int(weights * scale)]).reshape(1, 1)
        return np.broadcast_to(cell, (node.size, fan_in)), integers([scale])
    scales = [lcm(*(value.denominator for value in row)) for row in weights]
    rows = [
        [int(value * scale) for value in row] for row, scale in zip(weights, scales, strict=True)
    ]
    flat = integers([value for row in rows for value in row])
    return flat.reshape(node.size, fan_in), integers(scales)


def _plain(array: Array) -> Array:
    """Return an array of bools as uint8, any other unchanged."""
    return array.view(np.uint8) if array.dtype.kind == "b" else array


def _comparable(limits: Sequence[Number], fires: Fires, arithmetic: str) -> Array:
    """Return limits in the type of the totals.

    For inexact float totals, the exact limits are kept for sums that are too close to decide.
    """
    if arithmetic == "integer":
        return integers([to_integer(limit, fires) for limit in limits])
    if arithmetic == "float64":
        return np.array([to_float(limit, fires) for limit in limits])
    return _exact_array(limits)


def _exact_array(values: Sequence[Number]) -> Array:
    """Return numbers as float64 if that is exact, else as objects."""
    floats = list(map(exact_float, values))
    return objects(values) if None in floats else np.array(floats, np.float64)


def to_integer(limit: Number, fires: Fires) -> int:
    """Return the integer limit that gives the same decisions for integers."""
    return floor(limit) if FIRING[fires].is_past else ceil(limit)


def to_float(limit: Number, fires: Fires) -> float:
    """Return the float limit that gives the same decisions for floats."""
    down, last = FIRING[fires].is_past, sys.float_info.max
    if not -last <= limit <= last:
        return last if limit > 0 else -last  # still beyond every total
    near = float(limit)
    if down and Fraction(near) > limit:
        return math.nextafter(near, -math.inf)
    if not down and Fraction(near) < limit:
        return math.nextafter(near, math.inf)
    return near


def _thresholds(node: LayerNode) -> list[Number]:
    """Return the thresholds of all signals, neuron by neuron."""
    thresholds = node.thresholds
    if isinstance(thresholds, np.ndarray):
        return numbers(_plain(thresholds).reshape(-1))
    if node.counted:
        return [limit for row in thresholds for limit in row]
    return list(thresholds) if isinstance(thresholds, tuple) else [thresholds] * node.size


def _stored_thresholds(node: LayerNode) -> Array:
    """Return the thresholds as written, or one for all."""
    thresholds = node.thresholds
    if isinstance(node.weights, SharedWeights) and not isinstance(thresholds, Number):
        window = node.weights.window
        first = node._replace(weights=None, thresholds=thresholds[: window.features])
        own = _stored_thresholds(first._replace(size=window.features))
        return own if len(own) == 1 else np.tile(own, window.positions)
    if isinstance(thresholds, np.ndarray):
        return _plain(thresholds).reshape(-1)
    if node.counted:
        return _stored(_thresholds(node))
    return _stored(thresholds if isinstance(thresholds, tuple) else (thresholds,))


def _limits(
    node: LayerNode, weights: Array | SparseWeights, scales: Array, factor: Number, off: Number
) -> tuple[list[Number], Array]:
    """Return the limits of the totals, and the offsets between sums and totals."""
    thresholds = _thresholds(node)
    if (factor, off) == (1, 0) and len(scales) == 1 and int(scales[0]) == 1:
        return thresholds, integers([0])
    each = [int(s) for s in scales] * (node.size if len(scales) == 1 else 1)
    offsets: list[Number] = [0] * node.size
    if off:
        sums = row_sums(weights, node.size)
        offsets = [simplest(Fraction(off * s, scale)) for s, scale in zip(sums, each, strict=True)]
    width = node.counted or 1
    limits = [
        simplest(Fraction((limit - offsets[i // width]) * each[i // width]) / factor)
        for i, limit in enumerate(thresholds)
    ]
    return limits, _stored(offsets)


def _limits_of_classes(
    node: LayerNode, scales: Array, factor: Number, off: Number
) -> tuple[list[Number], Array, Array]:
    """Return the limits of a convolution by class of positions, and offsets and classes.

    The offsets are those of its neurons, and the classes those of its positions.
    """
    window: Window = node.weights.window
    scale, width = int(scales[0]), node.counted or 1
    offsets, own = class_offsets(node.weights, off)
    thresholds = node.thresholds
    if not isinstance(thresholds, Number):  # all positions have those of the first
        thresholds = thresholds[: window.features]
    limits = _thresholds(node._replace(thresholds=thresholds, size=window.features))
    all_limits = [
        simplest(Fraction((limit - offset[i // width]) * scale) / factor)
        for offset in offsets
        for i, limit in enumerate(limits)
    ]
    if not any(map(any, offsets)):
        return all_limits, integers([0]), own
    flat = _stored([number for offset in offsets for number in offset])
    is_one = all(number == offsets[0][0] for offset in offsets for number in offset)
    return all_limits, flat[:1] if is_one else spread_classes(flat, own), own


def _stored(offsets: Sequence[Number]) -> Array:
    if all(isinstance(offset, int) for offset in offsets):
        return integers([int(offset) for offset in offsets])
    return objects(offsets)


# ------------------------------------------------------------------------- mixed states


def _mixed(
    node: LayerNode, types: Sequence[SignalType], weights: Array | SparseWeights, scales: Array
) -> tuple[Array | SparseWeights, Array, list[Number], Array]:
    """Return the numbers of a layer whose sources have different states."""
    states = [types[slot].states if types[slot].kind == "bit" else (0, 1) for slot in node.sources]
    changes = [on - off for off, on in states]
    sparse = isinstance(weights, SparseWeights)
    new_rows: list[list[int]] = []
    new_scales: list[int] = []
    limits: list[Number] = []
    offsets: list[Number] = []
    thresholds = _thresholds(node)
    for i in range(node.size):
        places, row = row_of(weights, i)
        scale = int(scales[i if len(scales) > 1 else 0])
        exact = [Fraction(w * changes[p]) / scale for w, p in zip(row, places, strict=True)]
        offset = sum(
            (Fraction(w * states[p][0]) / scale for w, p in zip(row, places, strict=True)),
            Fraction(),
        )
        common = lcm(*(value.denominator for value in exact))
        new_scales.append(common)
        new_rows.append([int(value * common) for value in exact])
        offsets.append(simplest(offset))
        width = node.counted or 1
        own = thresholds[i * width : (i + 1) * width]
        limits += [simplest((threshold - offset) * common) for threshold in own]
    flat = integers([value for row in new_rows for value in row])
    new = weights.with_values(flat) if sparse else flat.reshape(node.size, -1)  # type: ignore[union-attr]
    return new, integers(new_scales), limits, _stored(offsets)
