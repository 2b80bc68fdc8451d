"""Resolve the names in one network to slots, and report names that cannot be resolved."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import NamedTuple, TypedDict, Unpack

from nnc.compiler.graph.graph import (
    ONE,
    ZERO,
    Bundle,
    SignalType,
    Template,
    bit_type,
    count_type,
    input_type,
)
from nnc.compiler.linking import Linked
from nnc.diagnostics.diagnostic import Diagnostic, KeyPath, Label, closest
from nnc.diagnostics.rules import RuleName
from nnc.language.network import BITS, Input, Network, Neuron
from nnc.language.references import (
    CONSTANTS,
    Index,
    Source,
    flat_place,
    parse_source,
    show_shape,
)
from nnc.numbers.exact import first_names, shorten

MAX_SLOTS = 1 << 25
"""The maximum number of signals, including those of every instance of a part."""
Element = int | tuple[str, int]
MAX_SUGGESTIONS = 50  # each search compares all names
NOUNS = {"inputs": "an input", "neurons": "a neuron", "layers": "a layer", "parts": "a part"}


class Mention(NamedTuple):
    """A source at the position where it is read: its text, its path, and whether it is a key."""

    text: str
    path: KeyPath
    key: bool = False


class Details(TypedDict, total=False):
    """Optional fields of a diagnostic; see `Diagnostic`."""

    labels: tuple[Label, ...]
    caret: str
    part: str


class Resolver:
    """The names that one network declares, and their slots."""

    def __init__(self, linked: Linked, children: Mapping[str, Template]) -> None:
        self.linked = linked
        self.network: Network = linked.network
        self.file = linked.file
        self.diagnostics: list[Diagnostic] = []
        self.inputs: dict[str, Input] = self.network.typed_inputs()
        self.children = children
        self.types: list[SignalType] = [ZERO, ONE]
        self.table: dict[str, int | Bundle] = {"0": 0, "1": 1}
        self.first_slots: dict[str, int] = {}
        """The first slot of each neuron, layer and part."""
        self.shapes = {name: i.shape for name, i in self.inputs.items() if i.shape is not None}
        """The shapes of inputs and layers that have one."""
        self.sections = self.network.declared()
        """The section that each name is declared in: `inputs`, `neurons`, …. If a name is declared
        twice, the first one counts, and only that one has slots.
        """
        self._suggestions: dict[tuple[str, ...], str | None] = {}
        self._ports: dict[str, str] | None = None
        """Values of choices and thresholds, by the name after the dot."""

    def report(
        self,
        rule: RuleName,
        message: str,
        path: KeyPath,
        hint: str | None = None,
        *,
        key: bool = False,
        **details: Unpack[Details],
    ) -> None:
        """Add a diagnostic for this file."""
        self.diagnostics.append(
            Diagnostic(rule, message, path, key=key, help=hint, file=self.file, **details)
        )

    def _refuse(
        self,
        mention: Mention,
        rule: RuleName,
        message: str,
        hint: str,
        **details: Unpack[Details],
    ) -> None:
        """Report a source that cannot be resolved, where it is read."""
        self.report(rule, message, mention.path, hint, key=mention.key, **details)

    # ---------------------------------------------------------------------- declaring

    def declare_inputs(self) -> None:
        """Assign slots to the inputs."""
        for name, input_ in self.inputs.items():
            self._declare_input(name, input_)

    def declare_neurons(self) -> None:
        """Assign slots to the neurons, after those of the inputs."""
        plain, types = bit_type(self.network.states or BITS), self.types
        sections, table, first_slots = self.sections, self.table, self.first_slots
        for name, neuron in self.network.neurons.items():
            if sections[name] != "neurons":
                continue
            if neuron.thresholds is None and neuron.states is None:  # as nearly always
                first_slots[name] = table[name] = len(types)
                types.append(plain)
            else:
                self._declare_neuron(name, neuron)

    def declare_layers(
        self,
        sizes: Mapping[str, int],
        counting: Mapping[str, int],
        shapes: Mapping[str, tuple[int, ...]],
    ) -> None:
        """Assign slots to the layers of these sizes, after those of the neurons.

        `counting` has the number of thresholds for each layer whose neurons count them; `shapes`
        are those of inputs and convolutions.
        """
        self.shapes |= shapes
        for name, size in sizes.items():
            if self.sections[name] == "layers":
                type_ = bit_type(self.network.states_of(self.network.layers[name]))
                if name in counting:
                    type_ = count_type(counting[name])
                start = self.first_slots[name] = len(self.types)
                self.types += [type_] * size
                self.table[name] = Bundle(range(start, start + size))

    def declare_parts(self) -> None:
        """Assign slots to the parts, after all others."""
        for name, child in self.children.items():
            if self.sections[name] == "parts":
                self.first_slots[name] = len(self.types)
                self.types += child.types[2:] * (self.network.parts[name].repeat or 1)

    def _declare_input(self, name: str, input_: Input) -> None:
        start = len(self.types)
        self.types += [input_type(input_)] * input_.width
        if not input_.is_bus:
            self.table[name] = start
            return
        self.table[name] = Bundle(range(start, start + input_.width), of=input_.of)
        for i, value in enumerate(input_.of or ()):
            self.table[f"{name}.{value}"] = start + i

    def _declare_neuron(self, name: str, neuron: Neuron) -> None:
        start = self.first_slots[name] = len(self.types)
        type_ = bit_type(self.network.states_of(neuron))
        if neuron.thresholds is None:
            self.table[name] = start
            self.types.append(type_)
            return
        for i, port in enumerate(neuron.thresholds):
            self.table[f"{name}.{port}"] = start + i
        self.types += [type_] * len(neuron.thresholds)
        self.table[name] = Bundle(range(start, start + len(neuron.thresholds)))

    # ---------------------------------------------------------------------- looking up

    def lookup(self, text: str, path: KeyPath, *, key: bool = False) -> Bundle | None:
        """Return the slots of a source, or report it and return None."""
        slots = self.table.get(text)
        if slots is not None:
            return _bundled(slots)
        source = parse_source(text)
        if source.name in self.linked.broken:
            return None
        return self.resolve(source, Mention(text, path, key))

    def is_known(self, text: str) -> bool:
        """Return True if the name in a source is declared."""
        return parse_source(text).name not in self.linked.broken

    def peek(self, text: str) -> Bundle | None:
        """Return the slots of a source, or None without reporting it."""
        count = len(self.diagnostics)
        bundle = self.lookup(text, ("neurons", ""))
        del self.diagnostics[count:]
        return bundle

    def elements(self, text: str) -> list[Element]:
        """Return the elements of a source, as this file distinguishes them.

        Two outputs of a part are different elements even if they are the same signal.
        """
        bundle = self.peek(text)
        if bundle is None:
            return []
        source = parse_source(text)
        if self.sections.get(source.name) != "parts":
            return list(bundle.slots)
        name = f"{source.name}.{source.port}"
        port_bundle = self.peek(name)
        if port_bundle is None:
            return []
        repeat = self.network.parts[source.name].repeat
        width = len(port_bundle.slots) // (repeat or 1)
        places: Sequence[int] = range(len(port_bundle.slots))
        for index, size in ((source.index, width), (source.port_index, 1)):
            if index is not None:
                places = [places[place * size + i] for place in index.places for i in range(size)]
        return [(name, place) for place in places]

    def resolve(self, source: Source, mention: Mention) -> Bundle | None:
        """Return the slots of a source that is not a plain name."""
        section = self.sections.get(source.name)
        if section is None or (section == "parts" and source.name not in self.children):
            if section is None:
                self._report_unknown(source.name, mention)
            return None
        if section == "parts":
            return self._resolve_part(source, mention)
        declared = self.table.get(source.name)
        if declared is None:
            return None  # declared twice, which is reported at the declaration
        if source.port is None:
            return self.indexed(declared, source.index, source.name, mention)
        name = f"{source.name}.{source.port}"
        if source.index is not None:
            message = f"`{mention.text}`: an index cannot come before a name"
            self._refuse(mention, "no-index", message, f"write `{name}`")
            return None
        port = self.table.get(name)
        if port is None:
            self._report_port(section, source, mention)
            return None
        return self.indexed(port, source.port_index, name, mention)

    def indexed(
        self, source: int | Bundle, index: Index | None, name: str, mention: Mention
    ) -> Bundle | None:
        """Return the elements that an index selects in a bus called `name`."""
        bundle = _bundled(source)
        if index is None:
            return bundle
        if index.more:
            return self._by_place(bundle, index, name, mention)
        start, stop = index.places.start, index.places.stop
        if not bundle.is_bus and (start, stop) != (0, 1):
            message = f"`{mention.text}`: `{name}` is one value, not a bus"
            self._refuse(mention, "no-index", message, f"write `{name}`")
            return None
        if not 0 <= start < stop <= len(bundle.slots):
            message, hint = out_of_range(mention.text, name, index, len(bundle.slots))
            self._refuse(mention, "index-out-of-range", message, hint)
            return None
        return Bundle(bundle.slots[start : stop : index.step], is_bus=index.stop is not None)

    def _by_place(self, bundle: Bundle, index: Index, name: str, mention: Mention) -> Bundle | None:
        """Return the element of a shaped bus that a multidimensional index selects."""
        shape = self.shapes.get(name)
        if shape is None:
            message = f"`{mention.text}`: `{name}` has no shape"
            self._refuse(mention, "no-index", message, "an element of a bus has one number: `a(3)`")
            return None
        place = flat_place((index.start.offset, *index.more), shape)
        if place is None:
            message = f"`{mention.text}`: `{name}` has the shape {show_shape(shape)}"
            last = ", ".join(str(size - 1) for size in shape)
            hint = f"the last element is `{name}({last})`; count from 0"
            self._refuse(mention, "index-out-of-range", message, hint)
            return None
        return Bundle((bundle.slots[place],), is_bus=False)

    # --------------------------------------------------------------------------- parts

    def _resolve_part(self, source: Source, mention: Mention) -> Bundle | None:
        """Return the slots of a part's output, for all its elements, concatenated."""
        text = mention.text
        part = self.network.parts[source.name]
        elements: Sequence[int] = range(part.repeat or 1)
        if source.index is not None:
            if part.repeat is None:
                self._refuse(
                    mention,
                    "no-index",
                    f"`{text}`: the part `{source.name}` is not repeated, so it takes no index",
                    f"write `{source.name}.{source.port or 'output'}`",
                )
                return None
            chosen = self.indexed(Bundle(elements), source.index, source.name, mention)
            if chosen is None:
                return None
            elements = chosen.slots
        port = self.port_of(source, mention)
        if port is None:
            return None
        base, stride = self.first_slots[source.name], self.children[source.name].size
        slots = spread(port.slots, elements, base, stride)
        is_bus = port.is_bus or (
            part.repeat is not None and (source.index is None or source.index.stop is not None)
        )
        of = port.of if len(elements) == 1 else None
        name = text.rpartition("(")[0] if source.port_index is not None else text
        return self.indexed(Bundle(slots, is_bus, of), source.port_index, name, mention)

    def port_of(self, source: Source, mention: Mention) -> Bundle | None:
        """Return the slots within a part of the output that a source names."""
        text, child = mention.text, self.children[source.name]
        if source.port is None:
            known = next(iter(child.outputs), "output")
            message = f"`{text}` is a part, not a source"
            hint = f"name one of its outputs: `{text}.{known}`"
            self._refuse(mention, "unknown-port", message, hint)
            return None
        port = child.outputs.get(source.port)
        if port is None:
            if source.port not in child.linked.network.outputs:
                self._report_part_port(source, source.port, mention)
            return None
        if port.bundle is None:
            what = {"sum": "a sum", "level": "a level", "largest": "a place"}[port.tap.kind]
            message = f"`{text}` is {what}, which cannot be wired"
            self._refuse(mention, "no-source", message, "you can only pass it on under `outputs`")
            return None
        return port.bundle

    # ------------------------------------------------------------------------- messages

    def _report_part_port(self, source: Source, port: str, mention: Mention) -> None:
        """Report that the network of a part has no output with this name."""
        child = self.children[source.name]
        network, file = child.linked.network, child.linked.file
        near = self.nearest(port, (), network.outputs)
        where = f" (`{shorten(file)}`)" if file else ""
        message = f"the part `{source.name}`{where} has no output `{port}`"
        hint = (
            f"did you mean `{near}`?"
            if near
            else f"its outputs are {first_names(network.outputs, '`')}"
        )
        self._refuse(mention, "unknown-port", message, hint, part=f".{port}")

    def _report_port(self, section: str, source: Source, mention: Mention) -> None:
        """Report that an input, neuron or layer has no port with this name."""
        name, port = source.name, source.port or ""
        input_ = self.inputs.get(name) if section == "inputs" else None
        neuron = self.network.neurons.get(name) if section == "neurons" else None
        ports: Collection[str] = ()
        what = "value"
        if input_ is not None:
            ports = input_.of or ()
        elif neuron is not None:
            ports, what = neuron.thresholds or (), "threshold"
        if ports:
            near = self.nearest(port, (), ports)
            message = f"{section[:-1]} `{name}` has no {what} `{port}`"
            hint = f"did you mean `{near}`?" if near else f"it has {first_names(ports, '`')}"
        elif section == "neurons":
            message = f"neuron `{name}` has one threshold, without a name"
            hint = f"write `{name}`"
        elif section == "layers":
            message = f"layer `{name}` has no neuron `{port}`: they have numbers, not names"
            hint = f"write `{name}`, or an element: `{name}(0)`"
        else:
            message = f"input `{name}` is not a choice, so it has no value `{port}`"
            is_bus = input_ is not None and input_.is_bus
            hint = f"write `{name}`" + (f", or an element: `{name}(0)`" if is_bus else "")
        self._refuse(mention, "unknown-port", message, hint, part=f".{port}")

    def _report_unknown(self, name: str, mention: Mention) -> None:
        """Report an undeclared name, with a similar declared one if any."""
        text = mention.text
        section, reader = map(str, mention.path[:2])
        near = self.nearest(name, self._read_by(section, reader))
        labels: tuple[Label, ...] = ()
        if near is not None:
            hint = f"did you mean `{near}`?"
            place: KeyPath = (self.sections[near], near)
            message = f"{NOUNS[self.sections[near]]} with a similar name"
            labels = (Label(message, place, key=True, file=self.file),)
        elif (port := self._port_called(name)) is not None:
            hint = f"write `{port}`"
        else:
            hint = "declare it under `inputs` or `neurons`"
            if text in ("bias", "biases"):
                hint = "a bias is the negative threshold: subtract it from the threshold"
        known = "neither an input nor a neuron"
        if self.network.layers or self.network.parts:
            known = "not an input, neuron, layer or part"
        message = f"{section.removesuffix('s')} `{reader}` reads `{text}`, which is {known}"
        self._refuse(mention, "unknown-source", message, hint, labels=labels, caret="not declared")

    def _port_called(self, name: str) -> str | None:
        """Return the full name of a choice value, threshold or part output with a name, if any."""
        for part, child in self.children.items():
            if name in child.outputs:
                index = "(0)" if self.network.parts[part].repeat is not None else ""
                return f"{part}{index}.{name}"
        if self._ports is None:  # keeps the first of equal names
            self._ports = {text.rpartition(".")[2]: text for text in reversed(self.table)}
        text = self._ports.get(name)
        return text if text != name else None

    def nearest(
        self, name: str, used: Collection[str], known: Iterable[str] | None = None
    ) -> str | None:
        """Return the most similar declared name that is not in `used`, or None."""
        if len(self._suggestions) >= MAX_SUGGESTIONS:
            return None
        candidates = () if known is None else (" ", *known)
        query = (name, *used, *candidates)
        if query not in self._suggestions:
            names = self.sections if known is None else candidates[1:]
            self._suggestions[query] = closest(
                name, (other for other in names if other not in used)
            )
        return self._suggestions[query]

    def _read_by(self, section: str, reader: str) -> list[str]:
        """Return the name of a neuron and, unless they are many, its sources."""
        neuron = self.network.neurons.get(reader) if section == "neurons" else None
        if neuron is None:
            return []
        texts = neuron.reads()
        return sorted({reader, *texts}) if len(texts) < 100 else [reader]


