"""The subject of a picture: a network, the parts to unfold, and the values of a run."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, NamedTuple

from nnc.compiler.graph import Flat, Graph
from nnc.compiler.plan import build_plan, plan_signals
from nnc.language.network import BITS
from nnc.numbers.exact import Number
from nnc.rows.columns import Batch
from nnc.run.engines import evaluate_row, input_values
from nnc.run.evaluation import evaluate_arrays


class Run:
    """The run of a network for a batch of one row."""

    def __init__(self, graph: Graph, batch: Batch) -> None:
        plan = build_plan(graph)
        (inputs,) = input_values(plan, batch)
        values, self._totals = evaluate_row(plan, inputs)
        # layers come last in a level of the plan, so its order can be another than the graph's
        self._places = plan_signals(graph)
        self._types = graph.types
        self._values = [
            sum(values[signal : signal + type_.counted]) if type_.counted else values[signal]
            for signal, type_ in zip(self._places, graph.types, strict=False)
        ]
        self.outputs: Mapping[str, Any] = {
            alias: array[0] for alias, array in evaluate_arrays(plan, batch).items()
        }

    def signal(self, signal: int) -> int:
        """Return whether a signal is 1, or its number."""
        return self._values[signal]  # type: ignore[return-value]

    def sum(self, signal: int) -> Number:
        """Return the exact sum of the neuron that makes a signal."""
        return self._totals[self._places[signal]]

    def value(self, signal: int) -> Number:
        """Return the value of a signal in a sum: the state of a bit, or a number."""
        value, states = self._values[signal], self._types[signal].states
        return value if states == BITS else states[int(value)]


@dataclass(frozen=True, slots=True)
class Scene:
    """A valid network with every instance written out, and a run of it, if one is drawn."""

    flat: Flat
    run: Run | None = None


class Unfolding(NamedTuple):
    """The parts that are drawn with their contents: all down to a depth, and some by name.

    `instances` maps the names from the outermost on to the instance that is drawn. `shapes`
    gives for buses of bits of the outermost network the number of columns of their grids.
    """

    depth: int = 0
    instances: Mapping[tuple[str, ...], int] = MappingProxyType({})
    shapes: Mapping[str, int] = MappingProxyType({})


FOLDED = Unfolding()
