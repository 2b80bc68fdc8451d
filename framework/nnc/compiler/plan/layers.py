"""LayerNode -> LayerStep: weights as stored, limits as exact numbers, and how sums are calculated.

Weights stay the array that they are in their file, mapped. A bit with the states [off, on] is
calculated as 0 or 1: with d = on - off, S = d * sum(w * bit) + off * sum(w), so only the limits
change. Where sums are integers, a limit between two integers is brought to one of them.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cached_property
from itertools import accumulate
from math import ceil, floor, lcm
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from nnc.compiler.graph import LayerNode, SignalType, SparseWeights
from nnc.compiler.plan.neurons import integers
from nnc.exact import FLOAT_BITS, UNIT_ROUNDOFF, Number, exact_float, simplest, stored_number
from nnc.integers import objects
from nnc.language.network import BITS, FIRING, Fires, States, rule_with

Array = NDArray[Any]
_TILE = 1 << 21  # weights that are looked at in one go
EXACT_IN = {"float32": 24, "float64": FLOAT_BITS, "int64": 62}
"""Integers of so many bits, and their sums up to there, are exact in these."""


ONE_EACH = integers([1])
"""The counts of a layer that reads every source by itself."""


class Proved(NamedTuple):
    """A bound of the sums of the sizes of each neuron's weights, and in what totals are exact."""

    largest: Number
    arithmetic: str


