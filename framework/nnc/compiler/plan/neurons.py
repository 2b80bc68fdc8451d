"""Nodes -> NeuronTable: the numbers of all neurons that are not part of a layer, as arrays."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from itertools import groupby, pairwise
from math import lcm
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple

from nnc.compiler.bounds import Bounds
from nnc.compiler.graph import NeuronNode, SignalType
from nnc.language.network import COMPARISONS, Fires
from nnc.lazy import np
from nnc.numbers.exact import Number, simplest
from nnc.numbers.integers import objects, type_for

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Array = NDArray[Any]

DTYPES = ("int8", "int16", "int32", "int64", "object", "exact")
"""What a sum is added in: the smallest type that holds every partial sum and the thresholds,
Python integers beyond, or `exact` where a source is a number and not a bit, so that the type
depends on the rows."""
VALUE_OF = "value of "
"""What the names of neurons begin with whose sum is the integer that an output gives."""
"""So many neurons are calculated one by one."""
_SMALL = 4096
"""A table of so many neurons and synapses keeps its lists, and makes arrays when asked for."""
_INTEGER = frozenset([int])


class PlanNeuron(NamedTuple):
    """One neuron, as it is calculated: sum of weights[i] * sources[i], all in units of 1/scale.

    A bit among the sources counts 0 or 1; the sum of the neuron is the total plus `offset`, which
    its thresholds are brought to. It gives a signal for each threshold: `first`, `first + 1`, …
    `least` and `greatest` bound the total, None where it has no limit.

    A neuron whose thresholds have different rules is several steps, one after the other, each with
    the whole sum: one for every run of thresholds of one rule. `whole_neurons` puts them together.
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
        """Whether it is a step, `age>=65`."""
        return is_cutoff(self.name)

    @property
    def is_default(self) -> bool:
        """Whether it is the constant, `part:2.5`, that stands for the default of a part's input."""
        return is_default(self.name)

    @property
    def is_value(self) -> bool:
        """Whether it only stands for its sum, the integer that an element of an output gives."""
        return is_value(self.name)

    def continues(self, before: PlanNeuron) -> bool:
        """Whether it has the next thresholds of the same neuron, which fire by another rule."""
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
        """Return the neuron with the type that holds its sums, whatever a file says of it."""
        if self.dtype == "exact":
            return self
        dtype = _dtype(self.weights, self.thresholds)
        return self if dtype == self.dtype else self._replace(dtype=dtype)


@dataclass(frozen=True, eq=False)
class NeuronTable:
    """Neurons in the order of evaluation, level by level.

    The synapses of neuron i are `sources[a:b]` and `weights[a:b]` with a, b = indptr[i:i + 2]; its
    thresholds are `limits[limit_ptr[i]:limit_ptr[i + 1]]`, in that many signals from `first[i]`
    on. `fires` and `dtypes` are places in COMPARISONS and DTYPES. `unbounded` has bit 0 where there
    is no least total, and bit 1 where there is no greatest. `ports` names the thresholds of those
    neurons whose thresholds have names.
    """

    names: Sequence[str]
    ports: Mapping[int, tuple[str, ...]]
    levels: Array
    fires: Array
    first: Array
    indptr: Array
    sources: Array
    weights: Array
    limit_ptr: Array
    limits: Array
    scales: Array
    offsets: Array
    least: Array
    greatest: Array
    unbounded: Array
    dtypes: Array

    is_proved = False
    """Whether the types were chosen just now, from the numbers, and not read from a file."""
    lists: ClassVar[Mapping[str, list[int]]] = MappingProxyType({})
    """The numbers of arrays that are made when they are asked for, as small tables have them: so
    one row of a small network needs no NumPy."""

    @classmethod
    def _made(cls, own: Mapping[str, Any]) -> NeuronTable:
        """Return a proved table of its attributes, where `lists` may stand for the arrays.

        `__init__` would ask for every array, and so import NumPy; one that is not among the
        attributes is left to `__getattr__`.
        """
        table = object.__new__(cls)
        vars(table).update(own, is_proved=True)
        return table

    def __len__(self) -> int:
        return len(self.names)

    if not TYPE_CHECKING:  # for mypy there is no attribute but those declared

        def __getattr__(self, name: str) -> Array:
            """Make an array of a small table, which has lists, when it is first asked for."""
            if name not in self.lists:
                raise AttributeError(f"a table of neurons has no {name!r}")
            array = vars(self)[name] = integers(self.lists[name])
            return array

    def listed(self, name: str) -> list[int]:
        """Return the numbers of an array as Python's own."""
        if name in self.lists:
            return self.lists[name]
        numbers: list[int] = getattr(self, name).tolist()
        return numbers

    @property
    def synapses(self) -> int:
        """The number of synapses."""
        return self.lists["indptr"][-1] if self.lists else len(self.sources)

    @cached_property
    def held(self) -> tuple[PlanNeuron, ...]:
        """The neurons, each with the type that holds its sums, whatever a file says of it."""
        return self.steps if self.is_proved else tuple(neuron.held() for neuron in self.steps)

    @cached_property
    def steps(self) -> tuple[PlanNeuron, ...]:
        """The neurons one by one, in Python's own numbers."""
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
    """Give the steps of each neuron: several where its thresholds have different rules."""
    parts: list[PlanNeuron] = []
    for step in steps:
        if parts and not step.continues(parts[-1]):
            yield tuple(parts)
            parts = []
        parts.append(step)
    if parts:
        yield tuple(parts)


