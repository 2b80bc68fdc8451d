"""Check that the parts of a stored plan fit together, so that no engine reads out of bounds.

A file may still contain any numbers: engines derive what their arithmetic needs from the weights,
see `LayerStep.proved` and `PlanNeuron.held`.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from nnc.compiler.artifact.texts import Damaged
from nnc.compiler.graph import MAX_SLOTS, StoredRows, Tap, first_signals
from nnc.compiler.plan import DTYPES, LayerStep, NeuronTable, Plan, values_of
from nnc.files.weights import not_finite
from nnc.language.network import BITS, COMPARISONS, Input
from nnc.numbers.exact import shorten
from nnc.numbers.integers import Array


def check_plan(plan: Plan) -> None:
    """Check that all indices are valid, and that signals are computed before they are read.

    Raises Damaged.
    """
    table = plan.neurons
    _check_table(table)
    next_signal = plan.first_made
    ends = _Ends()
    for stretch in plan.schedule:
        if isinstance(stretch, range):
            next_signal = _check_neurons(table, stretch, next_signal)
        else:
            _expect(stretch.first == next_signal, stretch.name)
            _check_layer(stretch, ends)
            next_signal += stretch.outputs
    _expect(next_signal == plan.signals, "signals")
    numbers = Runs(numbers_among(plan.inputs))
    _expect(not _is_missed(table, numbers), "dtypes")
    for layer in plan.layers:
        is_free = layer.arithmetic == "numbers"
        _expect(is_free or not numbers.touch(layer.sources), layer.name)
        if layer.reads_counts:
            _check_counts(layer, plan, numbers)
    _check_states(plan)
    sums = _Sums(plan)
    for tap in plan.outputs:
        _expect(_fits(tap, plan.signals, numbers, sums), tap.alias)
    _expect(len({tap.alias for tap in plan.outputs}) == len(plan.outputs), "outputs")
    for claim in plan.claims:
        for tap in (*claim.about, *claim.varied, *claim.when):
            _expect(_fits(_plain(tap), plan.signals, numbers, sums), tap.alias)
            is_choice = bool(tap.labels) and tap.kind == "bus"
            _expect(not is_choice or len(tap.labels) == tap.width, tap.alias)
            _expect(claim.kind == "properties" or _is_given(tap, plan), tap.alias)


def check_finite(plan: Plan) -> None:
    """Check that no weight is NaN or infinite, reading all of them. Raises Damaged."""
    seen: set[int] = set()
    for layer in plan.layers:
        values = values_of(layer.weights)
        if id(values) not in seen and not_finite(values) is not None:
            raise Damaged(
                f"the compiled network holds NaN or infinity among the numbers of layer "
                f"`{shorten(layer.name)}`"
            )
        seen.add(id(values))


def _expect(is_so: object, what: str) -> None:
    if not is_so:
        raise Damaged(f"the parts of the compiled network do not fit together: `{shorten(what)}`")


# --------------------------------------------------------------------------------- neurons


def _check_table(table: NeuronTable) -> None:
    levels = table.levels
    in_order = not len(levels) or (levels[0] >= 1 and (levels[1:] >= levels[:-1]).all())
    _expect(in_order, "levels")
    _expect(_within(table.fires, 0, len(COMPARISONS)), "fires")
    _expect(_within(table.dtypes, 0, len(DTYPES)), "dtypes")
    _expect(_within(table.unbounded, 0, 4), "unbounded")
    _expect(_points_into(table.indptr, len(table.sources)), "indptr")
    _expect(_points_into(table.limit_ptr, len(table.limits)), "limit_ptr")
    _expect((table.scales > 0).all(), "scales")
    _expect(len(table.weights) == len(table.sources), "weights")
    counts = np.diff(table.limit_ptr)
    _expect((counts >= 1).all(), "limit_ptr")
    several = np.flatnonzero(counts > 1).tolist()
    _expect(all(i in table.ports for i in several), "ports")


def _check_neurons(table: NeuronTable, stretch: range, next_signal: int) -> int:
    """Check the indices of a stretch of neurons; return the first signal after it."""
    start, stop = stretch.start, stretch.stop
    limits = table.limit_ptr[start : stop + 1].astype(np.int64) - int(table.limit_ptr[start])
    firsts = table.first[start:stop].astype(np.int64)
    _expect((firsts == next_signal + limits[:-1]).all(), "first")
    levels = table.levels[start:stop]
    before = firsts[np.searchsorted(levels, levels)]  # the first signal of each neuron's level
    starts = table.indptr[start : stop + 1].astype(np.int64)
    filled = np.flatnonzero(starts[1:] > starts[:-1])
    if len(filled):
        sources = table.sources[starts[0] : starts[-1]]
        last = np.maximum.reduceat(sources, starts[filled] - starts[0])
        _expect(sources.min() >= 0 and (last < before[filled]).all(), "sources")
    return next_signal + int(limits[-1])


def _within(array: Array, least: int, stop: int) -> bool:
    return not len(array) or bool(array.min() >= least and array.max() < stop)


def _points_into(starts: Array, count: int) -> bool:
    """Return True if starts ascend from 0 to `count`."""
    ascends = bool((starts[1:] >= starts[:-1]).all())
    return ascends and int(starts[0]) == 0 and int(starts[-1]) == count


# ---------------------------------------------------------------------------------- layers


class _Ends:
    """The minimum and maximum of arrays, cached for layers that share an array."""

    def __init__(self) -> None:
        self._known: dict[int, tuple[int, int]] = {}

    def within(self, array: Array, stop: int) -> bool:
        """Return True if all numbers are from 0 to `stop` (exclusive)."""
        if not len(array):
            return True
        if id(array) not in self._known:
            self._known[id(array)] = int(array.min()), int(array.max())
        least, greatest = self._known[id(array)]
        return least >= 0 and greatest < stop


def _check_layer(layer: LayerStep, ends: _Ends) -> None:
    name, sources = layer.name, layer.sources
    if isinstance(sources, range):
        _expect(not sources or sources.stop <= layer.first, name)
    else:
        _expect(ends.within(np.asarray(sources), layer.first), name)
    if isinstance(layer.weights, StoredRows):
        indptr, indices = layer.weights.indptr, layer.weights.indices
        _expect(_points_into(indptr, len(indices)), name)
        _expect(ends.within(indices, layer.fan_in), name)
    _expect((layer.scales > 0).all() and layer.factor, name)
    for array in (layer.limits, layer.thresholds):
        _expect(array.dtype.kind != "f" or np.isfinite(array).all(), name)


def _check_counts(layer: LayerStep, plan: Plan, numbers: Runs) -> None:
    """Check that each weight has sources and that counted sources are 0/1 bits."""
    counts = layer.counts.astype(np.int64)
    _expect(len(counts) and (counts >= 1).all(), layer.name)
    if len(counts) == 1:
        _expect(len(layer.sources) % int(counts[0]) == 0, layer.name)
        counts = counts.repeat(layer.fan_in)
    _expect(int(counts.sum()) == len(layer.sources), layer.name)
    odd = Runs((first, stop) for first, stop, _ in plan.states)
    read = np.asarray(layer.sources, np.int64)[np.repeat(counts > 1, counts)]
    _expect(not numbers.touch(read) and not odd.touch(read), layer.name)


# --------------------------------------------------------------------------------- numbers


def _is_missed(table: NeuronTable, numbers: Runs) -> bool:
    """Return True if a neuron that reads numbers is marked as reading bits."""
    if not len(numbers.firsts) or not len(table.sources):
        return False
    places = np.flatnonzero(numbers.places(table.sources) >= 0)
    reading = np.searchsorted(table.indptr, places, "right") - 1
    return bool((table.dtypes[reading] != DTYPES.index("exact")).any())


def _check_states(plan: Plan) -> None:
    """Check that the signals of inputs and layers have the states declared for them."""
    for _, stop, states in plan.states:
        _expect(stop <= plan.signals and states != BITS, "states")
    firsts = [first for first, _, _ in plan.states]
    stretches = [(layer.first, layer.outputs, layer.states) for layer in plan.layers]
    for name, input_ in plan.inputs.items():
        if input_.type in ("bit", "choice"):
            expected = input_.state_values if input_.type == "bit" else BITS
            stretches.append((plan.first_of[name], input_.width, expected))
    for first, width, expected in stretches:
        place = bisect_right(firsts, first) - 1
        run = plan.states[place] if place >= 0 else (0, 0, BITS)
        if expected == BITS:
            after = firsts[place + 1] if place + 1 < len(firsts) else plan.signals
            _expect(run[1] <= first and first + width <= after, "states")
        else:
            _expect(first + width <= run[1] and run[2] == expected, "states")


# --------------------------------------------------------------------------------- outputs


class _Sums:
    """Tell which signals have sums: the first signal of each neuron."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._is_first: Array | None = None
        self._left = plan.signals + MAX_SLOTS

    def have(self, signals: Sequence[int]) -> bool:
        """Return True if all `signals` have sums."""
        if self._is_first is None:
            self._is_first = np.zeros(self._plan.signals, bool)
            self._is_first[self._plan.neurons.first] = True
            for layer in self._plan.layers:
                self._is_first[layer.first : layer.first + layer.outputs : layer.width] = True
        self._left -= len(signals)
        _expect(self._left >= 0, "outputs")
        if isinstance(signals, range):
            return bool(self._is_first[signals.start : signals.stop].all())
        return bool(self._is_first[np.asarray(signals)].all())


