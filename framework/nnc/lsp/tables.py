"""Truth tables of neurons that read few bits, as hovers show them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import product
from pathlib import Path

from nnc.compiler.graph import Graph, NeuronNode, first_signals
from nnc.language.firing import FIRING
from nnc.language.mentions import Entry
from nnc.lsp.excerpt import check_entries
from nnc.lsp.texts import Text
from nnc.numbers.exact import show_number

MAX_FAN_IN = 4


def truth_table(text: Text, entry: Entry, texts: Mapping[Path, bytes]) -> str:
    """Return the truth table of a neuron, in Markdown.

    It is empty for a neuron that reads numbers or many bits, and for one with errors.
    """
    checked = check_entries(text, [entry], texts)
    graph = checked.graph if checked is not None else None
    nodes = graph.nodes if graph is not None else ()
    node = next((node for node in nodes if node.name == entry.name), None)
    if graph is None or not isinstance(node, NeuronNode) or node.steps:
        return ""
    names = _names_of(graph)
    types = [graph.types[source] for source in node.sources if source in names]
    is_small = len(node.sources) == len(types) <= MAX_FAN_IN
    if not is_small or any(known.kind != "bit" for known in types):
        return ""
    lines = [_line([*(names[source] for source in node.sources), *node.signal_names()])]
    lines.append(f"|{'---|' * (len(types) + node.outputs)}")
    for row in product(*(known.states for known in types)):
        total = sum(weight * value for weight, value in zip(node.weights, row, strict=True))
        fired = [
            FIRING[node.rule(i)].compare(total, limit) for i, limit in enumerate(node.thresholds)
        ]
        values = [*row, *(node.states[fires] for fires in fired)]
        lines.append(_line(map(show_number, values)))
    return "\n".join(lines)


def _line(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _names_of(graph: Graph) -> dict[int, str]:
    """Return the names of signals: of inputs, and of what neurons and layers give."""
    names = {
        signal: name
        for node in graph.nodes
        for signal, name in enumerate(node.signal_names(), node.first)
    }
    for name, first in first_signals(graph.inputs).items():
        width = graph.inputs[name].width
        names |= {first + i: f"{name}({i})" if width > 1 else name for i in range(width)}
    return names
