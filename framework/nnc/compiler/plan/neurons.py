"""Build the table of all neurons that are not part of a layer."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from functools import cached_property
from itertools import groupby, pairwise
from math import lcm
from typing import Any, Literal, NamedTuple

from nnc.compiler.bounds import Bounds
from nnc.compiler.graph import (
    Graph,
    GraphClaim,
    LayerNode,
    NeuronNode,
    SignalType,
    Tap,
    as_range,
)
from nnc.compiler.graph.graph import BIT, Origin
from nnc.language.network import COMPARISONS, Fires
from nnc.lazy import np
from nnc.numbers.exact import Number, simplest
from nnc.numbers.integers import Array, objects, type_for

DTYPES = ("int8", "int16", "int32", "int64", "object", "exact")
"""The types of sums: the smallest type that holds every partial sum and the thresholds, Python
integers beyond that, or `exact` if a source is a number, so that the type depends on the rows.
"""
COLUMNS = (
    "levels",
    "fires",
    "first",
    "indptr",
    "sources",
    "weights",
    "limit_ptr",
    "limits",
    "scales",
    "offsets",
    "least",
    "greatest",
    "unbounded",
    "dtypes",
)
"""The columns of a table of neurons, in the order of compiled files."""
VALUE_OF = "value of "
"""The prefix of names of neurons whose sum is the integer value of an output."""
NeuronKind = Literal["declared", "step", "default", "value"]
_SMALL = 4096
"""A table up to this size stores lists, and creates arrays on demand."""
_INTEGER = frozenset([int])


class PlanNeuron(NamedTuple):
    """One neuron as it is evaluated: the sum of weights[i] * sources[i], in units of 1/scale.

    Bits among the sources are 0 or 1. The sum of the neuron is this total plus `offset`, which has
    been subtracted from its thresholds. It has one signal per threshold: `first`, `first + 1`, ….
    `least` and `greatest` bound the total; None means unbounded.

    A neuron whose thresholds have different rules is stored as consecutive steps, each with the
    same sum, one for every run of thresholds with one rule. `whole_neurons` groups them.
    """

    name: str
    ports: tuple[str, ...]
    level: int
    fires: Fires
    sources: tuple[int, ...]
    weights: tuple[int, ...]
    thresholds: tuple[int, ...]
    scale: int
    first: int
    least: int | None
    greatest: int | None
    dtype: str
    offset: int = 0

    @property
    def is_cutoff(self) -> bool:
        """True for a cut-off, such as `age>=65`."""
        return neuron_kind(self.name) == "step"

    @property
    def is_default(self) -> bool:
        """True for the constant of a part input's default, such as `part:2.5`."""
        return neuron_kind(self.name) == "default"

    @property
    def is_value(self) -> bool:
        """True if only its sum is used, as the integer value of an output element."""
        return neuron_kind(self.name) == "value"

    def continues(self, before: PlanNeuron) -> bool:
        """Return True if this step has further thresholds of the same neuron, with another rule."""
        return (
            bool(self.ports)
            and self.first == before.first + len(before.thresholds)
            and self.fires != before.fires
            and (self.name, self.scale, self.offset, self.sources, self.weights)
            == (before.name, before.scale, before.offset, before.sources, before.weights)
        )

    def threshold(self, i: int) -> Number:
        """Return one threshold, as written."""
        return simplest(Fraction(self.thresholds[i] + self.offset, self.scale))

    def held(self) -> PlanNeuron:
        """Return the neuron with the dtype that its numbers need, ignoring what a file claims."""
        if self.dtype == "exact":
            return self
        dtype = _dtype(self.weights, self.thresholds)
        return self if dtype == self.dtype else self._replace(dtype=dtype)


class _Column:
    """One column of a table, as an array."""

    def __set_name__(self, owner: type[object], name: str) -> None:
        self._name = name

    def __get__(self, table: NeuronTable, owner: type[object]) -> Array:
        return table.array(self._name)


