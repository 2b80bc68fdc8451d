"""Graph + the plan of a version with other numbers -> Plan: only what changed is made anew."""

from __future__ import annotations

from dataclasses import fields, replace
from typing import TYPE_CHECKING, Any

from nnc.compiler.bounds import sum_bounds
from nnc.compiler.graph import Graph, NeuronNode
from nnc.compiler.plan.neurons import Builder, NeuronTable, integers
from nnc.compiler.plan.plan import Plan, build_plan, plan_signals
from nnc.late import np

if TYPE_CHECKING:
    from nnc.compiler.plan.neurons import Array


def build_plan_like(graph: Graph, before: Graph, plan: Plan) -> Plan:
    """Build a plan as `build_plan`; what is as in `plan`, that of a graph `before`, is shared.

    So it is where `nnc.compiler.graph.renumbered` made the graph of the one before.
    """
    changed = _renumbered(graph, before)
    table = plan.neurons
    is_plain = table.is_proved and not plan.layers and len(table) == len(graph.nodes)
    if changed is None or not is_plain or any(node.steps for node in changed.values()):
        return build_plan(graph, plan.name)
    if not changed:
        return plan
    signals = plan_signals(graph)
    builder = Builder(graph.types, signals)
    limits = sum_bounds(list(changed.values()), graph.types)
    for (place, node), bounds in zip(changed.items(), limits, strict=True):
        assert bounds is not None
        builder.add(node, graph.levels[place], bounds, signals[node.first])
    return replace(plan, neurons=_patched(table, np.array(list(changed)), builder.table()))


def _renumbered(graph: Graph, before: Graph) -> dict[int, NeuronNode] | None:
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


def _patched(table: NeuronTable, places: Array, changed: NeuronTable) -> NeuronTable:
    """Return a table with other neurons at some places, which have as many synapses and limits."""
    arrays: dict[str, Any] = {}
    for field in fields(table):
        values, new = getattr(table, field.name), getattr(changed, field.name)
        if not isinstance(values, np.ndarray) or field.name in ("indptr", "limit_ptr"):
            continue
        at = places
        if field.name in ("sources", "weights"):
            at = _entries(table.indptr, places)
        elif field.name == "limits":
            at = _entries(table.limit_ptr, places)
        if not np.array_equal(values[at], new):
            arrays[field.name] = _replaced(values, at, new)
    patched = replace(table, **arrays)
    steps = list(table.steps)
    for place, step in zip(places.tolist(), changed.steps, strict=True):
        steps[place] = step
    vars(patched).update(is_proved=True, steps=tuple(steps))
    return patched


def _entries(starts: Array, places: Array) -> Array:
    """Return where the entries of some neurons lie, end to end."""
    ends = zip(starts[:-1][places].tolist(), starts[1:][places].tolist(), strict=True)
    return np.concatenate([np.arange(*each) for each in ends])


def _replaced(values: Array, places: Array, new: Array) -> Array:
    listed = values.tolist()
    for place, value in zip(places.tolist(), new.tolist(), strict=True):
        listed[place] = value
    return integers(listed)
