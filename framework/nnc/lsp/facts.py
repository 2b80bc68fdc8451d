"""Collect facts about each name in a network: its level, bounds and readers.

The checking process sends them as one text, in which lines are looked up on demand; creating
objects for 100,000 lines would block the server.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from nnc.compiler.bounds import Bounds, always_or_never, sum_bounds
from nnc.compiler.graph import Graph, LayerNode, NeuronNode
from nnc.language.firing import FIRING
from nnc.numbers.exact import Number, exact_number, show_number


@dataclass(frozen=True, slots=True)
class Fact:
    """Facts about a neuron or an input; for an input, only its readers and values.

    `rule` is the comparison of the sum, such as `≥ 2`; `verdicts` tells for each threshold whether
    it always or never fires; `values` are the minimum and maximum.
    """

    fan_in: int
    readers: int
    level: int
    sums: Bounds
    values: Bounds
    rule: str = ""
    verdicts: tuple[bool | None, ...] = ()


NO_BOUNDS = Bounds(None, None)


def facts_of(graph: Graph) -> str:
    """Return the facts about the neurons and inputs of a network, one line each."""
    readers = _readers(graph)
    lines, signal = [""], 2
    for name, input_ in graph.inputs.items():
        size = input_.width
        types = graph.types[signal]
        count = max(readers[i] for i in range(signal, signal + size)) if size else 0
        known = Fact(0, count, 0, NO_BOUNDS, Bounds(types.least, types.greatest))
        lines.append(_line(name, known))
        signal += size
    limits = sum_bounds(graph.nodes, graph.types)
    for node, level, bounds in zip(graph.nodes, graph.levels, limits, strict=True):
        if isinstance(node, LayerNode) or node.is_step or bounds is None or node.origin.instance:
            continue
        types = graph.types[node.first]
        count = max(readers[i] for i in range(node.first, node.first + node.outputs))
        limited = list(enumerate(node.thresholds))
        rule = ", ".join(f"{FIRING[node.rule(i)].sign} {show_number(t)}" for i, t in limited)
        verdicts = tuple(always_or_never(node.rule(i), t, bounds) for i, t in limited)
        values = Bounds(types.least, types.greatest)
        known = Fact(len(node.sources), count, level, bounds, values, rule, verdicts)
        lines.append(_line(node.name, known))
    return "\n".join([*lines, ""])


def fact(facts: str, name: str) -> Fact | None:
    """Return the facts about a name, or None."""
    start = facts.find(f"\n{name}\t")
    if start < 0:
        return None
    line = facts[start + 1 : facts.index("\n", start + 1)]
    _, fan_in, readers, level, *bounds, rule, verdicts = line.split("\t")
    low, high, least, greatest = (exact_number(b) if b else None for b in bounds)
    marks: dict[str, bool | None] = {"1": True, "0": False, "?": None}
    return Fact(
        int(fan_in),
        int(readers),
        int(level),
        Bounds(low, high),
        Bounds(least, greatest),
        rule,
        tuple(marks[mark] for mark in verdicts),
    )


def _line(name: str, known: Fact) -> str:
    bounds = "\t".join(_number(bound) for bound in (*known.sums, *known.values))
    marks = "".join("?" if verdict is None else str(int(verdict)) for verdict in known.verdicts)
    counts = f"{known.fan_in}\t{known.readers}\t{known.level}"
    return f"{name}\t{counts}\t{bounds}\t{known.rule}\t{marks}"


def _number(bound: Number | None) -> str:
    return "" if bound is None else str(bound)


def _readers(graph: Graph) -> Counter[int]:
    """Count the nodes that read each signal; reading a cut-off counts for its input."""
    readers: Counter[int] = Counter()
    stepped: dict[int, int] = {}
    for node in graph.nodes:
        if isinstance(node, NeuronNode) and node.is_step:
            stepped[node.first] = node.sources[0]
            continue
        readers.update({stepped.get(signal, signal) for signal in node.sources})
    for tap in graph.outputs:
        readers.update(set(tap.signals))
    return readers


def show_bounds(bounds: Bounds) -> str:
    """Return bounds as text: `[0, 4]`, with `…` for unbounded."""
    low, high = ("…" if bound is None else show_number(bound) for bound in bounds)
    return f"[{low}, {high}]"
