"""Elements drawn as a layer: layers, and neurons that read the same kind of sources."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from fractions import Fraction
from itertools import chain
from typing import TYPE_CHECKING, NamedTuple

from nnc.compiler.graph import LayerNode, NeuronNode, SharedWeights, SparseWeights, Window
from nnc.drawing.graphics.model import Element, Matrix, Row, Wire
from nnc.language.network import FIRING, Convolution, Network
from nnc.language.references import CONSTANTS, name_in, parse_source, show_shape
from nnc.lazy import np
from nnc.numbers.exact import Number, counted, magnitude, show_number, stored_number

if TYPE_CHECKING:
    from numpy.typing import NDArray

LEAST = 8
"""The fewest sources of such neurons, and the fewest of them, that are drawn as a layer."""
MAX_TITLES = 20_000  # weights of a layer that stand in titles


def groups_of(network: Network, nodes: Mapping[str, NeuronNode]) -> dict[str, list[str]]:
    """Map each such neuron to the names of its group, in order.

    Input bits are of one kind, and so are the neurons of an earlier group.
    """
    kind_of: dict[str, str] = {
        name: "inputs" if input_.type == "bit" and not input_.is_bus else name
        for name, input_ in network.inputs.items()
    }
    groups: dict[str, list[str]] = {}
    todo = {
        name: neuron.reads()
        for name, neuron in network.neurons.items()
        if len(neuron.reads()) >= LEAST and _is_plain(nodes[name], len(neuron.reads()))
    }
    while todo:
        ready: dict[str, list[str]] = {}
        for name, reads in todo.items():
            if not any(text in todo for text in reads):
                kinds = sorted({kind_of.get(text, text) for text in reads})
                ready.setdefault(" ".join(kinds), []).append(name)
        for names in ready.values():
            for name in names:
                del todo[name]
                if len(names) >= LEAST:
                    kind_of[name] = names[0]
                    groups[name] = names
    return groups


def _is_plain(node: NeuronNode, reads: int) -> bool:
    """Return whether a neuron has one threshold, and one weight for each of its sources."""
    return not node.ports and not node.steps and reads == len(node.sources)


def kernels_of(weights: SharedWeights) -> tuple[NDArray[np.float64], int]:
    """Return a picture of each feature's weights, its channels side by side, and its columns."""
    window = weights.window
    taps = np.asarray(weights.taps, np.float64).reshape(
        window.features, *window.kernel, window.depth
    )
    pictures = taps.transpose(0, 1, 3, 2).reshape(window.features, -1)
    return pictures, window.kernel[1] * window.depth


def convolution_element(
    layer: Convolution, node: LayerNode, fired: Sequence[int] | None, *, is_open: bool
) -> Element:
    """Draw the weights of each feature as a picture, and in a run where it fires."""
    window: Window = node.weights.window
    pictures, columns = kernels_of(node.weights)
    if fired is not None:
        maps = np.array(fired, np.float64).reshape(window.positions, window.features)
        pictures, columns = maps.T, window.places[1]
    sign = FIRING[node.fires].sign
    titles: tuple[str, ...] = ()
    if pictures.size <= MAX_TITLES and not is_open:
        limits = (map(show_number, thresholds_of(node, i)) for i in range(window.features))
        titles = tuple(
            f"{node.name}, feature {i}: Σ {sign} {', '.join(each)}" for i, each in enumerate(limits)
        )
    title = f"convolution {node.name}: {counted(window.features, 'feature')}, {window.words()}"
    title += "; numbers are left open" if is_open else ""
    if node.counted:
        title += f"; each counts which of its {counted(node.counted, 'threshold')} it passes"
    title += f". {layer.description}" if layer.description else ""
    matrix = Matrix(pictures, None, titles, None, columns)
    note = f"{show_shape(window.kernel)}, {counted(window.features, 'feature')}"
    return Element("layer", node.name, note, title, matrix=matrix, count=node.size)


def matrix_of(node: LayerNode) -> NDArray[np.float64]:
    """Return the weights of a layer as floats, for their colours."""
    shape = (node.size, len(node.sources))
    weights = node.weights
    if isinstance(weights, SparseWeights):
        dense = np.zeros(shape)
        rows = np.repeat(np.arange(node.size), np.diff(np.asarray(weights.indptr)))
        dense[rows, np.asarray(weights.indices)] = np.asarray(weights.values, np.float64)
        return dense
    if isinstance(weights, (int, Fraction)):
        return np.full(shape, float(weights))
    if isinstance(weights, tuple):
        return np.array([[float(w) for w in row] for row in weights])
    return np.asarray(weights, np.float64)