def _bundled(slots: int | Bundle) -> Bundle:
    return Bundle((slots,), is_bus=False) if isinstance(slots, int) else slots


def out_of_range(text: str, name: str, index: Index, size: int, i: int = 0) -> tuple[str, str]:
    """Return the message and the hint for an index that is out of range in instance i."""
    start = index.start.at(i)
    if index.stop is not None and 0 <= start <= size and index.stop.at(i) <= start:
        return f"`{text}` is empty: a slice ends before its stop", "write a stop beyond the start"
    elements = "1 element, 0" if size == 1 else f"{size:,} elements, 0 to {size - 1:,}"
    hint = "count the elements from 0"
    if index.stop is not None:
        hint = f"a slice ends before its stop, at most {size:,}"
    return f"`{text}`: `{name}` has {elements}", hint


def spread(port: Sequence[int], elements: Sequence[int], base: int, stride: int) -> Sequence[int]:
    """Return the concatenated slots of an output for some elements of a part."""
    if len(port) == 1:
        slot = port[0]
        if slot < len(CONSTANTS):
            return [slot] * len(elements)
        if isinstance(elements, range):
            start = base + elements.start * stride + slot - 2
            return range(
                start, start + len(elements) * elements.step * stride, elements.step * stride
            )
    return [
        slot if slot < 2 else base + element * stride + slot - 2
        for element in elements
        for slot in port
    ]


def check_twice(
    resolver: Resolver, path: KeyPath, texts: Iterable[str], hint: str, *, by_name: bool
) -> None:
    """Report sources that a neuron or layer reads twice, except constants."""
    seen: dict[Element, KeyPath] = {}
    for i, text in enumerate(texts):
        where: KeyPath = (*path, "weights", text) if by_name else (*path, "wiring", i)
        elements = [element for element in resolver.elements(text) if element not in (0, 1)]
        again = next((seen[element] for element in elements if element in seen), None)
        if again is not None:
            resolver.report(
                "duplicate-source",
                f"{str(path[0])[:-1]} `{path[1]}` reads `{text}` twice",
                where,
                hint,
                key=by_name,
                labels=(Label("first here", again, key=by_name, file=resolver.file),),
            )
        seen |= dict.fromkeys(elements, where)
