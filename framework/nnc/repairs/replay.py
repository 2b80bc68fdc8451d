"""Insert changed numbers into a network, and check the rows with the exact evaluator."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from nnc.compiler.graph import build_graph
from nnc.compiler.linking import Linked
from nnc.compiler.plan import build_plan
from nnc.diagnostics.diagnostic import KeyPath
from nnc.language.network import Layer, Network, Neuron, Threshold, show_limit
from nnc.numbers.exact import Number, simplest
from nnc.repairs.problem.demands import Example
from nnc.repairs.problem.problem import Changed
from nnc.rows.columns import Column, bus_bits
from nnc.rows.elements import element_of
from nnc.run.evaluation import evaluate_batch


def repaired(linked: Linked, changed: Changed) -> tuple[Linked, dict[int, Network]]:
    """Return a network with changed numbers, in its file or in files that it uses.

    The second result has the changed networks, by the identity of their linked originals.
    """
    by_linked: dict[int, list[tuple[KeyPath, Number]]] = {}
    for number, value in changed:
        by_linked.setdefault(id(number.linked), []).append((number.path, simplest(value)))
    networks: dict[int, Network] = {}
    made: dict[int, Linked] = {}
    for each in linked.all():
        parts = {name: made[id(part)] for name, part in each.parts.items()}
        network = each.network
        if id(each) in by_linked:
            network = networks[id(each)] = with_numbers(network, by_linked[id(each)])
        used = {
            name: _in_python(part)
            for name, part in parts.items()
            if part.network is not each.parts[name].network
        }
        made[id(each)] = replace(each, network=_with_parts(network, used), parts=parts)
    return made[id(linked)], networks


def _with_parts(network: Network, used: Mapping[str, Network]) -> Network:
    """Return a network in which some parts use other networks."""
    if not used:
        return network
    parts = {
        name: part.model_copy(update={"use": used[name]}) if name in used else part
        for name, part in network.parts.items()
    }
    return network.model_copy(update={"parts": parts})


def _in_python(linked: Linked) -> Network:
    """Return a network of a file with paths to its files that stay valid in Python."""
    if linked.network.folder is not None or linked.file is None:
        return linked.network
    return linked.network.model_copy(update={"folder": Path(linked.file).parent})


def with_numbers(network: Network, values: Iterable[tuple[KeyPath, Number]]) -> Network:
    """Return a network with new numbers at some paths."""
    sections: dict[str, dict[str, Any]] = {
        "neurons": dict(network.neurons),
        "layers": dict(network.layers),
    }
    for path, value in values:
        section = sections[str(path[0])]
        section[str(path[1])] = _with_number(section[str(path[1])], path[2:], value)
    return network.model_copy(update=sections)


def _with_number(declared: Neuron | Layer, path: KeyPath, value: Number) -> Neuron | Layer:
    key = str(path[0])
    old = getattr(declared, key)
    return declared.model_copy(update={key: _replaced(old, path[1:], value)})


def _replaced(old: Any, path: Sequence[str | int], value: Number) -> Any:
    """Return numbers with the one at a path replaced; a threshold keeps its rule."""
    if not path:
        return Threshold(value, old.rule) if isinstance(old, Threshold) else value
    step, rest = path[0], path[1:]
    if isinstance(old, Mapping):
        return {
            key: _replaced(each, rest, value) if _is_step(key, step) else each
            for key, each in old.items()
        }
    return tuple(_replaced(each, rest, value) if i == step else each for i, each in enumerate(old))


def _is_step(key: Any, step: str | int) -> bool:
    return key == step if isinstance(key, str) else show_limit(key) == step


def failing_rows(linked: Linked, example: Example) -> list[int]:
    """Return the rows that fail their expectations, by the exact evaluator.

    Raises ValueError if the network is inconsistent.
    """
    graph, _, diagnostics = build_graph(linked)
    if graph is None or diagnostics:
        raise ValueError(f"the repaired network is not valid: {diagnostics}")
    plan = build_plan(graph)
    results = evaluate_batch(plan, example.batch)
    taps = {tap.alias: tap for tap in plan.outputs}
    failing: set[int] = set()
    for alias, wanted in example.wanted.items():
        if alias in results:
            values: Sequence[object] = results[alias].values()
        else:
            bus, place = element_of(alias) or (alias, 0)
            column = results[bus]
            assert isinstance(column, Column)
            values = bus_bits(column.numerators, taps[bus].width)[:, place].tolist()
        failing.update(row for row, value in wanted.items() if values[row] != value)
    return sorted(failing)
