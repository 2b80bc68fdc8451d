"""Count the size of a network with its parts expanded, before building any of it.

A few lines of text can describe more than any machine can hold, because sizes, repeats and slices
multiply. Only widths are examined, so counting takes as long as reading the file.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cached_property
from math import prod
from typing import Any, NamedTuple

from nnc.compiler.graph.layers import Layers
from nnc.compiler.graph.resolver import MAX_SLOTS
from nnc.compiler.linking import Linked
from nnc.compiler.shared import Window
from nnc.diagnostics.diagnostic import Diagnostic, KeyPath
from nnc.diagnostics.rules import RuleName
from nnc.language.network import Neuron, Open, Output, Part, Sparse, is_array
from nnc.language.references import CONSTANTS, Index, Source, parse_source
from nnc.limits import INPUTS, OPEN, OUTPUTS, SIGNALS, SYNAPSES, WIRES, WRITTEN, Limit, lift
from nnc.numbers.exact import Number

MAX_SYNAPSES = 1 << 33
MAX_WRITTEN = 1 << 26
"""The maximum number of synapses outside layers, which are stored individually."""


class Size(NamedTuple):
    """The size of a network with its parts expanded.

    In an instance of a part, outputs also count as signals, and the instance itself counts as one.
    """

    inputs: int = 0
    """The elements of inputs, which are also signals."""
    signals: int = 0
    outputs: int = 0
    synapses: int = 0
    open: int = 0
    """The synapses of layers whose weights are one blank, which need no storage."""
    separate: int = 0
    """The synapses of neurons outside layers."""
    wires: int = 0
    """The elements that are wired to inputs of parts."""

    def plus(self, other: Size, times: int = 1) -> Size:
        """Add a multiple of another size."""
        return Size(*(count + times * more for count, more in zip(self, other, strict=True)))


_SHARED_PLACES = 128  # positions of a convolution that count once, because they share weights
_LIMITS: tuple[tuple[Limit, RuleName, int], ...] = (
    (INPUTS, "network-too-large", MAX_SLOTS),
    (SIGNALS, "network-too-large", MAX_SLOTS),
    (OUTPUTS, "network-too-large", MAX_SLOTS),
    (SYNAPSES, "too-many-synapses", MAX_SYNAPSES),
    (OPEN, "too-many-synapses", MAX_SYNAPSES),
    (WRITTEN, "too-many-synapses", MAX_WRITTEN),
    (WIRES, "network-too-large", MAX_SLOTS),
)
"""The limit of each count, its rule, and the absolute maximum of the format."""
_HINTS = {
    "inputs": "write a smaller size",
    "neurons": "read fewer elements; a layer holds more synapses than neurons do",
    "layers": "write a smaller size, or wire fewer elements",
    "parts": "repeat it less often, or use a smaller network",
    "outputs": "give fewer elements",
}


def over_budget(linked: Linked) -> list[Diagnostic]:
    """Report every network that is too large, at the declaration that exceeds the limit."""
    diagnostics = []
    sizes: dict[int, _Counting] = {}
    allowance = _Allowance(linked)
    for used in linked.all():
        sizes[id(used)] = counting = _Counting(used, sizes)
        if counting.is_known:
            diagnostics += counting.exceeded(allowance)
    return diagnostics


def widths_of(linked: Linked) -> Callable[[str], int]:
    """Return a function that counts the elements of a source."""
    sizes: dict[int, _Counting] = {}
    for used in linked.all():
        sizes[id(used)] = _Counting(used, sizes)
    return sizes[id(linked)].width


class _Allowance:
    """The maximum size of a network, which is computed only for networks that are not small."""

    def __init__(self, linked: Linked) -> None:
        self._linked = linked
        self._floors = tuple(min(most, limit.allowed()) for limit, _, most in _LIMITS)

    def passed(self, size: Size) -> tuple[RuleName, str] | None:
        """Return the rule and message of the first limit exceeded, or None."""
        for (limit, rule, most), floor, count in zip(_LIMITS, self._floors, size, strict=True):
            if count <= floor:
                continue
            if count > most:
                return rule, f"{count:,} {limit.what}; at most {most:,} are possible"
            allowed = limit.allowed(self.declared)
            if count > allowed:
                return rule, f"{count:,} {limit.what}; a file of its size may have {allowed:,}"
        return None

    def lift(self, size: Size) -> str | None:
        """Return a hint on how to allow a size, or None if that is impossible."""
        if any(count > most for (*_, most), count in zip(_LIMITS, size, strict=True)):
            return None
        needed = (
            limit.needed(count, self.declared)
            for (limit, *_), count in zip(_LIMITS, size, strict=True)
        )
        return lift(max(needed))

    @cached_property
    def declared(self) -> int:
        """The number of declarations in a network and all it uses, plus numbers in weight files."""
        return sum(map(_declared, self._linked.all()))


def _declared(linked: Linked) -> int:
    network = linked.network
    count: int = len(network.inputs) + sum(prod(array.shape) for array in linked.arrays.values())
    for neuron in network.neurons.values():
        weights = neuron.weights
        count += 1 + max(
            len(neuron.reads()), len(weights) if isinstance(weights, (dict, list, tuple)) else 0
        )
    for layer in network.layers.values():
        count += 1 + len(layer.wiring) + _numbers(layer.weights) + _numbers(layer.thresholds)
    count += sum(1 + len(part.reads()) for part in network.parts.values())
    return count + sum(1 + len(output.reads()) for output in network.outputs.values())


def _numbers(value: Any) -> int:
    """Return the number of numbers in a matrix."""
    if isinstance(value, tuple):
        return sum(map(_numbers, value))
    return prod(value.shape) if is_array(value) else 1


class _Counting:
    """Count the size of one network, after the networks that it uses."""

    def __init__(self, linked: Linked, sizes: Mapping[int, _Counting]) -> None:
        self.linked, self.network = linked, linked.network
        self.size = Size()
        self.is_known: bool = all(sizes[id(used)].is_known for used in linked.parts.values())
        """True unless it, or a network that it uses, is too large, which is reported once."""
        self._inner = {name: sizes[id(used)] for name, used in linked.parts.items()}
        self._sizes: Mapping[str, int] = {}
        self._counted: Mapping[str, int] = {}
        self._windows: Mapping[str, Window] = {}
        if self.network.layers:
            layers = Layers(linked)
            self._sizes, self._counted = layers.sizes, layers.counted
            self._windows = layers.convolutions.windows
        self._blanks = {blank.path for blank in linked.blanks}
        self._of_outputs: dict[str, int] = {}
        neurons, inputs = self.network.neurons.items(), self.network.inputs.items()
        self._widths = dict.fromkeys(CONSTANTS, 1)
        """The width of each known source, and of each name except parts."""
        self._widths.update((name, self._sizes.get(name, 0)) for name in self.network.layers)
        self._widths.update((name, len(neuron.thresholds or " ")) for name, neuron in neurons)
        self._widths.update((name, input_.width) for name, input_ in inputs)
        self._parts = self._inner.keys() - self._widths.keys()  # the first of equal names counts

    def exceeded(self, allowance: _Allowance) -> list[Diagnostic]:
        """Add up the declarations, and report the one that exceeds a limit, if any."""
        first: tuple[KeyPath, RuleName, str] | None = None
        for path, more, times in self._declarations(allowance):
            self.size = self.size.plus(more, times)
            if first is None and (passed := allowance.passed(self.size)) is not None:
                first = path, *passed
        if first is None:
            return []
        self.is_known = False
        path, rule, excess = first
        section, name = str(path[0]), str(path[1])
        message = f"with the {section[:-1]} `{name}` the network has {excess}"
        hint = "; ".join(filter(None, (_HINTS[section], allowance.lift(self.size))))
        return [Diagnostic(rule, message, path, key=True, help=hint, file=self.linked.file)]

    def _declarations(self, allowance: _Allowance) -> Iterator[tuple[KeyPath, Size, int]]:
        for name, input_ in self.network.inputs.items():
            yield ("inputs", name), Size(input_.width, input_.width), 1
        yield from self._all("neurons", self._neurons, allowance)
        for name, layer in self.network.layers.items():
            size = self._sizes.get(name, 0)
            synapses = self._synapses(name, size, layer.wiring)
            counted = self._counted.get(name, 0)
            signals = size * (counted + 1)  # one per threshold, and one for the count
            size_of_layer = Size(signals=signals, synapses=synapses)
            if ("layers", name, "weights") in self._blanks:
                size_of_layer = Size(signals=signals, open=synapses)
            yield ("layers", name), size_of_layer, 1
        for name, part in self.network.parts.items():
            if name in self._inner:
                inner = self._inner[name].size
                signals = 1 + inner.signals + inner.outputs
                inner = inner._replace(signals=signals, outputs=0, inputs=0)
                yield ("parts", name), inner, part.repeat or 1
                yield ("parts", name), Size(wires=self._wires(part)), 1
        yield from self._all("outputs", self._outputs, allowance)

    def _all(
        self, section: str, size_of: Callable[[Iterable[Any]], Size], allowance: _Allowance
    ) -> Iterator[tuple[KeyPath, Size, int]]:
        """Yield the size of a section if it fits, as almost always, else of each declaration."""
        declared = getattr(self.network, section)
        together = size_of(declared.values())
        if allowance.passed(self.size.plus(together)) is None:
            yield (section,), together, 1
        else:
            for name, declaration in declared.items():
                yield (section, name), size_of((declaration,)), 1

    def _outputs(self, outputs: Iterable[Output]) -> Size:
        return Size(outputs=sum(self._width_of(output.reads()) for output in outputs))

    def _neurons(self, neurons: Iterable[Neuron]) -> Size:
        signals = synapses = 0
        for neuron in neurons:
            signals += len(neuron.thresholds or " ")
            if not isinstance(neuron.weights, dict):
                synapses += self._width_of(neuron.wiring or ())
                continue
            try:
                synapses += sum(map(self._widths.__getitem__, neuron.weights))
            except KeyError:
                synapses += self._width_of(neuron.weights)
            if dict in map(type, neuron.weights.values()):
                steps = [
                    len(weight) for weight in neuron.weights.values() if isinstance(weight, dict)
                ]
                signals += sum(steps)  # a neuron for each cut-off
                synapses += sum(steps)
        return Size(signals=signals, synapses=synapses, separate=synapses)

    def _wires(self, part: Part) -> int:
        ends = (part.first or {}, part.last or {})
        count = sum(self._width_of(texts) for end in ends for texts in end.values())
        for port, texts in part.wiring.items():
            times = (part.repeat or 1) - sum(port in end for end in ends)
            count += max(0, times) * self._width_of(texts)
        return count

    def _synapses(self, name: str, size: int, wiring: Iterable[str]) -> int:
        """Return the number of synapses of a layer; for a sparse matrix, the stored ones."""
        weights: Any = self.network.layers[name].weights
        window = self._windows.get(name)
        if window is not None:  # including those outside the picture
            count = window.size * window.taps * window.depth
            is_stored = not isinstance(weights, (Number, Open))
            shared = min(window.positions, _SHARED_PLACES) if is_stored else 1
            return count if count > MAX_SYNAPSES else -(-count // shared)
        if isinstance(weights, Sparse):
            stored = self.linked.arrays.get(("layers", name, "weights", "sparse", "indices"))
            return 0 if stored is None else prod(stored.shape)
        return size * self._width_of(wiring)

    # --------------------------------------------------------------------------- widths

    def _width_of(self, texts: Iterable[str]) -> int:
        return sum(map(self.width, texts))

    def width(self, text: str) -> int:
        """Return the number of elements of a source, or 0 if it is invalid."""
        width = self._widths.get(text)
        if width is None:
            width = self._widths[text] = self._width(parse_source(text))
        return width

    def _width(self, source: Source) -> int:
        if source.name in self._parts:
            repeat = self.network.parts[source.name].repeat or 1
            width = self._inner[source.name].width_of_output(source.port or "")
            return _chosen(source.port_index, _chosen(source.index, repeat) * width)
        width = self._widths.get(source.name, 0)
        return min(width, 1) if source.port is not None else _chosen(source.index, width)

    def width_of_output(self, alias: str) -> int:
        """Return the number of elements of an output."""
        if alias not in self._of_outputs:
            output = self.network.outputs.get(alias)
            self._of_outputs[alias] = self._width_of(output.reads()) if output is not None else 0
        return self._of_outputs[alias]


def _chosen(index: Index | None, size: int) -> int:
    """Return the number of elements that an index selects; a moving index counts at its start."""
    if index is None:
        return size
    if index.stop is None:
        return min(size, 1)
    length = max(0, index.stop.offset - index.start.offset)
    return min(size, -(-length // index.step))