def _plain(tap: Tap) -> Tap:
    """Return a choice in a claim, which has labels, as a plain bus."""
    return replace(tap, labels=()) if tap.kind == "bus" else tap


def _is_given(tap: Tap, plan: Plan) -> bool:
    """Return True if a tap reads only inputs, as assumptions must."""
    return tap.kind in ("bit", "bus", "number") and max(tap.signals) < plan.first_made


def _fits(tap: Tap, signals: int, numbers: Runs, sums: _Sums) -> bool:
    """Return True if the signals, labels and states of an output are consistent."""
    ends = (tap.signals[0], tap.signals[-1]) if isinstance(tap.signals, range) else tap.signals
    if not ends or min(ends) < 0 or max(ends) >= signals:
        return False
    if not tap.is_bus and tap.width != 1 and tap.kind not in ("level", "largest"):
        return False
    labels = len(tap.labels)
    if tap.kind in ("sum", "largest"):
        labelled = labels == 0 or (tap.kind == "largest" and labels == tap.width)
        fits = labelled and not tap.is_integer and (tap.kind == "sum" or not tap.is_bus)
        return fits and sums.have(tap.signals)
    has_numbers = numbers.touch(tap.signals)
    if tap.kind == "level":
        return not (has_numbers or tap.is_bus or tap.is_integer) and labels in (0, tap.width + 1)
    plain = tap.states is None and not has_numbers
    return (
        not labels
        and (tap.kind == "bus") == tap.is_bus
        and (not tap.is_integer or (plain and tap.is_bus))
        and (tap.kind != "bit" or not has_numbers)  # a port of numbers may be wired to a bit
    )


