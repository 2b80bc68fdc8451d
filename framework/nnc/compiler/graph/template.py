"""Template: one network resolved, its parts as black boxes; and what a source stands for there."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from nnc.compiler.graph.graph import LayerNode, Node, SignalType, Tap
from nnc.compiler.linking import Linked
from nnc.diagnostics.diagnostic import Diagnostic, KeyPath
from nnc.language.network import Input


class Bundle(NamedTuple):
    """What a source stands for: slots, laid end to end.

    `of` are the values of a choice that is meant whole; `is_bus` tells what takes an index.
    """

    slots: Sequence[int]
    is_bus: bool = True
    of: tuple[str, ...] | None = None


class Port(NamedTuple):
    """An output of a template: what it gives, in slots, and what that is as a source."""

    tap: Tap
    bundle: Bundle | None


class PartBody(NamedTuple):
    """A part of a template: `repeat` instances of `child`, whose slots start at `base`.

    `wires[j]` has for each instance the slot that its input slot `2 + j` stands for; `paths[j]`
    where that is written, from which instance on.
    """

    name: str
    child: Template
    base: int
    repeat: int
    is_repeated: bool
    wires: list[Sequence[int]]
    paths: list[list[tuple[int, KeyPath]]]

    def path(self, slot: int, element: int) -> KeyPath:
        """Give where one input slot of an instance is wired."""
        return [path for start, path in self.paths[slot] if start <= element][-1]

    def prefix(self, element: int) -> str:
        """Name one instance, as it stands before the names in it."""
        return f"{self.name}({element})." if self.is_repeated else f"{self.name}."


@dataclass(eq=False)
class Template:
    """A network resolved by itself.

    Slots 0 and 1 are the constants, then come the inputs, what the neurons and layers give, and
    then, for every instance of every part, its inputs and all that is in it. `types` has an entry
    for every slot. In an instance, slot s from 2 on is the slot `offset + s - 2` of its user.
    """

    linked: Linked
    inputs: dict[str, Input]
    types: list[SignalType]
    nodes: list[Node] = field(default_factory=list)
    layers: list[LayerNode] = field(default_factory=list)
    parts: list[PartBody] = field(default_factory=list)
    outputs: dict[str, Port] = field(default_factory=dict)
    found: list[Diagnostic] = field(default_factory=list)
    slots_of: Callable[[str], Sequence[int]] = lambda _: ()
    """Gives the slots of a source, for messages."""

    @property
    def instances(self) -> int:
        """The number of instances in it, itself counted."""
        return 1 + sum(one.repeat * one.child.instances for one in self.parts)

    @property
    def size(self) -> int:
        """The number of slots of one instance."""
        return len(self.types) - 2
