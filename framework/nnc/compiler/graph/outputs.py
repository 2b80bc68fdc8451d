"""Resolve outputs to taps."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

from nnc.compiler.graph.graph import BIT, Bundle, Port, SignalType, Tap, as_range
from nnc.compiler.graph.resolver import Mention, Resolver, spread
from nnc.diagnostics.diagnostic import KeyPath, Label
from nnc.language.network import BITS, Neuron, Output, Threshold, ruled
from nnc.language.references import parse_source
from nnc.numbers.exact import Number, counted, shorten


class Outputs:
    """Resolve the outputs of one network."""

    def __init__(self, resolver: Resolver) -> None:
        self.resolver = resolver
        self.network = resolver.network

    def resolve(self) -> dict[str, Port]:
        """Return the port of each alias, except those with mistakes."""
        ports = {alias: self._port(alias, output) for alias, output in self.network.outputs.items()}
        return {alias: port for alias, port in ports.items() if port is not None}

    def _port(self, alias: str, output: Output) -> Port | None:
        if output.sources is not None:
            port = self._of_sources(alias, output, output.sources)
        elif output.largest is not None:
            port = self._largest(alias, output, output.largest)
        elif output.sum is not None:
            port = self._sum(alias, output.sum)
        else:
            port = self._level(alias, output, output.levels())
        if port is not None:
            self._check_alias(alias, output)
        return port

    def _of_sources(self, alias: str, output: Output, texts: Sequence[str]) -> Port | None:
        path: KeyPath = ("outputs", alias)
        if not output.is_bus:
            slot = self.resolver.table.get(texts[0])
            if type(slot) is int and self.resolver.types[slot] is BIT:  # as almost always
                return Port(Tap(alias, "bit", (slot,)), Bundle((slot,), is_bus=False))
            is_one, passed_on = self._passed_on(alias, texts[0], path)
            if is_one:
                return passed_on
        looked_up = [
            self.resolver.lookup(text, (*path, i) if output.is_bus else path)
            for i, text in enumerate(texts)
        ]
        bundles = [bundle for bundle in looked_up if bundle is not None]
        if len(bundles) < len(looked_up):
            return None
        joined = bundles[0]
        if output.is_bus:
            slots = [slot for bundle in bundles for slot in bundle.slots]
            joined = Bundle(joined.slots if len(bundles) == 1 else slots)
        return Port(tap_of(alias, joined, self.resolver.types), joined)

    def _passed_on(self, alias: str, text: str, path: KeyPath) -> tuple[bool, Port | None]:
        """Return whether a source is a sum, level or index of a used network, and its port."""
        source = parse_source(text)
        child = self.resolver.children.get(source.name)
        port = child.outputs.get(source.port or "") if child is not None else None
        if child is None or port is None or port.bundle is not None:
            return False, None
        part = self.network.parts[source.name]
        if part.repeat is None and source.index is not None:
            return False, None  # reported elsewhere as a source that takes no index
        instances: int | Bundle = Bundle(range(part.repeat)) if part.repeat is not None else 0
        mention = Mention(text, path)
        elements = self.resolver.indexed(instances, source.index, source.name, mention)
        if elements is None or source.name not in self.resolver.first_slots:
            return True, None
        tap, base = port.tap, self.resolver.first_slots[source.name]
        if tap.kind != "sum" and len(elements.slots) != 1:
            self.resolver.report(
                "size-mismatch",
                f"`{text}` has {counted(len(elements.slots), 'element')}; an output gives one "
                f"{'level' if tap.kind == 'level' else 'place'}",
                path,
                f"name one of them: `{source.name}(0).{source.port}`",
            )
            return True, None
        slots = spread(tap.signals, elements.slots, base, child.size)
        is_bus = tap.kind == "sum" and (tap.is_bus or elements.is_bus)
        if source.port_index is not None:
            name = text.rpartition("(")[0]
            instances = Bundle(slots, is_bus=is_bus) if tap.kind == "sum" else 0
            chosen = self.resolver.indexed(instances, source.port_index, name, mention)
            if chosen is None:
                return True, None
            if tap.kind == "sum":
                slots, is_bus = chosen.slots, chosen.is_bus
        return True, Port(replace(tap, alias=alias, signals=slots, is_bus=is_bus), None)

    # -------------------------------------------------------------------------- neurons

    def _first_of(self, text: str, path: KeyPath, what: str) -> Sequence[int] | None:
        """Return the first slot of each neuron that a source names, or report other sources."""
        bundle = self.resolver.lookup(text, path)
        if bundle is None:
            return None
        name = parse_source(text).name
        section = self.resolver.sections.get(name)
        if section in ("neurons", "layers"):
            return (self.resolver.first_slots[name],) if section == "neurons" else bundle.slots
        kind = {"inputs": "an input", "parts": "made in a part"}.get(section or "", "a constant")
        hint = "name a neuron"
        if section == "parts":
            hint = f"give the {what} there as an output, and pass that on here"
        only = "only a neuron of this file" if section == "parts" else "only a neuron"
        self.resolver.report("no-sum", f"`{text}` is {kind}; {only} has a {what}", path, hint)
        return None

    def _sum(self, alias: str, text: str) -> Port | None:
        firsts = self._first_of(text, ("outputs", alias, "sum"), "sum")
        if firsts is None:
            return None
        return Port(Tap(alias, "sum", firsts, is_bus=self._is_bus(text)), None)

    def _level(self, alias: str, output: Output, texts: Sequence[str]) -> Port | None:
        path: KeyPath = ("outputs", alias, "level")
        is_list = not isinstance(output.level, str)
        places = [(*path, i) if is_list else path for i in range(len(texts))]
        counted_signals = [
            self._counted(text, path) for text, path in zip(texts, places, strict=True)
        ]
        signals: list[int] = []
        for some in counted_signals:
            if some is None:
                return None
            signals += some
        if is_list and not self._is_of_one(texts, places):
            return None
        name = parse_source(texts[0]).name
        subject = shorten(", ".join(texts)) if is_list else texts[0]
        neuron = self.network.neurons.get(name)
        if neuron is not None:
            positions = self._positions(neuron)
            open_ = self._open_thresholds(name)
            places_of = [signal - self.resolver.first_slots[name] for signal in signals]
            chosen = [positions[place] for place in places_of if place not in open_]
            is_ascending = all(a < b for a, b in pairwise(chosen))
            if not is_ascending and is_list:
                self._tell_order(name, signals, path)
                return None
            if not is_ascending:
                self._tell_not_ascending(name, subject, path)
                return None
        labels = output.labels or ()
        limits = sum(self.resolver.types[slot].counted or 1 for slot in signals)
        if output.labels is not None and len(labels) != limits + 1:
            self.resolver.report(
                "label-count",
                f"`{subject}` has {counted(limits, 'threshold')}, so {limits + 1} "
                f"levels; found {counted(len(labels), 'label')}",
                ("outputs", alias, "labels"),
                f"write {limits + 1} labels, the lowest first",
            )
            return None
        return Port(Tap(alias, "level", as_range(signals), labels), None)

    def _counted(self, text: str, path: KeyPath) -> Sequence[int] | None:
        """Return the slots of the thresholds that a source names: all or some of a neuron's."""
        firsts = self._first_of(text, path, "level")
        if firsts is None:
            return None
        source = parse_source(text)
        if len(firsts) != 1:
            self.resolver.report(
                "no-sum",
                f"`{text}` is {counted(len(firsts), 'neuron')}; a level is of one",
                path,
                f"name one of them: `{source.name}(0)`",
            )
            return None
        if source.port or source.index:
            bundle = self.resolver.lookup(text, path)
            assert bundle is not None
            return bundle.slots
        neuron = self.network.neurons.get(source.name)
        named = neuron.thresholds if neuron is not None else None
        return range(firsts[0], firsts[0] + len(named or " "))

    def _is_of_one(self, texts: Sequence[str], places: Sequence[KeyPath]) -> bool:
        """Return True if the listed thresholds belong to one neuron, else report it."""
        names = [parse_source(text).name for text in texts]
        if len(texts) > 1 and self.resolver.sections[names[0]] == "layers":
            message = f"`{names[0]}` is a layer, whose thresholds have no names; found a list"
            hint = f"write `{{level: {texts[0]}}}`: it counts all thresholds of that neuron"
            self.resolver.report("level-of-several", message, places[0], hint)
            return False
        for text, name, path in zip(texts, names, places, strict=True):
            if name != names[0] or (self.resolver.sections[name] == "layers" and len(texts) > 1):
                self.resolver.report(
                    "level-of-several",
                    f"`{text}` is not a threshold of `{names[0]}`; a level counts those of one "
                    "neuron",
                    path,
                    f"list thresholds of `{names[0]}` alone, or give it a level of its own",
                    labels=(Label("the first", places[0], file=self.resolver.file),),
                )
                return False
        return True

    def _is_bus(self, text: str) -> bool:
        """Return True if a sum is a bus, one element per neuron."""
        source = parse_source(text)
        if self.resolver.sections.get(source.name) != "layers":
            return False
        return source.index is None or source.index.stop is not None

    def _tell_order(self, name: str, signals: Sequence[int], path: KeyPath) -> None:
        """Report thresholds that are listed out of order or twice."""
        neuron = self.network.neurons[name]
        first, positions = self.resolver.first_slots[name], self._positions(neuron)
        ports = [f".{port}" for port in neuron.thresholds or ()] or [""]
        places = sorted({signal - first for signal in signals}, key=positions.__getitem__)
        twice = [ports[a] for a, b in pairwise(places) if positions[a] == positions[b]]
        hint = f"write [{shorten(', '.join(name + ports[place] for place in places))}]"
        if self._open_thresholds(name):
            twice, hint = [], "write those that are not left open from low to high"
        self.resolver.report(
            "thresholds-not-ascending",
            f"`level` counts thresholds of `{name}` in strictly ascending order, each once",
            path,
            f"leave `{name}{twice[0]}` out: another one is the same" if twice else hint,
            labels=(self._thresholds_of(name),),
        )

    def _positions(self, neuron: Neuron) -> list[tuple[Number, bool]]:
        """Return sort keys for the thresholds of a neuron."""
        if neuron.thresholds is None:
            return [(0, False)]
        fires = self.network.fires_of(neuron)
        return [ruled(limit, fires).position for limit in neuron.thresholds.values()]

    def _open_thresholds(self, name: str) -> set[int]:
        """Return the indices of a neuron's open thresholds."""
        ports = list(self.network.neurons[name].thresholds or ())
        return {
            ports.index(str(blank.path[3]))
            for blank in self.resolver.linked.blanks
            if blank.path[:3] == ("neurons", name, "thresholds")
        }

    def _thresholds_of(self, name: str) -> Label:
        path: KeyPath = ("neurons", name, "thresholds")
        return Label("the thresholds", path, key=True, file=self.resolver.file)

    def _tell_not_ascending(self, name: str, text: str, path: KeyPath) -> None:
        self.resolver.report(
            "thresholds-not-ascending",
            f"`level` needs the thresholds of `{text}` in strictly ascending order",
            path,
            self._how_to_ascend(name),
            labels=(self._thresholds_of(name),),
        )

    def _how_to_ascend(self, name: str) -> str:
        """Return a hint on how to make thresholds ascend."""
        ports = self.network.neurons[name].thresholds or {}
        if any(isinstance(limit, Threshold) for limit in ports.values()):
            return "sort the thresholds from low to high: `at_least 6` is before `above 6`"
        return "sort the thresholds from low to high"

    def _largest(self, alias: str, output: Output, texts: Sequence[str]) -> Port | None:
        path: KeyPath = ("outputs", alias, "largest")
        firsts: list[int] = []
        for i, text in enumerate(texts):
            slots = self._first_of(text, path if len(texts) == 1 else (*path, i), "sum")
            if slots is None:
                return None
            firsts += slots
        labels = output.labels or ()
        if output.labels is not None and len(labels) != len(firsts):
            self.resolver.report(
                "label-count",
                f"`largest` looks at {counted(len(firsts), 'neuron')}; "
                f"found {counted(len(labels), 'label')}",
                ("outputs", alias, "labels"),
                f"write {counted(len(firsts), 'label')}, one for each neuron",
            )
            return None
        return Port(Tap(alias, "largest", firsts, labels), None)

    def _check_alias(self, alias: str, output: Output) -> None:
        """Report an alias that has the name of something other than its source."""
        section = self.resolver.sections.get(alias)
        if section is None or output.sources == (alias,):
            return
        kind = {"inputs": "an input", "neurons": "a neuron", "layers": "a layer"}
        self.resolver.report(
            "alias-of-other-name",
            f"the alias `{alias}` is the name of {kind.get(section, 'a part')}, but gives "
            "something else",
            ("outputs", alias),
            f"write `{self._free_alias(alias, output)}`",
            key=True,
            labels=(Label("the name", (section, alias), key=True, file=self.resolver.file),),
        )

    def _free_alias(self, alias: str, output: Output) -> str:
        """Return an unused alias that describes the output."""
        words = {"sum": output.sum, "level": output.level, "place": output.largest}
        word = next((word for word, source in words.items() if source is not None), "output")
        free = stem = f"{alias[:180]}_{word}"
        number = 2
        while free in self.resolver.sections or free in self.resolver.network.outputs:
            free, number = f"{stem}_{number}", number + 1
        return free


def tap_of(alias: str, bundle: Bundle, types: Sequence[SignalType]) -> Tap:
    """Return the tap of some signals: a bit, a number, or a bus."""
    different = {id(type_): type_ for type_ in map(types.__getitem__, bundle.slots)}.values()
    is_number = any(type_.kind != "bit" for type_ in different)
    states = None
    if any(type_.kind != "bit" or type_.states != BITS for type_ in different):
        states = tuple(
            types[slot].states if types[slot].kind == "bit" else None for slot in bundle.slots
        )
    if not bundle.is_bus:
        return Tap(alias, "number" if is_number else "bit", bundle.slots, states=states)
    return Tap(alias, "bus", bundle.slots, states=states, is_integer=states is None, is_bus=True)
