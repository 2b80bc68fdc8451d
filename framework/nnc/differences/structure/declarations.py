"""Define `Structure`, the result of a comparison, and `Declarations`, which resolves sources."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Literal, cast

from nnc.compiler.graph import Convolutions, Layers, Window, layer_numbers, layer_size
from nnc.compiler.linking import Linked
from nnc.language.network import Input, Network, Output
from nnc.language.references import CONSTANTS, Index, Source, flat_place, parse_source

DeclarationKind = Literal["input", "neuron", "layer", "part", "output", "assumption", "property"]
ChangeKind = Literal["added", "removed", "changed"]


@dataclass(frozen=True, slots=True)
class Detail:
    """A detail that changed; for many numbers, the largest change and the count."""

    what: str
    """The subject of the change, such as `weight` or `threshold`."""
    subject: str
    """The source of a weight, the name of a threshold."""
    before: str | None
    """The text before; null where there was nothing."""
    after: str | None
    """The text after; null where there is nothing."""
    changed: int | None = None
    """The number of changes among many numbers."""
    total: int | None = None
    """The total number."""


@dataclass(frozen=True, slots=True)
class Change:
    """One declaration that was added, removed or changed."""

    place: DeclarationKind
    """One of `input`, `neuron`, `layer`, `part`, `output`, `assumption` and `property`."""
    name: str
    """The name."""
    kind: ChangeKind
    """The kind of change, in one word."""
    text: str = ""
    """The declaration in short, where it was added or removed."""
    details: tuple[Detail, ...] = ()
    """The details of the change."""

    @property
    def count(self) -> int:
        """The number of changes counted for it; rows repeat the changes of their layer."""
        return sum(detail.what != "row" for detail in self.details) or 1


@dataclass(frozen=True, slots=True)
class Renamed:
    """A declaration with another name: its wiring and its numbers are the same."""

    place: DeclarationKind
    """One of `input`, `neuron`, `layer`, `part`, `output`, `assumption` and `property`."""
    before: str
    """The name that it had."""
    after: str
    """The name that it has."""


@dataclass(frozen=True, slots=True)
class Structure:
    """The differences between the declarations of two networks.

    With `is_same` both networks mean the same, and `changes` only rewrite it, such as a part that
    was expanded. `renamed` declarations and `notes` never change the meaning. `used` has the
    changes inside used files, each file once, by name.
    """

    is_same: bool
    changes: tuple[Change, ...] = ()
    renamed: tuple[Renamed, ...] = ()
    notes: tuple[str, ...] = ()
    used: dict[str, Structure] = field(default_factory=dict)

    @property
    def count(self) -> int:
        """The number of changes, including those in used files."""
        own = sum(change.count for change in self.changes)
        return own + sum(structure.count for structure in self.used.values())


Element = tuple[str, Any]
"""A name and what of it: None for all, an index, a threshold or value, or of a part which of
them, the output and the element of that."""


class Declarations:
    """The declarations of one network, and of the networks that it uses."""

    def __init__(self, linked: Linked) -> None:
        self.linked = linked
        self.network: Network = linked.network
        self.inputs: dict[str, Input] = self.network.typed_inputs()
        self._outputs: dict[str, tuple[int, bool]] = {}

    @cached_property
    def used(self) -> dict[str, Declarations]:
        """The network behind each part; parts of one file share it."""
        shared: dict[int, Declarations] = {}
        return {
            name: shared.setdefault(id(linked), Declarations(linked))
            for name, linked in self.linked.parts.items()
        }

    @cached_property
    def sections(self) -> dict[str, str]:
        """Map every declared name to its section of the file."""
        return dict(self.network.declared())

    def kind_of(self, name: str) -> DeclarationKind:
        """Return the section in which a name is declared."""
        return cast("DeclarationKind", self.sections[name].removesuffix("s"))

    # ----------------------------------------------------------------------------- shapes

    def shape(self, name: str) -> object:
        """Return the properties that determine the elements of a name."""
        section = self.sections[name]
        if section == "inputs":
            input_ = self.inputs[name]
            return input_.is_bus, input_.width, input_.of
        if section == "neurons":
            return tuple(self.network.neurons[name].thresholds or ())
        if section == "layers":
            return self.size_of(name)
        used = self.used[name]
        shapes = [(alias, used.output_shape(alias)) for alias in used.network.outputs]
        return self.network.parts[name].repeat, shapes

    def size_of(self, name: str) -> int:
        """Return the number of neurons of a layer."""
        size = layer_size(self.linked, name)
        assert size is not None, "a valid layer has a size"
        return size

    def window_of(self, name: str) -> Window:
        """Return the window of a convolution."""
        return self._convolutions.windows[name]

    @cached_property
    def _convolutions(self) -> Convolutions:
        return Layers(self.linked).convolutions

    def numbers_of(self, name: str) -> tuple[object, object]:
        """Return the weights and the thresholds of a layer, those in files as arrays."""
        return layer_numbers(self.linked, name)

    def output_shape(self, alias: str) -> tuple[int, bool]:
        """Return the number of elements of an output, and whether it is a bus."""
        shape = self._outputs.get(alias)
        if shape is None:
            shape = self._outputs[alias] = self._shape_of(self.network.outputs[alias])
        return shape

    def _shape_of(self, output: Output) -> tuple[int, bool]:
        if output.sources is None:
            return 1, False
        is_bus = output.is_bus or self.is_bus(output.sources[0])
        return len(self.elements_of(output.sources)), is_bus

    def is_bus(self, text: str) -> bool:
        """Return whether a source is a bus, which takes an index."""
        source = parse_source(text)
        if source.port_index is not None:
            return source.port_index.stop is not None
        section = self.sections.get(source.name)
        if section == "parts":
            part = self.network.parts[source.name]
            is_many = source.index is None or source.index.stop is not None
            if part.repeat is not None and is_many:
                return True
            return self.used[source.name].output_shape(source.port or "")[1]
        if source.index is not None:
            return source.index.stop is not None
        if source.port is not None or source.name in CONSTANTS:
            return False
        if section == "neurons":
            return bool(self.network.neurons[source.name].thresholds)
        return section == "layers" or self.inputs[source.name].is_bus

    # ---------------------------------------------------------------------------- elements

    def elements(self, text: str) -> list[Element]:
        """Return the elements of a source, in order."""
        source = parse_source(text)
        if source.name in CONSTANTS:
            return [(source.name, None)]
        if self.sections[source.name] == "parts":
            return self._of_part(source)
        if source.port is not None:
            return [(source.name, source.port)]
        whole = [(source.name, key) for key in self._keys(source.name)]
        return _picked(whole, source.index, self._convolutions.shapes.get(source.name, ()))

    def elements_of(self, texts: Iterable[str]) -> list[Element]:
        """Return the elements of several sources, end to end."""
        return [element for text in texts for element in self.elements(text)]

    def _keys(self, name: str) -> Sequence[Any]:
        """Return the elements of an input, neuron or layer."""
        section = self.sections[name]
        if section == "inputs":
            input_ = self.inputs[name]
            return input_.of or (range(input_.width) if input_.is_bus else (None,))
        if section == "neurons":
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


def _picked(items: Sequence[Any], index: Index | None, shape: Sequence[int] = ()) -> list[Any]:
    """Return the items that an index selects; a position in a shape selects one."""
    if index is not None and index.more:
        place = flat_place((index.start.offset, *index.more), shape)
        assert place is not None, "a valid source is in its shape"
        return [items[place]]
    return list(items) if index is None else [items[place] for place in index.places]


def format_element(element: Element) -> str:
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
