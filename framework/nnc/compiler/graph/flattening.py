"""Expand every instance of a template into flat nodes, and resolve the wires into them.

Each instance has its own slots for its inputs. They are wires, which lead to the slot wired to
them. Resolving them takes linear time, because a resolved wire leads straight to its end.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import partial
from typing import NamedTuple

from nnc.compiler.graph.graph import (
    Bundle,
    GraphClaim,
    LayerNode,
    NeuronNode,
    PartBody,
    SignalType,
    Tap,
    Template,
    as_range,
)
from nnc.compiler.graph.outputs import tap_of
from nnc.diagnostics.diagnostic import Diagnostic, KeyPath, Label

_MAX_SHOWN = 50


def walk_of(names: list[str]) -> str:
    """Return the names of a cycle, ending with the first; a long one is abbreviated."""
    listed = names if len(names) <= _MAX_SHOWN else [*names[:25], "…", *names[-24:]]
    return " -> ".join([*listed, names[0]])


class Instance(NamedTuple):
    """One instance; its slot s, from 2 on, is the flat slot `offset + s`."""

    template: Template
    offset: int
    prefix: str
    user: int
    """The index of the instance that contains it; -1 for the network itself."""
    body: PartBody | None = None
    element: int = 0


class Flat:
    """A template with every instance expanded."""

    def __init__(self, template: Template) -> None:
        self.template = template
        self.types: list[SignalType] = template.types
        self.instances = list(_instances(template))
        self._starts = [instance.offset + 2 for instance in self.instances]
        self.source: list[int] = list(range(len(self.types)))
        """The slot that each slot leads to: itself, or the source of a wire into a part."""
        self.diagnostics: list[Diagnostic] = []
        if len(self.instances) > 1:
            self._follow(self._wire())
            self._retype()

    # --------------------------------------------------------------------------- wires

    def _wire(self) -> bytearray:
        """Set the source of each input slot of an instance, and mark these slots."""
        source, is_wire = self.source, bytearray(len(self.source))
        for user in self.instances:
            for body in user.template.parts:
                stride = body.child.size
                for j, wire in enumerate(body.wires):
                    start = body.base + user.offset + j
                    stop = start + (body.repeat - 1) * stride + 1
                    if user.offset:
                        wire = [slot + user.offset if slot > 1 else slot for slot in wire]
                    source[start:stop:stride] = wire
                    is_wire[start:stop:stride] = b"\1" * body.repeat
        return is_wire

    def _follow(self, is_open: bytearray) -> None:
        """Make every wire lead to its final source, and report cycles of wires."""
        source = self.source
        for slot in range(len(source)):
            if not is_open[slot]:
                continue
            way: list[int] = []
            seen: set[int] = set()
            end = slot
            while is_open[end] and end not in seen:
                seen.add(end)
                way.append(end)
                end = source[end]
            if is_open[end]:
                self._report_circle(way, end)
                end = 0
            end = source[end]
            for wire in way:
                source[wire] = end
                is_open[wire] = 0

    def _retype(self) -> None:
        """Set the type of each wire to that of its source, which may be narrower."""
        types = self.types
        self.types = [types[end] for end in self.source]

    def _report_circle(self, way: Sequence[int], end: int) -> None:
        hops = list(way[way.index(end) :])
        places = [self.wire_at(slot) for slot in hops]
        names = [self.name_of_wire(slot) for slot in hops]
        walk = walk_of(names)
        file, path = places[0]
        labels = tuple(
            Label(f"`{name}` leads on here", path, file=where)
            for name, (where, path) in list(zip(names, places, strict=True))[1:50]
        )
        self.diagnostics.append(
            Diagnostic(
                "cycle",
                f"wires form a cycle without a neuron: {walk}",
                path,
                help="wire one of these inputs to a neuron or an input of the network",
                labels=labels,
                caret="the cycle closes here",
                file=file,
            )
        )

    # ----------------------------------------------------------------------- instances

    def instance_of(self, slot: int) -> Instance:
        """Return the innermost instance that contains a slot."""
        instance = self.instances[bisect_right(self._starts, slot) - 1]
        while slot >= instance.offset + len(instance.template.types):  # beyond it: in its user
            instance = self.instances[instance.user]
        return instance

    def wire_at(self, slot: int) -> tuple[str | None, KeyPath]:
        """Return the file and path of the wiring of an instance's input slot."""
        instance = self.instance_of(slot)
        assert instance.body is not None
        user = self.instances[instance.user]
        path = instance.body.path(slot - instance.offset - 2, instance.element)
        return user.template.linked.file, path

    def name_of_wire(self, slot: int) -> str:
        """Return the name of an instance's input slot, such as `adder(3).cin`."""
        instance = self.instance_of(slot)
        element = slot - instance.offset - 2
        for name, input_ in instance.template.inputs.items():
            if element < input_.width:
                return instance.prefix + input_.element_names(name)[element]
            element -= input_.width
        return instance.prefix

    # --------------------------------------------------------------------------- nodes

    def nodes(self) -> Iterator[NeuronNode | LayerNode]:
        """Yield the nodes of every instance, in file order."""
        source = self.source
        if len(self.instances) == 1:
            yield from self.template.nodes
            yield from self.template.layers
            return
        for template, d, prefix, *_ in self.instances:
            for node in template.nodes:
                yield node._replace(
                    name=prefix + node.name,
                    origin=node.origin._replace(instance=prefix) if prefix else node.origin,
                    sources=[source[s + d] if s > 1 else s for s in node.sources],
                    first=node.first + d,
                )
            for layer in template.layers:
                slots = layer.sources
                if isinstance(slots, range) and slots.step == 1 and slots.start > 1:
                    ends: Sequence[int] = source[slots.start + d : slots.stop + d]
                else:
                    ends = [source[s + d] if s > 1 else s for s in slots]
                yield layer._replace(
                    name=prefix + layer.name,
                    origin=layer.origin._replace(instance=prefix),
                    sources=as_range(ends),
                    first=layer.first + d,
                )

    def taps(self) -> tuple[Tap, ...]:
        """Return the outputs of the network itself."""
        taps = (port.tap for port in self.template.outputs.values())
        if len(self.instances) == 1:
            return tuple(taps)
        return tuple(self._moved(tap) for tap in taps)

    def claims(self) -> tuple[GraphClaim, ...]:
        """Return the network's own assumptions and properties."""
        if len(self.instances) == 1:
            return tuple(self.template.claims)
        return tuple(claim.moved(self._moved) for claim in self.template.claims)

    def owed(self) -> Iterator[GraphClaim]:
        """Yield the assumptions of each instance of a used network, which its user must satisfy."""
        for instance in self.instances[1:]:
            for claim in instance.template.claims:
                if claim.kind == "assume":
                    move = partial(self._moved, offset=instance.offset)
                    yield claim.moved(move, instance=instance.prefix)

    def _moved(self, tap: Tap, offset: int = 0) -> Tap:
        """Return a tap with its signals resolved to their final sources; its form is unchanged."""
        slots = as_range([self.source[slot + offset if slot > 1 else slot] for slot in tap.signals])
        if tap.kind not in ("bit", "number", "bus"):
            return replace(tap, signals=slots)
        moved = tap_of(tap.alias, Bundle(slots, is_bus=tap.is_bus), self.types)
        return replace(moved, kind=tap.kind, is_integer=tap.is_integer, labels=tap.labels)


def _instances(template: Template) -> Iterator[Instance]:
    """Yield the network itself and every instance in it, ordered by slots."""
    work = [Instance(template, 0, "", -1)]
    count = 0
    while work:
        instance = work.pop()
        yield instance
        place, count = count, count + 1
        inner = [
            Instance(
                body.child,
                instance.offset + body.base + element * body.child.size - 2,
                instance.prefix + body.prefix(element),
                place,
                body,
                element,
            )
            for body in instance.template.parts
            for element in range(body.repeat)
        ]
        work += reversed(inner)
