"""Outputs -> taps: what each alias gives."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import islice, pairwise
from typing import Literal

from nnc.compiler.graph.graph import Bundle, Port, SignalType, Tap
from nnc.compiler.graph.resolver import MAX_SUGGESTIONS, Mention, Resolver, spread
from nnc.diagnostics.diagnostic import KeyPath, Label
from nnc.exact import Number, counted
from nnc.language.network import BITS, Output
from nnc.language.overlays import Extended
from nnc.language.references import parse_source


class Outputs:
    """Resolves the outputs of one network."""

    def __init__(self, resolver: Resolver) -> None:
        self.resolver = resolver
        self.network = resolver.network

    def resolve(self) -> dict[str, Port]:
        """Return what each alias stands for, but for those with mistakes."""
        ports = {alias: self._port(alias, output) for alias, output in self.network.outputs.items()}
        return {alias: port for alias, port in ports.items() if port is not None}

    def _port(self, alias: str, output: Output) -> Port | None:
        if output.sources is not None:
            port = self._of_sources(alias, output, output.sources)
        elif output.largest is not None:
            port = self._largest(alias, output, output.largest)
        else:
            port = self._of_neuron(alias, output)
        if port is not None:
            self._check_alias(alias, output)
        return port

    def _of_sources(self, alias: str, output: Output, texts: Sequence[str]) -> Port | None:
        path: KeyPath = ("outputs", alias)
        if not output.is_bus:
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
        whole = bundles[0]
        if output.is_bus:
            slots = [slot for bundle in bundles for slot in bundle.slots]
            whole = Bundle(whole.slots if len(bundles) == 1 else slots)
        return Port(tap_of(alias, whole, self.resolver.types), whole)

    def _passed_on(self, alias: str, text: str, path: KeyPath) -> tuple[bool, Port | None]:
        """Return whether a source is a sum, level or place of a used network, and its port."""
        source = parse_source(text)
        child = self.resolver.children.get(source.name)
        port = child.outputs.get(source.port or "") if child is not None else None
        if child is None or port is None or port.bundle is not None:
            return False, None
        part = self.network.parts[source.name]
        if part.repeat is None and source.index is not None:
            return False, None  # reported as a source that takes no index
        whole: int | Bundle = Bundle(range(part.repeat)) if part.repeat is not None else 0
        mention = Mention(text, path)
        elements = self.resolver.indexed(whole, source.index, source.name, mention)
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
            whole = Bundle(slots, is_bus=is_bus) if tap.kind == "sum" else 0
            chosen = self.resolver.indexed(whole, source.port_index, name, mention)
            if chosen is None:
                return True, None
            if tap.kind == "sum":
                slots, is_bus = chosen.slots, chosen.is_bus
        return True, Port(replace(tap, alias=alias, signals=slots, is_bus=is_bus), None)

    # -------------------------------------------------------------------------- neurons

    def _first_of(self, text: str, path: KeyPath, what: str) -> Sequence[int] | None:
        """Return the first slot of each neuron that a source names, or report what it is."""
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

    def _of_neuron(self, alias: str, output: Output) -> Port | None:
        kind: Literal["sum", "level"] = "sum" if output.sum is not None else "level"
        text = output.sum if output.sum is not None else output.level or ""
        path: KeyPath = ("outputs", alias, kind)
        firsts = self._first_of(text, path, kind)
        if firsts is None:
            return None
        if kind == "sum":
            return Port(Tap(alias, kind, firsts, is_bus=self._is_bus(text)), None)
        if len(firsts) != 1:
            self.resolver.report(
                "no-sum", f"`{text}` is {counted(len(firsts), 'neuron')}; a level is of one", path,
                f"name one of them: `{parse_source(text).name}(0)`",
            )  # fmt: skip
            return None
        source = parse_source(text)
        neuron = self.network.neurons.get(source.name)
        named = (neuron.thresholds if neuron is not None else None) or {"": 0}
        limits: list[Number] = list(named.values())
        if source.port or source.index:
            slots = self.resolver.lookup(text, path)
            assert slots is not None
            signals: Sequence[int] = slots.slots
        else:
            signals = range(firsts[0], firsts[0] + len(limits))
        if neuron is not None:
            chosen = [limits[signal - firsts[0]] for signal in signals]
            if not self._ascends(source.name, chosen, text, path):
                return None
        labels = output.labels or ()
        if output.labels is not None and len(labels) != len(signals) + 1:
            self.resolver.report(
                "label-count",
                f"`{text}` has {counted(len(signals), 'threshold')}, so {len(signals) + 1} "
                f"levels; found {counted(len(labels), 'label')}",
                ("outputs", alias, "labels"),
                f"write {len(signals) + 1} labels, the lowest first",
            )
            return None
        return Port(Tap(alias, kind, signals, labels), None)

    def _is_bus(self, text: str) -> bool:
        """Return whether a sum is that of several neurons."""
        source = parse_source(text)
        if self.resolver.sections.get(source.name) != "layers":
            return False
        return source.index is None or source.index.stop is not None

    def _ascends(self, name: str, limits: Sequence[Number], text: str, path: KeyPath) -> bool:
        if all(a < b for a, b in pairwise(limits)):
            return True
        self.resolver.report(
            "thresholds-not-ascending",
            f"`level` needs the thresholds of `{text}` in strictly ascending order",
            path,
            self._how_to_ascend(name),
            labels=(
                Label(
                    "the thresholds",
                    ("neurons", name, "thresholds"),
                    key=True,
                    file=self.resolver.file,
                ),
            ),
        )
        return False

    def _how_to_ascend(self, name: str) -> str:
        """Return how thresholds come to ascend; one that an overlay adds may be a misspelt one."""
        document, ports = self.resolver.linked.document, self.network.neurons[name].thresholds or {}
        if isinstance(document, Extended):
            for port in islice(reversed(ports), MAX_SUGGESTIONS):  # those of overlays come last
                below = document.below(("neurons", name, "thresholds", port))
                is_new = below and port not in below
                if is_new and (near := self.resolver.nearest(port, (), below)) is not None:
                    return (
                        f"`{port}` is new: did you mean `{near}`? "
                        "If not, sort the thresholds from low to high"
                    )
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
        """Check that an alias with a declared name is that very source."""
        section = self.resolver.sections.get(alias)
        if section is None or output.sources == (alias,):
            return
        kind = {"inputs": "an input", "neurons": "a neuron", "layers": "a layer"}
        self.resolver.report(
            "alias-of-other-name",
            f"the alias `{alias}` is the name of {kind.get(section, 'a part')}, but gives "
            "something else",
            ("outputs", alias),
            "choose another alias",
            key=True,
            labels=(Label("the name", (section, alias), key=True, file=self.resolver.file),),
        )


def tap_of(alias: str, bundle: Bundle, types: Sequence[SignalType]) -> Tap:
    """Return what an alias of signals gives: a bit, a number, or a bus."""
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
