"""A network as it is declared: which elements a source names, whatever it is spelled like."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import Any

from nnc.compiler.graph import layer_numbers, layer_size
from nnc.compiler.linking import Linked
from nnc.language.network import Input, Network, Output
from nnc.language.references import CONSTANTS, Index, Source, parse_source

Element = tuple[str, Any]
"""A name and what of it: None for all, an index, a threshold or value, or of a part which of
them, the output and the element of that."""


class Declared:
    """The declarations of one network, and of the networks that it uses."""

    def __init__(self, linked: Linked) -> None:
        self.linked = linked
        self.network: Network = linked.network
        self.inputs: dict[str, Input] = self.network.typed_inputs()
        self._outputs: dict[str, tuple[int, bool]] = {}

    @cached_property
    def used(self) -> dict[str, Declared]:
        """The network behind each part; parts of one file share it."""
        shared: dict[int, Declared] = {}
        return {
            name: shared.setdefault(id(linked), Declared(linked))
            for name, linked in self.linked.parts.items()
        }

    @cached_property
    def places(self) -> dict[str, str]:
        """Every declared name, and where it is declared."""
        return dict(self.network.declared())

    # ----------------------------------------------------------------------------- shapes

    def shape(self, name: str) -> object:
        """Give what decides which elements a name has."""
        place = self.places[name]
        if place == "inputs":
            one = self.inputs[name]
            return one.is_bus, one.width, one.of
        if place == "neurons":
            return tuple(self.network.neurons[name].thresholds or ())
        if place == "layers":
            return self.size_of(name)
        used = self.used[name]
        outputs = used.network.outputs
        return self.network.parts[name].repeat, [(one, used.output_shape(one)) for one in outputs]

    def size_of(self, name: str) -> int:
        """Give the number of neurons of a layer."""
        return layer_size(self.linked, name) or 0

    def numbers_of(self, name: str) -> tuple[Any, Any]:
        """Give the weights and the thresholds of a layer, those in files as arrays."""
        return layer_numbers(self.linked, name)

    def output_shape(self, alias: str) -> tuple[int, bool]:
        """Give how many elements an output has, as a source, and whether it is a bus."""
        found = self._outputs.get(alias)
        if found is None:
            found = self._outputs[alias] = self._shape_of(self.network.outputs[alias])
        return found

    def _shape_of(self, output: Output) -> tuple[int, bool]:
        if output.sources is None:
            return 1, False
        elements = [one for text in output.sources for one in self.elements(text)]
        return len(elements), output.is_bus or self.is_bus(output.sources[0])

    def is_bus(self, text: str) -> bool:
        """Tell a source that takes an index."""
        source = parse_source(text)
        if source.port_index is not None:
            return source.port_index.stop is not None
        if self.places.get(source.name) == "parts":
            part = self.network.parts[source.name]
            is_many = source.index is None or source.index.stop is not None
            if part.repeat is not None and is_many:
                return True
            return self.used[source.name].output_shape(source.port or "")[1]
        if source.index is not None:
            return source.index.stop is not None
        if source.port is not None or source.name in CONSTANTS:
            return False
        return self.places[source.name] == "layers" or bool(
            self.network.neurons[source.name].thresholds
            if source.name in self.network.neurons
            else self.inputs[source.name].is_bus
        )

    # ---------------------------------------------------------------------------- elements

    def elements(self, text: str) -> list[Element]:
        """Give the elements that a source names, in their order."""
        source = parse_source(text)
        if source.name in CONSTANTS:
            return [(source.name, None)]
        if self.places[source.name] == "parts":
            return self._of_part(source)
        if source.port is not None:
            return [(source.name, source.port)]
        whole = [(source.name, one) for one in self._keys(source.name)]
        return _picked(whole, source.index)

    def _keys(self, name: str) -> Sequence[Any]:
        """Give the elements of an input, neuron or layer."""
        place = self.places[name]
        if place == "inputs":
            one = self.inputs[name]
            return one.of or (range(one.width) if one.is_bus else (None,))
        if place == "neurons":
            return tuple(self.network.neurons[name].thresholds or (None,))
        return range(self.size_of(name))

    def _of_part(self, source: Source) -> list[Element]:
        part, port = self.network.parts[source.name], source.port or ""
        width, is_bus = self.used[source.name].output_shape(port)
        inner = range(width) if is_bus else (None,)
        outer: Sequence[int | None] = range(part.repeat) if part.repeat is not None else (None,)
        elements = [
            (source.name, (i, port, j)) for i in _picked(outer, source.index) for j in inner
        ]
        return _picked(elements, source.port_index)


def _picked(items: Sequence[Any], index: Index | None) -> list[Any]:
    """Give the items that an index names."""
    return list(items) if index is None else [items[place] for place in index.places]


def shown_element(element: Element) -> str:
    """Write an element as a file names it."""
    name, key = element
    if key is None:
        return name
    if isinstance(key, int):
        return f"{name}({key})"
    if isinstance(key, str):
        return f"{name}.{key}"
    which, port, inner = key
    first = name if which is None else f"{name}({which})"
    return f"{first}.{port}" if inner is None else f"{first}.{port}({inner})"