@dataclass(frozen=True, eq=False)
class NeuronTable:
    """A table of neurons in the order of evaluation, level by level.

    The synapses of neuron i are `sources[a:b]` and `weights[a:b]` with a, b = indptr[i:i + 2]; its
    thresholds are `limits[limit_ptr[i]:limit_ptr[i + 1]]`, with one signal each from `first[i]` on.
    `fires` and `dtypes` are indices into COMPARISONS and DTYPES. Bit 0 of `unbounded` is set if the
    total has no minimum, bit 1 if it has no maximum. `ports` has the names of named thresholds.

    Small tables store their columns as lists and create arrays on demand, so that one row of a
    small network needs no NumPy.
    """

    names: Sequence[str]
    ports: Mapping[int, tuple[str, ...]]
    columns: Mapping[str, list[int] | Array]
    is_proved: bool = False
    """True if the dtypes were derived from the numbers, not read from a file."""
    arrays: dict[str, Array] = field(default_factory=dict, init=False, repr=False)

    levels = _Column()
    fires = _Column()
    first = _Column()
    indptr = _Column()
    sources = _Column()
    weights = _Column()
    limit_ptr = _Column()
    limits = _Column()
    scales = _Column()
    offsets = _Column()
    least = _Column()
    greatest = _Column()
    unbounded = _Column()
    dtypes = _Column()

    def __len__(self) -> int:
        return len(self.names)

    def array(self, name: str) -> Array:
        """Return a column as an array."""
        column = self.columns[name]
        if not isinstance(column, list):
            return column
        if name not in self.arrays:
            self.arrays[name] = integers(column)
        return self.arrays[name]

    def listed(self, name: str) -> list[int]:
        """Return a column as Python integers."""
        column = self.columns[name]
        if isinstance(column, list):
            return column
        numbers: list[int] = column.tolist()
        return numbers

    @property
    def synapses(self) -> int:
        """The number of synapses."""
        return len(self.columns["sources"])

    @cached_property
    def held(self) -> tuple[PlanNeuron, ...]:
        """The neurons with the dtypes that their numbers need, ignoring what a file claims."""
        return self.steps if self.is_proved else tuple(neuron.held() for neuron in self.steps)

    @cached_property
    def steps(self) -> tuple[PlanNeuron, ...]:
        """The neurons as single tuples of Python numbers."""
        sources, weights = self.listed("sources"), self.listed("weights")
        limits = self.listed("limits")
        synapses = [slice(*ends) for ends in pairwise(self.listed("indptr"))]
        thresholds = [slice(*ends) for ends in pairwise(self.listed("limit_ptr"))]
        unbounded = self.listed("unbounded")
        return tuple(
            PlanNeuron(
                name,
                self.ports.get(i, ()),
                level,
                COMPARISONS[fires],
                tuple(sources[synapses[i]]),
                tuple(weights[synapses[i]]),
                tuple(limits[thresholds[i]]),
                scale,
                first,
                None if unbounded[i] & 1 else least,
                None if unbounded[i] & 2 else greatest,
                DTYPES[dtype],
                offset,
            )
            for i, (name, level, fires, first, scale, offset, least, greatest, dtype) in enumerate(
                zip(
                    self.names,
                    self.listed("levels"),
                    self.listed("fires"),
                    self.listed("first"),
                    self.listed("scales"),
                    self.listed("offsets"),
                    self.listed("least"),
                    self.listed("greatest"),
                    self.listed("dtypes"),
                    strict=True,
                )
            )
        )


def whole_neurons(steps: Iterable[PlanNeuron]) -> Iterator[tuple[PlanNeuron, ...]]:
    """Yield the steps of each neuron: several if its thresholds have different rules."""
    parts: list[PlanNeuron] = []
    for step in steps:
        if parts and not step.continues(parts[-1]):
            yield tuple(parts)
            parts = []
        parts.append(step)
    if parts:
        yield tuple(parts)


def neuron_kind(name: str) -> NeuronKind:
    """Return the kind of a neuron, which is encoded in names that cannot be declared."""
    if ">" in name:
        return "step"
    if name.startswith(VALUE_OF):
        return "value"
    return "default" if ":" in name else "declared"


def integers(values: Sequence[int]) -> Array:
    """Return integers as an array of the smallest signed dtype, or objects beyond 64 bits."""
    least, greatest = min(values, default=0), max(values, default=0)
    for bits in (8, 16, 32, 64):
        if -(1 << (bits - 1)) <= least and greatest < 1 << (bits - 1):
            return np.array(values, f"int{bits}")
    return objects(values)


