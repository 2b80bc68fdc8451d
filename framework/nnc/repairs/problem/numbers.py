"""Find the numbers that a repair may change, and the weights and thresholds that use each."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple

from nnc.compiler.graph import Flat, Graph, LayerNode, NeuronNode, SharedWeights, Template
from nnc.compiler.linking import Linked
from nnc.diagnostics.diagnostic import KeyPath
from nnc.language.network import (
    COMPARISONS,
    Convolution,
    Layer,
    Neuron,
    Sparse,
    TensorFile,
    is_array,
    ruled,
)
from nnc.language.network import show_limit as show_cutoff
from nnc.language.references import name_in
from nnc.numbers.exact import Number

Kind = Literal["weights", "thresholds"]
KINDS: tuple[Kind, ...] = ("weights", "thresholds")


class Effect(NamedTuple):
    """The part of a number in one unit: a factor of synapses, by their positions, or a threshold.

    Steps are differences, so that the points of one count in its synapse and against the next.
    """

    unit: int
    synapses: tuple[tuple[int, int], ...] = ()
    threshold: int = -1


@dataclass(eq=False)
class WrittenNumber:
    """A number in a file, by its `path` in the network `linked`.

    In a repeated part, or for many wires, it has several `effects`.
    """

    linked: Linked
    path: KeyPath
    value: Number
    kind: Kind
    effects: list[Effect] = field(default_factory=list)
    place: int = 0

    @property
    def name(self) -> str:
        """The name that `--change` and `--keep` take: `score.weights.AGE`, `sum.weights(2)`."""
        text = str(self.path[1])
        for step in self.path[2:]:
            text += f"({step})" if isinstance(step, int) else f".{step}"
        return text

    @property
    def units(self) -> set[int]:
        """The units in which it has an effect."""
        return {effect.unit for effect in self.effects}

    @property
    def is_of_level(self) -> bool:
        """Return whether it is one of the ascending thresholds of a level."""
        if self.path[0] != "neurons" or self.path[2] != "thresholds":
            return False
        return any(
            name_in(source) == str(self.path[1])
            for output in self.linked.network.outputs.values()
            for source in output.levels()
        )


class Elsewhere(NamedTuple):
    """The numbers that a repair does not change: their count, units and locations."""

    numbers: int = 0
    units: frozenset[int] = frozenset()
    what: str = "weight files"


class _Declared(NamedTuple):
    """The numbers of a neuron, with their effects in each unit derived from it."""

    synapses: list[tuple[WrittenNumber, tuple[tuple[int, int], ...]]]
    thresholds: list[WrittenNumber | None]


def written_numbers(flat: Flat, graph: Graph) -> tuple[list[WrittenNumber], Elsewhere]:
    """Return every number in network files, in the order of units, and those in weight files.

    Units are the neurons of the graph in its order, those of layers included.
    """
    collected = _Collected()
    unit = 0
    for node in graph.nodes:
        template = flat.instance_of(node.first).template
        if isinstance(node, LayerNode):
            collected.add_layer(template, node, unit)
            unit += node.size
        else:
            if not node.is_step:
                collected.add_neuron(template, node, unit)
            unit += 1
    for place, number in enumerate(collected.numbers):
        number.place = place
    return collected.numbers, collected.elsewhere()


class _Collected:
    """The numbers so far; those of a used network appear once for any number of uses."""

    def __init__(self) -> None:
        self.numbers: list[WrittenNumber] = []
        self._count, self._units, self._is_file = 0, set[int](), False
        self._neurons: dict[tuple[int, str], _Declared] = {}
        self._layers: dict[tuple[int, str], dict[KeyPath, WrittenNumber]] = {}

    def add_neuron(self, template: Template, node: NeuronNode, unit: int) -> None:
        """Add the numbers of a neuron, or a further unit in which they have an effect."""
        name = str(node.origin.path[1])
        neuron = template.linked.network.neurons.get(name)
        if neuron is None:  # a constant that stands for the default of a port
            return
        key = id(template), name
        declared = self._neurons.get(key)
        if declared is None:
            declared = self._neurons[key] = _declared(template, name, neuron)
            numbers = [number for number, _ in declared.synapses]
            numbers += [number for number in declared.thresholds if number is not None]
            self.numbers += dict.fromkeys(numbers)
        for number, synapses in declared.synapses:
            number.effects.append(Effect(unit, synapses))
        for place, threshold in enumerate(declared.thresholds):
            if threshold is not None:
                threshold.effects.append(Effect(unit, threshold=place))

    def add_layer(self, template: Template, node: LayerNode, first: int) -> None:
        """Add the numbers of a layer that its file contains."""
        name = str(node.origin.path[1])
        layer = template.linked.network.layers[name]
        key = id(template), name
        is_new = key not in self._layers
        known = self._layers.setdefault(key, {})
        units = range(first, first + node.size)
        if isinstance(layer, Convolution):
            for numbers in (node.weights, node.thresholds):
                self._leave(numbers, units, is_new=is_new, is_file=False)
            return
        if isinstance(layer.weights, (Sparse, TensorFile)) or is_array(layer.weights):
            self._leave(node.weights, units, is_new=is_new, is_file=not is_array(layer.weights))
        else:
            self._add(known, template, _layer_weights(layer, name, len(node.sources)), first)
        if isinstance(layer.thresholds, TensorFile) or is_array(layer.thresholds):
            is_file = not is_array(layer.thresholds)
            self._leave(node.thresholds, units, is_new=is_new, is_file=is_file)
        else:
            self._add(known, template, _layer_thresholds(layer, name, node.size), first)

    def elsewhere(self) -> Elsewhere:
        """Return facts about numbers that no network file contains."""
        what = "weight files" if self._is_file or not self._count else "arrays"
        return Elsewhere(self._count, frozenset(self._units), what)

    def _leave(self, array: object, units: range, *, is_new: bool, is_file: bool) -> None:
        """Record the numbers of a layer that are in an array or in a weight file."""
        if is_new:
            self._count += _count(array)
        self._units.update(units)
        self._is_file |= is_file

    def _add(
        self,
        known: dict[KeyPath, WrittenNumber],
        template: Template,
        numbers: Iterable[tuple[KeyPath, Number, Effect]],
        first: int,
    ) -> None:
        for path, value, effect in numbers:
            if path not in known:
                kind: Kind = "weights" if path[2] == "weights" else "thresholds"
                known[path] = WrittenNumber(template.linked, path, value, kind)
                self.numbers.append(known[path])
            known[path].effects.append(effect._replace(unit=first + effect.unit))


def _count(weights: object) -> int:
    if isinstance(weights, SharedWeights):
        return int(weights.kernel.size)
    values = getattr(weights, "values", weights)
    return int(getattr(values, "size", 0))


def _layer_weights(
    layer: Layer, name: str, fan_in: int
) -> Iterator[tuple[KeyPath, Number, Effect]]:
    """Yield the weights of a layer; a common one only if the file has it."""
    path: KeyPath = ("layers", name, "weights")
    weights: Any = layer.weights
    if isinstance(weights, tuple):
        for i, row in enumerate(weights):
            for j, weight in enumerate(row):
                yield (*path, i, j), weight, Effect(i, ((j, 1),))
    elif layer.has_weights:
        size: Any = layer.size
        if isinstance(layer.thresholds, tuple):
            size = len(layer.thresholds)
        for i in range(size):
            yield path, weights, Effect(i, tuple((j, 1) for j in range(fan_in)))


def _layer_thresholds(
    layer: Layer, name: str, size: int
) -> Iterator[tuple[KeyPath, Number, Effect]]:
    path: KeyPath = ("layers", name, "thresholds")
    thresholds: Any = layer.thresholds
    is_list = isinstance(thresholds, tuple)
    for i in range(size):
        at = (*path, i) if is_list else path
        yield at, thresholds[i] if is_list else thresholds, Effect(i, threshold=0)


def _declared(template: Template, name: str, neuron: Neuron) -> _Declared:
    """Return the numbers of a neuron; gates and omitted weights have none."""
    if template.linked.network.fires_of(neuron) not in COMPARISONS:
        return _Declared([], [None])
    linked, path = template.linked, ("neurons", name)
    thresholds: list[WrittenNumber | None] = []
    if neuron.thresholds:
        for port, limit in neuron.thresholds.items():
            at: KeyPath = (*path, "thresholds", port)
            number = ruled(limit, "above").number
            thresholds.append(WrittenNumber(linked, at, number, "thresholds"))
    else:
        at = (*path, "threshold")
        threshold: Any = neuron.threshold
        thresholds.append(WrittenNumber(linked, at, threshold or 0, "thresholds"))
    synapses = [
        (WrittenNumber(linked, at, value, "weights"), places)
        for at, value, places in _weights(template, (*path, "weights"), neuron)
    ]
    return _Declared(synapses, thresholds)


Weight = tuple[KeyPath, Number, tuple[tuple[int, int], ...]]


def _weights(template: Template, path: KeyPath, neuron: Neuron) -> Iterator[Weight]:
    weights: Any = neuron.weights
    if isinstance(weights, Mapping):
        start = 0
        for text, weight in weights.items():
            count = len(template.slots_of(text))
            if isinstance(weight, Mapping):
                yield from _steps((*path, text), weight, start)
                start += len(weight)
            else:
                yield from _of_stretch((*path, text), weight, start, count)
                start += count
    elif weights is not None:
        fan_in = sum(len(template.slots_of(text)) for text in neuron.wiring or ())
        yield from _of_stretch(path, weights, 0, fan_in)


def _of_stretch(path: KeyPath, weight: Any, start: int, count: int) -> Iterator[Weight]:
    """Yield the weights of some wires: one per wire, or a common one."""
    if isinstance(weight, Sequence):
        for i, value in enumerate(weight):
            yield (*path, i), value, ((start + i, 1),)
    else:
        yield path, weight, tuple((start + i, 1) for i in range(count))


def _steps(path: KeyPath, steps: Mapping[Any, Number], start: int) -> Iterator[Weight]:
    for i, (cutoff, points) in enumerate(steps.items()):
        own, following = (start + i, 1), (start + i + 1, -1)
        places = (own, following) if i + 1 < len(steps) else (own,)
        yield (*path, show_cutoff(cutoff)), points, places
