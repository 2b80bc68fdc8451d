"""Check that derived parts of a stored plan follow from the rest: a file may say anything.

Types, levels, offsets and bounds of neurons follow from their weights and sources; the factor,
offsets, limits and bounds of a layer from its weights, sources and thresholds.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nnc.compiler.artifact.checking import Runs, numbers_among
from nnc.compiler.artifact.texts import Damaged
from nnc.compiler.graph import SharedWeights, SparseWeights
from nnc.compiler.plan import (
    DTYPES,
    LayerStep,
    NeuronTable,
    Plan,
    arithmetic_of,
    bounds_of,
    class_offsets,
    joined,
    neuron_kind,
    numbers,
    row_of,
    row_sums,
    to_float,
    to_integer,
    values_of,
)
from nnc.files.weights import not_finite
from nnc.language.network import BITS, States
from nnc.numbers.exact import Number, shorten, simplest

Array = NDArray[Any]
_NEAR = Fraction(1, 1 << 20)  # NumPy may add floats in another order one day
_SMALL, _MUCH = 1 << 16, 1 << 20


def check_small(plan: Plan) -> None:
    """Check what costs little, in a file that is not read whole. Raises Damaged."""
    signals = _Signals(plan)
    if len(plan.neurons.sources) + len(plan.neurons.limits) <= _SMALL:
        _check_neurons(plan, signals)
    left, seen = _MUCH, set[object]()
    for layer in plan.layers:
        cost = layer.synapses + layer.outputs
        if cost <= min(_SMALL, left) and (key := _key(layer, signals)) not in seen:
            _check_layer(layer, signals)
            seen.add(key)
            left -= cost


def check_all(plan: Plan) -> None:
    """Check every number. Raises Damaged."""
    signals = _Signals(plan)
    _check_neurons(plan, signals)
    _check_bounds(plan, signals)
    seen = set[object]()
    for layer in plan.layers:
        key = _key(layer, signals)
        if key not in seen:
            _check_layer(layer, signals)
            seen.add(key)


def _agree(is_so: object, what: str) -> None:
    if not is_so:
        raise Damaged(
            f"the compiled network contradicts itself: {what} not what follows from the "
            "weights, sources and thresholds"
        )


class _Signals:
    """The values of signals, bits with states or numbers, and the levels that make them."""

    def __init__(self, plan: Plan) -> None:
        self.numbers = Runs(numbers_among(plan.inputs))
        of_numbers = [
            input_ for input_ in plan.inputs.values() if input_.type in ("integer", "real")
        ]
        self.ends = [(input_.min, input_.max) for input_ in of_numbers]
        is_real = np.array([input_.type == "real" for input_ in of_numbers], bool)
        ends = zip(self.numbers.firsts[is_real], self.numbers.stops[is_real], strict=True)
        self.reals = Runs(ends)
        self._odd = Runs((first, stop) for first, stop, _ in plan.states)
        self.states = [*(states for _, _, states in plan.states), BITS]  # the last for all others
        self._ratios: dict[int, Number] = {}
        self.first_made = plan.first_made
        self.levels = _levels(plan)

    def ratio(self, place: int) -> Number:
        """Return what a bit is worth where it is off, in units of what it changes by."""
        if place not in self._ratios:
            off, on = self.states[place]
            self._ratios[place] = simplest(Fraction(off) / (on - off))
        return self._ratios[place]

    def places(self, sources: range | Array) -> Array:
        """Return the places in `states` of what signals are worth, -1 for 0 and 1 and numbers."""
        return self._odd.places(sources)

    def deepest(self, sources: Array) -> Array:
        """Return the level of each signal, 0 of inputs and constants."""
        if not len(self.levels):
            return np.zeros(len(sources), np.int64)
        indices = sources - self.first_made
        levels: Array = np.where(indices >= 0, self.levels[np.maximum(indices, 0)], 0)
        return levels

    def kinds(self, layer: LayerStep) -> frozenset[States]:
        """Return the states that sources of a layer have; numbers count as they are."""
        if not len(layer.sources):
            return frozenset((BITS,))
        if not self._odd.touch(layer.sources):
            return frozenset((BITS,))
        places = np.unique(self.places(layer.sources)).tolist()  # type: ignore[arg-type]
        return frozenset(map(self.states.__getitem__, places))


def _levels(plan: Plan) -> Array:
    """Return the level of each signal that is made."""
    levels = np.zeros(plan.signals - plan.first_made, np.int64)
    table = plan.neurons
    for i in range(int(np.diff(table.limit_ptr).max(initial=0))):
        has = np.diff(table.limit_ptr) > i
        levels[table.first[has].astype(np.int64) + i - plan.first_made] = table.levels[has]
    for layer in plan.layers:
        start = layer.first - plan.first_made
        levels[start : start + layer.outputs] = layer.level
    return levels


# --------------------------------------------------------------------------------- neurons


def _check_neurons(plan: Plan, signals: _Signals) -> None:
    """Check the types, levels and offsets of neurons."""
    table = plan.neurons
    if not len(table):
        return
    reading = _reading(table)
    sizes = np.maximum(
        joined(np.add, abs(_wide(table.weights)), table.indptr),
        joined(np.maximum, abs(_wide(table.limits)), table.limit_ptr),
    )
    types = sum((sizes >= 1 << bits).astype(np.int64) for bits in (7, 15, 31, 63))
    is_exact = np.zeros(len(table), bool)
    is_exact[reading[signals.numbers.places(table.sources) >= 0]] = True
    types = np.where(is_exact, DTYPES.index("exact"), types)
    _agree((table.dtypes == types).all(), "the types of neurons are")
    deepest = np.zeros(len(table), np.int64)
    np.maximum.at(deepest, reading, signals.deepest(table.sources.astype(np.int64)))
    _agree((table.levels == deepest + 1).all(), "the levels of neurons are")
    places = signals.places(table.sources)
    odd = np.flatnonzero(places >= 0)
    offsets: list[Number] = [0] * len(table)
    columns: Any = (reading[odd], table.weights[odd], places[odd])
    for i, weight, place in zip(*(column.tolist() for column in columns), strict=True):
        offsets[i] += weight * signals.ratio(place)
    _agree(table.offsets.tolist() == offsets, "the offsets of neurons are")


def _wide(values: Array) -> Array:
    """Return integers in a type that holds the sum of their sizes."""
    dtype: Any = object if values.dtype.itemsize == 8 else np.int64
    wide: Array = values.astype(dtype)
    return wide


def _check_bounds(plan: Plan, signals: _Signals) -> None:
    """Check the least and greatest totals of neurons."""
    table = plan.neurons
    if not len(table):
        return
    names = list(table.names)
    ends = _Ends(plan, signals, names)
    stored = zip(
        table.least.tolist(), table.greatest.tolist(), table.unbounded.tolist(), strict=True
    )
    for i, (least, greatest, unbounded) in enumerate(stored):
        low = 0 if unbounded & 1 else math.floor(ends.low[i])
        high = 0 if unbounded & 2 else math.ceil(ends.high[i])
        is_so = (least, greatest) == (low, high)
        if ends.may_be_narrower[i] and not is_so:
            is_so = (least == low or (least > low and not unbounded & 1)) and (
                greatest == high or (greatest < high and not unbounded & 2)
            )
            is_so = is_so and (unbounded or least <= greatest)
        _agree(is_so and unbounded == ends.unbounded[i], f"the bounds of `{shorten(names[i])}` are")


class _Ends:
    """The least and greatest total of each neuron, each source by itself.

    Those of a neuron with steps may be narrower: steps of one number go together.
    """

    def __init__(self, plan: Plan, signals: _Signals, names: list[str]) -> None:
        table, sources = plan.neurons, plan.neurons.sources
        is_step, is_fixed = np.zeros((2, plan.signals), bool)
        kinds = np.array([neuron_kind(name) for name in names])
        is_step[table.first[kinds == "step"]] = True
        is_fixed[table.first[kinds == "default"]] = True
        is_fixed[1] = True
        weights = _wide(table.weights)
        weights[sources == 0] = 0
        low = np.where(is_fixed[sources], weights, np.minimum(weights, 0))
        high = np.where(is_fixed[sources], weights, np.maximum(weights, 0))
        self.low: list[Number] = joined(np.add, low, table.indptr).tolist()
        self.high: list[Number] = joined(np.add, high, table.indptr).tolist()
        self.unbounded = [0] * len(table)
        self.may_be_narrower = np.zeros(len(table), bool)
        reading = _reading(table)
        self.may_be_narrower[reading[is_step[sources]]] = True
        places = signals.numbers.places(sources)
        read = places >= 0
        columns: Any = (reading[read], weights[read], places[read])
        for i, weight, place in zip(*(column.tolist() for column in columns), strict=True):
            least, greatest = signals.ends[place] if weight >= 0 else signals.ends[place][::-1]
            self.low[i] += (0 if least is None else least * weight) - min(weight, 0)
            self.high[i] += (0 if greatest is None else greatest * weight) - max(weight, 0)
            if weight:
                self.unbounded[i] |= (least is None) + 2 * (greatest is None)


def _reading(table: NeuronTable) -> Array:
    """Return for each synapse the place of its neuron."""
    counts: Array = np.diff(table.indptr.astype(np.int64))
    return np.repeat(np.arange(len(table)), counts)


# ---------------------------------------------------------------------------------- layers


def _key(layer: LayerStep, signals: _Signals) -> object:
    """Return what decides whether a layer agrees: many layers have the same arrays."""
    weights = layer.weights
    parts = weights.arrays().values() if isinstance(weights, SparseWeights) else (weights,)
    arrays = (*parts, layer.limits, layer.scales, layer.offsets, layer.thresholds, layer.counts)
    lies = tuple((id(array) if array.dtype == object else array.__array_interface__["data"][0],
                  array.shape, array.dtype.str) for array in arrays)  # fmt: skip
    kinds = signals.kinds(layer)
    position = (layer.level, layer.sources if isinstance(layer.sources, range) else layer.first)
    scalars = (layer.fires, layer.factor, layer.least, layer.greatest, layer.arithmetic, kinds)
    window = weights.window if isinstance(weights, SharedWeights) else None
    return (lies, *scalars, position, layer.width, window)


def _check_layer(layer: LayerStep, signals: _Signals) -> None:
    name = f"layer `{shorten(layer.name)}`"
    read = layer.sources
    if isinstance(read, range):
        sources = np.arange(read.start, read.stop)
    else:
        sources = np.asarray(read, np.int64)
    _agree(
        layer.level == int(signals.deepest(sources).max(initial=0)) + 1, f"the level of {name} is"
    )
    _check_weights(layer, name, is_free=signals.numbers.touch(read))
    kinds = signals.kinds(layer)
    off, on = next(iter(kinds)) if len(kinds) == 1 else BITS
    _agree(layer.factor == on - off, f"the factor of {name} is")
    offsets = numbers(layer.offsets)
    scales = numbers(layer.scales)
    expected: list[Number] = [0]
    if isinstance(layer.weights, SharedWeights):
        _agree(len(kinds) == 1 and len(scales) == 1, f"the states that {name} reads are")
        classes, places = class_offsets(layer.weights, off)
        scaled = {x: simplest(Fraction(x) / scales[0]) for own in classes for x in set(own)}
        if len(scaled) == 1:
            expected = [*scaled.values()]
        else:
            expected = [scaled[x] for place in places.tolist() for x in classes[place]]
    elif any(off for off, _ in kinds):
        ratios = list(map(signals.ratio, signals.places(sources).tolist()))
        expected = list(_offsets(layer, ratios, scales))
    is_same = offsets == expected or _each(offsets, layer.size) == _each(expected, layer.size)
    _agree(is_same, f"the offsets of {name} are")
    _check_limits(layer, name, offsets, scales, is_whole=not signals.reals.touch(read))


def _check_finite(values: Array, name: str) -> None:
    if not_finite(values) is not None:
        raise Damaged(f"the compiled network holds NaN or infinity among the numbers of {name}")


def _each(values: list[Number], size: int) -> list[Number]:
    return values * size if len(values) == 1 else values


def _check_weights(layer: LayerStep, name: str, *, is_free: bool) -> None:
    """Check the bounds of the totals, and in what they are added."""
    weights = layer.weights
    values = values_of(weights)
    _check_finite(values, name)
    least, greatest, largest = bounds_of(weights, layer.size, layer.counts)
    arithmetic = arithmetic_of(weights, largest)
    if is_free:
        _agree(layer.arithmetic == "numbers", f"the arithmetic of {name} is")
    else:
        expected = ("bounded", arithmetic) if values.dtype.kind == "f" else (arithmetic,)
        _agree(layer.arithmetic in expected, f"the arithmetic of {name} is")
    for stored, bound in ((layer.least, least), (layer.greatest, greatest)):
        slack = abs(Fraction(bound)) * (_NEAR if values.dtype.kind == "f" else 0)
        _agree(-slack <= stored - bound <= slack, f"the bounds of {name} are")


def _offsets(layer: LayerStep, ratios: list[Number], scales: list[Number]) -> Iterator[Number]:
    """Yield what the sums of neurons are beside their totals."""
    factor = Fraction(layer.factor)
    scales = _each(scales, layer.size)
    if len(set(ratios)) == 1:
        gain = factor * ratios[0]
        for total, scale in zip(row_sums(layer.weights, layer.size), scales, strict=True):
            yield simplest(total * gain / scale)
        return
    for i, scale in enumerate(scales):
        places, weights = row_of(layer.weights, i)
        row_ratios = (ratios[layer.starts[place]] for place in places)
        total = sum((w * ratio for w, ratio in zip(weights, row_ratios, strict=True)), Fraction())
        yield simplest(total * factor / scale)


def _check_limits(
    layer: LayerStep, name: str, offsets: list[Number], scales: list[Number], *, is_whole: bool
) -> None:
    """Check the limits of the totals against the thresholds as written."""
    thresholds = layer.thresholds
    is_float = layer.dtype[0] == "f"
    is_whole = is_whole and not is_float
    what = f"the limits of {name} are"
    _check_finite(thresholds, name)
    _check_finite(layer.limits, name)
    _agree((layer.limits.dtype.kind != "f") or not is_whole, what)
    is_plain = (layer.factor, offsets, scales) == (1, [0], [1])
    if is_plain and is_whole and thresholds.dtype.kind == layer.limits.dtype.kind == "i":
        _agree((layer.limits == thresholds).all(), what)
        return
    places = [i // layer.width for i in range(layer.outputs)]
    needed = zip(
        _each(numbers(thresholds), layer.outputs),
        map(_each(offsets, layer.size).__getitem__, places),
        map(_each(scales, layer.size).__getitem__, places),
        numbers(layer.limits),
        strict=True,
    )
    for threshold, offset, scale, limit in needed:
        exact = (
            threshold
            if is_plain
            else simplest(Fraction((threshold - offset) * scale) / layer.factor)
        )
        if is_whole:
            is_so = limit == to_integer(exact, layer.fires)
        elif is_float and layer.arithmetic == "float64":
            is_so = limit == to_float(exact, layer.fires)
        else:
            is_so = limit == exact
        _agree(is_so, what)
