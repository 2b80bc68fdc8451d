"""Graph + the plan of a version with other numbers -> Plan: only what changed is made anew."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields, replace
from itertools import chain
from typing import Any

from nnc.compiler.bounds import sum_bounds
from nnc.compiler.graph import Graph, NeuronNode
from nnc.compiler.plan.neurons import Builder, NeuronTable, integers
from nnc.compiler.plan.plan import Plan, build_plan

_NUMBERS = ("weights", "limits", "scales", "offsets", "least", "greatest", "unbounded", "dtypes")
"""What may be another in a table of neurons where only weights and thresholds are."""


def patched_plan(graph: Graph, before: Graph, plan: Plan) -> Plan:
    """Build a plan as `build_plan`; what is as in `plan`, that of a graph `before`, is shared.

    So it is where `nnc.compiler.graph.updated_graph` made the graph of the one before.
    """
    changed = _changed_neurons(graph, before)
    table = plan.neurons
    is_plain = table.is_proved and not plan.layers and len(table) == len(graph.nodes)
    if changed is None or not is_plain or any(node.steps for node in changed.values()):
        return build_plan(graph, plan.name)
    if not changed:
        return plan
    signals: dict[int, int] = {}
    for place, node in changed.items():
        signals |= zip(node.sources, table.steps[place].sources, strict=True)
    builder = Builder(graph.types, signals)
    limits = sum_bounds(list(changed.values()), graph.types)
    for (place, node), bounds in zip(changed.items(), limits, strict=True):
        assert bounds is not None
        builder.add(node, graph.levels[place], bounds, table.steps[place].first)
    return replace(plan, neurons=_patched(table, list(changed), builder.table()))


def _changed_neurons(graph: Graph, before: Graph) -> dict[int, NeuronNode] | None:
    """Return the neurons that have other numbers, by their places; None where more is another."""
    if graph.types is not before.types or graph.levels is not before.levels:
        return None
    changed = {}
    for place, (node, old) in enumerate(zip(graph.nodes, before.nodes, strict=True)):
        if not isinstance(node, NeuronNode) or not isinstance(old, NeuronNode):
            return None
        if node.sources is not old.sources:
            return None
        if node.weights is not old.weights or node.thresholds is not old.thresholds:
            changed[place] = node
    return changed


def _patched(table: NeuronTable, places: Sequence[int], changed: NeuronTable) -> NeuronTable:
    """Return a table with other neurons at some places, which have as many synapses and limits."""
    entries = {"weights": _entries(table, "indptr", places)}
    entries["limits"] = _entries(table, "limit_ptr", places)
    lists = {}
    for key in _NUMBERS:
        at, values, new = entries.get(key, places), table.listed(key), changed.listed(key)
        if [values[place] for place in at] != new:
            lists[key] = values.copy()
            for place, value in zip(at, new, strict=True):
                lists[key][place] = value
    steps = list(table.steps)
    for place, step in zip(places, changed.steps, strict=True):
        steps[place] = step
    own: dict[str, Any] = {"names": table.names, "ports": table.ports, "steps": tuple(steps)}
    if table.lists:
        own["lists"] = {**table.lists, **lists}
    else:
        own |= {f.name: getattr(table, f.name) for f in fields(table) if f.name not in lists}
        own |= {key: integers(values) for key, values in lists.items()}
    return NeuronTable._made(own)


def _entries(table: NeuronTable, starts: str, places: Sequence[int]) -> list[int]:
    """Return where the entries of some neurons lie, end to end."""
    ends = table.listed(starts)
    return list(chain.from_iterable(range(ends[place], ends[place + 1]) for place in places))