def is_cutoff(name: str) -> bool:
    """Return whether a neuron of this name was made for a step of an input: `age>=65`, `rate>100`.

    A plan, and so a compiled file, says that by the name alone: no declared one can be so.
    """
    return ">" in name


def is_value(name: str) -> bool:
    """Return whether a neuron of this name was made for its sum: the integer that an output gives.

    It is that of an element of a bus, some of which are counts of layers.
    """
    return name.startswith(VALUE_OF)


def is_default(name: str) -> bool:
    """Return whether a neuron of this name stands for the default of a part's input."""
    return ":" in name and not is_cutoff(name)


def integers(values: Sequence[int]) -> Array:
    """Return integers in the smallest signed type that holds them, beyond 64 bits as objects."""
    least, greatest = min(values, default=0), max(values, default=0)
    for bits in (8, 16, 32, 64):
        if -(1 << (bits - 1)) <= least and greatest < 1 << (bits - 1):
            return np.array(values, f"int{bits}")
    return objects(values)


class Builder:
    """Takes nodes in the order of evaluation and makes their table."""

    def __init__(
        self, types: Sequence[SignalType], signals: Sequence[int] | Mapping[int, int]
    ) -> None:
        self._types, self._signals = types, signals
        special = {
            i for i, type_ in enumerate(types) if type_.kind != "bit" or type_.states != (0, 1)
        }
        self._special = special
        self._lists: dict[str, list[int]] = {
            key: [] for key in (
                "levels", "fires", "first", "sources", "weights", "limits", "scales", "offsets",
                "least", "greatest", "unbounded", "dtypes",
            )
        }  # fmt: skip
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
        """Yield the signals that a neuron reads: of a count, those that it counts."""
        for slot in node.sources:
            first = self._signals[slot]
            yield from range(first, first + (self._types[slot].counted or 1))

    def _of_states(self, node: NeuronNode) -> tuple[list[Number], Number, int]:
        """Return the weights of bits that count 0 or 1, what that leaves out, and the dtype."""
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
        """Return the table of all nodes that were added."""
        own: dict[str, Any] = {"names": tuple(self._names), "ports": self._ports}
        if len(self._names) + len(self._lists["sources"]) <= _SMALL:
            own["lists"] = self._lists
        else:
            own |= {key: integers(values) for key, values in self._lists.items()}
        return NeuronTable._made(own)


NO_NEURONS = Builder((), ()).table()


def _runs_of_one_rule(node: NeuronNode) -> Iterator[tuple[int, int]]:
    """Return the stretches of thresholds that one rule holds for."""
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
    """Name the smallest type that holds every partial sum of bits, and the thresholds."""
    return type_for(max(sum(map(abs, weights)), *map(abs, limits)))