def thresholds_of(node: LayerNode, i: int) -> list[Number]:
    """Return the thresholds of one neuron of a layer."""
    thresholds = node.thresholds
    if isinstance(thresholds, (int, Fraction)):
        return [thresholds]
    own = thresholds[i]
    return [stored_number(each) for each in own] if node.counted else [stored_number(own)]


def row_titles(
    node: LayerNode, weights: NDArray[np.float64], counts: Sequence[int] | None = None
) -> tuple[str, ...]:
    """Describe each neuron of a layer: its thresholds and weights, and in a run its count."""
    sign = FIRING[node.fires].sign
    texts = []
    for i in range(node.size):
        limits = ", ".join(map(show_number, thresholds_of(node, i)))
        row = " ".join(f"{w:g}" for w in weights[i])
        value = "" if counts is None else f" = {counts[i]}"
        texts.append(f"{node.name}({i}){value}: Σ {sign} {limits}; {row}")
    return tuple(texts)


class Reading(NamedTuple):
    """A source that an element reads in one of its rows; the other fields are as in `Wire`."""

    source: str
    row: int
    sign: int = 0
    share: float | None = None
    is_bus: bool = False
    carries: bool | None = None


def readings_of(rows: Sequence[Row], drawn: Sequence[Row]) -> Iterator[Reading]:
    """Return what a neuron reads in the drawn rows; the last row stands for all others."""
    places = {row.source: place for place, row in enumerate(drawn)}
    largest = max((magnitude(w) for row in rows if not row.cutoffs for w in row.weights), default=0)
    for row in rows:
        place = places.get(row.source, len(drawn) - 1)
        is_bus = row.width > 1
        if row.cutoffs:
            yield Reading(row.source, place, is_bus=is_bus)
            continue
        weights = [weight for weight in row.weights if weight] or [0]
        sign = (min(weights) > 0) - (max(weights) < 0) if row.weights else 1
        share = None
        if largest and row.weights:
            share = float(Fraction(max(map(magnitude, weights))) / largest)
        carries = None if row.amount is None else row.amount != 0
        yield Reading(row.source, place, sign, share, is_bus, carries)


def wired(
    elements: Sequence[Element],
    places: Mapping[str, int],
    readings: Iterable[tuple[int, Reading]],
) -> tuple[tuple[Element, ...], tuple[Wire, ...]]:
    """Return the elements with the outlets that are read, and the wires; constants have none.

    `places` maps each name to its element, and `readings` each element to what it reads.
    """
    outlets = [{alias: i for i, alias in enumerate(element.outlets)} for element in elements]
    wires: dict[tuple[int, int, int, int], Wire] = {}
    for target, reading in readings:
        if reading.source in CONSTANTS:
            continue
        source = parse_source(reading.source)
        place = places[source.name]
        is_named = elements[place].kind in ("neuron", "part")
        port = source.port or "" if is_named else ""
        outlet = outlets[place].setdefault(port, len(outlets[place]))
        key = (place, outlet, target, reading.row)
        if key not in wires:
            wires[key] = Wire(*key, *reading[2:])
        elif reading.carries and wires[key].carries is False:
            wires[key] = wires[key]._replace(carries=True)
    with_outlets = (
        replace(element, outlets=tuple(names))
        for element, names in zip(elements, outlets, strict=True)
    )
    return tuple(with_outlets), tuple(wires.values())


def readers_of(network: Network, groups: Mapping[str, list[str]]) -> dict[str, frozenset[str]]:
    """Return the readers of each name; a group of neurons counts once, as its first."""
    readers: dict[str, set[str]] = {}
    reads: Iterator[tuple[str, tuple[str, ...]]] = chain(
        ((groups.get(name, [name])[0], each.reads()) for name, each in network.neurons.items()),
        ((name, each.reads()) for name, each in network.layers.items()),
        ((name, each.reads()) for name, each in network.parts.items()),
    )
    for name, texts in reads:
        for text in texts:
            readers.setdefault(name_in(text), set()).add(name)
    for alias, output in network.outputs.items():
        for text in output.reads():
            readers.setdefault(name_in(text), set()).add(f"output {alias}")
    return {name: frozenset(names) for name, names in readers.items()}
