"""Graph, and what it is made of: Node, Tap."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, NamedTuple

from nnc.diagnostics import Path
from nnc.exact import Number
from nnc.network import Fires, Input
from nnc.values import CONSTANTS


class Node(NamedTuple):
    """A neuron with its sources resolved: it fires when the sum of weights[i] * sources[i] passes
    each of its thresholds; its outputs are the signals `first`, `first + 1`, ….

    `ports` names the thresholds, or is empty. `steps` are the stretches of `sources` that are the
    steps of one input, each with its points. The gates `all` and `any` are written as sums.
    """  # noqa: D205

    name: str
    path: Path
    fires: Fires
    sources: tuple[int, ...]
    weights: tuple[Number, ...]
    thresholds: tuple[Number, ...]
    ports: tuple[str, ...]
    first: int
    steps: tuple[tuple[int, int], ...] = ()

    def signal_names(self) -> list[str]:
        """Give the name of each output: `n`, or `n.port`."""
        return [f"{self.name}.{port}" for port in self.ports] if self.ports else [self.name]


@dataclass(frozen=True, slots=True)
class Tap:
    """What one alias gives, by `kind`: a `bit`, a `bus` of bits, the `number` of an input, the
    exact `sum` of a node, or its `level`: how many of `signals` are 1, with `labels` by name.
    """  # noqa: D205

    alias: str
    kind: Literal["bit", "bus", "number", "sum", "level"]
    signals: tuple[int, ...]
    node: int = 0
    labels: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Graph:
    """A network as a directed acyclic graph; `nodes` come after all their sources.

    `levels[i]` is the length of the longest path to `nodes[i]` from the inputs, at least 1; the
    order is by level, then by place in the file.
    """

    inputs: Mapping[str, Input]
    nodes: tuple[Node, ...]
    levels: tuple[int, ...]
    outputs: tuple[Tap, ...]
    signals: int

    def first_input(self) -> int:
        """Give the signal of the first input; the constants come before."""
        return len(CONSTANTS)

    def names(self) -> list[str]:
        """Give the name of every signal."""
        names = [*CONSTANTS, *self.inputs] + [""] * (self.signals - len(self.inputs) - 2)
        for node in self.nodes:
            for i, name in enumerate(node.signal_names()):
                names[node.first + i] = name
        return names

    def producers(self) -> dict[int, int]:
        """Give, for each signal a node makes, that node's place in `nodes`."""
        return {
            node.first + i: place
            for place, node in enumerate(self.nodes)
            for i in range(len(node.thresholds))
        }
