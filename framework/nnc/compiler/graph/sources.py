"""Names -> slots: what each source of one network stands for, or why it stands for nothing."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from itertools import islice

from nnc.compiler.graph.graph import BIT, ONE, ZERO, SignalType, bit_type, input_type
from nnc.compiler.graph.template import Bundle, Template
from nnc.compiler.linking import Linked
from nnc.diagnostics.diagnostic import Diagnostic, KeyPath, Label, closest
from nnc.diagnostics.rules import RuleName
from nnc.exact import shorten, show_number
from nnc.language.keys import DECLARED
from nnc.language.network import BITS, Input, Network, Neuron
from nnc.language.overlays import Extended
from nnc.language.references import CONSTANTS, Index, Source, parse_source

MOST_SLOTS = 1 << 25
"""The most signals: inputs, neurons, layers, and those of every instance of a part."""
Element = int | tuple[str, int]
MOST_SUGGESTIONS = 50  # each looks through all names
_KINDS = {"inputs": "an input", "neurons": "a neuron", "layers": "a layer", "parts": "a part"}


class Sources:
    """The names that one network declares, and the slots of each."""

    def __init__(self, linked: Linked, children: Mapping[str, Template]) -> None:
        self.linked = linked
        self.network: Network = linked.network
        self.file = linked.file
        self.found: list[Diagnostic] = []
        self.inputs: dict[str, Input] = self.network.typed_inputs()
        self.children = children
        self.types: list[SignalType] = [ZERO, ONE]
        self.table: dict[str, int | Bundle] = {"0": 0, "1": 1}
        self.first: dict[str, int] = {}
        """The first slot of each neuron, layer and part."""
        self.places = self.network.declared()
        self._meant: dict[tuple[str, ...], str | None] = {}
        self._ports: dict[str, str] | None = None
        """The values of choices and the thresholds, by the name after the point."""

    def say(
        self,
        rule: RuleName,
        message: str,
        path: KeyPath,
        help: str | None = None,  # noqa: A002
        *,
        key: bool = False,
        labels: tuple[Label, ...] = (),
        caret: str = "",
        part: str | None = None,
    ) -> None:
        """Note a mistake."""
        self.found.append(
            Diagnostic(
                rule,
                message,
                path,
                key=key,
                help=help,
                labels=labels,
                caret=caret,
                part=part,
                file=self.file,
            )
        )

    # ---------------------------------------------------------------------- declaring

    def declare(self, sizes: Mapping[str, int]) -> None:
        """Give inputs, neurons, layers (of these sizes) and parts their slots."""
        self._tell_duplicates()
        self._check_states()
        table, types = self.table, self.types
        for name, one in self.inputs.items():
            self._check_default(name, one)
            start = len(types)
            if not one.is_bus:
                table[name] = start
                types.append(input_type(one))
                continue
            types += [input_type(one)] * one.width
            table[name] = Bundle(range(start, start + one.width), of=one.of)
            for i, value in enumerate(one.of or ()):
                table[f"{name}.{value}"] = start + i
        for name, neuron in self.network.neurons.items():
            if self.places[name] != "neurons":
                continue
            start = self.first[name] = len(types)
            states = self.network.states_of(neuron)
            one_type = BIT if states == BIT.states else bit_type(states)
            if neuron.thresholds is None:
                table[name] = start
                types.append(one_type)
                continue
            for i, port in enumerate(neuron.thresholds):
                table[f"{name}.{port}"] = start + i
            types += [one_type] * len(neuron.thresholds)
            table[name] = Bundle(range(start, start + len(neuron.thresholds)))
        for name, size in sizes.items():
            if self.places[name] == "layers":
                start = self.first[name] = len(types)
                types += [bit_type(self.network.states_of(self.network.layers[name]))] * size
                table[name] = Bundle(range(start, start + size))
        for name, child in self.children.items():
            if self.places[name] == "parts":
                self.first[name] = len(self.types)
                self.types += child.types[2:] * (self.network.parts[name].repeat or 1)

    def _tell_duplicates(self) -> None:
        words = {"neurons": "a neuron", "layers": "a layer", "parts": "a part"}
        for place, what in words.items():
            for name in getattr(self.network, place):
                first = self.places[name]
                if first != place:
                    self.say(
                        "duplicate-name",
                        f"`{name}` is declared as {_KINDS[first]} and as {what}",
                        (place, name),
                        "give one of them another name",
                        key=True,
                        labels=(
                            Label(f"the {first[:-1]}", (first, name), key=True, file=self.file),
                        ),
                    )

    def _check_states(self) -> None:
        """Check that firing rules are written where states are not 0 and 1."""
        network = self.network
        silent = [
            (place, name)
            for place in ("neurons", "layers")
            for name, one in getattr(network, place).items()
            if one.fires is None and network.fires is None
        ]
        if not silent:
            return
        with_states: list[KeyPath] = [("states",)] if network.states not in (None, BITS) else []
        for place in ("inputs", "neurons", "layers"):
            for name, one in getattr(network, place).items():
                if one.states not in (None, BITS):
                    with_states.append((place, name, "states"))
        if with_states:
            place, name = silent[0]
            self.say(
                "states-need-fires",
                f"with states other than 0 and 1 `fires` has to be written; `{name}` has none",
                with_states[0],
                "write `fires: above` at the top of the file, or the rule that is meant",
                labels=(Label("no `fires` here", (place, name), key=True, file=self.file),),
            )

    def _check_default(self, name: str, one: Input) -> None:
        """Check the default of bits, which depends on the states of the network."""
        if one.type == "bit":
            for message, help_, *at in one.wrong_default():
                path: KeyPath = ("inputs", name, "default", *at)
                self.say("default-out-of-bounds", message, path, help_)

    # ---------------------------------------------------------------------- looking up

    def lookup(self, text: str, path: KeyPath, *, key: bool = False) -> Bundle | None:
        """Give what a source stands for, or say why it stands for nothing."""
        found = self.table.get(text)
        if found is not None:
            return Bundle((found,), is_bus=False) if isinstance(found, int) else found
        source = parse_source(text)
        if source.name in self.linked.broken:
            return None
        return self.resolve(source, text, path, key=key)

    def is_known(self, text: str) -> bool:
        """Tell whether something is known of the name in a source."""
        return parse_source(text).name not in self.linked.broken

    def quiet(self, text: str) -> Bundle | None:
        """Give what a source stands for, and say nothing where it stands for nothing."""
        count = len(self.found)
        bundle = self.lookup(text, ("neurons", ""))
        del self.found[count:]
        return bundle

    def elements(self, text: str) -> list[Element]:
        """Name the elements that a source stands for, as this file tells them apart.

        Two outputs of a part are two, also where one signal stands behind both.
        """
        bundle = self.quiet(text)
        if bundle is None:
            return []
        source = parse_source(text)
        if self.places.get(source.name) != "parts":
            return list(bundle.slots)
        whole = self.quiet(f"{source.name}.{source.port}")
        name = f"{source.name}.{source.port}"
        if whole is None:
            return []
        repeat = self.network.parts[source.name].repeat
        width = len(whole.slots) // (repeat or 1)
        places: Sequence[int] = range(len(whole.slots))
        for index, size in ((source.index, width), (source.port_index, 1)):
            if index is not None:
                places = [places[one * size + i] for one in index.places for i in range(size)]
        return [(name, place) for place in places]

    def resolve(self, source: Source, text: str, path: KeyPath, *, key: bool) -> Bundle | None:
        """Give what a source that is no plain name stands for."""
        place = self.places.get(source.name)
        if place is None or (place == "parts" and source.name not in self.children):
            if place is None:
                self._tell_unknown(source.name, text, path, key=key)
            return None
        if place == "parts":
            return self._part(source, text, path, key=key)
        whole = self.table.get(source.name)
        if whole is None:
            return None  # declared twice, and told
        if source.port is None:
            return self.indexed(whole, source.index, source.name, text, path, key=key)
        if source.index is not None:
            self.say(
                "no-index",
                f"`{text}`: an index does not stand before a name",
                path,
                f"write `{source.name}.{source.port}`",
                key=key,
            )
            return None
        port = self.table.get(f"{source.name}.{source.port}")
        if port is None:
            self._tell_port(source.name, place, source.port, path, key=key)
            return None
        return self.indexed(
            port, source.port_index, f"{source.name}.{source.port}", text, path, key=key
        )

    def indexed(
        self,
        whole: int | Bundle,
        index: Index | None,
        name: str,
        text: str,
        path: KeyPath,
        *,
        key: bool,
    ) -> Bundle | None:
        """Give the elements of a bus that an index names."""
        bundle = Bundle((whole,), is_bus=False) if isinstance(whole, int) else whole
        if index is None:
            return bundle
        size = len(bundle.slots)
        start, stop = index.places.start, index.places.stop
        if not bundle.is_bus and (start, stop) != (0, 1):
            self.say(
                "no-index",
                f"`{text}`: `{name}` is one value, not a bus",
                path,
                f"write `{name}`",
                key=key,
            )
            return None
        if not 0 <= start < stop <= size:
            message, help_ = out_of_range(text, name, index, start, stop, size)
            self.say("index-out-of-range", message, path, help_, key=key)
            return None
        return Bundle(bundle.slots[start : stop : index.step], is_bus=index.stop is not None)

    # --------------------------------------------------------------------------- parts

    def _part(self, source: Source, text: str, path: KeyPath, *, key: bool) -> Bundle | None:
        """Give the slots of an output of a part, of all its elements end to end."""
        part = self.network.parts[source.name]
        elements: Sequence[int] = range(part.repeat or 1)
        if source.index is not None:
            if part.repeat is None:
                self.say(
                    "no-index",
                    f"`{text}`: the part `{source.name}` is not repeated, so it takes no index",
                    path,
                    f"write `{source.name}.{source.port or 'output'}`",
                    key=key,
                )
                return None
            whole = Bundle(elements)
            found = self.indexed(whole, source.index, source.name, text, path, key=key)
            if found is None:
                return None
            elements = found.slots
        port = self.port_of(source, text, path, key=key)
        if port is None:
            return None
        base, stride = self.first[source.name], self.children[source.name].size
        slots = spread(port.slots, elements, base, stride)
        is_bus = port.is_bus or (
            part.repeat is not None and (source.index is None or source.index.stop is not None)
        )
        of = port.of if len(elements) == 1 else None
        bundle = Bundle(slots, is_bus=is_bus, of=of)
        name = text.rpartition("(")[0] if source.port_index is not None else text
        return self.indexed(bundle, source.port_index, name, text, path, key=key)

    def port_of(self, source: Source, text: str, path: KeyPath, *, key: bool) -> Bundle | None:
        """Give the slots, inside a part, of the output that a source names."""
        child = self.children[source.name]
        if source.port is None:
            known = next(iter(child.outputs), "output")
            self.say(
                "unknown-port",
                f"`{text}` is a part, not a source",
                path,
                f"name one of its outputs: `{text}.{known}`",
                key=key,
            )
            return None
        port = child.outputs.get(source.port)
        if port is None:
            if source.port not in child.linked.network.outputs:
                self._tell_part_port(source, child, path, key=key)
            return None
        if port.bundle is None:
            what = {"sum": "a sum", "level": "a level", "largest": "a place"}[port.tap.kind]
            self.say(
                "no-source",
                f"`{text}` is {what}, which cannot be wired",
                path,
                "it can only be given on, under `outputs`",
                key=key,
            )
            return None
        return port.bundle

    # ------------------------------------------------------------------------- messages

    def _tell_part_port(self, source: Source, child: Template, path: KeyPath, *, key: bool) -> None:
        port = source.port or ""
        names = child.linked.network.outputs
        near = self.nearest(port, (), names)
        file = child.linked.file
        where = f" (`{shorten(file)}`)" if file else ""
        message = f"the part `{source.name}`{where} has no output `{port}`"
        help_ = f"did you mean `{near}`?" if near else f"its outputs are {listed(names)}"
        place = next((one for one in DECLARED if port in getattr(child.linked.network, one)), None)
        if near is None and place is not None:
            help_ = f"`{port}` is {_KINDS[place]} in it; {help_}"
        self.say("unknown-port", message, path, help_, key=key, part=f".{port}")

    def _tell_port(self, name: str, place: str, port: str, path: KeyPath, *, key: bool) -> None:
        """Say that an input, neuron or layer has no such port."""
        one = self.inputs.get(name)
        neuron = self.network.neurons.get(name)
        known = list((one.of if one is not None and place == "inputs" else None) or ())
        what = "value"
        if place == "neurons" and neuron is not None:
            known, what = list(neuron.thresholds or ()), "threshold"
        if known:
            near = self.nearest(port, (), known)
            message = f"{place[:-1]} `{name}` has no {what} `{port}`"
            help_ = f"did you mean `{near}`?" if near else f"it has {listed(known)}"
        elif place == "neurons":
            message = f"neuron `{name}` has one threshold, without a name"
            help_ = f"write `{name}`"
        elif place == "layers":
            message = f"layer `{name}` has no neuron `{port}`: they have numbers, not names"
            help_ = f"write `{name}`, or an element: `{name}(0)`"
        else:
            message = f"input `{name}` is no choice, so it has no value `{port}`"
            is_bus = one is not None and one.is_bus
            help_ = f"write `{name}`" + (f", or an element: `{name}(0)`" if is_bus else "")
        self.say("unknown-port", message, path, help_, key=key, part=f".{port}")

    def _tell_unknown(self, name: str, text: str, path: KeyPath, *, key: bool) -> None:
        word = {"neurons": "neuron", "outputs": "output", "layers": "layer", "parts": "part"}
        reader = f"{word[str(path[0])]} `{path[1]}`"
        near = self.nearest(name, self._used(path))
        if near is None and isinstance(self.linked.document, Extended):
            near = self.nearest(name, (str(path[1]),))  # what the base reads may be meant
        help_ = f"did you mean `{near}`?" if near else "declare it under `inputs` or `neurons`"
        port = self._port_called(name) if near is None else None
        if port is not None:
            help_ = f"write `{port}`"
        elif near is None and path[0] == "neurons" and text in ("bias", "biases"):
            help_ = self._without_bias(self.network.neurons[str(path[1])], text) or help_
        labels: tuple[Label, ...] = ()
        if near is not None:
            place = self.places[near]
            labels = (
                Label(
                    f"{_KINDS[place]} with a similar name", (place, near), key=True, file=self.file
                ),
            )
        known = "neither an input nor a neuron"
        if self.network.layers or self.network.parts:
            known = "no input, neuron, layer or part"
        message = f"{reader} reads `{text}`, which is {known}"
        self.say(
            "unknown-source", message, path, help_, key=key, labels=labels, caret="not declared"
        )

    @staticmethod
    def _without_bias(neuron: Neuron, text: str) -> str | None:
        """Say what stands for a bias among the weights; a threshold that is missing counts as 0."""
        bias = neuron.weights.get(text) if isinstance(neuron.weights, dict) else None
        if bias is None or isinstance(bias, (dict, tuple)):
            return None
        if neuron.threshold is None:
            return "a bias is subtracted from each threshold: do so, and leave it out"
        threshold = shorten(show_number(neuron.threshold - bias))
        return f"a bias is the negative threshold: leave it out and write `threshold: {threshold}`"

    def _port_called(self, name: str) -> str | None:
        """Find the value of a choice, threshold or output of a part that has a name."""
        for one, child in self.children.items():
            if name in child.outputs:
                index = "(0)" if self.network.parts[one].repeat is not None else ""
                return f"{one}{index}.{name}"
        if self._ports is None:  # the first of equals is kept
            self._ports = {text.rpartition(".")[2]: text for text in reversed(self.table)}
        found = self._ports.get(name)
        return found if found != name else None

    def nearest(
        self, name: str, used: Collection[str], known: Iterable[str] | None = None
    ) -> str | None:
        """Find the declared name that was meant: one that the reader does not read already."""
        if len(self._meant) >= MOST_SUGGESTIONS:
            return None
        among = () if known is None else (" ", *known)
        asked = (name, *used, *among)
        if asked not in self._meant:
            declared = self.places if known is None else among[1:]
            self._meant[asked] = closest(name, (one for one in declared if one not in used))
        return self._meant[asked]

    def _used(self, path: KeyPath) -> list[str]:
        """Name the sources that a neuron reads, and the neuron itself."""
        neuron = self.network.neurons.get(str(path[1])) if path[0] == "neurons" else None
        if neuron is None:
            return []
        texts = neuron.weights if isinstance(neuron.weights, dict) else neuron.wiring or ()
        return sorted({str(path[1]), *texts}) if len(texts) < 100 else [str(path[1])]


def out_of_range(
    text: str, name: str, index: Index, start: int, stop: int, size: int
) -> tuple[str, str]:
    """Say why an index is none: the message and the help."""
    if index.stop is not None and 0 <= start <= size and stop <= start:
        return f"`{text}` is empty: a slice ends before its stop", "write a stop beyond the start"
    elements = "1 element, 0" if size == 1 else f"{size:,} elements, 0 to {size - 1:,}"
    fix = (
        f"a slice ends before its stop, at most {size:,}"
        if index.stop is not None
        else ("count the elements from 0")
    )
    return f"`{text}`: `{name}` has {elements}", fix


def spread(port: Sequence[int], elements: Sequence[int], base: int, stride: int) -> Sequence[int]:
    """Give the slots of an output for some elements of a part, end to end."""
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


def listed(names: Collection[str]) -> str:
    """List the first eight names."""
    return ", ".join(f"`{one}`" for one in islice(names, 8)) + (", …" if len(names) > 8 else "")
