"""Run layers over pictures in the kernels: convolutions, pools, and dense layers on a picture.

Each layer is a window that moves over a picture of bytes, for pixels and large weights, or of bits
packed by pixel, for weights with few values. A dense layer is a window as large as its picture,
several thresholds are several features, and channels of other groups have the weight 0. One call
evaluates all layers of a part.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cached_property
from math import lcm
from typing import NamedTuple

import numpy as np

from nnc.compiler.graph import SharedWeights, Window
from nnc.compiler.plan import LayerStep, Plan
from nnc.compiler.plan import values_of as stored_weights
from nnc.language.network import FIRING, Input
from nnc.numbers.integers import SAFE_SIZE, Array, clipped, largest_of, scaled
from nnc.rows.columns import Column
from nnc.run.engines import native
from nnc.run.engines.convolutions import alike
from nnc.run.engines.layers import whole_limits

BYTES, BITS, ANY = range(3)
"""The modes of the kernel: sums of bytes, sums of bits, and whether any bit is 1."""
_LANES = 16  # features added at once
_UNIT = 32  # bits
_MOST = 1 << 30  # bound on totals, which are int32
_MOST_NUMBER = 1 << 20  # bound on sizes for the kernel
_MOST_BYTE = 255
_BIT_COST = 2.0  # cost of a unit of bits relative to a unit of bytes


class Picture(NamedTuple):
    """The signals that a stage reads, as rows x columns x channels.

    `excess` is what bytes exceed the values by, and `most` the largest value. `stage` is the index
    of the stage that computes them, or -1 if they come from elsewhere.
    """

    signals: range
    shape: tuple[int, int, int]
    stage: int = -1
    excess: int = 0
    most: int = 1


class ExactSums(NamedTuple):
    """Exact sums of some neurons: factors * totals + offsets, in units of 1 / `unit`.

    `places` are the indices of the totals in the kernel's result.
    """

    places: Array
    factors: Array
    offsets: Array
    unit: int

    def of(self, totals: Array) -> Array:
        """Return the sums, rows x neurons, from the kernel's totals."""
        return totals[:, self.places].astype(np.int64) * self.factors + self.offsets


