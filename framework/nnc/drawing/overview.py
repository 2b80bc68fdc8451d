"""Graph -> SVG: a network that is too large for boxes, by its levels."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from fractions import Fraction
from itertools import chain
from typing import Any, NamedTuple

import numpy as np

from nnc.compiler.graph import Graph, LayerNode, NeuronNode, SparseWeights
from nnc.drawing.graphics.heatmaps import heatmap
from nnc.drawing.graphics.shapes import SMALL, Image, Line, Rectangle, Shape, Text, text_width
from nnc.drawing.graphics.svg import MARGIN, TITLE, Theme, page, shape_text
from nnc.numbers.exact import Number, counted, show_number, stored_number

_MAP, _BARS = 360, 240
_MAX_BARS = 40
_MAX_LEVELS = 512  # of a map, which has no more cells either


class Counts(NamedTuple):
    """The counts of a network: neurons by level, synapses by the levels they lead between.

    Level 0 are the inputs; of very many levels, `synapses` has some beside each other as one.
    `fan_in` counts the neurons by their number of sources, and `weights` the synapses by their
    weights.
    """

    inputs: int
    neurons: Sequence[int]
    synapses: Any
    fan_in: Counter[int]
    weights: Counter[Number]


def counts(graph: Graph) -> Counts:
    """Count the neurons and synapses of a network."""
    levels = max(graph.levels, default=0) + 1
    level_of = np.zeros(len(graph.types), np.int64)
    own_levels = np.array(graph.levels, np.int64)
    is_layer = np.array([isinstance(node, LayerNode) for node in graph.nodes], bool)
    together = -(-levels // _MAX_LEVELS)  # a chain has as many levels as neurons
    bins = -(-levels // together)
    synapses = np.zeros((bins, bins), np.int64)
    simple = [node for node in graph.nodes if isinstance(node, NeuronNode)]
    simple_levels = own_levels[~is_layer]
    for node, level in zip(graph.nodes, graph.levels, strict=True):
        if node.outputs > 1:
            level_of[node.first : node.first + node.outputs] = level // together
    level_of[np.array([node.first for node in simple], np.int64)] = simple_levels // together
    sizes = np.array([len(node.sources) for node in simple], np.int64)
    sources = np.fromiter(chain.from_iterable(node.sources for node in simple), np.int64)
    rows = np.repeat(simple_levels // together, sizes)
    np.add.at(synapses, (rows, level_of[sources]), 1)
    fan_in: Counter[int] = Counter(sizes.tolist())
    neurons = np.bincount(simple_levels, minlength=levels).tolist()
    weights: Counter[Number] = Counter(chain.from_iterable(node.weights for node in simple))
    for node, level in zip(graph.nodes, graph.levels, strict=True):
        if isinstance(node, LayerNode):
            neurons[level] += node.size
            _add_layer(node, synapses[level // together], level_of, fan_in, weights)
    inputs = sum(input_.width for input_ in graph.inputs.values())
    return Counts(inputs, neurons, synapses, fan_in, weights)


def _add_layer(
    node: LayerNode, synapses: Any, level_of: Any, fan_in: Counter[int], weights: Counter[Number]
) -> None:
    """Count the synapses of a layer by the levels that they come from, and by their weights."""
    levels = len(synapses)
    if isinstance(node.weights, SparseWeights):
        sources = np.asarray(node.sources)[np.asarray(node.weights.indices)]
        fan_in.update(np.diff(np.asarray(node.weights.indptr)).tolist())
        synapses += np.bincount(level_of[sources], minlength=levels)
        values = np.asarray(node.weights.values)
    else:
        fan_in[len(node.sources)] += node.size
        synapses += node.size * np.bincount(level_of[list(node.sources)], minlength=levels)
        if isinstance(node.weights, (int, Fraction)):
            weights[node.weights] += node.size * len(node.sources)
            return
        if isinstance(node.weights, tuple):
            weights.update(chain.from_iterable(node.weights))
            return
        values = np.asarray(node.weights)
    distinct, times = np.unique(values, return_counts=True)
    for value, count in zip(distinct, times.tolist(), strict=True):
        weights[stored_number(value)] += count


def overview(graph: Graph, name: str, *, theme: Theme = "auto") -> str:
    """Return a picture of how many neurons and synapses there are, and where."""
    statistics = counts(graph)
    total, synapses = sum(statistics.neurons), int(statistics.synapses.sum())
    levels = len(statistics.neurons) - 1
    text = (
        f"{counted(statistics.inputs, 'input')}, {counted(total, 'neuron')} in "
        f"{counted(levels, 'level')}, {counted(synapses, 'synapse')}, "
        f"{counted(len(graph.outputs), 'output')}"
    )
    shapes = [Text(0, 0, text, "note", SMALL), *_moved(_synapses(statistics), 0, 24)]
    right = _MAP + 60
    bars = [(str(i), count) for i, count in enumerate(statistics.neurons) if i]
    shapes += _moved(_bars("neurons in each level", bars), right, 24)
    fan_in = sorted(statistics.fan_in.items())
    first_bars = len(shapes)
    bars = [(str(size), count) for size, count in fan_in]
    shapes += _moved(_bars("neurons by number of sources", bars), right + _BARS + 60, 24)
    bars = [(show_number(weight), count) for weight, count in sorted(statistics.weights.items())]
    lower = max(_bottom(shape) for shape in shapes[first_bars:])
    shapes += _moved(_bars("synapses by weight", bars), right + _BARS + 60, lower + 30)
    width = max(right + 2 * _BARS + 60, text_width(text, SMALL)) + 2 * MARGIN
    bottom = max(_bottom(shape) for shape in shapes)
    texts = [f"{shape_text(shape.moved(MARGIN, MARGIN + TITLE + 8))}\n" for shape in shapes]
    return page(name, (width, bottom + TITLE + 2 * MARGIN + 8), texts, theme)


def _moved(shapes: Iterator[Shape], x: int, y: int) -> list[Shape]:
    return [shape.moved(x, y) for shape in shapes]


def _bottom(shape: Shape) -> int:
    if isinstance(shape, Line):
        return shape.y2
    return shape.y + (shape.height if isinstance(shape, (Rectangle, Image)) else 0)


def _synapses(statistics: Counts) -> Iterator[Shape]:
    """Yield a map of the synapses, from level (across) to level (down), by their logarithm."""
    yield Text(0, 0, "synapses: from level → to level ↓", "note", SMALL)
    yield Rectangle(0, 8, _MAP + 2, _MAP + 2, "tile")
    first = len(statistics.synapses) == len(statistics.neurons)  # that of the inputs is empty
    cells = np.log1p(statistics.synapses[int(first) :].astype(np.float64))
    if cells.size:
        yield Image(1, 9, _MAP, _MAP, heatmap(cells))


def _bars(title: str, bars: Sequence[tuple[str, int]]) -> Iterator[Shape]:
    """Yield a bar for each count; of very many, neighbours are one."""
    yield Text(0, 0, title, "note", SMALL)
    if len(bars) > _MAX_BARS:
        together = -(-len(bars) // _MAX_BARS)  # as many in each bar, or they could not be compared
        parts = [bars[start : start + together] for start in range(0, len(bars), together)]
        bars = [(_span(part[0][0], part[-1][0]), sum(count for _, count in part)) for part in parts]
    labels = max((text_width(label, SMALL) for label, _ in bars), default=0)
    largest = max((count for _, count in bars), default=1)
    room = _BARS - labels - 60
    for i, (label, count) in enumerate(bars):
        y = 10 + i * 13
        yield Text(labels, y + 9, label, "note", SMALL, "end")
        length = max(1, count * room // largest) if count else 0
        yield Rectangle(labels + 6, y + 1, length, 9, "below" if label[0] == "-" else "above")
        yield Text(labels + 10 + length, y + 9, f"{count:,}", "note", SMALL)


def _span(first: str, last: str) -> str:
    return first if first == last else f"{first} to {last}"
