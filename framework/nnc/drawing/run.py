"""One row through a network: the value of every signal, and of every output."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import accumulate
from typing import Any

from nnc.compiler.graph import Graph
from nnc.compiler.plan import build_plan
from nnc.exact import Number
from nnc.language.network import BITS
from nnc.rows.columns import Batch
from nnc.run.engines import evaluate_row, input_values
from nnc.run.evaluation import evaluate_arrays


class Run:
    """What a network does for the only row of a batch."""

    def __init__(self, graph: Graph, batch: Batch) -> None:
        plan = build_plan(graph)
        (inputs,) = input_values(plan, batch)
        values, _ = evaluate_row(plan, inputs)
        self._values = list(values[: plan.first_made]) + [0] * (len(graph.types) - plan.first_made)
        firsts = accumulate((node.outputs for node in graph.nodes), initial=plan.first_made)
        for node, first in zip(graph.nodes, firsts, strict=False):
            self._values[node.first : node.first + node.outputs] = values[
                first : first + node.outputs
            ]
        self._types = graph.types
        self.outputs: Mapping[str, Any] = {
            alias: array[0] for alias, array in evaluate_arrays(plan, batch).items()
        }

    def signal(self, signal: int) -> int:
        """Return whether a signal is 1, or the number that it has."""
        return self._values[signal]  # type: ignore[return-value]

    def value(self, signal: int) -> Number:
        """Return what a signal is worth in a sum: the state of a bit, or a number."""
        value, states = self._values[signal], self._types[signal].states
        return value if states == BITS else states[int(value)]