class Stage:
    """A layer laid out for the kernel; see windows.c."""

    def __init__(self, layer: LayerStep, picture: Picture, window: Window, taps: Array) -> None:
        """Lay out a layer with the weights `taps`, features x taps x channels of the picture."""
        self.layer, self.picture, self.window = layer, picture, window
        rule = FIRING[layer.fires]
        limits = scaled(clipped(whole_limits(layer, layer.limits), _MOST), 1, int(rule.is_past))
        limits = limits.reshape(window.positions, -1)
        self.features = len(taps)
        self.excess = picture.excess * taps.reshape(len(taps), -1).sum(1, dtype=np.int64)
        self.mode, low, shifts, weights = _weights(taps, picture, window, limits)
        self.width = 4 * -(-self.features // _UNIT)
        self.padded = weights.shape[2]
        sizes = (*picture.shape, *window.kernel, *window.stride, self.features, *window.padding)
        how = (picture.excess, self.mode, int(not rule.up), low)
        classes = np.zeros(window.positions, np.int32)
        rows = []
        for i, positions in enumerate(alike(limits)):
            classes[positions] = i
            rows.append(limits[positions[0]] + self.excess)
        reached = np.full((len(rows), self.padded), 2**31 - 1, np.int32)
        reached[:, : self.features] = clipped(np.array(rows), _MOST)
        self._numbers = [*sizes, *how, *shifts]
        self._arrays = weights, reached, classes

    def gives(self, place: int) -> Picture:
        """Return the picture that the stage outputs; `place` is its index in its part."""
        return Picture(self.layer.signals, (*self.window.places, self.features), place)

    def arrays(self, source: int) -> tuple[Array, ...]:
        """Return the kernel's arguments; `source` is the number of a stage, -1 the input."""
        return np.array([source, *self._numbers], np.int32), *self._arrays

    def unpacked(self, bits: Array) -> Array:
        """Return packed bits as rows x signals."""
        packed = bits.reshape(len(bits), self.window.positions, self.width)
        unpacked = np.unpackbits(packed, axis=2, count=self.features, bitorder="little")
        return unpacked.reshape(len(bits), -1)

    def exact_sums(self, signals: Sequence[int]) -> ExactSums | None:
        """Return how to compute some neurons' sums from the kernel's totals, or None beyond int64.

        Pools have no sums.
        """
        if self.mode == ANY:
            return None
        layer = self.layer
        indices = [signal - layer.first for signal in signals]
        gains = [Fraction(layer.factor) / layer.scale(i) for i in indices]
        excess = [int(self.excess[i % self.features]) for i in indices]
        offsets = [layer.offset(i) - g * e for i, g, e in zip(indices, gains, excess, strict=True)]
        unit = lcm(*(Fraction(number).denominator for number in (*gains, *offsets)))
        factors, rest = ([int(number * unit) for number in some] for some in (gains, offsets))
        if max(map(abs, factors)) * _MOST + max(map(abs, rest)) >= SAFE_SIZE:
            return None
        positions, features = np.divmod(np.array(indices), self.features)
        places = positions * self.padded + features
        return ExactSums(places, np.array(factors, np.int64), np.array(rest, np.int64), unit)


def _weights(
    taps: Array, picture: Picture, window: Window, limits: Array
) -> tuple[int, int, list[int], Array]:
    """Return weights laid out in the fastest mode, planes x units x features.

    The result is the mode, the lowest weight, the shifts of the planes, and the weights.
    """
    features, _, channels = taps.shape
    lines = features, *window.kernel
    if _is_any(taps, picture, limits):
        return ANY, 0, [], np.zeros((0, 0, features), np.int32)
    low = int(taps.min(initial=0))
    over = taps.astype(np.uint8) - np.uint8(low & _MOST_BYTE)  # 0 to 255, modulo 256
    shifts = [shift for shift in range(8) if (over & (1 << shift)).any()]
    units = -(-window.kernel[1] * channels // 4)
    words = -(-channels // _UNIT)
    if picture.most > 1 or _BIT_COST * len(shifts) * window.kernel[1] * words > units:
        bytes_ = np.zeros((features, window.kernel[0], 4 * units), np.int8)
        bytes_[:, :, : window.kernel[1] * channels] = taps.reshape(*lines[:2], -1)
        return BYTES, 0, [0], _in_lanes(bytes_.view(np.int32).reshape(1, features, -1))
    packed = np.zeros((len(shifts), *lines, 4 * words), np.uint8)
    for plane, shift in zip(packed, shifts, strict=True):
        ones = np.packbits((over >> shift & 1).reshape(*lines, channels), -1, "little")
        plane[..., : ones.shape[-1]] = ones
    flat = packed.view(np.int32).reshape(len(shifts), features, window.taps * words)
    return BITS, low, shifts, _in_lanes(flat)


def _in_lanes(weights: Array) -> Array:
    """Return weights transposed to planes x units x features, padded to whole vectors."""
    planes, features, units = weights.shape
    padded = -(-features // _LANES) * _LANES
    laid = native.aligned((planes, units, padded // 2)).view(np.int32)
    laid[:, :, features:] = 0
    laid[:, :, :features] = weights.transpose(0, 2, 1)
    return laid


def _is_any(taps: Array, picture: Picture, limits: Array) -> bool:
    """Return True if every feature is the OR of its channel's bits, as in a pool."""
    if picture.most > 1 or len(taps) != taps.shape[2]:
        return False
    weight = int(taps[0, 0, 0])
    identity = weight * np.eye(len(taps), dtype=np.int8)
    reaches = weight > 0 and limits.min() > 0 and limits.max() <= weight
    return bool(reaches and (taps == identity[:, None, :]).all())


def _stage_of(layer: LayerStep, picture: Picture) -> Stage | None:
    """Return the stage of a layer that reads a picture, or None if the kernel cannot be exact."""
    weights, repeats = layer.weights, int(layer.counts[0])
    rows, columns, channels = picture.shape
    if native.KIND is None or not isinstance(weights, (SharedWeights, np.ndarray)):
        return None
    if len(layer.counts) > 1 or channels % repeats or (repeats > 1 and picture.most > 1):
        return None
    integers = native.as_int8(stored_weights(weights))
    if integers is None or not layer.size:
        return None
    if isinstance(weights, SharedWeights):
        window = weights.window
        if window.shape != (rows, columns, channels // repeats):
            return None
        taps = _ungrouped(integers.reshape(weights.taps.shape), window)
    else:
        window = Window(
            (rows, columns, channels // repeats), (rows, columns), (1, 1), (0, 0), 1, layer.size
        )
        taps = integers.reshape(layer.size, rows * columns, -1)
    if repeats > 1 or layer.width > 1:
        taps = taps.repeat(repeats, axis=2).repeat(layer.width, axis=0)
    numbers = (*picture.shape, *window.stride, *window.padding, len(taps))
    largest = largest_of(taps) * taps[0].size * picture.most
    if largest >= _MOST or max(numbers) > _MOST_NUMBER:
        return None
    return Stage(layer, picture, window, taps)


def _ungrouped(taps: Array, window: Window) -> Array:
    """Return weights for all channels, with 0 for those of other groups."""
    if window.groups == 1:
        return taps
    whole = np.zeros((window.features, window.taps, window.shape[2]), np.int8)
    for group in range(window.groups):
        features = slice(group * window.group_features, (group + 1) * window.group_features)
        channels = slice(group * window.depth, (group + 1) * window.depth)
        whole[features, :, channels] = taps[features]
    return whole


# --------------------------------------------------------------------------------- the part


class PictureResults(NamedTuple):
    """The packed bits and the totals of some stages, rows x numbers, by stage index."""

    rows: int
    bits: dict[int, Array]
    sums: dict[int, Array]


@dataclass
class Pictures:
    """Layers over one picture, in the order of evaluation, and which results are read elsewhere."""

    picture: Picture
    name: str | None
    """The input that is the picture, or None if other parts compute it."""
    stages: list[Stage] = field(default_factory=list)
    with_bits: set[int] = field(default_factory=set)
    sums: dict[int, tuple[list[int], ExactSums]] = field(default_factory=dict)

    def add_up(self, wanted: Iterable[int]) -> set[int]:
        """Prepare the wanted sums; return the signals of those that this part can compute."""
        for place, stage in enumerate(self.stages):
            signals = sorted(signal for signal in wanted if signal in stage.layer.signals)
            sums = stage.exact_sums(signals) if signals else None
            if sums is not None:
                self.sums[place] = signals, sums
        return {signal for signals, _ in self.sums.values() for signal in signals}

    def want(self, needed: Array) -> None:
        """Keep the bits of all stages that have needed signals."""
        self.with_bits |= {
            place
            for place, stage in enumerate(self.stages)
            if needed[stage.layer.first : stage.layer.first + stage.layer.outputs].any()
        }

    @property
    def sizes(self) -> list[int]:
        """The numbers of bits kept, by stage."""
        return [self.stages[place].layer.outputs for place in self.with_bits]

    def whole(self, column: Column) -> Array:
        """Return the input as bytes. Raises ValueError if values are outside the declared range."""
        numbers = column.numerators
        if column.denominator != 1:
            numbers = numbers // column.denominator
        if numbers.dtype != np.uint8:
            low, excess = -self.picture.excess, self.picture.most
            numbers = numbers.astype(np.int64, copy=False)
            if numbers.size and (numbers.min() < low or numbers.max() > low + excess):
                raise ValueError(f"the input {self.name} has values that it may not have")
        return numbers

    @property
    def is_idle(self) -> bool:
        """True if none of its results are read."""
        return not (self.with_bits or self.sums)

    def join(self, layer: LayerStep, *, is_large: bool) -> bool:
        """Add a layer that reads a whole picture of this part; return True if it was added."""
        pictures = [self.picture] if is_large else []
        pictures += [stage.gives(place) for place, stage in enumerate(self.stages)]
        picture = next(
            (candidate for candidate in pictures if candidate.signals == layer.sources), None
        )
        stage = None if picture is None else _stage_of(layer, picture)
        if stage is not None:
            self.stages.append(stage)
        return stage is not None

    def run(self, batch: Array, threads: int) -> PictureResults:
        """Evaluate rows of bytes."""
        count = len(batch)
        bits = {
            i: np.empty((count, stage.window.positions * stage.width), np.uint8)
            for i, stage in enumerate(self.stages)
            if i in self.with_bits
        }
        sums = {
            i: np.empty((count, stage.window.positions * stage.padded), np.int32)
            for i, stage in enumerate(self.stages)
            if i in self.sums
        }
        pictures = np.ascontiguousarray(
            batch + self.picture.excess if self.picture.excess else batch, np.uint8
        )
        none = np.empty((count, 0), np.uint8), np.empty((count, 0), np.int32)
        stages = tuple(
            (*arrays, bits.get(i, none[0]), sums.get(i, none[1])) for i, arrays in self._laid_out
        )

        def part(first: int, last: int) -> None:
            native.kernels.windows(native.KIND, pictures, stages, first, last)

        native.in_parts(part, count, threads, least=8)
        return PictureResults(count, bits, sums)

    def bits(self, results: PictureResults, signals: Sequence[int]) -> Array:
        """Return some of the kept bits, rows x signals."""
        for place, stage in enumerate(self.stages):
            layer_signals = stage.layer.signals
            if signals == layer_signals:
                return stage.unpacked(results.bits[place])
            if signals and all(signal in layer_signals for signal in signals):
                places = [signal - layer_signals.start for signal in signals]
                return stage.unpacked(results.bits[place])[:, places]
        columns = [self.bits(results, [signal]) for signal in signals]
        return np.concatenate(columns, axis=1) if columns else np.empty((results.rows, 0), np.uint8)

    def columns(self, results: PictureResults) -> dict[int, Column]:
        """Return the wanted sums by signal."""
        columns: dict[int, Column] = {}
        for place, (signals, sums) in self.sums.items():
            whole = np.ascontiguousarray(sums.of(results.sums[place]).T)
            columns |= {s: Column(line, sums.unit) for s, line in zip(signals, whole, strict=True)}
        return columns

    @cached_property
    def _laid_out(self) -> list[tuple[int, tuple[Array, ...]]]:
        """The stages that other stages or parts read, with their kernel arguments."""
        needed = self.with_bits | self.sums.keys()
        for place in reversed(range(len(self.stages))):
            if place in needed:
                needed = needed | {self.stages[place].picture.stage}
        places = sorted(needed - {-1})
        sources = {-1: -1} | {place: i for i, place in enumerate(places)}
        return [
            (place, self.stages[place].arrays(sources[self.stages[place].picture.stage]))
            for place in places
        ]


# ------------------------------------------------------------------------------ parts of a plan


def pictures_of(plan: Plan, most_synapses: int) -> dict[int, Pictures]:
    """Return the part of each layer that is evaluated over a picture, by the layer's first signal.

    A part begins with a convolution of more synapses than `most_synapses`, or of numbers. Layers
    join it if they read the same picture, or everything that one of its layers outputs, so the part
    can be evaluated at its first layer.
    """
    parts: list[Pictures] = []
    part_of: dict[int, Pictures] = {}
    for layer in plan.layers:
        is_large = layer.arithmetic == "numbers" or layer.synapses > most_synapses
        part = next((part for part in parts if part.join(layer, is_large=is_large)), None)
        if part is None and is_large:
            part = _started(plan, layer)
            parts += [part] if part else []
        if part is not None:
            part_of[layer.first] = part
    return part_of


def _started(plan: Plan, layer: LayerStep) -> Pictures | None:
    """Return a new part that begins with a convolution of consecutive signals, or None."""
    if not isinstance(layer.weights, SharedWeights) or not isinstance(layer.sources, range):
        return None
    rows, columns, channels = layer.weights.window.shape
    shape = rows, columns, channels * int(layer.counts[0])
    picture = Picture(layer.sources, shape)
    name = next(
        (n for n, i in plan.inputs.items() if _signals_of(plan, n, i) == picture.signals), ""
    )
    input_ = plan.inputs.get(name)
    if layer.arithmetic == "numbers":
        if input_ is None or input_.type != "integer" or input_.min is None or input_.max is None:
            return None
        low, high = min(0, int(input_.min)), max(0, int(input_.max))
        if high - low > _MOST_BYTE:
            return None
        picture = picture._replace(excess=-low, most=max(high - low, 2))
    elif input_ is not None and input_.type != "bit":
        return None
    stage = _stage_of(layer, picture)
    return None if stage is None else Pictures(picture, name or None, [stage])


def _signals_of(plan: Plan, name: str, input_: Input) -> range:
    first = plan.first_of[name]
    return range(first, first + input_.width)