@dataclass(frozen=True, eq=False)
class LayerStep:
    """One layer, as it is calculated: total[i] = sum of weights[i, j] * source[j], compared with
    limits[i]; a bit among the sources counts 0 or 1. It gives the signals from `first` on.

    Each neuron has `width` limits, one but where it counts how many it passes: neuron i gives the
    signals first + i * width + k, each 1 where its total passes limits[i * width + k]. Weight j is
    that of `counts[j]` sources in succession, which are such signals: so it is multiplied with the
    count. `counts` has one entry for all, or one per weight of a neuron.

    `weights` is an array of size x fan-in, or SparseWeights. The exact sum of neuron i is
    factor * total[i] / scales[i] + offsets[i]; `scales` and `offsets` have one entry for all or one
    per neuron, `thresholds`, which are as written, one for all or one per limit. `arithmetic` says
    in what a total is exact: `float32`, `float64`, `int64` or `object` (Python integers); `bounded`
    where float64 decides all but near ties; `numbers` where a source is a number and not a bit, so
    that it depends on the rows.
    Engines ask `proved`, which follows from the weights: a file may say anything of these.
    """  # noqa: D205

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
    counts: Array = field(default_factory=lambda: ONE_EACH)

    @property
    def outputs(self) -> int:
        """The number of its signals."""
        return self.size * self.width

    @property
    def signals(self) -> range:
        """Its signals."""
        return range(self.first, self.first + self.outputs)

    @property
    def firsts(self) -> range:
        """The first signal of each neuron."""
        return range(self.first, self.first + self.outputs, self.width)

    @property
    def reads_counts(self) -> bool:
        """Whether a weight is multiplied with the count of several sources."""
        return len(self.counts) > 1 or int(self.counts[0]) != 1

    @property
    def fan_in(self) -> int:
        """The number of weights of a neuron, those of a sparse one counted that are not stored."""
        if len(self.counts) > 1:
            return len(self.counts)
        return len(self.sources) // int(self.counts[0])

    @cached_property
    def starts(self) -> list[int]:
        """Where among the sources those of each weight start, and at last where they end."""
        each = numbers(self.counts) * (self.fan_in if len(self.counts) == 1 else 1)
        return list(accumulate(map(int, each), initial=0))

    @cached_property
    def proved(self) -> Proved:
        """What holds the totals of bits, from the weights themselves, whatever a file says of them.

        What a file says only chooses how much is looked at: floats that are `bounded` need no
        bound, and small integers have one by their type. The arithmetic is never `numbers`.
        """
        weights = self.weights
        kind, width = _values(weights).dtype.kind, _values(weights).dtype.itemsize
        if kind == "f" and self.arithmetic in ("bounded", "numbers"):
            return Proved(0, "bounded")
        if kind in "iu" and not isinstance(weights, SparseWeights):
            largest = len(self.sources) << (8 * width - (kind == "i"))
            if largest < 1 << EXACT_IN["float32"]:
                return Proved(largest, "float32")
        return _proved(weights, bounds_of(weights, self.size, self.counts)[2])

    @property
    def written_fires(self) -> Fires:
        """The firing rule as it is written; `fires` compares totals."""
        return _calculated(self.fires, self.factor)

    def threshold(self, i: int) -> Number:
        """Return the threshold of one signal, as written."""
        return stored_number(self.thresholds[i if len(self.thresholds) > 1 else 0])

    @property
    def dtype(self) -> str:
        """The type of a weight."""
        values = self.weights.values if isinstance(self.weights, SparseWeights) else self.weights
        return values.dtype.name  # which has no byte order

    @property
    def synapses(self) -> int:
        """The number of weights."""
        if isinstance(self.weights, SparseWeights):
            return len(self.weights.values)
        return self.size * self.fan_in

    def row(self, i: int) -> tuple[list[int], list[Number]]:
        """Return the sources of the neuron of signal i and their weights, as in `total`."""
        places, weights = row_of(self.weights, i // self.width)
        if self.reads_counts:
            places, weights = self.spread(places, weights)
        return [int(self.sources[place]) for place in places], weights

    def spread(
        self, places: Sequence[int], weights: Sequence[Number]
    ) -> tuple[list[int], list[Number]]:
        """Return the places of all sources that weights are for, and the weight of each."""
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
    """Return the rule for totals, of which sums are multiples: a factor below 0 turns it round."""
    rule = FIRING[fires]
    return rule_with(up=rule.up != (factor < 0), strict=rule.strict)


def numbers(array: Array) -> list[Number]:
    """Return the stored numbers of an array exactly."""
    return [stored_number(value) for value in array.tolist()]


def row_of(weights: Array | SparseWeights, i: int) -> tuple[Sequence[int], list[Number]]:
    """Return the weights of neuron i exactly, and before them their places among the sources."""
    if isinstance(weights, SparseWeights):
        start, stop = (int(end) for end in weights.indptr[i : i + 2])
        return weights.indices[start:stop].tolist(), numbers(weights.values[start:stop])
    return range(weights.shape[1]), numbers(weights[i])


def build_layer(
    node: LayerNode,
    types: Sequence[SignalType],
    sources: Sequence[int],
    counts: Array,
    level: int,
    first: int,
) -> LayerStep:
    """Bring the numbers of a layer into the form that is calculated.

    `types` are those of the graph; `sources` are the sources of the node in the plan's numbers, of
    which each weight is for as many as `counts` says.
    """
    types_ = list({id(type_): type_ for type_ in map(types.__getitem__, node.sources)}.values())
    are_bits = all(type_.kind == "bit" or type_.counted for type_ in types_)
    weights, scales = _weights(node)
    off, on = _common_states(types_)
    if len(types_) > 1 and any(type_.states != types_[0].states for type_ in types_):
        # no one factor fits all bits, so that each weight takes up what its own bit changes
        weights, scales, limits, offsets = _mixed(node, types, weights, scales)
        factor: Number = 1
    else:
        factor = simplest(Fraction(on - off))
        limits, offsets = _limits(node, weights, scales, factor, off)
    fires = _calculated(node.fires, factor)
    least, greatest, largest = bounds_of(weights, node.size, counts)
    proved = _proved(weights, largest)
    arithmetic = proved.arithmetic if are_bits else "numbers"
    # a limit becomes a number of the kind that the totals are, so that engines compare like with
    # like; float totals that are not exact keep the exact limit, for what is too near to decide
    if _values(weights).dtype.kind != "f" and all(type_.kind != "real" for type_ in types_):
        stored = integers([to_integer(limit, fires) for limit in limits])
    elif arithmetic == "float64":
        stored = np.array([to_float(limit, fires) for limit in limits])
    else:
        stored = _exact_array(limits)
    layer = LayerStep(
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
    )
    vars(layer)["proved"] = proved  # which was calculated just now
    return layer


def _values(weights: Array | SparseWeights) -> Array:
    return weights.values if isinstance(weights, SparseWeights) else weights


def _common_states(types: Sequence[SignalType]) -> States:
    return types[0].states if types and types[0].kind == "bit" else BITS


# --------------------------------------------------------------------------------- weights


def _weights(node: LayerNode) -> tuple[Array | SparseWeights, Array]:
    """Return the weights as an array, and the scale that their rows were multiplied with."""
    unscaled = np.ones(1, np.int64)
    weights = node.weights
    if isinstance(weights, SparseWeights):
        return weights._replace(values=_plain(weights.values)), unscaled
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
    """Return an array of bools as numbers; any other as it is."""
    return array.view(np.uint8) if array.dtype.kind == "b" else array


def _exact_array(values: Sequence[Number]) -> Array:
    """Return numbers as float64 where each is one exactly, else as objects."""
    floats = list(map(exact_float, values))
    return objects(values) if None in floats else np.array(floats, np.float64)


def to_integer(limit: Number, fires: Fires) -> int:
    """Bring a limit to the integer that decides integers the same way."""
    return floor(limit) if FIRING[fires].is_past else ceil(limit)


def to_float(limit: Number, fires: Fires) -> float:
    """Bring a limit to the float that decides floats the same way."""
    down, last = FIRING[fires].is_past, sys.float_info.max
    if not -last <= limit <= last:
        return last if limit > 0 else -last  # beyond every total all the same
    near = float(limit)
    if down and Fraction(near) > limit:
        return math.nextafter(near, -math.inf)
    if not down and Fraction(near) < limit:
        return math.nextafter(near, math.inf)
    return near


def _thresholds(node: LayerNode) -> list[Number]:
    """Return the threshold of each signal, one neuron after the other."""
    thresholds = node.thresholds
    if isinstance(thresholds, np.ndarray):
        return numbers(_plain(thresholds).reshape(-1))
    if node.counted:
        return [limit for row in thresholds for limit in row]
    return list(thresholds) if isinstance(thresholds, tuple) else [thresholds] * node.size


def _stored_thresholds(node: LayerNode) -> Array:
    """Return the thresholds as written, or one for all."""
    thresholds = node.thresholds
    if isinstance(thresholds, np.ndarray):
        return _plain(thresholds).reshape(-1)
    if node.counted:
        return _stored(_thresholds(node))
    return _stored(thresholds if isinstance(thresholds, tuple) else (thresholds,))


def _limits(
    node: LayerNode, weights: Array | SparseWeights, scales: Array, factor: Number, off: Number
) -> tuple[list[Number], Array]:
    """Return the limits of the totals, and what the sums are beside the totals."""
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


def _stored(offsets: Sequence[Number]) -> Array:
    if all(isinstance(offset, int) for offset in offsets):
        return integers([int(offset) for offset in offsets])
    return objects(offsets)


def row_sums(weights: Array | SparseWeights, size: int) -> list[Number]:
    """Return the exact sum of each row."""
    values = _values(weights)
    if values.dtype.kind in "iu" and values.dtype.itemsize < 8:
        tiles = _tiles(weights, size)
        return [total for tile in tiles for total in _sums(*tile, np.int64).tolist()]
    return [simplest(sum((Fraction(x) for x in row), Fraction())) for row in _rows(weights, size)]


def _rows(weights: Array | SparseWeights, size: int) -> Iterator[list[Number]]:
    for i in range(size):
        if isinstance(weights, SparseWeights):
            yield numbers(weights.values[int(weights.indptr[i]) : int(weights.indptr[i + 1])])
        else:
            yield numbers(weights[i])


def _tiles(weights: Array | SparseWeights, size: int) -> Iterator[tuple[Array, Array | None]]:
    """Yield some rows at a time, so that no copy of all is ever made.

    The rows of a sparse matrix lie end to end, and come with where each starts and the last ends.
    """
    if isinstance(weights, SparseWeights):
        rows = max(1, size * _TILE // max(len(weights.values), 1))
        for start in range(0, size, rows):
            starts = np.asarray(weights.indptr[start : start + rows + 1], np.int64)
            yield weights.values[starts[0] : starts[-1]], starts - starts[0]
        return
    rows = max(1, _TILE // max(weights.shape[1], 1))
    for start in range(0, size, rows):
        yield weights[start : start + rows], None


def _sums(values: Array, starts: Array | None, dtype: Any) -> Array:
    """Return the sum of each row of a tile."""
    if starts is not None:
        return joined(np.add, values.astype(dtype), starts)
    sums: Array = values.sum(1, dtype=dtype)
    return sums


def joined(how: np.ufunc, values: Array, starts: Array) -> Array:
    """Return the sum, or the greatest, of each row of values that lie end to end; 0 of no values.

    `starts` has where each row starts, and at last where the last one ends. The type of the values
    has to hold the sums.
    """
    rows = np.zeros(len(starts) - 1, values.dtype)
    filled = np.flatnonzero(starts[1:] > starts[:-1])
    if len(filled):
        rows[filled] = how.reduceat(values, starts[:-1][filled].astype(np.int64))
    return rows


# --------------------------------------------------------------------------------- bounds


def bounds_of(
    weights: Array | SparseWeights, size: int, counts: Array
) -> tuple[Number, Number, Number]:
    """Return the least and greatest total of any neuron, and the largest sum of sizes of weights.

    Each weight counts as often as there are sources it is for, or as the most that any is for. For
    floats they are rounded outward.
    """
    least, greatest, largest = _bounds(weights, size)
    most = int(counts.max())
    return least * most, greatest * most, largest * most


def arithmetic_of(weights: Array | SparseWeights, largest: Number) -> str:
    """Return in what totals of bits are exact whose weights are at most so large in all."""
    return _proved(weights, largest).arithmetic


def _bounds(weights: Array | SparseWeights, size: int) -> tuple[Number, Number, Number]:
    values = _values(weights)
    kind, width = values.dtype.kind, values.dtype.itemsize
    if kind != "f" and values.size and not any(values.strides):  # one number for all
        total = int(values.flat[0]) * values.shape[-1]
        return min(0, total), max(0, total), abs(total)
    if kind == "O" or (kind in "iu" and width == 8):
        return _exact_bounds(weights, size)
    dtype = np.float64 if kind == "f" else np.int64
    # the negative weights of a row add up to (sum - sum of sizes) / 2, the positive ones to
    # (sum + sum of sizes) / 2: two sums without a copy of the signs
    ends: list[Any] = [0, 0, 0]
    for tile, starts in _tiles(weights, size):
        with np.errstate(over="ignore"):
            total = _sums(tile, starts, dtype)
            sizes = _sums(_absolute(tile), starts, dtype)
            if kind == "f":
                # in any order, n floats add up to within n * 2**-53 of the sum of their sizes
                # (Higham, Accuracy and Stability, 4.2); four times that covers both sums and halves
                sizes *= 1 + 4 * (values.shape[-1] + 8) * UNIT_ROUNDOFF
                if not np.isfinite(sizes * 2).all():
                    return _exact_bounds(weights, size)
        half = np.divide if kind == "f" else np.floor_divide
        low, high = half(total - sizes, 2), half(total + sizes, 2)
        ends = [min(ends[0], low.min()), max(ends[1], high.max()), max(ends[2], sizes.max())]
    if kind == "f":
        return _outward(ends[0]), _outward(ends[1]), _outward(ends[2])
    return int(ends[0]), int(ends[1]), int(ends[2])


def _exact_bounds(weights: Array | SparseWeights, size: int) -> tuple[Number, Number, Number]:
    """Return the bounds, row by row in exact numbers; those of fractions rounded outward."""
    least: Number = 0
    greatest: Number = 0
    largest: Number = 0
    for row in _rows(weights, size):
        low = sum(x for x in row if x < 0)
        high = sum(x for x in row if x > 0)
        least, greatest = min(least, low), max(greatest, high)
        largest = max(largest, high - low)
    return floor(least), ceil(greatest), ceil(largest)


def _absolute(values: Array) -> Array:
    """Return the sizes of weights in a type that holds them; -128 has none in int8."""
    if values.dtype.kind == "i":
        return np.abs(values).view(f"u{values.dtype.itemsize}")  # NumPy gives it in native order
    return np.abs(values)


def _outward(value: float) -> Number:
    """Round away from zero to an integer of 33 bits or so.

    How NumPy adds floats may change in the last places; the bounds stay the same.
    """
    half, exponent = math.frexp(value)
    rounded = math.ldexp(math.copysign(ceil(abs(half) * (1 << 33)), value), exponent - 33)
    return ceil(rounded) if rounded > 0 else floor(rounded)


def _proved(weights: Array | SparseWeights, largest: Number) -> Proved:
    """Return in what totals are exact whose weights are at most so large in all."""
    values = _values(weights)
    if values.dtype.kind == "f":
        is_exact = _is_exact_in_float64(values, largest)
        return Proved(largest, "float64" if is_exact else "bounded")
    for name, bits in EXACT_IN.items():
        if largest < 1 << bits:
            return Proved(largest, name)
    return Proved(largest, "object")


def _is_exact_in_float64(values: Array, largest: Number) -> bool:
    """Return whether all sums of some of the weights are float64.

    So it is where all weights are multiples of 2**-unit and no sum has more of these than a float64
    has bits for: that is asked of each weight times 2**unit, which has to be an integer.
    """
    unit = FLOAT_BITS - ceil(largest).bit_length()
    if not -900 < unit < 900:
        return False  # 2**unit, or a product with it, may leave the range of normal floats
    flat = values.reshape(-1) if values.flags.c_contiguous else values.ravel()
    for start in range(0, len(flat), _TILE):
        exact = flat[start : start + _TILE].astype(np.float64)
        scaled = exact * 2.0**unit
        if not ((scaled == np.rint(scaled)) & ((scaled != 0) | (exact == 0))).all():
            return False  # not an integer, or one that vanished
    return True


# ------------------------------------------------------------------------- mixed states


def _mixed(
    node: LayerNode, types: Sequence[SignalType], weights: Array | SparseWeights, scales: Array
) -> tuple[Array | SparseWeights, Array, list[Number], Array]:
    """Multiply each weight with what its own bit changes, where sources have different states."""
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
        offset = sum((Fraction(w * states[p][0]) / scale for w, p in zip(row, places, strict=True)),
                     Fraction())  # fmt: skip
        common = lcm(*(value.denominator for value in exact))
        new_scales.append(common)
        new_rows.append([int(value * common) for value in exact])
        offsets.append(simplest(offset))
        width = node.counted or 1
        own = thresholds[i * width : (i + 1) * width]
        limits += [simplest((threshold - offset) * common) for threshold in own]
    flat = integers([value for row in new_rows for value in row])
    new = weights._replace(values=flat) if sparse else flat.reshape(node.size, -1)  # type: ignore[union-attr]
    return new, integers(new_scales), limits, _stored(offsets)
