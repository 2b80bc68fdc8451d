"""Graph -> Blocks: the neurons between open numbers and labels, as matrices."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from math import ceil, floor, isqrt, lcm, prod
from typing import Any, NamedTuple

from nnc.compiler.graph import Graph, LayerNode, NeuronNode, SparseWeights
from nnc.compiler.plan import Plan
from nnc.compiler.plan.plan import plan_signals
from nnc.compiler.shared import SharedWeights, Window
from nnc.language.firing import FIRING
from nnc.language.network import Network, Open
from nnc.lazy import np
from nnc.numbers.exact import Number, stored_number
from nnc.numbers.integers import Array
from nnc.rows.columns import Batch, Column
from nnc.run.engines import element_columns
from nnc.run.evaluation import calculate

FIRST_INPUT = 2  # the signal of the first element of inputs, behind those of 0 and 1
MIN_SIDE = 16  # pixels of a picture, below which a shift by one changes too much
DEFAULT_BOUND = 7  # of weights that the file leaves without bounds


class Bounds(NamedTuple):
    """The lowest and the highest allowed value, in units; None if there is no limit."""

    low: int | None
    high: int | None

    def clamped(self, number: int) -> int:
        """Return the nearest number within the bounds."""
        number = number if self.low is None else max(number, self.low)
        return number if self.high is None else min(number, self.high)


@dataclass(frozen=True, eq=False)
class Block:
    """A layer, or one neuron, that a label depends on and that depends on open numbers.

    A row of `weights` and its thresholds are those of a neuron or, where there is a `window`, those
    of a feature of a convolution at all its places: neuron place * rows + row.

    `columns` are the values it reads: places among those that are given, and behind them those of
    earlier blocks. `weights`, rows x sources, are integers over `denominator`, 0 where they are
    open; `is_open` marks those, `low` and `high` bound them. A neuron has one threshold or several,
    of which `strict` says whether the sum has to go beyond; `open_thresholds` has the bounds of
    those that are open, by row and place. Its signals are the `states` of each threshold or, where
    it `counts`, the number of thresholds that are passed.
    """

    name: str
    path: tuple[str | int, ...]
    first: int
    columns: Array
    weights: Array
    denominator: int
    is_open: Array
    low: Array
    high: Array
    thresholds: tuple[tuple[Number, ...], ...]
    strict: tuple[bool, ...]
    open_thresholds: Mapping[tuple[int, int], Bounds]
    rises: bool
    states: tuple[Number, Number]
    counts: bool
    unit: int
    window: Window | None = None

    @property
    def rows(self) -> int:
        """The number of rows of weights: of neurons, or of features."""
        return len(self.weights)

    @property
    def places(self) -> int:
        """The number of places of each feature; 1 for a layer."""
        return 1 if self.window is None else self.window.positions

    @property
    def size(self) -> int:
        """The number of neurons."""
        return self.rows * self.places

    @property
    def outputs(self) -> int:
        """The number of signals."""
        return self.size if self.counts else self.size * len(self.strict)

    @cached_property
    def has_open_weights(self) -> bool:
        """True if any weight is open."""
        return bool(self.is_open.any())


@dataclass(frozen=True, eq=False)
class Picture:
    """An input that is a picture; `places` are the columns of its values, line by line."""

    places: Array
    height: int
    width: int
    channels: int = 1


@dataclass(frozen=True, eq=False)
class Blocks:
    """All blocks in order of evaluation, and the `given` signals, which they read unchanged."""

    blocks: tuple[Block, ...]
    given: tuple[int, ...]
    graph: Graph
    places: Mapping[int, int]
    pictures: tuple[Picture, ...] = ()

    def values(self, plan: Plan, batches: Iterable[Batch]) -> Array:
        """Return the values of the given signals, rows x signals; integers in few bytes."""
        return np.concatenate([self._values(plan, batch) for batch in batches])

    def _values(self, plan: Plan, batch: Batch) -> Array:
        graph, columns = self.graph, list[Column]()
        elements = element_columns(plan.inputs, batch.columns)
        moved = plan_signals(graph)
        inner = [signal for signal in self.given if signal >= FIRST_INPUT + len(elements)]
        bits = frozenset(moved[s] + i for s in inner for i in range(graph.types[s].counted or 1))
        signals = calculate(plan, batch, bits, frozenset()) if bits else None
        for signal in self.given:
            if signal < FIRST_INPUT:
                columns.append(Column(np.full(batch.count, signal, np.int64)))
            elif signal < FIRST_INPUT + len(elements):
                columns.append(elements[signal - FIRST_INPUT])
            else:
                assert signals is not None
                place, kind = moved[signal], graph.types[signal]
                if kind.counted:
                    parts = [signals.bit(place + i) for i in range(kind.counted)]
                    columns.append(Column(np.stack(parts).sum(axis=0, dtype=np.int64)))
                else:
                    columns.append(signals.column(place, kind.states))
        if all(c.denominator == 1 and c.numerators.dtype.kind in "iu" for c in columns):
            whole = [column.numerators for column in columns]
            return narrow(np.stack(whole, axis=1) if whole else np.zeros((batch.count, 0)))
        numbers = [column.numerators.astype(np.float64) / column.denominator for column in columns]
        return np.stack(numbers, axis=1)


def narrow(integers: Array) -> Array:
    """Store integers, or floats with integer values, in the narrowest integer type."""
    low, high = (int(integers.min()), int(integers.max())) if integers.size else (0, 0)
    kinds = (np.int8, np.int16, np.int32, np.int64)
    fits = (kind for kind in kinds if max(-low, high) <= np.iinfo(kind).max)
    return integers.astype(next(fits, integers.dtype))


def blocks_of(network: Network, graph: Graph, wanted: Iterable[int]) -> Blocks:
    """Return the blocks that some signals depend on, and that depend on open numbers."""
    open_names = {blank.path[:2] for blank in network.open}
    producers = graph.producers
    depends: set[int] = set()
    for place, node in enumerate(graph.nodes):
        is_step = isinstance(node, NeuronNode) and node.is_step
        is_open = node.origin.path[:2] in open_names and not node.origin.instance and not is_step
        if is_open or not depends.isdisjoint(producers[source] for source in node.sources):
            depends.add(place)
    needed: set[int] = set()
    waiting = [producers[signal] for signal in wanted]
    while waiting:
        place = waiting.pop()
        if place in depends and place not in needed:
            needed.add(place)
            waiting += {producers[source] for source in graph.nodes[place].sources}
    order = sorted(needed)
    nodes = [graph.nodes[place] for place in order]
    sources = dict.fromkeys(source for node in nodes for source in node.sources)
    given = tuple(sorted(source for source in sources if producers[source] not in needed))
    places = {signal: i for i, signal in enumerate(given)}
    for node in nodes:
        places |= {node.first + i: len(places) + i for i in range(node.outputs)}
    blocks = tuple(_block(network, node, places) for node in nodes)
    return Blocks(blocks, given, graph, places, tuple(_pictures(network, places)))


def _pictures(network: Network, places: Mapping[int, int]) -> Iterator[Picture]:
    """Yield the inputs that are pictures and of which every pixel is read."""
    first = FIRST_INPUT
    for input_ in network.inputs.values():
        side = isqrt(input_.width)
        shape = input_.shape or (side, side)
        signals = range(first, first + input_.width)
        first += input_.width
        is_picture = input_.is_bus and prod(shape) == input_.width and len(shape) in (2, 3)
        if is_picture and min(shape[:2]) >= MIN_SIDE and all(each in places for each in signals):
            taken = np.array([places[signal] for signal in signals])
            yield Picture(taken, *shape)


def _block(network: Network, node: LayerNode | NeuronNode, places: Mapping[int, int]) -> Block:
    unknown = network.unknown
    unit = 10 ** ((unknown.decimals if unknown else None) or 0)
    layer = network.layers.get(node.name) if not node.origin.instance else None
    window = (
        node.weights.window
        if isinstance(node, LayerNode) and isinstance(node.weights, SharedWeights)
        else None
    )
    if layer is not None and isinstance(layer.weights, Open):
        shape = (node.size if isinstance(node, LayerNode) else 1, len(node.sources))
        if window is not None:
            shape = (window.features, window.taps * window.depth)
        weights, denominator = _none(shape, 0.0), unit
    else:
        weights, denominator = _whole(_matrix(node), unit)
    is_open, low, high = _none(weights.shape, fill=False), np.zeros(()), np.zeros(())
    open_thresholds: dict[tuple[int, int], Bounds] = {}
    if isinstance(node, LayerNode) and layer is not None:
        default = unknown.range if unknown is not None and unknown.range else Open()
        listed = layer.weights
        if window is not None and isinstance(listed, tuple):
            listed = tuple(map(_flat, listed))
        is_open, low, high = _open_weights(listed, weights.shape, default, unit)
        for i in range(len(weights)):
            each = layer.thresholds[i] if isinstance(layer.thresholds, tuple) else layer.thresholds
            for k, entry in enumerate(each if isinstance(each, tuple) else (each,)):
                if isinstance(entry, Open):
                    open_thresholds[i, k] = _bounds(entry, unit)
    rules = (
        [node.fires] if isinstance(node, LayerNode) else list(map(node.rule, range(node.outputs)))
    )
    thresholds = _thresholds(node)[: len(weights)]
    sources = node.sources if window is None else node.sources[: window.width]
    if isinstance(node, LayerNode):
        rules *= len(thresholds[0])
    return Block(
        name=node.name,
        path=node.origin.path,
        first=node.first,
        columns=np.array([places[source] for source in sources], np.int64),
        weights=weights,
        denominator=denominator,
        is_open=is_open,
        low=low,
        high=high,
        thresholds=thresholds,
        strict=tuple(FIRING[rule].strict for rule in rules),
        open_thresholds=open_thresholds,
        rises=FIRING[rules[0]].up,
        states=node.states,
        counts=isinstance(node, LayerNode) and node.counted > 0,
        unit=unit,
        window=window,
    )


def _flat(nested: object) -> tuple[object, ...]:
    """Return the entries of nested lists one after the other."""
    if not isinstance(nested, tuple):
        return (nested,)
    return tuple(entry for each in nested for entry in _flat(each))


def _none(shape: tuple[int, ...], fill: float) -> Array:
    """Return an array of one value, which takes no memory."""
    return np.broadcast_to(np.array(fill), shape)


def _matrix(node: LayerNode | NeuronNode) -> Any:
    """Return the weights of a node as rows of exact numbers, or an array."""
    if isinstance(node, NeuronNode):
        return [list(node.weights)]
    weights, shape = node.weights, (node.size, len(node.sources))
    if isinstance(weights, SharedWeights):
        return weights.kernel
    if isinstance(weights, SparseWeights):
        dense = np.zeros(shape, weights.values.dtype)
        rows = np.repeat(np.arange(node.size), np.diff(weights.indptr))
        dense[rows, weights.indices] = weights.values
        return dense
    if isinstance(weights, (np.ndarray, tuple)):
        return weights
    return np.full(shape, weights if isinstance(weights, int) else float(weights))


def _whole(weights: Any, unit: int) -> tuple[Array, int]:
    """Return weights as integers over a common denominator."""
    if isinstance(weights, np.ndarray) and weights.dtype.kind in "iu":
        return weights.astype(np.float64) * unit, unit
    rows = [[Fraction(stored_number(w)) for w in row] for row in weights]
    denominator = lcm(unit, *(weight.denominator for row in rows for weight in row))
    return np.array([[float(w * denominator) for w in row] for row in rows]), denominator


def _thresholds(node: LayerNode | NeuronNode) -> tuple[tuple[Number, ...], ...]:
    """Return the thresholds of each neuron."""
    if isinstance(node, NeuronNode):
        return (tuple(node.thresholds),)
    listed = (
        node.thresholds.tolist() if isinstance(node.thresholds, np.ndarray) else node.thresholds
    )
    if not isinstance(listed, (tuple, list)):
        listed = [listed] * node.size
    rows = [row if isinstance(row, (tuple, list)) else (row,) for row in listed]
    return tuple(tuple(map(stored_number, row)) for row in rows)


def _open_weights(
    weights: object, shape: tuple[int, ...], default: Open, unit: int
) -> tuple[Array, Array, Array]:
    """Return a mask of the open weights of a layer, and their bounds in units."""
    if isinstance(weights, Open):
        low, high = _ends(weights, default, unit)
        return _none(shape, fill=True), np.array(float(low)), np.array(float(high))
    is_open = np.zeros(shape, bool)
    lows, highs = np.zeros(shape), np.zeros(shape)
    for i, row in enumerate(weights if isinstance(weights, tuple) else ()):
        for j, entry in enumerate([row] * shape[1] if isinstance(row, Open) else row):
            if isinstance(entry, Open):
                is_open[i, j] = True
                lows[i, j], highs[i, j] = _ends(entry, default, unit)
    return is_open, lows, highs


def _ends(blank: Open, default: Open, unit: int) -> tuple[int, int]:
    """Return the bounds of a weight in units; a missing bound is at least 7 from the other."""
    if blank.low is None and blank.high is None:
        blank = default
    low, high = blank.low, blank.high
    if low is None:
        low = -DEFAULT_BOUND if high is None else min(-DEFAULT_BOUND, high - DEFAULT_BOUND)
    if high is None:
        high = max(DEFAULT_BOUND, low + DEFAULT_BOUND)
    return ceil(low * unit), floor(high * unit)


def _bounds(blank: Open, unit: int) -> Bounds:
    low, high = blank.low, blank.high
    return Bounds(
        None if low is None else ceil(low * unit), None if high is None else floor(high * unit)
    )