class Builder:
    """Build a table from nodes that are added in the order of evaluation."""

    def __init__(
        self, types: Sequence[SignalType], signals: Sequence[int] | Mapping[int, int]
    ) -> None:
        self._types, self._signals = types, signals
        special = {
            i for i, type_ in enumerate(types) if type_.kind != "bit" or type_.states != (0, 1)
        }
        self._special = special
        self._lists: dict[str, list[int]] = {name: [] for name in COLUMNS}
        self._lists |= {"indptr": [0], "limit_ptr": [0]}
        self._names: list[str] = []
        self._ports: dict[int, tuple[str, ...]] = {}

    def add(self, node: NeuronNode, level: int, bounds: Bounds, first: int) -> None:
        """Add one node; `first` is its first signal in the plan."""
        lists = self._lists
        weights: Sequence[Any] = node.weights
        limits: Sequence[Any] = node.thresholds
        scale, dtype = 1, -1
        exact: Number = 0
        if self._special.isdisjoint(node.sources):
            sources = [self._signals[slot] for slot in node.sources]
        else:
            sources = list(self._sources_of(node))
            weights, exact, dtype = self._of_states(node)
            limits = tuple(limit - exact for limit in limits)
        if not _INTEGER.issuperset(map(type, (*weights, *limits, exact))):
            scale = lcm(*(w.denominator for w in weights), *(t.denominator for t in limits))
            scale = lcm(scale, exact.denominator)
            weights = [int(w * scale) for w in weights]
            limits = tuple(int(t * scale) for t in limits)
        offset = int(exact * scale)
        least, greatest = bounds
        for start, stop in _runs_of_one_rule(node) if node.rules else ((0, len(limits)),):
            own = limits[start:stop]
            self._names.append(node.name)
            if node.ports:
                self._ports[len(self._names) - 1] = node.ports[start:stop]
            lists["levels"].append(level)
            lists["fires"].append(COMPARISONS.index(node.rule(start)))
            lists["first"].append(first + start)
            lists["sources"] += sources
            lists["weights"] += weights
            lists["indptr"].append(len(lists["sources"]))
            lists["limits"] += own
            lists["limit_ptr"].append(len(lists["limits"]))
            lists["scales"].append(scale)
            lists["offsets"].append(offset)
            lists["least"].append(0 if least is None else _floor(least, scale) - offset)
            lists["greatest"].append(0 if greatest is None else _ceiling(greatest, scale) - offset)
            lists["unbounded"].append((least is None) + 2 * (greatest is None))
            lists["dtypes"].append(dtype if dtype >= 0 else DTYPES.index(_dtype(weights, own)))

    def _sources_of(self, node: NeuronNode) -> Iterator[int]:
        """Yield the signals that a neuron reads; for a count, those that it counts."""
        for slot in node.sources:
            first = self._signals[slot]
            yield from range(first, first + (self._types[slot].counted or 1))

    def _of_states(self, node: NeuronNode) -> tuple[list[Number], Number, int]:
        """Return the weights for bits of 0 and 1, the remaining offset, and the dtype."""
        weights: list[Number] = []
        offset: Number = 0
        dtype = -1
        for slot, weight in zip(node.sources, node.weights, strict=True):
            kind, _, _, (off, on), counted = self._types[slot]
            if counted:
                weights += [weight] * counted
            elif kind != "bit":
                dtype = DTYPES.index("exact")
                weights.append(weight)
            else:
                weights.append(_simple(weight * (on - off)))
                offset += weight * off
        return weights, _simple(offset), dtype

    def table(self) -> NeuronTable:
        """Return the table of all added nodes."""
        columns: Mapping[str, list[int] | Array] = self._lists
        if len(self._names) + len(self._lists["sources"]) > _SMALL:
            columns = {name: integers(values) for name, values in self._lists.items()}
        return NeuronTable(tuple(self._names), self._ports, columns, is_proved=True)


NO_NEURONS = Builder((), ()).table()