# ------------------------------------------------------------------------------ stretches


class Runs:
    """Ordered stretches of signals, each from first to stop (exclusive). Raises Damaged."""

    def __init__(self, stretches: Iterable[tuple[int, int]]) -> None:
        ends = np.array(list(stretches), np.int64).reshape(-1, 2)
        self.firsts, self.stops = ends[:, 0], ends[:, 1]
        in_order = (self.firsts[1:] >= self.stops[:-1]).all()
        if not in_order or not (self.firsts < self.stops).all():
            raise Damaged("the compiled network has stretches of signals that are not in order")

    def touch(self, signals: Sequence[int] | Array) -> bool:
        """Return True if any of the signals is in a stretch."""
        if not len(self.firsts) or not len(signals):
            return False
        if isinstance(signals, range):
            place = int(np.searchsorted(self.stops, signals.start, "right"))
            return place < len(self.firsts) and int(self.firsts[place]) < signals.stop
        return bool((self.places(signals) >= 0).any())

    def places(self, signals: Sequence[int] | Array) -> NDArray[np.int64]:
        """Return the index of the stretch that contains each signal, or -1."""
        array = np.asarray(signals, np.int64)
        if not len(self.firsts):
            return np.full(len(array), -1)
        places = np.searchsorted(self.firsts, array, "right") - 1
        return np.where((places >= 0) & (array < self.stops[places]), places, -1)


def numbers_among(inputs: Mapping[str, Input]) -> Iterator[tuple[int, int]]:
    """Yield the stretches of signals that are numbers."""
    for name, first in first_signals(inputs).items():
        if inputs[name].type in ("integer", "real"):
            yield first, first + inputs[name].width