def _runs_of_one_rule(node: NeuronNode) -> Iterator[tuple[int, int]]:
    """Yield the stretches of thresholds that have the same rule."""
    start = 0
    for _, run in groupby(node.rules):
        stop = start + len(list(run))
        yield start, stop
        start = stop


def _simple(value: Number) -> Number:
    return value if isinstance(value, int) else simplest(value)


def _floor(least: Number, scale: int) -> int:
    return int(least * scale // 1)


def _ceiling(greatest: Number, scale: int) -> int:
    return -int(-greatest * scale // 1)


def _dtype(weights: Sequence[int], limits: Sequence[int]) -> str:
    """Return the name of the smallest dtype for all partial sums of bits and the thresholds."""
    return type_for(max(sum(map(abs, weights)), *map(abs, limits)))


def with_values(graph: Graph) -> Graph:
    """Return the graph with outputs of counts replaced, or the graph itself if there are none."""
    if not any(isinstance(node, LayerNode) and node.counted for node in graph.nodes):
        return graph
    values = _Values(graph)
    outputs = tuple(map(values.tap, graph.outputs))
    claims = tuple(values.claim(claim) for claim in graph.claims)
    return Graph(
        graph.inputs,
        (*graph.nodes, *values.nodes),
        (*graph.levels, *values.levels),
        outputs,
        values.types,
        claims,
        graph.owed,
    )


class _Values:
    """Build the neurons whose sums are elements of outputs."""

    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        self.types: list[SignalType] = list(graph.types)
        self.nodes: list[NeuronNode] = []
        self.levels: list[int] = []
        self._made: dict[tuple[str, int], int] = {}

    def claim(self, claim: GraphClaim) -> GraphClaim:
        """Return a claim with its outputs replaced."""
        return claim.moved(self.tap)

    def tap(self, tap: Tap) -> Tap:
        """Return an output without counts: of bits, numbers of inputs, levels or sums."""
        is_plain = tap.kind in ("number", "bus")
        if not is_plain or not any(self.types[slot].counted for slot in tap.signals):
            return tap
        if not tap.is_bus:
            return replace(tap, kind="level", states=None)
        firsts = tuple(
            self._value(f"{VALUE_OF}{tap.alias}({i})", slot) for i, slot in enumerate(tap.signals)
        )
        return Tap(tap.alias, "sum", firsts, is_bus=True)

    def _value(self, name: str, slot: int) -> int:
        """Return the signal of a neuron whose sum is the value of a signal, created once."""
        if (name, slot) in self._made:
            return self._made[name, slot]
        place = self.graph.producers[slot]
        self.levels.append(1 if place < 0 else self.graph.levels[place] + 1)
        self.nodes.append(
            NeuronNode(name, Origin(()), "at_least", (slot,), (1,), (1,), (), len(self.types))
        )
        self._made[name, slot] = len(self.types)
        self.types.append(BIT)
        return self._made[name, slot]


# ------------------------------------------------------------------------------- numbering


def wired(
    signals: Sequence[int], slots: Sequence[int], types: Sequence[SignalType]
) -> tuple[Sequence[int], Array]:
    """Return the signals that a layer reads, and the number of signals per weight."""
    counts = [types[slot].counted for slot in slots]
    if not any(counts):
        return as_range([signals[slot] for slot in slots]), integers([1])
    each = [count or 1 for count in counts]
    sources = as_range(list(_spread(signals, slots, types)))
    return sources, integers(each[:1] if len(set(each)) == 1 else each)


def moved(tap: Tap, signals: Sequence[int], types: Sequence[SignalType]) -> Tap:
    """Return an output in the plan's numbering; for a count, the level of its thresholds."""
    if tap.kind == "level" and any(types[slot].counted for slot in tap.signals):
        return replace(tap, signals=as_range(list(_spread(signals, tap.signals, types))))
    return replace(tap, signals=as_range([signals[slot] for slot in tap.signals]))


def _spread(
    signals: Sequence[int], slots: Sequence[int], types: Sequence[SignalType]
) -> Iterator[int]:
    """Yield the signals of slots; for a count, those that it counts."""
    for slot in slots:
        yield from range(signals[slot], signals[slot] + (types[slot].counted or 1))
